"""Sentences on shares and changes say what the verdict says, with the figures they were given."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from words_checks import (
    COUNTS,
    LABELS,
    MAYBE_COUNTS,
    MAYBE_SHARES,
    SHARES,
    figures,
    figures_in,
    known,
    named,
    no_small_count,
    reads_well,
    reveals_none,
    rounded,
    says,
)

from qa_analysis import narrative as words
from qa_analysis.measures.compare import MIN_N

VERDICTS = st.sampled_from([words.ROSE, words.FELL, words.NO_CLEAR_CHANGE, words.TOO_FEW, None, float("nan")])
CHANGES = st.fixed_dictionaries(
    {
        "verdict": VERDICTS,
        "n": MAYBE_COUNTS,
        "n_before": MAYBE_COUNTS,
        "share_before": MAYBE_SHARES,
        "difference": st.one_of(
            st.integers(-1000, 1000).map(lambda i: i / 1000), st.sampled_from([float("nan"), float("inf")])
        ),
        "suppressed": st.booleans(),
    }
)
SINCE, WHEN = "August 2019", "September 2019"


@given(
    st.fixed_dictionaries(
        {
            "share": MAYBE_SHARES,
            "share_lower": MAYBE_SHARES,
            "share_upper": MAYBE_SHARES,
            "n": MAYBE_COUNTS,
            "suppressed": st.booleans(),
        }
    )
)
def test_a_share_prints_its_own_figures_or_none(row):
    text = words.share_now(
        row, "were closed by their due date", "actions that fell due", WHEN, one="action that fell due"
    )
    reads_well(text)
    printed = figures_in(text, WHEN)
    if row["suppressed"] or not known(row["n"]) or row["n"] == 0:
        assert not printed
    elif not known(row["share"]):
        assert printed == figures(counts=[row["n"]]) and says(text, "too few")
    else:
        limits = [row["share_lower"], row["share_upper"]]
        limits = limits if all(map(known, limits)) else []
        assert printed == figures(counts=[row["n"]], shares=[row["share"], *limits])
        assert ("interval" in text) == bool(limits)


@given(CHANGES)
def test_a_change_follows_its_verdict_and_prints_its_own_figures(row):
    text = words.change_since(row, SINCE, WHEN)
    reads_well(text)
    assert says(text, "clear rise") == (row["verdict"] == words.ROSE)
    assert says(text, "clear fall") == (row["verdict"] == words.FELL)
    assert says(text, "no clear change") == (row["verdict"] == words.NO_CLEAR_CHANGE)
    called = row["verdict"] in (words.ROSE, words.FELL, words.NO_CLEAR_CHANGE)
    then = called and known(row["share_before"]) and known(row["n_before"])
    allowed = figures(counts=[row["n_before"]], shares=[row["share_before"]]) if then else set()
    if row["verdict"] in (words.ROSE, words.FELL) and known(row["difference"]):
        size = rounded(abs(row["difference"]) * 100)
        allowed |= {size if size != "0" or row["difference"] == 0 else "1"}
    assert figures_in(text, SINCE, WHEN) == allowed


@given(CHANGES)
def test_words_on_too_few_name_the_period_that_had_too_few(row):
    row |= {"verdict": words.TOO_FEW, "suppressed": False}
    text = words.change(row, SINCE, WHEN)
    both = known(row["n"]) and known(row["n_before"])
    only_then = both and row["n_before"] < MIN_N <= row["n"]
    only_now = both and row["n"] < MIN_N <= row["n_before"]
    assert text.startswith(f"{SINCE} had too few") == only_then
    assert text.startswith(f"{WHEN} had too few") == only_now
    assert (text == f"too few to compare with {SINCE}") == (not only_then and not only_now)


def test_a_withheld_change_says_so_and_not_that_there_were_too_few():
    row = {"verdict": words.TOO_FEW, "suppressed": True, "n": 40, "n_before": 3}
    assert words.change_since(row, SINCE) == "The change since August 2019 is not shown, because the numbers are small."


@pytest.mark.parametrize(
    ("difference", "said"),
    [
        (0.004, "under 1 percentage point"),
        (0.01, "1 percentage point"),
        (-0.145, "15 percentage points"),
        (0.0, "0 percentage points"),
    ],
)
def test_the_size_of_a_change_is_one_point_or_many(difference, said):
    assert words.points(difference) == said


GRID = st.lists(
    st.fixed_dictionaries(
        {"label": LABELS, "verdict": VERDICTS, "n": COUNTS, "n_before": COUNTS, "suppressed": st.booleans()}
    ),
    max_size=7,
    unique_by=lambda x: x["label"],
)


@given(GRID)
def test_a_grid_counts_each_row_once_and_names_the_changed_ones(rows):
    text = words.changes_over(rows, "label", "practice standard", SINCE, "inspections", WHEN)
    reads_well(text)
    for row in rows:
        assert named(row["label"], text) == (row["verdict"] in (words.ROSE, words.FELL))
    few = sum(r["verdict"] not in (words.ROSE, words.FELL, words.NO_CLEAR_CHANGE) for r in rows)
    unclear = sum(r["verdict"] == words.NO_CLEAR_CHANGE for r in rows)
    assert says(text, "no clear change") == (unclear > 0)
    allowed = {str(few)} if 0 < few < len(rows) else set()
    allowed |= {str(unclear)} if unclear > 1 else set()
    assert figures_in(text, SINCE, WHEN) == allowed
    assert says(text, "too few", "too small") == (few > 0)
    for verdict in (words.ROSE, words.FELL):
        assert says(text, f" {verdict}") == any(r["verdict"] == verdict for r in rows)


def test_a_grid_with_no_audits_before_says_which_month_had_too_few():
    rows = [{"label": "A", "verdict": words.TOO_FEW, "n": 40, "n_before": 2}] * 2
    assert words.changes_over(rows, "label", "theme", SINCE, "audits", WHEN) == (
        "August 2019 had too few audits to compare any theme with."
    )
    assert words.changes_over(
        [x | {"n": 2, "n_before": 40} for x in rows], "label", "theme", SINCE, "audits", WHEN
    ) == ("September 2019 had too few audits to compare any theme with August 2019.")


@given(st.integers(1, 5), COUNTS)
def test_a_withheld_count_reads_the_same_whatever_it_is(n, whole):
    reveals_none(words.count(x, 6, "audit") for x in (n, 1, 5))
    reveals_none(words.verb(x, "was", "were", 6) for x in (n, 1, 5))
    reveals_none(words.part(whole + 12 - x, whole + 12, 6) for x in (n, 1, 5))
    no_small_count(words.part(n, whole + 6, 6), 6)
    assert words.part(whole + 6, whole + 6, 6) == f"{whole + 6:,}" and words.part(0, whole + 6, 6) == "none"
    no_small_count(words.count(n, 6, "audit"), 6)


@given(MAYBE_COUNTS, SHARES)
def test_a_count_is_itself_or_not_known(n, share):
    text = words.count(n, 1, "audit")
    assert figures_in(text) == (figures(counts=[n]) if known(n) and n else set())
    assert figures_in(words.percent(share)) == figures(shares=[share])
