"""Invented voices and visits: feedback, the workforce survey, dip samples with answers, and the practice dashboard."""

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
SAMPLE_SIZE = 40
DIP_THEMES = (
    (
        "repeat referrals",
        "Are repeat referrals avoidable?",
        (
            "Was the earlier history considered?",
            "Was the reason for closing recorded?",
            "Was a step-down plan made?",
            "Were the parents' views sought?",
            "Was the child seen?",
            "Did a manager agree the decision?",
            "Were partners told?",
            "Was the decision made in one working day?",
        ),
    ),
    (
        "quality of early help assessments",
        "Do early help assessments lead to a plan that is followed?",
        (
            "Is the assessment complete?",
            "Is the child's voice present?",
            "Are all children in the home named?",
            "Is there a lead professional?",
            "Is there a plan?",
            "Was the plan reviewed?",
            "Is the father included?",
            "Is consent recorded?",
        ),
    ),
    (
        "partners' engagement in strategy meetings",
        "Do partners take part in strategy meetings?",
        (
            "Did the police attend?",
            "Did health attend?",
            "Did the school attend?",
            "Were actions agreed?",
            "Were minutes sent in a week?",
            "Was the meeting held in time?",
            "Was risk to siblings considered?",
            "Was the decision recorded?",
        ),
    ),
)
YES_RATES = (0.85, 0.7, 0.9, 0.55, 0.75, 0.8, 0.65, 0.95)


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


def make_samples(framework: Framework, staff: Staff, pool: Pool, plan: t.Plan, seed: int) -> dict[str, pd.DataFrame]:
    """A dip sample of 40 cases each quarter, themes by turns, eight questions each answered for each case."""
    rng = rng_for(seed, "samples")
    start = plan.months[0].start_time
    draws, parts = [], []
    for k, month in enumerate(plan.months[plan.months.month % 3 == 0]):
        theme, question, questions = DIP_THEMES[k % len(DIP_THEMES)]
        sample_id = f"DS-{month.year}-{month.month:02d}"
        frame_date = month.start_time
        day = (frame_date - start).days
        service = k % len(DIP_THEMES) if len(framework.services) > len(DIP_THEMES) else 0
        frame = np.flatnonzero((pool.opened <= day) & (pool.closed > day) & (staff.team_service[pool.team] == service))
        left_out = rng.random(len(frame)) < 0.05
        frame = frame[~left_out]
        cases = np.sort(rng.choice(frame, min(SAMPLE_SIZE, len(frame)), replace=False))
        draws.append(
            {
                "sample_id": sample_id,
                "activity": framework.dip_sample or None,
                "theme": theme,
                "question": question,
                "frame_date": frame_date,
                "frame_size": len(frame),
                "n_drawn": len(cases),
                "seed": seed * 100 + k,
                "exclusions": f"{int(left_out.sum())} cases seen in the last three months",
            }
        )
        n, q = len(cases), len(questions)
        yes = np.tile(np.array(YES_RATES), n)
        u = rng.random(n * q)
        answer = np.select(
            [u < yes * 0.9, u < yes * 0.9 + 0.05, u < 0.95, u < 0.98],
            ["yes", "partly", "no", "not applicable"],
            "not known",
        )
        auditors = staff.lead_name[rng.integers(0, len(staff.lead_name), n)]
        answered = month.start_time + pd.to_timedelta(rng.integers(5, 25, n), unit="D")
        places = place_columns(framework, staff, pool.team[cases])
        parts.append(
            plain_frame(
                {
                    "sample_id": sample_id,
                    "case_id": np.repeat(pool.number[cases].astype(str).astype(object), q),
                    "question_id": np.tile(np.array([f"Q{i + 1}" for i in range(q)], dtype=object), n),
                    "question": np.tile(np.array(questions, dtype=object), n),
                    "answer": answer.astype(object),
                    **{c: np.repeat(v, q) for c, v in places.items()},
                    "auditor": np.repeat(auditors, q),
                    "answered": np.repeat(answered.to_numpy(), q),
                    "comment": blank(
                        choose(rng, ("See case note", "Only part of it", "Done late"), n * q), rng.random(n * q) > 0.06
                    ),
                }
            )
        )
    return {"samples": pd.DataFrame(draws), "answers": pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()}


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
