"""Which way grades moved when the same practice was judged twice: pairs of grades in, direction with interval out."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from qa_analysis.measures.compare import ALPHA, adjust_p
from qa_analysis.measures.shares import MIN_N, By, sum_by

_Z = stats.norm.isf(ALPHA / 2)


def paired_direction(pairs: pd.DataFrame, before: str, after: str, by: By = None, min_n: int = MIN_N) -> pd.DataFrame:
    """How many second judgements are higher, the same and lower than the first, for all or each group of `by`.

    Counted are pairs with both grades, of one ordered scale. Columns: `by`, n, n_higher, n_same, n_lower, net_share
    ((higher - lower) / n, -1 to 1; 0 is balanced), net_share_lower, net_share_upper (95%; Bonett and Price, 2012,
    adjusted Wald for paired shares), p_value (exact sign test of higher against lower), p_adjusted (Benjamini and
    Hochberg, 1995, over the groups), verdict: 'higher', 'lower', 'no clear difference', or 'too few' under `min_n`.
    A verdict needs an interval without 0 and p_adjusted below 0.05.
    """
    first, second = pairs[before].cat.codes, pairs[after].cat.codes
    if list(pairs[before].cat.categories) != list(pairs[after].cat.categories):
        raise ValueError(f"columns '{before}' and '{after}' are not on one scale.")
    both = (first >= 0) & (second >= 0)
    table = sum_by(pairs, pd.DataFrame({
        "n": both, "n_higher": both & (second > first), "n_same": both & (second == first),
        "n_lower": both & (second < first)}, index=pairs.index), by)
    return direction_test(table, min_n)


def direction_test(table: pd.DataFrame, min_n: int = MIN_N) -> pd.DataFrame:
    """The table of n, n_higher and n_lower with net share, interval, p-values and verdict; see `paired_direction`."""
    n, up, down = (table[c].to_numpy(dtype=float) for c in ("n", "n_higher", "n_lower"))
    n = np.where(n >= max(min_n, 1), n, np.nan)
    up_share, down_share = (up + 1) / (n + 2), (down + 1) / (n + 2)
    centre = up_share - down_share
    half = _Z * np.sqrt((up_share + down_share - centre**2) / (n + 2))
    p = np.minimum(1, 2 * stats.binom.cdf(np.minimum(up, down), up + down, 0.5))
    p = np.where(np.isnan(n), np.nan, p)
    adjusted = adjust_p(p)
    lower, upper = np.maximum(-1, centre - half), np.minimum(1, centre + half)
    verdict = np.select(
        [np.isnan(n), (adjusted < ALPHA) & (lower > 0), (adjusted < ALPHA) & (upper < 0)],
        ["too few", "higher", "lower"], "no clear difference")
    return table.assign(net_share=(up - down) / n, net_share_lower=lower, net_share_upper=upper, p_value=p,
                        p_adjusted=adjusted, verdict=verdict)
