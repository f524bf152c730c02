"""Sentences on a share, its change, and a grid of changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from qa_analysis.measures.compare import MIN_N
from qa_analysis.narrative.pieces import counted, interval, is_missing, listed, number, percent, points, sentence

ROSE, FELL, NO_CLEAR_CHANGE, TOO_FEW = "rose", "fell", "no clear change", "too few"


def share_now(row: Mapping[str, Any], what: str, of: str, when: str, one: str = "") -> str:
    """ "62% of 55 graded audits in September 2019 were good or better (95% interval 49% to 74%)."

    `row` has share, share_lower, share_upper, n, and suppressed where a gate was passed; `what` follows the share
    ("were good or better"), `of` names what is counted ("graded audits"), `one` a single one of it where that is not
    `of` less its s.
    """
    n, one = row.get("n"), one or of.removesuffix("s")
    if row.get("suppressed", False):
        return sentence(f"the share of {of} in {when} that {what} is not shown, because the numbers are small")
    if is_missing(n) or n == 0:
        return sentence(f"no {of} in {when}, so nothing can be said of the share that {what}")
    if is_missing(row.get("share")):
        few = counted(n, one, of)
        return sentence(
            f"there {'was' if n == 1 else 'were'} only {few} in {when}: too few to give the share that {what}"
        )
    limits = interval(row.get("share_lower"), row.get("share_upper"))
    told = f" (95% interval {limits})" if limits else ""
    return sentence(f"{percent(row['share'])} of {counted(n, one, of)} in {when} {what}{told}")


def change(row: Mapping[str, Any], since: str, when: str = "") -> str:
    """ "a clear rise of 12 percentage points since August 2019 (45% of 52 then)", "no clear change since …".

    `row` has verdict, n, share_before, n_before and, for a rise or fall, difference as a proportion. The words follow
    `verdict` only; with too few they say which of the two periods had too few, where both numbers are known. `when`
    names the period itself.
    """
    verdict = row.get("verdict")
    before = ""
    if not is_missing(row.get("share_before")) and not is_missing(row.get("n_before")):
        before = f" ({percent(row['share_before'])} of {number(row['n_before'])} then)"
    if verdict in (ROSE, FELL):
        size = points(row.get("difference"))
        return f"a clear {'rise' if verdict == ROSE else 'fall'}{f' of {size}' if size else ''} since {since}{before}"
    if verdict == NO_CLEAR_CHANGE:
        return f"no clear change since {since}{before}"
    if row.get("suppressed", False):
        return f"the change since {since} is not shown, because the numbers are small"
    return _too_few([row], since, when)


def change_since(row: Mapping[str, Any], since: str, when: str = "") -> str:
    """`change` as a sentence of its own, after the share that it speaks of."""
    said = change(row, since, when)
    return sentence(f"that is {said}" if row.get("verdict") in (ROSE, FELL, NO_CLEAR_CHANGE) else said)


def _too_few(rows: Sequence[Mapping[str, Any]], since: str, when: str, of: str = "", what: str = "") -> str:
    """Which of the two periods had too few; where a number is not known or neither alone had, only that there are."""
    n, n_before = ([row.get(c) for row in rows] for c in ("n", "n_before"))
    if not any(is_missing(x) for x in (*n, *n_before)):
        few = f"had too few{of} to compare {what}with"
        if all(x < MIN_N for x in n_before) and all(x >= MIN_N for x in n):
            return f"{since} {few}"
        if all(x < MIN_N for x in n) and all(x >= MIN_N for x in n_before) and when:
            return f"{when} {few} {since}"
    return f"too few{of} to compare {what}with {since}"


def which(rows: Iterable[Mapping[str, Any]], label: str, verdict: str) -> list[str]:
    """The labels of the rows with this verdict, in the table's order."""
    return [str(r[label]) for r in rows if r.get("verdict") == verdict]


def changes_over(
    rows: Sequence[Mapping[str, Any]], label: str, noun: str, since: str, of: str = "audits", when: str = ""
) -> str:
    """One sentence for a grid of comparisons (standards, themes), corrected for how many were made.

    "Since August 2019, Planning fell; no clear change in the other 5 practice standards." Rows with too few
    audits (`of`) are counted apart. `noun` is singular; `when` names the period itself.
    """
    rose, fell = which(rows, label, ROSE), which(rows, label, FELL)
    unclear = len(which(rows, label, NO_CLEAR_CHANGE))
    few = len(rows) - len(rose) - len(fell) - unclear
    if not rows:
        return sentence(f"there is no {noun} to compare with {since}")
    if few == len(rows):
        if any(row.get("suppressed", False) for row in rows):
            return sentence(f"the numbers are too small to compare any {noun} with {since}")
        return sentence(_too_few(rows, since, when, f" {of}", f"any {noun} "))
    or_small = " or numbers too small to show" if any(row.get("suppressed", False) for row in rows) else ""
    too_few = f"; {counted(few, noun)} had too few {of} to compare{or_small}" if few else ""
    if not rose and not fell:
        return sentence(
            f"no clear change since {since} in any of the {counted(unclear, noun)} that could be compared{too_few}"
            if unclear > 1
            else f"no clear change since {since} in the only {noun} that could be compared{too_few}"
        )
    parts = [f"{listed(names)} {word}" for names, word in ((fell, FELL), (rose, ROSE)) if names]
    rest = f"; no clear change in the other {number(unclear) + ' ' if unclear > 1 else ''}{noun}{'s' * (unclear > 1)}"
    return sentence(f"since {since}, {'; '.join(parts)}{rest if unclear else ''}{too_few}")
