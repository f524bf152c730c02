"""A column as its distinct texts and a code per row, so that each distinct text is read only once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc


@dataclass(frozen=True)
class Coded:
    """`values` are the distinct texts, `codes` point into them for each row; -1 is blank."""

    codes: np.ndarray
    values: pa.Array

    def __len__(self) -> int:
        return len(self.codes)

    def texts(self) -> list[str]:
        """The distinct texts as Python strings."""
        return self.values.to_pylist()

    def at(self, rows: np.ndarray) -> Coded:
        """The same column for some rows (a mask or positions)."""
        return Coded(self.codes[rows], self.values)

    def cells(self, rows: np.ndarray | None = None) -> pa.Array:
        """The text of each row; null where blank."""
        codes = self.codes if rows is None else self.codes[rows]
        return self.values.take(pa.array(codes, mask=codes < 0))

    @property
    def blank(self) -> np.ndarray:
        return self.codes < 0


def encode(cells: Iterable[str | None] | pa.Array | pa.ChunkedArray) -> Coded:
    """The column of these cells, trimmed; a cell of nothing but white space is blank."""
    if not isinstance(cells, (pa.Array, pa.ChunkedArray)):
        cells = pa.array(list(cells), pa.string())
    if not pa.types.is_dictionary(cells.type):
        cells = cells.dictionary_encode()
    if isinstance(cells, pa.ChunkedArray):
        cells = cells.unify_dictionaries()
        chunks = cells.chunks
        values = chunks[0].dictionary if chunks else pa.array([], pa.string())
        codes = [_codes(chunk.indices) for chunk in chunks]
        codes = np.concatenate(codes) if codes else np.empty(0, np.int32)
    else:
        values, codes = cells.dictionary, _codes(cells.indices)
    return _trim(codes, values.cast(pa.large_string()))


def _codes(indices: pa.Array) -> np.ndarray:
    return pc.fill_null(indices, -1).to_numpy(zero_copy_only=False).astype(np.int32, copy=False)


def _trim(codes: np.ndarray, values: pa.Array) -> Coded:
    """The same column without white space around its texts (no-break spaces too)."""
    trimmed = pc.utf8_trim(pc.utf8_trim_whitespace(values), "\ufeff\u200b\u00a0 ")
    empty = pc.equal(pc.binary_length(trimmed), 0).to_numpy(zero_copy_only=False).astype(bool)
    if empty.any():
        codes = np.where(np.append(empty, True)[codes], np.int32(-1), codes)
    return Coded(codes, trimmed)


def blanked(column: Coded, is_blank: np.ndarray) -> Coded:
    """The column with some of its distinct texts taken as blank."""
    if not is_blank.any():
        return column
    return Coded(np.where(np.append(is_blank, True)[column.codes], np.int32(-1), column.codes), column.values)


def first_filled(columns: list[Coded]) -> Coded:
    """For each row the first of several columns that is not blank."""
    if len(columns) == 1:
        return columns[0]
    cells = pc.coalesce(*[c.cells() for c in columns])
    return encode(cells)


def as_text(column: Coded, rows: np.ndarray | None = None) -> pd.Series:
    """The column as a text series; missing where blank."""
    return text_series(column.cells(rows))


def text_series(cells: pa.Array) -> pd.Series:
    """Arrow text as pandas text."""
    return pd.Series(cells.cast(pa.large_string()).to_pandas(), dtype="str")


def same_rows(columns: list[Coded], n_rows: int) -> np.ndarray:
    """A number per row that is the same for rows with the same cells in every column."""
    total = np.zeros(n_rows, np.uint64)
    for column in columns:
        with np.errstate(over="ignore"):
            total = total * np.uint64(1_000_003) + pd.util.hash_array(column.codes.astype(np.int64))
            total ^= total >> np.uint64(29)
    return total
