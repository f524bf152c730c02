"""From a figure in a report back to the rows it was counted from: which file, which row.

    r = qa.open_report("data/example", "manchester", "2018-19")
    qa.rows_behind(r, "ratings", standard="planning", basis="random or all", graded=True)

Each claim of the annual report stands in its evidence table with such a call beside it. The rows come without what they
say (no case, no person), so that the table may go to any reader; the number of rows is the claim's n.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from qa_analysis.context import Report
from qa_analysis.errors import UserError
from qa_analysis.measures.grades import is_good, sample_basis
from qa_analysis.measures.moderation import moderated_pairs
from qa_analysis.measures.threads import ratings_with_audits
from qa_analysis.periods import parse_period

DATES = {"audits": "audit_date", "ratings": "audit_date", "moderations": "moderation_date", "actions": "raised",
         "feedback": "date", "survey": "wave", "answers": "answered"}
FLAGS = ("graded", "good", "basis", "answered", "filled")
ROWS = ["source_file", "source_row"]


def rows_behind(r: Report, table: str, *, period: str = "", date: str = "", **where: Any) -> pd.DataFrame:
    """The rows of a clean table that a figure of the report was counted from: `source_file`, `source_row`, one row each.

    `table`: audits, ratings, moderations, actions, feedback, survey or answers; `period`: the report's unless another
    is named ("2017-18"); `date`: the column that dates a row, if not the usual one ("completed" of actions). `where`
    narrows: any column of the table with a value or a list of them, and `graded=True` (has a grade), `good=True` or
    False (good or better, below it), `basis="random or all"` (how the case was chosen), `answered="column"` (yes,
    partly or no in it), `filled="column"` (anything in it). Ratings carry the columns of their audit.
    Raises UserError naming every table or column that there is not.
    """
    rows = _table(r, table)
    column = date or DATES[table]
    faults = [c for c in (column, *(k for k in where if k not in FLAGS)) if c not in rows]
    faults += [where[k] for k in ("answered", "filled") if k in where and where[k] not in rows]
    if faults:
        raise UserError(f"table '{table}' has no column {', '.join(map(repr, faults))}. It has {', '.join(rows.columns)}.")
    span = parse_period(period, r.profile.calendar.first_month) if period else r.period
    keep = pd.Series(span.holds(rows[column]), index=rows.index)
    for name, value in where.items():
        keep &= _holds(r, rows, name, value)
    return rows.loc[keep, ROWS].sort_values(ROWS, kind="stable").reset_index(drop=True)


def call(table: str, **where: Any) -> str:
    """The call of `rows_behind` as text, to stand beside a claim: `qa.rows_behind(r, "audits", graded=True)`."""
    return f"qa.rows_behind(r, {', '.join([_text(table), *(f'{k}={_text(v)}' for k, v in where.items())])})"


def _text(value: Any) -> str:
    """A value as Python writes it, with straight double quotes round text."""
    if isinstance(value, str):
        return '"' + value.replace('"', '\\"') + '"'
    if isinstance(value, Iterable):
        return "[" + ", ".join(_text(v) for v in value) + "]"
    return repr(value)


def _table(r: Report, table: str) -> pd.DataFrame:
    if table not in DATES:
        raise UserError(f"rows of '{table}' can't be asked for. Tables: {', '.join(DATES)}.")
    rows = getattr(r.data, table)
    if table == "ratings":
        rows = ratings_with_audits(rows, r.data.audits.drop(columns=ROWS))
    elif table == "moderations":
        kept = dict(zip(ROWS, ("file_of", "row_of"), strict=True))  # the measure drops where a row came from
        rows = moderated_pairs(rows.rename(columns=kept), r.data.audits, r.data.ratings)
        rows = rows.rename(columns={v: k for k, v in kept.items()})
    return rows


def _holds(r: Report, rows: pd.DataFrame, name: str, value: Any) -> pd.Series:
    if name == "graded":
        return rows["grade"].notna() == bool(value)
    if name == "good":
        return rows["grade"].notna() & (is_good(rows, r.profile.good_grades) == bool(value))
    if name == "basis":
        return sample_basis(rows).eq(value)
    if name == "filled":
        return rows[value].notna()
    if name == "answered":
        return rows[value].isin(["yes", "partly", "no"])
    wanted = [value] if isinstance(value, str) or not isinstance(value, Iterable) else list(value)
    return rows[name].isin(wanted).fillna(False).astype(bool)
