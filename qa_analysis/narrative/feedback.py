"""Sentences on feedback: what was received, what fewest said, complaints, and whose views audits sought."""

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
    part,
    percent,
    sentence,
    verb,
)

_KINDS = (
    ("feedback", "piece of feedback", "pieces of feedback"),
    ("complaint", "complaint", "complaints"),
    ("compliment", "compliment", "compliments"),
)


def received(counts: Mapping[str, float], when: str, smallest_count: int = 1) -> str:
    """ "25 pieces of feedback, 7 complaints and 4 compliments were received". `counts`: kind to number; none is 0."""
    n = sum(counts.get(kind, 0) for kind, *_ in _KINDS)
    if n == 0:
        return sentence(f"no feedback, complaint or compliment was received in {when}")
    parts = [count(counts.get(kind, 0), smallest_count, one, many) for kind, one, many in _KINDS]
    return sentence(f"{listed(parts)} {verb(n, 'was', 'were', smallest_count)} received in {when}")


def fewest_said(rows: Sequence[Mapping[str, Any]], span: str) -> str:
    """What the fewest givers of feedback said of their experience; nothing under two questions with a share.

    `rows` has item (words: "felt listened to", "help came in time"), share, n, and suppressed. Where a question is withheld, the
    sentence says that it speaks of those shown.
    """
    shown = [x for x in rows if not is_missing(x.get("share")) and not is_missing(x.get("n"))]
    if len(shown) < 2:
        return ""
    least = min(x["share"] for x in shown)
    tied = [x for x in shown if x["share"] == least]
    if len(tied) == len(shown):
        return ""
    asked = "of what givers were asked" + (
        ", as far as it is shown" if any(x.get("suppressed", False) for x in rows) else ""
    )
    said = listed(
        f"{'' if x['item'].startswith('help') else 'they '}{x['item']} ({percent(x['share'])} of {number(x['n'])})"
        for x in tied
    )
    return sentence(f"{asked}, over {span} the fewest said that {said}")


def complaints_handled(n: int, n_late: int, n_learnt: int, smallest_count: int = 1) -> str:
    """How many complaints of the period are late and how many have learning recorded; nothing where there were none."""
    if not n:
        return ""
    small = smallest_count
    return sentence(
        f"of the complaints received in the period, {part(n_late, n, small)} {verb(n_late, 'is', 'are', small)} late and "
        f"{part(n_learnt, n, small)} {verb(n_learnt, 'has', 'have', small)} learning recorded"
    )


def views_sought(row: Mapping[str, Any], span: str) -> str:
    """ "The child's view was sought in 68% of 704 audits". `row` has view (words), share with limits, n; nothing if missing."""
    if is_missing(row.get("share")) or is_missing(row.get("n")) or row.get("suppressed", False):
        return ""
    limits = interval(row.get("share_lower"), row.get("share_upper"))
    return sentence(
        f"{row['view']} was sought in {percent(row['share'])} of {counted(row['n'], 'audit')} over {span}"
        + (f" (95% interval {limits})" if limits else "")
    )
