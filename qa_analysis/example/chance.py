"""Draws that depend on a seed and a name only, so that one table's draws never move another's."""

from __future__ import annotations

import zlib

import numpy as np


def rng_for(seed: int, name: str) -> np.random.Generator:
    """A generator of its own for each table (or kind of mess) of one seed."""
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


def choose(rng: np.random.Generator, values: list | tuple, size: int, p: list | tuple | None = None) -> np.ndarray:
    """`size` values drawn with the chances `p` (equal without), as an object array."""
    pool = np.empty(len(values), dtype=object)
    pool[:] = list(values)
    if p is None:
        return pool[rng.integers(0, len(pool), size)]
    edges = np.cumsum(np.asarray(p, dtype=float))
    return pool[np.minimum(np.searchsorted(edges / edges[-1], rng.random(size), side="right"), len(pool) - 1)]


def blank(values: np.ndarray, where: np.ndarray) -> np.ndarray:
    """The values with None where `where` holds."""
    out = np.array(values, dtype=object)
    out[where] = None
    return out
