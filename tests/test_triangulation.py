"""Each source's evidence on each standard by hand counts, and the rules for direction, strength and agreement."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qa_analysis as qa
from qa_analysis.measures import triangulation as t
from qa_analysis.periods import parse_period

YEAR = parse_period("2018-19")


@pytest.fixture(scope="module")
def profile():
    return qa.load_profile("manchester")


@pytest.fixture(scope="module")
def data(example):
    return qa.load(example, profile="manchester")


@pytest.fixture(scope="module")
def evidence(profile, data):
    return t.standard_evidence(profile, YEAR, data.tables)


def one(evidence, standard, source, part):
    return evidence.set_index(["standard", "source", "part"]).loc[(standard, source, part)]


def test_audit_grades_are_counted_by_hand_from_random_file_audits_of_the_year(evidence, data, profile):
    audits = data.audits
    own = audits[audits["audit_date"].between("2018-04-01", "2019-03-31") & (audits["activity"] == "file_audit")]
    own = own[own["selection"].isin(["random", "all"]) & own["reaudit_of"].isna() & (own["audit_type"] != "focused")]
    own = own[own["audit_type"] != "external"]
    rated = data.ratings[data.ratings["audit_id"].isin(own["audit_id"]) & (data.ratings["standard"] == "planning")]
    rated = rated[rated["grade"].notna()]
    row = one(evidence, "planning", "audit", "grades")
    assert (row["favourable"], row["n"]) == (rated["grade"].isin(["Good", "Outstanding"]).sum(), len(rated))


def test_answers_of_the_named_givers_count_and_partly_is_not_favourable(evidence, data):
    own = data.feedback[data.feedback["date"].between("2018-04-01", "2019-03-31") & (data.feedback["kind"] == "feedback")]
    child = own[own["giver"] == "child"]["listened_to"]
    row = one(evidence, "childs_voice", "feedback", "listened_to")
    assert (row["favourable"], row["n"]) == ((child == "yes").sum(), child.isin(["yes", "partly", "no"]).sum())
    assert not row["is_representative"]


def test_the_workforce_agrees_or_disagrees_and_the_middle_is_left_out(evidence, data):
    own = data.survey[data.survey["wave"].between("2018-04-01", "2019-03-31")]
    score = own.loc[own["question"] == "Managers listen to me", "score"]
    row = one(evidence, "management_supervision", "workforce", "Managers listen to me")
    assert (row["favourable"], row["n"]) == ((score >= 4).sum(), (score != 3).sum())


def test_the_year_before_stands_beside_each_count(evidence, profile, data):
    earlier = t.standard_evidence(profile, parse_period("2017-18"), data.tables)
    both = evidence.merge(earlier, on=["standard", "source", "part"], suffixes=("", "_then"))
    assert len(both) > 20
    assert (both["favourable_before"] == both["favourable_then"]).all() and (both["n_before"] == both["n_then"]).all()


def test_the_planted_fall_is_the_only_change_of_the_audits(profile, data):
    year = parse_period("2019-09").last_months(12)
    matrix = t.triangulate(t.standard_evidence(profile, year, data.tables), [s.id for s in profile.standards_on(year.end)])
    audits = matrix[matrix["source"] == "audit"].set_index("standard")["change"]
    assert audits.to_dict() == {s: "fell" if s == "chronologies" else "no clear change" for s in audits.index}


def evidence_of(*rows):
    return pd.DataFrame(rows, columns=t.EVIDENCE)


@pytest.mark.parametrize(("favourable", "n", "representative", "direction", "strength"), [
    (70, 100, True, t.GOOD, "strong"),  # Wilson 60% to 78%
    (70, 100, False, t.GOOD, "fair"),
    (58, 100, True, t.MIXED, "strong"),  # 48% to 67%
    (30, 100, True, t.CONCERN, "strong"),
    (9, 10, True, t.GOOD, "weak"),  # 60% to 98%
    (5, 29, True, t.CONCERN, "weak"),
    (25, 30, True, t.GOOD, "fair"),
    (9, 9, True, t.TOO_FEW, "weak"),
])
def test_direction_follows_the_interval_and_strength_the_number(favourable, n, representative, direction, strength):
    cell = t.triangulate(evidence_of(("a", "audit", "grades", favourable, n, 0, 0, representative)), ["a"]).iloc[0]
    assert (cell["direction"], cell["strength"]) == (direction, strength)


@pytest.mark.parametrize(("favourable", "n", "direction"), [(1, 1, t.GOOD), (0, 2, t.CONCERN), (1, 2, t.MIXED)])
def test_performance_and_inspection_speak_from_one_on_and_weakly(favourable, n, direction):
    for source in ("performance", "inspection"):
        matrix = t.triangulate(evidence_of(("a", source, "x", favourable, n, 0, 0, True)), ["a"])
        cell = matrix[matrix["source"] == source].iloc[0]
        assert (cell["direction"], str(cell["strength"])) == (direction, "weak")


def test_every_standard_meets_every_source_and_silence_is_said():
    matrix = t.triangulate(evidence_of(("a", "audit", "grades", 40, 50, 0, 0, True)), ["a", "b"])
    assert len(matrix) == 2 * len(t.SOURCES)
    assert (matrix.loc[matrix["n"] == 0, "direction"] == t.NONE).all() and (matrix["n"] == 0).sum() == 17


def test_parts_of_one_source_are_added_up():
    matrix = t.triangulate(evidence_of(("a", "feedback", "x", 8, 10, 5, 10, False), ("a", "feedback", "y", 7, 10, 5, 10, False)),
                           ["a"])
    cell = matrix[matrix["source"] == "feedback"].iloc[0]
    assert (cell["favourable"], cell["n"]) == (15, 20)


@pytest.mark.parametrize(("cells", "verdict"), [
    ({"audit": (80, 100), "feedback": (80, 100)}, "agree: good"),
    ({"audit": (20, 100), "feedback": (20, 100)}, "agree: concern"),
    ({"audit": (20, 100), "feedback": (80, 100)}, "contradict"),
    ({"audit": (20, 100), "feedback": (50, 100)}, "one source"),
    ({"audit": (50, 100)}, "mixed"),
    ({"audit": (5, 5)}, "no evidence"),
    ({}, "no evidence"),
])
def test_sources_agree_contradict_or_are_silent(cells, verdict):
    rows = evidence_of(*(("a", source, "x", *counts, 0, 0, True) for source, counts in cells.items()))
    row = t.agreements(t.triangulate(rows, ["a"])).iloc[0]
    assert row["verdict"] == verdict
    assert len(row["silent"].split(";")) == len(t.SOURCES) - len(cells)


def test_an_indicator_for_the_worse_is_a_concern_even_beside_one_for_the_better():
    found = pd.DataFrame({"indicator": ["a", "a", "b", "c"],
                          "direction": ["concern", "improvement", "improvement", "no direction"]})
    ways = t.indicator_directions(pd.DataFrame({"indicator": ["a", "b", "c", "d"]}), found)
    assert dict(zip(ways["indicator"], ways["direction"], strict=True)) == {
        "a": "concern", "b": "good", "c": "neither", "d": "neither"}


def test_a_source_that_records_improvements_alone_gives_no_themes(profile, data):
    visits = data.audits["activity"] == "practice_observation"
    tables = {"audits": data.audits[visits], "ratings": data.ratings,
              "findings": data.findings[data.findings["kind"] == "improvement"]}
    tables["audits"] = tables["audits"].assign(strength_themes=pd.NA)
    evidence = t.standard_evidence(profile, YEAR, tables)
    assert "themes" not in set(evidence["part"]) and "grades" in set(evidence["part"])


def test_no_tables_give_no_evidence_and_a_matrix_of_silence(profile):
    evidence = t.standard_evidence(profile, YEAR, {})
    matrix = t.triangulate(evidence, ["planning"])
    assert evidence.empty and (matrix["direction"] == t.NONE).all()
    assert t.agreements(matrix).iloc[0]["verdict"] == "no evidence"


@settings(deadline=None)
@given(st.integers(0, 300), st.integers(0, 300), st.booleans())
def test_no_direction_contradicts_its_count(favourable, other, representative):
    n = favourable + other
    cell = t.triangulate(evidence_of(("a", "audit", "grades", favourable, n, 0, 0, representative)), ["a"]).iloc[0]
    if cell["direction"] == t.GOOD:
        assert favourable > other and n >= t.LEAST
    if cell["direction"] == t.CONCERN:
        assert favourable < other and n >= t.LEAST
    assert (cell["direction"] == t.NONE) == (n == 0)
    assert (str(cell["strength"]) == "strong") == (n >= t.STRONG and representative)
