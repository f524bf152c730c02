"""Priorities: points follow tests, the order follows the points, last year's are held against this year's figures."""

import pandas as pd
import pytest

import qa_analysis as qa
from qa_analysis.measures import priorities as p
from qa_analysis.measures import triangulation as t
from qa_analysis.periods import parse_period


@pytest.fixture(scope="module")
def profile():
    return qa.load_profile("manchester")


@pytest.fixture(scope="module")
def data(example):
    return qa.load(example, profile="manchester")


def rank(profile, data, period):
    standards = [s.id for s in profile.standards_on(period.end)]
    matrix = t.triangulate(t.standard_evidence(profile, period, data.tables), standards)
    return p.ranked(p.standard_topics(profile, data.audits, data.ratings, matrix, period),
                    p.theme_topics(profile, data.audits, data.findings, period))


@pytest.fixture(scope="module")
def planted(profile, data):
    """The twelve months to September 2019, in which one standard fell and one theme is named far more often."""
    return rank(profile, data, parse_period("2019-09").last_months(12)).set_index("topic")


def test_what_was_planted_gets_all_points_for_its_trend(planted):
    assert planted.loc["chronologies", "points_trend"] == 2 and planted.loc["health_education", "points_trend"] == 2
    # in this seed one of nineteen themes, timeliness, moves by chance alone beyond the 5% that the correction allows
    others = planted.drop(["chronologies", "health_education", "timeliness"])
    assert set(others["points_trend"]) == {1}  # no other is called a change


def test_the_standard_that_fell_is_first(planted):
    assert planted.index[0] == "chronologies" and planted["rank"].iloc[0] == 1


def test_points_add_up_and_rule_the_order(planted):
    assert (planted[[f"points_{x}" for x in p.POINTS]].sum(axis=1) == planted["points"]).all()
    assert planted["points"].is_monotonic_decreasing
    tied = planted.groupby("points")["share"]
    assert all(s.is_monotonic_decreasing for _, s in tied)


def test_shares_are_of_the_grades_below_good_by_hand(profile, data, planted):
    own = data.audits[data.audits["audit_date"].between("2018-10-01", "2019-09-30")]
    own = own[own["selection"].isin(["random", "all"]) & own["reaudit_of"].isna() & (own["audit_type"] != "focused")]
    own = own[own["activity"] == "file_audit"]
    rated = data.ratings[data.ratings["audit_id"].isin(own["audit_id"]) & (data.ratings["standard"] == "planning")]
    rated = rated[rated["grade"].notna()]
    row = planted.loc["planning"]
    assert (row["count"], row["n"]) == ((~rated["grade"].isin(["Good", "Outstanding"])).sum(), len(rated))
    assert row["n_worst"] == (rated["grade"] == "Inadequate").sum()


def topic(name, count, n, before=(0, 0), points=4, rank=1):
    return {"topic": name, "kind": "standard", "count": count, "n": n, "share": count / n, "count_before": before[0],
            "n_before": before[1], "points": points, "rank": rank}


def ranks(*rows):
    return pd.DataFrame(list(rows)).reindex(columns=p.COLUMNS)


@pytest.mark.parametrize(("count", "outcome"), [(30, "better"), (55, "no clear change"), (85, "worse")])
def test_last_years_priorities_are_checked_by_this_years_figures(count, outcome):
    found = p.checked_against(ranks(topic("planning", 60, 100)), ranks(topic("planning", count, 100))).iloc[0]
    assert found["outcome"] == outcome
    assert found["share_then"] == 0.6 and found["share_now"] == count / 100


def test_a_priority_that_is_measured_no_more_is_too_few_to_tell():
    found = p.checked_against(ranks(topic("planning", 60, 100)), ranks(topic("assessment", 10, 100))).iloc[0]
    assert found["outcome"] == "too few" and pd.isna(found["rank_now"])


def test_topics_with_too_few_have_no_points_and_come_last(profile, data):
    few = data.ratings.iloc[:0]
    table = p.ranked(p.standard_topics(profile, data.audits, few, pd.DataFrame(columns=["standard", "source", "direction"]),
                                       parse_period("2018-19")))
    assert len(table) == 6 and table["points"].isna().all() and table["rank"].isna().all()


def test_no_topics_give_an_empty_table_with_its_columns():
    assert list(p.ranked().columns) == p.COLUMNS and p.ranked().empty


def test_the_rule_is_told_for_each_kind_of_points():
    assert [r.split(":")[0].lower() for r in p.RULE] == list(p.POINTS)
