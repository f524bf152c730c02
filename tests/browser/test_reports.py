"""Every notebook in a real browser: each audience of the example, a period without records, and real inspections.

With QA_ALL_PAGES=1 every audience of the empty period and of the real data is opened as well, which takes twice as
long and finds nothing else: those editions differ in what is withheld, and little is.
"""

from __future__ import annotations

import os

import pytest
from executed import AUDIENCES, NOTEBOOKS

from .checker import findings, missing

pytestmark = pytest.mark.browser
CASES = [("example", audience) for audience in AUDIENCES]
CASES += (
    [(case, audience) for case in ("empty", "real") for audience in AUDIENCES]
    if os.environ.get("QA_ALL_PAGES")
    else [("empty", "board"), ("real", "public")]
)


@pytest.mark.parametrize(("case", "audience"), CASES)
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda p: p.stem)
def test_no_page_of_any_report_has_a_finding(notebook, case, audience, page_of_notebook, tmp_path):
    if why := missing():
        pytest.skip(why)
    html = page_of_notebook(notebook, audience, case)
    assert findings(tmp_path, {f"{notebook.stem}-{case}-{audience}": html}) == []


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda p: p.stem)
def test_the_page_for_a_board_is_small_enough_to_send(notebook, page_of_notebook):
    assert len(page_of_notebook(notebook, "board", "example").encode()) < 300_000
