"""The compendium in words, on the page and as workbooks: on the invented authority, and on the published data."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner

import qa_analysis as qa
from qa_analysis.__main__ import main
from qa_analysis.compendia import make_compendia
from qa_analysis.context import Report
from qa_analysis.errors import UserError
from qa_analysis.formats.compendium_workbook import write_compendium
from qa_analysis.loading import Data
from qa_analysis.narrative import compendium as told
from qa_analysis.periods import parse_period
from qa_analysis.profile import load_profile
from qa_analysis.sections import compendium as section


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="module")
def invented(example, store):
    data = qa.load(example, profile="manchester", store=store, tables=["indicators", "neighbours"])
    return _report(data, "manchester")


def _report(data: Data, profile: str, period: str = "all") -> Report:
    framework = load_profile(profile)
    return Report(data=data, whole=data, profile=framework, period=parse_period(period), audience="public",
                  rule=framework.disclosure["public"])


@pytest.fixture(scope="module")
def real(shared, store):
    data = qa.load(shared / "data", profile="ofsted_ilacs", store=store, tables=["indicators", "neighbours"])
    r = _report(data, "ofsted_ilacs")
    return SimpleNamespace(r=r, ready=section.prepared(r))


def latest(s, id: str) -> pd.Series:
    rows = s.latest[s.latest["indicator"].eq(id)]
    assert len(rows) == 1
    return rows.iloc[0]


# --- the invented authority ---------------------------------------------------------------------------------------------


def test_the_invented_authority_has_its_indicators_each_with_ten_neighbours_over_five_years(invented):
    s = section.compendium(invented)
    assert s.area.startswith("Harrowmere") and len(s.latest) == 21 and s.model == "2014"
    assert s.years.groupby("indicator").size().eq(5).all() and not s.years["period"].str.fullmatch(r"\d{4}-0[1-9]").any()
    assert s.latest["n_neighbours"].between(1, 10).all() and s.latest["n_ranked"].max() == 11
    assert len(s.topics) == len(s.sentences) - 1 and len(s.cost_sentences) == 1


def test_a_figure_of_a_time_after_the_report_is_not_shown(invented):
    now = dataclasses.replace(invented, period=parse_period("2017-18"))
    assert section.compendium(now).latest["period"].max() == "2017-18"


def test_an_area_that_the_data_do_not_hold_is_said(invented):
    s = section.compendium(invented, "Nowhere")
    assert s.area is None and s.latest.empty
    assert s.sentences[0].startswith("The data hold no published indicators of 'Nowhere' that the profile names.")


def test_the_page_folds_its_tables_and_stays_small(invented, monkeypatch):
    shown = []
    monkeypatch.setattr("qa_analysis.show._display_bundle", shown.append)
    section.show_compendium(invented, section.compendium(invented))
    html = [b["text/html"] for b in shown]
    tables = [h for h in html if "<table" in h and "<img" not in h]
    assert tables and all("<details" in h for h in tables)
    assert sum(map(len, html)) < 600_000
    assert any("Harrowmere" in h and "<img" in h for h in html)


def test_indicators_shown_elsewhere_have_no_second_table(invented, monkeypatch):
    shown = []
    monkeypatch.setattr("qa_analysis.show._display_bundle", shown.append)
    s = section.compendium(invented)
    section.show_compendium(invented, s, apart=(s.latest[s.latest["topic"].eq("Workforce")],))
    captions = " ".join(b["text/html"] for b in shown)
    assert "SEND: Harrowmere" in captions and "Workforce: Harrowmere (an invented authority) beside others" not in captions


def test_of_a_topic_that_is_drawn_only_what_stands_out_is_drawn(invented):
    s = section.compendium(invented)
    drawn = {topic: set(rows["indicator"]) for topic, rows in section.charts_of(s)}
    assert drawn["SEND"] == {"ehc_plans_in_time"}
    assert drawn["Workforce"] == {"agency_social_workers", "social_worker_turnover"}


def test_the_workbook_has_a_sheet_a_topic_and_keeps_symbols(invented, tmp_path):
    s = section.compendium(invented)
    years = s.years.copy()
    years.loc[years.index[0], ["value", "symbol"]] = [np.nan, "c"]
    path = write_compendium(SimpleNamespace(**{**vars(s), "years": years}), tmp_path / "c.xlsx")
    book = openpyxl.load_workbook(path)
    assert book.sheetnames[:3] == ["Cover", "Contents", "Notes"] and len(book.sheetnames) == 5 + len(s.topics)
    cells = [c.value for w in book.worksheets[5:] for row in w.iter_rows() for c in row]
    assert "[c]" in cells
    again = write_compendium(SimpleNamespace(**{**vars(s), "years": years}), tmp_path / "d.xlsx")
    assert path.read_bytes() == again.read_bytes()


def test_each_topic_has_its_own_years_newest_first_under_headers_that_read_as_their_columns(invented, tmp_path):
    s = section.compendium(invented)
    book = openpyxl.load_workbook(write_compendium(s, tmp_path / "c.xlsx"))
    for topic, sheet in zip(s.topics, book.worksheets[5:], strict=True):
        (table,) = sheet.tables.values()
        header, *rows = sheet[table.ref]
        names = [c.value for c in header]
        assert [c.name for c in table.tableColumns] == names and "Topic" not in names and rows[-1][0].row == sheet.max_row
        own = s.years[s.years["topic"].eq(topic)]
        given = {(i, p): v for i, p, v in zip(own["indicator"], own["period"], own["value"], strict=True) if pd.notna(v)}
        wanted = ("Published as", "Period as published", "Value", "Rank", "Period")
        of = {n: [row[names.index(n)] for row in rows] for n in wanted}
        there = [[c.value for c in of[n]] for n in ("Published as", "Period as published", "Value")]
        assert {(i, p): v for i, p, v in zip(*there, strict=True) if not isinstance(v, str)} == pytest.approx(given, abs=0.005)
        for indicator in set(there[0]):
            periods = [p for i, p in zip(*there[:2], strict=True) if i == indicator]
            assert periods == sorted(periods, reverse=True)
        forms = {n: {(c.number_format, c.alignment.horizontal) for c in cells} for n, cells in of.items()}
        assert forms["Value"] == {("#,##0.0#", "right")} and forms["Rank"] == {("0", "right")}
        assert forms["Period"] == {("General", "left")}
        sides = {c.value: c.alignment.horizontal for c in header}
        assert (sides["Value"], sides["Rank"], sides["Period"], sides["Quarter"]) == ("right", "right", "left", "left")


def test_the_command_writes_the_workbook_of_the_profiles_authority(example, tmp_path):
    done = CliRunner().invoke(main, ["compendium", "--data", str(example), "--profile", "manchester", "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert [p.name for p in tmp_path.iterdir()] == ["compendium-harrowmere-an-invented-authority.xlsx"]


@pytest.mark.parametrize(("arguments", "says"), [
    ({"area": "Nowhere"}, "The data hold no published indicators of 'Nowhere'"),
    ({"area": "9000", "each_area": True}, "both one area and each area are asked for")])
def test_a_call_that_can_not_be_answered_says_why(example, tmp_path, arguments, says):
    with pytest.raises(UserError, match=says):
        list(make_compendia(example, "manchester", tmp_path, **arguments))


# --- words --------------------------------------------------------------------------------------------------------------


def row(id: str, value=10.0, polarity="low", quarter=None, **more) -> dict:
    return {"indicator": id, "label": id.capitalize(), "value": value, "unit": "%", "polarity": polarity, "when": "March 2025",
            "quarter": quarter, "rank": 3.0, "n_ranked": 150.0, "england_value": 8.0, "neighbours_mean": 7.25, **more}


def test_a_topic_names_what_is_out_of_step_before_positions():
    rows = [row("moves"), row("reviews", quarter="worst quarter"), row("rate", polarity="neither")]
    assert told.topic_found("Care", rows, ["moves"], []) == (
        "Care: one is out of step for the worse: Moves, March 2025, 10.0% against 8.0% (England) and 7.3% (neighbours); in the "
        "worst quarter of authorities: Reviews (10.0% in March 2025, rank 3 of 150)."
    ).replace("one is", "1 is")
    assert told.topic_found("Care", rows[2:], [], []) == "Care: its one indicator with a figure has no direction that is better."
    assert told.topic_found("Care", [row("moves", np.nan)], [], []) == (
        "Care: no figure of 1 indicator may be shown or is published.")


def test_an_authority_far_from_all_others_is_named_out_of_step_for_the_worse(invented):
    data = invented.whole
    table = data.indicators.copy()
    last = table["period"].astype(str).eq("2018-19") & table["area_code"].eq("9000") & table["indicator"].eq("rereferrals")
    assert last.sum() == 1
    table.loc[last, "value"] = 95.0
    changed = dataclasses.replace(data, tables={**data.tables, "indicators": table})
    s = section.compendium(dataclasses.replace(invented, data=changed, whole=changed))
    planted = {"agency_social_workers", "ehc_plans_in_time"}  # of the example
    assert set(s.exceptions["indicator"]) == {"rereferrals", *planted} and set(s.exceptions["direction"]) == {"concern"}
    assert any("out of step for the worse: Re-referrals within 12 months" in x for x in s.sentences)


def test_cost_stands_beside_outcome_and_nothing_is_said_without_costs(invented):
    cost = row("weekly_cost", 5210.0, "neither", unit="£", neighbours_mean=4800.0)
    outcomes = [row("moves", vs_neighbours="worse"), row("stable", vs_neighbours="better"), row("other", vs_neighbours=None)]
    assert told.cost_beside_outcome(cost, outcomes) == (
        "Weekly_cost (£), March 2025: 5,210, higher than the mean of its neighbours (4,800); outcomes are better than theirs in "
        "Stable and worse than theirs in Moves.")
    assert told.cost_beside_outcome(cost, []).endswith("no outcome of the same topic can be compared.")
    assert told.cost_beside_outcome({**cost, "value": np.nan}, outcomes) == ""
    profile = invented.profile
    costly = profile.indicators["rereferrals"].model_copy(update={"unit": "£ per child"})
    other = profile.model_copy(update={"indicators": {**profile.indicators, "rereferrals": costly}})
    s = section.compendium(dataclasses.replace(invented, profile=other))
    assert set(s.costs["indicator"]) == {"rereferrals", "care_cost_per_week"} and len(s.cost_sentences) == 2


# --- the published data -------------------------------------------------------------------------------------------------


def test_barnsley_and_kent_stand_where_they_are_published(real):
    barnsley = latest(section.compendium(real.r, "Barnsley", ready=real.ready), "rereferral_12m")
    assert (barnsley["value"], barnsley["rank"], barnsley["n_ranked"], barnsley["when"]) == (25.5, 135, 153, "March 2025")
    kent = latest(section.compendium(real.r, "886", ready=real.ready), "SEN_EHC_Excpt_20wks")
    assert (round(kent["value"], 1), round(kent["neighbours_mean"], 2), kent["rank"], kent["n_ranked"]) == (33.3, 41.02, 107, 151)
    assert kent["when"] == "Calendar year 2024"


def test_sunderlands_zero_is_shown_and_its_low_is_a_symbol(real):
    s = section.compendium(real.r, "Sunderland", ready=real.ready)
    shown = section.shown(s.latest).set_index("indicator")
    assert shown.loc["cpp_2yr_plus", "value"] == 0 and shown.loc["agency_rate_fte", "value"] == "[k]"


def test_a_region_an_abolished_and_a_joint_authority_say_what_they_are(real):
    london = section.compendium(real.r, "London", ready=real.ready)
    assert london.is_region and latest(london, "rereferral_12m")["n_ranked"] == 9
    assert london.about[0].startswith("London is a region: its published figures are held against the other regions (9 with")
    cumbria = section.compendium(real.r, "Cumbria", ready=real.ready)
    assert "taken to have been abolished" in cumbria.about[0] and cumbria.latest["year"].max() == 2023
    kingston = section.compendium(real.r, "314", ready=real.ready)
    assert any("together with that of Richmond upon Thames:" in x for x in kingston.about)
    assert latest(kingston, "turnover_rate_fte")["value"] == 28.0
    assert section.compendium(real.r, "Dorset", ready=real.ready).code == "838"


def test_every_one_of_153_authorities_can_be_asked_for(real):
    areas = section.current_areas(real.ready)
    assert len(areas) == 153 and areas["area_code"].is_unique and not areas["area"].str.contains("Pre LG").any()
    for code in areas["area_code"].iloc[::19]:
        s = section.compendium(real.r, code, ready=real.ready)
        assert s.code == code and len(s.latest) >= 35 and len(s.sentences) == len(s.topics) + 1


def test_a_region_report_shows_indicators(real):
    from qa_analysis.sections import performance

    r = dataclasses.replace(real.r, period=parse_period("2024-25"), place={"locality": "London"})
    s = performance.against_others(r)
    assert s.area == "London" and len(s.benchmarks) > 35 and s.benchmarks["n_ranked"].max() == 9
    assert s.benchmarks["quarter"].isna().all()
