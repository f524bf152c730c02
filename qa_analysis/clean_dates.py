"""Dates as people and programs type them. The order of day and month is inferred per column and file, never per row."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from qa_analysis.clean_words import BLANK, NOT_KNOWN, PENDING, words_key
from qa_analysis.coded import Coded, encode, recoded
from qa_analysis.issues import ValueFaults

FIRST_YEAR, LAST_YEAR = 1980, 2200  # a child's record of any year before is a typing error
_SERIAL_DAYS = (29_221, 65_000)  # spreadsheet serials from 1980 to 2077
_SERIAL_ZERO = date(1899, 12, 30)
_MONTHS = {
    name: i
    for i, names in enumerate(
        (
            "jan january",
            "feb february",
            "mar march",
            "apr april",
            "may",
            "jun june",
            "jul july",
            "aug august",
            "sep sept september",
            "oct october",
            "nov november",
            "dec december",
        ),
        1,
    )
    for name in names.split()
}
_TIME = r"(?:[T ,]+\d{1,2}[:.]\d{2}(?:[:.]\d{2}(?:\.\d+)?)?\s*(?:[AaPp][Mm])?\s*(?:Z|[+-]\d{2}:?\d{2})?)$"
_ISO = re.compile(r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$")
_COMPACT = re.compile(r"^((?:19|20)\d{2})(\d{2})(\d{2})$")
_THREE = re.compile(r"^(\d{1,2})\s?[-/.\s]\s?(\d{1,2})\s?[-/.\s]\s?(\d{4}|\d{2})$")
_DAY_MONTH = re.compile(r"^(\d{1,2})(?:st|nd|rd|th)?(?:\s+of)?[\s\-/.]*([A-Za-z]{3,9})\.?,?[\s\-/.]*(\d{4}|'?\d{2})?$")
_MONTH_DAY = re.compile(r"^([A-Za-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})$")
_MONTH_YEAR = re.compile(r"^([A-Za-z]{3,9})\.?[\s\-/']*(\d{4}|\d{2})$")
_YEAR_MONTH = re.compile(r"^(\d{4})[-/](\d{1,2})$")
_NUM_MONTH_YEAR = re.compile(r"^(\d{1,2})[-/](\d{4})$")
_WEEKDAY = re.compile(r"^(?:mon|tues?|wed(?:nes)?|thur?s?|fri|sat(?:ur)?|sun)(?:day)?,?\s+", re.IGNORECASE)
_WEEK = re.compile(r"^(?:w/?c|week commencing|week beginning|w/?b)\.?:?\s*", re.IGNORECASE)
_SERIAL = re.compile(r"^\d{5}(?:\.\d+)?$")
_SPAN = re.compile(r"^(.+?)(?:\s+to\s+|\s*[–—]\s*|\s+-\s+)(.+)$", re.IGNORECASE)
_SPAN_START = re.compile(r"^(\d{1,2})(?:st|nd|rd|th)?(?:\s+([A-Za-z]{3,9}))?$")
_SPAN_END = re.compile(r"^(\d{1,2})(?:st|nd|rd|th)?\s+([A-Za-z]{3,9})\s+(\d{4})\b")


@dataclass(frozen=True)
class Reading:
    """What one text says: a day, or why there is none. `swappable`: day and month could be the other way round."""

    day: date | None
    rule: str = ""
    swappable: tuple[int, int, int] | None = None
    order: str = ""
    whole_month: bool = False


def without_times(cells: Coded) -> Coded:
    """The column with the time of day dropped, so that few distinct texts remain."""
    plain = pc.replace_substring_regex(cells.values, _TIME, "")
    plain = pc.replace_substring_regex(plain, r"\s+00:00:00$", "")
    return recoded(cells, encode(plain, may_repeat=False))


def read_date(text: str) -> Reading:
    """One text read on its own: numbers like 03/04/2025 stay `swappable` until the column's order is known."""
    plain = _WEEKDAY.sub("", text.strip().rstrip("."))
    key = words_key(text)
    if text.casefold() in BLANK or key in NOT_KNOWN or not key:
        return Reading(None)
    if key in PENDING or key in ("ongoing", "open"):
        return Reading(None, "date pending")
    week = _WEEK.sub("", plain)
    if week != plain:
        inside = read_date(week)
        if inside.day or inside.swappable:
            return Reading(inside.day, "week commencing: its first day taken", inside.swappable, inside.order)
        return Reading(None, inside.rule or "not a date")
    if (m := _ISO.match(plain)) or (m := _COMPACT.match(plain)):
        return _day(int(m[1]), int(m[2]), int(m[3]))
    if _SERIAL.match(plain):
        days = int(float(plain))
        if _SERIAL_DAYS[0] <= days <= _SERIAL_DAYS[1]:
            return Reading(_SERIAL_ZERO + timedelta(days=days), "spreadsheet serial")
        return Reading(None, "not a date")
    if m := _THREE.match(plain):
        return _swappable(int(m[1]), int(m[2]), _year(m[3]))
    if (m := _MONTH_DAY.match(plain)) and m[1].lower() in _MONTHS:
        return _worded(_day(int(m[3]), _MONTHS[m[1].lower()], int(m[2])))
    if (m := _DAY_MONTH.match(plain)) and m[2].lower() in _MONTHS:
        if not m[3]:
            return Reading(None, "date without a year")
        return _worded(_day(_year(m[3]), _MONTHS[m[2].lower()], int(m[1])))
    if (m := _MONTH_YEAR.match(plain)) and m[1].lower() in _MONTHS:
        return _month(_year(m[2]), _MONTHS[m[1].lower()])
    if m := _YEAR_MONTH.match(plain):
        return _month(int(m[1]), int(m[2]))
    if m := _NUM_MONTH_YEAR.match(plain):
        return _month(int(m[2]), int(m[1]))
    if m := _SPAN.match(plain):
        return _first_of_span(m[1], m[2])
    return Reading(None, "not a date")


def _first_of_span(first: str, rest: str) -> Reading:
    """The first day of several: what the start leaves out (7 to 18 November 2022) stands at the end."""
    start, end = _SPAN_START.match(first), _SPAN_END.match(rest)
    if start and end and end[2].lower() in _MONTHS:
        month, last_month = _MONTHS.get((start[2] or end[2]).lower(), 0), _MONTHS[end[2].lower()]
        found = _day(int(end[3]) - (month > last_month), month, int(start[1]))
    else:
        found, last = read_date(first), read_date(rest)
        if not (last.day or last.swappable):
            return Reading(None, "not a date")
    if not (found.day or found.swappable):
        return Reading(None, found.rule or "not a date")
    return Reading(found.day, "several days: the first taken", found.swappable, found.order)


def _year(text: str) -> int:
    digits = text.strip("'")
    return int(digits) if len(digits) == 4 else 2000 + int(digits)


def _day(year: int, month: int, day: int) -> Reading:
    try:
        return Reading(date(year, month, day)) if FIRST_YEAR <= year <= LAST_YEAR else Reading(None, "impossible date")
    except ValueError:
        return Reading(None, "impossible date")


def _worded(reading: Reading) -> Reading:
    return Reading(reading.day, reading.rule or "date in words")


def _month(year: int, month: int) -> Reading:
    reading = _day(year, month, 1)
    return Reading(reading.day, reading.rule, whole_month=reading.day is not None)


def _swappable(first: int, second: int, year: int) -> Reading:
    day_first, month_first = _day(year, second, first), _day(year, first, second)
    if day_first.day and month_first.day:
        if first == second:
            return day_first
        return Reading(None, "", (first, second, year))
    if day_first.day:
        return Reading(day_first.day, order="day first")
    if month_first.day:
        return Reading(month_first.day, order="month first")
    return Reading(None, "impossible date")


def infer_order(readings: list[Reading], counts: np.ndarray) -> tuple[str, int, int]:
    """The order that the unambiguous cells of a column show: "day first", "month first", "mixed" or "" (none shows
    it), with the number of cells that speak for each."""
    day = int(sum(n for r, n in zip(readings, counts, strict=True) if r.order == "day first"))
    month = int(sum(n for r, n in zip(readings, counts, strict=True) if r.order == "month first"))
    order = "mixed" if day and month else "day first" if day else "month first" if month else ""
    return order, day, month


@dataclass(frozen=True)
class DateColumn:
    """One date column of one file, read once, before the order of day and month is settled."""

    name: str
    cells: Coded
    readings: list[Reading]
    counts: np.ndarray
    order: str
    n_day_first: int
    n_month_first: int

    @property
    def n_swappable(self) -> int:
        return int(sum(n for r, n in zip(self.readings, self.counts, strict=True) if r.swappable))


def look_at(name: str, cells: Coded) -> DateColumn:
    """The column with each distinct text read, and the order that it shows by itself."""
    plain = without_times(cells)
    readings = [read_date(t) for t in plain.texts()]
    counts = np.bincount(plain.codes[plain.codes >= 0], minlength=len(readings)) if len(readings) else np.array([], int)
    return DateColumn(name, plain, readings, counts, *infer_order(readings, counts))


def settle_orders(columns: list[DateColumn], declared: str | None) -> dict[str, tuple[str, str]]:
    """For each column the order to read it by and why: declared, shown by the column, or by the file's others.

    A column that shows both orders, or none where the file's others do not agree, has no order: its
    ambiguous cells stay blank and are listed.
    """
    shown = {c.order for c in columns if c.order}
    of_file = shown.pop() if len(shown) == 1 and "mixed" not in shown else ""
    out = {}
    for c in columns:
        if declared:
            out[c.name] = (declared, "declared in sources.yml")
        elif c.order == "mixed":
            out[c.name] = ("", f"{c.n_day_first} cells can only be day first and {c.n_month_first} only month first")
        elif c.order:
            n = c.n_day_first or c.n_month_first
            out[c.name] = (c.order, f"shown by {n} cell{'s' * (n != 1)} that can be read in one order only")
        elif of_file:
            out[c.name] = (of_file, "shown by the other date columns of the file")
        else:
            out[c.name] = ("", "no cell of the file shows the order")
    return out


def clean_dates(
    column: DateColumn, order: str, *, today: date, may_be_future: bool, month_is_enough: bool
) -> tuple[pd.Series, ValueFaults]:
    """The days, and the faults of the cells that hold none.

    `month_is_enough`: where only a month is given ("Apr-25") its first day is taken and listed as a repair; elsewhere
    such a cell is left blank. A date after `today` is left blank unless the column may lie in the future.
    """
    faults, days = ValueFaults(), []
    for code, (text, r) in enumerate(zip(column.cells.texts(), column.readings, strict=True)):
        day, rule, remedy = _settled(r, order)
        if day and r.whole_month:
            if month_is_enough:
                rule = "" if re.fullmatch(r"\d{4}-\d{2}", text) else "month without a day: its first day taken"
            else:
                day, rule, remedy = None, "month without a day", "Enter the day."
        if day and day > today and not may_be_future:
            day, rule, remedy = None, "date in the future", "Correct the year or the date."
        if rule:
            faults.add(code, rule, "repaired" if day else "left blank", day.isoformat() if day else "", remedy)
        days.append(np.datetime64(day, "ns") if day else np.datetime64("NaT", "ns"))
    lookup = np.array([*days, np.datetime64("NaT", "ns")], "datetime64[ns]")
    return pd.Series(lookup[column.cells.codes]), faults


def _settled(r: Reading, order: str) -> tuple[date | None, str, str]:
    if r.swappable:
        first, second, year = r.swappable
        if order == "day first":
            return date(year, second, first), r.rule, ""
        if order == "month first":
            return date(year, first, second), r.rule, ""
        return (
            None,
            "ambiguous date",
            "State date_order (day first or month first) in sources.yml, or enter 2025-04-03.",
        )
    remedies = {
        "impossible date": "Enter a date that exists, as 2025-04-03.",
        "date without a year": "Enter the year.",
        "date pending": "Enter the date when it is known.",
        "not a date": "Enter a date as 2025-04-03.",
    }
    return r.day, r.rule, remedies.get(r.rule, "") if r.day is None else ""
