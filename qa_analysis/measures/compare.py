"""Is one group, month or team different from another? Differences with intervals, and tests that fit shares and grades.

Counts or clean rows in, one row a comparison out. Grades are ordinal and compared as such: none is turned into marks.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from scipy import stats
from scipy.stats.contingency import odds_ratio

from qa_analysis.measures.intervals import CountsError, as_numbers, check_confidence, need_columns, shares

MIN_N = 10  # judged on each side; below this no change is called, whatever the figures
ALPHA = 0.05  # a change is called when its interval at 1 less this leaves out 0
VERDICTS = ("rose", "fell", "no clear change", "too few")
GRADE_VERDICTS = ("higher", "lower", "no clear difference", "too few")
METHODS = ("newcombe", "newcombe_corrected", "wald", "yates")
ADJUSTMENTS = ("BH", "BY", "holm", "bonferroni")


def change_in_share(now_count, now_n, before_count, before_n, min_n: int = MIN_N, alpha: float = ALPHA) -> pd.DataFrame:
    """How far each share has moved, and whether it "rose", "fell", shows "no clear change", or has "too few" to say.

    Columns `share_now`, `n_now`, `share_before`, `n_before`, `difference` (now less before, -1 to 1),
    `difference_lower`, `difference_upper` (at 1 - `alpha`), `p` and `verdict`. The rule: "too few" if either n is below
    `min_n` or missing; "rose" or "fell" if the interval leaves out 0, which is when p is below `alpha`; else "no clear
    change". Interval and p are Newcombe's with continuity correction: of pairs of samples of one process fewer than 1
    in 20 are called a change at any n and share, where the plain interval and chi-square call up to 1 in 13
    (docs/statistics_spc.md). Missing values give a missing difference and "too few". CountsError names rows with
    impossible counts.
    """
    out = difference_of_shares(now_count, now_n, before_count, before_n, 1 - alpha, method="newcombe_corrected")
    out = out.rename(columns={"share_1": "share_now", "share_2": "share_before", "n_1": "n_now", "n_2": "n_before"})
    enough = (out["n_now"] >= min_n) & (out["n_before"] >= min_n) & out["difference"].notna()
    verdict = np.select([~enough, out["difference_lower"] > 0, out["difference_upper"] < 0],
                        ["too few", "rose", "fell"], "no clear change")
    return out.assign(verdict=pd.Categorical(verdict, categories=VERDICTS)).drop(columns="chi_square")


def difference_of_shares(
    count_1, n_1, count_2, n_2, confidence: float = 0.95, method: str = "newcombe",
) -> pd.DataFrame:
    """Difference of each pair of shares (first less second) with its interval and p-value.

    Columns `share_1`, `n_1`, `share_2`, `n_2`, `difference`, `difference_lower`, `difference_upper`, `chi_square`, `p`.
    `method`: "newcombe" joins the two Wilson intervals and holds at small n; "newcombe_corrected" the two with
    continuity correction (Newcombe, Statistics in Medicine 17, 1998, 873, methods 10 and 11); with both, p is the
    smallest alpha at which the interval leaves out 0. "wald" is the textbook interval and chi-square test; "yates"
    these with continuity correction, as R's prop.test. `chi_square` has the correction with "yates" only, and is 0 for
    none against none and all against all. Shares are 0 to 1. Missing values and n of 0 give NaN; CountsError names rows
    with impossible counts.
    """
    if method not in METHODS:
        raise CountsError(f"method '{method}' of a difference is not known. Use {', '.join(METHODS)}.")
    index = next((v.index for v in (count_1, n_1, count_2, n_2) if isinstance(v, pd.Series)), None)
    share_1, share_2 = shares(count_1, n_1), shares(count_2, n_2)
    count_1, n_1, count_2, n_2, share_1, share_2 = np.broadcast_arrays(
        *map(as_numbers, (count_1, n_1, count_2, n_2)), share_1, share_2)
    difference = share_1 - share_2
    z = stats.norm.isf((1 - check_confidence(confidence)) / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        per_n = 1 / n_1 + 1 / n_2
        pooled = (count_1 + count_2) / (n_1 + n_2)
        correction = np.minimum(0.5, np.abs(difference) / per_n) if method == "yates" else 0.0
        chi_square = (np.abs(difference) - correction * per_n) ** 2 / (pooled * (1 - pooled) * per_n)
        width = z * np.sqrt(share_1 * (1 - share_1) / n_1 + share_2 * (1 - share_2) / n_2) + correction * per_n
        chi_square = np.where((pooled <= 0) | (pooled >= 1), 0.0, chi_square)
    chi_square = np.where(np.isfinite(difference), chi_square, np.nan)
    if method in ("wald", "yates"):
        lower, upper = np.maximum(difference - width, -1), np.minimum(difference + width, 1)
        p = stats.chi2.sf(chi_square, 1)
    else:
        corrected = method == "newcombe_corrected"
        lower, upper = _newcombe_difference(share_1, n_1, share_2, n_2, z, corrected)
        p = np.where(np.isfinite(difference), _newcombe_p(share_1, n_1, share_2, n_2, corrected), np.nan)
    return pd.DataFrame({
        "share_1": share_1, "n_1": n_1, "share_2": share_2, "n_2": n_2, "difference": difference,
        "difference_lower": lower, "difference_upper": upper, "chi_square": chi_square, "p": p}, index=index)


def fisher_exact(count_1, n_1, count_2, n_2) -> pd.DataFrame:
    """Exact test of each pair of shares: `odds_ratio` (conditional, first against second) and two-sided `p`.

    For very small or lopsided counts (scipy). The odds ratio may be 0 or missing (unbounded or not defined); missing
    values and n of 0 give NaN; CountsError names rows with impossible counts.
    """
    share_1, share_2 = shares(count_1, n_1), shares(count_2, n_2)
    rows = np.column_stack(np.broadcast_arrays(*map(as_numbers, (count_1, n_1, count_2, n_2))))
    known = np.isfinite(share_1 + share_2)
    ratio, p = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
    for i in np.flatnonzero(known):
        a, n, c, m = rows[i].astype(int)
        table = [[a, n - a], [c, m - c]]
        p[i] = stats.fisher_exact(table).pvalue
        found = odds_ratio(table, kind="conditional").statistic
        ratio[i] = found if np.isfinite(found) else np.nan
    return pd.DataFrame({"odds_ratio": ratio, "p": p})


def compare_grades(
    df: pd.DataFrame, grade: str = "grade", by: str = "group", within: str | Sequence[str] | None = None,
    confidence: float = 0.95, adjust: str = "BH", min_n: int = MIN_N,
) -> pd.DataFrame:
    """For each pair of groups, how likely a case of the first is graded higher than one of the second.

    One row a pair (in order of name) in each `within`: `group_1`, `group_2`, `n_1`, `n_2`, `superiority` (the chance
    that the first has the higher grade, ties counted half; 0.5 is no difference, 0 to 1), `superiority_lower`,
    `superiority_upper`, `u`, `p` (Mann-Whitney, normal approximation with tie correction and continuity 0.5),
    `p_uncorrected` (without continuity), `p_adjusted` (over the pairs of one `within`, method `adjust`) and `verdict`:
    "too few" if either n is below `min_n`; "higher" or "lower" (the first) if the interval leaves out 0.5 and
    `p_adjusted` is below 1 - `confidence`; else "no clear difference". `grade` is an ordered Categorical (worst to
    best) or numbers, higher better. Ungraded rows and rows without a group count nowhere. The interval is the outer of
    Brunner and Munzel's on the logit scale (Biometrical Journal 42, 2000, 17) and Newcombe's (Statistics in Medicine
    25, 2006, 543, method 5): each alone falls to 90% where ten cases stand beside many more; together they cost 2 to 8%
    of width. Groups of one have the second only. All cases with one grade: superiority 0.5, p missing.
    """
    counts, place = _grade_counts(df, grade, by, within)
    pairs = [(i, j) for rows in place.groupby(_listed(within) or (lambda _: 0), sort=False).indices.values()
             for i, j in combinations(rows, 2)]
    first, second = np.array(pairs, dtype=int).reshape(-1, 2).T
    a, b = counts[first], counts[second]
    n_1, n_2 = a.sum(axis=1), b.sum(axis=1)
    u = (a * (np.cumsum(b, axis=1) - b / 2)).sum(axis=1)
    total, ties = n_1 + n_2, a + b
    with np.errstate(divide="ignore", invalid="ignore"):
        sd = np.sqrt(n_1 * n_2 / 12 * (total + 1 - (ties ** 3 - ties).sum(axis=1) / (total * (total - 1))))
        off = np.abs(u - n_1 * n_2 / 2)
        plain, corrected = off / sd, np.maximum(off - 0.5, 0) / sd
    movable = sd > 0
    lower, upper = _superiority_limits(a, b, u / (n_1 * n_2), confidence) if len(pairs) else (u, u)
    out = pd.DataFrame({
        **{name: place[name].iloc[first].array for name in _listed(within)},
        "group_1": place[by].iloc[first].array, "group_2": place[by].iloc[second].array, "n_1": n_1, "n_2": n_2,
        "superiority": u / (n_1 * n_2), "superiority_lower": lower, "superiority_upper": upper, "u": u,
        "p": np.where(movable, np.minimum(2 * stats.norm.sf(corrected), 1), np.nan),
        "p_uncorrected": np.where(movable, 2 * stats.norm.sf(plain), np.nan)})
    keys = [out[name] for name in _listed(within)]
    out["p_adjusted"] = adjust_p(out["p"], adjust, within=keys or None)
    clear = out["p_adjusted"] < 1 - confidence
    higher, lower = out["superiority_lower"] > 0.5, out["superiority_upper"] < 0.5
    verdict = np.select([(n_1 < min_n) | (n_2 < min_n), clear & higher, clear & lower],
                        ["too few", "higher", "lower"], "no clear difference")
    return out.assign(verdict=pd.Categorical(verdict, categories=GRADE_VERDICTS))


def grades_differ(df: pd.DataFrame, grade: str = "grade", by: str = "group",
                  within: str | Sequence[str] | None = None) -> pd.DataFrame:
    """Whether the grades of all groups together differ: one row for each `within`.

    `n`, `n_groups`, `kruskal_wallis` (tie-corrected), `df`, `p`, `epsilon_squared` (share of the variation in rank that
    lies between groups, 0 to 1: the effect size), and Pearson's `chi_square` of the table group by grade with
    `chi_square_df`, `chi_square_p` (groups may differ in spread as well as level). NaN with fewer than two groups or
    one grade only.
    """
    counts, place = _grade_counts(df, grade, by, within)
    strata = place.groupby(_listed(within) or (lambda _: 0), sort=False).indices
    which = np.empty(len(place), dtype=int)
    for i, rows in enumerate(strata.values()):
        which[rows] = i
    k = len(strata)
    by_stratum = np.zeros((k, counts.shape[1]))
    np.add.at(by_stratum, which, counts)
    total = by_stratum.sum(axis=1)
    n_groups = np.bincount(which, minlength=k)
    middle_rank = np.cumsum(by_stratum, axis=1) - by_stratum / 2 + 0.5
    size = counts.sum(axis=1)
    rank_sum = (counts * middle_rank[which]).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        ties = 1 - (by_stratum ** 3 - by_stratum).sum(axis=1) / (total ** 3 - total)
        h = (12 / (total * (total + 1)) * np.bincount(which, rank_sum ** 2 / size, k) - 3 * (total + 1)) / ties
        expected = size[:, None] * (by_stratum / total[:, None])[which]
        cells = np.where(expected > 0, (counts - expected) ** 2 / expected, 0.0)
    tested = (n_groups > 1) & (ties > 0)
    h = np.where(tested, h, np.nan)
    chi_square = np.where(tested, np.bincount(which, cells.sum(axis=1), k), np.nan)
    df_chi = (n_groups - 1) * ((by_stratum > 0).sum(axis=1) - 1)
    first = [rows[0] for rows in strata.values()]
    return pd.DataFrame({
        **{name: place[name].iloc[first].array for name in _listed(within)},
        "n": total.astype(int), "n_groups": n_groups, "kruskal_wallis": h, "df": n_groups - 1,
        "p": stats.chi2.sf(h, n_groups - 1), "epsilon_squared": h / (total - 1),
        "chi_square": chi_square, "chi_square_df": df_chi, "chi_square_p": stats.chi2.sf(chi_square, df_chi)})


def trend_in_shares(df: pd.DataFrame, count: str = "count", n: str = "n", order: str = "period",
                    by: str | Sequence[str] | None = None, confidence: float = 0.95) -> pd.DataFrame:
    """Whether a share goes up or down from period to period: one row for each `by`.

    `n`, `n_periods`, `change_per_period` (proportion a period) with `_lower` and `_upper`, then chi-square, degrees of
    freedom and p of `trend` (Cochran-Armitage, 1 df), `heterogeneity` (any difference, k - 1) and `departure` (what a
    straight line leaves, k - 2). Periods are scored 1, 2, … in order of `order`; a period without cases keeps its place
    and counts in nothing. The interval is the test turned round (slope -/+ z x its SE if there were no trend), so it
    leaves out 0 exactly when p is below 1 - `confidence`. NaN with fewer than two periods of cases, or where all or
    none are counted (Armitage, Biometrics 11, 1955, 375).
    """
    need_columns(df, [count, n, order, *_listed(by)])
    share = shares(df[count], df[n])
    rows = df.assign(_count=as_numbers(df[count]), _n=as_numbers(df[n]), _known=np.isfinite(share)).sort_values(order)
    groups = rows.groupby(_listed(by), sort=True, observed=True) if by is not None else rows.groupby(lambda _: 0)
    rows["_score"] = groups.cumcount() + 1.0
    rows = rows[rows["_known"]]
    groups = rows.groupby(_listed(by), sort=True, observed=True) if by is not None else rows.groupby(lambda _: 0)
    code = groups.ngroup().to_numpy()
    k = groups.ngroups
    x, s, size = (rows[c].to_numpy() for c in ("_score", "_count", "_n"))

    def add(values: np.ndarray) -> np.ndarray:
        return np.bincount(code, values, k)

    total, periods = add(size), np.bincount(code, minlength=k)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = add(s) / total
        away = x - (add(size * x) / total)[code]
        spread = add(size * away ** 2)
        slope = add(away * (s - size * p[code])) / spread
        se = np.sqrt(p * (1 - p) / spread)
        trend = (slope / se) ** 2
        heterogeneity = add((s - size * p[code]) ** 2 / size) / (p * (1 - p))
    tested = (periods > 1) & (p > 0) & (p < 1)
    trend, heterogeneity = np.where(tested, trend, np.nan), np.where(tested, heterogeneity, np.nan)
    departure = np.where(periods > 2, np.maximum(heterogeneity - trend, 0), np.nan)
    z = stats.norm.isf((1 - confidence) / 2)
    first = groups.head(1).assign(_code=groups.ngroup()).sort_values("_code")
    return pd.DataFrame({
        **{name: first[name].array for name in _listed(by)},
        "n": total, "n_periods": periods,
        "change_per_period": np.where(tested, slope, np.nan),
        "change_per_period_lower": np.where(tested, slope - z * se, np.nan),
        "change_per_period_upper": np.where(tested, slope + z * se, np.nan),
        "trend": trend, "trend_df": 1, "trend_p": stats.chi2.sf(trend, 1),
        "heterogeneity": heterogeneity, "heterogeneity_df": periods - 1,
        "heterogeneity_p": stats.chi2.sf(heterogeneity, np.maximum(periods - 1, 1)),
        "departure": departure, "departure_df": np.maximum(periods - 2, 0),
        "departure_p": stats.chi2.sf(departure, np.maximum(periods - 2, 1))})


def adjust_p(p, method: str = "BH", within: Sequence | None = None) -> np.ndarray:
    """P-values adjusted for how many were looked at, so that a grid of comparisons does not find change in noise.

    `method`: "BH" (Benjamini and Hochberg: of what is called, the share that is noise), "BY" (the same under any
    dependence), "holm" or "bonferroni" (the chance of any false call). A missing p stays missing and is not counted.
    `within`: one or more columns; each group is then adjusted by itself. Range 0 to 1. Raises CountsError for a p
    outside 0 to 1 and for a method not known. BH and BY are scipy's; statsmodels has all four, but its Holm collects
    garbage at each call, half a second when much is loaded.
    """
    if method not in ADJUSTMENTS:
        raise CountsError(f"adjustment '{method}' is not known. Use {', '.join(ADJUSTMENTS)}.")
    values = as_numbers(p)
    if ((values < 0) | (values > 1)).any():
        raise CountsError(f"a p-value lies between 0 and 1; found {values[(values < 0) | (values > 1)][0]:g}.")
    keys = [np.zeros(values.size)] if within is None else list(within)
    out = np.full(values.size, np.nan)
    table = pd.DataFrame({i: np.asarray(key) for i, key in enumerate(keys)})
    groups = table.groupby(list(table.columns), dropna=False)
    for rows in groups.indices.values():
        rows = rows[np.isfinite(values[rows])]
        if rows.size:
            out[rows] = _adjusted(values[rows], method)
    return out


def _adjusted(p: np.ndarray, method: str) -> np.ndarray:
    if method in ("BH", "BY"):
        return stats.false_discovery_control(p, method=method.lower())
    if method == "bonferroni":
        return np.minimum(p * p.size, 1)
    order = np.argsort(p, kind="stable")
    out = np.empty_like(p)
    out[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(p.size, 0, -1)), 1)
    return out


def _listed(by: str | Sequence[str] | None) -> list[str]:
    return [] if by is None else [by] if isinstance(by, str) else list(by)


def _score_limits(share: np.ndarray, n: np.ndarray, z, corrected: bool):
    """Wilson's limits for a z that may differ by row, with or without continuity correction (Newcombe, 1998, 857)."""
    c = 1.0 if corrected else 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        middle, scale = 2 * n * share + z ** 2, 2 * (n + z ** 2)
        low = z ** 2 - c * (2 + 1 / n) + 4 * share * (n * (1 - share) + c)
        high = z ** 2 + c * (2 - 1 / n) + 4 * share * (n * (1 - share) - c)
        lower = (middle - c - z * np.sqrt(np.maximum(low, 0))) / scale
        upper = (middle + c + z * np.sqrt(np.maximum(high, 0))) / scale
    return np.where(share <= 0, share, np.maximum(lower, 0)), np.where(share >= 1, share, np.minimum(upper, 1))


def _newcombe_difference(share_1, n_1, share_2, n_2, z, corrected: bool):
    low_1, high_1 = _score_limits(share_1, n_1, z, corrected)
    low_2, high_2 = _score_limits(share_2, n_2, z, corrected)
    down, up = np.hypot(share_1 - low_1, high_2 - share_2), np.hypot(high_1 - share_1, share_2 - low_2)
    return share_1 - share_2 - down, share_1 - share_2 + up


def _newcombe_p(share_1, n_1, share_2, n_2, corrected: bool) -> np.ndarray:
    """Smallest alpha at which the interval leaves out 0: the interval grows with z, so z is found by halving."""
    inside, outside = np.full(share_1.shape, 40.0), np.zeros(share_1.shape)
    for _ in range(50):
        z = (inside + outside) / 2
        lower, upper = _newcombe_difference(share_1, n_1, share_2, n_2, z, corrected)
        out = (lower > 0) | (upper < 0)
        outside, inside = np.where(out, z, outside), np.where(out, inside, z)
    return 2 * stats.norm.sf(outside)


def _grade_counts(df: pd.DataFrame, grade: str, by: str, within) -> tuple[np.ndarray, pd.DataFrame]:
    """How many of each grade (worst to best) in each group, and which group each row of that table is."""
    need_columns(df, [grade, by, *_listed(within)])
    grades = df[grade]
    if isinstance(grades.dtype, pd.CategoricalDtype):
        if not grades.cat.ordered:
            raise CountsError(f"column '{grade}' has no order. Make it an ordered Categorical, worst grade first.")
        rank = grades.cat.codes.to_numpy(dtype=float)
    else:
        rank = as_numbers(grades)
    known = np.isfinite(rank) & (rank >= 0 if isinstance(grades.dtype, pd.CategoricalDtype) else True)
    keys = [*_listed(within), by]
    rows = df.loc[known, keys].assign(_rank=rank[known]).dropna(subset=keys)
    levels, level = np.unique(rows["_rank"], return_inverse=True)
    groups = rows.groupby(keys, sort=True, observed=True)
    counts = np.zeros((groups.ngroups, max(levels.size, 1)))
    np.add.at(counts, (groups.ngroup().to_numpy(), level), 1)
    return counts, groups.size().reset_index()[keys]


def _superiority_limits(a: np.ndarray, b: np.ndarray, estimate: np.ndarray, confidence: float):
    """Limits of the chance of superiority: the outer of Brunner-Munzel's on the logit scale and Newcombe's method 5."""
    n_1, n_2 = a.sum(axis=1), b.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        beats = (np.cumsum(b, axis=1) - b / 2) / n_2[:, None]  # chance that each grade of the first beats the second
        loses = (np.cumsum(a, axis=1) - a / 2) / n_1[:, None]
        var_1 = (a * (beats - estimate[:, None]) ** 2).sum(axis=1) / (n_1 - 1) / n_1
        var_2 = (b * (loses - (1 - estimate)[:, None]) ** 2).sum(axis=1) / (n_2 - 1) / n_2
        var = var_1 + var_2
        freedom = var ** 2 / (var_1 ** 2 / (n_1 - 1) + var_2 ** 2 / (n_2 - 1))
        half = stats.t.isf((1 - confidence) / 2, freedom) * np.sqrt(var) / (estimate * (1 - estimate))
        logit = np.log(estimate / (1 - estimate))
        lower, upper = 1 / (1 + np.exp(half - logit)), 1 / (1 + np.exp(-half - logit))
    flat = ~(np.isfinite(lower) & np.isfinite(upper) & (var > 0))  # no overlap, or a group of one
    score_lower, score_upper = _newcombe_superiority(estimate, n_1, n_2, confidence)
    return (np.where(flat, score_lower, np.minimum(lower, score_lower)),
            np.where(flat, score_upper, np.maximum(upper, score_upper)))


def _newcombe_superiority(estimate, n_1, n_2, confidence: float):
    """Where |estimate - t| = z SE(t), by bisection; SE as for exponential scores (Newcombe, 2006, method 5)."""
    z = stats.norm.isf((1 - confidence) / 2)

    def beyond(t):
        shape = 1 + ((n_1 + n_2) / 2 - 1) * ((1 - t) / (2 - t) + t / (1 + t))
        return np.abs(estimate - t) > z * np.sqrt(t * (1 - t) * shape / (n_1 * n_2))

    def solve(outer):
        inner = estimate.copy()
        for _ in range(60):
            middle = (inner + outer) / 2
            out = beyond(middle)
            outer, inner = np.where(out, middle, outer), np.where(out, inner, middle)
        return inner

    return solve(np.zeros_like(estimate)), solve(np.ones_like(estimate))
