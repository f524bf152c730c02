"""The report as a workbook by the conventions of the Government Analysis Function: cover, contents, notes, a table a sheet.

`gptables` keeps the conventions. Numbers are numbers, rounded as the report shows them, so that every format says the
same; a share with its count ("71% (5 of 7)") and an interval take a column for each number. Symbols stay.
"""

from __future__ import annotations

import datetime
import io
import re
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa_analysis.formats.content import Block, Bullets, Chart, Heading, Headline, Paragraph, Table
from qa_analysis.formats.files import needed, without_times, write_whole
from qa_analysis.tables import SYMBOLS

_MOST_IN_A_CELL = 32_000  # Excel holds 32,767 characters
_WIDEST = 60  # characters of a column
_SYMBOL = re.compile(r"\[\w\]")


@dataclass(frozen=True)
class Sheet:
    """One table with what stands above it."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    formats: tuple[str, ...]
    subtitle: str = ""
    source: str = ""
    notes: tuple[str, ...] = ()
    row_headers: int = 1


def write_xlsx(blocks: Iterable[Block], path: str | Path, title: str) -> Path:
    """The blocks as a workbook, written whole or not at all; the same blocks give the same file.

    Sheets: cover with the headline findings, contents, notes, the findings in words, then one table a sheet in the
    report's order, the figures behind the charts among them. Raises UserError if gptables is not installed.
    """
    blocks = list(blocks)
    return write_sheets(
        _numbered_sheets(blocks, title),
        path,
        title,
        intro=[s for b in blocks if isinstance(b, Headline) for s in b.sentences]
        or ["The tables of the report, one on each worksheet."],
        about=[
            "The worksheet Findings has every sentence of the report; each table of the report, and the figures behind "
            "each chart, have a worksheet of their own.",
            "Numbers are rounded as the report shows them.",
        ],
        general="Numbers are rounded as the report shows them. Sentences of the report are on the worksheet Findings.",
    )


def write_sheets(
    sheets: dict[str, Sheet], path: str | Path, title: str, *, intro: list[str], about: list[str], general: str
) -> Path:
    """Tables by the name of their worksheet as a workbook with cover, contents and notes, written whole or not at all.

    `intro` and `about` are the sentences of the cover; `general` is the note that belongs to no table. Symbols are explained
    on the cover. The same sheets give the same file. Raises UserError if gptables is not installed.
    """
    gptables = needed("gptables", "gptables", "An Excel workbook")
    notes = _notes(sheets)
    made = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # gptables warns of notes for the whole workbook, which no table refers to
        book = gptables.produce_workbook(
            made,
            {name: _gptable(gptables, name, sheet, notes) for name, sheet in sheets.items()},
            cover=_cover(gptables, title, intro, about),
            notes_table=_notes_table(notes, general),
            auto_width=False,
            workbook_options={"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False},
        )
    _finish(book, sheets, title)
    book.close()
    return write_whole(path, without_times(made.getvalue()))


# --- what goes on which sheet ------------------------------------------------------------------------------------


def _numbered_sheets(blocks: list[Block], title: str) -> dict[str, Sheet]:
    """The findings in words and every table, by the name of its sheet."""
    sheets = {"Findings": _findings(blocks, title)}
    for block in blocks:
        table = block.table if isinstance(block, Chart) else block if isinstance(block, Table) else None
        if table is not None and table.rows:
            sheets[f"Table_{len(sheets)}"] = _sheet(table, block if isinstance(block, Chart) else None)
    return sheets


def _findings(blocks: list[Block], title: str) -> Sheet:
    """Every sentence of the report with the section it stands in, so that the workbook says what the report says."""
    section, part = title, ""
    rows: list[tuple[str, ...]] = []
    for block in blocks:
        if isinstance(block, Heading):
            section, part = (block.text, "") if block.level <= 2 else (section, block.text)
        rows += [(section, part or section, kind, words) for kind, words in _sentences(block)]
    return Sheet(
        title=f"{title}: findings in words",
        columns=("Section", "Part", "Kind", "In words"),
        rows=tuple(rows) or ((title, title, "Text", "There is nothing to report."),),
        formats=("",) * 4,
        row_headers=2,
    )


def _sentences(block: Block) -> Iterator[tuple[str, str]]:
    if isinstance(block, Headline):
        yield from (("Headline", s) for s in block.sentences)
    elif isinstance(block, Bullets):
        yield from (("Finding", s) for s in block.items)
    elif isinstance(block, Paragraph):
        yield "Text", block.text
    elif isinstance(block, Chart):
        told = (block.title, block.subtitle, block.source, block.alt_text, *block.long_description)
        yield from (("Chart", s) for s in told if s)


def _sheet(table: Table, chart: Chart | None) -> Sheet:
    columns: list[str] = []
    formats: list[str] = []
    values: list[list[Any]] = []
    row_headers = 0
    cells = zip(*table.rows, strict=True)
    for i, (header, kind, column) in enumerate(zip(table.headers, table.kinds, cells, strict=True)):
        for name, form, column_values in _as_numbers(header, kind, list(column)):
            columns.append(_unlike(name, columns))
            formats.append(form)
            values.append(column_values)
            row_headers += i < table.row_headers
    rows = tuple(zip(*values, strict=True))
    is_unreliable = any("[u]" in row for row in rows) and not any(n.startswith("[u]") for n in table.notes)
    return Sheet(
        title=table.caption,
        columns=tuple(columns),
        rows=rows,
        formats=tuple(formats),
        subtitle=chart.subtitle if chart else "",
        source=chart.source if chart else "",
        notes=(*table.notes, *([f"[u] {SYMBOLS['[u]']}."] if is_unreliable else [])),
        row_headers=min(row_headers, 3),
    )


def _unlike(name: str, others: list[str]) -> str:
    """A name that no other column has, as Excel wants it."""
    taken = {o.lower() for o in others}
    tries = (name, *(f"{name} ({i})" for i in range(2, len(others) + 3)))
    return next(t for t in tries if t.lower() not in taken)


# --- words of cells as numbers -----------------------------------------------------------------------------------

_NUMBER = r"[-−]?[\d,]+(?:\.\d+)?"
_PERCENT = rf"{_NUMBER}%"
_SHARE_OF = re.compile(rf"(?:({_PERCENT}) \()?({_NUMBER}) of ({_NUMBER})\)?")
_FROM_TO = re.compile(rf"({_NUMBER}%?) to ({_NUMBER}%?)")
_Column = tuple[str, str, list[Any]]  # header, number format, values


def _as_numbers(header: str, kind: str, cells: list[str]) -> list[_Column]:
    """A column of words as one or more columns of numbers; words that are no number stay words."""
    if kind == "share_of" and any(_SHARE_OF.fullmatch(c) for c in cells):
        names = ("", ": number", ": out of")
        return [_column(f"{header}{n}", part) for n, part in zip(names, _split(cells, _share_of), strict=True)]
    if kind in ("interval", "number_interval") and any(_FROM_TO.fullmatch(c) for c in cells):
        return [
            _column(f"{header}: {n}", part) for n, part in zip(("from", "to"), _split(cells, _from_to), strict=True)
        ]
    if kind in ("date", "month"):
        return [_dates(header, cells, "%d %B %Y" if kind == "date" else "%B %Y")]
    return [_column(header, cells) if kind in ("count", "number", "percent") else (header, "", cells)]


def _split(cells: list[str], parts: Any) -> Iterator[tuple[str, ...]]:
    return zip(*map(parts, cells), strict=True)


def _share_of(cell: str) -> tuple[str, str, str]:
    if found := _SHARE_OF.fullmatch(cell):
        return found[1] or "[u]", found[2], found[3]
    return (cell,) * 3 if _SYMBOL.fullmatch(cell) else (cell, "[z]", "[z]")


def _from_to(cell: str) -> tuple[str, str]:
    if found := _FROM_TO.fullmatch(cell):
        return found[1], found[2]
    return (cell,) * 2 if _SYMBOL.fullmatch(cell) else (cell, "[z]")


def _column(header: str, cells: Iterable[str]) -> _Column:
    """Numbers with the format that shows them as the report does; one format holds for the column."""
    cells = list(cells)
    numbers = [c for c in cells if re.fullmatch(_PERCENT, c) or re.fullmatch(_NUMBER, c)]
    shapes = {(c.endswith("%"), len(c.rstrip("%").partition(".")[2])) for c in numbers}
    if len(shapes) != 1:
        return header, "", cells
    ((is_percent, decimals),) = shapes
    form = ("0" if is_percent else "#,##0") + (f".{'0' * decimals}" if decimals else "") + ("%" if is_percent else "")
    return header, form, [_number(c) if c in set(numbers) else c for c in cells]


def _number(words: str) -> float | int:
    plain = words.replace(",", "").replace("−", "-")
    if plain.endswith("%"):
        return round(float(plain[:-1]) / 100, 10)
    return float(plain) if "." in plain else int(plain)


def _dates(header: str, cells: list[str], form: str) -> _Column:
    def date(words: str) -> Any:
        try:
            return datetime.datetime.strptime(words, form)
        except ValueError:
            return words

    return header, "d mmmm yyyy" if "%d" in form else "mmmm yyyy", [date(c) for c in cells]


# --- gptables ----------------------------------------------------------------------------------------------------


def _gptable(gptables: Any, name: str, sheet: Sheet, notes: dict[str, str]) -> Any:
    import pandas as pd

    references = "".join(f" $${notes[n]}$$" for n in sheet.notes if n in notes)
    kinds = _kinds(sheet)
    table = pd.DataFrame([[0] * len(kinds)], columns=[_plain(sheet.columns[i]) for i in kinds.values()])
    return gptables.GPTable(
        table,
        table_name=name,
        title=_plain(sheet.title or name) + references,
        subtitles=[_plain(sheet.subtitle)] if sheet.subtitle else [],
        source=_plain(sheet.source) or None,
        legend=[_plain(n) for n in sheet.notes if _SYMBOL.match(n)],
        index_columns={level + 1: level for level in range(sheet.row_headers)},
        instructions="This worksheet contains one table. Notes are on the notes worksheet."
        if references
        else "This worksheet contains one table.",
        additional_formatting=[
            {"column": {"columns": list(range(len(kinds))), "format": {"valign": "top"}, "include_names": True}},
            *(
                {"column": {"columns": [i], "format": {"num_format": form, "align": "right"}, "include_names": False}}
                if form
                else {"column": {"columns": [i], "format": {"align": "left", "indent": 1}, "include_names": True}}
                for i, (_, form) in enumerate(kinds)
            ),
        ],
    )


def _kinds(sheet: Sheet) -> dict[tuple[int, str], int]:
    """The columns that gptables formats, one of each kind: (number of the row header, number format) → a column of it."""
    kinds: dict[tuple[int, str], int] = {}
    for i, form in enumerate(sheet.formats):
        kinds.setdefault((min(i, sheet.row_headers), form), i)
    return kinds


def _write_rows(worksheet: Any, sheet: Sheet) -> None:
    """The table with all its rows and columns, in the formats that gptables gave to a row of zeros with one column a kind.

    gptables works out the format of every cell, which would take most of the time that a workbook takes.
    """
    first = _first_row(worksheet)
    place = {kind: n for n, kind in enumerate(_kinds(sheet))}
    like = [place[min(i, sheet.row_headers), form] for i, form in enumerate(sheet.formats)]
    headers, formats = ([worksheet.table[row][n].format for n in like] for row in (first, first + 1))
    options = {"autofilter": False, "style": None, "name": worksheet.tables[0]["name"],
               "columns": [{"header": _plain(h), "header_format": f} for h, f in zip(sheet.columns, headers, strict=True)]}
    worksheet.tables.clear()
    worksheet.table_cells.clear()
    worksheet.add_table(first, 0, first + len(sheet.rows), len(sheet.columns) - 1, options)
    for number, row in enumerate(sheet.rows, start=first + 1):
        for i, (value, form) in enumerate(zip(row, formats, strict=True)):
            worksheet.write(number, i, _cell(value), form)


def _first_row(worksheet: Any) -> int:
    """The row of the table's headers, counted from 0."""
    return int(re.sub(r"\D", "", worksheet.tables[0]["range"].partition(":")[0])) - 1


def _cell(value: Any) -> Any:
    """A value as a workbook holds it: no cell is blank, and words have a length that Excel can hold."""
    if not isinstance(value, str):
        return value
    if len(value) > _MOST_IN_A_CELL:
        value = f"{value[:_MOST_IN_A_CELL]} … (cut here; the report has it whole)"
    return value or "[x]"


def _plain(words: str) -> str:
    """Words without what gptables takes for a link or a note."""
    return words.replace("](", "] (").replace("$$", "$ $")


def _notes(sheets: dict[str, Sheet]) -> dict[str, str]:
    """Each note of a table, but for explanations of symbols, which stand above the table, with its reference."""
    found = dict.fromkeys(n for s in sheets.values() for n in s.notes if not _SYMBOL.match(n))
    return {note: f"note{i}" for i, note in enumerate(found, start=1)}


def _notes_table(notes: dict[str, str], general: str) -> Any:
    import pandas as pd

    rows = [(reference, _plain(note)) for note, reference in notes.items()] + [("general", general)]
    return pd.DataFrame(rows, columns=["Note reference", "Note text"])


def _cover(gptables: Any, title: str, intro: list[str], about: list[str]) -> Any:
    symbols = "; ".join(f"{symbol} {meaning}" for symbol, meaning in SYMBOLS.items())
    return gptables.Cover(
        _plain(title), intro=list(map(_plain, intro)), about=[*map(_plain, about), f"Symbols: {symbols}."]
    )


def _finish(book: Any, sheets: dict[str, Sheet], title: str) -> None:
    """Rows, widths, paper and title; no author and no time, which change from run to run."""
    for worksheet in book.worksheets():
        worksheet.set_landscape()
        worksheet.set_paper(9)  # A4
        worksheet.fit_to_pages(1, 0)
        if worksheet.name in sheets:
            _write_rows(worksheet, sheets[worksheet.name])
        widths = _widths(worksheet.name, sheets.get(worksheet.name))
        for i, width in enumerate(widths):
            worksheet.set_column(i, i, width)
        _set_heights(book, worksheet, widths)
    book.set_properties({"title": title, "author": "", "created": datetime.datetime(2000, 1, 1)})
    book.set_size(2400, 1400)


def _widths(name: str, sheet: Sheet | None) -> list[float]:
    """The width of each column, in characters."""
    if sheet is None:
        return [85] if name == "Cover" else [16, 110]
    widths = []
    for header, column in zip(sheet.columns, zip(*sheet.rows, strict=True), strict=True):
        longest = max(len(f"{v:,}") if isinstance(v, (int, float)) else len(str(v)) for v in column)
        widths.append(max(min(longest, _WIDEST), min(len(header), 16), 10) * 1.15 + 2)  # letters of 12 points
    return widths


def _set_heights(book: Any, worksheet: Any, widths: list[float]) -> None:
    """Rows as high as their lines need: Excel sees to it by itself, other programs let lines overlap."""
    words = {i: text for text, i in book.str_table.string_table.items()}
    first = _first_row(worksheet) if worksheet.tables else 1
    for row, cells in worksheet.table.items():
        if row < first:
            continue
        lines = [
            -(-len(words.get(cell.string, "")) * 1.05 // widths[column])
            for column, cell in cells.items()
            if type(cell).__name__ == "String"
        ]
        if (most := max(lines, default=1)) > 1:
            worksheet.set_row(row, min(16 * most, 400))
