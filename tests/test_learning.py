"""Learning audits and visits: no grade, no pooling, what was needed, independence, services covered, plan actions."""

import pandas as pd
import pytest
from quarter_tables import assert_gated, assert_well_said, audit, finding, report, tables_of

from qa_analysis.example import make_tables
from qa_analysis.sections.learning import PURPOSIVE_NOTE, learning_audits, learning_visits

KIND = "learning_audit"


@pytest.fixture(scope="module")
def given():
    audits = [audit(i, KIND, selection=None, overall_grade="Inadequate", self_rating="Good", child_view_sought="yes",
                    auditor="Own Manager" if i <= 2 else "Far Auditor", manager="Own Manager") for i in range(1, 15)]
    audits += [audit(15, KIND, selection="random"), audit(16, "random_sampling_audit", overall_grade="Good")]
    texts = [finding(i, "improvement", "Management oversight is weak") for i in range(1, 9)]
    texts += [finding(i, "strength", "The child's voice is clear") for i in range(1, 13)]
    texts += [finding(15, "improvement", "Management oversight is weak"), finding(16, "improvement", "Drift and delay")]
    actions = [{"action_id": str(i), "audit_id": str(9000 + i), "theme": "supervision" if i <= 9 else "planning;risk",
                "raised": "2019-08-20", "urgent": "no"} for i in range(1, 12)] + [
        {"action_id": "99", "audit_id": "9016", "theme": "timeliness", "raised": "2019-08-20", "urgent": "no"}]
    return {"audits": audits, "findings": texts, "actions": actions}


@pytest.fixture(scope="module")
def section(given):
    return learning_audits(report("quality_management", **given))


def all_text(section) -> str:
    tables = [t.to_csv() for t in vars(section).values() if isinstance(t, pd.DataFrame)]
    return " ".join([*section.sentences, *tables])


@pytest.mark.parametrize("audience", ["supervision", "team", "board", "public"])
def test_no_grade_is_shown_even_where_one_was_typed(given, audience):
    text = all_text(learning_audits(report("quality_management", audience=audience, **given)))
    assert not any(g in text for g in ("Inadequate", "Good,", "good or better", "Outstanding", "Requires improvement"))


def test_cases_proposed_for_learning_are_never_pooled_with_random_ones(section):
    table = section.themes.set_index(["basis", "kind", "label"])
    oversight = "Management oversight and supervision"
    assert table.loc[("purposive", "improvement", oversight), ["count", "n"]].tolist() == [8, 12]
    assert table.loc[("random or all", "improvement", oversight), ["count", "n"]].tolist() == [1, 1]
    assert PURPOSIVE_NOTE in section.sentences
    assert not any("Timeliness" in s for s in section.sentences)  # of the graded audit


def test_what_was_needed_is_what_the_actions_were_about(section):
    assert section.needed["count"].tolist() == [9, 2, 2]  # an action with two themes counts under each
    assert section.needed["theme"].tolist()[0] == "Management oversight and supervision"
    assert "actions most often concern Management oversight and supervision (9 actions)" in " ".join(section.sentences)


def test_good_practice_to_share_is_in_words_for_supervision(section):
    assert len(section.good_practice) == 12 and len(section.improvements) == 9


def test_auditors_of_the_cases_own_line_are_not_independent(section):
    """Two of the 15 learning audits were made by the worker's manager; the random sampling audit is not among them."""
    assert section.apart[["count", "n"]].iloc[0].tolist() == [13, 15]


@pytest.mark.parametrize("audience", ["team", "board", "public"])
def test_wider_audiences_see_no_case_no_person_no_words_and_no_small_count(given, audience):
    s = learning_audits(report("quality_management", audience=audience, **given))
    assert_gated(s)
    assert_well_said(s)
    assert s.good_practice.empty and s.improvements.empty
    assert "weak" not in all_text(s)


# --- visits -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def visits():
    services = ["Fostering", "Front door"]
    audits = [audit(1, "learning_visit", "2019-08-01", service=services[0]), audit(2, "learning_visit", "2018-01-15",
              service=services[1]), audit(3, "random_sampling_audit", "2018-09-30", service=services[1])]
    actions = [{"action_id": str(i), "audit_id": "9001", "activity": "learning_visit", "raised": "2019-08-05",
                "due": "2019-09-01", "completed": "2019-08-30" if i <= 7 else None, "urgent": "no", "owner": "Kit Worker",
                "status": "closed" if i <= 7 else "open"} for i in range(1, 14)]
    actions.append({"action_id": "50", "audit_id": "9003", "activity": "random_sampling_audit", "raised": "2019-08-05",
                    "due": "2019-09-01", "urgent": "no", "status": "open"})
    texts = [finding(1, "improvement", "Management oversight is weak"), finding(1, "strength", "Staff are proud", 2)]
    return {"audits": audits, "actions": actions, "findings": texts}


def test_services_covered_and_not_covered_over_time_are_named(visits):
    s = learning_visits(report("quality_management", **visits))
    table = s.services.set_index("service")
    assert table.loc["Fostering", "n_visits"] == 1 and table.loc["Front door", "last_visit"] == pd.Timestamp("2018-01-15")
    assert any("were visited over the 36 months to September 2019" in x and x.startswith("2 of ") for x in s.sentences)
    assert any(x.startswith("No visit over the 36 months") and "Fostering" not in x for x in s.sentences)


def test_plan_actions_come_from_the_same_tracker_and_no_others(visits):
    s = learning_visits(report("quality_management", **visits))
    assert s.actions.set_index("state")["count"].to_dict() == {
        "Raised": 13, "Closed": 7, "Open at the end": 6, "Of them overdue": 6}
    assert s.in_time[["count", "n"]].iloc[0].tolist() == [7, 13]
    assert "50" not in s.tracker["action_id"].tolist() and len(s.tracker) == 13
    assert "6 actions are open at the end of July to September 2019, 6 actions of them overdue" in " ".join(s.sentences)


@pytest.mark.parametrize("audience", ["team", "board", "public"])
def test_wider_audiences_see_no_owner_and_no_words_of_a_visit(visits, audience):
    s = learning_visits(report("quality_management", audience=audience, **visits))
    assert_gated(s)
    assert_well_said(s)
    assert s.tracker.empty and s.strengths.empty and s.improvements.empty


def test_the_invented_authority_finds_learning_audits_where_its_framework_has_them():
    made = make_tables(seed=1, profile="quality_management", months=6, scale=0.5)
    r = report("quality_management", tables=tables_of("quality_management") | made)
    s = learning_audits(r)
    now = made["audits"][made["audits"]["activity"].eq(KIND) & r.period.holds(made["audits"]["audit_date"])]
    assert s.coverage["n_done"].tolist() == [len(now)] and len(now) > 0
    assert_well_said(s)
