"""Writes exports as forms, workbooks, CSV or Parquet with the quirks of those programs, the same bytes each time."""

from __future__ import annotations

import gzip
import io
import re
import zipfile
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from openpyxl.styles import Font

from qa_analysis.example.chance import rng_for
from qa_analysis.example.exports import Export
from qa_analysis.example.headings import HEADERS
from qa_analysis.schema import TABLES

# how each table is exported in a mixed example
FORMATS = {
    "establishment": "xlsx",
    "cases": "parquet",
    "audits": "forms",
    "ratings": "csv.gz",
    "moderations": "xlsx",
    "actions": "xlsx",
    "samples": "csv",
    "sampled_cases": "csv",
    "questions": "csv",
    "answers": "xlsx",
    "feedback": "forms",
    "survey": "csv.gz",
    "indicators": "csv",
    "neighbours": "csv",
    "providers": "xlsx",
    "training": "csv.gz",
    "practice": "csv",
}
TITLES = {
    "moderations": "Moderation log: Harrowmere Children's Services",
    "actions": "Closing the loop: action tracker",
    "answers": "Dip sample returns",
    "establishment": "Teams and managers by month",
    "providers": "Inspections of schools, nurseries and homes",
}
TOTAL_ROWS = ("moderations", "establishment")
SERIAL_ZERO = datetime(1899, 12, 30)
LARGE = 100_000  # rows
DASHES = 0.3  # share of the empty cells of a workbook that hold "-"
SERIALS, TEXT_DATES = 0.05, 0.25  # shares of a workbook's dates kept as a number or as text


def write_export(folder: Path, export: Export, seed: int, style: str, when: pd.Series | None = None) -> pd.DataFrame:
    """Writes one table (as csv, csv.gz, forms, xlsx or parquet); returns its planted faults with file and row."""
    name, headers = export.name, HEADERS[export.name]
    suffix = {"forms": "csv"}.get(style, style)
    path = folder / f"{name}.{suffix}"
    offset = 2
    if style == "xlsx":
        offset = _write_workbook(path, export, seed)
    elif style == "parquet":
        _write_parquet(path, export)
    else:
        frame = export.cells.rename(columns=headers)
        frame = _as_form(frame, export, seed, when) if style == "forms" else frame
        encoding = "cp1252" if style == "forms" and name == "audits" else "utf-8-sig" if style == "forms" else "utf-8"
        _write_csv(path, frame, encoding)
    return export.planted.assign(table=name, file=path.name, source_row=export.planted["position"] + offset)


def _write_csv(path: Path, frame: pd.DataFrame, encoding: str) -> None:
    if len(frame) < LARGE:
        data = frame.to_csv(index=False, lineterminator="\r\n").encode()
    else:  # pyarrow writes ten times as fast, and quotes every text
        buffer = io.BytesIO()
        table = pa.table({c: pa.array(frame[c].to_numpy(dtype=object), pa.string()) for c in frame})
        pacsv.write_csv(table, buffer, pacsv.WriteOptions(quoting_style="needed"))
        data = buffer.getvalue()
    if encoding == "utf-8-sig":
        data = b"\xef\xbb\xbf" + data
    elif encoding != "utf-8":
        data = data.decode("utf-8").encode(encoding)
    path.write_bytes(gzip.compress(data, 6, mtime=0) if path.suffix == ".gz" else data)


def _as_form(frame: pd.DataFrame, export: Export, seed: int, when: pd.Series) -> pd.DataFrame:
    """The columns that a form puts before the questions. An older form was completed two days before the newer one,
    a pasted copy has everything of its original."""
    rng = rng_for(seed, f"form {export.name}")
    n = len(frame)
    minute = rng.integers(8 * 60, 18 * 60, n)
    older = export.repeat == "older"
    codes, days = pd.factorize(pd.DatetimeIndex(when) + pd.to_timedelta(np.where(older, 0, 2), unit="D"))
    day = np.array([f"{d.month}/{d.day}/{d.year}" for d in pd.DatetimeIndex(days)], dtype=object)[codes]
    clock = np.array([f" {m // 60:02d}:{m % 60:02d}:00" for m in range(24 * 60)], dtype=object)
    lead = pd.DataFrame(
        {
            "ID": _form_numbers(export).astype(str).astype(object),
            "Start time": day + clock[minute - 20],
            "Completion time": day + clock[minute],
            "Email": "anonymous",
            "Name": None,
            "Last modified time": None,
        },
        dtype=object,
    )
    first = np.empty(export.source.max(initial=0) + 1, dtype=int)
    usual = np.flatnonzero(export.repeat == "")
    first[export.source[usual]] = usual
    copies = np.flatnonzero(export.repeat == "copy")
    lead.iloc[copies] = lead.iloc[first[export.source[copies]]].to_numpy()
    return pd.concat([lead, frame], axis=1)


def _form_numbers(export: Export) -> np.ndarray:
    """Forms are numbered as they were first sent; the older version of a form sent again has a number of its own."""
    number = export.source + 1
    older = export.repeat == "older"
    number[older] = export.source.max(initial=0) + 1 + np.arange(1, older.sum() + 1)
    return number


def _write_parquet(path: Path, export: Export) -> None:
    columns = {}
    for column, header in HEADERS[export.name].items():
        values = export.cells[column].to_numpy(dtype=object)
        kind = TABLES[export.name].column(column).kind
        if kind == "date":
            columns[header] = pa.array(pd.to_datetime(pd.Series(values)).dt.date.to_numpy(), pa.date32())
        elif kind in ("number", "integer"):
            columns[header] = pa.array(pd.to_numeric(pd.Series(values)).to_numpy(), pa.float64(), from_pandas=True)
        else:
            columns[header] = pa.array(values, pa.string())
    pq.write_table(pa.table(columns), path, compression="zstd")


def _write_workbook(path: Path, export: Export, seed: int) -> int:
    """Title and blank row above the header, a blank column before it, two hidden rows, a note sheet, perhaps a total.

    Returns the number by which a position in the export becomes a row of the sheet.
    """
    rng = rng_for(seed, f"workbook {export.name}")
    spec, headers = TABLES[export.name], HEADERS[export.name]
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = export.name.capitalize()
    blank_columns = 1 if export.name == "actions" else 0
    width = len(headers) + blank_columns
    sheet.append([None] * blank_columns + [TITLES.get(export.name, export.name)])
    sheet.merge_cells(start_row=1, start_column=1 + blank_columns, end_row=1, end_column=width)
    sheet["A1"].font = Font(bold=True)
    sheet.append([])
    sheet.append([None] * blank_columns + list(headers.values()))
    columns = []
    for column in headers:
        kind = spec.column(column).kind
        values = export.cells[column].to_numpy(dtype=object)
        draw = rng.random(len(values))[export.source]  # a pasted copy looks like its original
        columns.append(_workbook_cells(values, kind, export.name, draw))
    empty = [[None] * len(export.cells)] * blank_columns
    for row in zip(*empty, *columns, strict=True):
        sheet.append(row)
    if export.name in TOTAL_ROWS:
        sheet.append([])
        sheet.append(["Total", len(export.cells)])
    for row in rng.integers(10, max(11, len(export.cells)), 2):
        sheet.row_dimensions[int(row)].hidden = export.name == "actions"
    for column in range(1, width + 1):
        if spec_kind(spec, headers, column - blank_columns - 1) == "date":
            sheet.column_dimensions[openpyxl.utils.get_column_letter(column)].width = 12
    notes = book.create_sheet("Notes")
    notes.append(["An invented authority. No person or place in this file is real."])
    data = io.BytesIO()
    book.save(data)
    path.write_bytes(_same_bytes(data.getvalue()))
    return 4


def spec_kind(spec, headers: dict[str, str], at: int) -> str:
    """The kind of the column at a position; '' before the first."""
    return spec.column(list(headers)[at]).kind if 0 <= at < len(headers) else ""


def _workbook_cells(values: np.ndarray, kind: str, name: str, draw: np.ndarray) -> list:
    """Cells as a workbook keeps them: real dates, serials and text mixed; numbers; "-" for some empty cells."""
    out = list(values)
    dashes, spoilt_dates = name in ("actions", "moderations"), name != "establishment"
    for i, value in enumerate(out):
        if value is None:
            out[i] = "-" if dashes and draw[i] < DASHES else None
        elif kind == "date" and (day := _plain_date(value)):
            if not (spoilt_dates and SERIALS < draw[i] < TEXT_DATES):
                out[i] = (day - SERIAL_ZERO).days if spoilt_dates and draw[i] <= SERIALS else day
        elif kind in ("number", "integer") or (kind == "id" and value.isdigit() and draw[i] < 0.9):
            out[i] = float(value) if "." in value else int(value)
    return out


@lru_cache(maxsize=10_000)
def _plain_date(text: str) -> datetime | None:
    """The day that a tidy text names; None for anything that a workbook would keep as text."""
    for form in ("%d/%m/%Y", "%Y-%m-%d"):
        try:
            day = datetime.strptime(text, form)
        except ValueError:
            continue
        return day if day.year < 2080 else None
    return None


def _same_bytes(data: bytes) -> bytes:
    """The workbook without the moment at which it was saved, so that the same content is the same file."""
    source, target = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
        for item in source.infolist():
            content = source.read(item.filename)
            if item.filename == "docProps/core.xml":
                content = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"2019-10-07T09:00:00Z", content)
            fixed = zipfile.ZipInfo(item.filename, (2019, 10, 7, 9, 0, 0))
            fixed.compress_type = zipfile.ZIP_DEFLATED
            out.writestr(fixed, content)
    return target.getvalue()
