"""How do we know: every source beside every standard, where they agree, where they contradict, where there is silence."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd

from qa_analysis import charts
from qa_analysis import narrative as words
from qa_analysis.context import Report
from qa_analysis.measures import triangulation as measure
from qa_analysis.show import show_chart, show_sentences

TABLES = ("audits", "ratings", "moderations", "findings", "feedback", "survey")


def triangulated(r: Report, measured: SimpleNamespace | None = None) -> SimpleNamespace:
    """The matrix of the report's period (a year, or the twelve months to its end), and what it means in words.

    `measured` of `performance.against_others`, for what the indicators say. Tables: evidence (as counted), matrix (as the
    audience may see it: figures of small groups withheld, their direction too where the group itself is small),
    agreement (one row a standard). `exact` is the matrix before the gate, for measures that build on it.
    """
    performance = None
    if measured is not None and measured.area:
        performance = measure.indicator_directions(measured.benchmarks, measured.exceptions)
    tables = {name: getattr(r.data, name) for name in TABLES}
    evidence = measure.standard_evidence(r.profile, r.year, tables, performance=performance)
    standards = [s.id for s in r.profile.standards_on(r.year.end if r.year.kind != "all" else None)]
    exact = measure.triangulate(evidence, standards)
    matrix = _gated(r, exact)
    agreement = measure.agreements(matrix)
    return SimpleNamespace(
        evidence=evidence,
        exact=exact,
        matrix=matrix,
        agreement=agreement,
        sentences=_sentences(r, agreement, matrix),
    )


def _gated(r: Report, exact: pd.DataFrame) -> pd.DataFrame:
    """The matrix as the audience may see it: counts withheld where small; a group that is itself small says nothing.

    The direction of a larger group stays: it says on which side of one half the share lies and no more.
    """
    public = exact["source"].isin(["performance", "inspection"])  # published figures are public
    shown = r.shares(exact.drop(columns="direction"), count="favourable").assign(direction=exact["direction"])
    small = exact["n"].between(1, r.rule.smallest_count - 1) & ~public
    shown["direction"] = shown["direction"].mask(small, measure.TOO_FEW)
    shown["change"] = shown["change"].astype(object).mask(small, "too few")
    for column in ("favourable", "n", "share", "share_lower", "share_upper"):
        shown[column] = shown[column].astype(float).where(~public, exact[column])
    shown["suppressed"] &= ~public
    return shown[[*exact.columns, "suppressed"]]


def _sentences(r: Report, agreement: pd.DataFrame, matrix: pd.DataFrame) -> list[str]:
    """What the sources say together, contradictions first; then what nobody has looked at."""
    if not len(agreement):
        return [words.sentence(f"no practice standard is declared for {r.year.name}, so sources can't be set beside each other")]
    by = {v: agreement[agreement["verdict"] == v] for v in agreement["verdict"].unique()}
    out = []
    for row in by.get("contradict", agreement.iloc[:0]).to_dict("records"):
        out.append(
            f"sources contradict each other on {_label(r, row['standard'])}: {_sources(row['good'])} mostly good, "
            f"{_sources(row['concern'])} mostly of concern"
        )
    for verdict, said in (("agree: concern", "mostly of concern"), ("agree: good", "mostly good")):
        for row in by.get(verdict, agreement.iloc[:0]).to_dict("records"):
            side = "concern" if "concern" in verdict else "good"
            out.append(
                f"{len(row[side].split(';'))} sources agree that {_label(r, row['standard'])} is {said}: {_sources(row[side])}"
            )
    for row in by.get("one source", agreement.iloc[:0]).to_dict("records"):
        side = "concern" if row["concern"] else "good"
        said = "mostly of concern" if side == "concern" else "mostly good"
        out.append(f"on {_label(r, row['standard'])} one source alone takes a side: {_sources(row[side])}, {said}")
    mixed = [_label(r, s) for s in by.get("mixed", agreement.iloc[:0])["standard"]]
    if mixed:
        out.append(f"no source takes a side on {words.listed(mixed)}: the evidence is mixed")
    nothing = [_label(r, s) for s in by.get("no evidence", agreement.iloc[:0])["standard"]]
    if nothing:
        out.append(f"there is no evidence, or too little, on {words.listed(nothing)}")
    silent = matrix.groupby("source", sort=False)["n"].sum()
    silent = [measure.SOURCES[s].lower() for s in measure.SOURCES if (matrix.loc[matrix["source"] == s, "direction"]
                                                                      == measure.NONE).all() and s in silent.index]
    if silent and len(silent) < len(measure.SOURCES):
        verb = "says" if len(silent) == 1 else "say"
        out.append(f"{words.listed(silent)} {verb} nothing of any one standard, which is a finding too")
    return [words.sentence(s) for s in out]


def _label(r: Report, standard: str) -> str:
    return r.profile.label("standards", standard)


def _sources(listed: str) -> str:
    return words.listed(measure.SOURCES[s].lower() for s in listed.split(";"))


def show_triangulation(r: Report, s: SimpleNamespace) -> None:
    """The matrix as a picture, with each cell's share, interval and n below it."""
    cells = s.matrix.assign(standard=[_label(r, x) for x in s.matrix["standard"]],
                            source=s.matrix["source"].map(measure.SOURCES))
    there = cells[cells["direction"] != measure.NONE]
    show_chart(
        charts.evidence_matrix(
            cells,
            title=s.sentences[0] if s.sentences else "Sources of evidence by standard",
            subtitle=f"Direction (shape) and strength (size) of the evidence of each source on each standard, {r.where}, "
            f"{r.year.name}; an arrow: clearly changed since the year before",
            source=words.source_line(
                words.listed(dict.fromkeys(s.lower() for s in there["source"])), there["n"], "grade, theme or answer",
                f"in {r.year.name}", "grades, themes and answers",
            ),
        ),
        empty=f"No source holds evidence on any standard in {r.year.name}.",
    )


def show_rules() -> None:
    """By what rules a cell of the matrix was made, below what the sources say together."""
    show_sentences(RULES)


RULES = (
    "Mostly good: the 95% interval of the favourable share lies above one half; mostly of concern: below it; mixed: it holds one "
    f"half; under {measure.LEAST} grades, themes or answers nothing is said.",
    f"Strong from {measure.STRONG} on cases chosen at random, fair from {measure.FAIR}, else weak. Feedback, "
    "complaints and surveys come from those who chose to speak, so they are never strong.",
    "Each grade of a standard, each answer to a question and each theme named in an audit counts once.",
)
