"""Chance-corrected agreement of many groups at once, on arrays: values, standard errors and interval limits.

Own code because the libraries that have these coefficients (statsmodels for two raters; irrCAC and krippendorff for
more) take one group a call: a thousand groups take 18 and 85 seconds against 0.2 here, and krippendorff gives no
error. Each value is proved against them, see the tests. Items come as rows: `group` (number of the group), `weight`
(how many items are like this one).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats
from scipy.special import comb

TINY = 1e-12  # below this, 1 - chance agreement or a variance is zero but for rounding


@dataclass(frozen=True)
class Estimate:
    """One coefficient of every group: value, standard error and the number of items behind it."""

    value: np.ndarray
    se: np.ndarray
    n: np.ndarray


def agreement_weights(kind: str, k: int) -> np.ndarray:
    """Credit, 0 to 1, for two ratings by their distance among `k` ordered categories; 1 on the diagonal."""
    distance = np.abs(np.subtract.outer(np.arange(k), np.arange(k))).astype(float)
    if kind == "unweighted" or k < 2:
        return (distance == 0).astype(float)
    if kind == "linear":
        return 1 - distance / (k - 1)
    if kind == "quadratic":
        return 1 - distance**2 / (k - 1) ** 2
    if kind == "ordinal":  # Gwet (2014), table 3.6: pairs of categories between the two, both included
        return 1 - comb(distance + 1, 2) / comb(k, 2)
    raise ValueError(f"weights '{kind}' are not known. Use unweighted, linear, quadratic or ordinal.")


def sums(group: np.ndarray, amount: np.ndarray, n_groups: int) -> np.ndarray:
    """Sum of `amount` (rows, or rows x columns) in each group."""
    if amount.ndim == 1:
        return np.bincount(group, weights=amount, minlength=n_groups)
    flat = amount.reshape(len(amount), int(np.prod(amount.shape[1:])))
    out = np.empty((n_groups, flat.shape[1]))
    for column in range(flat.shape[1]):
        out[:, column] = np.bincount(group, weights=flat[:, column], minlength=n_groups)
    return out.reshape(n_groups, *amount.shape[1:])


def divide(top, bottom, where=None) -> np.ndarray:
    """top / bottom; NaN where `where` (or bottom not 0) does not hold: no infinity ever leaves this module."""
    top, bottom = np.broadcast_arrays(np.asarray(top, float), np.asarray(bottom, float))
    where = bottom != 0 if where is None else np.broadcast_to(where, bottom.shape) & (bottom != 0)
    return np.divide(top, bottom, out=np.full(bottom.shape, np.nan), where=where)


def _spread(group, weight, influence, n, n_groups) -> np.ndarray:
    """Standard error of a mean of influences; NaN for fewer than two items."""
    squares = sums(group, weight * influence**2, n_groups)
    se = np.sqrt(divide(squares, n * (n - 1), where=n > 1))
    return np.where(se < TINY, 0.0, se)


# --- two raters: Cohen's kappa ------------------------------------------------------------------------------------


def cohen_kappa(first, second, group, weight, n_groups: int, credit: np.ndarray) -> tuple[Estimate, np.ndarray]:
    """Cohen's kappa of two raters for items that both rated, and its standard error if the true kappa were 0.

    The standard error is the large-sample one of Fleiss, Cohen and Everitt (1969), which does not assume kappa = 0,
    written as the spread of each item's influence, because the published form loses its digits near 0.
    NaN where both raters used one and the same category, or no item was rated.
    """
    value, influence, n, null_se = _kappa_parts(first, second, group, weight, n_groups, credit)
    squares = sums(group, weight * influence**2, n_groups)
    se = np.sqrt(divide(squares, n**2, where=n > 1))
    return Estimate(value, np.where(se < TINY, 0.0, se), n), null_se


def _kappa_parts(first, second, group, weight, n_groups, credit):
    k = len(credit)
    n = np.bincount(group, weights=weight, minlength=n_groups)
    rows = np.bincount(group * k + first, weights=weight, minlength=n_groups * k).reshape(n_groups, k)
    columns = np.bincount(group * k + second, weights=weight, minlength=n_groups * k).reshape(n_groups, k)
    rows, columns = divide(rows, n[:, None]), divide(columns, n[:, None])
    observed = divide(np.bincount(group, weights=weight * credit[first, second], minlength=n_groups), n)
    by_row, by_column = columns @ credit.T, rows @ credit  # mean credit of a row and of a column by chance
    chance = (rows * by_row).sum(1)
    room = 1 - chance
    value = divide(observed - chance, room, where=room > TINY)
    pull = by_row[group, first] + by_column[group, second]
    influence = credit[first, second] * room[group] - pull * (1 - observed[group])
    influence = influence - divide(sums(group, weight * influence, n_groups), n)[group]
    influence = divide(influence, (room**2)[group], where=(room > TINY)[group])
    off_centre = credit - by_row[:, :, None] - by_column[:, None, :] + chance[:, None, None]
    null_variance = np.einsum("gi,gj,gij->g", rows, columns, off_centre**2)
    null_se = np.sqrt(divide(null_variance, n * room**2, where=room > TINY))
    return value, influence, n, np.where(null_se < TINY, 0.0, null_se)


def light_kappa(codes, group, weight, n_groups: int, credit: np.ndarray) -> Estimate:
    """Mean of the kappas of all pairs of raters (Light, 1971), for items that every rater of the group rated.

    `codes` holds each rater's category, -1 where the group has no such rater. NaN where the kappa of any pair is
    not defined. The standard error is that of the mean influence.
    """
    rated = codes >= 0
    codes = np.take_along_axis(codes, np.argsort(~rated, axis=1, kind="stable"), 1)  # the group's raters come first
    n = np.bincount(group, weights=weight, minlength=n_groups)
    total, influence, pairs = np.zeros(n_groups), np.zeros(len(codes)), np.zeros(n_groups)
    for later in range(1, codes.shape[1]):
        items = np.flatnonzero(codes[:, later] >= 0)
        here = np.bincount(group[items], minlength=n_groups) > 0
        for earlier in range(later):
            value, pull, _, _ = _kappa_parts(codes[items, earlier], codes[items, later], group[items],
                                             weight[items], n_groups, credit)
            total += np.where(here, value, 0.0)
            influence[items] += pull
            pairs += here
    influence = divide(influence, pairs[group])
    return Estimate(divide(total, pairs), _spread(group, weight, influence, n, n_groups), n)


# --- any number of raters, from the number of ratings of each item in each category -------------------------------


def chance_corrected(kind: str, counts, group, weight, n_groups: int, credit: np.ndarray) -> Estimate:
    """Gwet's AC1/AC2 ("gwet"), Fleiss' kappa ("fleiss"), Brennan-Prediger or pairwise agreement ("pairs").

    Observed agreement is the mean over items with two or more ratings, chance agreement comes from every item with
    a rating (Gwet, 2014, chapters 2 to 5; variance for missing ratings as there, divided by n(n - 1)).
    n counts the items with a rating. NaN where no item has two ratings or chance agreement is certain.
    """
    k = len(credit)
    ratings = counts.sum(1)
    paired = ratings >= 2
    n = np.bincount(group, weights=weight, minlength=n_groups)
    n_paired = np.bincount(group, weights=weight * paired, minlength=n_groups)
    agree = np.where(paired, divide((counts * (counts @ credit.T - 1)).sum(1), ratings * (ratings - 1)), 0.0)
    observed = divide(np.bincount(group, weights=weight * agree, minlength=n_groups), n_paired)
    share = counts / ratings[:, None]
    used = divide(sums(group, weight[:, None] * share, n_groups), n[:, None])
    if kind == "gwet":
        scale = credit.sum() / (k * (k - 1)) if k > 1 else np.nan
        chance, item_chance = scale * (used * (1 - used)).sum(1), scale * (share * (1 - used[group])).sum(1)
    elif kind == "fleiss":
        pull = used @ ((credit + credit.T) / 2)
        chance, item_chance = (used * pull).sum(1), (share * pull[group]).sum(1)
    else:
        level = {"brennan_prediger": credit.sum() / k**2, "pairs": 0.0}[kind]
        chance, item_chance = np.full(n_groups, level), np.full(len(counts), level)
    return _corrected(agree, paired, item_chance, observed, chance, group, weight, n, n_paired, n_groups)


def _corrected(agree, paired, item_chance, observed, chance, group, weight, n, n_paired, n_groups) -> Estimate:
    room = 1 - chance
    value = divide(observed - chance, room, where=room > TINY)
    up = divide(n, n_paired * room, where=(room > TINY) & (n_paired > 0))
    influence = up[group] * (agree - chance[group] * paired)
    influence -= (2 * (1 - value) * divide(1, room, where=room > TINY))[group] * (item_chance - chance[group])
    return Estimate(value, _spread(group, weight, influence - value[group], n, n_groups), n)


def conger_kappa(codes, group, weight, n_groups: int, credit: np.ndarray) -> Estimate:
    """Conger's kappa: Fleiss' kappa that lets every rater use the categories in their own way (Conger, 1980).

    `codes` holds each rater's category, -1 where missing. A rater without a rating in a group is no rater of
    that group. Variance as Gwet (2014, chapter 5).
    """
    k, n_raters = len(credit), codes.shape[1]
    rated = codes >= 0
    counts = _category_counts(codes, k)
    ratings = counts.sum(1)
    paired = ratings >= 2
    n = np.bincount(group, weights=weight, minlength=n_groups)
    n_paired = np.bincount(group, weights=weight * paired, minlength=n_groups)
    agree = np.where(paired, divide((counts * (counts @ credit.T - 1)).sum(1), ratings * (ratings - 1)), 0.0)
    observed = divide(np.bincount(group, weights=weight * agree, minlength=n_groups), n_paired)
    by_rater = np.stack([sums(group, weight * rated[:, r], n_groups) for r in range(n_raters)], axis=1)
    cell = (group[:, None] * n_raters + np.arange(n_raters)) * k + codes
    use = np.bincount(cell[rated], weights=np.broadcast_to(weight[:, None], codes.shape)[rated],
                      minlength=n_groups * n_raters * k).reshape(n_groups, n_raters, k)
    use = np.nan_to_num(divide(use, by_rater[..., None]))
    present = (by_rater > 0).sum(1)
    total = use.sum(1)
    same = np.einsum("grk,kl,grl->g", use, credit, use)
    chance = divide(np.einsum("gk,kl,gl->g", total, credit, total) - same, present * (present - 1))
    others = np.einsum("grk,kl->grl", total[:, None, :] - use, credit)
    typical = (use * others).sum(2)
    inflate = np.nan_to_num(divide(n[:, None], by_rater))
    seen = rated - divide(by_rater, n[:, None])[group]
    own = np.where(rated, np.take_along_axis(others[group], np.maximum(codes, 0)[..., None], 2)[..., 0], 0.0)
    item_chance = divide((inflate[group] * (own - seen * typical[group])).sum(1), (present * (present - 1))[group])
    return _corrected(agree, paired, item_chance, observed, chance, group, weight, n, n_paired, n_groups)


def _category_counts(codes: np.ndarray, k: int) -> np.ndarray:
    return np.stack([(codes == category).sum(1) for category in range(k)], axis=1).astype(float)


def krippendorff_alpha(counts, group, weight, n_groups: int, metric: str, positions: np.ndarray) -> Estimate:
    """Krippendorff's alpha with nominal, ordinal or interval distances, for items with two or more ratings.

    The ordinal distance depends on how often each category was used in the group; the standard error (spread of
    each item's influence on alpha) includes that. `positions` are the categories' values for interval distances.
    NaN where all ratings are equal (Krippendorff, 2019, chapter 12).
    """
    ratings = counts.sum(1)
    keep = ratings >= 2
    counts, group, weight, ratings = counts[keep], group[keep], weight[keep], ratings[keep]
    item = counts[:, :, None] * counts[:, None, :] - counts[:, :, None] * np.eye(counts.shape[1])
    item /= (ratings - 1)[:, None, None]
    together = sums(group, weight[:, None, None] * item, n_groups)
    used = together.sum(2)
    total = used.sum(1)
    n = np.bincount(group, weights=weight, minlength=n_groups)
    gap, signed = _distances(used, metric, positions)
    seen, expected = (together * gap).sum((1, 2)), np.einsum("gc,gck,gk->g", used, gap, used)
    value = 1 - divide((total - 1) * seen, expected, where=expected > 0)

    seen_i = (item * gap[group]).sum((1, 2))
    expected_i = 2 * (counts * (gap @ used[..., None])[group, :, 0]).sum(1)
    if metric == "ordinal":  # an item shifts the distances as well
        shift = np.cumsum(counts, 1) - counts / 2
        slope_seen, slope_expected = together * signed, used[:, :, None] * used[:, None, :] * signed
        # sum over c,k of M[c,k] * 2 * signed[c,k] * (shift[c] - shift[k]); M is symmetric, signed is antisymmetric
        seen_i = seen_i + 4 * (slope_seen.sum(2)[group] * shift).sum(1)
        expected_i = expected_i + 4 * (slope_expected.sum(2)[group] * shift).sum(1)
    ratio, last = divide(seen, expected, where=expected > 0), (total - 1)[group]
    influence = -ratings * ratio[group] - last * (divide(seen_i, expected[group])
                                                 - (ratio * divide(1, expected))[group] * expected_i)
    influence = influence * n[group]
    influence = influence - divide(sums(group, weight * influence, n_groups), n)[group]
    return Estimate(value, np.where(np.isnan(value), np.nan, _spread(group, weight, influence, n, n_groups)), n)


def _distances(used: np.ndarray, metric: str, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Squared distances between categories (groups x k x k), and the signed distances whose squares they are."""
    if metric == "ordinal":
        rank = np.cumsum(used, 1) - used / 2
        signed = rank[:, :, None] - rank[:, None, :]
        return signed**2, signed
    if metric == "interval":
        signed = np.subtract.outer(positions, positions)
    elif metric == "nominal":
        signed = 1.0 - np.eye(len(positions))
    else:
        raise ValueError(f"distances '{metric}' are not known. Use nominal, ordinal or interval.")
    signed = np.broadcast_to(signed, (len(used), *signed.shape))
    return signed**2, signed


# --- tests of the two-way table -----------------------------------------------------------------------------------


def stuart_maxwell(tables: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    """Do two raters use the categories equally often? Chi-square, p and df of each k x k table.

    Where the disagreements do not link all categories the covariance has no inverse: its generalised inverse gives the
    value, and df stays k - 1, so that p errs on the careful side. (statsmodels gives that value or none there, as
    rounding has it.) NaN without any disagreement. (Stuart, 1955; Maxwell, 1970.)
    """
    k = tables.shape[1]
    both = tables + tables.transpose(0, 2, 1)
    off = both * (1 - np.eye(k))
    covariance = np.eye(k) * off.sum(2)[:, :, None] - off
    gap = tables.sum(2) - tables.sum(1)
    chisq = np.einsum("gi,gij,gj->g", gap, np.linalg.pinv(covariance, rcond=1e-10, hermitian=True), gap)
    chisq = np.where(off.sum((1, 2)) > 0, chisq, np.nan)
    return chisq, stats.chi2.sf(chisq, k - 1), k - 1


def bowker(tables: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    """Is the table symmetric? Chi-square, p and df of each k x k table; empty pairs of cells add 0 (Bowker, 1948)."""
    k = tables.shape[1]
    turned = tables.transpose(0, 2, 1)
    parts = np.nan_to_num(divide((tables - turned) ** 2, tables + turned))
    df = k * (k - 1) // 2
    chisq = np.triu(parts, 1).sum((1, 2)) if k > 1 else np.zeros(len(tables))
    chisq = np.where(tables.sum((1, 2)) > 0, chisq, np.nan)
    return chisq, stats.chi2.sf(chisq, df), df
