"""A published period ends on the day that its publisher's kind of year says; expected days from the data dictionary."""

import pandas as pd
import pytest

from qa_analysis.profile import load_profile
from qa_analysis.published import period_end, period_words, shipped_years, up_to, year_kinds


@pytest.mark.parametrize(("period", "kind", "end"), [
    ("2024-03", "financial", "2024-03-31"), ("2025", "financial", "2025-03-31"), ("2025", "september", "2025-09-30"),
    ("2025", "academic", "2025-08-31"), ("2024", "calendar", "2024-12-31"), ("2025", "january", "2025-01-31"),
    ("2024-25", "financial", "2025-03-31"), ("2024-25 (OT)", "financial", "2025-03-31"),
    ("2014-16", "calendar", "2016-12-31"), ("2014-16", "financial", "2016-12-31"),
    ("2013/14-15/16", "financial", "2016-03-31"), ("0", "academic", None)])
def test_a_published_period_ends_on_the_day_that_its_kind_says(period, kind, end):
    assert period_end(period, kind) == (None if end is None else pd.Timestamp(end))


@pytest.mark.parametrize(("period", "kind", "words"), [
    ("2025", "financial", "March 2025"), ("2025", "september", "September 2025"), ("2025", "academic", "School year 2024/25"),
    ("2024", "calendar", "Calendar year 2024"), ("2024-25", "financial", "2024-25"), ("2019-09", "financial", "September 2019"),
    ("0", "financial", "0")])
def test_a_period_is_named_as_a_reader_knows_it(period, kind, words):
    assert period_words(period, kind) == words


def test_a_profile_says_its_own_kind_of_year_and_else_the_shipped_list_does():
    profile = load_profile("common")
    kinds = year_kinds(profile)
    assert (kinds["rereferrals"], kinds["ehc_plans_in_time"], kinds["caseload"]) == ("financial", "calendar", "september")
    assert kinds["LAC_KS2_ExpStd_RWM"] == "academic" and kinds["turnover_rate_fte"] == "september"
    indicator = profile.indicators["rereferrals"]
    other = indicator.model_copy(update={"benchmark": indicator.benchmark.model_copy(update={"year": "academic"})})
    own = profile.model_copy(update={"indicators": {**profile.indicators, "rereferrals": other}})
    assert {year_kinds(own)[k] for k in ("rereferrals", "ReReferral", "rereferral_12m")} == {"academic"}


def test_an_academic_year_is_not_over_in_march():
    table = pd.DataFrame({"indicator": ["ReReferral", "LAC_KS2_ExpStd_RWM", "SEN_EHC_All_20wks"], "period": "2025"})
    kinds = year_kinds(load_profile("common"))
    shown = {day: up_to(table, pd.Timestamp(day), kinds)["indicator"].tolist() for day in
             ("2025-03-30", "2025-03-31", "2025-08-31", "2025-12-31")}
    assert [len(v) for v in shown.values()] == [0, 1, 2, 3]


def test_the_shipped_list_is_the_publishers_own_dictionary(shared):
    dictionary = pd.read_csv(shared / "data" / "lait_measures.csv", dtype=str, keep_default_na=False)
    said = {"Academic Year": "academic", "Calendar Year": "calendar", "Annual (end of Sept)": "september",
            "Annual - January": "january"}
    wanted = {k: said[y] for k, y in zip(dictionary["measure_short"], dictionary["year_type"], strict=True) if y in said}
    assert shipped_years() == wanted and len(wanted) == 92 + 23 + 14 + 5


def test_no_indicator_has_none_up_to_a_day():
    empty = pd.DataFrame({"period": [], "indicator": []}).astype("str")
    assert up_to(empty, pd.Timestamp("2019-09-30"), {}).empty
