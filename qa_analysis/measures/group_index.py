"""Which group each row belongs to: one whole number per row, and the table of groups that the numbers stand for."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from qa_analysis.errors import UserError
from qa_analysis.measures.shares import By, group_keys


class TableError(UserError, ValueError):
    """The table or the call can't be used; the message names the columns and rows at fault."""


def group_index(rows: pd.DataFrame, by: By) -> tuple[np.ndarray, pd.DataFrame]:
    """Group number of each row (0, 1, …) and the groups in order, one row each.

    No `by` is one group of everything, also where there are no rows. Missing values of a grouping column are
    the group 'not recorded', so that no row is lost. A category that no row has makes no group.
    """
    keys = group_keys(rows, by)
    if not keys.columns.size:
        return np.zeros(len(rows), dtype=np.intp), pd.DataFrame(index=pd.RangeIndex(1))
    numbers = keys.groupby(list(keys.columns), observed=True, sort=True, dropna=False).ngroup().to_numpy()
    _, first = np.unique(numbers, return_index=True)
    return numbers.astype(np.intp), keys.iloc[first].reset_index(drop=True)


def shown_values(column: pd.Series, wrong: np.ndarray, most: int = 5) -> str:
    """The first `wrong` values of a column, each with its row, for a message: 'Gd' (row 14), 'RI?' (row 52)."""
    places = np.flatnonzero(wrong)
    values = column.iloc[places[:most]].tolist()
    text = ", ".join(f"{v!r} (row {row})" for v, row in zip(values, column.index[places[:most]], strict=True))
    return text + (f" and {len(places) - most} more" if len(places) > most else "")


def need_columns(rows: pd.DataFrame, names: Iterable[str]) -> None:
    """Raise TableError that names every column of `names` that the table lacks."""
    missing = [name for name in dict.fromkeys(names) if name not in rows.columns]
    if missing:
        found = ", ".join(map(str, rows.columns)) or "none"
        raise TableError(f"the table has no column {', '.join(map(repr, missing))}. Columns found: {found}. "
                         "Name a column that exists.")
