"""Each notebook in all four formats: its PDF passes two validators, and no format has a number that another lacks."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from executed import AUDIENCES, NOTEBOOKS
from four_formats import (
    docx_tables,
    docx_words,
    html_tables,
    html_words,
    in_pdf_and_in_word,
    numbers,
    pdf_ua_faults,
    xlsx_tables,
    xlsx_words,
)

from qa_analysis.formats import write_format

notebooks = pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda p: p.stem)
TITLE = "A title without a number"  # so that a running foot adds none


@pytest.mark.parametrize(
    ("case", "audience"), [*(("example", a) for a in AUDIENCES), ("empty", "board"), ("real", "public")]
)
@notebooks
def test_two_validators_find_the_pdf_of_every_report_to_be_pdf_ua_1(
    notebook: Path, case: str, audience: str, book_of_notebook, tmp_path: Path
) -> None:
    pdf = write_format("pdf", book_of_notebook(notebook, audience, case), "", tmp_path / "report.pdf", TITLE)
    assert pdf_ua_faults(pdf) == []


@pytest.mark.parametrize("audience", ["supervision", "board"])
@notebooks
def test_every_number_is_the_same_on_the_page_in_pdf_word_and_excel(
    notebook: Path, audience: str, book_of_notebook, page_of_notebook, tmp_path: Path
) -> None:
    html = page_of_notebook(notebook, audience)
    book = nbformat.read(book_of_notebook(notebook, audience), as_version=4)
    word, workbook = (write_format(k, book, html, tmp_path / f"r.{k}", TITLE) for k in ("docx", "xlsx"))
    tables = html_tables(html)
    assert len(tables) > 25
    assert docx_tables(word) == tables and xlsx_tables(workbook) == tables
    words = set(numbers(html_words(html)))
    assert set(numbers(docx_words(word))) == words and set(numbers(xlsx_words(workbook))) == words
    in_pdf, in_word, pages = in_pdf_and_in_word(book, tmp_path, TITLE)
    assert not in_word - in_pdf and set(in_pdf) - set(in_word) <= pages
