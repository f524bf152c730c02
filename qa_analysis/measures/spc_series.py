"""Rows of many series put in order for control charts: names, dates and settings proved, faults named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from qa_analysis.errors import UserError
from qa_analysis.measures.intervals import as_numbers, need_columns

By = str | Sequence[str] | None
PerSeries = Any  # one value for all series, or a mapping (dict, Series) from series to value
DIRECTIONS = {"increase": 1, "decrease": -1, "neutral": 0}
FIX_AFTER_AT_LEAST = 12  # points that a fixed baseline must have, as the reference tool demands


class SeriesError(UserError, ValueError):
    """The series can't be charted; the message names the series, the dates or the values allowed."""


class SeriesIndex(NamedTuple):
    """Rows in order of series and date: which series each is of, the date, and the series' names."""

    code: np.ndarray
    date: np.ndarray
    names: pd.Index


class Settings(NamedTuple):
    """What was asked of each series: direction as -1, 0, 1; target, NaN for none; rows to fix on, inf for all."""

    direction: np.ndarray
    target: np.ndarray
    fix_after: np.ndarray
    screen: np.ndarray


def listed(by: By) -> list[str]:
    return [] if by is None else [by] if isinstance(by, str) else list(by)


def complete_months(df: pd.DataFrame, date: str = "date", by: By = "series_id", first=None, last=None) -> pd.DataFrame:
    """`df` with a row for every calendar month of each series, so that a missing month stays missing in a chart.

    Dates become the first day of their month. An added row has its series and month; all else is missing. Each
    series runs from its own first to its own last month, stretched to `first` and `last` where they are given (dates).
    Raises SeriesError where a series has two rows in one month (add them up first), for missing dates or names.
    """
    need_columns(df, [date, *listed(by)])
    out = df.assign(**{date: as_days(df, date).dt.to_period("M").dt.to_timestamp()})
    code, _ = series_codes(out, by)
    refuse_repeats(out, code, date, by, "a month")
    if out.empty:
        return out
    ordinal = out[date].dt.year * 12 + out[date].dt.month - 1
    ends = ordinal.groupby(code).agg(["min", "max"])
    for end, wanted, wider in (("min", first, np.minimum), ("max", last, np.maximum)):
        if wanted is not None:
            ends[end] = wider(ends[end], pd.Timestamp(wanted).year * 12 + pd.Timestamp(wanted).month - 1)
    n_months = (ends["max"] - ends["min"] + 1).to_numpy()
    first_row = np.unique(code, return_index=True)[1]
    grid = out.iloc[np.repeat(first_row, n_months)][listed(by)].reset_index(drop=True)
    month = np.concatenate([np.arange(a, b + 1) for a, b in ends.to_numpy()])
    grid[date] = pd.to_datetime({"year": month // 12, "month": month % 12 + 1, "day": 1}).astype(out[date].dtype)
    return grid.merge(out, on=[*listed(by), date], how="left")[list(df.columns)]


def in_order(df: pd.DataFrame, value: str, date: str, by: By, added: Iterable[str]) -> tuple[pd.DataFrame, SeriesIndex]:
    """The table in order of series and date with `value` as floats (infinite is missing), and who is who.

    Columns named as those that a chart adds (`added`) are dropped, so that a chart can be made of a chart.
    """
    need_columns(df, [value, date, *listed(by)])
    clash = sorted({value, date, *listed(by)} & set(added))
    if clash:
        raise SeriesError(f"column {', '.join(map(repr, clash))}: the chart itself gives that name. Rename it first.")
    days = as_days(df, date)
    code, names = series_codes(df, by)
    stamp = days.to_numpy()
    if not _ascending(code, stamp):
        refuse_repeats(df.assign(**{date: days}), code, date, by, "a date")
        order = np.lexsort((stamp, code))
        df, code, stamp = df.iloc[order], code[order], stamp[order]
    values = as_numbers(df[value])
    base = df.drop(columns=[c for c in added if c in df.columns]).reset_index(drop=True)
    base[value], base[date] = np.where(np.isfinite(values), values, np.nan), stamp
    return base, SeriesIndex(code, stamp, names)


def series_codes(df: pd.DataFrame, by: By) -> tuple[np.ndarray, pd.Index]:
    """A number for each row's series, in order of name, and the names."""
    names = listed(by)
    if not names:
        return np.zeros(len(df), dtype=np.intp), pd.Index(["all"])
    lost = df[names].isna().any(axis=1)
    if lost.any():
        raise SeriesError(f"{lost.sum()} row(s) have no {' or '.join(names)}: row {_some(df.index[lost])}. "
                          "Name the series of each row, or leave the rows out.")
    if len(names) == 1:
        return pd.factorize(df[names[0]], sort=True)
    groups = df.groupby(names, sort=True, observed=True)
    return groups.ngroup().to_numpy(), groups.size().index


def as_days(df: pd.DataFrame, date: str) -> pd.Series:
    """The column's dates; a date that is missing or no date is refused by row."""
    days = df[date]
    if isinstance(days.dtype, pd.PeriodDtype):
        days = days.dt.to_timestamp()
    elif days.dtype.kind != "M":
        text = days.astype("str").where(~days.map(lambda d: isinstance(d, int | float)))
        days = pd.to_datetime(text, format="ISO8601", errors="coerce")
    if days.isna().any():
        lost = days.isna()
        raise SeriesError(f"column '{date}': {lost.sum()} date(s) are missing or not understood: "
                          f"row {_some(df.index[lost])}. Give dates such as 2019-09-01.")
    return days


def refuse_repeats(df: pd.DataFrame, code: np.ndarray, date: str, by: By, what: str) -> None:
    """Raise SeriesError for series that have two rows on one date, naming them."""
    again = pd.DataFrame({"code": code, "date": df[date].to_numpy()}).duplicated().to_numpy()
    if again.any():
        rows = [" ".join([*(str(row[name]) for name in listed(by)), f"{row[date]:%Y-%m-%d}"])
                for _, row in df[again].head(5).iterrows()]
        raise SeriesError(f"{again.sum()} row(s) repeat {what} of their series: {_some(rows, again.sum(), '; ')}. "
                          "Add up or remove the repeats, or name more columns in `by`.")


def settings(series: SeriesIndex, direction: PerSeries, target: PerSeries, fix_after: PerSeries,
             screen: PerSeries = True) -> Settings:
    """The settings of each series, checked; what is allowed is in the message."""
    ways = per_series(direction, series.names, "neutral", "direction")
    unknown = sorted({str(way) for way in ways if not isinstance(way, str) or way not in DIRECTIONS})
    if unknown:
        raise SeriesError(f"direction {', '.join(map(repr, unknown))} is not known. Use {', '.join(DIRECTIONS)}.")
    goal = np.array(as_numbers(per_series(target, series.names, np.nan, "target")), dtype=float)
    fixed = np.array(as_numbers(per_series(fix_after, series.names, np.inf, "fix_after")), dtype=float)
    if (fixed < FIX_AFTER_AT_LEAST).any():
        raise SeriesError(f"fix_after {fixed.min():g} is too few points to fix limits on. "
                          f"Use {FIX_AFTER_AT_LEAST} or more, or leave it out.")
    screened = per_series(screen, series.names, True, "screen_outliers")
    if not all(isinstance(yes, bool | np.bool_) for yes in screened):
        raise SeriesError(f"screen_outliers {_some({repr(yes) for yes in screened})} is not known. Use True or False.")
    return Settings(np.array([DIRECTIONS[way] for way in ways], dtype=np.int8),
                    np.where(np.isfinite(goal), goal, np.nan), fixed, screened.astype(bool))


def per_series(given: PerSeries, names: pd.Index, default, what: str) -> np.ndarray:
    """`given` spread over the series: one value for all, or looked up by name; missing is `default`."""
    given = given.to_dict() if isinstance(given, pd.Series) else given
    out = np.empty(len(names), dtype=object)
    if isinstance(given, Mapping):
        if given and len(names) and not any(name in given for name in names):
            raise SeriesError(f"{what}: it names {_some(given)}, and none of these is a series of the table, "
                              f"which has {_some(names)}.")
        out[:] = [default if _missing(v := given.get(name)) else v for name in names]
    else:
        out.fill(default if _missing(given) else given)  # a list (of dates) is one value
    return out


def recalculations(series: SeriesIndex, rebase: PerSeries) -> tuple[np.ndarray, list[str]]:
    """Rows at which a series is worked out afresh, and each series' dates that are no row of it (text, "" if none)."""
    wanted = per_series(rebase, series.names, (), "rebase")
    starts = np.zeros(series.code.size, dtype=bool)
    ignored = [""] * len(series.names)
    if not any(len(w) if isinstance(w, Sequence) else True for w in wanted):
        return starts, ignored
    first = np.searchsorted(series.code, np.arange(len(series.names) + 1))
    seen: dict[Any, np.ndarray] = {}
    for i, given in enumerate(wanted):
        key = given if isinstance(given, str | tuple) else id(given)
        dates = seen[key] = seen[key] if key in seen else _dates(given)
        own = series.date[first[i]:first[i + 1]]
        at = np.searchsorted(own, dates)
        found = (at < own.size) & (own[np.minimum(at, own.size - 1)] == dates)
        starts[first[i] + at[found]] = True
        ignored[i] = ";".join(f"{pd.Timestamp(d):%Y-%m-%d}" for d in dates[~found])
    return starts, ignored


def _dates(given) -> np.ndarray:
    if isinstance(given, str):
        given = [d.strip() for d in given.split(";") if d.strip()]
    elif not isinstance(given, Iterable):
        given = [given]
    try:
        dates = pd.DatetimeIndex([pd.Timestamp(d) for d in given])
    except (ValueError, TypeError):
        dates = pd.DatetimeIndex([pd.NaT])
    if dates.isna().any():
        raise SeriesError(f"rebase: {given!r} is no date or list of dates. Give dates such as 2019-04-01.")
    return dates.sort_values().unique().to_numpy()


def _ascending(code: np.ndarray, stamp: np.ndarray) -> bool:
    next_series = np.diff(code)
    later = np.diff(stamp) > np.timedelta64(0)
    return bool(((next_series > 0) | ((next_series == 0) & later)).all())


def _missing(value) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and np.isnan(value))


def _some(rows: Iterable, n: int | None = None, join: str = ", ") -> str:
    rows = list(rows)
    n = len(rows) if n is None else n
    return join.join(str(r) for r in rows[:5]) + (f" and {n - 5} more" if n > 5 else "")
