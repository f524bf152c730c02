"""The reports of data as bad as they come (`tests/bad_input.py`) in a real browser: nothing overlaps or is cut off."""

from __future__ import annotations

import os
from unittest.mock import patch

import pytest
from bad_input import CASES, bad_folder
from executed import NOTEBOOKS, execute

from qa_analysis.exporter import export_html

from .checker import findings, missing

pytestmark = pytest.mark.browser
# what there is hardly anything of must stop no report; what there is too much of is longest in the monthly one
ALL_REPORTS = {"one audit", "no audits", "no grades"}
RUNS = [(case, n) for case in CASES for n in NOTEBOOKS if case in ALL_REPORTS or n.stem.startswith("monthly")]


@pytest.mark.parametrize(("case", "notebook"), RUNS, ids=[f"{c}-{n.stem}" for c, n in RUNS])
def test_a_report_of_bad_input_is_made_and_has_no_finding(case, notebook, tmp_path, run_folder):
    given = {"audience": "supervision", **bad_folder(case, tmp_path / "exports")}
    with patch.dict(os.environ, {"QA_STORE": str(run_folder / "store"), "QA_KEY": "a key for tests"}):
        html = export_html(execute(notebook, given))
    if why := missing():
        pytest.skip(why)
    assert findings(tmp_path, {f"{notebook.stem}-{case.replace(' ', '-')}": html}, quick=True) == []
