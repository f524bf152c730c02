"""Who judged what and when, and how good it truly was, before any form is filled in."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pandas as pd

from qa_analysis.example import truths as t
from qa_analysis.example.chance import choose, rng_for
from qa_analysis.example.framework import Framework
from qa_analysis.example.people import LARGEST_TEAM_SCALE, Staff
from qa_analysis.example.tidy import plain_frame

LOADING = 0.7  # how far one factor drives all of an audit's grades


def timeline(framework: Framework, staff: Staff, plan: t.Plan, seed: int, scale: float):
    """All events in order of date with their true grades; re-audits of inadequate audits included."""
    rng = rng_for(seed, "audits")
    events = _events(framework, staff, plan, seed, scale)
    events["selection"] = _selection(events, rng)
    events["day"] = _working_day(plan, events["month"].to_numpy(), rng)
    overall, threads = _grades(framework, plan, events, rng)
    lenient = staff.manager_name[plan.lenient_manager] if plan.lenient_manager >= 0 else None
    raised = (events["auditor"] == lenient).to_numpy() & (rng.random(len(events)) < t.LENIENT_RATE)
    top = len(framework.grades) - 1
    given = np.where(raised, np.minimum(overall + 1, top), overall)
    given_threads = np.where(raised[:, None], np.minimum(threads + 1, top), threads)
    frame = events.assign(true=overall, given=given, of=-1)
    graded = events["kind"].isin([k for k, w in framework.activities.items() if w.graded]).to_numpy()

    again = np.flatnonzero(
        (events["kind"] == "file_audit").to_numpy() & (given == 0) & (rng.random(len(events)) < t.REAUDIT_RATE)
    )
    day = events["day"].to_numpy()[again] + rng.integers(30, 85, len(again))
    day = day + np.array([0, 0, 0, 0, 0, 2, 1])[(day + plan.months[0].start_time.day_of_week) % 7]
    last_day = (plan.months[-1].end_time - plan.months[0].start_time).days
    again, day = again[day <= last_day], day[day <= last_day]
    repeat = events.iloc[again].assign(kind="reaudit", selection="purposive", day=day, of=again)
    ends = (plan.months.end_time - plan.months[0].start_time).days.to_numpy()
    repeat["month"] = np.searchsorted(ends, day)
    better = rng.choice(len(framework.grades), (len(again), 1 + threads.shape[1]), p=[0.1, 0.5, 0.36, 0.04])
    frame = pd.concat([frame, repeat.assign(true=better[:, 0], given=better[:, 0])], ignore_index=True)
    threads, given_threads = (np.vstack([x, better[:, 1:]]) for x in (threads, given_threads))
    graded = np.append(graded, np.ones(len(again), bool))

    order = np.lexsort((np.arange(len(frame)), frame["day"].to_numpy()))
    place = np.empty(len(order), dtype=int)
    place[order] = np.arange(len(order))
    frame = frame.iloc[order].reset_index(drop=True)
    frame["of"] = np.where(frame["of"] >= 0, place[frame["of"].clip(lower=0)], -1)
    return frame, threads[order], given_threads[order], graded[order]


def _events(framework: Framework, staff: Staff, plan: t.Plan, seed: int, scale: float) -> pd.DataFrame:
    """Who judges what in which month, before any grade: positions of team and auditor, kind, selection."""
    rng = rng_for(seed, "events")
    n_months, n_managers = len(plan.months), len(staff.manager_name)
    each = max(1, round(scale / min(scale, LARGEST_TEAM_SCALE)))
    month = np.repeat(np.arange(n_months), n_managers)
    manager = np.tile(np.arange(n_managers), n_months)
    due = np.full(len(month), each)
    due[manager == plan.lenient_manager] *= 2
    done = np.where((staff.manager_team[manager] == plan.skipping_team) & (month >= plan.skips_from), 0.0, t.DONE_RATE)

    def rows(kind, count, team, auditor, month):
        return plain_frame(
            {
                "kind": kind,
                "month": np.repeat(month, count),
                "team": np.repeat(team, count),
                "auditor": np.repeat(auditor, count),
            }
        )

    team = staff.manager_team[manager]
    parts = [rows("file_audit", rng.binomial(due, done), team, staff.manager_name[manager], month)]
    if "observation" in framework.activities:
        parts.append(rows("observation", rng.binomial(each, 0.8, len(month)), team, staff.manager_name[manager], month))
    quarter_ends = np.flatnonzero(plan.months.month % 3 == 0)
    lead = np.tile(np.arange(len(staff.lead_name)), len(quarter_ends))
    at = np.repeat(quarter_ends, len(staff.lead_name))
    teams_of = [np.flatnonzero(staff.team_service == s) for s in range(len(framework.services))]
    own = np.array([rng.choice(teams_of[s]) for s in staff.lead_service[lead]])
    # an auditor who is independent of the case: a lead of the next service
    other = staff.lead_name[(lead + len(staff.lead_name) // max(1, len(framework.services))) % len(staff.lead_name)]
    for kind in [k for k in ("supervision_audit", "lead_observation") if k in framework.activities]:
        parts.append(rows(kind, rng.binomial(each, 0.9, len(at)), own, staff.lead_name[lead], at))
    if "learning_audit" in framework.activities:
        parts.append(rows("learning_audit", rng.binomial(each, 2 / 3, len(at)), own, other, at))
    n_joint = 5 * each
    if "multi_agency_audit" in framework.activities:
        at5 = np.repeat(quarter_ends, n_joint)
        parts.append(
            rows(
                "multi_agency_audit",
                1,
                rng.integers(0, len(staff.team_name), len(at5)),
                staff.lead_name[rng.integers(0, len(staff.lead_name), len(at5))],
                at5,
            )
        )
    for kind, calendar_month in (("thematic_audit", 11), ("yearly_audit", 2)):
        if kind in framework.activities:
            yearly = np.repeat(np.flatnonzero(plan.months.month == calendar_month), 12 * each)
            parts.append(
                rows(
                    kind,
                    1,
                    rng.integers(0, len(staff.team_name), len(yearly)),
                    staff.lead_name[rng.integers(0, len(staff.lead_name), len(yearly))],
                    yearly,
                )
            )
    return pd.concat(parts, ignore_index=True)


def _working_day(plan: t.Plan, month: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A weekday of each month, in days from the first day made."""
    starts = plan.months.start_time.to_numpy().astype("datetime64[D]")
    table = [
        np.flatnonzero(np.is_busday(np.arange(s, s + n)))
        for s, n in zip(starts, plan.months.days_in_month, strict=True)
    ]
    sizes = np.array([len(x) for x in table])
    padded = np.array([np.resize(x, 23) for x in table])
    offset = (starts - starts[0]).astype(int)
    return offset[month] + padded[month, (rng.random(len(month)) * sizes[month]).astype(int)]


def _grades(framework: Framework, plan: t.Plan, events: pd.DataFrame, rng: np.random.Generator):
    """True overall and thread grades (0 is the worst) of every event, before any auditor's leniency."""
    n = len(events)
    cuts = [NormalDist().inv_cdf(p) for p in np.cumsum(t.GRADE_SHARES)[:-1]]
    common = rng.standard_normal(n)
    shift = np.where(events["selection"].to_numpy() == "purposive", 0 if plan.noise_only else t.PURPOSIVE_SHIFT, 0.0)
    spread = np.sqrt(1 - LOADING**2)
    overall = np.searchsorted(cuts, LOADING * common + spread * rng.standard_normal(n) + shift)
    width = max(len(w.standards) for w in framework.activities.values())
    is_main = np.isin(
        events["kind"].to_numpy(), [k for k, w in framework.activities.items() if w.standards == framework.standards]
    )
    threads = np.empty((n, width), dtype=np.int8)
    month = events["month"].to_numpy()
    for j in range(threads.shape[1]):
        level = 0.15 * ((j * 2) % 5 - 2)  # threads differ from one another, and stay so
        fall = t.DECLINE * np.clip((month - plan.decline_from + 1) / t.RAMP_MONTHS, 0, 1)
        drift = fall * is_main if j == plan.declining_standard else 0
        threads[:, j] = np.searchsorted(
            cuts, LOADING * common + spread * rng.standard_normal(n) + shift + level - drift
        )
    return overall.astype(np.int8), threads


def _selection(events: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    drawn = choose(rng, ("random", "purposive", "not recorded"), len(events), (0.8, 0.12, 0.08))
    kind = events["kind"].to_numpy()
    drawn[np.isin(kind, ["learning_audit", "reaudit"])] = "purposive"
    drawn[kind == "supervision_audit"] = "random"
    return drawn
