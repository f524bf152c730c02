"""Sentences from figures: what a table says, in words that follow its tests and nothing else.

"Rose" and "fell" are said only where the verdict column says so; with a verdict of "no clear change" the
sentence says that; below the smallest group it says how little is known. A figure that was suppressed is
described as too small to show. Every function takes plain numbers or one row of a measure's table and
returns text; none computes a figure.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

ROSE, FELL, NO_CLEAR_CHANGE, TOO_FEW = "rose", "fell", "no clear change", "too few"


def number(value: float, decimals: int = 0) -> str:
    """A number for reading: thousands by comma, halves rounded up (as published statistics are)."""
    if is_missing(value):
        return "not known"
    step = Decimal(1).scaleb(-decimals)
    rounded = Decimal(repr(float(value))).quantize(step, rounding=ROUND_HALF_UP)
    return f"{rounded + 0:,.{decimals}f}"


def percent(share: float, decimals: int = 0) -> str:
    """A proportion as a percentage: 0.625 is 63%. Only a true 0 reads 0% and only a true 1 reads 100%."""
    if is_missing(share):
        return "not known"
    text = number(float(Decimal(repr(float(share))) * 100), decimals)
    if decimals == 0 and text == "0" and share > 0:
        return "under 1%"
    if decimals == 0 and text == "100" and share < 1:
        return "over 99%"
    return f"{text}%"


def is_missing(value: Any) -> bool:
    """True for None, NaN and infinite numbers: none of them is ever put into words as a figure."""
    if value is None:
        return True
    try:
        return not math.isfinite(float(value))
    except (TypeError, ValueError):
        return False


def interval(lower: float, upper: float) -> str:
    """"36% to 92%", or nothing where either limit is missing."""
    return "" if is_missing(lower) or is_missing(upper) else f"{percent(lower)} to {percent(upper)}"


def listed(words: Iterable[str]) -> str:
    """Words as a list in a sentence: "a", "a and b", "a, b and c"."""
    words = [str(w) for w in words]
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def counted(n: float, noun: str, plural: str | None = None) -> str:
    """A count with its noun: "1 audit", "12 audits", "no audits"."""
    if is_missing(n):
        return f"an unknown number of {plural or noun + 's'}"
    word = noun if n == 1 else (plural or f"{noun}s")
    return f"no {word}" if n == 0 else f"{number(n)} {word}"


def sentence(text: str) -> str:
    """Text as one sentence: a capital at its start, one full stop at its end."""
    text = " ".join(text.split()).strip()
    return "" if not text else (text[0].upper() + text[1:]).rstrip(".") + "."


def share_now(row: Mapping[str, Any], what: str, of: str, when: str) -> str:
    """"62% of 55 graded audits in September 2019 were good or better (95% interval 49% to 74%)."

    `row` has share, share_lower, share_upper, n, and suppressed where a gate was passed; `what` follows the share
    ("were good or better"), `of` names what is counted ("graded audits").
    """
    n = row.get("n")
    if row.get("suppressed", False):
        return sentence(f"the share of {of} in {when} that {what} is not shown, because the numbers are small")
    if is_missing(n) or n == 0:
        return sentence(f"no {of} in {when}, so nothing can be said of the share that {what}")
    if is_missing(row.get("share")):
        few = counted(n, of.rstrip("s"), of)
        return sentence(f"there {'was' if n == 1 else 'were'} only {few} in {when}: too few to give the share that {what}")
    limits = interval(row.get("share_lower"), row.get("share_upper"))
    told = f" (95% interval {limits})" if limits else ""
    return sentence(f"{percent(row['share'])} of {number(n)} {of} in {when} {what}{told}")


def change(row: Mapping[str, Any], since: str) -> str:
    """"a clear rise since August 2019 (45% of 52)", "no clear change since …", "too few … to tell".

    `row` has verdict, share_before, n_before and, for a rise or fall, difference with lower and upper limits as
    proportions. The words follow `verdict` only.
    """
    verdict = row.get("verdict")
    before = ""
    if not is_missing(row.get("share_before")) and not is_missing(row.get("n_before")):
        before = f" ({percent(row['share_before'])} of {number(row['n_before'])} then)"
    if verdict in (ROSE, FELL):
        word = "rise" if verdict == ROSE else "fall"
        size = row.get("difference")
        points = "" if is_missing(size) else f" of {number(abs(size) * 100)} percentage points"
        return f"a clear {word}{points} since {since}{before}"
    if verdict == NO_CLEAR_CHANGE:
        return f"no clear change since {since}{before}"
    return f"too few to compare with {since}"


def which(rows: Iterable[Mapping[str, Any]], label: str, verdict: str) -> list[str]:
    """The labels of the rows with this verdict, in the table's order."""
    return [str(r[label]) for r in rows if r.get("verdict") == verdict]


def changes_over(rows: Sequence[Mapping[str, Any]], label: str, noun: str, since: str) -> str:
    """One sentence for a grid of comparisons (standards, themes), corrected for how many were made.

    "Since August 2019, Planning fell; no clear change in the other 5 practice standards." Rows with too few
    audits are counted apart. `noun` is singular.
    """
    rose, fell = which(rows, label, ROSE), which(rows, label, FELL)
    unclear = len(which(rows, label, NO_CLEAR_CHANGE))
    few = len(rows) - len(rose) - len(fell) - unclear
    if not rows:
        return sentence(f"there is no {noun} to compare with {since}")
    if few == len(rows):
        return sentence(f"too few audits to compare any {noun} with {since}")
    too_few = f"; {counted(few, noun)} had too few audits to compare" if few else ""
    if not rose and not fell:
        return sentence(f"no clear change since {since} in any of the {counted(unclear, noun)} that could be compared"
                        f"{too_few}")
    parts = [f"{listed(names)} {word}" for names, word in ((fell, FELL), (rose, ROSE)) if names]
    rest = f"; no clear change in the other {number(unclear) + ' ' if unclear > 1 else ''}{noun}{'s' * (unclear > 1)}"
    return sentence(f"since {since}, {'; '.join(parts)}{rest if unclear else ''}{too_few}")
