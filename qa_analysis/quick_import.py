"""Imports of the notebook tools without the part that costs most of their time and that reports never use."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

_GRAMMARS = "rfc3987_syntax"  # 35 grammars for checking international web addresses, built at import: 2 to 4 seconds


@contextmanager
def without_slow_grammars() -> Iterator[None]:
    """Import nbformat, nbconvert or papermill inside this block; jsonschema then skips one check of addresses.

    jsonschema treats the package as optional, so nothing else changes; what was loaded before is left as it is.
    """
    if _GRAMMARS in sys.modules:
        yield
        return
    sys.modules[_GRAMMARS] = None  # type: ignore[assignment]  # an import of it now raises ImportError
    try:
        yield
    finally:
        sys.modules.pop(_GRAMMARS, None)
