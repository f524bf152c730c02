"""Where tests find the real public data and expected results that are not part of the project."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import nbformat
import pytest
from hypothesis import settings

settings.register_profile("busy machine", deadline=None)  # a test is never timed: another process may have the core
settings.load_profile("busy machine")

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("QA_SHARED", ROOT.parent / "shared"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared data, oracles and checks; tests that need it are skipped without it."""
    if not (SHARED / "data").is_dir():
        pytest.skip("skipped: no shared folder beside the project (set QA_SHARED to where it lies)")
    return SHARED


@pytest.fixture(scope="session")
def example() -> Path:
    """The invented authority that ships with the project."""
    return ROOT / "data" / "example"


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory) -> Path:
    """One folder for the whole run of the tests, shared by its processes."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


@pytest.fixture(scope="session")
def book_of_notebook(request, run_folder):
    """A file of the executed notebook, made once in this run: (notebook, audience, "example", "empty" or "real")."""
    from executed import report

    def made(notebook: Path, audience: str, case: str = "example") -> Path:
        shared = request.getfixturevalue("shared") if case == "real" else None
        kept = run_folder / f"{notebook.stem}-{case}-{audience}.ipynb"
        return _once(kept, lambda: nbformat.writes(report(notebook, audience, case, shared, run_folder / "store")))

    return made


@pytest.fixture(scope="session")
def page_of_notebook(book_of_notebook):
    """The page of a notebook, made once in this run, from the same three."""
    from qa_analysis.exporter import export_html

    def made(notebook: Path, audience: str, case: str = "example") -> str:
        book = book_of_notebook(notebook, audience, case)
        return _once(book.with_suffix(".html"), lambda: export_html(book)).read_text(encoding="utf-8")

    return made


def _once(kept: Path, make: Callable[[], str]) -> Path:
    """The file, made by the first process that asks for it; another waits, but not for ever, and makes none by halves."""
    making = kept.with_suffix(f"{kept.suffix}.making")
    for _ in range(1500):
        if kept.is_file():
            return kept
        try:
            making.mkdir()
            break
        except FileExistsError:
            time.sleep(0.2)
    try:
        part = kept.with_suffix(f".{os.getpid()}")
        part.write_text(make(), encoding="utf-8")
        part.replace(kept)
    finally:
        with suppress(FileNotFoundError):
            making.rmdir()
    return kept
