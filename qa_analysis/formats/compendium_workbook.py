"""The benchmark compendium as a workbook of accessible tables: figures of all years, one worksheet a topic.

Published figures stand as they are published, symbols in place of those that were withheld; means are rounded to two
decimals. The workbook's conventions are those of `workbook`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd

from qa_analysis.formats.workbook import Sheet, write_sheets
from qa_analysis.sections.compendium import NOTES, shown

_FIGURE = "#,##0.0#"
_COLUMNS = {  # column: (header, number format, for regions too)
    "topic": ("Topic", "", True),
    "indicator_words": ("Indicator", "", True),
    "when": ("Period", "", True),
    "period": ("Period as published", "", True),
    "value": ("Value", _FIGURE, True),
    "value_before": ("Year before", _FIGURE, True),
    "change": ("Change in a year", _FIGURE, True),
    "neighbours_mean": ("Neighbours: mean", _FIGURE, False),
    "neighbours_median": ("Neighbours: median", _FIGURE, False),
    "n_neighbours": ("Neighbours with a value", "0", False),
    "region_value": ("Region", _FIGURE, False),
    "england_value": ("England", _FIGURE, True),
    "rank": ("Rank", "0", True),
    "n_ranked": ("Out of", "0", True),
    "quarter": ("Quarter", "", True),
    "better": ("Better is", "", True),
    "source": ("Published as", "", True),
}
_ROUNDED = ("neighbours_mean", "neighbours_median", "change", "value", "value_before")


def write_compendium(s: SimpleNamespace, path: str | Path, attribution: str = "") -> Path:
    """What `sections.compendium.compendium` returns as a workbook, written whole or not at all.

    Sheets: cover, contents, notes, the sentences (In_words), the newest figure of every indicator (Latest), and one sheet a
    topic with every year, newest first. Raises UserError if gptables is not installed.
    """
    title = f"Benchmark compendium: {s.area}"
    columns = {k: v for k, v in _COLUMNS.items() if v[2] or not s.is_region}
    sheets = {
        "In_words": Sheet(
            title=f"{title}: findings in words", columns=("Topic", "In words"), formats=("", ""),
            rows=tuple(_split(text) for text in [*s.about, *s.sentences, *s.cost_sentences]),
        ),
        "Latest": _sheet(f"{s.area}: newest figure of each indicator", columns, _rows(s.latest, columns), row_headers=3),
    }
    del columns["value_before"]  # the next row
    order = {k: n for n, k in enumerate(dict.fromkeys(s.years["indicator"]))}
    newest_first = s.years.assign(_order=s.years["indicator"].map(order)).sort_values(
        ["_order", "year", "period"], ascending=[True, False, False], kind="stable"
    )
    rows = _rows(newest_first, columns)
    del columns["topic"]  # the sheet
    for topic in s.topics:
        own = [row for (name, *row) in rows if name == topic]
        sheets[_name(topic, sheets)] = _sheet(f"{topic}: {s.area}, every year published", columns, own, row_headers=2)
    return write_sheets(
        sheets, path, title, intro=s.sentences[:1] or [title],
        about=[*s.about, "Figures are as published; means of neighbours and changes are rounded to two decimals.",
               *([attribution] if attribution else [])],
        general="The sentences of the compendium are on the worksheet In_words.",
    )


def _split(text: str) -> tuple[str, str]:
    """A sentence on a topic as topic and words; any other belongs to all topics."""
    topic, colon, words = text.partition(": ")
    return (topic, words) if colon and len(topic) < 40 and "." not in topic else ("All topics", text)


def _rows(table: pd.DataFrame, columns: Iterable[str]) -> list[tuple[Any, ...]]:
    source = table["indicator"].where(table["reported_with"].isna(), table["indicator"] + " (of both authorities)")
    table = shown(table).assign(source=source)
    for column in _ROUNDED:
        table[column] = [round(v, 2) if isinstance(v, float) else v for v in table[column].astype(object)]
    return list(zip(*([_cell(v) for v in table[column].astype(object)] for column in columns), strict=True))


def _sheet(title: str, columns: dict[str, tuple[str, str, bool]], rows: list[tuple[Any, ...]], row_headers: int) -> Sheet:
    return Sheet(
        title=title, columns=tuple(h for h, *_ in columns.values()), formats=tuple(f for _, f, _ in columns.values()),
        rows=tuple(rows), notes=tuple(NOTES), row_headers=row_headers,
    )


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return value
    if pd.isna(value):
        return "[x]"
    return int(value) if float(value).is_integer() else float(value)


def _name(topic: str, taken: dict[str, Sheet]) -> str:
    """A worksheet's name that Excel takes: no blanks or signs, at most 31 characters, unlike any other."""
    name = re.sub(r"\W+", "_", topic).strip("_")[:26] or "Topic"
    tries = (name, *(f"{name}_{n}" for n in range(2, 99)))
    return next(t for t in tries if t.casefold() not in {k.casefold() for k in taken} | {"cover", "contents", "notes"})
