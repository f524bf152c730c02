"""Invented cases: everyone who was ever open to a team, who works with them, and the frame on a day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from qa_analysis.example import truths as t
from qa_analysis.example.chance import rng_for
from qa_analysis.example.framework import Framework
from qa_analysis.example.people import Staff
from qa_analysis.example.tidy import plain_frame

OPEN_CASES = 2500
MEAN_DAYS_OPEN = 365
ETHNICITY = ("White British", "Asian or Asian British", "Black or Black British", "Mixed heritage", "Any other group")
PLANS = ("Child in need plan", "Child protection plan", "Looked after", "Early help plan", "Pathway plan")


@dataclass(frozen=True)
class Pool:
    """Every case that was ever open; `team` runs upwards, days count from the first day made."""

    team: np.ndarray
    worker: np.ndarray
    opened: np.ndarray
    closed: np.ndarray
    age_at_opening: np.ndarray
    sex: np.ndarray
    ethnicity: np.ndarray
    send: np.ndarray
    plan: np.ndarray
    number: np.ndarray


def make_pool(staff: Staff, months: pd.PeriodIndex, seed: int, scale: float) -> Pool:
    """Cases in a steady state: about 2,500 open on any day (times `scale`), a year open on average."""
    rng = rng_for(seed, "cases")
    days = (months[-1].end_time - months[0].start_time).days + 1
    n_old = max(len(staff.team_name) * 5, int(OPEN_CASES * scale))
    n_new = int(n_old * days / MEAN_DAYS_OPEN)
    n = n_old + n_new
    opened = rng.permutation(np.concatenate([-rng.exponential(MEAN_DAYS_OPEN, n_old), rng.uniform(0, days, n_new)]))
    # the last case of each team never closes, so that every team has a case to audit on every day
    closed = np.maximum(opened, 0) + rng.exponential(MEAN_DAYS_OPEN, n)
    team = np.sort(
        np.concatenate(
            [np.arange(len(staff.team_name)), rng.integers(0, len(staff.team_name), n - len(staff.team_name))]
        )
    )
    last = np.append(np.flatnonzero(np.diff(team)), n - 1)
    opened[last], closed[last] = -rng.exponential(MEAN_DAYS_OPEN, len(last)), days * 2
    per_team = len(staff.worker_team) // len(staff.team_name)
    return Pool(
        team,
        team * per_team + rng.integers(0, per_team, n),
        np.floor(opened),
        np.ceil(closed),
        rng.integers(0, 17, n),
        rng.integers(0, 2, n),
        rng.choice(5, n, p=[0.5, 0.18, 0.15, 0.12, 0.05]),
        rng.random(n) < 0.18,
        rng.choice(5, n, p=[0.35, 0.2, 0.25, 0.12, 0.08]),
        200_001 + rng.permutation(n),
    )


def pick_cases(pool: Pool, team: np.ndarray, day: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """For each audit a random case of its team that is open on its day (positions in the pool)."""
    start = np.searchsorted(pool.team, team, side="left")
    size = np.searchsorted(pool.team, team, side="right") - start
    case = start + size - 1  # the case that never closes
    todo = np.arange(len(team))
    for _ in range(40):
        if not len(todo):
            break
        draw = start[todo] + (rng.random(len(todo)) * size[todo]).astype(int)
        fits = (pool.opened[draw] <= day[todo]) & (pool.closed[draw] > day[todo])
        case[todo[fits]] = draw[fits]
        todo = todo[~fits]
    return case


def child_columns(pool: Pool, case: np.ndarray, day: np.ndarray) -> dict[str, np.ndarray]:
    """Age (whole years on the day), sex, ethnicity, SEND and plan of each case."""
    age = pool.age_at_opening[case] + np.maximum(0, day - pool.opened[case]) // 365
    return {
        "age_years": np.minimum(age, 24).astype(float),
        "sex": np.array(["Female", "Male"], dtype=object)[pool.sex[case]],
        "ethnicity": np.array(ETHNICITY, dtype=object)[pool.ethnicity[case]],
        "send": np.where(pool.send[case], "yes", "no").astype(object),
        "plan_type": np.array(PLANS, dtype=object)[pool.plan[case]],
    }


def place_columns(framework: Framework, staff: Staff, team: np.ndarray) -> dict[str, np.ndarray]:
    """Service, locality and team in words."""
    services = np.array([s.label for s in framework.services], dtype=object)
    places = np.array([p.label for p in framework.localities] or [None], dtype=object)
    return {
        "service": services[staff.team_service[team]],
        "locality": places[staff.team_locality[team]],
        "team": staff.team_name[team],
    }


def make_cases(framework: Framework, staff: Staff, pool: Pool, plan: t.Plan, frames: str) -> pd.DataFrame:
    """The cases open on the last day of each month framed: "latest", "quarters" or "all" months."""
    start = plan.months[0].start_time
    wanted = {"latest": plan.months[-1:], "quarters": plan.months[plan.months.month % 3 == 0], "all": plan.months}[
        frames
    ]
    parts = []
    for month in wanted:
        day = (month.end_time.normalize() - start).days
        case = np.flatnonzero((pool.opened <= day) & (pool.closed > day))
        worker = pool.worker[case]
        parts.append(
            plain_frame(
                {
                    "period": month.start_time,
                    "case_id": pool.number[case].astype(str),
                    **place_columns(framework, staff, pool.team[case]),
                    "worker": staff.worker_name[worker],
                    "manager": staff.manager_name[staff.worker_manager[worker]],
                    **child_columns(pool, case, np.full(len(case), day)),
                    "opened": start + pd.to_timedelta(pool.opened[case], unit="D"),
                }
            )
        )
    return pd.concat(parts, ignore_index=True).sort_values(["period", "case_id"], ignore_index=True)
