"""The list of every fault and every repair: one row each, so that nothing is changed in silence."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from qa_analysis.coded import Coded, text_series

COLUMNS = [
    "table",
    "source_file",
    "source_row",
    "column",
    "rule",
    "value_found",
    "action",
    "value_used",
    "team",
    "remedy",
]
ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
ACTIONS = ("repaired", "set aside", "left blank", "kept", "merged")
_REPEATED = tuple(c for c in COLUMNS if c != "source_row")


@dataclass
class ValueFaults:
    """Faults found among the distinct texts of one column; `codes` say which text each belongs to."""

    codes: list[int] = field(default_factory=list)
    rules: list[str] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)
    used: list[str] = field(default_factory=list)
    remedies: list[str] = field(default_factory=list)
    found: dict[int, str] = field(default_factory=dict)

    def add(self, code: int, rule: str, action: str, used: str = "", remedy: str = "") -> None:
        self.codes.append(code)
        self.rules.append(rule)
        self.actions.append(action)
        self.used.append(used)
        self.remedies.append(remedy)


class IssueLog:
    """Gathers issues while tables are cleaned; `frame()` gives them as one table."""

    def __init__(self) -> None:
        self._pieces: list[pa.Table] = []

    def values(
        self,
        table: str,
        file: str,
        column: str,
        cells: Coded,
        faults: ValueFaults,
        source_row: np.ndarray,
        team: Coded | None = None,
        rows: np.ndarray | None = None,
    ) -> None:
        """One issue for each row whose text has a fault (`rows`: a mask of the rows that count)."""
        if not faults.codes:
            return
        n_values = len(cells.values)
        code_of = np.asarray(faults.codes)
        layer = pd.Series(code_of).groupby(code_of).cumcount().to_numpy()
        for depth in range(int(layer.max()) + 1):
            entries = np.flatnonzero(layer == depth)
            at = np.full(n_values + 1, -1, np.int64)
            at[code_of[entries]] = entries
            entry = at[cells.codes]
            entry[cells.codes < 0] = -1
            hit = np.flatnonzero(entry >= 0 if rows is None else (entry >= 0) & rows)
            if not len(hit):
                continue
            entry = entry[hit]
            found = cells.marked(hit)
            self._piece(
                table,
                file,
                source_row[hit],
                column,
                _pick(faults.rules, entry),
                found,
                _pick(faults.actions, entry),
                _pick(faults.used, entry),
                _pick(faults.remedies, entry),
                None if team is None else team.cells(hit),
            )

    def rows(
        self,
        table: str,
        file: str | Sequence[str] | pd.Series,
        source_row: np.ndarray,
        column: str,
        rule: str,
        found: Sequence[str] | pd.Series | str,
        action: str,
        used: Sequence[str] | pd.Series | str = "",
        remedy: str = "",
        team: Coded | pd.Series | Sequence[str] | None = None,
    ) -> None:
        """One issue for each of these rows, all under one rule."""
        if len(source_row):
            team = None if team is None else team.cells() if isinstance(team, Coded) else _texts(team)
            self._piece(table, file, source_row, column, rule, _texts(found), action, _texts(used), remedy, team)

    def file(
        self,
        table: str,
        file: str,
        rule: str,
        found: str = "",
        action: str = "kept",
        used: str = "",
        column: str = "",
        remedy: str = "",
    ) -> None:
        """One issue that concerns a whole file, sheet or column (it has no row)."""
        self._piece(table, file, np.array([-1]), column, rule, found, action, used, remedy, None)

    def _piece(self, table, file, source_row, column, rule, found, action, used, remedy, team) -> None:
        n = len(source_row)
        row = pa.array(np.asarray(source_row, np.int64))
        cells = {
            "table": table,
            "source_file": file,
            "source_row": row,
            "column": column,
            "rule": rule,
            "value_found": found,
            "action": action,
            "value_used": used,
            "team": team,
            "remedy": remedy,
        }
        self._pieces.append(
            pa.table({c: cell if c == "source_row" else _repeated(cell, n) for c, cell in cells.items()})
        )

    def __len__(self) -> int:
        return sum(len(p) for p in self._pieces)

    def frame(self) -> pd.DataFrame:
        """All issues in order of table, file and row; `source_row` is missing where a whole file is meant."""
        if not self._pieces:
            empty = pd.DataFrame({name: pd.Series(dtype="str") for name in COLUMNS})
            return empty.astype({"source_row": "Int64", **{c: "category" for c in _REPEATED}})
        whole = pa.concat_tables(self._pieces).unify_dictionaries()
        codes, words = {}, {}
        for name in COLUMNS:
            if name != "source_row":
                column = whole[name]
                kinds = column.chunk(0).dictionary
                order = pc.array_sort_indices(kinds)
                rank = np.empty(len(kinds), np.int32)
                rank[order.to_numpy()] = np.arange(len(kinds), dtype=np.int32)
                words[name] = pd.Index(text_series(kinds.take(order)))
                codes[name] = rank[np.concatenate([c.indices.to_numpy() for c in column.chunks])]
        row = whole["source_row"].to_numpy()
        place = codes["table"].astype(np.int64) * len(words["source_file"]) + codes["source_file"]
        order = np.argsort((place << 32) + row + 1, kind="stable")
        cells = {}
        for name in COLUMNS:
            if name == "source_row":
                cells[name] = pd.array(row[order], dtype="Int64")
                cells[name][row[order] < 0] = pd.NA
            else:
                cells[name] = pd.Categorical.from_codes(codes[name][order], categories=words[name])
        return pd.DataFrame(cells)


def _texts(cells) -> pa.Array | str:
    if isinstance(cells, (str, pa.Array)):
        return cells
    if isinstance(cells, Coded):
        return cells.cells()
    series = pd.Series(cells)
    return pa.array(series.astype("str"), pa.large_string(), from_pandas=True)


def _pick(options: list[str], entry: np.ndarray) -> pa.DictionaryArray:
    codes, kinds = pd.factorize(np.asarray(options, dtype=object))
    return pa.DictionaryArray.from_arrays(pa.array(codes[entry].astype(np.int32)), pa.array(kinds.tolist(), _WORDS))


_WORDS = pa.large_string()
_KIND = pa.dictionary(pa.int32(), _WORDS)


def _repeated(cell, n: int) -> pa.Array:
    """The cells as an Arrow dictionary without nulls: a text that repeats is kept once."""
    if isinstance(cell, str) or cell is None:
        return pa.DictionaryArray.from_arrays(pa.array(np.zeros(n, np.int32)), pa.array([cell or ""], _WORDS))
    if not isinstance(cell, pa.DictionaryArray):
        return _texts(cell).cast(_WORDS).fill_null("").dictionary_encode().cast(_KIND)
    if not cell.indices.null_count:
        return cell.cast(_KIND)
    words = cell.dictionary.cast(_WORDS)
    indices = pc.fill_null(cell.indices, len(words)).cast(pa.int32())
    return pa.DictionaryArray.from_arrays(indices, pa.concat_arrays([words, pa.array([""], _WORDS)]))


def summary_by_rule(issues: pd.DataFrame) -> pd.DataFrame:
    """How many faults and repairs of each rule there are, by table: table, rule, action, n_issues, n_files, example."""
    columns = ["table", "rule", "action", "n_issues", "n_files", "example"]
    if issues.empty:
        return pd.DataFrame(columns=columns)
    grouped = issues.groupby(["table", "rule", "action"], observed=True, sort=True)
    out = grouped.agg(n_issues=("rule", "size"), n_files=("source_file", "nunique"), example=("value_found", "first"))
    out = out.reset_index().astype({c: "str" for c in ("table", "rule", "action", "example")})
    return out.sort_values(["n_issues", "table", "rule"], ascending=[False, True, True], ignore_index=True)[columns]


def summary_by_source(issues: pd.DataFrame, row_counts: pd.DataFrame) -> pd.DataFrame:
    """For each file and table: rows read, clean and set aside, and cells repaired, left blank or only listed."""
    used = row_counts[row_counts["table"] != ""]
    counts = used.groupby(["source_file", "table"], sort=True)[["rows_read", "rows_clean", "rows_set_aside"]].sum()
    by_action = _by_action(issues[issues["source_row"].notna()], ["source_file", "table"])
    return (
        counts.reset_index()
        .merge(by_action, on=["source_file", "table"], how="left")
        .fillna(dict.fromkeys(_N_ACTIONS, 0))
        .astype(dict.fromkeys(_N_ACTIONS, "int64"))
    )


def summary_by_team(issues: pd.DataFrame) -> pd.DataFrame:
    """For each team: how many cells were repaired, left blank or only listed, and how many rows set aside. Rows of no
    team stand under ''."""
    return _by_action(issues[issues["source_row"].notna()], ["team"])


_N_ACTIONS = [f"n_{a.replace(' ', '_')}" for a in ACTIONS]


def _by_action(issues: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    if issues.empty:
        return pd.DataFrame(columns=[*by, *_N_ACTIONS]).astype(
            {**dict.fromkeys(by, "str"), **dict.fromkeys(_N_ACTIONS, "int64")}
        )
    counts = (
        issues.groupby([*by, "action"], observed=True)
        .size()
        .reset_index(name="n")
        .astype(dict.fromkeys([*by, "action"], "str"))
    )
    counts = counts.pivot_table(index=by, columns="action", values="n", fill_value=0, aggfunc="sum")
    counts = counts.reindex(columns=list(ACTIONS), fill_value=0).astype("int64")
    counts.columns = _N_ACTIONS
    return counts.reset_index()


# --- the list that goes back to the teams ---------------------------------------------------------------------------

SHEET_ROWS = 1_000_000  # a sheet holds 1,048,576
_LIST_COLUMNS = {
    "team": "Team",
    "source_file": "File",
    "source_row": "Row",
    "column": "Column",
    "rule": "What is wrong",
    "value_found": "Value found",
    "action": "What was done",
    "value_used": "Value used",
    "remedy": "Remedy",
}
_WIDTHS = {
    "Team": 22,
    "File": 26,
    "Row": 8,
    "Column": 20,
    "What is wrong": 36,
    "Value found": 30,
    "What was done": 14,
    "Value used": 30,
    "Remedy": 60,
}


def error_list(issues: pd.DataFrame, with_repairs: bool = False) -> pd.DataFrame:
    """The issues that someone has to mend, sorted by team, file and row, under the words of a form.

    What was repaired without loss is left out unless `with_repairs`.
    """
    wanted = issues if with_repairs else issues[~issues["action"].isin(["repaired", "merged"])]
    wanted = wanted.astype({c: "str" for c in COLUMNS if c != "source_row"})
    wanted = wanted.sort_values(["team", "source_file", "source_row", "column"], kind="stable", na_position="first")
    out = wanted[list(_LIST_COLUMNS)].rename(columns=_LIST_COLUMNS)
    out["Team"] = out["Team"].replace("", "(no team)")
    return out.reset_index(drop=True)


def write_error_list(issues: pd.DataFrame, path: str | Path, row_counts: pd.DataFrame | None = None) -> Path:
    """The error list as a workbook: a summary, the list that can be filtered by team, and the repairs.

    Each sheet has one header row, frozen, and no merged or blank cells in its table. Text that begins like a formula
    is kept as text. The file is written whole or not at all.
    """
    path = Path(path)
    todo = error_list(issues)
    done = error_list(issues[issues["action"].isin(["repaired", "merged"])], with_repairs=True)
    summary = summary_by_rule(issues).rename(
        columns={
            "table": "Table",
            "rule": "Rule",
            "action": "What was done",
            "n_issues": "Number",
            "n_files": "Files",
            "example": "Example",
        }
    )
    widths = {"Table": 16, "Rule": 44, "What was done": 16, "Number": 10, "Files": 8, "Example": 40}
    sheets = [("Summary", summary, widths)]
    if row_counts is not None:
        counts = row_counts.rename(
            columns={
                "source_file": "File",
                "sheet": "Sheet",
                "table": "Table",
                "rows_read": "Rows read",
                "rows_clean": "Rows clean",
                "rows_set_aside": "Rows set aside",
                "note": "Note",
            }
        )
        sheets.append(("Rows", counts, {"File": 30, "Sheet": 16, "Table": 16, "Note": 60}))
    sheets += [("To mend", todo, _WIDTHS), ("Repaired", done, _WIDTHS)]
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, making = tempfile.mkstemp(prefix=".making-", suffix=".xlsx", dir=path.parent)
    os.close(handle)
    try:
        _write_book(making, sheets)
        os.chmod(making, 0o644)
        os.replace(making, path)
    except BaseException:
        Path(making).unlink(missing_ok=True)
        raise
    return path


def _write_book(path: str, sheets: list[tuple[str, pd.DataFrame, dict[str, int]]]) -> None:
    """One table on a sheet of its own (several where it has more rows than a sheet holds), written row by row."""
    import xlsxwriter  # quicker than openpyxl, and keeps no row in memory

    with xlsxwriter.Workbook(path, {"constant_memory": True, "tmpdir": str(Path(path).parent)}) as book:
        book.set_properties({"title": "Error list"})
        bold = book.add_format({"bold": True})
        for name, frame, widths in sheets:
            for part, start in enumerate(range(0, max(len(frame), 1), SHEET_ROWS), 1):
                sheet = book.add_worksheet(name if part == 1 else f"{name} {part}")
                sheet.freeze_panes(1, 0)
                some = frame.iloc[start : start + SHEET_ROWS]
                for i, column in enumerate(some.columns):
                    sheet.set_column(i, i, widths.get(column, 14))
                    sheet.write_string(0, i, column, bold)
                if len(some.columns):
                    sheet.autofilter(0, 0, len(some), len(some.columns) - 1)
                for at, row in enumerate(some.itertuples(index=False), 1):
                    for i, value in enumerate(row):
                        cell = _cell(value)
                        if isinstance(cell, str):
                            sheet.write_string(at, i, cell)  # text that begins like a formula stays text
                        else:
                            sheet.write_number(at, i, cell)


def _cell(value: object) -> str | float:
    if value is None or value is pd.NA or (isinstance(value, float) and value != value):
        return "all" if value is pd.NA else "-"
    return ILLEGAL.sub(" ", value)[:32_000] or "-" if isinstance(value, str) else value
