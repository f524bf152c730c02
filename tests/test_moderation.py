"""Moderation: agreement, direction and coverage counted by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from qa_analysis.measures import moderation as m
from qa_analysis.periods import parse_period

SCALE = ["Inadequate", "Requires improvement to be good", "Good", "Outstanding"]
SHORT = dict(zip("IRGO", SCALE, strict=True)) | {"-": None}
SEPTEMBER = parse_period("2019-09")


def grades(letters):
    return pd.Categorical([SHORT[x] for x in letters], SCALE, ordered=True)


def tables(moves, **columns):
    """Audits and moderations of the overall grade, one for each move such as 'GR' (good before, R.I. after)."""
    n = len(moves)
    audits = pd.DataFrame({"audit_id": [f"A{i}" for i in range(n)], "audit_date": pd.Timestamp("2019-09-02"),
                           "auditor": "Ann", "service": "A", "locality": "L", "team": "T", "activity": "file_audit",
                           "overall_grade": grades([x[0] for x in moves])})
    moderations = pd.DataFrame({"audit_id": audits["audit_id"], "standard": pd.Series([None] * n, dtype="str"),
                                "moderator": "Moe", "moderation_date": pd.Timestamp("2019-09-12"),
                                "grade_before": grades([x[0] for x in moves]),
                                "grade_after": grades([x[1] for x in moves]), "blind": "yes", "reason": "random",
                                "comment": None})
    for name, values in columns.items():
        (moderations if name in moderations else audits)[name] = values
    return audits, moderations


def pairs(moves, **columns):
    audits, moderations = tables(moves, **columns)
    return m.moderated_pairs(moderations, audits)


def test_table_has_every_cell_and_zeros():
    table = m.moderation_table(pairs(["GG", "GR", "GR", "II"]))
    assert len(table) == 16
    assert table["count"].sum() == 4 and set(table["n"]) == {4}
    cells = table[table["count"] > 0][["grade_before", "grade_after", "count"]].to_numpy().tolist()
    assert cells == [["Good", "Good", 1], ["Good", SCALE[1], 2], ["Inadequate", "Inadequate", 1]]
    assert table.loc[table["is_same"], "count"].sum() == 2


def test_exact_and_within_one_grade():
    table = m.moderation_agreement(pairs(["GG", "GR", "GI", "OO", "OI"]), min_n=1).set_index("agreement")
    assert table["count"].to_dict() == {"exact": 2, "within one grade": 3}
    assert table["share"].to_dict() == {"exact": 0.4, "within one grade": 0.6}


def test_reasons_and_blind_are_never_added_up():
    table = m.moderation_agreement(pairs(["GG", "GR", "II", "II"], blind=["yes", "no", "no", None],
                                         reason=["random", "random", "every inadequate", None]), min_n=1)
    exact = table[table["agreement"] == "exact"]
    assert exact[["reason", "sight", "n"]].to_numpy().tolist() == [
        ["every inadequate", "sighted", 1], ["random", "blind", 1], ["random", "sighted", 1],
        ["not recorded", "not recorded", 1]]


def test_direction_says_lenient_where_grades_are_lowered():
    row = m.moderation_direction(pairs(["GR"] * 10 + ["RG"] + ["GG"] * 9)).iloc[0]
    assert row[["n", "n_raised", "n_same", "n_lowered", "verdict"]].tolist() == [20, 1, 9, 10, "auditors lenient"]
    assert row["p_value"] == pytest.approx(stats.binomtest(1, 11).pvalue)
    assert m.moderation_direction(pairs(["RG"] * 10 + ["GG"] * 9)).iloc[0]["verdict"] == "auditors harsh"
    unclear = pairs(["GR"] * 5 + ["RG"] * 4 + ["GG"] * 9)
    assert m.moderation_direction(unclear).iloc[0]["verdict"] == "no clear direction"
    assert m.moderation_direction(pairs(["GR"] * 5)).iloc[0]["verdict"] == "too few"


def test_a_moderator_who_is_the_auditor_gives_no_second_opinion():
    table = pairs(["GG", "GG"], moderator=["Ann", "Moe"])
    assert table["is_independent"].tolist() == [False, True]
    assert m.moderation_agreement(table, min_n=1)["n"].tolist() == [1, 1]


def test_missing_grade_before_is_what_the_auditor_gave():
    table = pairs(["GR", "OO"], grade_before=grades("--"))
    assert table["grade_before"].tolist() == ["Good", "Outstanding"]
    assert table["steps"].tolist() == [-1, 0]


def test_missing_grade_of_a_standard_before_comes_from_its_rating():
    audits, moderations = tables(["GR"], standard=["planning"], grade_before=grades("-"))
    assert m.moderated_pairs(moderations, audits)["steps"].isna().all()
    ratings = pd.DataFrame({"audit_id": ["A0"], "standard": ["planning"], "grade_given": grades("O"),
                            "grade": grades("R")})
    assert m.moderated_pairs(moderations, audits, ratings)["steps"].tolist() == [-2]


def test_ungraded_pairs_are_in_no_number():
    assert m.moderation_agreement(pairs(["G-", "GG"]), min_n=1)["n"].tolist() == [1, 1]


def test_changed_audits_are_listed_with_steps_and_days():
    table = m.changed_audits(pairs(["GG", "GI", "RG"]))
    assert table[["audit_id", "steps", "days_to_moderation"]].to_numpy().tolist() == [["A1", -2, 10], ["A2", 1, 10]]


def test_each_standard_and_service_can_be_cut():
    table = m.moderation_agreement(pairs(["GG", "GR"], standard=["planning", None], service=["A", "B"]), by="standard",
                                   min_n=1)
    assert table[["standard", "count"]].to_numpy().tolist() == [
        ["overall", 0], ["overall", 1], ["planning", 1], ["planning", 1]]


def test_coverage_counts_auditors_months():
    audits, moderations = tables(["GG"] * 5, auditor=["Ann", "Ann", "Bea", "Bea", None],
                                 audit_date=pd.to_datetime(["2019-07-01", "2019-07-09", "2019-07-01", "2019-08-01",
                                                            "2019-08-01"]))
    quarter = parse_period("2019-Q2")
    row = m.moderation_coverage(audits, moderations.iloc[[1, 3]], quarter, min_n=1).iloc[0]
    assert row[["count", "n", "n_without_auditor"]].tolist() == [2, 3, 1]
    row = m.moderated_share(audits, moderations.iloc[[1, 3]], quarter, min_n=1).iloc[0]
    assert row[["count", "n"]].tolist() == [2, 5]
    by = m.moderation_coverage(audits, moderations.iloc[[1, 3]], quarter, by="service", min_n=1)
    assert by[["service", "count", "n"]].to_numpy().tolist() == [["A", 2, 3]]


def test_lenient_auditor_is_found_and_the_test_is_fishers():
    moves = ["GR"] * 8 + ["GG"] * 2 + (["GR"] + ["GG"] * 9) * 9
    table = m.auditor_direction(pairs(moves, auditor=np.repeat([f"p{i}" for i in range(10)], 10)))
    assert table["auditor"].tolist() == sorted(table["auditor"])
    assert table.set_index("auditor")["verdict"].to_dict() == {"p0": "lenient"} | dict.fromkeys(
        [f"p{i}" for i in range(1, 10)], "no clear difference")
    fisher = stats.fisher_exact([[8, 2], [9, 81]], alternative="greater").pvalue
    # the smallest of 20 p-values is adjusted to 20 times itself
    assert table.loc[0, "p_lowered"] == pytest.approx(20 * fisher)


def test_auditors_that_differ_by_chance_alone_get_no_verdict():
    rng = np.random.default_rng(5)
    flagged = 0
    for _ in range(40):
        moves = rng.choice(["GG", "GR", "RG"], 300, p=[0.7, 0.15, 0.15])
        table = m.auditor_direction(pairs(list(moves), auditor=rng.choice([f"p{i}" for i in range(30)], 300)))
        flagged += table["verdict"].isin(["lenient", "harsh"]).any()
    assert flagged <= 4  # 5% of 40 is 2; 5 or more happen in 5% of such runs


def test_auditors_with_few_audits_are_named_too_few_and_inadequate_moderations_are_left_out():
    moves = ["GR"] * 4 + ["IR"] * 10
    table = m.auditor_direction(pairs(moves, reason=["random"] * 4 + ["every inadequate"] * 10))
    assert table[["n", "verdict", "reason"]].to_numpy().tolist() == [[4, "too few", "random"]]


def test_no_moderations_give_empty_tables():
    audits, moderations = tables(["GG"])
    none = m.moderated_pairs(moderations.iloc[:0], audits)
    assert m.moderation_agreement(none).empty and m.changed_audits(none).empty and m.auditor_direction(none).empty
    assert m.moderation_table(none).empty and m.moderation_direction(none).empty
    assert m.moderated_share(audits, moderations.iloc[:0], SEPTEMBER)["count"].tolist() == [0]
    assert m.moderation_coverage(audits.iloc[:0], moderations, SEPTEMBER)["n"].tolist() == [0]


def test_row_order_changes_nothing_and_nothing_is_changed():
    audits, moderations = tables(["GG", "GR", "RG", "OO", "IR"], service=list("ABABA"))
    before = moderations.copy(deep=True)
    table = m.moderated_pairs(moderations, audits)
    turned = m.moderated_pairs(moderations[::-1], audits[::-1])
    for measure in (m.moderation_table, m.moderation_agreement, m.moderation_direction):
        pd.testing.assert_frame_equal(measure(table, by="service"), measure(turned, by="service"))
    pd.testing.assert_frame_equal(m.changed_audits(table), m.changed_audits(turned))
    pd.testing.assert_frame_equal(moderations, before)
