"""Sentences on how much was done: against the schedule, by whom not, how cases were chosen, and what it shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qa_analysis.narrative.pieces import count, counted, is_missing, listed, number, percent, sentence, verb


def main_activity(row: Mapping[str, Any], when: str) -> str:
    """ "Case file audit: 60 of 70 due in September 2019 were done (86%)". `row` has label, count, n and share."""
    if is_missing(row.get("n")) or row["n"] == 0 or is_missing(row.get("count")):
        return sentence(f"{row['label']}: how much was due in {when} is not known")
    share = "" if is_missing(row.get("share")) else f" ({percent(row['share'])})"
    done = number(row["count"]) if row["count"] else "none"
    return sentence(
        f"{row['label']}: {done} of {number(row['n'])} due in {when} {verb(row['count'], 'was', 'were')} done{share}"
    )


def behind_schedule(rows: Sequence[Mapping[str, Any]]) -> str:
    """The activities whose state is "behind", each with done of due; nothing where none is. `rows`: label, state, count, n."""
    late = [
        b for b in rows if b.get("state") == "behind" and not is_missing(b.get("count")) and not is_missing(b.get("n"))
    ]
    named = [f"{_lower_first(b['label'])} ({number(b['count'])} of {number(b['n'])})" for b in late]
    return sentence(f"behind the schedule: {listed(named)}") if named else ""


def _lower_first(text: str) -> str:
    """A label inside a sentence; a label whose second letter is a capital too is an abbreviation and stays."""
    return text if len(text) > 1 and text[1].isupper() else text[:1].lower() + text[1:]


def silent_teams(teams: Sequence[str], months: int, activity: str) -> str:
    """The teams that the test found to have stopped; nothing for none."""
    if not len(teams):
        return ""
    return sentence(
        f"{listed(teams)} {verb(len(teams), 'has', 'have')} done none for {months} months or more ({activity})"
    )


def audited(n: int, n_purposive: int, n_ungraded: int, noun: str, when: str, smallest_count: int = 1) -> str:
    """How many audits of every kind there were, how many on cases picked on purpose, and how many ungraded."""
    if n == 0:
        return sentence(f"no {noun} of any kind is recorded in {when}")
    small = smallest_count
    picked, ungraded = "none on cases picked on purpose", "none ungraded"
    if n_purposive:
        are = verb(n_purposive, "is", "are", small)
        picked = f"{count(n_purposive, small)} on cases picked on purpose, which {are} in no estimate"
    if n_ungraded:
        counts = verb(n_ungraded, "counts", "count", small)
        ungraded = f"{count(n_ungraded, small)} ungraded, which {counts} in themes and never in grades"
    return sentence(f"{count(n, small, noun)} of every kind in {when}; {picked}, and {ungraded}")


def evidence_of_outcome(row: Mapping[str, Any], when: str) -> str:
    """How much of the evidence speaks of outcomes. `row` has share, n and suppressed; nothing where the share is missing."""
    if is_missing(row.get("share")) or is_missing(row.get("n")) or row.get("suppressed", False):
        return ""
    return sentence(
        f"{percent(row['share'])} of {counted(row['n'], 'piece of evidence', 'pieces of evidence')} in {when} speak of "
        f"outcomes for children, the rest of how much was done or how well"
    )


def with_partners(n: int, span: str, smallest_count: int = 1) -> str:
    """How many audits were made with partner agencies; nothing for none."""
    if not n:
        return ""
    return sentence(
        f"{count(n, smallest_count, 'audit')} over {span} {verb(n, 'was', 'were', smallest_count)} made with partner agencies"
    )
