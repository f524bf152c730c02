"""What every sentence must keep, whatever its subject: checks and inputs shared by the tests of the words."""

import math
import re
from decimal import ROUND_HALF_UP, Decimal

from hypothesis import strategies as st

ONE = (
    "audit|inspection|action|case|place|day|complaint|compliment|theme|concern|row|service|team|month|indicator|standard|"
    "point|piece|giver|fault or repair"
)
MANY = ONE.replace("fault or repair", "faults and repair").replace("|", "s|") + "s"
DESCRIBED = r"(?:(?:graded|closed|urgent|safety|earlier|other|inadequate|practice|percentage) ){0,3}"
NOT_FIGURES = ("95% interval", "95% limits", "99.8% limits", "1 in 20")

SHARES = st.integers(0, 1000).map(lambda i: i / 1000)
COUNTS = st.one_of(st.integers(0, 12), st.integers(0, 5000))
NOT_A_NUMBER = st.sampled_from([math.nan, math.inf, -math.inf, None])
MAYBE_SHARES = st.one_of(SHARES, NOT_A_NUMBER)
MAYBE_COUNTS = st.one_of(COUNTS, NOT_A_NUMBER)
LABELS = st.text("ABCDEFGH", min_size=5, max_size=5)  # of one length, so that none lies within another
SMALLEST = st.sampled_from([1, 5, 6, 10])


def known(value) -> bool:
    return value is not None and math.isfinite(value)


def rounded(value: float, decimals: int = 0) -> str:
    """A figure as it must be printed: halves up, thousands by comma. Not the package's own code."""
    return f"{Decimal(str(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP):,}"


def as_percent(share: float) -> str:
    text = f"{int((Decimal(str(share)) * 100).quantize(Decimal(1), ROUND_HALF_UP))}%"
    return {"0%": "1%", "100%": "99%"}[text] if (text == "0%" and share > 0) or (text == "100%" and share < 1) else text


def figures_in(text: str, *names: str) -> set[str]:
    """The numbers that a sentence prints, less those of names of periods and of methods."""
    for name in sorted((*names, *NOT_FIGURES), key=len, reverse=True):
        text = text.replace(name, " ")
    return set(re.findall(r"\d+(?:,\d{3})*(?:\.\d+)?%?", text))


def figures(*, counts=(), shares=()) -> set[str]:
    """What may be printed of these counts and shares."""
    return {rounded(n) for n in counts if known(n)} | {as_percent(s) for s in shares if known(s)}


def reads_well(text: str) -> None:
    """One clean sentence, or none: no missing value, no gap, one and many right."""
    assert not re.search(r"(?<!^)\bNone\b", text), text
    assert not re.search(r"[,;:][,;:.]", text), text
    assert not re.search(r"\b(?:nan|NaN|inf|NaT|NA|null|True|False)\b|\[c\]|\s\s|\s[,.;:)]|\(\s|\(\)|-\d", text), text
    if not text:
        return
    text = re.sub(r"\b[A-Z][a-z]+ \d{4}\b", "May", text)  # a year is no count
    assert not text[0].islower() and text.endswith(".") and not text.endswith(".."), text
    assert not re.search(rf"(?<![\d,.])1 {DESCRIBED}(?:{MANY})\b", text), text
    assert not re.search(rf"(?<![\d,.])(?!1 )\d[\d,]* {DESCRIBED}(?:{ONE})\b", text), text
    assert not re.search(r"(?<![\d,.])\b1 (?:of them )?(?:are|were|have|lie|stand|give)\b", text), text
    assert not re.search(r"(?<![\d,.])(?!1 )\d[\d,]* (?:of them )?(?:is|was|has|lies|stands|gives)\b", text), text
    assert not re.search(r"\b0 (?:audit|action|case|lower|rais|clos)", text), text
    assert not re.search(r"\bno (?:raised|closed|lowered|of)\b(?! \w+s\b)", text.lower()), text


def named(label: str, text: str) -> bool:
    return re.search(rf"\b{re.escape(label)}\b", text) is not None


def says(text: str, *parts: str) -> bool:
    return any(p.lower() in text.lower() for p in parts)


def reveals_none(texts) -> None:
    """Whatever the withheld number is, the words are the same."""
    assert len(set(map(str, texts))) == 1, set(map(str, texts))


def no_small_count(text: str, smallest_count: int, *names: str) -> None:
    shown = {int(x.replace(",", "")) for x in figures_in(text, *names) if "%" not in x and "." not in x}
    assert not [x for x in shown if 0 < x < smallest_count], text
