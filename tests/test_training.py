"""Training: read as it is written, taken up and used by hand counts, called apart only by a test, small numbers withheld."""

import dataclasses
import re

import numpy as np
import pandas as pd
import pytest
import yaml

import qa_analysis as qa
from qa_analysis import scope
from qa_analysis.example import make_tables
from qa_analysis.loading import load
from qa_analysis.measures import training as t
from qa_analysis.periods import parse_period
from qa_analysis.sections import priorities, triangulation
from qa_analysis.sections import training as section

YEAR = parse_period("2018-19")
WIDE = ("team", "board", "public")
HEAD = ("Booking ref,Course title,Date of course,Course theme,Organisation,Service area,Places,Attended,People followed up,"
        "Use it in their work")


def bookings(*rows):
    """Rows of theme, agency, offered, taken, followed up, used; all in the year but where a date is named first."""
    rows = [row if isinstance(row[0], pd.Timestamp) else (pd.Timestamp("2018-06-01"), *row) for row in rows]
    table = pd.DataFrame(
        rows, columns=["date", "theme", "agency", "places_offered", "places_taken", "followed_up", "used_in_work"]
    )
    numbers = ["places_offered", "places_taken", "followed_up", "used_in_work"]
    return table.astype({**dict.fromkeys(numbers, "Int64"), "theme": "str", "agency": "str"}).assign(
        service=None, locality=None, team=None, training_id=[f"B{i}" for i in range(len(table))]
    )


def many(theme, agency, n, offered=10, taken=8, asked=6, used=4):
    return [(theme, agency, offered, taken, asked, used)] * n


# ---------------------------------------------------------------- reading


@pytest.fixture
def read(tmp_path):
    def of(*rows, head=HEAD):
        (tmp_path / "training.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
        return load(tmp_path, "manchester", store=None, as_of="2025-12-31")

    return of


def test_headings_as_people_write_them_and_numbers_as_text_are_read(read):
    d = read(
        "B1,Plans that work,03/04/2025,Plans and planning; Risk and threshold decisions,Police,, 12 ,10.0,6,4",
        "B2,Voice,25/04/2025,Childs voice,Health,,8,7,,",
        head=HEAD.replace("Date of course", "Date of course\u00a0"),
    )
    row = d.training.iloc[0]
    assert (row["theme"], row["agency"], row["date"]) == ("planning;risk", "Police", pd.Timestamp("2025-04-03"))
    assert row[["places_offered", "places_taken", "followed_up", "used_in_work"]].tolist() == [12, 10, 6, 4]
    assert pd.isna(d.training.loc[1, "followed_up"]) and d.training.loc[1, "theme"] == "childs_voice"


@pytest.mark.parametrize(
    ("numbers", "column", "rule", "found"),
    [
        ("10,12,,", "places_taken", "more places taken than offered", "12"),
        ("10,8,9,3", "followed_up", "more people followed up than took part", "9"),
        ("10,8,5,6", "used_in_work", "more people use it than were followed up", "6"),
        ("10,8,,6", "used_in_work", "use recorded, but not of how many", "6"),
    ],
)
def test_numbers_that_can_not_be_true_together_are_listed_and_kept(read, numbers, column, rule, found):
    d = read(f"B1,Plans,25/04/2025,Planning,Police,,{numbers}", "B2,Plans,25/04/2025,Planning,Health,,10,8,5,3")
    issue = d.issues[d.issues["table"].eq("training") & d.issues["column"].eq(column)]
    assert issue[["rule", "source_row", "value_found", "action", "value_used"]].values.tolist() == [
        [rule, 2, found, "kept", found]
    ]
    assert issue["remedy"].iloc[0] == (
        "Correct the number that is wrong: until then the row counts in no share that rests on it."
    )
    assert int(d.training[column].iloc[0]) == int(found)


@pytest.mark.parametrize(
    ("cells", "column", "rule"),
    [
        ("B1,Plans,25/04/2025,Planning,Police,,ten,8,5,3", "places_offered", "not a number"),
        ("B1,Plans,25/04/2025,Planning,Police,,TBC,8,5,3", "places_offered", "number pending"),
        ("B1,Plans,25/04/2025,Planning,Police,,10,7.5,5,3", "places_taken", "not a whole number"),
        ("B1,Plans,25/04/2025,Planning,Police,,10,-1,5,3", "places_taken", "outside 0 or more"),
        ("B1,Plans,25/04/2025,Juggling,Police,,10,8,5,3", "theme", "unknown theme"),
    ],
)
def test_a_cell_that_can_not_be_read_is_left_blank_and_listed(read, cells, column, rule):
    d = read(cells)
    issue = d.issues[d.issues["table"].eq("training") & d.issues["column"].eq(column)]
    assert issue["rule"].tolist() == [rule] and issue["action"].tolist() == ["left blank"]
    assert pd.isna(d.training[column].iloc[0])


@pytest.mark.parametrize(("day", "rule"), [("", "no date"), ("31/02/2025", "no date"), ("01/06/2097", "no date")])
def test_a_booking_without_a_day_is_set_aside_and_none_is_lost(read, day, rule):
    d = read(f"B1,Plans,{day},Planning,Police,,10,8,5,3", "B2,Plans,25/04/2025,Planning,Police,,10,8,5,3")
    assert d.training["training_id"].tolist() == ["B2"]
    assert d.set_aside[["table", "source_row", "rule"]].values.tolist() == [["training", 2, rule]]


def test_one_number_for_two_agencies_is_two_bookings(read):
    d = read(
        "B1,Plans,25/04/2025,Planning,Police,,10,8,5,3",
        "B1,Plans,25/04/2025,Planning,Health,,6,6,5,3",
        "B1,Plans,25/04/2025,Planning,Health,,6,5,5,3",
    )
    assert d.training[["training_id", "agency", "places_taken"]].values.tolist() == [
        ["B1", "Police", 8],
        ["B1 (2)", "Health", 5],
    ]
    assert "one id on different records" in set(d.issues["rule"])


def test_a_report_of_one_service_holds_its_own_bookings(example):
    whole = qa.load(example, profile="manchester")
    own = scope.narrow(whole, service="Permanence").training
    assert 0 < len(own) < len(whole.training) and set(own["service"]) == {"Permanence"}


# ---------------------------------------------------------------- the measure


def test_places_taken_and_learning_used_by_hand():
    table = bookings(
        ("planning", "Police", 10, 8, 6, 3), ("planning", "Health", 20, 10, None, None), ("risk", "Police", 5, 5, 4, 4)
    )
    taken = t.share_of_places(table, YEAR, "theme").set_index("theme")
    assert taken.loc["planning", ["n_courses", "count", "n", "share"]].tolist() == [2, 18, 30, 0.6]
    assert taken.loc["planning", ["share_lower", "share_upper"]].tolist() == pytest.approx(
        [0.4232, 0.7541], abs=1e-4
    )  # Wilson
    assert taken.loc["risk", ["count", "n"]].tolist() == [5, 5] and np.isnan(taken.loc["risk", "share"])  # under ten
    used = t.share_of_places(table, YEAR, "agency", t.USED).set_index("agency")
    assert used.loc["Police", ["n_courses", "count", "n"]].tolist() == [2, 7, 10] and "Health" not in used.index


def test_only_courses_of_the_period_count_and_one_agency_has_one_name():
    table = bookings(
        (pd.Timestamp("2018-03-31"), "planning", "Police", 10, 8, None, None),
        ("planning", "POLICE", 10, 8, None, None),
        ("planning", "Police ", 10, 7, None, None),
        ("planning", "Police", 10, 6, None, None),
        ("planning", None, 10, 5, None, None),
    )
    found = t.share_of_places(table, YEAR, "agency").set_index("agency")
    assert found["count"].to_dict() == {"Police": 21, "not recorded": 5}


def test_a_course_on_two_themes_counts_for_each_and_once_in_all():
    table = bookings(("planning;risk", "Police", 10, 8, None, None), ("risk", "Police", 10, 2, None, None))
    assert t.share_of_places(table, YEAR, "theme").set_index("theme")["count"].to_dict() == {"planning": 8, "risk": 10}
    assert t.share_of_places(table, YEAR)[["count", "n"]].iloc[0].tolist() == [10, 20]


@pytest.mark.parametrize(
    ("row", "in_taken", "in_used"),
    [
        (("planning", "Police", 10, 12, 6, 3), False, True),
        (("planning", "Police", 10, 8, 9, 3), True, False),
        (("planning", "Police", 10, 8, 6, 7), True, False),
        (("planning", "Police", None, 8, 6, 3), False, True),
        (("planning", "Police", 10, 8, None, 3), True, False),
        (("planning", "Police", 10, 8, None, None), True, False),
    ],
)
def test_a_number_that_can_not_be_true_is_in_no_share_and_counted_as_left_out(row, in_taken, in_used):
    table = bookings(row, ("risk", "Health", 10, 8, 6, 3))
    assert ("planning" in set(t.share_of_places(table, YEAR, "theme")["theme"])) is in_taken
    assert ("planning" in set(t.share_of_places(table, YEAR, "theme", t.USED)["theme"])) is in_used
    says_used = row[4] is not None or row[5] is not None
    assert t.left_out(table, YEAR) == int(not in_taken or (says_used and not in_used))


def test_a_theme_is_called_apart_only_where_chance_would_not_explain_it():
    alike = bookings(*many("planning", "Police", 12), *many("risk", "Police", 12), *many("other", "Health", 12))
    assert set(t.share_of_places(alike, YEAR, "theme", t.USED)["verdict"]) == {"no clear difference"}
    apart = bookings(*many("planning", "Police", 12, used=1), *many("risk", "Police", 12), *many("other", "Health", 12))
    found = t.share_of_places(apart, YEAR, "theme", t.USED).set_index("theme")
    assert found["verdict"].to_dict() == {"planning": "lower", "risk": "higher", "other": "higher"}
    assert found.loc["planning", "rest_share"] == pytest.approx(96 / 144)
    few = bookings(*many("planning", "Police", 4, used=1), *many("risk", "Police", 12))
    assert set(t.share_of_places(few, YEAR, "theme", t.USED)["verdict"]) == {
        "too few"
    }  # under five bookings on one side


def test_courses_that_differ_among_themselves_make_a_difference_of_themes_less_clear():
    """Of one theme all use it after half of the courses and nobody after the rest: 24 people are then worth far fewer."""
    even = bookings(*many("planning", "Police", 6, asked=4, used=3), *many("risk", "Police", 30, asked=4, used=2))
    uneven = bookings(
        *many("planning", "Police", 4, asked=4, used=4),
        *many("planning", "Police", 2, asked=4, used=1),
        *many("risk", "Police", 15, asked=4, used=4),
        *many("risk", "Police", 15, asked=4, used=0),
    )
    p = [t.share_of_places(x, YEAR, "theme", t.USED).set_index("theme").loc["planning", "p"] for x in (even, uneven)]
    assert p[1] > 1.5 * p[0]


def test_courses_alike_are_seldom_called_apart_though_people_on_one_course_are():
    """Eight themes that do not differ, courses that do: in 300 years fewer than one in twelve names any theme."""
    rng, called = np.random.default_rng(5), 0
    for _ in range(300):
        rate = np.clip(rng.normal(0.7, 0.15, 120), 0, 1)
        asked = rng.integers(4, 12, 120)
        rows = [
            (f"theme{i % 8}", "Police", 20, 15, int(a), int(rng.binomial(a, r)))
            for i, (a, r) in enumerate(zip(asked, rate, strict=True))
        ]
        called += t.share_of_places(bookings(*rows), YEAR, "theme", t.USED)["verdict"].isin(["lower", "higher"]).any()
    assert called < 25


def test_pure_noise_names_hardly_any_theme_or_agency():
    """Twelve invented years without a truth, four families of comparisons each at 5%: two or three in all by chance."""
    called = 0
    for seed in range(12):
        table = make_tables(seed, noise_only=True, tables=("training",))["training"]
        called += sum(
            t.share_of_places(table, YEAR, by, of)["verdict"].isin(["lower", "higher"]).any()
            for by in ("theme", "agency")
            for of in (t.TAKEN, t.USED)
        )
    assert called <= 6


# ---------------------------------------------------------------- the section


@pytest.fixture(scope="module")
def truths(example):
    return yaml.safe_load((example / "truths.yml").read_text(encoding="utf-8"))["truths"]


@pytest.fixture(scope="module")
def reports(example):
    return {a: qa.open_report(example, "manchester", "2018-19", a) for a in ("supervision", *WIDE)}


def with_training(r, table):
    data = dataclasses.replace(r.data, tables={**r.data.tables, "training": table})
    return dataclasses.replace(r, data=data, whole=data)


def test_the_theme_whose_training_is_not_used_is_named_and_no_other(reports, truths):
    planted = reports["board"].profile.label("themes", truths["training_not_used"]["theme"])
    said = section.taken_up(reports["board"]).sentences
    assert [s for s in said if "clearly" in s and "No " not in s] == [
        f"After training on {planted} (89% of 251 places taken up) clearly fewer use it in their work than after other training: "
        "28% of 130 followed up, against 72%."
    ]
    assert "No theme or agency differs clearly from the others in how many of the places offered were taken." in said
    assert "No agency differs clearly from the others in how many use it in their work." in said


def test_the_need_without_training_is_named_beside_the_needs(reports, truths):
    r = reports["board"]
    plan = priorities.next_year(r, triangulation.triangulated(r))
    missing = r.profile.label("themes", truths["training_missing"]["theme"])
    assert plan.training_sentences[0] == (
        f"No training on {missing} is recorded in 2018-19, though it is among the themes named most often for improvement."
    )
    assert (
        plan.training_sentences[1].startswith("After training on Assessment and analysis")
        and len(plan.training_sentences) == 2
    )
    needs = plan.needs.set_index("theme")
    assert not needs.loc["chronology_recording", "is_taught"] and needs.loc["assessment", "n_taken"] == 251


def test_every_need_with_training_is_said_to_have_it(reports):
    r = reports["board"]
    needs = priorities.training_needs(r)["theme"]
    plan = priorities.next_year(
        with_training(r, bookings(*[row for n in needs for row in many(n, "Police", 6)])), triangulation.triangulated(r)
    )
    assert plan.training_sentences == ["There was training in 2018-19 on each of these themes."]


def test_training_whose_places_are_not_recorded_is_still_training(reports):
    r = reports["board"]
    needs = priorities.training_needs(r)["theme"]
    unknown = [(theme, "Police", None, None, None, None) for theme in needs]
    plan = priorities.next_year(
        with_training(r, bookings(*unknown, *many("other", "Police", 6))), triangulation.triangulated(r)
    )
    assert plan.training_sentences == ["There was training in 2018-19 on each of these themes."]


def test_without_a_record_of_training_that_is_said_and_nothing_else(reports):
    r = with_training(reports["board"], reports["board"].whole.training.iloc[:0])
    found = section.taken_up(r)
    assert not found.exists and found.sentences == [
        "The data hold no record of training, so who took it up and whether it is used can't be told."
    ]
    plan = priorities.next_year(r, triangulation.triangulated(r))
    assert plan.training_sentences[-1] == "So it is not known which of these needs were met."


def test_a_year_without_training_names_the_last_month_with_any(example):
    found = section.taken_up(qa.open_report(example, "manchester", "2020-21", "board"))
    assert (
        found.exists
        and not found.any
        and found.sentences == ["No training is recorded in 2020-21; the last was in September 2019."]
    )
    before = section.taken_up(qa.open_report(example, "manchester", "2012-13", "board"))
    assert before.sentences == ["No training is recorded in 2012-13."]


def test_training_that_nobody_followed_up_is_said(reports):
    r = with_training(reports["board"], bookings(*[("planning", "Police", 10, 8, None, None)] * 12))
    said = section.taken_up(r).sentences
    assert "Nobody was followed up after training in 2018-19, so whether it is used can't be told." in said


def small():
    """Two themes of which a few people stand out, among larger ones."""
    return bookings(
        *many("planning", "Police", 12),
        *many("risk", "Health", 12),
        ("childs_voice", "Probation", 12, 3, 3, 2),
        ("timeliness", "Schools", 30, 28, 20, 10),
    )


@pytest.mark.parametrize("audience", WIDE)
def test_small_numbers_of_people_are_withheld_and_can_not_be_worked_out(reports, audience):
    found = section.taken_up(with_training(reports[audience], small()))
    for table, key in ((found.themes, "theme"), (found.agencies, "agency")):
        rows = table.set_index(key)
        assert rows["suppressed"].sum() >= 2 and rows["suppressed_used"].sum() != 1
        assert rows.loc[rows["suppressed"], ["count", "share", "share_lower"]].isna().all(axis=None)
        for count, n in (("count", "n"), ("count_used", "n_used")):
            shown = rows[rows[count].notna()]
            assert not shown[count].between(1, 5).any() and not (shown[n] - shown[count]).between(1, 5).any()
    shown = section.with_symbols(found.themes).set_index("theme")
    assert shown.loc["childs_voice", ["count", "share", "n_used", "share_used"]].tolist() == ["[c]"] * 4
    assert not re.search(r"\b[1-5] (?:of|people|places|bookings)\b", " ".join(found.sentences))


def test_supervision_sees_every_number(reports):
    found = section.taken_up(with_training(reports["supervision"], small()))
    rows = found.themes.set_index("theme")
    assert not rows["suppressed"].any() and rows.loc[
        "childs_voice", ["count", "n", "count_used", "n_used"]
    ].tolist() == [3, 12, 2, 3]


@pytest.mark.parametrize("audience", WIDE)
def test_a_few_bookings_that_are_left_out_are_fewer_than_six(reports, audience):
    table = bookings(*many("planning", "Police", 12), ("risk", "Health", 10, 12, None, None))
    said = section.taken_up(with_training(reports[audience], table)).sentences[-1]
    assert said == (
        "Fewer than 6 bookings are left out of a share, because a number is missing or larger than it can be; the "
        "error list names each."
    )


def test_a_theme_that_the_framework_lacks_keeps_its_name(reports):
    table = bookings(*many(None, "Police", 12))
    assert section.taken_up(with_training(reports["board"], table)).themes["theme_label"].tolist() == ["Not recorded"]
