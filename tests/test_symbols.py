"""The one parser of published symbols."""

import math

import pytest

from qa_analysis.symbols import SYMBOLS, parse_number, parse_published


@pytest.mark.parametrize("symbol", ["c", "z", "x", "k", "low", "u", ":", "~", "..", "-"])
def test_each_symbol_is_known_in_either_case_and_has_no_value(symbol):
    for text in (symbol, symbol.upper(), f"[{symbol}]", f" {symbol} "):
        found = parse_published(text)
        assert math.isnan(found.value) and found.symbol == symbol and SYMBOLS[symbol]


def test_zero_is_a_true_zero():
    assert parse_published("0") == (0.0, "", True)


def test_an_empty_cell_has_neither_value_nor_symbol():
    assert math.isnan(parse_published("").value) and parse_published("").symbol == ""


def test_what_is_neither_is_said():
    assert not parse_published("many").understood


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1,234", 1234),
        ("12%", 12),
        ("£30", 30),
        ("\u22125", -5),
        ("nan", None),
        ("inf", None),
        ("1_0", None),
        ("", None),
        ("x", None),
    ],
)
def test_numbers_are_read_as_printed(text, number):
    assert parse_number(text) == number
