"""The benchmark compendium as a workbook of accessible tables: figures of all years, one worksheet a topic.

Published figures stand as they are published, symbols in place of those that were withheld; means are rounded to two
decimals. The workbook's conventions are those of `workbook`.
"""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd

from qa_analysis.formats.workbook import Sheet, write_sheets
from qa_analysis.sections.compendium import NOTES, shown

_FIGURE = "#,##0.0#"
_COLUMNS = {  # column: (header, number format, for regions too)
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
    notes = tuple(NOTES)
    sheets = {
        "In_words": Sheet(
            title=f"{title}: findings in words", columns=("Topic", "In words"), formats=("", ""),
            rows=tuple(_split(text) for text in [*s.about, *s.sentences, *s.cost_sentences]),
        ),
        "Latest": _sheet(f"{s.area}: newest figure of each indicator", s.latest, s.is_region, notes, by_topic=True),
    }
    for topic in s.topics:
        rows = s.years[s.years["topic"].eq(topic)]
        order = {k: n for n, k in enumerate(dict.fromkeys(rows["indicator"]))}
        rows = rows.assign(_order=rows["indicator"].map(order)).sort_values(
            ["_order", "year", "period"], ascending=[True, False, False], kind="stable"
        )
        sheets[_name(topic, sheets)] = _sheet(f"{topic}: {s.area}, every year published", rows, s.is_region, notes)
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


def _sheet(title: str, rows: pd.DataFrame, is_region: bool, notes: tuple[str, ...], by_topic: bool = False) -> Sheet:
    source = rows["indicator"].where(rows["reported_with"].isna(), rows["indicator"] + " (of both authorities)")
    table = shown(rows).assign(source=source)
    for column in _ROUNDED:
        table[column] = [round(v, 2) if isinstance(v, float) else v for v in table[column].astype(object)]
    kept = {k: v for k, v in _COLUMNS.items() if v[2] or not is_region}
    if by_topic:
        kept = {"topic": ("Topic", "", True), **kept}
    else:
        del kept["value_before"]  # the next row
    cells = [[_cell(v) for v in table[column].astype(object)] for column in kept]
    return Sheet(
        title=title, columns=tuple(h for h, *_ in kept.values()), formats=tuple(f for _, f, _ in kept.values()),
        rows=tuple(zip(*cells, strict=True)), notes=notes, row_headers=3 if by_topic else 2,
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
