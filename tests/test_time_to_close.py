"""Time to close actions: against R survival 3.8-3; by hand; at the edges."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_analysis.errors import UserError
from qa_analysis.measures.intervals import wilson_limits
from qa_analysis.measures.time_to_close import (
    closed_by_due_date,
    compare_closing,
    days_until_closed,
    mean_days_open,
    open_share,
    open_share_at,
    overdue_ageing,
)

# --- against R ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def oracle(shared):
    return lambda name: pd.read_csv(shared / "oracles" / "survival" / f"survival_{name}.csv")


@pytest.fixture(scope="module")
def actions(oracle) -> pd.DataFrame:
    """Every set once by its groups and once as group 'all', so that one call gives all curves."""
    rows = oracle("input")
    return pd.concat([rows, rows.assign(group="all")], ignore_index=True)


def assert_same(got: pd.DataFrame, expected: pd.DataFrame, keys: list[str], columns: dict[str, str]) -> None:
    """Every expected row is there and equal: relative 1e-9, missing only where missing."""
    both = expected.merge(got, on=keys, how="left", suffixes=("_r", ""), indicator=True)
    assert (both["_merge"] == "both").all()
    for ours, theirs in columns.items():
        mine = both[ours].to_numpy(float)
        other = both[theirs + "_r" if theirs + "_r" in both else theirs].to_numpy(float)
        np.testing.assert_allclose(mine, other, rtol=1e-9, atol=1e-12, err_msg=ours)


@pytest.mark.parametrize("limits", ["log-log", "log"])
def test_curve_is_that_of_r(actions, oracle, limits):
    expected = oracle("expected_curve").query("conf_type == @limits")
    expected["se_log_open_share"] = expected["se_log_open_share"].replace(np.inf, np.nan)  # share 0: no error
    got = open_share(actions, ["dataset", "group"], limits=limits)
    assert len(expected) > 1000
    assert_same(got, expected, ["dataset", "group", "day"],
                {"n_at_risk": "n_at_risk", "n_closed": "n_closed", "n_censored": "n_censored",
                 "open_share": "open_share", "se_log_open_share": "se_log_open_share",
                 "open_share_lower": "ci_lower", "open_share_upper": "ci_upper"})


def test_curve_has_no_day_that_r_has_not(actions, oracle):
    expected = oracle("expected_curve").query("conf_type == 'log'")
    got = open_share(actions, ["dataset", "group"])
    wanted = set(expected[["dataset", "group"]].itertuples(index=False, name=None))
    mine = got[[key in wanted for key in zip(got["dataset"], got["group"], strict=True)]]
    assert len(mine) == len(expected)


@pytest.mark.parametrize("limits", ["log-log", "log", "plain"])
def test_share_at_days_is_that_of_r(actions, oracle, limits):
    expected = oracle("expected_at_days").query("conf_type == @limits")
    got = open_share_at(actions, sorted(expected["day"].unique()), ["dataset", "group"], limits=limits)
    assert_same(got, expected, ["dataset", "group", "day"],
                {"n_at_risk": "n_at_risk", "open_share": "open_share", "se": "se", "open_share_lower": "ci_lower",
                 "open_share_upper": "ci_upper", "is_beyond_follow_up": "beyond_last_follow_up"})


@pytest.mark.parametrize("limits", ["log-log", "log", "plain"])
def test_quantiles_follow_the_rule_of_r(actions, oracle, limits):
    expected = oracle("expected_quantiles").query("conf_type == @limits")
    assert len(expected) > 50
    got = days_until_closed(actions, ["dataset", "group"], limits=limits)
    assert_same(got, expected, ["dataset", "group", "share_closed"],
                {"n": "n", "n_closed": "closed", "days": "days", "days_lower": "ci_lower", "days_upper": "ci_upper"})


@pytest.mark.parametrize(("test", "name"), [("logrank", "logrank"), ("peto_peto", "peto_peto_wilcoxon")])
def test_comparison_of_groups_is_that_of_r(oracle, test, name):
    expected = oracle("expected_logrank").query("test == @name")
    got = compare_closing(oracle("input"), "group", within="dataset", test=test)
    assert_same(got, expected, ["dataset", "group"],
                {c: c for c in ("n", "observed", "expected", "chisq", "df", "p")})


def test_restricted_mean_is_that_of_r(oracle):
    expected = oracle("expected_restricted_mean")
    got = pd.concat([mean_days_open(oracle("input"), h, "dataset") for h in expected["horizon_days"].unique()])
    assert_same(got, expected, ["dataset", "horizon_days"], {"mean_days": "mean_days_open_up_to_horizon", "se": "se"})


# --- by hand --------------------------------------------------------------------------------------------------------


def frame(days, closed) -> pd.DataFrame:
    return pd.DataFrame({"days": days, "closed": closed})


def test_open_actions_hold_the_share_up():
    # 4 actions: closed on day 10, open at 20, closed on 30, open at 40: 3/4, then 3/4 x 1/2
    curve = open_share(frame([10, 20, 30, 40], [1, 0, 1, 0]))
    assert list(curve["open_share"]) == pytest.approx([0.75, 0.75, 0.375, 0.375])
    assert list(curve["n_at_risk"]) == [4, 3, 2, 1]


def test_median_of_an_exact_half_is_the_middle_of_the_stretch():
    table = days_until_closed(frame([10, 20, 30, 40], [1, 1, 1, 1]), shares=[0.5])
    assert table["days"].item() == 25


def test_median_that_is_not_reached_is_missing():
    table = days_until_closed(frame([10, 20, 30], [1, 0, 0]), shares=[0.5])
    assert pd.isna(table["days"].item()) and pd.isna(table["days_upper"].item())


def dated(rows, on="2024-03-31") -> tuple[pd.DataFrame, pd.Timestamp]:
    table = pd.DataFrame(rows, columns=["service", "raised", "due", "completed"])
    for column in ("raised", "due", "completed"):
        table[column] = pd.to_datetime(table[column])
    return table, pd.Timestamp(on)


def test_without_censoring_the_share_by_due_date_is_the_plain_share_with_wilson_limits():
    ends = ["2024-01-20"] * 7 + ["2024-02-02"] * 2 + [None]
    rows = [("A", "2024-01-01", "2024-02-01", end) for end in ends]
    table = closed_by_due_date(*dated(rows), by="service").iloc[0]
    assert (table["count"], table["n"], table["n_known"], table["n_censored"]) == (7, 10, 10, 0)
    lower, upper = wilson_limits(7, 10)
    assert [table["share"], table["share_lower"], table["share_upper"]] == pytest.approx(
        [0.7, np.asarray(lower).item(), np.asarray(upper).item()])


def test_an_action_open_and_not_yet_due_is_neither_success_nor_failure():
    """10 closed at half their time, 10 overdue, 10 not yet due with three quarters of their time gone.

    Kaplan-Meier: 30 at risk at one half, 10 closed: 1/3 closed by the due date. Leaving the censored out says 1/2.
    """
    rows = ([("A", "2024-01-01", "2024-01-21", "2024-01-11")] * 10 + [("A", "2024-01-01", "2024-01-21", None)] * 10
            + [("A", "2024-03-01", "2024-04-10", None)] * 10)
    table = closed_by_due_date(*dated(rows)).iloc[0]
    assert (table["count"], table["n"], table["n_known"], table["n_censored"]) == (10, 30, 20, 10)
    assert table["share"] == pytest.approx(1 / 3)
    # all 30 were still watched when the last was closed, so the share is worth 30 actions
    assert [table["share_lower"], table["share_upper"]] == pytest.approx(
        [float(np.asarray(limit).item()) for limit in wilson_limits(10, 30)])


def test_the_share_by_due_date_is_unbiased_where_leaving_open_actions_out_flatters():
    path = Path(__file__).parents[1] / "benchmarks" / "simulate_coverage.py"
    spec = importlib.util.spec_from_file_location("simulate_coverage", path)
    simulation = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(simulation)
    table = simulation.due_coverage(600, 20, seed=5)
    assert (abs(table["mean estimate"] - table["true share"]) < 0.015).all()
    assert (table["mean without the open ones"] - table["true share"] > 0.015).all()
    assert (table["held"] > 0.90).all()


def test_all_actions_waiting_give_no_share():
    table = closed_by_due_date(*dated([("A", "2024-03-01", "2024-05-01", None)] * 3)).iloc[0]
    assert table["n_censored"] == 3 and table[["share", "share_lower", "share_upper"]].isna().all()


def test_due_and_closed_on_the_day_raised_is_in_time_and_later_completion_is_open():
    rows = [("A", "2024-03-01", "2024-03-01", "2024-03-01"), ("A", "2024-03-01", "2024-03-10", "2024-05-01"),
            ("A", "2024-03-01", None, None), ("A", "2024-04-02", "2024-05-01", None)]
    table = closed_by_due_date(*dated(rows)).iloc[0]
    assert (table["count"], table["n"], table["n_without_due_date"]) == (1, 2, 1)
    assert table["share"] == 0.5


def test_ageing_bands_count_every_open_action_once():
    on = "2024-03-31"
    due = ["2024-04-10", "2024-03-31", "2024-03-30", "2024-03-01", "2024-02-29", "2024-01-31", "2024-01-30",
           "2024-01-01", "2023-12-31", None]
    rows = [("A", "2023-10-01", d, None) for d in due] + [("A", "2023-10-01", "2023-11-01", "2023-12-01"),
                                                         ("B", "2023-10-01", "2023-11-01", "2023-12-01")]
    table = overdue_ageing(*dated(rows, on), by="service").set_index(["service", "band_days"])["count"]
    assert table.loc["A"].to_dict() == {"not yet due": 2, "up to 30": 2, "31 to 60": 2, "61 to 90": 2, "over 90": 1,
                                        "no due date": 1}
    assert (table.loc["B"] == 0).all()


def test_ageing_share_of_no_open_action_is_missing():
    table = overdue_ageing(*dated([("B", "2023-10-01", "2023-11-01", "2023-12-01")]))
    assert table["share"].isna().all() and table["share_upper"].isna().all()


# --- bad input ------------------------------------------------------------------------------------------------------


def test_impossible_days_and_states_are_all_named():
    with pytest.raises(UserError) as fault:
        open_share(frame([-3, np.inf, 5, 6], [1, 0, 2, 1]))
    for part in ("column 'days': 2 value(s)", "-3.0 (row 0)", "inf (row 1)", "column 'closed': 1 value(s)", "(row 2)"):
        assert part in str(fault.value)


@pytest.mark.parametrize(("call", "message"), [
    (lambda t: open_share(t.drop(columns="days")), "no column 'days'"),
    (lambda t: open_share(t, by="team"), "team"),
    (lambda t: open_share(t, limits="exact"), "limits 'exact' are not known. Use log-log, log, plain"),
    (lambda t: open_share(t, confidence=95), "confidence 95 is not between 0 and 1"),
    (lambda t: open_share_at(t, [-1]), "0 or more; given: -1"),
    (lambda t: days_until_closed(t, shares=[1.5]), "shares must lie between 0 and 1; given: 1.5"),
    (lambda t: mean_days_open(t, np.inf), "horizon_days must be a number above 0; given: inf"),
    (lambda t: compare_closing(t, "service", test="wilcoxon"), "test 'wilcoxon' is not known"),
    (lambda t: compare_closing(t, None), "give `by`"),
])
def test_calls_that_cannot_be_used_say_why(call, message):
    with pytest.raises(UserError, match=message):
        call(frame([1, 2], [1, 0]).assign(service="A"))


def test_closed_before_raised_is_named_with_its_row():
    table, on = dated([("A", "2024-03-01", "2024-02-01", "2024-02-15"), ("A", "2024-03-01", "2024-03-20", None)])
    with pytest.raises(UserError) as fault:
        closed_by_due_date(table, on)
    assert "column 'completed': 1 date(s) lie before 'raised': '2024-02-15' (row 0)" in str(fault.value)
    assert "column 'due': 1 date(s) lie before 'raised': '2024-02-01' (row 0)" in str(fault.value)
    with pytest.raises(UserError, match="'completed'"):
        overdue_ageing(table, on)


def test_missing_rows_are_left_out_and_a_group_of_them_has_no_figure():
    table = frame([10, np.nan, 20, np.nan], [1, 1, None, 0]).assign(service=["A", "A", "A", "B"])
    assert len(open_share(table, "service")) == 1
    at = open_share_at(table, [5], "service").set_index("service")
    assert at.loc["A", "n_at_risk"] == 1
    assert at.loc["B", ["open_share", "open_share_lower", "open_share_upper", "se"]].isna().all()
    until = days_until_closed(table, "service").set_index("service")
    assert (until.loc["B", "n"] == 0).all() and until.loc["B", "days"].isna().all()
    mean = mean_days_open(table, 10, "service").set_index("service")
    assert pd.isna(mean.loc["B", "mean_days"]) and mean.loc["B", "reason"] == "no action"


def test_no_rows_give_no_figure():
    empty = frame([], [])
    assert open_share(empty).empty
    assert open_share_at(empty, [7])["open_share"].isna().all()
    assert days_until_closed(empty)["days"].isna().all()
    assert mean_days_open(empty, 10)["mean_days"].isna().all()
    assert compare_closing(empty.assign(service=[]), "service").empty


def test_mean_beyond_what_was_watched_is_missing_with_the_reason():
    table = mean_days_open(frame([10, 20], [1, 0]), 30)
    assert pd.isna(table["mean_days"].item())
    assert table["reason"].item() == "actions were not watched for so long"


def test_one_action_and_one_group_are_defined():
    alone = open_share(frame([5], [1]))
    assert alone["open_share"].item() == 0 and alone[["open_share_lower", "open_share_upper"]].isna().all(axis=None)
    test = compare_closing(frame([5, 6], [1, 1]).assign(service="A"), "service")
    assert pd.isna(test["p"].item()) and test["reason"].item() == "fewer than two groups"
    test = compare_closing(frame([5, 6], [0, 0]).assign(service=["A", "B"]), "service")
    assert test["p"].isna().all() and set(test["reason"]) == {"no action was closed"}


def test_true_and_false_count_as_closed_and_open():
    a = open_share(frame([1, 2, 3], [True, False, True]))
    pd.testing.assert_frame_equal(a, open_share(frame([1, 2, 3], [1, 0, 1])))
    pd.testing.assert_frame_equal(a, open_share(frame([1, 2, 3], pd.array([True, False, True], "boolean"))))


# --- properties -----------------------------------------------------------------------------------------------------

rows = st.lists(st.tuples(st.sampled_from("AB"), st.integers(0, 60), st.booleans()), min_size=1, max_size=40)


@settings(max_examples=40, deadline=None)
@given(rows, st.sampled_from(["log-log", "log", "plain"]))
def test_share_falls_lies_within_its_limits_and_is_never_infinite(cases, limits):
    table = pd.DataFrame(cases, columns=["service", "days", "closed"])
    curve = open_share(table, "service", limits=limits)
    assert not np.isinf(curve.select_dtypes("number").to_numpy(float)).any()
    assert curve.groupby("service", observed=True)["open_share"].is_monotonic_decreasing.all()
    known = curve.dropna(subset=["open_share_lower", "open_share_upper"])
    assert (known["open_share_lower"] <= known["open_share"] + 1e-12).all()
    assert (known["open_share"] <= known["open_share_upper"] + 1e-12).all()
    assert curve["open_share"].between(0, 1).all()


@settings(max_examples=25, deadline=None)
@given(rows)
def test_row_order_and_other_groups_change_nothing(cases):
    table = pd.DataFrame(cases, columns=["service", "days", "closed"])
    mixed = table.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(open_share(table, "service"), open_share(mixed, "service"))
    pd.testing.assert_frame_equal(compare_closing(table, "service"), compare_closing(mixed, "service"))
    alone = open_share(table[table["service"] == "A"]).reset_index(drop=True)
    ours = open_share(table, "service").query("service == 'A'").drop(columns="service").reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, ours)


@settings(max_examples=25, deadline=None)
@given(rows)
def test_observed_and_expected_closings_add_up_alike(cases):
    test = compare_closing(pd.DataFrame(cases, columns=["service", "days", "closed"]), "service")
    assert test["observed"].sum() == pytest.approx(test["expected"].sum())
    assert test["p"].dropna().between(0, 1).all()
