"""What others see: external audits in parallel with internal ones, and the grades of schools, settings and homes."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd

from qa_analysis import charts
from qa_analysis import narrative as words
from qa_analysis.context import Report
from qa_analysis.disclosure import count_in_words, withhold_small
from qa_analysis.measures import agreement, providers
from qa_analysis.measures.moderation import moderation_direction, moderation_table
from qa_analysis.measures.parallel import parallel_pairs
from qa_analysis.sections.grades import records
from qa_analysis.sections.moderation import PLAIN, grid_for_chart
from qa_analysis.show import show_chart, show_sentences, show_table


def parallel(r: Report) -> SimpleNamespace:
    """External and internal audits of the same cases over the report's year: the same grade, or which way they differ.

    Tables: grid (internal by external), figures (agreement; from 20 pairs on). `exists` is False where nothing external is on
    a case that was audited here too. `n` cases, `n_same` with the same grade (None where too few), as counted.
    """
    audits = r.data.audits
    pairs = parallel_pairs(audits, r.data.ratings)
    pairs = pairs[pairs["standard"] == "overall"]
    days = audits.set_index("audit_id")["audit_date"]
    pairs = pairs[pairs["external_audit"].isin(days.index[r.year.holds(days)])]
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


def show_parallel(r: Report, s: SimpleNamespace) -> None:
    """The grid of internal and external grades, and the agreement figures."""
    if not s.exists:
        return
    show_chart(charts.agreement_grid(grid_for_chart(s.grid), title=s.sentences[-1],
                                     subtitle=f"Overall grades of the same cases, {r.where}, {r.year.name}", 
                                     source=words.source_line(records(r), s.grid["n"].head(1), "case", f"in {r.year.name}"),
                                     first="Internal auditor", second="External auditor"))
    if len(s.figures):
        show_table(s.figures, f"Agreement of internal and external auditors, {r.year.name}",
                   {"statistic": "Measure", "value": ("Value", "number", "", 2),
                    "value:interval": ("95% interval", "number_interval", "", 2), "n": ("Audits", "count")})


def of_providers(r: Report) -> SimpleNamespace:
    """Schools, settings and homes: the grades they hold at the year's end, how they moved in the year, which cause concern.

    Inspection grades of providers are published, so no number of providers is withheld. Names are: the publisher withholds those
    of children's homes, so they are for supervision and boards, and few children in one are no board's business either.
    `exists` is False where the data hold none.
    """
    table = r.whole.providers
    if table.empty:
        return SimpleNamespace(exists=False, sentences=[])
    on = r.year.end if r.year.kind != "all" else table["inspected"].max()
    held = providers.grades_as_of(table, on)
    if held.empty:
        return SimpleNamespace(exists=False, sentences=[words.sentence(
            f"no school, setting or home is recorded as inspected up to the end of {r.year.name}")])
    concern, row = providers.causing_concern(table, on), providers.movement(table, r.year).iloc[0]
    kinds = providers.movement(table, r.year, "provider_kind")
    n, up, same, down = (int(row[c]) for c in ("n", "n_higher", "n_same", "n_lower"))
    out = [f"of {words.counted(n, 'provider')} inspected in {r.year.name} that had a grade before, {words.number(up)} moved up, "
           f"{words.number(same)} stayed and {words.number(down)} moved down"
           if n else f"no provider inspected in {r.year.name} had a grade before"]
    out += _which_kinds(kinds)
    worst = str(table["grade"].cat.categories[0]).lower() if len(table["grade"].cat.categories) else "the lowest"
    out.append(f"{words.counted(len(concern), 'provider')} {'holds' if len(concern) == 1 else 'hold'} the grade {worst}")
    moved = providers.moved(table, r.year)
    before = providers.grades_as_of(table, on - pd.DateOffset(years=1))
    return SimpleNamespace(exists=True, kinds=_by_kind(r, held, before, kinds), moved=moved, concern=concern,
                           named=r.audience in ("supervision", "board"), sentences=[words.sentence(s) for s in out])


def _by_kind(r: Report, held: pd.DataFrame, before: pd.DataFrame, kinds: pd.DataFrame) -> pd.DataFrame:
    """One row a kind: how many hold a good grade (count, n, share), the share a year before, and how grades moved."""
    def good(table: pd.DataFrame) -> pd.DataFrame:
        own = table.assign(good=table["count"].where(table["grade"].isin(r.profile.good_grades), 0))
        own = own.groupby("provider_kind").agg(count=("good", "sum"), n=("n", "max")).reset_index()
        return own.assign(share=own["count"] / own["n"])

    then = good(before)[["provider_kind", "share", "n"]]
    out = good(held).merge(then, on="provider_kind", how="left", suffixes=("", "_before"))
    out = out.merge(kinds.drop(columns="n").assign(n_again=kinds["n"]), on="provider_kind", how="left")
    moves = ["n_again", "n_higher", "n_same", "n_lower"]
    return out.assign(**out[moves].fillna(0).astype(int), verdict=out["verdict"].replace(_WAY).fillna("none inspected again"))


_WAY = {"higher": "up", "lower": "down", "no clear difference": "no clear movement"}


def _which_kinds(kinds: pd.DataFrame) -> list[str]:
    """The kinds of provider of which clearly more moved one way, by the exact sign test over all kinds; or that none did."""
    out = []
    for row in kinds[kinds["verdict"].isin(["higher", "lower"])].to_dict("records"):
        down = row["verdict"] == "lower"
        most, least = (int(row[c]) for c in (("n_lower", "n_higher") if down else ("n_higher", "n_lower")))
        way, other = ("down", "up") if down else ("up", "down")
        out.append(f"{row['provider_kind']}: {words.number(most)} of {words.number(row['n'])} inspected again moved {way} and "
                   f"{words.count(least)} {other}, more than chance would explain")
    rest = list(kinds.loc[kinds["verdict"] == "no clear difference", "provider_kind"])
    if rest:
        out.append(f"no clear movement in {words.listed(rest)}")
    few = list(kinds.loc[kinds["verdict"] == "too few", "provider_kind"])
    if few:
        out.append(f"too few inspected again to call a movement in {words.listed(few)}")
    return out


def show_providers(r: Report, s: SimpleNamespace) -> None:
    """Grades and their movement by kind of provider, the providers that moved, those that cause concern."""
    if not s.exists:
        return
    show_table(s.kinds, f"Grades of providers and how they moved, {r.year.name}",
               {"provider_kind": "Kind", "share": ("Good or better", "share_of"), "share_before": ("A year before", "percent"),
                "n_again": ("Inspected again", "count"), "n_higher": ("Moved up", "count"), "n_lower": ("Moved down", "count"),
                "verdict": "Direction"},
               notes=["Moved: against the grade held when the year began. A direction is called by the exact sign test, "
                      "corrected for the number of kinds."])
    if not s.named:
        show_sentences("Providers are named in the editions for supervision and boards only.")
        return
    show_table(s.moved[s.moved["direction"] != "same"], f"Providers whose grade moved in {r.year.name}",
               {"provider": "Provider", "provider_kind": "Kind", "inspected": ("Inspected", "date"), "grade_before": "Before",
                "grade_after": "Now"}, folded=True, empty="No provider's grade moved.")
    show_table(withhold_small(s.concern, ["places"], r.rule.smallest_count), "Providers that cause concern",
               {"provider": "Provider", "provider_kind": "Kind", "inspected": ("Inspected", "date"), "grade": "Grade",
                "places": ("Children", "count")},
               empty="No provider holds the lowest grade.")
