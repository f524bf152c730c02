"""Invented dip samples: the draw of each quarter, its cases and questions, and the answers that came back."""

from __future__ import annotations

import numpy as np
import pandas as pd

from qa_analysis.example import truths as t
from qa_analysis.example.chance import blank, choose, rng_for
from qa_analysis.example.framework import DipTheme, Framework
from qa_analysis.example.people import Staff
from qa_analysis.example.pool import Pool, place_columns
from qa_analysis.example.tidy import plain_frame
from qa_analysis.measures.sampling import draw_sample

SAMPLE_SIZE, REPLACEMENTS = 40, 5
MARGIN = 0.15  # planned, half the width of the interval
NOT_APPLICABLE, NOT_KNOWN, PARTLY = 0.03, 0.02, 0.05  # chances; partly is part of what is not yes
LEFT_OUT = 0.05  # of the cases were seen lately
NOT_RETURNED, HALF_FILLED, UNSUITABLE = 2, 1, 1  # cases of each sample
QUESTIONS_OF_HALF = 3
WHY_UNSUITABLE = ("Closed before it could be looked at", "Moved to another authority", "Restricted record")


def make_samples(framework: Framework, staff: Staff, pool: Pool, plan: t.Plan, seed: int) -> dict[str, pd.DataFrame]:
    """A dip sample of 40 cases each quarter, themes by turns, drawn from the services of the theme.

    Two cases never come back, one form is half filled, one case is unsuitable and another takes its place; in the last
    sample a case is answered that was not drawn. Tables samples, sampled_cases, questions, answers.
    """
    rng = rng_for(seed, "samples")
    made: dict[str, list[pd.DataFrame]] = {"samples": [], "sampled_cases": [], "questions": [], "answers": []}
    quarters = t.sample_months(plan.months)
    for k, month in enumerate(quarters):
        theme = framework.dip_themes[k % len(framework.dip_themes)]
        frame, left_out = _frame(framework, staff, pool, plan, month, theme, rng)
        if not len(frame):
            continue
        sample_id, draw_seed = f"DS-{month.year}-{month.month:02d}", seed * 100 + k
        cases = _drawn(framework, staff, pool, frame, draw_seed, rng)
        made["samples"].append(_sample(framework, theme, sample_id, month, len(frame), left_out, cases, draw_seed))
        made["questions"].append(_questions(theme, sample_id))
        returned = cases[cases["returns"]]
        if k == len(quarters) - 1 and len(frame) > len(cases):
            returned = pd.concat([returned, _stranger(framework, staff, pool, frame, cases)], ignore_index=True)
        rates = t.yes_rates(plan, k % len(framework.dip_themes), len(theme.questions), month)
        made["answers"].append(_answers(theme, sample_id, month, returned, rates, rng))
        listed = cases.drop(columns=["returns", "half"]).assign(sample_id=sample_id)
        made["sampled_cases"].append(plain_frame({c: listed[c] for c in listed}))
    return {name: pd.concat(parts, ignore_index=True) if parts else pd.DataFrame() for name, parts in made.items()}


def _frame(framework, staff, pool, plan, month, theme: DipTheme, rng) -> tuple[np.ndarray, dict[str, int]]:
    """Positions of the theme's cases in the month's list of open cases, and how many were left out of it and why.

    Cases that opened in the month are left out, since they may be younger than the day on which they would be looked at.
    """
    start = plan.months[0].start_time
    first, last = ((day - start).days for day in (month.start_time, month.end_time.normalize()))
    services = [i for i, s in enumerate(framework.services) if s.label in theme.services] or range(len(framework.services))
    listed = (pool.opened <= last) & (pool.closed > last) & np.isin(staff.team_service[pool.team], list(services))
    frame = np.flatnonzero(listed & (pool.opened <= first))
    seen = rng.random(len(frame)) < LEFT_OUT
    left_out = {"seen in the last three months": int(seen.sum()), "opened in the month": int(listed.sum()) - len(frame)}
    return frame[~seen], left_out


def _drawn(framework, staff, pool, frame, draw_seed: int, rng) -> pd.DataFrame:
    """The cases drawn and those standing ready, with what becomes of each."""
    ids = pd.DataFrame({"case_id": pool.number[frame].astype(str).astype(object), "case": frame})
    drawn = draw_sample(ids, SAMPLE_SIZE, draw_seed, replacements=REPLACEMENTS, allow_short=True)
    cases = _people(framework, staff, pool, drawn["case"].to_numpy())
    cases["auditor"] = staff.lead_name[rng.integers(0, len(staff.lead_name), len(cases))]
    cases["role"], cases["draw_order"] = drawn["draw_role"].astype(object), drawn["draw_order"]
    is_sample = (cases["role"] == "sample").to_numpy()
    odd = rng.permutation(np.flatnonzero(is_sample))[: NOT_RETURNED + HALF_FILLED + UNSUITABLE]
    never, half, out = np.split(odd, np.cumsum([NOT_RETURNED, HALF_FILLED]))
    ready = np.flatnonzero(~is_sample)[: len(out)]
    reasons = choose(rng, WHY_UNSUITABLE, len(cases))
    cases["unsuitable"] = blank(reasons, ~np.isin(np.arange(len(cases)), out))
    cases["replaces"] = None
    cases.loc[ready, "replaces"] = cases["case_id"].to_numpy()[out[: len(ready)]]
    cases["half"] = np.isin(np.arange(len(cases)), half)
    cases["returns"] = is_sample & ~np.isin(np.arange(len(cases)), np.concatenate([never, out]))
    cases.loc[ready, "returns"] = True
    return cases


def _people(framework, staff, pool, case: np.ndarray) -> pd.DataFrame:
    worker = pool.worker[case]
    return plain_frame(
        {
            "case_id": pool.number[case].astype(str).astype(object),
            **place_columns(framework, staff, pool.team[case]),
            "worker": staff.worker_name[worker],
            "manager": staff.manager_name[staff.worker_manager[worker]],
        }
    )


def _stranger(framework, staff, pool, frame, cases: pd.DataFrame) -> pd.DataFrame:
    """One case of the frame that was not drawn, answered all the same."""
    numbers = pool.number[frame].astype(str)
    other = frame[~np.isin(numbers, cases["case_id"].to_numpy(str))][:1]
    return _people(framework, staff, pool, other).assign(auditor=staff.lead_name[0], half=False)


def _sample(framework, theme: DipTheme, sample_id, month, size, left_out, cases, draw_seed) -> pd.DataFrame:
    services = " or ".join(theme.services)
    return plain_frame(
        {
            "sample_id": [sample_id],
            "activity": [framework.dip_sample or None],
            "theme": [theme.label],
            "question": [theme.asks],
            "frame_date": [month.start_time],
            "population": [f"Open cases of {month.strftime('%B %Y')}" + (f", service {services}" if services else "")],
            "frame_size": [size],
            "n_excluded": [sum(left_out.values())],
            "n_drawn": [int((cases["role"] == "sample").sum())],
            "method": ["random"],
            "margin": [MARGIN],
            "seed": [draw_seed],
            "exclusions": ["; ".join(f"{n} cases {why}" for why, n in left_out.items())],
            "indicators": [";".join(theme.indicators) or None],
        }
    )


def _questions(theme: DipTheme, sample_id: str) -> pd.DataFrame:
    return plain_frame(
        {
            "sample_id": [sample_id] * len(theme.questions),
            "question_id": [q.id for q in theme.questions],
            "question": [q.label for q in theme.questions],
            "guidance": [q.guidance or None for q in theme.questions],
            "passes_at": [q.passes_at for q in theme.questions],
            "act_on_no": ["yes" if q.act_on_no else "no" for q in theme.questions],
        }
    )


def _answers(theme: DipTheme, sample_id, month, returned: pd.DataFrame, rates, rng) -> pd.DataFrame:
    """Each case's answers on one day in the month; the half-filled form ends after its third question."""
    n, q = len(returned), len(theme.questions)
    yes = np.tile(rates, n) * (1 - NOT_APPLICABLE - NOT_KNOWN)
    partly = yes + np.minimum(PARTLY, 1 - NOT_APPLICABLE - NOT_KNOWN - yes)
    u = rng.random(n * q)
    answer = np.select(
        [u < yes, u < partly, u < 1 - NOT_APPLICABLE - NOT_KNOWN, u < 1 - NOT_KNOWN],
        ["yes", "partly", "no", "not applicable"],
        "not known",
    )
    answered = month.start_time + pd.to_timedelta(rng.integers(5, 25, n), unit="D")
    comment = choose(rng, ("See case note", "Only part of it", "Done late"), n * q)
    table = plain_frame(
        {
            "sample_id": [sample_id] * (n * q),
            "case_id": np.repeat(returned["case_id"].to_numpy(), q),
            "question_id": np.tile(np.array([x.id for x in theme.questions], dtype=object), n),
            "question": np.tile(np.array([x.label for x in theme.questions], dtype=object), n),
            "answer": answer.astype(object),
            **{c: np.repeat(returned[c].to_numpy(), q) for c in ("service", "locality", "team", "auditor")},
            "answered": np.repeat(answered.to_numpy(), q),
            "comment": blank(comment, rng.random(n * q) > 0.06),
        }
    )
    cut = np.repeat(returned["half"].to_numpy(bool), q) & (np.tile(np.arange(q), n) >= QUESTIONS_OF_HALF)
    return table[~cut]
