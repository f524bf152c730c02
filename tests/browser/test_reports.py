"""Every notebook in a real browser: each audience of the example, a period without records, and real inspections.

Editions differ only in what is withheld and in the lists of cases, so the board's of the example is opened in every view, the
others, the empty period and the real data in two (390 pixels and print). With QA_ALL_PAGES=1 every edition is opened in
every view, which takes about three times as long.
"""

from __future__ import annotations

import os

import pytest
from executed import AUDIENCES, NOTEBOOKS

from .checker import findings, missing

pytestmark = pytest.mark.browser
CASES = [("example", audience) for audience in AUDIENCES]
ALL = bool(os.environ.get("QA_ALL_PAGES"))
CASES += (
    [(case, audience) for case in ("empty", "real") for audience in AUDIENCES]
    if ALL
    else [("empty", "board"), ("real", "public")]
)


@pytest.mark.parametrize(("case", "audience"), CASES)
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda p: p.stem)
def test_no_page_of_any_report_has_a_finding(notebook, case, audience, page_of_notebook, tmp_path):
    if why := missing():
        pytest.skip(why)
    html = page_of_notebook(notebook, audience, case)
    quick = (case, audience) != ("example", "board") and not ALL
    assert findings(tmp_path, {f"{notebook.stem}-{case}-{audience}": html}, quick=quick) == []

