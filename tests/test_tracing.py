"""Every figure leads back to its rows: file and row, as many as its n, and nothing of what they say."""

import pytest

import qa_analysis as qa
from qa_analysis import tracing
from qa_analysis.errors import UserError
from qa_analysis.measures.grades import good_or_better
from qa_analysis.measures.moderation import moderated_pairs
from qa_analysis.measures.threads import ratings_with_audits

FILE_AUDITS = {"activity": "file_audit", "basis": "random or all", "graded": True}


@pytest.fixture(scope="module")
def report(example):
    return qa.open_report(example, "manchester", "2018-19", "board")


def test_the_rows_of_a_share_are_as_many_as_its_n_and_those_of_its_count(report):
    audits = report.in_period(report.data.audits, "audit_date")
    share = good_or_better(audits[audits["activity"] == "file_audit"], good_grades=report.profile.good_grades).iloc[0]
    assert len(tracing.rows_behind(report, "audits", **FILE_AUDITS)) == share["n"]
    assert len(tracing.rows_behind(report, "audits", good=True, **FILE_AUDITS)) == share["count"]
    assert len(tracing.rows_behind(report, "audits", good=False, **FILE_AUDITS)) == share["n"] - share["count"]


def test_the_rows_are_those_of_the_files_and_say_nothing_of_a_case(report):
    rows = tracing.rows_behind(report, "ratings", standard="planning", graded=True)
    assert list(rows.columns) == ["source_file", "source_row"] and len(rows) > 500
    own = report.data.ratings
    found = own.merge(rows, on=["source_file", "source_row"])
    assert set(found["standard"].astype(str)) == {"planning"} and found["grade"].notna().all()
    dated = ratings_with_audits(found, report.data.audits)
    assert report.period.holds(dated["audit_date"]).all()


def test_moderations_feedback_and_actions_are_found_by_what_the_report_says_of_them(report):
    pairs = moderated_pairs(report.data.moderations, report.data.audits, report.data.ratings)
    random = pairs[report.period.holds(pairs["moderation_date"]) & (pairs["reason"] == "random")]
    random = random[random["standard"] == "overall"]
    assert len(tracing.rows_behind(report, "moderations", standard="overall", reason="random")) == len(random) > 0
    feedback = report.in_period(report.data.feedback, "date")
    asked = feedback["giver"].isin(["parent", "carer"]) & feedback["listened_to"].isin(["yes", "no", "partly"])
    assert len(tracing.rows_behind(report, "feedback", giver=["parent", "carer"], answered="listened_to")) == asked.sum()
    actions = report.data.actions
    closed = report.period.holds(actions["completed"]).sum()
    assert len(tracing.rows_behind(report, "actions", date="completed")) == closed > 0


def test_another_period_may_be_named(report):
    before = tracing.rows_behind(report, "audits", period="2017-18")
    days = report.data.audits["audit_date"]
    assert len(before) == days.between("2017-04-01", "2018-03-31").sum()


@pytest.mark.parametrize(("named", "first", "last"), [
    ("year", "2018-04-01", "2019-03-31"), ("year before", "2017-04-01", "2018-03-31"), ("before", "2017-04-01", "2018-03-31"),
    ("last year", "2017-04-01", "2018-03-31"), ("36 months", "2016-04-01", "2019-03-31")])
def test_a_period_may_be_named_by_how_it_lies_to_the_report(report, named, first, last):
    days = report.data.audits["audit_date"]
    assert len(tracing.rows_behind(report, "audits", period=named)) == days.between(first, last).sum()


def test_rows_of_any_date_are_those_of_the_whole_table_as_it_stood_at_the_end(report):
    actions = report.data.actions
    gone = (actions["completed"] <= "2019-03-31") | actions["status"].eq("cancelled")
    gone |= actions["status"].eq("closed") & actions["completed"].isna()
    rows = tracing.rows_behind(report, "actions", date="any", is_open=True)
    assert len(rows) == (actions["raised"].le("2019-03-31") & ~gone.fillna(False)).sum()
    assert len(rows) > len(tracing.rows_behind(report, "actions", is_open=True)) > 0


def test_there_is_no_period_before_all_time(example):
    whole = qa.open_report(example, "manchester", "all", "board")
    with pytest.raises(UserError, match="no period 'year before' of all time"):
        tracing.rows_behind(whole, "audits", period="year before")


def test_a_call_is_written_as_it_is_to_be_typed(report):
    text = tracing.call("feedback", giver=["parent", "carer"], answered="listened_to", graded=True)
    assert text == 'qa.rows_behind(r, "feedback", giver=["parent", "carer"], answered="listened_to", graded=True)'
    asked = {"standard": "planning", "graded": True}
    typed = eval(tracing.call("ratings", **asked), {"qa": qa, "r": report})
    assert typed.equals(tracing.rows_behind(report, "ratings", **asked))


@pytest.mark.parametrize(("asked", "message"), [
    (("cases", {}), "rows of 'cases' can't be asked for. Tables: audits, ratings"),
    (("audits", {"standrad": "x", "theme": "y"}), "table 'audits' has no column 'standrad', 'theme'. It has audit_id"),
    (("feedback", {"answered": "hurried"}), "table 'feedback' has no column 'hurried'."),
])
def test_what_can_not_be_asked_for_is_named(report, asked, message):
    with pytest.raises(UserError, match=message.replace("(", "\\(")):
        tracing.rows_behind(report, asked[0], **asked[1])
