"""Rows that are alike in every cell are found, also where nearly every cell of a column is different."""

import numpy as np
import pyarrow as pa

from qa_analysis.coded import encode, repeated_rows


def columns(*lists):
    return [encode(pa.array(values), may_repeat=may_repeat) for values, may_repeat in lists]


def test_a_row_pasted_twice_is_found_among_columns_of_few_and_of_many_words():
    n = 500
    ids = [f"case {i}" for i in range(n)]
    ids[400] = ids[7]
    places = ["North" if i % 2 else "South" for i in range(n)]
    places[400] = places[7]
    own = repeated_rows(columns((places, True), (ids, False)), n)
    assert own[400] == 7
    assert np.flatnonzero(own != np.arange(n)).tolist() == [400]


def test_rows_alike_in_part_are_no_repeats():
    own = repeated_rows(columns((["a", "a", "b", "a"], True), (["1", "2", "1", "1"], False)), 4)
    assert own.tolist() == [0, 1, 2, 0]
