"""Learning from inspections: themes of reports counted by hand on small tables, and on the published reports."""

import dataclasses

import pandas as pd
import pytest

import qa_analysis as qa
from qa_analysis.codebook import load_codebook
from qa_analysis.context import Report
from qa_analysis.loading import Data
from qa_analysis.measures import inspections as measure
from qa_analysis.narrative import inspections as told
from qa_analysis.periods import parse_period
from qa_analysis.profile import load_profile
from qa_analysis.sections.inspections import _TABLES, learning_from_inspections, show_learning_from_inspections

GOOD = {"Good", "Outstanding"}
PRAISE = "Supervision is effective."


@pytest.mark.parametrize(("sentence", "praise"), [
    ("Supervision is regular and effective.", True), ("Supervision is not effective.", False),
    ("Social workers know children well, but plans drift.", False), ("Children are seen.", False)])
def test_praise_needs_a_word_of_praise_and_none_of_reserve(sentence, praise):
    assert measure.is_praise(sentence) is praise


def reports_of(**days: str) -> pd.DataFrame:
    return pd.DataFrame({"audit_id": list(days), "case_id": [k[:-1] for k in days], "team": [k[:-1] for k in days],
                         "audit_date": pd.to_datetime(list(days.values()))})


def findings_of(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["audit_id", "kind", "standard", "text"])


def test_the_newest_report_with_text_of_each_authority_counts():
    audits = reports_of(a1="2019-01-01", a2="2022-01-01", b1="2020-01-01", c1="2020-01-01")
    findings = findings_of(*[(i, "improvement", None, "x") for i in ("a1", "a2", "b1")])
    assert measure.newest_reports(audits, findings)["audit_id"].tolist() == ["b1", "a2"]
    assert measure.newest_reports(audits, findings, ["a"], pd.Timestamp("2021-01-01"))["audit_id"].tolist() == ["a1"]


def test_a_theme_is_praised_in_good_areas_by_three_sentences_and_criticised_by_one_item():
    reports = reports_of(a1="2020-01-01", b1="2020-01-01", c1="2020-01-01")
    ratings = pd.DataFrame({"audit_id": ["a1", "b1", "c1"], "standard": "leaders", "grade": ["Good", "Good", "Inadequate"]})
    findings = findings_of(
        ("a1", "evidence", "leaders", " ".join([PRAISE] * 3)), ("b1", "evidence", "leaders", " ".join([PRAISE] * 2)),
        ("c1", "evidence", "leaders", " ".join([PRAISE] * 3)), ("c1", "improvement", None, "The quality of supervision."))
    codebook = load_codebook(load_profile("ofsted_ilacs"))
    found = measure.report_themes(reports, ratings, findings, codebook, GOOD)
    rows = found[found["theme"].eq("supervision")]
    assert rows[["audit_id", "kind"]].values.tolist() == [["c1", "improvement"], ["a1", "strength"]]
    shares = measure.theme_shares(found, 3, codebook)
    row = shares[shares["theme"].eq("supervision") & shares["kind"].eq("improvement")].iloc[0]
    assert (row["count"], row["n"]) == (1, 3)
    assert row[["share_lower", "share_upper"]].tolist() == pytest.approx([0.0615, 0.7923], abs=1e-3)  # Wilson, 1 of 3


def test_words_say_how_many_reports_and_what_local_audits_never_name():
    rows = [{"label": "Timeliness; drift", "count": 4, "share": 0.8, "share_lower": 0.38, "share_upper": 0.96,
             "is_named": True, "local_share": 0.2, "local_n": 50},
            {"label": "Risk", "count": 2, "share": 0.4, "share_lower": 0.12, "share_upper": 0.77, "is_named": False}]
    assert told.most_often("improvement", rows, 5) == (
        "Inspectors most often ask for better practice on Timeliness (drift) (4 of 5 reports, 80%, 95% interval 38% to 96%); "
        "and Risk (2 of 5 reports, 40%, 95% interval 12% to 77%).")
    assert told.beside_local("improvement", rows, "local audits") == (
        "Of these, local audits name Timeliness (drift) (20% of 50) as an area for improvement too, but never Risk.")
    assert "can't be held against each other" in told.beside_local("strength", [{**rows[0], "is_named": None}], "local audits")
    assert told.most_often("strength", [], 5) == "No theme is praised in two or more of 5 reports."


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return tmp_path_factory.mktemp("store")


def _report(data: Data, profile: str, period: str) -> Report:
    framework = load_profile(profile)
    return Report(data=data, whole=data, profile=framework, period=parse_period(period), audience="board",
                  rule=framework.disclosure["board"])


@pytest.fixture(scope="module")
def local(example, store):
    return _report(qa.load(example, profile="manchester", store=store), "manchester", "2019-20")


def test_without_a_folder_of_inspections_the_section_is_absent(local):
    s = learning_from_inspections(local)
    assert not s.exists and s.sentences == []
    show_learning_from_inspections(local, s)


def test_neighbours_without_a_report_are_said(local):
    empty = dataclasses.replace(local.whole, tables={**local.whole.tables, "findings": local.whole.tables["findings"].iloc[:0],
                                                     "audits": local.whole.audits.iloc[:0]})
    s = learning_from_inspections(local, published=empty, area="9000")
    assert s.exists and s.reports.empty and "holds no report of statistical neighbours of Harrowmere" in s.sentences[0]


@pytest.fixture(scope="module")
def published(shared, store):
    return qa.load(shared / "data", profile="ofsted_ilacs", store=store, tables=_TABLES)


def test_local_audits_stand_beside_the_reports_of_manchesters_neighbours(local, published):
    s = learning_from_inspections(local, published=published)
    assert s.area == "Manchester" and len(s.reports) == 7 and s.reports["audit_date"].max() <= pd.Timestamp("2020-03-31")
    assert s.themes["n"].eq(7).all() and s.themes["local_n"].dropna().nunique() == 1
    hidden = s.themes["local_count"].between(1, local.rule.smallest_count - 1)
    assert not hidden.any()  # a board sees no small number
    assert any("local audits of 2019-20 name" in x for x in s.sentences)


def test_a_real_authority_needs_no_local_data_and_a_region_is_its_authorities(published):
    r = _report(published, "ofsted_ilacs", "all")
    s = learning_from_inspections(r, area="Barnsley")
    assert len(s.reports) == 9 and s.sentences[1] == "No report of Telford and Wrekin is in the data."
    assert "inspectors of Barnsley in September 2023" in s.local
    region = learning_from_inspections(r, area="North West")
    assert set(region.reports["locality"]) == {"North West"}
    assert learning_from_inspections(r, area="Kent").sentences[-1].startswith("No report on Kent itself")


def test_every_authority_with_an_inspection_is_found_by_its_name_among_the_neighbours(published):
    from qa_analysis.sections.inspections import _key

    names = {_key(n) for n in published.neighbours["area"]}
    assert not [t for t in published.audits["team"].unique() if _key(t) not in names]
