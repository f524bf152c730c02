"""Benchmarks: ranks, quarters and averages by hand on small tables, and the published figures of real authorities."""

import numpy as np
import pandas as pd
import pytest

from qa_analysis.measures import benchmarks
from qa_analysis.measures.benchmarks import BenchmarkError, benchmark_table, neighbour_codes


def _indicators(values: dict, *, polarity="low", period="2025", england=None, level="authority") -> pd.DataFrame:
    rows = [
        {
            "indicator": "rereferral",
            "indicator_name": "Re-referrals",
            "area_code": code,
            "area": f"Area {code}",
            "area_level": level,
            "region": "North",
            "period": period,
            "numerator": np.nan,
            "denominator": np.nan,
            "value": np.nan if isinstance(value, str) else value,
            "symbol": value if isinstance(value, str) else None,
            "unit": "%",
            "polarity": polarity,
        }
        for code, value in values.items()
    ]
    if england:
        rows.append(
            rows[0] | {"area_code": "970", "area": "England", "area_level": "England", "region": None, **england}
        )
    return pd.DataFrame(rows)


def _neighbours(codes=("2", "3", "4"), model="2025") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "model": model,
            "area_code": "1",
            "area": "Area 1",
            "rank": range(1, len(codes) + 1),
            "neighbour_code": list(codes),
            "neighbour": [f"Area {c}" for c in codes],
        }
    )


@pytest.mark.parametrize(("polarity", "rank"), [("low", 2), ("neither", 2), ("high", 3)])
def test_rank_one_is_the_best_value_and_ties_share_the_better_rank(polarity, rank):
    values = _indicators({"1": 20.0, "2": 10.0, "3": 20.0, "4": 30.0, "5": 25.0}, polarity=polarity)
    table = benchmark_table(values, _neighbours(), "1")
    assert (table.loc[0, "rank"], table.loc[0, "n_ranked"]) == (rank, 5)


def test_an_authority_without_a_region_has_no_region_to_be_held_against():
    row = benchmark_table(_indicators({"1": 20.0, "2": 10.0}).assign(region=None), _neighbours(), "1").loc[0]
    assert pd.isna(row["region_value"]) and row["vs_region"] is None


def test_binary_residue_in_published_values_does_not_break_a_tie():
    table = benchmark_table(
        _indicators({"1": 19.6, "2": 19.600000000000001, "3": 19.6 - 4e-15, "4": 30}), _neighbours(), "1"
    )
    assert table.loc[0, "rank"] == 1


@pytest.mark.parametrize(
    ("polarity", "quarter"), [("low", "worst quarter"), ("high", "best quarter"), ("neither", None)]
)
def test_the_quarter_follows_the_direction_that_is_better(polarity, quarter):
    values = {"1": 90.0} | {str(k): float(k) for k in range(2, 12)}
    assert benchmark_table(_indicators(values, polarity=polarity), _neighbours(), "1").loc[0, "quarter"] == quarter


def test_a_suppressed_value_is_in_no_average_rank_or_comparison_and_keeps_its_symbol():
    table = benchmark_table(_indicators({"1": "c", "2": 10.0, "3": "c", "4": 30.0}), _neighbours(), "1")
    row = table.loc[0]
    assert row["symbol"] == "c"
    assert pd.isna(row["value"]) and pd.isna(row["rank"]) and row["vs_neighbours"] is None
    assert (row["neighbours_mean"], row["n_neighbours"]) == (20.0, 2)


def test_a_true_zero_is_ranked():
    table = benchmark_table(_indicators({"1": 0.0, "2": 10.0, "3": 5.0}), _neighbours(), "1")
    assert table.loc[0, "rank"] == 1
    assert table.loc[0, "vs_neighbours"] == "better"


def test_mean_and_median_of_neighbours_are_both_given():
    table = benchmark_table(_indicators({"1": 1.0, "2": 10.0, "3": 20.0, "4": 60.0}), _neighbours(), "1")
    assert (table.loc[0, "neighbours_mean"], table.loc[0, "neighbours_median"]) == (30.0, 20.0)


def test_england_is_the_ratio_of_sums_and_never_the_mean_of_percentages():
    values = _indicators({"1": 10.0, "2": 50.0}, england={"value": 18.0, "numerator": 180.0, "denominator": 1000.0})
    assert benchmark_table(values, _neighbours(), "1").loc[0, ["england_value", "england_basis"]].tolist() == [
        18.0,
        "ratio of sums",
    ]
    without = _indicators({"1": 10.0, "2": 50.0}).assign(numerator=[10.0, 50.0], denominator=[100.0, 100.0])
    assert benchmark_table(without, _neighbours(), "1").loc[0, "england_value"] == 30.0
    bare = benchmark_table(_indicators({"1": 10.0, "2": 50.0}), _neighbours(), "1")
    assert pd.isna(bare.loc[0, "england_value"])


def test_one_authority_alone_has_no_rank_no_quarter_and_is_no_england():
    alone = _indicators({"1": 96.0}).assign(numerator=96.0, denominator=100.0)
    row = benchmark_table(alone, _neighbours(), "1").loc[0]
    assert row[["rank", "n_ranked", "quartile_1", "england_value", "england_basis"]].isna().all() and row["quarter"] is None
    two = benchmark_table(_indicators({"1": 20.0, "2": 10.0}), _neighbours(), "1").loc[0]
    assert (two["rank"], two["n_ranked"], two["quarter"]) == (2, 2, "worst quarter")


def test_a_rate_that_is_no_percentage_of_its_numbers_is_taken_as_published():
    values = _indicators({"1": 15.0}, england={"value": 15.2, "numerator": 321661.0, "denominator": 21105.4})
    assert benchmark_table(values, _neighbours(), "1").loc[0, ["england_value", "england_basis"]].tolist() == [
        15.2,
        "published",
    ]


def test_last_year_is_the_year_before_and_not_an_older_one():
    both = pd.concat([_indicators({"1": 10.0}, period="2024"), _indicators({"1": 8.0}, period="2025")])
    assert benchmark_table(both, _neighbours(), "1").loc[
        0, ["period_before", "value_before", "vs_last_year"]
    ].tolist() == ["2024", 10.0, "better"]
    gap = pd.concat([_indicators({"1": 10.0}, period="2023"), _indicators({"1": 8.0}, period="2025")])
    assert pd.isna(benchmark_table(gap, _neighbours(), "1").loc[0, "value_before"])


def test_years_published_for_others_go_before_newer_months_of_the_authority_alone():
    years = _indicators({"1": 10.0, "2": 20.0}, period="2018-19")
    months = _indicators({"1": 9.0}, period="2019-09")
    row = benchmark_table(pd.concat([years, months]), _neighbours(), "1").loc[0]
    assert (row["period"], row["neighbours_mean"]) == ("2018-19", 20.0)


def test_a_month_is_held_against_the_same_month_a_year_before():
    months = pd.concat(
        [
            _indicators({"1": float(v)}, period=p)
            for p, v in (("2018-08", 1), ("2018-09", 2), ("2019-08", 3), ("2019-09", 4))
        ]
    )
    row = benchmark_table(months, _neighbours(), "1", period="2019-09").loc[0]
    assert (row["period_before"], row["value_before"]) == ("2018-09", 2.0)


def test_targets_are_held_in_the_direction_of_the_indicator_and_must_be_one_each():
    targets = pd.DataFrame({"indicator": ["rereferral"], "target": [15.0]})
    assert benchmark_table(_indicators({"1": 20.0}), _neighbours(), "1", targets=targets).loc[0, "vs_target"] == "worse"
    with pytest.raises(BenchmarkError, match="has 2 targets; give one each"):
        benchmark_table(_indicators({"1": 20.0}), _neighbours(), "1", targets=pd.concat([targets, targets]))


def test_the_newest_model_is_used_unless_one_is_named():
    both = pd.concat([_neighbours(("2",), "2021"), _neighbours(("3",), "2025")])
    assert neighbour_codes(both, "1") == (["3"], "2025")
    assert neighbour_codes(both, "1", "2021") == (["2"], "2021")
    assert neighbour_codes(both, "9") == ([], None)
    with pytest.raises(BenchmarkError, match=r"neighbour model '2030' is not in the data\. There are: 2021, 2025"):
        neighbour_codes(both, "1", "2030")


def test_an_area_without_rows_is_named():
    with pytest.raises(BenchmarkError, match="area '77' has no indicators. There are 2 authorities"):
        benchmark_table(_indicators({"1": 20.0, "2": 1.0}), _neighbours(), "77")


def test_too_few_or_equal_areas_give_no_interval_to_be_out_of_step_with():
    few = benchmark_table(_indicators({"1": 20.0, "2": 1.0, "3": 2.0, "4": 3.0}), _neighbours(), "1")
    equal = benchmark_table(_indicators({"1": 20.0} | {str(k): 5.0 for k in range(2, 30)}), _neighbours(), "1")
    assert few["p_england"].isna().all() and equal["p_england"].isna().all()


def test_an_ordinary_authority_is_out_of_step_as_often_as_chance_says():
    rng = np.random.default_rng(7)
    flagged = []
    for _ in range(200):
        values = {str(k): v for k, v in enumerate(rng.normal(20, 4, 40), start=1)}
        table = benchmarks.out_of_step(_indicators(values), _neighbours([str(k) for k in range(2, 12)]), "1")
        flagged.append([table.loc[0, "p_england"] < 0.05, table.loc[0, "p_neighbours"] < 0.05])
    rates = np.mean(flagged, axis=0)
    assert (rates > 0.01).all() and (rates < 0.10).all()  # 5% expected; the bounds are 3.2 standard errors


def _lait(shared, *measures: str) -> pd.DataFrame:
    raw = pd.read_csv(shared / "data/lait_indicators.csv.gz", dtype=str, keep_default_na=False)
    raw = raw[raw["measure_short"].isin(measures)]
    value = pd.to_numeric(raw["value"], errors="coerce")
    return pd.DataFrame(
        {
            "indicator": raw["measure_short"],
            "indicator_name": raw["measure"],
            "area_code": raw["la_code"],
            "area": raw["la_name"],
            "area_level": raw["geography"].map({"LA": "authority", "Region": "region", "England": "England"}),
            "region": raw["region"].where(raw["region"] != "NA"),
            "period": raw["period"],
            "numerator": np.nan,
            "denominator": np.nan,
            "value": value,
            "symbol": raw["value"].where(value.isna()),
            "unit": raw["unit"],
            "polarity": raw["polarity"].map({"High": "high", "Low": "low"}).fillna("neither"),
        }
    )


def _real_neighbours(shared) -> pd.DataFrame:
    return (
        pd.read_csv(shared / "data/statistical_neighbours.csv", dtype=str)
        .assign(rank=lambda t: t["rank"].astype(int))
        .rename(columns={"la_code": "area_code", "la_name": "area"})
    )


def test_barnsleys_rereferrals_of_2025_stand_where_they_are_published(shared):
    row = benchmark_table(_lait(shared, "ReReferral"), _real_neighbours(shared), "370", period="2025").iloc[0]
    assert (row["value"], row["rank"], row["n_ranked"], row["region_value"], row["england_value"]) == (
        25.5,
        135,
        153,
        21.7,
        22.6,
    )
    assert row[["quartile_1", "quartile_2", "quartile_3"]].astype(float).round(6).tolist() == [16.9, 20.0, 23.0]
    assert round(row["neighbours_mean"], 2) == 19.92 and row["neighbour_model"] == "2025"
    assert row["quarter"] == "worst quarter"


def test_kents_plans_within_20_weeks_of_2024_stand_where_they_are_published(shared):
    measures = [
        benchmark_table(_lait(shared, m), _real_neighbours(shared), "886", period="2024").iloc[0]
        for m in ("SEN_EHC_All_20wks", "SEN_EHC_Excpt_20wks")
    ]
    found = [(round(r["value"], 1), round(r["neighbours_mean"], 2), round(r["england_value"], 1)) for r in measures]
    assert (33.3, 41.02, 46.4) in found
    row = measures[found.index((33.3, 41.02, 46.4))]
    assert (row["rank"], row["n_ranked"]) == (107, 151)
    assert row["n_ranked"] - row["rank"] + 1 == 107 or row["rank"] == 107


def test_last_year_of_a_year_is_a_year_though_months_of_the_same_indicator_look_alike():
    rows = [("2018-19", "A", 22.0), ("2018-19", "B", 20.0), ("2017-18", "A", 23.7), ("2017-01", "A", 9.5), ("2017-02", "A", 9.0)]
    table = pd.DataFrame(rows, columns=["period", "area_code", "value"]).assign(
        indicator="x", indicator_name="X", area=lambda t: t["area_code"], area_level="authority", region=None, numerator=np.nan,
        denominator=np.nan, symbol=None, unit="%", polarity="low")
    neighbours = pd.DataFrame(columns=["model", "area_code", "rank", "neighbour_code"])
    found = benchmark_table(table, neighbours, "A").iloc[0]
    assert (found["period_before"], found["value_before"]) == ("2017-18", 23.7)
