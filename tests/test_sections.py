"""The sections of the report find what was planted in the invented authority, and call nothing a change where all is noise."""

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from qa_analysis.context import Report
from qa_analysis.example import make_tables
from qa_analysis.issues import COLUMNS
from qa_analysis.loading import Data
from qa_analysis.periods import parse_period
from qa_analysis.profile import load_profile
from qa_analysis.sections import activity, follow_up, grades, moderation, performance, standards, themes

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
    falling = [s for s in section.sentences if "has been falling" in s]
    assert len(falling) == 1 and falling[0].endswith(f"falling for {label}.")


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
    called = {"month": [], "standards": [], "trend": [], "services": []}
    for seed in NOISE_SEEDS:
        tables = make_tables(seed=seed, scale=0.4, months=16, noise_only=True, tables=("audits", "ratings", "establishment"))
        full = {name: tables.get(name, EMPTY[name]) for name in EMPTY}
        r = report_of(full)
        judged, threads = grades.overall(r), standards.each_standard(r)
        called["month"].append(judged.changes["verdict"].isin(["rose", "fell"]).any())
        called["standards"].append(threads.profile["verdict"].isin(["rose", "fell"]).any())
        called["trend"].append(threads.trend["verdict"].isin(["rose", "fell"]).any())
        points = grades.by_place(r).points
        called["services"].append(points["position"].isin(["below 99.8%", "above 99.8%"]).any())
    allowed = {"month": 0.10, "standards": 0.05, "trend": 0.05, "services": 0.02}  # month: two comparisons of 5%
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
