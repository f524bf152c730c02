"""Control charts: which points of a series are more than its usual variation, for many series in one call.

XmR charts follow NHS England's Making Data Count as NHSRplotthedots 0.2.2 computes them; p-charts serve shares of a
known number. Own code: no maintained Python library has these rules, and the public Python port does one series at a
time, without recalculation, target or missing values. Sources: Wheeler, Understanding Variation (1993); NHS England,
Making Data Count; Laney, Quality Engineering 14 (2002) 531.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from qa_analysis.measures import spc_rules as rules
from qa_analysis.measures.intervals import as_numbers, chance_limits, need_columns, shares
from qa_analysis.measures.spc_series import (
    DIRECTIONS,
    By,
    PerSeries,
    SeriesError,
    SeriesIndex,
    Settings,
    complete_months,
    in_order,
    listed,
    recalculations,
    series_codes,
    settings,
)

__all__ = ["SeriesError", "complete_months", "p_chart", "xmr", "xmr_summary"]

TRIAL_BELOW = 12  # baseline values; below this the limits are trial limits (Making Data Count)
SHORT_PART_BELOW = 13  # rows; the reference tool warns one row later than its own message says
LANEY_FROM = 1000  # mean n from which plain binomial limits grow too narrow to believe (Laney, 2002: large subgroups)
P_METHODS = ("auto", "exact", "sigma", "laney")
THREE_SIGMA_TAIL, TWO_SIGMA_TAIL = 0.0013498980316301, 0.0227501319481792  # normal tails beyond 3 and 2 SD
D2 = 1.128  # mean range of two normal values, in SD

CAUSES = ("Common Cause", "Above UCL", "Below LCL", "7 Point Trend (Increasing)", "7 Point Trend (Decreasing)",
          "2 in 3 Above CL", "2 in 3 Below CL", "7 Points Above CL", "7 Points Below CL")
POINT_TYPES = ("common_cause", "special_cause_improvement", "special_cause_concern",
               "special_cause_neutral_high", "special_cause_neutral_low")
ASSURANCE = ("consistent_pass", "inconsistent", "consistent_fail")
ADDED = ("rebase_group", "short_group_warning", "trial_limits", "in_limit_baseline", "moving_range",
         "moving_range_used", "mean", "lpl", "upl", "nlpl", "nupl", "outside_limits", "relative_to_mean",
         "close_to_limits", "special_cause_type", "special_cause_flag", "point_type", "improvement_direction", "target",
         "rebase_dates_ignored")


class _Parts(NamedTuple):
    """The part each row is in (counted over the whole table), its number within the series, and the dates not used."""

    code: np.ndarray
    in_series: np.ndarray
    n: int
    ignored: list[str]


def xmr(
    df: pd.DataFrame, value: str = "value", date: str = "date", by: By = "series_id",
    direction: PerSeries = "neutral", target: PerSeries = None, rebase: PerSeries = None,
    fix_after: PerSeries = None, screen_outliers: PerSeries = True, bounds: tuple[float, float] | None = None,
) -> pd.DataFrame:
    """Each point of each series with mean, process limits and whether it is special cause: an XmR chart.

    One row a point, in order of series name and date, in the units of `value`; the columns of `df` are kept. Added:
    `rebase_group`, `short_group_warning` (fewer than 13 rows in the part), `trial_limits` (fewer than 12 baseline
    values), `in_limit_baseline`, `moving_range`, `moving_range_used`, `mean`, `lpl`, `upl`, `nlpl`, `nupl` (near
    limits), `outside_limits`, `relative_to_mean` (-1, 0, 1), `close_to_limits`, `special_cause_type`,
    `special_cause_flag`, `point_type`, `improvement_direction`, `target`, `rebase_dates_ignored`.

    Limits: mean -/+ 2.66 x mean moving range of the baseline. Rules, within one part: a point beyond a limit; 7 rising
    or falling; 2 of 3 beyond the near limits on one side; 7 on one side of the mean.
    `direction` that is better: increase, decrease or neutral (missing is neutral). `target`: a number.
    `rebase`: dates at which limits are worked out afresh: one, a list, or text joined with ";". A date that is no date
    of the series does nothing and is named in `rebase_dates_ignored`. `fix_after`: 12 or more; limits then rest on the
    first so many rows of each part. `screen_outliers`: leave out moving ranges of 3.267 x their mean or more, once.
    Each of these is one value for all series or a mapping from series to value (a tuple names it if `by` is a list).
    `bounds`, such as (0, 100): limits are cut there once the rules have been applied; values beyond are refused.

    A missing value stays: no range on either side of it, and no window that holds it flags; an infinite one is
    missing. Months without a row are not noticed: see `complete_months`. One point has a mean and no limits; a constant
    series has limits equal to its mean and no flag. Raises SeriesError for repeated or missing dates and settings
    not allowed, CountsError for values that are no number. docs/statistics_spc.md lists the few differences from
    NHSRplotthedots.
    """
    base, series = in_order(df, value, date, by, ADDED)
    asked = settings(series, direction, target, fix_after, screen_outliers)
    part = _parts(series, rebase)
    values = base[value].to_numpy()
    if bounds is not None:
        _refuse_beyond(values, bounds, series)

    baseline = np.isfinite(values) & (rules.position(part.code) < asked.fix_after[series.code])
    mean = rules.part_mean(values, baseline, part.code, part.n)
    ranges = rules.moving_range(values, baseline, part.code)
    series_of_part = series.code[rules.part_starts(part.code)]
    used = rules.screen(ranges, part.code, part.n, asked.screen[series_of_part])
    mean_range = rules.part_mean(ranges, used, part.code, part.n)
    far, near = rules.XMR_LIMIT * mean_range, rules.XMR_LIMIT * 2 / 3 * mean_range
    lines = {name: line[part.code] for name, line in {
        "mean": mean, "lpl": mean - far, "upl": mean + far, "nlpl": mean - near, "nupl": mean + near}.items()}
    return _chart(base, series, asked, part, values, baseline, lines, ranges, used, bounds)


def p_chart(
    df: pd.DataFrame, count: str = "count", n: str = "n", date: str = "date", by: By = "series_id",
    direction: PerSeries = "neutral", target: PerSeries = None, rebase: PerSeries = None,
    fix_after: PerSeries = None, method: str = "auto",
) -> pd.DataFrame:
    """Each month's share with limits that know how many were counted, and whether it is special cause: a p-chart.

    Columns as in `xmr`, and `share` (`count` / `n`, 0 to 1), `sigma_z` and `limit_method`. `mean` is the share of all
    counted in the baseline (a ratio of sums). Each point has limits of its own, cut to 0 to 1.
    `method`: "exact" is the binomial range that a share of n leaves with the chance of 3 sigma (near limits: 2 sigma),
    right at any n; "sigma" the textbook mean -/+ 3 sqrt(mean (1 - mean)/n); "laney" multiplies that width by `sigma_z`,
    the mean moving range of the standardised shares / 1.128 (Laney's p'), for counts so large that chance is not the
    whole of the usual variation; "auto" is laney for parts with a mean n of 1,000 or more and `sigma_z` above 1, else
    exact. Where none or all of the baseline are counted, exact limits use (count + 1/2)/(n + 1): no run of yes proves
    that a no can't be. n of 0, or anything missing: no share and no limits. Other parameters, the rules and the errors
    as in `xmr`; CountsError names the rows whose count is negative or above n.
    """
    if method not in P_METHODS:
        raise SeriesError(f"p-chart method '{method}' is not known. Use {', '.join(P_METHODS)}.")
    need_columns(df, [count, n])
    base, series = in_order(df.assign(share=shares(df[count], df[n])), "share", date, by, (*ADDED, *_P_ADDED))
    asked = settings(series, direction, target, fix_after)
    part = _parts(series, rebase)
    values = base["share"].to_numpy()
    known = np.isfinite(values)
    sizes = np.where(known, as_numbers(base[n]), np.nan)
    baseline = known & (rules.position(part.code) < asked.fix_after[series.code])

    total = np.bincount(part.code, np.where(baseline, sizes, 0.0), part.n)
    events = np.bincount(part.code, np.where(baseline, as_numbers(base[count]), 0.0), part.n)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = events / total
        sigma = np.sqrt((mean * (1 - mean))[part.code] / sizes)
        z_range = rules.moving_range(
            np.where(sigma > 0, (values - mean[part.code]) / sigma, np.nan), baseline & (sigma > 0), part.code)
        sigma_z = rules.part_mean(z_range, np.isfinite(z_range), part.code, part.n) / D2
        large = (rules.part_mean(sizes, baseline, part.code, part.n) >= LANEY_FROM) & (sigma_z > 1)
    chosen = np.select([large & (method == "auto"), np.full(part.n, method == "auto")], [_LANEY, _EXACT],
                       0 if method == "auto" else _P_LIMITS.index(method))
    lines = _p_lines(mean[part.code], sigma, np.where(chosen == _LANEY, sigma_z, 1.0)[part.code])
    at_end = (events == 0) | (events == total)
    likely = np.where(at_end, (events + 0.5) / (total + 1), mean)[part.code]
    exact = known & (chosen == _EXACT)[part.code] & np.isfinite(mean[part.code])
    for tail, low, high in ((THREE_SIGMA_TAIL, "lpl", "upl"), (TWO_SIGMA_TAIL, "nlpl", "nupl")):
        lines[low][exact], lines[high][exact] = chance_limits(likely[exact], sizes[exact], tail)
    ranges = rules.moving_range(values, baseline, part.code)
    out = _chart(base, series, asked, part, values, baseline, lines, ranges, np.isfinite(ranges), (0.0, 1.0))
    return out.assign(sigma_z=sigma_z[part.code], limit_method=pd.Categorical.from_codes(chosen[part.code], _P_LIMITS))


def xmr_summary(points: pd.DataFrame, value: str = "value", date: str = "date", by: By = "series_id") -> pd.DataFrame:
    """What each part of each series shows: is it varying as usual (variation), can its target be relied on (assurance).

    One row a part, from the table that `xmr` or `p_chart` made (for `p_chart`, `value` is "share"). `is_latest` marks
    the last part of a series. `n` counts rows, `n_baseline` values in the baseline; then ranges, mean, limits (of the
    last row that has them), the counts of points by type. `variation_type` is the point type of the last row that has
    a value. `assurance_type`, on the latest part only, sets the target against the limits: consistent_pass,
    consistent_fail or inconsistent; missing without a target, without limits, or with direction neutral.
    """
    need_columns(points, [value, date, *listed(by), *ADDED])
    code, _ = series_codes(points, by)
    group = points["rebase_group"].to_numpy()
    part = np.cumsum((np.diff(code, prepend=-1) != 0) | (np.diff(group, prepend=-1) != 0)) - 1
    first = rules.part_starts(part)
    n_parts = first.size
    last = np.append(first, len(points))[1:] - 1

    def tally(flags) -> np.ndarray:
        return np.bincount(part, weights=np.asarray(flags, dtype=float), minlength=n_parts).astype(int)

    def last_where(flags: np.ndarray) -> np.ndarray:
        """Row of the last flag of each part; the part's last row where it has none."""
        rows = np.arange(len(points))
        seen = np.maximum.reduceat(np.where(flags, rows, -1), first) if n_parts else first
        return np.where(seen >= 0, seen, last)

    limits_at = points.iloc[last_where(np.isfinite(points["lpl"].to_numpy()))]
    value_at = last_where(np.isfinite(points[value].to_numpy(dtype=float)))
    ranges, used = points["moving_range"].to_numpy(), points["moving_range_used"].to_numpy()
    known = np.isfinite(ranges)
    is_latest = np.append(code[first][1:] != code[first][:-1], True)[:n_parts]
    types = points["point_type"].cat.codes.to_numpy()
    seen_any = np.isfinite(points[value].to_numpy(dtype=float))[value_at]
    start = points.iloc[first]
    return pd.DataFrame({
        **{name: start[name].array for name in listed(by)},
        "rebase_group": start["rebase_group"].array, "is_latest": is_latest,
        "first_date": start[date].array, "last_date": points[date].iloc[last].array,
        "n": tally(np.ones(len(points))), "n_baseline": tally(points["in_limit_baseline"]),
        "n_moving_ranges": tally(known), "n_moving_ranges_screened_out": tally(known & ~used),
        "mean_moving_range_used": rules.part_mean(ranges, used, part, n_parts),
        "mean": start["mean"].array, "lpl": limits_at["lpl"].array, "upl": limits_at["upl"].array,
        **{name: tally(types == i) for i, name in enumerate(POINT_TYPES)},
        "variation_type": pd.Categorical.from_codes(np.where(seen_any, types[value_at], -1), POINT_TYPES),
        "assurance_type": pd.Categorical.from_codes(np.where(is_latest, _assurance(limits_at), -1), ASSURANCE),
        **{name: start[name].array for name in (
            "short_group_warning", "trial_limits", "improvement_direction", "target", "rebase_dates_ignored")},
    })


_P_LIMITS = ["exact", "sigma", "laney"]
_EXACT, _, _LANEY = range(3)
_P_ADDED = ("sigma_z", "limit_method")


def _p_lines(mean: np.ndarray, sigma: np.ndarray, widened: np.ndarray) -> dict[str, np.ndarray]:
    return {"mean": mean, "lpl": mean - 3 * sigma * widened, "upl": mean + 3 * sigma * widened,
            "nlpl": mean - 2 * sigma * widened, "nupl": mean + 2 * sigma * widened}


def _parts(series: SeriesIndex, rebase: PerSeries) -> _Parts:
    """A part begins with each series and at each recalculation; its number counts the recalculations so far."""
    begins, ignored = recalculations(series, rebase)
    done = np.cumsum(begins)
    first = np.diff(series.code, prepend=-1) != 0
    before = (done - begins)[first]
    part = np.cumsum(first | begins) - 1
    in_series = done - before[series.code] if part.size else done
    return _Parts(part, in_series, int(part[-1]) + 1 if part.size else 0, ignored)


def _refuse_beyond(values: np.ndarray, bounds: tuple[float, float], series: SeriesIndex) -> None:
    wrong = np.flatnonzero((values < bounds[0]) | (values > bounds[1]))
    if wrong.size:
        rows = "; ".join(f"{series.names[series.code[i]]} {pd.Timestamp(series.date[i]):%Y-%m-%d} {values[i]:g}"
                         for i in wrong[:5])
        raise SeriesError(f"{wrong.size} value(s) lie outside {bounds[0]:g} to {bounds[1]:g}: {rows}. "
                          "Correct them, or give the right `bounds`.")


def _chart(
    base: pd.DataFrame, series: SeriesIndex, asked: Settings, part: _Parts, values: np.ndarray, baseline: np.ndarray,
    lines: dict[str, np.ndarray], ranges: np.ndarray, used: np.ndarray, bounds: tuple[float, float] | None,
) -> pd.DataFrame:
    """The rows with limits and rules: what every kind of chart shares."""
    cause, way, seen = rules.special_cause(
        values, lines["mean"], lines["lpl"], lines["upl"], lines["nlpl"], lines["nupl"], part.code)
    unknown = ~(np.isfinite(values) & np.isfinite(lines["lpl"]))
    if bounds is not None:
        lines = {name: np.clip(line, *bounds) for name, line in lines.items()}
    better = asked.direction[series.code]
    kind = np.select([way == 0, better == 0, way == better], [0, np.where(way > 0, 3, 4), 1], 2)
    n_rows = np.bincount(part.code, minlength=part.n)
    n_values = np.bincount(part.code, baseline, minlength=part.n)
    added = {
        "rebase_group": part.in_series,
        "short_group_warning": (n_rows < SHORT_PART_BELOW)[part.code],
        "trial_limits": (n_values < TRIAL_BELOW)[part.code],
        "in_limit_baseline": baseline, "moving_range": ranges, "moving_range_used": used, **lines,
        "outside_limits": pd.arrays.BooleanArray(seen["outside"], unknown.copy()),
        "relative_to_mean": pd.arrays.IntegerArray(seen["side"], ~(np.isfinite(values) & np.isfinite(lines["mean"]))),
        "close_to_limits": pd.arrays.BooleanArray(seen["close"], unknown.copy()),
        "special_cause_type": pd.Categorical.from_codes(np.where(cause == 0, 0, 2 * cause - (way > 0)), CAUSES),
        "special_cause_flag": cause > 0,
        "point_type": pd.Categorical.from_codes(kind, POINT_TYPES),
        "improvement_direction": pd.Categorical.from_codes(np.array([2, 0, 1])[better], list(DIRECTIONS)),
        "target": asked.target[series.code],
        "rebase_dates_ignored": pd.Categorical(part.ignored)[series.code] if part.ignored else [],
    }
    return pd.concat([base, pd.DataFrame(added, index=base.index, copy=False)], axis=1)


def _assurance(rows: pd.DataFrame) -> np.ndarray:
    """Place in ASSURANCE of each row's target against its limits; -1 where there is nothing to say."""
    target, upper, lower = (rows[c].to_numpy() for c in ("target", "upl", "lpl"))
    way = rows["improvement_direction"].map(DIRECTIONS).to_numpy(dtype=float)
    beyond = np.where(target > upper, 1, np.where(target < lower, -1, 0)) * way
    known = np.isfinite(target) & np.isfinite(lower) & np.isfinite(upper) & (way != 0)
    return np.where(known, beyond + 1, -1).astype(int)
