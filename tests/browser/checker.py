"""Pages handed to one Chromium, which stays open for all tests of a process; what it finds comes back as sentences."""

from __future__ import annotations

import atexit
import json
import os
import select
import shutil
import subprocess
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome") or ""
PACKAGES = ("axe-core", "accessibility-checker-engine", "html_codesniffer", "html-validate", "playwright-core")
LONGEST_SECONDS = 400


def missing() -> str:
    """Why these checks can't run here, or nothing."""
    if not shutil.which("node"):
        return "skipped: no node"
    if not CHROMIUM:
        return "skipped: no Chromium (set CHROMIUM to its program)"
    if absent := [p for p in PACKAGES if not (HERE / "node_modules" / p).is_dir()]:
        return f"skipped: run 'npm ci' in tests/browser first; not there: {', '.join(absent)}"
    return ""


def findings(folder: Path, pages: dict[str, str], *, quick: bool = False) -> list[str]:
    """What the browser, three accessibility engines and the HTML validator find wrong with the pages, in every view.

    A page that is another one, faultless and asked about before in this process, but for the words of a paragraph is
    seen in every view too; axe is asked about that paragraph, the other engines not again. `quick`: at 390 pixels and
    in print only, for a page of invented data that is larger than any report.
    """
    found = []
    for name, html in pages.items():
        path = folder / f"{name}.html"
        path.write_text(html, encoding="utf-8")
        found += [f"{name}, {f['view']}: {f['what']}: {f['detail']}" for f in _ask(path, quick)]
        found += [f"{name}, paper: {what}" for what in _blank_sheets(path.with_suffix(".pdf"))]
    return found


@cache
def _browser() -> subprocess.Popen[bytes]:
    browser = subprocess.Popen(
        ["node", "check_pages.mjs"],
        cwd=HERE,
        env={**os.environ, "CHROMIUM": CHROMIUM},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    atexit.register(_close, browser)
    return browser


def _close(browser: subprocess.Popen[bytes]) -> None:
    browser.stdin.close()
    try:
        browser.wait(20)
    except subprocess.TimeoutExpired:
        browser.kill()


def _ask(path: Path, quick: bool) -> list[dict[str, str]]:
    browser = _browser()
    browser.stdin.write(f"{'quick ' if quick else ''}{path}\n".encode())
    browser.stdin.flush()
    answer, _, _ = select.select([browser.stdout], [], [], LONGEST_SECONDS)
    line = browser.stdout.readline() if answer else b""
    assert line, f"the browser checks gave no answer for {path.name} within {LONGEST_SECONDS} seconds or ended"
    return json.loads(line)


def _blank_sheets(pdf: Path) -> list[str]:
    """Sheets of the printed page with nothing on them; without pdftotext they are not looked for."""
    if not pdf.is_file() or not shutil.which("pdftotext"):
        return []
    text = subprocess.run(["pdftotext", pdf, "-"], capture_output=True, text=True, check=True).stdout
    return [f"sheet {i} is blank" for i, sheet in enumerate(text.split("\f")[:-1], start=1) if len(sheet.split()) < 12]
