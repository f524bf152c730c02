"""The list of every fault and every repair: one row each, so that nothing is changed in silence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa

from qa_analysis.coded import Coded

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
ACTIONS = ("repaired", "set aside", "left blank", "kept", "merged")
_REPEATED = ("table", "source_file", "column", "rule", "action", "team", "remedy")


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
            found = cells.cells(hit)
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
        row = pa.array(np.asarray(source_row, np.int64), mask=np.asarray(source_row) < 0)
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
        made = {}
        for name, cell in cells.items():
            if name == "source_row":
                made[name] = cell
            elif name in _REPEATED:
                made[name] = _repeated(cell, n)
            else:
                made[name] = _plain(cell, n)
        self._pieces.append(pa.table(made))

    def __len__(self) -> int:
        return sum(len(p) for p in self._pieces)

    def frame(self) -> pd.DataFrame:
        """All issues in order of table, file and row; `source_row` is missing where a whole file is meant."""
        if not self._pieces:
            empty = pd.DataFrame({name: pd.Series(dtype="str") for name in COLUMNS})
            return empty.astype({"source_row": "Int64", **{c: "category" for c in _REPEATED}})
        whole = pa.concat_tables(self._pieces).unify_dictionaries().combine_chunks()
        frame = pd.DataFrame({name: _to_pandas(whole[name], name) for name in COLUMNS})
        frame["source_row"] = frame["source_row"].astype("Int64")
        order = frame.assign(table=frame["table"].astype("str"), source_file=frame["source_file"].astype("str"))
        order = order.sort_values(["table", "source_file", "source_row", "column"], kind="stable", na_position="first")
        return frame.loc[order.index].reset_index(drop=True)


def _to_pandas(column: pa.ChunkedArray, name: str) -> pd.Series:
    if name == "source_row":
        return column.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
    if name in _REPEATED:
        series = column.to_pandas().astype("category")
        return series.cat.set_categories(sorted(series.cat.categories))
    return pd.Series(column.cast(pa.large_string()).to_pandas(), dtype="str")


def _texts(cells) -> pa.Array | str:
    if isinstance(cells, (str, pa.Array)):
        return cells
    if isinstance(cells, Coded):
        return cells.cells()
    series = pd.Series(cells)
    return pa.array(series.astype("str"), pa.large_string(), from_pandas=True)


def _pick(options: list[str], entry: np.ndarray) -> pa.DictionaryArray:
    kinds, codes = np.unique(np.asarray(options, dtype=object)[entry].astype(str), return_inverse=True)
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), pa.array(kinds.tolist(), pa.string()))


def _repeated(cell, n: int) -> pa.Array:
    kind = pa.dictionary(pa.int32(), pa.string())
    if isinstance(cell, str) or cell is None:
        codes = pa.array(np.zeros(n, np.int32))
        return pa.DictionaryArray.from_arrays(codes, pa.array([cell or ""], pa.string()))
    if isinstance(cell, pa.DictionaryArray):
        return cell.cast(kind)
    return _texts(cell).cast(pa.string()).fill_null("").dictionary_encode().cast(kind)


def _plain(cell, n: int) -> pa.Array:
    if isinstance(cell, str):
        return pa.array([cell], pa.large_string()).take(pa.array(np.zeros(n, np.int32)))
    if isinstance(cell, pa.DictionaryArray):
        cell = cell.dictionary.take(cell.indices)
    return cell.cast(pa.large_string()).fill_null("")


def summary_by_rule(issues: pd.DataFrame) -> pd.DataFrame:
    """How many faults and repairs of each rule there are, by table: table, rule, action, n_issues, n_files, example."""
    if issues.empty:
        return pd.DataFrame(columns=["table", "rule", "action", "n_issues", "n_files", "example"])
    plain = issues.astype({c: "str" for c in ("table", "rule", "action", "source_file")})
    grouped = plain.groupby(["table", "rule", "action"], sort=True)
    out = grouped.agg(n_issues=("rule", "size"), n_files=("source_file", "nunique"), example=("value_found", "first"))
    return out.reset_index().sort_values(
        ["n_issues", "table", "rule"], ascending=[False, True, True], ignore_index=True
    )


def summary_by_source(issues: pd.DataFrame, row_counts: pd.DataFrame) -> pd.DataFrame:
    """For each file: rows read, clean and set aside, and how many cells were repaired, left blank or only flagged."""
    counts = row_counts.groupby(["source_file", "table"], sort=True)[["rows_read", "rows_clean", "rows_set_aside"]]
    counts = counts.sum().reset_index()
    return counts.merge(_by_action(issues, ["source_file", "table"]), on=["source_file", "table"], how="left").fillna(
        {f"n_{a.replace(' ', '_')}": 0 for a in ACTIONS}
    )


def summary_by_team(issues: pd.DataFrame) -> pd.DataFrame:
    """For each team: how many of its cells were repaired, left blank or flagged, and how many rows were set aside."""
    return _by_action(issues.loc[issues["source_row"].notna()], ["team"])


def _by_action(issues: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    names = [f"n_{a.replace(' ', '_')}" for a in ACTIONS]
    if issues.empty:
        return pd.DataFrame(columns=[*by, *names]).astype({n: "int64" for n in names})
    plain = issues.astype({c: "str" for c in [*by, "action"]})
    counts = plain.groupby([*by, "action"]).size().unstack("action", fill_value=0)
    counts = counts.reindex(columns=list(ACTIONS), fill_value=0)
    counts.columns = names
    return counts.reset_index()
