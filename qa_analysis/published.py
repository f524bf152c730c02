"""When the time that a published figure speaks of ends: "2025" is a year to March, a school year, or a day in autumn."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import pandas as pd
import yaml

from qa_analysis.profile_model import Profile

FINANCIAL, ACADEMIC, CALENDAR, SEPTEMBER, JANUARY = "financial", "academic", "calendar", "september", "january"
_ENDS = {FINANCIAL: (3, 31), ACADEMIC: (8, 31), CALENDAR: (12, 31), SEPTEMBER: (9, 30), JANUARY: (1, 31)}
_MONTH = r"\d{4}-(0[1-9]|1[0-2])"


@lru_cache(maxsize=1)
def shipped_years() -> dict[str, str]:
    """The kind of year of each key that publishers do not count to 31 March: academic, calendar, september, january."""
    path = Path(__file__).with_name("published_years.yml")
    kinds = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {str(key): kind for kind, keys in kinds.items() for key in keys}


def year_kinds(profile: Profile) -> dict[str, str]:
    """The kind of year of every indicator of the profile, by its own id and by each key it is published under.

    What the profile says (`benchmark.year`) goes first, then the list that ships with the package; the workforce table
    is counted in September, and everything else to 31 March.
    """
    out = dict(shipped_years())
    for id, indicator in profile.indicators.items():
        keys = indicator.benchmark
        if keys.workforce:
            out[keys.workforce] = SEPTEMBER
        own = keys.year or (SEPTEMBER if keys.workforce else out.get(keys.lait or "", FINANCIAL))
        out[id] = own
        for key in (keys.lait, keys.outcomes, keys.workforce) if keys.year else ():
            if key:
                out[key] = own
    return out


def period_end(period: str, kind: str = FINANCIAL) -> pd.Timestamp | None:
    """The last day of a published period; None for a text that names no time.

    A month (2025-03) ends with its last day. Of a span ("2024-25", "2014-16", "2013/14-15/16") the last year counts,
    and the kind of year says on which day it ends. Several years without a kind of their own end with December.
    """
    if re.fullmatch(_MONTH, period):
        return pd.Timestamp(period) + pd.offsets.MonthEnd(0)
    years = re.match(r"(\d{4})(?:/\d{2})?(?:-(?:\d{2}/)?(\d{2}|\d{4})\b)?", period)
    if not years or years[1] < "1900":
        return None
    first = int(years[1])
    last = first if not years[2] else first // 100 * 100 + int(years[2][-2:])
    if last - first > 1 and "/" not in period and kind == FINANCIAL:
        return pd.Timestamp(last, 12, 31)
    return pd.Timestamp(last, *_ENDS[kind])


def period_words(period: str, kind: str = FINANCIAL) -> str:
    """A published period as a reader knows it: "March 2025", "School year 2024/25", "Calendar year 2024"."""
    end = period_end(period, kind)
    if end is None or re.fullmatch(_MONTH, period):
        return period if end is None else f"{end:%B %Y}"
    if not re.fullmatch(r"\d{4}", period):
        return period
    return {
        ACADEMIC: f"School year {end.year - 1}/{end.year % 100:02d}",
        CALENDAR: f"Calendar year {end.year}",
    }.get(kind, f"{end:%B %Y}")


def up_to(table: pd.DataFrame, end: pd.Timestamp, kinds: dict[str, str]) -> pd.DataFrame:
    """The rows of `indicators` whose time had ended by that day; `kinds` from `year_kinds`."""
    each = table[["period", "indicator"]].astype("str").drop_duplicates()
    ends = [period_end(p, kinds.get(i, FINANCIAL)) for p, i in each.itertuples(index=False)]
    known = pd.MultiIndex.from_frame(each[pd.Series([e is not None and e <= end for e in ends], each.index, dtype=bool)])
    return table[pd.MultiIndex.from_frame(table[["period", "indicator"]].astype("str")).isin(known)]
