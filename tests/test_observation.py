"""Observations: done against due by role, areas, the family's view, training needs; counted by hand."""

import pandas as pd
import pytest
import yaml
from quarter_tables import assert_gated, assert_well_said, audit, finding, report, tables_of

from qa_analysis.example import make_tables
from qa_analysis.profile import load_profile
from qa_analysis.sections.observation import observation

LOW, GOOD = "Requires improvement to be good", "Good"


@pytest.fixture(scope="module")
def given():
    audits = [audit(i, "practice_observation", "2019-08-01", case_id=None, team=f"T{i % 5}",
                    overall_grade=GOOD if i <= 9 else LOW,
                    child_view_sought="yes" if i <= 8 else "no" if i <= 14 else None) for i in range(1, 21)]
    audits += [audit(i, "observation_by_service_lead", "2019-08-01", case_id=None, overall_grade=GOOD) for i in range(21, 24)]
    audits += [audit(24, "practice_observation", "2019-08-01", case_id=None, selection="purposive", overall_grade=LOW)]
    # no grade is asked for here, so none that was typed may count
    audits += [audit(25, "senior_observation", "2019-08-01", case_id=None, overall_grade=LOW)]
    ratings = [{"audit_id": a["audit_id"], "standard": s, "grade": GOOD if i < n else LOW} for i, a in enumerate(audits)
               for s, n in (("observed_knowledge", 16), ("observed_skills", 8))]
    staff = [{"period": pd.Timestamp("2019-07-01"), "team": f"T{i}", "service": "Fostering", "service_lead": "Lead",
              "n_team_managers": 2} for i in range(5)]
    texts = [finding(i, "improvement", "A refresher is needed" if i <= 3 else "Plans") for i in range(1, 13)]
    return {"audits": audits, "ratings": ratings, "establishment": staff, "findings": texts}


@pytest.fixture(scope="module")
def section(given):
    return observation(report("manchester", "2019-08", **given))


def test_done_against_due_is_told_for_each_role(section):
    """Five teams of two managers owe 10 in the month; 21 were done in five teams, one lead owes one in the quarter."""
    table = section.coverage.set_index("activity")
    assert table.loc["practice_observation", ["n_due", "n_done"]].tolist() == [10, 21]
    assert table.loc["practice_observation", "who"] == "Team manager"
    assert table.loc["observation_by_service_lead", "n_done"] == 3
    assert section.sentences[0] == (
        "Direct observation by a team manager: 10 of 10 due in August 2019 were done (100%); 21 in all, more than owed or of "
        "nobody known to owe it.")


def test_areas_count_graded_observations_of_cases_not_picked_on_purpose(section):
    table = section.now.set_index("standard")
    assert table.loc["Knowledge", ["count", "n"]].tolist() == [16, 23]  # 20 and 3; not the purposive nor the ungraded one
    assert table.loc["Skills", ["count", "n"]].tolist() == [8, 23]
    said = " ".join(section.sentences)
    assert "lowest share judged good or better is that of Skills (35% of 23 observations" in said


def test_good_or_better_overall_leaves_out_activities_that_ask_for_no_grade(section):
    table = section.overall.set_index("activity")
    assert table.loc["Direct observation by a team manager", ["count", "n"]].tolist() == [9, 20]
    assert len(table) == 2 and not any("senior" in a.casefold() for a in table.index)


def test_the_familys_view_counts_those_that_record_it(section):
    table = section.views.set_index("view")
    assert table.loc["the child's view was sought", ["count", "n"]].tolist() == [8, 14]
    assert "Of 14 observations that record it in August 2019, 57% say that the child's view was sought" in " ".join(
        section.sentences)
    assert "parent" not in " ".join(section.sentences)


def test_training_needs_have_n_and_interval(section):
    assert section.needs[["count", "n"]].iloc[0].tolist() == [3, 12]
    assert len(section.needs_said) == 3


@pytest.mark.parametrize("audience", ["team", "board", "public"])
def test_wider_audiences_see_no_person_no_words_and_no_small_count(given, audience):
    s = observation(report("manchester", "2019-08", audience, **given))
    assert_gated(s)
    assert_well_said(s)
    assert s.needs_said.empty
    assert "3 graded observations" not in " ".join(s.sentences)


def test_an_observation_without_the_familys_view_says_so():
    r = report("manchester", "2019-08", audits=[audit(1, "practice_observation", "2019-08-01")])
    assert "No observation of August 2019 records whether the family's view was sought." in observation(r).sentences


def test_the_theme_planted_in_the_invented_authority_is_found_in_its_observations(example):
    truths = yaml.safe_load((example / "truths.yml").read_text(encoding="utf-8"))["truths"]
    made = make_tables(seed=1, tables=("audits", "ratings", "findings", "establishment"))
    s = observation(report("manchester", tables=tables_of("manchester") | made))
    rose = s.change[s.change["verdict"].eq("rose") & s.change["kind"].eq("improvement")]
    assert truths["emerging_theme"]["theme"] in rose["theme"].tolist()
    label = load_profile("manchester").label("themes", truths["emerging_theme"]["theme"])
    assert any(x.startswith(f"Most often among areas for improvement is {label}") for x in s.sentences)
    assert s.coverage["n_done"].tolist() == [173, 19]  # audits of the quarter by kind, counted in the table
    assert_well_said(s)
