"""Invented actions: what audits asked for, when it was done, proved and escalated."""

from __future__ import annotations

import numpy as np
import pandas as pd

from qa_analysis.example import truths as t
from qa_analysis.example.chance import blank, choose, rng_for
from qa_analysis.example.framework import Framework
from qa_analysis.example.people import Staff
from qa_analysis.example.tidy import plain_frame
from qa_analysis.example.words import ACTION_STARTS, EVIDENCE, IMPACT, IMPROVEMENTS

FIRST_NUMBER = 50_001


def make_actions(framework: Framework, staff: Staff, plan: t.Plan, audits: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Actions of all activities, about 1.2 an audit, more for poor grades; open where not done by the extract.

    Urgent ones are escalated on the day or the next but for a few (`late_escalation`), which is a planted truth.
    """
    rng = rng_for(seed, "actions")
    labels = [g.label for g in framework.grades]
    grade = pd.Categorical(audits["overall_grade"], categories=labels).codes
    expected = np.array([2.2, 1.5, 0.9, 0.4, 0.8])[np.where(grade < 0, 4, np.minimum(grade, 3))]
    expected = np.where(audits["case_id"].isna(), expected * 0.25, expected)  # observations ask for little
    urgent_audit = (audits["urgent"] == "yes").to_numpy()
    count = np.maximum(rng.poisson(expected), ((grade == 0) | urgent_audit).astype(int))
    at = np.repeat(np.arange(len(audits)), count)
    n = len(at)
    first = np.append(True, at[1:] != at[:-1]) if n else np.zeros(0, bool)
    urgent = first & urgent_audit[at]
    day = pd.Timedelta(days=1)
    raised = audits["audit_date"].to_numpy()[at] + rng.integers(0, 4, n) * day.to_timedelta64()
    allowed = np.where(urgent, 5, choose(rng, (14, 28, 42, 56), n, (0.2, 0.45, 0.25, 0.1)).astype(int))
    slow = np.zeros(n, bool)
    if plan.slow_service >= 0:
        slow = audits["service"].to_numpy()[at] == framework.services[plan.slow_service].label
    took = np.ceil(allowed * 0.75 * rng.lognormal(0, 0.55, n) * np.where(slow, t.SLOWER, 1.0)).astype(int)
    never = rng.random(n) < np.where(slow, t.NEVER_CLOSED_SLOW, t.NEVER_CLOSED)
    completed = raised + took.astype("timedelta64[D]").astype("timedelta64[s]")
    cancelled = rng.random(n) < 0.02
    closed = ~never & ~cancelled & (completed <= np.datetime64(plan.extract))
    due = raised + allowed.astype("timedelta64[D]").astype("timedelta64[s]")
    revised = due + rng.integers(7, 29, n).astype("timedelta64[D]").astype("timedelta64[s]")
    has_revised = ((completed > due) | never) & (rng.random(n) < 0.15)
    evidenced = closed & (rng.random(n) < 0.85)
    verified = evidenced & (rng.random(n) < 0.65)
    verified_on = completed + rng.integers(1, 15, n).astype("timedelta64[D]").astype("timedelta64[s]")
    verified &= verified_on <= np.datetime64(plan.extract)
    late = urgent & (rng.random(n) < (0.05 if plan.noise_only else 0.12))
    wait = np.where(late, rng.integers(4, 12, n), rng.integers(0, 2, n))
    escalated = raised + wait.astype("timedelta64[D]").astype("timedelta64[s]")
    not_at_all = late & (rng.random(n) < 0.4)
    theme = (
        _first_theme(framework, audits["improvement_themes"].to_numpy(dtype=object)[at], rng)
        if "improvement_themes" in audits
        else np.full(n, None, dtype=object)
    )
    words = {x.id: IMPROVEMENTS.get(x.id, (x.label + " to improve",)) for x in framework.themes}
    text = _texts(theme, words, rng)
    repeat = audits.dropna(subset=["reaudit_of"]).set_index("reaudit_of")
    number = audits["audit_id"].to_numpy(dtype=object)[at]
    has_repeat = first & pd.Index(number).isin(repeat.index)
    repeats = repeat.reindex(pd.Index(number))
    actions = plain_frame(
        {
            "action_id": (FIRST_NUMBER + np.arange(n)).astype(str).astype(object),
            "audit_id": number,
            **{c: audits[c].to_numpy(dtype=object)[at] for c in ("activity", "service", "locality", "team")},
            "theme": blank(theme, rng.random(n) < 0.1),
            "action": text,
            "owner": np.where(
                rng.random(n) < 0.6,
                audits["worker"].to_numpy(dtype=object)[at],
                audits["manager"].to_numpy(dtype=object)[at],
            ),
            "priority": np.where(urgent, "high", choose(rng, ("high", "medium", "low"), n, (0.25, 0.5, 0.25))),
            "urgent": np.where(urgent, "yes", "no").astype(object),
            "raised": raised,
            "due": due,
            "revised_due": pd.Series(revised).where(has_revised),
            "completed": pd.Series(completed).where(closed),
            "status": np.where(cancelled, "cancelled", np.where(closed, "closed", "open")).astype(object),
            "evidence": blank(choose(rng, EVIDENCE, n), ~evidenced),
            "verified_by": blank(audits["manager"].to_numpy(dtype=object)[at], ~verified),
            "verified": pd.Series(verified_on).where(verified),
            "impact": blank(choose(rng, IMPACT, n), ~(closed & (rng.random(n) < 0.55))),
            "escalated": pd.Series(escalated).where(urgent & ~not_at_all & (escalated <= np.datetime64(plan.extract))),
            "reaudit_date": pd.Series(repeats["audit_date"].to_numpy()).where(has_repeat),
            "reaudit_grade": blank(repeats["overall_grade"].to_numpy(dtype=object), ~has_repeat),
            "late_escalation": late,
        }
    )
    actions["owner"] = actions["owner"].fillna(pd.Series(audits["manager"].to_numpy(dtype=object)[at]))
    return actions


def _first_theme(framework: Framework, ticked: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The first theme ticked on the audit, any theme where none was."""
    ids = np.array([x.id for x in framework.themes], dtype=object)
    first = pd.Series(ticked, dtype=object).str.split(";").str[0].to_numpy(dtype=object, copy=True)
    missing = pd.isna(first)
    first[missing] = choose(rng, list(ids), int(missing.sum()))
    return first


def _texts(theme: np.ndarray, words: dict[str, tuple[str, ...]], rng: np.random.Generator) -> np.ndarray:
    """What is to be done, in words of the theme."""
    ids = list(words)
    flat = np.array([w for i in ids for w in words[i]], dtype=object)
    count = np.array([len(words[i]) for i in ids])
    code = pd.Categorical(theme, categories=ids).codes
    first = np.concatenate([[0], np.cumsum(count)[:-1]])
    starts = np.array(ACTION_STARTS, dtype=object)
    return (
        starts[rng.integers(0, len(starts), len(theme))]
        + flat[first[code] + (rng.random(len(theme)) * count[code]).astype(int)]
    )
