"""Numbers, ages, published figures and labels of periods."""

import pandas as pd
import pytest

from qa_analysis.clean_numbers import clean_numbers, clean_periods, clean_published
from qa_analysis.coded import as_text, encode
from qa_analysis.schema import TABLES

AGE, STAGE = TABLES["audits"].column("age_years"), TABLES["feedback"].column("stage")


def test_ages_are_read_with_their_unit_and_bounded():
    made, faults = clean_numbers(encode(["7", "14 years", "6 months", "107", "-3", "teen", ""]), AGE)
    assert made.iloc[:3].tolist() == [7, 14, 0] and made.iloc[3:].isna().all()
    assert faults.rules == ["age in words", "age in words", "outside 0 to 30", "outside 0 to 30", "not a number"]


def test_a_stage_is_a_whole_number():
    made, faults = clean_numbers(encode(["1", "2.0", "2.5"]), STAGE)
    assert made.tolist()[:2] == [1, 2] and pd.isna(made[2]) and faults.rules == ["not a whole number"]


def test_a_true_zero_stays_zero_and_a_symbol_has_no_value():
    values, symbols, faults = clean_published(encode(["0", "c", "LOW", "25.5", "1,234", "?"]))
    assert values.iloc[0] == 0 and values.iloc[3:5].tolist() == [25.5, 1234] and values.iloc[[1, 2, 5]].isna().all()
    assert as_text(symbols).iloc[[1, 2]].tolist() == ["c", "low"] and as_text(symbols).isna().tolist()[0]
    assert faults.rules == ["neither a number nor a published symbol"]


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("2025", "2025"),
        ("2025.0", "2025"),
        ("2024-25", "2024-25"),
        ("202425", "2024-25"),
        ("2019-09-01", "2019-09"),
        ("Sep-19", "2019-09"),
        ("2019-09", "2019-09"),
        ("2013/14-15/16", "2013/14-15/16"),
        ("2014-16", "2014-16"),
    ],
)
def test_labels_of_periods_stay_as_published_and_months_are_iso(text, label):
    assert clean_periods(encode([text]))[0][0] == label
