"""The workforce survey: who answered, who agrees, what changed; hand counts on small waves."""

import numpy as np
import pandas as pd
import pytest
from quarter_tables import tables_of
from scipy.stats import false_discovery_control
from statsmodels.stats.proportion import proportion_confint

from qa_analysis.measures.compare import change_in_share
from qa_analysis.measures.survey import agreeing, agreement_change, last_two_waves, response_rate, waves
from qa_analysis.periods import parse_period

QUARTER = parse_period("2019-Q2")
JULY, SEPTEMBER = pd.Timestamp("2019-07-01"), pd.Timestamp("2019-09-01")


def wave(day, scores: dict[str, list], invited=30, team="Team 1"):
    return [{"wave": day, "respondent_id": f"R{i}", "team": team, "service": "Fostering", "question": q, "score": s,
             "n_invited": invited} for q, all_scores in scores.items() for i, s in enumerate(all_scores)]


def survey(*rows):
    return tables_of("manchester", survey=[x for part in rows for x in part])["survey"]


def test_the_response_rate_counts_people_not_answers_against_those_invited():
    table = survey(wave(JULY, {"q1": [5] * 12, "q2": [1] * 10}), wave(SEPTEMBER, {"q1": [4] * 20}, invited=25))
    rate = response_rate(table, QUARTER)
    assert rate["count"].tolist() == [12, 20] and rate["n"].tolist() == [30, 25]
    assert (rate["share_lower"][0], rate["share_upper"][0]) == pytest.approx(proportion_confint(12, 30, method="wilson"))


def test_more_answers_than_invitations_leave_the_rate_unknown():
    rate = response_rate(survey(wave(JULY, {"q1": [5] * 12}, invited=10), wave(SEPTEMBER, {"q1": [5]}, invited=None)), QUARTER)
    assert rate["n"].isna().all() and rate["share"].isna().all() and rate["count"].tolist() == [12, 1]


def test_agreeing_is_four_or_five_of_those_who_answered_the_question():
    table = survey(wave(JULY, {"b": [1, 2, 3, 4, 5, 4, 5, 4, 5, None, 4], "a": [3] * 10}))
    got = agreeing(table, JULY)
    assert got["question"].tolist() == ["b", "a"]  # in the order asked
    assert got["count"].tolist() == [7, 0] and got["n"].tolist() == [10, 10]


def test_a_change_is_called_only_after_correction_for_the_number_of_questions():
    ups = {"q1": [5] * 45 + [1] * 15}
    flat = {f"q{i}": [5] * 30 + [1] * 30 for i in range(2, 7)}
    table = survey(wave(JULY, {"q1": [5] * 30 + [1] * 30} | flat), wave(SEPTEMBER, ups | flat))
    alone = agreement_change(table[table["question"].eq("q1")], SEPTEMBER, JULY).iloc[0]
    among = agreement_change(table, SEPTEMBER, JULY)
    raw = change_in_share([45] + [30] * 5, [60] * 6, [30] * 6, [60] * 6)["p"]
    assert among["p_adjusted"].tolist() == pytest.approx(false_discovery_control(raw).tolist())
    assert alone["verdict"] == "rose" and among["verdict"].tolist() == (
        ["rose" if false_discovery_control(raw)[0] < 0.05 else "no clear change"] + ["no clear change"] * 5)
    assert among["difference"].iloc[0] == pytest.approx(0.25)


def test_a_question_not_asked_before_and_a_small_wave_are_too_few():
    table = survey(wave(JULY, {"q1": [5] * 9}), wave(SEPTEMBER, {"q1": [1] * 40, "new": [5] * 40}))
    got = agreement_change(table, SEPTEMBER, JULY)
    assert got["verdict"].tolist() == ["too few", "too few"] and got["difference"].isna().all()
    first = agreement_change(table, JULY, None)
    assert first["verdict"].tolist() == ["too few"] and first["share_before"].isna().all()


def test_noise_between_waves_is_called_in_few_of_many_surveys():
    """200 pairs of waves of six questions without any change: at most 5% of pairs, plus 3 standard errors, have a call."""
    rng, called = np.random.default_rng(7), 0
    for _ in range(200):
        a, b = (rng.binomial(60, 0.55, 6) for _ in range(2))
        p = change_in_share(a, [60] * 6, b, [60] * 6)["p"]
        called += (false_discovery_control(p) < 0.05).any()
    assert called / 200 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)


def test_the_last_wave_of_the_period_is_compared_with_the_one_before_it():
    table = survey(wave(pd.Timestamp("2019-05-01"), {"q": [5]}), wave(JULY, {"q": [5]}))
    assert waves(table, QUARTER) == [JULY] and last_two_waves(table, QUARTER) == (JULY, pd.Timestamp("2019-05-01"))
    assert last_two_waves(table, parse_period("2019-Q1")) == (pd.Timestamp("2019-05-01"), None)
    assert last_two_waves(table, parse_period("2017-Q1")) == (None, None)
