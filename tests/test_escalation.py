"""Concerns taken further: which count, how long they took, what is still open; hand counts."""

import pandas as pd
import pytest
from quarter_tables import tables_of

from qa_analysis.measures.escalation import days_to_resolution, escalated_in_time, escalation_counts, escalations
from qa_analysis.periods import parse_period

QUARTER = parse_period("2019-Q2")


def action(number, raised, escalated=None, completed=None, urgent="yes", status="open", activity="file_audit"):
    return {"action_id": str(number), "activity": activity, "raised": raised, "escalated": escalated, "completed": completed,
            "urgent": urgent, "status": status}


ROWS = [
    action(1, "2019-07-01", "2019-07-01", "2019-07-05", status="closed"),  # same day
    action(2, "2019-08-23", "2019-08-27"),  # Friday before a bank holiday: 4 days, 1 working day
    action(3, "2019-09-20"),  # not escalated
    action(4, "2019-09-01", "2019-08-30"),  # dated before the concern: no time
    action(5, "2019-08-01", urgent="no"),  # no concern
    action(6, "2019-08-01", "2019-08-03", urgent="no"),  # escalated though not urgent
    action(7, "2019-05-01", "2019-05-02"),  # open from before
    action(8, "2019-05-01", "2019-05-02", "2019-06-01", status="closed"),  # done before
    action(9, "2019-08-01", status="cancelled"),
    action(10, "2019-08-05", urgent="no", activity="escalation", completed="2019-08-15"),  # itself an escalation
    action(11, "2019-09-10", "2019-10-02"),  # escalated after the period
    action(12, "2019-11-01"),  # raised after it
    action(13, "2019-08-01", "2019-08-01", status="closed"),  # closed without a date
]


@pytest.fixture(scope="module")
def listed():
    actions = tables_of("dorset", actions=ROWS)["actions"]
    return escalations(actions, QUARTER, ["escalation"], [pd.Timestamp("2019-08-26")]).set_index("action_id")


def test_concerns_are_urgent_or_escalated_or_recorded_as_escalations(listed):
    assert sorted(listed.index, key=int) == ["1", "2", "3", "4", "6", "7", "10", "11", "13"]


def test_days_and_working_days_to_escalation_leave_out_bank_holidays(listed):
    assert listed.loc["1", ["days_to_escalation", "working_days_to_escalation", "hours_to_escalation_at_most"]].tolist() == [
        0, 0, 24]
    assert listed.loc["2", ["days_to_escalation", "working_days_to_escalation", "hours_to_escalation_at_most"]].tolist() == [
        4, 1, 120]
    assert pd.isna(listed.loc["4", "days_to_escalation"])


def test_what_happened_after_the_period_had_not_happened_yet(listed):
    assert listed.loc["11", "state"] == "not escalated" and not listed.loc["11", "is_escalated"]


def test_an_escalation_recorded_as_such_was_escalated_on_its_day(listed):
    assert listed.loc["10", ["days_to_escalation", "days_to_resolution", "state"]].tolist() == [0, 10, "resolved"]


def test_counts_by_state(listed):
    row = escalation_counts(listed.reset_index()).iloc[0]
    assert row.to_dict() == {"n_listed": 9, "n_raised": 8, "n_not_escalated": 2, "n_open": 4, "n_resolved": 2,
                             "n_without_date": 1}


@pytest.mark.parametrize(("limit", "unit", "count"), [(0, "calendar days", 2), (24, "hours", 2), (1, "working days", 3),
                                                      (4, "calendar days", 3)])
def test_share_escalated_in_time_counts_those_waiting_past_the_limit(listed, limit, unit, count):
    row = escalated_in_time(listed.reset_index(), limit, unit, on=QUARTER.end, min_n=1).iloc[0]
    assert (row["count"], row["n"]) == (count, 5)  # 1, 2, 13 with a time, 3 and 11 waiting; 4 has no time


def test_half_resolved_counts_open_ones_for_as_long_as_they_were_open(listed):
    got = days_to_resolution(listed.reset_index()).iloc[0]
    # times: 1 four days, 10 ten days; open: 2, 4, 6, 7; without a date: none
    assert (got["n"], got["n_closed"]) == (6, 2)
    assert pd.isna(got["days"])  # after ten days 4 of 6 are open


def test_nothing_escalated_has_no_time_and_no_row():
    actions = tables_of("dorset")["actions"]
    empty = escalations(actions, QUARTER)
    assert empty.empty and days_to_resolution(empty).empty and escalation_counts(empty)["n_listed"].tolist() == [0]
    assert escalated_in_time(empty)["n"].tolist() == [0]
