"""Tables as a reader wants them: a caption, units in the header, equal decimals, symbols explained, no blank cell.

    table = format_table(shares, {"service": "Service", "share": ("Good or better", "share_of"),
                                  "share:interval": ("95% interval", "interval")}, caption="…")

A formatted table keeps the figures it came from (`data`), so that other formats can use them.
"""

from __future__ import annotations

import calendar
import hashlib
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Context, Decimal
from html import escape
from typing import Any

import numpy as np
import pandas as pd

SYMBOLS = {
    "[c]": "a small number, withheld so that no one can be identified",
    "[x]": "not recorded or not available",
    "[z]": "does not apply",
    "[k]": "rounds to zero but is not zero",
    "[u]": "rests on too few cases to be relied on",
}
MOST_SIDE_BY_SIDE = 4  # a table of more columns shows each row as a card on a phone, its cells named by their headers
MOST_IN_A_CARD = 16  # as many as the style sheet knows
_ANY_SIZE = Context(prec=400)
NUMERIC = {"count", "number", "percent", "share_of", "interval", "number_interval"}
# what a reader calls the columns that measures return; a caller's own words go first
HEADERS = {
    "n": "Out of",
    "count": "Number",
    "share": "Share",
    "share:interval": "95% interval",
    "month": "Month",
    "service": "Service",
    "locality": "Locality",
    "team": "Team",
    "grade": "Grade",
    "standard": "Standard",
    "theme": "Theme",
    "activity": "Activity",
    "n_ungraded": "Not graded",
    "basis": "How cases were chosen",
}
_NOT_SHOWN = {"source_file", "source_row", "suppressed"}  # where a row came from is for the error list, not a report


@dataclass(frozen=True)
class Column:
    """How one column is shown.

    kind: text | count | number | percent | share_of ("71% (5 of 7)") | interval ("36% to 92%") | number_interval |
    date | month. `unit` goes into the header; `decimals` holds for the whole column; `missing` is the symbol for a
    value that is not there.
    """

    header: str
    kind: str = "text"
    unit: str = ""
    decimals: int | None = None
    missing: str = "[x]"

    @property
    def heading(self) -> str:
        return f"{self.header} ({self.unit})" if self.unit else self.header

    @property
    def is_numeric(self) -> bool:
        return self.kind in NUMERIC


@dataclass(frozen=True)
class FormattedTable:
    """A table ready to be shown: `rows` hold the words of each cell, `data` the figures they came from."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    data: pd.DataFrame = field(default_factory=pd.DataFrame, compare=False)
    row_headers: int = 1
    total: bool = False

    @property
    def id(self) -> str:
        return "t" + hashlib.sha1(f"{self.caption}{self.rows}".encode()).hexdigest()[:8]

    def html(self, caption_is_said: bool = False) -> str:
        """The table with its caption and notes, in a section that scrolls and can be reached by keyboard.

        `caption_is_said`: what unfolds the table says its caption already, which then is for screen readers only.
        """
        head = "".join(f'<th scope="col"{_num(c)}>{in_html(c.heading)}</th>' for c in self.columns)
        body = "".join(self._row_html(row, i) for i, row in enumerate(self.rows))
        notes = "".join(f"<li>{in_html(n)}</li>" for n in self.notes)
        cards = f' class="qa-cards" style="{escape(self._names_of_cells())}"' if self._has_cards else ""
        hidden = ' class="qa-hidden"' if caption_is_said else ""
        return (
            f'<div class="qa-table"><section class="qa-scroll" tabindex="0" aria-labelledby="{self.id}"><table{cards}>'
            f'<caption{hidden} id="{self.id}">{in_html(self.caption)}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></section>"
            + (f'<ul class="qa-notes">{notes}</ul>' if notes else "")
            + "</div>"
        )

    @property
    def _has_cards(self) -> bool:
        return MOST_SIDE_BY_SIDE < len(self.columns) <= MOST_IN_A_CARD

    def _names_of_cells(self) -> str:
        """What the style sheet puts before a cell of a card: --h2 before those of the second column, and so on."""
        heads = [re.sub(r"[\\'\n]", lambda m: f"\\{ord(m[0]):x} ", c.heading) for c in self.columns[1:]]
        return ";".join(f"--h{j}:'{head}'" for j, head in enumerate(heads, start=2))

    def _row_html(self, row: tuple[str, ...], i: int) -> str:
        cells = []
        for j, (column, words) in enumerate(zip(self.columns, row, strict=True)):
            tag = '<th scope="row"' if j < self.row_headers else "<td"
            cells.append(f"{tag}{_num(column)}>{in_html(words)}</{'th' if j < self.row_headers else 'td'}>")
        total = ' class="qa-total"' if self.total and i == len(self.rows) - 1 else ""
        return f"<tr{total}>{''.join(cells)}</tr>"

    def payload(self) -> dict[str, Any]:
        """The table as plain values, for the formats that are made from the executed notebook."""
        return {
            "kind": "table",
            "caption": self.caption,
            "headers": [c.heading for c in self.columns],
            "kinds": [c.kind for c in self.columns],
            "decimals": [c.decimals for c in self.columns],
            "rows": [list(r) for r in self.rows],
            "notes": list(self.notes),
            "row_headers": self.row_headers,
            "data": {"columns": [str(c) for c in self.data.columns], "rows": plain_values(self.data)},
        }


def format_table(
    data: pd.DataFrame,
    columns: Mapping[str, Any] | None = None,
    *,
    caption: str,
    notes: Iterable[str] = (),
    units: Mapping[str, str] | None = None,
    row_headers: int = 1,
    total: bool = False,
) -> FormattedTable:
    """The table as a reader sees it: every cell in words, numbers with equal decimals, symbols explained.

    `columns`: name of the column → header, or (header, kind), (header, kind, unit), or a `Column`; without it every
    column is shown, its kind read from its values. Kind share_of needs `count` and `n` beside the share; an interval
    is named by its stem, "share:interval" for share_lower and share_upper. A cell that already holds a symbol such
    as [c] keeps it; a missing value becomes [x]. `units`: column → unit, for its header. `total`: the last row is a total.
    Raises KeyError if a column is not there.
    """
    columns = columns if columns is not None else _all_columns(data)
    raw, data = data, _with_withheld(data)
    specs = {key: _as_column(spec) for key, spec in columns.items()}
    specs |= {key: replace(specs[key], unit=unit) for key, unit in (units or {}).items()}
    cells = [_cells(data, key, spec) for key, spec in specs.items()]
    rows = tuple(zip(*cells, strict=True)) if cells else ()
    used = {words for row in rows for words in row}
    explained = [f"{s} {meaning}." for s, meaning in SYMBOLS.items() if any(s in words for words in used)]
    return FormattedTable(
        caption=caption,
        columns=tuple(specs.values()),
        rows=rows,
        notes=(*notes, *explained),
        data=raw[_used_columns(raw, specs)].reset_index(drop=True),
        row_headers=row_headers,
        total=total,
    )


def _used_columns(data: pd.DataFrame, specs: Mapping[str, Column]) -> list[str]:
    """The columns that the shown cells are made of: what is not shown must not travel with the table either."""
    used = {"suppressed"}
    for key, spec in specs.items():
        stem = key.partition(":")[0]
        used |= {stem, f"{stem}_lower", f"{stem}_upper"} if ":" in key or "interval" in spec.kind else {stem}
        used |= {"count", "n"} if spec.kind == "share_of" else set()
    return [c for c in data.columns if str(c) in used]


def percent(share: Any, decimals: int = 0) -> str:
    """A proportion as a percentage, halves rounded up: 0.625 is 63%; [x] if missing."""
    return share if _is_symbol(share) else "[x]" if pd.isna(share) else f"{_rounded(share, decimals, 100)}%"


def number(value: Any, decimals: int = 0) -> str:
    """A number with commas for thousands, halves rounded up; [x] if missing."""
    return value if _is_symbol(value) else "[x]" if pd.isna(value) else _rounded(value, decimals)


def share_of(share: Any, count: Any, n: Any, decimals: int = 0) -> str:
    """A share with the numbers it rests on: "71% (5 of 7)"; "no cases" where n is 0; the count alone if no share."""
    for value in (count, n, share):
        if _is_symbol(value):
            return value
    if pd.isna(n) or pd.isna(count):
        return "[x]"
    if n == 0:
        return "[z]"
    of = f"{number(count)} of {number(n)}"
    return of if pd.isna(share) else f"{percent(share, decimals)} ({of})"


def interval(lower: Any, upper: Any, decimals: int = 0) -> str:
    """An interval of proportions: "36% to 92%"."""
    for value in (lower, upper):
        if _is_symbol(value):
            return value
    return "[x]" if pd.isna(lower) or pd.isna(upper) else f"{percent(lower, decimals)} to {percent(upper, decimals)}"


def day(date: Any) -> str:
    """A date as 3 July 2024; [x] if missing."""
    if _is_symbol(date):
        return date
    date = pd.to_datetime(date)
    return "[x]" if pd.isna(date) else f"{date.day} {date:%B %Y}"


def month_name(month: Any) -> str:
    """A month as July 2024; [x] if missing."""
    if _is_symbol(month):
        return month
    month = month.to_timestamp() if isinstance(month, pd.Period) else pd.to_datetime(month)
    return "[x]" if pd.isna(month) else f"{month:%B %Y}"


def plain_values(data: pd.DataFrame) -> list[list[Any]]:
    """The rows as values that JSON can hold: dates as ISO text, missing as None."""
    return [[_plain(v) for v in row] for row in data.itertuples(index=False, name=None)]


def _plain(value: Any) -> Any:
    if isinstance(value, (list, tuple, set)):
        return [_plain(v) for v in value]
    if pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat() if value == value.normalize() else value.isoformat()
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, (bool, int, float, str)) else str(value)


def _rounded(value: Any, decimals: int, times: int = 1) -> str:
    # 12 digits first, so that 0.285 × 100 is 28.5 and not 28.499999999999996
    whole = isinstance(value, (int, np.integer))
    exact = (Decimal(int(value)) if whole else Decimal(format(float(value), ".12g"))) * times
    if not exact.is_finite():
        return "[x]"
    shown = exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP, context=_ANY_SIZE)
    return f"{shown + 0:,}".replace("-", "−") if shown else f"{abs(shown):,}"


_AFTER_SIGNS = re.compile(r"(?<=[_/.,(=:;&-])(?=[^\W_]{3})")
_MONTHS = "|".join(calendar.month_name[1:])
_IN_LETTERS = re.compile(r"([^\W_]{12})(?=[^\W_]{6})")  # between letters only, so that no sign falls apart


def in_html(words: str) -> str:
    """Words as HTML: "(5 of 7)", "2018-19" and "3 July" stay on one line, a word too long for a phone may break."""
    html = "".join(_breakable(w) if i % 2 else escape(w, quote=False) for i, w in enumerate(re.split(r"(\S{22,})", words)))
    html = re.sub(r"(?<![\w-])((?:19|20)\d\d-\d\d)(?![\w-])", r'<span class="qa-whole">\1</span>', html)
    html = re.sub(rf"\b(\d\d?) (?=(?:{_MONTHS})\b)", "\\1\u00a0", html)
    return re.sub(r"\((\S+) of (\S+)\)", "(\\1\u00a0of\u00a0\\2)", html)


def _breakable(word: str) -> str:
    pieces = [p if len(p) < 22 else _IN_LETTERS.sub("\\1\0", p) for p in _AFTER_SIGNS.split(word)]
    return "<wbr>".join(escape(p, quote=False) for p in "\0".join(pieces).split("\0"))


def _with_withheld(data: pd.DataFrame) -> pd.DataFrame:
    """Rows marked `suppressed` say [c] where the disclosure rule took their figures away."""
    if "suppressed" not in data:
        return data
    flag = data["suppressed"].fillna(False).astype(bool)
    numbers = [c for c in data.columns if c != "suppressed" and pd.api.types.is_numeric_dtype(data[c])]
    return data.assign(**{c: data[c].astype(object).mask(flag & data[c].isna(), "[c]") for c in numbers})


def _is_symbol(value: Any) -> bool:
    return isinstance(value, str)


def _as_column(spec: Any) -> Column:
    if isinstance(spec, Column):
        return spec
    return Column(spec) if isinstance(spec, str) else Column(*spec)


def _num(column: Column) -> str:
    return ' class="qa-num"' if column.is_numeric else ""


def _cells(data: pd.DataFrame, key: str, spec: Column) -> list[str]:
    stem = key.partition(":")[0]
    decimals = spec.decimals
    if spec.kind in ("interval", "number_interval"):
        lower, upper = data[f"{stem}_lower"], data[f"{stem}_upper"]
        if spec.kind == "interval":
            return _with_symbols(data, stem, [interval(a, b, decimals or 0) for a, b in zip(lower, upper, strict=True)])
        decimals = _decimals(pd.concat([lower, upper])) if decimals is None else decimals
        return _with_symbols(
            data,
            stem,
            [
                "[x]" if pd.isna(a) or pd.isna(b) else f"{number(a, decimals)} to {number(b, decimals)}"
                for a, b in zip(lower, upper, strict=True)
            ],
        )
    values = data[stem]
    if spec.kind == "share_of":
        return [share_of(s, c, n, decimals or 0) for s, c, n in zip(values, data["count"], data["n"], strict=True)]
    if spec.kind == "number" and decimals is None:
        decimals = _decimals(values)
    show = {
        "percent": lambda v: percent(v, decimals or 0),
        "count": lambda v: number(v, 0),
        "number": lambda v: number(v, decimals or 0),
        "date": day,
        "month": month_name,
    }.get(spec.kind, _words)
    return [spec.missing if (w := show(v)) in ("[x]", "") else w for v in values]


def _with_symbols(data: pd.DataFrame, stem: str, cells: list[str]) -> list[str]:
    """An interval shows the symbol of the figure it belongs to."""
    if stem not in data:
        return cells
    return [value if _is_symbol(value) else cell for value, cell in zip(data[stem], cells, strict=True)]


def _words(value: Any) -> str:
    if isinstance(value, (list, tuple, set)):
        return "; ".join(map(str, value)) or "[x]"
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return "[x]" if pd.isna(value) or not str(value).strip() else str(value).strip()


def _decimals(values: pd.Series) -> int:
    """Decimals that a column of numbers needs: none for whole numbers, otherwise one."""
    numbers = pd.to_numeric(values, errors="coerce").dropna()
    return 0 if (numbers == numbers.round()).all() else 1


def _all_columns(data: pd.DataFrame) -> dict[str, Column]:
    """Every column, with a kind read from its name and values; the limits of an interval become one column."""
    shown: dict[str, Column] = {}
    for name in map(str, data.columns):
        stem = name.removesuffix("_lower").removesuffix("_upper")
        if name in _NOT_SHOWN or (stem != name and f"{stem}_lower" in data and f"{stem}_upper" in data):
            if stem != name and f"{stem}:interval" not in shown and stem in data:
                kind = "interval" if "share" in stem else "number_interval"
                shown[f"{stem}:interval"] = Column(HEADERS.get(f"{stem}:interval", "95% interval"), kind)
            continue
        shown[name] = _guess(name, data[name])
    return shown


def _guess(name: str, values: pd.Series) -> Column:
    header, unit = HEADERS.get(name) or _sentence_case(name), ""
    if name.endswith("_days"):
        header, unit = _sentence_case(name.removesuffix("_days")), "days"
    if name == "month":
        return Column(header, "month")
    if pd.api.types.is_datetime64_any_dtype(values):
        return Column(header, "date")
    if pd.api.types.is_bool_dtype(values) or not pd.api.types.is_numeric_dtype(values):
        return Column(header)
    if name.startswith("share") or name.endswith("_share"):
        return Column(header, "percent")
    return Column(header, "number", unit)


def _sentence_case(name: str) -> str:
    words = name.removeprefix("n_").replace("_", " ").strip()
    return words[:1].upper() + words[1:]
