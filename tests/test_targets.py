"""Targets that contradict each other or changed, ambitions that can't both be met, percentages without counts: all are told."""

import pandas as pd
import pytest

import qa_analysis as qa
from qa_analysis.profile import load_profile
from qa_analysis.profile_file import ProfileError
from qa_analysis.sections import grades, performance, targets

OWN = """
extends: manchester
indicators:
  rereferrals:
    label: Re-referrals within 12 months
    numerator: referrals within 12 months of another
    denominator: referrals
    unit: "%"
    polarity: low
    type: outcome
    target: 20
    benchmark: {outcomes: repeat_referrals}
"""
CHANGED = OWN + """    changes:
      - {from: 2018-10-01, target: 18}
"""
TWICE = OWN + """  repeat_contacts:
    label: Repeat contacts
    numerator: contacts within 12 months of another
    denominator: contacts
    unit: "%"
    polarity: low
    type: outcome
    target: 15
    benchmark: {outcomes: repeat_referrals}
"""
AMBITIONS = """
extends: manchester
ambitions:
  high: {label: Much good, measure: good_or_better, at_least: 0.7}
  low: {label: Little good, measure: good_or_better, at_most: 0.5}
"""


@pytest.fixture
def report(example, tmp_path):
    def of(text: str, period: str = "2018-19"):
        path = tmp_path / "own.yml"
        path.write_text(text, encoding="utf-8")
        return qa.open_report(example, str(path), period, "board")

    return of


def test_a_target_stands_under_its_own_name_and_under_each_key_it_is_published_under(report):
    found = targets.targets(report(OWN))
    own = found.table.set_index("indicator")["target"]
    assert own["rereferrals"] == own["repeat_referrals"] == 20 and found.sentences == []


def test_a_target_that_changed_within_the_year_is_told_and_the_newer_one_is_used(report):
    r = report(CHANGED)
    found = targets.targets(r)
    assert found.table.set_index("indicator")["target"]["rereferrals"] == 18
    said = ("The target of Re-referrals within 12 months changed from 20 to 18 on 1 October 2018: its figure is held against the "
            "newer one.")
    assert found.sentences == [said]
    measured = performance.against_others(r)
    assert said in measured.sentences
    row = measured.benchmarks.set_index("indicator").loc["rereferrals"]
    assert row["target"] == 18 and row["vs_target"] == "worse"
    assert targets.targets(report(CHANGED, "2017-18")).sentences == []


def test_two_targets_for_one_published_figure_are_a_fault_of_the_profile_that_names_its_line(report):
    with pytest.raises(ProfileError, match=r"own.yml, line 21: indicators.repeat_contacts.*one spelling can't mean two things"):
        report(TWICE)


def test_ambitions_that_can_not_both_be_met_are_told_where_grades_are(report):
    said = "The ambitions for good or better contradict each other: at least 70% and at most 50% can't both be met."
    r = report(AMBITIONS)
    assert targets.ambitions_that_contradict(r) == [said] and said in grades.overall(r).sentences
    assert targets.ambitions_that_contradict(report("extends: manchester\n")) == []


def rows(*given) -> pd.DataFrame:
    return pd.DataFrame(given, columns=["indicator_name", "unit", "value", "numerator", "denominator"])


@pytest.mark.parametrize(("table", "said"), [
    (rows(("A", "%", 5, 1, 20), ("B", "%", 6, None, None)),
     ["B is not given with numerator and denominator, so how far chance alone moves it can't be told."]),
    (rows(("A", "%", 5, None, None), ("B", "% of x", 6, 1, None)),
     ["None of 2 percentages is given with numerator and denominator, so how far chance alone moves them can't be told."]),
    (rows(*((c, "%", 5, None, None) for c in "ABCD"), ("E", "%", 5, 1, 20)),
     ["4 of 5 percentages are not given with numerator and denominator, so how far chance alone moves them can't be told."]),
    (rows(("A", "%", 5, 1, 20), ("B", "per 10,000", 6, None, None), ("C", "%", None, None, None)), []),
])
def test_percentages_without_what_they_were_counted_from_are_told_of(table, said):
    assert targets.without_counts(table) == said


def test_a_framework_that_ships_contradicts_itself_nowhere():
    from qa_analysis.context import open_report

    for name in ("common", "manchester", "quality_management", "dorset", "signs_of_safety", "ofsted_ilacs"):
        profile = load_profile(name)
        assert profile.ambitions is not None
        r = open_report("data/example", name, "2018-19", "board")
        assert targets.targets(r).sentences == [] and targets.ambitions_that_contradict(r) == []
