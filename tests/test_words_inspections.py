"""Sentences on learning from inspections: whose reports, themes with their own counts, local words only where they are known."""

from hypothesis import given
from hypothesis import strategies as st
from words_checks import (
    COUNTS,
    LABELS,
    MAYBE_COUNTS,
    MAYBE_SHARES,
    as_percent,
    figures,
    figures_in,
    known,
    named,
    reads_well,
    reveals_none,
    rounded,
    says,
)

from qa_analysis.narrative import inspections as words

KINDS = st.sampled_from(["improvement", "strength"])
MORE = st.text("STUVW", min_size=5, max_size=5)
THEMES = st.one_of(LABELS, st.tuples(LABELS, MORE).map("; ".join), st.tuples(LABELS, MORE).map(", ".join))
LOCAL = "local audits of May"


@st.composite
def themes(draw):
    """Rows as the section gives them, most first, and of how many reports they are."""
    n = draw(st.integers(2, 12))
    labels = draw(st.lists(THEMES, max_size=14, unique_by=lambda x: x[:5]))
    rows = [
        {
            "label": label,
            "count": draw(st.integers(2, n)),
            "share_lower": draw(MAYBE_SHARES),
            "share_upper": draw(MAYBE_SHARES),
            "is_named": draw(st.sampled_from([True, False, None, float("nan")])),
            "local_share": draw(MAYBE_SHARES),
            "local_n": draw(MAYBE_COUNTS),
        }
        for label in labels
    ]
    rows = [{**r, "share": r["count"] / n} for r in rows]
    return sorted(rows, key=lambda r: -r["count"]), n


def told(row, text: str) -> bool:
    return named(row["label"][:5], text)


@given(
    st.integers(0, 12),
    st.lists(LABELS, max_size=12, unique=True),
    st.lists(st.sampled_from("JKLMN"), max_size=3, unique=True),
    st.booleans(),
)
def test_whose_reports_they_are_and_whose_are_missing_is_named(n_more, names, missing, one_month):
    n = len(names) + n_more
    out = words.whose_reports("neighbours of Kent", n, names, missing, "May", "May" if one_month else "June")
    for text in out:
        reads_well(text)
    if not names:
        assert len(out) == 1 and says(out[0], "holds no report of neighbours of Kent") and not figures_in(out[0])
        return
    assert all(named(x, out[0]) for x in names) and figures_in(out[0]) == {str(len(names)), str(n)}
    assert f"{len(names)} of {n} neighbours" in out[0]
    assert says(out[0], "this is", "an inspection of") == (len(names) == 1) == (not says(out[0], "reports"))
    assert says(out[0], "May to June") == (not one_month)
    assert len(out) == 1 + bool(missing) and (not missing or all(named(x, out[1]) for x in missing))


@given(KINDS, themes())
def test_a_theme_is_named_with_its_own_count_and_share_and_ties_are_not_broken(kind, given_):
    rows, n = given_
    text = words.most_often(kind, rows, n)
    reads_well(text)
    assert says(text, "ask for better", "criticised") == (kind == "improvement") == (not says(text, "praise"))
    if not rows:
        assert says(text, "no theme") and str(n) in figures_in(text)
        return
    shown = [r for r in rows if told(r, text)]
    rest = [r for r in rows if r not in shown]
    assert all(r["count"] > x["count"] for r in shown for x in rest)  # whoever is named is ahead
    tied = [r for r in rest if r["count"] == rest[0]["count"]] if says(text, "each") else []
    assert figures_in(text) <= figures(
        counts=[n, len(tied), *(r["count"] for r in rows)],
        shares=[r[c] for r in shown for c in ("share", "share_lower", "share_upper")],
    )
    for r in shown:
        own = text.partition(r["label"][:5])[2]
        assert own.partition(" (")[2].find(f"{r['count']} of {n} reports, {as_percent(r['share'])}") >= 0
    both = [r for r in shown if known(r["share_lower"]) and known(r["share_upper"])]
    assert text.count("95% interval") == len(both)
    if tied:
        assert f"{len(tied)} {'more ' if shown else ''}theme{'s' * (len(tied) > 1)} in {tied[0]['count']} of" in text
    assert says(text, "none stands out") == (not shown)


@given(KINDS, themes())
def test_local_audits_name_or_never_name_only_what_is_known_of_them(kind, given_):
    rows, _ = given_
    text = words.beside_local(kind, rows, LOCAL)
    reads_well(text)
    shown = [r for r in rows if told(r, words.most_often(kind, rows, 12))]
    if not shown:
        assert text == ""
        return
    sure = [r for r in shown if r["is_named"] in (True, False)]
    assert says(text, "can't be held") == (not sure)
    also, _, never = text.partition("never ")
    for r in rows:
        assert told(r, never) == (r in sure and r["is_named"] is False)
        assert told(r, also) == (r in sure and r["is_named"] is True)
    assert figures_in(text) <= figures(
        counts=[r["local_n"] for r in sure if r["is_named"]], shares=[r["local_share"] for r in sure if r["is_named"]]
    )
    hidden = [r for r in sure if r["is_named"] and r["local_n"] != 1
              and (not known(r["local_share"]) or not known(r["local_n"]))]
    assert text.count("in too few to show") == len(hidden)
    for r in sure:
        if r["is_named"] and r["local_n"] != 1 and r not in hidden:
            assert f"{as_percent(r['local_share'])} of {rounded(r['local_n'])})" in also.partition(r["label"][:5])[2]
    assert says(text, "as an area for improvement") == (bool(sure) and kind == "improvement") or not sure


@given(KINDS, LABELS, COUNTS)
def test_a_withheld_local_share_reads_the_same_whatever_it_is(kind, label, n):
    row = {"label": label, "count": 3, "is_named": True, "local_share": float("nan")}
    reveals_none([words.beside_local(kind, [{**row, "local_n": x}], LOCAL) for x in (float("nan"), None, n + 2)])


@given(st.lists(THEMES, max_size=5, unique_by=lambda x: x[:5]))
def test_what_only_local_audits_name_is_listed_in_full(labels):
    text = words.local_only(labels, LOCAL)
    reads_well(text)
    assert (text == "") == (not labels) and all(named(x[:5], text) for x in labels)
    assert not labels or says(text, " is named" if len(labels) == 1 else " are named") and says(text, "none of these")


@given(LABELS, THEMES)
def test_an_authority_without_a_report_is_named_and_a_theme_keeps_all_its_words(name, label):
    reads_well(words.no_local(name))
    assert named(name, words.no_local(name))
    assert ";" not in words.theme(label) and set(label.replace(";", "").split()) == set(
        words.theme(label).replace("(", "").replace(")", "").split()
    )
