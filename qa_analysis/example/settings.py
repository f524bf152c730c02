"""Invented schools, nurseries and homes, and how their inspectors graded them over five years."""

from __future__ import annotations

import numpy as np
import pandas as pd

from qa_analysis.example import truths as t
from qa_analysis.example.chance import rng_for
from qa_analysis.example.framework import Framework
from qa_analysis.example.tidy import plain_frame

# what it is, the word in its name, how many there are, chance to be inspected in a year, smallest and largest
KINDS = (
    ("Children's home", "House", 24, 1.0, 3, 8),
    ("Primary school", "Primary School", 36, 0.4, 90, 420),
    ("Secondary school", "High School", 12, 0.5, 600, 1400),
    ("Nursery", "Nursery", 24, 0.4, 20, 80),
)
N_YEARS = 5
FIRST_NUMBER = 900_001
_NAMES = "Alder Beck Copper Dove Elder Fallow Gable Harvest Islet Jackdaw Kingcup Lantern".split()
_ENDS = "croft mead lea ford wood hill side well".split()


def make_providers(framework: Framework, plan: t.Plan, seed: int) -> pd.DataFrame:
    """One row an inspection; grades go up as often as down, but for the planted kind, which sinks from its month."""
    rng = rng_for(seed, "providers")
    size = [k[2] for k in KINDS]
    kind = np.repeat(np.arange(len(KINDS)), size)
    names = np.array([a + b for a in _NAMES for b in _ENDS], dtype=object)[rng.permutation(len(_NAMES) * len(_ENDS))][: len(kind)]
    number = rng.permutation(len(kind))
    places = np.array([rng.integers(KINDS[k][4], KINDS[k][5] + 1) for k in kind])
    top = len(framework.grades) - 1
    grade = rng.choice(top + 1, len(kind), p=np.array([0.05, 0.2, 0.6, 0.15]) if top == 3 else None)
    last, rows = plan.months[-1], []
    of_year = rng.integers(30, 330, len(kind))  # each is inspected at about the same time of the year
    sinks = plan.months[plan.sinks_from].start_time if plan.sinks_from >= 0 else None
    for year in range(N_YEARS):
        begins = (last - 12 * (N_YEARS - year) + 1).start_time
        day = begins + pd.to_timedelta(of_year + rng.integers(-25, 26, len(kind)), unit="D")
        seen = rng.random(len(kind)) < np.array([KINDS[k][3] for k in kind])
        chance = rng.random(len(kind))
        step = np.where(chance < t.PROVIDER_MOVES, 1, np.where(chance > 1 - t.PROVIDER_MOVES, -1, 0))
        if sinks is not None:
            sinking = (kind == plan.sinking_kind) & (day >= sinks)
            step = np.where(sinking, -(chance < t.PROVIDER_SINKS).astype(int), step)
        grade = np.where(seen & (year > 0), np.clip(grade + step, 0, top), grade)
        rows += [(i, day[i], grade[i]) for i in np.flatnonzero(seen)]
    order = sorted(rows, key=lambda row: (row[1], row[0]))
    i = np.array([row[0] for row in order], dtype=int)
    labels = np.array([g.label for g in framework.grades], dtype=object)
    return plain_frame(
        {
            "provider_id": (FIRST_NUMBER + number[i]).astype(str).astype(object),
            "provider": names[i] + " " + np.array([k[1] for k in KINDS], dtype=object)[kind[i]],
            "provider_kind": np.array([k[0] for k in KINDS], dtype=object)[kind[i]],
            "inspected": pd.to_datetime([row[1] for row in order]),
            "grade": labels[np.array([row[2] for row in order], dtype=int)],
            "places": places[i].astype(float),
        }
    )
