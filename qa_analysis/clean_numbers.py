"""Numbers, published figures and the labels of periods, as typed."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from qa_analysis.clean_dates import read_date
from qa_analysis.clean_words import BLANK, NOT_KNOWN, PENDING, words_key
from qa_analysis.coded import Coded
from qa_analysis.issues import ValueFaults
from qa_analysis.symbols import parse_number, parse_published

_YEARS = re.compile(r"^(\d{1,2}(?:\.\d+)?)\s*(?:y|yr|yrs|year|years|years old)\.?$", re.IGNORECASE)
_MONTHS = re.compile(r"^(\d{1,3})\s*(?:m|mth|mths|month|months)\.?(?: old)?$", re.IGNORECASE)
_PERIOD = re.compile(r"^\d{4}(?:[-/](?:\d{2}|\d{4}|Q[1-4]))?(?:[-/].*)?$")


def clean_numbers(cells: Coded, column) -> tuple[pd.Series, ValueFaults]:
    """Numbers within the column's bounds; anything else is left blank and listed.

    Ages may carry "years" or "months".
    """
    faults, of_value = ValueFaults(), []
    for code, text in enumerate(cells.texts()):
        number, rule = _read_number(text, column.unit == "years")
        if number is not None and column.kind == "integer" and number != int(number):
            number, rule = None, "not a whole number"
        low, high = column.minimum, column.maximum
        if number is not None and ((low is not None and number < low) or (high is not None and number > high)):
            number, rule = None, f"outside {_bounds(low, high)}"
        if rule:
            used = "" if number is None else f"{number:g}"
            faults.add(
                code,
                rule,
                "left blank" if number is None else "repaired",
                used,
                "" if number is not None else f"Enter a number {_bounds(low, high)}".strip() + ".",
            )
        of_value.append(np.nan if number is None else number)
    values = np.array([*of_value, np.nan], float)[cells.codes]
    series = pd.Series(values)
    return (series.astype("Int64") if column.kind == "integer" else series), faults


def _bounds(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f"{low:g} to {high:g}"
    return f"{low:g} or more" if low is not None else f"{high:g} or less" if high is not None else ""


def _read_number(text: str, is_age: bool) -> tuple[float | None, str]:
    if text.casefold() in BLANK or words_key(text) in NOT_KNOWN:
        return None, ""
    if (number := parse_number(text)) is not None:
        return number, ""
    if is_age and (m := _YEARS.match(text)):
        return float(m[1]), "age in words"
    if is_age and (m := _MONTHS.match(text)):
        return int(m[1]) // 12, "age in words"
    return None, "number pending" if words_key(text) in PENDING else "not a number"


def clean_published(cells: Coded) -> tuple[pd.Series, Coded, ValueFaults]:
    """Published figures: their values, and their symbols as a column of their own. A printed 0 is a true zero."""
    import pyarrow as pa

    faults, values, symbols = ValueFaults(), [], []
    for code, text in enumerate(cells.texts()):
        found = parse_published(text)
        if not found.understood:
            faults.add(
                code,
                "neither a number nor a published symbol",
                "left blank",
                "",
                "Enter a number or one of the published symbols c, z, x, k, low, u.",
            )
        values.append(found.value)
        symbols.append(found.symbol)
    series = pd.Series(np.array([*values, np.nan], float)[cells.codes])
    is_symbol = np.array([bool(s) for s in symbols] + [False], bool)[cells.codes]
    codes = np.where(is_symbol, cells.codes, np.int32(-1))
    return series, Coded(codes, pa.array(symbols, pa.large_string())), faults


def clean_periods(cells: Coded) -> tuple[pd.Series, ValueFaults]:
    """Labels of periods as published ("2025", "2024-25"); a date or month name becomes its month ("2019-09")."""
    import pyarrow as pa

    faults, made = ValueFaults(), []
    for code, text in enumerate(cells.texts()):
        label = re.sub(r"\.0$", "", text)
        if re.fullmatch(r"(?:19|20)\d{4}", label) and int(label[4:]) == (int(label[2:4]) + 1) % 100:
            label = f"{label[:4]}-{label[4:]}"
        elif (day := read_date(label).day) and (
            re.fullmatch(r"\d{4}-\d{2}-\d{2}.*", label) or not _PERIOD.match(label)
        ):
            label = f"{day:%Y-%m}"
        if label != text:
            faults.add(code, "form of a period", "repaired", label)
        made.append(label)
    values = pa.array(made, pa.large_string())
    cells_text = values.take(pa.array(cells.codes, mask=cells.codes < 0))
    return pd.Series(cells_text.to_pandas(), dtype="str"), faults
