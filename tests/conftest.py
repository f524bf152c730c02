"""Where tests find the real public data and expected results that are not part of the project."""

import os
from pathlib import Path

import pytest

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
def page_of_notebook(request, tmp_path_factory):
    """The page of a notebook, executed once in this process: (notebook, audience, "example", "empty" or "real")."""
    from executed import page

    store = tmp_path_factory.mktemp("store")

    def made(notebook: Path, audience: str, case: str = "example") -> str:
        shared = request.getfixturevalue("shared") if case == "real" else None
        return page(notebook, audience, case, shared, store)

    return made
