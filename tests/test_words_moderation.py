"""Sentences on moderation call auditors lenient or harsh only by the verdict, and show no withheld number."""

from hypothesis import given
from hypothesis import strategies as st
from words_checks import (
    COUNTS,
    LABELS,
    MAYBE_COUNTS,
    MAYBE_SHARES,
    SMALLEST,
    figures,
    figures_in,
    known,
    no_small_count,
    reads_well,
    reveals_none,
    says,
)

from qa_analysis import narrative as words

SPAN = "the 12 months to September 2019"
VERDICTS = st.sampled_from(["auditors lenient", "auditors harsh", "no clear direction", "too few", None, float("nan")])
FIGURE = st.fixed_dictionaries(
    {
        "value": MAYBE_SHARES,
        "value_lower": MAYBE_SHARES,
        "value_upper": MAYBE_SHARES,
        "n": MAYBE_COUNTS,
        "suppressed": st.booleans(),
    }
)


@given(
    st.fixed_dictionaries(
        {"verdict": VERDICTS, "n_lowered": MAYBE_COUNTS, "n_raised": MAYBE_COUNTS, "suppressed": st.booleans()}
    )
)
def test_auditors_are_lenient_or_harsh_only_where_the_verdict_says_so(row):
    text = words.direction_of_moderation(row)
    reads_well(text)
    assert says(text, "lenient", "lower grades more often") == (row["verdict"] == "auditors lenient")
    assert says(text, "harsh", "raise grades more often") == (row["verdict"] == "auditors harsh")
    assert says(text, "without a clear direction", "moved no grade") == (row["verdict"] == "no clear direction")
    shown = not row["suppressed"] and known(row["n_lowered"]) and known(row["n_raised"])
    allowed = figures(counts=[row["n_lowered"], row["n_raised"]]) - {"0"} if shown and text else set()
    assert figures_in(text) == allowed
    assert (text == "") == (row["verdict"] not in ("auditors lenient", "auditors harsh", "no clear direction"))


def test_none_is_said_of_grades_that_nobody_raised():
    row = {"verdict": "auditors lenient", "n_lowered": 12, "n_raised": 0, "suppressed": False}
    assert words.direction_of_moderation(row) == (
        "Moderators lower grades more often than they raise them (12 lowered, none raised): auditors are lenient."
    )


@given(FIGURE, FIGURE)
def test_agreement_prints_its_shares_and_hides_what_is_withheld(exact, near):
    text = words.agreement(exact, near, SPAN)
    reads_well(text)
    told = [not x["suppressed"] and known(x["value"]) for x in (exact, near)]
    limits = [exact["value_lower"], exact["value_upper"]]
    shares = [exact["value"], *(limits if all(map(known, limits)) else []), *([near["value"]] if told[1] else [])]
    n = [exact["n"]] if exact["n"] else []
    assert figures_in(text, SPAN) == figures(counts=n, shares=shares if told[0] else [])
    assert says(text, "within one grade") == all(told)
    assert says(text, "not shown") == (not told[0])


@given(st.fixed_dictionaries({"count": MAYBE_COUNTS, "n": MAYBE_COUNTS, "suppressed": st.booleans()}))
def test_the_number_moderated_is_given_out_of_those_graded(row):
    text = words.moderated(row, "May")
    reads_well(text)
    told = not row["suppressed"] and known(row["n"]) and row["n"] > 0 and known(row["count"])
    assert figures_in(text) == (figures(counts=[row["count"], row["n"]]) - {"0"} if told else set())
    assert says(text, "have been moderated", "has been moderated") == told


@given(COUNTS, COUNTS, SMALLEST)
def test_few_moderations_are_told_without_a_small_number(n, n_changed, small):
    few, changed = words.too_few_moderated(n, SPAN, 20, small), words.changed_by_moderation(n, n_changed, "May", small)
    for text in (few, changed):
        reads_well(text)
        no_small_count(text, small, SPAN)
    assert says(few, "too few") == (n > 0) and says(few, "no audit chosen") == (n == 0)
    assert (changed == "") == (n == 0)
    assert n == 0 or says(changed, "changed no grade") == (n_changed == 0)
    if small > 1:
        reveals_none(words.too_few_moderated(x, SPAN, 20, small) for x in range(1, small))
        reveals_none(words.changed_by_moderation(40, x, "May", small) for x in range(1, small))


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "auditor": LABELS,
                "verdict": st.sampled_from(["lenient", "harsh", "no clear difference", "too few", None]),
                "n": st.integers(5, 50),
                "n_lowered": st.integers(0, 5),
                "n_raised": st.integers(0, 5),
            }
        ),
        max_size=5,
        unique_by=lambda x: x["auditor"],
    )
)
def test_an_auditor_is_named_only_with_a_verdict_and_in_its_direction(rows):
    out = words.auditors_moved(rows)
    for text in out:
        reads_well(text)
    for verdict, way, column in (("lenient", "lower", "n_lowered"), ("harsh", "raise", "n_raised")):
        named = " ".join(s for s in out if f"moderators {way}" in s.lower())
        for row in rows:
            assert (f"{row['auditor']} ({row[column]} of {row['n']})" in named) == (row["verdict"] == verdict)
