"""Grades: counted by hand on small tables."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_analysis.measures import grades as g
from qa_analysis.measures.shares import MIN_N, ColumnError, add_share, is_among, share_by
from qa_analysis.periods import parse_period

SCALE = ["Inadequate", "Requires improvement to be good", "Good", "Outstanding"]
SHORT = {"I": SCALE[0], "R": SCALE[1], "G": SCALE[2], "O": SCALE[3], "-": None}


def graded(letters, **columns) -> pd.DataFrame:
    """An audits table with one audit for each letter (I, R, G, O, - for none); columns repeat or are lists."""
    n = len(letters)
    table = pd.DataFrame({"audit_id": [f"A{i}" for i in range(n)],
                          "grade": pd.Categorical([SHORT[x] for x in letters], categories=SCALE, ordered=True),
                          "selection": "random", "audit_type": "regular",
                          "audit_date": pd.Timestamp("2019-09-10")})
    for name, values in columns.items():
        table[name] = values
    return table


def test_every_grade_is_listed_best_first_with_zero_rows():
    table = g.grade_counts(graded("GGRG"), min_n=1)
    assert table["grade"].tolist() == SCALE[::-1]
    assert table["count"].tolist() == [0, 3, 1, 0]
    assert table["n"].tolist() == [4, 4, 4, 4]


def test_ungraded_audits_count_in_neither_number():
    row = g.good_or_better(graded("GR--"), min_n=1).iloc[0]
    assert (row["count"], row["n"], row["n_ungraded"], row["share"]) == (1, 2, 2, 0.5)


def test_share_has_wilson_limits():
    # 28 of 40 is 70% (55 to 82) and 5 of 7 is 71% (36 to 92): published worked examples
    row = g.good_or_better(graded("G" * 28 + "R" * 12)).iloc[0]
    assert [round(row[c], 2) for c in ("share", "share_lower", "share_upper")] == [0.70, 0.55, 0.82]
    row = g.good_or_better(graded("G" * 5 + "R" * 2), min_n=5).iloc[0]
    assert [round(row[c], 2) for c in ("share", "share_lower", "share_upper")] == [0.71, 0.36, 0.92]


def test_small_group_keeps_its_count_and_loses_its_share():
    row = g.good_or_better(graded("G" * (MIN_N - 1))).iloc[0]
    assert (row["count"], row["n"]) == (MIN_N - 1, MIN_N - 1)
    assert row[["share", "share_lower", "share_upper"]].isna().all()
    assert g.good_or_better(graded("G" * MIN_N)).iloc[0]["share"] == 1


def test_purposive_audits_are_never_pooled_with_random_ones():
    audits = graded("GGIIR", selection=["random", "all", "purposive", "random", "random"],
                    audit_type=["regular", "regular", "regular", "focused", "regular"])
    row = g.good_or_better(audits, min_n=1).iloc[0]
    assert (row["count"], row["n"], row["n_other_basis"], row["basis"]) == (2, 3, 2, "random or all")
    row = g.good_or_better(audits, basis="purposive", min_n=1).iloc[0]
    assert (row["count"], row["n"], row["n_other_basis"], row["basis"]) == (0, 2, 3, "purposive")
    each = g.good_or_better(audits, basis="each", min_n=1)
    assert each[["basis", "n"]].to_numpy().tolist() == [["random or all", 3], ["purposive", 2]]


def test_a_repeated_audit_is_purposive_since_its_case_was_picked_for_its_grade():
    audits = graded("GG", reaudit_of=[None, "A9"])
    assert g.sample_basis(audits).tolist() == ["random or all", "purposive"]


def test_selection_never_recorded_is_used_and_named():
    row = g.good_or_better(graded("GR", selection=[None, "not recorded"]), min_n=1).iloc[0]
    assert (row["n"], row["basis"]) == (2, "not recorded")
    row = g.good_or_better(graded("GR", selection=["random", None]), min_n=1).iloc[0]
    assert (row["n"], row["n_other_basis"], row["basis"]) == (1, 1, "random or all")


def test_unknown_basis_says_what_exists():
    with pytest.raises(ValueError, match="basis 'all' is not known. Use random or all, purposive, not recorded or e"):
        g.good_or_better(graded("G"), basis="all")


def test_grades_without_an_order_are_refused():
    audits = graded("GR").assign(grade=["Good", "Inadequate"])
    with pytest.raises(TypeError, match="column 'grade' has no order"):
        g.grade_counts(audits)


def test_unknown_grouping_column_names_those_that_exist():
    with pytest.raises(ColumnError, match="can't group by sevice.*It has audit_id, grade"):
        g.good_or_better(graded("G"), by="sevice")


def test_group_without_a_name_is_kept_as_not_recorded():
    table = g.good_or_better(graded("GRG", service=["Fostering", None, "Fostering"]), by="service", min_n=1)
    assert table[["service", "count", "n"]].to_numpy().tolist() == [["Fostering", 2, 2], ["not recorded", 0, 1]]


def test_groups_come_in_the_order_of_the_profile_and_an_ungraded_group_stays():
    audits = graded("G-", service=pd.Categorical(["B", "A"], categories=["B", "A", "C"]))
    table = g.good_or_better(audits, by="service", min_n=1)
    assert table["service"].tolist() == ["B", "A"]
    assert table["n"].tolist() == [1, 0]


def test_good_is_the_profiles_word_or_the_upper_half_of_the_scale():
    audits = graded("IRGO")
    assert g.is_good(audits).tolist() == [False, False, True, True]
    assert g.is_good(audits, {"Outstanding"}).tolist() == [False, False, False, True]
    three = pd.DataFrame({"grade": pd.Categorical(list("abc"), categories=list("abc"), ordered=True)})
    assert g.is_good(three).tolist() == [False, False, True]


def test_missing_months_stay_with_n_of_zero():
    audits = graded("GRG", audit_date=pd.to_datetime(["2019-07-01", "2019-07-31", "2019-09-01"]))
    table = g.grades_by_month(audits, parse_period("2019-Q2").months(), min_n=1)
    assert table["month"].dt.strftime("%Y-%m").tolist() == ["2019-07", "2019-08", "2019-09"]
    assert table["n"].tolist() == [2, 0, 1]
    assert table["share"].isna().tolist() == [False, True, False]
    assert table["basis"].tolist() == ["random or all"] * 3


def test_months_by_service_and_grade_form_a_whole_grid():
    audits = graded("GRG", service=["A", "A", "B"],
                    audit_date=pd.to_datetime(["2019-07-01", "2019-07-31", "2019-09-01"]))
    months = parse_period("2019-Q2").months()
    assert len(g.grades_by_month(audits, months, by="service")) == 2 * 3
    table = g.grade_counts_by_month(audits, months, by="service")
    assert len(table) == 2 * 3 * 4
    assert table["count"].sum() == 3
    assert table.loc[(table["service"] == "B") & (table["count"] == 1), "grade"].tolist() == ["Good"]


def two_months(now, before, **columns):
    """Audits of September 2019 beside those of August."""
    return graded(now + before, audit_date=[pd.Timestamp("2019-09-10")] * len(now) + [pd.Timestamp("2019-08-10")] * len(
        before), **columns)


SEPTEMBER = parse_period("2019-09")


def test_change_has_newcombes_interval():
    # Newcombe, Statistics in Medicine 17, 1998, table II (a): 56/70 against 48/80 is 0.2, method 11: 0.0428 to 0.3422
    row = g.grade_change(two_months("G" * 56 + "R" * 14, "G" * 48 + "R" * 32), SEPTEMBER).iloc[0]
    assert row["difference"] == pytest.approx(0.2)
    assert (row["difference_lower"], row["difference_upper"]) == pytest.approx((0.0428, 0.3422), abs=5e-5)
    assert (row["comparison"], row["verdict"], row["period_before"]) == ("previous period", "rose", "August 2019")
    assert (row["count"], row["n"], row["count_before"], row["n_before"]) == (56, 70, 48, 80)


def test_change_words_follow_the_test():
    assert g.grade_change(two_months("R" * 30 + "G" * 10, "G" * 30 + "R" * 10), SEPTEMBER)["verdict"].tolist() == [
        "fell", "too few"]
    assert g.grade_change(two_months("RG" * 20, "GR" * 20), SEPTEMBER).iloc[0]["verdict"] == "no clear change"
    few = g.grade_change(two_months("G" * 9, "R" * 40), SEPTEMBER).iloc[0]
    assert few["verdict"] == "too few" and np.isnan(few["difference"]) and np.isnan(few["share"])
    assert few["share_before"] == 0


def test_all_grades_are_compared_even_where_the_share_stays():
    # nobody crosses the line of good, but inadequate became requires improvement
    row = g.grade_change(two_months("R" * 20 + "G" * 5, "I" * 20 + "G" * 5), SEPTEMBER).iloc[0]
    assert (row["verdict"], row["verdict_grades"]) == ("no clear change", "rose")
    # pairs won: each of 20 R beats 20 I; each of 5 G beats 20 I and ties with 5 G: (400 + 100 + 12.5) / 625
    assert row["superiority"] == pytest.approx(512.5 / 625)


def test_change_in_many_groups_is_adjusted_for_how_many_were_looked_at():
    # one group alone: 19 of 20 against 12 of 20 is called; among 10 groups it is not
    one = two_months("G" * 19 + "R", "G" * 12 + "R" * 8, team="t0")
    assert g.grade_change(one, SEPTEMBER, by="team").iloc[0]["verdict"] == "rose"
    many = pd.concat([one, *[two_months("GR" * 10, "GR" * 10, team=f"t{i}") for i in range(1, 10)]])
    table = g.grade_change(many, SEPTEMBER, by="team", comparisons=["previous period"])
    assert set(table["verdict"]) == {"no clear change"} and table["p_value"].min() < 0.05


def test_a_year_has_one_earlier_year_and_all_time_has_none():
    audits = graded("G" * 3)
    assert g.grade_change(audits, parse_period("2019-20"))["comparison"].tolist() == ["previous period"]
    assert g.grade_change(audits, parse_period("all")).empty
    assert "verdict" in g.grade_change(audits, parse_period("all"))


def test_twelve_months_before_end_where_the_period_begins():
    before = g.twelve_months_before(SEPTEMBER)
    assert (before.start, before.end) == (pd.Timestamp("2018-09-01"), pd.Timestamp("2019-08-31"))
    assert g.twelve_months_before(parse_period("all")) is None


def test_change_never_rests_on_purposive_audits():
    audits = two_months("G" * 20, "I" * 20, selection=["random"] * 20 + ["purposive"] * 20)
    row = g.grade_change(audits, SEPTEMBER).iloc[0]
    assert (row["n"], row["n_before"], row["verdict"], row["basis"]) == (20, 0, "too few", "random or all")


def test_no_audits_give_zeros_and_no_share():
    table = g.good_or_better(graded(""))
    assert table[["count", "n", "n_ungraded"]].to_numpy().tolist() == [[0, 0, 0]]
    assert table["share"].isna().all()
    assert g.good_or_better(graded("", service=pd.Series(dtype="str")), by="service").empty
    assert g.grade_counts(graded(""))["count"].tolist() == [0, 0, 0, 0]
    assert g.grade_change(graded(""), SEPTEMBER)["verdict"].tolist() == ["too few"] * 2
    assert g.grade_change(graded("", service=pd.Series(dtype="str")), SEPTEMBER, by="service").empty
    assert g.grades_by_month(graded(""), parse_period("2019-09").months())["n"].tolist() == [0]


@settings(max_examples=25, deadline=None)
@given(st.text("IRGO-", max_size=60), st.randoms(use_true_random=False))
def test_shares_sum_to_one_and_row_order_changes_nothing(letters, random):
    audits = graded(letters, service=[["A", "B", None][i % 3] for i in range(len(letters))])
    before = audits.copy(deep=True)
    table = g.grade_counts(audits, by="service", min_n=1)
    pd.testing.assert_frame_equal(audits, before)
    sums = table.groupby("service")["share"].sum()[table.groupby("service")["n"].first() > 0]
    assert np.allclose(sums, 1)
    order = list(range(len(letters)))
    random.shuffle(order)
    pd.testing.assert_frame_equal(g.grade_counts(audits.iloc[order], by="service", min_n=1), table)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 60), st.integers(0, 60))
def test_a_share_lies_within_its_limits(count, more):
    row = add_share(pd.DataFrame({"count": [count], "n": [count + more]}), min_n=1).iloc[0]
    if row["n"] == 0:
        assert np.isnan(row["share"])
    else:
        assert 0 <= row["share_lower"] <= row["share"] <= row["share_upper"] <= 1


def test_ids_are_looked_up_whatever_their_type_and_missing_ones_are_nowhere():
    ids = pd.Series(["1", None, "2", "3"], index=[7, 8, 9, 10])
    for kind in ("str", "object", "category"):
        found = is_among(ids.astype(kind), pd.Series(["3", None, "1"]).astype(kind))
        assert found.tolist() == [True, False, False, True] and found.index.tolist() == [7, 8, 9, 10]
    assert not is_among(ids, pd.Series([], dtype="str")).any()


def test_rows_that_are_not_counted_are_in_neither_number():
    table = pd.DataFrame({"answer": ["yes", "no", None, "yes"]})
    out = share_by(table, table["answer"] == "yes", counted=table["answer"].notna(), min_n=1)
    assert out[["count", "n"]].to_numpy().tolist() == [[2, 3]]
