"""The compendium's figures: by hand on small tables, against the proven benchmark table, and as they are published."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qa_analysis as qa
from qa_analysis.measures import compendium as measure
from qa_analysis.measures.benchmarks import BenchmarkError, benchmark_table


def table_of(values: dict, *, polarity="low", level="authority", region="North", indicator="rereferral") -> pd.DataFrame:
    """`values`: (code, period) → a value, or a symbol in its place."""
    return pd.DataFrame([
        {"indicator": indicator, "indicator_name": "Re-referrals", "area_code": code, "area": f"Area {code}",
         "area_level": level, "region": region if level == "authority" else None, "period": period, "numerator": np.nan,
         "denominator": np.nan, "value": np.nan if isinstance(v, str) else float(v),
         "symbol": v if isinstance(v, str) else None, "unit": "%", "polarity": polarity}
        for (code, period), v in values.items()])


def neighbours_of(codes, model="2025", area="1") -> pd.DataFrame:
    return pd.DataFrame({"model": model, "area_code": area, "area": f"Area {area}", "rank": range(1, len(codes) + 1),
                         "neighbour_code": list(codes), "neighbour": [f"Area {c}" for c in codes]})


NONE = neighbours_of([])


def one(table: pd.DataFrame, **values) -> pd.Series:
    for column, value in values.items():
        table = table[table[column].eq(value)]
    assert len(table) == 1, table
    return table.iloc[0]


def test_each_year_has_its_own_rank_neighbours_and_change():
    values = {("1", "2024"): 20, ("2", "2024"): 10, ("3", "2024"): 30, ("1", "2025"): 26, ("2", "2025"): 30, ("3", "2025"): 40}
    years = measure.compendium_years(measure.standings(table_of(values)), neighbours_of(["2", "3"]), "1")
    assert years[["period", "rank", "n_ranked", "neighbours_mean", "neighbours_median", "n_neighbours"]].values.tolist() == [
        ["2024", 2, 3, 20, 20, 2], ["2025", 1, 3, 35, 35, 2]]
    assert years["change"].tolist()[1] == 6 and pd.isna(years["change"].tolist()[0])


def test_a_year_that_is_missing_is_no_year_before():
    values = {(c, p): 10 for c in "123" for p in ("2022", "2024")}
    years = measure.compendium_years(measure.standings(table_of(values)), NONE, "1")
    assert years["period_before"].isna().all() and years["change"].isna().all()


def test_a_symbol_has_no_rank_stays_and_takes_part_in_no_mean():
    values = {("1", "2025"): "c", ("2", "2025"): 10, ("3", "2025"): 0, ("4", "2025"): "low"}
    years = measure.compendium_years(measure.standings(table_of(values)), neighbours_of(["2", "3", "4"]), "1")
    row = measure.compendium_latest(years).iloc[0]
    assert row["symbol"] == "c" and pd.isna(row["value"]) and pd.isna(row["rank"]) and pd.isna(row["quarter"])
    assert (row["neighbours_mean"], row["n_neighbours"]) == (5, 2)  # the true zero counts, the symbol does not


def test_england_is_the_published_figure_and_never_the_mean_of_authorities():
    areas = table_of({(str(c), "2025"): 10 * c for c in range(1, 10)})
    both = pd.concat([areas, table_of({("970", "2025"): 22.6}, level="England")])
    row = one(measure.standings(both), area_code="1")
    assert (row["england_value"], row["england_basis"]) == (22.6, "published")
    counted = areas.assign(numerator=[1.0] * 9, denominator=[10.0] * 8 + [920.0])
    row = one(measure.standings(counted), area_code="1")
    assert (row["england_value"], row["england_basis"]) == (0.9, "ratio of sums of the authorities") or pd.isna(
        row["england_value"])


def test_a_figure_of_england_outside_all_authorities_is_no_average_and_is_left_out():
    areas = table_of({(str(c), "2024"): 100 + c for c in range(1, 10)})
    both = pd.concat([areas, table_of({("970", "2024"): 1258}, level="England")])
    row = one(measure.standings(both), area_code="1")
    assert pd.isna(row["england_value"])
    assert row["england_note"] == "England's published figure, 1258, lies outside the range of all authorities"


def test_two_authorities_of_one_row_are_ranked_once_and_each_has_the_figure():
    values = {("1", "2025"): 10, ("2", "2025"): 30, ("314 / 318", "2025"): 20}
    joint = table_of(values).replace({"Area 314 / 318": "Kingston / Richmond"})
    standing = measure.standings(joint)
    for code, name in (("314", "Kingston"), ("318", "Richmond")):
        row = one(standing, area_code=code)
        assert (row["value"], row["rank"], row["n_ranked"], row["area"]) == (20, 2, 3, name)
        assert row["reported_with"] == "314 / 318"
    years = measure.compendium_years(standing, neighbours_of(["314", "318", "2"]), "1")
    assert years.iloc[0]["neighbours_mean"] == pytest.approx(70 / 3) and years.iloc[0]["n_neighbours"] == 3


def test_a_joint_row_goes_before_nothing_that_an_authority_reports_itself():
    own = table_of({("1", "2025"): 10, ("314", "2025"): 15, ("314 / 318", "2025"): 20})
    standing = measure.standings(own)
    assert one(standing, area_code="314")["value"] == 15 and one(standing, area_code="318")["value"] == 20


def test_an_authoritys_own_months_are_not_compared():
    values = {("1", "2025"): 10, ("2", "2025"): 20, ("1", "2025-03"): 11}
    assert set(measure.standings(table_of(values))["period"]) == {"2025"}


def test_an_authority_without_figures_after_a_year_ended_in_it():
    values = {(c, p): 10 for c in "123" for p in ("2023", "2024", "2025")} | {
        ("9", "2023"): 5, ("9", "2024"): "-", ("9", "2025"): "z", ("8", "2023"): 5, ("8", "2024"): 5, ("8", "2025"): "c"}
    standing = measure.standings(table_of(values))
    last = measure.last_years(standing)
    assert (last["9"], last["8"], last["1"]) == (2023, 2025, 2025)
    row = measure.compendium_latest(measure.compendium_years(standing, NONE, "9"), last_year=2023).iloc[0]
    assert (row["period"], row["value"]) == ("2023", 5)


def test_regions_stand_in_the_place_of_authorities_and_parts_of_london_are_left_out():
    names = ["London", "Inner London", "London (Outer)", "North East"]
    rows = pd.concat([table_of({(f"E{i}", "2025"): 10 + i}, level="region").assign(area=n) for i, n in enumerate(names)])
    standing = measure.standings(measure.regions_as_areas(rows, "london"))
    assert set(standing["area"]) == {"London", "North East"}
    assert one(standing, area_code=measure.region_code("London"))["rank"] == 1
    part = measure.standings(measure.regions_as_areas(rows, "Inner London"))
    assert set(part["area"]) == {"Inner London", "London (Outer)", "North East"}


def test_a_model_that_is_not_there_is_named():
    with pytest.raises(BenchmarkError, match="model '1999' is not in the data. There are: 2025."):
        measure.compendium_years(measure.standings(table_of({("1", "2025"): 1, ("2", "2025"): 2})), neighbours_of(["2"]), "1",
                                 model="1999")


@given(values=st.lists(st.integers(0, 60), min_size=11, max_size=30), high=st.booleans())
@settings(max_examples=40, deadline=None)
def test_every_figure_is_that_of_the_proven_benchmark_table(values, high):
    table = table_of({(str(i), "2025"): v for i, v in enumerate(values)}, polarity="high" if high else "low")
    neighbours = neighbours_of([str(i) for i in range(1, 11)], area="0")
    proven = benchmark_table(table, neighbours, "0").iloc[0]
    found = measure.compendium_latest(measure.compendium_years(measure.standings(table), neighbours, "0")).iloc[0]
    for column in ("rank", "n_ranked", "quartile_1", "quartile_3", "neighbours_mean", "neighbours_median", "p_england",
                   "p_neighbours", "p_england_adjusted"):
        assert found[column] == pytest.approx(proven[column], nan_ok=True, abs=1e-9), column
    for column in ("quarter", "vs_neighbours"):
        assert found[column] == proven[column] or (pd.isna(found[column]) and pd.isna(proven[column]))


# --- published figures --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def published(shared, tmp_path_factory):
    d = qa.load(shared / "data", profile="ofsted_ilacs", store=tmp_path_factory.mktemp("store"),
                tables=["indicators", "neighbours"])
    keys = ["ReReferral", "rereferral_12m", "SEN_EHC_Excpt_20wks", "cpp_2yr_plus", "agency_rate_fte", "turnover_rate_fte",
            "FirstYJS"]
    return measure.standings(d.indicators[d.indicators["indicator"].isin(keys)]), d.neighbours


def test_barnsley_kent_and_sunderland_stand_where_they_are_published(published):
    standing, neighbours = published
    row = one(measure.compendium_years(standing, neighbours, "370"), indicator="ReReferral", period="2025")
    assert (row["value"], row["rank"], row["n_ranked"], row["region_value"], row["england_value"]) == (25.5, 135, 153, 21.7, 22.6)
    assert row[["quartile_1", "quartile_2", "quartile_3"]].tolist() == [16.9, 20.0, 23.0]
    assert round(row["neighbours_mean"], 2) == 19.92 and row["quarter"] == "worst quarter"
    same = one(measure.compendium_years(standing, neighbours, "370"), indicator="rereferral_12m", period="2025")
    assert (same["value"], same["rank"], same["england_value"], same["england_basis"]) == (25.5, 135, 22.6, "published")
    row = one(measure.compendium_years(standing, neighbours, "886"), indicator="SEN_EHC_Excpt_20wks", period="2024")
    assert (round(row["value"], 1), round(row["neighbours_mean"], 2), round(row["england_value"], 1)) == (33.3, 41.02, 46.4)
    assert (row["rank"], row["n_ranked"]) == (107, 151)
    years = measure.compendium_years(standing, neighbours, "394")
    plans, agency = (one(years, indicator=i, period="2025") for i in ("cpp_2yr_plus", "agency_rate_fte"))
    assert plans["value"] == 0 and pd.isna(plans["symbol"]) and plans["n_ranked"] == 94  # 59 of 153 are suppressed
    assert pd.isna(agency["value"]) and agency["symbol"] == "low"


def test_153_authorities_exist_and_five_were_abolished_in_the_years_that_the_publisher_says(published):
    last = measure.last_years(published[0])
    assert last.eq(2025).sum() == 153
    assert last[last < 2025].to_dict() == {"835": 2019, "836": 2019, "837": 2019, "909": 2023, "928": 2021}


def test_kingston_and_richmond_have_their_joint_workforce(published):
    rows = published[0][published[0]["indicator"].eq("turnover_rate_fte") & published[0]["period"].eq("2025")]
    assert {one(rows, area_code=c)["value"] for c in ("314", "318")} == {28.0}
    assert not rows["area_code"].str.contains("/").any() and rows["n_ranked"].max() == 148


def test_englands_first_time_entrants_are_the_sum_of_the_regions_and_not_shown(published):
    row = one(published[0], indicator="FirstYJS", period="2024", area_code="370")
    assert row["value"] == 215 and pd.isna(row["england_value"]) and "1258" in row["england_note"]


def test_an_abolished_neighbour_is_in_no_mean_after_its_end(published):
    standing, neighbours = published
    named = neighbours[neighbours["model"].eq("2021") & neighbours["neighbour_code"].eq("909")]["area_code"].iloc[0]
    years = measure.compendium_years(standing, neighbours, named, model="2021")
    counts = years[years["indicator"].eq("ReReferral")].set_index("period")["n_neighbours"]
    assert counts["2022"] == counts["2025"] + 1
