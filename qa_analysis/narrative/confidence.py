"""Sentences on how far the data can be trusted: rows read, confidence by source, teams whose records need attention."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from qa_analysis.narrative.pieces import count, counted, is_missing, listed, number, sentence, verb

_LEVELS = {
    "low": ("low", "read figures that rest on it as a rough sign only"),
    "some caution": ("limited", "figures that rest on it need some caution"),
}


def rows_read(n_read: int, n_clean: int, n_aside: int, n_issues: int, smallest_count: int = 1) -> str:
    """How many rows were read, used and set aside, and how many faults or repairs are recorded.

    Of a sample a row may be a case: where few were read, used or set aside, only what was read is told, or nothing.
    """
    if n_read == 0:
        return sentence("no row was read")
    if any(0 < n < smallest_count for n in (n_read, n_clean, n_aside, n_issues)):
        read = f"{count(n_read, smallest_count, 'row')} {verb(n_read, 'was', 'were', smallest_count)} read"
        return sentence(f"{read}; how many were set aside and why is not shown, because the numbers are small")
    aside = "none is" if n_aside == 0 else f"{number(n_aside)} {verb(n_aside, 'is', 'are')}"
    used = "none is" if n_clean == 0 else f"{number(n_clean)} {verb(n_clean, 'is', 'are')}"
    return sentence(
        f"{counted(n_read, 'row')} {verb(n_read, 'was', 'were')} read: {used} used and {aside} set aside"
        f"{' with the reason' if n_aside else ''}; {counted(n_issues, 'fault or repair', 'faults and repairs')} "
        f"{verb(n_issues, 'is', 'are')} recorded"
    )


def source_line(records: str, shown: Iterable[float], noun: str, when: str, plural: str | None = None) -> str:
    """What a chart rests on: "Source: audit returns; 44 graded audits in September 2019."

    `shown`: the numbers that the chart shows; where one of them is withheld their sum is not said, nor that
    of places (none given), which would tell how many records have no place.
    """
    counts = list(shown)
    known = counts and not any(map(is_missing, counts))
    return sentence(f"Source: {records}; {counted(sum(counts), noun, plural) if known else plural or noun + 's'} {when}")


def confidence_in(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The sources with low confidence and those that need some caution, by `level`; none where all are sound.

    `rows` has table and level.
    """
    out = []
    for level, (word, means) in _LEVELS.items():
        named = [str(t["table"]) for t in rows if t.get("level") == level]
        if named:
            out.append(sentence(f"confidence is {word} in {listed(named)}: {means}"))
    return out


def weak_teams(teams: Sequence[str]) -> str:
    """The teams whose audit records were found wanting; nothing for none."""
    if not len(teams):
        return ""
    return sentence(f"the audit records of {listed(teams)} are clearly less complete or sound than they should be")
