"""The share of rows for which a statement holds, for all or for each group, with its interval and its n."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from qa_analysis.errors import UserError
from qa_analysis.measures.compare import MIN_N  # the smallest group that is given a share or a verdict
from qa_analysis.measures.intervals import wilson_limits

NOT_RECORDED = "not recorded"
SOURCE = ["source_file", "source_row"]  # where a row stands in the files that were read
By = str | Sequence[str] | None


class ColumnError(UserError, KeyError):
    """A column to group by does not exist; the message names those that do."""

    def __str__(self) -> str:  # KeyError would show the message in quotes
        return str(self.args[0])


def listed(by: By) -> list[str]:
    """The grouping columns as a list; none is an empty list."""
    return [by] if isinstance(by, str) else list(by or [])


def group_keys(table: pd.DataFrame, by: By) -> pd.DataFrame:
    """The grouping columns, with missing values named 'not recorded' and kept as a group of their own.

    The order of a categorical column (the profile's order) is kept, text comes in the order of its letters,
    and 'not recorded' comes last. Raises ColumnError if the table has no such column.
    """
    keys = listed(by)
    if absent := [key for key in keys if key not in table.columns]:
        raise ColumnError(f"can't group by {', '.join(absent)}: the table has no such column. "
                          f"It has {', '.join(map(str, table.columns))}.")
    return pd.DataFrame({key: _named(table[key]) for key in keys}, index=table.index)


def share_by(
    table: pd.DataFrame, hit: pd.Series, counted: pd.Series | None = None, by: By = None, min_n: int = MIN_N,
) -> pd.DataFrame:
    """The share of the `counted` rows that are a `hit`, for each group of `by` (one row for all without it).

    Columns: those of `by`, then count, n, share, share_lower, share_upper (proportions 0 to 1; Wilson 95%
    limits, Wilson, 1927). A missing `hit` is no hit; rows not `counted` are in neither number. A group with
    none counted stays with n of 0. Groups under `min_n` keep count and n and lose share and limits.
    """
    counted = pd.Series(True, index=table.index) if counted is None else counted.fillna(False).astype(bool)
    numbers = pd.DataFrame({"count": hit.fillna(False).astype(bool) & counted, "n": counted}, index=table.index)
    return add_share(sum_by(table, numbers, by), min_n=min_n)


def sum_by(table: pd.DataFrame, numbers: pd.DataFrame, by: By = None) -> pd.DataFrame:
    """The sums of `numbers` (flags count as 0 and 1) for each group of `by`; one row of totals without it."""
    keys = listed(by)
    whole = [name for name in numbers if not pd.api.types.is_float_dtype(numbers[name])]
    numbers = numbers.astype(dict.fromkeys(whole, "int64"))
    if not keys:
        return numbers.sum().to_frame().T.astype(dict.fromkeys(whole, "int64")).reset_index(drop=True)
    grouped = pd.concat([group_keys(table, keys), numbers], axis=1).groupby(keys, observed=True, sort=True)
    return plain_keys(grouped[list(numbers)].sum().reset_index(), keys)


def add_share(table: pd.DataFrame, count: str = "count", n: str = "n", name: str = "share",
              min_n: int = MIN_N) -> pd.DataFrame:
    """The table with `name`, `name`_lower and `name`_upper: `count` / `n` and its Wilson 95% limits.

    All three are missing where n is 0 or under `min_n`.
    """
    size = table[n].to_numpy(dtype=float)
    shown = np.where(size >= max(min_n, 1), size, np.nan)
    hits = table[count].to_numpy(dtype=float)
    lower, upper = wilson_limits(np.where(np.isnan(shown), np.nan, hits), shown)
    return table.assign(**{name: hits / shown, f"{name}_lower": lower, f"{name}_upper": upper})


def is_among(ids: pd.Series, wanted: pd.Series) -> pd.Series:
    """True for each id that is one of the `wanted`; a missing id is among none.

    Arrow looks up a million ids in under a second, where pandas' `isin` goes through them one by one.
    """
    text, allowed = (pa.array(s.astype("str"), type=pa.large_string(), from_pandas=True)
                     for s in (ids, wanted.dropna()))
    found = pc.is_in(text, value_set=allowed).to_numpy(zero_copy_only=False)
    return pd.Series(found.astype(bool) & ids.notna().to_numpy(), index=ids.index)


def plain_keys(table: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """The table with its categorical key columns as plain text, so that tables of any origin can be joined."""
    return table.assign(**{key: table[key].astype("str") for key in keys
                           if isinstance(table[key].dtype, pd.CategoricalDtype)})


def _named(column: pd.Series) -> pd.Series:
    if isinstance(column.dtype, pd.CategoricalDtype):
        # 'not recorded' has no place on a scale, so an ordered column becomes an unordered one in the same order
        names = column.cat.add_categories(NOT_RECORDED) if NOT_RECORDED not in column.cat.categories else column
        last = [*[c for c in names.cat.categories if c != NOT_RECORDED], NOT_RECORDED]
        return names.fillna(NOT_RECORDED).cat.reorder_categories(last, ordered=False)
    if not (pd.api.types.is_string_dtype(column) or column.dtype == object):
        return column
    names = sorted({str(v) for v in column.dropna().unique()} - {NOT_RECORDED})
    text = column.astype("str").where(column.notna(), NOT_RECORDED)
    return pd.Series(pd.Categorical(text, categories=[*names, NOT_RECORDED]), index=column.index)
