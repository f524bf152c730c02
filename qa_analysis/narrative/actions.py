"""Sentences on what became of findings: actions, urgent concerns, inadequate audits and audits done again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qa_analysis.narrative.pieces import count, counted, is_missing, listed, number, part, sentence, verb
from qa_analysis.narrative.shares import share_now


def open_actions(row: Mapping[str, Any], when: str, smallest_count: int = 1) -> str:
    """How many actions were open and overdue at the end of the period, and how many were raised and closed in it.

    `row` has n_open, n_overdue, n_raised and n_closed.
    """
    n, small = row.get("n_open"), smallest_count
    if is_missing(n):
        return ""
    raised, closed = (count(row.get(c), small) for c in ("n_raised", "n_closed"))
    flow = f"{raised} raised and {closed} closed in the period"
    if n == 0:
        return sentence(f"no actions were open at the end of {when}; {flow}")
    return sentence(
        f"{count(n, small, 'action')} {verb(n, 'was', 'were', small)} open at the end of {when}, "
        f"{part(row.get('n_overdue'), n, small)} of them overdue; {flow}"
    )


def closed_without_impact(row: Mapping[str, Any], span: str) -> str:
    """The share of closed actions that record no impact on the child; `row` is of those without."""
    return share_now(row, "were closed without evidence of impact on the child", "closed actions", span)


def half_closed(row: Mapping[str, Any], span: str) -> str:
    """Within how many days half of the actions were closed, counting those still open; or that fewer than half were.

    `row` has days (missing where the estimate does not reach a half), days_lower, days_upper (missing: no upper limit).
    """
    days, lower, upper = (row.get(c) for c in ("days", "days_lower", "days_upper"))
    if is_missing(days):
        return sentence(f"fewer than half of the actions raised in {span} have been closed")
    span_of_days = ""
    if not is_missing(lower):
        most = lower if is_missing(upper) else upper
        days_or_more = f"day{'' if most == 1 else 's'}{' or more' if is_missing(upper) else ''}"
        to = "" if is_missing(upper) else f" to {number(upper)}"
        span_of_days = f" (95% interval {number(lower)}{to} {days_or_more})"
    within = "on the day that they were raised" if days == 0 else f"within {counted(days, 'day')}"
    return sentence(
        f"half of the actions raised in {span} were closed {within}{span_of_days}, counting those still open"
    )


def slower_services(names: Sequence[str]) -> str:
    """Services whose actions stay open longer than those of the others, as the test named them; nothing for none."""
    return (
        sentence(f"actions stay open clearly longer in {listed(names)} than in the other services")
        if len(names)
        else ""
    )


def urgent_concerns(
    n: int, n_waiting: int, n_late: int, when: str, limit_hours: float, smallest_count: int = 1
) -> list[str]:
    """How many urgent safety concerns were raised or are open, how many were not escalated, and how many were late."""
    small = smallest_count
    if n == 0:
        return [sentence(f"no urgent safety concern was raised in {when} or is still open")]
    waiting = (
        f"{verb(n, 'its escalation is recorded', 'each has its escalation recorded', small)}"
        if n_waiting == 0
        else f"{part(n_waiting, n, small)} {verb(n_waiting, 'has', 'have', small)} no escalation recorded"
    )
    out = [
        f"{count(n, small, 'urgent safety concern')} {verb(n, 'was', 'were', small)} raised in {when} or "
        f"{verb(n, 'is', 'are', small)} still open; {waiting}"
    ]
    if n_late:
        whom = count(n_late, small, "urgent concern")
        whom = "most urgent concerns" if part(n_late, n, small) == "most" else whom
        days = limit_hours / 24
        out.append(
            f"{whom} {verb(n_late, 'was', 'were', small)} not escalated the same day (the records hold days, so the hours "
            f"are not known)"
            if is_missing(limit_hours) or days <= 1
            else f"{whom} took more than {counted(days, 'day')} to escalate"
        )
    return [sentence(s) for s in out]


def children_at_risk(
    n_urgent: int, n_long: int, months: int, n_not_right: int, worst: str, noun: str, when: str, smallest_count: int = 1
) -> str:
    """What can't wait, in one sentence: urgent concerns open for long and audits at the lowest grade not yet put right.

    `n_urgent` were raised in the period or are still open, `n_long` of them open for more than `months` months;
    `n_not_right` audits of the period or the twelve months to its end are not put right. Nothing where there is neither.
    """
    small, parts = smallest_count, []
    if n_urgent:
        long = f", {part(n_long, n_urgent, small)} of them open for more than {counted(months, 'month')}" if n_long else ""
        parts.append(
            f"{count(n_urgent, small, 'urgent safety concern')} {verb(n_urgent, 'was', 'were', small)} raised in {when} or "
            f"{verb(n_urgent, 'is', 'are', small)} still open{long}"
        )
    if n_not_right:
        parts.append(
            f"{count(n_not_right, small, f'{worst} {noun}')} {verb(n_not_right, 'is', 'are', small)} not yet put right"
        )
    return sentence("; ".join(parts))


def inadequate(
    n_worst: int,
    n_graded: int,
    worst: str,
    noun: str,
    when: str,
    smallest_count: int = 1,
    chosen: str = "",
    n_older: int = 0,
    n_no_action: int = 0,
) -> list[str]:
    """How many audits got the lowest grade (`worst`), how many earlier ones are not put right, how many lack an action.

    `chosen` says how cases were chosen, where not at random; `n_older` and `n_no_action` are 0 where the data can't tell.
    """
    small = smallest_count
    if n_graded == 0:
        return [sentence(f"no {noun} was graded in {when}")]
    if n_graded == 1 and small <= 1:
        return [sentence(f"the only graded {noun} in {when} was {'' if n_worst else 'not '}{worst}")]
    whole_shown = n_graded >= small and not 0 < n_graded - n_worst < small
    of = f" of {counted(n_graded, f'graded {noun}')}" if whole_shown else ""
    out = [
        f"{count(n_worst, small, '' if of else noun)}{of} in {when}{chosen} {verb(n_worst, 'was', 'were', small)} {worst}"
    ]
    if n_older:
        out.append(
            f"{count(n_older, small, f'earlier {worst} {noun}')} of the last twelve months "
            f"{verb(n_older, 'is', 'are', small)} not yet put right (judged again above {worst}, with no action open)"
        )
    if n_no_action:
        out.append(
            f"{count(n_no_action, small, f'{worst} {noun}')} {verb(n_no_action, 'has', 'have', small)} no action recorded"
        )
    return [sentence(s) for s in out]


def _up_or_down(row: Mapping[str, Any], more: str = "") -> str:
    """ "51 were graded higher, 7 the same and none lower"."""
    higher, same, lower = (number(row[c]) if row[c] else "none" for c in ("n_higher", "n_same", "n_lower"))
    return f"{higher} {verb(row['n_higher'], 'was', 'were')} graded higher{more}, {same} the same and {lower} lower"


def _is_small(row: Mapping[str, Any], smallest_count: int) -> bool:
    return any(is_missing(row[c]) or 0 < row[c] < smallest_count for c in ("n", "n_higher", "n_same", "n_lower"))


def reaudited(row: Mapping[str, Any], span: str, smallest_count: int = 1) -> str:
    """How the cases audited again were graded. `row` has n, n_higher, n_same and n_lower."""
    n, small = row["n"], smallest_count
    if n == 0:
        return sentence(f"no case was audited again in {span}")
    if _is_small(row, small):
        return sentence(f"{count(n, small, 'case')} {verb(n, 'was', 'were', small)} audited again in {span}")
    return sentence(f"of {counted(n, 'case')} audited again in {span}, {_up_or_down(row)}")


def last_two_grades(
    row: Mapping[str, Any],
    noun: str,
    who: str,
    until: str = "",
    smallest_count: int = 1,
    only: Mapping[str, Any] | None = None,
) -> str:
    """How the last two graded audits of each case (`who`) compare; one case alone is told with its grades and days.

    `row` has n, n_higher, n_same and n_lower; `only` the pair, where it is the only one, with grade_before, grade_after,
    audit_date_before and audit_date_after. `until` ends with the period (" up to the end of March 2024").
    """
    n, small = row["n"], smallest_count
    if n == 0:
        return ""
    if only is not None and n == 1 and small <= 1:
        return sentence(
            f"the last graded {noun} ({only['audit_date_after']:%B %Y}) gave {only['grade_after']}, the one before "
            f"({only['audit_date_before']:%B %Y}) {'also ' if row['n_same'] == 1 else ''}{only['grade_before']}"
        )
    if _is_small(row, small):
        return sentence(f"{count(n, small, who)} had two graded {noun}s{until}")
    return sentence(
        f"of {counted(n, who)} with two graded {noun}s or more{until}, "
        f"{_up_or_down(row, ' at the last one than at the one before')}"
    )
