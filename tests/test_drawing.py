"""A sample's cases depend on frame, exclusions and seed alone; what was left out, why and how exact is said."""

from __future__ import annotations

import dataclasses
import itertools
import os
import re
import shlex
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

import qa_analysis as qa
from qa_analysis import drawing_words
from qa_analysis.__main__ import main
from qa_analysis.drawing import FILES, draw_for, write_draw
from qa_analysis.drawing_auditors import rotated
from qa_analysis.errors import UserError

ROOT = Path(__file__).resolve().parents[1]
TEAMS = {  # team: service, locality, manager, service lead, cases
    "LSW North 1": ("Locality Social Work", "North", "Mo Marsh", "Lea Lamb", 30),
    "LSW South 1": ("Locality Social Work", "South", "Max Moor", "Lou Lake", 50),
    "LSW South 2": ("Locality Social Work", "South", "Mia Mead", "Lou Lake", 20),
    "EH North": ("Early Help", "North", "Meg Mill", "Len Lane", 60),
    "Fostering": ("Fostering", "South", "Mel Moss", "Liv Lock", 6),
}


def written_cases() -> pd.DataFrame:
    """Open cases of August and September 2019: C1000 to C1165, the same in both months."""
    rows, number = [], 1000
    for team, (service, locality, manager, _, n) in TEAMS.items():
        for i in range(n):
            plan = ("Child in need plan", "Child protection plan", "Looked after")[i % 3]
            rows.append((f"C{number}", service, locality, team, f"Wyn {'ABCDE'[i % 5]}ood", manager, plan))
            number += 1
    table = pd.DataFrame(rows, columns=["case_id", "service", "locality", "team", "worker", "manager", "plan_type"])
    return pd.concat([table.assign(period=p) for p in ("2019-08-01", "2019-09-01")])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Exports of a small authority: 166 cases in five teams, five of Early Help seen lately."""
    at = tmp_path_factory.mktemp("exports")
    written_cases().to_csv(at / "cases.csv", index=False)
    pd.DataFrame([("2019-09-01", s, loc, t, "Hal Hill", lead, m) for t, (s, loc, m, lead, _) in TEAMS.items()],
                 columns=["period", "service", "locality", "team", "head_of_service", "service_lead", "team_manager"]
                 ).to_csv(at / "establishment.csv", index=False)
    pd.DataFrame([(1, "2019-06-01", "C1100"), (2, "2019-05-31", "C1101"), (3, "2019-09-30", "C1102"),
                  (4, "2019-10-01", "C1103"), (5, "2019-07-15", "C1100"), (6, "2019-07-15", "C1000")],
                 columns=["audit_id", "audit_date", "case_id"]
                 ).assign(service="Early Help", auditor="Abe Ash").to_csv(at / "audits.csv", index=False)
    pd.DataFrame([("DS-2019-07", "2019-07-01", "dip_sample"),
                  ("DS-2019-09-early_help_assessments", "2019-09-01", "dip_sample")],
                 columns=["sample_id", "frame_date", "activity"]).to_csv(at / "samples.csv", index=False)
    used = [("DS-2019-07", "C1104", "sample", "", ""), ("DS-2019-07", "C1105", "sample", "closed", ""),
            ("DS-2019-07", "C1106", "replacement", "", "C1105"), ("DS-2019-07", "C1107", "replacement", "", ""),
            ("DS-2019-09-early_help_assessments", "C1108", "sample", "", "")]
    pd.DataFrame(used, columns=["sample_id", "case_id", "role", "unsuitable", "replaces"]
                 ).to_csv(at / "sampled_cases.csv", index=False)
    return at


@pytest.fixture(scope="module")
def data(folder):
    return qa.load(folder, profile="manchester", audience="supervision", store=None, as_of="2019-12-01")


@pytest.fixture(scope="module")
def managed(folder):
    """The same data by the framework that draws per service manager and per pair."""
    return qa.load(folder, profile="quality_management", audience="supervision", store=None, as_of="2019-12-01")


def ids(draw, role="sample") -> list[str]:
    table = draw.sampled_cases
    return table.loc[table["role"].eq(role), "case_id"].tolist()


def with_table(data, **tables):
    return dataclasses.replace(data, tables={**data.tables, **tables})


def refusal(call) -> str:
    with pytest.raises(UserError) as fault:
        call()
    return str(fault.value)


# --- the draw -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [{"size": 20}, {"size": 20, "by": "locality"},
                                 {"size": 3, "by": "team", "method": "fixed"}])
def test_the_same_seed_and_frame_give_the_same_draw_in_any_row_order(data, how):
    first = draw_for(data, "repeat_referrals", seed=7, replacements=2, **how)
    for other in (1, 2):
        mixed = with_table(data, cases=data.cases.sample(frac=1, random_state=other))
        again = draw_for(mixed, "repeat_referrals", seed=7, replacements=2, **how)
        pd.testing.assert_frame_equal(again.sampled_cases, first.sampled_cases)
        pd.testing.assert_frame_equal(again.samples, first.samples)
        assert again.about == first.about


def test_a_draw_without_a_seed_records_the_one_it_drew(data):
    first = draw_for(data, "repeat_referrals")
    assert first.samples["seed"].item() == first.seed and f"Seed: {first.seed}." in first.about
    assert ids(draw_for(data, "repeat_referrals", seed=first.seed)) == ids(first)
    assert ids(draw_for(data, "repeat_referrals", seed=first.seed + 1)) != ids(first)


def test_the_theme_says_which_services_how_many_which_questions_and_indicators(data):
    draw = draw_for(data, "Repeat  Referral", seed=1)  # any spelling
    row = draw.samples.iloc[0]
    assert draw.sample_id == "DS-2019-09-repeat_referrals"
    assert set(draw.sampled_cases["service"]) == {"Locality Social Work"}
    assert (row["frame_size"], row["n_drawn"], row["method"]) == (100, 40, "random")
    assert row["question"] == "Are repeat referrals avoidable?" and row["indicators"] == "rereferrals"
    assert row["population"] == "Open cases of September 2019, service Locality Social Work"
    assert draw.questions["question_id"].tolist() == [f"Q{i}" for i in range(1, 9)]
    assert draw.questions.set_index("question_id").loc["Q5", ["passes_at", "act_on_no"]].tolist() == [0.9, "yes"]


def test_replacements_stand_after_the_sample_in_their_order_and_are_not_in_it(data):
    draw = draw_for(data, "repeat_referrals", size=10, replacements=4, seed=3)
    assert draw.sampled_cases["draw_order"].tolist() == list(range(1, 15))
    assert draw.sampled_cases["role"].tolist() == ["sample"] * 10 + ["replacement"] * 4
    assert ids(draw_for(data, "repeat_referrals", size=14, seed=3)) == draw.sampled_cases["case_id"].tolist()
    assert "4 cases stand ready" in draw.about and "'replaces'" in draw.about
    assert "Replacements" not in draw_for(data, "repeat_referrals", seed=3).about


def test_a_stratified_draw_is_in_proportion(data):
    draw = draw_for(data, "repeat_referrals", size=10, by="team", seed=1)  # 30, 50 and 20 of 100
    assert draw.groups[["team", "n_frame", "n_drawn"]].to_numpy().tolist() == [
        ["LSW North 1", 30, 3], ["LSW South 1", 50, 5], ["LSW South 2", 20, 2]]
    assert draw.samples[["method", "strata"]].iloc[0].tolist() == ["stratified proportional", "team"]


def test_fixed_takes_as_many_from_each_group_and_promises_no_margin(data):
    draw = draw_for(data, "repeat_referrals", size=4, by="team", method="fixed", seed=1)
    assert draw.groups["n_drawn"].tolist() == [4, 4, 4] and pd.isna(draw.samples["margin"].item())
    assert "no margin" in draw.size_words and "no estimate for the whole" in " ".join(draw.about.split())


def test_groups_may_come_of_two_columns(data):
    draw = draw_for(data, "repeat_referrals", size=10, by=("locality", "plan_type"), seed=1)
    assert len(draw.groups) == 6 and draw.groups["n_drawn"].sum() == 10


# --- how many -------------------------------------------------------------------------------------------------------


def test_the_size_is_explained_in_the_words_of_the_brief():
    said = drawing_words.size_words(40, 355, 0.5, None)
    assert said.startswith("40 of 355 cases give ±14.6 percentage points for a share near 50% (95% confidence); "
                           "for ±10 you need 76")  # 1.96 sqrt(0.25/40 x 315/354); 96.04 / (1 + 95.04/355) = 75.8


def test_a_margin_sets_the_size(data):
    draw = draw_for(data, "repeat_referrals", margin=0.1, seed=1)
    assert len(ids(draw)) == 50  # 96.04 / (1 + 95.04/100) = 49.2
    assert draw.samples["margin"].item() == 0.1
    assert "To know a share to within ±10 percentage points, 50 of 100 cases are needed" in draw.size_words
    assert len(ids(draw_for(data, "repeat_referrals", margin=0.1, expected=0.9, seed=1))) == 26  # 34.57/(1+33.57/100)


def test_a_size_records_the_margin_it_gives(data):
    row = draw_for(data, "repeat_referrals", size=40, seed=1).samples.iloc[0]
    assert row["margin"] == pytest.approx(1.959964 * np.sqrt(0.25 / 40 * 60 / 99), abs=5e-5)


def test_a_whole_frame_is_exact(data):
    draw = draw_for(data, "repeat_referrals", size=100, seed=1)
    assert draw.size_words == "All 100 cases are looked at, so shares are exact: nothing is estimated."
    assert "may still have it" not in draw.about


def test_what_a_clean_sample_still_allows_is_said(data):
    chance = [Fraction(1)]  # that 40 of 100 miss all of k faulty cases
    for k in range(8):
        chance.append(chance[-1] * Fraction(60 - k, 100 - k))
    most = max(k for k, c in enumerate(chance) if c > Fraction(5, 100))
    about = " ".join(draw_for(data, "repeat_referrals", size=40, seed=1).about.split())
    assert most == 5 and f"If not one of the 40 cases shows a fault, up to {most} of the 100 may still have it" in about


# --- the frame ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("on", "date"), [("", "2019-09-01"), ("2019-08", "2019-08-01"), ("2019-08-01", "2019-08-01"),
                                          ("2019-Q2", "2019-09-01"), ("2019-20", "2019-09-01")])
def test_the_frame_is_the_last_there_is_or_the_last_of_the_time_named(data, on, date):
    assert draw_for(data, "repeat_referrals", on=on, seed=1).samples["frame_date"].item() == date


def test_places_and_plans_narrow_the_frame_and_are_named(data):
    draw = draw_for(data, "repeat_referrals", locality="s", team=("LSW South 1", "lsw south 2"),
                    plan_type="looked after", size=5, seed=1)
    assert draw.population == ("22 cases: open cases of September 2019, service Locality Social Work, locality South, "
                               "team LSW South 1 and LSW South 2, plan type Looked after")  # 16 of 50 and 6 of 20
    assert draw.sample_id == "DS-2019-09-repeat_referrals-s-lsw_south_1-lsw_south_2-looked_after"


def test_a_service_asked_for_goes_before_the_themes(data):
    assert set(draw_for(data, "repeat_referrals", service="EH", seed=1).sampled_cases["service"]) == {"Early Help"}


def test_cases_behind_an_indicator_come_from_a_file_and_are_linked(data, tmp_path):
    behind = [f"C{n}" for n in range(1000, 1010)]
    pd.DataFrame({"Case Ref": [*behind, "C9999"], "why": "failing"}).to_csv(tmp_path / "failing.csv", index=False)
    draw = draw_for(data, "repeat_referrals", cases=tmp_path / "failing.csv", indicator="rereferrals", size=4, seed=1)
    assert set(ids(draw)) <= set(behind) and draw.samples["frame_size"].item() == 10
    assert "the cases behind the indicator" in draw.population
    assert "failing.csv" in draw.population and "(10 of 11 case numbers in the frame)" in draw.population
    unsaid = draw_for(data, "repeat_referrals", cases=behind, size=4, seed=1).population
    assert "indicator" not in unsaid  # the theme's indicator need not be why these cases were listed
    assert "C9999" in draw.about and "C9999" not in draw.samples.to_csv()  # samples are read by all audiences
    book = Workbook()
    book.active.append(["anything"])
    for case in behind:
        book.active.append([case])
    book.save(tmp_path / "failing.xlsx")
    again = draw_for(data, "repeat_referrals", cases=tmp_path / "failing.xlsx", size=4, seed=1)
    assert ids(again) == ids(draw)
    assert ids(draw_for(data, "repeat_referrals", cases=behind, size=4, seed=1)) == ids(draw)


def test_case_numbers_that_lost_their_leading_zeros_are_known(data):
    cases = data.cases.assign(case_id=data.cases["case_id"].str.replace("C", "00"))
    draw = draw_for(with_table(data, cases=cases), "repeat_referrals", cases=["1000", "001001"], size=2, seed=1)
    assert sorted(ids(draw)) == ["001000", "001001"]


# --- who is left out ------------------------------------------------------------------------------------------------


def test_cases_audited_or_sampled_lately_are_left_out_and_counted(data):
    """From 1 June to 30 September: C1100 on the first day, C1102 on the last; C1104 and C1106 were sampled. Not C1101
    and C1103 (a day outside), C1105 (unsuitable), C1107 (not used), C1108 (this sample itself)."""
    draw = draw_for(data, "early_help_assessments", size=56, exclude_within=3, seed=1)
    everyone = {f"C{n}" for n in range(1100, 1160)}
    assert everyone - set(ids(draw)) == {"C1100", "C1102", "C1104", "C1106"}
    row = draw.samples.iloc[0]
    assert (row["frame_size"], row["n_excluded"]) == (56, 4)
    assert row["exclusions"] == ("2 cases audited from 1 June 2019 to 30 September 2019; "
                                 "2 other cases sampled from 1 June 2019 to 30 September 2019")
    assert "The result describes the cases that remain" in " ".join(draw.about.split())
    assert draw.population.startswith("56 cases")


def test_a_folder_of_cases_alone_is_enough(tmp_path):
    written_cases().to_csv(tmp_path / "cases.csv", index=False)
    alone = qa.load(tmp_path, profile="manchester", audience="supervision", store=None)
    draw = draw_for(alone, "repeat_referrals", exclude_within=6, seed=1)
    assert len(ids(draw)) == 40 and draw.samples["exclusions"].item().startswith("no case was audited")
    pairs = qa.load(tmp_path, profile="quality_management", audience="supervision", store=None)
    spread = pairs.cases.assign(service=[f"Service {i % 5}" for i in range(len(pairs.cases))])
    draw = draw_for(with_table(pairs, cases=spread), "random_sampling_audit", seed=1)
    assert "No earlier round of these pairs is in the data" in " ".join(draw.about.split())


def test_answers_count_as_looked_at(data):
    one = data.answers.reindex(range(1)).assign(sample_id="DS-2019-07", case_id="C1109")
    draw = draw_for(with_table(data, answers=one), "early_help_assessments", size=10, exclude_within=3, seed=1)
    assert draw.samples["n_excluded"].item() == 5


def test_a_frame_of_a_day_counts_up_to_that_day(data):
    cases = data.cases.assign(period=pd.Timestamp("2019-09-15"))[data.cases["period"].eq("2019-09-01")]
    draw = draw_for(with_table(data, cases=cases), "early_help_assessments", size=10, exclude_within=3, seed=1)
    assert "from 15 June 2019 to 15 September 2019" in draw.samples["exclusions"].item()
    assert draw.samples["n_excluded"].item() == 4  # C1100, C1104, C1106; and C1108: the sample of the month is another
    assert draw.sample_id.startswith("DS-2019-09-15-")


def test_nobody_is_left_out_unless_asked_for(data):
    draw = draw_for(data, "early_help_assessments", seed=1)
    assert (draw.samples["n_excluded"].item(), draw.samples["exclusions"].item()) == (0, "none")
    nobody = draw_for(data, "early_help_assessments", locality="North", exclude_within=1, seed=1, on="2019-08")
    assert nobody.samples["exclusions"].item().startswith("1 case audited")  # C1100 on 15 July
    quiet = draw_for(with_table(data, audits=data.audits.head(0)), "repeat_referrals", exclude_within=2, seed=1)
    assert ("None: no case was audited or sampled from 1 July 2019 to 30 September 2019."
            in " ".join(quiet.about.split()))


# --- the framework's rules ------------------------------------------------------------------------------------------


def test_a_learning_audit_takes_two_cases_of_each_service_manager(managed):
    draw = draw_for(managed, "learning audits", seed=1)
    assert draw.groups.set_index("service_lead")[["n_frame", "n_drawn"]].to_dict("index") == {
        "Lea Lamb": {"n_frame": 30, "n_drawn": 2}, "Len Lane": {"n_frame": 60, "n_drawn": 2},
        "Liv Lock": {"n_frame": 6, "n_drawn": 2}, "Lou Lake": {"n_frame": 70, "n_drawn": 2}}
    about = " ".join(draw.about.split())
    assert "The framework asks for 2 cases for each service manager, quarterly" in about
    assert "Independence is required" in about and "--cases FILE" in about
    assert draw.sample_id == "LA-2019-09-learning_audit" and draw.questions.empty


def test_a_size_asked_for_replaces_the_frameworks_number_in_each_group(managed):
    draw = draw_for(managed, "learning_audit", size=3, seed=1)
    assert draw.groups["n_drawn"].tolist() == [3, 3, 3, 3]
    assert "This draw is of another size or kind" in " ".join(draw.about.split())


def test_cases_whose_team_has_no_lead_are_left_out_and_counted(managed):
    few = managed.establishment[managed.establishment["team"].ne("EH North")]
    draw = draw_for(with_table(managed, establishment=few), "learning_audit", seed=1)
    assert draw.samples["n_excluded"].item() == 60 and len(draw.groups) == 3
    assert draw.samples["exclusions"].item() == "60 cases without a service manager"


def test_a_case_audit_takes_one_case_of_each_manager(data):
    draw = draw_for(data, "file_audit", seed=1)
    assert draw.samples["strata"].item() == "manager" and draw.groups["n_drawn"].tolist() == [1] * 5


def test_dorset_takes_one_case_of_each_team_of_its_services(tmp_path):
    table = pd.DataFrame([("2019-09-01", i, s, f"{s} {i % 3}") for i, s in enumerate(
        ["Family Support"] * 30 + ["Children who are Disabled"] * 15 + ["Adoption and Kinship"] * 9, start=1)],
        columns=["period", "case_id", "service", "team"])
    table.to_csv(tmp_path / "cases.csv", index=False)
    dorset = qa.load(tmp_path, profile="dorset", audience="supervision", store=None)
    draw = draw_for(dorset, "file_audit", seed=1)
    assert draw.groups["n_drawn"].tolist() == [1] * 6  # three teams of each of the two services
    assert set(draw.sampled_cases["service"]) == {"Family Support", "Children who are Disabled"}


def test_five_pairs_take_two_cases_each_of_a_service_of_their_own(managed):
    spread = managed.cases.assign(service=pd.Series([f"Service {i % 6}" for i in range(len(managed.cases))],
                                                    index=managed.cases.index))
    draw = draw_for(with_table(managed, cases=spread), "random_sampling_audit", seed=1)
    pairs = draw.sampled_cases.groupby("auditor")["service"].agg(["size", "nunique", "first"])
    assert pairs.index.tolist() == [f"Pair {i}" for i in range(1, 6)]
    assert pairs["size"].tolist() == [2] * 5 and pairs["nunique"].tolist() == [1] * 5 and pairs["first"].is_unique
    assert set(draw.groups["service"]) == set(pairs["first"])  # it stands for the services visited, not for the sixth
    assert "Each case is looked at twice" in " ".join(draw.about.split())


def rounds(*had) -> pd.DataFrame:
    return pd.DataFrame(had, columns=["pair", "service", "rounds_ago"])


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_no_pair_has_its_last_service_again_while_another_is_free(given_data):
    n_pairs = given_data.draw(st.integers(1, 4))
    services = [f"S{i}" for i in range(given_data.draw(st.integers(n_pairs, 5)))]
    pairs = [f"P{i}" for i in range(n_pairs)]
    last = {p: given_data.draw(st.sampled_from(services)) for p in pairs}
    got = rotated(pairs, pd.Series(10, index=services), 2, rounds(*((p, s, 1) for p, s in last.items())), seed=1)
    assert len(set(got.values())) == n_pairs  # different services while there are enough
    fewest = min(sum(s == last[p] for p, s in zip(pairs, order, strict=True))
                 for order in itertools.permutations(services, n_pairs))
    assert sum(got[p] == last[p] for p in pairs) == fewest


def test_of_services_had_before_the_oldest_comes_again_and_small_services_take_no_pair():
    before = rounds(("A;B", "X", 1), ("A;B", "Y", 2), ("A;B", "Z", 3))
    assert rotated(["A;B"], pd.Series({"X": 9, "Y": 9, "Z": 9, "W": 1}), 2, before, seed=1) == {"A;B": "Z"}
    with pytest.raises(UserError, match=r"2 pairs need 2 cases each, and the services have enough for 1: X 3, W 1"):
        rotated(["A;B", "C;D"], pd.Series({"X": 3, "W": 1}), 2, before, seed=1)
    assert set(rotated(["A;B", "C;D"], pd.Series({"X": 4}), 2, before, seed=1).values()) == {"X"}


def test_past_audits_and_samples_of_a_pair_turn_it_to_another_service(managed):
    past = managed.audits.reindex(range(2)).assign(
        activity="random_sampling_audit", audit_date=pd.Timestamp("2019-06-20"), case_id=["C1000", "C1100"],
        auditor=["Ann Ashby", "Cy Cole"], service=["Locality Social Work", "Early help"])
    people = pd.DataFrame({"auditor": ["Ann Ashby", "Bo Birch", "Cy Cole", "Di Dunn"], "pair": ["1", "1", "2", "2"]})
    cases = managed.cases[managed.cases["service"].ne("Fostering")]  # two services for two pairs: they must swap
    for seed in range(4):
        draw = draw_for(with_table(managed, audits=past, cases=cases), "random_sampling_audit", seed=seed,
                        auditors=people)
        assert draw.sampled_cases.groupby("auditor")["service"].first().to_dict() == {
            "Ann Ashby;Bo Birch": "Early help", "Cy Cole;Di Dunn": "Locality Social Work"}
    assert "The auditors' file names 2 pairs, not 5." in " ".join(draw.about.split())
    drawn = managed.samples.reindex(range(1)).assign(sample_id="RSA-2019-06", activity="random_sampling_audit",
                                                     frame_date=pd.Timestamp("2019-06-01"))
    one = managed.sampled_cases.reindex(range(1)).assign(sample_id="RSA-2019-06", service="Early help",
                                                         auditor="Ann Ashby;Bo Birch")
    draw = draw_for(with_table(managed, samples=drawn, sampled_cases=one, cases=cases), "random_sampling_audit", seed=1,
                    auditors=people)
    of_pair = draw.sampled_cases["auditor"].eq("Ann Ashby;Bo Birch")
    assert set(draw.sampled_cases.loc[of_pair, "service"]) == {"Locality Social Work"}


def test_where_no_other_service_is_free_it_is_said(managed):
    past = managed.audits.reindex(range(1)).assign(
        activity="random_sampling_audit", audit_date=pd.Timestamp("2019-06-20"), auditor="Ann Ashby",
        service="Early help", case_id="C1100")
    people = pd.DataFrame({"auditor": ["Ann Ashby", "Bo Birch"], "pair": ["1", "1"]})
    draw = draw_for(with_table(managed, audits=past), "random_sampling_audit", service="Early help", seed=1,
                    auditors=people)
    assert "No other service was free for Ann Ashby;Bo Birch (Early help)" in " ".join(draw.about.split())


# --- auditors -------------------------------------------------------------------------------------------------------


def test_auditors_get_no_case_of_their_own_line_and_as_many_as_each_other(managed, tmp_path):
    (tmp_path / "auditors.csv").write_text("name\nLea Lamb\nLou Lake\nLen Lane\nLiv Lock\n")
    draw = draw_for(managed, "learning_audit", seed=1, replacements=1, auditors=tmp_path / "auditors.csv")
    lead = {team: row[3] for team, row in TEAMS.items()}
    drawn = draw.sampled_cases[draw.sampled_cases["role"].eq("sample")]
    assert drawn["auditor"].value_counts().tolist() == [2, 2, 2, 2]
    assert not (drawn["auditor"] == drawn["team"].map(lead)).any()
    assert draw.sampled_cases.loc[draw.sampled_cases["role"].eq("replacement"), "auditor"].isna().all()
    assert "Nobody was given a case of their own line of management." in " ".join(draw.about.split())


def test_where_nobody_is_independent_the_draw_stops_or_says_so(managed, data):
    alone = pd.DataFrame({"auditor": ["Lou Lake"]})
    said = refusal(lambda: draw_for(managed, "learning_audit", seed=1, auditors=alone))
    assert "can't be assigned" in said and "--allow-short" in said
    draw = draw_for(managed, "learning_audit", seed=1, auditors=alone, allow_short=True)
    assert draw.sampled_cases["auditor"].notna().sum() == 6 and "2 cases without an auditor" in draw.about
    draw = draw_for(data, "repeat_referrals", seed=1, auditors=alone)  # a dip sample need not be independent
    own = int(draw.sampled_cases["team"].str.contains("South").sum())
    assert f"does not ask for it: {own} cases went to somebody of its own line" in " ".join(draw.about.split())


# --- what can't be drawn --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("theme", "how", "says"), [
    ("repeat_referals", {}, ["'repeat_referals' is no theme", "Did you mean 'repeat_referrals'?",
                             "Themes: repeat_referrals,", "Activities that take cases: file_audit"]),
    ("family_feedback", {}, ["'family_feedback' is an activity that takes no cases"]),
    ("repeat_referrals", {"service": "Early Halp"}, ["--service: no case of the frame has the service 'Early Halp'",
                                                     "Did you mean 'Early Help'?"]),
    ("repeat_referrals", {"locality": "Mars"}, ["--locality: no case of the frame has the locality 'Mars'",
                                                "There are: North, South"]),
    ("repeat_referrals", {"team": "LSW North 9"}, ["--team: no case of the frame has the team", "'LSW North 1'"]),
    ("repeat_referrals", {"plan_type": "none"}, ["--plan-type: no case of the frame has the plan type 'none'"]),
    ("repeat_referrals", {"service": "Early Help", "locality": "South"},
     ["no case of the frame is of service Early Help and locality South at once"]),
    ("repeat_referrals", {"margin": 0}, ["--margin 0: give a share between 0 and 1"]),
    ("repeat_referrals", {"margin": 10.0}, ["--margin 10.0: give a share", "0.1 for 10 percentage points"]),
    ("repeat_referrals", {"margin": 0.1, "expected": 1}, ["--expected 1: give a share between 0 and 1"]),
    ("repeat_referrals", {"size": 10, "margin": 0.1}, ["--size and --margin both say how many"]),
    ("repeat_referrals", {"size": 0}, ["--size 0: give a whole number of 1 or more"]),
    ("repeat_referrals", {"seed": -1}, ["--seed -1: give a whole number of 0 or more"]),
    ("repeat_referrals", {"replacements": -1}, ["--replacements -1: give a whole number"]),
    ("repeat_referrals", {"exclude_within": 0}, ["--exclude-audited-within 0: give a whole number of months"]),
    ("repeat_referrals", {"method": "quota"}, ["--method quota: use random, stratified or fixed"]),
    ("repeat_referrals", {"method": "stratified"}, ["--method stratified needs groups: add --by"]),
    ("repeat_referrals", {"method": "random", "by": "team"}, ["--method random draws from all cases alike"]),
    ("repeat_referrals", {"method": "fixed", "by": "team", "margin": 0.1}, ["--margin plans one share"]),
    ("repeat_referrals", {"method": "fixed", "by": "team"}, ["give --size (cases in each group)"]),
    ("repeat_referrals", {"by": "colour"}, ["--by colour: use service, locality, team, plan_type"]),
    ("repeat_referrals", {"indicator": "rereferal"}, ["--indicator rereferal: the profile has no such indicator",
                                                      "Did you mean"]),
    ("repeat_referrals", {"on": "2018-01"}, ["--on 2018-01: the data hold no open cases of that time",
                                             "Frames: 2019-08, 2019-09"]),
    ("repeat_referrals", {"on": "2019-09-31"}, ["--on 2019-09-31: there is no such day"]),
    ("repeat_referrals", {"on": "soon"}, ["--on: period 'soon' is not understood", "or name a day"]),
    ("repeat_referrals", {"cases": ["C1", "C2"]}, ["none of its 2 case numbers is in the frame", "C1, C2"]),
    ("repeat_referrals", {"cases": "nowhere.csv"}, ["--cases nowhere.csv: there is no such file"]),
    ("repeat_referrals", {"size": 101}, ["the frame has 100 case(s) left to draw from, fewer than the sample of 101",
                                         "--allow-short to take all", "Drawn from: open cases of September 2019"]),
    ("file_audit", {"size": 7}, ["group(s) with fewer cases left than asked for: Mel Moss has 6 of 7",
                                 "--allow-short"]),
    ("thematic_audit", {}, ["the profile does not say how many cases 'thematic_audit' takes", "--size or --margin"]),
    ("repeat_referrals", {"auditors": "nobody.csv"}, ["nobody.csv: there is no such file"]),
])
def test_what_cannot_be_drawn_is_told_with_the_remedy(data, theme, how, says):
    told = refusal(lambda: draw_for(data, theme, **({"seed": 1} | how)))
    for part in says:
        assert part in told, told
    assert "\n" not in told and told.endswith(".")


def test_all_faults_are_told_at_once(data):
    told = refusal(lambda: draw_for(data, "nonsense", margin=2, expected=0, on="2011-01", by="foo", replacements=-1,
                                    exclude_within=0, seed=-1, indicator="bar", cases="none.csv"))
    assert told.startswith("10 faults:\n") and len(told.splitlines()) == 11


def test_a_frame_too_small_is_taken_whole_if_allowed(data):
    draw = draw_for(data, "repeat_referrals", service="Fostering", seed=1, allow_short=True)
    assert len(ids(draw)) == 6 and "All 6 cases are looked at" in draw.size_words


def test_no_case_left_after_exclusions_names_them(data):
    audits = data.audits.head(1).reindex([0] * 6).reset_index(drop=True).assign(
        audit_date=pd.Timestamp("2019-08-01"), case_id=[f"C{n}" for n in range(1160, 1166)])
    told = refusal(lambda: draw_for(with_table(data, audits=audits), "repeat_referrals", service="Fostering", size=2,
                                    exclude_within=3, seed=1))
    assert told.startswith("no case is left to draw from: 6 cases audited from 1 June 2019 to 30 September 2019")
    assert "--exclude-audited-within" in told
    told = refusal(lambda: draw_for(with_table(data, audits=audits), "repeat_referrals", size=10, by="service",
                                    service=("Fostering", "Early Help"), exclude_within=3, seed=1))
    assert "group(s) with no case left to draw: Fostering" in told and "left out: 6 cases audited" in told


def test_data_without_cases_say_what_to_export(data):
    told = refusal(lambda: draw_for(with_table(data, cases=data.cases.head(0)), "repeat_referrals"))
    assert "no open cases" in told and "cases.csv" in told and "case_id" in told


def test_rules_by_service_lead_need_the_establishment(managed):
    none = managed.establishment.head(0)
    told = refusal(lambda: draw_for(with_table(managed, establishment=none), "learning_audit"))
    assert "the establishment names no service manager" in told and "establishment.csv" in told


def test_groups_that_no_case_names_are_told(data):
    told = refusal(lambda: draw_for(with_table(data, cases=data.cases.assign(manager=None)), "file_audit"))
    assert "no case of the frame names its manager" in told


def test_pairs_must_be_named_where_pairs_do_the_work(managed):
    alone = pd.DataFrame({"auditor": ["Ann Ashby"]})
    told = refusal(lambda: draw_for(managed, "random_sampling_audit", auditors=alone))
    assert "is done by pairs: name each auditor's pair in the column 'pair'" in told


def test_an_activity_not_yet_in_force_is_not_drawn(managed):
    old = managed.cases.assign(period=pd.Timestamp("2019-03-01")).drop_duplicates("case_id")
    told = refusal(lambda: draw_for(with_table(managed, cases=old), "learning_audit"))
    assert "on the day of the frame" in told


@pytest.mark.parametrize(("name", "text", "says"), [
    ("list.csv", "name,day\nx,1\n", "list.csv: no column of case numbers. Found: name, day. Name the column 'case_id'"),
    ("list.csv", "case_id,day\n,1\n", "list.csv: the column 'case_id' holds no case number"),
    ("list.doc", "case_id", "list.doc: files of this kind can't be read. Save it as .csv or .xlsx"),
])
def test_a_list_of_cases_that_cannot_be_read_is_told(data, tmp_path, name, text, says):
    (tmp_path / name).write_text(text)
    assert says in refusal(lambda: draw_for(data, "repeat_referrals", cases=tmp_path / name))


def test_case_numbers_must_be_shown(folder):
    keyed = qa.load(folder, profile="manchester", audience="team", store=None)
    told = refusal(lambda: draw_for(keyed, "repeat_referrals"))
    assert "audience 'team'" in told and "audience='supervision'" in told


# --- files ----------------------------------------------------------------------------------------------------------


def test_what_is_written_reads_back_without_an_issue(data, tmp_path):
    draw = draw_for(data, "early_help_assessments", margin=0.1, exclude_within=3, replacements=3, seed=11)
    folder = write_draw(draw, tmp_path)
    assert folder == tmp_path / draw.sample_id and sorted(p.name for p in folder.iterdir()) == sorted(FILES)
    back = qa.load(folder, profile="manchester", audience="supervision", store=None)
    assert back.issues.empty, back.issues
    assert back.sampled_cases["case_id"].tolist() == draw.sampled_cases["case_id"].tolist()
    row = back.samples.iloc[0]
    assert (row["sample_id"], row["seed"], row["margin"], row["n_excluded"]) == (draw.sample_id, 11, 0.1, 4)
    assert row["frame_date"] == pd.Timestamp("2019-09-01") and row["method"] == "random"
    assert back.questions["question"].tolist() == draw.questions["question"].tolist()
    assert back.profile.lookup("sample_themes")[row["theme"].casefold()] == "early_help_assessments"


@pytest.mark.parametrize("theme", ["learning_audit", "random_sampling_audit"])
def test_the_draw_of_an_activity_reads_back_too(managed, tmp_path, theme):
    cases = managed.cases.assign(service=["Fostering", "Early help", "Permanence", "Youth justice", "Leaving care",
                                          "Locality Social Work"] * (len(managed.cases) // 6)
                                 + ["Fostering"] * (len(managed.cases) % 6))
    folder = write_draw(draw_for(with_table(managed, cases=cases), theme, seed=1), tmp_path)
    assert not (folder / "questions.csv").exists()
    back = qa.load(folder, profile="quality_management", audience="supervision", store=None)
    assert back.issues.empty, back.issues


def test_a_replaced_case_is_keyed_for_those_who_see_no_cases(data, tmp_path):
    folder = write_draw(draw_for(data, "repeat_referrals", size=2, replacements=1, seed=1), tmp_path)
    table = pd.read_csv(folder / "sampled_cases.csv", dtype=str)
    table.loc[0, "unsuitable"], table.loc[2, "replaces"] = "a duplicate", table.loc[0, "case_id"]
    table.to_csv(folder / "sampled_cases.csv", index=False)
    keyed = qa.load(folder, profile="manchester", audience="team", store=None).sampled_cases
    assert keyed["replaces"].iloc[2] == keyed["case_id"].iloc[0] != table.loc[0, "case_id"]


def test_a_sample_drawn_before_is_not_overwritten_unless_asked_for(data, tmp_path):
    first = write_draw(draw_for(data, "repeat_referrals", seed=1), tmp_path)
    kept = (first / "sampled_cases.csv").read_bytes()
    other = draw_for(data, "repeat_referrals", seed=2)
    assert "holds this sample already" in refusal(lambda: write_draw(other, tmp_path))
    assert (first / "sampled_cases.csv").read_bytes() == kept
    write_draw(other, tmp_path, replace=True)
    assert (first / "sampled_cases.csv").read_bytes() != kept
    (first / "answers.xlsx").write_text("work of a week")
    assert "answers.xlsx" in refusal(lambda: write_draw(other, tmp_path, replace=True))
    assert (first / "answers.xlsx").exists()


def test_a_draw_is_written_whole_or_not_at_all(data, tmp_path, monkeypatch):
    draw = draw_for(data, "repeat_referrals", seed=1)
    folder = write_draw(draw, tmp_path)
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    real = os.replace

    def fails(a, b):
        if str(b) == str(folder) and "before" not in str(a):
            raise OSError(28, "No space left on device")
        real(a, b)

    monkeypatch.setattr("qa_analysis.drawing.os.replace", fails)
    other = draw_for(data, "repeat_referrals", seed=2)
    told = refusal(lambda: write_draw(other, tmp_path, replace=True))
    assert "No space left on device" in told and "--out" in told
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before
    assert [p.name for p in tmp_path.iterdir()] == [folder.name]


def test_a_folder_that_cannot_be_made_is_told(data, tmp_path):
    (tmp_path / "file").write_text("")
    draw = draw_for(data, "repeat_referrals", seed=1)
    assert "can't be written" in refusal(lambda: write_draw(draw, tmp_path / "file"))


# --- the command ----------------------------------------------------------------------------------------------------


def sample(*words):
    return CliRunner().invoke(main, ["sample", *map(str, words)])


def test_the_command_draws_and_its_page_draws_the_same_again(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("QA_STORE", str(tmp_path / "store"))
    made = sample("early help assessments", "--data", folder, "--profile", "manchester", "--margin", 0.1,
                  "--by", "team", "--exclude-audited-within", 3, "--replacements", 2, "--out", tmp_path / "samples")
    assert made.exit_code == 0, made.output
    at = tmp_path / "samples" / "DS-2019-09-early_help_assessments"
    assert "56 cases: open cases of September 2019, service Early Help" in made.output
    assert re.search(r"Seed: \d+", made.output) and f"Next: qa form {at} --profile manchester" in made.output
    drawn, about = (at / "sampled_cases.csv").read_bytes(), (at / "about.txt").read_text()
    again = shlex.split(about[about.index("    qa sample"):])
    assert again[0] == "qa" and sample(*again[2:]).exit_code == 0
    assert (at / "sampled_cases.csv").read_bytes() == drawn
    assert (at / "about.txt").read_text() == about
    other = sample(*[w for w in again[2:] if w != "--replace"])
    assert other.exit_code == 2 and "holds this sample already" in other.output


def test_a_fault_is_told_without_a_traceback_and_ends_with_2(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("QA_STORE", str(tmp_path / "store"))
    done = sample("repeat_referrals", "--data", folder, "--profile", "manchester", "--service", "Erly Help",
                  "--margin", 7, "--out", tmp_path / "samples")
    assert done.exit_code == 2 and done.output.startswith("qa: 2 faults:") and "Traceback" not in done.output
    assert not (tmp_path / "samples").exists()


# --- docs ------------------------------------------------------------------------------------------------------------

PAGE = (ROOT / "docs" / "sampling.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("line", re.findall(r"^qa (sample .+)$", PAGE, flags=re.M))
def test_every_command_of_the_docs_draws(line, tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    done = CliRunner().invoke(main, [*shlex.split(line), "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    (folder,) = tmp_path.iterdir()
    assert {p.name for p in folder.iterdir()} >= set(FILES) - {"questions.csv"}


def test_the_python_of_the_docs_runs(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    names: dict = {}
    exec(re.search(r"```python\n(.+?)```", PAGE, flags=re.S)[1], names)
    assert "cases are needed" in capsys.readouterr().out and len(names["draw"].sampled_cases) > 0


def test_every_option_of_the_docs_exists():
    known = {o for p in main.commands["sample"].params for o in p.opts}
    assert set(re.findall(r"`(--[a-z-]+)", PAGE)) <= known


# --- real authorities -----------------------------------------------------------------------------------------------


def test_real_authorities_are_drawn_by_region_in_proportion_and_the_same_each_time(shared, tmp_path):
    lookup = pd.read_csv(shared / "data" / "la_lookup.csv", dtype=str, keep_default_na=False)
    regions = lookup.loc[lookup["region_lait"].ne(""), ["la_code", "region_lait"]]
    frame = regions.set_axis(["case_id", "locality"], axis=1).assign(period="2026-01-01")
    frame.to_csv(tmp_path / "cases.csv", index=False)
    data = qa.load(tmp_path, audience="supervision", store=None)
    assert len(data.cases) == len(regions) > 150
    draw = draw_for(data, "dip_sample", size=40, by="locality", seed=2026)
    n = regions["region_lait"].value_counts()
    quota = {r: Fraction(40 * int(k), len(regions)) for r, k in n.items()}
    rest = 40 - sum(int(q) for q in quota.values())
    up = sorted(quota, key=lambda r: (-(quota[r] - int(quota[r])), -n[r], r))[:rest]
    assert draw.groups.set_index("locality")["n_drawn"].to_dict() == {r: int(q) + (r in up) for r, q in quota.items()}
    mixed = with_table(data, cases=data.cases.sample(frac=1, random_state=3))
    assert ids(draw_for(mixed, "dip_sample", size=40, by="locality", seed=2026)) == ids(draw)
    assert set(ids(draw)) <= set(regions["la_code"])
