"""Case numbers after a spreadsheet has been at them, and people under all their names."""

import pandas as pd
import pytest

from qa_analysis.clean_ids import clean_ids, clean_people, full_names, lost_zeros_width, pad_zeros, person_name
from qa_analysis.coded import as_text, encode


def test_a_number_with_decimals_is_the_number():
    made, faults = clean_ids(encode(["12345.0", "12346", "12345"]), True)
    assert as_text(made).tolist() == ["12345", "12346", "12345"]
    assert faults.rules == ["number with decimals"] and faults.used == ["12345"]


@pytest.mark.parametrize("text", ["AB 01/02/2015", "ab010215", "JS-03.04.2011"])
def test_initials_with_a_date_of_birth_are_listed_as_identifying_a_child(text):
    made, faults = clean_ids(encode([text]), True)
    assert faults.rules == ["initials with a date of birth"] and as_text(made)[0] == text
    assert "Identifies a child" in faults.remedies[0]


@pytest.mark.parametrize("text", ["12345; 12346", "12345/12346", "12345 & 12346", "12345, 12346"])
def test_several_children_in_a_cell_are_listed_and_kept(text):
    made, faults = clean_ids(encode([text, "12345"]), True)
    assert faults.rules == ["several cases in a cell"] and as_text(made).tolist() == [text, "12345"]


def test_plain_ids_have_no_faults_and_blanks_are_missing():
    made, faults = clean_ids(encode(["A12", "", "-", "C-0007"]), True)
    assert not faults.rules and as_text(made).isna().tolist() == [False, True, True, False]


def test_lost_zeros_are_put_back_only_where_one_that_survived_shows_the_width():
    ids = pd.Series(["00123", "45678", "456"], dtype="str")
    assert lost_zeros_width([ids]) == 5 and pad_zeros(ids, 5)[0].tolist() == ["00123", "45678", "00456"]
    assert lost_zeros_width([pd.Series(["98", "123", "456"], dtype="str")]) == 0  # no zero survived: 98 may be old
    assert lost_zeros_width([pd.Series(["0123", "12", "13", "14"], dtype="str")]) == 0  # fewer than half are that wide
    assert lost_zeros_width([pd.Series([], dtype="str")]) == 0


@pytest.mark.parametrize(
    "text",
    [
        "Smith, Jane",
        "Jane Smith (ASYE)",
        "jane.smith@council.gov.uk",
        "JANE SMITH",
        "jane smith",
        "Ms Jane Smith",
        " Jane  Smith ",
    ],
)
def test_every_form_of_a_name_is_the_name(text):
    assert person_name(text) == "Jane Smith"


@pytest.mark.parametrize("text", ["anonymous", "N/A", "Vacant", "-", "unallocated"])
def test_nobody_is_missing(text):
    assert person_name(text) is None


def test_names_keep_their_own_capitals():
    assert (
        person_name("Siobhan O'Neill-McKay") == "Siobhan O'Neill-McKay"
        and person_name("O'NEILL, SIOBHAN") == "Siobhan O'Neill"
    )


def test_an_initial_is_written_out_only_where_one_person_can_be_meant():
    full = full_names(["J Smith", "Jane Smith", "A Jones", "Ann Jones", "Adam Jones", "K West"])
    assert full == {"J Smith": "Jane Smith", "A Jones": None, "K West": None}


def test_several_people_in_a_cell_are_split_and_their_forms_listed():
    made, faults = clean_people(encode(["Smith, Jane; Ann Jones", "Jane Smith"]))
    assert as_text(made).tolist() == ["Jane Smith;Ann Jones", "Jane Smith"] and faults.rules == ["form of a name"]


def test_running_numbers_with_letters_before_them_are_no_dates_of_birth():
    assert not clean_ids(encode([f"CF{n:06d}" for n in range(1, 999_999, 997)]), True)[1].rules
