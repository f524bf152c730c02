"""What lies in a data folder, which file is which table, and its cells as text."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from rapidfuzz import fuzz, process

from qa_analysis import sources as sources_module
from qa_analysis.coded import encode
from qa_analysis.errors import UserError
from qa_analysis.headers import Match, header_key, header_scorer, match_headers, question_of, suggest_headers
from qa_analysis.read_csv import Grid, Note, read_csv, without_blanks
from qa_analysis.read_excel import open_workbook, read_sheet
from qa_analysis.schema import TABLES, Table
from qa_analysis.sources import Source

_TEXT_FILES, _WORKBOOKS = (".csv", ".tsv", ".csv.gz", ".tsv.gz"), (".xlsx", ".xlsm")
_READABLE = (*_TEXT_FILES, *_WORKBOOKS, ".parquet")
_OLD = (".xls", ".xlsb", ".ods")
_OUR_PAGE = "about.txt"  # lies beside a sample drawn by `qa sample`
_NOISE = re.compile(
    r"\b(?:copy of|final|latest|export|extract|report|returns?|responses?|data|v\d+|version|"
    r"jan\w*|feb\w*|mar|march|apr\w*|may|june?|july?|aug\w*|sept?\w*|oct\w*|nov\w*|dec\w*|q[1-4]|"
    r"to date|all|new)\b|[^a-z ]+"
)
FORM_SHEETS = {"Read me", "Guidance", "Lists"}  # what a workbook that `qa form` wrote has beside the sheets to fill in
_GUIDANCE = "Guidance"  # the sheet of a form that lists its columns
_SAID_BY_FORMS = {"activity", "audit_type", "selection"}  # what such a workbook may say in rows still to be filled in
SHEET_MATCHES = 3  # columns that a sheet must show before it counts as a table without being named like one


@dataclass(frozen=True)
class Planned:
    """One file, sheet or query that is to be read as one table."""

    table: str
    source: Source
    path: Path | None = None
    sheet: str = ""
    is_form: bool = False  # a sheet of a workbook that `qa form` wrote

    @property
    def name(self) -> str:
        return f"{self.source.name} [{self.sheet}]" if self.sheet else self.source.name


@dataclass
class Plan:
    """What is read, which files are not, and the faults that make a table unusable."""

    planned: list[Planned]
    not_used: list[tuple[str, str]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    sources_file: Path | None = None
    files: list[Path] = field(default_factory=list)


@dataclass
class Raw:
    """One planned source as read: its grid and which of its columns is which of ours."""

    planned: Planned
    grid: Grid
    match: Match

    @property
    def table(self) -> Table:
        return TABLES[self.planned.table]


def data_files(folder: Path) -> list[Path]:
    """The files of a data folder in order of name, without hidden and temporary ones and the page of a sample."""
    return sorted(p for p in folder.iterdir()
                  if p.is_file() and p.name != _OUR_PAGE and not p.name.startswith((".", "~$")))


def suffix_of(path: Path) -> str:
    """The ending that says how to read a file; ".csv.gz" counts as one."""
    name = path.name.lower()
    return next((s for s in (*_READABLE, *_OLD) if name.endswith(s)), "")


def table_of(name: str) -> str:
    """The table that a file or sheet of this name holds, or '' where the name tells none."""
    words = re.sub(r"[_\-.]+", " ", name.lower())
    plain = " ".join(_NOISE.sub(" ", words).split())
    whole = " ".join(words.split())
    names = {alias.replace("_", " "): t.name for t in TABLES.values() for alias in (t.name, *t.file_aliases)}
    for text in (whole, plain):
        if text in names:
            return names[text]
    starts = [n for n in names if len(n) >= 5 and (plain.startswith(f"{n} ") or whole.startswith(f"{n} "))]
    return names[max(starts, key=len)] if starts else ""


def make_plan(folder: str | Path, shipped_sources: Path | None = None) -> Plan:
    """Which file is which table: by `sources.yml` in the folder (or else the one that ships with the profile), the
    rest by name. Raises UserError where there is no such folder or nothing in it can be read."""
    folder = Path(folder)
    if not folder.is_dir():
        near = (
            process.extractOne(folder.name, [p.name for p in folder.parent.iterdir() if p.is_dir()], score_cutoff=60)
            if folder.parent.is_dir()
            else None
        )
        hint = f" Did you mean '{folder.parent / near[0]}'?" if near else ""
        raise UserError(
            f"data folder '{folder}': there is no such folder.{hint} Name the folder that holds the exports (--data)."
        )
    files = data_files(folder)
    own = next((folder / n for n in (sources_module.FILE_NAME, "sources.yaml") if (folder / n).is_file()), None)
    plan = Plan([], sources_file=own or shipped_sources, files=[])
    declared = sources_module.read_sources(plan.sources_file) if plan.sources_file else {}
    claimed: set[str] = set()
    for table, entries in declared.items():
        for source in entries:
            _plan_declared(plan, folder, table, source, files, claimed, optional=own is None)
    named: dict[str, list[Planned]] = {}
    for path in files:
        if path.name in claimed or path == own:
            continue
        for planned in _plan_named(plan, path, set(declared)):
            named.setdefault(planned.table, []).append(planned)
    for table, planned in named.items():
        exports = [p for p in planned if not p.is_form]
        if len({p.path for p in exports}) > 1 and not TABLES[table].several_files:
            listed = " and ".join(p.path.name for p in exports)
            plan.faults.append(
                f"{listed}: {len(exports)} files for one table ({table}). Keep one in the folder, or list "
                f"them in sources.yml, which also says how they go together: "
                f"{table}: [{', '.join('{file: ' + p.path.name + '}' for p in exports)}]."
            )
        plan.planned.extend(planned)
    plan.files = sorted({p.path for p in plan.planned if p.path})
    order = list(TABLES)
    plan.planned.sort(key=lambda p: order.index(p.table))
    if not plan.planned and not plan.faults:
        there = ", ".join(p.name for p in files) or "nothing"
        raise UserError(
            f"data folder '{folder}': no file in it is named like a table (found {there}). Name files "
            f"{', '.join(t + '.csv' for t in TABLES)} (or .xlsx, .parquet), or map them in sources.yml."
        )
    return plan


def _plan_declared(
    plan: Plan, folder: Path, table: str, source: Source, files: list[Path], claimed: set[str], optional: bool
) -> None:
    if source.url:
        plan.planned.append(Planned(table, source))
        return
    path = folder / source.file
    claimed.add(path.name)
    if not path.is_file():
        if not optional:
            near = process.extractOne(source.file, [p.name for p in files], score_cutoff=60)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            plan.faults.append(
                f"{plan.sources_file.name}: {table} names '{source.file}', which is not in {folder}.{hint}"
            )
        return
    if not suffix_of(path) or suffix_of(path) in _OLD:
        plan.faults.append(f"{path.name}: files of this kind can't be read. Save it as .xlsx or .csv.")
        return
    sheet = ""
    if suffix_of(path) in _WORKBOOKS:
        sheets = _sheets(plan, path)
        if sheets is None:
            return
        sheet = source.sheet or next((s for s in sheets if table_of(s) == table), sheets[0])
        if sheet not in sheets:
            plan.faults.append(f"{path.name}: has no sheet '{sheet}'. Its sheets: {', '.join(sheets)}.")
            return
    plan.planned.append(Planned(table, source, path, sheet))


def _sheets(plan: Plan, path: Path) -> list[str] | None:
    try:
        workbook = open_workbook(path, path.name)
    except UserError as error:
        plan.faults.append(str(error))
        return None
    names = list(workbook.sheetnames)
    workbook.close()
    return names


def _plan_named(plan: Plan, path: Path, declared: set[str]) -> Iterator[Planned]:
    kind = suffix_of(path)
    stem = path.name[: len(path.name) - len(kind)] if kind else path.stem
    table = table_of(stem)
    if kind in _OLD and table:
        plan.faults.append(f"{path.name}: files of this kind can't be read. Save it as .xlsx or .csv.")
        return
    if kind not in _READABLE:
        plan.not_used.append((path.name, "not a table that can be read"))
        return
    if kind in _WORKBOOKS:
        yield from _plan_workbook(plan, path, table, declared)
    elif not table or table in declared:
        plan.not_used.append((path.name, _why_not_used(stem, table)))
    else:
        yield Planned(table, Source(file=path.name), path)


def _why_not_used(name: str, table: str) -> str:
    if table:
        return f"sources.yml names other files for {table}"
    options = [a for t in TABLES.values() for a in (t.name, *t.file_aliases)]
    near = process.extractOne(name.lower(), options, scorer=fuzz.ratio, score_cutoff=70)
    return f"its name is no table's; did you mean '{near[0]}'?" if near else "its name is no table's"


def _plan_workbook(plan: Plan, path: Path, table: str, declared: set[str]) -> Iterator[Planned]:
    """Sheets named like tables; else, in a workbook named like a table, every sheet whose header looks like it."""
    sheets = _sheets(plan, path)
    if sheets is None:
        if not table:
            plan.not_used.append((path.name, plan.faults.pop()))
        return
    by_name = {s: table_of(s) for s in sheets}
    if any(by_name.values()):
        chosen = {s: t for s, t in by_name.items() if t}
    elif table:
        chosen = dict.fromkeys(_sheets_like(path, sheets, TABLES[table]) or sheets[:1], table)
    else:
        plan.not_used.append((path.name, "neither its name nor its sheets' names are a table's"))
        return
    is_form = set(sheets) >= FORM_SHEETS
    for sheet in sheets:
        if is_form and sheet in FORM_SHEETS:
            continue
        if sheet not in chosen:
            plan.not_used.append((f"{path.name} [{sheet}]", "its name is no table's"))
        elif chosen[sheet] in declared:
            plan.not_used.append((f"{path.name} [{sheet}]", f"sources.yml names other files for {chosen[sheet]}"))
        else:
            yield Planned(chosen[sheet], Source(file=path.name), path, sheet, is_form)


def _sheets_like(path: Path, sheets: list[str], table: Table) -> list[str]:
    workbook = open_workbook(path, path.name)
    score, found = header_scorer([table]), []
    for sheet in sheets:
        rows = workbook[sheet].iter_rows(max_row=40, values_only=True) if hasattr(workbook[sheet], "iter_rows") else []
        if max((score([str(c) for c in r if c is not None]) for r in rows), default=0) >= SHEET_MATCHES:
            found.append(sheet)
    workbook.close()
    return found


def read(planned: Planned, standards: Mapping[str, str] | None = None) -> Raw:
    """One planned source with its cells as text. Raises UserError for a file that can't be read, is empty, has only a
    header, or lacks a column that every row needs."""
    source, table = planned.source, TABLES[planned.table]
    theirs = [h for ours in source.columns for h in source.headers_of(ours)]
    theirs += list(source.unpivot.columns if source.unpivot else ()) + list(source.where)
    score = header_scorer([table], standards, theirs)
    if planned.path is None:
        grid = _read_query(source)
    elif suffix_of(planned.path) in _WORKBOOKS:
        workbook = open_workbook(planned.path, planned.path.name)
        try:
            grid = read_sheet(workbook, planned.sheet, planned.source.name, score, source.header_row)
            grid.notes.extend(_columns_gone(workbook, planned, grid) if planned.is_form else ())
        finally:
            workbook.close()
    elif suffix_of(planned.path) == ".parquet":
        grid = _read_parquet(planned.path, source.name)
    else:
        grid = read_csv(
            planned.path,
            source.name,
            score,
            encoding=source.encoding,
            header_row=source.header_row,
            delimiter=source.delimiter or ("\t" if ".tsv" in planned.path.name.lower() else None),
        )
    declared = {ours: source.headers_of(ours) for ours in source.columns}
    if source.only_declared:
        match = match_headers(grid.headers, Table(table.name, "", (), ()), None, declared)
        match = Match({k: v for k, v in match.found.items() if k in declared}, unused=match.unused)
    else:
        match = match_headers(grid.headers, table, standards, declared)
    return Raw(planned, _filled_in(grid, match) if planned.is_form else grid, match)


def _columns_gone(workbook: object, planned: Planned, grid: Grid) -> Iterator[Note]:
    """The columns that a form had when it was written, as its guidance lists them, and that its sheet no longer has."""
    guidance = read_sheet(workbook, _GUIDANCE, planned.source.name, lambda cells: int("Column" in cells))
    if not {"Sheet", "Column"} <= set(guidance.headers):
        return
    sheets, headers = (guidance.columns[guidance.headers.index(h)].cells().to_pylist() for h in ("Sheet", "Column"))
    had = [h for s, h in zip(sheets, headers, strict=True) if s == planned.sheet and h]
    has, known = {header_key(h) for h in grid.headers}, {header_key(h) for h in had}
    questions = {question_of(h)[0] for h in grid.headers} - {""}
    added = [h for h in grid.headers if header_key(h) not in known]
    for header in had:
        if header_key(header) not in has and question_of(header)[0] not in questions:
            near = process.extractOne(header, added, scorer=fuzz.WRatio, score_cutoff=60)
            hint = f"Is it '{near[0]}' now? " if near else ""
            yield Note(
                "column of the form is gone",
                header,
                "kept",
                near[0] if near else "",
                header,
                f"{hint}Give the column its header back: '{header}'.",
            )


def _filled_in(grid: Grid, match: Match) -> Grid:
    """The form's rows in which more stands than the form itself said; the others count as blank."""
    said = {i for ours in _SAID_BY_FORMS for i in match.found.get(ours, [])}
    filled = np.zeros(len(grid.rows), bool)
    for i, column in enumerate(grid.columns):
        if i not in said:
            filled |= ~column.blank
    if filled.all():
        return grid
    columns, n_blank = [c.at(filled) for c in grid.columns], int((~filled).sum())
    return replace(grid, columns=columns, rows=grid.rows[filled], n_blank_rows=grid.n_blank_rows + n_blank)


def faults_of(raw: Raw) -> list[str]:
    """Why a source can't be used: missing columns with the nearest header, or wrong names in sources.yml."""
    table, source, grid, name = raw.table, raw.planned.source, raw.grid, raw.planned.name
    if not grid.headers:
        return []
    faults = []
    keys = {h.strip().casefold() for h in grid.headers}
    wanted = {f"columns, {ours}": source.headers_of(ours) for ours in source.columns}
    wanted |= {f"where, {h}": [h] for h in source.where} | {f"keep, {k}": [h] for k, h in source.keep.items()}
    if source.unpivot:
        wanted |= {f"unpivot, {h}": [h] for h in source.unpivot.columns}
    for place, headers in wanted.items():
        if not any(h.strip().casefold() in keys for h in headers):
            near = (
                process.extractOne(headers[0], grid.headers, scorer=fuzz.WRatio, score_cutoff=60) if headers else None
            )
            hint = f" Did you mean '{near[0]}'?" if near else f" Its columns: {', '.join(grid.headers[:15])}."
            faults.append(
                f"{name}: sources.yml ({place}) names '{' or '.join(headers)}', which is no column there.{hint}"
            )
    given = set(raw.match.found) | set(source.constants) | set(source.key)
    given |= {"question_id"} if raw.match.questions else set()
    if source.unpivot:
        given |= {source.unpivot.names_to, source.unpivot.values_to}
    for column in table.columns:
        if column.required and column.name not in given and not faults:
            near = suggest_headers(column.name, table, [grid.headers[i] for i in raw.match.unused])
            hint = (
                f"Did you mean '{near[0]}'? Rename it to '{column.name}'"
                if near
                else f"Found: {', '.join(grid.headers[:15])}. Name the column '{column.name}'"
            )
            faults.append(
                f"{name}: no column for '{column.name}' ({column.meaning}), which every row of {table.name} "
                f"needs. {hint}, or map it in sources.yml (columns: {{{column.name}: …}})."
            )
    return faults


def _read_parquet(path: Path, name: str) -> Grid:
    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowException) as error:
        raise UserError(f"{name}: can't be read as Parquet ({error}). Export it again.") from error
    columns = [encode(_as_strings(table.column(i))) for i in range(table.num_columns)]
    rows = np.arange(2, len(table) + 2, dtype=np.int64)
    return without_blanks(Grid(name, "", list(table.column_names), columns, rows))


def _as_strings(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return column.cast(kind.value_type).cast(pa.string())
    if pa.types.is_timestamp(kind):
        return pc.strftime(column.cast(pa.timestamp("s"), safe=False), "%Y-%m-%d %H:%M:%S")
    if pa.types.is_boolean(kind):
        return pc.if_else(column, "TRUE", "FALSE").cast(pa.string())
    if pa.types.is_floating(kind):
        return pc.replace_substring_regex(column.cast(pa.string()), r"\.0$", "")
    if pa.types.is_nested(kind):
        return pa.chunked_array([pa.array([None if v is None else str(v) for v in column.to_pylist()], pa.string())])
    return column.cast(pa.string())


def _read_query(source: Source) -> Grid:
    import sqlalchemy  # read only when a database is named

    try:
        engine = sqlalchemy.create_engine(source.url)
        with engine.connect() as connection:
            result = connection.execute(sqlalchemy.text(source.query))
            headers, records = list(result.keys()), result.fetchall()
    except (sqlalchemy.exc.SQLAlchemyError, ModuleNotFoundError) as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise UserError(
            f"{source.name}: the query could not be run ({reason}). Check the url and the query in "
            "sources.yml, and that the database's driver is installed."
        ) from error
    from qa_analysis.read_excel import cell_text

    columns = [encode([cell_text(r[i]) for r in records]) for i in range(len(headers))]
    return without_blanks(Grid(source.name, "", headers, columns, np.arange(1, len(records) + 1, dtype=np.int64)))


def sha256(path: Path) -> str:
    """The fingerprint of a file's content."""
    with open(path, "rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()
