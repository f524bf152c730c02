"""One share compared in two groups: the figures are the oracle's, the answer follows the interval."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from quarter_tables import audit, finding, tables_of
from statsmodels.stats.proportion import proportion_confint

from qa_analysis.errors import UserError
from qa_analysis.measures.themed_audit import ANSWERS, compare_two, speaks_of, then_and_since


def groups(count_1, n_1, count_2, n_2):
    hit = pd.Series([True] * count_1 + [False] * (n_1 - count_1) + [True] * count_2 + [False] * (n_2 - count_2))
    return hit, pd.Series(["a"] * n_1 + ["b"] * n_2)


def test_shares_and_their_limits_are_wilsons():
    row = compare_two(*groups(35, 66, 75, 114), "a", "b").iloc[0]
    for end, count, n in (("", 35, 66), ("_other", 75, 114)):
        lower, upper = proportion_confint(count, n, method="wilson")
        assert row[f"share{end}"] == pytest.approx(count / n)
        assert (row[f"share{end}_lower"], row[f"share{end}_upper"]) == pytest.approx((lower, upper))


def test_the_difference_has_newcombes_interval_with_continuity_correction():
    """Newcombe (1998), Statistics in Medicine 17, 873, table II, method 11: 56/70 less 48/80 is 0.0428 to 0.3422."""
    row = compare_two(*groups(56, 70, 48, 80), "a", "b").iloc[0]
    assert row["difference"] == pytest.approx(0.2)
    assert (row["difference_lower"], row["difference_upper"]) == pytest.approx((0.0428, 0.3422), abs=5e-5)


@pytest.mark.parametrize(("counts", "direction", "answer"), [
    ((56, 70, 48, 80), "higher", "yes"),
    ((56, 70, 48, 80), "lower", "no"),
    ((56, 70, 48, 80), "different", "yes"),
    ((48, 80, 56, 70), "lower", "yes"),
    ((30, 60, 29, 60), "higher", "not clear"),
    ((3000, 6000, 3000, 6000), "higher", "no"),
    ((3000, 6000, 3000, 6000), "different", "no"),
    ((5, 9, 30, 60), "higher", "too few")])
def test_the_answer_follows_the_interval_and_not_clear_is_not_no(counts, direction, answer):
    assert compare_two(*groups(*counts), "a", "b", direction)["answer"].iloc[0] == answer


def test_a_small_difference_is_no_where_it_was_said_before_that_only_a_larger_one_matters():
    at = groups(300, 600, 294, 600)
    assert compare_two(*at, "a", "b", worth=0.10)["answer"].iloc[0] == "no"
    assert compare_two(*at, "a", "b", worth=0.02)["answer"].iloc[0] == "not clear"


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 40), st.integers(0, 40))
def test_turning_the_question_round_turns_the_answer_round(hits_1, more_1, hits_2, more_2):
    hit, group = groups(hits_1, hits_1 + more_1, hits_2, hits_2 + more_2)
    one = compare_two(hit, group, "a", "b", "higher").iloc[0]
    two = compare_two(hit, group, "b", "a", "lower").iloc[0]
    assert one["answer"] == two["answer"] and one["answer"] in ANSWERS
    assert one["difference"] == pytest.approx(-two["difference"], nan_ok=True)
    either = compare_two(hit, group, "a", "b", "different")["answer"].iloc[0]
    assert either == "yes" if one["answer"] == "yes" else True


def test_units_that_say_nothing_and_other_groups_count_nowhere():
    hit = pd.Series([True, pd.NA, False, True], dtype="boolean")
    row = compare_two(hit, pd.Series(["a", "a", "b", "c"]), "a", "b", min_n=1).iloc[0]
    assert (row["count"], row["n"], row["count_other"], row["n_other"]) == (1, 1, 0, 1)


def test_a_direction_not_known_and_one_group_twice_are_refused():
    hit, group = groups(1, 2, 1, 2)
    with pytest.raises(UserError, match="direction 'up' is not known. Use higher, lower, different"):
        compare_two(hit, group, "a", "b", "up")
    with pytest.raises(UserError, match="needs two groups; both are called 'a'"):
        compare_two(hit, group, "a", "a")


def test_the_day_itself_is_since_and_a_missing_date_is_on_neither_side():
    found = then_and_since(pd.Series(pd.to_datetime(["2022-12-31", "2023-01-01", None])), "2023-01-01")
    assert found.tolist()[:2] == ["before", "since"] and pd.isna(found.iloc[2])


def test_an_audit_speaks_of_a_theme_by_its_findings_of_the_kind_and_one_without_any_is_missing():
    t = tables_of("manchester", audits=[audit(i, "file_audit") for i in range(1, 5)], findings=[
        finding(1, "improvement", "Management oversight is weak"), finding(1, "improvement", "Visits", 2),
        finding(2, "improvement", "The chronology is out of date"), finding(3, "strength", "Management oversight is strong")])
    hit = speaks_of(t["audits"]["audit_id"], t["findings"], "supervision")
    assert hit.tolist()[:2] == [True, False] and hit.isna().tolist() == [False, False, True, True]
    assert speaks_of(t["audits"]["audit_id"], t["findings"], "supervision", "strength").fillna(False).tolist() == [
        False, False, True, False]
    assert np.array_equal(hit.index, t["audits"].index)
