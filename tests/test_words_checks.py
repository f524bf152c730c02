"""The checks that the tests of words rest on can fail."""

import pytest
from words_checks import as_percent, figures_in, no_small_count, reads_well, reveals_none


@pytest.mark.parametrize(
    "text",
    [
        "nan% of 5 audits.",
        "The share is inf.",
        "1 audits were good.",
        "12 audit was good.",
        "12 of them is late.",
        "No stop",
        "1 were late.",
        "two  spaces.",
        "lower case.",
        "1 graded audits.",
        "Twice..",
        "0 audits.",
        "No raised.",
        "5 urgent safety concern.",
        "1 of them are late.",
        "[c] audits.",
        "A ( gap).",
        "Fell by -3.",
    ],
)
def test_a_sentence_that_reads_badly_is_refused(text):
    with pytest.raises(AssertionError):
        reads_well(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1 of 12 audits was good.",
        "12 audits were good.",
        "A rise of under 1 percentage point.",
        "No audits were good.",
        "1 graded audit was good.",
        "1,201 audits were good.",
        "21 actions were open.",
    ],
)
def test_a_sentence_that_reads_well_is_let_through(text):
    reads_well(text)


def test_figures_are_found_and_periods_and_methods_are_not():
    assert figures_in("12.5% of 1,204 audits in May 2019 (95% interval 1% to 3%)", "May 2019") == {
        "12.5%",
        "1,204",
        "1%",
        "3%",
    }


def test_shares_are_rounded_half_up_and_never_to_none_or_all():
    assert [as_percent(s) for s in (0, 0.001, 0.125, 0.999, 1)] == ["0%", "1%", "13%", "99%", "100%"]


def test_small_counts_and_words_that_differ_are_refused():
    with pytest.raises(AssertionError):
        no_small_count("4 audits.", 6)
    with pytest.raises(AssertionError):
        reveals_none(["One.", "Two."])
    no_small_count("Fewer than 6 audits, 12 actions, 4%.", 6)
