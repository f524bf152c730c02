"""The sections of the report find what was planted in the invented authority, and call nothing a change where all is noise."""

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from qa_analysis import narrative as words
from qa_analysis.context import Report
from qa_analysis.example import make_tables
from qa_analysis.issues import COLUMNS
from qa_analysis.loading import Data
from qa_analysis.periods import parse_period
from qa_analysis.profile import load_profile
from qa_analysis.sections import (
    activity,
    feedback,
    follow_up,
    grades,
    headlines,
    method,
    moderation,
    performance,
    standards,
    themes,
)

ROW_COUNTS = ["source_file", "sheet", "table", "rows_read", "rows_clean", "rows_set_aside", "note"]
NOISE_SEEDS = range(1, 17)


def report_of(tables: dict, period: str = "2019-09", audience: str = "supervision", profile: str = "manchester") -> Report:
    framework = load_profile(profile)
    data = Data(tables=tables, issues=pd.DataFrame(columns=COLUMNS), row_counts=pd.DataFrame(columns=ROW_COUNTS),
                set_aside=pd.DataFrame(), inputs=pd.DataFrame(columns=["file", "sha256", "n_bytes"]), profile=framework)
    return Report(data=data, whole=data, profile=framework, period=parse_period(period), audience=audience,
                  rule=framework.disclosure[audience])


@pytest.fixture(scope="module")
def truths() -> dict:
    path = Path(__file__).resolve().parents[1] / "data" / "example" / "truths.yml"
    return yaml.safe_load(path.read_text(encoding="utf-8"))["truths"]


@pytest.fixture(scope="module")
def planted() -> Report:
    return report_of(make_tables(seed=1))


@pytest.fixture(scope="module")
def board(planted) -> Report:
    return dataclasses.replace(planted, audience="board", rule=planted.profile.disclosure["board"])


def test_the_standard_that_declines_is_named_and_no_other(planted, truths):
    section = standards.each_standard(planted)
    label = planted.profile.label("standards", truths["declining_standard"]["standard"])
    falling = [s for s in section.sentences if s.endswith(" fell.")]
    assert len(falling) == 1 and f", {label} (" in falling[0] and falling[0].count("good or better, was") == 1


def test_the_service_whose_actions_stay_open_is_named_and_no_other(planted, truths):
    section = follow_up.closing_the_loop(planted)
    assert section.slow == [truths["open_actions"]["service"]]
    assert f"clearly longer in {truths['open_actions']['service']} than" in section.sentences[-1]


def test_the_team_that_skips_its_audits_is_named_and_no_other(planted, truths):
    assert activity.against_schedule(planted).silent["team"].tolist() == [truths["skipping_team"]["team"]]


def test_the_lenient_auditor_is_found_and_told_to_supervision_only(planted, board, truths):
    found = moderation.trust(planted).auditors
    assert found["auditor"].tolist() == [truths["lenient_auditor"]["auditor"]]
    assert found["verdict"].tolist() == ["lenient"]
    assert moderation.trust(board).auditors.empty


def test_the_theme_that_emerges_is_raised_more_often(planted, truths):
    change = themes.in_period(planted).year_change
    rose = change[(change["verdict"] == "rose") & (change["kind"] == "improvement")]
    assert truths["emerging_theme"]["theme"] in rose["theme"].tolist()


def test_the_new_wording_that_no_theme_covers_is_listed(planted, truths):
    assert truths["emerging_phrase"]["phrase"] in " ".join(themes.in_period(planted).emerging["phrase"])


def test_the_indicator_with_a_special_cause_is_the_exception(planted, truths):
    found = performance.against_others(planted).exceptions
    changed = found[found["kind"] == "change over time"]
    assert changed["indicator"].tolist() == [truths["special_cause"]["indicator"]]
    assert changed["direction"].tolist() == ["concern"]


def test_purposive_cases_are_in_no_estimate(planted):
    audits = grades.main_audits(planted)
    now = planted.in_period(audits, "audit_date")
    random = now[now["selection"].isin(["random", "all"]) & (now["audit_type"] != "focused") & now["reaudit_of"].isna()]
    row = grades.overall(planted).share.iloc[0]
    assert row["n"] == random["grade"].notna().sum()
    assert row["count"] == random["grade"].isin(["Good", "Outstanding"]).sum()
    assert row["n"] < now["grade"].notna().sum()


def test_noise_is_called_a_change_no_more_often_than_the_tests_allow():
    """Over many seeds, each kind of statement stays near or under its 5% error rate; the bound is 3 standard errors over it."""
    called = {"month": [], "standards": [], "year": [], "services": []}
    for seed in NOISE_SEEDS:
        tables = make_tables(seed=seed, scale=0.4, months=24, noise_only=True, tables=("audits", "ratings", "establishment"))
        full = {name: tables.get(name, EMPTY[name]) for name in EMPTY}
        r = report_of(full)
        judged, threads = grades.overall(r), standards.each_standard(r)
        called["month"].append(judged.changes["verdict"].isin(["rose", "fell"]).any())
        called["standards"].append(threads.profile["verdict"].isin(["rose", "fell"]).any())
        called["year"].append(threads.year["verdict"].isin(["rose", "fell"]).any())
        points = grades.by_place(r).points
        called["services"].append(points["position"].isin(["below 99.8%", "above 99.8%"]).any())
    allowed = {"month": 0.10, "standards": 0.05, "year": 0.05, "services": 0.02}  # month: two comparisons of 5%
    for name, flags in called.items():
        rate, p = float(np.mean(flags)), allowed[name]
        assert rate <= p + 3 * np.sqrt(p * (1 - p) / len(flags)), (name, rate)


@pytest.fixture(scope="module", autouse=True)
def _empty_tables():
    EMPTY.update({name: table.iloc[:0] for name, table in make_tables(seed=1, scale=0.1, months=3).items()})


EMPTY: dict[str, pd.DataFrame] = {}


@pytest.mark.parametrize("section", [grades.overall, grades.by_place, standards.each_standard, themes.in_period,
                                     moderation.trust, follow_up.closing_the_loop, follow_up.put_right,
                                     activity.against_schedule, activity.who_was_audited, performance.against_others])
def test_every_section_says_so_where_there_is_nothing(section):
    said = section(report_of(dict(EMPTY))).sentences
    assert all(s.endswith(".") for s in said)
    assert not any(w in " ".join(said) for w in ("nan", "NaN", "None", "inf "))


@pytest.mark.parametrize("section", [grades.overall, grades.by_place, standards.each_standard, themes.in_period,
                                     moderation.trust, follow_up.put_right])
def test_no_table_of_a_wider_audience_shows_a_small_count(board, section):
    for name, table in vars(section(board)).items():
        if not isinstance(table, pd.DataFrame) or "count" not in table or name in ("curve", "months"):
            continue
        shown = pd.to_numeric(table["count"], errors="coerce").dropna()
        assert not shown.between(1, 5).any(), (section.__name__, name)


def test_the_good_of_a_hidden_table_can_not_be_worked_out_from_good_or_better(board):
    judged = grades.overall(board)
    for _, rows in judged.counts.groupby("span"):
        for _, part in rows.groupby("is_good"):
            assert part["suppressed"].sum() != 1


def test_wider_audiences_get_no_case_and_no_person(board):
    assert follow_up.put_right(board).inadequate.empty
    assert follow_up.put_right(board).urgent.empty
    assert follow_up.closing_the_loop(board).tracker.empty
    assert moderation.trust(board).changed.empty


# --- inspections: places instead of services, and tables that the data do not hold ----------------------------------

SCALE = ["Inadequate", "Requires improvement to be good", "Good", "Outstanding"]


def inspections(rows: list[tuple]) -> dict:
    """The tables of a folder of inspections alone: rows of case, day, grade and region; every other table is empty."""
    audits = EMPTY["audits"].iloc[:0].reindex(range(len(rows)))
    audits = audits.assign(
        audit_id=[f"I-{i}" for i in range(len(rows))], case_id=[r[0] for r in rows], team=[r[0] for r in rows],
        audit_date=pd.to_datetime([r[1] for r in rows]), locality=[r[3] for r in rows], activity="inspection",
        grade=pd.Categorical([r[2] for r in rows], categories=SCALE, ordered=True), selection="all", audit_type="external")
    return {**{name: table for name, table in EMPTY.items()}, "audits": audits}


def inspected(rows: list[tuple], period: str = "2023-24", audience: str = "public") -> Report:
    return report_of(inspections(rows), period, audience, "ofsted_ilacs")


FOUR = [("Northtown", "2019-05-01", "Good", "North"), ("Northtown", "2023-06-01", "Outstanding", "North"),
        ("Southby", "2019-06-01", "Good", "South"), ("Southby", "2023-07-01", "Inadequate", "South"),
        ("Eastham", "2022-06-01", "Good", "South"), ("Eastham", "2025-07-01", "Outstanding", "South")]


def test_inspections_are_compared_by_locality_where_no_service_is_recorded():
    r = inspected(FOUR)
    assert grades.by_place(r, "service").place == "locality" == standards.each_standard(r, "service").place


def test_the_place_asked_for_is_kept_where_audits_name_it(planted):
    assert grades.place_of(planted, "service") == "service" and grades.place_of(planted, "team") == "team"


def test_a_place_that_the_report_is_narrowed_to_is_not_compared_with_itself():
    r = dataclasses.replace(inspected(FOUR), place={"locality": "South"})
    assert grades.place_of(r, "locality") == "team"


def test_movement_between_the_last_two_graded_inspections_stops_at_the_end_of_the_period():
    assert "Of 2 places with two graded inspections or more up to the end of March 2024, 1 was graded higher" in " ".join(
        follow_up.put_right(inspected(FOUR)).sentences)
    assert follow_up.put_right(inspected(FOUR, "all")).sentences[-1] == (
        "Of 3 places with two graded inspections or more, 2 were graded higher at the last one than at the one before, "
        "none the same and 1 lower.")


def test_movement_is_withheld_from_an_audience_that_may_not_see_small_numbers():
    r = inspected(FOUR, "all")
    said = follow_up.put_right(dataclasses.replace(r, rule=r.rule.model_copy(update={"smallest_count": 6}))).sentences
    assert said[-1] == "Fewer than 6 places had two graded inspections."


def test_one_place_is_told_with_its_two_grades():
    assert follow_up.put_right(inspected(FOUR[:2])).sentences == [
        "The only graded inspection in 2023-24 was not inadequate.",
        "The last graded inspection (June 2023) gave Outstanding, the one before (May 2019) Good."]


def test_few_inspections_are_told_one_by_one_with_the_grade_before():
    section, places = grades.overall(inspected(FOUR)), grades.by_place(inspected(FOUR))
    assert section.headline == "2 inspections in 2023-24 were graded: 1 Outstanding and 1 Inadequate."
    assert places.each[["team", "grade", "grade_before"]].astype(str).to_numpy().tolist() == [
        ["Northtown", "Outstanding", "Good"], ["Southby", "Inadequate", "Good"]]


@pytest.mark.parametrize(("section", "said"), [
    (moderation.trust, "The data hold no moderations, so"), (follow_up.closing_the_loop, "The data hold no actions, so"),
    (feedback.received, "The data hold no feedback, complaints or compliments, so"),
    (activity.against_schedule, "The data hold no establishment, so")])
def test_what_the_data_do_not_hold_is_said_in_one_sentence(section, said):
    sentences = section(inspected(FOUR)).sentences
    assert len(sentences) == 1 and sentences[0].startswith(said)


def test_nothing_is_said_of_actions_or_urgent_concerns_where_the_data_hold_no_actions():
    r = inspected(FOUR)
    said = headline_of(r) + follow_up.put_right(r).sentences
    assert not [s for s in said if "action" in s or "urgent" in s or "moderated" in s]


def headline_of(r: Report) -> list[str]:
    return headlines.of_month(
        r, grades.overall(r), standards.each_standard(r), themes.in_period(r), activity.against_schedule(r),
        follow_up.closing_the_loop(r), follow_up.put_right(r), performance.against_others(r))


def test_the_headline_is_three_paragraphs_and_says_the_span_once(board):
    said = headline_of(board)
    assert len(said) == 3
    assert sum(s.lower().count("over the 12 months to september 2019") for s in said) <= 1


def test_inadequate_audits_are_given_out_of_all_graded_ones_however_chosen(planted):
    audits = planted.in_period(grades.main_audits(planted), "audit_date")
    n, worst = audits["grade"].notna().sum(), audits["grade"].eq("Inadequate").sum()
    assert f"{worst} of {n} graded audits in September 2019, however cases were chosen, were inadequate." in (
        follow_up.put_right(planted).sentences)


def test_the_words_on_the_audience_follow_its_rule(board, planted):
    public = inspected(FOUR)
    assert "no number is withheld" in method.about(public)[1]
    assert "nothing is withheld" in method.definitions(public)[-1] and "supervision" not in method.definitions(public)[-1]
    assert method.about(board)[1].endswith("no case or person is shown, and small numbers are withheld.")
    assert "Numbers from 1 to 5 are withheld" in method.definitions(board)[-1]
    assert "lists cases and people" in method.about(planted)[1]


def test_more_than_three_themes_in_one_sentence_are_counted():
    rows = [{"label": f"Theme {i}", "verdict": "rose", "share": 0.2 + i / 10, "share_before": 0.1} for i in range(5)]
    said = words.moved_themes(rows, "strengths", "August", "")
    assert said.startswith("Among strengths, Theme 4 (60%, was 10%), Theme 3") and "and 2 other themes are raised more" in said


def indicator_rows(*rows: tuple) -> dict:
    columns = ("indicator", "area_code", "area", "period", "value")
    table = pd.DataFrame(rows, columns=columns).assign(
        indicator_name=lambda t: t["indicator"], area_level="authority", region="North", numerator=np.nan, denominator=np.nan,
        symbol=None, unit="%", polarity="low", source_file="f.csv", source_row=2)
    return {**inspections(FOUR), "indicators": table}


def measured(tables: dict, period: str = "2023-24", area: str = "370"):
    return performance.against_others(report_of(tables, period, "public", "ofsted_ilacs"), area)


def test_an_indicator_of_several_publishers_is_shown_once_from_the_best_source():
    years = {"ReReferral": "2024", "rereferral_12m": "2024", "turnover_rate_fte": "2023", "Work_Force_TO_Rate": "2023"}
    rows = [(indicator, "370", "Barnsley", year, 20.0) for indicator, year in years.items()]
    assert sorted(measured(indicator_rows(*rows)).benchmarks["indicator"]) == ["rereferral_12m", "turnover_rate_fte"]
    assert measured(indicator_rows(rows[0])).benchmarks["indicator"].tolist() == ["ReReferral"]


def test_no_figure_is_shown_for_a_time_after_the_period():
    rows = [("rereferral_12m", "2023", 1.0), ("rereferral_12m", "2024", 2.0), ("rereferral_12m", "2025", 3.0),
            ("turnover_rate_fte", "2023", 4.0), ("turnover_rate_fte", "2024", 5.0)]
    tables = indicator_rows(*[(indicator, "370", "Barnsley", year, value) for indicator, year, value in rows])
    values = measured(tables).benchmarks.set_index("indicator")["value"].to_dict()
    assert values == {"rereferral_12m": 2, "turnover_rate_fte": 4}  # the workforce of September 2024 came later


def test_with_many_authorities_and_none_chosen_the_reader_is_told_how_to_choose():
    tables = indicator_rows(*[("rereferral_12m", c, n, "2024", 20.0) for c, n in (("370", "Barnsley"), ("394", "Sunderland"))])
    said = measured(tables, area="").sentences
    assert said == ["No authority is chosen, and the data hold indicators of 2 areas: name one with -p area and its name "
                    "or code."]


def test_places_with_a_handful_of_audits_get_no_funnel():
    rows = [(f"Town {i}", f"2023-{5 + i % 6:02d}-01", "Good", f"Region {i % 4}") for i in range(12)]
    assert grades.by_place(inspected(rows)).sentences == []  # three in each of four regions
    assert len(grades.by_place(inspected(rows * 2)).points) == 4  # six in each


def test_the_source_of_figures_on_inspections_is_inspection_reports():
    assert grades.records(inspected(FOUR)) == "inspection reports"


def test_a_source_line_says_the_sum_of_what_a_chart_shows_and_none_where_a_number_is_withheld():
    said = words.source_line("audit returns", [30, 14], "graded audit", "in 2018-19")
    assert said == "Source: audit returns; 44 graded audits in 2018-19."
    for shown in ([30, float("nan")], []):
        assert words.source_line("audit returns", shown, "graded audit", "in 2018-19") == (
            "Source: audit returns; graded audits in 2018-19.")


# --- what is withheld is not told by its verdict --------------------------------------------------------------------


def withheld_below(r: Report, smallest: int) -> Report:
    return dataclasses.replace(r, audience="board", rule=r.rule.model_copy(update={"smallest_count": smallest}))


def test_a_withheld_place_has_neither_share_nor_position(planted):
    points = grades.by_place(withheld_below(planted, 60)).points
    assert points["suppressed"].any() and not points["suppressed"].all()
    assert points.loc[points["suppressed"], ["share", "position"]].isna().all(axis=None)
    assert points.loc[~points["suppressed"], "position"].notna().all()


def test_a_withheld_month_does_not_stand_out_on_the_chart_or_in_words(planted):
    judged = grades.overall(withheld_below(dataclasses.replace(planted, period=parse_period("2018-05")), 15))
    hidden = judged.months["suppressed"]
    assert hidden.any() and judged.months.loc[hidden, "point_type"].isna().all()
    assert not hidden.iloc[-1] or not [s for s in judged.sentences if " months the share" in s]


def test_a_series_with_months_that_stand_out_is_not_called_ordinary(planted):
    judged = grades.overall(dataclasses.replace(planted, period=parse_period("2018-05")))
    n = judged.months["point_type"].iloc[:-1].astype(str).str.startswith("special").sum()
    said = [s for s in judged.sentences if " months the share" in s]
    assert n > 0 and said == [
        f"In the latest of {len(judged.months)} months the share judged good or better is within what chance would explain; "
        f"{n} earlier months stand out."]


def test_a_share_of_nearly_all_does_not_tell_how_few_are_left(planted):
    may = dataclasses.replace(planted, period=parse_period("2018-05"))
    told, hidden = moderation.trust(may), moderation.trust(withheld_below(may, 6))
    near = told.figures.set_index("statistic").loc["within one grade"]
    assert 0 < near["n"] - near["count"] < 6 and "within one grade in over 99%" in told.sentences[1]
    assert "within one grade" not in " ".join(hidden.sentences)
    assert np.isnan(hidden.figures.set_index("statistic").loc["within one grade", "value"])


def test_lenient_auditors_are_named_to_supervision_only(planted, board, truths):
    name = truths["lenient_auditor"]["auditor"]
    assert f"lower the grades of {name} (" in " ".join(moderation.trust(planted).sentences)
    assert name not in " ".join(moderation.trust(board).sentences)


def test_a_change_with_no_better_direction_is_an_exception_in_words_too():
    found = pd.DataFrame({"indicator": ["a"], "indicator_name": ["Referrals"], "direction": ["no direction"]})
    said = performance._sentences(found, pd.DataFrame({"indicator": ["a", "b"]}))
    assert said == ["1 changed by more than chance would explain, with no direction that is better: Referrals."]
