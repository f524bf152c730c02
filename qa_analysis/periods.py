"""Periods that reports are made for: a month, a quarter of the financial year, a year, or all time."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd

from qa_analysis.errors import UserError


class PeriodError(UserError, ValueError):
    """The text is not a period; the message says what is allowed."""


@dataclass(frozen=True)
class Period:
    """A span of whole months: `start` and `end` are its first and last day; kind month | quarter | year | all."""

    text: str
    kind: str
    start: pd.Timestamp
    end: pd.Timestamp
    first_month: int = 4

    @property
    def label(self) -> str:
        """The period in a reader's words, e.g. "September 2019"."""
        if self.kind == "month":
            return f"{self.start:%B %Y}"
        if self.kind == "quarter":
            return f"quarter {self.text[-1]} of {_year_text(self.start, self.first_month)} ({self.start:%B} to {self.end:%B %Y})"
        if self.kind == "year":
            return f"the year {self.text} ({self.start:%B %Y} to {self.end:%B %Y})"
        if self.kind == "span":
            return f"the {self.n_months} months to {self.end:%B %Y}"
        return "all periods"

    @property
    def name(self) -> str:
        """The period in as few words as a sentence allows: "September 2019", "2019-20", "July to September 2019"."""
        if self.kind == "quarter":
            return f"{self.start:%B}{'' if self.start.year == self.end.year else f' {self.start:%Y}'} to {self.end:%B %Y}"
        return self.text if self.kind == "year" else self.label

    @property
    def n_months(self) -> int:
        return (self.end.year - self.start.year) * 12 + self.end.month - self.start.month + 1

    def holds(self, dates: pd.Series) -> pd.Series:
        """True where a date lies in the period; a missing date lies in no period."""
        return dates.between(self.start, self.end + pd.Timedelta(hours=23, minutes=59, seconds=59)).fillna(False).astype(bool)

    def before(self) -> Period | None:
        """The period of the same kind just before; None for all time."""
        return None if self.kind == "all" else _span(self, -self.n_months)

    def year_before(self) -> Period | None:
        """The same period one year earlier; None for all time."""
        return None if self.kind == "all" else _span(self, -12)

    def months(self, n: int | None = None) -> pd.PeriodIndex:
        """The months of the period, or the `n` months that end with its last."""
        last = self.end.to_period("M")
        first = last - (n - 1) if n else self.start.to_period("M")
        return pd.period_range(first, last, freq="M")

    def last_months(self, n: int) -> Period:
        """The `n` months that end with this period's last month."""
        start = (self.end.to_period("M") - (n - 1)).to_timestamp()
        return Period(f"{n}-months-to-{self.end:%Y-%m}", "span", start, self.end, self.first_month)


def _month(year: int, month: int) -> pd.Timestamp:
    return pd.Timestamp(year=year, month=month, day=1)


def _year_text(day: pd.Timestamp, first_month: int) -> str:
    year = day.year if day.month >= first_month else day.year - 1
    return str(year) if first_month == 1 else f"{year}-{(year + 1) % 100:02d}"


def _make(text: str, kind: str, start: pd.Timestamp, n_months: int, first_month: int) -> Period:
    end = start + pd.DateOffset(months=n_months) - pd.Timedelta(days=1)
    return Period(text, kind, start, end, first_month)


def _span(period: Period, months: int) -> Period:
    start = period.start + pd.DateOffset(months=months)
    if period.kind == "month":
        text = f"{start:%Y-%m}"
    elif period.kind == "quarter":
        year = start.year if start.month >= period.first_month else start.year - 1
        text = f"{year}-Q{(start.month - period.first_month) % 12 // 3 + 1}"
    elif period.kind == "year":
        text = _year_text(start, period.first_month)
    else:
        text = f"{period.n_months}-months-from-{start:%Y-%m}"
    return _make(text, period.kind, start, period.n_months, period.first_month)


def parse_period(text: str, first_month: int = 4) -> Period:
    """The period that `text` names.

    "2019-09" is a month, "2019-Q2" the second quarter of the year that begins in `first_month`
    2019, "2019-20" that year (or "2019" where the year is the calendar year), "all" everything.
    Raises PeriodError with the forms allowed.
    """
    text = str(text).strip()
    if text.lower() == "all":
        return Period("all", "all", pd.Timestamp("1900-01-01"), pd.Timestamp("2199-12-31"), first_month)
    if m := re.fullmatch(r"(\d{4})-[Qq]([1-4])", text):
        start = _month(int(m[1]), first_month) + pd.DateOffset(months=3 * (int(m[2]) - 1))
        return _make(text.upper(), "quarter", start, 3, first_month)
    if m := re.fullmatch(r"(\d{4})-(\d{2})", text):
        year, last = int(m[1]), int(m[2])
        if last == (year + 1) % 100 and first_month != 1 and not (1 <= last <= 12):
            return _make(text, "year", _month(year, first_month), 12, first_month)
        if 1 <= last <= 12:
            return _make(text, "month", _month(year, last), 1, first_month)
    if first_month == 1 and re.fullmatch(r"\d{4}", text):
        return _make(text, "year", _month(int(text), 1), 12, 1)
    if (m := re.fullmatch(r"(\d{4})[-/](\d{4})", text)) and int(m[2]) == int(m[1]) + 1 and first_month != 1:
        start = _month(int(m[1]), first_month)
        return _make(_year_text(start, first_month), "year", start, 12, first_month)
    raise PeriodError(
        f"period '{text}' is not understood. Use a month (2019-09), a quarter of the financial year "
        f"(2019-Q2 is July to September 2019), a year (2019-20) or all.")
