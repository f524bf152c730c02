"""Pages in a real browser, offline: accessible, readable at every width, nothing cut off, nothing requested."""

from __future__ import annotations

import json
import subprocess

import pytest

from .checker import HERE, findings, missing

pytestmark = pytest.mark.browser
SCREENS = {"1280 px", "390 px", "320 px", "1280 px, all opened"}


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

    assert findings(tmp_path, {"hard": export_html(hard_notebook())}, quick=True) == []


def test_the_checks_find_what_is_wrong(tmp_path):
    svg = (
        "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 400 100'%3E%3Cstyle%3E"
        ".s0{font-size:6px;fill:%23ccc}.s1{fill:none;stroke:%23f4f0a0;stroke-width:3}%3C/style%3E"
        "%3Cpath class='s1' d='M0 50 400 50'/%3E%3Ctext class='s0' x='5' y='20'%3Eone word%3C/text%3E"
        "%3Ctext class='s0' x='8' y='21'%3Eanother%3C/text%3E%3Ctext class='s0' x='390' y='80'%3Elong past%3C/text%3E%3C/svg%3E"
    )
    bad = f"""<!DOCTYPE html><html lang="en"><head><title>x</title><style>:root {{ color-scheme: light dark; }}</style></head>
    <body><h1>A</h1><h1>B</h1><h4>C</h4>
    <img src="https://example.invalid/a.png"><img alt="chart" src="{svg}"><table><tr><th></th><td>1</td></tr></table>
    <div class="qa-scroll" style="overflow-x:auto;width:200px"><table><caption id="i">A long caption of a table</caption>
    <tr><th scope="col" style="min-width:900px" id="i">Wide [^1]</th></tr></table></div>
    <p style="color:#999;width:3000px">pale and wide, from /home/me/data.csv</p><script>1</script>
    <p style="width:40px;overflow:hidden;white-space:nowrap">a sentence that is cut</p>
    <p style="background:linear-gradient(#888,#888);color:#777">pale on a picture</p><a href="#nowhere">go</a>
    <details><summary>More</summary>Folded words [^2]</details><p style="color:light-dark(#000,#222)">dark on dark</p>
    <p style="color:light-dark(#fff,#eee)">white on white</p>
    <div style="position:relative"><img alt="Bars of a kind" width="200" height="50" src="{svg}"><p
    style="position:absolute;top:5px;margin:0">words lie here</p></div>
    <div style="break-before:page"></div><div style="break-before:page">last</div></body></html>"""
    found = findings(tmp_path, {"bad": bad})
    for what, views in {
        "axe image-alt": SCREENS | {"print"},
        "axe color-contrast": SCREENS | {"1280 px dark", "print"},
        "equal-access": {"1280 px, all opened"},
        "HTML_CodeSniffer": {"1280 px, all opened"},
        "html-validate": {"markup"},
        "request": {"1280 px"},
        "page scrolls sideways": SCREENS | {"1280 px dark", "print"},
        "page scrolls sideways with wide text spacing": {"1280 px", "390 px", "320 px"},
        "text cut off at 200% text": {"1280 px"},
        "text cut off": SCREENS | {"print"},
        "caption cut off": SCREENS,
        "column cut off on paper": {"print"},
        "table without caption": SCREENS | {"print"},
        "header cell without scope": SCREENS,
        "blank cell": SCREENS,
        "id used twice": SCREENS,
        "heading jumps": SCREENS,
        "raw markup": SCREENS | {"print"},
        "raw markup: [^2]": {"1280 px, all opened"},
        "path of a machine": SCREENS,
        "script": SCREENS,
        "link to nowhere": SCREENS,
        "language": SCREENS,
        "titles": SCREENS,
        "skip link": {"1280 px"},
        "placeholder for words": SCREENS,
        "picture without words": SCREENS,
        "pale letters: ": {"390 px", "1280 px dark"},
        "'dark on dark'": {"1280 px dark"},
        "letters not to be seen: white on white": {"390 px"},
        "letters of a picture too small": {"1280 px", "390 px", "320 px", "print"},
        "pale letters in a picture": {"1280 px"},
        "pale marks in a picture": {"1280 px"},
        "words over words": {"1280 px"},
        "words past the edge": {"1280 px"},
        "words over a picture": SCREENS,
        "is blank": {"paper"},
    }.items():
        for view in views:
            assert any(f.startswith(f"bad, {view}: ") and what in f for f in found), f"{what}, {view}"
    assert not any(f.startswith("bad, 390 px: raw markup: [^2]") for f in found)  # folded again after it was opened


PAGE = """<!DOCTYPE html><html lang="en-GB"><head><meta charset="utf-8"><title>A report</title><style>
.skip { position: absolute; left: -999px; } .skip:focus { left: 0; }</style></head><body>
<header><a class="skip" href="#main">Skip</a></header><main id="main"><h1>A report</h1>
<p>{for_whom}</p><p class="{kind}">What was found, in words. {many}</p></main></body></html>"""


def test_an_edition_in_other_words_is_asked_about_those_words_and_any_other_page_about_all(tmp_path):
    def page(for_whom: str, kind: str = "a") -> str:
        return PAGE.replace("{for_whom}", for_whom).replace("{kind}", kind).replace("{many}", "Plans are clear. " * 40)

    first = {"team": page("For teams."), "board": page("For leaders and boards.")}
    assert findings(tmp_path, first) == []
    assert reworded(first["team"], first["board"]) == [0]
    assert reworded(first["team"], page("For teams.", "b")) is None  # an attribute differs
    assert reworded(first["team"], page("For <b>teams</b>.")) is None  # a tag differs
    assert reworded(first["team"], first["team"].replace("in words", "in other words")) is None  # not a plain paragraph
    found = findings(tmp_path, {"public": page(f"For the public, see [^1] and {'W' * 200}")})
    for view in ("1280 px", "1280 px dark", "390 px", "320 px", "1280 px, all opened", "print"):
        assert any(f.startswith(f"public, {view}: page scrolls sideways") for f in found), view
        assert f"public, {view}: raw markup: [^1]" in found


def reworded(page: str, other: str) -> list[int] | None:
    code = "import { reworded } from './in_page.mjs'; const [a, b] = JSON.parse(process.argv[1]);"
    code += "console.log(JSON.stringify(reworded(a, b)));"
    done = subprocess.run(["node", "--input-type=module", "-e", code, json.dumps([page, other])], cwd=HERE, capture_output=True)
    return json.loads(done.stdout)
