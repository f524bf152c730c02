"""Sentences on feedback count what came, name what the fewest said, and withhold small numbers."""

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
    named,
    no_small_count,
    reads_well,
    reveals_none,
    says,
)

from qa_analysis import narrative as words

SPAN = "the 12 months to September 2019"


@given(COUNTS, COUNTS, COUNTS, SMALLEST)
def test_what_was_received_is_counted_by_kind(feedback, complaints, compliments, small):
    counts = {"feedback": feedback, "complaint": complaints, "compliment": compliments}
    text = words.received(counts, "May", small)
    reads_well(text)
    no_small_count(text, small)
    shown = figures(counts=[n for n in counts.values() if n >= small]) - {"0"}
    withheld = {str(small)} if any(0 < n < small for n in counts.values()) else set()
    assert figures_in(text) == shown | withheld
    if small > 1:
        for kind in counts:
            reveals_none(words.received(counts | {kind: x}, "May", small) for x in range(1, small))
            reveals_none(words.received({kind: x}, "May", small) for x in range(1, small))


@given(
    st.lists(
        st.fixed_dictionaries({"item": LABELS, "share": MAYBE_SHARES, "n": MAYBE_COUNTS, "suppressed": st.booleans()}),
        max_size=5,
        unique_by=lambda x: x["item"],
    )
)
def test_the_fewest_are_those_with_the_least_share_of_all_that_is_shown(rows):
    text = words.fewest_said(rows, SPAN)
    reads_well(text)
    shown = [x for x in rows if known(x["share"]) and known(x["n"])]
    least = [x for x in shown if x["share"] == min(y["share"] for y in shown)]
    assert (text == "") == (len(shown) < 2 or len(least) == len(shown))
    if text:
        assert {x["item"] for x in rows if named(x["item"], text)} == {x["item"] for x in least}
        assert figures_in(text, SPAN) == figures(counts=[x["n"] for x in least], shares=[least[0]["share"]])
        assert says(text, "as far as it is shown") == any(x["suppressed"] for x in rows)


@given(COUNTS, COUNTS, COUNTS, SMALLEST)
def test_complaints_late_and_learnt_from_are_counted_or_withheld(n, late, learnt, small):
    late, learnt = min(n, late), min(n, learnt)
    text = words.complaints_handled(n, late, learnt, small)
    reads_well(text)
    no_small_count(text, small)
    assert (text == "") == (n == 0)
    assert figures_in(text) <= figures(counts=[late, learnt]) | {str(small)}
    if small == 1 and n:
        assert figures_in(text) == figures(counts=[late, learnt]) - {"0"}
    if small > 1:
        reveals_none(words.complaints_handled(60, x, 20, small) for x in range(1, small))
        reveals_none(words.complaints_handled(60, 20, x, small) for x in range(1, small))
        reveals_none(words.complaints_handled(60, 20, 60 - x, small) for x in range(1, small))


@given(
    st.fixed_dictionaries(
        {
            "view": st.just("the child's view"),
            "share": MAYBE_SHARES,
            "share_lower": MAYBE_SHARES,
            "share_upper": MAYBE_SHARES,
            "n": MAYBE_COUNTS,
            "suppressed": st.booleans(),
        }
    )
)
def test_views_sought_print_their_share_or_nothing(row):
    text = words.views_sought(row, SPAN)
    reads_well(text)
    told = known(row["share"]) and known(row["n"]) and not row["suppressed"]
    limits = [row["share_lower"], row["share_upper"]]
    limits = limits if all(map(known, limits)) else []
    assert (text == "") == (not told)
    assert not told or figures_in(text, SPAN) - {"0"} == figures(counts=[row["n"]], shares=[row["share"], *limits]) - {
        "0"
    }
