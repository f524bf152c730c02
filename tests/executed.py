"""Notebooks executed in this process, which shares its imports and its data: the fastest way to have many pages."""

from __future__ import annotations

import os
import re
import warnings
from pathlib import Path
from typing import Any
from unittest.mock import patch

import nbformat

from qa_analysis.report import declared_parameters

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
AUDIENCES = ("supervision", "team", "board", "public")
CASES = ("example", "empty", "real")
_QUIET = (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning)  # as in a kernel


def report(notebook: Path, audience: str, case: str, shared: Path | None, store: Path) -> Any:
    """The notebook executed on the example, on a period without records, or on real inspections."""
    given: dict[str, Any] = {"audience": audience}
    if case == "empty":
        given["period"] = long_ago(str(declared_parameters(notebook)["period"]["default"]))
    if case == "real":
        given |= {"data": str(shared / "data"), "profile": "ofsted_ilacs", "period": "2023-24"}
    with patch.dict(os.environ, {"QA_STORE": str(store), "QA_KEY": "a key for tests"}):
        return execute(notebook, given)


def long_ago(period: str) -> str:
    """A period of the same kind in 2001, before anything was recorded: 2019-09 is 2001-09, 2019-20 is 2001-02."""
    year, rest = re.fullmatch(r"\W*(\d{4})(.*?)\W*", period).groups()
    return f"2001-{'02' if rest == f'-{(int(year) + 1) % 100:02}' else rest[1:]}" if rest else "2001"


def execute(notebook: Path, given: dict[str, Any]) -> Any:
    """The notebook with its outputs; parameters are set below the cell that declares them, as papermill does."""
    return with_names(notebook, given)[0]


def with_names(notebook: Path, given: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The notebook with its outputs, and the names that its cells left."""
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    shell.reset(new_session=False)
    book = nbformat.read(notebook, as_version=4)
    unknown = given.keys() - declared_parameters(notebook).keys()
    assert not unknown, f"{notebook.name} has no parameter {', '.join(unknown)}"
    for cell in [c for c in book.cells if c.cell_type == "code"]:
        cell.outputs = _run(shell, cell.source)
        if "parameters" in cell.metadata.get("tags", []):
            shell.user_ns.update(given)
    return book, dict(shell.user_ns)


def _run(shell: Any, source: str) -> list[Any]:
    from IPython.utils.capture import capture_output

    new = nbformat.v4.new_output
    with warnings.catch_warnings(record=True) as said, capture_output() as shown:
        warnings.simplefilter("default")
        for kind in _QUIET:
            warnings.simplefilter("ignore", kind)
        result = shell.run_cell(source, store_history=False)
    result.raise_error()
    outputs = [new("display_data", data=dict(o.data), metadata=dict(o.metadata or {})) for o in shown.outputs]
    stderr = shown.stderr + "".join(f"{w.category.__name__}: {w.message}\n" for w in said)
    streams = [new("stream", name=n, text=t) for n, t in (("stdout", shown.stdout), ("stderr", stderr)) if t]
    return streams + outputs
