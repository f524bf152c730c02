"""External audits are paired with the internal audit of the same case that is nearest in time."""

import pandas as pd

from qa_analysis.measures.parallel import COLUMNS, parallel_pairs

SCALE = ["Inadequate", "Requires improvement to be good", "Good", "Outstanding"]


def audits(*rows):
    table = pd.DataFrame(rows, columns=["audit_id", "case_id", "audit_date", "audit_type", "overall_grade"])
    return table.assign(audit_date=pd.to_datetime(table["audit_date"]),
                        overall_grade=pd.Categorical(table["overall_grade"], SCALE, ordered=True))


def test_the_nearest_internal_audit_of_the_same_case_is_the_partner():
    found = parallel_pairs(audits(
        ("1", "A", "2019-01-10", "regular", "Good"), ("2", "A", "2019-03-01", "regular", "Inadequate"),
        ("9", "A", "2019-03-10", "external", "Good"), ("3", "B", "2019-03-09", "regular", "Good")))
    assert found.to_dict("records") == [{
        "case_id": "A", "standard": "overall", "internal_audit": "2", "external_audit": "9", "days_apart": 9,
        "internal": "Inadequate", "external": "Good"}]


def test_audits_too_far_apart_of_no_case_or_without_a_grade_make_no_pair():
    found = parallel_pairs(audits(
        ("1", "A", "2018-10-01", "regular", "Good"), ("9", "A", "2019-03-10", "external", "Good"),
        ("2", None, "2019-03-10", "regular", "Good"), ("8", None, "2019-03-10", "external", "Good"),
        ("3", "C", "2019-03-10", "regular", None), ("7", "C", "2019-03-10", "external", "Good")))
    assert found.empty and list(found.columns) == COLUMNS


def test_each_audit_is_in_one_pair_only():
    found = parallel_pairs(audits(
        ("1", "A", "2019-03-01", "regular", "Good"), ("8", "A", "2019-03-02", "external", "Good"),
        ("9", "A", "2019-03-05", "external", "Inadequate")))
    assert list(found["external_audit"]) == ["8"]


def test_the_partner_may_come_after_and_standards_are_compared_where_both_grade_them():
    table = audits(("1", "A", "2019-03-20", "regular", "Good"), ("9", "A", "2019-03-10", "external", "Inadequate"))
    ratings = pd.DataFrame({"audit_id": ["1", "1", "9"], "standard": ["planning", "assessment", "planning"],
                            "grade_given": ["Good", "Good", "Inadequate"], "grade": ["Inadequate"] * 3})
    found = parallel_pairs(table, ratings)
    assert list(found["standard"]) == ["overall", "planning"]
    assert list(found["internal"]) == ["Good", "Good"] and list(found["days_apart"]) == [-10, -10]
