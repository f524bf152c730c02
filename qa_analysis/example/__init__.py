"""An invented authority: three years of every table, as messy as real exports, with known truths planted in it."""

from __future__ import annotations

import pandas as pd

from qa_analysis.errors import UserError
from qa_analysis.example import truths as t
from qa_analysis.example.audits import make_audits
from qa_analysis.example.casework import make_cases, make_pool
from qa_analysis.example.following import make_actions
from qa_analysis.example.framework import Framework, framework_of
from qa_analysis.example.numbers import make_indicators, make_neighbours
from qa_analysis.example.people import Staff, make_establishment, make_staff
from qa_analysis.example.tidy import as_clean, with_counted_grades
from qa_analysis.example.voices import make_feedback, make_practice, make_samples, make_survey
from qa_analysis.schema import TABLES


def make_tables(seed: int = 1, scale: float = 1.0, months: int = 36, last_month: str = "2019-09",
                profile: str | None = "manchester", noise_only: bool = False, tables: tuple[str, ...] | None = None,
                frames: str = "latest") -> dict[str, pd.DataFrame]:
    """Every table of the schema as it is after cleaning, of an invented authority; no file is read or written.

    `scale` 1 gives 45 teams and about 60 file audits a month. `noise_only` plants no truth: nothing differs between
    services or months but by chance. `tables` limits what is made; `frames` says for which months the open cases are
    listed (latest, quarters, all). Besides the schema's columns, `audits` and `ratings` have `true_grade` (before
    an auditor's leniency), `findings` has `theme` (what each sentence was written for), and `actions` has
    `late_escalation`.
    """
    framework, staff, plan = _set_up(seed, scale, months, last_month, profile, noise_only)
    return _make(framework, staff, plan, seed, scale, tables, frames)


def _set_up(seed, scale, months, last_month, profile, noise_only) -> tuple[Framework, Staff, t.Plan]:
    if not 0 < scale or months < 1:
        raise UserError(f"an example needs a scale above 0 and at least 1 month; scale {scale} and {months} months were given.")
    period = pd.period_range(end=pd.Period(last_month, "M"), periods=months, freq="M")
    framework = framework_of(profile, period[-1].start_time)
    staff = make_staff(framework, seed, scale)
    return framework, staff, t.make_plan(framework, staff, period, noise_only)


def _make(framework: Framework, staff: Staff, plan: t.Plan, seed: int, scale: float, wanted, frames) -> dict[str, pd.DataFrame]:
    wanted = set(TABLES if wanted is None else wanted)
    made: dict[str, pd.DataFrame] = {}
    if "establishment" in wanted:
        made["establishment"] = make_establishment(framework, staff, plan.months, seed)
    if wanted & {"cases", "audits", "ratings", "moderations", "findings", "actions", "samples", "answers", "practice"}:
        pool = make_pool(staff, plan.months, seed, scale)
    if "cases" in wanted:
        made["cases"] = make_cases(framework, staff, pool, plan, frames)
    if wanted & {"audits", "ratings", "moderations", "findings", "actions"}:
        made |= make_audits(framework, staff, pool, plan, seed, scale, with_words=bool(wanted & {"findings", "actions", "audits"}))
        if "actions" in wanted:
            made["actions"] = make_actions(framework, staff, plan, made["audits"], seed)
    if wanted & {"samples", "answers"}:
        made |= make_samples(framework, staff, pool, plan, seed)
    if "feedback" in wanted:
        made["feedback"] = make_feedback(framework, staff, plan, seed, scale)
    if "survey" in wanted:
        made["survey"] = make_survey(framework, staff, plan, seed, scale)
    if "indicators" in wanted:
        made["indicators"] = make_indicators(plan, seed)
    if "neighbours" in wanted:
        made["neighbours"] = make_neighbours()
    if "practice" in wanted:
        made["practice"] = make_practice(framework, staff, pool, plan, seed)
    made = {name: as_clean(table, name, framework) for name, table in made.items() if len(table)}
    if {"audits", "ratings", "moderations"} <= made.keys():
        made = with_counted_grades(made, framework)
    return {name: made[name] for name in TABLES if name in made and name in wanted}
