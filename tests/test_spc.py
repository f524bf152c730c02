"""Control charts: every point of the expected results, a slow reading of the rules beside the fast, faults named."""

import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from qa_analysis.errors import UserError
from qa_analysis.measures.intervals import CountsError
from qa_analysis.measures.spc import SeriesError, complete_months, p_chart, xmr, xmr_summary

NUMBERS = ["value", "mean", "lpl", "upl", "nlpl", "nupl"]
WORDS = ["rebase_group", "short_group_warning", "in_limit_baseline", "outside_limits", "relative_to_mean",
         "close_to_limits", "special_cause_type", "special_cause_flag", "point_type"]
# Series on which NHSRplotthedots is odd, and in what this package does otherwise (docs/statistics_spc.md).
ODD_POINTS = {"syn_constant_1", "syn_near_constant_1", "rule_trend_after_trend_1"}
ODD_SUMMARIES = ODD_POINTS | {"syn_short_n1_1", "rule_na_last_1"}
ODD_ERROR = "rule_na_inside_trend_1"


def monthly(values, series="a", start="2020-01-01") -> pd.DataFrame:
    """A table of one series with a value a month."""
    return pd.DataFrame({"series_id": series, "date": pd.date_range(start, periods=len(values), freq="MS"),
                         "value": pd.array(values, dtype="float64") if len(values) else []})


@pytest.fixture(scope="module")
def oracle(shared) -> Path:
    return shared / "oracles" / "xmr"


@pytest.fixture(scope="module")
def points(oracle) -> pd.DataFrame:
    asked = pd.read_csv(oracle / "xmr_params.csv").set_index("series_id")
    return xmr(pd.read_csv(oracle / "xmr_input.csv"), direction=asked["improvement_direction"], target=asked["target"],
               rebase=asked["rebase_dates"], fix_after=asked["fix_after_n_points"],
               screen_outliers=asked["screen_outliers"])


def same_words(found: pd.Series, expected: pd.Series) -> pd.Series:
    """True where both are missing, or both say the same."""
    def text(column):
        return column.astype("object").where(column.notna(), "").map(lambda v: str(v).removesuffix(".0"))
    return text(found) == text(expected)


@pytest.mark.parametrize("column", NUMBERS + WORDS)
def test_every_point_is_as_NHSRplotthedots_has_it(oracle, points, column):
    expected = pd.read_csv(oracle / "xmr_expected_points.csv", parse_dates=["date"])
    both = expected.merge(points, on=["series_id", "date"], how="left", suffixes=("_expected", ""), indicator=True)
    assert (both["_merge"] == "both").all() and len(both) == len(expected) == 2197
    both = both[~both["series_id"].isin(ODD_POINTS)]
    if column in NUMBERS:
        np.testing.assert_allclose(both[column], both[f"{column}_expected"], rtol=1e-9)
    else:
        assert both["series_id"][~same_words(both[column], both[f"{column}_expected"])].unique().tolist() == []


def test_every_summary_is_as_NHSRplotthedots_has_it(oracle, points):
    expected = pd.read_csv(oracle / "xmr_expected_summary.csv", parse_dates=["first_date", "last_date"])
    both = expected.merge(xmr_summary(points), on=["series_id", "rebase_group"], how="left", suffixes=("_expected", ""))
    assert len(both) == len(expected) == 96
    both = both[~both["series_id"].isin(ODD_SUMMARIES)]
    for column in expected.columns.drop(["series_id", "rebase_group"]):
        found, wanted = both[column], both[f"{column}_expected"]
        if wanted.dtype.kind == "f":
            np.testing.assert_allclose(found, wanted, rtol=1e-9, err_msg=column)
        else:
            assert both["series_id"][~same_words(found, wanted)].tolist() == [], column


def test_the_series_with_other_results_are_just_those_declared_odd(oracle):
    asked = pd.read_csv(oracle / "xmr_params.csv")
    assert (ODD_SUMMARIES | {ODD_ERROR}) <= set(asked.loc[asked["quirk"].notna(), "series_id"])


def test_a_constant_series_has_limits_at_its_mean_and_no_flag(points):
    rows = points[points["series_id"] == "syn_constant_1"]
    assert (rows[["mean", "lpl", "upl"]] == 7).all(axis=None)
    assert not rows["special_cause_flag"].any()
    last = xmr_summary(rows).iloc[-1]
    assert last["assurance_type"] == "consistent_pass"  # 7 in every month, 5 wanted


@pytest.mark.parametrize("value", [0.1, 7.3, 1 / 3, 1e9 + 0.7])
def test_rounding_never_makes_a_constant_series_shift(value):
    assert not xmr(monthly([value] * 23))["special_cause_flag"].any()


def test_one_point_that_moves_does_not_put_all_others_outside(points):
    rows = points[points["series_id"] == "syn_near_constant_1"]
    # 24 values, one of them 1, two of 23 ranges are 1: mean 1/24, width 2.66 x 2/23 (1/23 if it is the last)
    ranges = rows["moving_range"].sum()
    assert rows["upl"].iloc[0] == pytest.approx(1 / 24 + 2.66 * ranges / 23)
    assert rows.loc[rows["outside_limits"], "value"].tolist() == [1.0]


def test_a_point_of_one_trend_keeps_its_direction_when_another_follows(points):
    rows = points[points["series_id"] == "rule_trend_after_trend_1"]
    trend = rows["special_cause_type"].astype(str)
    assert set(trend[trend.str.contains("Trend")]) == {"7 Point Trend (Increasing)"}


def test_the_last_month_with_a_value_decides_the_variation(points):
    rows = points[points["series_id"] == "rule_na_last_1"]
    assert np.isnan(rows["value"].iloc[-1])
    summary = xmr_summary(rows).iloc[-1]
    assert summary["variation_type"] == rows["point_type"].iloc[-2] != "common_cause"


def test_a_missing_value_inside_a_trend_flags_nothing_and_stops_nothing(points):
    rows = points[points["series_id"] == ODD_ERROR]
    assert len(rows) > 12 and not rows["special_cause_type"].astype(str).str.contains("Trend").any()


def test_a_recalculation_date_without_a_row_is_named(points):
    rows = points[points["series_id"] == "syn_rebase_absent_date_1"]
    assert set(rows["rebase_dates_ignored"]) == {"2022-06-15"}
    assert (rows["rebase_group"] == 0).all()
    assert xmr_summary(rows)["rebase_dates_ignored"].tolist() == ["2022-06-15"]


def test_one_point_has_a_mean_and_no_limits():
    rows = xmr(monthly([51.0]), target=50, direction="increase")
    assert rows["mean"].tolist() == [51.0] and rows[["lpl", "upl", "nlpl", "nupl"]].isna().all(axis=None)
    assert rows["outside_limits"].isna().all() and not rows["special_cause_flag"].any() and rows["trial_limits"].all()
    assert xmr_summary(rows)["assurance_type"].isna().all()


def slow_xmr(values, starts, fix_after, screened):
    """The 16 points of the expected results' README, read one at a time; with this package's three decisions."""
    out = []
    edges = [*sorted({0, *starts}), len(values)]
    for first, end in zip(edges, edges[1:], strict=False):
        part = values[first:end]
        base = part[:fix_after] if fix_after else part
        known = [v for v in base if v is not None]
        mean = sum(known) / len(known) if known else None
        ranges = [abs(b - a) for a, b in zip(base, base[1:], strict=False) if a is not None and b is not None]
        used = ranges
        if screened and ranges:
            kept = [r for r in ranges if r < 3.267 * (sum(ranges) / len(ranges))]
            used = kept if any(kept) else ranges
        width = 2.66 * (sum(used) / len(used)) if used else None
        n = len(part)
        side = [0 if v is None or mean is None else (v > mean) - (v < mean) for v in part]
        outside = [v is not None and width is not None and (v > mean + width or v < mean - width) for v in part]
        near = None if width is None else 2.66 * 2 / 3 * (sum(used) / len(used))
        close = [v is not None and near is not None and not o and (v > mean + near or v < mean - near)
                 for v, o in zip(part, outside, strict=True)]
        up, down, shift, two = ([False] * n for _ in range(4))
        for i in range(n - 6):
            window = part[i:i + 7]
            if None not in window:
                for flags, rising in ((up, True), (down, False)):
                    if all((b > a) if rising else (b < a) for a, b in zip(window, window[1:], strict=False)):
                        flags[i:i + 7] = [True] * 7
            if abs(sum(side[i:i + 7])) == 7:
                shift[i:i + 7] = [True] * 7
        for i in range(n - 2):
            if abs(sum(side[i:i + 3])) == 3 and sum(close[i:i + 3]) >= 2:
                for j in range(i, i + 3):
                    two[j] = two[j] or close[j]
        for i in range(n):
            if outside[i]:
                said = "Above UCL" if part[i] > mean else "Below LCL"
            elif up[i] or down[i]:
                rising = part[i + 1] > part[i] if up[i] and down[i] else up[i]
                said = f"7 Point Trend ({'Increasing' if rising else 'Decreasing'})"
            elif two[i]:
                said = f"2 in 3 {'Above' if side[i] > 0 else 'Below'} CL"
            elif shift[i]:
                said = f"7 Points {'Above' if side[i] > 0 else 'Below'} CL"
            else:
                said = "Common Cause"
            out.append(said)
    return out


def test_the_fast_rules_are_the_slow_rules():
    # 1,500 series of every length to 45 in small steps, so that ties, trends and shifts abound; settings differ
    rng = np.random.default_rng(11)
    months = pd.date_range("2020-01-01", periods=45, freq="MS")
    series, starts = {}, {}
    for name in range(1500):
        n = int(rng.integers(1, 46))
        values = rng.choice([-30, -2, -1, -1, 0, 1, 1, 1, 2, 30], n).astype(float)
        values = 100 + (np.cumsum(values) if name % 2 else values)
        values[rng.random(n) < (0.05 if name % 3 else 0)] = np.nan
        series[name], starts[name] = values, rng.integers(0, n, rng.integers(0, 3)).tolist()
    fix_after = {name: (None, 12, 15)[name % 5 % 3] for name in series}
    screened = {name: name % 7 < 4 for name in series}
    table = pd.DataFrame({"series_id": np.repeat(list(series), [len(v) for v in series.values()]),
                          "date": np.concatenate([months[:len(v)] for v in series.values()]),
                          "value": np.concatenate(list(series.values()))})
    found = xmr(table, rebase={name: list(months[at]) for name, at in starts.items()}, fix_after=fix_after,
                screen_outliers=screened)
    found = found["special_cause_type"].astype(str).groupby(found["series_id"]).apply(list)
    said = set()
    for name, values in series.items():
        plain = [None if np.isnan(v) else v for v in values.tolist()]
        expected = slow_xmr(plain, starts[name], fix_after[name], screened[name])
        assert found[name] == expected, (name, plain)
        said |= set(expected)
    assert len(said) == 9  # every rule in both directions, and none


@settings(max_examples=12, deadline=None)
@given(st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=30), min_size=1, max_size=4), st.randoms())
def test_neither_row_order_nor_other_series_change_a_chart(series, chance):
    tables = [monthly(values, series=f"s{i}") for i, values in enumerate(series)]
    together = pd.concat(tables, ignore_index=True)
    order = list(range(len(together)))
    chance.shuffle(order)
    kept = together.copy()
    found = xmr(together.iloc[order], direction="decrease", target=3)
    pd.testing.assert_frame_equal(together, kept)
    alone = pd.concat([xmr(t, direction="decrease", target=3) for t in tables], ignore_index=True)
    columns = [c for c in alone if c != "rebase_dates_ignored"]
    pd.testing.assert_frame_equal(found[columns], alone[columns], check_dtype=False)
    pd.testing.assert_frame_equal(
        xmr_summary(found).drop(columns="rebase_dates_ignored"),
        pd.concat([xmr_summary(xmr(t, direction="decrease", target=3)) for t in tables], ignore_index=True)
        .drop(columns="rebase_dates_ignored"), check_dtype=False)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(-50, 50), min_size=1, max_size=40))
def test_a_series_upside_down_swaps_improvement_and_concern(values):
    up, down = xmr(monthly(values), direction="increase"), xmr(monthly([-v for v in values]), direction="increase")
    swap = {"special_cause_improvement": "special_cause_concern", "special_cause_concern": "special_cause_improvement"}
    assert up["point_type"].astype(str).replace(swap).tolist() == down["point_type"].astype(str).tolist()
    assert (xmr(monthly(values), direction="decrease")["point_type"].astype(str)
            == up["point_type"].astype(str).replace(swap)).all()


def test_infinite_values_are_missing_values():
    values = [5.0, 7, 6, 8, 5, 7, 6, 9, 5, 6, 7, 6, 5]
    with_gap, with_infinity = values.copy(), values.copy()
    with_gap[4], with_infinity[4] = np.nan, np.inf
    pd.testing.assert_frame_equal(xmr(monthly(with_gap)), xmr(monthly(with_infinity)))
    assert np.isfinite(xmr(monthly(with_infinity))[["mean", "lpl", "upl"]]).all(axis=None)


def test_a_series_of_nothing_has_no_mean_no_limits_and_no_verdict():
    rows = xmr(monthly([np.nan] * 15), direction="increase", target=5)
    assert rows[["mean", "lpl", "upl"]].isna().all(axis=None) and not rows["special_cause_flag"].any()
    summary = xmr_summary(rows).iloc[0]
    assert summary["n"] == 15 and summary["n_baseline"] == 0
    assert pd.isna(summary["variation_type"]) and pd.isna(summary["assurance_type"])


def test_no_rows_give_no_rows():
    empty = xmr(monthly([]).astype({"series_id": str, "date": "datetime64[ns]", "value": float}))
    assert len(empty) == 0 and len(xmr_summary(empty)) == 0 and "upl" in empty


def test_limits_of_fewer_than_twelve_values_are_trial_limits():
    assert xmr(monthly(range(11)))["trial_limits"].all()
    assert not xmr(monthly(range(12)))["trial_limits"].any()
    assert xmr(monthly([np.nan, *range(11)]))["trial_limits"].all()  # 12 rows, 11 values


def test_percentages_have_limits_from_0_to_100_and_the_same_flags():
    values = [97.0, 99, 100, 98, 100, 96, 99, 100, 98, 90, 100, 99, 97]
    cut, free = xmr(monthly(values), bounds=(0, 100)), xmr(monthly(values))
    assert cut["upl"].max() == 100 < free["upl"].max()
    assert cut["lpl"].tolist() == free["lpl"].tolist()
    assert cut["special_cause_type"].tolist() == free["special_cause_type"].tolist()
    with pytest.raises(SeriesError, match=r"1 value\(s\) lie outside 0 to 1: a 2020-01-01 97"):
        xmr(monthly([97.0, 1, 0]), bounds=(0, 1))


def test_settings_may_differ_by_series():
    both = pd.concat([monthly([1.0] * 12 + [9], "up"), monthly([1.0] * 12 + [9], "down")])
    rows = xmr(both, direction={"up": "increase", "down": "decrease"}, target={"up": 4.0}, fix_after={"down": 12},
               rebase={"up": ["2020-04-01"]}, screen_outliers={"up": False})
    last = rows.groupby("series_id").tail(1).set_index("series_id")
    assert last.loc["down", "point_type"] == "special_cause_concern"
    assert last.loc["up", "point_type"] == "special_cause_improvement"
    assert last.loc["up", "rebase_group"] == 1 and last.loc["down", "rebase_group"] == 0
    assert last.loc["up", "target"] == 4 and np.isnan(last.loc["down", "target"])
    assert last.loc["down", "upl"] == 1 < last.loc["up", "upl"]


def test_series_may_be_named_by_two_columns_or_none():
    table = monthly(range(12)).assign(service="x", team=["a"] * 6 + ["b"] * 6)
    rows = xmr(table, by=["service", "team"], direction={("x", "b"): "increase"})
    assert rows.groupby("team")["mean"].first().tolist() == [2.5, 8.5]
    assert rows.groupby("team")["improvement_direction"].first().tolist() == ["neutral", "increase"]
    assert xmr(table, by=None)["mean"].iloc[0] == 5.5
    assert len(xmr_summary(xmr(table, by=None), by=None)) == 1


def test_a_chart_can_be_made_of_a_chart():
    once = xmr(monthly(range(15)))
    pd.testing.assert_frame_equal(xmr(once), once)


@pytest.mark.parametrize(("change", "message"), [
    (dict(direction="up"), "direction 'up' is not known. Use increase, decrease, neutral"),
    (dict(direction={"a": 1}), "direction '1' is not known"),
    (dict(direction={"b": "increase"}), "direction: it names b, and none of these is a series of the table, .* has a"),
    (dict(fix_after=11), "fix_after 11 is too few points to fix limits on. Use 12 or more"),
    (dict(rebase="next April"), "rebase: .* is no date or list of dates. Give dates such as 2019-04-01"),
    (dict(screen_outliers="FALSE"), "screen_outliers 'FALSE' is not known. Use True or False"),
    (dict(value="mean"), "no column 'mean'. It has: series_id, date, value"),
])
def test_settings_not_allowed_say_what_is(change, message):
    with pytest.raises((SeriesError, CountsError), match=message) as fault:
        xmr(monthly(range(13)), **change)
    assert isinstance(fault.value, UserError) and isinstance(fault.value, ValueError)


def test_faulty_rows_are_named():
    table = monthly(range(13))
    twice = pd.concat([table, table.iloc[[3]]])
    with pytest.raises(SeriesError, match=r"1 row\(s\) repeat a date of their series: a 2020-04-01\. Add up or remove"):
        xmr(twice)
    with pytest.raises(SeriesError, match=r"column 'date': 1 date\(s\) are missing or not understood: row 4"):
        xmr(table.assign(date=table["date"].where(table.index != 4)))
    with pytest.raises(SeriesError, match=r"column 'date': 13 date.*row 0, 1, 2, 3, 4 and 8 more"):
        xmr(table.assign(date=43831))
    with pytest.raises(SeriesError, match=r"1 row\(s\) have no series_id: row 2"):
        xmr(table.assign(series_id=table["series_id"].where(table.index != 2)))
    with pytest.raises(CountsError, match=r"no number: '12%' \(row 1\)"):
        xmr(table.astype({"value": object}).assign(value=[1, "12%", *range(11)]))
    with pytest.raises(SeriesError, match="'upl': the chart itself gives that name"):
        xmr(table.rename(columns={"value": "upl"}), value="upl")


def test_text_and_periods_serve_as_dates():
    table = monthly(range(13))
    for dates in (table["date"].dt.strftime("%Y-%m-%d"), table["date"].dt.to_period("M")):
        assert xmr(table.assign(date=dates))["date"].tolist() == table["date"].tolist()


# p-charts

JUICE = [12, 15, 8, 10, 4, 7, 16, 9, 14, 10, 5, 6, 17, 12, 22, 8, 10, 5, 13, 11, 20, 18, 24, 15, 9, 12, 7, 13, 9, 6]


def shares_of(counts, sizes, series="a") -> pd.DataFrame:
    return monthly(np.zeros(len(counts)), series).drop(columns="value").assign(count=counts, n=sizes)


def test_sigma_limits_are_the_published_ones():
    # Montgomery, Introduction to Statistical Quality Control, frozen orange juice: 30 samples of 50 cans
    rows = p_chart(shares_of(JUICE, 50), method="sigma")
    assert rows.loc[0, ["mean", "lpl", "upl"]].astype(float).round(4).tolist() == [0.2313, 0.0524, 0.4102]
    assert (rows.index[rows["outside_limits"]] + 1).tolist() == [15, 23]


def test_exact_limits_leave_no_more_than_the_three_sigma_chance_outside():
    rows = p_chart(shares_of([3, 4, 5, 2, 4, 5, 3, 4, 4, 5, 3, 4], [5, 6, 7, 4, 5, 9, 5, 6, 5, 8, 5, 6]))
    tail = stats.norm.sf(3)
    assert (rows["limit_method"] == "exact").all()
    for row in rows.itertuples():
        k = np.arange(row.n + 1)
        chance = stats.binom.pmf(k, row.n, row.mean)
        assert chance[k / row.n < row.lpl].sum() <= tail and chance[k / row.n > row.upl].sum() <= tail


def test_the_mean_is_the_ratio_of_sums_and_each_month_has_its_own_limits():
    rows = p_chart(shares_of([1] * 6 + [40] * 6, [2] * 6 + [50] * 6), method="sigma")
    assert rows["mean"].iloc[0] == pytest.approx(246 / 312)
    assert (rows["upl"] - rows["lpl"]).iloc[0] > (rows["upl"] - rows["lpl"]).iloc[-1]
    assert rows["lpl"].min() >= 0 and rows["upl"].max() <= 1


def test_laney_widens_by_the_mean_moving_range_of_standardised_shares():
    counts = np.array([4100, 4300, 3900, 4500, 4000, 4400] * 3)
    sizes = np.array([5000, 5200, 4900, 5400, 5100, 5300] * 3)
    rows = p_chart(shares_of(counts, sizes), method="laney")
    mean = counts.sum() / sizes.sum()
    sigma = np.sqrt(mean * (1 - mean) / sizes)
    z = (counts / sizes - mean) / sigma
    sigma_z = np.abs(np.diff(z)).mean() / 1.128
    np.testing.assert_allclose(rows["sigma_z"], sigma_z, rtol=1e-12)
    np.testing.assert_allclose(rows["upl"], np.minimum(mean + 3 * sigma * sigma_z, 1), rtol=1e-12)
    assert (p_chart(shares_of(counts, sizes))["limit_method"] == "laney").all()
    assert (p_chart(shares_of(counts // 100, sizes // 100))["limit_method"] == "exact").all()


def test_a_run_of_all_does_not_make_one_no_a_signal():
    rows = p_chart(shares_of([5] * 12 + [4], 5), fix_after=12)
    assert rows["mean"].iloc[-1] == 1 and not rows["special_cause_flag"].iloc[-1]
    assert p_chart(shares_of([5] * 12 + [1], 5), fix_after=12)["outside_limits"].iloc[-1]


def test_a_month_without_cases_has_no_share_and_no_limits():
    rows = p_chart(shares_of([3, 0, np.nan, 4, 5, 3], [5, 0, 5, 5, np.inf, 5]))
    assert rows["share"].isna().tolist() == [False, True, True, False, True, False]
    assert rows.loc[rows["share"].isna(), ["lpl", "upl", "nlpl", "nupl"]].isna().all(axis=None)
    assert np.isfinite(rows.loc[rows["share"].notna(), ["lpl", "upl"]]).all(axis=None)


def test_a_p_chart_refuses_impossible_counts_and_unknown_methods():
    with pytest.raises(CountsError, match=r"count is above n in 1 row\(s\): row 1 \(count 6, n 5\)"):
        p_chart(shares_of([1, 6], 5))
    with pytest.raises(SeriesError, match="method 'wald' is not known. Use auto, exact, sigma, laney"):
        p_chart(shares_of([1, 2], 5), method="wald")


def test_a_p_chart_has_variation_and_assurance_too():
    rows = p_chart(shares_of([30, 32] * 8, 40), direction="increase", target=0.3)
    summary = xmr_summary(rows, "share").iloc[0]
    assert summary["assurance_type"] == "consistent_pass" and summary["variation_type"] == "common_cause"


# months

def test_missing_months_become_rows_without_a_value():
    table = pd.concat([monthly(range(5), "b").query("value != 2"), monthly(range(3), "a", "2020-11-15")])
    out = complete_months(table)
    assert out.groupby("series_id")["value"].apply(list).astype(str).to_dict() == {
        "a": "[0.0, 1.0, 2.0]", "b": "[0.0, 1.0, nan, 3.0, 4.0]"}
    assert (out["date"].dt.day == 1).all() and out["date"].iloc[0] == pd.Timestamp("2020-12-01")
    assert xmr(out)["moving_range"].isna().sum() == 2 + 2  # first of each, both sides of the gap


def test_months_may_be_stretched_and_doubled_ones_are_refused():
    table = monthly([1.0], "a", "2020-03-01")
    out = complete_months(table, first="2020-01-01", last="2020-04-30")
    assert out["value"].isna().tolist() == [True, True, False, True]
    twice = pd.concat([table, table.assign(date=pd.Timestamp("2020-03-20"))])
    with pytest.raises(SeriesError, match="repeat a month of their series: a 2020-03-01"):
        complete_months(twice)
    assert len(complete_months(table.iloc[:0])) == 0


# noise and time

def test_false_alarms_on_noise_are_as_rare_as_the_docs_say():
    # docs/statistics_spc.md at full size: 24 normal points, about 18% of series show any flag, 2% at the latest point
    rng = np.random.default_rng(7)
    n_series, n = 1500, 24
    names = np.repeat(np.arange(n_series), n)
    months = np.tile(pd.date_range("2020-01-01", periods=n, freq="MS"), n_series)
    table = pd.DataFrame({"series_id": names, "date": months,
                          "value": rng.normal(size=n_series * n), "n": 20})
    flags = xmr(table)["special_cause_flag"].to_numpy().reshape(n_series, n)
    assert 0.14 < flags.any(axis=1).mean() < 0.22
    assert flags[:, -1].mean() < 0.03
    table["count"] = rng.binomial(20, 0.7, n_series * n)
    exact = p_chart(table, method="exact")
    assert exact["outside_limits"].mean() < 0.0027
    individual = xmr(table.assign(value=table["count"] / 20))
    assert exact["special_cause_flag"].mean() < individual["special_cause_flag"].mean()


def test_five_thousand_series_take_less_than_a_second_and_a_half():
    rng = np.random.default_rng(1)
    table = pd.DataFrame({"series_id": np.repeat([f"s{i:04d}" for i in range(5000)], 48),
                          "date": np.tile(pd.date_range("2020-01-01", periods=48, freq="MS"), 5000),
                          "value": rng.normal(size=240_000)})
    start = time.perf_counter()
    xmr(table, direction="increase", target=1.0)
    assert time.perf_counter() - start < 1.5
