"""How far two or more people who graded the same work agree: auditor and moderator, pairs, self and auditor.

A table with one row per item and one column per rater goes in; a table with one row per group and statistic comes
out. Categories are ordered from worst to best: "lower" is worse. Nothing here decides what a good value is.

Every coefficient comes with two intervals. `value_lower`, `value_upper` is the textbook interval of the method, kept so
that it can be checked against other software. `reported_lower`, `reported_upper` is the one to publish: simulation
shows that textbook intervals of 20 pairs miss the truth too often, above all where nearly all pairs agree (they
shrink to nothing where all do). The reported one adds one imagined item whose two ratings fall evenly over all
pairs of categories (two such items for unweighted coefficients), takes the spread of the items' influences, and uses
Student's t: the idea of Agresti and Coull (1998) for a share. docs/statistics_agreement.md has its coverage.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
from scipy import stats

from qa_analysis.measures import agreement_coefficients as coefficients
from qa_analysis.measures.agreement_coefficients import Estimate, agreement_weights, divide
from qa_analysis.measures.group_index import TableError, group_index, need_columns, shown_values
from qa_analysis.measures.intervals import exact_limits, wilson_limits
from qa_analysis.measures.shares import By

MIN_PAIRS = 20  # smaller groups are shown as a table of counts alone
WEIGHTS = ("unweighted", "linear", "quadratic")
GWET_WEIGHTS = (*WEIGHTS, "ordinal")
METRICS = ("nominal", "ordinal", "interval")
COLUMNS = ("statistic", "weights", "n", "count", "value", "se", "value_lower", "value_upper",
           "reported_lower", "reported_upper", "z", "df", "p", "reason")
NO_PAIRS = "nothing rated twice"
ONE_ITEM = "one item only: no interval"
ONE_CATEGORY = "not defined: only one category was used"
NO_DISAGREEMENT = "no disagreement: no direction"


@dataclass(frozen=True)
class Ratings:
    """Ratings as numbers: one row per different pattern of ratings in a group.

    `codes` rows x raters (-1 missing), `counts` rows x categories, `group` and `weight` (how many items) of each row.
    """

    codes: np.ndarray | None
    counts: np.ndarray
    group: np.ndarray
    weight: np.ndarray
    groups: pd.DataFrame
    categories: list
    positions: np.ndarray

    @property
    def n_groups(self) -> int:
        return len(self.groups)

    @property
    def k(self) -> int:
        return len(self.categories)

    @property
    def present(self) -> np.ndarray:
        """Groups x raters: True where the rater rated something in the group."""
        present = np.zeros((self.n_groups, self.codes.shape[1]), dtype=bool)
        np.logical_or.at(present, self.group, self.codes >= 0)
        return present

    def only(self, keep: np.ndarray) -> Ratings:
        """The rows where `keep` holds; the groups stay."""
        codes = None if self.codes is None else self.codes[keep]
        return Ratings(codes, self.counts[keep], self.group[keep], self.weight[keep], self.groups,
                       self.categories, self.positions)

    def with_imagined(self, items: float) -> Ratings:
        """`items` imagined items more in every group, their ratings spread evenly over all pairs of categories."""
        pairs = np.array(list(product(range(self.k), repeat=2)))
        codes = None
        if self.codes is not None:  # a group's raters take the two ratings in turn, so that none of them stands out
            present = self.present | (self.present.sum(axis=1) < 2)[:, None]
            turn = (np.cumsum(present, axis=1) - 1) % 2
            imagined = np.where(present[:, None, :], pairs[:, turn].transpose(1, 0, 2), -1)
            codes = np.vstack([self.codes, imagined.reshape(-1, self.codes.shape[1])])
        counts = np.eye(self.k)[pairs].sum(1)
        return Ratings(codes, np.vstack([self.counts, np.tile(counts, (self.n_groups, 1))]),
                       np.concatenate([self.group, np.repeat(np.arange(self.n_groups), len(pairs))]),
                       np.concatenate([self.weight, np.full(self.n_groups * len(pairs), items / len(pairs))]),
                       self.groups, self.categories, self.positions)


# --- what notebooks call ------------------------------------------------------------------------------------------


def cross_table(pairs: pd.DataFrame, first: str, second: str, by: By = None, categories: Sequence | None = None,
                n_pairs: str | None = None) -> pd.DataFrame:
    """How often `second` gave each category where `first` gave each: every cell of the k x k table, with its count.

    One row per group, category of the first and category of the second rater: `count` pairs, `n` pairs of the
    group, `share` of those, 0 to 1 (NaN for a group without a pair). Items that only one of them rated are left out.
    Categories and `n_pairs` as in `agreement_table`.
    """
    ratings = _both(_read(pairs, [first, second], by, categories, n_pairs))
    tables = _tables(ratings)
    cells = ratings.groups.loc[np.repeat(ratings.groups.index, ratings.k**2)].reset_index(drop=True)
    grid = list(product(ratings.categories, repeat=2)) * ratings.n_groups
    dtype = pd.CategoricalDtype(ratings.categories, ordered=True)
    cells["first"] = pd.Categorical([a for a, _ in grid], dtype=dtype)
    cells["second"] = pd.Categorical([b for _, b in grid], dtype=dtype)
    cells["count"] = tables.ravel().astype(int)
    cells["n"] = np.repeat(tables.sum((1, 2)), ratings.k**2).astype(int)
    return cells.assign(share=divide(cells["count"], cells["n"]))


def agreement_table(pairs: pd.DataFrame, first: str, second: str, by: By = None, categories: Sequence | None = None,
                    n_pairs: str | None = None, confidence: float = 0.95,
                    own_weights: Mapping[str, np.ndarray] | None = None) -> pd.DataFrame:
    """Every statistic of the agreement of two raters, one row per group and statistic, with two intervals each.

    `pairs`: one row per item, or per kind of pair with its number in column `n_pairs`. `categories`: all possible
    ratings from worst to best; without it those of the ordered categorical columns, or the numbers that occur.

    Shares are proportions 0 to 1: exact_agreement, within_one_agreement, second_lower, second_higher (of all pairs;
    a second rater who is lower found the first lenient), lower_of_disagreements (value 0.5 = no direction; p is the
    exact sign test). mean_difference_second_minus_first in steps of the scale. cohen_kappa, krippendorff_alpha,
    gwet_ac1, gwet_ac2, brennan_prediger: 1 is perfect, 0 what chance gives, below 0 worse than chance.
    cohen_kappa_z: value over its error under kappa = 0, two-sided p. stuart_maxwell and bowker: chi-square, df, p.

    `n` is the number of items behind the figure: items rated by both; for gwet and brennan_prediger also items that
    one of them rated, which count towards chance agreement only. A figure that is not defined is NaN and `reason`
    says why; one item has a value but no interval. `own_weights`: more kappas, with a name and a k x k table of
    credits, 1 on the diagonal. Raises TableError for columns that do not exist and values outside the categories.

    Sources: Cohen (1960, 1968); Fleiss, Cohen and Everitt (1969); Gwet (2014); Krippendorff (2019); Agresti (2013).
    """
    everything = _read(pairs, [first, second], by, categories, n_pairs)
    _check_confidence(confidence)
    ratings = _both(everything)
    rows = [*_share_rows(ratings, confidence), *_kappa_rows(ratings, confidence, own_weights or {}),
            *_any_number_rows(everything, confidence), *_table_tests(ratings)]
    return _stack(everything.groups, rows)


def agreement_summary(pairs: pd.DataFrame, first: str, second: str, by: By = None, categories: Sequence | None = None,
                      n_pairs: str | None = None, confidence: float = 0.95, min_pairs: int = MIN_PAIRS) -> pd.DataFrame:
    """The agreement figures for a report, with intervals that hold at 20 pairs; smaller groups show their table alone.

    One row per group and statistic: exact and within one grade, direction, kappa with linear weights, Gwet's AC2 with
    linear weights, Krippendorff's ordinal alpha. `value_lower`, `value_upper` are the reported limits of
    `agreement_table`, `n` the items behind the figure, `n_pairs` those that both rated. Under `min_pairs` pairs every
    figure but the two n is missing, `is_withheld` is True and `reason` says so: show `cross_table` instead.
    """
    table = agreement_table(pairs, first, second, by, categories, n_pairs, confidence)
    wanted = [("exact_agreement", ""), ("within_one_agreement", ""), ("second_lower", ""), ("second_higher", ""),
              ("lower_of_disagreements", ""), ("mean_difference_second_minus_first", ""), ("cohen_kappa", "linear"),
              ("gwet_ac2", "linear"), ("krippendorff_alpha", "ordinal")]
    names = [c for c in table.columns if c not in COLUMNS]
    kept = pd.Series([pair in wanted for pair in zip(table["statistic"], table["weights"], strict=True)], dtype=bool)
    out = table[kept]
    is_pairs = out["statistic"] == "exact_agreement"
    out = out.assign(n_pairs=out["n"].where(is_pairs).ffill().astype(int))
    out = out.assign(value_lower=out["reported_lower"], value_upper=out["reported_upper"],
                     is_withheld=out["n_pairs"] < min_pairs)
    figures = ["count", "value", "value_lower", "value_upper", "p"]
    out[figures] = out[figures].mask(out["is_withheld"])
    out["reason"] = out["reason"].mask(out["is_withheld"], f"fewer than {min_pairs} pairs: the table alone")
    columns = [*names, "statistic", "weights", "n_pairs", "n", *figures, "reason", "is_withheld"]
    return out[columns].reset_index(drop=True)


def agreement_raters(items: pd.DataFrame, raters: Sequence[str], by: By = None, categories: Sequence | None = None,
                     n_items: str | None = None, confidence: float = 0.95) -> pd.DataFrame:
    """Every statistic of the agreement of two or more raters, one row per group and statistic; ratings may be missing.

    `items`: one row per item, one column per rater. A rater without a rating in a group is no rater of that group.
    all_raters_agree, fleiss_kappa_complete_items and light_kappa use the items that every rater of the group rated;
    pairwise_agreement (mean over items of the share of pairs that agree), gwet_ac1, gwet_ac2, brennan_prediger,
    fleiss_kappa and conger_kappa any item with a rating (items with one count towards chance agreement only);
    krippendorff_alpha items with two ratings or more. n_items, n_items_rated_by_all, n_items_rated_by_two_or_more are
    counts. Range, categories, intervals, missing values and errors as in `agreement_table`.

    Sources: Fleiss (1971); Light (1971); Conger (1980); Gwet (2014); Krippendorff (2019).
    """
    if len(raters) < 2:
        raise TableError(f"agreement needs two raters or more; {len(raters)} column(s) given: {', '.join(raters)}.")
    ratings = _read(items, list(raters), by, categories, n_items)
    _check_confidence(confidence)
    number = ratings.counts.sum(1)
    complete = (number == ratings.present.sum(1)[ratings.group]) & (number >= 2)
    n_items_of = _size(ratings) + _unrated(items, list(raters), by, n_items)
    rows = [_row("n_items", n_items_of, value=n_items_of), *(
        _row(name, _size(ratings.only(keep)), value=_size(ratings.only(keep)))
        for name, keep in (("n_items_rated_by_all", complete), ("n_items_rated_by_two_or_more", number >= 2)))]
    rows += [*_complete_rows(ratings.only(complete), confidence), *_any_number_rows(ratings, confidence),
             *_coefficient_rows("fleiss_kappa", GWET_WEIGHTS, ratings, confidence, _counted("fleiss")),
             *_coefficient_rows("conger_kappa", GWET_WEIGHTS, ratings, confidence, _conger)]
    return _stack(ratings.groups, rows)


def agreement_counts(items: pd.DataFrame, counts: Sequence[str], by: By = None,
                     confidence: float = 0.95) -> pd.DataFrame:
    """Agreement where only the number of raters that chose each category is known, one row per group and statistic.

    `counts`: one column per category, worst to best, with how many raters gave it to the item (one row per item).
    A missing count is 0. Statistics as in `agreement_raters` that do not need to know who rated. Raises TableError for
    counts that are negative or no whole number.
    """
    need_columns(items, counts)
    given = items[list(counts)]
    table = given.apply(pd.to_numeric, errors="coerce").to_numpy(dtype=float)
    whole = (table >= 0) & (np.trunc(table) == table) & np.isfinite(table)
    wrong = given.notna().to_numpy() & ~whole
    if wrong.any():
        shown = "; ".join(f"column {name!r}: {shown_values(items[name], bad)}"
                          for name, bad in zip(counts, wrong.T, strict=True) if bad.any())
        raise TableError(f"{wrong.sum()} count(s) are negative or no whole number: {shown}. Give numbers of raters.")
    _check_confidence(confidence)
    group, groups = group_index(items, by)
    table = np.nan_to_num(table)
    positions = np.arange(len(counts), dtype=float)
    ratings = Ratings(None, table, group, np.ones(len(table)), groups, list(counts), positions)
    ratings = ratings.only(table.sum(1) > 0)
    return _stack(groups, [*_any_number_rows(ratings, confidence),
                           *_coefficient_rows("fleiss_kappa", GWET_WEIGHTS, ratings, confidence, _counted("fleiss"))])


# --- the rows of the tables ---------------------------------------------------------------------------------------


def _row(statistic: str, n, weights: str = "", reason=None, **columns) -> dict:
    return {"statistic": statistic, "weights": weights, "n": n,
            "reason": np.full(len(n), "", dtype=object) if reason is None else reason, **columns}


def _share_rows(ratings: Ratings, confidence: float) -> list[dict]:
    step = ratings.codes[:, 1] - ratings.codes[:, 0]
    n = _size(ratings)

    def number(holds):
        return np.bincount(ratings.group, weights=ratings.weight * holds, minlength=ratings.n_groups)

    def share(name, count, of, reported, reason, **more):
        value = divide(count, of)
        lower, upper = _limits(reported, count, of, confidence)
        wilson = _limits(wilson_limits, count, of, confidence)
        return _row(name, of, count=count, value=value, value_lower=wilson[0], value_upper=wilson[1],
                    reported_lower=lower, reported_upper=upper, reason=np.where(of > 0, "", reason), **more)

    lower, higher = number(step < 0), number(step > 0)
    tail = stats.binom.cdf(np.minimum(lower, higher), lower + higher, 0.5)
    p_sign = np.where(lower + higher > 0, np.minimum(1, 2 * tail), np.nan)
    # Within one grade is nearly always near 1, where Wilson's interval covers too little; the exact one never does.
    return [share("exact_agreement", number(step == 0), n, wilson_limits, NO_PAIRS),
            share("within_one_agreement", number(abs(step) <= 1), n, exact_limits, NO_PAIRS),
            share("second_lower", lower, n, wilson_limits, NO_PAIRS),
            share("second_higher", higher, n, wilson_limits, NO_PAIRS),
            share("lower_of_disagreements", lower, lower + higher, exact_limits, NO_DISAGREEMENT, p=p_sign),
            *_coefficient_rows("mean_difference_second_minus_first", ("",), ratings, confidence, _mean_step,
                               ends=(1 - ratings.k, ratings.k - 1))]


def _limits(method, count, n, confidence):
    lower, upper = method(count, n, confidence)
    return np.asarray(lower, float), np.asarray(upper, float)


def _mean_step(r: Ratings, _: str) -> Estimate:
    step = (r.codes[:, 1] - r.codes[:, 0]).astype(float)
    n = _size(r)
    mean = divide(np.bincount(r.group, weights=r.weight * step, minlength=r.n_groups), n)
    squares = np.bincount(r.group, weights=r.weight * (step - mean[r.group]) ** 2, minlength=r.n_groups)
    return Estimate(mean, np.sqrt(divide(squares, n * (n - 1), where=n > 1)), n)


def _kappa_rows(ratings: Ratings, confidence: float, own_weights: Mapping[str, np.ndarray]) -> list[dict]:
    wanted = {name: agreement_weights(name, ratings.k) for name in WEIGHTS} | {
        name: _checked_credit(name, credit, ratings.k) for name, credit in own_weights.items()}
    z = stats.norm.ppf((1 + confidence) / 2)
    rows = []
    for name, credit in wanted.items():
        estimate, null_se = _kappa(ratings, credit)
        adjusted = _adjusted(ratings, name, lambda r, credit=credit: _kappa(r, credit)[0], estimate, confidence)
        reason = _reasons(estimate)
        score = divide(estimate.value, null_se)
        rows += [_row("cohen_kappa", estimate.n, name, value=estimate.value, se=estimate.se, reason=reason,
                      value_lower=estimate.value - z * estimate.se, value_upper=estimate.value + z * estimate.se,
                      reported_lower=adjusted[0], reported_upper=adjusted[1]),
                 _row("cohen_kappa_z", estimate.n, name, value=score, z=score, p=2 * stats.norm.sf(abs(score)),
                      reason=np.where(np.isnan(score) & (reason == ""), ONE_CATEGORY, reason))]
    return rows


def _kappa(r: Ratings, credit: np.ndarray) -> tuple[Estimate, np.ndarray]:
    return coefficients.cohen_kappa(r.codes[:, 0], r.codes[:, 1], r.group, r.weight, r.n_groups, credit)


def _checked_credit(name: str, credit, k: int) -> np.ndarray:
    credit = np.asarray(credit, dtype=float)
    if credit.shape != (k, k) or not np.isfinite(credit).all() or (np.diag(credit) != 1).any():
        raise TableError(f"own weights '{name}' must be a {k} x {k} table of finite credits with 1 on the diagonal.")
    return credit


def _complete_rows(complete: Ratings, confidence: float) -> list[dict]:
    """Statistics of the items that every rater rated."""
    number = complete.counts.sum(1)
    n = _size(complete)
    unanimous = np.bincount(complete.group, weights=complete.weight * (complete.counts.max(1) == number),
                            minlength=complete.n_groups)
    wilson = _limits(wilson_limits, unanimous, n, confidence)
    fleiss = _coefficient_rows("fleiss_kappa_complete_items", ("unweighted",), complete, confidence, _counted("fleiss"))
    score = divide(fleiss[0]["value"], _fleiss_null_se(complete))
    fleiss[0] |= {"z": score, "p": 2 * stats.norm.sf(abs(score))}
    return [_row("all_raters_agree", n, count=unanimous, value=divide(unanimous, n), value_lower=wilson[0],
                 value_upper=wilson[1], reported_lower=wilson[0], reported_upper=wilson[1],
                 reason=np.where(n > 0, "", "no item was rated by every rater")), *fleiss,
            *_coefficient_rows("light_kappa", ("unweighted",), complete, confidence, _light)]


def _fleiss_null_se(complete: Ratings) -> np.ndarray:
    """Standard error of Fleiss' kappa if the true value were 0 (Fleiss, Nee and Landis, 1979)."""
    n = _size(complete)
    used = np.column_stack([np.bincount(complete.group, weights=complete.weight * column, minlength=complete.n_groups)
                            for column in complete.counts.T])
    raters = divide(used.sum(1), n)
    share = divide(used, used.sum(1)[:, None])
    room = (share * (1 - share)).sum(1)
    spread = room**2 - (share * (1 - share) * (1 - 2 * share)).sum(1)
    variance = divide(2 * spread, room**2 * n * raters * (raters - 1), where=room > coefficients.TINY)
    return np.sqrt(np.maximum(variance, 0))


def _any_number_rows(ratings: Ratings, confidence: float) -> list[dict]:
    """Statistics for any number of raters and missing ratings that do not need to know who rated."""
    return [*_coefficient_rows("pairwise_agreement", ("unweighted",), ratings, confidence, _counted("pairs"), (0.0, 1.0)),
            *_coefficient_rows("gwet_ac1", ("unweighted",), ratings, confidence, _counted("gwet")),
            *_coefficient_rows("gwet_ac2", GWET_WEIGHTS[1:], ratings, confidence, _counted("gwet")),
            *_coefficient_rows("brennan_prediger", GWET_WEIGHTS, ratings, confidence, _counted("brennan_prediger")),
            *_coefficient_rows("krippendorff_alpha", METRICS, ratings, confidence, _alpha)]


def _counted(kind: str):
    def estimate(r: Ratings, weights: str) -> Estimate:
        credit = agreement_weights(weights, r.k)
        return coefficients.chance_corrected(kind, r.counts, r.group, r.weight, r.n_groups, credit)
    return estimate


def _alpha(r: Ratings, metric: str) -> Estimate:
    return coefficients.krippendorff_alpha(r.counts, r.group, r.weight, r.n_groups, metric, r.positions)


def _conger(r: Ratings, weights: str) -> Estimate:
    return coefficients.conger_kappa(r.codes, r.group, r.weight, r.n_groups, agreement_weights(weights, r.k))


def _light(r: Ratings, weights: str) -> Estimate:
    return coefficients.light_kappa(r.codes, r.group, r.weight, r.n_groups, agreement_weights(weights, r.k))


def _coefficient_rows(statistic, kinds, ratings: Ratings, confidence, method, ends=(-np.inf, 1.0)) -> list[dict]:
    """`ends`: smallest and largest value possible; chance-corrected figures have no lower end that holds for all."""
    rows = []
    for kind in kinds:
        estimate = method(ratings, kind)
        reach = _t(estimate.n, confidence) * estimate.se
        lower, upper = _adjusted(ratings, kind, lambda r, kind=kind: method(r, kind), estimate, confidence, ends)
        rows.append(_row(statistic, estimate.n, kind, value=estimate.value, se=estimate.se, reason=_reasons(estimate),
                         value_lower=estimate.value - reach, value_upper=np.minimum(estimate.value + reach, ends[1]),
                         reported_lower=lower, reported_upper=upper))
    return rows


def _adjusted(ratings: Ratings, kind: str, method, plain: Estimate, confidence: float, ends=(-np.inf, 1.0)):
    """Limits to publish: those of the ratings with imagined items; they always hold the value itself."""
    imagined = 2.0 if kind in ("unweighted", "nominal") else 1.0
    adjusted = method(ratings.with_imagined(imagined))
    reach = _t(plain.n, confidence) * adjusted.se
    lower = np.maximum(np.fmin(adjusted.value - reach, plain.value), ends[0])
    upper = np.minimum(np.fmax(adjusted.value + reach, plain.value), ends[1])
    undefined = np.isnan(plain.value) | np.isnan(reach)
    return np.where(undefined, np.nan, lower), np.where(undefined, np.nan, upper)


def _t(n: np.ndarray, confidence: float) -> np.ndarray:
    return np.where(n > 1, stats.t.ppf((1 + confidence) / 2, np.maximum(n - 1, 1)), np.nan)


def _reasons(estimate: Estimate) -> np.ndarray:
    undefined = np.isnan(estimate.value)
    return np.select([undefined & (estimate.n == 0), undefined, np.isnan(estimate.se)],
                     [NO_PAIRS, ONE_CATEGORY, ONE_ITEM], "").astype(object)


def _table_tests(ratings: Ratings) -> list[dict]:
    tables, n = _tables(ratings), _size(ratings)
    rows = []
    for name, test, why in (("stuart_maxwell", coefficients.stuart_maxwell, NO_DISAGREEMENT),
                            ("bowker", coefficients.bowker, NO_PAIRS)):
        chisq, p, df = test(tables)
        reason = np.where(n == 0, NO_PAIRS, np.where(np.isnan(chisq), why, ""))
        rows.append(_row(name, n, value=chisq, df=np.full(len(n), df), p=p, reason=reason))
    return rows


def _stack(groups: pd.DataFrame, rows: list[dict]) -> pd.DataFrame:
    """One row per group and statistic, groups in their order and statistics in the order of `rows`."""
    n_groups, n_rows = len(groups), len(rows)
    out = groups.loc[np.repeat(groups.index, n_rows)].reset_index(drop=True)
    for column in COLUMNS:
        missing = np.full(n_groups, np.nan)
        values = [np.full(n_groups, r[column], dtype=object) if column in ("statistic", "weights")
                  else np.asarray(r.get(column, missing)) for r in rows]
        out[column] = np.column_stack(values).ravel()
    text = ["statistic", "weights", "reason"]
    out[text] = out[text].astype("str")
    out["n"] = out["n"].round().astype(int)
    return out


# --- from the caller's table to numbers ---------------------------------------------------------------------------


def _both(ratings: Ratings) -> Ratings:
    return ratings.only((ratings.codes >= 0).all(1))


def _size(ratings: Ratings) -> np.ndarray:
    return np.bincount(ratings.group, weights=ratings.weight, minlength=ratings.n_groups)


def _tables(ratings: Ratings) -> np.ndarray:
    cell = (ratings.group * ratings.k + ratings.codes[:, 0]) * ratings.k + ratings.codes[:, 1]
    flat = np.bincount(cell, weights=ratings.weight, minlength=ratings.n_groups * ratings.k**2)
    return flat.reshape(ratings.n_groups, ratings.k, ratings.k)


def _check_confidence(confidence: float) -> None:
    if not 0 < confidence < 1:
        raise TableError(f"confidence {confidence} is not between 0 and 1. Use for example 0.95.")


def _unrated(items: pd.DataFrame, raters: list[str], by: By, n_items: str | None) -> np.ndarray:
    group, groups = group_index(items, by)
    weight = _weights(items, n_items) * items[raters].isna().all(axis=1).to_numpy()
    return np.bincount(group, weights=weight, minlength=len(groups))


def _weights(items: pd.DataFrame, n_items: str | None) -> np.ndarray:
    if n_items is None:
        return np.ones(len(items))
    numbers = pd.to_numeric(items[n_items], errors="coerce").to_numpy(dtype=float)
    wrong = ~(np.isfinite(numbers) & (numbers >= 0) & (numbers % 1 == 0))
    if wrong.any():
        raise TableError(f"column {n_items!r}: {wrong.sum()} value(s) are no number of items: "
                         f"{shown_values(items[n_items], wrong)}. Give whole numbers of 0 or more.")
    return numbers


def _read(items: pd.DataFrame, raters: list[str], by: By, categories: Sequence | None, n_items: str | None) -> Ratings:
    need_columns(items, [*raters, *([n_items] if n_items else [])])
    if len(set(raters)) < len(raters):
        raise TableError(f"the same column is named twice as a rater: {', '.join(raters)}. Name different columns.")
    labels = list(categories) if categories is not None else _categories_found(items, raters)
    if not labels:
        raise TableError("no categories given. Give `categories` from worst to best.")
    if len(set(labels)) < len(labels):
        raise TableError(f"categories repeat: {', '.join(map(str, labels))}. Give each once, from worst to best.")
    codes = np.column_stack([_codes(items[rater], labels) for rater in raters])
    _refuse_unknown(items, raters, codes, labels)
    weight = _weights(items, n_items)
    group, groups = group_index(items, by)
    rated = (codes >= 0).any(axis=1) & (weight > 0)
    codes, group, weight = _patterns(codes[rated], group[rated], weight[rated], len(labels))
    counts = np.stack([(codes == c).sum(1) for c in range(len(labels))], axis=1).astype(float)
    numeric = all(isinstance(v, (int, float, np.number)) and not isinstance(v, bool) for v in labels)
    positions = np.array(labels if numeric else range(len(labels)), dtype=float)
    return Ratings(codes, counts, group, weight, groups, labels, positions)


def _categories_found(items: pd.DataFrame, raters: list[str]) -> list:
    kinds, named = [items[rater].dtype for rater in raters], ", ".join(map(repr, raters))
    if all(isinstance(kind, pd.CategoricalDtype) and kind.ordered for kind in kinds):
        if all(list(kind.categories) == list(kinds[0].categories) for kind in kinds):
            return list(kinds[0].categories)
        raise TableError(f"columns {named} have different categories. Give `categories` from worst to best.")
    values = pd.unique(pd.concat([items[rater].dropna().astype(object) for rater in raters]))
    if not len(values):
        raise TableError(f"columns {named} hold no rating at all. Give `categories` from worst to best.")
    if all(isinstance(v, (int, float, np.number)) and not isinstance(v, bool) for v in values):
        return sorted(float(v) if v % 1 else int(v) for v in values if np.isfinite(v))
    raise TableError(f"columns {named} hold text without an order. Give `categories` from worst to best, "
                     "or ordered categorical columns.")


def _codes(column: pd.Series, labels: list) -> np.ndarray:
    values = column.astype(object) if isinstance(column.dtype, pd.CategoricalDtype) else column
    codes = pd.Index(labels, dtype=object).get_indexer(values.astype(object))
    return np.where(column.isna(), -1, codes)


def _refuse_unknown(items: pd.DataFrame, raters: list[str], codes: np.ndarray, labels: list) -> None:
    faults = []
    for place, rater in enumerate(raters):
        wrong = (codes[:, place] < 0) & items[rater].notna().to_numpy()
        if wrong.any():
            shown = shown_values(items[rater], wrong)
            faults.append(f"column {rater!r}: {wrong.sum()} value(s) outside the categories: {shown}")
    if faults:
        raise TableError("; ".join(faults) + f". Allowed, from worst to best: {', '.join(map(str, labels))}; "
                         "leave blank if not rated.")


def _patterns(codes: np.ndarray, group: np.ndarray, weight: np.ndarray, k: int):
    """Items with equal ratings in one group become one row with their number, which makes all later work shorter."""
    n_groups = int(group.max(initial=0)) + 1
    if not len(codes) or n_groups * float(k + 1) ** codes.shape[1] > 2**62:
        return codes, group, weight
    key = group.astype(np.int64)
    for place in range(codes.shape[1]):
        key = key * (k + 1) + codes[:, place] + 1
    _, first, which = np.unique(key, return_index=True, return_inverse=True)
    return codes[first], group[first], np.bincount(which, weights=weight)
