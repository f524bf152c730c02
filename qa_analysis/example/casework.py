"""Invented cases, audits of them, their thread grades, what auditors wrote, and moderations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from qa_analysis.example import truths as t
from qa_analysis.example.chance import blank, choose, rng_for
from qa_analysis.example.framework import Framework
from qa_analysis.example.people import LARGEST_TEAM_SCALE, Staff
from qa_analysis.example.words import EMERGING, TAILS, sentences

OPEN_CASES = 2500
MEAN_DAYS_OPEN = 365
ETHNICITY = ("White British", "Asian or Asian British", "Black or Black British", "Mixed heritage", "Any other group")
PLANS = ("Child in need plan", "Child protection plan", "Looked after", "Early help plan", "Pathway plan")
AGENCIES = ("Police", "Health", "School", "Housing", "Probation", "Voluntary sector")
LOADING = 0.7  # how far one factor drives all of an audit's grades
MISSABLE = ("age_years", "sex", "ethnicity", "send", "plan_type", "worker", "child_view_sought", "parent_view_sought",
            "worker_present", "selection")


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
    team = np.sort(np.concatenate([np.arange(len(staff.team_name)),
                                   rng.integers(0, len(staff.team_name), n - len(staff.team_name))]))
    last = np.append(np.flatnonzero(np.diff(team)), n - 1)
    opened[last], closed[last] = -rng.exponential(MEAN_DAYS_OPEN, len(last)), days * 2
    per_team = len(staff.worker_team) // len(staff.team_name)
    return Pool(team, team * per_team + rng.integers(0, per_team, n), np.floor(opened), np.ceil(closed),
                rng.integers(0, 17, n), rng.integers(0, 2, n), rng.choice(5, n, p=[0.5, 0.18, 0.15, 0.12, 0.05]),
                rng.random(n) < 0.18, rng.choice(5, n, p=[0.35, 0.2, 0.25, 0.12, 0.08]),
                200_001 + rng.permutation(n))


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
    return {"age_years": np.minimum(age, 24).astype(float),
            "sex": np.array(["Female", "Male"], dtype=object)[pool.sex[case]],
            "ethnicity": np.array(ETHNICITY, dtype=object)[pool.ethnicity[case]],
            "send": np.where(pool.send[case], "yes", "no").astype(object),
            "plan_type": np.array(PLANS, dtype=object)[pool.plan[case]]}


def place_columns(framework: Framework, staff: Staff, team: np.ndarray) -> dict[str, np.ndarray]:
    """Service, locality and team in words."""
    services = np.array([s.label for s in framework.services], dtype=object)
    places = np.array([p.label for p in framework.localities] or [None], dtype=object)
    return {"service": services[staff.team_service[team]], "locality": places[staff.team_locality[team]],
            "team": staff.team_name[team]}


def make_cases(framework: Framework, staff: Staff, pool: Pool, plan: t.Plan, frames: str) -> pd.DataFrame:
    """The cases open on the last day of each month framed: "latest", "quarters" or "all" months."""
    start = plan.months[0].start_time
    wanted = {"latest": plan.months[-1:], "quarters": plan.months[plan.months.month % 3 == 0], "all": plan.months}[frames]
    parts = []
    for month in wanted:
        day = (month.end_time.normalize() - start).days
        case = np.flatnonzero((pool.opened <= day) & (pool.closed > day))
        worker = pool.worker[case]
        parts.append(pd.DataFrame({
            "period": month.start_time, "case_id": pool.number[case].astype(str),
            **place_columns(framework, staff, pool.team[case]), "worker": staff.worker_name[worker],
            "manager": staff.manager_name[staff.worker_manager[worker]],
            **child_columns(pool, case, np.full(len(case), day)),
            "opened": start + pd.to_timedelta(pool.opened[case], unit="D"),
        }))
    return pd.concat(parts, ignore_index=True).sort_values(["period", "case_id"], ignore_index=True)


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
        return pd.DataFrame({"kind": kind, "month": np.repeat(month, count), "team": np.repeat(team, count),
                             "auditor": np.repeat(auditor, count)})

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
        parts.append(rows("multi_agency_audit", 1, rng.integers(0, len(staff.team_name), len(at5)),
                          staff.lead_name[rng.integers(0, len(staff.lead_name), len(at5))], at5))
    for kind, calendar_month in (("thematic_audit", 11), ("yearly_audit", 2)):
        if kind in framework.activities:
            yearly = np.repeat(np.flatnonzero(plan.months.month == calendar_month), 12 * each)
            parts.append(rows(kind, 1, rng.integers(0, len(staff.team_name), len(yearly)),
                              staff.lead_name[rng.integers(0, len(staff.lead_name), len(yearly))], yearly))
    return pd.concat(parts, ignore_index=True)


def _working_day(plan: t.Plan, month: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A weekday of each month, in days from the first day made."""
    starts = plan.months.start_time.to_numpy().astype("datetime64[D]")
    table = [np.flatnonzero(np.is_busday(np.arange(s, s + n))) for s, n in zip(starts, plan.months.days_in_month, strict=True)]
    sizes = np.array([len(x) for x in table])
    padded = np.array([np.resize(x, 23) for x in table])
    offset = (starts - starts[0]).astype(int)
    return offset[month] + padded[month, (rng.random(len(month)) * sizes[month]).astype(int)]


def _grades(framework: Framework, plan: t.Plan, events: pd.DataFrame, rng: np.random.Generator):
    """True overall and thread grades (0 is the worst) of every event, before any auditor's leniency."""
    n = len(events)
    cuts = norm.ppf(np.cumsum(t.GRADE_SHARES)[:-1])
    common = rng.standard_normal(n)
    shift = np.where(events["selection"].to_numpy() == "purposive", 0 if plan.noise_only else t.PURPOSIVE_SHIFT, 0.0)
    spread = np.sqrt(1 - LOADING**2)
    overall = np.searchsorted(cuts, LOADING * common + spread * rng.standard_normal(n) + shift)
    width = max(len(w.standards) for w in framework.activities.values())
    is_main = np.isin(events["kind"].to_numpy(), [k for k, w in framework.activities.items() if w.standards == framework.standards])
    threads = np.empty((n, width), dtype=np.int8)
    month = events["month"].to_numpy()
    for j in range(threads.shape[1]):
        level = 0.15 * ((j * 2) % 5 - 2)  # threads differ from one another, and stay so
        fall = t.DECLINE * np.clip((month - plan.decline_from + 1) / t.RAMP_MONTHS, 0, 1)
        drift = fall * is_main if j == plan.declining_standard else 0
        threads[:, j] = np.searchsorted(cuts, LOADING * common + spread * rng.standard_normal(n) + shift + level - drift)
    return overall.astype(np.int8), threads


def _selection(events: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    drawn = choose(rng, ("random", "purposive", "not recorded"), len(events), (0.8, 0.12, 0.08))
    kind = events["kind"].to_numpy()
    drawn[np.isin(kind, ["learning_audit", "reaudit"])] = "purposive"
    drawn[kind == "supervision_audit"] = "random"
    return drawn


def _write_up(framework: Framework, plan: t.Plan, month: np.ndarray, kind: str, rng: np.random.Generator):
    """What an auditor wrote of one kind: one or two items each, with the theme that each item is about (-1 none)."""
    n = len(month)
    n_themes = len(framework.themes)
    texts, first, count = sentences(kind, tuple(x.id for x in framework.themes), tuple(x.label for x in framework.themes))
    weights = np.resize([10, 9, 8, 8, 8, 6, 7, 5, 3, 3, 2, 2, 5, 2, 2, 1, 2, 3], n_themes).astype(float)
    weights[plan.emerging_theme if plan.emerging_theme >= 0 else slice(0, 0)] = 0
    weights /= weights.sum()
    n_items = 1 + (rng.random(n) < 0.45)
    row = np.repeat(np.arange(n), n_items)
    theme = np.searchsorted(np.cumsum(weights), rng.random(len(row))).clip(0, n_themes - 1)
    theme[rng.random(len(row)) < 0.25] = n_themes
    if plan.emerging_theme >= 0:
        late = (month[row] >= plan.theme_from) & (kind == "improvement")
        rate = np.where(late, t.THEME_RATE_AFTER, t.THEME_RATE_BEFORE)
        theme[rng.random(len(row)) < rate] = plan.emerging_theme
    tails = np.array(TAILS, dtype=object)
    text = texts[first[theme] + (rng.random(len(row)) * count[theme]).astype(int)] + tails[rng.integers(0, len(TAILS), len(row))]
    if kind == "improvement":
        with_phrase = (month >= plan.phrase_from) & (rng.random(n) < t.PHRASE_RATE)
        extra = np.flatnonzero(with_phrase)
        row = np.concatenate([row, extra])
        theme = np.concatenate([theme, np.full(len(extra), n_themes)])
        text = np.concatenate([text, choose(rng, EMERGING, len(extra))])
        order = np.argsort(row, kind="stable")
        row, theme, text = row[order], theme[order], text[order]
    return row, np.where(theme == n_themes, -1, theme), text


def _join_items(row: np.ndarray, text: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """One cell per audit: items on lines, with bullets, or after semicolons."""
    item = np.arange(len(row)) - np.searchsorted(row, row)
    style = rng.integers(0, 3, n)
    lead = np.array(["", "• ", ""], dtype=object)
    between = np.array(["\n", "\n• ", "; "], dtype=object)
    out = np.full(n, "", dtype=object)
    for k in range(item.max(initial=0) + 1):
        at = item == k
        out[row[at]] += (lead if k == 0 else between)[style[row[at]]] + text[at]
    # a lone item needs no bullet
    lone = np.bincount(row, minlength=n) == 1
    out[row[lone[row]]] = text[lone[row]]
    return out


def _ticked(framework: Framework, row: np.ndarray, theme: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """The themes ticked on the form: those written about, and nothing at all on three forms in ten."""
    ids = np.array([x.id for x in framework.themes], dtype=object)
    keep = theme >= 0
    pairs = pd.DataFrame({"row": row[keep], "theme": theme[keep]}).drop_duplicates()
    item = np.arange(len(pairs)) - np.searchsorted(pairs["row"].to_numpy(), pairs["row"].to_numpy())
    out = np.full(n, "", dtype=object)
    for k in range(item.max(initial=0) + 1):
        at = item == k
        rows = pairs["row"].to_numpy()[at]
        out[rows] += (";" if k else "") + ids[pairs["theme"].to_numpy()[at]]
    return blank(out, (rng.random(n) < 0.3) | (out == ""))
