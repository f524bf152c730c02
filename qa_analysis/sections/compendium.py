"""Benchmark compendium: every published indicator of the profile beside neighbours, region and England, over the years."""

from __future__ import annotations

from collections.abc import Iterable
from types import SimpleNamespace

import pandas as pd

from qa_analysis import charts
from qa_analysis.context import Report
from qa_analysis.measures import compendium as measure
from qa_analysis.measures import exceptions
from qa_analysis.narrative import compendium as told
from qa_analysis.published import FINANCIAL, period_words, up_to, year_kinds
from qa_analysis.sections.performance import own_area, own_region
from qa_analysis.show import show_chart, show_sentences, show_table
from qa_analysis.symbols import SHOWN

MOST_CHARTS = 3  # topics drawn: those with most out of step, then most in the worst quarter
MOST_PANELS = 6
MOST_IN_ONE = 20  # indicators in one table; of more each topic has its own
COSTS = ("£", "cost", "spend")  # an indicator is one of cost where its unit has one of these
BETTER = {"high": "higher", "low": "lower"}
OTHER = "Other"
NOTES = (
    "A year is named by its end: March 2025 is the year to, or the count at, 31 March 2025; September 2025 the count of the "
    "workforce at 30 September.",
    "Neighbours is the unweighted mean of the statistical neighbours with a value. England and the region are as published.",
    "Rank 1 is the best value by the direction of the indicator, the lowest where it has none; a quarter is one of "
    "authorities. Both are positions and no test of difference.",
)


def prepared(r: Report) -> SimpleNamespace:
    """What the compendia of all authorities have in common, worked out once: pass it as `ready` where many are made.

    Tables: standing (of authorities), regional (of regions, empty where there are none). `about` gives each indicator's
    label, topic, type and the profile's id by the key that the data name it by; `kinds` the kind of its year.
    """
    kinds = year_kinds(r.profile)
    table = r.whole.indicators
    there = set(table["indicator"].dropna().astype("str").unique())
    about = {}
    for id, indicator in r.profile.indicators.items():
        for key in ([id] if id in there else []) or [k for k in indicator.benchmark.published if k in there][:1]:
            about[key] = indicator
    table = table[table["indicator"].isin(list(about))]
    if r.period.kind != "all":
        table = up_to(table, r.period.end, kinds)
    ways = table["indicator"].astype("str").map({key: i.polarity for key, i in about.items()})
    way = table["polarity"].astype("object")
    table = table.assign(polarity=way.where(way.notna(), ways))
    standing = measure.standings(table)
    values = standing["value"]
    whole = (values.isna() | values.eq(values.round())).groupby(standing["indicator"]).all()
    return SimpleNamespace(
        table=table, about=about, kinds=kinds, standing=standing, last_years=measure.last_years(standing), regional={},
        decimals=dict(whole.map({True: 0, False: 1})),
    )


def compendium(
    r: Report, area: str = "", *, model: str | None = None, ready: SimpleNamespace | None = None
) -> SimpleNamespace:
    """Each indicator with published figures, newest and over the years, by topic; what is out of step; cost by outcome.

    `area`: name or code of an authority, or the name of a region; without it the report's own. `model`: a model of
    statistical neighbours; without it the newest. Tables: latest (one row an indicator, in the profile's order), years
    (one row an indicator and period), exceptions, costs (cost indicators). `sentences`: how many are out of step, then
    one for each topic; `about`: who is compared with whom; `cost_sentences`: cost beside outcomes of its topic.
    Published figures are public: nothing is withheld here but what the publisher withheld.
    """
    ready = ready or prepared(r)
    if ready.standing.empty:
        return _none(r, area)
    code, region = find_area(r, area, ready)
    standing, neighbours = ready.standing, r.whole.neighbours
    if region:
        standing = _regional(ready, region)
        code, neighbours = measure.region_code(region), neighbours.iloc[:0]
    years = measure.compendium_years(standing, neighbours, code or "", model=model)
    if years.empty:
        return _none(r, area)
    last, newest = ready.last_years.get(code), ready.last_years.max()
    ended = int(last) if not region and pd.notna(last) and last < newest else None
    years = _described(years, ready)
    latest = measure.compendium_latest(years, last_year=ended)
    found = exceptions.exceptions(latest, pd.DataFrame())
    costs = latest[latest["is_cost"]]
    rows = latest.to_dict("records")
    ways = [list(dict.fromkeys(found.loc[found["direction"].eq(way), "indicator"]))
            for way in (exceptions.CONCERN, exceptions.IMPROVEMENT)]
    places = "regions" if region else "authorities"
    n_directed = int((latest["value"].notna() & latest["polarity"].isin(list(BETTER))).sum())
    name = region or str(years["area"].dropna().iloc[-1])
    topics = list(dict.fromkeys(latest["topic"]))
    chosen = years["neighbour_model"].dropna()
    used = str(chosen.iloc[0]) if len(chosen) else None
    together = standing[standing["reported_with"].isin(latest["reported_with"].dropna())]
    listed = neighbours[neighbours["area_code"].eq(code) & neighbours["model"].astype("str").eq(str(used))]
    return SimpleNamespace(
        area=name, code=code, is_region=bool(region), model=used, latest=latest, years=years, exceptions=found, costs=costs,
        topics=topics,
        sentences=[told.overall_found(n_directed, *map(len, ways), places=places),
                   *(told.topic_found(topic, [row for row in rows if row["topic"] == topic], *ways, places=places)
                     for topic in topics)],
        about=told.compared_with(
            name, used, listed["neighbour_code"].nunique(), latest.loc[latest["england_note"].notna(), "label"].tolist(), ended,
            sorted(together.loc[together["area_code"].ne(code), "area"].unique()),
        ) if not region else _about_region(name, latest),
        cost_sentences=[s for s in (_cost(row, rows) for row in rows if row["is_cost"]) if s],
    )


def _none(r: Report, area: str) -> SimpleNamespace:
    """What there is to say where nothing was published by the period's end, or not of the area."""
    nothing = pd.DataFrame()
    return SimpleNamespace(
        area=None, code=None, is_region=False, model=None, latest=nothing, years=nothing, exceptions=nothing, costs=nothing,
        topics=[], sentences=[_nothing(r, area)], about=[], cost_sentences=[],
    )


def find_area(r: Report, area: str, ready: SimpleNamespace) -> tuple[str | None, str | None]:
    """The code of an authority, or the name of a region, that the report is about: (code, None), (None, name)."""
    if area and ready.standing["area_code"].eq(area).any():
        return area, None
    code = own_area(r, area)
    if code:
        return code, None
    return None, own_region(r, ready.table, area)


def current_areas(ready: SimpleNamespace) -> pd.DataFrame:
    """The authorities that exist in the newest year of the data: area_code and area, by name."""
    last = ready.last_years
    codes = last.index[last.eq(last.max())] if len(last) else []
    rows = ready.standing[ready.standing["area_code"].isin(codes)].drop_duplicates("area_code", keep="last")
    return rows[["area_code", "area"]].sort_values("area").reset_index(drop=True)


def _regional(ready: SimpleNamespace, region: str) -> pd.DataFrame:
    if region not in ready.regional:
        ready.regional[region] = measure.standings(measure.regions_as_areas(ready.table, region))
    return ready.regional[region]


def _described(years: pd.DataFrame, ready: SimpleNamespace) -> pd.DataFrame:
    """The rows with the profile's words: label, topic, type and the period as a reader knows it; in its order."""
    keys = list(ready.about)
    about = {key: i for key, i in ready.about.items()}
    name = years["indicator"]
    kind = name.map(lambda k: ready.kinds.get(k, FINANCIAL))
    topics = {k: (i.topic[:1].upper() + i.topic[1:]) if i.topic else OTHER for k, i in about.items()}
    order = {t: n for n, t in enumerate(dict.fromkeys(topics[k] for k in keys))}
    return (
        years.assign(
            label=name.map({k: i.label for k, i in about.items()}),
            topic=name.map(topics),
            type=name.map({k: i.type for k, i in about.items()}),
            unit=years["unit"].where(years["unit"].notna(), name.map({k: i.unit for k, i in about.items()})),
            when=[period_words(p, k) for p, k in zip(years["period"], kind, strict=True)],
            is_cost=name.map({k: any(c in i.unit.casefold() for c in COSTS) for k, i in about.items()}).astype(bool),
            decimals=name.map(ready.decimals).fillna(1).astype(int),
            _topic=name.map(topics).map(order),
            _place=name.map({k: n for n, k in enumerate(keys)}),
        )
        .sort_values(["_topic", "_place", "year", "period"], kind="stable")
        .drop(columns=["_topic", "_place"])
        .reset_index(drop=True)
    )


def _cost(cost: dict, rows: list[dict]) -> str:
    outcomes = [row for row in rows if row["type"] == "outcome" and row["topic"] == cost["topic"] and not row["is_cost"]]
    return told.cost_beside_outcome(cost, outcomes)


def _about_region(name: str, latest: pd.DataFrame) -> list[str]:
    n = latest["n_ranked"].max()
    return [f"{name} is a region: its published figures are held against the other regions "
            f"({'none with a value' if pd.isna(n) else f'{n:.0f} with a value'}) and England; a region has no statistical "
            f"neighbours."]


def _nothing(r: Report, area: str) -> str:
    n = r.whole.indicators["area_code"].nunique()
    if not n:
        return "The data hold no published indicators, so there is nothing to compare."
    if area:
        return f"The data hold no published indicators of '{area}' that the profile names. They hold {n} areas, by name or code."
    return (f"No authority is chosen, and the data hold indicators of {n} areas: name one with -p area and its name or code.")


def shown(latest: pd.DataFrame) -> pd.DataFrame:
    """The rows as tables show them: symbols in place of values, units in the label, rank in words."""
    def cells(value: str, symbol: str) -> pd.Series:
        symbols = latest[symbol].map(lambda s: SHOWN.get(s, "[x]") if isinstance(s, str) else s)
        return latest[value].astype(object).where(latest[value].notna(), symbols)

    ranked = latest["rank"].notna()
    return latest.assign(
        indicator_words=[f"{a} ({u})" if isinstance(u, str) and u else a for a, u in
                         zip(latest["label"], latest["unit"], strict=True)],
        value=cells("value", "symbol"),
        value_before=cells("value_before", "symbol_before"),
        england_value=latest["england_value"].astype(object).where(latest["england_note"].isna(), "[z]"),
        better=latest["polarity"].map(BETTER).fillna("[z]"),
        rank_words=[f"{a:.0f} of {b:.0f}" if ok else "[x]" for a, b, ok in
                    zip(latest["rank"], latest["n_ranked"], ranked, strict=True)],
        quarter=latest["quarter"].where(latest["quarter"].notna(),
                                        latest["polarity"].isin(list(BETTER)).map({True: "[x]", False: "[z]"})),
    )


COLUMNS = {
    "indicator_words": "Indicator",
    "when": "Period",
    "value": ("Value", "number", "", 1),
    "value_before": ("Year before", "number", "", 1),
    "neighbours_mean": ("Neighbours, mean", "number", "", 1),
    "region_value": ("Region", "number", "", 1),
    "england_value": ("England", "number", "", 1),
    "rank_words": "Rank",
    "quarter": "Quarter",
    "better": "Better is",
}


def show_compendium(r: Report, s: SimpleNamespace, apart: Iterable[pd.DataFrame] = ()) -> None:
    """What each topic says, a folded table for each, and the topics that need a closer look over the years.

    Where indicators are few, one table holds all. Those in one of the tables `apart` have a table of their own elsewhere
    in the report.
    """
    show_sentences([*s.about, *s.sentences], as_list=True)
    if not len(s.latest):
        return
    elsewhere = {i for table in apart if len(table) for i in table["indicator"]}
    here = s.latest[~s.latest["indicator"].isin(elsewhere)]
    topics = list(dict.fromkeys(here["topic"]))
    empty = [c for c in ("neighbours_mean", "region_value") if s.latest[c].isna().all()]
    if few := len(here) <= MOST_IN_ONE and len(topics) > 1:
        columns = {"topic": "Topic", **{k: v for k, v in COLUMNS.items() if k not in empty}}
        show_table(shown(here), f"{s.area} beside others, by topic", columns, notes=NOTES, row_headers=2, folded=True)
    for topic in [] if few else topics:
        rows = here[here["topic"].eq(topic)]
        show_table(
            shown(rows), f"{topic}: {s.area} beside others",
            {k: v for k, v in COLUMNS.items() if k not in empty}, notes=NOTES if topic == topics[0] else (), folded=True,
        )
    for topic, rows in charts_of(s):
        show_chart(
            charts.year_lines(
                rows, title=f"{topic}: {s.area} over the years", subtitle="Published figures, each panel on its own scale",
                source="Source: published indicators, as their publishers give them.", names=line_names(s),
            )
        )


def line_names(s: SimpleNamespace) -> dict[str, str]:
    names = {"value": s.area, "neighbours_mean": "Neighbours (mean)", "england_value": "England"}
    return {k: v for k, v in names.items() if not (s.is_region and k == "neighbours_mean")}


def charts_of(s: SimpleNamespace) -> list[tuple[str, pd.DataFrame]]:
    """The topics that are drawn and the rows of at most six indicators each: those out of step and those ranked worst.

    Where nothing is out of step and nothing lies in the worst quarter, the first topic with outcomes is drawn.
    """
    concerns = set(s.exceptions["indicator"]) if len(s.exceptions) else set()
    latest = s.latest.assign(
        weight=s.latest["indicator"].isin(concerns) * 10 + s.latest["quarter"].eq("worst quarter").astype(int)
    )
    weights = latest.groupby("topic", sort=False)["weight"].sum().sort_values(ascending=False, kind="stable")
    topics = list(weights[weights > 0].index[:MOST_CHARTS])
    if not topics:
        topics = list(latest.loc[latest["type"].eq("outcome") & latest["value"].notna(), "topic"].head(1))
    out = []
    for topic in topics:
        rows = latest[latest["topic"].eq(topic) & latest["value"].notna()].sort_values(
            "weight", ascending=False, kind="stable")
        ids = (rows[rows["weight"].gt(0)] if rows["weight"].any() else rows)["indicator"].head(MOST_PANELS)
        rows = s.years[s.years["indicator"].isin(ids)].assign(period=lambda t: t["when"])
        if rows["value"].notna().any():
            out.append((topic, rows))
    return out
