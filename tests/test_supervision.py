"""Supervision audits: done against due, standards of their own set, learning needs; counted by hand."""

import pandas as pd
import pytest
from quarter_tables import assert_gated, assert_well_said, audit, finding, report
from statsmodels.stats.proportion import proportion_confint

from qa_analysis.sections.supervision import supervision

LOW, GOOD = "Requires improvement to be good", "Good"
STANDARDS = ("supervision_regularity", "supervision_reflection")


def rows(n_good: int, n: int, date: str, first: int):
    """`n` audits on a day with the first `n_good` good on regularity, and 12 (or all) good on reflection."""
    audits = [audit(first + i, "supervision_audit", date, case_id=None, auditor=f"Lead {i}") for i in range(n)]
    ratings = [{"audit_id": a["audit_id"], "standard": s, "grade": GOOD if i < good else LOW}
               for i, a in enumerate(audits) for s, good in zip(STANDARDS, (n_good, min(n, 12)), strict=True)]
    return audits, ratings


@pytest.fixture(scope="module")
def given():
    now, now_r = rows(6, 20, "2019-08-01", 100)
    before, before_r = rows(28, 30, "2018-08-01", 200)
    other = [audit(1, "file_audit", "2019-09-30")]  # its standards are of another set; the data cover the quarter
    texts = [finding(100 + i, "improvement", "Training on neglect is needed" if i < 7 else "Plans are vague") for i in range(14)]
    leads = [{"period": pd.Timestamp("2018-07-01"), "team": f"T{i}", "service": "Fostering", "service_lead": f"Lead {i}"}
             for i in range(25)]
    return {"audits": now + before + other, "findings": texts, "establishment": leads, "ratings": now_r + before_r + [
        {"audit_id": "9001", "standard": "supervision_regularity", "grade": "Inadequate"}]}


@pytest.fixture(scope="module")
def section(given):
    return supervision(report("manchester", **given))


def test_what_was_due_is_one_of_each_lead_in_the_quarter(section):
    assert section.sentences[0] == (
        "Thematic audit of supervision: 20 of 25 due in July to September 2019 were done (80%).")


def test_each_standard_of_supervision_has_its_share_with_wilsons_interval(section):
    table = section.now.set_index("standard")
    assert table.loc["Regularity of supervision", ["count", "n"]].tolist() == [6, 20]  # the file audit's rating is none
    assert table.loc["Reflection in supervision", ["count", "n"]].tolist() == [12, 20]
    lower, upper = proportion_confint(6, 20, method="wilson")
    assert table.loc["Regularity of supervision", ["share_lower", "share_upper"]].tolist() == pytest.approx([lower, upper])
    assert "The lowest share judged good or better is that of Regularity of supervision (30% of 20 audits" in " ".join(
        section.sentences)


def test_the_standard_that_fell_is_named_and_the_one_that_did_not_is_not(section):
    """6 of 20 after 28 of 30 is a clear fall; 12 of 20 after 12 of 30 is none (Fisher's exact p 0.25)."""
    fell = [s for s in section.sentences if s.endswith(" fell.")]
    assert fell == ["Over the 12 months to September 2019, Regularity of supervision (30% of 20 good or better, was 93% of 30 "
                    "in the twelve months before) fell."]


def test_the_share_that_names_a_learning_need_is_told_and_the_words_to_supervision(section):
    assert section.needs[["count", "n"]].iloc[0].tolist() == [7, 14]
    assert "Of 14 supervision audits that name an area for improvement in July to September 2019, 50% spoke of a learning " in (
        " ".join(section.sentences))
    assert len(section.needs_said) == 7


def test_without_grades_against_the_standards_nothing_is_said_of_them(given):
    s = supervision(report("manchester", **{**given, "ratings": []}))
    assert "No grades against the standards of supervision are recorded, so nothing can be said of them." in s.sentences
    assert s.now.empty and s.year.empty


@pytest.mark.parametrize("audience", ["team", "board", "public"])
def test_wider_audiences_see_no_case_no_person_no_words_and_no_small_count(given, audience):
    s = supervision(report("manchester", audience=audience, **given))
    assert_gated(s)
    assert_well_said(s)
    assert s.needs_said.empty and s.now["share"].notna().all()


def test_sentences_are_whole(section):
    assert_well_said(section)
