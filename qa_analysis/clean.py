"""One source as read → its rows as typed columns, and the rows set aside with the reason. No row is lost."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from qa_analysis.clean_dates import DateColumn, clean_dates, look_at, settle_orders
from qa_analysis.clean_ids import clean_ids, clean_people
from qa_analysis.clean_numbers import clean_numbers, clean_periods, clean_published
from qa_analysis.clean_words import (
    clean_choice,
    clean_grades,
    clean_list,
    clean_named,
    clean_themes,
    clean_yes_no,
    is_blank_word,
    rekeyed,
    with_article,
    words_key,
)
from qa_analysis.coded import (
    Coded,
    as_text,
    blank_column,
    blanked,
    encode,
    first_filled,
    repeated_rows,
    text_bytes,
    text_series,
)
from qa_analysis.form_answers import answers_of_form
from qa_analysis.headers import FORMS_COLUMNS, Match, header_key
from qa_analysis.issues import IssueLog, ValueFaults
from qa_analysis.profile import Profile
from qa_analysis.read import Raw
from qa_analysis.schema import TABLES, Column, Table
from qa_analysis.sources import DatePart, FirstPart, Source

MAY_BE_FUTURE = {"due", "revised_due", "reaudit_date", "period"}
MONTH_IS_ENOUGH = {"audit_date", "date", "raised", "period", "wave", "opened"}
PUBLISHED = {("indicators", "value"), ("indicators", "numerator"), ("indicators", "denominator")}
SUBMITTED, SOURCE_NO, FROM_FORM = "_submitted", "_source_no", "_from_form"  # working columns, dropped at the end
_TOTAL = re.compile(r"^(?:grand |sub[- ]?|overall )?totals?\b.{0,20}$|^(?:average|mean|count|sum)$", re.IGNORECASE)
_CONTINUED = {"to be good", "be good", "improvement to be good", "good)"}


@dataclass
class Scales:
    """What the profile knows, in the form that cleaning looks words up in; `teams` grow from the establishment,
    `samples` (those whose cases are listed) from the sampled cases."""

    profile: Profile
    today: date
    grades: list[str] = field(default_factory=list)
    lookups: dict[str, dict[str, str]] = field(default_factory=dict)
    teams: dict[str, str] = field(default_factory=dict)
    samples: set[str] = field(default_factory=set)
    spellings: dict[str, dict[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, profile: Profile, today: date) -> Scales:
        kinds = ("grades", "services", "localities", "activities", "standards", "themes")
        lookups = {k: rekeyed(profile.lookup(k)) for k in kinds}
        return cls(profile, today, list(profile.grade_labels), lookups)

    def known(self, kind: str) -> tuple[list[str], list[str]]:
        """Ids (or names) of a kind in the profile's order, and their labels."""
        items = list(getattr(self.profile, kind).values())
        labels = [i.label for i in items]
        return (labels, labels) if kind in ("services", "localities") else ([i.id for i in items], labels)

    def is_open(self, kind: str) -> bool:
        return kind in self.profile.open_lists


@dataclass
class Part:
    """One source cleaned: its typed rows, the rows set aside, and how many were read."""

    table: str
    file: str
    sheet: str
    frame: pd.DataFrame
    n_read: int
    set_aside: pd.DataFrame
    merge: bool = False
    note: str = ""


def clean_source(raw: Raw, scales: Scales, log: IssueLog, source_no: int = 0) -> list[Part]:
    """The parts that one source makes: its own table, and ratings where a form has one column per standard."""
    table, planned, grid = raw.table, raw.planned, raw.grid
    name, source = grid.file, planned.source
    for note in grid.notes:
        log.file(table.name, name, note.rule, note.found, note.action, note.used, note.column, note.remedy)
    aside = _Aside(table.name, name, grid.headers)
    for row, rule, text in grid.misfits:
        aside.add(row, rule, "", text, text)
    if grid.misfits:
        log_rows = np.array([m[0] for m in grid.misfits])
        for rule in dict.fromkeys(m[1] for m in grid.misfits):
            hit = np.array([m[1] == rule for m in grid.misfits])
            log.rows(
                table.name,
                name,
                log_rows[hit],
                "",
                rule,
                [m[2] for m, h in zip(grid.misfits, hit, strict=True) if h],
                "set aside",
                remedy="Put the row's cells under the headers (a comma or line break inside a cell "
                "needs quotation marks).",
            )
    columns, rows = grid.columns, grid.rows
    selected = _selected(source, grid.headers, columns, len(rows))
    n_not_selected = 0
    if selected is not None:
        n_not_selected = int((~selected).sum())
        columns, rows = [c.at(selected) for c in columns], rows[selected]
    n_read = len(rows) + len(grid.misfits)
    columns, rows = _set_aside_outside(table, raw.match, columns, rows, grid.headers, aside, log)
    _note_unused(raw, log)
    whole, of_cases = rows, None
    if source.unpivot:
        ours, rows, n_blank = _unpivoted(raw, columns, rows)
        n_read = len(rows) + len(aside.rows)
    elif raw.match.questions:
        ours, rows, of_cases = answers_of_form(raw.match, grid.headers, columns, rows)
        n_read = len(rows) + len(aside.rows)
    else:
        ours = _ours(raw, columns, rows, log)
    ours |= {c: _constant(text, len(rows)) for c, text in source.constants.items()}
    if source.unpivot or source.key:
        ours |= _made_keys(source, grid.headers, columns, ours, scales) if not source.unpivot else {}
    frame = _typed(table, ours, rows, name, source, scales, log)
    if raw.match.stamp is not None and not source.unpivot:
        frame[SUBMITTED] = _stamps(columns[raw.match.stamp], scales.today)
    _note_joint_areas(table, frame, name, log)
    for kept, header in source.keep.items():
        cells = columns[[header_key(h) for h in grid.headers].index(header_key(header))]
        frame[kept] = as_text(_without_dashes(_mapped(cells, source.values.get(kept))))
    frame[SOURCE_NO] = np.int16(source_no)
    frame, complete = _complete(
        table, frame, ours, rows, columns if rows is whole else None, aside, log, name, source.merge
    )
    parts = [
        Part(
            table.name,
            name,
            grid.sheet,
            frame,
            n_read,
            aside.frame(),
            source.merge,
            _count_note(n_not_selected, grid.n_blank_rows)
            if of_cases is None
            else _form_note(len(whole), len(np.unique(rows))),
        )
    ]
    if of_cases is not None:
        frame[FROM_FORM], frame[SUBMITTED] = True, frame["answered"]
        parts += _cases_of_form(raw, of_cases, scales, log, source_no)
    if table.name == "sampled_cases":
        scales.samples |= set(frame["sample_id"].dropna())
    if raw.match.standards or raw.match.evidence:
        kept = [c.at(complete) for c in columns]
        parts.append(_ratings(raw, kept, frame, scales, log, source_no))
    return parts


def _count_note(n_not_selected: int, n_blank: int) -> str:
    notes = [
        f"{n_not_selected:,} row{'s' * (n_not_selected != 1)} not selected by sources.yml" if n_not_selected else "",
        f"{n_blank:,} blank row{'s' * (n_blank != 1)}" if n_blank else "",
    ]
    return "; ".join(n for n in notes if n)


# --- rows that are no records ---------------------------------------------------------------------------------------


class _Aside:
    """Gathers the rows of one source that are set aside, each with its reason and its cells."""

    def __init__(self, table: str, file: str, headers: list[str]) -> None:
        self.table, self.file, self.headers, self.rows = table, file, headers, []

    def add(self, row: int, rule: str, column: str, found: str, cells: str) -> None:
        self.rows.append((self.table, self.file, row, rule, column, found, cells))

    def from_columns(
        self,
        at: np.ndarray,
        rows: np.ndarray,
        columns: list[Coded],
        rule: str,
        column: str = "",
        found: list[str] | None = None,
    ) -> None:
        texts = [c.cells(at).to_pylist() for c in columns]
        for i, position in enumerate(at):
            cells = "; ".join(f"{h}: {t[i]}" for h, t in zip(self.headers, texts, strict=False) if t[i])
            self.add(int(rows[position]), rule, column, found[i] if found else "", cells)

    def frame(self) -> pd.DataFrame:
        return set_aside_frame(self.rows)


SET_ASIDE = ["table", "source_file", "source_row", "rule", "column", "value_found", "cells"]


def set_aside_frame(rows: list[tuple]) -> pd.DataFrame:
    """Rows set aside as a table: where they stand, why, and what their cells hold."""
    cells = list(zip(*rows, strict=True)) if rows else [()] * len(SET_ASIDE)
    kinds = ["int64" if c == "source_row" else "str" for c in SET_ASIDE]
    return pd.DataFrame({c: pd.array(x, dtype=k) for c, x, k in zip(SET_ASIDE, cells, kinds, strict=True)})


def _selected(source: Source, headers: list[str], columns: list[Coded], n: int) -> np.ndarray | None:
    """Rows whose cells have one of the values that `where` asks for."""
    if not source.where:
        return None
    keep = np.ones(n, bool)
    keys = [header_key(h) for h in headers]
    for header, values in source.where.items():
        column = columns[keys.index(header_key(header))]
        wanted = {v.strip().casefold() for v in values}
        good = np.array([t.casefold() in wanted for t in column.texts()] + ["" in wanted], bool)
        keep &= good[column.codes]
    return keep


def _set_aside_outside(
    table: Table, match: Match, columns: list[Coded], rows: np.ndarray, headers: list[str], aside: _Aside, log: IssueLog
) -> tuple[list[Coded], np.ndarray]:
    """Total rows, cells broken over two rows, and pasted duplicates are set aside before anything is read."""
    n = len(rows)
    if not n:
        return columns, rows
    gone = np.zeros(n, bool)
    grade_at = [i for ours, at in match.found.items() for i in at if table.column(ours).kind == "grade"]
    grade_at += list(match.standards.values())
    columns = list(columns)
    for i in grade_at:
        columns[i], broken = _rejoined(columns, i, headers)
        if broken.any():
            gone |= broken
            at = np.flatnonzero(broken)
            found = columns[i].cells(at).to_pylist()
            aside.from_columns(at, rows, columns, "rest of a cell broken over two rows", headers[i], found)
            log.rows(
                table.name,
                aside.file,
                rows[at],
                headers[i],
                "rest of a cell broken over two rows",
                found,
                "set aside",
                remedy="Its words were joined to the row above. Keep one record in one row.",
            )
    totals = _total_rows(columns, n) & ~gone
    if totals.any():
        at = np.flatnonzero(totals)
        found = [next(t for t in cells if t) for cells in zip(*(c.cells(at).to_pylist() for c in columns), strict=True)]
        aside.from_columns(at, rows, columns, "total row", "", found)
        log.rows(
            table.name,
            aside.file,
            rows[at],
            "",
            "total row",
            found,
            "set aside",
            remedy="Leave totals out of the export.",
        )
        gone |= totals
    first = repeated_rows(columns, n)
    again = (first != np.arange(n)) & ~gone
    if again.any():
        at = np.flatnonzero(again)
        aside.from_columns(at, rows, columns, "pasted duplicate")
        of = [f"row {r}" for r in rows[first[at]]]
        log.rows(
            table.name,
            aside.file,
            rows[at],
            "",
            "pasted duplicate",
            of,
            "set aside",
            remedy="The same cells stand in an earlier row; delete one.",
        )
        gone |= again
    if not gone.any():
        return columns, rows
    return [c.at(~gone) for c in columns], rows[~gone]


def _rejoined(columns: list[Coded], i: int, headers: list[str]) -> tuple[Coded, np.ndarray]:
    """A grade column with words that run on in the next row or column put back; which rows held only such a rest."""
    column = columns[i]
    none = np.zeros(len(column), bool)
    rests = np.array([words_key(t) in _CONTINUED for t in column.texts()] + [False], bool)
    texts: dict[int, str] = {}
    broken = none
    if rests.any():
        at = np.flatnonzero(rests[column.codes])
        others = np.zeros(len(at), int)
        for j, other in enumerate(columns):
            others += (other.codes[at] >= 0) if j != i else 0
        at = at[(others == 0) & (at > 0)]
        broken = none.copy()
        broken[at] = True
        for row in at:
            if column.codes[row - 1] >= 0:
                texts[row - 1] = f"{column.values[column.codes[row - 1]]} {column.values[column.codes[row]]}"
    if i + 1 < len(columns) and headers[i + 1].startswith("(column "):
        beside = columns[i + 1]
        runs_on = np.array([words_key(t) in _CONTINUED for t in beside.texts()] + [False], bool)
        for row in np.flatnonzero(runs_on[beside.codes]) if runs_on.any() else ():
            if column.codes[row] >= 0:
                texts[row] = f"{column.values[column.codes[row]]} {beside.values[beside.codes[row]]}"
    if not texts:
        return column, broken
    cells = column.cells().to_pylist()
    for row, text in texts.items():
        cells[row] = text
    return encode(cells), broken


def _total_rows(columns: list[Coded], n: int) -> np.ndarray:
    """Rows whose first filled cell is a word for a total."""
    first = np.zeros(n, bool)
    for i, column in enumerate(columns):
        hit = np.zeros(len(column.values), bool)
        maybe = _may_begin_a_total(column.values)
        hit[maybe] = [bool(_TOTAL.match(t)) for t in column.values.take(pa.array(maybe)).to_pylist()]
        if hit.any():
            rows = np.flatnonzero(np.append(hit, False)[column.codes])
            before = np.zeros(len(rows), bool)
            for earlier in columns[:i]:
                before |= earlier.codes[rows] >= 0
            first[rows[~before]] = True
    return first


_TOTAL_BEGINS = np.array([int.from_bytes(w, "big") for w in b"gra sub ove tot ave mea cou sum".split()])
_TOTAL_BYTES = 140  # no longer: 34 letters of up to four bytes


def _may_begin_a_total(values: pa.Array) -> np.ndarray:
    """The positions of the texts whose length and first three letters are those of a word for a total."""
    at, cells = text_bytes(values)
    n_bytes = np.diff(at)
    some = np.flatnonzero((n_bytes >= 3) & (n_bytes <= _TOTAL_BYTES))
    first, second, third = (cells[at[some] + i].astype(np.int32) | 32 for i in range(3))  # small letters
    return some[np.isin(first << 16 | second << 8 | third, _TOTAL_BEGINS)]


def _note_unused(raw: Raw, log: IssueLog) -> None:
    table, source = raw.table, raw.planned.source
    used = {header_key(h) for h in source.where} | {
        header_key(h) for h in (source.unpivot.columns if source.unpivot else ())
    }
    used |= {header_key(h) for h in source.keep.values()}
    for part in (p for parts in source.key.values() for p in parts):
        used |= {header_key(h) for h in _headers_of(part)}
    unused = [raw.grid.headers[i] for i in raw.match.unused if header_key(raw.grid.headers[i]) not in used]
    if source.only_declared:
        return
    for header in (h for h in unused if header_key(h) not in FORMS_COLUMNS):
        log.file(
            table.name,
            raw.grid.file,
            "column not used",
            header,
            "kept",
            "",
            header,
            f"Rename it to a column of {table.name} or map it in sources.yml, if it should count.",
        )


def _note_joint_areas(table: Table, frame: pd.DataFrame, file: str, log: IssueLog) -> None:
    """Lists the areas that a publisher reports together ("314 / 318"): their rows are of neither alone."""
    if "area_code" not in frame or "area_level" not in frame:
        return
    counts = frame["area_code"].value_counts()
    for code, n in counts[counts.index.str.fullmatch(r"\d+(?: ?/ ?\d+)+")].items():
        log.file(
            table.name,
            file,
            "several areas in one row",
            f"{code}: {n:,} rows",
            "kept",
            code,
            "area_code",
            "They stay one area. Compare each alone by a source that gives the joint figure to both.",
        )


# --- their columns → ours -------------------------------------------------------------------------------------------


def _constant(text: str, n: int) -> Coded:
    return Coded(np.zeros(n, np.int32), pa.array([text], pa.large_string()))


def _ours(raw: Raw, columns: list[Coded], rows: np.ndarray, log: IssueLog) -> dict[str, Coded]:
    """Our columns; a question that the form repeats is answered by its first filled column."""
    out = {}
    for ours, positions in raw.match.found.items():
        several = [columns[i] for i in positions]
        out[ours] = first_filled(several)
        declared = ours in raw.planned.source.columns
        if len(several) > 1 and not declared:
            first = several[0].cells()
            for position, other in zip(positions[1:], several[1:], strict=True):
                later = other.cells()
                differ = pc.fill_null(pc.not_equal(first, later), False)
                at = np.flatnonzero(differ.to_numpy(zero_copy_only=False).astype(bool))
                log.rows(
                    raw.table.name,
                    raw.grid.file,
                    rows[at],
                    raw.grid.headers[position],
                    "question answered twice",
                    later.take(pa.array(at)),
                    "kept",
                    first.take(pa.array(at)),
                    "The first answer counts.",
                )
    return out


def _unpivoted(raw: Raw, columns: list[Coded], rows: np.ndarray) -> tuple[dict[str, Coded], np.ndarray, int]:
    """Columns side by side as rows; a blank cell makes no row. Keys are made here, for every new row."""
    source, headers = raw.planned.source, raw.grid.headers
    keys = [header_key(h) for h in headers]
    at = [(keys.index(header_key(h)), value) for h, value in source.unpivot.columns.items()]
    base = {
        ours: first_filled([columns[i] for i in positions])
        for ours, positions in raw.match.found.items()
        if ours not in (source.unpivot.names_to, source.unpivot.values_to)
    }
    base |= _made_keys(source, headers, columns, base, None)
    no_row = {w.casefold() for w in source.unpivot.no_row}
    cells = {
        i: blanked(columns[i], np.array([t.casefold() in no_row for t in columns[i].texts()], bool)) for i, _ in at
    }
    filled = [np.flatnonzero(~cells[i].blank) for i, _ in at]
    take = np.concatenate(filled) if filled else np.empty(0, int)
    out = {ours: c.at(take) for ours, c in base.items()}
    values = pa.chunked_array([cells[i].cells(f) for (i, _), f in zip(at, filled, strict=True)], type=pa.large_string())
    out[source.unpivot.values_to] = encode(values)
    out[source.unpivot.names_to] = encode(
        pa.array(np.repeat([v for _, v in at], [len(f) for f in filled]).tolist(), pa.string())
    )
    names = out[source.unpivot.names_to]
    for column in dict.fromkeys(c for columns in source.unpivot.describe.values() for c in columns):
        words = [source.unpivot.describe.get(t, {}).get(column, "") for t in names.texts()]
        out[column] = blanked(Coded(names.codes, pa.array(words, pa.large_string())), np.array([not w for w in words]))
    n_blank = len(rows) * len(at) - len(take)
    return out, rows[take], n_blank


def _headers_of(part: str | DatePart | FirstPart) -> list[str]:
    """The columns that a part of an id is made of."""
    return [part] if isinstance(part, str) else [part.date] if isinstance(part, DatePart) else part.first


def _made_keys(
    source: Source, headers: list[str], columns: list[Coded], ours: Mapping[str, Coded], scales: Scales | None
) -> dict[str, Coded]:
    """Ids made of several columns joined by "_"; dates among them as 2025-04-03."""
    keys = [header_key(h) for h in headers]
    out = {}
    for column, parts in source.key.items():
        texts = []
        for part in parts:
            names = _headers_of(part)
            cells = first_filled(
                [columns[keys.index(header_key(n))] if header_key(n) in keys else ours[n] for n in names]
            )
            if isinstance(part, DatePart):
                seen = look_at(names[0], cells)
                order = settle_orders([seen], source.date_order)[names[0]][0]
                days, _ = clean_dates(seen, order, today=date.max, may_be_future=True, month_is_enough=False)
                texts.append(pa.array(days.dt.strftime("%Y-%m-%d"), pa.large_string(), from_pandas=True))
            else:
                texts.append(pc.replace_substring_regex(cells.cells(), r"^(\d+)\.0+$", r"\1"))
        out[column] = encode(pc.binary_join_element_wise(*texts, pa.scalar("_", pa.large_string())))
    return out


# --- cells → values -------------------------------------------------------------------------------------------------


def _typed(
    table: Table, ours: dict[str, Coded], rows: np.ndarray, file: str, source: Source, scales: Scales, log: IssueLog
) -> pd.DataFrame:
    """Every column of the table, typed; columns that the source lacks are empty."""
    n = len(rows)
    blank = blank_column(n)
    ours = {c: _mapped(cells, source.values.get(c)) for c, cells in ours.items()}
    dates = _dates(table, ours, file, source, scales, log)
    order = sorted(table.columns, key=lambda c: c.kind != "team")
    made: dict[str, pd.Series] = {}
    team: Coded | None = None
    symbols: dict[str, Coded] = {}
    for column in order:
        cells = ours.get(column.name, blank)
        if column.kind == "date" and column.name in dates:
            seen, how = dates[column.name]
            made[column.name], faults = clean_dates(
                seen,
                how,
                today=scales.today,
                may_be_future=column.name in MAY_BE_FUTURE,
                month_is_enough=column.name in MONTH_IS_ENOUGH,
            )
            cells_seen = seen.cells
            log.values(table.name, file, column.name, cells_seen, faults, rows, team)
            continue
        if (table.name, column.name) in PUBLISHED:
            made[column.name], symbols[column.name], faults = clean_published(cells)
        else:
            made[column.name], faults = _column(table, column, cells, source, scales, made)
        log.values(table.name, file, column.name, cells, faults, rows, team)
        if column.kind == "team":
            values = made[column.name].cat
            team = Coded(values.codes.to_numpy().astype(np.int32), pa.array(list(values.categories), pa.large_string()))
    frame = pd.DataFrame({c.name: made[c.name] for c in table.columns}, index=pd.RangeIndex(n))
    if "said_moderated" in made:
        frame["is_moderated"] = made["said_moderated"]
    if symbols and "symbol" in frame:
        for name in ("value", "numerator", "denominator"):  # a symbol stands for a value that is not there
            frame["symbol"] = frame["symbol"].fillna(as_text(symbols[name])).where(frame["value"].isna())
    frame["source_file"] = _repeat(file, n)
    frame["source_row"] = rows
    return frame


def _repeat(text: str, n: int) -> pd.Series:
    return text_series(pa.array([text], pa.large_string()).take(pa.array(np.zeros(n, np.int32))))


def _mapped(cells: Coded, values: Mapping[str, str] | None) -> Coded:
    """The column with the words that sources.yml declares put in place of theirs."""
    if not values:
        return cells
    lookup = {words_key(k) or k: v for k, v in values.items()}
    texts = [lookup.get(words_key(t) or t, t) for t in cells.texts()]
    return Coded(cells.codes, pa.array(texts, pa.large_string()), cells.one_each)


def _dates(
    table: Table, ours: Mapping[str, Coded], file: str, source: Source, scales: Scales, log: IssueLog
) -> dict[str, tuple[DateColumn, str]]:
    """The date columns with the order that each is read by; how it was found is one issue per column."""
    columns = [look_at(c.name, ours[c.name]) for c in table.columns if c.kind == "date" and c.name in ours]
    orders = settle_orders(columns, source.date_order)
    for c in columns:
        order, why = orders[c.name]
        if c.n_swappable or c.order:
            log.file(
                table.name,
                file,
                "order of day and month",
                why,
                "kept" if order else "left blank",
                order or "ambiguous cells left blank",
                c.name,
                "" if order else "State date_order (day first or month first) in sources.yml.",
            )
    return {c.name: (c, orders[c.name][0]) for c in columns}


def _column(
    table: Table, column: Column, cells: Coded, source: Source, scales: Scales, made: dict
) -> tuple[pd.Series, ValueFaults]:
    """One column by its kind."""
    kind = column.kind
    if kind == "date":
        return pd.Series(np.full(len(cells), np.datetime64("NaT", "ns"))), ValueFaults()
    if kind == "id":
        cleaned, faults = clean_ids(cells, column.name == "case_id")
        return as_text(cleaned), faults
    if kind == "person":
        cleaned, faults = clean_people(cells)
        return as_text(cleaned), faults
    if kind == "grade":
        coding = {k: scales.lookups["grades"].get(words_key(v), v) for k, v in source.grade_coding.items()}
        grades, faults, said = clean_grades(cells, scales.grades, scales.lookups["grades"], coding)
        if column.name == "overall_grade":
            made["said_moderated"] = pd.Series(said)
        return pd.Series(grades), faults
    if kind == "yes_no":
        answers, faults = clean_yes_no(cells)
        return pd.Series(answers), faults
    if kind == "choice":
        choices, faults = clean_choice(cells, column.choices or {})
        return pd.Series(choices), faults
    if kind in ("service", "locality", "activity", "standard"):
        return _named(kind, cells, scales)
    if kind == "team":
        return _team(cells, scales, table.name == "establishment")
    if kind == "theme_list":
        themes = {t.id: t.label for t in scales.profile.themes.values()}
        return clean_themes(cells, scales.lookups["themes"], themes)
    if kind == "text_list":
        return clean_list(cells)
    if kind in ("number", "integer"):
        return clean_numbers(cells, column)
    if (table.name, column.name) == ("indicators", "period"):
        return clean_periods(cells)
    return as_text(_without_dashes(cells)), ValueFaults()


def _without_dashes(cells: Coded) -> Coded:
    if len(cells.values) < 5_000:
        return blanked(cells, is_blank_word(cells.texts()))
    short = np.flatnonzero(pc.less(pc.binary_length(cells.values), 8).to_numpy(zero_copy_only=False))
    blank = np.zeros(len(cells.values), bool)
    blank[short] = is_blank_word(cells.values.take(pa.array(short)).to_pylist())
    return blanked(cells, blank)


_KINDS = {"service": "services", "locality": "localities", "activity": "activities", "standard": "standards"}


def _named(kind: str, cells: Coded, scales: Scales) -> tuple[pd.Series, ValueFaults]:
    plural = _KINDS[kind]
    targets, labels = scales.known(plural)
    is_open = scales.is_open(plural)
    lookup = dict(scales.lookups[plural])
    spellings = scales.spellings.setdefault(plural, {})
    lookup = {**spellings, **lookup}
    extra = [s for s in dict.fromkeys(spellings.values()) if s not in targets]
    named, faults = clean_named(cells, kind, lookup, targets + extra, labels + extra, keep_unknown=is_open)
    if kind in ("activity", "standard"):  # names that the profile itself declares: the tables hold ids instead
        faults = _without(faults, f"other name of {with_article(kind)}")
    if is_open or not targets:
        spellings |= {words_key(c): c for c in named.categories if words_key(c) not in lookup}
        if is_open:  # a name of an open list that is new is no fault
            faults = _without(faults, f"unknown {kind}")
    return pd.Series(named), faults


def _without(faults: ValueFaults, rule: str) -> ValueFaults:
    kept = [i for i, r in enumerate(faults.rules) if r != rule]
    return ValueFaults(
        *(
            [column[i] for i in kept]
            for column in (faults.codes, faults.rules, faults.actions, faults.used, faults.remedies)
        )
    )


def _team(cells: Coded, scales: Scales, is_establishment: bool) -> tuple[pd.Series, ValueFaults]:
    """Teams spelled as the establishment spells them; others are kept, and listed where there is an establishment."""
    known = scales.teams or scales.spellings.get("teams", {})
    targets = list(dict.fromkeys(known.values()))
    named, faults = clean_named(cells, "team", known, targets, keep_unknown=True)
    if is_establishment or not scales.teams:
        faults = _without(faults, "unknown team")
        scales.spellings.setdefault("teams", {}).update({words_key(c): c for c in named.categories})
        if is_establishment:
            scales.teams |= {words_key(c): c for c in named.categories}
    return pd.Series(named), faults


def _stamps(cells: Coded, today: date) -> pd.Series:
    """When a form was sent, to the second: which of two submissions is the later."""
    seen = look_at("stamp", cells)
    order = settle_orders([seen], None)["stamp"][0] or "month first"  # Forms writes month first
    days, _ = clean_dates(seen, order, today=date.max, may_be_future=True, month_is_enough=False)
    clock = pd.Series(cells.texts(), dtype="str").str.extract(r"(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([AaPp])?[Mm]?")
    hours = pd.to_numeric(clock[0]).fillna(0)
    hours = hours.where(clock[3].isna(), hours % 12 + 12 * clock[3].str.lower().eq("p"))
    seconds = hours * 3600 + pd.to_numeric(clock[1]).fillna(0) * 60 + pd.to_numeric(clock[2]).fillna(0)
    per_row = np.append(seconds.to_numpy(float), 0)[cells.codes]
    return days + pd.to_timedelta(per_row, unit="s")


def _complete(
    table: Table,
    frame: pd.DataFrame,
    ours: Mapping[str, Coded],
    rows: np.ndarray,
    columns: list[Coded] | None,
    aside: _Aside,
    log: IssueLog,
    file: str,
    merge: bool = False,
) -> tuple[pd.DataFrame, np.ndarray]:
    """The rows that hold what every row needs; the others are set aside with the first thing that they lack.

    With `merge` another source may yet give it: `complete_rows` looks when all are together.
    """
    complete = np.ones(len(frame), bool)
    team = frame["team"] if "team" in frame else None
    for column in table.columns:
        if not column.required or merge:
            continue
        lacks = frame[column.name].isna().to_numpy() & complete
        if not lacks.any():
            continue
        at = np.flatnonzero(lacks)
        found = [t or "" for t in ours[column.name].cells(at).to_pylist()] if column.name in ours else [""] * len(at)
        rule = f"no {column.name.replace('_', ' ')}"
        shown = columns if columns is not None else list(ours.values())
        aside.from_columns(at, rows, shown, rule, column.name, found)
        log.rows(
            table.name,
            file,
            rows[at],
            column.name,
            rule,
            found,
            "set aside",
            remedy=f"Enter the {column.meaning}: a row of {table.name} can't be used without it.",
            team=None if team is None else team.iloc[at].astype("str"),
        )
        complete &= ~lacks
    frame = frame if complete.all() else frame.loc[complete].reset_index(drop=True)
    return _with_ids(table, frame, log, file), complete


def _with_ids(table: Table, frame: pd.DataFrame, log: IssueLog, file: str) -> pd.DataFrame:
    """Ids made from file and row where the table allows it and the source gives none."""
    if not table.key_may_be_made or frame.empty:
        return frame
    key = table.key[0]
    lacks = frame[key].isna()
    if not lacks.any():
        return frame
    stem = re.sub(r"(?:\.csv|\.tsv|\.xlsx|\.xlsm|\.parquet)?(?:\.gz)?$", "", file)
    made = stem + "-" + frame.loc[lacks, "source_row"].astype("str")
    if lacks.all():
        log.file(
            table.name,
            file,
            "id made from file and row",
            f"{len(frame):,} rows",
            "repaired",
            f"{made.iloc[0]} …",
            key,
            f"Give each row a {key.replace('_', ' ')} so that it can be followed from export to export.",
        )
        frame[key] = made.astype("str")
    else:
        log.rows(
            table.name,
            file,
            frame.loc[lacks, "source_row"].to_numpy(),
            key,
            "id made from file and row",
            "",
            "repaired",
            made,
            f"Enter the {key.replace('_', ' ')}.",
        )
        frame.loc[lacks, key] = made
    return frame


def _form_note(n_cases: int, n_answered: int) -> str:
    waiting = f"; {n_cases - n_answered:,} of {n_cases:,} cases not answered yet" if n_answered < n_cases else ""
    return f"one row for each question of a case answered in the form{waiting}"


def _cases_of_form(
    raw: Raw, of_cases: tuple[dict[str, Coded], np.ndarray], scales: Scales, log: IssueLog, source_no: int
) -> list[Part]:
    """What a form says of the sampled cases: why one proved unsuitable and what it replaces; all that it says where no
    file lists the sample's cases. It is merged into that list."""
    table, source, file = TABLES["sampled_cases"], raw.planned.source, raw.grid.file
    ours, rows = of_cases
    says = ~ours["unsuitable"].blank | ~ours["replaces"].blank if len(rows) else np.zeros(0, bool)
    listed = np.array([t in scales.samples for t in ours["sample_id"].cells().to_pylist()], bool)
    if not (take := says | ~listed).any():
        return []
    if listed.any():  # the list's own columns count, so that the form's need not be compared with them
        ours = {c: ours[c] for c in ("sample_id", "case_id", "unsuitable", "replaces")}
    ours, rows = {c: cells.at(take) for c, cells in ours.items()}, rows[take]
    frame = _typed(table, ours, rows, file, source.model_copy(update={"values": {}}), scales, log)
    frame[SOURCE_NO] = np.int16(source_no)
    frame[FROM_FORM] = True
    note = "cases unsuitable or replaced, as the form says" if listed.any() else "the form's cases: no file lists them"
    return [Part(table.name, file, raw.grid.sheet, frame, len(frame), set_aside_frame([]), True, note)]


def _ratings(
    raw: Raw, columns: list[Coded], audits: pd.DataFrame, scales: Scales, log: IssueLog, source_no: int
) -> Part:
    """Ratings from a form with one column per standard: a row for each standard with a grade or evidence."""
    table, source, file = TABLES["ratings"], raw.planned.source, raw.grid.file
    frames, pieces = [], []
    for standard in dict.fromkeys([*raw.match.standards, *raw.match.evidence]):
        n = len(audits)
        blank = blank_column(n)
        grade = columns[raw.match.standards[standard]] if standard in raw.match.standards else blank
        evidence = columns[raw.match.evidence[standard]] if standard in raw.match.evidence else blank
        filled = np.flatnonzero(~grade.blank | ~evidence.blank)
        if len(filled):
            pieces.append((standard, filled, grade.at(filled), evidence.at(filled)))
    for standard, filled, grade, evidence in pieces:
        ours = {
            "audit_id": encode(pa.array(audits["audit_id"].iloc[filled], pa.large_string())),
            "standard": _constant(standard, len(filled)),
            "grade": grade,
            "evidence": evidence,
        }
        rows = audits["source_row"].to_numpy()[filled]
        frames.append(_typed(table, ours, rows, file, source.model_copy(update={"values": {}}), scales, log))
    frame = (
        pd.concat(frames, ignore_index=True)
        if frames
        else _typed(table, {}, np.empty(0, np.int64), file, source, scales, log)
    )
    frame[SOURCE_NO] = np.int16(source_no)
    frame["_from_audits"] = True
    return Part(
        "ratings",
        file,
        raw.grid.sheet,
        frame,
        len(frame),
        set_aside_frame([]),
        False,
        "one row for each standard graded in the form",
    )


def empty_table(name: str, scales: Scales) -> pd.DataFrame:
    """The table without rows, each column of its kind."""
    source = Source(file="(none)")
    frame = _typed(TABLES[name], {}, np.empty(0, np.int64), "", source, scales, IssueLog())
    return frame
