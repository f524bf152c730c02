"""Tables in a reader's words: rounding, symbols, intervals, headers and markup."""

import lxml.html
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_analysis import tables
from qa_analysis.tables import Column, format_table


@pytest.mark.parametrize(("share", "words"), [
    (0.625, "63%"), (0.285, "29%"), (0.005, "1%"), (0.004, "0%"), (0, "0%"), (1, "100%"), (5 / 7, "71%"), (None, "[x]"),
    (0.145, "15%"), ("[c]", "[c]"),
])
def test_halves_round_up_as_in_published_statistics(share, words):
    assert tables.percent(share) == words


def test_numbers_have_commas_a_true_minus_and_equal_decimals():
    assert tables.number(1204) == "1,204"
    assert tables.number(-2.5, 1) == "−2.5"
    assert tables.number(-0.04, 1) == "0.0"
    table = format_table(pd.DataFrame({"team": ["A", "B"], "days": [3.25, 12.0]}),
                         {"team": "Team", "days": ("Time", "number", "days")}, caption="Times")
    assert [row[1] for row in table.rows] == ["3.3", "12.0"]
    assert table.columns[1].heading == "Time (days)"


def test_a_share_says_what_it_rests_on_and_five_of_seven_has_its_published_interval():
    row = pd.DataFrame({"service": ["Fostering"], "share": [5 / 7], "share_lower": [0.3589], "share_upper": [0.9178],
                        "n": [7], "count": [5]})
    table = format_table(row, {"service": "Service", "share": ("Good or better", "share_of"),
                               "share:interval": ("95% interval", "interval")}, caption="Shares")
    assert table.rows == (("Fostering", "71% (5 of 7)", "36% to 92%"),)
    assert "of" in table.html() and "(5\u00a0of\u00a07)" in table.html()


def test_nobody_to_count_does_not_apply_rather_than_being_missing():
    assert tables.share_of(np.nan, 0, 0) == "[z]"
    assert tables.share_of(np.nan, 2, 3) == "2 of 3"
    assert tables.share_of(np.nan, np.nan, np.nan) == "[x]"


def test_every_symbol_used_is_explained_and_no_other():
    data = pd.DataFrame({"team": ["A", "B"], "n": ["[c]", 9]})
    table = format_table(data, {"team": "Team", "n": ("Audits", "count")}, caption="Audits", notes=["Since April."])
    assert table.notes == ("Since April.", "[c] a small number, withheld so that no one can be identified.")


def test_suppressed_rows_say_withheld_and_other_gaps_say_missing():
    data = pd.DataFrame({"team": ["A", "B", "C"], "count": [np.nan, np.nan, 7], "n": [8, 8, 8],
                         "share": [np.nan, np.nan, 0.875], "share_lower": [np.nan, np.nan, 0.5],
                         "share_upper": [np.nan, np.nan, 0.98], "suppressed": [True, False, False]})
    table = format_table(data, {"team": "Team", "share": ("Share", "share_of"), "share:interval": ("Interval", "interval"),
                                "n": ("Out of", "count")}, caption="Shares")
    assert table.rows[0] == ("A", "[c]", "[c]", "8")
    assert table.rows[1][1:3] == ("[x]", "[x]")
    assert table.rows[2] == ("C", "88% (7 of 8)", "50% to 98%", "8")


def test_dates_and_months_are_written_out():
    data = pd.DataFrame({"month": pd.to_datetime(["2024-07-01"]), "last": pd.to_datetime(["2024-07-03"]),
                         "none": pd.Series([pd.NaT], dtype="datetime64[ns]")})
    table = format_table(data, caption="Dates")
    assert table.rows == (("July 2024", "3 July 2024", "[x]"),)


def test_without_columns_named_limits_fold_into_one_column_and_provenance_stays_out():
    data = pd.DataFrame({"service": ["A"], "share": [0.5], "share_lower": [0.2], "share_upper": [0.8], "n": [6],
                         "source_file": ["audits.xlsx"], "source_row": [12], "suppressed": [False]})
    table = format_table(data, caption="All")
    assert [c.header for c in table.columns] == ["Service", "Share", "95% interval", "Out of"]
    assert table.rows == (("A", "50%", "20% to 80%", "6"),)
    assert "audits.xlsx" not in table.html()


def test_markup_has_caption_scopes_a_focusable_section_and_escaped_words():
    data = pd.DataFrame({"team": ["<North> & South"], "n": [3]})
    page = lxml.html.fragment_fromstring(format_table(data, {"team": "Team", "n": ("Audits", "count")},
                                                      caption="Audits <June>").html())
    section = page.find(".//section")
    assert section.get("tabindex") == "0"
    assert page.find(".//caption").text_content() == "Audits <June>"
    assert section.get("aria-labelledby") == page.find(".//caption").get("id")
    assert [th.get("scope") for th in page.iter("th")] == ["col", "col", "row"]
    assert page.find(".//tbody/tr/th").text_content() == "<North> & South"
    assert page.find(".//tbody/tr/td").get("class") == "qa-num"


def test_figures_travel_with_the_table_for_other_formats_and_what_is_not_shown_stays_behind():
    data = pd.DataFrame({"team": ["A"], "share": [0.625], "seen": pd.to_datetime(["2024-07-03"]), "gap": [np.nan],
                         "auditor": ["J Smith"]})
    shown = {"team": "Team", "share": ("Share", "percent"), "seen": ("Seen", "date"), "gap": ("Gap", "count")}
    payload = format_table(data, shown, caption="Shares").payload()
    assert payload["rows"] == [["A", "63%", "3 July 2024", "[x]"]]
    assert payload["data"] == {"columns": ["team", "share", "seen", "gap"], "rows": [["A", 0.625, "2024-07-03", None]]}


def test_units_go_into_the_header():
    data = pd.DataFrame({"team": ["A"], "wait": [3]})
    assert format_table(data, caption="x", units={"wait": "days"}).columns[1].heading == "Wait (days)"


def test_the_callers_table_is_not_changed():
    data = pd.DataFrame({"team": ["A"], "n": [np.nan], "suppressed": [True]})
    before = data.copy()
    format_table(data, caption="x")
    pd.testing.assert_frame_equal(data, before)


def test_a_column_that_is_not_there_is_named():
    with pytest.raises(KeyError, match="teem"):
        format_table(pd.DataFrame({"team": ["A"]}), {"teem": "Team"}, caption="x")


cells = st.one_of(st.none(), st.floats(), st.integers(-10**9, 10**9), st.text(max_size=8), st.booleans(),
                  st.datetimes(), st.just("[c]"), st.just(pd.NA), st.just(pd.NaT))


@given(st.lists(cells, min_size=1, max_size=6), st.sampled_from(["text", "count", "number", "percent", "date"]))
def test_no_cell_is_ever_blank(values, kind):
    if kind == "date":
        values = [v for v in values if not isinstance(v, (bool, int, float))] or [None]
        values = [v if not isinstance(v, str) else "[c]" for v in values]
    elif kind != "text":
        values = [v if not hasattr(v, "year") else None for v in values]
        values = [v if not isinstance(v, str) or v == "[c]" else None for v in values]
    table = format_table(pd.DataFrame({"a": pd.Series(values, dtype=object)}), {"a": Column("A", kind)}, caption="x")
    assert all(words.strip() for row in table.rows for words in row)


# --- words in HTML and rows as cards ----------------------------------------------------------------------------


def test_what_belongs_together_stays_on_one_line_and_a_word_too_long_may_part():
    html = tables.in_html("57% (3 of 7) on 3 July 2019, in 2018-19 & <b>")
    assert html == (
        '57% (3\u00a0of\u00a07) on 3\u00a0July 2019, in <span class="qa-whole">2018-19</span> &amp; &lt;b&gt;'
    )
    long = "Kindeswohlgefährdungseinschätzungsverfahren"
    assert "<wbr>" in tables.in_html(long) and tables.in_html(long).replace("<wbr>", "") == long
    assert "<wbr>" not in tables.in_html("👩🏽‍👧" * 9)  # a sign of several characters does not fall apart


@pytest.mark.parametrize(("n_columns", "is_card"), [(4, False), (5, True), (16, True), (17, False)])
def test_rows_of_many_columns_are_cards_on_a_phone_whose_cells_are_named(n_columns, is_card):
    data = pd.DataFrame([range(n_columns)], columns=[f"it's {i}" for i in range(1, n_columns + 1)])
    html = tables.format_table(data, caption="Numbers").html()
    assert ('class="qa-cards"' in html) is is_card
    if is_card:  # the apostrophe is written as CSS writes it
        assert "--h2:&#x27;It\\27 s 2&#x27;" in html and f"--h{n_columns}:" in html and "--h1:" not in html
