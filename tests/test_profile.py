"""Profiles: facts read by hand from the five framework documents, look-ups, dates, merging, and every kind of fault."""

import datetime as dt
import gzip
import re
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_analysis.errors import UserError
from qa_analysis.profile import ProfileError, fold, list_profiles, load_profile, profile_tables, show_profile

ALL = ["common", "dorset", "manchester", "ofsted_ilacs", "quality_management", "signs_of_safety"]
GRADES_WORST_FIRST = ["Inadequate", "Requires improvement to be good", "Good", "Outstanding"]


def write(folder: Path, text: str, name: str = "mine.yml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def fault_of(path: Path | str) -> str:
    with pytest.raises(ProfileError) as caught:
        load_profile(path)
    return str(caught.value)


# ------------------------------------------------------------------------------------ what comes with the package

def test_six_profiles_come_with_the_package_and_common_is_listed_first():
    listed = list_profiles()
    assert listed["name"].tolist() == ["common", *[n for n in ALL if n != "common"]]


@pytest.mark.parametrize("name", ALL)
def test_every_profile_loads_shows_its_activities_and_extends_common(name):
    profile = load_profile(name)
    assert Path(profile.files[0]).name == "common.yml"
    assert profile.name == name
    shown = show_profile(name)
    assert shown.endswith("No fault found.")
    for activity in profile.activities.values():
        assert activity.label in shown


@pytest.mark.parametrize("name", ALL)
def test_every_activity_says_who_does_it_and_which_component_it_belongs_to(name):
    profile = load_profile(name)
    for activity in profile.activities.values():
        assert activity.who, activity.id
        assert activity.component in profile.components


@pytest.mark.parametrize("name", ["manchester", "quality_management", "dorset", "signs_of_safety"])
def test_every_activity_of_a_framework_says_where_in_the_document_it_stands(name):
    assert [a.id for a in load_profile(name).activities.values() if not a.source] == []


@pytest.mark.parametrize("name", ALL)
def test_grades_run_from_best_to_worst_and_labels_from_worst_to_best(name):
    profile = load_profile(name)
    assert profile.grade_labels == GRADES_WORST_FIRST
    assert [g.label for g in profile.grades] == GRADES_WORST_FIRST[::-1]
    assert profile.good_grades == {"Good", "Outstanding"}


@pytest.mark.parametrize("name", ALL)
def test_no_profile_guesses_what_a_number_means_as_a_grade(name):
    grades = load_profile(name).lookup("grades")
    assert not {"1", "2", "3", "4", "5"} & set(grades)


# ------------------------------------------------------------------------------------ common: SESLIP's components

def test_common_has_the_twelve_components():
    assert [c.label for c in load_profile("common").components.values()] == [
        "Performance meetings and reports", "Performance data", "Practice standards, procedures and regulation",
        "Case audit", "Supervision standards and audit", "Practice observation", "Feedback from children and families",
        "Leadership and accountability", "Voice of the workforce",
        "Learning culture, training and practice development", "Moderation system",
        "Self-evaluation and improvement plan"]


def test_common_has_an_activity_for_every_component():
    profile = load_profile("common")
    assert {a.component for a in profile.activities.values()} == set(profile.components)


def test_common_has_the_five_types_of_audit():
    types = {a.audit_type for a in load_profile("common").activities.values() if a.kind == "audit"}
    assert types == {"regular", "thematic", "multi-agency", "focused", "external"}


def test_common_asks_the_three_questions_of_the_self_evaluation():
    assert list(load_profile("common").questions) == ["know", "how", "plans"]


def test_common_sets_no_number_of_audits_because_the_document_leaves_it_to_each_authority():
    assert load_profile("common").activities["file_audit"].expected is None


def test_supervision_is_audited_observed_and_fed_back_on():
    activities = load_profile("common").activities
    assert {"supervision_audit", "supervision_observation", "supervision_feedback"} <= set(activities)


def test_disclosure_hides_one_to_five_from_all_but_supervision():
    profile = load_profile("common")
    assert profile.disclosure_rule("supervision").smallest_count == 1
    assert profile.disclosure_rule("supervision").show_cases
    for audience in ("team", "board", "public"):
        rule = profile.disclosure_rule(audience)
        assert (rule.smallest_count, rule.secondary, rule.show_cases, rule.show_people) == (6, True, False, False)


@pytest.mark.parametrize(("timescale", "limit", "longest", "unit"), [  # FIELD_NOTES, Timescales
    ("referral_decision", 1, None, "working days"), ("assessment", 45, None, "working days"),
    ("initial_conference", 15, None, "working days"), ("core_group", 10, None, "working days"),
    ("first_review_conference", 3, None, "months"), ("later_review_conference", 6, None, "months"),
    ("first_looked_after_review", 20, None, "working days"), ("second_looked_after_review", 3, None, "months"),
    ("later_looked_after_review", 6, None, "months"), ("pathway_plan_review", 6, None, "months"),
    ("care_leaver_contact", 8, None, "weeks"), ("complaint_stage_1", 10, 20, "working days"),
    ("complaint_stage_2", 25, 65, "working days"), ("complaint_stage_3", 30, None, "working days")])
def test_timescales_are_as_known_and_marked_to_be_checked(timescale, limit, longest, unit):
    found = load_profile("common").timescales[timescale]
    assert (found.limit, found.longest, found.unit, found.check) == (limit, longest, unit, True)


def test_typical_ambitions_are_at_most_a_tenth_inadequate_and_two_fifths_good():
    ambitions = load_profile("common").ambitions
    assert ambitions["few_inadequate"].at_most == 0.10
    assert ambitions["good_or_better"].at_least == 0.40


# ------------------------------------------------------------------------------------ Manchester

@pytest.mark.parametrize(("activity", "who", "frequency", "count", "per"), [  # section 3, the schedule
    ("performance_data", "performance_team", "monthly", 1, "authority"),
    ("file_audit", "team_manager", "monthly", 1, "team_manager"),
    ("moderation", "service_lead", "monthly", 1, "team_manager"),
    ("locality_overview", "head_of_service", "monthly", 1, "head_of_service"),
    ("service_wide_themes", "workforce_team", "monthly", 1, "authority"),
    ("action_tracking", "senior_leaders", "bi-monthly", 1, "authority"),
    ("supervision_audit", "service_lead", "quarterly", 1, "service_lead"),
    ("private_fostering_audit", "social_work_consultant", "annual", 1, "authority"),
    ("dip_sample", "head_of_service", "quarterly", 1, "head_of_service"),
    ("practice_observation", "team_manager", "monthly", 1, "team_manager"),
    ("observation_by_service_lead", "service_lead", "quarterly", 1, "service_lead"),
    ("family_feedback", "team_manager", "monthly", 1, "team_manager"),
    ("complaints_compliments", "directorate_lead", "monthly", 1, "authority"),
    ("participation", "safeguarding_unit", "monthly", 1, "authority"),
    ("workforce_survey", "practitioner_representatives", "bi-monthly", 1, "authority")])
def test_manchester_schedule(activity, who, frequency, count, per):
    found = load_profile("manchester").activities[activity]
    assert who in found.who
    assert (found.frequency, found.expected.count, found.expected.per) == (frequency, count, per)


def test_manchester_judges_on_six_golden_threads():
    assert [s.id for s in load_profile("manchester").standards_on("2019-09-30")] == [
        "assessment", "planning", "chronologies", "management_supervision", "childs_voice", "parent_engagement"]


def test_manchester_has_seven_services_and_no_others_are_accepted():
    profile = load_profile("manchester")
    assert list(profile.services) == ["Locality Social Work", "Permanence", "Leaving Care", "Early Help", "Fostering",
                                      "Complex Safeguarding Unit", "Youth Justice"]
    assert not profile.is_open("services")
    assert load_profile("common").is_open("services")


def test_manchester_dip_sample_is_about_forty_cases():
    assert load_profile("manchester").activities["dip_sample"].expected.cases_each == 40


def test_manchester_closing_the_loop_is_due_every_two_months():
    profile = load_profile("manchester")
    assert profile.activities["action_tracking"].months_per_round == 2
    assert profile.reports["closing_the_loop"].months_per_round == 2


def test_manchester_reports_go_to_the_forums_that_section_4_names():
    reports = load_profile("manchester").reports
    assert reports["seven_minute_briefing"].frequency == "quarterly"
    assert reports["annual_quality_of_practice"].frequency == "annual"
    assert {"leadership_team", "managers_forum", "performance_board", "service_meetings"} == set(
        reports["learning_circles"].forums)
    assert reports["locality_overview"].by == "locality"


def test_manchester_themes_belong_to_the_threads_that_the_codebook_names(shared):
    codebook = pd.read_csv(shared / "themes" / "codebook.csv", dtype=str, keep_default_na=False)
    themes = load_profile("manchester").themes
    assert {t.id: t.standard or "" for t in themes.values()} == dict(
        zip(codebook["theme"], codebook["manchester_thread"], strict=True))
    assert {t.id: t.label for t in themes.values()} == dict(zip(codebook["theme"], codebook["label"], strict=True))


@pytest.mark.parametrize(("written", "service", "locality"), [  # FIELD_NOTES, Services and teams
    ("Locality SW North", "Locality Social Work", "North"), ("Locality - North", "Locality Social Work", "North"),
    ("LAC", "Permanence", None), ("Our Children", "Permanence", None), ("16+", "Leaving Care", None),
    ("Care Experienced", "Leaving Care", None), ("EH", "Early Help", None), ("Early Help Hub", "Early Help", None),
    ("Family Help", "Early Help", None), ("YJ", "Youth Justice", None), ("YOT", "Youth Justice", None),
    ("YOS", "Youth Justice", None), ("CSU", "Complex Safeguarding Unit", None), ("fostering", "Fostering", None)])
def test_services_and_localities_are_known_by_the_names_seen_in_exports(written, service, locality):
    profile = load_profile("manchester")
    assert profile.lookup("services")[fold(written)] == service
    assert profile.lookup("localities").get(fold(written)) == locality


# ------------------------------------------------------------------------------------ Quality Management Framework

def test_learning_audits_are_two_a_quarter_for_each_service_manager_and_ungraded():
    audit = load_profile("quality_management").activities["learning_audit"]
    assert (audit.expected.count, audit.expected.per, audit.frequency) == (2, "service_lead", "quarterly")
    assert not audit.graded
    assert audit.independent and audit.self_rated and audit.family_views
    assert audit.selection == "purposive"


def test_random_sampling_is_two_cases_a_quarter_for_five_pairs_in_a_different_service_each_quarter():
    audit = load_profile("quality_management").activities["random_sampling_audit"]
    assert (audit.expected.count, audit.expected.per, audit.expected.units) == (2, "pair", 5)
    assert audit.frequency == "quarterly"
    assert audit.graded and audit.audited_twice and audit.rotates_services
    assert audit.selection == "random"


def test_learning_visits_are_four_a_year_by_independent_senior_managers_and_go_to_the_improvement_board():
    visit = load_profile("quality_management").activities["learning_visit"]
    assert (visit.expected.count, visit.expected.per, visit.frequency) == (4, "authority", "annual")
    assert visit.independent and not visit.graded and visit.who == ("senior_leaders",)
    assert visit.forums == ("improvement_board",)


def test_themed_audits_are_outside_the_quarters_and_state_their_question_first():
    audit = load_profile("quality_management").activities["thematic_audit"]
    assert audit.frequency == "as needed" and audit.expected is None and audit.question_first
    assert audit.forums == ("improvement_board",)
    assert len(audit.commissioned_by) == 4


def test_revised_activities_begin_with_the_first_quarter_of_2019_20():
    profile = load_profile("quality_management")
    assert profile.lookup("activities")["learning audits"] == "learning_audit"
    before = profile.on("2019-03-31")
    assert "learning_audit" not in before.activities and "learning audits" not in before.lookup("activities")
    assert "learning_audit" in profile.on("2019-04-01").activities


# ------------------------------------------------------------------------------------ Dorset

def test_dorset_audits_one_case_a_month_in_each_of_fourteen_teams_of_two_services():
    audit = load_profile("dorset").activities["file_audit"]
    assert (audit.expected.count, audit.expected.per, audit.expected.units) == (1, "team", 14)
    assert audit.expected.services == ("Family Support", "Children who are Disabled")
    assert audit.frequency == "monthly"


def test_dorset_has_at_least_eighteen_multi_agency_audits_a_year():
    audit = load_profile("dorset").activities["multi_agency_audit"]
    assert (audit.expected.count, audit.expected.minimum, audit.frequency) == (18, True, "annual")


@pytest.mark.parametrize(("activity", "frequency"), [  # section 10 and the reporting schedule
    ("exception_report", "monthly"), ("children_in_care_report", "monthly"), ("audit_summary", "quarterly"),
    ("pupil_census", "termly"), ("school_grades", "quarterly"), ("board_core_data", "quarterly"),
    ("plan_indicators", "quarterly"), ("complaints_compliments", "quarterly"),
    ("teaching_services_report", "quarterly"), ("benchmarking_compendium", "annual"), ("statutory_returns", "annual"),
    ("training_uptake", "annual"), ("sen_request_benchmark", "quarterly"), ("sen_support_audit", "annual"),
    ("schools_concern_meeting", "half-termly")])
def test_dorset_schedule(activity, frequency):
    found = load_profile("dorset").activities[activity]
    assert found.frequency == frequency
    assert found.expected.count == 1


def test_dorset_complaints_are_reported_each_quarter_and_each_year():
    reports = load_profile("dorset").reports
    assert {reports[r].frequency for r in load_profile("dorset").activities["complaints_compliments"].reports} == {
        "quarterly", "annual"}


def test_dorset_audits_can_use_a_set_of_standards_of_their_own():
    profile = load_profile("dorset")
    assert [s.id for s in profile.standards_for("file_audit")] == ["intervention", "outcomes", "process"]
    assert [s.id for s in profile.standards_for("sen_support_audit")] == ["sen_support_quality"]


# ------------------------------------------------------------------------------------ Signs of Safety

def test_signs_of_safety_dashboard_names_the_elements_and_is_for_supervision():
    profile = load_profile("signs_of_safety")
    assert list(profile.practice_elements) == ["mapping", "danger_statement", "safety_goals", "three_houses",
                                               "words_and_pictures", "network", "safety_plan", "scaling"]
    report = profile.reports["practice_dashboard"]
    assert (report.by, report.audience, report.notebook) == ("team", "supervision", "practice_dashboard")


def test_signs_of_safety_measures_stand_side_by_side_one_of_each_type():
    indicators = load_profile("signs_of_safety").indicators.values()
    assert {i.type for i in indicators if i.topic == "practice"} == {"quantity", "quality", "outcome"}


# ------------------------------------------------------------------------------------ inspections, dated

@pytest.mark.parametrize(("day", "areas"), [
    ("2018-01-15", ["impact_of_leaders", "help_and_protection", "in_care_and_care_leavers"]),
    ("2022-12-31", ["impact_of_leaders", "help_and_protection", "in_care_and_care_leavers"]),
    ("2023-01-01", ["impact_of_leaders", "help_and_protection", "in_care", "care_leavers"]),
    ("2026-04-20", ["impact_of_leaders", "help_and_protection", "in_care", "care_leavers"])])
def test_care_leavers_are_an_inspection_area_of_their_own_from_january_2023(day, areas):
    assert [s.id for s in load_profile("ofsted_ilacs").standards_on(day)] == areas


def test_inspections_have_no_overall_grade_from_april_2026_but_file_audits_keep_theirs():
    inspections, manchester = load_profile("ofsted_ilacs"), load_profile("manchester")
    assert inspections.has_overall_grade_on("2026-03-31")
    assert not inspections.has_overall_grade_on(dt.date(2026, 4, 1))
    assert manchester.has_overall_grade_on("2026-04-01")
    assert not manchester.has_overall_grade_on("2026-04-01", set="inspection_areas")


def test_inspection_reports_words_for_areas_and_grades_are_known(shared):
    profile = load_profile("ofsted_ilacs")
    with gzip.open(shared / "data" / "ofsted_ilacs_findings.csv.gz", "rt", encoding="utf-8") as file:
        sections = set(pd.read_csv(file, usecols=["section"])["section"]) - {"introduction", "what_needs_to_improve"}
    assert sections <= set(profile.lookup("standards"))
    reports = pd.read_csv(shared / "data" / "ofsted_ilacs_reports.csv", dtype=str, keep_default_na=False)
    judgements = pd.read_csv(shared / "data" / "ofsted_ilacs_judgements.csv", dtype=str, keep_default_na=False)
    areas = ["overall_effectiveness", "impact_of_leaders", "help_and_protection", "in_care", "care_leavers"]
    written = set(reports[areas].stack()) | set(judgements[[f"{a}_grade" for a in areas]].stack())
    unknown = {w for w in written if w and fold(w) not in profile.lookup("grades") and not profile.is_ungraded(w)}
    assert unknown == set()


def test_regions_of_all_published_tables_are_localities(shared):
    known = load_profile("ofsted_ilacs").lookup("localities")
    data = shared / "data"
    regions = set(pd.read_csv(data / "ofsted_ilacs_reports.csv")["region_name"]) | set(
        pd.read_csv(data / "ofsted_ilacs_history.csv")["Ofsted region"]) | set(
        pd.read_csv(data / "la_lookup.csv")["region_lait"].dropna())
    assert {r for r in regions if fold(r) not in known} == set()


# ------------------------------------------------------------------------------------ indicators and published tables

def test_every_indicator_says_what_is_counted_and_of_which_type_it_is():
    for indicator in load_profile("dorset").indicators.values():
        assert indicator.numerator and indicator.unit
        assert indicator.type in ("quantity", "quality", "outcome")
        assert indicator.denominator or indicator.unit in ("requests", "£")


@pytest.mark.parametrize("indicator", [
    "audits_completed", "rereferrals", "assessments_in_time", "repeat_protection_plans", "long_protection_plans",
    "care_leavers_suitable_home", "care_leavers_eet", "placement_moves", "placement_long_term",
    "social_worker_turnover", "social_worker_vacancies", "agency_social_workers", "caseload", "ehc_plans_in_time",
    "sen_requests", "sen_requests_from_schools", "sen_requests_from_families", "sen_responses_in_time", "care_cost_per_week",
    "professional_registration", "disclosure_checks"])
def test_the_usual_measures_are_declared(indicator):
    assert indicator in load_profile("common").indicators


def test_indicators_may_be_counted_in_the_same_kind_of_year():
    counted = [i for i in load_profile("common").indicators.values() if i.benchmark.year == "calendar"]
    assert len(counted) > 1 and "calendar" not in load_profile("common").lookup("indicators")


@pytest.mark.parametrize("indicator", ["professional_registration", "disclosure_checks"])
def test_checks_have_a_numerator_a_denominator_and_a_target(indicator):
    found = load_profile("common").indicators[indicator]
    assert found.numerator and found.denominator and found.target == 100 and found.topic == "workforce"


def test_published_keys_exist_and_agree_on_which_way_is_better(shared):
    data = shared / "data"
    measures = pd.read_csv(data / "lait_measures.csv", dtype=str, keep_default_na=False).set_index("measure_short")
    outcomes = set(pd.read_csv(data / "csc_outcomes_indicators.csv")["indicator_code"])
    workforce = set(pd.read_csv(data / "csc_workforce.csv", nrows=0).columns)
    better = {"High": "high", "Low": "low", "-": "neither", "NA": "neither"}
    named_outcomes = set()
    for indicator in load_profile("dorset").indicators.values():
        keys = indicator.benchmark
        if keys.lait:
            assert keys.lait in measures.index, indicator.id
            assert better[measures.loc[keys.lait, "polarity"]] == indicator.polarity, indicator.id
        assert keys.outcomes is None or keys.outcomes in outcomes, indicator.id
        assert keys.workforce is None or keys.workforce in workforce, indicator.id
        named_outcomes.add(keys.outcomes)
    assert outcomes <= named_outcomes  # all twenty measures of the outcome tables have an indicator


def test_published_keys_lead_to_the_indicator():
    lookup = load_profile("common").lookup("indicators")
    assert lookup[fold("ReReferral")] == lookup["rereferral_12m"] == "rereferrals"
    assert lookup["turnover_rate_fte"] == "social_worker_turnover"


# ------------------------------------------------------------------------------------ look-ups

@pytest.mark.parametrize(("written", "grade"), [  # FIELD_NOTES, Grades
    ("RI", "Requires improvement to be good"), ("R.I.", "Requires improvement to be good"),
    ("Req Improvement", "Requires improvement to be good"), ("Requires Imp", "Requires improvement to be good"),
    ("Requires improvement\nto be good", "Requires improvement to be good"),
    ("requires improvement to be good", "Requires improvement to be good"),
    ("Requires\u00a0improvement to be good ", "Requires improvement to be good"),
    ("good ", "Good"), ("G", "Good"), ("Good (moderated)", "Good"), ("O", "Outstanding"), ("OS", "Outstanding"),
    ("Inad", "Inadequate"), ("Inadequte", "Inadequate"), ("IA", "Inadequate")])
def test_grades_are_known_by_the_spellings_seen_in_exports(written, grade):
    assert load_profile("common").lookup("grades")[fold(written)] == grade


@pytest.mark.parametrize("written", ["Good/RI", "RI → Good", "Good or Outstanding", "not good", "3", "improvement"])
def test_split_and_unknown_grades_are_nobodys_alias(written):
    assert fold(written) not in load_profile("common").lookup("grades")


@pytest.mark.parametrize("written", ["N/A", "Not graded", "TBC", "n/a "])
def test_words_for_no_grade_are_not_grades(written):
    profile = load_profile("common")
    assert profile.is_ungraded(written)
    assert fold(written) not in profile.lookup("grades")


@pytest.mark.parametrize(("written", "theme"), [
    ("VoC", "childs_voice"), ("child’s voice", "childs_voice"), ("lived experience", "childs_voice"),
    ("mgmt oversight", "supervision"), ("drift & delay", "timeliness"), ("childs_voice", "childs_voice")])
def test_themes_are_known_by_the_names_seen_in_exports(written, theme):
    assert load_profile("common").lookup("themes")[fold(written)] == theme


@pytest.mark.parametrize("name", ALL)
def test_every_label_and_id_looks_up_to_itself(name):
    profile = load_profile(name)
    for kind in ("activities", "standards", "themes", "indicators", "reports", "forums", "practice_elements"):
        for id, item in getattr(profile, kind).items():
            assert profile.lookup(kind)[fold(id)] == id
            assert profile.lookup(kind)[fold(item.label)] == id
            assert profile.label(kind, id) == item.label


def test_a_kind_that_does_not_exist_is_said_so():
    with pytest.raises(KeyError, match="no section of a profile; use one of grades"):
        load_profile("common").lookup("grade")


def test_label_of_nothing_is_empty_and_of_an_unknown_id_is_the_id():
    profile = load_profile("common")
    assert profile.label("themes", float("nan")) == profile.label("themes", None) == ""
    assert profile.label("themes", "no_such") == "no_such"


@given(st.text(max_size=40))
def test_folding_twice_changes_nothing_more(text):
    assert fold(fold(text)) == fold(text)


# ------------------------------------------------------------------------------------ calendar

def test_bank_holidays_of_england_include_the_one_off_ones():
    days = load_profile("common").calendar.holidays(2020, 2023)
    one_off = [dt.date(2020, 5, 8), dt.date(2022, 6, 2), dt.date(2022, 6, 3), dt.date(2022, 9, 19), dt.date(2023, 5, 8)]
    assert set(one_off) <= set(days)  # gov.uk/bank-holidays
    assert dt.date(2020, 5, 4) not in days and dt.date(2022, 5, 30) not in days  # moved in those years


def test_a_profile_adds_closed_days_and_takes_away_others(tmp_path):
    path = write(tmp_path, "extends: common\ncalendar: {also_closed: [2024-12-27], open_after_all: [2024-12-26]}\n")
    days = load_profile(path).calendar.holidays(2024, 2024)
    assert dt.date(2024, 12, 27) in days and dt.date(2024, 12, 26) not in days and dt.date(2024, 12, 25) in days


def test_without_bank_holidays_only_the_profiles_own_days_are_closed(tmp_path):
    path = write(tmp_path, "extends: common\ncalendar: {bank_holidays: none, also_closed: [2024-12-27]}\n")
    assert load_profile(path).calendar.holidays(2024, 2025) == [dt.date(2024, 12, 27)]


# ------------------------------------------------------------------------------------ a profile of one's own

def test_a_profile_of_ones_own_changes_only_what_it_names(tmp_path):
    path = write(tmp_path, """
extends: manchester
label: Ours
grades: {Good: {aliases: [Gd]}}
services: {Adoption: [Adopt]}
activities:
  file_audit: {expected: {count: 2}}
  private_fostering_audit: null
""")
    mine, theirs = load_profile(path), load_profile("manchester")
    assert (mine.name, mine.title) == ("mine", "Ours")
    assert mine.activities["file_audit"].expected.count == 2
    assert mine.activities["file_audit"].expected.per == "team_manager"
    assert set(theirs.activities) - set(mine.activities) == {"private_fostering_audit"}
    assert list(mine.services) == [*theirs.services, "Adoption"]
    assert mine.lookup("grades")["gd"] == "Good" and "g" not in mine.lookup("grades")  # a list replaces a list
    assert mine.grade_labels == GRADES_WORST_FIRST
    assert theirs.activities["file_audit"].expected.count == 1


def test_a_profile_may_replace_a_whole_section_such_as_the_scale(tmp_path):
    path = write(tmp_path, """
extends: common
replace: grades
grades:
  Strong: {colour: "#12436D", good: true}
  Weak: {colour: "#801650", good: false}
numeric_grades: {1: Strong, 2: Weak}
""")
    profile = load_profile(path)
    assert profile.grade_labels == ["Weak", "Strong"]
    assert profile.lookup("grades") == {"strong": "Strong", "weak": "Weak", "1": "Strong", "2": "Weak"}


def test_an_authority_without_grades_has_none_and_no_overall_grade(tmp_path):
    profile = load_profile(write(tmp_path, "extends: common\nreplace: [grades]\n"))
    assert profile.grades == [] and profile.good_grades == frozenset()
    assert not profile.has_overall_grade_on("2024-01-01")


def test_a_profile_adds_themes_with_phrases_of_its_own_and_keeps_the_codebook(tmp_path):
    path = write(tmp_path, "extends: common\nthemes: {serious_violence: {label: Serious violence, phrases: [knife]}}\n")
    profile = load_profile(path)
    assert profile.themes["serious_violence"].phrases == ("knife",)
    assert len(profile.themes) == len(load_profile("common").themes) + 1
    assert profile.codebook_path == load_profile("common").codebook_path
    assert profile.codebook_path.name == "codebook.yml"


def test_dated_changes_hold_from_their_day_on(tmp_path):
    path = write(tmp_path, """
extends: manchester
activities:
  file_audit:
    changes: [{from: 2024-04-01, expected: {count: 2}}, {from: 2025-04-01, frequency: bi-monthly}]
disclosure: {public: {changes: [{from: 2025-01-01, smallest_count: 8, round_to: 5}]}}
""")
    days = ("2024-03-31", "2024-04-01", "2025-04-01")
    audit = {day: load_profile(path, on=day).activities["file_audit"] for day in days}
    assert [(a.expected.count, a.frequency) for a in audit.values()] == [
        (1, "monthly"), (2, "monthly"), (2, "bi-monthly")]
    assert audit["2024-04-01"].expected.per == "team_manager"
    assert load_profile(path, on="2024-12-31").disclosure_rule("public").smallest_count == 6
    later = load_profile(path, on="2025-01-01").disclosure_rule("public")
    assert (later.smallest_count, later.round_to, later.show_cases) == (8, 5, False)


def test_a_profile_on_a_day_still_knows_the_standards_of_other_days():
    profile = load_profile("ofsted_ilacs", on="2024-03-31")
    assert len(profile.standards_on("2019-03-31")) == 3


def test_a_profile_may_extend_a_file_beside_it(tmp_path):
    write(tmp_path, "extends: common\nlabel: The region\n", "region.yml")
    path = write(tmp_path, "extends: region.yml\n")
    assert load_profile(path).title == "The region"
    assert [Path(f).name for f in load_profile(path).files] == ["common.yml", "region.yml", "mine.yml"]


def test_a_changed_file_is_read_again(tmp_path):
    write(tmp_path, "extends: common\nlabel: First\n", "region.yml")
    path = write(tmp_path, "extends: region.yml\n")
    assert load_profile(path).title == "First"
    write(tmp_path, "extends: common\nlabel: And second\n", "region.yml")
    assert load_profile(path).title == "And second"


def test_an_unchanged_profile_is_kept():
    assert load_profile("manchester") is load_profile("manchester")


# ------------------------------------------------------------------------------------ faults

FAULTY = """extends: common
label: Ours
colour: blue
grades:
  Good: {aliases: [RI], colour: blue}
activities:
  file_audit:
    expected: {count: 1, per: team_manger}
    reports: [monthly_theme]
    frequncy: monthly
  visit:
    label: Visit
    kind: visit
    component: case_audit
    frequency: weekly
    who: [nobody]
standards:
  in_care: {from: 2024-01-01, to: 2023-01-01}
disclosure:
  team: {smallest_count: 0}
"""


@pytest.mark.parametrize("part", [
    "mine.yml, line 3: colour: 'colour' is no key known here. Allowed: extends, replace, name, label, document,",
    "mine.yml, line 5: grades.Good.aliases[0]: 'RI' already means 'Requires improvement to be good'",
    "mine.yml, line 5: grades.Good.colour: 'blue' is no colour",
    "mine.yml, line 8: activities.file_audit.expected.per: 'team_manger' is no value known here; did you mean "
    "'team_manager'? Allowed: practitioner, team_manager,",
    "mine.yml, line 9: activities.file_audit.reports[0]: 'monthly_theme' is no report of `reports` known here; did you "
    "mean 'monthly_themes'?",
    "mine.yml, line 10: activities.file_audit.frequncy: 'frequncy' is no key known here; did you mean 'frequency'?",
    "mine.yml, line 15: activities.visit.frequency: 'weekly' is no value known here",
    "mine.yml, line 16: activities.visit.who[0]: 'nobody' is no role of `roles` known here",
    "mine.yml, line 18: standards.in_care.to: ends on 2023-01-01 before it begins on 2024-01-01",
    "mine.yml, line 20: disclosure.team.smallest_count: found 0: input should be greater than or equal to 1"])
def test_all_faults_are_listed_at_once_with_line_and_place(tmp_path, part):
    assert part in fault_of(write(tmp_path, FAULTY))


def test_the_number_of_faults_is_said_and_nothing_else_is_blamed(tmp_path):
    said = fault_of(write(tmp_path, FAULTY))
    assert "can't be used; 10 faults found:" in said
    assert len(said.splitlines()) == 11
    assert issubclass(ProfileError, UserError)


@pytest.mark.parametrize(("text", "said"), [
    ("extends: comon\n", "line 1: extends: profile 'comon' does not exist"),
    ("extends: comon\n", "Did you mean 'common'?"),
    ("extends: {a: b}\n", "extends: found {'a': 'b'} where one name or a list of names is needed"),
    ("extends: common\nreplace: [grade]\n", "replace: 'grade' is no section known here; did you mean 'grades'?"),
    ("extends: common\nactivities: {file_adit: null}\n",
     "activities.file_adit: is set to null to remove it, but no profile extended here has it; did you mean 'file_au"),
    ("extends: common\nforums: {team_meetings: {label: A}, team_meetings: {label: B}}\n",
     "forums.team_meetings: written twice (first in line 2)"),
    ("extends: common\nlabel: [unclosed\n", "is not YAML: did not find expected"),
    ("- a\n- b\n", "holds no keys; a profile begins with name:, label: and extends:"),
    ("", "holds no keys"),
    ("extends: common\nstandards: {in_care: {from: 2023-13-01}}\n",
     "standards.in_care.from: '2023-13-01' is no date; write year-month-day"),
    ("extends: common\nactivities: {file_audit: {graded: maybe}}\n", "'maybe' is neither true nor false"),
    ("extends: common\nactivities: [file_audit]\n", "activities: found ['file_audit'] where keys and values"),
    ("extends: common\nactivities: {file_audit: 3}\n", "activities.file_audit: found 3 where keys and values"),
    ("extends: common\nstandards: {extra: {label: Extra, set: threads}}\n",
     "standards.extra.set: 'threads' is no standard set of `standard_sets` known here"),
    ("extends: common\nstandards: {extra: {label: Extra}}\n", "standards.extra.set: is missing"),
    ("extends: common\nthemes: {extra: {label: Extra, standard: voice}}\n",
     "themes.extra.standard: 'voice' is no standard of `standards`"),
    ("extends: common\ndefault_activity: file_audits\n",
     "default_activity: 'file_audits' is no activity of `activities` known here; did you mean 'file_audit'?"),
    ("extends: common\nreports: {monthly_themes: {notebook: monthly_theme, due_day: 31}}\n",
     "did you mean 'monthly_themes'? Allowed: monthly_themes, quarterly_dip_sample"),
    ("extends: common\nreports: {monthly_themes: {notebook: monthly_theme, due_day: 31}}\n",
     "reports.monthly_themes.due_day: found 31"),
    ("extends: common\nforums: {mine: {label: Team meetings}}\n",
     "forums.mine.label: 'Team meetings' already means 'team_meetings'"),
    ("extends: common\ngrades: {Good: {aliases: [TBC]}}\n", "'TBC' is also in ungraded_words"),
    ("extends: common\nnumeric_grades: {1: Excellent}\n", "numeric_grades.1: 'Excellent' is no grade of `grades`"),
    ("extends: common\ndisclosure: {world: {label: World}}\n", "disclosure.world: 'world' is no audience known here"),
    ("extends: common\ncodebook: words.yml\n", "codebook: no file lies at"),
    ("extends: common\nstandard_sets: {inspection_areas: {overall_grade: {from: 2027-01-01}}}\n",
     "standard_sets.inspection_areas.overall_grade.to: ends on 2026-03-31 before it begins on 2027-01-01"),
    ("extends: common\ntimescales: {assessment: {changes: [{limit: 40}]}}\n",
     "timescales.assessment.changes[0]: a change needs the day `from:`"),
    ("extends: common\ntimescales: {assessment: {changes: [{from: 2027-01-01, unit: days}]}}\n",
     "timescales.assessment.changes[0].unit: 'days' is no value known here"),
    ("extends: manchester\nactivities: {file_audit: {expected: {services: [Localty]}}}\n",
     "activities.file_audit.expected.services[0]: 'Localty' is no service of `services` known here"),
    ("name: alone\n", "label: is missing")])
def test_each_kind_of_fault_says_what_was_found_and_what_is_allowed(tmp_path, text, said):
    assert said in fault_of(write(tmp_path, text))


def test_a_profile_that_extends_itself_in_a_circle_is_refused(tmp_path):
    write(tmp_path, "extends: mine.yml\n", "other.yml")
    said = fault_of(write(tmp_path, "extends: other.yml\n"))
    assert "extends: goes round in a circle: mine.yml → other.yml → mine.yml" in said


def test_a_fault_in_an_extended_file_is_placed_in_that_file(tmp_path):
    write(tmp_path, "extends: common\n\nforums: {mine: {frequency: weekly}}\n", "region.yml")
    said = fault_of(write(tmp_path, "extends: region.yml\nlabel: Ours\n"))
    assert "region.yml, line 3: forums.mine.frequency" in said


def test_taking_away_what_others_need_says_who_needs_it_and_who_took_it_away(tmp_path):
    said = fault_of(write(tmp_path, "extends: common\nforums: {team_meetings: null}\n"))
    assert re.search(r"common.yml, line \d+: reports.seven_minute_briefing.forums\[0\]: 'team_meetings' is no", said)
    assert "mine.yml took it away: say there what stands instead" in said


@pytest.mark.parametrize(("name", "said"), [
    ("manchster", "profile 'manchster' does not exist"), ("manchster", "Did you mean 'manchester'?"),
    ("codebook", "profile 'codebook' does not exist"), ("no/such/file.yml", "no file lies at no/such/file.yml")])
def test_a_missing_profile_names_those_that_exist(name, said):
    message = fault_of(name)
    assert said in message
    assert "common, dorset, manchester, ofsted_ilacs, quality_management, signs_of_safety" in message


def test_a_file_in_another_encoding_is_said_so(tmp_path):
    path = tmp_path / "mine.yml"
    path.write_bytes("extends: common\nlabel: Café\n".encode("cp1252"))
    assert "is not UTF-8 text" in fault_of(path)


def test_a_file_with_a_byte_order_mark_is_read(tmp_path):
    path = tmp_path / "mine.yml"
    path.write_bytes("extends: common\nlabel: Café\n".encode("utf-8-sig"))
    assert load_profile(path).title == "Café"


# ------------------------------------------------------------------------------------ the guide

def test_the_example_of_the_guide_loads_and_does_what_the_guide_says(tmp_path):
    guide = (Path(__file__).parents[1] / "docs" / "profiles.md").read_text(encoding="utf-8")
    profile = load_profile(write(tmp_path, re.search(r"```yaml\n(.*?)```", guide, re.S)[1], "our_council.yml"))
    assert profile.activities["file_audit"].expected.count == 2
    assert profile.disclosure_rule("public").smallest_count == 8
    assert "Contextual safeguarding" in profile.services
    assert profile.themes["serious_violence"].standard == "assessment"
    assert profile.indicators["rereferrals"].target == 20
    assert "private_fostering_audit" not in profile.activities


def test_the_guide_describes_every_section():
    guide = (Path(__file__).parents[1] / "docs" / "profiles.md").read_text(encoding="utf-8")
    from qa_analysis.profile_model import Profile

    keys = {f.alias or n for n, f in Profile.model_fields.items()} - {"files"}
    assert [k for k in sorted(keys | {"extends", "replace"}) if f"`{k}`" not in guide] == []


def test_tables_of_a_profile_have_words_for_ids():
    tables = profile_tables("manchester")
    audit = tables["activities"].set_index("activity").loc["Case file audit with a reflective conversation"]
    assert (audit["who"], audit["how many"], audit["graded"]) == ("Team manager", "1 per team manager", "yes")
    assert "Director's assurance clinic" in audit["goes to"]
