"""Every notebook in a real browser: on the example, on a period without records and on real inspections, for everyone.

What is withheld is the same for team, board and public, whose editions differ in the sentence that says so: they are
handed over together, so that the second and third are known to be the first in other words.
"""

from __future__ import annotations

import pytest
from executed import AUDIENCES, CASES, NOTEBOOKS

from .checker import findings, missing

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("audiences", [AUDIENCES[:1], AUDIENCES[1:]], ids="-".join)
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda p: p.stem)
@pytest.mark.parametrize("case", CASES)
def test_no_page_of_any_report_has_a_finding(notebook, case, audiences, page_of_notebook, tmp_path):
    if why := missing():
        pytest.skip(why)
    pages = {f"{notebook.stem}-{case}-{audience}": page_of_notebook(notebook, audience, case) for audience in audiences}
    assert findings(tmp_path, pages) == []
