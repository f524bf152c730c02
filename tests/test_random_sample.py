"""Random sampling audits: agreement before moderation, headline with its interval, services by turns; counted by hand."""

import dataclasses

import pandas as pd
import pytest
from quarter_tables import assert_gated, assert_well_said, audit, finding, report
from statsmodels.stats.proportion import proportion_confint

from qa_analysis.sections.random_sample import random_sample

RI, GOOD, OUT, INAD = "Requires improvement to be good", "Good", "Outstanding", "Inadequate"
KIND = "random_sampling_audit"


def pair(number, one, two, agreed=None, date="2019-08-01", service="Fostering"):
    audits = [audit(number * 2 + k, KIND, date, case_id=str(777000 + number), auditor=by, overall_grade=g, service=service)
              for k, (by, g) in enumerate((("Wren Auditor", one), ("Ivy Auditor", two)))]
    moderations = [{"audit_id": audits[0]["audit_id"], "moderator": "Ivy Auditor", "moderation_date": pd.Timestamp(date),
                    "grade_before": one, "grade_after": agreed, "blind": "no", "reason": "random"}] if agreed else []
    return audits, moderations


def made(pairs):
    texts = [finding(2, "strength", "A warm home visit"), finding(13, "improvement", "Drift")]
    return {"audits": [a for audits, _ in pairs for a in audits], "moderations": [m for _, mods in pairs for m in mods],
            "findings": texts}


@pytest.fixture(scope="module")
def given():
    """Ten cases: six the same, three one grade apart, one two apart and not agreed; the quarter before six of Front door."""
    now = [pair(i, GOOD, GOOD) for i in range(1, 6)] + [pair(6, INAD, INAD)]
    now += [pair(7, GOOD, RI, RI), pair(8, RI, GOOD, GOOD), pair(9, GOOD, OUT, GOOD), pair(10, GOOD, INAD)]
    return made(now + [pair(20 + i, GOOD, GOOD, date="2019-05-02", service="Front door") for i in range(6)])


@pytest.fixture(scope="module")
def section(given):
    return random_sample(report("quality_management", **given))


def test_the_pairs_agreement_before_moderation_is_six_of_ten(section):
    table = section.agreement.set_index(["span", "agreement"])
    now = table.loc[("July to September 2019", "exact")]
    assert now[["count", "n"]].tolist() == [6, 10]
    assert now[["share_lower", "share_upper"]].tolist() == pytest.approx(list(proportion_confint(6, 10, method="wilson")))
    assert table.loc[("July to September 2019", "within one grade"), "count"] == 9
    assert ("Of 10 cases judged by two alone in July to September 2019, 60% were given the same grade before moderation "
            "(95% interval 31% to 83%).") in section.sentences


def test_one_case_counts_once_with_the_grade_that_counts_after_moderation(section):
    counts = section.counts[section.counts["span"] == "July to September 2019"].set_index("grade")["count"]
    # five pairs and two settled as Good, one settled below it, one at the worst; the tenth is not agreed
    assert counts.to_dict() == {OUT: 0, GOOD: 7, RI: 1, INAD: 1}


def test_nine_cases_are_too_few_for_a_share_and_the_year_has_one(section):
    good = section.good.set_index("span")
    assert good.loc["July to September 2019", ["count", "n"]].tolist() == [7, 9]
    assert pd.isna(good.loc["July to September 2019", "share"])
    assert good.loc["the 12 months to September 2019", ["count", "n"]].tolist() == [13, 15]
    said = " ".join(section.sentences)
    assert "7 of 9 cases that have a grade in July to September 2019 were good or better: too few to give a share." in said
    assert "1 case has two different grades and none agreed yet, and is in no share." in said


def test_a_different_service_each_quarter_can_be_seen(section):
    table = section.rotation
    assert dict(zip(table["quarter"].dt.strftime("%Y-%m"), table["service"], strict=True)) == {
        "2019-04": "Front door", "2019-07": "Fostering"}


def test_measures_beyond_chance_need_twenty_pairs(section, given):
    assert section.measures.empty
    more = made([pair(i, GOOD if i % 3 else RI, GOOD) for i in range(1, 22)])
    table = random_sample(report("quality_management", **more)).measures
    assert set(table["statistic"]) == {"Gwet's AC2 (linear weights)", "Krippendorff's alpha (ordinal)"}
    assert (table["n"] == 21).all()


def test_case_studies_are_cases_that_differ_or_lie_at_an_end_and_for_supervision_alone(section, given):
    assert section.studies["case_id"].tolist() == [str(777000 + i) for i in (6, 7, 8, 9, 10)]
    assert section.studies.set_index("case_id").loc["777006", "improvements"] == "Drift"
    board = random_sample(report("quality_management", audience="board", **given))
    assert board.studies.empty


@pytest.mark.parametrize("audience", ["team", "board", "public"])
def test_wider_audiences_see_no_case_no_auditor_and_no_small_count(given, audience):
    s = random_sample(report("quality_management", audience=audience, **given))
    assert_gated(s)
    assert_well_said(s)
    said = " ".join(s.sentences)
    assert "not shown, because the numbers are small" in said and "6 of 10" not in said and "1 case" not in said


def test_cases_judged_once_say_that_nothing_shows_agreement():
    r = report("quality_management", audits=[audit(1, KIND, overall_grade=GOOD), audit(2, KIND, overall_grade=GOOD)])
    said = random_sample(r).sentences
    assert ("No case of July to September 2019 has two grades given independently, so nothing shows how far pairs agree."
            in said)
    assert "2 cases of July to September 2019 have no second judgement of their own." in said


def test_a_framework_without_grades_or_pairs_has_no_such_part(given):
    assert not random_sample(report("manchester")).exists
    r = report("quality_management", **given)
    bare = dataclasses.replace(r, profile=r.profile.model_copy(update={"grade_scale": {}}))
    assert not random_sample(bare).exists
