"""The scorecard: shares by hand counts, positions by funnel limits, signals by control charts, what was planted is found."""

import pandas as pd
import pytest

import qa_analysis as qa
from qa_analysis.measures import scorecard as sc
from qa_analysis.periods import parse_period

YEAR = parse_period("2019-09").last_months(12)


@pytest.fixture(scope="module")
def profile():
    return qa.load_profile("manchester")


@pytest.fixture(scope="module")
def data(example):
    return qa.load(example, profile="manchester")


@pytest.fixture(scope="module")
def card(profile, data):
    return sc.scorecard(profile, YEAR, data.tables).set_index(["group", "measure"])


def test_the_service_that_leaves_actions_open_is_far_below_the_rest_and_only_there(card):
    below = card[card["position"].eq("far below")]
    assert list(below.index) == [("Permanence", "in_time")]


def test_grades_are_counted_by_hand(card, data):
    own = data.audits[data.audits["audit_date"].between("2018-10-01", "2019-09-30")]
    own = own[(own["activity"] == "file_audit") & own["selection"].isin(["random", "all"]) & own["reaudit_of"].isna()]
    own = own[(own["audit_type"] != "focused") & (own["service"] == "Fostering") & own["grade"].notna()]
    row = card.loc[("Fostering", "good")]
    assert (row["count"], row["n"]) == (own["grade"].isin(["Good", "Outstanding"]).sum(), len(own))


def test_feedback_counts_what_the_givers_said_and_no_complaints(card, data):
    own = data.feedback[data.feedback["date"].between("2018-10-01", "2019-09-30") & (data.feedback["kind"] == "feedback")]
    own = own[(own["service"] == "Early Help") & own["sentiment"].notna()]
    row = card.loc[("Early Help", "positive")]
    assert (row["count"], row["n"]) == ((own["sentiment"] == "positive").sum(), len(own))


def test_actions_in_time_are_those_that_the_follow_up_section_counts(card, data):
    from qa_analysis.measures.actions import closed_by_due

    by_service = closed_by_due(data.actions, YEAR, by="service").set_index("service")
    row = card.loc[("Permanence", "in_time")]
    assert (row["count"], row["n"]) == tuple(by_service.loc["Permanence", ["count", "n"]])


def test_the_standard_that_fell_has_the_only_signal(profile, data):
    table = sc.standards_card(profile, YEAR, data.audits, data.ratings)
    assert list(table["group"]) == [s.id for s in profile.standards_on(YEAR.end)]
    assert table.set_index("group")["signal"].to_dict() == {
        s: "getting worse" if s == "chronologies" else "steady" for s in table["group"]}


def test_no_service_gets_a_signal_from_noise(card):
    assert set(card["signal"].dropna()) == {"steady"}


def test_every_measure_has_its_kind_of_evidence_and_the_share_of_all_but_those_far_outside_and_those_of_no_place(card):
    assert set(card["type"]) == {"quantity", "quality", "outcome"}
    for measure, rows in card.groupby(level="measure"):
        left_out = ["not recorded", "Permanence"] if measure == "in_time" else ["not recorded"]
        kept = rows[~rows.index.get_level_values("group").isin(left_out)]
        assert rows["all_share"].nunique() == 1
        assert rows["all_share"].iloc[0] == pytest.approx(kept["count"].sum() / kept["n"].sum())


def test_one_place_far_below_makes_no_ordinary_place_look_good(card):
    assert not card["position"].isin(["above", "far above"]).any()
    assert card.loc["not recorded", "position"].isna().all()


def audits(n, service="A", start="2018-01-15", good=1.0):
    days = pd.date_range(start, periods=n, freq="MS")
    grade = pd.Categorical(["Good" if i < good * n else "Inadequate" for i in range(n)],
                           ["Inadequate", "Requires improvement to be good", "Good", "Outstanding"], ordered=True)
    return pd.DataFrame({"audit_id": [f"{service}{i}" for i in range(n)], "activity": "file_audit", "audit_date": days,
                         "service": service, "grade": grade, "overall_grade": grade, "selection": "random",
                         "audit_type": "regular", "reaudit_of": None, "child_view_sought": "yes"})


def test_too_few_have_a_count_and_no_share_and_few_months_no_signal(profile):
    table = sc.scorecard(profile, parse_period("2018-19"), {"audits": audits(8, start="2018-05-01")})
    row = table[table["measure"] == "good"].iloc[0]
    assert row["n"] == 8 and pd.isna(row["share"]) and pd.isna(row["signal"]) and pd.isna(row["position"])
    assert row["n_months"] == 8


def test_two_places_have_no_funnel(profile):
    both = pd.concat([audits(24, "A"), audits(24, "B")], ignore_index=True)
    table = sc.scorecard(profile, parse_period("2018-19"), {"audits": both})
    assert table["position"].isna().all() and len(table) == 4


def test_nothing_recorded_gives_an_empty_card(profile):
    assert sc.scorecard(profile, YEAR, {}).empty
    assert list(sc.scorecard(profile, YEAR, {}).columns) == sc.COLUMNS
