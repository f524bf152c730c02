"""Practice that was watched: done against due by role, how good each area was, the family's view, what to learn."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd

from qa_analysis import narrative as words
from qa_analysis.context import Report
from qa_analysis.disclosure import marked
from qa_analysis.measures import feedback, grades
from qa_analysis.measures.learning_needs import learning_needs, learning_needs_share
from qa_analysis.sections import parts
from qa_analysis.show import show_table

NOUN = ("observation", "observations")
VIEWS = {"child_view_sought": "the child's view was sought", "parent_view_sought": "the parent's or carer's view was sought"}


def observation(r: Report) -> SimpleNamespace:
    """Observations of the period: done against due by role, ratings by area, families' views, themes, training needs.

    Counted are the activities of kind "observation" recorded as audits; grades come from those that the framework
    grades, on the areas of their own set. Tables: coverage (one row an activity with its role), overall (good or better
    by activity), now and year (areas), views, themes,
    change (themes of the twelve months against those before), needs, needs_said (only where free text may be shown).
    """
    activities = parts.in_force(r, lambda a: a.kind == "observation" and a.recorded_in == "audits")
    if not activities:
        return parts.absent()
    graded = {i: a for i, a in activities.items() if a.graded}
    audits = parts.audits_of(r, activities)
    judged = audits[audits["activity"].astype("str").isin(graded)]
    coverage = parts.done_and_due(r, activities)
    areas = parts.standards_judged(r, judged, graded)
    overall = _overall(r, r.in_period(judged, "audit_date"))
    views = r.shares(feedback.views_sought(audits, r.period), hide=["n_partly", "n_not_applicable", "n_not_known"])
    views["view"] = views["view"].map(VIEWS)
    raised = parts.raised_themes(r, audits)
    change = parts.theme_changes(r, audits, r.year, r.year.before() if r.period.kind != "all" else None)
    needs = r.shares(learning_needs_share(audits, r.data.findings, r.period))
    told = r.rule.show_free_text
    return SimpleNamespace(
        exists=True,
        coverage=coverage,
        overall=overall,
        now=areas.now,
        year=areas.year,
        views=views,
        themes=raised,
        change=change,
        needs=needs,
        needs_said=learning_needs(audits, r.data.findings, r.period) if told else pd.DataFrame(),
        sentences=_sentences(r, audits, activities, coverage, areas, overall, views, raised, change, needs.iloc[0]),
    )


def _overall(r: Report, audits: pd.DataFrame) -> pd.DataFrame:
    """Good or better for each graded activity in the period."""
    if audits["grade"].isna().all():
        return pd.DataFrame()
    table = grades.good_or_better(audits, by="activity", good_grades=r.profile.good_grades)
    table["activity"] = [r.profile.label("activities", a) for a in table["activity"]]
    return r.shares(table[table["n"] > 0], hide=["n_ungraded", "n_other_basis"])


def _sentences(r: Report, audits, activities, coverage, areas, overall, views, raised, change, needs) -> list[str]:
    out = parts.done_words(r, coverage, activities)
    if r.in_period(audits, "audit_date").empty:
        return out
    for row in overall.to_dict("records"):
        what = f"were judged {parts.GOOD} overall"
        of = (f"graded observation ({row['activity']})", f"graded observations ({row['activity']})")
        out.append(parts.share_words(row, what, of, r.when))
    out += parts.standard_words(r, areas, *NOUN)
    asked = views[views["n"].isna() | views["n"].gt(0)]
    if asked.empty:
        out.append(f"no observation of {r.when} records whether the family's view was sought")
    for row in asked.to_dict("records"):
        of = tuple(f"{n} that record it" if n.endswith("s") else f"{n} that records it" for n in NOUN)
        out.append(parts.share_words(row, f"say that {row['view']}", of, r.when))
    out += parts.theme_words(r, raised, *NOUN)
    out += parts.moved_themes(r, change, "the twelve months before")
    if needs["n"] != 0:
        of = ("observation that names an area for improvement", "observations that name an area for improvement")
        out.append(parts.share_words(needs, "spoke of a training or learning need", of, r.when))
    return [words.sentence(s) for s in out]


def show_observation(r: Report, s: SimpleNamespace) -> None:
    """Areas with intervals; work by role, families' views, themes and training needs folded."""
    parts.show_standards(r, s, "Observed practice")
    parts.show_done(r, s.coverage, "Observations")
    if len(s.views) and (s.views["n"].isna() | s.views["n"].gt(0)).any():
        show_table(
            marked(s.views),
            f"Observations in which the family's view was sought, {r.when}",
            {"view": "Recorded", "share": ("Yes", "share_of"), "share:interval": ("95% interval", "interval")},
            folded=True,
        )
    if len(s.themes):
        parts.show_themes(s.themes, f"Observations, {r.when}", "Observations")
    if len(s.needs_said):
        show_table(
            s.needs_said,
            f"Training and learning needs that observations name, {r.when}",
            {"service": "Service", "team": "Team", "audit_date": ("Date", "date"), "text": "In words"},
            folded=True,
        )
