"""Writes down what is true of an invented authority, for machines (truths.yml) and for readers (TRUTHS.md)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from qa_analysis.example import truths as t
from qa_analysis.example.framework import Framework
from qa_analysis.example.people import AUTHORITY, Staff
from qa_analysis.example.settings import KINDS
from qa_analysis.example.words import EMERGING_PHRASE

_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)  # the C writer where PyYAML was built with it
TRUTHS_FILE, READABLE_FILE = "truths.yml", "TRUTHS.md"


def tell(
    framework: Framework,
    staff: Staff,
    plan: t.Plan,
    made: dict[str, pd.DataFrame],
    planted: pd.DataFrame,
    settings: dict[str, Any],
) -> dict[str, Any]:
    """Every planted truth by name, how many faults of each kind were planted, and counts to check by."""
    return {
        "authority": AUTHORITY,
        "settings": settings,
        "extract": f"{plan.extract:%Y-%m-%d}",
        "truths": {} if plan.noise_only else _truths(framework, staff, plan, made),
        "true_rows": {name: len(table) for name, table in made.items()},
        "planted_faults": {
            f"{table}: {kind}": int(n) for (table, kind), n in planted.groupby(["table", "kind"]).size().items()
        },
    }


def _month(plan: t.Plan, at: int) -> str:
    return str(plan.months[at]) if at < len(plan.months) else ""


def _truths(framework: Framework, staff: Staff, plan: t.Plan, made: dict[str, pd.DataFrame]) -> dict[str, Any]:
    out: dict[str, Any] = {
        "lenient_auditor": {
            "says": "This auditor grades three audits in four one step too high; moderation puts them right.",
            "auditor": str(staff.manager_name[plan.lenient_manager]),
            "share_too_high": t.LENIENT_RATE,
        },
        "open_actions": {
            "says": "Actions of this service stay open: half are never closed and the rest take twice as long.",
            "service": framework.services[plan.slow_service].label,
            "share_never_closed": t.NEVER_CLOSED_SLOW,
            "share_never_closed_elsewhere": t.NEVER_CLOSED,
            "times_as_long": t.SLOWER,
        },
        "emerging_theme": {
            "says": "This theme is named for improvement much more often from this month.",
            "theme": framework.themes[plan.emerging_theme].id,
            "from": _month(plan, plan.theme_from),
            "share_of_items_before": t.THEME_RATE_BEFORE,
            "share_of_items_after": t.THEME_RATE_AFTER,
        },
        "emerging_phrase": {
            "says": "Auditors write of this from this month; no theme covers it.",
            "phrase": EMERGING_PHRASE,
            "from": _month(plan, plan.phrase_from),
            "share_of_audits": t.PHRASE_RATE,
        },
        "skipping_team": {
            "says": "This team has done no file audit since this month.",
            "team": str(staff.team_name[plan.skipping_team]),
            "from": _month(plan, plan.skips_from),
            "share_done_elsewhere": t.DONE_RATE,
        },
        "incomplete_team": {
            "says": "This team leaves nearly half of the form's optional cells empty.",
            "team": str(staff.team_name[plan.poor_data_team]),
            "share_missing": t.MISSING_RATE_POOR_TEAM,
            "share_missing_elsewhere": t.MISSING_RATE,
        },
        "special_cause": {
            "says": "This indicator jumps, for the worse, in this month; all others vary by chance only.",
            "indicator": plan.special_indicator,
            "from": _month(plan, plan.indicator_from),
            "added_share": t.INDICATOR_STEP,
        },
        "purposive_lower": {
            "says": "Cases that were chosen for a reason are graded lower than random ones; never pool them.",
            "shift_in_standard_deviations": t.PURPOSIVE_SHIFT,
        },
    }
    out |= _of_the_year(framework, plan)
    if framework.standards:
        out = {
            "declining_standard": {
                "says": "This standard falls over four months from this one and stays low; the overall grade does not.",
                "standard": framework.standards[plan.declining_standard].id,
                "from": _month(plan, plan.decline_from),
                "fall_in_standard_deviations": t.DECLINE,
            }
        } | out
    if "audits" in made:
        out |= _inadequate(framework, made["audits"])
    if "actions" in made:
        out |= _urgent(made["actions"])
    if "sampled_cases" in made and "answers" in made:
        out |= _dip_samples(framework, plan, made)
    if "feedback" in made:
        named = made["feedback"]["comment"].str.startswith("Thank you to ").fillna(False).astype(bool)
        out["names_in_comments"] = {
            "says": "These pieces of feedback name a worker in their words, which no wide report may show.",
            "feedback": made["feedback"].loc[named, "feedback_id"].tolist(),
        }
    return out


def _of_the_year(framework: Framework, plan: t.Plan) -> dict[str, Any]:
    """What the annual report is to say of training, providers, the workforce and plans for special educational needs."""
    return {
        "training_not_used": {
            "says": "Training on this theme is taken up as any other, and far fewer use it in their work.",
            "theme": framework.themes[plan.unused_theme].id,
            "share_used": t.LEARNING_NOT_USED,
            "share_used_elsewhere": t.LEARNING_USED,
            "share_taken_up": t.PLACES_TAKEN,
        },
        "training_missing": {
            "says": "No course is on this theme.",
            "theme": framework.themes[plan.untrained_theme].id,
        },
        "providers_sinking": {
            "says": "Providers of this kind are graded lower from this month on; others move up as often as down.",
            "provider_kind": KINDS[plan.sinking_kind][0],
            "from": _month(plan, plan.sinks_from),
            "share_moved_down": t.PROVIDER_SINKS,
        },
        "agency_staff": {
            "says": "In the last two counts more social workers are from an agency than in any neighbour.",
            "indicator": "agency_social_workers",
            "share": t.AGENCY_SHARE_HERE,
            "share_elsewhere": t.AGENCY_SHARE,
        },
        "plans_late": {
            "says": "In the last two years far fewer plans for special educational needs are issued in time than elsewhere.",
            "indicator": "ehc_plans_in_time",
            "share": t.PLANS_IN_TIME_HERE,
            "share_elsewhere": t.PLANS_IN_TIME,
        },
    }


def _inadequate(framework: Framework, audits: pd.DataFrame) -> dict[str, Any]:
    """File audits graded with the worst grade, with and without a second audit."""
    activity = framework.activities["file_audit"].id
    worst = audits[(audits["overall_grade"] == framework.grades[0].label) & (audits["activity"] == activity)]
    again = set(audits["reaudit_of"].dropna())
    ids = worst["audit_id"].tolist()
    return {
        "inadequate_audits": {
            "says": "File audits that the auditor graded with the worst grade, and which of them were audited again.",
            "audited_again": [i for i in ids if i in again],
            "not_audited_again": [i for i in ids if i not in again],
        }
    }


def _urgent(actions: pd.DataFrame) -> dict[str, Any]:
    urgent = actions[actions["urgent"] == "yes"]
    wait = (urgent["escalated"] - urgent["raised"]).dt.days
    return {
        "urgent_concerns": {
            "says": "Urgent actions are escalated on the day or the next; these were late or not escalated at all.",
            "n_urgent": len(urgent),
            "late": urgent.loc[wait > 1, "action_id"].tolist(),
            "never": urgent.loc[
                np.isnan(wait.to_numpy(dtype=float)) & urgent["late_escalation"].to_numpy(bool), "action_id"
            ].tolist(),
        }
    }


def _dip_samples(framework: Framework, plan: t.Plan, made: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """What is true of each question, the one that improved, the one that fails, and what came back of the last sample."""
    last = str(made["sampled_cases"]["sample_id"].iloc[-1])
    n_themes = len(framework.dip_themes)
    at = (len(t.sample_months(plan.months)) - 1) % n_themes
    rows = [
        {"theme": theme.label, "question_id": q.id, "question": q.label, "share": float(rate), "passes_at": q.passes_at}
        for i, theme in enumerate(framework.dip_themes)
        for q, rate in zip(
            theme.questions, t.yes_rates(plan, i, len(theme.questions), plan.months[-1]), strict=True
        )
    ]
    here = [row for row in rows if row["theme"] == framework.dip_themes[at].label]
    out: dict[str, Any] = {}
    if plan.improved_theme >= 0 and len(here) > t.IMPROVED_QUESTION:
        better = here[t.IMPROVED_QUESTION]
        out["improved_question"] = {
            "says": "From this dip sample on this question is answered yes far more often; no other question changed.",
            **{k: better[k] for k in ("theme", "question_id", "question")},
            "from": last,
            "share_before": t.IMPROVED_BEFORE,
            "share_after": t.IMPROVED_AFTER,
        }
    if len(here) > t.FAILING_QUESTION:
        out["failing_question"] = {
            "says": "Practice is far below the pass mark of this question in every dip sample on its theme.",
            **here[t.FAILING_QUESTION],
        }
    out["dip_sample_questions"] = {
        "says": "The true share of yes at each question of the dip samples, of the cases that it applies to.",
        "questions": rows,
    }
    cases = made["sampled_cases"].query("sample_id == @last")
    n_answered = made["answers"].query("sample_id == @last").groupby("case_id").size()
    drawn = cases[(cases["role"] == "sample") & cases["unsuitable"].isna()]["case_id"]
    n_questions = len(framework.dip_themes[at].questions)
    out["dip_sample_returns"] = {
        "says": "In the last dip sample these cases never came back, were half filled, unsuitable, or not in the sample.",
        "sample": last,
        "not_returned": [c for c in drawn if c not in n_answered],
        "half_filled": [c for c, n in n_answered.items() if n < n_questions],
        "unsuitable": cases.loc[cases["unsuitable"].notna(), "case_id"].tolist(),
        "not_in_the_sample": [c for c in n_answered.index if c not in set(cases["case_id"])],
    }
    return out


def write_truths(folder: Path, truths: dict[str, Any]) -> None:
    """`truths.yml` and a page for readers."""
    (folder / TRUTHS_FILE).write_text(
        yaml.dump(truths, Dumper=_DUMPER, sort_keys=False, allow_unicode=True, width=120),
        encoding="utf-8",
        newline="\n",
    )
    (folder / READABLE_FILE).write_text("\n".join(_page(truths)) + "\n", encoding="utf-8", newline="\n")


def _page(truths: dict[str, Any]) -> list[str]:
    s = truths["settings"]
    lines = [
        f"# What is true of {truths['authority']}",
        "",
        "Every person, place, case and figure here is invented. The exports are as messy as real ones, on purpose.",
        f"Made with seed {s['seed']}, scale {s['scale']}, {s['months']} months to {s['last_month']}, "
        f"profile {s['profile']}.",
        "",
        "## Planted truths",
        "",
    ]
    if not truths["truths"]:
        lines += ["None: every difference between places and months is chance.", ""]
    for name, truth in truths["truths"].items():
        facts = ", ".join(
            f"{k.replace('_', ' ')} {len(v) if isinstance(v, list) else v}" for k, v in truth.items() if k != "says"
        )
        lines += [f"- **{name.replace('_', ' ')}**: {truth['says']} ({facts})"]
    lines += [
        "",
        "Everything else is noise. `truths.yml` holds the same with the numbers of audits and actions.",
        "",
        "## Planted faults",
        "",
        "| Table | Kind | Cells or rows |",
        "|---|---|---|",
    ]
    for name, n in truths["planted_faults"].items():
        table, kind = name.split(": ", 1)
        lines.append(f"| {table} | {kind} | {n} |")
    return lines
