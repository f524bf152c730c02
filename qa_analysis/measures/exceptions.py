"""Exceptions: indicators that changed beyond chance, or are out of step with England or with statistical neighbours.

Three tests, each in the direction that the indicator's polarity makes matter; an indicator without a direction can only
be flagged for change. How often noise is flagged is measured in docs/statistics_exceptions.md.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from qa_analysis.measures import spc
from qa_analysis.measures.compare import ALPHA

CHANGE, ENGLAND, NEIGHBOURS = "change over time", "out of step with England", "out of step with neighbours"
CONCERN, IMPROVEMENT, NEUTRAL = "concern", "improvement", "no direction"
MIN_POINTS = 12  # a shorter series has trial limits only, and no exception is called on them
DIRECTION_OF = {"high": "increase", "low": "decrease", "neither": "neutral"}
COLUMNS = ["indicator", "indicator_name", "period", "value", "unit", "kind", "direction", "compared_with", "p", "rule"]


def indicator_points(indicators: pd.DataFrame, area_code: str) -> pd.DataFrame:
    """The control chart of each of an area's indicators that is reported by month: XmR points, one row a month.

    Columns of `spc.xmr` with series_id = indicator and date = first day of the month. A month without a row is there with a
    missing value, so that a gap is never bridged. Percentages have limits within 0 and 100. No rows where nothing is
    reported by month.
    """
    own = indicators[indicators["area_code"].eq(str(area_code)) & indicators["area_level"].eq("authority")]
    own = own[own["period"].astype(str).str.fullmatch(r"\d{4}-(0[1-9]|1[0-2])").fillna(False).astype(bool)]
    own = own[~_looks_yearly(own)]
    if own.empty:
        return pd.DataFrame()
    table = own.assign(series_id=own["indicator"].astype(str), date=pd.to_datetime(own["period"] + "-01"))
    full = spc.complete_months(table[["series_id", "date", "value"]])
    names = table.drop_duplicates("series_id").set_index("series_id")
    way = {k: DIRECTION_OF.get(str(v), "neutral") for k, v in names["polarity"].items()}
    points = spc.xmr(full, direction=way)
    for column in ("indicator_name", "unit"):
        points[column] = points["series_id"].map(names[column])
    share = points["unit"].astype(str).str.contains("%") & points["value"].between(0, 100).groupby(
        points["series_id"]
    ).transform("all")
    for column in ("lpl", "upl", "nlpl", "nupl"):
        points[column] = points[column].where(~share, points[column].clip(0, 100))
    return points


def _looks_yearly(own: pd.DataFrame) -> pd.Series:
    """True for financial years that read like months: 2009-10 in an indicator that has no other month of that year."""
    year, tail = own["period"].str[:4].astype(int), own["period"].str[5:].astype(int)
    like_year = tail == (year + 1) % 100
    return like_year.groupby(own["indicator"], observed=True).transform("all")


def exceptions(benchmarks: pd.DataFrame, points: pd.DataFrame, alpha: float = ALPHA) -> pd.DataFrame:
    """One row per indicator and reason to look at it: concerns first, then improvements, by indicator.

    `benchmarks` from `benchmark_table`, `points` from `indicator_points` (either may be empty). Columns: indicator,
    indicator_name, period, value, unit, kind ('change over time' | 'out of step with England' | 'out of step with
    neighbours'), direction ('concern' | 'improvement' | 'no direction'), compared_with (the mean of the series or of the
    other areas), p (corrected for the number of indicators; missing for a control chart), rule (of the chart). A change is called
    on the latest month with a value, from 12 months on; out of step where the corrected p is below `alpha`.
    """
    rows = [*_changes(points), *_out_of_step(benchmarks, alpha)]
    table = pd.DataFrame(rows, columns=COLUMNS)
    order = {CONCERN: 0, IMPROVEMENT: 1, NEUTRAL: 2}
    return table.sort_values(
        ["direction", "indicator_name", "kind"],
        key=lambda c: c.map(order) if c.name == "direction" else c,
        kind="stable",
    ).reset_index(drop=True)


def _changes(points: pd.DataFrame) -> list[dict]:
    if points.empty:
        return []
    known = points[points["value"].notna()]
    n = known.groupby("series_id")["value"].transform("count")
    latest = known[n >= MIN_POINTS].sort_values("date").groupby("series_id").tail(1)
    flagged = latest[latest["special_cause_flag"].astype(bool)]
    words = {"special_cause_improvement": IMPROVEMENT, "special_cause_concern": CONCERN}
    return [
        {
            "indicator": p["series_id"],
            "indicator_name": p["indicator_name"],
            "period": f"{p['date']:%Y-%m}",
            "value": p["value"],
            "unit": p["unit"],
            "kind": CHANGE,
            "direction": words.get(p["point_type"], NEUTRAL),
            "compared_with": p["mean"],
            "p": np.nan,
            "rule": p["special_cause_type"],
        }
        for p in flagged.to_dict("records")
    ]


def _out_of_step(benchmarks: pd.DataFrame, alpha: float) -> list[dict]:
    rows = []
    for b in benchmarks.to_dict("records"):
        for kind, p, other in (
            (ENGLAND, "p_england_adjusted", "england_value"),
            (NEIGHBOURS, "p_neighbours_adjusted", "neighbours_mean"),
        ):
            way = b[f"vs_{'england' if kind == ENGLAND else 'neighbours'}"]
            if b[p] < alpha and way in ("better", "worse"):
                rows.append(
                    {
                        "indicator": b["indicator"],
                        "indicator_name": b["indicator_name"],
                        "period": b["period"],
                        "value": b["value"],
                        "unit": b["unit"],
                        "kind": kind,
                        "direction": CONCERN if way == "worse" else IMPROVEMENT,
                        "compared_with": b[other],
                        "p": b[p],
                        "rule": None,
                    }
                )
    return rows
