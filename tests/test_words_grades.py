"""Sentences on grades over time, by place and against an ambition follow their tests."""

from hypothesis import given
from hypothesis import strategies as st
from words_checks import (
    COUNTS,
    LABELS,
    MAYBE_SHARES,
    SHARES,
    figures,
    figures_in,
    known,
    reads_well,
    reveals_none,
    says,
)

from qa_analysis import narrative as words
from qa_analysis.measures.funnel import POSITIONS
from qa_analysis.measures.spc import POINT_TYPES

SPAN = "the 12 months to September 2019"
PLACES = st.lists(
    st.fixed_dictionaries(
        {
            "team": LABELS,
            "share": MAYBE_SHARES,
            "n": st.integers(1, 400),
            "position": st.sampled_from(POSITIONS),
            "suppressed": st.booleans(),
        }
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda x: x["team"],
)


@given(PLACES)
def test_a_place_is_named_outside_the_limits_that_it_lies_outside_and_nowhere_else(rows):
    text = words.funnel(rows, "team", ("team", "teams"), SPAN)
    reads_well(text)
    shown = [x for x in rows if not x["suppressed"] and known(x["share"])]
    wide, narrow = ([x for x in shown if limit in x["position"]] for limit in ("99.8%", "95%"))
    for row in rows:
        out = row in wide or row in narrow
        side = row["position"].split()[0]
        assert (f"{row['team']} (" in text) == out
        if out:
            assert f" of {row['n']}, {side})" in text
    allowed = {str(len(shown))} if shown else set()
    allowed |= {str(len(x)) for x in (wide, narrow) if x}
    allowed |= {str(len(rows) - len(shown))} if 0 < len(shown) < len(rows) else set()
    allowed |= figures(counts=[x["n"] for x in wide + narrow], shares=[x["share"] for x in wide + narrow])
    assert figures_in(text, SPAN) == allowed
    assert says(text, "outside the 99.8% limits of chance") == bool(wide or narrow)
    assert says(text, "none lies outside the 99.8%") == bool(narrow and not wide)
    assert says(text, "outside the 95% limits of chance") == bool(narrow)
    assert says(text, "none differs") == bool(shown and not wide and not narrow)
    assert says(text, "not shown", "no team is compared") == (len(shown) < len(rows))


@given(PLACES, st.sampled_from(POSITIONS), SHARES)
def test_the_position_of_a_withheld_place_is_not_told(rows, position, share):
    hidden = {"team": "Hidden", "share": float("nan"), "n": 9, "position": "within", "suppressed": True}
    reveals_none(
        words.funnel([*rows, hidden | change], "team", ("team", "teams"), SPAN)
        for change in ({}, {"position": position}, {"share": share}, {"n": 3, "team": "Other"})
    )


@given(st.sampled_from([*POINT_TYPES, None, float("nan"), "other"]), st.integers(0, 40), st.integers(0, 12))
def test_a_chart_is_called_ordinary_only_where_no_month_stands_out(variation, n_months, n_earlier):
    text = words.control_chart(variation, n_months, n_earlier)
    reads_well(text)
    known_type = variation in POINT_TYPES
    assert (text == "") == (not known_type or n_months < 2)
    if not text:
        return
    assert says(text, "varies no more than chance") == (variation == "common_cause" and not n_earlier)
    assert says(text, "and better") == (variation == "special_cause_improvement")
    assert says(text, "and worse") == (variation == "special_cause_concern")
    assert says(text, "and higher") == (variation == "special_cause_neutral_high")
    assert says(text, "and lower") == (variation == "special_cause_neutral_low")
    assert says(text, "outside what chance") == (variation != "common_cause")
    assert says(text, "trial") == (n_months < 12)
    assert figures_in(text, "fewer than 12 months") == {str(n_months), *([str(n_earlier)] if n_earlier else [])}


@given(
    st.fixed_dictionaries(
        {"share": MAYBE_SHARES, "share_lower": MAYBE_SHARES, "share_upper": MAYBE_SHARES, "suppressed": st.booleans()}
    ),
    st.sampled_from(["met", "missed", "not known", None]),
    SHARES,
)
def test_an_ambition_is_met_or_missed_only_by_its_verdict(row, verdict, limit):
    text = words.ambition(row, verdict, limit, "at least", "good or better", "audit")
    reads_well(text)
    if row["suppressed"] or not known(row["share"]):
        assert text == ""
        return
    assert says(text, "is met (") == (verdict == "met") and says(text, "is missed (") == (verdict == "missed")
    assert says(text, "can't be told") == says(text, "whether") == (verdict not in ("met", "missed"))
    limits = [row["share_lower"], row["share_upper"]]
    shares = [row["share"], limit, *(limits if all(map(known, limits)) else [])]
    assert figures_in(text) == figures(shares=shares)


@given(
    st.lists(
        st.tuples(st.sampled_from(["Good", "Outstanding", "Inadequate"]), COUNTS.filter(bool)),
        max_size=3,
        unique_by=lambda x: x[0],
    )
)
def test_grades_one_by_one_add_up_to_the_number_graded(grades):
    n = sum(c for _, c in grades)
    text = words.each_grade([{"grade": g, "count": c, "n": n} for g, c in grades], "inspection", "May")
    reads_well(text)
    assert figures_in(text) == figures(counts=[n, *(c for _, c in grades)] if n > 1 else [n] if n else [])
    assert all(g in text for g, _ in grades)
    assert says(text, "was graded") == (n == 1) and says(text, "were graded") == (n > 1)
