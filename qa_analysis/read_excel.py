"""Workbooks as people make them: title rows, blank rows and columns, merged headers, hidden rows, several sheets."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from qa_analysis.coded import encode
from qa_analysis.errors import UserError
from qa_analysis.read_csv import Grid, Note, Score, header_at, without_blanks

_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_ERRORS = {"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"}


def open_workbook(path: Path, name: str) -> openpyxl.Workbook:
    """The workbook, values only. Raises UserError where it is protected, old or damaged."""
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
    if hasattr(worksheet, "reset_dimensions"):
        worksheet.reset_dimensions()
    table = [[cell_text(v) for v in row] for row in worksheet.iter_rows(values_only=True)]
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
    hidden = _hidden_rows(workbook, worksheet)
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


def _hidden_rows(workbook: openpyxl.Workbook, worksheet: object) -> np.ndarray:
    """The numbers of the rows hidden in the sheet; none where the file does not tell."""
    part, archive = getattr(worksheet, "_worksheet_path", None), getattr(workbook, "_archive", None)
    if not part or archive is None:
        return np.empty(0, np.int64)
    text = archive.read(part)
    found = re.findall(rb'<row\b[^>]*?\br="(\d+)"[^>]*?\bhidden="(?:1|true)"', text)
    return np.array([int(n) for n in found], np.int64)
