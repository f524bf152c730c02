"""Shares and rates with the interval that their size allows: counts in, the same table with value and limits out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from qa_analysis.errors import UserError

Limits = tuple[np.ndarray, np.ndarray]
BYAR_FROM = 10  # events; below this Byar's approximation is worse than the exact limits cost (PHE Fingertips guidance)
SHARE_METHODS = ("wilson", "exact")


class CountsError(UserError, ValueError):
    """The counts can't be what they say they are; the message names the rows."""


def wilson_limits(count, n, confidence: float = 0.95, population=None) -> Limits:
    """Lower and upper limit of each share `count` / `n`, by Wilson's score method.

    Proportions 0 to 1, one pair for each element; the method of choice for shares of audits, since it
    keeps its coverage at small n and never leaves 0 to 1 (Wilson, 1927; statsmodels).
    `population`: the number of cases in the frame that the n were drawn from at random. The variance is
    then cut by (N - n)/(N - 1), so a sample of everything has no uncertainty (Cochran, 1977, 2.6).
    Missing or infinite values and n of 0 give NaN. Raises CountsError naming the rows where a count is
    negative, is above n, or n is above the population.
    """
    count, n, population, known = _checked(count, n, population)
    # A factor f on the variance acts as n/f audits would: the score equation holds n only as variance/n.
    with np.errstate(divide="ignore", invalid="ignore"):
        kept = np.where(population > 1, (population - n) / (population - 1), 0.0)
        kept = np.where(np.isinf(population), 1.0, kept)
    whole = known & (kept <= 0)
    lower, upper = _nan_pair(count)
    lower[whole] = upper[whole] = count[whole] / n[whole]
    use = known & ~whole
    lower[use], upper[use] = proportion_confint(
        count[use] / kept[use], n[use] / kept[use], alpha=_alpha(confidence), method="wilson")
    return _pin_ends(count, n, lower, upper)


def exact_limits(count, n, confidence: float = 0.95, population=None) -> Limits:
    """Lower and upper limit of each share `count` / `n`, by the exact method of Clopper and Pearson.

    Never covers less than it says, so it is wider than Wilson's (Clopper and Pearson, 1934; statsmodels).
    With `population` (the size of the frame that the n were drawn from) the hypergeometric tails are
    inverted instead: the limits are the smallest and largest share of the frame that the sample allows.
    Missing values, n of 0 and errors as in `wilson_limits`.
    """
    index = _index(count, n)
    count, n, population, known = _checked(count, n, population)
    part = known & ((np.floor(count) != count) | (np.floor(n) != n))
    _refuse(part, "exact limits need whole numbers: count or n has a fraction", index, count=count, n=n)
    lower, upper = _nan_pair(count)
    finite = known & np.isfinite(population)
    use = known & ~finite
    lower[use], upper[use] = proportion_confint(count[use], n[use], alpha=_alpha(confidence), method="beta")
    if finite.any():
        lower[finite], upper[finite] = _hypergeometric_limits(
            count[finite], n[finite], np.floor(population[finite]), _alpha(confidence) / 2)
        return lower, upper
    return _pin_ends(count, n, lower, upper)


def rate_limits(events, exposure=1.0, confidence: float = 0.95, multiplier=1.0, method: str = "auto") -> Limits:
    """Lower and upper limit of each rate `events` / `exposure` x `multiplier`.

    `method`: "auto" is exact Poisson limits below 10 events and Byar's approximation from 10 on, as
    Public Health England publishes; "exact" or "byar" always. 0 events have lower limit 0. There is no upper bound.
    Missing or infinite values and exposure of 0 give NaN. Raises CountsError naming the rows where events or
    exposure are negative. (Breslow and Day, 1987, chapter 2; Garwood, 1936.)
    """
    if method not in ("auto", "exact", "byar"):
        raise CountsError(f"method '{method}' of a rate is not known. Use auto, exact or byar.")
    index = _index(events, exposure)
    events, exposure, multiplier = _same_shape(events, exposure, multiplier)
    _refuse(events < 0, "events are negative", index, events=events)
    _refuse(exposure < 0, "exposure is negative", index, exposure=exposure)
    known = np.isfinite(events) & np.isfinite(exposure) & (exposure > 0) & np.isfinite(multiplier)
    tail = _alpha(confidence) / 2
    exact = known & ((events < BYAR_FROM) if method == "auto" else np.full(known.shape, method == "exact"))
    byar = known & ~exact
    lower, upper = _nan_pair(events)
    lower[exact], upper[exact] = _poisson_limits(events[exact], tail)
    lower[byar], upper[byar] = _byar(events[byar], stats.norm.isf(tail))
    with np.errstate(divide="ignore", invalid="ignore"):
        return lower / exposure * multiplier, upper / exposure * multiplier


def byar_limits(events, exposure=1.0, confidence: float = 0.95, multiplier=1.0) -> Limits:
    """Lower and upper limit of each rate by Byar's approximation, whatever the number of events; see `rate_limits`."""
    return rate_limits(events, exposure, confidence, multiplier, method="byar")


def shares(count, n) -> np.ndarray:
    """`count` / `n` of each row, 0 to 1; NaN where one is missing or infinite or n is 0; errors as `wilson_limits`."""
    count, n, _, known = _checked(count, n, None)
    return np.divide(count, n, out=np.full(count.shape, np.nan), where=known)


def chance_limits(share, n, tail: float) -> Limits:
    """Smallest and largest share of `n` that chance alone gives when the true share is `share`: exact binomial.

    A share below the lower or above the upper limit has a chance of `tail` at most on that side; one on a limit is
    inside. Limits lie on the steps k/n. Proportions 0 to 1; missing values and n of 0 give NaN.
    """
    share, n = _same_shape(share, n)
    known = np.isfinite(share) & np.isfinite(n) & (n > 0)
    lower, upper = _nan_pair(share)
    lower[known] = stats.binom.ppf(tail, n[known], share[known]) / n[known]
    upper[known] = stats.binom.ppf(1 - tail, n[known], share[known]) / n[known]
    return np.clip(lower, 0, 1), upper  # scipy gives -1 successes for a share of 0


def proportion_table(
    df: pd.DataFrame, count: str = "count", n: str = "n", by: str | Sequence[str] | None = None,
    confidence: float = 0.95, method: str = "wilson", population: str | float | None = None,
) -> pd.DataFrame:
    """The share `count` / `n` of each row, or of each group of `by`, with its interval.

    Adds `share`, `share_lower`, `share_upper`: proportions 0 to 1. With `by` the counts are added up first
    (a share of all, never a mean of shares); a row with either number missing counts in neither sum, and a
    group with no row left keeps n of 0 and no share. Groups come in the order of their names.
    `method`: "wilson" or "exact". `population`: a column or a number, see `wilson_limits`.
    Raises CountsError naming the rows of `df` whose counts are impossible.
    """
    if method not in SHARE_METHODS:
        raise CountsError(f"method '{method}' of a share is not known. Use {' or '.join(SHARE_METHODS)}.")
    need_columns(df, [count, n, *_listed(by), *([population] if isinstance(population, str) else [])])
    if by is not None:
        _checked(df[count], df[n], None)
        sizes = [population] if isinstance(population, str) else []
        df = _added_up(df, _listed(by), [count, n, *sizes])
    out = df.copy()
    limits = wilson_limits if method == "wilson" else exact_limits
    frame = out[population] if isinstance(population, str) else population
    out["share_lower"], out["share_upper"] = limits(out[count], out[n], confidence, frame)
    out.insert(out.shape[1] - 2, "share", shares(out[count], out[n]))
    return out


def rate_table(
    df: pd.DataFrame, events: str = "events", exposure: str = "exposure", by: str | Sequence[str] | None = None,
    multiplier: str | float = 1.0, confidence: float = 0.95,
) -> pd.DataFrame:
    """The rate `events` / `exposure` x `multiplier` of each row, or of each group of `by`, with its interval.

    Adds `rate`, `rate_lower`, `rate_upper` and `method` (exact below 10 events, else byar; missing without a rate).
    `multiplier` is a number (1000 gives a rate per 1,000) or a column; with `by` a number. Grouping, missing values
    and errors as in `proportion_table` and `rate_limits`.
    """
    per_row = isinstance(multiplier, str)
    if per_row and by is not None:
        raise CountsError("rate_table: with `by`, give `multiplier` as one number, since groups are added up first.")
    need_columns(df, [events, exposure, *_listed(by), *([multiplier] if per_row else [])])
    if by is not None:
        rate_limits(df[events], df[exposure])
        df = _added_up(df, _listed(by), [events, exposure])
    out = df.copy()
    factor = out[multiplier] if per_row else multiplier
    lower, upper = rate_limits(out[events], out[exposure], confidence, factor)
    x, t, factor = _same_shape(out[events], out[exposure], factor)
    known = np.isfinite(lower)
    with np.errstate(divide="ignore", invalid="ignore"):
        out["rate"] = np.where(known, x / t * factor, np.nan)
    out["rate_lower"], out["rate_upper"] = lower, upper
    method = pd.Series(np.where(x < BYAR_FROM, "exact", "byar"), index=out.index, dtype="str")
    out["method"] = method.where(known)
    return out


def as_numbers(values) -> np.ndarray:
    """`values` as an array of floats, missing as NaN; raises CountsError naming the first few that are no number."""
    series = values if isinstance(values, pd.Series) else pd.Series(np.atleast_1d(values))
    numbers = pd.to_numeric(series, errors="coerce")
    lost = numbers.isna() & series.notna()
    if lost.any():
        shown = ", ".join(f"{series[lost].iloc[i]!r} (row {series[lost].index[i]})" for i in range(min(5, lost.sum())))
        raise CountsError(f"{lost.sum()} value(s) are no number: {shown}. Give numbers; leave blank if not known.")
    return numbers.to_numpy(dtype=float, na_value=np.nan)


def check_confidence(confidence: float) -> float:
    """`confidence` as given; raises CountsError unless it lies between 0 and 1."""
    if not 0 < confidence < 1:
        raise CountsError(f"confidence {confidence} is not between 0 and 1. Use for example 0.95 for a 95% interval.")
    return confidence


def need_columns(df: pd.DataFrame, columns: Iterable[str]) -> None:
    """Raise CountsError that names every column of `columns` missing from `df`, and those it has."""
    missing = [c for c in columns if c not in df.columns]
    if missing:
        raise CountsError(f"the table has no column {', '.join(map(repr, missing))}. "
                          f"It has: {', '.join(map(str, df.columns)) or 'none'}.")


def _listed(by: str | Sequence[str] | None) -> list[str]:
    return [] if by is None else [by] if isinstance(by, str) else list(by)


def _alpha(confidence: float) -> float:
    return 1 - check_confidence(confidence)


def _same_shape(*values) -> list[np.ndarray]:
    """All as float arrays of one length (a single number is repeated)."""
    arrays = [as_numbers(v) for v in values]
    try:
        return [a.copy() for a in np.broadcast_arrays(*arrays)]
    except ValueError:
        raise CountsError(f"the columns differ in length: {', '.join(str(a.size) for a in arrays)}.") from None


def _index(*values) -> pd.Index | None:
    return next((v.index for v in values if isinstance(v, pd.Series)), None)


def _refuse(wrong: np.ndarray, what: str, index=None, **shown: np.ndarray) -> None:
    """Raise CountsError for the rows that are `wrong`: how many, and the first five with their values."""
    where = np.flatnonzero(wrong)
    if where.size:
        rows = "; ".join(
            f"row {i if index is None else index[i]} ({', '.join(f'{name} {v[i]:g}' for name, v in shown.items())})"
            for i in where[:5])
        more = f" and {where.size - 5} more" if where.size > 5 else ""
        raise CountsError(f"{what} in {where.size} row(s): {rows}{more}. Correct the counts or leave them blank.")


def _checked(count, n, population) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Counts as arrays and where a share exists; impossible counts are refused by row."""
    index = _index(count, n)
    count, n, population = _same_shape(count, n, np.inf if population is None else population)
    _refuse(count < 0, "count is negative", index, count=count)
    _refuse(n < 0, "n is negative", index, n=n)
    _refuse(np.isfinite(count) & (count > n), "count is above n", index, count=count, n=n)
    _refuse(np.isfinite(n) & (n > population), "n is above the population", index, n=n, population=population)
    known = np.isfinite(count) & np.isfinite(n) & (n > 0) & ~np.isnan(population)
    return count, n, population, known


def _nan_pair(like: np.ndarray) -> Limits:
    return np.full(like.shape, np.nan), np.full(like.shape, np.nan)


def _pin_ends(count, n, lower, upper) -> Limits:
    """None of n has lower limit 0 and all of n has upper limit 1, without the last bit of rounding."""
    lower, upper = np.clip(lower, 0, 1), np.clip(upper, 0, 1)
    some = np.isfinite(lower)
    lower[some & (count == 0)] = 0.0
    upper[some & (count == n)] = 1.0
    return lower, upper


def _poisson_limits(events: np.ndarray, tail: float) -> Limits:
    """Exact limits of a Poisson count, by its relation to chi-square (Garwood, 1936)."""
    lower = np.where(events > 0, stats.chi2.ppf(tail, 2 * np.maximum(events, 1e-9)) / 2, 0.0)
    return lower, stats.chi2.isf(tail, 2 * events + 2) / 2


def _byar(events: np.ndarray, z: float) -> Limits:
    """Byar's approximation to the exact Poisson limits (Breslow and Day, 1987)."""
    x = np.maximum(events, 1e-9)
    lower = x * (1 - 1 / (9 * x) - z / (3 * np.sqrt(x))) ** 3
    y = events + 1
    return np.where(events > 0, np.maximum(lower, 0), 0.0), y * (1 - 1 / (9 * y) + z / (3 * np.sqrt(y))) ** 3


def _hypergeometric_limits(count, n, population, tail: float) -> Limits:
    """Smallest and largest share of the frame under which the sample is not in an outer `tail`; by bisection."""
    def first_true(low, high, holds):
        # `holds` is false then true as the number in the frame grows; all rows are halved together.
        low, high = low.copy(), high.copy()
        while (low < high).any():
            middle = np.floor((low + high) / 2)
            yes = holds(middle)
            high, low = np.where(yes, middle, high), np.where(yes, low, np.minimum(middle + 1, high))
        return low

    most = population - (n - count)
    lower = first_true(count, most, lambda k: stats.hypergeom.sf(count - 1, population, k, n) > tail)
    above = first_true(count, most + 1, lambda k: (k > most) | (
        stats.hypergeom.cdf(count, population, np.minimum(k, most), n) <= tail))
    return lower / population, (above - 1) / population


def _added_up(df: pd.DataFrame, by: list[str], columns: list[str]) -> pd.DataFrame:
    """Sums of `columns` in each group; a row with one of them missing or infinite is in no sum."""
    numbers = pd.DataFrame({c: as_numbers(df[c]) for c in columns}, index=df.index)
    whole = np.isfinite(numbers).all(axis=1)
    sums = (pd.concat([df[by], numbers.where(whole, 0.0, axis=0)], axis=1)
            .groupby(by, observed=True, dropna=False, sort=True)[columns].sum().reset_index())
    return sums.astype({c: int for c in columns if (sums[c] % 1 == 0).all()})
