"""Exceptions: what is flagged, in which direction, and how seldom noise is."""

import numpy as np
import pandas as pd
import pytest

from qa_analysis.measures.benchmarks import benchmark_table
from qa_analysis.measures.exceptions import exceptions, indicator_points
from qa_analysis.narrative import reason_of_exception as reason

NO_BENCHMARKS = pd.DataFrame()


def monthly(values, indicator="rereferrals", polarity="low", start="2017-01", unit="%") -> pd.DataFrame:
    months = pd.period_range(start, periods=len(values), freq="M").astype(str)
    return pd.DataFrame({"indicator": indicator, "indicator_name": indicator.title(), "area_code": "1", "area": "Here",
                         "area_level": "authority", "region": "North", "period": months, "value": values, "symbol": None,
                         "numerator": np.nan, "denominator": np.nan, "unit": unit, "polarity": polarity})


STEADY = [20.0, 21.0, 19.5, 20.5, 19.0, 20.2, 21.2, 19.8, 20.1, 20.9, 19.4, 20.6, 20.0, 19.7]


@pytest.mark.parametrize(("polarity", "direction"), [("low", "concern"), ("high", "improvement"), ("neither", "no direction")])
def test_a_month_beyond_the_limits_is_an_exception_in_the_direction_of_the_indicator(polarity, direction):
    found = exceptions(NO_BENCHMARKS, indicator_points(monthly([*STEADY, 40.0], polarity=polarity), "1"))
    assert found[["kind", "direction", "period"]].values.tolist() == [["change over time", direction, "2018-03"]]
    assert reason(found.iloc[0].to_dict()).startswith("The latest month lies above the upper limit: 40.0% against")


def test_an_old_signal_is_no_exception_of_today():
    assert exceptions(NO_BENCHMARKS, indicator_points(monthly([*STEADY[:7], 40.0, 0.5, *STEADY[7:]]), "1")).empty


def test_under_twelve_months_no_exception_is_called():
    assert exceptions(NO_BENCHMARKS, indicator_points(monthly([*STEADY[:10], 90.0]), "1")).empty


def test_a_gap_in_the_months_stays_a_gap():
    points = indicator_points(monthly(STEADY).drop(index=5), "1")
    assert len(points) == len(STEADY) and points["value"].isna().sum() == 1


def test_limits_of_percentages_stay_within_0_and_100():
    points = indicator_points(monthly([98.0, 100.0, 96.0, 100.0, 99.0, 95.0, 100.0, 97.0, 100.0, 98.0, 99.0, 100.0]), "1")
    assert points["upl"].max() <= 100


def test_financial_years_are_not_taken_for_months():
    years = monthly([1.0, 2.0]).assign(period=["2009-10", "2010-11"])
    assert indicator_points(years, "1").empty


def _areas(own: float, seed=1, n=60) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    values = [own, *rng.normal(20, 3, n - 1)]
    rows = monthly(values).assign(area_code=[str(k) for k in range(1, n + 1)], period="2025")
    england = rows.iloc[[0]].assign(area_code="970", area="England", area_level="England", value=20.0)
    return pd.concat([rows, england], ignore_index=True)


NEIGHBOURS = pd.DataFrame({"model": "2025", "area_code": "1", "rank": range(1, 11), "neighbour_code": [
    str(k) for k in range(2, 12)]})


@pytest.mark.parametrize(("own", "expected"), [(45.0, {"concern"}), (2.0, {"improvement"}), (21.0, set())])
def test_an_authority_far_from_the_others_is_out_of_step_in_the_direction_that_matters(own, expected):
    table = benchmark_table(_areas(own), NEIGHBOURS, "1")
    found = exceptions(table, pd.DataFrame())
    assert set(found["direction"]) == expected
    assert set(found["kind"]) == ({"out of step with England", "out of step with neighbours"} if expected else set())
    for row in found.to_dict("records"):
        assert ("higher than" in reason(row).lower()) == (own > 20)


def test_concerns_come_before_improvements():
    both = pd.concat([monthly([*STEADY, 40.0], "b"), monthly([*STEADY, 2.0], "a")])
    assert exceptions(NO_BENCHMARKS, indicator_points(both, "1"))["direction"].tolist() == ["concern", "improvement"]


def test_noise_is_flagged_as_seldom_as_the_documentation_says():
    """Eleven noisy indicators of 36 months: about 2% of latest months are flagged (docs/statistics_exceptions.md)."""
    rng = np.random.default_rng(3)
    table = pd.concat([monthly(rng.normal(70, 4, 36), f"i{k}") for k in range(400)])
    share = len(exceptions(NO_BENCHMARKS, indicator_points(table, "1"))) / 400
    assert 0.002 < share < 0.045  # 0.019 expected; 3.8 standard errors
