"""Invented courses: who was offered places, who came, and who used at work what was learnt."""

from __future__ import annotations

import numpy as np
import pandas as pd

from qa_analysis.example import truths as t
from qa_analysis.example.chance import blank, choose, rng_for
from qa_analysis.example.framework import Framework
from qa_analysis.example.tidy import plain_frame

OWN, PARTNERS = "Children's social care", ("Police", "Health", "Schools", "Early help", "Probation", "Voluntary sector")
COURSES_A_MONTH, N_THEMES = 4, 8
FOLLOWED_UP, ASKED = 0.65, 0.75  # of the bookings, and of the people who came
FIRST_NUMBER = 5_001
_TITLES = ("{}: the essentials", "{} in practice", "{}: a refresher", "Working together on {}")


def make_training(framework: Framework, plan: t.Plan, seed: int) -> pd.DataFrame:
    """Four courses a month, each booked by the authority's own services and two to four partner agencies."""
    rng = rng_for(seed, "training")
    themes = np.array([i for i in range(len(framework.themes)) if i != plan.untrained_theme][:N_THEMES])
    n_courses = COURSES_A_MONTH * len(plan.months)
    day = plan.months.start_time.to_numpy()[np.repeat(np.arange(len(plan.months)), COURSES_A_MONTH)]
    day = day + rng.integers(0, 28, n_courses).astype("timedelta64[D]")
    theme = themes[rng.integers(0, len(themes), n_courses)]
    title = rng.integers(0, len(_TITLES), n_courses)
    n_agencies = rng.integers(2, 5, n_courses)
    course = np.repeat(np.arange(n_courses), n_agencies + 1)
    first = np.r_[True, course[1:] != course[:-1]]
    order = np.array([rng.permutation(len(PARTNERS)) for _ in range(n_courses)])
    place = np.arange(len(course)) - np.searchsorted(course, course)
    agency = np.where(first, OWN, np.array(PARTNERS, dtype=object)[order[course, np.maximum(place - 1, 0)]])
    n = len(course)
    offered = np.where(first, rng.integers(12, 25, n), rng.integers(4, 11, n))
    came = rng.binomial(offered, np.clip(rng.normal(t.PLACES_TAKEN, 0.05, n_courses), 0.5, 1)[course])
    asked = np.where((rng.random(n) < FOLLOWED_UP) & (came > 0), rng.binomial(came, ASKED), -1)
    rate = np.where(theme == plan.unused_theme, t.LEARNING_NOT_USED, t.LEARNING_USED)
    used = rng.binomial(np.maximum(asked, 0), np.clip(rate + rng.normal(0, 0.05, n_courses), 0, 1)[course])
    service = choose(rng, [s.label for s in framework.services], n)
    label = np.array([x.label for x in framework.themes], dtype=object)
    return plain_frame(
        {
            "training_id": np.char.add("B", (FIRST_NUMBER + np.arange(n)).astype(str)).astype(object),
            "course": np.array([_TITLES[k].format(label[i]) for k, i in zip(title, theme, strict=True)], dtype=object)[course],
            "date": pd.to_datetime(day[course]),
            "theme": np.array([x.id for x in framework.themes], dtype=object)[theme[course]],
            "agency": agency.astype(object),
            "service": blank(service, ~first),
            "places_offered": offered.astype(float),
            "places_taken": came.astype(float),
            "followed_up": np.where(asked >= 0, asked, np.nan),
            "used_in_work": np.where(asked >= 0, used, np.nan),
        }
    )
