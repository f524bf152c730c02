"""What became of it: inadequate audits, urgent concerns, and whether actions were closed and made a difference."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd

from qa_analysis import charts
from qa_analysis import narrative as words
from qa_analysis.context import Report
from qa_analysis.disclosure import marked, withhold_small
from qa_analysis.measures import actions, reaudits, time_to_close
from qa_analysis.measures.grades import sample_basis
from qa_analysis.measures.paired import paired_direction
from qa_analysis.sections.grades import main_audits, noun
from qa_analysis.show import show_chart, show_sentences, show_table

CURVE_DAYS = tuple(range(0, 183, 7))  # weekly steps: a step for each closing would show single actions


def closing_the_loop(r: Report) -> SimpleNamespace:
    """Actions as they stood at the end of the period.

    Tables: summary (counts, one row), by_service, in_time and impact (shares over twelve months, one row each),
    in_time_by_service, ageing (open actions by service and age), survival (share still open by days since raised),
    median (days to close), tracker (cases and owners; supervision only).
    """
    if r.whole.actions.empty:
        return _no_actions()
    table, on = r.data.actions, actions.status_date(r.period, r.data.actions["raised"], r.data.actions["completed"])
    summary = actions.action_summary(table, r.period, on=on)
    in_time = r.shares(actions.closed_by_due(table, r.year, on=on), hide=["n_left_out"])
    impact = r.shares(actions.closed_with_impact(table, r.year))
    by_service = actions.closed_by_due(table, r.year, by="service", on=on)
    by_service = r.shares(by_service, lines=[()], hide=["n_left_out"])  # those of no service too, or they could be worked out
    by_service = by_service[by_service["service"] != "not recorded"].reset_index(drop=True)
    ageing = _ageing(r, table, on)
    closing = closing_times(r, on)
    shown = withhold_small(summary, [c for c in summary if c.startswith("n_")], r.rule.smallest_count)
    said = words.open_actions(summary.iloc[0], r.when, r.rule.smallest_count)
    return SimpleNamespace(
        summary=shown,
        in_time=in_time,
        impact=impact,
        in_time_by_service=by_service,
        ageing=ageing,
        survival=closing.curve,
        median=closing.median,
        slow=closing.slow,
        tracker=_tracker(r, table, on) if r.rule.show_cases else pd.DataFrame(),
        sentences=[
            s
            for s in (
                said,
                _time_words(r, in_time.iloc[0]),
                words.closed_without_impact(_without(impact.iloc[0]), r.year.name),
                *closing.sentences,
            )
            if s
        ],
        title=said,
    )


def _no_actions() -> SimpleNamespace:
    said = "The data hold no actions, so nothing can be said of what was done about the findings."
    tables = ("summary", "in_time", "impact", "in_time_by_service", "ageing", "survival", "median", "tracker")
    return SimpleNamespace(**{t: pd.DataFrame() for t in tables}, slow=[], sentences=[said], title="")


def _ageing(r: Report, table: pd.DataFrame, on: pd.Timestamp) -> pd.DataFrame:
    """Open actions by service and age; for all services together where most of the services' numbers are withheld."""
    by_service = actions.ageing(table, on)
    if r.rule.smallest_count > 1:
        by_service = by_service.drop(columns="n_overdue")
    by_service = r.counts(
        by_service[by_service["n"] > 0], lines=[["service"], ["band_days"]], n="n", hide=["n_overdue"]
    )
    if by_service.groupby("service")["suppressed"].any().mean() <= 0.5:
        return by_service
    whole = (
        actions.ageing(table, on, by=None).drop(columns="n_overdue").assign(service=r.where[0].upper() + r.where[1:])
    )
    return r.counts(whole[whole["n"] > 0], lines=[["service"]], n="n")


def closing_times(r: Report, on: pd.Timestamp) -> SimpleNamespace:
    """How long actions take to close, with those still open counted as open (Kaplan–Meier), and services that are slower.

    Actions raised in the twelve months to the end of the period. `slow` names services whose time to close differs
    from all others together, corrected for their number.
    """
    table = actions.action_status(r.in_period(r.data.actions, "raised", r.year), on)
    table = table[table["days_open"].ge(0) & ~table["state"].isin(["cancelled", "not yet raised"])]
    table = table.assign(days=table["days_open"].astype(int), closed=~table["is_open"])
    empty = SimpleNamespace(curve=pd.DataFrame(), median=pd.DataFrame(), slow=[], sentences=[])
    if len(table) < max(time_to_close.MIN_ACTIONS, r.rule.smallest_count):
        return empty
    curve = time_to_close.open_share_at(table, CURVE_DAYS)
    curve = curve[curve["n_at_risk"] >= max(r.rule.smallest_count, 1)]
    median = time_to_close.days_until_closed(table)
    slow = _slow_services(table)
    half = median.loc[median["share_closed"] == 0.5].iloc[0]
    out = [s for s in (words.half_closed(half, r.year.name), words.slower_services(slow)) if s]
    return SimpleNamespace(curve=curve, median=median, slow=slow, sentences=out)


def _slow_services(table: pd.DataFrame) -> list[str]:
    """Services whose actions are closed later than all others', by logrank tests corrected for their number."""
    from qa_analysis.measures.compare import ALPHA, adjust_p

    names = [
        s
        for s in sorted(table["service"].dropna().astype(str).unique())
        if (table["service"].astype(str) == s).sum() >= time_to_close.MIN_ACTIONS
    ]
    if len(names) < 2:
        return []
    rows = []
    for name in names:
        own = (table["service"].astype(str) == name).map({True: "own", False: "other"})
        test = time_to_close.compare_closing(table.assign(group=own), by="group")
        own_row = test[test["group"] == "own"].iloc[0]
        rows.append((name, own_row["p"], own_row["observed"] < own_row["expected"]))
    adjusted = adjust_p([p for _, p, _ in rows], "BH")
    return [name for (name, _, slower), p in zip(rows, adjusted, strict=True) if p < ALPHA and slower]


def _tracker(r: Report, table: pd.DataFrame, on: pd.Timestamp) -> pd.DataFrame:
    tracker = actions.action_tracker(table, r.period, on)
    keep = [
        "action_id",
        "service",
        "team",
        "owner",
        "action",
        "raised",
        "due_now",
        "state",
        "days_overdue",
        "is_urgent",
    ]
    return tracker[tracker["is_open"]][[c for c in keep if c in tracker]]


def _time_words(r: Report, row) -> str:
    return words.share_now(
        row, "were closed by their due date", "actions that fell due", r.year.name, one="action that fell due"
    )


def _without(row: pd.Series) -> dict:
    """The share that has not what the row counts, with its limits."""
    turned = {"share": 1 - row["share"], "share_lower": 1 - row["share_upper"], "share_upper": 1 - row["share_lower"]}
    return {**row, **turned}


def put_right(r: Report) -> SimpleNamespace:
    """Inadequate audits and urgent concerns, and what was done about each.

    Tables: inadequate and urgent (cases; supervision only), change (re-audited cases graded higher, same, lower, over
    twelve months; where no audit says which one it repeats, the last two graded audits of each case up to the end of
    the period). `again` is the sentence on the latter, `risk` the one on children who can't wait; `numbers` are counts that no
    audience's rule has been applied to.
    """
    audits = main_audits(r)
    on = actions.status_date(r.period, audits["audit_date"], r.data.actions["raised"], r.data.actions["completed"])
    inadequate = actions.inadequate_audits(audits, r.data.actions, r.period, on=on)
    holidays = r.profile.calendar.holidays(max(on.year - 3, 1990), on.year) if on.year < 2190 else []
    urgent = actions.urgent_concerns(r.data.actions, r.period, r.in_period(audits, "audit_date"), holidays, on=on)
    linked = _reaudits_are_linked(r)
    if linked:
        change, again = reaudits.reaudit_change(audits, r.data.actions, r.year), ""
    else:
        pairs = reaudits.last_two_grades(audits[audits["audit_date"] <= r.period.end])
        change, again = paired_direction(pairs, "grade_before", "grade_after"), _last_two_words(r, pairs)
    now, small = r.in_period(audits, "audit_date"), r.rule.smallest_count
    n, limit = _numbers(r, urgent, inadequate, now, linked), actions.escalation_limit_hours(r.profile, r.period.end)
    waiting = words.urgent_concerns(n["urgent"], n["waiting"], n["late"], r.when, limit, small) if len(r.whole.actions) else ()
    sentences = [
        *waiting,
        *_inadequate_words(r, n, now),
        words.reaudited(change.iloc[0], r.year.name, small) if linked else again,
    ]
    cases = r.rule.show_cases
    risk = words.children_at_risk(
        n["urgent"], n["long"], actions.MONTHS_TOO_LONG, n["not_right"], _worst(r), noun(r), r.when, small
    )
    return SimpleNamespace(
        risk=risk,
        inadequate=inadequate if cases else pd.DataFrame(),
        urgent=urgent if cases else pd.DataFrame(),
        numbers=n,
        is_linked=linked,
        change=change,
        again=again,
        sentences=[s for s in sentences if s],
    )


def _numbers(r: Report, urgent: pd.DataFrame, inadequate: pd.DataFrame, audits: pd.DataFrame, linked: bool) -> dict[str, int]:
    """How many urgent concerns and inadequate audits there are and what they lack, as counted; 0 where the data can't tell.

    `audits` are the period's. The audience's rule is not applied yet.
    """
    n_now = int(inadequate["is_in_period"].sum())
    known = len(r.whole.actions) > 0
    late = actions.escalated_late(urgent, actions.escalation_limit_hours(r.profile, r.period.end))
    return {
        "urgent": len(urgent) if known else 0,
        "waiting": int((~urgent["is_escalated"].astype(bool)).sum()) if known else 0,
        "late": int(late.sum()) if known else 0,
        "long": int(actions.open_for_long(urgent, r.period).sum()) if known else 0,
        "graded": int(audits["grade"].notna().sum()),
        "inadequate": n_now,
        "older": len(inadequate) - n_now if linked else 0,
        "no_action": int((inadequate["n_actions"] == 0).sum()) if known else 0,
        "not_right": int((~inadequate["is_put_right"].astype(bool)).sum()) if linked else 0,
    }


def _reaudits_are_linked(r: Report) -> bool:
    """Whether any audit or action of the data says which audit was repeated, as inspections never do."""
    linked = r.whole.audits["reaudit_of"].notna().any() or r.whole.actions["reaudit_grade"].notna().any()
    return bool(linked)


def _last_two_words(r: Report, pairs: pd.DataFrame) -> str:
    """How the last two graded audits of each case compare; one place alone is told with its grades and days."""
    row = paired_direction(pairs, "grade_before", "grade_after").iloc[0]
    who = "place" if noun(r) == "inspection" else "case"
    only = pairs.iloc[0] if row["n"] == 1 else None
    return words.last_two_grades(row, noun(r), who, _until(r), r.rule.smallest_count, only)


def _until(r: Report) -> str:
    return "" if r.period.kind == "all" else f" up to the end of {r.period.end:%B %Y}"


def _inadequate_words(r: Report, n: dict[str, int], audits: pd.DataFrame) -> list[str]:
    """How many audits of the period, however cases were chosen, got the lowest grade, and which lack a remedy.

    Nothing is said of actions where the data hold none, nor of judging again where no audit says what it repeats.
    """
    return words.inadequate(
        n["inadequate"],
        n["graded"],
        _worst(r),
        noun(r),
        r.when,
        r.rule.smallest_count,
        chosen=", however cases were chosen," if (sample_basis(audits) == "purposive").any() else "",
        n_older=n["older"],
        n_no_action=n["no_action"],
    )


def _worst(r: Report) -> str:
    return r.profile.grade_labels[0].lower() if r.profile.grades else "inadequate"


def show_put_right(r: Report, s: SimpleNamespace) -> None:
    """Urgent concerns first, then inadequate audits, one row each; for wider audiences where the lists are."""
    if noun(r) == "inspection":
        return  # each inspection stands with its grade in the section on places
    if not r.rule.show_cases:
        show_sentences("Cases are listed in the edition for supervision only.")
        return
    show_table(
        s.urgent,
        f"Urgent safety concerns, {r.when}: not escalated ones first",
        {
            "action_id": "Action",
            "service": "Service",
            "team": "Team",
            "owner": "Owner",
            "raised": ("Raised", "date"),
            "state": "State",
            "escalated": ("Escalated", "date"),
            "hours_to_escalation_at_most": ("Hours to escalation, at most", "count"),
            "days_waiting": ("Days waiting", "count"),
        },
        notes=["The records hold days, not hours: escalated the same day means at most 24 hours."],
        empty="No urgent concern was raised or is open.",
    )
    show_table(
        s.inadequate,
        f"Inadequate audits of {r.when}, and earlier ones not yet put right",
        {
            "audit_id": "Audit",
            "case_id": "Case",
            "service": "Service",
            "team": "Team",
            "audit_date": ("Audited", "date"),
            "days_since_audit": ("Days since", "count"),
            "state": "Actions",
            "action": "First action",
            "owner": "Owner",
            "due_now": ("Due", "date"),
            "reaudit_grade": "Grade at re-audit",
        },
        empty="No audit was inadequate.",
    )


def _half_day(median: pd.DataFrame) -> float | None:
    """The day by which half of the actions were closed; None where fewer were."""
    days = median.loc[median["share_closed"] == 0.5, "days"] if len(median) else median
    return None if not len(days) or words.is_missing(days.iloc[0]) else float(days.iloc[0])


def show_loop(r: Report, s: SimpleNamespace) -> None:
    """Ageing by service, time to close, share closed by the due date; the tracker for supervision."""
    if r.whole.actions.empty:
        return
    if len(s.ageing):
        show_chart(
            charts.ageing_bars(
                marked(s.ageing),
                title=s.title,
                subtitle=f"Open actions by days since they were raised, {r.where}",
                source=words.source_line("action trackers", s.ageing["count"], "open action", f"at the end of {r.when}"),
                header="Service",
            )
        )
    if len(s.survival):
        show_chart(
            charts.survival_steps(
                s.survival,
                share="open_share",
                half_day=_half_day(s.median),
                title=next((x for x in s.sentences if x.startswith(("Half", "Fewer than half"))), s.title),
                subtitle=f"Share of actions still open by days since raised, "
                f"{r.year.name}; actions still open count as open",
                source=words.source_line(
                    "action trackers", s.survival["n_at_risk"].head(1), "action", f"raised in {r.year.name}"
                ),
            )
        )
    show_table(
        marked(s.in_time_by_service),
        f"Actions closed by their due date, {r.year.name}",
        {"service": "Service", "share": ("Closed in time", "share_of"), "share:interval": ("95% interval", "interval")},
        folded=True,
        notes=["Of actions that fell due, whether closed or still open."],
    )
    if len(s.tracker):
        show_table(
            s.tracker,
            f"Open actions at the end of {r.when}: urgent and longest overdue first",
            {
                "action_id": "Action",
                "service": "Service",
                "team": "Team",
                "owner": "Owner",
                "action": "To do",
                "raised": ("Raised", "date"),
                "due_now": ("Due", "date"),
                "state": "State",
                "days_overdue": ("Days overdue", "count"),
            },
            most=r.most_listed,
        )
