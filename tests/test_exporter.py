"""The page of a report: complete, offline, accessible; and refused, with every reason, where it is not."""

import base64
import io
import re
import subprocess
import sys
import time
from pathlib import Path

import html5lib
import lxml.html
import nbformat
import pandas as pd
import pytest
from browser import demo

from qa_analysis import exporter, show
from qa_analysis.errors import UserError
from qa_analysis.exporter import PublishError, ReportExporter, export_html

V4 = nbformat.v4
TITLE = V4.new_markdown_cell("# Monthly themes\n\nFor heads of service.")


def notebook(*cells):
    return V4.new_notebook(cells=[TITLE, *cells])


def shows(data, source="show_something()", metadata=None):
    return V4.new_code_cell(source, outputs=[V4.new_output("display_data", data=data, metadata=metadata or {})])


def words(text):
    return V4.new_markdown_cell(text)


def page(*cells, **more):
    return lxml.html.document_fromstring(export_html(notebook(*cells), **more))


def refusal(*cells, title=TITLE):
    with pytest.raises(PublishError) as caught:
        export_html(V4.new_notebook(cells=[*([title] if title else []), *cells]))
    return str(caught.value)


def png():
    from PIL import Image

    raw = io.BytesIO()
    Image.new("RGB", (4, 4), "white").save(raw, "PNG")
    return base64.b64encode(raw.getvalue()).decode()


@pytest.fixture(scope="module")
def demo_book():
    return demo.demo_notebook()


@pytest.fixture(scope="module")
def demo_html(demo_book):
    return export_html(demo_book)


def test_a_report_is_one_page_without_code_script_or_request(demo_html):
    tree = lxml.html.document_fromstring(demo_html)
    assert "show.show_chart" not in demo_html and "charts.grade_bars" not in demo_html
    assert not tree.xpath("//script | //link | //iframe | //*[@onclick] | //*[@data-cell] | //*[@data-output]")
    assert all(src.startswith("data:") for src in tree.xpath("//@src"))
    assert not re.search(r"url\((?!#)|@import|https?://(?!www\.w3\.org)", re.sub(r'src="data:[^"]*"', "", demo_html))
    policy = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy == ["default-src 'none'; img-src data:; style-src 'unsafe-inline'"]


def test_the_page_is_valid_html(demo_html):
    html5lib.HTMLParser(strict=True).parse(demo_html)


def test_a_report_with_thirteen_charts_stays_under_300_kb_and_exports_in_a_second(demo_book, demo_html):
    assert len(demo_html.encode()) < 300_000
    started = time.process_time()
    export_html(demo_book)
    assert time.process_time() - started < 1


def test_language_title_skip_link_contents_and_main(demo_html):
    tree = lxml.html.document_fromstring(demo_html)
    assert tree.get("lang") == "en-GB"
    assert tree.findtext(".//title") == "Monthly themes and findings: June 2024"
    assert tree.xpath("//body/header/a[@class='skip']/@href") == ["#main"] and tree.get_element_by_id("main").tag == "main"
    targets = tree.xpath("//nav[contains(@class, 'contents-wide')]//a/@href")
    assert [t.lstrip("#") for t in targets] == tree.xpath("//main//h2/@id") and len(targets) >= 5
    ids = tree.xpath("//@id")
    assert len(ids) == len(set(ids))


def test_every_table_has_caption_scopes_and_a_focusable_section_named_by_it(demo_html):
    tree = lxml.html.document_fromstring(demo_html)
    tables = tree.xpath("//table")
    assert len(tables) > 12
    for table in tables:
        section = table.xpath("ancestor::section[1]")[0]
        assert section.get("tabindex") == "0"
        assert section.get("aria-labelledby") == table.find("caption").get("id")
        assert all(th.get("scope") for th in table.iter("th"))
        assert all(cell.text_content().strip() for cell in table.iter("th", "td"))


def test_every_picture_has_words_a_caption_and_its_figures(demo_html):
    for figure in lxml.html.document_fromstring(demo_html).xpath("//figure"):
        assert len(figure.find(".//img").get("alt")) > 40
        assert figure.find("figcaption").text_content().strip()
        assert figure.find("details").find(".//table") is not None


def test_the_title_given_wins_and_is_safe_in_the_print_footer():
    html = export_html(notebook(), title='A "quoted" </style> title')
    assert "<title>A &quot;quoted&quot; &lt;/style&gt; title</title>" in html or "A \"quoted\" &lt;/style&gt;" in html
    assert html.count("</style>") == 1


def test_a_path_works_as_well_as_a_notebook(tmp_path):
    path = tmp_path / "report.ipynb"
    nbformat.write(notebook(), path)
    assert export_html(path) == export_html(notebook())


def test_the_same_notebook_gives_the_same_page():
    assert export_html(notebook(words("## A"), words("## A"))) == export_html(notebook(words("## A"), words("## A")))


def test_headings_of_the_same_name_get_ids_of_their_own():
    tree = page(words("## Actions"), words("## Actions"), words("## Résumé & more"))
    assert tree.xpath("//h2/@id") == ["actions", "actions-2", "résumé-more"]


def test_cells_tagged_remove_cell_are_left_out():
    cell = words("## Notes to self")
    cell.metadata["tags"] = ["remove-cell"]
    assert "Notes to self" not in export_html(notebook(cell))


def test_a_bare_frame_with_a_caption_becomes_a_finished_table():
    frame = pd.DataFrame({"audits": [3, 4]}, index=pd.Index(["North", "South"], name="locality"))
    tree = page(shows({"text/html": frame.to_html()}, metadata={"text/html": {"caption": "Audits by locality"}}))
    table = tree.xpath("//table")[0]
    assert table.findtext("caption") == "Audits by locality"
    assert [th.text_content() for th in table.xpath("./thead//th")] == ["locality", "audits"]
    assert {th.get("scope") for th in table.xpath("./tbody//th")} == {"row"}
    assert table.getparent().get("tabindex") == "0"


def test_a_column_of_numbers_is_named_by_its_table_and_one_with_words_too_by_its_cells():
    cells = ((1, "qa-num"), (2, ""))
    rows = "".join(f"<tr><th>{a}</th><td class='qa-num'>{a}</td><td class='{b}'>{a}</td></tr>" for a, b in cells)
    head = "<tr><th>A</th><th class='qa-num'>B</th><th class='qa-num'>C</th></tr>"
    data = {"text/html": f"<table><caption>T</caption><thead>{head}</thead><tbody>{rows}</tbody></table>"}
    table = page(shows(data)).find(".//table")
    assert table.get("class") == "n2"
    assert [c.text for c in table.iter("th", "td") if c.get("class") == "qa-num"] == ["C", "1"]


def test_the_style_sheet_knows_every_column_of_numbers_by_name():
    css = (Path(exporter.__file__).parent / "template" / "report.css").read_text(encoding="utf-8")
    named = [f".n{i} tr > :nth-child({i})" for i in range(1, exporter.NUMBER_COLUMNS + 1)]
    assert f":is(th, td):where({', '.join(named)})" in css


def test_a_stylers_rules_move_to_the_head():
    pytest.importorskip("jinja2")
    styled = pd.DataFrame({"a": [1]}).style.set_caption("Styled").set_properties(color="black").to_html()
    tree = page(shows({"text/html": styled}))
    assert any("#T_" in (s.text or "") for s in tree.xpath("//head/style"))
    assert not tree.xpath("//main//style")


def test_nbconvert_can_use_the_exporter_itself():
    html, resources = ReportExporter().from_notebook_node(notebook(words("## One")))
    assert html.startswith("<!DOCTYPE html>") and resources["output_extension"] == ".html"


# --- refusals: each names the cell and says what to do


def test_refusal_is_an_error_for_users_and_names_every_fault_at_once():
    text = refusal(words("#### Deep"), shows({"text/plain": "42"}), shows({"image/png": png()}))
    assert issubclass(PublishError, UserError)
    assert text.startswith("The report is not published: 4 faults.")
    for part in ("Cell 2", "jumps", "Cell 3", "bare value: '42'", "Cell 4", "without an alternative text", "without a caption"):
        assert part in text


@pytest.mark.parametrize("alt", ["", "image", "Figure 1", "chart.png", "TODO", "No description has been provided for this image",
                                 "a chart"])
def test_missing_or_placeholder_alternative_text_is_refused(alt):
    text = refusal(shows({"image/png": png()}, "fig", {"image/png": {"alt": alt, "caption": "Grades by service"}}))
    assert "Cell 2 (fig)" in text and "alternative text" in text


def test_a_picture_with_words_and_caption_is_published():
    meta = {"image/png": {"alt": "Bars of grades, from 20% to 60%.", "caption": "Grades by service"}}
    figure = page(shows({"image/png": png()}, metadata=meta)).find(".//figure")
    assert figure.find("img").get("alt") == "Bars of grades, from 20% to 60%."
    assert figure.findtext(".//figcaption/p") == "Grades by service"


def test_a_picture_without_caption_is_refused():
    assert "picture without a caption" in refusal(
        shows({"image/png": png()}, metadata={"image/png": {"alt": "Bars of grades by service"}}))


def test_a_table_without_caption_is_refused():
    text = refusal(shows({"text/html": "<table><tr><td>1</td></tr></table>"}, "display(counts)"))
    assert "Cell 2 (display(counts)) has a table without a caption" in text


@pytest.mark.parametrize(("cells", "message"), [
    ([words("## A"), words("#### B")], "'B' has level 4 and follows level 2. Use level 3."),
    ([words("# Again")], "second title: 'Again'"),
])
def test_heading_faults_are_refused(cells, message):
    assert message in refusal(*cells)


def test_a_report_without_title_is_refused():
    text = refusal(words("Words only"), title=None)
    assert "There is no title" in text and text.count("title") >= 1


@pytest.mark.parametrize(("text", "what"), [
    ("<p>&lt;b&gt;bold&lt;/b&gt;</p>", "an HTML tag"), ("<p>**bold**</p>", "a Markdown mark"),
    ("<p>see [^1]</p>", "a footnote mark"), ("<p>$$x$$</p>", "TeX"), ("<p>\\frac{1}{2}</p>", "TeX"),
    ("<p>Fish &amp;amp; chips</p>", "an HTML escape"), ("<p>{{ title }}</p>", "an unfilled template"),
    ("<p>&lt;NA&gt;</p>", "a Python value"), ("<p>nan</p>", "a Python value"),
    ("<p>[link](https://example.org)</p>", "a Markdown mark"),
])
def test_raw_markup_is_refused(text, what):
    assert f"has {what} that was not rendered" in refusal(shows({"text/html": text}))


@pytest.mark.parametrize("text", [
    "5 < 7 & 8 > 3", "Costs rose from $5 to $10", "Use * for all; see [note 1] and (a) or [c]", "C# and team #3",
    "and/or, n/a, 24/7, w/c 7 April", "A_b_c and __init__", "https://example.org/home/page", "Nan was visited", "2 * 3 * 4",
])
def test_ordinary_words_are_published(text):
    show_text = {"text/html": f"<p>{text.replace('&', '&amp;').replace('<', '&lt;')}</p>"}
    assert page(shows(show_text)).xpath("//main//p")[-1].text_content() == text


@pytest.mark.parametrize("path", ["/home/jo/data/audits.xlsx", "/tmp/x/report.csv", r"C:\Users\Jo\audits.xlsx",
                                  r"\\server\share\case.docx", "file:///audits.csv", "/Users/jo/audits.csv"])
def test_a_path_of_the_machine_is_refused_wherever_it_stands(path):
    assert "path of this machine" in refusal(shows({"text/html": f"<p>Read from {path} today</p>"}))
    assert "path of this machine" in refusal(words(f"Read from `{path}` today"))
    caption = {"image/png": {"alt": f"Bars read from {path} by service", "caption": "Grades"}}
    assert "path of this machine" in refusal(shows({"image/png": png()}, metadata=caption))


def test_errors_warnings_and_printed_text_are_refused():
    cell = V4.new_code_cell("measure()", outputs=[
        V4.new_output("stream", name="stderr", text="FutureWarning: soon"), V4.new_output("stream", name="stdout", text="hello"),
        V4.new_output("error", ename="KeyError", evalue="'team'", traceback=[])])
    text = refusal(cell)
    assert "a warning or error message: 'FutureWarning: soon'" in text
    assert "printed text: 'hello'" in text and "ends in an error: KeyError: 'team'" in text


@pytest.mark.parametrize(("markup", "part"), [
    ("<script>1</script>", "<script>"), ("<iframe></iframe>", "<iframe>"),
    ("<figure><figcaption>A caption</figcaption><img alt='Bars by service, rising' src='https://example.org/a.png'></figure>",
     "from outside the page"),
    ("<a href='#gone'>go</a>", "links to '#gone'"),
])
def test_what_needs_the_network_or_leads_nowhere_is_refused(markup, part):
    assert part in refusal(shows({"text/html": markup}))


# --- what cells call


def test_records_with_markup_are_shown_as_plain_words():
    book = demo.run_cells([("code", "show.show_sentences(['<b>Seen</b> at home &amp;amp; **heard**', None, ''])"),
                           ("code", "show.show_table(pd.DataFrame({'finding': ['a&lt;br&gt;b', None]}), 'Findings')")],
                          {"show": show, "pd": pd})
    text = page(*book.cells).text_content()
    assert "Seen at home & heard" in text and "a b" in text and "[x]" in text


def test_an_empty_table_chart_or_list_says_so_in_words():
    tree = page(*demo.run_cells([
        ("code", "show.show_table(pd.DataFrame({'a': []}), 'Urgent concerns.')"), ("code", "show.show_chart(None)"),
        ("code", "show.show_sentences([])"), ("code", "show.show_headline([])"),
    ], {"show": show, "pd": pd}).cells)
    text = tree.text_content()
    assert "Urgent concerns: nothing to show for this period." in text and "There is nothing to draw" in text
    assert not tree.xpath("//main//ul | //main//*[@class='qa-headline']")


def test_two_lists_stand_side_by_side_under_headings():
    cells = demo.run_cells([("markdown", "## Learning"), ("code", "show.show_columns(['Good plans'], [])")], {"show": show}).cells
    tree = page(*cells)
    assert [h.text_content() for h in tree.xpath("//h3")] == ["What works well", "What to do better"]
    assert "Nothing recorded in this period." in tree.text_content()


def test_long_tables_are_folded_and_two_thousand_rows_stay_exportable():
    cells = demo.run_cells([("code", "show.show_table(pd.DataFrame({'case': range(2000)}), 'Cases')")], {"show": show, "pd": pd})
    tree = page(*cells.cells)
    summary = tree.find(".//summary")
    summary.find("span[@hidden]").drop_tree()
    assert summary.text_content() == "Table: Cases (2,000 rows)"
    assert len(tree.xpath("//details//tbody/tr")) == 2000


def test_a_heading_shown_by_a_cell_takes_part_in_the_order():
    cells = demo.run_cells([("code", "show.show_heading('Dip samples', 2)"), ("code", "show.show_heading('Method', 3)")],
                           {"show": show}).cells
    assert page(*cells).xpath("//h2/@id | //h3/@id") == ["dip-samples", "method"]
    with pytest.raises(ValueError, match="level 1"):
        show.show_heading("Title", 1)


def test_each_display_carries_its_content_as_plain_values():
    cells = demo.run_cells([("code", "show.show_chart(charts.coverage_bars(coverage, 'activity', title='T', source='S'))")],
                           demo.namespace()).cells
    data = cells[0].outputs[0].data[show.DATA_TYPE]
    assert data["kind"] == "chart" and data["title"] == "T" and data["svg"].startswith("<svg") and "png" not in data
    assert data["table"]["data"]["rows"][0] == ["Case audits", 42, 45]


def test_a_png_travels_along_only_when_a_format_needs_it(monkeypatch):
    monkeypatch.setenv("QA_KEEP_PNG", "1")
    cells = demo.run_cells([("code", "show.show_chart(charts.coverage_bars(coverage, 'activity', title='T'))")],
                           demo.namespace()).cells
    assert base64.b64decode(cells[0].outputs[0].data[show.DATA_TYPE]["png"]).startswith(b"\x89PNG")


def test_lab_sees_the_same_content_with_a_style_that_the_page_drops(demo_html):
    cells = demo.run_cells([("code", "show.show_sentences('One.')")], {"show": show}).cells
    assert "data-qa-lab" in cells[0].outputs[0].data["text/html"]
    assert "data-qa-lab" not in demo_html


def test_importing_the_exporter_skips_the_slow_grammars():
    code = "import sys, qa_analysis.exporter; print('slow' if 'rfc3987_syntax' in sys.modules else 'ok')"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.stdout.strip() == "ok", run.stderr
