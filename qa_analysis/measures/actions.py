"""Whether the loop is closed: actions open, overdue, closed in time and closed with an impact, as of a date.

The state on a date is worked out from the dates, so that a report on a past month can be run again: an action that
was completed later was open then. An action is overdue the day after its due date, revised if it was revised; the
count by the first due date is always given beside it. Cancelled actions are counted and are in no share.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from qa_analysis.measures.grades import sample_basis
from qa_analysis.measures.reaudits import latest_reaudit
from qa_analysis.measures.shares import MIN_N, By, is_among, listed, share_by, sum_by
from qa_analysis.periods import Period

OPEN_STATES = ("overdue", "open")
STATES = (*OPEN_STATES, "closed late", "closed in time", "closed, timeliness not known", "cancelled", "not yet raised")
MONTHS_TOO_LONG = 6  # an urgent concern that is open for longer is told of first
AGE_BANDS_DAYS = {"0 to 30": 30, "31 to 60": 60, "61 to 90": 90, "91 to 180": 180, "over 180": np.inf}


def status_date(period: Period, *dates: pd.Series) -> pd.Timestamp:
    """The day as of which a period's actions are judged: its last; for all time, the latest of the `dates`."""
    if period.kind != "all":
        return period.end
    latest = max((d.max() for d in dates if d.notna().any()), default=pd.NaT)
    return period.end if pd.isna(latest) else latest


def action_status(actions: pd.DataFrame, on: pd.Timestamp) -> pd.DataFrame:
    """The actions with the state that each was in at the end of the day `on`.

    Adds state (one of STATES), is_open, is_overdue, is_overdue_by_first_date, is_urgent, is_revised, due_now (revised
    date, else the first), days_open (to completion or to `on`), days_overdue (open ones only; days past due_now),
    has_evidence and has_impact (something is written there). An action recorded as closed without a date is closed,
    timeliness not known; so is one closed that had no due date.
    """
    due_now = actions["revised_due"].fillna(actions["due"])
    completed = actions["completed"].where(actions["completed"] <= on)
    status = actions["status"]
    cancelled = (status == "cancelled") & completed.isna()
    # without a date the recorded status is all there is
    closed = completed.notna() | ((status == "closed") & actions["completed"].isna())
    future = actions["raised"] > on
    running = ~(closed | cancelled | future)
    overdue = running & (due_now < on)
    state = np.select(
        [future, cancelled, overdue, running, completed > due_now, completed <= due_now],
        [6, 5, 0, 1, 2, 3], 4)
    late_days = (on - due_now).dt.days
    return actions.assign(
        state=pd.Categorical.from_codes(state, STATES, ordered=True),
        is_open=running, is_overdue=overdue, is_overdue_by_first_date=running & (actions["due"] < on),
        is_urgent=(actions["urgent"] == "yes").fillna(False).astype(bool),
        is_revised=actions["revised_due"].notna(), due_now=due_now,
        days_open=(completed.fillna(on) - actions["raised"]).dt.days.where(running | completed.notna()),
        days_overdue=late_days.where(overdue),
        has_evidence=_said(actions["evidence"]), has_impact=_said(actions["impact"]))


def action_summary(actions: pd.DataFrame, period: Period, by: By = None,
                   on: pd.Timestamp | None = None) -> pd.DataFrame:
    """How many actions are open and overdue at the end of the period, and how many were raised and closed in it.

    Columns: `by`, n_open, n_overdue (by the date as revised), n_overdue_by_first_date, n_without_due_date (open),
    n_urgent_open, n_raised, n_closed, n_closed_in_time, n_closed_late, n_closed_without_evidence,
    n_closed_without_impact, n_closed_without_date (recorded as closed, so in no period), n_cancelled.
    """
    table = action_status(actions, _as_of(actions, period, on))
    closed = period.holds(table["completed"]) & table["completed"].notna() & ~_is(table, "not yet raised")
    closed &= table["completed"] <= _as_of(actions, period, on)
    numbers = pd.DataFrame({
        "n_open": table["is_open"], "n_overdue": table["is_overdue"],
        "n_overdue_by_first_date": table["is_overdue_by_first_date"],
        "n_without_due_date": table["is_open"] & table["due_now"].isna(),
        "n_urgent_open": table["is_open"] & table["is_urgent"],
        "n_raised": period.holds(table["raised"]), "n_closed": closed,
        "n_closed_in_time": closed & _is(table, "closed in time"), "n_closed_late": closed & _is(table, "closed late"),
        "n_closed_without_evidence": closed & ~table["has_evidence"],
        "n_closed_without_impact": closed & ~table["has_impact"],
        "n_closed_without_date": (table["status"] == "closed") & table["completed"].isna(),
        "n_cancelled": _is(table, "cancelled")})
    return sum_by(table, numbers, by)


def closed_by_due(actions: pd.DataFrame, period: Period, by: By = None, first_date: bool = False,
                  on: pd.Timestamp | None = None, min_n: int = MIN_N) -> pd.DataFrame:
    """Share of the actions that fell due in the period that were closed by their due date.

    Counted are actions due in the period, whether closed or still open, so that open ones are not forgotten; cancelled
    ones and ones closed without a date are left out (`n_left_out`). The due date is the revised one, or with
    `first_date` the first. Columns: `by`, count, n, share, share_lower, share_upper (Wilson 95%), n_left_out.
    """
    table = fallen_due(actions, period, first_date, on)
    out = share_by(table, table["is_in_time"], table["fell_due"] & ~table["is_left_out"], by, min_n)
    left = sum_by(table, pd.DataFrame({"n_left_out": table["fell_due"] & table["is_left_out"]}), by)
    return out.assign(n_left_out=left["n_left_out"].to_numpy())


def fallen_due(actions: pd.DataFrame, period: Period, first_date: bool = False, on: pd.Timestamp | None = None) -> pd.DataFrame:
    """Each action with fell_due (in the period), is_in_time (closed by that date) and is_left_out, as `closed_by_due` counts.

    Otherwise as `action_status`. is_left_out: cancelled, or closed without a date, so that nothing can be said.
    """
    on = _as_of(actions, period, on)
    table = action_status(actions, on)
    due = table["due"] if first_date else table["due_now"]
    return table.assign(
        fell_due=period.holds(due) & (due <= on), is_in_time=table["completed"] <= due,
        is_left_out=_is(table, "cancelled") | ((table["status"] == "closed") & table["completed"].isna()))


def closed_with_impact(actions: pd.DataFrame, period: Period, by: By = None, min_n: int = MIN_N) -> pd.DataFrame:
    """Share of the actions closed in the period with something written about the impact on the child.

    The rest are closed without evidence of impact. Columns: `by`, count, n, share, share_lower, share_upper.
    """
    return share_by(actions, _said(actions["impact"]), period.holds(actions["completed"]), by, min_n)


def ageing(actions: pd.DataFrame, on: pd.Timestamp, by: By = "service") -> pd.DataFrame:
    """How many open actions have been open for how long on the day `on`: one row for each group and band of days.

    Columns: `by`, band_days (days since raised), count, n_overdue (of them), n (open in the group). Every band is
    there, those without an action with 0; a group is there if it ever had an action.
    """
    keys, table = listed(by), action_status(actions, on)
    edges = [-np.inf, *AGE_BANDS_DAYS.values()]
    bands = pd.cut(table["days_open"].where(table["is_open"]), edges, labels=list(AGE_BANDS_DAYS))
    parts = [sum_by(table, pd.DataFrame({"count": (bands == band).fillna(False), "n_overdue": (bands == band)
                                         & table["is_overdue"], "n": table["is_open"]}), keys).assign(band_days=band)
             for band in AGE_BANDS_DAYS]
    out = pd.concat(parts)
    out["band_days"] = pd.Categorical(out["band_days"], list(AGE_BANDS_DAYS), ordered=True)
    out = out.reset_index(names="_group").sort_values(["_group", "band_days"])
    return out[[*keys, "band_days", "count", "n_overdue", "n"]].reset_index(drop=True)


def action_tracker(actions: pd.DataFrame, period: Period, on: pd.Timestamp | None = None) -> pd.DataFrame:
    """The list to work through: actions open at the end of the period and those closed in it, one row each.

    Urgent ones come first, then overdue ones, the longest overdue first, then open ones by due date, then those closed.
    Columns of `action_status`; holds cases and names, so it is for supervision only.
    """
    on = _as_of(actions, period, on)
    table = action_status(actions, on)
    closed = period.holds(table["completed"]) & (table["completed"] <= on)
    return _in_order(table[table["is_open"] | closed])


def urgent_concerns(actions: pd.DataFrame, period: Period, audits: pd.DataFrame | None = None,
                    bank_holidays: Iterable = (), on: pd.Timestamp | None = None) -> pd.DataFrame:
    """Urgent safety concerns: those raised in the period and those still open, with the time until they were escalated.

    Not escalated ones come first, then the longest wait. Adds is_escalated, days_to_escalation,
    working_days_to_escalation (Monday to Friday without `bank_holidays`; same day is 0) and
    hours_to_escalation_at_most: the tables hold days, so a concern escalated the same day waited at most 24 hours, one
    escalated the next day at most 48. An escalation dated before the concern gives no time. days_waiting: days since
    raised of those not escalated. With `audits`, an audit in the period marked urgent that raised no urgent action is
    listed too, with state 'no action recorded'.
    """
    on = _as_of(actions, period, on)
    table = action_status(actions, on)
    table = table[table["is_urgent"] & (table["is_open"] | period.holds(table["raised"])) & ~_is(table, "cancelled")]
    table = table[~_is(table, "not yet raised")].assign(state=lambda t: t["state"].astype("str"))
    if audits is not None:
        table = pd.concat([table, _urgent_without_action(audits, actions, period)], ignore_index=True)
    escalated = table["escalated"].where(table["escalated"] <= on)
    days = (escalated - table["raised"]).dt.days.astype("Int64").where(lambda d: d >= 0)
    table = table.assign(
        escalated=escalated, is_escalated=escalated.notna(), days_to_escalation=days,
        working_days_to_escalation=working_days(table["raised"], escalated, bank_holidays).where(days.notna()),
        hours_to_escalation_at_most=(days + 1) * 24,
        days_waiting=(on - table["raised"]).dt.days.astype("Int64").where(escalated.isna()))
    return table.sort_values(["is_escalated", "days_waiting", "days_to_escalation", "action_id"],
                             ascending=[True, False, False, True], kind="stable").reset_index(drop=True)


def open_for_long(urgent: pd.DataFrame, period: Period, months: int = MONTHS_TOO_LONG) -> pd.Series:
    """True for each row of `urgent_concerns` that was raised more than `months` months before the period's end and is open."""
    early = urgent["raised"] < period.end - pd.DateOffset(months=months)
    return (early & urgent["is_open"].eq(True)).astype(bool)


def escalation_limit_hours(profile, on: pd.Timestamp) -> float:
    """The profile's timescale for escalating an urgent concern, in hours; a day where it says nothing."""
    for id, scale in profile.on(on).timescales.items():
        if "urgent" in id or "escalat" in id:
            return scale.limit * {"hours": 1, "working days": 24, "calendar days": 24}.get(scale.unit, 24) or 24
    return 24


def escalated_late(urgent: pd.DataFrame, limit_hours: float) -> pd.Series:
    """True for each row of `urgent_concerns` escalated later than the limit; the records hold days, so a day has its 24 hours."""
    return urgent["days_to_escalation"].gt(max(limit_hours / 24 - 1, 0)).fillna(False).astype(bool)


def inadequate_audits(audits: pd.DataFrame, actions: pd.DataFrame, period: Period, look_back_months: int = 12,
                      on: pd.Timestamp | None = None) -> pd.DataFrame:
    """Audits at the lowest grade and what was done about each: action, owner, days since, result of the re-audit.

    Listed are those in the period, and those of the `look_back_months` up to its end that are not yet put right: not
    judged again above the lowest grade, or with an action still open. Columns: audit_id, case_id, service, locality,
    team, audit_date, grade, is_moderated, basis, is_in_period, days_since_audit, n_actions, n_open, n_overdue,
    state ('no action recorded' where there is none), action, owner, due_now (of the action first in the tracker),
    reaudit_date, reaudit_grade, is_put_right. Longest ago first. As known on the last day of the period.
    """
    on = status_date(period, audits["audit_date"], actions["raised"], actions["completed"]) if on is None else on
    grades = audits["grade"].cat
    lowest = grades.codes == 0
    since = period.start if period.kind == "all" else min(period.start, period.last_months(look_back_months).start)
    listed_audits = audits[lowest & audits["audit_date"].between(since, on)]
    keep = ["audit_id", "case_id", "service", "locality", "team", "audit_date", "grade", "is_moderated", "source_file",
            "source_row"]
    table = listed_audits[[c for c in keep if c in audits]].assign(
        basis=sample_basis(listed_audits).astype("str"), is_in_period=period.holds(listed_audits["audit_date"]),
        days_since_audit=(on - listed_audits["audit_date"]).dt.days)
    table = table.merge(_actions_of_audits(actions, table["audit_id"], on), on="audit_id", how="left")
    table = table.merge(latest_reaudit(audits, actions, on), on="audit_id", how="left")
    for column in ("n_actions", "n_open", "n_overdue"):
        table[column] = table[column].fillna(0).astype("int64")
    again = pd.Categorical(table["reaudit_grade"], categories=grades.categories, ordered=True).codes
    table["state"] = table["state"].where(table["n_actions"] > 0, "no action recorded")
    table["is_put_right"] = (again > 0) & (table["n_open"] == 0)
    table = table[table["is_in_period"] | ~table["is_put_right"]]
    return table.sort_values(["audit_date", "audit_id"], kind="stable").reset_index(drop=True)


def working_days(start: pd.Series, end: pd.Series, bank_holidays: Iterable = ()) -> pd.Series:
    """Working days from `start` to `end`: Monday to Friday without `bank_holidays`; the same day is 0.

    The day itself does not count and the last one does, as timescales are read. Missing where either date is missing.
    """
    known = start.notna() & end.notna()
    days = pd.Series(pd.NA, index=start.index, dtype="Int64")
    if known.any():
        one = np.timedelta64(1, "D")
        first, last = (d[known].to_numpy().astype("datetime64[D]") for d in (start, end))
        free = np.array(sorted({np.datetime64(pd.Timestamp(d).date()) for d in bank_holidays}), dtype="datetime64[D]")
        days[known] = np.busday_count(first + one, last + one, holidays=free)
    return days


def _as_of(actions: pd.DataFrame, period: Period, on: pd.Timestamp | None) -> pd.Timestamp:
    return status_date(period, actions["raised"], actions["completed"]) if on is None else pd.Timestamp(on)


def _is(table: pd.DataFrame, state: str) -> pd.Series:
    return table["state"] == state


def _said(text: pd.Series) -> pd.Series:
    return text.notna() & (text.astype("str").str.strip() != "")


def _in_order(table: pd.DataFrame) -> pd.DataFrame:
    first = (~(table["is_urgent"] & table["is_open"])).astype(int)
    return (table.assign(_first=first)
            .sort_values(["_first", "state", "days_overdue", "due_now", "action_id"],
                         ascending=[True, True, False, True, True], kind="stable")
            .drop(columns="_first").reset_index(drop=True))


def _actions_of_audits(actions: pd.DataFrame, audit_ids: pd.Series, on: pd.Timestamp) -> pd.DataFrame:
    table = action_status(actions[is_among(actions["audit_id"], audit_ids)], on)
    table = _in_order(table[~table["state"].isin(["cancelled", "not yet raised"])])
    counts = table.groupby("audit_id").agg(
        n_actions=("action_id", "size"), n_open=("is_open", "sum"), n_overdue=("is_overdue", "sum"))
    first = table.drop_duplicates("audit_id")[["audit_id", "state", "action", "owner", "due_now"]]
    first = first.assign(state=first["state"].astype("str"))
    return first.merge(counts.reset_index(), on="audit_id")


def _urgent_without_action(audits: pd.DataFrame, actions: pd.DataFrame, period: Period) -> pd.DataFrame:
    covered = actions.loc[actions["urgent"] == "yes", "audit_id"]
    urgent = audits[(audits["urgent"] == "yes") & period.holds(audits["audit_date"])]
    missing = urgent[~is_among(urgent["audit_id"], covered)]
    columns = [c for c in ("audit_id", "activity", "service", "locality", "team", "source_file", "source_row")
               if c in missing and c in actions]
    dates = {c: pd.Series(pd.NaT, index=missing.index, dtype=actions[c].dtype) for c in ("escalated", "due_now")
             if c in actions}
    return missing[columns].assign(raised=missing["audit_date"], is_urgent=True, is_open=True,
                                   state="no action recorded", action="no action recorded", **dates)
