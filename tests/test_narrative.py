"""Sentences follow the verdicts and never contradict or give away a figure."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_analysis import narrative as words

SHARES = st.floats(0, 1, allow_nan=False)
VERDICTS = st.sampled_from([words.ROSE, words.FELL, words.NO_CLEAR_CHANGE, words.TOO_FEW, None, float("nan")])


@pytest.mark.parametrize(("value", "decimals", "text"), [
    (0.5, 0, "1"), (2.5, 0, "3"), (1234.5, 1, "1,234.5"), (-0.4, 0, "0"), (2.675, 2, "2.68"), (float("nan"), 0, "not known"),
    (float("inf"), 1, "not known"), (None, 0, "not known")])
def test_halves_round_up_and_missing_numbers_are_not_figures(value, decimals, text):
    assert words.number(value, decimals) == text


@pytest.mark.parametrize(("share", "text"), [
    (0, "0%"), (0.001, "under 1%"), (0.999, "over 99%"), (1, "100%"), (0.625, "63%"), (0.145, "15%"), (5 / 7, "71%")])
def test_only_a_true_zero_reads_zero_and_only_a_true_whole_reads_hundred(share, text):
    assert words.percent(share) == text


def test_a_share_comes_with_its_base_and_interval():
    row = {"share": 5 / 7, "share_lower": 0.3589, "share_upper": 0.9178, "n": 7}
    assert words.share_now(row, "were good or better", "graded audits", "September 2019") == (
        "71% of 7 graded audits in September 2019 were good or better (95% interval 36% to 92%).")


def test_no_audits_few_audits_and_hidden_figures_each_say_so():
    assert words.share_now({"n": 0}, "were good", "graded audits", "May 2019") == (
        "No graded audits in May 2019, so nothing can be said of the share that were good.")
    assert words.share_now({"n": 4, "share": math.nan}, "were good", "graded audits", "May 2019") == (
        "There were only 4 graded audits in May 2019: too few to give the share that were good.")
    hidden = words.share_now({"n": 40, "share": math.nan, "suppressed": True}, "were good", "graded audits", "May 2019")
    assert hidden == "The share of graded audits in May 2019 that were good is not shown, because the numbers are small."


@given(VERDICTS, SHARES, SHARES, st.integers(1, 500))
def test_rise_and_fall_are_said_only_where_the_verdict_says_so(verdict, before, difference, n):
    text = words.change({"verdict": verdict, "share_before": before, "n_before": n, "difference": difference}, "May 2019")
    assert ("clear rise" in text) == (verdict == words.ROSE)
    assert ("clear fall" in text) == (verdict == words.FELL)
    assert ("no clear change" in text) == (verdict == words.NO_CLEAR_CHANGE)


@given(st.lists(st.tuples(st.text("abcdef", min_size=1, max_size=5), VERDICTS), max_size=8, unique_by=lambda r: r[0]))
def test_a_grid_names_exactly_the_rows_that_changed(rows):
    table = [{"label": name.upper() + "!", "verdict": verdict} for name, verdict in rows]
    text = words.changes_over(table, "label", "theme", "May 2019")
    for row in table:
        changed = row["verdict"] in (words.ROSE, words.FELL)
        named = bool(re.search(rf"(?<![A-Z]){re.escape(row['label'])}", text))
        assert named == changed or text.startswith(row["label"]) == changed


def test_a_grid_with_changes_reads_as_one_sentence():
    rows = [{"t": "Planning", "verdict": "fell"}, {"t": "Assessment", "verdict": "no clear change"},
            {"t": "Supervision", "verdict": "rose"}, {"t": "Voice", "verdict": "too few"}]
    assert words.changes_over(rows, "t", "practice standard", "August 2019") == (
        "Since August 2019, Planning fell; Supervision rose; no clear change in the other practice standard; "
        "1 practice standard had too few audits to compare.")
    assert words.changes_over(rows[1:2] * 2, "t", "theme", "August 2019") == (
        "No clear change since August 2019 in any of the 2 themes that could be compared.")
    assert words.changes_over([], "t", "theme", "August 2019") == "There is no theme to compare with August 2019."
    assert words.changes_over(rows[3:], "t", "theme", "August 2019") == (
        "Too few audits to compare any theme with August 2019.")


def test_lists_and_counts_read_as_english():
    assert words.listed([]) == ""
    assert words.listed(["a"]) == "a"
    assert words.listed(["a", "b", "c"]) == "a, b and c"
    assert [words.counted(n, "audit") for n in (0, 1, 12)] == ["no audits", "1 audit", "12 audits"]
    assert words.counted(math.nan, "audit") == "an unknown number of audits"
    assert words.sentence("  two   spaces ") == "Two spaces."
    assert words.interval(math.nan, 0.4) == ""


def test_one_is_spoken_of_as_one():
    row = {"share": None, "n": 1}
    assert words.share_now(row, "were good", "graded audits", "May 2019").startswith("There was only 1 graded audit in")
