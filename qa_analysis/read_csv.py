"""Delimited text of any common making: its cells as coded columns, its rows numbered as a spreadsheet shows them."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from qa_analysis.coded import Coded, encode, mostly_distinct
from qa_analysis.errors import UserError

PEEK_BYTES, PEEK_ROWS, CHUNK_ROWS, BLOCK_BYTES = 1 << 18, 40, 50_000, 1 << 20
SAMPLE_BYTES = 1 << 22  # enough rows to tell columns of few distinct texts from ids and free text
csv.field_size_limit(1 << 27)


@dataclass(frozen=True)
class Note:
    """Something about a whole file or column that the reader is told."""

    rule: str
    found: str = ""
    action: str = "kept"
    used: str = ""
    column: str = ""
    remedy: str = ""


@dataclass
class Grid:
    """One file or sheet: its headers, its columns, the spreadsheet's number of each row, rows that do not fit."""

    file: str
    sheet: str
    headers: list[str]
    columns: list[Coded]
    rows: np.ndarray
    misfits: list[tuple[int, str, str]] = field(default_factory=list)  # row, rule, text
    notes: list[Note] = field(default_factory=list)
    n_blank_rows: int = 0

    @property
    def n_rows(self) -> int:
        return len(self.rows) + len(self.misfits)


Score = Callable[[Sequence[str]], int]


def header_at(first: Sequence[Sequence[str]], score: Score) -> int:
    """The position of the header: the row with most known names, else the first with two cells or more."""
    scores = [score(cells) for cells in first]
    if scores and max(scores) > 0:
        return scores.index(max(scores))
    return next((i for i, cells in enumerate(first) if sum(1 for c in cells if c) > 1), 0)


def read_csv(
    path: Path,
    name: str,
    score: Score,
    *,
    encoding: str | None = None,
    header_row: int | None = None,
    delimiter: str | None = None,
) -> Grid:
    """The cells of a delimited file as text (`.gz` too). UTF-8 with or without mark, UTF-16 and windows-1252 are told
    apart; the delimiter is the one that the first rows agree on. Rows with more or fewer cells than the header are set
    aside by number. Raises UserError for a file that can't be read or is empty."""
    head = _peek(path, name)
    sure = encoding or _marked_encoding(head)
    encoding = sure or "utf-8-sig"
    text = head.decode(encoding, "replace").lstrip("\ufeff")
    if not text.strip():
        return Grid(name, "", [], [], np.empty(0, np.int64))
    delimiter = delimiter or sniff_delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    first, lines = [], []
    for record in islice(reader, PEEK_ROWS):
        first.append([c.strip() for c in record])
        lines.append(reader.line_num)
    at = header_row - 1 if header_row else header_at(first, score)
    headers = first[at] if at < len(first) else []
    if not sure and not _is_utf8(head):
        encoding = "cp1252"
    try:
        columns, rows, misfits = _fast(path, encoding, delimiter, len(headers), lines[at], at + 1)
    except (_Odd, pa.ArrowException, ValueError, IndexError):
        encoding = sure or whole_encoding(path)
        columns, rows, misfits = _careful(path, encoding, delimiter, len(headers), at)
    notes = []
    if encoding == "cp1252" and not sure:
        headers = _again(head, encoding, delimiter, at)
        notes = [Note("windows-1252 text", "", "repaired", "read as windows-1252", remedy="Save as CSV UTF-8.")]
    return without_blanks(Grid(name, "", headers, columns, rows, misfits, notes))


def _again(head: bytes, encoding: str, delimiter: str, at: int) -> list[str]:
    """The headers once the encoding is known."""
    text = head.decode(encoding, "replace")
    return [c.strip() for c in next(islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), at, None))]


class _Odd(Exception):
    """The file needs the careful way."""


def _peek(path: Path, name: str) -> bytes:
    try:
        opener = gzip.open if path.suffix == ".gz" else open
        with opener(path, "rb") as f:
            return f.read(PEEK_BYTES)
    except (OSError, EOFError) as error:
        raise UserError(f"{name}: can't be read ({error}). Check that the file is whole and may be opened.") from error


def _marked_encoding(head: bytes) -> str:
    """UTF-16 where the first bytes show it; '' where UTF-8 is to be tried first."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    return "utf-16-le" if head[1:200:2].count(0) > 50 else ""


def _is_utf8(head: bytes) -> bool:
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start > len(head) - 4  # a letter cut in two at the end of the part read
    return True


def whole_encoding(path: Path) -> str:
    """UTF-8, or windows-1252 where some byte of the file is no UTF-8: it may come late."""
    opener = gzip.open if path.suffix == ".gz" else open
    decoder = codecs.getincrementaldecoder("utf-8")()
    with opener(path, "rb") as f:
        try:
            while block := f.read(1 << 22):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8-sig"


def sniff_delimiter(text: str) -> str:
    """Comma, semicolon, tab or bar: the one that splits the first rows into most cells."""
    scores = {}
    for mark in ",;\t|":
        counts = [len(r) for r in islice(csv.reader(io.StringIO(text, newline=""), delimiter=mark), 10) if r]
        widest = max(counts, default=1)
        scores[mark] = (widest - 1) * counts.count(widest)
    return max(scores, key=scores.get) if any(scores.values()) else ","


def _fast(
    path: Path, encoding: str, delimiter: str, width: int, skip: int, header_record: int
) -> tuple[list[Coded], np.ndarray, list[tuple[int, str, str]]]:
    """All columns by pyarrow; a second pass on one core where rows do not fit."""
    if width < 2:
        raise _Odd  # one column: an empty line would count as a row
    names = [f"c{i}" for i in range(width)]

    def options(threads: bool, kinds: dict, misfits: list, block: int = BLOCK_BYTES, breaks: bool = True) -> dict:
        def misfit(row) -> str:
            misfits.append((row.number, row.actual_columns, row.text))
            return "skip"

        return {
            "read_options": pacsv.ReadOptions(
                use_threads=threads,
                skip_rows=skip,
                column_names=names,
                block_size=block,
                encoding=_arrow_name(encoding),
            ),
            "parse_options": pacsv.ParseOptions(
                delimiter=delimiter,
                newlines_in_values=breaks,
                ignore_empty_lines=False,
                invalid_row_handler=misfit,
            ),
            "convert_options": pacsv.ConvertOptions(column_types=kinds, strings_can_be_null=False),
        }

    try:
        with pacsv.open_csv(path, **options(False, dict.fromkeys(names, pa.string()), [], SAMPLE_BYTES)) as stream:
            sample = stream.read_next_batch()
    except StopIteration as error:
        raise _Odd from error  # no row that fits: the careful way keeps those that do not
    repeats = pa.dictionary(pa.int32(), pa.string())
    kinds = {name: pa.string() if mostly_distinct(sample[name]) else repeats for name in names}

    def read(threads: bool, misfits: list, breaks: bool) -> pa.Table:
        return pacsv.read_csv(path, **options(threads, kinds, misfits, breaks=breaks))

    found: list = []
    try:  # to find the ends of blocks between quotation marks takes a third of the time: few files need it
        whole = read(True, found, breaks=False)
    except pa.ArrowInvalid:  # a block ended inside a cell
        found = []
        whole = read(True, found, breaks=True)
    if found:
        found = []
        whole = read(False, found, breaks=True)
    shift = header_record - skip  # records before the data that hold line breaks shift the count
    misfits = []
    for number, n_cells, text in found:
        cells = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
        if any(c.strip() for c in cells):
            if n_cells > width and not any(c.strip() for c in cells[width:]):
                raise _Odd  # only empty cells too many: the careful way keeps the row
            misfits.append((number + shift, _misfit_rule(n_cells, width), text))
    rows = np.arange(header_record + 1, header_record + 1 + len(whole) + len(found), dtype=np.int64)
    if found:
        rows = np.setdiff1d(rows, [number + shift for number, _, _ in found], assume_unique=True)
    columns = []
    for name in names:  # each raw column is let go as soon as it is coded
        columns.append(encode(whole[name]))
        whole = whole.drop_columns([name])
    return columns, rows, misfits


def _arrow_name(encoding: str) -> str:
    return "utf-8" if encoding.startswith("utf-8") else encoding


def _misfit_rule(n_cells: int, width: int) -> str:
    return f"row with {n_cells} cell{'s' * (n_cells != 1)} where the header has {width}"


def _careful(
    path: Path, encoding: str, delimiter: str, width: int, header_at: int
) -> tuple[list[Coded], np.ndarray, list[tuple[int, str, str]]]:
    """All columns by the csv module: slower, and at ease with odd files."""
    opener = gzip.open if path.suffix == ".gz" else open
    chunks: list[list[pa.Array]] = [[] for _ in range(width)]
    rows, misfits, batch = [], [], []

    def flush() -> None:
        for i, cells in enumerate(zip(*batch, strict=True)):
            chunks[i].append(pa.array(cells, pa.string()).dictionary_encode())
        batch.clear()

    with opener(path, "rt", encoding=encoding, errors="replace", newline="") as f:
        for number, record in enumerate(csv.reader(f, delimiter=delimiter), 1):
            if number <= header_at + 1:
                continue
            while len(record) > width and not record[-1].strip():
                record.pop()
            if not any(c.strip() for c in record):
                record = [""] * width
            if len(record) != width:
                misfits.append((number, _misfit_rule(len(record), width), delimiter.join(record)))
                continue
            batch.append(record)
            rows.append(number)
            if len(batch) >= CHUNK_ROWS:
                flush()
    if batch:
        flush()
    kind = pa.dictionary(pa.int32(), pa.string())
    return [encode(pa.chunked_array(c, type=kind)) for c in chunks], np.array(rows, np.int64), misfits


def without_blanks(grid: Grid) -> Grid:
    """The grid without rows that hold nothing and columns that have neither header nor content."""
    filled = np.zeros(len(grid.rows), bool)
    for column in grid.columns:
        filled |= ~column.blank
        if filled.all():
            break
    kept = [i for i, c in enumerate(grid.columns) if grid.headers[i] or (c.codes >= 0).any()]
    n_blank = int((~filled).sum())
    columns = [grid.columns[i] if not n_blank else grid.columns[i].at(filled) for i in kept]
    headers = [grid.headers[i] or f"(column {i + 1})" for i in kept]
    return Grid(
        grid.file,
        grid.sheet,
        headers,
        columns,
        grid.rows[filled] if n_blank else grid.rows,
        grid.misfits,
        grid.notes,
        n_blank,
    )
