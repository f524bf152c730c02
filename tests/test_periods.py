"""Periods: what each text means, what lies before it, what is refused."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_analysis.errors import UserError
from qa_analysis.periods import parse_period


@pytest.mark.parametrize(("text", "start", "end"), [
    ("2019-09", "2019-09-01", "2019-09-30"),
    ("2024-02", "2024-02-01", "2024-02-29"),
    ("2019-Q1", "2019-04-01", "2019-06-30"),  # Q1 of the financial year is April to June
    ("2019-q4", "2020-01-01", "2020-03-31"),
    ("2019-20", "2019-04-01", "2020-03-31"),
    ("2009-2010", "2009-04-01", "2010-03-31"),  # 2009-10 is October 2009
    ("2009-10", "2009-10-01", "2009-10-31"),
    ("2023/2024", "2023-04-01", "2024-03-31"),
    ("1999-00", "1999-04-01", "2000-03-31"),
])
def test_a_text_names_one_span_of_whole_months(text, start, end):
    period = parse_period(text)
    assert (period.start, period.end) == (pd.Timestamp(start), pd.Timestamp(end))


def test_a_calendar_year_authority_counts_quarters_from_january():
    assert parse_period("2019-Q1", first_month=1).start == pd.Timestamp("2019-01-01")
    assert parse_period("2019", first_month=1).end == pd.Timestamp("2019-12-31")


@pytest.mark.parametrize("text", ["2019-13", "2019-00", "2019-Q5", "Sept 2019", "", "2019-21", "2019", "2019/2021"])
def test_a_text_that_is_no_period_is_refused_with_the_forms_allowed(text):
    with pytest.raises(UserError, match=r"is not understood\. Use a month \(2019-09\), a quarter .* or all"):
        parse_period(text)


@pytest.mark.parametrize(("text", "before", "year_before"), [
    ("2019-01", "2018-12", "2018-01"), ("2019-Q1", "2018-Q4", "2018-Q1"), ("2019-20", "2018-19", "2018-19")])
def test_the_period_before_is_of_the_same_kind(text, before, year_before):
    period = parse_period(text)
    assert period.before().text == before
    assert period.year_before().text == year_before


def test_all_time_has_nothing_before_it():
    assert parse_period("all").before() is None
    assert parse_period("all").year_before() is None


def test_labels_are_in_a_readers_words():
    assert parse_period("2019-09").label == "September 2019"
    assert parse_period("2019-Q2").label == "quarter 2 of 2019-20 (July to September 2019)"
    assert parse_period("2019-20").label == "the year 2019-20 (April 2019 to March 2020)"


def test_a_period_holds_its_last_evening_and_no_missing_date():
    dates = pd.Series(pd.to_datetime(["2019-09-30 23:00", "2019-10-01", None, "2019-09-01"], format="mixed"))
    assert parse_period("2019-09").holds(dates).tolist() == [True, False, False, True]


def test_the_last_twelve_months_end_with_the_period():
    assert [str(m) for m in parse_period("2019-09").months(12)][::11] == ["2018-10", "2019-09"]
    year = parse_period("2019-09").last_months(12)
    assert (year.start, year.end, year.n_months) == (pd.Timestamp("2018-10-01"), pd.Timestamp("2019-09-30"), 12)
    assert year.label == "the 12 months to September 2019"
    assert year.before().label == "the 12 months to September 2018"


@given(st.integers(2000, 2098), st.integers(1, 12))
def test_every_month_lies_in_exactly_one_quarter_and_year(year, month):
    period = parse_period(f"{year}-{month:02d}")
    first = year if month >= 4 else year - 1
    quarters = [parse_period(f"{y}-Q{q}") for y in (first, first + 1) for q in range(1, 5)]
    assert sum(q.start <= period.start and period.end <= q.end for q in quarters) == 1


@pytest.mark.parametrize(("text", "name"), [("2019-09", "September 2019"), ("2019-20", "2019-20"), ("all", "all periods"),
                                            ("2019-Q2", "July to September 2019")])
def test_a_sentence_names_a_period_in_few_words(text, name):
    assert parse_period(text).name == name
