"""Complaints, the workforce, partners, escalations: what is said of them, counted by hand, for every audience."""

import pandas as pd
import pytest
from quarter_tables import assert_gated, assert_well_said, audit, finding, report

from qa_analysis.sections import voice

GOOD, RI = "Good", "Requires improvement to be good"


# --- complaints and compliments ---------------------------------------------------------------------------------------


def complaint(number, date, responded=None, stage=1, upheld="upheld", **more):
    return {"feedback_id": f"C{number}", "date": date, "kind": "complaint", "stage": stage, "responded": responded,
            "upheld": upheld if responded else "ongoing", "giver": "parent", "service": "Fostering", **more}


@pytest.fixture(scope="module")
def complaints():
    """Twelve answered in ten working days over the bank holiday of 26 August, two late; learning in eight."""
    rows = [complaint(i, "2019-08-15", "2019-08-30", learning="Say sooner" if i <= 8 else None,
                      improvement="We say sooner" if i <= 2 else None) for i in range(1, 13)]
    rows += [complaint(13, "2019-07-01", "2019-09-02", upheld="not upheld"), complaint(14, "2019-07-01", "2019-09-02")]
    rows += [complaint(15, "2019-06-03")]  # from before, still open
    rows += [{"feedback_id": f"P{i}", "date": "2019-08-01", "kind": "compliment", "comment": "Thank you to Kit Worker",
              "improvement": "Told the team"} for i in range(3)]
    rows += [{"feedback_id": "F1", "date": "2019-08-01", "kind": "feedback", "improvement": "A new leaflet"}]
    return rows


def test_time_runs_in_working_days_without_bank_holidays(complaints):
    """15 to 30 August 2019 is 11 weekdays less the bank holiday: 10, the limit of stage 1."""
    s = voice.complaints(report("manchester", feedback=complaints))
    listed = s.listed.set_index("feedback_id")
    assert listed.loc["C1", ["days_taken", "limit_days", "state"]].tolist() == [10, 10, "in time"]
    assert listed.loc["C13", "state"] == "late"
    said = " ".join(s.sentences)
    assert "14 complaints and 3 compliments were received in July to September 2019." in said
    assert ("Of 14 complaints due an answer in July to September 2019, 86% were answered in time "
            "(95% interval 60% to 96%).") in said
    assert "2 complaints are late beyond the longest time allowed" in said
    assert "1 complaint from before July to September 2019 is still unanswered." in said


def test_upheld_learning_and_improvement_are_shares_of_what_they_can_be_of(complaints):
    s = voice.complaints(report("manchester", feedback=complaints))
    table = s.shares[s.shares["span"] == "July to September 2019"].set_index("measure")
    assert table.loc["upheld or partly", ["count", "n"]].tolist() == [13, 14]
    assert table.loc["learning recorded", ["count", "n"]].tolist() == [8, 13]
    assert table.loc["improvement recorded", ["count", "n"]].tolist() == [2, 13]


def test_complaints_stand_by_stage_and_state_and_changes_in_words(complaints):
    s = voice.complaints(report("manchester", feedback=complaints))
    assert s.states.set_index(["stage", "state"])["count"].to_dict() == {("1", "in time"): 12, ("1", "late"): 2}
    assert len(s.done) == 11 and "leaflet" not in s.done.to_csv()  # 8 complaints and 3 compliments, no plain feedback


@pytest.mark.parametrize("audience", ["team", "board", "public"])
def test_wider_audiences_see_no_complaint_by_itself(complaints, audience):
    s = voice.complaints(report("manchester", audience=audience, feedback=complaints))
    assert_gated(s)
    assert_well_said(s)
    said = " ".join(s.sentences)
    assert s.done.empty and s.listed.empty
    assert "fewer than 6 compliments" in said and "fewer than 6 complaints are late" in said and "1 complaint" not in said


def test_data_without_complaints_say_so():
    r = report("manchester", feedback=[{"feedback_id": "1", "date": "2019-08-01", "kind": "feedback"}])
    assert voice.complaints(r).sentences == ["The data hold no complaints and no compliments."]


# --- the workforce ----------------------------------------------------------------------------------------------------


def wave(day, agree: dict[str, int], n=60, services=("Fostering", "Early Help")):
    # the first 55 are of one service, the last 5 of the other
    return [{"wave": pd.Timestamp(day), "respondent_id": f"R{i}", "question": q, "score": 5 if i < yes else 2, "n_invited": 110,
             "service": services[0] if i < 55 else services[1], "team": f"Team {i % 20}"}
            for q, yes in agree.items() for i in range(n)]


@pytest.fixture(scope="module")
def staff():
    return wave("2019-07-01", {"I am heard": 45, "I am safe": 30}) + wave("2019-09-01", {"I am heard": 25, "I am safe": 31})


def test_the_survey_tells_who_answered_who_agrees_and_what_changed(staff):
    s = voice.workforce(report("manchester", survey=staff))
    assert s.sentences == [
        "Of 110 people invited in September 2019, 55% answered (95% interval 45% to 64%).",
        "The fewest agree with “I am heard” (42% of 60, 95% interval 30% to 54%); the most agree with “I am safe” (52% of 60, "
        "95% interval 39% to 64%).",
        "Fewer agree than in July 2019 with “I am heard” (42% of 60, was 75% of 60).",
        "Too few answered in September 2019 to show any service by itself."]


def test_a_question_without_a_clear_change_is_not_called_one(staff):
    table = voice.workforce(report("manchester", survey=staff)).questions.set_index("question")
    assert table["verdict"].to_dict() == {"I am heard": "fell", "I am safe": "no clear change"}


@pytest.mark.parametrize("audience", ["supervision", "team", "board", "public"])
def test_few_staff_are_never_told_apart_whoever_reads(staff, audience):
    s = voice.workforce(report("manchester", audience=audience, survey=staff))
    assert_gated(s)
    small = s.places[s.places["service"] == "Early Help"]
    assert small["count"].isna().all() and small["n"].isna().all() and small["suppressed"].all()
    assert "Early Help" not in " ".join(s.sentences)


def test_the_small_service_cannot_be_worked_out_from_the_large_one(staff):
    """60 answered in all and 55 in the one service: where the other is withheld this one is withheld with it."""
    places = voice.workforce(report("manchester", survey=staff)).places
    assert places["count"].isna().all() and places["n"].isna().all()


def test_a_services_edition_has_no_response_rate_since_everybody_was_invited(staff):
    s = voice.workforce(report("manchester", survey=staff, place={"service": "Fostering"}))
    assert not any("invited" in x for x in s.sentences) and s.rates.empty
    assert any("to show any team by itself" in x for x in s.sentences)


def test_a_period_without_a_wave_names_the_last_one(staff):
    s = voice.workforce(report("manchester", "2019-12", survey=staff))
    assert s.sentences == ["No survey of the workforce falls in December 2019; the last one was in September 2019."]


# --- partners ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def joint():
    audits = [audit(i, "multi_agency_audit", "2019-08-01", overall_grade=GOOD if i <= 12 else RI, audit_type="multi-agency",
                    agencies="Police;Health" if i <= 14 else "Police") for i in range(1, 21)]
    audits.append(audit(21, "multi_agency_audit", "2019-08-01", overall_grade=RI, selection="purposive", agencies="School",
                        audit_type="multi-agency"))
    return {"audits": audits, "findings": [finding(i, "improvement", "Drift and delay") for i in range(1, 16)]}


def test_audits_with_partners_are_counted_against_the_frameworks_minimum(joint):
    more = audit(30, "file_audit", "2018-10-01"), audit(31, "file_audit", "2019-09-30")  # the data cover the year
    r = report("dorset", **{**joint, "audits": [*joint["audits"], *more]})
    s = voice.partners(r)
    assert s.sentences[0].startswith(
        "Multi-agency audit of the safeguarding board: 18 of 18 due in the 12 months to September 2019 were done (100%); 21 in "
        "all")


def test_agencies_grades_and_themes_over_the_year(joint):
    s = voice.partners(report("manchester", **joint))
    assert s.agencies.set_index("agency")["count"].to_dict() == {"Police": 20, "Health": 14, "School": 1}
    assert s.good[["count", "n"]].iloc[-1].tolist() == [12, 20]  # the purposive one is in no share
    said = " ".join(s.sentences)
    assert "Police took part most often: in 95% of 21 audits with partners" in said
    assert "Of 20 graded audits with partners in the 12 months to September 2019, 60% were good or better" in said


@pytest.mark.parametrize("audience", ["team", "board", "public"])
def test_wider_audiences_see_no_small_count_of_partners(joint, audience):
    s = voice.partners(report("manchester", audience=audience, **joint))
    assert_gated(s)
    assert_well_said(s)
    assert "Police" not in " ".join(s.sentences)  # 20 of 21 leaves one


# --- concerns taken further -------------------------------------------------------------------------------------------


def concern(number, raised, escalated=None, completed=None, **more):
    return {"action_id": f"A{number}", "audit_id": str(9000 + number), "activity": "file_audit", "raised": raised,
            "escalated": escalated, "completed": completed, "urgent": "yes", "owner": "Kit Worker", "team": "Team 1",
            "status": "closed" if completed else "open", **more}


@pytest.fixture(scope="module")
def concerns():
    rows = [concern(i, "2019-08-01", "2019-08-01" if i <= 12 else "2019-08-06", "2019-08-11" if i <= 8 else None)
            for i in range(1, 21)]
    return [*rows, concern(21, "2019-09-01")]


def test_escalations_tell_how_many_how_fast_and_how_long_to_resolution(concerns):
    s = voice.escalations(report("manchester", actions=concerns))
    assert s.sentences == [
        "21 concerns were raised or escalated in July to September 2019 or are open from before; 1 open concern has not been "
        "escalated.",
        "Of 21 urgent concerns in July to September 2019, 57% were escalated on the day they were raised (records hold days, "
        "not hours) (95% interval 37% to 76%).",
        "Fewer than half of 20 concerns escalated in the 12 months to September 2019 are resolved."]
    assert s.states.set_index("state")["count"].to_dict() == {
        "not escalated": 1, "escalated, open": 12, "resolved": 8, "closed without a date": 0}


def test_half_resolved_has_its_days_and_interval(concerns):
    done = [{**c, "completed": "2019-08-21", "status": "closed"} if c["completed"] is None and c["escalated"] else c
            for c in concerns]
    s = voice.escalations(report("manchester", actions=done))
    # 8 took 10 days, 12 took 20 or 15: half of 20 after 15
    assert s.resolution["days"].iloc[0] == 15
    assert "Half of 20 concerns escalated in the 12 months to September 2019 were resolved within 15 days" in s.sentences[-1]


@pytest.mark.parametrize("audience", ["team", "board", "public"])
def test_wider_audiences_see_no_concern_by_itself(concerns, audience):
    s = voice.escalations(report("manchester", audience=audience, actions=concerns))
    assert_gated(s)
    assert_well_said(s)
    assert s.listed.empty and "fewer than 6 open concerns have not been escalated" in s.sentences[0]


def test_concerns_about_practice_are_recorded_by_their_own_activity_where_the_framework_has_one():
    own = concern(1, "2019-08-01", completed="2019-08-04", activity="escalation") | {"urgent": "no"}
    s = voice.escalations(report("dorset", actions=[own, concern(2, "2019-08-01") | {"urgent": "no"}]))
    assert s.listed["action_id"].tolist() == ["A1"] and s.listed["days_to_resolution"].tolist() == [3]


def test_no_concern_is_one_plain_line():
    r = report("manchester", actions=[concern(1, "2019-01-01") | {"urgent": "no"}])
    assert voice.escalations(r).sentences == [
        "No concern was raised to be taken further in July to September 2019, and none is open from before."]
