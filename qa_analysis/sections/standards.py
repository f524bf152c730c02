"""Which practice standards are strong, which hold grades down, and which changed."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd

from qa_analysis import charts
from qa_analysis import narrative as words
from qa_analysis.context import Report
from qa_analysis.disclosure import marked
from qa_analysis.measures import grades, threads
from qa_analysis.sections.grades import main_audits, noun, place_of, records
from qa_analysis.show import show_chart, show_table


def each_standard(r: Report, place: str = "service") -> SimpleNamespace:
    """The standards of the period: good or better, change, the year against the one before, what holds grades down, by service.

    Tables: profile (one row a standard), year, holding_back (twelve months), cells (standard × service over twelve
    months, for the heat map). Labels are the profile's, in its order.
    """
    place = place_of(r, place)
    audits, ratings = main_audits(r), r.data.ratings
    good = r.profile.good_grades
    profile = r.changes(
        r.changes(threads.thread_profile(ratings, audits, r.period, good_grades=good)), end="_12_months"
    )
    rated = threads.ratings_with_audits(ratings, audits)
    year = r.changes(grades.grade_change(rated, r.year, "standard", good_grades=good, comparisons=("previous period",)))
    holding = r.shares(
        threads.threads_holding_back(ratings, audits, r.year, good_grades=good), hide=["n_below_overall"]
    )
    cells = threads.standards_by(ratings, audits, by=place, period=r.year, good_grades=good)
    cells = r.shares(
        cells[(cells[place] != "not recorded") & (cells["standard"] != "not recorded")],
        hide=["n_ungraded", "n_other_basis"],
    )
    tables = {"profile": profile, "year": year, "holding_back": holding, "cells": cells}
    tables = {k: _labelled(t, r) for k, t in tables.items()}
    sentences = _sentences(r, **{k: tables[k] for k in ("profile", "year", "holding_back")})
    return SimpleNamespace(**tables, place=place, sentences=sentences, title=sentences[0])


def _labelled(table: pd.DataFrame, r: Report) -> pd.DataFrame:
    """The table with the standards' words, in the profile's order."""
    order = {s: i for i, s in enumerate(r.profile.standards)}
    table = table[table["standard"].astype("str") != "not recorded"]
    table = table.sort_values("standard", key=lambda c: c.astype("str").map(order).fillna(len(order)), kind="stable")
    return table.assign(
        standard=[r.profile.label("standards", s) for s in table["standard"].astype("str")]
    ).reset_index(drop=True)


def _sentences(r: Report, profile: pd.DataFrame, year: pd.DataFrame, holding_back: pd.DataFrame) -> list[str]:
    if profile.empty:
        return [words.sentence(f"no practice standard was graded in {r.when}")]
    out = []
    moved = words.moved_over_year(year.to_dict("records"), r.year.name)
    before = r.period.before()
    if before is not None and not (moved and r.year == r.period):  # of a year the two would say the same
        rows = profile.to_dict("records")
        out.append(words.changes_over(rows, "standard", "practice standard", before.name, f"{noun(r)}s", r.when))
    out += moved
    out += words.against_overall(profile.to_dict("records"), noun(r))
    out.append(words.weakest_standard(holding_back.to_dict("records"), noun(r), r.year.name))
    out = [s for s in out if s]
    return out or [words.sentence(f"the practice standards of {r.when} show nothing that stands out")]


def show_standards(r: Report, s: SimpleNamespace) -> None:
    """The standards of the period with their change, the grid of standards and places, and what holds grades down."""
    before = r.period.before()
    if s.profile["share"].notna().any():
        show_chart(
            charts.interval_dots(
                s.profile,
                "standard",
                title=s.title,
                header="Standard",
                now=r.when,
                value_header="Good or better",
                before=before.name if before else "before",
                subtitle=f"Share of grades that are good or better, {r.where}",
                source=words.source_line(records(r), s.profile["n"], "grade", f"of practice standards in {r.when}"),
            )
        )
    show_table(
        marked(s.profile),
        f"Practice standards, {r.where}, {r.when}",
        {
            "standard": "Standard",
            "share": ("Good or better", "share_of"),
            "share:interval": ("95% interval", "interval"),
            **({"verdict": f"Since {before.name}"} if before else {}),
            **({"verdict_12_months": "Against the twelve months before"} if r.period.n_months < 12 else {}),
            "verdict_overall": "Against the overall grade",
        },
    )
    if s.cells[s.place].nunique() > 1 and s.cells["share"].notna().any():
        show_chart(
            charts.heat_map(
                marked(s.cells),
                rows="standard",
                columns=s.place,
                row_header="Standard",
                title=f"Share judged good or better by standard and {s.place} over {r.year.name}",
                subtitle="n is the number of grades; small cells move by chance",
                source=words.source_line(records(r), [], "grade", f"of practice standards in {r.year.name}"),
            )
        )
    if len(s.holding_back):
        show_table(
            marked(s.holding_back),
            f"The weakest standard in {noun(r)}s below good, {r.year.name}",
            {
                "standard": "Standard",
                "share": ("Weakest in", "share_of"),
                "share:interval": ("95% interval", "interval"),
            },
            folded=True,
        )
