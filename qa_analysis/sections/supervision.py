"""Supervision of staff: was it audited as planned, how good is each of its standards, what do staff need to learn."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd

from qa_analysis import narrative as words
from qa_analysis.context import Report
from qa_analysis.disclosure import marked
from qa_analysis.measures.learning_needs import learning_needs, learning_needs_share
from qa_analysis.sections import parts
from qa_analysis.show import show_table

NOUN = ("supervision audit", "supervision audits")


def supervision(r: Report) -> SimpleNamespace:
    """Supervision audits of the period: done against due, standards of their own set, what changed, learning needs.

    Counted are the activities of kind "supervision" that are recorded as audits. The standards' grades are shown where
    they were given, also where the framework asks for no overall grade; then no overall grade is shown. Tables: coverage,
    now and year (standards), themes (of the twelve months where the period has too few), needs (share of audits whose
    areas for improvement speak of a learning need), needs_said (their words; only where free text may be shown).
    """
    activities = parts.in_force(r, lambda a: a.kind == "supervision" and a.recorded_in == "audits")
    if not activities:
        return parts.absent()
    audits = parts.audits_of(r, activities)
    coverage = parts.done_and_due(r, activities)
    judged = parts.standards_judged(r, audits, activities)
    raised = parts.raised_themes(r, audits)
    before = r.year.before() if r.period.kind != "all" else None
    change = parts.theme_changes(r, audits, r.year, before)
    needs = r.shares(learning_needs_share(audits, r.data.findings, r.period))
    told = r.rule.show_free_text
    return SimpleNamespace(
        exists=True,
        coverage=coverage,
        now=judged.now,
        year=judged.year,
        themes=raised,
        change=change,
        needs=needs,
        needs_said=learning_needs(audits, r.data.findings, r.period) if told else pd.DataFrame(),
        sentences=_sentences(r, audits, activities, coverage, judged, raised, change, needs.iloc[0]),
    )


def _sentences(r: Report, audits, activities, coverage, judged, raised, change, needs) -> list[str]:
    out = parts.done_words(r, coverage, activities)
    if r.in_period(audits, "audit_date").empty:
        return out
    if not len(judged.now) and not len(judged.year):
        out.append("No grades against the standards of supervision are recorded, so nothing can be said of them.")
    out += parts.standard_words(r, judged, "audit", "audits")
    out += parts.theme_words(r, raised, *NOUN)
    out += parts.moved_themes(r, change, "the twelve months before")
    if needs["n"] != 0:
        out.append(parts.share_words(needs, "spoke of a learning need", NEEDS_OF, r.when))
    return [words.sentence(s) for s in out]


NEEDS_OF = ("supervision audit that names an area for improvement", "supervision audits that name an area for improvement")


def show_supervision(r: Report, s: SimpleNamespace) -> None:
    """Standards with intervals; work done, themes and learning needs folded."""
    parts.show_standards(r, s, "Supervision")
    parts.show_done(r, s.coverage, "Supervision audits")
    if not s.coverage["n_done"].gt(0).any():
        return
    parts.show_themes(s.themes, f"Supervision audits, {r.when}", "Audits")
    if len(s.needs_said):
        show_table(
            marked(s.needs_said),
            f"Learning needs that supervision audits name, {r.when}",
            {
                "service": "Service",
                "team": "Team",
                "audit_date": ("Date", "date"),
                "text": "In words",
                "trigger_words": "Words for learning",
            },
            folded=True,
        )
