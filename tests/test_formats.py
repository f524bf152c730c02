"""Every format says what the page says: the same numbers, headings, descriptions and symbols, and nothing more."""

from __future__ import annotations

import datetime
import io
import re
import sys
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import nbformat
import openpyxl
import pandas as pd
import pytest
from browser.demo import GRADES, grade_table, month_table, run_cells
from four_formats import (
    docx_tables,
    docx_words,
    html_tables,
    html_words,
    in_pdf_and_in_word,
    numbers,
    pdf_ua_faults,
    pdf_words,
    xlsx_tables,
    xlsx_words,
)

from qa_analysis import charts, show
from qa_analysis.errors import UserError
from qa_analysis.exporter import export_html
from qa_analysis.formats import FORMATS, check_formats, write_format
from qa_analysis.formats.content import (
    DATA_TYPE,
    MOST_ROWS_OPEN,
    Bullets,
    Chart,
    Heading,
    Headline,
    Paragraph,
    Table,
    column_widths,
    in_print_order,
    read_content,
)

TITLE = "Themes and findings"  # without a number, so that a running foot adds none
BLANK = '<svg xmlns="http://www.w3.org/2000/svg" width="417pt" height="90pt" viewBox="0 0 417 90"></svg>'


def names() -> dict[str, Any]:
    shares = pd.DataFrame(
        {
            "service": ["Permanence", "Fostering", "Early help", "=1+1 (a team's joke)"],
            "count": [5, 28, 3, 1234],
            "n": [7, 40, 4, 2000],
            "share": [5 / 7, 0.7, None, 0.617],
            "share_lower": [0.359, 0.546, None, 0.5955],
            "share_upper": [0.918, 0.819, None, 0.638],
            "days": [3.5, 12.0, 140.25, 0.0],
            "last": pd.to_datetime(["2024-06-03", "2024-06-28", None, "2024-05-30"]),
        }
    )
    withheld = pd.DataFrame(
        {"team": ["North", "فريق الدعم", "South 👩‍👧"], "count": ["[c]", 41, 17], "case": ["NOT SHOWN 9876"] * 3}
    )
    return {
        "show": show,
        "charts": charts,
        "shares": shares,
        "withheld": withheld,
        "grades": grade_table(["Permanence", "Fostering"]),
        "months": month_table(13),
        "many": pd.DataFrame({"case": [f"C{i}" for i in range(45)], "open_days": range(100, 145)}),
        "source": "Source: audit returns, 154 graded audits.",
    }


CELLS = [
    ("markdown", "# Themes and findings\n\nFor boards, see [the guide](https://example.org/guide)."),
    ("code", "show.show_headline(['62% of 154 audits were good or better.', 'Twelve actions are overdue.'])"),
    ("code", "show.show_chart(charts.grade_bars(grades, 'service', title='No clear change', source=source))"),
    ("markdown", "## Grades\n\n- one of 3\n- two of 3"),
    (
        "code",
        "show.show_table(shares, 'Good or better by service', {'service': 'Service', "
        "'share': ('Good or better', 'share_of'), 'share:interval': ('95% interval', 'interval'), "
        "'days': ('Time to moderation', 'number', 'days'), 'last': ('Last audit', 'date')}, notes=['Of 2,051 cases.'])",
    ),
    ("code", "show.show_table(withheld, 'Audits by team', {'team': 'Team', 'count': ('Audits', 'count')})"),
    (
        "code",
        "show.show_heading('Change', 3)\nshow.show_chart(charts.share_trend(months, title='Rising', source=source))",
    ),
    ("code", "show.show_columns(['Plans are reviewed in 6 weeks.'], [])"),
    ("markdown", "## Actions"),
    ("code", "show.show_table(many, 'Open actions', {'case': 'Case', 'open_days': ('Open', 'count', 'days')})"),
]


@pytest.fixture(scope="module")
def notebook() -> Any:
    return run_cells(CELLS, names())


@pytest.fixture(scope="module")
def html(notebook: Any) -> str:
    return export_html(notebook)


@pytest.fixture(scope="module")
def made(notebook: Any, html: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("formats")
    for package in ("typst", "pikepdf", "docx", "gptables"):
        pytest.importorskip(package, reason=f"skipped: {package} is not installed")
    return {kind: write_format(kind, notebook, html, folder / f"report.{kind}", TITLE) for kind in FORMATS}


# --- numbers -----------------------------------------------------------------------------------------------------


def test_every_table_has_the_same_numbers_on_the_page_in_word_and_in_excel(made: dict[str, Path]) -> None:
    expected = html_tables(made["html"].read_text())
    assert len(expected) == 5 and all(expected.values())
    assert docx_tables(made["docx"]) == expected
    assert xlsx_tables(made["xlsx"]) == expected


def test_every_number_of_the_page_is_in_every_format_and_no_other(made: dict[str, Path]) -> None:
    expected = set(numbers(html_words(made["html"].read_text())))
    assert {"62%", "154", "1,234", "2,000", "140.3", "144"} <= expected
    assert set(numbers(docx_words(made["docx"]))) == expected
    assert set(numbers(xlsx_words(made["xlsx"]))) == expected


def test_the_pdf_has_every_number_as_often_as_the_word_document(notebook: Any, tmp_path: Path) -> None:
    pdf, word, pages = in_pdf_and_in_word(notebook, tmp_path, TITLE)
    assert word["1,234"] == 1 and not word - pdf
    of_contents = pdf - word
    assert of_contents.total() == 4 and set(of_contents) <= pages  # four headings of the second level


def test_what_the_page_does_not_show_is_in_no_format(made: dict[str, Path]) -> None:
    assert "NOT SHOWN" not in pdf_words(made["pdf"])
    for kind in ("docx", "xlsx"):
        with zipfile.ZipFile(made[kind]) as archive:
            assert not any(b"NOT SHOWN" in archive.read(n) or b"9876" in archive.read(n) for n in archive.namelist())


# --- PDF ---------------------------------------------------------------------------------------------------------


def structure(path: Path) -> Counter[str]:
    import pikepdf

    from qa_analysis.formats.pdf import _elements

    with pikepdf.open(path) as pdf:
        found: Counter[str] = Counter()
        for node in _elements(pdf.Root.StructTreeRoot):
            kind = str(node.S)
            found[kind] += 1
            attributes = node.get("/A", [])
            for a in attributes if isinstance(attributes, pikepdf.Array) else [attributes]:
                if "/Scope" in a:
                    found[f"{kind}{a.Scope}"] += 1
            found["described"] += kind == "/Figure" and bool(str(node.get("/Alt", "")))
    return found


def test_pdf_is_tagged_with_headings_tables_headers_of_rows_and_described_pictures(
    notebook: Any, made: dict[str, Path]
) -> None:
    import pikepdf

    found = structure(made["pdf"])
    assert (found["/H1"], found["/H2"], found["/Table"], found["/Figure"]) == (1, 4, 6, 2)  # 45 rows in two parts
    assert found["described"] == 2
    # 4 services, 8 rows of grades and 13 months; two-column tables would have more headers than data
    assert found["/TH/Row"] == 4 + len(GRADES) * 2 + 13
    assert found["/TH/Column"] == 5 + 2 + 2 * 2 + sum(
        len(b.table.headers) for b in read_content(notebook) if isinstance(b, Chart)
    )
    with pikepdf.open(made["pdf"]) as pdf:
        assert str(pdf.Root.Lang) == "en-GB" and str(pdf.docinfo["/Title"]) == TITLE
        assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle)


def test_two_validators_find_the_pdf_to_be_pdf_ua_1(made: dict[str, Path]) -> None:
    assert pdf_ua_faults(made["pdf"]) == []


def test_both_validators_find_what_is_wrong_with_a_pdf(made: dict[str, Path], tmp_path: Path) -> None:
    import pikepdf

    with pikepdf.open(made["pdf"]) as pdf:
        del pdf.Root.StructTreeRoot
        pdf.save(tmp_path / "untagged.pdf")
    told = pdf_ua_faults(tmp_path / "untagged.pdf")
    assert {t.partition(":")[0] for t in told} == {"page-validation", "outloud"}


def test_a_character_that_no_font_holds_is_named_and_other_scripts_stay(made: dict[str, Path]) -> None:
    from qa_analysis.formats.typesetting import readable

    assert readable("South 👩‍👧, 5") == "South [woman, girl], 5"
    assert readable("فريق Zürich ≥ 5") == "فريق Zürich ≥ 5"
    assert "[woman, girl]" in pdf_words(made["pdf"])


def test_a_picture_without_alternative_text_is_refused_in_a_pdf(tmp_path: Path) -> None:
    pytest.importorskip("typst", reason="skipped: typst is not installed")
    from qa_analysis.formats.pdf import write_pdf

    with pytest.raises(UserError, match="'Trend' has no alternative text.*show_chart"):
        write_pdf([Chart("Trend", "", svg=BLANK)], tmp_path / "r.pdf", TITLE)
    assert not list(tmp_path.iterdir())


def test_a_table_of_two_pages_comes_in_parts_that_lose_no_row() -> None:
    from qa_analysis.formats.pdf import _parts

    rows = tuple((f"Case {i}", "seen") for i in range(60))
    parts = _parts(Table("Cases", ("Case", "Note"), ("text", "text"), rows, notes=("A note.",)))
    assert [p.caption for p in parts] == ["Cases", "Cases (continued)"]
    assert sum((p.rows for p in parts), ()) == rows
    assert [p.notes for p in parts] == [(), ("A note.",)]
    assert len(_parts(Table("Cases", ("Case", "Note"), ("text", "text"), rows[:20]))) == 1


# --- Word --------------------------------------------------------------------------------------------------------


def test_word_has_real_headings_repeated_headers_alternative_texts_language_and_title(made: dict[str, Path]) -> None:
    import docx
    from docx.oxml.ns import qn

    document = docx.Document(str(made["docx"]))
    headings = [(p.style.name, p.text) for p in document.paragraphs if p.style.name.startswith("Heading")]
    assert headings[:4] == [
        ("Heading 1", "Themes and findings"),
        ("Heading 2", "Grades"),
        ("Heading 3", "Change"),
        ("Heading 3", "What works well"),
    ]
    body = document.element.body
    tables = list(body.iter(qn("w:tbl")))
    assert all(t.findall(qn("w:tr"))[0].find(f".//{qn('w:tblHeader')}") is not None for t in tables)
    described = [p.get("descr") for p in body.iter(qn("wp:docPr"))]
    assert len(described) == 2 and all(described)
    assert document.core_properties.title == TITLE
    assert document.styles.element.find(f".//{qn('w:docDefaults')}//{qn('w:lang')}").get(qn("w:val")) == "en-GB"
    assert [p.text for p in document.paragraphs if p.style.name == "List Bullet"][:2] == ["one of 3", "two of 3"]


@pytest.mark.parametrize("suffix", [".docx", ".dotx"])
def test_a_councils_template_gives_its_styles_and_its_header(notebook: Any, tmp_path: Path, suffix: str) -> None:
    docx = pytest.importorskip("docx", reason="skipped: python-docx is not installed")
    own = docx.Document()
    own.sections[0].header.paragraphs[0].text = "Harrowmere Council"
    own.styles["Heading 2"].font.name = "Gill Sans"
    own.styles["Caption"].delete()
    raw = io.BytesIO()
    own.save(raw)
    template = tmp_path / f"council{suffix}"
    with zipfile.ZipFile(raw) as old, zipfile.ZipFile(template, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if suffix == ".dotx":
                content = content.replace(b"document.main+xml", b"template.main+xml")
            new.writestr(name, content)
    report = docx.Document(str(write_format("docx", notebook, "", tmp_path / "r.docx", TITLE, template=template)))
    assert report.sections[0].header.paragraphs[0].text == "Harrowmere Council"
    assert report.styles["Heading 2"].font.name == "Gill Sans"
    assert any(p.style.name == "Caption" and p.text == "Audits by team" for p in report.paragraphs)


def test_a_template_that_is_none_is_named_with_its_remedy(notebook: Any, tmp_path: Path) -> None:
    pytest.importorskip("docx", reason="skipped: python-docx is not installed")
    (tmp_path / "old.doc").write_bytes(b"no zip")
    with pytest.raises(UserError, match="'old.doc' can't be read as a Word template.*save it as a Word document"):
        write_format("docx", notebook, "", tmp_path / "r.docx", TITLE, template=tmp_path / "old.doc")
    with pytest.raises(UserError, match="no Word template 'none.docx'"):
        write_format("docx", notebook, "", tmp_path / "r.docx", TITLE, template=tmp_path / "none.docx")
    assert not (tmp_path / "r.docx").exists()


# --- Excel -------------------------------------------------------------------------------------------------------


def rows_of(path: Path, title: str) -> list[list[Any]]:
    for sheet in openpyxl.load_workbook(path):
        if str(sheet["A1"].value).startswith(title) and sheet.tables:
            (area,) = [t.ref for t in sheet.tables.values()]
            return [[c.value for c in row] for row in sheet[area]]
    raise AssertionError(f"no sheet '{title}'")


def test_workbook_has_cover_contents_notes_findings_and_a_table_a_sheet(made: dict[str, Path]) -> None:
    book = openpyxl.load_workbook(made["xlsx"])
    assert book.sheetnames == ["Cover", "Contents", "Notes", "Findings", *(f"Table_{i}" for i in range(1, 6))]
    assert book["Cover"]["A3"].value == "62% of 154 audits were good or better."
    assert all(s.sheet_state == "visible" for s in book)
    assert "Good or better by service [note 1]" == book["Table_2"]["A1"].value
    assert ("Of 2,051 cases.",) in book["Notes"].iter_rows(min_col=2, max_col=2, values_only=True)


def test_numbers_are_numbers_in_columns_of_their_own_and_symbols_stay(made: dict[str, Path]) -> None:
    header, first, _, few, joke = rows_of(made["xlsx"], "Good or better by service")
    assert header == [
        "Service",
        "Good or better",
        "Good or better: number",
        "Good or better: out of",
        "95% interval: from",
        "95% interval: to",
        "Time to moderation (days)",
        "Last audit",
    ]
    assert first == ["Permanence", 0.71, 5, 7, 0.36, 0.92, 3.5, datetime.datetime(2024, 6, 3)]
    assert few == ["Early help", "[u]", 3, 4, "[x]", "[x]", 140.3, "[x]"]  # no share: too few to be relied on
    assert joke[:4] == ["=1+1 (a team's joke)", 0.62, 1234, 2000]
    assert rows_of(made["xlsx"], "Audits by team")[1:] == [["North", "[c]"], ["فريق الدعم", 41], ["South 👩‍👧", 17]]


def test_text_that_looks_like_a_formula_a_link_or_a_note_stays_text(tmp_path: Path) -> None:
    pytest.importorskip("gptables", reason="skipped: gptables is not installed")
    from qa_analysis.formats.workbook import write_xlsx

    odd = Table("Odd", ("A", "a", "B"), ("text",) * 3, (("=1+1", "[x](y)", "$$n$$"), ("–", "", "x" * 40_000)))
    header, first, second = rows_of(write_xlsx([odd], tmp_path / "r.xlsx", TITLE), "Odd")
    assert header == ["A", "a (2)", "B"]
    assert first == ["=1+1", "[x](y)", "$$n$$"]
    assert second[:2] == ["–", "[x]"] and second[2].endswith("(cut here; the report has it whole)")
    cell = openpyxl.load_workbook(tmp_path / "r.xlsx")["Table_1"]["A4"]
    assert (cell.value, cell.data_type) == ("=1+1", "s") or cell.data_type == "s"


def test_a_column_with_words_among_numbers_of_unlike_decimals_stays_words() -> None:
    from qa_analysis.formats.workbook import _as_numbers

    assert _as_numbers("Value", "number", ["1.5", "20", "[c]"]) == [("Value", "", ["1.5", "20", "[c]"])]
    assert _as_numbers("Value", "number", ["−1,234.5", "[c]"]) == [("Value", "#,##0.0", [-1234.5, "[c]"])]
    assert _as_numbers("Share", "share_of", ["no cases", "2 of 3"])[0][2] == ["no cases", "[u]"]


# --- content -----------------------------------------------------------------------------------------------------


def test_the_type_of_content_and_the_fold_are_those_of_show() -> None:
    assert DATA_TYPE == show.DATA_TYPE
    assert MOST_ROWS_OPEN == show.MOST_ROWS_OPEN


def test_content_is_read_in_order_with_every_kind_of_block(notebook: Any) -> None:
    blocks = read_content(notebook)
    assert blocks[:3] == [
        Heading("Themes and findings", 1),
        Paragraph("For boards, see the guide (https://example.org/guide)."),
        Headline(("62% of 154 audits were good or better.", "Twelve actions are overdue.")),
    ]
    assert Bullets(("one of 3", "two of 3")) in blocks
    at = blocks.index(Heading("What works well", 3))
    assert blocks[at + 1 : at + 4] == [
        Bullets(("Plans are reviewed in 6 weeks.",)),
        Heading("What to do better", 3),
        Paragraph("Nothing recorded in this period."),
    ]


def test_outputs_made_without_show_are_read_too() -> None:
    frame = pd.DataFrame({"Audits": [3, 4]}, index=pd.Index(["North", "South"], name="Team"))
    png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    outputs = [
        nbformat.v4.new_output(
            "display_data", {"text/html": frame.to_html()}, metadata={"text/html": {"caption": "By team"}}
        ),
        nbformat.v4.new_output("display_data", {"image/png": png}, metadata={"image/png": {"alt": "A point, alone"}}),
        nbformat.v4.new_output("display_data", {"text/markdown": "Some **bold** words\x0b"}),
    ]
    hidden = nbformat.v4.new_markdown_cell("Hidden", metadata={"tags": ["remove-cell"]})
    book = nbformat.v4.new_notebook(cells=[hidden, nbformat.v4.new_code_cell("x", outputs=outputs)])
    table, picture, words = read_content(book)
    assert (table.caption, table.headers, table.rows) == (
        "By team",
        ("Team", "Audits"),
        (("North", "3"), ("South", "4")),
    )
    assert (table.kinds, table.row_headers) == (("text", "number"), 1)
    assert picture.alt_text == "A point, alone" and picture.png.startswith(b"\x89PNG")
    assert words == Paragraph("Some bold words")


def test_on_paper_long_tables_and_the_charts_figures_come_last(notebook: Any) -> None:
    printed = in_print_order(read_content(notebook), TITLE)
    assert Paragraph("Open actions: the table is at the end.") in printed
    after = printed[printed.index(Heading("Longer tables", 2)) :]
    assert [b.caption if isinstance(b, Table) else b.text for b in after] == [
        "Longer tables",
        "Open actions",
        "Figures behind the charts",
        "Figures: No clear change",
        "Figures: Rising",
    ]
    assert in_print_order([Paragraph("Words")], TITLE)[0] == Heading(TITLE, 1)


def test_columns_keep_numbers_and_short_words_whole() -> None:
    table = Table("T", ("Service", "Share"), ("text", "share_of"), (("word " * 60, "71% (1,005 of 1,407)"),))
    words, share = column_widths(table, 90)
    assert share >= len("71% (1,005 of 1,407)") and words + share <= 90 and words > 36


# --- files -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", FORMATS)
def test_the_same_report_gives_the_same_file(
    notebook: Any, html: str, made: dict[str, Path], tmp_path: Path, kind: str
) -> None:
    again = write_format(kind, notebook, html, tmp_path / f"again.{kind}", TITLE)
    assert again.read_bytes() == made[kind].read_bytes()


@pytest.mark.parametrize("kind", FORMATS)
def test_a_file_that_cannot_be_written_leaves_the_old_one_whole(
    notebook: Any, made: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    target = tmp_path / f"r.{kind}"
    target.write_text("as it was")

    def refuse(*_: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("qa_analysis.formats.files.os.replace", refuse)
    with pytest.raises(UserError, match=rf"r.{kind} can't be written: Permission denied. Close it if it is open"):
        write_format(kind, notebook, "<p>", target, TITLE)
    assert target.read_text() == "as it was" and [p.name for p in tmp_path.iterdir()] == [target.name]


@pytest.mark.parametrize(
    ("kind", "module", "package"),
    [
        ("pdf", "typst", "typst"),
        ("pdf", "pikepdf", "pikepdf"),
        ("docx", "docx", "python-docx"),
        ("xlsx", "gptables", "gptables"),
    ],
)
def test_a_package_that_is_missing_is_named_with_how_to_install_it(
    notebook: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, module: str, package: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(UserError, match=rf"needs the package '{package}'.*pip install {package}"):
        write_format(kind, notebook, "", tmp_path / f"r.{kind}", TITLE)
    assert not list(tmp_path.iterdir())


def test_formats_are_checked_before_anything_is_run() -> None:
    assert check_formats("html, PDF,.xlsx,html") == ["html", "pdf", "xlsx"]
    with pytest.raises(UserError, match="Formats of a report: html, pdf, docx, xlsx; found 'pptx', 'odt'"):
        check_formats("pdf,pptx,odt")
    with pytest.raises(UserError, match="none given"):
        check_formats("")


def test_a_chart_taller_than_a_page_is_cut_between_its_rows_and_loses_nothing() -> None:
    from qa_analysis.charts.cutting import KEPT_WHOLE
    from qa_analysis.formats.pictures import parts_of_chart, shape

    # 60 rows of a bar and its label, 26 apart, as a chart of 60 teams has them
    rows = "".join(f'<path d="M 90 {26 * i + 4} L 300 {26 * i + 4} L 300 {26 * i + 22} z"/>' for i in range(60))
    rows += "".join(f'<text x="80" y="{26 * i + 15}">Team {i}</text>' for i in range(60))
    svg = f'<svg width="417pt" height="1560pt" viewBox="0 0 417 1560"><path d="M 90 0 L 90 1560"/>{rows}</svg>'
    parts = parts_of_chart(Chart("Teams", "Bars of sixty teams.", "Share", "Source", svg=svg))
    boxes = [[float(v) for v in re.findall(r'viewBox="([^"]+)"', p.svg)[0].split()] for p in parts]
    assert [p.title for p in parts] == ["Teams", "Teams (continued)", "Teams (continued)"]
    assert [p.source for p in parts] == ["", "", "Source"]
    assert all(p.alt_text for p in parts) and all(shape(p) <= KEPT_WHOLE for p in parts)
    tops = [top for _, top, _, _ in boxes]
    assert tops[0] == 0 and [t % 26 for t in tops] == [0, 0, 0]  # between a bar and the next
    assert [top + height for _, top, _, height in boxes] == [*tops[1:], 1560]
    assert parts_of_chart(Chart("One", "A bar.", svg=BLANK)) == [Chart("One", "A bar.", svg=BLANK)]
