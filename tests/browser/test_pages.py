"""Pages in a real browser, offline: accessible, readable at every width, nothing cut off, nothing requested."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome") or ""
pytestmark = pytest.mark.browser


def missing() -> str:
    """Why these checks can't run here, or nothing."""
    if not shutil.which("node"):
        return "skipped: no node"
    if not CHROMIUM:
        return "skipped: no Chromium (set CHROMIUM to its program)"
    if not (HERE / "node_modules" / "axe-core").is_dir():
        return "skipped: run 'npm install' in tests/browser first"
    return ""


def findings(folder: Path, pages: dict[str, str]) -> list[str]:
    """What the browser, two accessibility engines and the HTML validator find wrong with the pages."""
    paths = []
    for name, html in pages.items():
        paths.append(folder / f"{name}.html")
        paths[-1].write_text(html, encoding="utf-8")
    result = folder / "findings.json"
    run = subprocess.run(
        ["node", "check_pages.mjs", str(result), *map(str, paths)],
        cwd=HERE,
        env={**os.environ, "CHROMIUM": CHROMIUM},
        capture_output=True,
        text=True,
        timeout=400,
    )
    assert result.is_file(), f"the browser checks did not run: {run.stderr[-2000:]}"
    return [f"{f['page']}, {f['view']}: {f['what']}: {f['detail']}" for f in json.loads(result.read_text())]


@pytest.fixture(autouse=True)
def _tools() -> None:
    if why := missing():
        pytest.skip(why)


@pytest.fixture(scope="module")
def demo() -> dict[str, str]:
    from qa_analysis.exporter import export_html

    from .demo import demo_notebook, hard_notebook

    return {"demo": export_html(demo_notebook()), "hard": export_html(hard_notebook())}


def test_pages_have_no_finding_at_any_width_in_the_dark_opened_or_in_print(demo, tmp_path):
    assert findings(tmp_path, demo) == []


def test_the_checks_find_what_is_wrong(tmp_path):
    bad = """<!DOCTYPE html><html lang="en"><head><title>x</title></head><body><h1>A</h1><h1>B</h1>
    <img src="https://example.invalid/a.png"><table><tr><th></th><td>1</td></tr></table>
    <p style="color:#999;width:3000px">pale and wide</p><script>1</script><a href="#nowhere">go</a></body></html>"""
    text = "\n".join(findings(tmp_path, {"bad": bad}))
    for word in (
        "axe image-alt",
        "axe color-contrast",
        "request",
        "scrolls sideways",
        "without caption",
        "without scope",
        "blank cell",
        "script",
        "link to nowhere",
        "language",
        "titles",
        "HTML_CodeSniffer",
        "html-validate",
        "skip link",
    ):
        assert word in text, word
