"""One topic by itself: the workforce, special needs, cost beside outcome; on the example, by hand, on real figures."""

import dataclasses
import re

import numpy as np
import pandas as pd
import pytest
import yaml

import qa_analysis as qa
from qa_analysis.context import Report
from qa_analysis.periods import parse_period
from qa_analysis.sections import performance, topics

WIDE = ("team", "board", "public")
SPECIAL = (("SEND",), "special educational needs")


@pytest.fixture(scope="module")
def reports(example):
    return {a: qa.open_report(example, "manchester", "2018-19", a) for a in ("supervision", *WIDE)}


@pytest.fixture(scope="module")
def measured(reports):
    return {a: performance.against_others(r) for a, r in reports.items()}


@pytest.fixture(scope="module")
def truths(example):
    return yaml.safe_load((example / "truths.yml").read_text(encoding="utf-8"))["truths"]


def with_indicators(r, table):
    data = dataclasses.replace(r.data, tables={**r.data.tables, "indicators": table})
    return dataclasses.replace(r, data=data, whole=data)


# ---------------------------------------------------------------- the example


def test_the_planted_indicators_are_out_of_step_and_no_other(reports, measured, truths):
    r = reports["board"]
    staff, special = topics.workforce(r, measured["board"]), topics.of_topics(r, measured["board"], *SPECIAL)
    assert staff.sentences[0] == (
        "Agency social workers, September 2018: higher than the mean of its statistical neighbours by more than other "
        "authorities differ: 36.3% against 14.0%."
    )
    assert special.sentences[0] == (
        "EHC plans issued within 20 weeks, without exceptions, Calendar year 2018: lower than the mean of its statistical "
        "neighbours by more than other authorities differ: 28.7% against 59.1%."
    )
    for key, section in (("agency_staff", staff), ("plans_late", special)):
        label = r.profile.indicators[truths[key]["indicator"]].label
        rest = [
            x.removesuffix(" (per 10,000)")
            for x in section.table.loc[~section.table["is_local"], "label"]
            if label not in x
        ]
        assert section.sentences[1].startswith("No clear difference from other authorities in ")
        assert all(x in section.sentences[1] for x in rest) and label not in section.sentences[1]
        assert sum("by more than" in s for s in section.sentences) == 1


def test_the_usual_figures_of_the_workforce_are_there_with_neighbours_and_england(reports, measured):
    table = topics.workforce(reports["board"], measured["board"]).table.set_index("indicator")
    usual = ["social_worker_turnover", "social_worker_vacancies", "agency_social_workers", "caseload"]
    assert table.loc[usual, ["value", "value_before", "neighbours_mean", "england_value"]].notna().all(axis=None)
    assert set(table.loc[usual, "when"]) == {"September 2018"}


def test_special_needs_have_requests_their_source_and_both_times(reports, measured):
    table = topics.of_topics(reports["board"], measured["board"], *SPECIAL).table.set_index("indicator")
    assert list(table.index) == [
        "sen_requests",
        "sen_requests_from_schools",
        "sen_requests_from_families",
        "sen_responses_in_time",
        "ehc_plans_in_time",
    ]
    assert table[["numerator", "denominator", "neighbours_mean", "england_value"]].notna().all(axis=None)
    assert table.loc["sen_responses_in_time", "target"] == 100


def test_one_figure_a_year_is_said_to_allow_no_test(reports, measured):
    said = topics.workforce(reports["board"], measured["board"]).sentences
    assert (
        "One figure a year allows no test of change: the year before stands beside each, and a difference may be chance."
        in said
    )


def test_checks_are_told_with_their_numbers_and_target(reports, measured):
    said = topics.workforce(reports["supervision"], measured["supervision"]).sentences
    assert said[-2:] == [
        "Social workers whose registration is in date, March 2019: 99.6% (267 of 268), short of the target of 100%; no sign of a "
        "change over 30 months.",
        "Staff whose disclosure and barring check is in date, March 2019: 96.0% (412 of 429), short of the target of 100%; no "
        "sign of a change over 30 months.",
    ]


@pytest.mark.parametrize("audience", WIDE)
def test_one_person_without_a_check_is_not_given_away(reports, measured, audience):
    s = topics.workforce(reports[audience], measured[audience])
    assert "all but fewer than 6 of 268, short of the target of 100%." in s.sentences[-2]
    row = measured[audience].benchmarks.set_index("indicator").loc["professional_registration"]
    assert row["suppressed"] and row["symbol"] == "c" and pd.isna(row["value"]) and pd.isna(row["value_before"])
    assert "professional_registration" not in set(measured[audience].points["series_id"])
    assert "disclosure_checks" in set(measured[audience].points["series_id"])  # 17 without: large enough to be shown
    assert performance.value_cells(s.table).tolist()[-2] == "[c]"


def test_the_tables_hold_no_withheld_value(reports, measured, monkeypatch):
    shown = []
    monkeypatch.setattr("qa_analysis.show._display_bundle", shown.append)
    r, m = reports["board"], measured["board"]
    staff = topics.workforce(r, m)
    performance.show_performance(r, m, apart=(staff.table,))
    topics.show_topics(r, staff)
    html = " ".join(b["text/html"] for b in shown)
    assert "99.6" not in html and "267" not in html and "[c]" in html
    assert html.count(">Agency social workers<") == 3  # two exceptions and one row of the table, not two


def local(numerator, denominator, month="2019-03"):
    """One check in a month that nobody else counts."""
    return pd.DataFrame(
        [
            {
                "indicator": "disclosure_checks",
                "indicator_name": "Checks",
                "area_code": "1",
                "area": "Here",
                "area_level": "authority",
                "region": None,
                "period": month,
                "numerator": float(numerator),
                "denominator": float(denominator),
                "value": 100 * numerator / denominator,
                "symbol": None,
                "unit": "%",
                "polarity": "high",
                "source_file": "i.csv",
                "source_row": 2,
            }
        ]
    )


@pytest.mark.parametrize(
    ("numbers", "board", "supervision"),
    [
        ((90, 100), "90.0% (90 of 100), short of the target of 100%", "90.0% (90 of 100), short of the target of 100%"),
        ((100, 100), "100.0% (100 of 100), at the target of 100%", "100.0% (100 of 100), at the target of 100%"),
        (
            (97, 100),
            "all but fewer than 6 of 100, short of the target of 100%",
            "97.0% (97 of 100), short of the target of 100%",
        ),
        (
            (3, 100),
            "the numbers are too small to show, short of the target of 100%",
            "3.0% (3 of 100), short of the target of 100%",
        ),
        (
            (3, 4),
            "the numbers are too small to show, short of the target of 100%",
            "75.0% (3 of 4), short of the target of 100%",
        ),
    ],
)
def test_a_local_count_follows_the_audiences_rule(reports, numbers, board, supervision):
    for audience, said in (("board", board), ("supervision", supervision)):
        r = with_indicators(reports[audience], local(*numbers))
        assert topics.workforce(r, performance.against_others(r)).sentences == [
            f"Staff whose disclosure and barring check is in date, March 2019: {said}."
        ]


def test_an_authority_alone_has_no_quarter_and_is_no_england(reports):
    r = with_indicators(reports["supervision"], local(90, 100))
    row = performance.against_others(r).benchmarks.iloc[0]
    assert row["quarter"] is None and pd.isna(row["england_value"]) and pd.isna(row["rank"])


def test_a_period_before_any_figure_says_so(example):
    r = qa.open_report(example, "manchester", "2012-13", "board")
    m = performance.against_others(r)
    assert topics.workforce(r, m).sentences == ["The data hold no indicator of the workforce up to the end of 2012-13."]
    assert not topics.of_topics(r, m, *SPECIAL).exists and not topics.cost_beside_outcome(r, m).exists


# ---------------------------------------------------------------- cost


def test_cost_stands_beside_the_outcomes_of_its_topic(reports, measured):
    s = topics.cost_beside_outcome(reports["board"], measured["board"])
    assert s.table[["indicator", "kind"]].values.tolist() == [
        ["care_cost_per_week", "Cost"],
        ["placement_moves", "Outcome"],
    ]
    assert s.sentences == [
        "Cost of a child in care for a week, 2018-19: £1,075, against £1,055 on average in its statistical neighbours and £1,044 "
        "in England; no more apart than authorities differ among themselves.",
        "Beside it, of the outcomes for children in care: Children in care with three or more placements in the year shows "
        "nothing that chance would not explain.",
    ]


def test_a_cost_far_above_others_and_a_poor_outcome_are_said(reports):
    r = reports["board"]
    table = r.whole.indicators.copy()
    own = table["area_code"].eq("9000") & table["period"].eq("2018-19")
    table.loc[own & table["indicator"].eq("care_cost_per_week"), "value"] = 3_000
    table.loc[own & table["indicator"].eq("placement_moves"), "value"] = 70
    r = with_indicators(r, table)
    said = topics.cost_beside_outcome(r, performance.against_others(r)).sentences
    assert said[0].endswith("; further apart than authorities differ among themselves.")
    assert said[1].endswith("Children in care with three or more placements in the year gives cause to look closer.")


def test_a_cost_without_outcomes_or_others_says_what_is_missing(reports):
    r = reports["board"]
    table = r.whole.indicators
    r = with_indicators(r, table[table["indicator"].eq("care_cost_per_week") & table["area_code"].eq("9000")])
    assert topics.cost_beside_outcome(r, performance.against_others(r)).sentences == [
        "Cost of a child in care for a week, 2018-19: £1,075.",
        "No outcome of children in care is in the data to set beside it.",
    ]


# ---------------------------------------------------------------- published symbols and real figures


def published(r, symbol):
    columns = ("indicator", "area_code", "area", "period", "value", "symbol")
    rows = [
        ("agency_rate_fte", "394", "Sunderland", "2023", np.nan, symbol),
        ("turnover_rate_fte", "394", "Sunderland", "2023", 11.8, None),
    ]
    table = pd.DataFrame(rows, columns=columns).assign(
        indicator_name=lambda t: t["indicator"],
        area_level="authority",
        region="North",
        numerator=np.nan,
        denominator=np.nan,
        unit="%",
        polarity="low",
        source_file="f.csv",
        source_row=2,
    )
    return dataclasses.replace(with_indicators(r, table), period=parse_period("2023-24"))


@pytest.mark.parametrize(
    ("symbol", "said", "cell"),
    [
        ("low", "the figure rounds to zero but is not zero, so it can't be compared", "[k]"),
        ("c", "the figure is confidential: suppressed, so it can't be compared", "[c]"),
        ("x", "the figure is not available, so it can't be compared", "[x]"),
    ],
)
def test_a_symbol_in_place_of_a_figure_is_told_in_words_and_is_no_zero(reports, symbol, said, cell):
    r = published(reports["public"], symbol)
    s = topics.workforce(r, performance.against_others(r, "394"))
    assert f"Agency social workers, September 2023: {said}." in s.sentences
    row = s.table.assign(cell=performance.value_cells(s.table)).set_index("label").loc["Agency social workers"]
    assert pd.isna(row["value"]) and row["cell"] == cell
    assert "Too few other authorities have a figure to test Social workers who left against them." in s.sentences


@pytest.fixture(scope="module")
def real(shared, tmp_path_factory):
    data = qa.load(
        shared / "data",
        profile="ofsted_ilacs",
        store=tmp_path_factory.mktemp("store"),
        tables=["indicators", "neighbours"],
    )
    profile = qa.load_profile("ofsted_ilacs")
    return Report(
        data=data,
        whole=data,
        profile=profile,
        period=parse_period("2025-26"),
        audience="public",
        rule=profile.disclosure["public"],
    )


def test_sunderlands_agency_rate_is_low_and_not_zero(real):
    measured = performance.against_others(real, "Sunderland")
    s = topics.workforce(real, measured)
    assert (
        "Agency social workers, September 2025: the figure rounds to zero but is not zero, so it can't be compared."
        in s.sentences
    )
    cells = dict(zip(s.table["label"], performance.value_cells(s.table), strict=True))
    assert cells["Agency social workers"] == "[k]" and cells["Social worker vacancies"] == 5.0
    assert cells["Cases per social worker"] == 17.1
    assert not s.table["suppressed"].any() and not re.search(
        r"Agency social workers[^.]*\b0(\.0)?%", " ".join(s.sentences)
    )


def test_the_real_cost_of_a_child_in_care_has_the_published_value(real):
    s = topics.cost_beside_outcome(real, performance.against_others(real, "Sunderland"))
    assert (
        s.exists
        and s.table.iloc[0]["indicator"] == "LACFinance"
        and s.sentences[0].startswith("Cost of a child in care for a week, ")
    )
    assert len(s.table) >= 3
