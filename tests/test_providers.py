"""Providers' grades: the latest of each, how they moved, which have the lowest."""

import pandas as pd
import pytest

from qa_analysis.measures import providers as p
from qa_analysis.periods import parse_period

SCALE = ["Inadequate", "Requires improvement to be good", "Good", "Outstanding"]
YEAR = parse_period("2018-19")


def providers(*rows):
    table = pd.DataFrame(rows, columns=["provider_id", "provider", "provider_kind", "inspected", "grade", "places"])
    return table.assign(inspected=pd.to_datetime(table["inspected"]), grade=pd.Categorical(table["grade"], SCALE, ordered=True),
                        places=table["places"].astype("Int64"))


ALL = providers(
    ("1", "Alder School", "school", "2016-05-01", "Good", 200), ("1", "Alder School", "school", "2018-06-01", "Inadequate", 210),
    ("2", "Birch School", "school", "2017-05-01", "Good", 100), ("2", "Birch School", "school", "2019-02-01", "Good", 100),
    ("3", "Cedar House", "home", "2018-09-01", "Requires improvement to be good", 6),
    ("3", "Cedar House", "home", "2019-03-01", "Good", 6), ("3", "Cedar House", "home", "2019-09-01", "Inadequate", 6),
    ("4", "Damson Nursery", "nursery", "2018-09-01", None, 40))


def test_each_provider_counts_once_with_its_latest_grade_of_that_day():
    table = p.grades_as_of(ALL, YEAR.end).set_index(["provider_kind", "grade"])
    assert table["count"].to_dict() == {("home", "Good"): 1, ("school", "Good"): 1, ("school", "Inadequate"): 1}
    assert table.loc[("school", "Good"), "n"] == 2 and table.loc[("school", "Inadequate"), "n_places"] == 210


def test_movement_is_between_the_last_two_grades_up_to_the_periods_end():
    moved = p.moved(ALL, YEAR).set_index("provider_id")
    assert moved["direction"].to_dict() == {"1": "down", "2": "same", "3": "up"}
    row = p.movement(ALL, YEAR).iloc[0]
    assert (row["n"], row["n_higher"], row["n_same"], row["n_lower"]) == (3, 1, 1, 1)


def test_two_inspections_in_one_year_hide_no_movement_since_it_began():
    days = {"2017-06-01": "Good", "2018-06-01": "Inadequate", "2019-01-01": "Inadequate"}
    rows = providers(*[("5", "Elm House", "home", day, grade, 5) for day, grade in days.items()])
    found = p.moved(rows, YEAR).iloc[0]
    assert (found["grade_before"], found["grade_after"], found["direction"]) == ("Good", "Inadequate", "down")
    once = p.moved(rows.iloc[1:2], YEAR)
    assert once.empty  # the first inspection ever has nothing to be held against


def test_a_kind_is_called_by_the_sign_test_over_all_kinds():
    homes = [(f"h{i}", "Home", "home", day, grade, 5) for i in range(12) for day, grade in
             (("2017-06-01", "Good"), ("2018-06-01", "Inadequate" if i < 9 else "Good"))]
    schools = [(f"s{i}", "School", "school", day, grade, 5) for i in range(12) for day, grade in
               (("2017-06-01", "Good"), ("2018-06-01", "Inadequate" if i < 2 else "Outstanding" if i < 4 else "Good"))]
    table = p.movement(providers(*homes, *schools), YEAR, "provider_kind").set_index("provider_kind")
    assert table["verdict"].to_dict() == {"home": "lower", "school": "no clear difference"}
    assert table.loc["home", "p_value"] == pytest.approx(2 * 0.5 ** 9)


def test_a_provider_not_inspected_in_the_period_has_not_moved_in_it():
    assert list(p.moved(ALL, parse_period("2019-20"))["provider_id"]) == ["3"]


def test_those_with_the_lowest_grade_are_named():
    assert list(p.causing_concern(ALL, YEAR.end)["provider"]) == ["Alder School"]
    assert list(p.causing_concern(ALL, pd.Timestamp("2019-12-31"))["provider"]) == ["Alder School", "Cedar House"]


def test_no_providers_give_empty_tables():
    nothing = ALL.iloc[:0]
    assert p.grades_as_of(nothing, YEAR.end).empty and p.moved(nothing, YEAR).empty and p.causing_concern(nothing, YEAR.end).empty
