"""Sentences on themes: more or less often only by the verdict, the most often by the count, figures as given."""

from hypothesis import given
from hypothesis import strategies as st
from words_checks import (
    COUNTS,
    LABELS,
    MAYBE_COUNTS,
    MAYBE_SHARES,
    SHARES,
    figures,
    figures_in,
    known,
    named,
    reads_well,
    says,
)

from qa_analysis import narrative as words

VERDICTS = st.sampled_from([words.ROSE, words.FELL, words.NO_CLEAR_CHANGE, words.TOO_FEW, None, float("nan")])
MOVED = st.lists(
    st.fixed_dictionaries(
        {
            "label": LABELS,
            "verdict": VERDICTS,
            "share": MAYBE_SHARES,
            "share_before": MAYBE_SHARES,
            "suppressed": st.booleans(),
        }
    ),
    max_size=9,
    unique_by=lambda x: x["label"],
)


@given(MOVED)
def test_a_theme_is_raised_more_or_less_often_only_by_its_verdict(rows):
    text = words.moved_themes(rows, "strengths", "August 2019")
    reads_well(text)
    moved = {v: [x for x in rows if x["verdict"] == v] for v in (words.ROSE, words.FELL)}
    assert says(text, "more often") == bool(moved[words.ROSE]) and says(text, "less often") == bool(moved[words.FELL])
    assert (text == "") == (not moved[words.ROSE] and not moved[words.FELL])
    up, _, down = text.partition("more often") if "more often" in text else ("", "", text)
    for verdict, part in ((words.ROSE, up), (words.FELL, down)):
        assert sum(named(x["label"], part) for x in rows) == min(len(moved[verdict]), 3)
        assert all(x["verdict"] == verdict for x in rows if named(x["label"], part))
        told = [x for x in rows if named(x["label"], part) and known(x["share"]) and known(x["share_before"])]
        rest = [str(len(moved[verdict]) - 3)] if len(moved[verdict]) > 3 else []
        assert figures_in(part, "August 2019") == {
            *figures(shares=[x[c] for x in told for c in ("share", "share_before")]),
            *rest,
        }


@given(MOVED, st.sampled_from(["August 2019", None]))
def test_where_no_theme_moved_the_words_say_why(rows, since):
    text = words.unmoved_themes(rows, "audit", since)
    reads_well(text)
    few = bool(rows) and all(x["verdict"] == words.TOO_FEW for x in rows)
    assert says(text, "taken together") == (since is None)
    assert says(text, "too few", "too small") == (since is not None and few)
    assert says(text, "clearly more or less often") == (since is not None and not few)


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "label": LABELS,
                "count": MAYBE_COUNTS,
                "share": MAYBE_SHARES,
                "n": st.just(200),
                "suppressed": st.booleans(),
            }
        ),
        max_size=7,
        unique_by=lambda x: x["label"],
    )
)
def test_the_theme_raised_most_often_has_the_greatest_count(rows):
    text = words.raised_most(rows, "strengths", "audit", "May")
    reads_well(text)
    shown = [x for x in rows if known(x["share"]) and known(x["count"]) and x["count"] > 0]
    assert (text == "") == (not shown)
    if text:
        top = [x for x in shown if x["count"] == max(y["count"] for y in shown)]
        assert {x["label"] for x in rows if named(x["label"], text)} == (
            {x["label"] for x in top} if len(top) <= 3 else set()
        )
        shares = [x["share"] for x in top][:1]
        assert figures_in(text) == figures(counts=[200, *([len(top)] if len(top) > 3 else [])], shares=shares)
        assert says(text, "that are shown") == any(x["suppressed"] for x in rows)


@given(
    st.fixed_dictionaries(
        {
            "label": LABELS,
            "count": MAYBE_COUNTS,
            "n": MAYBE_COUNTS,
            "share": MAYBE_SHARES,
            "share_lower": MAYBE_SHARES,
            "share_upper": MAYBE_SHARES,
        }
    )
)
def test_a_line_on_a_theme_prints_its_figures_or_nothing(row):
    text = words.theme_line(row, "audit")
    reads_well(f"{text}." if text else "")
    told = known(row["count"]) and known(row["n"])
    limits = [row["share_lower"], row["share_upper"]] if known(row["share"]) else []
    limits = limits if all(map(known, limits)) else []
    assert (text == "") == (not told)
    assert not told or figures_in(text) - {"0"} == figures(
        counts=[row["count"], row["n"]], shares=[row["share"], *limits]
    ) - {"0"}


@given(st.lists(LABELS, max_size=5, unique=True), SHARES, COUNTS)
def test_new_wording_is_quoted_and_nothing_else(phrases, _share, _count):
    text = words.new_wording(phrases)
    reads_well(text)
    assert text.count("\u201c") == min(len(phrases), 3) and (text == "") == (not phrases)
