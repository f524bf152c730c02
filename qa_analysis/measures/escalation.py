"""Concerns taken further: how many, how long until they were escalated, and how long until they were resolved."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import numpy as np
import pandas as pd

from qa_analysis.measures.actions import status_date, working_days
from qa_analysis.measures.shares import MIN_N, By, share_by, sum_by
from qa_analysis.measures.time_to_close import days_until_closed
from qa_analysis.periods import Period

STATES = ("not escalated", "escalated, open", "resolved", "closed without a date")


def escalations(actions: pd.DataFrame, period: Period, activities: Collection[str] = (), bank_holidays: Iterable = (),
                on: pd.Timestamp | None = None) -> pd.DataFrame:  # fmt: skip
    """Concerns that called for escalation: raised in the period, escalated in it, or open at its end; one row each.

    A concern is an action that is marked urgent, that has a date of escalation, or that belongs to one of `activities`
    (those by which a concern itself is recorded: it is then escalated on the day it was raised). Cancelled ones are left
    out. As known on the period's last day, or on the day `on`. Columns: action_id, audit_id, service, locality, team,
    owner, action, raised, escalated, resolved (completed), is_urgent, is_escalated, is_in_period (raised in it), state
    (STATES), days_to_escalation, working_days_to_escalation (same day is 0; missing for an escalation dated before the
    concern), hours_to_escalation_at_most (the records hold days: same day at most 24), days_to_resolution (from
    escalation, else from raised), days_open (so far, of those open). Not escalated ones first, then by the day raised.
    """
    on = status_date(period, actions["raised"], actions["completed"]) if on is None else pd.Timestamp(on)
    own = actions["activity"].astype("str").isin(list(activities))
    urgent = actions["urgent"].eq("yes").fillna(False).astype(bool)
    wanted = (urgent | actions["escalated"].notna() | own) & (actions["raised"] <= on)
    wanted &= ~(actions["status"].eq("cancelled").fillna(False) & actions["completed"].isna())
    table = actions[wanted.fillna(False).astype(bool)]
    own, urgent = own.loc[table.index], urgent.loc[table.index]
    escalated = table["escalated"].where(table["escalated"] <= on)
    escalated = escalated.fillna(table["raised"].where(own))
    resolved = table["completed"].where(table["completed"] <= on)
    undated = resolved.isna() & table["completed"].isna() & table["status"].eq("closed").fillna(False)
    is_open = resolved.isna() & ~undated
    days = (escalated - table["raised"]).dt.days.astype("Int64")
    sound = (days >= 0).fillna(False)
    since = escalated.where(sound, table["raised"])
    took = (resolved - since).dt.days.astype("Int64").where(lambda d: d >= 0)
    state = np.select([undated, resolved.notna(), escalated.isna()], [STATES[3], STATES[2], STATES[0]], STATES[1])
    out = table[["action_id", "audit_id", "service", "locality", "team", "owner", "action", "raised"]].assign(
        escalated=escalated, resolved=resolved, is_urgent=urgent, is_escalated=escalated.notna(),
        is_in_period=period.holds(table["raised"]), state=state, days_to_escalation=days.where(sound),
        working_days_to_escalation=working_days(table["raised"], escalated, bank_holidays).where(sound),
        hours_to_escalation_at_most=((days + 1) * 24).where(sound), days_to_resolution=took,
        days_open=(on - since).dt.days.where(is_open).astype("Int64"))  # fmt: skip
    listed = out["is_in_period"] | period.holds(out["escalated"]) | is_open
    return out[listed].sort_values(["is_escalated", "raised", "action_id"], kind="stable").reset_index(drop=True)


def escalation_counts(listed_escalations: pd.DataFrame, by: By = None) -> pd.DataFrame:
    """How many concerns were raised in the period, and how they stand at its end.

    `listed_escalations` from `escalations`. Columns: `by`, n_listed, n_raised (in the period), n_not_escalated (open and
    not escalated), n_open (escalated, not resolved), n_resolved, n_without_date (closed, no date).
    """
    table = listed_escalations
    return sum_by(table, pd.DataFrame({
        "n_listed": True, "n_raised": table["is_in_period"], "n_not_escalated": table["state"] == STATES[0],
        "n_open": table["state"] == STATES[1], "n_resolved": table["state"] == STATES[2],
        "n_without_date": table["state"] == STATES[3]}, index=table.index), by)  # fmt: skip


def escalated_in_time(listed_escalations: pd.DataFrame, limit: float = 0, unit: str = "calendar days",
                      on: pd.Timestamp | None = None, by: By = None, min_n: int = MIN_N) -> pd.DataFrame:  # fmt: skip
    """Share of the period's urgent concerns that were escalated within the limit, of those due by now.

    `limit` in `unit`: hours (of 24 to the day; the records hold days), working days, or calendar days. Counted are urgent
    concerns raised in the period: escalated, or waiting past the limit on the day `on`; one escalated before it was raised
    gives no time and counts nowhere. Columns: `by`, count, n, share, share_lower, share_upper.
    """
    table = listed_escalations[listed_escalations["is_urgent"] & listed_escalations["is_in_period"]]
    working = unit == "working days"
    most = np.floor(limit / 24) if unit == "hours" else limit
    taken = table["working_days_to_escalation" if working else "days_to_escalation"]
    waiting = ~table["is_escalated"]
    if on is not None:
        waiting &= (pd.Timestamp(on) - table["raised"]).dt.days > most
    return share_by(table, (taken <= most).fillna(False), taken.notna() | waiting, by, min_n)


def days_to_resolution(listed_escalations: pd.DataFrame) -> pd.DataFrame:
    """Days until half of the escalated concerns are resolved, open ones counted for as long as they have been open.

    One row: n, n_closed, days with days_lower and days_upper (Kaplan and Meier, 1958; see `time_to_close`); missing where
    half are not yet resolved. The mean of resolved ones alone would flatter. No row where no concern has a time.
    """
    table = listed_escalations[listed_escalations["is_escalated"]]
    took = table["days_to_resolution"].fillna(table["days_open"])
    known = took.notna()
    if not known.any():
        return pd.DataFrame(columns=["n", "n_closed", "share_closed", "days", "days_lower", "days_upper"])
    times = pd.DataFrame({"days": took[known].astype(float), "closed": table.loc[known, "resolved"].notna()})
    return days_until_closed(times, shares=(0.5,))
