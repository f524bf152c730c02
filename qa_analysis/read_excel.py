"""Workbooks as people make them: title rows, blank rows and columns, merged headers, hidden rows, several sheets."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING
from xml.parsers import expat

import numpy as np

from qa_analysis.coded import encode
from qa_analysis.errors import UserError
from qa_analysis.read_csv import Grid, Note, Score, header_at, without_blanks

if TYPE_CHECKING:
    import openpyxl

_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_ERRORS = {"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"}


def open_workbook(path: Path, name: str) -> openpyxl.Workbook:
    """The workbook, values only. Raises UserError where it is protected, old or damaged."""
    import openpyxl  # takes half a second, which a folder of text files need not wait for
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with open(path, "rb") as f:
            start = f.read(4)
        if start == _OLD_OFFICE:
            raise UserError(
                f"{name}: is protected by a password or in the old .xls format. "
                "Open it in Excel, take the password off, and save it as .xlsx."
            )
        return openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (OSError, zipfile.BadZipFile, KeyError, ValueError, InvalidFileException) as error:
        raise UserError(
            f"{name}: can't be read as a workbook ({error}). Open it in Excel and save it again as .xlsx, "
            "or export it as CSV."
        ) from error


def cell_text(value: object) -> str | None:
    """A cell as text: dates as 2025-04-03, whole numbers without decimals, errors as blank."""
    if value is None:
        return None
    if isinstance(value, str):
        return None if value.strip() in _ERRORS else value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ", "seconds")
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def read_sheet(workbook: openpyxl.Workbook, sheet: str, name: str, score: Score, header_row: int | None = None) -> Grid:
    """One sheet's cells as text. Header cells merged over two rows are put together; hidden rows are kept and noted."""
    worksheet = workbook[sheet]
    if not hasattr(worksheet, "iter_rows"):
        return Grid(name, sheet, [], [], np.empty(0, np.int64))
    try:
        table, hidden = _sheet_rows(workbook, worksheet)
    except (expat.ExpatError, zipfile.BadZipFile, zlib.error, ValueError, LookupError) as error:
        raise UserError(
            f"{name} [{sheet}]: the sheet is damaged ({error}). Open it in Excel and save it again as .xlsx, "
            "or export it as CSV."
        ) from error
    width = max((len(r) for r in table), default=0)
    table = [r + [None] * (width - len(r)) for r in table]
    if not any(any(r) for r in table):
        return Grid(name, sheet, [], [], np.empty(0, np.int64))
    first = [[(c or "").strip() for c in r] for r in table[:40]]
    at = header_row - 1 if header_row else header_at(first, score)
    headers, last = _whole_header(first, at, score)
    body = table[last + 1 :]
    columns = [encode([r[i] for r in body]) for i in range(width)]
    rows = np.arange(last + 2, last + 2 + len(body), dtype=np.int64)
    grid = without_blanks(Grid(name, sheet, headers, columns, rows))
    n_hidden = int(np.isin(grid.rows, hidden).sum())
    if n_hidden:
        grid.notes.append(
            Note(
                "hidden rows",
                f"{n_hidden} rows",
                "kept",
                "read like the others",
                remedy="Unhide or delete them if they should not count.",
            )
        )
    return grid


def _whole_header(first: list[list[str]], at: int, score: Score) -> tuple[list[str], int]:
    """The header with the words that merged cells left in the row above or below, and its last row's position."""
    headers = list(first[at])
    if at + 1 < len(first):
        below = first[at + 1]
        filled = [i for i, c in enumerate(below) if c]
        under_merged = [i for i in filled if not headers[i]]
        if (
            under_merged
            and score(below) > 0
            and not any(re.search(r"\d", below[i]) for i in filled)
            and all(not headers[i] or not any(headers[i + 1 : i + 2]) for i in filled)
        ):
            return [below[i] or h for i, h in enumerate(headers)], at + 1
    if at > 0:
        above = first[at - 1]
        if sum(1 for c in above if c) > 1:
            headers = [h or above[i] for i, h in enumerate(headers)]
    return headers, at


_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main "


def _sheet_rows(workbook: openpyxl.Workbook, worksheet: object) -> tuple[list[list[str | None]], np.ndarray]:
    """The texts of every row of a sheet, blank rows too, and the numbers of the rows hidden in it.

    The sheet's own XML is read, with the shared strings and date formats that openpyxl found: to make one of its cell
    objects for each cell takes ten times as long, and only the value is wanted.
    """
    from openpyxl.utils import column_index_from_string
    from openpyxl.utils.datetime import from_excel, from_ISO8601

    strings, epoch = worksheet._shared_strings, workbook.epoch
    dates, spans = workbook._date_formats, workbook._timedelta_formats
    table: list[list[str | None]] = []
    hidden: list[int] = []
    column_of: dict[str, int] = {}
    text: list[str] = []  # of the cell that is being read
    row: list[str | None] = []
    row_no = column = style = 0
    kind, sounded = "n", False

    def value_of(found: str) -> str | None:
        if kind in ("inlineStr", "str"):
            return cell_text(found)
        if not found:
            return None
        if kind == "s":
            return cell_text(strings[int(found)])
        if kind == "n":
            number = float(found) if "." in found or "e" in found.lower() else int(found)
            if style not in dates:
                return cell_text(number)
            try:
                return cell_text(from_excel(number, epoch, timedelta=style in spans))
            except (OverflowError, ValueError):
                return None  # no such day: a spreadsheet shows ####
        if kind == "b":
            return cell_text(bool(int(found)))
        return cell_text(from_ISO8601(found) if kind == "d" else found)

    def start(tag: str, given: dict[str, str]) -> None:
        nonlocal row, row_no, column, style, kind, sounded
        if tag == cell_tag:
            kind, style = given.get("t", "n"), int(given.get("s", 0))
            letters = given.get("r", "").rstrip("0123456789")
            if letters and letters not in column_of:
                column_of[letters] = column_index_from_string(letters)
            column = column_of[letters] if letters else column + 1
            text.clear()
        elif tag == row_tag:
            row_no, column, row = int(float(given.get("r", row_no + 1))), 0, []
            if given.get("hidden") in ("1", "true"):
                hidden.append(row_no)
        elif tag == sound_tag:
            sounded = True
        elif (tag == value_tag and kind != "inlineStr") or (tag == text_tag and not sounded):
            parser.CharacterDataHandler = text.append

    def end(tag: str) -> None:
        nonlocal sounded
        if tag == value_tag or tag == text_tag:
            parser.CharacterDataHandler = None
        elif tag == cell_tag:
            row.extend([None] * (column - len(row)))
            row[column - 1] = value_of("".join(text))
        elif tag == row_tag:
            table.extend([] for _ in range(row_no - 1 - len(table)))
            if len(table) < row_no:
                table.append(row)
        elif tag == sound_tag:
            sounded = False

    row_tag, cell_tag, value_tag, text_tag, sound_tag = (_MAIN + t for t in ("row", "c", "v", "t", "rPh"))
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = start, end
    with workbook._archive.open(worksheet._worksheet_path) as file:
        parser.ParseFile(file)
    return table, np.array(hidden, np.int64)
