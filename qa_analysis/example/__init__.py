"""An invented authority: three years of every table, as messy as real exports, with known truths planted in it."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from qa_analysis.errors import UserError
from qa_analysis.example import truths as t
from qa_analysis.example.audits import make_audits
from qa_analysis.example.casework import make_cases, make_pool
from qa_analysis.example.exports import PLANTED, make_export
from qa_analysis.example.files import FORMATS, write_export
from qa_analysis.example.following import make_actions
from qa_analysis.example.framework import Framework, framework_of
from qa_analysis.example.numbers import make_indicators, make_neighbours
from qa_analysis.example.people import Staff, make_establishment, make_staff
from qa_analysis.example.tidy import as_clean, with_counted_grades
from qa_analysis.example.told import TRUTHS_FILE, tell, write_truths
from qa_analysis.example.voices import make_feedback, make_practice, make_samples, make_survey
from qa_analysis.schema import TABLES


@dataclass(frozen=True)
class Example:
    """What was made: the folder, the true tables, the truths planted in them, and every fault planted in the files."""

    folder: Path
    tables: dict[str, pd.DataFrame]
    truths: dict[str, Any]
    planted: pd.DataFrame


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


def make_example(folder: str | Path, seed: int = 1, scale: float = 1.0, months: int = 36, last_month: str = "2019-09",
                 profile: str | None = "manchester", noise_only: bool = False, messy: bool = True, truth: bool = False,
                 formats: str = "mixed", tables: tuple[str, ...] | None = None, frames: str = "latest") -> Example:
    """Writes the invented authority's exports into `folder`, with what is true of them in `truths.yml` and `TRUTHS.md`.

    `formats` "mixed" writes each table as real systems do (forms, workbooks, Parquet), "csv" writes plain CSV only.
    `truth` adds a folder `truth` with the true tables and every planted fault. The same arguments give the same files.
    The folder is filled whole or not at all. Raises UserError where it holds anything but an earlier example.
    """
    folder = Path(folder)
    _check_folder(folder)
    framework, staff, plan = _set_up(seed, scale, months, last_month, profile, noise_only)
    made = _make(framework, staff, plan, seed, scale, tables, frames)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as scratch:
        whole = Path(scratch) / "example"
        whole.mkdir()
        planted = _write(whole, made, framework, seed, messy, formats)
        truths = tell(framework, staff, plan, made, planted, {
            "seed": seed, "scale": scale, "months": months, "last_month": last_month, "profile": framework.name,
            "noise_only": noise_only, "messy": messy})
        write_truths(whole, truths)
        if truth:
            (whole / "truth").mkdir()
            for name, table in {**made, "planted": planted}.items():
                table.to_parquet(whole / "truth" / f"{name}.parquet")
        if folder.exists():
            shutil.rmtree(folder)
        whole.rename(folder)
    return Example(folder, made, truths, planted)


def _check_folder(folder: Path) -> None:
    if not folder.exists():
        return
    if not folder.is_dir():
        raise UserError(f"'{folder}' is a file; name a folder for the example.")
    if any(folder.iterdir()) and not (folder / TRUTHS_FILE).is_file():
        raise UserError(f"folder '{folder}' is not empty and holds no earlier example (no {TRUTHS_FILE} in it), so nothing "
                        "was written. Name an empty or a new folder.")


def _write(folder: Path, made: dict[str, pd.DataFrame], framework: Framework, seed: int, messy: bool, formats: str) -> pd.DataFrame:
    """All tables as files; the log of every planted fault, in order of table, file and row."""
    planted = []
    for name, table in made.items():
        if name == "findings":  # written on the audit form, not in a file of their own
            continue
        table = table.rename(columns={"grade_given": "grade", "grade": "grade_counted"}) if name == "ratings" else table
        export = make_export(table, name, framework, seed, messy, made.get("audits"))
        style = FORMATS[name] if formats == "mixed" else "csv"
        date = {"audits": "audit_date", "feedback": "date"}.get(name)
        when = table[date].iloc[export.source] if date else None
        planted.append(write_export(folder, export, seed, style, when))
    return pd.concat(planted, ignore_index=True)[list(PLANTED)]


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
