"""The words and numbers of a report in each of its four formats, and what two validators say of its PDF."""

from __future__ import annotations

import datetime
import re
import shutil
import subprocess
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import lxml.html
import openpyxl
import pytest

from qa_analysis.formats.content import Chart, read_content


def numbers(text: str) -> Counter[str]:
    """Each number as often as it stands there; a minus is one, however it is written."""
    return Counter(re.findall(r"-?\d+(?:,\d{3})*(?:\.\d+)?%?", text.replace("−", "-")))


def html_tables(html: str) -> dict[str, Counter[str]]:
    """The numbers below each caption; where two tables have one caption, those of both."""
    found: dict[str, Counter[str]] = {}
    for t in lxml.html.document_fromstring(html).iter("table"):
        title = " ".join(t.find("caption").text_content().split())
        cells = numbers(" ".join(c.text_content() for c in t.xpath("./tbody/tr/*")))
        found[title] = found.get(title, Counter()) + cells
    return found


def html_words(html: str) -> str:
    main = lxml.html.document_fromstring(html).xpath("//main")[0]
    for folded in main.xpath(".//summary"):  # "Show the table (45 rows)" is for the page only
        folded.drop_tree()
    for picture in main.xpath(".//img"):
        picture.tail = f" {picture.get('alt')} {picture.tail or ''}"
    return " ".join(main.itertext())


def docx_tables(path: Path) -> dict[str, Counter[str]]:
    import docx
    from docx.table import Table as WordTable

    found: dict[str, Counter[str]] = {}
    last = ""
    for part in docx.Document(str(path)).iter_inner_content():
        if isinstance(part, WordTable):
            cells = numbers(" ".join(c.text for row in part.rows[1:] for c in row.cells))
            found[last] = found.get(last, Counter()) + cells
        elif part.style.name == "Caption":
            last = part.text
    return found


def docx_words(path: Path) -> str:
    import docx
    from docx.oxml.ns import qn

    body = docx.Document(str(path)).element.body
    told = [p.get("descr") for p in body.iter(qn("wp:docPr"))]
    return " ".join(["".join(t.text or "" for t in p.iter(qn("w:t"))) for p in body.iter(qn("w:p"))] + told)


def shown(cell: Any) -> str:
    """A cell of a workbook as Excel shows it."""
    value, form = cell.value, cell.number_format
    if isinstance(value, datetime.datetime):
        return f"{value.day} {value:%B %Y}" if form.startswith("d ") else f"{value:%B %Y}"
    if isinstance(value, (int, float)):
        decimals = len(form.rstrip("%").partition(".")[2]) if form != "General" else 0
        return f"{value * 100:.{decimals}f}%" if form.endswith("%") else f"{value:,.{decimals}f}"
    return str(value or "")


def xlsx_tables(path: Path) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {}
    for sheet in openpyxl.load_workbook(path):
        if sheet.title.startswith("Table_"):
            (area,) = [t.ref for t in sheet.tables.values()]
            title = re.sub(r" *\[note \d+\]", "", sheet["A1"].value)
            cells = numbers(" ".join(shown(c) for row in list(sheet[area])[1:] for c in row))
            found[title] = found.get(title, Counter()) + cells
    return found


def xlsx_words(path: Path) -> str:
    book = openpyxl.load_workbook(path)
    sheets = [s for s in book if s.title == "Notes" or s.title == "Findings" or s.title.startswith("Table_")]
    words = []
    for sheet in sheets:
        for row in sheet.iter_rows():
            is_numbering = sheet.title == "Notes"
            words += [shown(c) for c in (row[1:] if is_numbering else row)]
    return re.sub(r"\[note \d+\]", "", " ".join(words))


def pdf_words(path: Path) -> str:
    if not shutil.which("pdftotext"):
        pytest.skip("skipped: pdftotext (poppler) is not installed")
    text = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, text=True, check=True).stdout
    return re.sub(r"Page \d+ of \d+", "", text)


def in_pdf_and_in_word(notebook: Any, folder: Path, title: str) -> tuple[Counter[str], Counter[str], set[str]]:
    """The numbers of a report in its PDF and in its Word document, pictures left out; and those of the PDF's pages.

    The numbers in pictures and in their descriptions are not text of either. The PDF has numbers of pages in its
    contents, and the caption of a table that goes on overleaf once more.
    """
    import pikepdf

    from qa_analysis.formats.pdf import write_pdf
    from qa_analysis.formats.word import write_docx

    blank = '<svg xmlns="http://www.w3.org/2000/svg" width="417pt" height="90pt" viewBox="0 0 417 90"></svg>'
    blocks = [
        replace(b, svg=blank, alt_text="A picture") if isinstance(b, Chart) else b for b in read_content(notebook)
    ]
    pdf = write_pdf(blocks, folder / "blank.pdf", title)
    with pikepdf.open(pdf) as opened:
        pages = {str(i) for i in range(1, len(opened.pages) + 1)}
    return numbers(pdf_words(pdf)), numbers(docx_words(write_docx(blocks, folder / "blank.docx", title))), pages


def pdf_ua_faults(path: Path) -> list[str]:
    """What the PDF lacks of PDF/UA-1, in the words of the two validators; none where both find it to conform."""
    page = pytest.importorskip("page", reason="skipped: page-validation is not installed")
    outloud = pytest.importorskip("outloud", reason="skipped: outloud is not installed")
    told = page.validate_pdf(str(path), profile=page.ValidationProfile.PDF_UA_1)
    heard = outloud.check(str(path))
    assert told.is_compliant == (not told.failures) and not heard.error
    return [f"page-validation: {f.message}" for f in told.failures] + [
        f"outloud: {f.rule} on page {f.page}: {f.message}" for f in heard.findings if f.severity == "error"
    ]
