"""Which cases to look at, how many are enough, and what the cases looked at allow for all the others.

A draw is a matter of the case ids and the seed alone: each id is given a place by a hash keyed with the seed, so the
same frame and seed give the same cases on any machine and in whatever order the rows come, and a larger sample
contains the smaller one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from scipy import stats

from qa_analysis.errors import UserError
from qa_analysis.measures.agreement_coefficients import divide
from qa_analysis.measures.group_index import group_index, shown_values
from qa_analysis.measures.intervals import CountsError, as_numbers, exact_limits
from qa_analysis.measures.shares import By, listed

METHODS = ("random", "stratified proportional", "fixed per group")
ROLES = ("sample", "replacement")
ROUNDING = 1e-9  # 40.0000000000001 cases are 40, not 41


class SampleError(UserError, ValueError):
    """The sample can't be drawn or planned as asked; the message names every reason."""


# --- how many -----------------------------------------------------------------------------------------------------


def sample_size(population, margin, proportion=0.5, confidence=0.95) -> pd.DataFrame:
    """Cases needed for a share to be known to within `margin`, one row for each combination given.

    `population` is the number of cases in the frame (missing, infinite or "infinite": one without end); `margin`,
    half the width of the interval, and the `proportion` expected (0.5 is the safe guess) are proportions 0 to 1. All
    take numbers or columns of equal length. Columns: these, `z`, `n0_unrounded` (without end), `n_unrounded`,
    `n_required` (rounded up, at most the population), `achieved_margin`. Normal approximation with finite population
    correction (Cochran, 1977, 4.4): for planning; report a sample with the Wilson or exact interval.
    Raises SampleError naming every value that is out of range.
    """
    table = _plan(population=population, margin=margin, proportion=proportion, confidence=confidence)
    _refuse_plan(table, {"margin": (0, 1), "proportion": (0, 1), "confidence": (0, 1)})
    p, frame = table["proportion"], table["population"]
    table["z"] = stats.norm.ppf(1 - (1 - table["confidence"]) / 2)
    table["n0_unrounded"] = table["z"] ** 2 * p * (1 - p) / table["margin"] ** 2
    table["n_unrounded"] = table["n0_unrounded"] / (1 + (table["n0_unrounded"] - 1) / frame)
    up = np.ceil(table["n_unrounded"] * (1 - ROUNDING))
    table["n_required"] = np.minimum(np.maximum(up, 1), frame).astype(int)
    table["achieved_margin"] = _margin(table["n_required"].to_numpy(float), frame, p, table["z"])
    return table


def achieved_margin(n, population, proportion=0.5, confidence=0.95) -> pd.DataFrame:
    """The margin that a sample of `n` from `population` gives a share, one row for each combination given.

    Columns: `n`, `population`, `proportion`, `confidence`, `z`, `achieved_margin` (0 to 1; 0 where all were looked at).
    Values and errors as in `sample_size`; n is 1 or more and at most the population.
    """
    table = _plan(n=n, population=population, proportion=proportion, confidence=confidence)
    _refuse_plan(table, {"proportion": (0, 1), "confidence": (0, 1)})
    table["z"] = stats.norm.ppf(1 - (1 - table["confidence"]) / 2)
    table["achieved_margin"] = _margin(table["n"], table["population"], table["proportion"], table["z"])
    return table


def _margin(n, population, proportion, z) -> np.ndarray:
    n, population = np.asarray(n, float), np.asarray(population, float)
    left = np.ones(n.shape)  # variance that is left when part of the frame is seen
    finite = np.isfinite(population)
    left[finite] = np.nan_to_num(divide(population[finite] - n[finite], population[finite] - 1))
    return np.asarray(z) * np.sqrt(np.asarray(proportion) * (1 - np.asarray(proportion)) / n * left)


def _plan(**columns) -> pd.DataFrame:
    """The values as columns of one table; a single value is repeated; a frame without end is infinite."""
    arrays = {}
    for name, values in columns.items():
        series = pd.Series(values if isinstance(values, pd.Series) else np.atleast_1d(np.asarray(values, dtype=object)))
        if name == "population":
            series = series.astype(object).where(series.notna(), np.inf).replace("infinite", np.inf)
        arrays[name] = as_numbers(series.astype(object))
    try:
        return pd.DataFrame(dict(zip(arrays, np.broadcast_arrays(*arrays.values()), strict=True))).copy()
    except ValueError:
        lengths = ", ".join(f"{name} {len(values)}" for name, values in arrays.items())
        raise SampleError(f"the columns differ in length: {lengths}. Give one value or one for each row.") from None


def _refuse_plan(table: pd.DataFrame, between: Mapping[str, tuple[float, float]]) -> None:
    faults = []
    for name, (low, high) in between.items():
        if (wrong := ~table[name].between(low, high, inclusive="neither").to_numpy()).any():
            faults.append(f"{name} must lie between {low} and {high}: {shown_values(table[name], wrong)}")
    for name in {"population", "n"} & set(table.columns):
        numbers = table[name].to_numpy()
        whole = (numbers >= 1) & (np.isinf(numbers) if name == "population" else False)
        whole |= (numbers >= 1) & np.isfinite(numbers) & (np.floor(numbers) == numbers)
        if not whole.all():
            faults.append(f"{name} must be a whole number of 1 or more: {shown_values(table[name], ~whole)}")
    if "n" in table and (wrong := (table["n"] > table["population"]).to_numpy()).any():
        faults.append(f"n is above the population: {shown_values(table['n'], wrong)}")
    if faults:
        raise SampleError("; ".join(faults) + ". Correct the plan.")


# --- which --------------------------------------------------------------------------------------------------------


def draw_sample(frame: pd.DataFrame, n: int | Mapping, seed: int | str, by: By = None, method: str = "random",
                key: str = "case_id", exclude: Iterable | None = None, replacements: int = 0,
                allow_short: bool = False) -> pd.DataFrame:
    """The cases drawn from a frame, with those that stand ready to replace them; the frame's columns are kept.

    `method`: "random" draws `n` from all; "stratified proportional" `n` in all, each group of `by` its share (largest
    remainder); "fixed per group" `n` from each group of `by` (or a mapping group: n). `exclude`: ids not to draw (or
    an array that is true at the rows not to draw), such as cases seen lately: the sample then speaks only for the cases
    left, so report their number (`allocation`). `replacements`: further cases of each group, to be used in order. Adds
    `draw_role` ("sample", "replacement") and `draw_order` (1, 2, … in the group, replacements after the sample). Rows
    come by group and order.

    The same ids and seed give the same draw whatever the order of the rows. A missing group is the group 'not
    recorded'. Raises SampleError with every reason at once: ids missing or twice, a frame or group smaller than the
    sample, a group whose cases are all excluded. `allow_short=True` takes all of a group that is too small instead.
    """
    plan = _planned(frame, n, by, method, key, exclude, replacements, seed, allow_short)
    rows = plan.order[plan.available[plan.order]]
    rows = rows[np.argsort(plan.group[rows], kind="stable")]  # by group, and by hash in each
    starts = np.searchsorted(plan.group[rows], np.arange(len(plan.groups)))
    sizes = np.diff(np.append(starts, len(rows)))
    n_taken = np.minimum(plan.n_drawn + np.where(plan.n_drawn > 0, replacements, 0), sizes)
    within = np.concatenate([np.arange(taken) for taken in n_taken]) if len(n_taken) else np.zeros(0, dtype=int)
    rows = rows[np.repeat(starts, n_taken) + within]
    group = plan.group[rows]
    drawn = frame.iloc[rows].reset_index(drop=True)
    roles = np.where(within < plan.n_drawn[group], *ROLES)
    return drawn.assign(draw_role=pd.Categorical(roles, ROLES, ordered=True), draw_order=within + 1)


def allocation(frame: pd.DataFrame, n: int | Mapping, by: By = None, method: str = "random", key: str = "case_id",
               exclude: Iterable | None = None, allow_short: bool = False) -> pd.DataFrame:
    """How many cases a draw takes from each group, one row per group (one row for "random").

    `n_frame` cases, `n_excluded` of them, `n_available` the rest, `n_drawn`, and `share_drawn` of the available (0 to
    1). Arguments and errors as in `draw_sample`.
    """
    plan = _planned(frame, n, by, method, key, exclude, 0, 0, allow_short)
    n_groups = len(plan.groups)
    n_frame = np.bincount(plan.group, minlength=n_groups)
    n_available = np.bincount(plan.group[plan.available], minlength=n_groups)
    return plan.groups.assign(n_frame=n_frame, n_excluded=n_frame - n_available, n_available=n_available,
                              n_drawn=plan.n_drawn, share_drawn=divide(plan.n_drawn, n_available))


def largest_remainder(n: int, sizes) -> np.ndarray:
    """`n` shared out in proportion to `sizes`, in whole numbers that add up to n.

    Each gets its quota rounded down, then those with the largest remainder one more (Hamilton's method); of equal
    remainders the larger group, then the earlier one. None gets more than its size if n is at most their sum.
    """
    sizes = np.asarray(sizes, dtype=np.int64)
    total = int(sizes.sum())
    if total == 0:
        return np.zeros(len(sizes), dtype=int)
    share, remainder = np.divmod(n * sizes, total)
    order = np.lexsort((np.arange(len(sizes)), -sizes, -remainder))
    share[order[: n - int(share.sum())]] += 1
    return share.astype(int)


class _Planned:
    """A draw that has passed all checks: rows in the order of the draw, their groups, which may be drawn, how many."""

    def __init__(self, order, group, groups, available, n_drawn):
        self.order, self.group, self.groups, self.available, self.n_drawn = order, group, groups, available, n_drawn


def _planned(frame, n, by, method, key, exclude, replacements, seed, allow_short) -> _Planned:
    """Check everything, gather every fault, raise once."""
    groups_by = listed(by)
    faults = _call_faults(frame, n, groups_by, method, key, replacements, seed)
    if faults:
        raise SampleError("; ".join(faults) + ".")
    ids = _as_text(frame[key])
    order, is_tied = _hash_order(ids, seed)
    faults = _id_faults(frame[key], ids, key, is_tied)
    available = _available(ids, exclude)
    group, groups = group_index(frame, groups_by if method != "random" else None)
    sizes = np.bincount(group[available], minlength=len(groups))
    names = _group_names(groups)
    n_drawn, more = _how_many(n, method, sizes, names, allow_short)
    if faults + more:
        raise SampleError("; ".join(faults + more) + ".")
    return _Planned(order, group, groups, available, n_drawn)


def _available(ids: np.ndarray, exclude) -> np.ndarray:
    """Which rows may be drawn: those that a mask does not mark, or whose ids are not among those to leave out."""
    if isinstance(exclude, np.ndarray) and exclude.dtype == bool:
        return ~exclude
    out = {_text_id(value) for value in exclude} if exclude is not None else set()
    return ~pd.Index(ids, dtype=object).isin(out) if out else np.ones(len(ids), dtype=bool)


def _call_faults(frame, n, by, method, key, replacements, seed) -> list[str]:
    faults = []
    if missing := [c for c in dict.fromkeys([key, *by]) if c not in frame.columns]:
        faults.append(f"the frame has no column {', '.join(map(repr, missing))}; it has "
                      f"{', '.join(map(str, frame.columns)) or 'none'}")
    if method not in METHODS:
        faults.append(f"method '{method}' is not known; use {', '.join(METHODS)}")
    elif method != "random" and not by:
        faults.append(f"method '{method}' needs `by`: name the column of the groups")
    elif method == "random" and by:
        faults.append("method 'random' draws from all cases alike; for groups use 'stratified proportional' or "
                      "'fixed per group'")
    numbers = list(n.values()) if isinstance(n, Mapping) else [n]
    if isinstance(n, Mapping) and method != "fixed per group":
        faults.append("a number for each group goes with method 'fixed per group' only")
    if not all(_is_whole(v) and v >= 1 for v in numbers):
        faults.append(f"the sample size must be a whole number of 1 or more; given: {', '.join(map(str, numbers))}")
    if not (_is_whole(replacements) and replacements >= 0):
        faults.append(f"replacements must be a whole number of 0 or more; given: {replacements}")
    if not (_is_whole(seed) or isinstance(seed, str) and seed):
        faults.append(f"a draw needs a seed, a whole number or a text, to be repeatable; given: {seed!r}")
    return faults


def _is_whole(value) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, (bool, np.bool_))


def _id_faults(ids: pd.Series, text: np.ndarray, key: str, may_repeat: bool) -> list[str]:
    faults = []
    if (missing := ids.isna().to_numpy()).any():
        rows = ", ".join(map(str, ids.index[missing][:5]))
        faults.append(f"column {key!r}: {missing.sum()} id(s) missing (rows {rows}): fill them in or leave the rows "
                      "out")
    known = pd.Series(text, index=ids.index)[~missing]
    if may_repeat and not known.is_unique:
        twice = known.duplicated(keep=False).to_numpy()
        faults.append(f"column {key!r}: {known[twice].nunique()} id(s) come more than once: "
                      f"{shown_values(known, twice)}: keep one row for each case")
    return faults


def _how_many(n, method, sizes, names, allow_short) -> tuple[np.ndarray, list[str]]:
    """Cases to draw from each group, and what stands against it."""
    total = int(sizes.sum())
    faults = []
    if method == "fixed per group":
        wanted, unknown = _wanted(n, names)
        if unknown:
            faults.append(f"group(s) without any case in the frame: {', '.join(unknown)}; found: {', '.join(names)}")
        short = [f"{name} has {size} of {want}"
                 for name, size, want in zip(names, sizes, wanted, strict=True) if size < want]
        if short and not allow_short:
            faults.append(f"group(s) with fewer cases left than asked for: {', '.join(short)}; ask for fewer, join "
                          "groups, or allow_short=True to take all they have")
        return np.minimum(wanted, sizes), faults
    if n > total and not allow_short:
        faults.append(f"the frame has {total} case(s) left to draw from, fewer than the sample of {n}; ask for fewer, "
                      "or allow_short=True to take all")
    if method == "stratified proportional" and not allow_short:
        if empty := [name for name, size in zip(names, sizes, strict=True) if size == 0]:
            faults.append(f"group(s) with no case left to draw: {', '.join(empty)}; the sample would not speak for "
                          "them; exclude fewer, or allow_short=True to go on without them")
    return largest_remainder(min(n, total), sizes), faults


def _wanted(n, names: list[str]) -> tuple[np.ndarray, list]:
    if not isinstance(n, Mapping):
        return np.full(len(names), n), []
    asked = {_joined(name): number for name, number in n.items()}
    return np.array([asked.get(name, 0) for name in names], dtype=int), [name for name in asked if name not in names]


def _group_names(groups: pd.DataFrame) -> list[str]:
    return [_joined(row) for row in groups.itertuples(index=False, name=None)]


def _joined(name) -> str:
    return ", ".join(map(str, name)) if isinstance(name, tuple) else str(name)


def _as_text(ids: pd.Series) -> np.ndarray:
    """Ids as text, so that 12345 typed as a number and as text is one case."""
    if isinstance(ids.dtype, pd.StringDtype):
        return ids.to_numpy(dtype=object)
    return np.array([_text_id(value) for value in ids.tolist()], dtype=object)


def _text_id(value) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _hash_order(ids: np.ndarray, seed: int | str) -> tuple[np.ndarray, bool]:
    """Rows in the order of the draw, by a hash of the id keyed with the seed (SipHash, mixed); are any two alike?"""
    if not len(ids):
        return np.zeros(0, dtype=int), False
    hash_key = hashlib.blake2b(str(seed).encode(), digest_size=8).hexdigest()
    hashes = pd.util.hash_array(ids, hash_key=hash_key, categorize=False)
    order = np.argsort(hashes)
    ordered = hashes[order]
    is_tied = bool((ordered[1:] == ordered[:-1]).any())  # the same id twice, or two ids by a chance of 1 in millions
    return (np.lexsort((ids.astype(str), hashes)) if is_tied else order), is_tied


# --- what it says about the rest ------------------------------------------------------------------------------------


def what_sample_allows(k, n, N, confidence: float = 0.95) -> pd.DataFrame:  # noqa: N803 - the field's letters
    """How many cases of the whole frame may be as the `k` found among `n` drawn at random from `N`, one row each.

    `at_most` and `at_least` are one-sided limits on the number in the frame, `lower` and `upper` two-sided ones; the
    `share_…` columns are the same as shares of the frame, 0 to 1. Exact (hypergeometric): 0 of 40 drawn from 400 still
    allows 27 at 95%, one-sided. They hold for a random sample of the frame alone, without the cases excluded from it.
    k, n, N: numbers or columns of equal length. A missing value or n of 0 gives no limits. `confidence` from 0.5.
    Raises SampleError where k is above n, n above N, or a number is negative, infinite or not whole.
    """
    if not 0.5 < confidence < 1:  # a one-sided limit at 0.5 would be no limit
        raise SampleError(f"confidence {confidence} is not between 0.5 and 1. Use for example 0.95.")
    try:
        arrays = np.broadcast_arrays(*(as_numbers(v) for v in (k, n, N)))
    except ValueError as fault:
        raise SampleError(f"k, n and N: {fault}") from fault
    table = pd.DataFrame(dict(zip(("k", "n", "population"), arrays, strict=True)))
    faults = [f"{name} must be a whole number of 0 or more: {shown_values(table[name], wrong)}"
              for name in table if (wrong := _not_whole(table[name])).any()]
    if faults:
        raise SampleError("; ".join(faults) + ". Correct the numbers or leave them blank.")
    known = table.notna().all(axis=1).to_numpy() & (table["n"] > 0).to_numpy()
    population = table["population"].where(known, np.nan)
    try:
        two = exact_limits(table["k"], table["n"], confidence, population.fillna(np.inf))
        one = exact_limits(table["k"], table["n"], 2 * confidence - 1, population.fillna(np.inf))
    except CountsError as fault:
        raise SampleError(str(fault)) from fault
    table["share_found"] = divide(table["k"], table["n"], where=known)
    for name, share in {"at_least": one[0], "at_most": one[1], "lower": two[0], "upper": two[1]}.items():
        count = np.where(known, np.asarray(share, float) * population, np.nan)
        table[name] = pd.array(np.round(count), dtype="Float64").astype("Int64")
        table[f"share_{name}"] = np.where(known, share, np.nan)
    return table


def _not_whole(numbers: pd.Series) -> np.ndarray:
    values = numbers.to_numpy(float)
    return ~np.isnan(values) & ~(np.isfinite(values) & (values >= 0) & (np.trunc(values) == values))
