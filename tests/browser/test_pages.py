"""Pages in a real browser, offline: accessible, readable at every width, nothing cut off, nothing requested."""

from __future__ import annotations

import pytest

from .checker import findings, missing

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def _tools() -> None:
    if why := missing():
        pytest.skip(why)


def test_every_kind_of_chart_and_table_has_no_finding(tmp_path):
    from qa_analysis.exporter import export_html

    from .demo import demo_notebook

    assert findings(tmp_path, {"demo": export_html(demo_notebook())}) == []


def test_long_names_sixty_teams_and_empty_charts_have_no_finding(tmp_path):
    from qa_analysis.exporter import export_html

    from .demo import hard_notebook

    assert findings(tmp_path, {"hard": export_html(hard_notebook())}) == []


def test_the_checks_find_what_is_wrong(tmp_path):
    svg = (
        "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 400 100'%3E%3Cstyle%3E"
        ".s0{font-size:6px;fill:%23ccc}.s1{fill:none;stroke:%23f4f0a0;stroke-width:3}%3C/style%3E"
        "%3Cpath class='s1' d='M0 50 400 50'/%3E%3Ctext class='s0' x='5' y='20'%3Eone word%3C/text%3E"
        "%3Ctext class='s0' x='8' y='21'%3Eanother%3C/text%3E%3Ctext class='s0' x='390' y='80'%3Elong past%3C/text%3E%3C/svg%3E"
    )
    bad = f"""<!DOCTYPE html><html lang="en"><head><title>x</title></head><body><h1>A</h1><h1>B</h1><h4>C</h4>
    <img src="https://example.invalid/a.png"><img alt="chart" src="{svg}"><table><tr><th></th><td>1</td></tr></table>
    <div class="qa-scroll" style="overflow-x:auto;width:200px"><table><caption id="i">A long caption of a table</caption>
    <tr><th scope="col" style="min-width:900px" id="i">Wide [^1]</th></tr></table></div>
    <p style="color:#999;width:3000px">pale and wide, from /home/me/data.csv</p><script>1</script>
    <p style="width:40px;overflow:hidden;white-space:nowrap">a sentence that is cut</p>
    <p style="background:linear-gradient(#888,#888);color:#777">pale on a picture</p><a href="#nowhere">go</a>
    <div style="break-before:page"></div><div style="break-before:page">last</div></body></html>"""
    text = "\n".join(findings(tmp_path, {"bad": bad}))
    for word in (
        "axe image-alt",
        "axe color-contrast",
        "equal-access",
        "HTML_CodeSniffer",
        "html-validate",
        "request",
        "scrolls sideways",
        "text cut off",
        "caption cut off",
        "column cut off on paper",
        "without caption",
        "without scope",
        "blank cell",
        "id used twice",
        "heading jumps",
        "raw markup",
        "path of a machine",
        "script",
        "link to nowhere",
        "language",
        "titles",
        "skip link",
        "placeholder for words",
        "picture without words",
        "pale letters: ",
        "letters of a picture too small",
        "pale letters in a picture",
        "pale marks in a picture",
        "words over words",
        "words past the edge",
        "is blank",
    ):
        assert word in text, word
