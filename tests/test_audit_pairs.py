"""How two judgements of one case are paired, and which grade counts."""

import pandas as pd
import pytest
from quarter_tables import audit, tables_of

from qa_analysis.measures.audit_pairs import ALONE, BLIND, TWO_AUDITS, audit_pairs, pair_agreement, services_by_quarter

RI, GOOD, OUT, INAD = "Requires improvement to be good", "Good", "Outstanding", "Inadequate"
KIND = "random_sampling_audit"


def judged(number, case, auditor, grade, date="2019-08-01", **more):
    return audit(number, KIND, date, case_id=case, auditor=auditor, overall_grade=grade, **more)


def moderation(number, after, blind, by="Zed", before=None):
    return {"audit_id": str(9000 + number), "moderator": by, "moderation_date": pd.Timestamp("2019-08-20"),
            "grade_before": before, "grade_after": after, "blind": blind}


@pytest.fixture(scope="module")
def pairs():
    t = tables_of("quality_management", audits=[
        judged(1, "c1", "A", GOOD), judged(2, "c1", "B", GOOD, "2019-08-05"),  # agree
        judged(3, "c2", "A", GOOD), judged(4, "c2", "B", RI),  # differ, settled by moderation of the second
        judged(5, "c3", "A", GOOD), judged(6, "c3", "B", INAD),  # differ by two, not settled
        judged(7, "c4", "A", GOOD),  # blind second opinion
        judged(8, "c5", "A", RI),  # alone, moderated sighted
        judged(9, "c6", "A", GOOD), judged(10, "c6", "A", RI),  # the same auditor twice is no pair
        judged(11, "c7", "A", GOOD, "2019-01-01"), judged(12, "c7", "B", GOOD, "2019-08-01"),  # too far apart
        judged(13, None, "A", GOOD), judged(14, None, "B", GOOD),  # no case
    ], moderations=[moderation(4, RI, "no"), moderation(7, OUT, "yes"), moderation(8, GOOD, "no")])
    return audit_pairs(t["audits"], t["moderations"]).set_index("audit_id")


def test_two_audits_of_one_case_by_two_people_are_one_pair(pairs):
    assert pairs.loc["9001", ["how", "audit_id_2", "auditor_2", "grade_1", "grade_2", "grade"]].tolist() == [
        TWO_AUDITS, "9002", "B", GOOD, GOOD, GOOD]
    assert "9002" not in pairs.index


def test_the_grade_agreed_in_moderation_counts_and_the_ones_given_alone_are_kept(pairs):
    row = pairs.loc["9003"]
    assert (row["grade_1"], row["grade_2"], row["grade"], row["is_settled"]) == (GOOD, RI, RI, True)


def test_a_pair_that_differs_has_no_grade_until_one_is_agreed(pairs):
    assert pd.isna(pairs.loc["9005", "grade"]) and not pairs.loc["9005", "is_settled"]


def test_a_blind_moderation_is_a_second_judgement_and_a_sighted_one_is_not(pairs):
    assert pairs.loc["9007", ["how", "grade_1", "grade_2", "grade"]].tolist() == [BLIND, GOOD, OUT, OUT]
    row = pairs.loc["9008"]
    assert row["how"] == ALONE and pd.isna(row["grade_2"]) and (row["grade_1"], row["grade"]) == (RI, GOOD)


@pytest.mark.parametrize("number", ["9009", "9010", "9011", "9012", "9013", "9014"])
def test_one_auditor_twice_a_long_gap_and_no_case_make_no_pair(pairs, number):
    assert pairs.loc[number, "how"] == ALONE


def test_agreement_before_moderation_is_counted_over_pairs_alone(pairs):
    table = pair_agreement(pairs.reset_index(), min_n=1).set_index("agreement")
    # four pairs: the same, one apart, two apart, one apart
    assert table.loc["exact", ["count", "n"]].tolist() == [1, 4]
    assert table.loc["within one grade", ["count", "n"]].tolist() == [3, 4]


def test_services_come_by_quarters_of_the_financial_year(pairs):
    table = services_by_quarter(pairs.reset_index())
    assert table["quarter"].tolist() == [pd.Timestamp("2019-01-01"), pd.Timestamp("2019-07-01")]
    assert table["count"].tolist() == [1, 10] and table["n"].tolist() == [1, 10]


def test_no_audits_are_no_pairs():
    t = tables_of("quality_management")
    pairs = audit_pairs(t["audits"], t["moderations"])
    assert pairs.empty and pair_agreement(pairs)["n"].tolist() == [0, 0] and services_by_quarter(pairs).empty
