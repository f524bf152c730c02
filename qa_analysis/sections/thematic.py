"""One theme of the year: the thematic audit that the framework asks for, or any activity named, against the year before."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd

from qa_analysis import charts
from qa_analysis import narrative as words
from qa_analysis.codebook import load_codebook
from qa_analysis.context import Report
from qa_analysis.disclosure import count_in_words, marked
from qa_analysis.errors import UserError
from qa_analysis.measures import grades, themes, threads
from qa_analysis.profile import fold
from qa_analysis.sections.grades import counts_as_seen, records
from qa_analysis.show import show_chart, show_table

MOST = 5


def choose(r: Report, activity: str = "") -> str | None:
    """The id of the thematic activity: the one named by id, label or alias; else the first annual thematic audit of the profile.

    None where the profile has none. Raises UserError with those there are for a name that is no activity recorded in audits.
    """
    recorded = {a.id: a for a in r.profile.activities.values() if a.recorded_in == "audits"}
    if activity:
        found = r.profile.lookup("activities").get(fold(activity))
        if found not in recorded:
            raise UserError(f"theme '{activity}' is no activity that audits are recorded for. There are: {', '.join(recorded)}.")
        return found
    annual = [a.id for a in recorded.values() if a.audit_type == "thematic" and a.frequency == "annual"]
    return annual[0] if annual else None


def one_theme(r: Report, activity: str = "") -> SimpleNamespace:
    """The year's audits of one theme: how many, grades, standards, strengths and improvements, against the year before.

    Tables: grades (one row a grade), standards (one row a standard), named (themes). `exists` is False where the profile has no
    such activity.
    """
    id = choose(r, activity)
    if id is None:
        return SimpleNamespace(exists=False, label="", sentences=[])
    own = r.data.audits[r.data.audits["activity"].astype("str") == id]
    label = r.profile.label("activities", id)
    now = r.in_period(own, "audit_date", r.year)
    good = r.profile.good_grades
    share = r.shares(grades.good_or_better(now, good_grades=good))
    counts = counts_as_seen(r, grades.grade_counts(now).assign(span=r.year.name), "span")
    rated = threads.ratings_with_audits(r.data.ratings, now)
    standards = r.shares(grades.good_or_better(rated, "standard", good_grades=good)) if len(rated) else pd.DataFrame()
    if len(standards):
        standards = standards[standards["standard"].astype("str") != "not recorded"]
        standards = standards.assign(standard=[r.profile.label("standards", s) for s in standards["standard"].astype("str")])
    findings = r.data.findings[r.data.findings["audit_id"].isin(now["audit_id"])]
    named = themes.theme_counts(now, findings, load_codebook(r.profile), basis=None) if len(now) else pd.DataFrame()
    if len(named):
        named = r.shares(named, hide=["n_ticked", "n_suggested", "n_both"])
        named = named[named["count"].fillna(0) > 0].sort_values(["kind", "count"], ascending=[True, False])
        named = named.groupby("kind", sort=False).head(MOST).reset_index(drop=True)
    return SimpleNamespace(exists=True, id=id, label=label, n=len(now), share=share, counts=counts, standards=standards,
                           named=named, sentences=_sentences(r, label, own, now, share, good))


def _sentences(r: Report, label: str, own: pd.DataFrame, now: pd.DataFrame, shares: pd.DataFrame, good) -> list[str]:
    if not len(now):
        last = own["audit_date"].max()
        when = "" if pd.isna(last) else f"; the last was in {last:%B %Y}"
        return [words.sentence(f"no {label.lower()} is recorded in {r.year.name}{when}")]
    small = r.rule.smallest_count
    out = [words.sentence(f"{count_in_words(len(now), small, noun='audit')} on this theme in {r.year.name}: {label}")]
    if now["grade"].notna().any():
        change = r.changes(grades.grade_change(own, r.year, good_grades=good, comparisons=("previous period",)))
        share = shares.iloc[0]
        out.append(words.share_now(share, "were good or better", "graded audits on it", r.year.name))
        if len(change) and not share["suppressed"] and not words.is_missing(share["share"]):
            out.append(words.sentence(f"that is {words.change(change.iloc[0], change.iloc[0]['period_before'])}"))
    else:
        out.append(words.sentence("none of them was graded: this activity is for learning"))
    return out


def show_theme(r: Report, s: SimpleNamespace) -> None:
    """Grades of the theme as bars, its standards, what was named."""
    if not s.exists or not s.n:
        return
    if s.counts["share"].notna().any():
        show_chart(charts.grade_bars(
            marked(s.counts), title=s.sentences[-1], subtitle=f"Grades of {s.label.lower()}, {r.where}, {r.year.name}",
            source=words.source_line(records(r), s.counts["n"].head(1), "graded audit", f"in {r.year.name}"),
            good_grades=r.profile.good_grades))
    if len(s.standards) and s.standards["share"].notna().any():
        show_table(marked(s.standards), f"Standards in {s.label.lower()}, {r.year.name}",
                   {"standard": "Standard", "share": ("Good or better", "share_of"),
                    "share:interval": ("95% interval", "interval")})
    if len(s.named):
        show_table(marked(s.named.assign(kind=s.named["kind"].str.capitalize())),
                   f"Themes named in {s.label.lower()}, {r.year.name}",
                   {"kind": "Kind", "label": "Theme", "share": ("Audits that name it", "share_of"),
                    "share:interval": ("95% interval", "interval")}, row_headers=2)
