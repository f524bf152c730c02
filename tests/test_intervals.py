"""Shares and rates: limits against independent software, published values and counts by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from qa_analysis.errors import UserError
from qa_analysis.measures.intervals import (
    CountsError,
    byar_limits,
    chance_limits,
    exact_limits,
    proportion_table,
    rate_limits,
    rate_table,
    shares,
    wilson_limits,
)

LEVELS = {0.95: "95", 0.998: "99_8", 0.9: "90"}


def near(found, expected):
    np.testing.assert_allclose(np.asarray(found, float), np.asarray(expected, float), rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("confidence", LEVELS)
def test_wilson_limits_are_those_of_PHEindicatormethods(shared, confidence):
    expected = pd.read_csv(shared / "oracles/rates_funnels/proportion_expected.csv")
    given = pd.read_csv(shared / "oracles/rates_funnels/proportion_input.csv")
    found = proportion_table(given, "numerator", "denominator", confidence=confidence)
    near(found["share"], expected["value"])
    near(found["share_lower"], expected[f"lower{LEVELS[confidence]}"])
    near(found["share_upper"], expected[f"upper{LEVELS[confidence]}"])


@pytest.mark.parametrize("confidence", [0.95, 0.998])
def test_groups_are_added_up_before_the_share_is_taken(shared, confidence):
    expected = pd.read_csv(shared / "oracles/rates_funnels/proportion_grouped_expected.csv")
    given = pd.read_csv(shared / "oracles/rates_funnels/proportion_grouped_input.csv")
    found = proportion_table(given, "numerator", "denominator", by="region", confidence=confidence)
    both = expected.merge(found, on="region", suffixes=("_expected", ""))
    assert len(both) == len(expected) == len(found)
    assert (both["numerator"] == both["numerator_expected"]).all()
    near(both["share"] * 100, both["percent"])
    near(both["share_lower"] * 100, both[f"lower{LEVELS[confidence]}"])
    near(both["share_upper"] * 100, both[f"upper{LEVELS[confidence]}"])


@pytest.mark.parametrize("confidence", [0.95, 0.998])
def test_rates_are_exact_below_ten_events_and_byar_above(shared, confidence):
    expected = pd.read_csv(shared / "oracles/rates_funnels/rate_expected.csv")
    given = pd.read_csv(shared / "oracles/rates_funnels/rate_input.csv")
    found = rate_table(given, multiplier="multiplier", confidence=confidence)
    near(found["rate"], expected["value"])
    near(found["rate_lower"], expected[f"lower{LEVELS[confidence]}"])
    near(found["rate_upper"], expected[f"upper{LEVELS[confidence]}"])
    said = expected["method"].map({"Exact": "exact", "Byars": "byar"})
    known = said.notna() & expected["value"].notna()
    assert (found["method"][known] == said[known]).all()
    assert found["method"][~known].isna().all()


def test_small_samples_have_the_intervals_that_the_field_quotes():
    # 5 of 7 is 71% (36 to 92), 28 of 40 is 70% (55 to 82): field notes
    lower, upper = wilson_limits([5, 28], [7, 40])
    assert np.round(lower * 100).tolist() == [36, 55]
    assert np.round(upper * 100).tolist() == [92, 82]


def test_exact_limits_are_the_published_ones():
    # Newcombe, Statistics in Medicine 17 (1998) 857, table I, method 5: 81 of 263, 15 of 148, 0 of 20, 1 of 29
    lower, upper = exact_limits([81, 15, 0, 1], [263, 148, 20, 29])
    assert np.round(lower, 4).tolist() == [0.2527, 0.0578, 0.0, 0.0009]
    assert np.round(upper, 4).tolist() == [0.3676, 0.1617, 0.1684, 0.1776]


def test_exact_limits_hold_each_tail_exactly():
    lower, upper = exact_limits([3], [17], 0.9)
    assert stats.binom.sf(2, 17, lower[0]) == pytest.approx(0.05, rel=1e-9)
    assert stats.binom.cdf(3, 17, upper[0]) == pytest.approx(0.05, rel=1e-9)


def test_exact_limits_of_a_frame_are_the_hypergeometric_ones():
    # none failing in 40 of 400 still allows 27 children at one-sided 95% (field notes), 90% two-sided
    assert exact_limits([0], [40], 0.9, population=400)[1][0] * 400 == 27
    size, drawn, failing = 60, 12, 3
    lower, upper = exact_limits([failing], [drawn], 0.95, population=size)
    allowed = [k for k in range(failing, size - drawn + failing + 1)
               if stats.hypergeom.sf(failing - 1, size, k, drawn) > 0.025 and
               stats.hypergeom.cdf(failing, size, k, drawn) > 0.025]
    assert (lower[0] * size, upper[0] * size) == pytest.approx((min(allowed), max(allowed)))


def test_wilson_limits_of_a_frame_solve_the_score_equation():
    count, n, size, z = 12, 40, 100, stats.norm.isf(0.025)
    lower, upper = wilson_limits([count], [n], population=size)
    for limit in (lower[0], upper[0]):
        assert abs(count / n - limit) == pytest.approx(
            z * np.sqrt(limit * (1 - limit) / n * (size - n) / (size - 1)), rel=1e-9)


def test_a_sample_of_the_whole_frame_has_no_uncertainty():
    for limits in (wilson_limits, exact_limits):
        lower, upper = limits([3, 1], [10, 1], population=[10, 1])
        assert lower.tolist() == upper.tolist() == [0.3, 1.0]


def test_an_endless_frame_changes_nothing():
    near(wilson_limits([3], [10], population=np.inf), wilson_limits([3], [10]))


@pytest.mark.parametrize("limits", [wilson_limits, exact_limits])
def test_missing_infinite_and_zero_n_have_no_limits(limits):
    lower, upper = limits([np.nan, 3, np.inf, 3, 0, 1], [5, np.nan, np.inf, np.inf, 0, 2])
    assert np.isnan(lower).tolist() == np.isnan(upper).tolist() == [True] * 5 + [False]


def test_none_and_all_reach_the_ends_exactly():
    for limits in (wilson_limits, exact_limits):
        lower, upper = limits([0, 9], [9, 9])
        assert lower[0] == 0 and upper[1] == 1
        assert upper[0] < 1 and lower[1] > 0


def test_impossible_counts_are_named_by_row():
    table = pd.DataFrame({"count": [1, 9, -2], "n": [5, 7, 5]}, index=[12, 13, 14])
    with pytest.raises(CountsError, match=r"negative in 1 row.*row 14 \(count -2\).*leave them blank"):
        proportion_table(table)
    with pytest.raises(ValueError, match=r"count is above n in 1 row\(s\): row 13 \(count 9, n 7\)"):
        proportion_table(table.iloc[:2])
    with pytest.raises(UserError, match=r"above the population .*row 13 \(n 7, population 6\)"):
        wilson_limits(table["count"].iloc[:1].set_axis([13]), pd.Series([7], index=[13]), population=6)
    with pytest.raises(CountsError, match="n is negative"):
        wilson_limits([1], [-5])
    with pytest.raises(CountsError, match="whole numbers"):
        exact_limits([1.5], [4])


def test_many_impossible_rows_are_counted_and_five_shown():
    with pytest.raises(CountsError, match=r"in 8 row\(s\).* and 3 more"):
        wilson_limits(np.full(8, 2), np.ones(8))


def test_a_count_without_cases_is_refused():
    with pytest.raises(CountsError, match="count is above n"):
        wilson_limits([3], [0])


def test_settings_not_allowed_say_what_is():
    table = pd.DataFrame({"count": [1], "n": [2]})
    with pytest.raises(CountsError, match="confidence 95 is not between 0 and 1"):
        wilson_limits([1], [2], 95)
    with pytest.raises(CountsError, match="Use wilson or exact"):
        proportion_table(table, method="wald")
    with pytest.raises(CountsError, match="Use auto, exact or byar"):
        rate_limits([1], [2], method="normal")
    with pytest.raises(CountsError, match=r"no column 'events'.*It has: count, n"):
        rate_table(table)
    with pytest.raises(CountsError, match="as one number"):
        rate_table(table.assign(m=1, g="a"), "count", "n", by="g", multiplier="m")
    with pytest.raises(CountsError, match=r"no number: 'many' \(row 0\)"):
        wilson_limits(["many"], [3])
    with pytest.raises(CountsError, match="differ in length: 2, 3"):
        shares([1, 2], [1, 2, 3])


def test_rates_refuse_negative_numbers_and_leave_out_zero_exposure():
    with pytest.raises(CountsError, match="events are negative in 1 row"):
        rate_limits([-1], [5])
    with pytest.raises(CountsError, match="exposure is negative"):
        rate_limits([1], [-5])
    out = rate_table(pd.DataFrame({"events": [0, 3, np.inf], "exposure": [0, 10, 5]}), multiplier=100)
    assert out["rate"].isna().tolist() == [True, False, True]
    assert out["method"].isna().tolist() == [True, False, True]
    assert out["rate"][1] == 30


def test_byar_is_close_to_exact_where_it_is_used():
    for events in (10, 50, 400):
        lower, upper = byar_limits([events])
        exact_lower, exact_upper = rate_limits([events], method="exact")
        assert lower[0] == pytest.approx(exact_lower[0], rel=2e-3)
        assert upper[0] == pytest.approx(exact_upper[0], rel=2e-3)


def test_a_row_with_a_number_missing_is_in_no_sum():
    table = pd.DataFrame({"team": ["a", "a", "b", "b"], "count": [2, 3, np.nan, 1], "n": [4, np.nan, 5, np.nan]})
    out = proportion_table(table, by="team")
    assert out["count"].tolist() == [2, 0] and out["n"].tolist() == [4, 0]
    assert out["share"].tolist()[0] == 0.5 and np.isnan(out["share"][1])


def test_groups_come_by_name_and_the_table_given_is_not_changed():
    table = pd.DataFrame({"team": ["z", "a"], "count": [5, 0], "n": [5, 5]})
    before = table.copy()
    assert proportion_table(table, by="team")["team"].tolist() == ["a", "z"]
    proportion_table(table)
    pd.testing.assert_frame_equal(table, before)


def test_no_rows_give_no_rows():
    empty = pd.DataFrame({"team": pd.Series(dtype=str), "count": pd.Series(dtype=float), "n": pd.Series(dtype=float)})
    assert len(proportion_table(empty, by="team")) == len(proportion_table(empty)) == 0


def test_integers_with_missing_values_are_understood():
    out = proportion_table(pd.DataFrame({"count": pd.array([1, None], "Int64"), "n": pd.array([2, 3], "Int64")}))
    assert out["share"][0] == 0.5 and np.isnan(out["share_lower"][1])


def test_chance_limits_leave_the_stated_tail_outside():
    for n in (1, 4, 9, 40, 333):
        for share in (0.0, 0.03, 0.5, 0.9, 1.0):
            for tail in (0.025, 0.001):
                (lower,), (upper,) = chance_limits(share, n, tail)
                k = np.arange(n + 1)
                p = stats.binom.pmf(k, n, share)
                assert p[k < lower * n - 1e-9].sum() <= tail + 1e-12
                assert p[k > upper * n + 1e-9].sum() <= tail + 1e-12
                # one step further in would leave out too much
                assert lower == 0 or p[k < lower * n + 0.5].sum() >= tail - 1e-12
                assert upper == 1 or share == 1 or p[k > upper * n - 0.5].sum() > tail - 1e-12


counts = st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(counts, st.floats(0.5, 0.999))
def test_a_share_lies_within_its_limits_and_exact_ones_are_not_narrower_than_chance(pair, confidence):
    count, n = pair
    for limits in (wilson_limits, exact_limits):
        (lower,), (upper,) = limits([count], [n], confidence)
        assert 0 <= lower <= count / n <= upper <= 1
    (lower,), (upper,) = exact_limits([count], [n], confidence)
    tail = (1 - confidence) / 2
    assert count == 0 or stats.binom.sf(count - 1, n, lower) <= tail * (1 + 1e-6)
    assert count == n or stats.binom.cdf(count, n, upper) <= tail * (1 + 1e-6)


@given(counts, st.integers(0, 1000))
def test_a_larger_frame_never_narrows_an_interval(pair, more):
    count, n = pair
    near_lower, near_upper = wilson_limits([count], [n], population=n + more)
    far_lower, far_upper = wilson_limits([count], [n], population=n + more + 1)
    assert far_lower[0] <= near_lower[0] + 1e-12 and far_upper[0] >= near_upper[0] - 1e-12


@given(counts)
def test_counting_the_other_way_turns_the_interval_round(pair):
    count, n = pair
    lower, upper = wilson_limits([count], [n])
    other_lower, other_upper = wilson_limits([n - count], [n])
    near([lower[0], upper[0]], [1 - other_upper[0], 1 - other_lower[0]])


def test_wilson_holds_the_truth_about_as_often_as_it_says():
    truth = np.linspace(0.05, 0.95, 91)
    for n in (10, 20, 40):
        k = np.arange(n + 1)
        lower, upper = wilson_limits(k, n)
        held = [stats.binom.pmf(k, n, t)[(lower <= t) & (t <= upper)].sum() for t in truth]
        assert 0.94 < np.mean(held) < 0.965
        assert min(held) > 0.91
