"""A column as its distinct texts and a code per row, so that each distinct text is read only once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

INVISIBLE = "\u200b\ufeff"
SAMPLE_ROWS, MOSTLY_DISTINCT = 20_000, 0.4


@dataclass(frozen=True)
class Coded:
    """`values` are the texts, `codes` point into them for each row; -1 is blank.

    Where nearly every cell is different (`one_each`: ids, free text) row and text have the same position, and a text
    may stand in `values` more than once: finding the distinct ones would cost more than it saves.
    """

    codes: np.ndarray
    values: pa.Array
    one_each: bool = False

    def __len__(self) -> int:
        return len(self.codes)

    def texts(self) -> list[str]:
        """The texts as Python strings."""
        return self.values.to_pylist()

    def at(self, rows: np.ndarray) -> Coded:
        """The same column for some rows (a mask or positions)."""
        if not self.one_each:
            return Coded(self.codes[rows], self.values)
        positions = np.flatnonzero(rows) if rows.dtype == bool else rows
        codes = np.where(self.codes[positions] < 0, -1, np.arange(len(positions))).astype(np.int32)
        return Coded(codes, self.values.take(pa.array(positions)), True)

    def cells(self, rows: np.ndarray | None = None) -> pa.Array:
        """The text of each row; null where blank."""
        if rows is None and self.one_each:
            blank = self.blank
            return pc.if_else(pa.array(~blank), self.values, None) if blank.any() else self.values
        codes = self.codes if rows is None else self.codes[rows]
        return self.values.take(pa.array(codes, mask=codes < 0))

    def marked(self, rows: np.ndarray | None = None) -> pa.DictionaryArray:
        """The cells of some rows as an Arrow dictionary, without copying their texts."""
        codes = self.codes if rows is None else self.codes[rows]
        if self.one_each:
            return self.values.take(pa.array(codes, mask=codes < 0)).dictionary_encode()
        return pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes < 0), self.values)

    @property
    def blank(self) -> np.ndarray:
        return self.codes < 0


def blank_column(n_rows: int) -> Coded:
    """A column of nothing but blanks."""
    return Coded(np.full(n_rows, -1, np.int32), pa.array([], pa.large_string()))


def encode(cells: Iterable[str | None] | pa.Array | pa.ChunkedArray, may_repeat: bool = True) -> Coded:
    """The column of these cells, trimmed; a cell of nothing but white space is blank.

    With `may_repeat` a column whose first rows are mostly different is kept as it is (`one_each`).
    """
    if not isinstance(cells, (pa.Array, pa.ChunkedArray)):
        cells = pa.array(list(cells), pa.large_string())
    if may_repeat and not pa.types.is_dictionary(cells.type) and len(cells) >= SAMPLE_ROWS:
        if mostly_distinct(cells):
            values = pc.fill_null(_trimmed(_one(cells.cast(pa.large_string()))), "")
            empty = pc.equal(pc.binary_length(values), 0).to_numpy(zero_copy_only=False)
            codes = np.arange(len(values), dtype=np.int32)
            codes[empty] = -1
            return Coded(codes, values, True)
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
    values = _trimmed(values.cast(pa.large_string()))
    empty = pc.equal(pc.binary_length(values), 0).to_numpy(zero_copy_only=False)
    if empty.any():
        codes = np.append(np.where(empty, -1, np.arange(len(values))), -1).astype(np.int32)[codes]
    return Coded(codes, values)


def mostly_distinct(cells: pa.Array | pa.ChunkedArray) -> bool:
    """True where most of the first cells are different, as ids and free text are."""
    sample = cells.slice(0, SAMPLE_ROWS)
    return len(sample) > 1_000 and pc.count_distinct(sample).as_py() > MOSTLY_DISTINCT * len(sample)


def _one(cells: pa.Array | pa.ChunkedArray) -> pa.Array:
    return cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells


def _trimmed(values: pa.Array) -> pa.Array:
    """The texts without white space around them (no-break spaces too)."""
    offsets, cells = text_bytes(values)
    filled = np.flatnonzero(offsets[1:] > offsets[:-1])
    ends = (cells[offsets[filled]], cells[offsets[filled + 1] - 1])
    if all(((e > 32) & (e < 128)).all() for e in ends):  # nothing to trim: a copy of long texts takes its time
        return values
    if pc.all(pc.string_is_ascii(values)).as_py():
        return pc.ascii_trim_whitespace(values)
    values = pc.utf8_trim_whitespace(values)
    for mark in INVISIBLE:  # rare: a second pass only where one is found
        if pc.any(pc.or_(pc.starts_with(values, mark), pc.ends_with(values, mark))).as_py():
            return pc.utf8_trim_whitespace(pc.utf8_trim(values, INVISIBLE))
    return values


def text_bytes(texts: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Where each text (a large_string without nulls) begins and the last one ends, and the bytes of all."""
    _, offsets, cells = texts.buffers()
    if offsets is None or cells is None:
        return np.zeros(len(texts) + 1, np.int64), np.zeros(1, np.uint8)
    at = np.frombuffer(offsets, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    return at, np.frombuffer(cells, np.uint8)


def _codes(indices: pa.Array) -> np.ndarray:
    if indices.null_count:
        indices = pc.fill_null(indices, -1)
    return indices.to_numpy(zero_copy_only=False).astype(np.int32, copy=False)


def blanked(column: Coded, is_blank: np.ndarray) -> Coded:
    """The column with some of its texts taken as blank."""
    if not is_blank.any():
        return column
    codes = np.where(np.append(is_blank, True)[column.codes], np.int32(-1), column.codes)
    return Coded(codes, column.values, column.one_each)


def recoded(column: Coded, texts: Coded) -> Coded:
    """The column with each of its texts read as `texts` says (one entry for each of the column's texts)."""
    if column.one_each and texts.one_each:
        return blanked(texts, column.blank)
    return Coded(np.append(texts.codes, np.int32(-1))[column.codes], texts.values)


def first_filled(columns: list[Coded]) -> Coded:
    """For each row the first of several columns that is not blank."""
    if len(columns) == 1:
        return columns[0]
    return encode(pc.coalesce(*[c.cells() for c in columns]))


def as_text(column: Coded, rows: np.ndarray | None = None) -> pd.Series:
    """The column as a text series; missing where blank."""
    return text_series(column.cells(rows))


def text_series(cells: pa.Array) -> pd.Series:
    """Arrow text as pandas text."""
    return pd.Series(cells.cast(pa.large_string()).to_pandas(), dtype="str")


_MIX = np.uint64(0x9E3779B97F4A7C15)


def repeated_rows(columns: list[Coded], n_rows: int) -> np.ndarray:
    """For each row the first row with the same cells in every column; its own position where it is the first."""
    own = np.arange(n_rows)
    total = np.zeros(n_rows, np.uint64)
    for column in columns:
        if not column.one_each:
            _mix(total, column.codes)
    maybe = repeated(total).copy()  # what pandas gives may be read only
    for column in columns:  # only rows alike so far are worth a look at columns where nearly every cell is different
        if column.one_each and maybe.any():
            at = np.flatnonzero(maybe)
            part = total[at]
            _mix(part, encode(column.cells(at), may_repeat=False).codes)
            total[at] = part
            maybe[at] = repeated(part)
    at = np.flatnonzero(maybe)
    own[at] = pd.Series(at).groupby(total[at]).transform("first").to_numpy()
    return own


def _mix(total: np.ndarray, codes: np.ndarray) -> None:
    with np.errstate(over="ignore"):
        total += codes.astype(np.uint64) + np.uint64(1)
        total *= _MIX
        total ^= total >> np.uint64(31)


def repeated(numbers: np.ndarray) -> np.ndarray:
    """Which of these numbers stand more than once. Nearly always none does, which a sort tells soonest."""
    ordered = np.sort(numbers)
    if not (ordered[1:] == ordered[:-1]).any():
        return np.zeros(len(numbers), bool)
    return pd.Series(numbers).duplicated(keep=False).to_numpy()


_SHORT = 32  # bytes of a text that is told by its words of eight bytes
_KEPT_BYTES = np.array([(1 << (8 * n)) - 1 for n in range(9)], np.uint64)


def _text_numbers(texts: pa.Array) -> np.ndarray:
    """A number for each text that is the same for the same text: short texts, as ids are, by their bytes, which takes
    a tenth of the time of finding the distinct ones."""
    if texts.null_count or len(texts) < SAMPLE_ROWS:
        return _codes(texts.dictionary_encode().indices)
    offsets, data = text_bytes(texts.cast(pa.large_string()))
    n_bytes = np.diff(offsets)
    longest = int(n_bytes.max())
    if not 0 < longest <= _SHORT:
        return _codes(texts.dictionary_encode().indices)
    cells = np.zeros(int(offsets[-1] - offsets[0]) + 8, np.uint8)
    cells[:-8] = data[offsets[0] : offsets[-1]]
    words = np.ndarray(len(cells) - 7, "<u8", cells, strides=(1,))  # one that begins at each byte
    total = n_bytes.astype(np.uint64)
    for done in range(0, longest, 8):
        left = np.clip(n_bytes - done, 0, 8)
        at = np.where(left > 0, offsets[:-1] - offsets[0] + done, 0)
        _mix(total, words[at] & _KEPT_BYTES[left])
        _mix(total, total >> np.uint64(29))
    return total


def key_numbers(frame: pd.DataFrame, key: list[str]) -> np.ndarray:
    """A number for each row that is the same for rows of the same key; a missing part is a value like any other."""
    total = np.zeros(len(frame), np.uint64)
    for name in key:
        column = frame[name]
        if isinstance(column.dtype, pd.CategoricalDtype):
            codes = column.cat.codes.to_numpy()
        elif isinstance(column.dtype, pd.StringDtype):
            codes = _text_numbers(_one(pa.chunked_array(pa.array(column, from_pandas=True))))
        else:
            codes = pd.factorize(column)[0]
        _mix(total, codes)
    return total
