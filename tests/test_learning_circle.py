"""The learning circle: inadequate and good audits side by side, tested, without a case or a person."""

import numpy as np
import pandas as pd
import pytest
from quarter_tables import CASE, assert_gated, assert_well_said, audit, finding, report, tables_of
from scipy.stats import false_discovery_control

from qa_analysis.example import make_tables
from qa_analysis.measures.compare import change_in_share
from qa_analysis.sections.learning_circle import learning_circle

INAD, RI, GOOD, OUT = "Inadequate", "Requires improvement to be good", "Good", "Outstanding"


@pytest.fixture(scope="module")
def given():
    """20 inadequate audits, 16 with weak oversight; 40 good or better, 8 with it, 30 with a clear voice of the child."""
    grades = [INAD] * 20 + [GOOD] * 30 + [OUT] * 10 + [RI] * 12
    audits = [audit(i, "file_audit", overall_grade=g) for i, g in enumerate(grades)]
    audits += [audit(100 + i, "file_audit", overall_grade=INAD, selection="purposive") for i in range(9)]
    weak = [*range(16), *range(20, 28), *range(100, 109)]
    texts = [finding(i, "improvement", "Management oversight is weak" if i in weak else "Visits are late") for i in range(60)]
    texts += [finding(100 + i, "improvement", "Management oversight is weak") for i in range(9)]
    texts += [finding(i, "strength", "The child's voice is clear", 2) for i in range(20, 50)]
    texts += [finding(i, "strength", "The child's voice is clear", 2) for i in range(8)]
    return {"audits": audits, "findings": texts}


@pytest.fixture(scope="module")
def section(given):
    return learning_circle(report("manchester", **given))


def test_themes_of_each_side_stand_beside_one_another(section):
    table = section.differs.set_index(["kind", "label"])
    row = table.loc[("improvement", "Management oversight and supervision")]
    assert row[["count", "n", "count_before", "n_before"]].tolist() == [16, 20, 8, 40]
    row = table.loc[("strength", "The child's voice")]
    assert row[["count", "n", "count_before", "n_before"]].tolist() == [8, 20, 30, 40]


def test_a_difference_is_called_after_correction_for_the_number_of_themes(section):
    raised = section.differs[section.differs["p_value"].notna()]
    p = change_in_share(raised["count"], raised["n"], raised["count_before"], raised["n_before"])["p"]
    assert raised["p_adjusted"].tolist() == pytest.approx(false_discovery_control(p).tolist())
    said = " ".join(section.sentences)
    assert ("Among areas for improvement, Management oversight and supervision (80% of 20 at Inadequate, 20% of 40 good or "
            "better) is raised more often by audits at Inadequate.") in said
    assert "Among strengths, The child's voice (40% of 20 at Inadequate, 75% of 40 good or better)" in said


def test_purposive_audits_are_not_pooled_and_the_middle_grade_is_on_neither_side(section):
    assert section.sides["count"].tolist() == [20, 40]
    assert "20 audits at Inadequate and 40 audits good or better are compared over July to September 2019." in section.sentences


def test_strengths_are_those_of_good_audits_and_needs_those_of_inadequate_ones(section):
    assert section.strengths == ["The child's voice: 30 of 40 audits (75%, 95% interval 60% to 86%)"]
    assert section.needs[0] == "Management oversight and supervision: 16 of 20 audits (80%, 95% interval 58% to 92%)"


def test_a_quarter_with_too_few_takes_the_twelve_months_and_says_so(given):
    r = report("manchester", "2019-09", **given)
    s = learning_circle(r)
    assert s.sentences[0] == ("20 audits at Inadequate and 40 audits good or better are compared over the 12 months to "
                              "September 2019, because September 2019 alone holds too few.")


@pytest.mark.parametrize("audience", ["supervision", "team", "board", "public"])
def test_no_case_no_person_and_no_text_reaches_any_reader(given, audience):
    s = learning_circle(report("manchester", audience=audience, **given))
    assert_gated(s, 1 if audience == "supervision" else 6)
    assert_well_said(s)
    tables = [t.to_csv() for t in vars(s).values() if isinstance(t, pd.DataFrame)]
    text = " ".join([*s.sentences, *s.needs, *s.strengths, *tables])
    assert "weak" not in text and not CASE.search(text)


def test_fewer_than_ten_inadequate_audits_are_too_few_to_compare():
    audits = [audit(i, "file_audit", overall_grade=INAD if i < 5 else GOOD) for i in range(30)]
    s = learning_circle(report("manchester", audits=audits, findings=[finding(i, "improvement", "Drift") for i in range(30)]))
    assert "Too few audits on one side to compare the themes." in s.sentences
    board = learning_circle(report("manchester", audience="board", audits=audits))
    assert board.sentences[0].startswith("Fewer than 6 audits at Inadequate and 25 audits good or better")


def test_noise_is_seldom_called_a_difference():
    """In invented authorities where themes have nothing to do with grades: at most 5% of 7, plus 3 standard errors."""
    called = []
    for seed in range(1, 8):
        made = make_tables(seed=seed, scale=0.5, months=12, noise_only=True, tables=("audits", "findings"))
        tables = tables_of("manchester") | {k: made[k] for k in ("audits", "findings")}
        verdicts = learning_circle(report("manchester", tables=tables)).differs["verdict"]
        assert verdicts.eq("no clear change").any()
        called.append(verdicts.isin(["rose", "fell"]).any())
    assert np.mean(called) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / len(called))
