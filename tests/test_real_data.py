"""The published files as they are, through `load` alone: every figure here is published or counted by hand from them.

Sources of the expected values: the publishers' own figures (inspection outcomes, re-referrals) and counts made with a
spreadsheet's tools on the same files. docs/real_data.md says how each is worked out.
"""

from types import SimpleNamespace

import pandas as pd
import pytest

import qa_analysis as qa
from qa_analysis.measures.benchmarks import benchmark_table, england_values
from qa_analysis.measures.reaudits import last_two_grades
from qa_analysis.sections import follow_up, grades, method, performance
from qa_analysis.sections.performance import own_area

HISTORY, REPORTS, JUDGEMENTS = (f"ofsted_ilacs_{name}.csv" for name in ("history", "reports", "judgements"))
BARNSLEY, SUNDERLAND = "370", "394"
RI = "Requires improvement to be good"


@pytest.fixture(scope="session")
def store(tmp_path_factory):
    return tmp_path_factory.mktemp("store")  # the shared folder can't be written


@pytest.fixture(scope="session")
def data(shared, store):
    return qa.load(shared / "data", profile="ofsted_ilacs", store=store)


@pytest.fixture(scope="session")
def history(data):
    """The inspections of the official list alone: a merged inspection stands in the file that is listed first."""
    return data.audits[data.audits["source_file"].eq(HISTORY)]


@pytest.fixture(scope="session")
def rows_2025(data):
    """The indicators of 2025, one row for each indicator and area."""
    return data.indicators[data.indicators["period"].eq("2025")]


def one(table: pd.DataFrame, **values) -> pd.Series:
    for column, value in values.items():
        table = table[table[column].eq(value)]
    assert len(table) == 1, table
    return table.iloc[0]


# --- inspections ----------------------------------------------------------------------------------------------------


def test_every_row_read_is_clean_or_set_aside(data):
    counts = data.row_counts
    assert (counts["rows_read"] == counts["rows_clean"] + counts["rows_set_aside"]).all()
    read = counts.set_index(["source_file", "table"])["rows_read"]
    assert read[HISTORY, "audits"] == 189 and read[REPORTS, "audits"] == 181 and read[JUDGEMENTS, "audits"] == 106
    assert read["lait_indicators.csv.gz", "indicators"] == 375_530
    assert read["csc_outcomes.csv.gz", "indicators"] == 22_515
    assert read["csc_workforce.csv", "indicators"] == 1_463 * 17
    assert read["ofsted_ilacs_findings.csv.gz", "findings"] == 10_516
    assert len(data.set_aside) == counts["rows_set_aside"].sum()


def test_one_inspection_in_three_files_is_one_audit(data):
    audits = data.audits
    assert audits["audit_id"].is_unique and len(audits) == 220  # 189 listed and 31 published since
    assert audits["source_file"].value_counts().to_dict() == {HISTORY: 189, JUDGEMENTS: 31}
    merged = data.set_aside[data.set_aside["table"].eq("audits")]
    assert merged["rule"].unique().tolist() == ["merged into the same record of another source"]
    assert merged["source_file"].value_counts().to_dict() == {REPORTS: 181, JUDGEMENTS: 75}


def test_an_inspection_without_dates_in_one_file_has_them_from_another(data):
    dates = data.audits.set_index("audit_id")["audit_date"]
    assert dates.notna().all()
    assert dates["80533_2022-09-05"] == pd.Timestamp("2022-07-11")  # blank in the judgements


def test_printed_spans_of_days_agree_with_the_official_list_in_every_report(data):
    issues = data.issues
    spans = issues[issues["rule"].eq("several days: the first taken") & issues["source_file"].eq(REPORTS)]
    assert len(spans) == 181
    disagree = issues[issues["rule"].eq("sources disagree")]
    assert not disagree["column"].isin(["audit_date", "team", "locality", "overall_grade"]).any()


def test_latest_inspection_of_each_current_authority_as_officially_counted(history):
    current = history[history["authority_status"].ne("No longer exists")]
    latest = current.sort_values("audit_date").drop_duplicates("case_id", keep="last")
    counts = latest["overall_grade"].value_counts().to_dict()
    assert counts == {"Good": 48, "Outstanding": 25, RI: 17, "Inadequate": 16}
    assert history.loc[~history.index.isin(current.index), "team"].tolist() == ["Bournemouth", "Cumbria"]


def test_between_the_last_two_inspections_29_improved_36_stayed_and_15_declined(history):
    pairs = last_two_grades(history)
    assert len(pairs) == 80
    step = pairs["grade_after"].cat.codes - pairs["grade_before"].cat.codes
    assert ((step > 0).sum(), (step == 0).sum(), (step < 0).sum()) == (29, 36, 15)


def test_items_to_improve_for_each_report_rise_from_outstanding_to_inadequate(data):
    findings = data.tables["findings"]
    items = findings["kind"].eq("improvement").groupby(findings["audit_id"]).sum().rename("n_items").reset_index()
    assert len(items) == 181 and items["n_items"].sum() == 878
    graded = items.merge(data.audits[["audit_id", "overall_grade"]], on="audit_id", validate="one_to_one")
    means = graded.groupby("overall_grade", observed=True)["n_items"].mean().round(2)
    assert means.to_dict() == {"Outstanding": 2.00, "Good": 3.65, RI: 6.58, "Inadequate": 9.83}
    assert items.set_index("audit_id")["n_items"].eq(0).sum() == 1  # Thurrock, October 2024: no such section


def test_all_spellings_of_requires_improvement_are_one_grade(data):
    assert list(data.audits["overall_grade"].cat.categories) == ["Inadequate", RI, "Good", "Outstanding"]
    spelt = data.issues[data.issues["rule"].eq("spelling of a grade") & data.issues["table"].eq("audits")]
    assert set(spelt["value_found"].astype(str)) == {"Requires improvement", "requires improvement"}
    assert set(spelt["value_used"].astype(str)) == {RI}
    assert data.audits["overall_grade"].eq(RI).sum() == 49
    assert not data.issues["rule"].eq("grade outside the scale").any()


def test_inspections_of_april_2026_have_areas_and_no_overall_grade(data):
    ungraded = data.audits[data.audits["overall_grade"].isna()]
    assert sorted(ungraded["team"]) == ["Brent", "Somerset"]
    assert (ungraded["audit_date"] == pd.Timestamp("2026-04-27")).all()
    areas = data.ratings[data.ratings["audit_id"].isin(ungraded["audit_id"])]
    assert len(areas) == 8 and areas["grade"].notna().all()


def test_until_2022_the_grade_of_children_in_care_is_the_grade_of_care_leavers_too(data):
    ratings = data.ratings.merge(data.audits[["audit_id", "audit_date"]], on="audit_id", validate="many_to_one")
    before = ratings["audit_date"] < pd.Timestamp("2023-01-01")
    areas = {"impact_of_leaders", "help_and_protection"}
    assert set(ratings.loc[before, "standard"]) == areas | {"in_care_and_care_leavers"}
    assert set(ratings.loc[~before, "standard"]) == areas | {"in_care", "care_leavers"}
    n_before = (data.audits["audit_date"] < pd.Timestamp("2023-01-01")).sum()
    assert len(ratings) == 3 * n_before + 4 * (len(data.audits) - n_before)
    norfolk = ratings[ratings["audit_id"].eq("80418_2023-01-13")]  # inspected in November 2022, published in 2023
    assert "in_care_and_care_leavers" in set(norfolk["standard"])


def test_the_two_known_errors_of_the_judgements_are_listed_and_the_official_grade_counts(data):
    wrong = data.issues[data.issues["rule"].eq("sources disagree")]
    found = wrong.set_index("source_row")[["source_file", "value_found", "value_used"]].astype(str)
    assert set(found["source_file"]) == {JUDGEMENTS} and len(found) == 4
    assert sorted(found.loc[93, ["value_found", "value_used"]].itertuples(index=False, name=None)) == [
        ("Good", "Outstanding"), ("Good", RI), (RI, "Good")]  # St Helens, 2023
    assert tuple(found.loc[74, ["value_found", "value_used"]]) == ("Inadequate", "")  # Nottingham, 2022
    aside = data.set_aside[data.set_aside["rule"].eq("standard not in force on the day of the audit")]
    assert aside["source_row"].tolist() == [74]
    ratings = data.ratings.set_index(["audit_id", "standard"])["grade"]
    assert ratings["80560_2023-09-04", "care_leavers"] == "Outstanding"
    assert ("80533_2022-09-05", "care_leavers") not in ratings.index


def test_each_inspection_names_its_authority_and_one_of_nine_regions(data):
    audits = data.audits
    assert audits["team"].notna().all() and audits["case_id"].notna().all()
    assert audits.groupby("case_id")["team"].nunique().eq(1).all() and audits["team"].nunique() == 108
    assert audits["locality"].nunique() == 9 and audits["locality"].notna().all()
    assert audits["service"].isna().all()
    london = audits.loc[audits["team"].eq("City of London"), "case_id"]  # "london corporation" in two of the files
    assert set(london) == {"80450"}


# --- indicators and neighbours --------------------------------------------------------------------------------------


def test_barnsleys_rereferrals_in_numbers_and_against_others(data, rows_2025):
    counts = one(rows_2025, indicator="rereferral_12m", area_code=BARNSLEY)
    assert (counts["value"], counts["numerator"], counts["denominator"]) == (25.5, 825, 3_241)
    chosen = rows_2025[rows_2025["indicator"].isin(["ReReferral", "rereferral_12m"])]
    table = benchmark_table(chosen, data.neighbours, BARNSLEY, model="2025").set_index("indicator")
    for indicator in ("ReReferral", "rereferral_12m"):
        row = table.loc[indicator]
        assert (row["value"], row["region_value"], row["n_neighbours"]) == (25.5, 21.7, 10)
        assert round(row["neighbours_mean"], 2) == 19.92
        assert row["vs_england"] == row["vs_neighbours"] == "worse"
    assert table.loc["ReReferral", "england_value"] == 22.6


def test_englands_rereferrals_are_the_ratio_of_sums_and_not_the_mean_of_authorities(rows_2025):
    rows = rows_2025[rows_2025["indicator"].eq("rereferral_12m")]
    england = england_values(rows).iloc[0]
    assert round(england["england_value"], 2) == 22.58 and england["england_basis"] == "ratio of sums"
    assert round(rows.loc[rows["area_level"].eq("authority"), "value"].mean(), 2) == 20.37


def test_suppressed_long_plans_are_neither_zero_nor_missing(rows_2025):
    plans = rows_2025[rows_2025["indicator"].eq("cpp_2yr_plus") & rows_2025["area_level"].eq("authority")]
    assert len(plans) == 153 and plans["symbol"].eq("c").sum() == 59
    suppressed = plans[plans["symbol"].eq("c")]
    assert suppressed["value"].isna().all() and suppressed["numerator"].isna().all()
    assert plans["value"].notna().sum() == 94 and plans.loc[plans["value"].notna(), "symbol"].isna().all()


def test_sunderlands_zero_is_a_true_zero_and_its_low_is_not(rows_2025):
    plans = one(rows_2025, indicator="cpp_2yr_plus", area_code=SUNDERLAND)
    assert (plans["value"], plans["numerator"], plans["denominator"]) == (0, 0, 357) and pd.isna(plans["symbol"])
    agency = one(rows_2025, indicator="agency_rate_fte", area_code=SUNDERLAND)
    assert pd.isna(agency["value"]) and agency["symbol"] == "low"  # rounds to zero but is not zero


def test_every_symbol_of_the_files_is_understood_and_none_becomes_a_value(data):
    table = data.indicators
    symbols = table.groupby(["source_file", "symbol"]).size()
    assert symbols["lait_indicators.csv.gz"].to_dict() == {"-": 51_644}
    assert symbols["csc_outcomes.csv.gz"].to_dict() == {"c": 2_391, "z": 286, "x": 29, "k": 13, "u": 11}
    assert set(symbols["csc_workforce.csv"].index) == {"c", "z", "x", "low", "u"}
    assert table.loc[table["symbol"].notna(), "value"].isna().all()
    assert table["value"].notna().eq(table["symbol"].isna()).all()  # no cell is blank in any of the files
    assert not data.issues["rule"].eq("neither a number nor a published symbol").any()


def test_the_three_files_share_no_indicator_and_give_what_the_profile_is_compared_with(data):
    by_file = data.indicators.groupby("source_file")["indicator"].agg(set)
    assert sum(map(len, by_file)) == len(set().union(*by_file)) == 260 + 20 + 17
    files = {"lait": "lait_indicators.csv.gz", "outcomes": "csc_outcomes.csv.gz", "workforce": "csc_workforce.csv"}
    wanted = {(kind, key) for i in data.profile.indicators.values()
              for kind, key in i.benchmark.model_dump(exclude_none=True, exclude={"year"}).items()}
    assert len(wanted) > 40 and not [w for w in wanted if w[1] not in by_file[files[w[0]]]]


def test_each_indicator_has_one_row_for_each_area_and_period_and_england_and_regions_beside(data):
    table = data.indicators
    assert not table.duplicated(["indicator", "area_code", "area_level", "period"]).any()
    assert set(table.loc[table["area_level"].eq("England"), "area_code"]) == {"970"}
    dorset = table[table["area"].str.startswith("Dorset") & table["source_file"].eq("lait_indicators.csv.gz")]
    assert set(dorset["area_code"]) == {"838", "835"}
    assert table.loc[table["source_file"].ne("lait_indicators.csv.gz"), "polarity"].notna().all()
    assert table["unit"].notna().all()


def test_directions_given_for_two_files_agree_with_the_third_and_the_profile(data):
    way = data.indicators.drop_duplicates("indicator").set_index("indicator")["polarity"].astype(str)
    for indicator in data.profile.indicators.values():
        keys = indicator.benchmark.model_dump(exclude_none=True, exclude={"year"})
        assert {way[k] for name, k in keys.items() if name != "lait"} <= {indicator.polarity}, indicator.id


def test_authorities_that_report_together_stay_one_area_and_are_listed(data):
    workforce = data.indicators[data.indicators["source_file"].eq("csc_workforce.csv")]
    joint = workforce[workforce["area_code"].str.contains("/", na=False)]
    assert joint.groupby("area_code").size().to_dict() == {"314 / 318": 9 * 17, "940 / 941": 5 * 17}
    assert not workforce["area_code"].isin(["314", "318", "940", "941"]).any()
    listed = data.issues[data.issues["rule"].eq("several areas in one row")]
    assert sorted(listed["value_used"].astype(str)) == ["314 / 318", "940 / 941"]
    each = data.indicators[data.indicators["indicator"].eq("Work_Force_TO_Rate") & data.indicators["period"].eq("2025")]
    values = each.set_index("area_code")["value"]
    both = one(joint, indicator="turnover_rate_fte", period="2025", area_code="314 / 318")["value"]
    assert values["314"] == values["318"] == pytest.approx(both, abs=0.05)


def test_two_models_of_neighbours_lie_side_by_side(data):
    table = data.neighbours
    assert table.groupby("model")["area_code"].nunique().to_dict() == {"2021": 156, "2025": 158}
    assert (table.groupby(["model", "area_code"]).size() == 10).all()
    assert "909" in set(table.loc[table["model"].eq("2021"), "neighbour_code"])  # Cumbria, abolished in 2023
    assert not table.loc[table["model"].eq("2021"), "area_code"].isin(["942", "943"]).any()


# --- reports --------------------------------------------------------------------------------------------------------


def test_a_second_load_gives_the_same_tables_from_the_store(data, shared, tmp_path_factory):
    folder = tmp_path_factory.mktemp("again")
    first = qa.load(shared / "data", profile="ofsted_ilacs", store=folder, tables=["audits", "ratings"])
    again = qa.load(shared / "data", profile="ofsted_ilacs", store=folder, tables=["audits", "ratings"])
    assert again.from_store and not first.from_store
    for name in ("audits", "ratings"):
        pd.testing.assert_frame_equal(first.tables[name], again.tables[name])
        pd.testing.assert_frame_equal(first.tables[name], data.tables[name])


@pytest.mark.parametrize(("place", "name", "n"), [("team", "Barnsley", 2), ("locality", "North West", 38)])
def test_a_report_can_be_opened_for_one_authority_and_one_region(shared, data, store, place, name, n, monkeypatch):
    monkeypatch.setenv("QA_STORE", str(store))
    monkeypatch.setenv("QA_KEY", "a key for tests")
    report = qa.open_report(shared / "data", "ofsted_ilacs", "2023-24", "public", **{place: name})
    assert len(report.data.audits) == n and set(report.data.audits[place]) == {name}
    assert set(report.data.ratings["audit_id"]) <= set(report.data.audits["audit_id"])


@pytest.mark.parametrize(("team", "code"), [("Barnsley", "370"), ("Bristol", "801"), ("Dorset", "838"),
                                            ("Kingston upon Hull", "810"), ("Hammersmith & Fulham", "205")])
def test_a_report_on_one_authority_finds_its_indicators_by_name(data, team, code):
    place = SimpleNamespace(whole=data, profile=data.profile, place={"team": team})
    assert own_area(place) == code


@pytest.fixture
def opened(shared, store, monkeypatch):
    monkeypatch.setenv("QA_STORE", str(store))
    monkeypatch.setenv("QA_KEY", "a key for tests")
    return lambda period, **place: qa.open_report(shared / "data", "ofsted_ilacs", period, "public", **place)


def test_of_all_places_inspected_twice_45_moved_up_43_stayed_and_13_moved_down(opened):
    assert follow_up.put_right(opened("all")).again == (
        "Of 101 places with two graded inspections or more, 45 were graded higher at the last one than at the one before, "
        "43 the same and 13 lower.")


def test_places_of_inspections_are_regions_and_their_data_deserve_confidence(opened):
    r = opened("2023-24")
    assert grades.by_place(r).place == "locality" and len(grades.by_place(r).each) == 23
    levels = method.data_confidence(r).confidence.set_index("table")["level"]
    assert levels.to_dict() == {"audits": "high", "ratings": "high", "indicators": "high"}


def test_each_indicator_of_barnsley_is_shown_once_and_none_of_a_later_time(opened):
    shown = performance.against_others(opened("2023-24", team="Barnsley")).benchmarks
    assert "rereferral_12m" in set(shown["indicator"]) and "ReReferral" not in set(shown["indicator"])
    assert shown["indicator_name"].is_unique and shown["period"].max() <= "2024"
    assert shown.set_index("indicator").loc["turnover_rate_fte", "period"] == "2023"
