"""What the performance data add: value against target, last year, neighbours, region and England; exceptions."""

from __future__ import annotations

from collections.abc import Iterable
from types import SimpleNamespace

import pandas as pd

from qa_analysis import charts
from qa_analysis import narrative as words
from qa_analysis.clean_words import words_key
from qa_analysis.context import Report
from qa_analysis.measures import benchmarks, exceptions
from qa_analysis.measures.compendium import region_code, regions_as_areas
from qa_analysis.published import FINANCIAL, period_words, up_to, year_kinds
from qa_analysis.sections import targets
from qa_analysis.show import show_chart, show_table
from qa_analysis.symbols import SHOWN

TYPES = ("quantity", "quality", "outcome")
MOST_CHARTS = 3
MOST_NAMED = 3  # indicators told beside others in sentences


def own_area(r: Report, area: str = "") -> str | None:
    """The code of the authority that the report is about, found by code or name; None where the data can't tell.

    Without `area` the profile's authority, else the team of the report where it is an authority (inspections), else the
    one authority that is reported by month, else the only one there is. Where two had one name, the later counts.
    """
    table = r.whole.indicators
    table = table[table["area_level"].astype("str") == "authority"]
    wanted = area or r.profile.authority or r.place.get("team", "")
    if wanted:
        names = {name: _bare_name(name) for name in table["area"].dropna().unique()}
        hit = table[table["area_code"].eq(wanted) | table["area"].map(names).eq(_bare_name(wanted))]
        if len(hit) or area:
            return str(hit.sort_values("period", kind="stable")["area_code"].iloc[-1]) if len(hit) else None
    monthly = table[table["period"].astype("str").str.fullmatch(r"\d{4}-(0[1-9]|1[0-2])").fillna(False).astype(bool)]
    for rows in (monthly, table):
        codes = rows["area_code"].dropna().unique()
        if len(codes) == 1:
            return str(codes[0])
    return None


def own_region(r: Report, indicators: pd.DataFrame, area: str = "") -> str | None:
    """The region that the report is about, by `area` or the report's locality, as the data name it; None for no region."""
    wanted = area or r.place.get("locality", "")
    names = indicators.loc[indicators["area_level"].astype("str") == "region", "area"].dropna().unique() if wanted else []
    return next((str(n) for n in names if region_code(n) == region_code(wanted)), None)


def _bare_name(name: str) -> str:
    """An authority's name without "City of" or "County of" behind it, case and punctuation."""
    return words_key(name.split(",")[0])


def against_others(r: Report, area: str = "", topics: tuple[str, ...] = ()) -> SimpleNamespace:
    """Each indicator of the profile that the data hold, held against everything there is, and the exceptions.

    Tables: benchmarks (one row an indicator, ordered quantity, quality, outcome; `is_local`: held of no other area, so not
    published; `suppressed`), exceptions, points (control charts). Published figures are public and nothing of them is suppressed
    again; a local count that is small is withheld as everywhere, with its value, its months and what its exceptions say.
    """
    code = own_area(r, area)
    empty = SimpleNamespace(
        area=None,
        benchmarks=pd.DataFrame(),
        exceptions=pd.DataFrame(),
        points=pd.DataFrame(),
        sentences=[_nothing_said(r, area)],
    )
    region = None if code else own_region(r, r.whole.indicators, area)
    if code is None and region is None:
        return empty
    table, neighbours = _up_to(r.whole.indicators, r), r.whole.neighbours
    if region:  # a region is held against the other regions and England
        table, code, neighbours = regions_as_areas(table, region), region_code(region), neighbours.iloc[:0]
    table, types = _of_profile(table, r, code)
    own = table[table["area_code"].eq(code) & table["area_level"].eq("authority")]
    if own.empty:
        return empty
    aims = targets.targets(r)
    compared = benchmarks.benchmark_table(table, neighbours, code, targets=aims.table)
    if region:
        compared["quarter"] = None  # a quarter of nine regions says nothing
    compared["type"] = compared["indicator"].map(types).fillna("quantity")
    kinds = year_kinds(r.profile)
    compared["when"] = [_when(p, kinds.get(i, "")) for p, i in compared[["period", "indicator"]].astype("str").to_numpy()]
    compared = compared.sort_values(
        ["type", "indicator_name"], key=lambda c: c.map(TYPES.index) if c.name == "type" else c
    )
    points = exceptions.indicator_points(table, code)
    found = exceptions.exceptions(compared, points)
    when = dict(zip(compared["indicator"], compared["when"], strict=True))
    found["when"] = [period_words(p) if k == exceptions.CHANGE else when.get(i, p)
                     for p, k, i in found[["period", "kind", "indicator"]].astype("str").to_numpy()]
    found = found.assign(reason=[words.reason_of_exception(e) for e in found.to_dict("records")])
    compared, found, points = _withheld(r, compared.reset_index(drop=True), found, points)
    name = own["area"].dropna()
    return SimpleNamespace(
        area=region or (name.iloc[0] if len(name) else code),
        benchmarks=compared,
        exceptions=found,
        points=points,
        sentences=[*_sentences(found, compared), *aims.sentences],
    )


def _when(period: str, kind: str) -> str:
    """A period as its publisher counts it, in words; a financial year keeps its short name."""
    return period_words(period, kind) if kind and kind != FINANCIAL else period


def _withheld(r: Report, compared: pd.DataFrame, found: pd.DataFrame, points: pd.DataFrame) -> tuple[pd.DataFrame, ...]:
    """The tables without the values of local counts that this audience may not see: their symbol is c."""
    local = compared["neighbours_mean"].isna() & compared["england_value"].isna() & compared["n_ranked"].isna()
    counts = compared[["numerator", "denominator"]].set_axis(["count", "n"], axis=1).astype(float)
    known = counts.notna().all(axis=1)
    hidden = local & known & r.shares(counts.fillna(0))["suppressed"].to_numpy()
    compared = compared.assign(is_local=local & known, suppressed=hidden, symbol=compared["symbol"].mask(hidden, "c"),
                               value=compared["value"].mask(hidden), value_before=compared["value_before"].mask(hidden))
    gone = compared.loc[hidden, "indicator"]
    mine = found["indicator"].isin(gone)
    found = found.assign(value=found["value"].mask(mine), compared_with=found["compared_with"].mask(mine),
                         reason=found["reason"].mask(mine, "Out of the ordinary; the numbers are too small to show."))
    return compared, found, points[~points["series_id"].isin(gone)] if len(points) else points


def _nothing_said(r: Report, area: str) -> str:
    """Why nothing is said: no indicators at all, none of the authority named, or no authority named among many."""
    table = r.whole.indicators
    codes = table.loc[table["area_level"].astype("str") == "authority", "area_code"].dropna().nunique()
    if codes and not (area or r.profile.authority or r.place.get("team")):
        return (
            f"No authority is chosen, and the data hold indicators of {words.number(codes)} areas: name one with "
            f"-p area and its name or code."
        )
    return "The data hold no performance indicators of this authority, so nothing can be said of performance beside the audits."


def _up_to(table: pd.DataFrame, r: Report) -> pd.DataFrame:
    """The rows whose time had ended by the last day of the report's period: a year ends as its publisher counts it."""
    return up_to(table, r.period.end, year_kinds(r.profile)) if r.period.kind != "all" else table


def _of_profile(table: pd.DataFrame, r: Report, code: str) -> tuple[pd.DataFrame, dict[str, str]]:
    """The rows of the profile's indicators, by its own ids or those under which they are published, and their types.

    Of an indicator that several publishers hold for the authority one is kept: the source with numerators, then the
    one with true symbols for what was withheld.
    """
    own = table[table["area_code"].eq(code) & table["area_level"].eq("authority")]
    there = set(own["indicator"].astype("str"))
    types, ways = {}, {}
    for id, indicator in r.profile.indicators.items():
        published = [getattr(indicator.benchmark, name) for name in ("outcomes", "workforce", "lait")]
        best = [p for p in published if p in there][:1]
        for name in [id, *best]:
            types[name], ways[name] = indicator.type, indicator.polarity
    kept = table[table["indicator"].astype("str").isin(types)]
    kept = kept if len(kept) else table
    way = kept["polarity"].astype("str").where(kept["polarity"].notna(), kept["indicator"].astype("str").map(ways))
    return kept.assign(polarity=way.fillna("neither"), indicator=kept["indicator"].astype("str")), types


def _sentences(found: pd.DataFrame, compared: pd.DataFrame) -> list[str]:
    """The exceptions by direction, then where each that gives concern stands beside others."""
    named = {
        way: found[found["direction"] == way]
        for way in (exceptions.CONCERN, exceptions.IMPROVEMENT, exceptions.NEUTRAL)
    }
    out = words.exceptions_found(*(list(x["indicator_name"].unique()) for x in named.values()), len(compared))
    concerns = compared[compared["indicator"].isin(named[exceptions.CONCERN]["indicator"])].head(MOST_NAMED)
    return [*out, *(s for s in map(words.stands_beside, concerns.to_dict("records")) if s)]


def value_cells(table: pd.DataFrame) -> pd.Series:
    """Each value as a table shows it: the symbol that was published in its place where there is one."""
    symbols = table["symbol"].map(lambda s: SHOWN.get(s, "[x]") if isinstance(s, str) else s)
    return table["value"].astype(object).where(table["value"].notna(), symbols)


BESIDE = {
    "value": ("Value", "number", "", 1),
    "target": ("Target", "number", "", 1, "[z]"),
    "value_before": ("Year before", "number", "", 1),
    "neighbours_mean": ("Neighbours", "number", "", 1),
    "region_value": ("Region", "number", "", 1),
    "england_value": ("England", "number", "", 1),
    "quarter": "Quarter",
}


def show_performance(r: Report, s: SimpleNamespace, apart: Iterable[pd.DataFrame] = ()) -> None:
    """Exceptions first, their control charts, then every indicator beside what it can be held against.

    Indicators in one of the tables `apart` have a table of their own elsewhere in the report.
    """
    if not len(s.benchmarks):
        return
    show_table(
        s.exceptions,
        f"Exceptions for {s.area}",
        {
            "indicator_name": "Indicator",
            "when": "Period",
            "kind": "Kind",
            "direction": "Direction",
            "reason": "Reason",
        },
        empty="No indicator is an exception.",
    )
    drawn = s.points["series_id"].unique() if len(s.points) else []
    changed = s.exceptions[s.exceptions["kind"].eq(exceptions.CHANGE) & s.exceptions["indicator"].isin(drawn)]
    flagged = changed["indicator"].unique()
    for indicator in flagged[:MOST_CHARTS]:
        points = s.points[s.points["series_id"] == indicator]
        row = s.exceptions[(s.exceptions["indicator"] == indicator) & (s.exceptions["kind"] == exceptions.CHANGE)].iloc[
            0
        ]
        show_chart(
            charts.control_chart(
                points,
                title=f"{row['indicator_name']}: {row['reason'][0].lower()}{row['reason'][1:]}",
                subtitle=f"Monthly value ({points['unit'].iloc[0]}), {s.area}, mean and limits of ordinary variation",
                source=f"Source: indicators of {s.area}; {words.counted(points['value'].notna().sum(), 'month')}.",
                unit=str(points["unit"].iloc[0]),
                value_header="Value",
            )
        )
    columns = {"indicator_name": "Indicator", "type": "Type", "when": "Period", **BESIDE}
    elsewhere = {i for table in apart if len(table) for i in table["indicator"]}
    shown = s.benchmarks[~s.benchmarks["indicator"].isin(elsewhere)]
    if not len(shown):
        return
    periods = shown["when"].unique()
    when = f", {periods[0]}" if len(periods) == 1 else ""
    empty = {c for c in columns if shown[c].isna().all()} | ({"when"} if when else set())
    show_table(
        shown.assign(value=value_cells(shown)),
        f"Indicators of {s.area} beside others{when}",
        {k: v for k, v in columns.items() if k not in empty},
        notes=[
            "Neighbours is the unweighted mean of the statistical neighbours with a value. The best quarter of "
            "authorities is best by the direction of the indicator. Units are the indicators' own.",
            *targets.without_counts(s.benchmarks),
        ],
    )
