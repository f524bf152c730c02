"""The control-chart engine: parts, moving ranges and rules for all series at once, on flat arrays in order of date.

A *part* is a stretch of one series between two recalculations. No rule and no range looks across its edge.
The definitions are those of NHS England's Making Data Count; `spc` states them and their sources.
"""

from __future__ import annotations

import numpy as np

SHIFT_POINTS = 7  # on one side of the mean
TREND_POINTS = 7  # each above, or each below, the one before
TWO_IN_THREE = (2, 3)
XMR_LIMIT = 2.66  # 3 / d2 for ranges of two points (d2 = 1.128), as published by Wheeler
SCREEN_LIMIT = 3.267  # upper limit of a moving range, as a multiple of the mean range (D4 for two points)
COMMON, OUTSIDE, TREND, TWO_THREE, SHIFT = range(5)


def part_starts(part: np.ndarray) -> np.ndarray:
    """Where each part begins; `part` counts up from 0 without gaps."""
    return np.flatnonzero(np.diff(part, prepend=-1))


def position(part: np.ndarray) -> np.ndarray:
    """0, 1, 2 … within each part."""
    starts = part_starts(part)
    return np.arange(part.size) - starts[part] if part.size else part


def part_mean(values: np.ndarray, use: np.ndarray, part: np.ndarray, n_parts: int) -> np.ndarray:
    """Mean of the `use` values of each part, NaN where there is none.

    The second pass takes out the rounding of the first: without it the mean of 24 values of 7.3 may differ from
    7.3 in the last bit, and a constant series would show a shift.
    """
    n = np.bincount(part, weights=use, minlength=n_parts)
    with np.errstate(invalid="ignore", divide="ignore"):
        first = np.bincount(part, weights=np.where(use, values, 0.0), minlength=n_parts) / n
        rest = np.bincount(part, weights=np.where(use, values - first[part], 0.0), minlength=n_parts) / n
    return first + rest


def moving_range(values: np.ndarray, use: np.ndarray, part: np.ndarray) -> np.ndarray:
    """Absolute difference from the row before; NaN at the first row of a part and beside a value not used."""
    kept = np.where(use, values, np.nan)
    out = np.abs(np.diff(kept, prepend=np.nan))
    out[part_starts(part)] = np.nan
    return out


def screen(ranges: np.ndarray, part: np.ndarray, n_parts: int, screened: np.ndarray) -> np.ndarray:
    """Which moving ranges count: all, or where `screened` (by part) those strictly below 3.267 x their mean.

    Done once, not repeated. Where it would leave no range at all, or only ranges of 0 though the series did
    move, nothing is screened out: limits can't rest on the claim that a series never varies.
    """
    known = np.isfinite(ranges)
    mean = part_mean(ranges, known, part, n_parts)
    with np.errstate(invalid="ignore"):
        small = known & (ranges < SCREEN_LIMIT * mean[part])
    some_left = np.bincount(part, weights=small & (ranges > 0), minlength=n_parts) > 0
    return known & (small | ~(screened & some_left)[part])


def special_cause(values, centre, lower, upper, near_lower, near_upper, part) -> tuple[np.ndarray, np.ndarray, dict]:
    """For each row the first rule that holds (COMMON, OUTSIDE, TREND, TWO_THREE, SHIFT), its direction (-1, 0, 1),
    and the pieces: `outside`, `close`, `side` (sign of value less centre; 0 where either is missing)."""
    pos = position(part)
    with np.errstate(invalid="ignore"):
        above, below = values > upper, values < lower
        outside = above | below
        close = ~outside & ((values > near_upper) | (values < near_lower))
        side = np.nan_to_num(np.sign(values - centre)).astype(np.int8)
        step = np.nan_to_num(np.sign(np.diff(values, prepend=np.nan))).astype(np.int8)
    step[pos == 0] = 0

    rising = _members(_window_sum(step == 1, TREND_POINTS - 1) == TREND_POINTS - 1, TREND_POINTS)
    falling = _members(_window_sum(step == -1, TREND_POINTS - 1) == TREND_POINTS - 1, TREND_POINTS)
    shift = np.zeros(values.size, dtype=bool)
    two_three = np.zeros(values.size, dtype=bool)
    need, of = TWO_IN_THREE
    for on_side in (side == 1, side == -1):
        run = (_window_sum(on_side, SHIFT_POINTS) == SHIFT_POINTS) & (pos >= SHIFT_POINTS - 1)
        shift |= _members(run, SHIFT_POINTS)
        three = (_window_sum(on_side, of) == of) & (_window_sum(close, of) >= need) & (pos >= of - 1)
        two_three |= _members(three, of) & close

    rule = np.select([outside, rising | falling, two_three, shift], [OUTSIDE, TREND, TWO_THREE, SHIFT], COMMON)
    # A turning point ends one trend and begins the other: it goes by the step that follows it.
    ahead = np.append(step[1:], 0)
    trend_way = np.where(rising & falling, ahead, np.where(rising, 1, -1))
    way = np.select([rule == OUTSIDE, rule == TREND, rule != COMMON],
                    [np.where(above, 1, -1), trend_way, side], 0).astype(np.int8)
    return rule.astype(np.int8), way, {"outside": outside, "close": close, "side": side}


def _window_sum(flags: np.ndarray, length: int) -> np.ndarray:
    """How many of each row and the `length` - 1 rows before it are flagged (fewer rows at the start)."""
    total = np.cumsum(flags, dtype=np.int32)
    total[length:] -= total[:-length].copy()
    return total


def _members(ends: np.ndarray, length: int) -> np.ndarray:
    """Rows that lie in a window of `length` rows ending at a row of `ends`."""
    out = ends.copy()
    for back in range(1, length):
        out[:-back] |= ends[back:]
    return out
