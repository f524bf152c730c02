"""Which audits name a learning need, by the words of their areas for improvement."""

import pandas as pd
from quarter_tables import audit, finding, tables_of

from qa_analysis.measures.learning_needs import learning_needs, learning_needs_share
from qa_analysis.periods import parse_period

QUARTER = parse_period("2019-Q2")


def made(**more):
    audits = [audit(i, "file_audit") for i in range(1, 12)] + [
        audit(12, "file_audit", date="2019-05-01"), audit(13, "file_audit", selection="purposive")]
    findings = [
        finding(1, "improvement", "Training on neglect is needed"), finding(1, "improvement", "and coaching too", 2),
        finding(2, "improvement", "The plan will change in due course"),
        finding(3, "improvement", "A course of action is not recorded"),
        finding(4, "strength", "Good use of training"),
        finding(5, "improvement", "A refresher COURSE would help"),
        *[finding(i, "improvement", "Visits are late") for i in range(6, 12)],
        finding(12, "improvement", "Training is needed"), finding(13, "improvement", "Mentoring is needed")]
    return tables_of("manchester", audits=audits, findings=findings)


def test_a_need_is_an_area_for_improvement_that_names_a_way_to_learn():
    t = made()
    found = learning_needs(t["audits"], t["findings"], QUARTER)
    assert found["audit_id"].tolist() == ["9001", "9001", "9005", "9013"]
    assert found["trigger_words"].tolist() == ["Training", "coaching", "refresher; COURSE", "Mentoring"]


def test_the_share_counts_an_audit_once_and_leaves_out_purposive_cases_and_audits_without_improvements():
    t = made()
    row = learning_needs_share(t["audits"], t["findings"], QUARTER).iloc[0]
    assert (row["count"], row["n"], row["basis"]) == (2, 10, "random or all")  # 9001 and 9005 of 1-3 and 5-11
    assert row["share"] == 0.2


def test_a_period_without_audits_has_no_need_and_no_share():
    t = made()
    empty = parse_period("2018-Q1")
    assert learning_needs(t["audits"], t["findings"], empty).empty
    row = learning_needs_share(t["audits"], t["findings"], empty).iloc[0]
    assert row["n"] == 0 and pd.isna(row["share"])
