"""The balanced scorecard on one page: services by measures, standards by grades, with signals that know chance."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd

from qa_analysis import narrative as words
from qa_analysis.context import Report
from qa_analysis.disclosure import marked
from qa_analysis.measures import scorecard as measure
from qa_analysis.measures.shares import NOT_RECORDED
from qa_analysis.sections.grades import place_of, plural
from qa_analysis.show import show_table
from qa_analysis.tables import percent

# shapes say the same as the words, so that a printed page can be scanned
_UP, _DOWN, _SAME = "\u25b2", "\u25bc", "\u25cf"
_POSITION = {"far above": _UP * 2, "above": _UP, "as the whole": _SAME, "below": _DOWN, "far below": _DOWN * 2}
_SIGNAL = {"improving": "improving \u2197", "getting worse": "getting worse \u2198", "steady": ""}
TABLES = ("audits", "actions", "feedback")


def balanced(r: Report, place: str = "service") -> SimpleNamespace:
    """Services (or the next smaller place) and standards in the report's year, gated for the audience.

    Tables: services (tidy, one row a place and measure), standards (one row a standard), and wide (one row a place, a column
    a measure, each cell "54%, n 45, ▼ below"). A withheld cell reads [c], and its position and signal are withheld with it.
    """
    place = place_of(r, place)
    tables = {name: getattr(r.data, name) for name in TABLES}
    services = _gated(r, measure.scorecard(r.profile, r.year, tables, by=place), lines=[["measure"]])
    standards = _gated(r, measure.standards_card(r.profile, r.year, r.data.audits, r.data.ratings))
    standards = standards.assign(standard=[r.profile.label("standards", s) for s in standards["group"]])
    return SimpleNamespace(
        place=place,
        services=services,
        standards=standards,
        wide=_wide(r, services),
        sentences=[*_place_words(r, services, place), *_standard_words(r, standards)],
    )


def _gated(r: Report, card: pd.DataFrame, lines=()) -> pd.DataFrame:
    """Small numbers withheld, and as many more that none can be worked out, records of no place among them.

    Where a number is itself small, the position and the signal of its cell, which would tell on which side it lies, go with
    it; of one that is withheld for another's sake they stay.
    """
    if not len(card):
        return card.assign(suppressed=pd.Series(dtype=bool))
    shown, small = r.shares(card, lines=lines), r.shares(card)["suppressed"]
    for column in ("position", "signal"):
        shown[column] = shown[column].astype(object).where(~small)
    return shown[shown["group"].ne(NOT_RECORDED)].reset_index(drop=True)


def _wide(r: Report, services: pd.DataFrame) -> pd.DataFrame:
    there = set(services["measure"]) if len(services) else set()
    columns = [m for m in measure.MEASURES if m in there]
    order = _in_order(r, services)
    rows = []
    for group in order:
        own = services[services["group"] == group].set_index("measure")
        rows.append({"group": group} | {m: _cell(own.loc[m]) if m in own.index else "" for m in columns})
    return pd.DataFrame(rows, columns=["group", *columns])


def _in_order(r: Report, services: pd.DataFrame) -> list[str]:
    there = list(dict.fromkeys(services["group"])) if len(services) else []
    declared = [p.label for p in r.profile.services.values()]
    return [p for p in declared if p in there] + sorted(p for p in there if p not in declared)


def _cell(row: pd.Series) -> str:
    if not row["suppressed"] and words.is_missing(row["share"]):
        return f"too few ({int(row['n'])})"
    parts = ["[c]" if row["suppressed"] else f"{percent(row['share'])} of {words.number(row['n'])}"]
    if isinstance(row["position"], str):
        parts.append(_POSITION[row["position"]] if row["position"] == "as the whole"
                     else f"{_POSITION[row['position']]} {row['position']}")
    if isinstance(row["signal"], str) and _SIGNAL[row["signal"]]:
        parts.append(_SIGNAL[row["signal"]])
    return ", ".join(parts)


def _place_words(r: Report, services: pd.DataFrame, place: str) -> list[str]:
    """Which places lie outside what chance allows, measure by measure, and whose own course changed; no ranking."""
    if not len(services):
        return [words.sentence(f"nothing is recorded of any {place} in {r.year.name}, so there is no scorecard")]
    out, near = [], []
    for m, (label, _) in measure.MEASURES.items():
        own = services[services["measure"] == m]
        for position in ("far below", "far above"):
            named = [_with_share(row) for row in own[own["position"].eq(position)].to_dict("records")]
            if named:
                verb = "lies" if len(named) == 1 else "lie"
                out.append(f"{label}: {words.listed(named)} {verb} {position} what chance allows")
        for signal in ("getting worse", "improving"):
            named = own.loc[own["signal"] == signal, "group"]
            if len(named):
                out.append(f"{label}: {signal} in {words.listed(named)}")
        near += [f"{row['group']} {row['position']} on {label[0].lower()}{label[1:]}"
                 for row in own[own["position"].isin(["below", "above"])].to_dict("records")]
    if near:
        out.append(f"outside 95% limits alone, where one figure in twenty lies by chance: {words.listed(near)}")
    if not out:
        out = [f"no {place} lies outside what chance allows on any measure of the scorecard, and none changed its course"]
    return [words.sentence(s) for s in out]


def _with_share(row: dict) -> str:
    """ "Permanence (17% of 200)", or the name alone where the figure is withheld."""
    return row["group"] if row["suppressed"] else f"{row['group']} ({percent(row['share'])} of {words.number(row['n'])})"


def _standard_words(r: Report, standards: pd.DataFrame) -> list[str]:
    out = []
    for signal in ("getting worse", "improving"):
        named = standards.loc[standards["signal"] == signal, "standard"] if len(standards) else []
        if len(named):
            verb = "is" if len(named) == 1 else "are"
            out.append(words.sentence(f"{words.listed(named)} {verb} {signal} by the control chart of the months"))
    return out


def show_scorecard(r: Report, s: SimpleNamespace) -> None:
    """One table of places by measures and one of standards; shapes and words, no colours."""
    labels = {m: label for m, (label, _) in measure.MEASURES.items()}
    note = (
        f"{_UP} above and {_DOWN} below what chance allows at its number (95% limits; twice: 99.8%), {_SAME} within it; \u2197 "
        "\u2198 a signal of the control chart of the last 24 months. Places come in the framework's order and are not ranked."
    )
    show_table(
        s.wide,
        f"Balanced scorecard by {s.place}, {r.year.name}",
        {"group": s.place.capitalize(), **{m: labels[m] for m in s.wide.columns if m != "group"}},
        notes=[note],
        empty=f"Nothing is recorded of any of the {plural(s.place)} in {r.year.name}.",
    )
    if len(s.standards):
        shown = s.standards.assign(
            position=[_words(p) for p in s.standards["position"]],
            signal=["" if not isinstance(x, str) else x for x in s.standards["signal"]],
        )
        show_table(
            marked(shown),
            f"Balanced scorecard by standard, {r.year.name}",
            {
                "standard": "Standard",
                "share": ("Good or better", "share_of"),
                "share:interval": ("95% interval", "interval"),
                "position": "Among the standards",
                "signal": "Over 24 months",
            },
        )


def _words(position) -> str:
    return f"{_POSITION[position]} {position}" if isinstance(position, str) else ""
