"""Actions: every state and count worked out by hand on a small tracker."""

import numpy as np
import pandas as pd
import pytest

from qa_analysis.measures import actions as a
from qa_analysis.measures import reaudits as r
from qa_analysis.measures.paired import paired_direction
from qa_analysis.periods import parse_period

SCALE = ["Inadequate", "Requires improvement to be good", "Good", "Outstanding"]
SEPTEMBER = parse_period("2019-09")
END = SEPTEMBER.end


def day(text):
    return pd.Timestamp(text) if text else pd.NaT


def tracker(*rows) -> pd.DataFrame:
    """An actions table; each row a dict of what matters, the rest empty."""
    blank = dict.fromkeys(["action_id", "audit_id", "activity", "service", "locality", "team", "theme", "action",
                           "owner", "priority", "urgent", "status", "evidence", "verified_by", "impact",
                           "reaudit_grade"])
    dates = dict.fromkeys(["raised", "due", "revised_due", "completed", "verified", "escalated", "reaudit_date"])
    table = pd.DataFrame([blank | dates | {"action_id": f"N{i}"} | row for i, row in enumerate(rows)],
                         columns=[*blank, *dates])
    for column in dates:
        table[column] = pd.to_datetime(table[column])
    table[list(blank)] = table[list(blank)].astype("str").where(table[list(blank)].notna())
    table["reaudit_grade"] = pd.Categorical(table["reaudit_grade"], SCALE, ordered=True)
    return table


def audit_table(*rows) -> pd.DataFrame:
    blank = {"audit_id": None, "case_id": None, "service": "A", "locality": "L", "team": "T", "grade": "Inadequate",
             "is_moderated": False, "selection": "random", "audit_type": "regular", "urgent": None, "reaudit_of": None}
    table = pd.DataFrame([blank | {"audit_id": f"A{i}"} | row for i, row in enumerate(rows)],
                         columns=[*blank, "audit_date"])
    table["audit_date"] = pd.to_datetime(table["audit_date"])
    table["grade"] = pd.Categorical(table["grade"], SCALE, ordered=True)
    return table


STATES = {  # state at 30 September 2019, by hand
    "open": dict(raised="2019-08-01", due="2019-10-15"),
    "due on the day": dict(raised="2019-08-01", due="2019-09-30"),
    "overdue": dict(raised="2019-08-01", due="2019-09-29"),
    "revised": dict(raised="2019-08-01", due="2019-09-01", revised_due="2019-11-01"),
    "in time": dict(raised="2019-08-01", due="2019-09-10", completed="2019-09-10", impact="seen weekly"),
    "late": dict(raised="2019-08-01", due="2019-09-10", completed="2019-09-11", evidence="case note"),
    "later": dict(raised="2019-08-01", due="2019-09-10", completed="2019-10-01", status="closed"),
    "cancelled": dict(raised="2019-08-01", due="2019-09-10", status="cancelled"),
    "closed undated": dict(raised="2019-08-01", due="2019-09-10", status="closed"),
    "future": dict(raised="2019-10-01", due="2019-10-15"),
    "no due": dict(raised="2019-09-02"),
}


def all_states() -> pd.DataFrame:
    return tracker(*[row | {"action_id": name} for name, row in STATES.items()])


def test_state_is_that_of_the_day_asked_for():
    states = a.action_status(all_states(), END).set_index("action_id")["state"].astype(str).to_dict()
    assert states == {
        "open": "open", "due on the day": "open", "overdue": "overdue", "revised": "open", "in time": "closed in time",
        "late": "closed late", "later": "overdue", "cancelled": "cancelled",
        "closed undated": "closed, timeliness not known", "future": "not yet raised", "no due": "open"}
    later = a.action_status(all_states(), day("2019-10-02")).set_index("action_id")["state"].astype(str)
    assert later["later"] == "closed late" and later["due on the day"] == "overdue" and later["future"] == "open"


def test_summary_counts_open_overdue_and_closed_by_hand():
    row = a.action_summary(all_states(), SEPTEMBER).iloc[0].to_dict()
    assert row == {
        "n_open": 6, "n_overdue": 2, "n_overdue_by_first_date": 3, "n_without_due_date": 1, "n_urgent_open": 0,
        "n_raised": 1, "n_closed": 2, "n_closed_in_time": 1, "n_closed_late": 1, "n_closed_without_evidence": 1,
        "n_closed_without_impact": 1, "n_closed_without_date": 1, "n_cancelled": 1}


def test_days_open_stop_at_completion_and_days_overdue_start_after_the_due_date():
    table = a.action_status(all_states(), END).set_index("action_id")
    assert table.loc["in time", "days_open"] == 40
    assert table.loc["open", "days_open"] == 60
    assert table.loc["overdue", "days_overdue"] == 1
    assert pd.isna(table.loc["late", "days_overdue"])


def test_share_closed_by_due_counts_actions_still_open():
    # due in September: due on the day, overdue, in time, late, later (open) = 5; closed by due: 1
    row = a.closed_by_due(all_states(), SEPTEMBER, min_n=1).iloc[0]
    assert (row["count"], row["n"], row["n_left_out"]) == (1, 5, 2)
    assert row["share"] == pytest.approx(0.2)
    # by the first date the revised one fell due as well
    assert a.closed_by_due(all_states(), SEPTEMBER, first_date=True, min_n=1).iloc[0]["n"] == 6


def test_closed_with_impact_needs_words():
    actions = tracker(dict(raised="2019-08-01", completed="2019-09-02", impact="  "),
                      dict(raised="2019-08-01", completed="2019-09-02", impact="safe at home"),
                      dict(raised="2019-08-01", completed="2019-08-02", impact="before the period"))
    row = a.closed_with_impact(actions, SEPTEMBER, min_n=1).iloc[0]
    assert (row["count"], row["n"]) == (1, 2)


def test_ageing_shows_every_band_for_every_service():
    actions = tracker(dict(service="A", raised="2019-08-31", due="2019-09-15"), dict(service="A", raised="2019-08-30"),
                      dict(service="B", raised="2018-01-01"),
                      dict(service="C", raised="2019-08-01", completed="2019-08-02"))
    table = a.ageing(actions, END)
    assert table.groupby("service")["count"].apply(list).to_dict() == {
        "A": [1, 1, 0, 0, 0], "B": [0, 0, 0, 0, 1], "C": [0, 0, 0, 0, 0]}
    assert table.loc[table["service"] == "A", "n_overdue"].tolist() == [1, 0, 0, 0, 0]
    assert table["n"].tolist() == [2] * 5 + [1] * 5 + [0] * 5


def test_tracker_lists_urgent_first_then_the_longest_overdue():
    actions = tracker(dict(raised="2019-08-01", due="2019-09-20"), dict(raised="2019-08-01", due="2019-09-10"),
                      dict(raised="2019-08-01", due="2019-12-01", urgent="yes"),
                      dict(raised="2019-08-01", due="2019-10-05"),
                      dict(raised="2019-07-01", due="2019-08-05", completed="2019-08-05"),
                      dict(raised="2019-09-01", due="2019-09-05", completed="2019-09-05"))
    assert a.action_tracker(actions, SEPTEMBER)["action_id"].tolist() == ["N2", "N1", "N0", "N3", "N5"]


def test_urgent_concerns_not_escalated_come_first_and_hours_are_an_upper_bound():
    actions = tracker(dict(raised="2019-09-02", urgent="yes", escalated="2019-09-02"),
                      dict(raised="2019-09-06", urgent="yes", escalated="2019-09-09"),  # Friday to Monday
                      dict(raised="2019-09-20", urgent="yes"),
                      dict(raised="2019-09-20", urgent="no"),
                      dict(raised="2019-09-20", urgent="yes", escalated="2019-09-19"),
                      dict(raised="2019-01-20", urgent="yes", completed="2019-02-01", escalated="2019-01-20"))
    table = a.urgent_concerns(actions, SEPTEMBER).set_index("action_id")
    assert table.index.tolist() == ["N2", "N1", "N0", "N4"]
    assert table["is_escalated"].tolist() == [False, True, True, True]
    assert table.loc["N2", "days_waiting"] == 10
    times = ["days_to_escalation", "working_days_to_escalation", "hours_to_escalation_at_most"]
    assert table.loc["N1", times].tolist() == [3, 1, 96]
    assert table.loc["N0", "hours_to_escalation_at_most"] == 24
    assert table.loc["N4", ["days_to_escalation", "working_days_to_escalation"]].isna().all()


def test_escalation_after_the_period_is_not_known_yet():
    actions = tracker(dict(raised="2019-09-02", urgent="yes", escalated="2019-10-01"))
    assert a.urgent_concerns(actions, SEPTEMBER)["is_escalated"].tolist() == [False]


def test_urgent_audit_that_raised_no_urgent_action_is_listed():
    audits = audit_table(dict(urgent="yes", audit_date="2019-09-05"), dict(urgent="yes", audit_date="2019-09-06"),
                         dict(urgent="yes", audit_date="2019-08-06"))
    actions = tracker(dict(audit_id="A0", raised="2019-09-05", urgent="yes", escalated="2019-09-05"))
    table = a.urgent_concerns(actions, SEPTEMBER, audits)
    assert table["audit_id"].tolist() == ["A1", "A0"]
    assert table.loc[0, "state"] == "no action recorded"
    assert table.loc[0, "days_waiting"] == 24


def test_working_days_skip_weekends_and_bank_holidays():
    # Thursday 24 December 2020 to Tuesday 29 December: 25 and 28 are bank holidays, so the 29th alone counts
    start, end = pd.Series([day("2020-12-24")]), pd.Series([day("2020-12-29")])
    assert a.working_days(start, end).tolist() == [3]
    assert a.working_days(start, end, ["2020-12-25", "2020-12-28"]).tolist() == [1]
    assert a.working_days(start, pd.Series([pd.NaT])).isna().all()


def test_inadequate_audits_show_action_owner_days_and_reaudit():
    audits = audit_table(
        dict(audit_date="2019-09-10"),  # in period, nothing done
        dict(audit_date="2019-09-10", grade="Good"),
        dict(audit_date="2019-05-01"),  # put right in July
        dict(audit_date="2019-07-15", grade="Good", reaudit_of="A2", selection="purposive"),
        dict(audit_date="2019-05-02"),  # action still open
        dict(audit_date="2018-01-01"))  # too long ago
    actions = tracker(dict(audit_id="A2", raised="2019-05-01", completed="2019-05-20"),
                      dict(audit_id="A4", raised="2019-05-02", due="2019-06-01", owner="w7", action="visit"),
                      dict(audit_id="A4", raised="2019-05-02", due="2019-12-01", reaudit_date="2019-08-01",
                           reaudit_grade="Good"))
    table = a.inadequate_audits(audits, actions, SEPTEMBER).set_index("audit_id")
    assert table.index.tolist() == ["A4", "A0"]
    assert table.loc["A0", ["state", "n_actions", "days_since_audit", "is_put_right"]].tolist() == [
        "no action recorded", 0, 20, False]
    assert table.loc["A4", ["state", "owner", "action", "n_open", "n_overdue", "reaudit_grade"]].tolist() == [
        "overdue", "w7", "visit", 2, 1, "Good"]
    whole = a.inadequate_audits(audits, actions, parse_period("2019-20")).set_index("audit_id")
    assert whole["is_put_right"].to_dict() == {"A2": True, "A4": False, "A0": False}


def test_reaudit_change_pairs_each_audit_with_its_latest_reaudit():
    audits = audit_table(dict(audit_date="2019-08-01"), dict(audit_date="2019-08-02"),
                         dict(audit_date="2019-09-01", grade="Good", reaudit_of="A0"),
                         dict(audit_date="2019-09-15", grade="Inadequate", reaudit_of="A0"),
                         dict(audit_date="2019-10-02", grade="Good", reaudit_of="A1"))
    actions = tracker(dict(audit_id="A1", raised="2019-08-02", reaudit_date="2019-09-09",
                           reaudit_grade="Requires improvement to be good"))
    pairs = r.reaudit_pairs(audits, actions, SEPTEMBER)
    assert pairs[["audit_id", "grade_before", "grade_after"]].to_numpy().tolist() == [
        ["A1", "Inadequate", SCALE[1]], ["A0", "Inadequate", "Inadequate"]]
    row = r.reaudit_change(audits, actions, SEPTEMBER).iloc[0]
    assert row[["n", "n_higher", "n_same", "n_lower", "verdict"]].tolist() == [2, 1, 1, 0, "too few"]


def test_direction_has_sign_test_and_interval():
    # 12 higher, 2 lower, 6 same: exact two-sided sign test 2 * P(X <= 2 | 14, 1/2) = 2 * 106 / 2^14
    pairs = pd.DataFrame({"b": ["Good"] * 20, "c": ["Outstanding"] * 12 + ["Inadequate"] * 2 + ["Good"] * 6})
    pairs = pairs.apply(lambda s: pd.Series(pd.Categorical(s, SCALE, ordered=True)))
    row = paired_direction(pairs, "b", "c").iloc[0]
    assert row["p_value"] == pytest.approx(2 * 106 / 2**14)
    assert row["net_share"] == 0.5
    # Bonett and Price by hand: 13/22 - 3/22 = 0.454545 +- 1.959964 * sqrt((0.727273 - 0.206612) / 22) = 0.301519
    assert (row["net_share_lower"], row["net_share_upper"]) == pytest.approx((0.153026, 0.756064), abs=1e-6)
    assert row["verdict"] == "higher"
    back = paired_direction(pairs, "c", "b").iloc[0]
    assert (back["verdict"], back["net_share"]) == ("lower", -0.5)


def test_direction_of_two_scales_is_refused():
    pairs = pd.DataFrame({c: pd.Categorical([c], [c], ordered=True) for c in "bc"})
    with pytest.raises(ValueError, match="not on one scale"):
        paired_direction(pairs, "b", "c")


def test_real_inspections_moved_as_published(shared):
    # known result: of the 80 current authorities inspected at least twice 29 improved, 36 stayed and 15 declined
    history = pd.read_csv(shared / "data" / "ofsted_ilacs_history.csv", parse_dates=["Inspection date"])
    history = history[history["Local authority status"] == "Current"]
    spelt_out = history["Overall effectiveness"].replace("Requires improvement", SCALE[1])
    audits = pd.DataFrame({"case_id": history["Local authority area code"], "audit_date": history["Inspection date"],
                           "grade": pd.Categorical(spelt_out, SCALE, ordered=True)})
    pairs = r.last_two_grades(audits)
    row = paired_direction(pairs, "grade_before", "grade_after").iloc[0]
    assert row[["n", "n_higher", "n_same", "n_lower"]].tolist() == [80, 29, 36, 15]


def test_row_order_changes_nothing_and_nothing_is_changed():
    actions = all_states()
    before, order = actions.copy(deep=True), np.random.default_rng(1).permutation(len(actions))
    for measure in (lambda t: a.action_summary(t, SEPTEMBER), lambda t: a.action_tracker(t, SEPTEMBER),
                    lambda t: a.closed_by_due(t, SEPTEMBER), lambda t: a.ageing(t.assign(service="A"), END)):
        pd.testing.assert_frame_equal(measure(actions.iloc[order]), measure(actions))
    pd.testing.assert_frame_equal(actions, before)


def test_an_empty_tracker_gives_zeros():
    empty = all_states().iloc[:0]
    assert a.action_summary(empty, SEPTEMBER).iloc[0].sum() == 0
    assert a.closed_by_due(empty, SEPTEMBER)["n"].tolist() == [0]
    assert a.urgent_concerns(empty, SEPTEMBER).empty
    assert a.action_tracker(empty, parse_period("all")).empty
    assert a.inadequate_audits(audit_table().iloc[:0], empty, SEPTEMBER).empty
