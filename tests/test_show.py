"""What a cell displays: in JupyterLab it reads as in the report; a table that is cut says of how many rows."""

import lxml.html
import pandas as pd
import pytest

from qa_analysis import charts, show

ROWS = pd.DataFrame({"service": ["North", "South"], "month": pd.to_datetime(["2019-01-01"] * 2), "share": [0.4, 0.6],
                     "share_lower": [0.3, 0.5], "share_upper": [0.5, 0.7], "n": [40, 50]})


@pytest.fixture
def shown(monkeypatch):
    """The outputs of a cell, as a notebook keeps them."""
    outputs = []
    monkeypatch.setattr("qa_analysis.show._display_bundle", outputs.append)
    return outputs


def test_a_chart_in_a_notebook_has_title_picture_alternative_text_source_and_its_figures(shown):
    chart = charts.small_multiples(ROWS, "service", title="South is higher", subtitle="Share", source="Source: returns.")
    show.show_chart(chart)
    html = lxml.html.fromstring(f"<div>{shown[0]['text/html']}</div>")
    assert html.xpath("string(.//figcaption/p[1])") == "South is higher"
    assert html.xpath(".//img/@alt")[0].startswith("2 small line charts on one scale.")
    assert html.xpath("string(.//p[@class='qa-source'])") == "Source: returns."
    assert html.xpath("string(.//details//caption)") and len(html.xpath(".//details//tbody/tr")) == 2


def test_what_a_notebook_shows_is_styled_without_the_reports_style_sheet_for_light_and_dark(shown):
    show.show_table(ROWS, "Shares")
    style = lxml.html.fromstring(f"<div>{shown[0]['text/html']}</div>").xpath("string(.//style[@data-qa-lab])")
    assert ".qa-table" in style and ".qa-hidden" in style
    assert "color:#000" not in style.replace("background:#fff", "")  # words keep the colour of the reader's theme


def test_a_table_that_is_cut_says_of_how_many_rows(shown):
    show.show_table(pd.DataFrame({"case": range(2000)}), "Cases", most=40)
    show.show_table(pd.DataFrame({"case": range(40)}), "Cases", most=40)
    cut, whole = (b[show.DATA_TYPE] for b in shown)
    assert len(cut["rows"]) == 40 and cut["notes"] == ["The first 40 of 2,000."]
    assert len(whole["rows"]) == 40 and whole["notes"] == []


def test_a_folded_table_says_its_caption_once_to_the_eye(shown):
    show.show_table(pd.DataFrame({"case": range(3)}), "Cases of the month", folded=True)
    html = lxml.html.fromstring(f"<div>{shown[0]['text/html']}</div>")
    assert "Cases of the month (3 rows)" in html.xpath("string(.//summary)")
    assert html.xpath(".//caption[@class='qa-hidden']")[0].text_content() == "Cases of the month"
