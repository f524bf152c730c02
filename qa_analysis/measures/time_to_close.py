"""How long actions take to close, with those still open counted as open: what share is open after each day.

The mean of the closed actions flatters, since the slow ones are still open; Kaplan and Meier's estimate (1958) counts
an open action as open for as long as it has been watched. `days` runs from raised to closed or to the last look;
`closed` is 1 or True if it was closed then. Groups are handled all at once.

Own code: lifelines and statsmodels take one group a call, their quantiles follow other rules than R's survival, and
neither has Peto and Peto's test with R's variance. Every figure is tested against R survival 3.8-3.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from qa_analysis.measures.agreement_coefficients import divide
from qa_analysis.measures.group_index import TableError, group_index, need_columns, shown_values
from qa_analysis.measures.intervals import wilson_limits
from qa_analysis.measures.shares import By, listed

MIN_ACTIONS = 10  # smallest group whose curve or test is worth a sentence
LIMITS = ("log-log", "log", "plain")
TESTS = ("logrank", "peto_peto")
SAME = np.sqrt(np.finfo(float).eps)  # R takes two shares closer than this as equal
OVERDUE_BANDS_DAYS = {"not yet due": 0, "up to 30": 30, "31 to 60": 60, "61 to 90": 90, "over 90": np.inf}
NO_DUE_DATE = "no due date"
BEYOND = "actions were not watched for so long"


def open_share(actions: pd.DataFrame, by: By = None, days: str = "days", closed: str = "closed",
               limits: str = "log-log", confidence: float = 0.95) -> pd.DataFrame:
    """Share of actions still open after each day on which one was closed or watched for the last time.

    One row per group and day: `day`, `n_at_risk` (open and watched just before the day; an action last seen open on a
    day counts for the closings of that day), `n_closed`, `n_censored`, `open_share` (0 to 1) with `open_share_lower`,
    `open_share_upper`, and `se_log_open_share` (Greenwood, 1926).
    `limits`: "log-log" (default; best at small n), "log" or "plain". No limits where all are closed (share 0), nor,
    with log-log, before the first closing (share 1). Rows with `days` or `closed` missing are left out; a group with
    no row left has none. Raises TableError naming rows where days are negative or infinite or closed is not 0 or 1.
    """
    return _named(*_curve(actions, by, days, closed, limits, confidence))


def open_share_at(actions: pd.DataFrame, at_days: Sequence[float], by: By = None, days: str = "days",
                  closed: str = "closed", limits: str = "log-log", confidence: float = 0.95) -> pd.DataFrame:
    """Share of actions still open after each of the days asked for, one row per group and day.

    `n_at_risk` open and watched just before the day, `open_share` with limits and `se`. `is_beyond_follow_up` marks
    days after the last one watched: the last share is carried on there. Otherwise as `open_share`.
    """
    curve, groups = _curve(actions, by, days, closed, limits, confidence)
    asked = np.asarray(at_days, dtype=float)
    if not (np.isfinite(asked) & (asked >= 0)).all():
        raise TableError(f"days asked for must be numbers of 0 or more; given: {', '.join(f'{d:g}' for d in asked)}.")
    n_groups = len(groups)
    group, day = np.repeat(np.arange(n_groups), len(asked)), np.tile(asked, n_groups)
    keys, wanted = _keys(curve["group"], curve["day"], group, day)
    last = np.searchsorted(keys, wanted, side="right") - 1  # last row on or before the day
    started = (last >= 0) & (curve["group"].to_numpy()[np.maximum(last, 0)] == group) if len(curve) else last > 0
    following = np.searchsorted(keys, wanted, side="left")  # first row on or after the day
    inside = following < len(curve)
    inside[inside] &= curve["group"].to_numpy()[following[inside]] == group[inside]
    watched = np.bincount(curve["group"], minlength=n_groups)[group] > 0
    out = pd.DataFrame({"group": group, "day": day})
    out["n_at_risk"] = np.where(inside, _pick(curve["n_at_risk"], following, inside), 0).astype(int)
    for column, before in (("open_share", 1.0), ("open_share_lower", 1.0), ("open_share_upper", 1.0), ("log_se", 0.0)):
        source = "se_log_open_share" if column == "log_se" else column
        out[column] = np.where(watched, np.where(started, _pick(curve[source], last, started), before), np.nan)
    out["se"] = out["open_share"] * out.pop("log_se")
    out["is_beyond_follow_up"] = ~inside
    return _named(out, groups)


def days_until_closed(actions: pd.DataFrame, by: By = None, shares: Sequence[float] = (0.25, 0.5, 0.75),
                      days: str = "days", closed: str = "closed", limits: str = "log-log",
                      confidence: float = 0.95) -> pd.DataFrame:
    """Days until a quarter, half and three quarters of the actions are closed, one row per group and share.

    `days` is the first day on which the open share is `1 - share_closed` or less; where it equals that over a stretch,
    the middle of the stretch (R's rule). `days_lower`, `days_upper` follow the same rule on the limits of the curve.
    Missing: not reached while actions were watched; for `days_upper` that means no upper limit can be given.
    `n` actions, `n_closed` of them. Otherwise as `open_share`.
    """
    curve, groups = _curve(actions, by, days, closed, limits, confidence)
    asked = np.asarray(shares, dtype=float)
    if not ((asked > 0) & (asked < 1)).all():
        raise TableError(f"shares must lie between 0 and 1; given: {', '.join(f'{s:g}' for s in asked)}.")
    n_groups = len(groups)
    parts = []
    for share in asked:
        parts.append(pd.DataFrame({
            "group": np.arange(n_groups), "n": _total(curve, n_groups, "n_closed", "n_censored"),
            "n_closed": _total(curve, n_groups, "n_closed"), "share_closed": share,
            "days": _crossing(curve, "open_share", 1 - share, n_groups),
            "days_lower": _crossing(curve, "open_share_lower", 1 - share, n_groups),
            "days_upper": _crossing(curve, "open_share_upper", 1 - share, n_groups)}))
    return _named(pd.concat(parts).sort_values("group", kind="stable"), groups)


def mean_days_open(actions: pd.DataFrame, horizon_days: float, by: By = None, days: str = "days",
                   closed: str = "closed", confidence: float = 0.95) -> pd.DataFrame:
    """Mean days that an action stays open within its first `horizon_days` days, one row per group.

    The area under the open share up to the horizon (restricted mean), with `se` and normal limits cut to 0 and the
    horizon. Missing, with the `reason`, where actions were still open when last watched before the horizon.
    """
    curve, groups = _curve(actions, by, days, closed, "plain", confidence)
    if not (np.isfinite(horizon_days) and horizon_days > 0):
        raise TableError(f"horizon_days must be a number above 0; given: {horizon_days}.")
    n_groups, group = len(groups), curve["group"].to_numpy()
    start = np.minimum(curve["day"].to_numpy(), horizon_days)
    is_last = np.append(group[1:] != group[:-1], True)[: len(curve)]
    end = np.where(is_last, horizon_days, np.minimum(np.append(start[1:], 0.0)[: len(curve)], horizon_days))
    area = curve["open_share"].to_numpy() * (end - start)
    is_first = np.append(True, group[1:] != group[:-1])[: len(curve)]
    mean = np.bincount(group, weights=area + np.where(is_first, start, 0.0), minlength=n_groups)
    to_end = pd.Series(area[::-1]).groupby(group[::-1]).cumsum().to_numpy()[::-1]
    at_risk, done = curve["n_at_risk"].to_numpy(float), curve["n_closed"].to_numpy(float)
    step = np.nan_to_num(divide(done, at_risk * (at_risk - done)))
    se = np.sqrt(np.bincount(group, weights=to_end**2 * step, minlength=n_groups))
    n = _total(curve, n_groups, "n_closed", "n_censored")
    last_day, last_share = np.full(n_groups, -np.inf), np.ones(n_groups)
    last_day[group[is_last]], last_share[group[is_last]] = curve["day"][is_last], curve["open_share"][is_last]
    known = (n > 0) & ((last_day >= horizon_days) | (last_share == 0))
    mean, se = np.where(known, mean, np.nan), np.where(known, se, np.nan)
    reach = stats.norm.ppf((1 + confidence) / 2) * se
    return _named(pd.DataFrame({
        "group": np.arange(n_groups), "n": n, "n_closed": _total(curve, n_groups, "n_closed"),
        "horizon_days": horizon_days, "mean_days": mean, "se": se, "mean_days_lower": np.maximum(mean - reach, 0),
        "mean_days_upper": np.minimum(mean + reach, horizon_days),
        "reason": np.select([n == 0, ~known], ["no action", BEYOND], "")}), groups)


def compare_closing(actions: pd.DataFrame, by: By, within: By = None, test: str = "logrank", days: str = "days",
                    closed: str = "closed") -> pd.DataFrame:
    """Do groups close their actions at different speed? One row per group, with the test of all groups together.

    `test`: "logrank" weighs every closing alike; "peto_peto" weighs early ones more (Peto and Peto, 1972). `within`
    makes one test in each of its groups. `n` actions, `observed` closings, `expected` if all closed alike (weighted
    in peto_peto), `chisq`, `df`, `p`. A group that closes fewer than expected is slower. NaN, with the `reason`, for
    fewer than two groups with actions or without any closing. Rows and errors as in `open_share`.
    """
    if test not in TESTS:
        raise TableError(f"test '{test}' is not known. Use {' or '.join(TESTS)}.")
    kept = _read(actions, days, closed)
    inner, outer = listed(by), listed(within)
    if not inner:
        raise TableError("a comparison needs a column that names the groups: give `by`.")
    group, groups = group_index(actions.iloc[kept["row"]], [*outer, *inner])
    part, parts = group_index(groups, outer)
    day, is_closed = kept[days].to_numpy(float), kept[closed].to_numpy(float)
    rows = _test_rows(day, is_closed, group, part, len(parts), test)
    return _named(pd.DataFrame({"group": np.arange(len(groups)), **rows}), groups)


def closed_by_due_date(actions: pd.DataFrame, on: pd.Timestamp, by: By = None, raised: str = "raised",
                       due: str = "due", completed: str = "completed", confidence: float = 0.95) -> pd.DataFrame:
    """Share of actions that are closed by their due date, with actions not yet due counted for as long as they ran.

    An action still open on the day `on` and not yet due is censored: it is neither a success nor a failure, but
    counts as open for the part of its time that has passed. (To leave it out while counting those closed early would
    flatter.) The share is Kaplan and Meier's estimate at the due date, each action's time measured as a part of the
    time it was given; without censored actions it is the plain share. Limits: Wilson's, with the number of actions that
    holds as much information (Rothman, 1978).
    Columns: `n` actions with a due date raised by `on`, `count` closed by the due date, `n_censored`, `n_known` the
    rest, `n_without_due_date` (left out), `share`, `share_lower`, `share_upper` (0 to 1). One completed after `on` is
    open. Raises TableError naming the rows completed or due before they were raised.
    """
    need_columns(actions, [raised, due, completed])
    on = pd.Timestamp(on)
    begun = actions[raised].notna() & (actions[raised] <= on)
    end = actions[completed].where(actions[completed] <= on)
    _refuse_order(actions, begun, {completed: raised, due: raised})
    counted = (begun & actions[due].notna()).to_numpy()
    group, groups = group_index(actions, by)
    given = (actions[due] - actions[raised]).dt.days
    in_time = end.notna() & (end <= actions[due])
    waiting = end.isna() & (actions[due] > on)
    used = (end.fillna(on) - actions[raised]).dt.days
    part = np.where(in_time | waiting, np.minimum(divide(used, given), 1.0), 2.0)  # 2: not closed by the due date
    part = np.where(np.isnan(part), 1.0, part)  # due on the day raised and closed that day
    table = pd.DataFrame({"group": group, "days": part, "closed": in_time.astype(float)})[counted]
    n_groups = len(groups)
    at = open_share_at(table, [1.0], "group", limits="plain").set_index("group")
    at = at.reindex(range(n_groups))

    def number(holds) -> np.ndarray:
        return np.bincount(group[np.asarray(holds)], minlength=n_groups)

    n, censored = number(counted), number(counted & waiting)
    share, variance = (1 - at["open_share"]).to_numpy(), (at["se"] ** 2).to_numpy()
    worth = divide(share * (1 - share), variance)  # actions without censoring that would be as informative
    worth = np.where(np.isnan(worth), n - censored, np.minimum(worth, n))
    known = (n > censored) & ~np.isnan(share)
    share = np.where(known, share, np.nan)
    lower, upper = wilson_limits(np.where(known, share * worth, np.nan), np.where(known, worth, np.nan), confidence)
    return _named(pd.DataFrame({
        "group": np.arange(n_groups), "count": number(counted & in_time), "n": n, "n_known": n - censored,
        "n_censored": censored, "n_without_due_date": number(begun & actions[due].isna()),
        "share": share, "share_lower": lower, "share_upper": upper}), groups)


def overdue_ageing(actions: pd.DataFrame, on: pd.Timestamp, by: By = None, raised: str = "raised", due: str = "due",
                   completed: str = "completed") -> pd.DataFrame:
    """How many days past their due date the actions open on the day `on` are: one row per group and band.

    `band_days` (not yet due, up to 30, 31 to 60, 61 to 90, over 90, no due date), `count`, `n` open in the group,
    `share` with Wilson limits. An action is overdue from the day after its due date. Bands without an action have 0.
    Every group with an action has its rows, also with none open.
    """
    need_columns(actions, [raised, due, completed])
    on = pd.Timestamp(on)
    begun = actions[raised].notna() & (actions[raised] <= on)
    _refuse_order(actions, begun, {completed: raised})
    is_open = (begun & ~(actions[completed] <= on)).to_numpy()
    group, groups = group_index(actions, by)
    bands = [*OVERDUE_BANDS_DAYS, NO_DUE_DATE]
    late = (on - actions[due]).dt.days.to_numpy(dtype=float, na_value=np.nan)
    band = np.searchsorted(list(OVERDUE_BANDS_DAYS.values()), late)
    band = np.where(np.isnan(late), len(bands) - 1, band)
    cells = np.bincount(group[is_open] * len(bands) + band[is_open], minlength=len(groups) * len(bands))
    n = np.repeat(cells.reshape(len(groups), -1).sum(1), len(bands))
    lower, upper = wilson_limits(cells, n)
    return _named(pd.DataFrame({
        "group": np.repeat(np.arange(len(groups)), len(bands)),
        "band_days": pd.Categorical(bands * len(groups), categories=bands, ordered=True), "count": cells, "n": n,
        "share": divide(cells, n), "share_lower": lower, "share_upper": upper}), groups)


# --- workings -----------------------------------------------------------------------------------------------------


def _read(actions: pd.DataFrame, days: str, closed: str) -> pd.DataFrame:
    """The rows with both columns known, as numbers; raises TableError for values that can't be."""
    need_columns(actions, [days, closed])
    numbers = pd.DataFrame({name: pd.to_numeric(actions[name], errors="coerce").astype("Float64").to_numpy(
        dtype=float, na_value=np.nan) for name in dict.fromkeys((days, closed))}, index=actions.index)
    faults = []
    bad_days = actions[days].notna().to_numpy() & ~(np.isfinite(numbers[days]) & (numbers[days] >= 0)).to_numpy()
    if bad_days.any():
        faults.append(f"column {days!r}: {bad_days.sum()} value(s) are no number of days of 0 or more: "
                      f"{shown_values(actions[days], bad_days)}")
    bad_closed = actions[closed].notna().to_numpy() & ~numbers[closed].isin([0, 1]).to_numpy()
    if bad_closed.any():
        faults.append(f"column {closed!r}: {bad_closed.sum()} value(s) are neither 0 (open) nor 1 (closed): "
                      f"{shown_values(actions[closed], bad_closed)}")
    if faults:
        raise TableError("; ".join(faults) + ". Correct the rows or leave them blank.")
    return numbers.assign(row=np.arange(len(numbers))).dropna()


def _refuse_order(actions: pd.DataFrame, rows: pd.Series, later_earlier: dict[str, str]) -> None:
    faults = []
    for later, earlier in later_earlier.items():
        wrong = (rows & (actions[later] < actions[earlier])).to_numpy()
        if wrong.any():
            faults.append(f"column {later!r}: {wrong.sum()} date(s) lie before {earlier!r}: "
                          f"{shown_values(actions[later].dt.strftime('%Y-%m-%d'), wrong)}")
    if faults:
        raise TableError("; ".join(faults) + ". Correct the dates or leave them blank.")


def _curve(actions, by, days, closed, limits, confidence) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One row per group number and day, sorted, and the groups."""
    if limits not in LIMITS:
        raise TableError(f"limits '{limits}' are not known. Use {', '.join(LIMITS)}.")
    if not 0 < confidence < 1:
        raise TableError(f"confidence {confidence} is not between 0 and 1. Use for example 0.95.")
    kept = _read(actions, days, closed)
    group, groups = group_index(actions, by)
    group, day, is_closed = group[kept["row"]], kept[days].to_numpy(), kept[closed].to_numpy()
    curve = _counts(group, day, is_closed)
    at_risk, done = curve["n_at_risk"].to_numpy(float), curve["n_closed"].to_numpy(float)
    by_group = curve["group"].to_numpy()
    share = pd.Series(1 - done / at_risk).groupby(by_group).cumprod().to_numpy()
    variance = pd.Series(divide(done, at_risk * (at_risk - done))).groupby(by_group).cumsum().to_numpy()
    log_se = np.where(share > 0, np.sqrt(variance), np.nan)
    lower, upper = _limits(share, log_se, limits, stats.norm.ppf((1 + confidence) / 2))
    return curve.assign(open_share=share, open_share_lower=lower, open_share_upper=upper,
                        se_log_open_share=log_se), groups


def _counts(group: np.ndarray, day: np.ndarray, is_closed: np.ndarray) -> pd.DataFrame:
    """At risk, closed and censored on each day of each group, in order."""
    order = np.lexsort((day, group))
    group, day, is_closed = group[order], day[order], is_closed[order]
    if not len(group):
        return pd.DataFrame({"group": group, "day": day, "n_at_risk": group, "n_closed": group, "n_censored": group})
    new = np.append(True, (group[1:] != group[:-1]) | (day[1:] != day[:-1]))
    first = np.flatnonzero(new)
    size = np.diff(np.append(first, len(group)))
    n_closed = np.add.reduceat(is_closed, first).astype(int)
    group_end = np.searchsorted(group, group[first], side="right")
    return pd.DataFrame({"group": group[first], "day": day[first], "n_at_risk": group_end - first, "n_closed": n_closed,
                         "n_censored": size - n_closed})


def _limits(share: np.ndarray, log_se: np.ndarray, limits: str, z: float) -> tuple[np.ndarray, np.ndarray]:
    if limits == "plain":
        return np.maximum(share - z * share * log_se, 0), np.minimum(share + z * share * log_se, 1)
    if limits == "log":
        return share * np.exp(-z * log_se), np.minimum(share * np.exp(z * log_se), 1)
    moving = (share > 0) & (share < 1)
    log_share = np.log(share, out=np.full(share.shape, np.nan), where=moving)
    reach = z * log_se / log_share  # negative
    return np.exp(log_share * np.exp(-reach)), np.exp(log_share * np.exp(reach))


def _keys(group, day, asked_group, asked_day) -> tuple[np.ndarray, np.ndarray]:
    """One sortable number for each (group, day) of the curve and of the question."""
    values = np.unique(np.concatenate([day, asked_day]))
    width = len(values) + 1
    return (np.asarray(group, np.int64) * width + np.searchsorted(values, day),
            np.asarray(asked_group, np.int64) * width + np.searchsorted(values, asked_day))


def _pick(column: pd.Series, place: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """The values at `place`, NaN where that is not `valid`."""
    out = np.full(len(place), np.nan)
    out[valid] = column.to_numpy(float)[place[valid]]
    return out


def _total(curve: pd.DataFrame, n_groups: int, *columns: str) -> np.ndarray:
    return sum(np.bincount(curve["group"], weights=curve[c], minlength=n_groups) for c in columns).astype(int)


def _crossing(curve: pd.DataFrame, column: str, level: float, n_groups: int) -> np.ndarray:
    """First day of each group on which `column` is at most `level`; the middle of the stretch where it equals it."""
    group, day, value = (curve[c].to_numpy() for c in ("group", "day", column))

    def first(holds: np.ndarray) -> np.ndarray:
        place = np.full(n_groups, len(curve))
        rows = np.flatnonzero(holds)
        np.minimum.at(place, group[rows], rows)
        return place

    reached, past = first(value <= level + SAME), first(value < level - SAME)
    last = np.searchsorted(group, np.arange(n_groups), side="right") - 1
    found = reached < len(curve)
    out = np.full(n_groups, np.nan)
    out[found] = day[reached[found]]
    equal = np.zeros(n_groups, dtype=bool)
    equal[found] = np.abs(value[reached[found]] - level) < SAME
    stretch_end = np.where(past < len(curve), past, last)
    # a limit that is missing at the end of the curve leaves the end of its stretch unknown: the first day stands
    equal[equal] &= ~np.isnan(value[stretch_end[equal]])
    out[equal] = (out[equal] + day[stretch_end[equal]]) / 2
    return out


def _test_rows(day, is_closed, group, part, n_parts: int, test: str) -> dict[str, np.ndarray]:
    """Columns of `compare_closing` for each group; `part` says which comparison a group belongs to."""
    n_groups = len(part)
    pooled = _counts(part[group] if len(group) else group, day, is_closed)
    weight = np.ones(len(pooled))
    if test == "peto_peto":
        step = 1 - pooled["n_closed"] / pooled["n_at_risk"]
        weight = step.groupby(pooled["group"]).cumprod().groupby(pooled["group"]).shift(fill_value=1.0).to_numpy()
    events = pooled.assign(weight=weight)[pooled["n_closed"] > 0]
    own = _counts(group, day, is_closed)
    observed, expected = np.zeros(n_groups), np.zeros(n_groups)
    chisq, df = np.full(n_parts, np.nan), np.zeros(n_parts, dtype=int)
    for number, table in events.groupby("group"):
        members = np.flatnonzero(part == number)
        at_risk, closed = _at_risk(own, members, table["day"].to_numpy())
        total, done, w = (table[c].to_numpy(float) for c in ("n_at_risk", "n_closed", "weight"))
        observed[members] = (w[:, None] * closed).sum(0)
        share = at_risk / total[:, None]
        expected[members] = (w * done) @ share
        spread = w**2 * done * np.nan_to_num(divide(total - done, total - 1))
        covariance = np.diag(spread @ share) - (share * spread[:, None]).T @ share
        taking_part = expected[members] > 0
        df[number] = taking_part.sum() - 1
        if df[number] > 0:
            gap = observed[members] - expected[members]
            chisq[number] = gap @ np.linalg.pinv(covariance, rcond=1e-10, hermitian=True) @ gap
            if not covariance.any():
                chisq[number] = np.nan
    statistic = chisq[part]
    p = np.where(np.isnan(statistic), np.nan, stats.chi2.sf(statistic, np.maximum(df[part], 1)))
    none_closed = np.bincount(part, weights=observed, minlength=n_parts)[part] == 0
    reason = np.select([none_closed, df[part] < 1, np.isnan(p)],
                       ["no action was closed", "fewer than two groups", "too few at risk together"], "")
    return {"n": np.bincount(group, minlength=n_groups), "observed": observed, "expected": expected,
            "chisq": statistic, "df": np.maximum(df[part], 0), "p": p, "reason": reason}


def _at_risk(own: pd.DataFrame, members: np.ndarray, days: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Actions at risk and closed of each group (columns) on each of the days (rows)."""
    group, day = np.tile(members, len(days)), np.repeat(days, len(members))
    keys, wanted = _keys(own["group"], own["day"], group, day)
    place = np.searchsorted(keys, wanted)
    inside = place < len(own)
    inside[inside] &= own["group"].to_numpy()[place[inside]] == group[inside]
    exact = inside.copy()
    exact[inside] &= own["day"].to_numpy()[place[inside]] == day[inside]
    at_risk = np.nan_to_num(_pick(own["n_at_risk"], place, inside))
    closed = np.nan_to_num(_pick(own["n_closed"], place, exact))
    return at_risk.reshape(len(days), -1), closed.reshape(len(days), -1)


def _named(table: pd.DataFrame, groups: pd.DataFrame) -> pd.DataFrame:
    """The table with the names of its groups in place of their numbers."""
    names = groups.loc[table["group"].to_numpy()].reset_index(drop=True)
    return pd.concat([names, table.drop(columns="group").reset_index(drop=True)], axis=1)
