"""The pieces that sentences are made of: numbers, shares, counts, lists and verbs, as a reader expects them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from qa_analysis.disclosure import count_in_words


def is_missing(value: Any) -> bool:
    """True for None, NaN, NA and infinite numbers: none of them is ever put into words as a figure."""
    if value is None:
        return True
    try:
        return not math.isfinite(float(value))
    except (TypeError, ValueError):
        return not isinstance(value, str)


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


def points(difference: float) -> str:
    """The size of a difference of two shares: 0.145 is "15 percentage points", less than a half "under 1 percentage point"."""
    if is_missing(difference):
        return ""
    text = number(abs(float(Decimal(repr(float(difference))) * 100)))
    if text == "0" and difference:
        return "under 1 percentage point"
    return f"{text} percentage point{'s' * (text != '1')}"


def interval(lower: float, upper: float) -> str:
    """ "36% to 92%", or nothing where either limit is missing."""
    return "" if is_missing(lower) or is_missing(upper) else f"{percent(lower)} to {percent(upper)}"


def with_interval(share: float, lower: float, upper: float) -> str:
    """ "71%, 95% interval 36% to 92%": a share and, where both are known, its limits."""
    limits = interval(lower, upper)
    return percent(share) + (f", 95% interval {limits}" if limits else "")


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


def count(n: float, smallest_count: int = 1, noun: str = "", plural: str | None = None) -> str:
    """A count that the audience may read: "12 audits", "no audits", "fewer than 6 audits"; without a noun "none"."""
    if is_missing(n):
        return counted(n, noun, plural) if noun else "an unknown number"
    return count_in_words(n, smallest_count, noun=noun, plural=plural)


def part(n: float, whole: float, smallest_count: int = 1) -> str:
    """A count out of a whole that is shown: "most" where what is left over is too small to be shown."""
    if not is_missing(n) and not is_missing(whole) and n >= smallest_count and 0 < whole - n < smallest_count:
        return "most"
    return count(n, smallest_count)


def verb(n: float, one: str, many: str, smallest_count: int = 1) -> str:
    """The verb that goes with a count. A withheld 1 takes the plural, as any withheld count does, so it is not given away."""
    return one if n == 1 and smallest_count <= 1 else many


def sentence(text: str) -> str:
    """Text as one sentence: a capital at its start, one full stop at its end."""
    text = " ".join(text.split()).strip()
    return "" if not text else (text[0].upper() + text[1:]).rstrip(".") + "."
