"""Sentences on themes: how often each is raised, which are raised more or less often than before, and new wording."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qa_analysis.narrative.pieces import counted, is_missing, listed, number, percent, sentence, verb, with_interval
from qa_analysis.narrative.shares import FELL, ROSE, TOO_FEW

MOST_NAMED = 3  # themes in one sentence


def theme_line(row: Mapping[str, Any], noun: str) -> str:
    """ "Planning: 20 of 123 audits (16%, 95% interval 11% to 24%)", a line of a list; nothing where the count is missing."""
    if is_missing(row.get("count")) or is_missing(row.get("n")):
        return ""
    share = (
        ""
        if is_missing(row.get("share"))
        else (f" ({with_interval(row['share'], row.get('share_lower'), row.get('share_upper'))})")
    )
    return f"{row['label']}: {number(row['count'])} of {counted(row['n'], noun)}{share}"


def raised_most(rows: Sequence[Mapping[str, Any]], kind: str, noun: str, when: str) -> str:
    """ "Planning is raised most often among areas for improvement: in 16% of 123 audits in September 2019".

    `rows` has label, count, share, n and suppressed; several with the same count are named together. Nothing where no share is
    known; where a theme is withheld the sentence says that it speaks of those shown.
    """
    shown = [x for x in rows if not is_missing(x.get("share")) and not is_missing(x.get("count")) and x["count"] > 0]
    if not shown:
        return ""
    most = max(x["count"] for x in shown)
    top = next(x for x in shown if x["count"] == most)
    tied = [str(x["label"]) for x in shown if x["count"] == most and x["n"] == top["n"]]
    named = listed(tied) if len(tied) <= MOST_NAMED else f"{number(len(tied))} themes"
    among = kind + (" that are shown" if any(x.get("suppressed", False) for x in rows) else "")
    return sentence(
        f"{named} {verb(len(tied), 'is', 'are')} raised most often among {among}: {'each ' if len(tied) > 1 else ''}in "
        f"{percent(top['share'])} of {counted(top['n'], noun)} in {when}"
    )


def moved_themes(rows: Sequence[Mapping[str, Any]], kind: str, since: str, lead: str = "") -> str:
    """Which themes are raised more and which less often than before, largest difference first; nothing where none moved.

    `rows` has label, verdict, share and share_before. More than three in one direction are counted. `lead` begins the sentence
    ("over the 12 months to September 2019, ").
    """
    parts = []
    for verdict, word in ((ROSE, "more"), (FELL, "less")):
        moved = sorted((x for x in rows if x.get("verdict") == verdict), key=_size, reverse=True)
        named = [_then_and_now(x) for x in moved[:MOST_NAMED]]
        if len(moved) > MOST_NAMED:
            named.append(counted(len(moved) - MOST_NAMED, "other theme"))
        if named:
            parts.append(f"{listed(named)} {verb(len(moved), 'is', 'are')} raised {word} often")
    return sentence(f"{lead}among {kind}, {' and '.join(parts)} than in {since}") if parts else ""


def _size(row: Mapping[str, Any]) -> float:
    known = not is_missing(row.get("share")) and not is_missing(row.get("share_before"))
    return abs(row["share"] - row["share_before"]) if known else 0.0


def _then_and_now(row: Mapping[str, Any]) -> str:
    if is_missing(row.get("share")) or is_missing(row.get("share_before")):
        return str(row["label"])
    return f"{row['label']} ({percent(row['share'])}, was {percent(row['share_before'])})"


def unmoved_themes(rows: Sequence[Mapping[str, Any]], noun: str, since: str | None) -> str:
    """What is said where no theme moved: no clear change, too few to compare, or nothing to compare with."""
    if not since:
        return sentence("all periods are taken together, so no change can be shown")
    if rows and all(x.get("verdict") == TOO_FEW for x in rows):
        few = "the numbers are too small" if any(x.get("suppressed", False) for x in rows) else f"too few {noun}s"
        return sentence(f"{few} to compare themes with {since}")
    return sentence(f"no theme is raised clearly more or less often than in {since}")


def new_wording(phrases: Sequence[str]) -> str:
    """Phrases that no theme covers and that became frequent, as the test named them; nothing for none."""
    if not len(phrases):
        return ""
    return sentence(
        "new wording that no theme covers is becoming frequent: "
        + listed(f"\u201c{p}\u201d" for p in phrases[:MOST_NAMED])
    )
