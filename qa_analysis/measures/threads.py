"""How good each standard of practice is, whether that changed, and which standards hold the overall grade down.

The standards are the profile's (golden threads, inspection areas); a rating is one standard's grade in one audit.
Each rating stands on its audit: how the case was chosen, when and where.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from qa_analysis.measures.compare import ALPHA, adjust_p, trend_in_shares
from qa_analysis.measures.grades import (
    estimate_basis,
    good_or_better,
    grade_change,
    grades_by_month,
    is_good,
    sample_basis,
    twelve_months_before,
)
from qa_analysis.measures.paired import paired_direction
from qa_analysis.measures.shares import MIN_N, By, is_among, listed, share_by
from qa_analysis.periods import Period

TREND_MONTHS = 12  # months that a trend is looked for in
MIN_TREND_MONTHS = 6  # months with ratings that a trend needs
_FROM_AUDIT = ("audit_date", "case_id", "service", "locality", "team", "send", "activity", "audit_type", "selection",
               "reaudit_of", "agencies")


def ratings_with_audits(ratings: pd.DataFrame, audits: pd.DataFrame) -> pd.DataFrame:
    """The ratings with date, place, selection and overall grade of their audit: `grade` is the standard's.

    Any measure of `grades` can be taken of it, e.g. `grade_counts(…, by="standard")`. Adds `overall` (the audit's
    grade that counts). Ratings of audits that are not in `audits` are left out.
    """
    own = [c for c in _FROM_AUDIT if c in audits and c not in ratings]
    ratings = ratings[is_among(ratings["audit_id"], audits["audit_id"])]  # a merge of few is quick
    return ratings.merge(audits[["audit_id", *own, "grade"]].rename(columns={"grade": "overall"}), on="audit_id")


def thread_profile(ratings: pd.DataFrame, audits: pd.DataFrame, period: Period, basis: str | None = None,
                   good_grades: Collection[str] | None = None, min_n: int = MIN_N) -> pd.DataFrame:
    """Each standard in one row: how many good or better, changed or not, and better or worse than the overall grade.

    Columns: standard, count, n, share, share_lower, share_upper (good or better, of ratings in the period), n_ungraded,
    n_other_basis, basis; share_before, n_before, difference, difference_lower, difference_upper, verdict against the
    previous period, and the same ending in _12_months against the twelve months before (see `grade_change`; p-values
    adjusted over the standards); from audits that have both grades n_paired, n_above, n_same, n_below (the standard's
    grade against the overall one), net_share ((above - below) / n_paired) with limits, p_adjusted, verdict_overall:
    'above overall', 'below overall', 'no clear difference' or 'too few'. The counts of each grade are
    `grade_counts(ratings_with_audits(…), by="standard")`.
    """
    basis = estimate_basis(audits, basis)
    compared = [p for p in (period, period.before(), twelve_months_before(period)) if p is not None]
    table = ratings_with_audits(ratings, _dated(audits, *compared))
    now = table[period.holds(table["audit_date"])]
    out = good_or_better(now, "standard", basis, good_grades, min_n=min_n)
    moved = grade_change(table, period, "standard", basis, good_grades, min_n=min_n,
                         comparisons=("previous period", "twelve months before"))
    for name, end in (("previous period", ""), ("twelve months before", "_12_months")):
        part = moved.loc[moved["comparison"] == name, ["standard", *_CHANGE]]
        part = part.rename(columns={c: c + end for c in _CHANGE})
        out = out.merge(part, on="standard", how="left")
        out[f"verdict{end}"] = out[f"verdict{end}"].fillna("too few")
    pairs = paired_direction(now[sample_basis(now) == basis], "overall", "grade", "standard", min_n)
    pairs = pairs.rename(columns={"n": "n_paired", "n_higher": "n_above", "n_lower": "n_below",
                                  "verdict": "verdict_overall"}).drop(columns="p_value")
    out = out.merge(pairs, on="standard", how="left")
    counts = ["n_paired", "n_above", "n_same", "n_below"]
    out[counts] = out[counts].fillna(0).astype("int64")
    words = {"higher": "above overall", "lower": "below overall"}
    return out.assign(verdict_overall=out["verdict_overall"].fillna("too few").replace(words))


def thread_trend(ratings: pd.DataFrame, audits: pd.DataFrame, period: Period, n_months: int = TREND_MONTHS,
                 basis: str | None = None, good_grades: Collection[str] | None = None,
                 min_n: int = MIN_N) -> pd.DataFrame:
    """Whether each standard's share of good or better has been rising or falling over the months to the period's end.

    Columns: standard, n (ratings), n_months (with ratings), change_per_month (proportion) with limits, p_value,
    p_adjusted (over the standards), verdict: 'rose', 'fell', 'no clear change' or 'too few' (under `min_n` ratings or
    MIN_TREND_MONTHS months with ratings). Cochran-Armitage test, see `compare.trend_in_shares`.
    """
    basis = estimate_basis(audits, basis)
    table = ratings_with_audits(ratings, _dated(audits, period.last_months(n_months)))
    table = table[table["standard"].notna()]
    months = grades_by_month(table, period.months(n_months), "standard", basis, good_grades, min_n=1)
    out = trend_in_shares(months, order="month", by="standard").rename(columns={
        "n_periods": "n_months", "trend_p": "p_value",
        **{f"change_per_period{e}": f"change_per_month{e}" for e in _ENDS}})
    out["n"] = out["n"].astype("int64")
    enough = (out["n"] >= min_n) & (out["n_months"] >= MIN_TREND_MONTHS)
    out["p_value"] = out["p_value"].where(enough)
    out["p_adjusted"] = adjust_p(out["p_value"])
    clear = enough & (out["p_adjusted"] < ALPHA)
    verdict = np.select([~enough, clear & (out["change_per_month_lower"] > 0), clear & (
        out["change_per_month_upper"] < 0)], ["too few", "rose", "fell"], "no clear change")
    changes = [f"change_per_month{e}" for e in _ENDS]
    out[changes] = out[changes].where(enough)
    return out.assign(verdict=verdict)[["standard", "n", "n_months", *changes, "p_value", "p_adjusted", "verdict"]]


def threads_holding_back(ratings: pd.DataFrame, audits: pd.DataFrame, period: Period | None = None, by: By = None,
                         basis: str | None = None, good_grades: Collection[str] | None = None,
                         min_n: int = MIN_N) -> pd.DataFrame:
    """Of the audits that are overall below good, the share in which each standard is the weakest.

    Weakest: no other standard of the audit has a lower grade and some have a higher one, so several can be weakest
    together, and none is where all have one grade. Columns: `by`, standard, count, n (audits below good in which the
    standard is graded), share, share_lower, share_upper (proportions; Wilson 95% limits), n_below_overall (audits
    in which the standard is graded below the overall grade), basis. Without a period all audits.
    """
    basis = estimate_basis(audits, basis)
    table = ratings_below_good(ratings, audits, period, basis, good_grades)
    keys = [*listed(by), "standard"]
    out = share_by(table, table["is_weakest"], by=keys, min_n=min_n)
    below = share_by(table, table["grade"].cat.codes < table["overall"].cat.codes, by=keys, min_n=min_n)
    return out.assign(n_below_overall=below["count"], basis=basis)


def ratings_below_good(ratings: pd.DataFrame, audits: pd.DataFrame, period: Period | None = None, basis: str | None = None,
                       good_grades: Collection[str] | None = None) -> pd.DataFrame:
    """The graded ratings of audits that are overall below good, with is_weakest, as `threads_holding_back` counts them.

    One row a rating, otherwise as `ratings_with_audits`.
    """
    used = audits if period is None else _dated(audits, period)
    weak = used["grade"].notna() & (sample_basis(used) == estimate_basis(audits, basis)) & ~is_good(used, good_grades)
    table = ratings_with_audits(ratings, used[weak])
    table = table[table["grade"].notna()]
    codes = table["grade"].cat.codes
    each = codes.groupby(table["audit_id"])
    lowest, highest = each.transform("min"), each.transform("max")
    return table.assign(is_weakest=(codes == lowest) & (lowest < highest))


def standards_by(ratings: pd.DataFrame, audits: pd.DataFrame, by: By = "service", period: Period | None = None,
                 basis: str | None = None, good_grades: Collection[str] | None = None,
                 min_n: int = MIN_N) -> pd.DataFrame:
    """Share good or better of each standard in each service (or other group): the cells of a heat map.

    Every pair of a standard and a group that occur is there, those without a rating with n of 0. Columns: standard,
    `by`, then as in `good_or_better`.
    """
    basis = estimate_basis(audits, basis)
    table = ratings_with_audits(ratings, audits if period is None else _dated(audits, period))
    keys = ["standard", *listed(by)]
    cells = good_or_better(table, keys, basis, good_grades, min_n=min_n)
    # the rows' own order is the profile's, so it is kept for each side of the grid
    grid = pd.MultiIndex.from_product([cells[k].drop_duplicates() if k == "standard" else good_or_better(
        table, k, basis, good_grades)[k] for k in keys], names=keys).to_frame(index=False)
    out = grid.merge(cells, on=keys, how="left")
    counts = ["count", "n", "n_ungraded", "n_other_basis"]
    out[counts] = out[counts].fillna(0).astype("int64")
    return out.assign(basis=basis)


def _dated(audits: pd.DataFrame, *periods: Period) -> pd.DataFrame:
    """The audits of any of the periods, so that only their ratings need to be looked up."""
    return audits[np.logical_or.reduce([p.holds(audits["audit_date"]) for p in periods])]


_ENDS = ("", "_lower", "_upper")
_CHANGE = ["share_before", "n_before", "difference", "difference_lower", "difference_upper", "verdict"]
