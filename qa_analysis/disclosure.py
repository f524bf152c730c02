"""What an audience may see: small counts give way to [c], with enough others that none can be worked out.

A rule comes from the profile (`profile.disclosure_rule(audience)`): the smallest count that may be shown.
Counts of 0 are true zeros and stay. Suppressed rows keep their labels, lose count, share and limits, and
are marked in the column `suppressed`, so that charts, tables and sentences can say why a figure is absent.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

AUDIENCES = ("supervision", "team", "board", "public")


def _is_small(values: pd.Series, smallest_count: int) -> pd.Series:
    return values.gt(0) & values.lt(smallest_count)


def suppress_shares(table: pd.DataFrame, smallest_count: int, *, count: str = "count", n: str = "n",
                    lines: Sequence[Sequence[str]] = (), hide: Sequence[str] = ()) -> pd.DataFrame:
    """Shares whose count, remainder or base is too small to show lose their figures.

    One row is one group with `count` of `n`. A row is suppressed where the count, or what is left of the base
    (n − count), or the base itself lies between 1 and `smallest_count` − 1: each of the three would give a small
    group away. `lines` as in `suppress_counts`, where the groups add up to a share that is shown as well. `count`,
    every column that begins with `share`, and the columns in `hide` become missing; `n` too where the base itself is
    small. Adds the boolean column `suppressed`.
    """
    out = table.copy().reset_index(drop=True)
    base_small = _is_small(out[n], smallest_count)
    flag = _is_small(out[count], smallest_count) | _is_small(out[n] - out[count], smallest_count) | base_small
    if smallest_count > 1:
        flag = _with_secondary(out, flag, count, lines)
    return _blank(out, flag, count, hide, n=n, base_small=base_small)


def suppress_counts(table: pd.DataFrame, smallest_count: int, *, count: str = "count", n: str | None = None,
                    lines: Sequence[Sequence[str]] = ((),), hide: Sequence[str] = (),
                    also: pd.Series | None = None) -> pd.DataFrame:
    """Counts between 1 and `smallest_count` − 1 lose their figures, and further ones so that none can be worked out.

    One row is one cell of a table whose totals are shown. `lines` names, for each direction in which the cells add up
    to a shown total, the columns whose equal values make one such line: [["service"], ["grade"]] for grades by service
    with both totals shown, [()] for one list with its total, () where no total is shown. Where a line has exactly one
    suppressed cell, its smallest other cell above zero is suppressed as well; where none is left a zero is taken, so that
    the missing figure is never the total less the rest. Repeats until every line has none or at least two.
    Adds the boolean column `suppressed`; `count`, columns that begin with `share`, and `hide` become missing there;
    `n` (where named) too where the base itself is small. `also` marks further cells that must not be shown.
    """
    out = table.copy().reset_index(drop=True)
    base_small = _is_small(out[n], smallest_count) if n else pd.Series(False, index=out.index)
    flag = _is_small(out[count], smallest_count) | base_small
    if also is not None:
        flag |= pd.Series(also).to_numpy(dtype=bool)
    if smallest_count > 1:
        flag = _with_secondary(out, flag, count, lines)
    return _blank(out, flag, count, hide, n=n, base_small=base_small)


def _with_secondary(table: pd.DataFrame, small: pd.Series, count: str, lines: Sequence[Sequence[str]]) -> pd.Series:
    """The flags, and as many more that no line has just one: a greedy choice of the smallest cell above zero."""
    values = table[count].to_numpy(dtype=float)
    flag = small.fillna(False).to_numpy(dtype=bool).copy()
    groups = [rows for line in lines for rows in _lines(table, list(line))]
    changed = True
    while changed:
        changed = False
        for rows in groups:
            if flag[rows].sum() != 1 or len(rows) < 2:
                continue
            rest = rows[~flag[rows]]
            above_zero = rest[values[rest] > 0]
            pick = above_zero[np.argmin(values[above_zero])] if len(above_zero) else rest[0]
            flag[pick] = changed = True
    return pd.Series(flag, index=table.index)


def _lines(table: pd.DataFrame, columns: list[str]) -> list[np.ndarray]:
    if not columns:
        return [np.arange(len(table))]
    return [np.asarray(rows) for rows in table.groupby(columns, observed=True, dropna=False).indices.values()]


def _blank(out: pd.DataFrame, flag: pd.Series, count: str, hide: Sequence[str], *, n: str | None,
           base_small: pd.Series) -> pd.DataFrame:
    flag = flag.fillna(False).astype(bool)
    columns = [count, *(c for c in out.columns if c.startswith("share")), *hide]
    for column in dict.fromkeys(c for c in columns if c in out.columns):
        out[column] = out[column].astype(float).mask(flag)
    if n and n in out.columns:
        out[n] = out[n].astype(float).mask(base_small)
    out["suppressed"] = flag
    return out


def withhold_small(table: pd.DataFrame, columns: Sequence[str], smallest_count: int) -> pd.DataFrame:
    """The table for display with [c] for each small number in these columns, whose totals are not shown."""
    return table.assign(**{c: table[c].astype(object).mask(_is_small(table[c], smallest_count), "[c]") for c in columns})


def small_total(value: float, smallest_count: int) -> bool:
    """True where a single count must not be shown to this audience."""
    return bool(0 < value < smallest_count)


def count_in_words(value: float, smallest_count: int, *, noun: str = "", plural: str | None = None) -> str:
    """A count as text for this audience: "12 audits", "no audits", or "fewer than 6 audits" where it is small."""
    plural = plural or (f"{noun}s" if noun else "")
    if pd.isna(value):
        return f"an unknown number of {plural}".strip()
    if small_total(value, smallest_count):
        return f"fewer than {smallest_count} {plural}".strip()
    if value == 0:
        return f"no {plural}".strip() if noun else "none"
    return f"{int(value):,} {noun if value == 1 else plural}".strip()


def marked(table: pd.DataFrame, symbol: str = "[c]") -> pd.DataFrame:
    """The table for display: in suppressed rows each missing figure reads [c], so that absence is explained.

    A table without the column `suppressed` comes back as it is; the column itself is dropped.
    """
    if "suppressed" not in table:
        return table
    flag = table["suppressed"].astype(bool)
    out = table.drop(columns="suppressed")
    for column in out.columns:
        hidden = flag & out[column].isna()
        if hidden.any() and pd.api.types.is_numeric_dtype(out[column]):
            out[column] = out[column].astype(object).mask(hidden, symbol)
    return out
