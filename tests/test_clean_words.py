"""Grades, answers, choices, places and themes as real exports spell them."""

import pandas as pd
import pytest

from qa_analysis.clean_words import (
    YES_NO_LOOKUP,
    clean_choice,
    clean_grades,
    clean_list,
    clean_named,
    clean_themes,
    clean_yes_no,
    read_grade,
    rekeyed,
    words_key,
)
from qa_analysis.coded import encode
from qa_analysis.profile import load_profile
from qa_analysis.schema import TABLES

RI = "Requires improvement to be good"
SCALE = ["Inadequate", RI, "Good", "Outstanding"]


@pytest.fixture(scope="module")
def lookup():
    return rekeyed(load_profile("common").lookup("grades"))


@pytest.mark.parametrize(
    ("text", "grade"),
    [
        ("RI", RI),
        ("R.I.", RI),
        ("Req Improvement", RI),
        ("Requires Imp", RI),
        ("requires improvement to be good", RI),
        ("Requires Improvement", RI),
        ("good ", "Good"),
        ("G", "Good"),
        ("Good (moderated)", "Good"),
        ("O", "Outstanding"),
        ("OS", "Outstanding"),
        ("Inad", "Inadequate"),
        ("Inadequte", "Inadequate"),
        ("IA", "Inadequate"),
        ("Requires  improvement\nto be good", RI),
        ("Good/Good", "Good"),
    ],
)
def test_every_spelling_of_the_field_notes_is_its_grade(lookup, text, grade):
    assert read_grade(text, SCALE, lookup)[0] == grade


@pytest.mark.parametrize(
    "text", ["Good/RI", "RI → Good", "RI -> Good", "Good to outstanding", "Good or RI", "RI > Good"]
)
def test_a_split_grade_is_left_blank_and_not_guessed(lookup, text):
    label, rule, remedy, _ = read_grade(text, SCALE, lookup)
    assert label is None and rule == "split grade" and remedy.startswith("Enter one grade: Outstanding, Good")


def test_requires_improvement_to_be_good_is_never_taken_for_good(lookup):
    assert read_grade("Requires improvement to be good", SCALE, lookup)[0] == RI


@pytest.mark.parametrize("text", ["N/A", "Not graded", "-", "n/a", "Ungraded", ""])
def test_an_ungraded_audit_is_no_fault(lookup, text):
    assert read_grade(text, SCALE, lookup) == (None, "", "", False)


def test_a_pending_grade_is_listed(lookup):
    assert read_grade("TBC", SCALE, lookup)[:2] == (None, "grade pending")


def test_a_number_is_no_grade_unless_its_coding_is_declared(lookup):
    assert read_grade("2", SCALE, lookup)[:2] == (None, "numeric grade without a coding")
    assert read_grade("2.0", SCALE, lookup, {"1": "Outstanding", "2": "Good"})[0] == "Good"
    assert read_grade("2", SCALE, lookup, {"2": RI, "3": "Good"})[0] == RI  # the reverse order of another authority
    label, rule, remedy, _ = read_grade("5", SCALE, lookup, {"1": "Good", "2": RI})
    assert (label, rule) == (None, "number outside the grade coding") and "1, 2" in remedy


def test_a_grade_outside_the_scale_is_left_blank_with_the_nearest_one(lookup):
    label, rule, remedy, _ = read_grade("Outstandng", SCALE, lookup)
    assert (label, rule) == (None, "grade outside the scale")
    assert remedy.startswith("Did you mean 'Outstanding'? Use one of: Outstanding, Good")


def test_grades_are_ordered_from_worst_to_best(lookup):
    cells = encode(["Good", "RI", "", "Good (moderated)"])
    grades, faults, said = clean_grades(cells, SCALE, lookup)
    assert grades.ordered and list(grades.categories) == SCALE and grades.max() == "Good"
    assert grades.tolist()[:2] == ["Good", RI] and pd.isna(grades[2]) and said.tolist() == [False, False, False, True]
    assert set(faults.rules) == {"spelling of a grade", "moderated grade in the grade's cell"}


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Yes", "yes"),
        ("Y", "yes"),
        ("TRUE", "yes"),
        ("1", "yes"),
        ("1.0", "yes"),
        ("✓", "yes"),
        ("a) Yes", "yes"),
        ("Yes - partially", "partly"),
        ("In part", "partly"),
        ("No", "no"),
        ("N", "no"),
        ("b) No", "no"),
        ("0", "no"),
        ("N/A", "not applicable"),
        ("Not applicable", "not applicable"),
        ("Unknown", "not known"),
        ("Not known", "not known"),
    ],
)
def test_each_answer_is_one_of_five_and_not_applicable_is_not_no(text, answer):
    assert clean_yes_no(encode([text]))[0][0] == answer


def test_an_answer_of_other_words_is_left_blank_and_listed():
    answers, faults = clean_yes_no(encode(["Perhaps", "Yes"]))
    assert pd.isna(answers[0]) and faults.rules == ["not a yes or no"]
    assert "not applicable" in faults.remedies[0] and "yes" in YES_NO_LOOKUP


def test_a_choice_outside_the_list_names_what_is_allowed():
    choices = TABLES["audits"].column("selection").choices
    made, faults = clean_choice(encode(["Random sample", "c) Targeted", "randon", "Lottery"]), choices)
    assert made.tolist()[:2] == ["random", "purposive"] and pd.isna(made[2])
    assert "Did you mean 'random'?" in faults.remedies[faults.codes.index(2)]
    assert "Use one of: random, purposive, all" in faults.remedies[faults.codes.index(3)]


def test_services_of_the_field_notes_are_known_by_their_other_names():
    profile = load_profile("manchester")
    lookup = rekeyed(profile.lookup("services"))
    names = [s.label for s in profile.services.values()]
    texts = ["Leaving Care", "16+", "EH", "Early Help Hub", "YJ", "YOT", "YOS", "Fostering"]
    made, _ = clean_named(encode(texts), "service", lookup, names)
    assert all(isinstance(n, str) for n in made) and len(set(made[:2])) == 1 and len(set(made[4:7])) == 1


def test_an_unknown_service_is_left_blank_with_the_nearest_suggested():
    made, faults = clean_named(
        encode(["Fosterng team", "Not known"]), "service", {"fostering": "Fostering"}, ["Fostering"]
    )
    assert pd.isna(made[0]) and pd.isna(made[1]) and faults.rules == ["unknown service"]
    assert faults.remedies[0].startswith("Did you mean 'Fostering'?")


def test_one_team_has_one_spelling():
    made, faults = clean_named(encode(["North 1", "north  1", "South"]), "team", {}, [], keep_unknown=True)
    assert made.tolist() == ["North 1", "North 1", "South"] and faults.rules == ["other spelling of a team"]


THEMES = {
    "childs voice": "voice",
    "voc": "voice",
    "lived experience": "voice",
    "management oversight": "oversight",
    "mgmt oversight": "oversight",
    "drift and delay": "drift",
    "drift delay": "drift",
}
LABELS = {"voice": "The child's voice", "oversight": "Management oversight", "drift": "Drift and delay"}


@pytest.mark.parametrize(
    ("cell", "ids"),
    [
        ("VoC;mgmt oversight;", "voice;oversight"),
        ("child's voice, drift & delay", "voice;drift"),
        ("Management oversight\nlived experience", "oversight;voice"),
        ("• VoC\n• drift & delay", "voice;drift"),
        ("- VoC\n- Drift and delay", "voice;drift"),
        ("VoC; child's voice", "voice"),
        ("Managment oversight", "oversight"),
    ],
)
def test_themes_in_a_cell_are_told_apart_by_any_separator(cell, ids):
    made, _ = clean_themes(encode([cell]), THEMES, LABELS)
    assert made[0] == ids


def test_a_theme_misspelt_is_repaired_and_said_and_an_unknown_one_is_left_out_and_listed():
    made, faults = clean_themes(encode(["Managment oversight; Weather"]), THEMES, LABELS)
    assert made[0] == "oversight"
    assert list(zip(faults.rules, faults.actions, strict=True)) == [
        ("typing error in a theme", "repaired"),
        ("unknown theme", "left blank"),
    ]


def test_agencies_are_listed_once_each():
    assert clean_list(encode(["Health; School, Health"]))[0][0] == "Health;School"


def test_words_are_compared_without_case_punctuation_and_no_break_spaces():
    assert words_key(" Child\u2019s\u00a0Voice ") == words_key("childs voice") and words_key("16+") == "16+"
