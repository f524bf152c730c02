"""Dates as exports hold them; the order of day and month comes from the column, never from the row."""

from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_analysis.clean_dates import clean_dates, look_at, read_date, settle_orders
from qa_analysis.coded import encode

TODAY = date(2025, 6, 30)


def cleaned(cells, declared=None, others=(), *, may_be_future=False, month_is_enough=True):
    column = look_at("d", encode(cells))
    order = settle_orders([column, *(look_at(f"o{i}", encode(o)) for i, o in enumerate(others))], declared)["d"]
    days, faults = clean_dates(
        column, order[0], today=TODAY, may_be_future=may_be_future, month_is_enough=month_is_enough
    )
    return [None if pd.isna(d) else f"{d:%Y-%m-%d}" for d in days], faults, order


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2025-04-03", "2025-04-03"),
        ("2025-04-03T09:15:00", "2025-04-03"),
        ("2025-04-03 00:00:00", "2025-04-03"),
        ("3rd April 25", "2025-04-03"),
        ("3 Apr 2025", "2025-04-03"),
        ("April 3, 2025", "2025-04-03"),
        ("45750", "2025-04-03"),
        ("45750.5", "2025-04-03"),
        ("20250403", "2025-04-03"),
        ("Thursday 3 April 2025", "2025-04-03"),
        ("w/c 7 April 2025", "2025-04-07"),
        ("25/04/2025", "2025-04-25"),
        ("25.4.25", "2025-04-25"),
        ("04/25/2025", "2025-04-25"),
    ],
)
def test_a_date_that_can_be_read_in_one_way_is_read(text, day):
    assert cleaned([text])[0] == [day]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("31/04/2025", "impossible date"),
        ("30 February 2025", "impossible date"),
        ("2025-13-01", "impossible date"),
        ("TBC", "date pending"),
        ("w/c 7 April", "date without a year"),
        ("7 April", "date without a year"),
        ("soon", "not a date"),
        ("03/04/2052", "date in the future"),
        ("2052-04-03", "date in the future"),
        ("01/01/0025", "impossible date"),
        ("99999", "not a date"),
    ],
)
def test_a_cell_that_holds_no_date_is_left_blank_and_says_why(text, rule):
    days, faults, _ = cleaned([text, "25/04/2025"])
    assert days[0] is None and faults.rules == [rule] and faults.actions == ["left blank"] and faults.remedies[0]


def test_serials_and_words_are_repairs_that_are_listed():
    _, faults, _ = cleaned(["45750", "3rd April 25", "w/c 7 April 2025"])
    assert set(faults.rules) == {"spreadsheet serial", "date in words", "week commencing: its first day taken"}
    assert set(faults.actions) == {"repaired"} and "2025-04-03" in faults.used


def test_one_unambiguous_cell_settles_the_order_of_its_column():
    days, faults, (order, why) = cleaned(["03/04/2025", "25/04/2025"])
    assert days == ["2025-04-03", "2025-04-25"] and not faults.rules
    assert order == "day first" and why == "shown by 1 cell that can be read in one order only"
    assert cleaned(["4/3/2025 09:15", "4/25/2025 10:00"])[0] == ["2025-04-03", "2025-04-25"]  # MS Forms


def test_without_any_sign_of_the_order_ambiguous_cells_stay_blank_and_are_listed():
    days, faults, (order, why) = cleaned(["03/04/2025", "05/05/2025"])
    assert days == [None, "2025-05-05"] and faults.rules == ["ambiguous date"] and order == ""
    assert "date_order" in faults.remedies[0] and why == "no cell of the file shows the order"


def test_another_column_of_the_file_can_show_the_order():
    days, _, (order, why) = cleaned(["03/04/2025"], others=[["25/04/2025"]])
    assert days == ["2025-04-03"] and (order, why) == ("day first", "shown by the other date columns of the file")


def test_a_column_with_both_orders_has_none():
    days, faults, (order, why) = cleaned(["25/04/2025", "04/25/2025", "03/04/2025"])
    assert days == ["2025-04-25", "2025-04-25", None] and order == "" and "1 cells can only be day first" in why
    assert faults.rules == ["ambiguous date"]


def test_a_declared_order_goes_before_what_cells_show():
    assert cleaned(["03/04/2025"], declared="month first")[0] == ["2025-03-04"]


def test_a_month_alone_is_enough_only_where_the_month_is_what_counts():
    assert cleaned(["Apr-25"])[0] == ["2025-04-01"]
    days, faults, _ = cleaned(["Apr-25"], month_is_enough=False)
    assert days == [None] and faults.rules == ["month without a day"]


def test_a_due_date_may_lie_in_the_future():
    assert cleaned(["2025-12-24"], may_be_future=True)[0] == ["2025-12-24"]


@pytest.mark.parametrize("text", ["", "-", "n/a", "Not known"])
def test_an_empty_date_is_no_fault(text):
    days, faults, _ = cleaned([text])
    assert days == [None] and not faults.rules


@given(st.dates(date(1990, 1, 1), date(2025, 6, 1)))
def test_every_day_is_read_back_from_each_way_of_writing_it(day):
    written = [day.isoformat(), f"{day:%d %B %Y}", str((day - date(1899, 12, 30)).days), f"{day:%Y%m%d}"]
    assert {read_date(t).day for t in written} == {day}
    assert cleaned([f"{day:%d/%m/%Y}"], declared="day first")[0] == [day.isoformat()]
