"""Small counts: hidden where small, and never to be worked out from what is shown."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_analysis.disclosure import count_in_words, suppress_counts, suppress_shares


def test_counts_of_one_to_five_are_hidden_and_a_shown_zero_is_a_true_zero():
    table = pd.DataFrame({"reason": list("abcd"), "count": [0, 3, 4, 20]})
    out = suppress_counts(table, 6, lines=[()])
    assert out["count"].isna().tolist() == [False, True, True, False]
    assert out.loc[0, "count"] == 0


def test_a_single_hidden_cell_takes_the_smallest_other_cell_with_it():
    table = pd.DataFrame({"grade": list("OGRI"), "count": [3, 30, 12, 8]})
    assert suppress_counts(table, 6, lines=[()])["suppressed"].tolist() == [True, False, False, True]


def test_a_single_hidden_cell_among_zeros_takes_a_zero_with_it():
    table = pd.DataFrame({"grade": list("OGRI"), "count": [0, 0, 0, 4]})
    assert suppress_counts(table, 6, lines=[()])["suppressed"].sum() == 2


def test_the_table_given_is_not_changed():
    table = pd.DataFrame({"count": [3, 30], "n": [33, 33], "share": [3 / 33, 30 / 33]})
    before = table.copy()
    suppress_counts(table, 6)
    suppress_shares(table, 6)
    pd.testing.assert_frame_equal(table, before)


def test_a_share_is_hidden_when_its_count_its_remainder_or_its_base_is_small():
    table = pd.DataFrame({"count": [3, 37, 20, 2, 0], "n": [40, 40, 40, 4, 40]})
    table["share"] = table["count"] / table["n"]
    out = suppress_shares(table, 6)
    assert out["suppressed"].tolist() == [True, True, False, True, False]
    assert out["share"].isna().tolist() == [True, True, False, True, False]
    assert out["n"].isna().tolist() == [False, False, False, True, False]


def test_a_single_hidden_share_takes_another_with_it_where_their_sum_is_shown():
    table = pd.DataFrame({"service": list("abc"), "count": [3, 12, 20], "n": [40, 40, 40]})
    assert suppress_shares(table, 6)["suppressed"].tolist() == [True, False, False]
    assert suppress_shares(table, 6, lines=[()])["suppressed"].tolist() == [True, True, False]


def test_parts_of_a_shown_sum_are_hidden_together():
    """Outstanding and good make good or better, which is shown: hiding outstanding alone would give it away."""
    table = pd.DataFrame({"grade": list("OGRI"), "is_good": [True, True, False, False], "count": [1, 21, 21, 7]})
    out = suppress_counts(table, 6, lines=[["is_good"], ()])
    assert out["suppressed"].tolist() == [True, True, False, False]


def test_everything_is_shown_where_the_smallest_count_is_one():
    table = pd.DataFrame({"count": [1, 2], "n": [3, 3]})
    assert not suppress_counts(table, 1, n="n", lines=[()])["suppressed"].any()
    assert not suppress_shares(table, 1)["suppressed"].any()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.integers(0, 30), min_size=3, max_size=3), min_size=2, max_size=5))
def test_no_line_of_a_two_way_table_has_just_one_hidden_cell(rows):
    grid = np.array(rows)
    table = pd.DataFrame([{"service": i, "grade": j, "count": grid[i, j]} for i in range(len(grid)) for j in range(3)])
    out = suppress_counts(table, 6, lines=[["service"], ["grade"]])
    hidden = out.pivot(index="service", columns="grade", values="suppressed").to_numpy()
    assert not (hidden.sum(axis=0) == 1).any()
    assert not (hidden.sum(axis=1) == 1).any()
    shown = out.loc[~out["suppressed"], "count"]
    assert not shown.between(1, 5).any()


def test_counts_in_words_never_give_a_small_number_away():
    assert count_in_words(3, 6, noun="audit") == "fewer than 6 audits"
    assert count_in_words(0, 6, noun="audit") == "no audits"
    assert count_in_words(1234, 6, noun="audit") == "1,234 audits"
    assert count_in_words(1, 1, noun="audit") == "1 audit"
    assert count_in_words(float("nan"), 6, noun="audit") == "an unknown number of audits"


@pytest.mark.parametrize(("counts", "hidden"), [
    ((0, 4, 20, 10), True),  # 34 less 30 would give the four that were good
    ((2, 3, 20, 10), True),
    ((9, 30, 3, 2), True),  # five that were not
    ((9, 30, 8, 7), False),
    ((0, 30, 8, 0), False)])
def test_no_grade_is_shown_where_the_others_would_add_up_to_a_share_that_is_withheld(counts, hidden):
    import qa_analysis as qa
    from qa_analysis.context import Report
    from qa_analysis.periods import parse_period
    from qa_analysis.sections.grades import counts_as_seen

    profile = qa.load_profile("manchester")
    r = Report(None, None, profile, parse_period("2019-09"), "board", profile.disclosure["board"])
    table = pd.DataFrame({"span": "x", "grade": [g.label for g in profile.grades], "count": counts, "n": sum(counts),
                          "share": [c / sum(counts) for c in counts], "n_ungraded": 0, "n_other_basis": 0})
    shown = counts_as_seen(r, table, "span")
    assert shown["count"].isna().all() == hidden
    assert shown["n"].iloc[0] == sum(counts)
