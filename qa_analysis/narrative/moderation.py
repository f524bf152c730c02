"""Sentences on moderation: how much was moderated, how far it agrees, and which way it moves grades."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qa_analysis.narrative.pieces import (
    count,
    counted,
    interval,
    is_missing,
    listed,
    number,
    percent,
    sentence,
    verb,
)

LENIENT, HARSH, NO_DIRECTION = "auditors lenient", "auditors harsh", "no clear direction"


def moderated(row: Mapping[str, Any], when: str) -> str:
    """ "15 of 64 audits of September 2019 that their auditors graded have been moderated". `row` has count, n and suppressed."""
    n = row.get("n")
    if row.get("suppressed", False):
        return sentence(f"the number of audits of {when} that were moderated is small and is not shown")
    if is_missing(n) or n == 0 or is_missing(row.get("count")):
        return sentence(f"no graded audits in {when} to moderate")
    some = number(row["count"]) if row["count"] else "none"
    return sentence(
        f"{some} of {counted(n, 'audit')} of {when} that {verb(n, 'its auditor', 'their auditors')} graded "
        f"{verb(row['count'], 'has', 'have')} been moderated"
    )


def too_few_moderated(n: float, span: str, min_pairs: int, smallest_count: int = 1) -> str:
    """Why there is no measure of agreement: none or too few audits chosen at random were moderated."""
    if is_missing(n) or n == 0:
        return sentence(
            f"no audit chosen at random was moderated in {span}, so nothing shows how far the grades can be trusted"
        )
    few = count(n, smallest_count, "audit")
    return sentence(
        f"{few if few.startswith('fewer') else f'only {few}'} chosen at random {verb(n, 'was', 'were', smallest_count)} "
        f"moderated in {span}: too few for a measure of agreement (at least {min_pairs}), so the table stands alone"
    )


def agreement(exact: Mapping[str, Any], near: Mapping[str, Any], span: str) -> str:
    """ "Auditor and moderator gave the same grade to 86% of 206 audits …", and how many were within one grade.

    Each row has value, value_lower, value_upper, n, and suppressed where a gate was passed.
    """
    told = [not x.get("suppressed", False) and not is_missing(x.get("value")) for x in (exact, near)]
    of = "audits" if is_missing(exact.get("n")) else counted(exact["n"], "audit")
    of = f"{of} moderated at random in {span}"
    if not told[0]:
        return sentence(f"the share of {of} that kept its grade is not shown, because the numbers are small")
    limits = interval(exact.get("value_lower"), exact.get("value_upper"))
    text = f"auditor and moderator gave the same grade to {percent(exact['value'])} of {of}"
    text += f" (95% interval {limits})" if limits else ""
    return sentence(text + (f" and were within one grade in {percent(near['value'])}" if told[1] else ""))


def direction_of_moderation(row: Mapping[str, Any]) -> str:
    """Which way moderators move grades, by the verdict; nothing where there were too few to test.

    `row` has verdict, n_lowered, n_raised, and suppressed where a gate was passed.
    """
    lowered, raised = row.get("n_lowered"), row.get("n_raised")
    hidden = row.get("suppressed", False) or is_missing(lowered) or is_missing(raised)
    moved = (
        ""
        if hidden
        else f" ({number(lowered) if lowered else 'none'} lowered, {number(raised) if raised else 'none'} raised)"
    )
    said = {
        LENIENT: f"moderators lower grades more often than they raise them{moved}: auditors are lenient",
        HARSH: f"moderators raise grades more often than they lower them{moved}: auditors are harsh",
        NO_DIRECTION: f"moderators move grades up and down without a clear direction{moved}",
    }
    if not hidden and lowered == raised == 0 and row.get("verdict") == NO_DIRECTION:
        return sentence("moderators moved no grade")
    return sentence(said.get(str(row.get("verdict")), ""))


def changed_by_moderation(n_moderated: float, n_changed: float, when: str, smallest_count: int = 1) -> str:
    """ "Moderation in September 2019 changed the grade of 3 audits"; nothing where nothing was moderated."""
    if is_missing(n_moderated) or n_moderated == 0 or is_missing(n_changed):
        return ""
    if n_changed == 0:
        return sentence(f"moderation in {when} changed no grade")
    return sentence(
        f"moderation in {when} changed the grade of {count(n_changed, smallest_count, 'audit')}; the moderated "
        f"grade is the one reported"
    )


def auditors_moved(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Whose grades moderators move clearly more often than others', by the verdict; names people: supervision only.

    `rows` has auditor, verdict, n, n_lowered and n_raised; a row without the verdict "lenient" or "harsh" is not named.
    """
    out = []
    for verdict, column, way in (("lenient", "n_lowered", "lower"), ("harsh", "n_raised", "raise")):
        named = [
            f"{x['auditor']} ({number(x[column])} of {number(x['n'])})"
            for x in rows
            if x.get("verdict") == verdict and not is_missing(x.get(column)) and not is_missing(x.get("n"))
        ]
        if named:
            out.append(
                sentence(f"moderators {way} the grades of {listed(named)} clearly more often than other auditors'")
            )
    return out
