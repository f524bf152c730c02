"""Sentences on actions, urgent concerns and audits done again print their figures and give no withheld one away."""

import pandas as pd
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
ACTIONS = st.fixed_dictionaries(
    {"n_open": MAYBE_COUNTS, "n_overdue": MAYBE_COUNTS, "n_raised": MAYBE_COUNTS, "n_closed": MAYBE_COUNTS}
)
MOVES = st.tuples(COUNTS, COUNTS, COUNTS).map(
    lambda x: dict(zip(("n", "n_higher", "n_same", "n_lower"), (sum(x), *x), strict=True))
)


@given(ACTIONS, SMALLEST)
def test_open_actions_are_counted_as_they_are_or_withheld(row, small):
    text = words.open_actions(row, "May", small)
    reads_well(text)
    no_small_count(text, small)
    assert (text == "") == (not known(row["n_open"]))
    used = [row[c] for c in ("n_raised", "n_closed", "n_open") + (("n_overdue",) if row["n_open"] else ())]
    assert figures_in(text) <= figures(counts=used) | {str(small)}
    if small == 1 and text:
        assert figures_in(text) == figures(counts=used) - {"0"}


@given(st.integers(6, 300), st.integers(1, 5))
def test_a_withheld_number_of_actions_changes_no_word(n, few):
    row = {"n_open": n, "n_overdue": 6, "n_raised": 7, "n_closed": 8}
    for column in ("n_overdue", "n_raised", "n_closed"):
        reveals_none(words.open_actions(row | {column: x}, "May", 6) for x in (few, 1, 5))
    reveals_none(words.open_actions(row | {"n_open": x, "n_overdue": 0}, "May", 6) for x in (few, 1, 5))
    reveals_none(
        words.open_actions(row | {"n_open": n + 6, "n_overdue": n + 6 - x}, "May", 6)
        for x in (few, 1, 5)
        if n + 6 - x >= 6
    )


@given(st.fixed_dictionaries({"days": MAYBE_COUNTS, "days_lower": MAYBE_COUNTS, "days_upper": MAYBE_COUNTS}))
def test_the_time_by_which_half_are_closed_is_given_only_where_it_is_known(row):
    text = words.half_closed(row, SPAN)
    reads_well(text)
    assert text.startswith("Half") == known(row["days"]) and text.startswith("Fewer than half") == (
        not known(row["days"])
    )
    shown = [row["days"]] if row["days"] else []
    if known(row["days"]) and known(row["days_lower"]):
        shown += [x for x in (row["days_lower"], row["days_upper"]) if known(x)]
    assert figures_in(text, SPAN) == (figures(counts=shown) if known(row["days"]) else set())
    assert says(text, "or more") == (known(row["days"]) and known(row["days_lower"]) and not known(row["days_upper"]))


@given(st.lists(LABELS, max_size=4, unique=True))
def test_only_services_that_the_test_named_are_slower(names):
    text = words.slower_services(names)
    reads_well(text)
    assert says(text, "clearly longer") == bool(names) and all(named(x, text) for x in names)


@given(
    st.fixed_dictionaries(
        {
            "share": MAYBE_SHARES,
            "share_lower": MAYBE_SHARES,
            "share_upper": MAYBE_SHARES,
            "n": MAYBE_COUNTS,
            "suppressed": st.booleans(),
        }
    )
)
def test_the_share_without_impact_is_the_one_given(row):
    text = words.closed_without_impact(row, SPAN)
    reads_well(text)
    told = not row["suppressed"] and known(row["n"]) and row["n"] > 0 and known(row["share"])
    limits = [row["share_lower"], row["share_upper"]]
    limits = limits if all(map(known, limits)) else []
    counts = [row["n"]] if known(row["n"]) and row["n"] and not row["suppressed"] else []
    assert figures_in(text, SPAN) == figures(counts=counts, shares=[row["share"], *limits] if told else [])
    assert says(text, "closed without evidence of impact") or says(text, "share that were closed without evidence")


@given(COUNTS, COUNTS, COUNTS, SMALLEST, st.sampled_from([24.0, 48.0, 36.0, float("nan"), float("inf")]))
def test_urgent_concerns_print_their_numbers_or_withhold_them(n, waiting, late, small, hours):
    waiting, late = min(waiting, n), min(late, n)
    out = words.urgent_concerns(n, waiting, late, "May", hours, small)
    for text in out:
        reads_well(text)
        no_small_count(text.replace("1 day", "").replace("2 days", ""), small)
    assert (len(out) == 2) == (late > 0)
    assert says(out[0], "no urgent safety concern") == (n == 0)
    assert n == 0 or says(out[0], "its escalation") == (waiting == 0)
    allowed = figures(counts=[n, waiting, late]) | {str(small), "2", "1.5"}
    assert set().union(*map(figures_in, out)) <= allowed
    if small == 1 and n:
        assert figures_in(out[0]) == figures(counts=[n, waiting]) - {"0"}
    if n > 2 * small:
        for x in range(1, small):
            assert words.urgent_concerns(n, x, x, "May", hours, small) == words.urgent_concerns(
                n, 1, 1, "May", hours, small
            )
            assert words.urgent_concerns(n, n - x, 0, "May", hours, small) == words.urgent_concerns(
                n, n - 1, 0, "May", hours, small
            )


@given(COUNTS, COUNTS, COUNTS, COUNTS, SMALLEST)
def test_inadequate_audits_print_their_numbers_or_withhold_them(n_worst, others, older, no_action, small):
    n = n_worst + others
    out = words.inadequate(n_worst, n, "inadequate", "audit", "May", small, n_older=older, n_no_action=no_action)
    for text in out:
        reads_well(text)
        no_small_count(text, small)
    if n and not (n == 1 and small == 1):
        assert len(out) == 1 + (older > 0) + (no_action > 0)
        allowed = figures(counts=[n_worst, n, older, no_action]) | {str(small)}
        assert set().union(*map(figures_in, out)) <= allowed
        if small == 1:
            assert figures_in(out[0]) == figures(counts=[n_worst, n]) - {"0"}
            assert says(out[0], "none of") == (n_worst == 0)
    if n > 2 * small:
        reveals_none(
            words.inadequate(x, n, "inadequate", "audit", "May", small) for x in range(1, small)
        ) if small > 1 else None
    if small > 1:  # what is left over tells as much
        reveals_none(words.inadequate(40, 40 + x, "inadequate", "audit", "May", small) for x in range(1, small))


@given(MOVES, SMALLEST)
def test_cases_audited_again_went_up_and_down_as_counted(row, small):
    for text in (words.reaudited(row, SPAN, small), words.last_two_grades(row, "audit", "case", "", small)):
        reads_well(text)
        no_small_count(text, small, SPAN)
        hidden = any(0 < row[c] < small for c in row)
        assert says(text, "graded higher") == (row["n"] > 0 and not hidden)
        if row["n"] and not hidden:
            assert figures_in(text, SPAN) == figures(counts=row.values()) - {"0"}
    if small > 1:
        reveals_none(
            words.reaudited({"n": x, "n_higher": x, "n_same": 0, "n_lower": 0}, SPAN, small) for x in range(1, small)
        )
        reveals_none(
            words.reaudited({"n": 50, "n_higher": 50 - x, "n_same": 0, "n_lower": x}, SPAN, small)
            for x in range(1, small)
        )


def test_one_case_alone_is_told_with_its_grades_only_where_small_numbers_may_be_read():
    pair = {
        "audit_date_before": pd.Timestamp("2018-05-01"),
        "audit_date_after": pd.Timestamp("2019-05-01"),
        "grade_before": "Good",
        "grade_after": "Good",
    }
    row = {"n": 1, "n_higher": 0, "n_same": 1, "n_lower": 0}
    assert words.last_two_grades(row, "audit", "case", "", 1, pair) == (
        "The last graded audit (May 2019) gave Good, the one before (May 2018) also Good."
    )
    assert words.last_two_grades(row, "audit", "case", "", 6, pair) == "Fewer than 6 cases had two graded audits."
