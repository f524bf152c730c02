"""Sentences on practice standards: which moved over the year, which differ from the overall grade, which hold grades down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qa_analysis.narrative.pieces import is_missing, listed, number, percent, sentence, verb, with_interval
from qa_analysis.narrative.shares import FELL, ROSE

_AGAINST = {"below overall": "lower", "above overall": "higher"}


def moved_over_year(rows: Sequence[Mapping[str, Any]], span: str) -> list[str]:
    """The standards that fell and those that rose against the twelve months before, by verdict; none for no verdict.

    `rows` has standard, verdict, share and share_before.
    """
    out = []
    for verdict in (FELL, ROSE):
        moved = [
            str(y["standard"])
            + (
                ""
                if is_missing(y.get("share")) or is_missing(y.get("share_before"))
                else (
                    f" ({percent(y['share'])} good or better, was {percent(y['share_before'])} in the twelve months before)"
                )
            )
            for y in rows
            if y.get("verdict") == verdict
        ]
        if moved:
            out.append(sentence(f"over {span}, {listed(moved)} {verdict}"))
    return out


def against_overall(rows: Sequence[Mapping[str, Any]], noun: str) -> list[str]:
    """The standards graded lower or higher than the overall grade of the same audits. `rows`: standard, verdict_overall."""
    out = []
    for verdict, word in _AGAINST.items():
        named = [str(p["standard"]) for p in rows if p.get("verdict_overall") == verdict]
        if named:
            out.append(
                sentence(
                    f"{listed(named)} {verb(len(named), 'was', 'were')} graded {word} than the overall grade of the same "
                    f"{noun}s"
                )
            )
    return out


def weakest_standard(rows: Sequence[Mapping[str, Any]], noun: str, span: str) -> str:
    """Which standard was most often the weakest in audits below good; nothing where no share is known.

    `rows` has standard, share with limits, n and suppressed. Standards that tie are named together; where one is withheld the
    sentence says that it speaks of those shown.
    """
    shown = [x for x in rows if not is_missing(x.get("share")) and not is_missing(x.get("n"))]
    if not shown:
        return ""
    most = max(x["share"] for x in shown)
    tied = [x for x in shown if x["share"] == most]
    of = "of the standards shown, " if any(x.get("suppressed", False) for x in rows) else ""
    if len(tied) > 1:
        said = listed(f"{x['standard']} ({percent(x['share'])} of {number(x['n'])})" for x in tied)
        return sentence(
            f"in {noun}s below good over {span}, {of}{said} were most often the weakest standard or joint weakest"
        )
    top = tied[0]
    share = f"{percent(most)} of {number(top['n'])}" + with_interval(
        most, top.get("share_lower"), top.get("share_upper")
    ).removeprefix(percent(most))
    return sentence(
        f"in {noun}s below good over {span}, {of}{top['standard']} was most often the weakest standard or joint weakest "
        f"({share})"
    )
