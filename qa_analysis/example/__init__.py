"""An invented authority: three years of every table, as messy as real exports, with known truths planted in it."""

from __future__ import annotations

import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from qa_analysis.errors import UserError
from qa_analysis.example import truths as t
from qa_analysis.example.audits import make_audits
from qa_analysis.example.exports import PLANTED, make_export
from qa_analysis.example.files import FORMATS, write_export
from qa_analysis.example.following import make_actions
from qa_analysis.example.framework import Framework, framework_of
from qa_analysis.example.learning import make_training
from qa_analysis.example.numbers import make_indicators, make_neighbours
from qa_analysis.example.people import Staff, make_establishment, make_staff
from qa_analysis.example.pool import make_cases, make_pool
from qa_analysis.example.published import make_yearly
from qa_analysis.example.samples import make_samples
from qa_analysis.example.settings import make_providers
from qa_analysis.example.tidy import as_clean, with_counted_grades
from qa_analysis.example.told import READABLE_FILE, TRUTHS_FILE, tell, write_truths
from qa_analysis.example.voices import make_feedback, make_practice, make_survey
from qa_analysis.schema import TABLES


@dataclass(frozen=True)
class Example:
    """What was made: the folder, the true tables, the truths planted in them, and every fault planted in the files."""

    folder: Path
    tables: dict[str, pd.DataFrame]
    truths: dict[str, Any]
    planted: pd.DataFrame


def make_tables(
    seed: int = 1,
    scale: float = 1.0,
    months: int = 36,
    last_month: str = "2019-09",
    profile: str | None = "manchester",
    noise_only: bool = False,
    tables: tuple[str, ...] | None = None,
    frames: str = "latest",
) -> dict[str, pd.DataFrame]:
    """Every table of the schema as it is after cleaning, of an invented authority; no file is read or written.

    `scale` 1 gives 45 teams and about 60 file audits a month. `noise_only` plants no truth: nothing differs between
    services or months but by chance. `tables` limits what is made; `frames` says for which months the open cases are
    listed (latest, quarters, all). Besides the schema's columns, `audits` and `ratings` have `true_grade` (before
    an auditor's leniency), `findings` has `theme` (what each sentence was written for), and `actions` has
    `late_escalation`.
    """
    _check_call(scale, months, last_month, "csv", tables, frames)
    framework, staff, plan = _set_up(seed, scale, months, last_month, profile, noise_only)
    return _make(framework, staff, plan, seed, scale, tables, frames)


def make_example(
    folder: str | Path,
    seed: int = 1,
    scale: float = 1.0,
    months: int = 36,
    last_month: str = "2019-09",
    profile: str | None = "manchester",
    noise_only: bool = False,
    messy: bool = True,
    truth: bool = False,
    formats: str = "mixed",
    tables: tuple[str, ...] | None = None,
    frames: str = "latest",
) -> Example:
    """Writes the invented authority's exports into `folder`, with what is true of them in `truths.yml` and `TRUTHS.md`.

    `formats` "mixed" writes each table as real systems do (forms, workbooks, Parquet), "csv" writes plain CSV only.
    `truth` adds a folder `truth` with the true tables and every planted fault. The same arguments give the same files.
    The folder is filled whole or not at all. Raises UserError where it holds anything but an earlier example.
    """
    folder = Path(folder)
    _check_call(scale, months, last_month, formats, tables, frames)
    _check_folder(folder)
    framework, staff, plan = _set_up(seed, scale, months, last_month, profile, noise_only)
    made = _make(framework, staff, plan, seed, scale, tables, frames)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as scratch:
        whole = Path(scratch) / "example"
        whole.mkdir()
        planted = _write(whole, made, framework, seed, messy, formats)
        truths = tell(
            framework,
            staff,
            plan,
            made,
            planted,
            {
                "seed": seed,
                "scale": scale,
                "months": months,
                "last_month": last_month,
                "profile": framework.name,
                "noise_only": noise_only,
                "messy": messy,
            },
        )
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
    """Raises UserError where writing an example would destroy anything else."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise UserError(f"'{folder}' is a file; name a folder for the example.")
    held = sorted(p.name for p in folder.iterdir())
    if held and TRUTHS_FILE not in held:
        raise UserError(
            f"folder '{folder}' is not empty and holds no earlier example (no {TRUTHS_FILE} in it), so nothing "
            "was written. Name an empty or a new folder."
        )
    ours = {*TABLES, TRUTHS_FILE.split(".")[0], READABLE_FILE.split(".")[0], "truth", ""}
    if others := [name for name in held if name.split(".")[0] not in ours]:
        raise UserError(
            f"folder '{folder}' holds an earlier example and also {', '.join(others)}, so nothing was written. "
            "Move these files away, or name another folder."
        )


def _check_call(scale: float, months: int, last_month: str, formats: str, tables, frames: str) -> None:
    """Raises UserError with every fault of the call."""
    faults = []
    if not scale > 0:
        faults.append(f"scale {scale}: use a number above 0 (1 gives about 60 file audits a month).")
    if months < 1:
        faults.append(f"months {months}: use 1 or more.")
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", str(last_month)):
        faults.append(f"last month '{last_month}': use a month as 2019-09.")
    if formats not in ("mixed", "csv"):
        faults.append(f"formats '{formats}': use mixed or csv.")
    if frames not in ("latest", "quarters", "all"):
        faults.append(f"frames '{frames}': use latest, quarters or all.")
    if unknown := [t for t in tables or () if t not in TABLES]:
        faults.append(f"tables {', '.join(unknown)}: use some of {', '.join(TABLES)}.")
    if faults:
        raise UserError("the example can't be made:\n  " + "\n  ".join(faults) if len(faults) > 1 else faults[0])


def _write(
    folder: Path, made: dict[str, pd.DataFrame], framework: Framework, seed: int, messy: bool, formats: str
) -> pd.DataFrame:
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
    period = pd.period_range(end=pd.Period(last_month, "M"), periods=months, freq="M")
    framework = framework_of(profile, period[-1].start_time)
    staff = make_staff(framework, seed, scale)
    return framework, staff, t.make_plan(framework, staff, period, noise_only)


def _make(
    framework: Framework, staff: Staff, plan: t.Plan, seed: int, scale: float, wanted: tuple | None, frames: str
) -> dict[str, pd.DataFrame]:
    """The tables wanted, clean."""
    made = _draw(framework, staff, plan, seed, scale, set(TABLES if wanted is None else wanted), frames)
    made = {name: as_clean(table, name, framework) for name, table in made.items() if len(table)}
    if {"audits", "moderations"} <= made.keys():
        made = with_counted_grades(made, framework)
    return {name: made[name] for name in TABLES if name in made and (wanted is None or name in wanted)}


def _draw(
    framework: Framework, staff: Staff, plan: t.Plan, seed: int, scale: float, wanted: set[str], frames: str
) -> dict[str, pd.DataFrame]:
    """The tables wanted, and those that they rest on, with untyped columns."""
    made: dict[str, pd.DataFrame] = {}
    if "establishment" in wanted:
        made["establishment"] = make_establishment(framework, staff, plan.months, seed)
    sampled = wanted & {"samples", "sampled_cases", "questions", "answers"}
    if sampled or wanted & {"cases", "audits", "ratings", "moderations", "findings", "actions", "practice"}:
        pool = make_pool(staff, plan.months, seed, scale)
    if "cases" in wanted:
        made["cases"] = make_cases(framework, staff, pool, plan, frames)
    if wanted & {"audits", "ratings", "moderations", "findings", "actions"}:
        made |= make_audits(framework, staff, pool, plan, seed, scale, wanted)
        if "actions" in wanted:
            made["actions"] = make_actions(framework, staff, plan, made["audits"], seed)
    if sampled:
        made |= make_samples(framework, staff, pool, plan, seed)
    if "feedback" in wanted:
        made["feedback"] = make_feedback(framework, staff, plan, seed, scale)
    if "survey" in wanted:
        made["survey"] = make_survey(framework, staff, plan, seed, scale)
    if "indicators" in wanted:
        made["indicators"] = pd.concat(
            [make_indicators(framework, plan, seed), make_yearly(framework, plan, seed)], ignore_index=True
        )
    if "neighbours" in wanted:
        made["neighbours"] = make_neighbours()
    if "providers" in wanted:
        made["providers"] = make_providers(framework, plan, seed)
    if "training" in wanted:
        made["training"] = make_training(framework, plan, seed)
    if "practice" in wanted:
        made["practice"] = make_practice(framework, staff, pool, plan, seed)
    return made
