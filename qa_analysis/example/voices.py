"""Invented voices and visits: feedback, the workforce survey, and the practice dashboard."""

from __future__ import annotations

import numpy as np
import pandas as pd

from qa_analysis.example import truths as t
from qa_analysis.example.chance import blank, choose, rng_for
from qa_analysis.example.framework import Framework
from qa_analysis.example.people import Staff
from qa_analysis.example.pool import Pool, place_columns
from qa_analysis.example.tidy import plain_frame
from qa_analysis.example.words import COMMENTS, DONE, LEARNING

FEEDBACK_PER_MONTH = 40
SURVEY_QUESTIONS = (
    "I have supervision that helps me think",
    "My caseload is manageable",
    "I feel safe at work",
    "I have the training that I need",
    "Managers listen to me",
    "I would recommend working here",
)

INVITED, ANSWERING = 110, 60
NAMES_IN_COMMENTS = 0.04  # of comments thank a worker by name, which no wide report may show


def make_feedback(framework: Framework, staff: Staff, plan: t.Plan, seed: int, scale: float) -> pd.DataFrame:
    """About 40 pieces a month: feedback, complaints (with stage, response, outcome) and compliments."""
    rng = rng_for(seed, "feedback")
    starts = plan.months.start_time.to_numpy()
    month = np.repeat(np.arange(len(starts)), rng.poisson(FEEDBACK_PER_MONTH * scale, len(starts)))
    n = len(month)
    date = starts[month] + (rng.random(n) * plan.months.days_in_month.to_numpy()[month]).astype(int).astype(
        "timedelta64[D]"
    )
    date, n = np.sort(date), len(date)
    kind = choose(rng, ("feedback", "complaint", "compliment"), n, (0.7, 0.14, 0.16))
    is_complaint, is_survey = kind == "complaint", kind == "feedback"
    team = rng.integers(0, len(staff.team_name), n)
    sentiment = choose(rng, ("positive", "mixed", "negative"), n, (0.6, 0.2, 0.2))
    sentiment[is_complaint], sentiment[kind == "compliment"] = "negative", "positive"
    responded = date + np.ceil(rng.lognormal(2.5, 0.5, n)).astype(int).astype("timedelta64[D]")
    answered = is_complaint & (responded <= np.datetime64(plan.extract))
    outcome = choose(rng, ("upheld", "partly upheld", "not upheld", "withdrawn"), n, (0.25, 0.3, 0.4, 0.05))
    outcome[~answered] = "ongoing"
    learnt = answered & np.isin(outcome, ["upheld", "partly upheld"]) & (rng.random(n) < 0.75)

    comment = choose(rng, COMMENTS, n)
    named = rng.random(n) < NAMES_IN_COMMENTS
    of_team = np.searchsorted(staff.worker_team, team[named])
    comment[named] = "Thank you to " + staff.worker_name[of_team] + ", who was kind"

    def yes(rate):
        return blank(choose(rng, ("yes", "partly", "no", "not known"), n, (rate, 0.1, 0.85 - rate, 0.05)), ~is_survey)

    return plain_frame(
        {
            "feedback_id": (1 + np.arange(n)).astype(str).astype(object),
            "date": pd.to_datetime(date),
            "kind": kind,
            "giver": choose(rng, ("child", "parent", "carer", "partner", "other"), n, (0.3, 0.4, 0.15, 0.1, 0.05)),
            "channel": choose(rng, ("online form", "visit", "phone", "letter", "review meeting"), n),
            **place_columns(framework, staff, team),
            "sentiment": blank(sentiment, rng.random(n) < 0.05),
            "timely": yes(0.6),
            "listened_to": yes(0.7),
            "respected": yes(0.78),
            "knows_next": yes(0.55),
            "comment": blank(comment, rng.random(n) < 0.3),
            "stage": np.where(is_complaint, choose(rng, (1, 2, 3), n, (0.88, 0.1, 0.02)).astype(float), np.nan),
            "responded": pd.Series(pd.to_datetime(responded)).where(answered),
            "upheld": blank(outcome, ~is_complaint),
            "learning": blank(choose(rng, LEARNING, n), ~learnt),
            "improvement": blank(choose(rng, DONE, n), ~(learnt & (rng.random(n) < 0.5))),
        }
    )


def make_survey(framework: Framework, staff: Staff, plan: t.Plan, seed: int, scale: float) -> pd.DataFrame:
    """Every second month about 60 of 110 invited answer six questions; nothing changes from wave to wave."""
    rng = rng_for(seed, "survey")
    waves = plan.months[plan.months.month % 2 == 1]
    invited = max(10, int(INVITED * scale))
    people = rng.binomial(invited, ANSWERING / INVITED, len(waves))
    wave = np.repeat(np.arange(len(waves)), people)
    number = np.concatenate([np.arange(p) for p in people]) if len(people) else np.zeros(0, int)
    team = rng.integers(0, len(staff.team_name), len(wave))
    q = len(SURVEY_QUESTIONS)
    places = place_columns(framework, staff, team)
    return plain_frame(
        {
            "wave": np.repeat(waves.start_time.to_numpy()[wave], q),
            "respondent_id": np.repeat(np.char.add("R", (1001 + number).astype(str)).astype(object), q),
            **{c: np.repeat(v, q) for c, v in places.items()},
            "question": np.tile(np.array(SURVEY_QUESTIONS, dtype=object), len(wave)),
            "score": rng.choice([1, 2, 3, 4, 5], len(wave) * q, p=[0.08, 0.15, 0.22, 0.37, 0.18]),
            "n_invited": np.full(len(wave) * q, invited),
        }
    )


def make_practice(
    framework: Framework, staff: Staff, pool: Pool, plan: t.Plan, seed: int, n_teams: int = 4
) -> pd.DataFrame:
    """Practice elements on the open cases of the first teams, on the extract day; six in ten were ever done."""
    rng = rng_for(seed, "practice")
    day = (plan.months[-1].end_time.normalize() - plan.months[0].start_time).days
    case = np.flatnonzero((pool.opened <= day) & (pool.closed > day) & (pool.team < n_teams))
    row, element = (
        np.repeat(case, len(framework.elements)),
        np.tile(np.array(framework.elements, dtype=object), len(case)),
    )
    n = len(row)
    done = rng.random(n) < 0.6
    opened = np.maximum(pool.opened[row], day - 700)
    when = np.where(done, np.floor(opened + rng.random(n) * (day - opened)), np.nan)
    labels = [g.label for g in framework.grades]
    worker = pool.worker[row]
    table = plain_frame(
        {
            "case_id": pool.number[row].astype(str).astype(object),
            **place_columns(framework, staff, pool.team[row]),
            "worker": staff.worker_name[worker],
            "element": element,
            "last_done": plan.months[0].start_time + pd.to_timedelta(when, unit="D"),
            "quality": blank(choose(rng, labels, n, (0.1, 0.35, 0.45, 0.1)), ~done | (rng.random(n) < 0.3)),
            "scale": np.where(done & (element == "scaling"), rng.integers(2, 10, n), np.nan),
        }
    )
    return table[table["last_done"].notna() | (rng.random(n) < 0.8)].reset_index(drop=True)
