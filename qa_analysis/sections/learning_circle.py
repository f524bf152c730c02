"""For learning circles: what inadequate audits need and what good ones do well, side by side. No case and no person."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd

from qa_analysis import narrative as words
from qa_analysis.codebook import load_codebook
from qa_analysis.context import Report
from qa_analysis.disclosure import marked
from qa_analysis.measures import grades, themes
from qa_analysis.measures.compare import MIN_N
from qa_analysis.sections import parts
from qa_analysis.show import show_columns, show_table


def learning_circle(r: Report) -> SimpleNamespace:
    """Themes of the audits at the lowest grade beside those of the audits good or better, and what differs.

    Counted are graded audits of the kind "audit" on cases chosen at random (or all): purposive ones are never pooled with
    them and are left out. Where either side has under 10 audits in the period, the twelve months to its end are taken and
    `span` says so. Tables: sides (how many audits on each side), differs (each theme on both sides: share here is of the
    lowest grade, share_before of good or better; verdict 'rose' is raised more often at the lowest grade; corrected for
    the number of themes). `needs` and `strengths` are sentences for practitioners. Free text is not shown to anybody.
    """
    has = parts.in_force(r, lambda a: a.kind == "learning" and a.component == "learning_culture")
    graded = parts.in_force(r, lambda a: a.kind == "audit" and a.graded and a.recorded_in == "audits")
    if not has or not graded or not r.profile.grades:
        return parts.absent()
    audits = parts.audits_of(r, graded)
    basis = grades.estimate_basis(audits)
    audits = audits[grades.sample_basis(audits) == basis]
    span = r.period
    low, high = _two_sides(r, r.in_period(audits, "audit_date"))
    if min(len(low), len(high)) < MIN_N and r.year != r.period:
        span = r.year
        low, high = _two_sides(r, r.in_period(audits, "audit_date", span))
    codebook = load_codebook(r.profile)
    both = [_counts(r, side, codebook, basis) for side in (low, high)]
    differs = r.changes(themes.theme_change(*both))
    other = [t.id for t in codebook.themes if t.only_alone]
    differs = differs[~differs["theme"].isin(other)].reset_index(drop=True)
    shown = [parts.shown_themes(r, r.shares(t, hide=parts.SOURCES)) for t in both]
    worst = r.profile.grade_labels[0]
    sides = r.counts(
        pd.DataFrame({"grade": [worst, parts.GOOD.capitalize()], "count": [len(low), len(high)]}), lines=()
    )
    needs = _list(shown[0], "improvement", r)
    strengths = _list(shown[1], "strength", r)
    return SimpleNamespace(
        exists=True,
        span=span,
        sides=sides,
        differs=differs,
        needs=needs,
        strengths=strengths,
        worst=worst,
        basis=basis,
        sentences=_sentences(r, low, high, differs, span, worst),
    )


def _two_sides(r: Report, audits: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Audits at the lowest grade, and audits good or better."""
    worst = audits["grade"].astype("str").eq(r.profile.grade_labels[0])
    good = audits["grade"].isin(list(r.profile.good_grades))
    return audits[worst], audits[good]


def _counts(r: Report, audits: pd.DataFrame, codebook, basis: str) -> pd.DataFrame:
    findings = r.data.findings[r.data.findings["audit_id"].isin(audits["audit_id"])]
    return themes.theme_counts(audits, findings, codebook, basis=basis)


def _list(table: pd.DataFrame, kind: str, r: Report) -> list[str]:
    """The themes raised most, as lines; none where each is withheld or nobody raised any."""
    rows = table[table["kind"].eq(kind) & table["count"].gt(0)].head(parts.MOST_THEMES)
    out = []
    for row in rows.to_dict("records"):
        share = (
            ""
            if words.is_missing(row["share"])
            else f" ({words.percent(row['share'])}, 95% interval {words.interval(row['share_lower'], row['share_upper'])})"
        )
        out.append(f"{row['label']}: {words.number(row['count'])} of {words.counted(row['n'], 'audit')}{share}")
    return out


def _sentences(r: Report, low, high, differs, span, worst: str) -> list[str]:
    if not len(low) and not len(high):
        return [words.sentence(f"no audit of {span.name} at the lowest grade or at {parts.GOOD} speaks for all cases")]
    wide = "" if span == r.period else f", because {r.when} alone holds too few"
    out = [
        f"{parts.how_many(r, len(low), 'audit')} at {worst} and {parts.how_many(r, len(high), 'audit')} {parts.GOOD} are "
        f"compared over {span.name}{wide}"
    ]
    found = False
    for kind, name in parts.KINDS.items():
        for verdict, side in ((words.ROSE, f"audits at {worst}"), (words.FELL, f"audits {parts.GOOD}")):
            rows = differs[differs["kind"].eq(kind) & differs["verdict"].eq(verdict)]
            if len(rows):
                found = True
                named = words.listed(
                    f"{x['label']} ({words.percent(x['share'])} of {words.number(x['n'])} at {worst}, "
                    f"{words.percent(x['share_before'])} of {words.number(x['n_before'])} {parts.GOOD})"
                    for x in rows.to_dict("records")
                )
                verb = "is" if len(rows) == 1 else "are"
                out.append(f"among {name}, {named} {verb} raised more often by {side}")
    if differs["verdict"].eq(words.NO_CLEAR_CHANGE).any() and not found:
        shown = " of those that can be shown" if differs["suppressed"].any() else ""
        out.append(f"no theme{shown} is raised clearly more often by one side than by the other")
    elif differs["verdict"].eq(words.TOO_FEW).all():
        out.append("too few audits on one side to compare the themes")
    return [words.sentence(s) for s in out]


def show_learning_circle(r: Report, s: SimpleNamespace) -> None:
    """Strengths of good audits beside needs of inadequate ones; each theme on both sides folded."""
    none = "No theme is frequent enough to be shown." if r.rule.smallest_count > 1 else "No theme is recorded."
    show_columns(
        s.strengths,
        s.needs,
        left_heading=f"What audits {parts.GOOD} did well",
        right_heading=f"What audits at {s.worst} need",
        level=4,
        none=none,
    )
    table = s.differs[s.differs["suppressed"] | s.differs["share"].gt(0) | s.differs["share_before"].gt(0)]
    plain = {
        words.ROSE: f"more often at {s.worst}",
        words.FELL: f"more often {parts.GOOD}",
        words.NO_CLEAR_CHANGE: "no clear difference",
    }
    table = table.assign(verdict=table["verdict"].replace(plain))
    for kind, name in parts.KINDS.items():
        show_table(
            marked(table[table["kind"].eq(kind)]),
            f"Themes among {name} in audits at {s.worst} and {parts.GOOD}, {s.span.label}",
            {
                "label": "Theme",
                "share": (f"At {s.worst}", "percent"),
                "share:interval": ("95% interval", "interval"),
                "n": ("Audits", "count"),
                "share_before": (parts.GOOD.capitalize(), "percent"),
                "n_before": ("Audits good or better", "count"),
                "verdict": "Compared",
            },
            folded=True,
            notes=["A difference is called only where it holds over all the themes together."],
            empty=f"No {name} are recorded.",
        )
