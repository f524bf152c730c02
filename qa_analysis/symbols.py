"""The published symbols that stand in place of a figure, and what each says."""

from __future__ import annotations

from typing import NamedTuple

# Meanings: DfE explore-education-statistics and ONS harmonised symbols; the older ones as DfE used them to 2019.
SYMBOLS: dict[str, str] = {
    "c": "confidential: suppressed",
    "z": "not applicable",
    "x": "not available",
    "k": "rounds to zero but is not zero",
    "low": "rounds to zero but is not zero",
    "u": "low reliability",
    ":": "not available",
    "~": "rounds to zero but is not zero",
    "..": "not available",
    "-": "missing or nil: the publisher does not say which",
}


# how a table shows them; any other symbol is [x]
SHOWN = {"c": "[c]", "z": "[z]", "k": "[k]", "low": "[k]", "~": "[k]", "u": "[u]"}


class Published(NamedTuple):
    """A published cell: its value (missing where there is none) and its symbol ('' where there is none)."""

    value: float
    symbol: str
    understood: bool = True


NOTHING = float("nan")


def parse_published(text: str | float | None) -> Published:
    """The value or the symbol of a published cell, upper or lower case.

    A printed 0 is a true zero. A symbol has no value: it is neither zero nor simply missing. A cell in square
    brackets ("[c]") is read as the symbol inside. `understood` is False where the text is neither.
    """
    if text is None or isinstance(text, float):
        return Published(NOTHING if text is None else text, "")
    plain = text.strip().strip("[]").strip().casefold()
    if plain in ("", "na", "nan"):
        return Published(NOTHING, "")
    if plain in SYMBOLS:
        return Published(NOTHING, plain)
    number = parse_number(plain)
    return Published(NOTHING if number is None else number, "", number is not None)


def parse_number(text: str) -> float | None:
    """The number in a cell ("1,234", "12%", "£30", "(5)" is no number); None where there is none."""
    plain = text.strip().replace(",", "").replace("£", "").replace("\u2212", "-").rstrip("%").strip()
    try:
        number = float(plain)
    except ValueError:
        return None
    return number if number - number == 0 and "_" not in plain else None
