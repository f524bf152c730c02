"""What others see: external audits in parallel with internal ones, and the grades of schools, settings and homes."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd

from qa_analysis import charts
from qa_analysis import narrative as words
from qa_analysis.context import Report
from qa_analysis.disclosure import count_in_words
from qa_analysis.measures import agreement, providers
from qa_analysis.measures.moderation import moderation_direction, moderation_table
from qa_analysis.measures.parallel import parallel_pairs
from qa_analysis.sections.moderation import PLAIN, grid_for_chart
from qa_analysis.show import show_chart, show_table


def parallel(r: Report) -> SimpleNamespace:
    """External and internal audits of the same cases over the report's year: the same grade, or which way they differ.

    Tables: grid (internal by external), figures (agreement; from 20 pairs on). `exists` is False where nothing external is on
    a case that was audited here too. `n` cases, `n_same` with the same grade (None where too few), as counted.
    """
    audits = r.data.audits
    pairs = parallel_pairs(audits, r.data.ratings)
    pairs = pairs[pairs["standard"] == "overall"]
    days = audits.set_index("audit_id")["audit_date"]
    pairs = pairs[r.year.holds(pairs["external_audit"].map(days))]
    if pairs.empty:
        return SimpleNamespace(exists=False, grid=pd.DataFrame(), figures=pd.DataFrame(), sentences=[words.sentence(
            f"no case audited from outside in {r.year.name} was audited here too, so the two can't be compared")])
    same = pairs.rename(columns={"internal": "grade_before", "external": "grade_after"})
    same = same.assign(standard="overall", reason="random", sight="blind", is_independent=True,
                       steps=same["grade_after"].cat.codes - same["grade_before"].cat.codes)
    grid = r.counts(moderation_table(same, apart=()), lines=[["grade_before"], ["grade_after"]], n="n")
    n, small, n_same = len(pairs), r.rule.smallest_count, None
    out = [f"{count_in_words(n, small, noun='case')} {'was' if n == 1 and small == 1 else 'were'} audited both from outside and "
           f"here in {r.year.name}"]
    figures = pd.DataFrame()
    if n < agreement.MIN_PAIRS:
        out.append("that is too few for a measure of agreement, so the table stands alone")
    else:
        text = same.astype({"grade_before": "str", "grade_after": "str"})
        figures = agreement.agreement_summary(text, "grade_before", "grade_after", categories=list(r.profile.grade_labels))
        figures = figures[figures["statistic"].isin(PLAIN) & figures["value"].notna()].copy()
        exact, n_same = figures.set_index("statistic").loc["exact_agreement"], int((same["steps"] == 0).sum())
        out.append(f"both gave the same grade to {words.percent(exact['value'])} of {words.number(n)} "
                   f"(95% interval {words.interval(exact['value_lower'], exact['value_upper'])})")
        figures["statistic"] = figures["statistic"].map(PLAIN)
        row = moderation_direction(same, apart=()).iloc[0]
        out.append({"auditors lenient": "external auditors grade lower more often than higher",
                    "auditors harsh": "external auditors grade higher more often than lower"}.get(
                        row["verdict"], "external auditors grade neither lower nor higher with a clear direction"))
    return SimpleNamespace(exists=True, grid=grid, figures=figures, n=n, n_same=n_same,
                           sentences=[words.sentence(s) for s in out])


def show_parallel(r: Report, s: SimpleNamespace, source: str) -> None:
    """The grid of internal and external grades, and the agreement figures."""
    if not s.exists:
        return
    show_chart(charts.agreement_grid(grid_for_chart(s.grid), title=s.sentences[-1],
                                     subtitle=f"Overall grades of the same cases, {r.where}, {r.year.name}", source=source,
                                     first="Internal auditor", second="External auditor"))
    if len(s.figures):
        show_table(s.figures, f"Agreement of internal and external auditors, {r.year.name}",
                   {"statistic": "Measure", "value": ("Value", "number", "", 2),
                    "value:interval": ("95% interval", "number_interval", "", 2), "n": ("Audits", "count")})


def of_providers(r: Report) -> SimpleNamespace:
    """Schools, settings and homes: the grades they hold at the year's end, how they moved in the year, which cause concern.

    Inspection grades of providers are published, so no number is withheld. `exists` is False where the data hold none.
    """
    table = r.whole.providers
    if table.empty:
        return SimpleNamespace(exists=False, sentences=[])
    on = r.year.end if r.year.kind != "all" else table["inspected"].max()
    held, row = providers.grades_as_of(table, on), providers.movement(table, r.year).iloc[0]
    concern = providers.causing_concern(table, on)
    n, up, same, down = (int(row[c]) for c in ("n", "n_higher", "n_same", "n_lower"))
    out = [f"of {words.counted(n, 'provider')} inspected in {r.year.name} that had a grade before, {words.number(up)} moved up, "
           f"{words.number(same)} stayed and {words.number(down)} moved down"
           if n else f"no provider inspected in {r.year.name} had a grade before"]
    worst = str(table["grade"].cat.categories[0]).lower() if len(table["grade"].cat.categories) else "the lowest"
    out.append(f"{words.counted(len(concern), 'provider')} {'holds' if len(concern) == 1 else 'hold'} the grade {worst}")
    return SimpleNamespace(exists=True, held=held, moved=providers.moved(table, r.year), concern=concern,
                           sentences=[words.sentence(s) for s in out])


def show_providers(r: Report, s: SimpleNamespace) -> None:
    """Grades held by kind of provider, the providers that moved, those that cause concern."""
    if not s.exists:
        return
    show_table(s.held, f"Grades of providers, {r.year.name}",
               {"provider_kind": "Kind", "grade": "Grade", "share": ("Share", "share_of"), "n_places": ("Children", "count")},
               row_headers=2)
    show_table(s.moved, f"Providers inspected in {r.year.name} that had a grade before",
               {"provider": "Provider", "provider_kind": "Kind", "inspected": ("Inspected", "date"), "grade_before": "Before",
                "grade_after": "Now"}, folded=True, empty="None was inspected again.")
    show_table(s.concern, "Providers that cause concern", {"provider": "Provider", "provider_kind": "Kind",
               "inspected": ("Inspected", "date"), "grade": "Grade", "places": ("Children", "count")},
               empty="No provider holds the lowest grade.")
