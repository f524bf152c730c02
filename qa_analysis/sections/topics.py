"""One topic of performance by itself: what its tests say, what no test can say, and its figures beside others'."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd

from qa_analysis import narrative as words
from qa_analysis.context import Report
from qa_analysis.disclosure import count_in_words
from qa_analysis.measures import exceptions
from qa_analysis.published import FINANCIAL, period_words, year_kinds
from qa_analysis.sections.performance import BESIDE, value_cells
from qa_analysis.show import show_table
from qa_analysis.symbols import SYMBOLS

WORKFORCE = ("workforce", "supervision")
COST = "£"


def of_topics(r: Report, measured: SimpleNamespace, topics: tuple[str, ...], what: str) -> SimpleNamespace:
    """The profile's indicators on these topics: vacancies and turnover, or requests for assessment.

    `measured` of `performance.against_others`; `what` names them in words ("the workforce"). Table: one row an indicator in
    the profile's order, as `measured.benchmarks`, with `label` and `when` (its period) as a reader knows them. `sentences`: what
    differs or changed by a test; what doesn't; what can't be tested, and why; local counts and their targets.
    """
    table = _own(r, measured.benchmarks, {id for id, i in r.profile.indicators.items() if i.topic in topics})
    if not len(table):
        return SimpleNamespace(exists=False, table=table, what=what, area=measured.area,
                               sentences=[words.sentence(
                                   f"the data hold no indicator of {what} up to the end of {r.year.name}")])
    return SimpleNamespace(exists=True, table=table, what=what, area=measured.area, sentences=_sentences(r, measured, table))


def workforce(r: Report, measured: SimpleNamespace) -> SimpleNamespace:
    """Vacancies, turnover, agency staff, caseload, absence, registration and checks, as far as the data hold them."""
    return of_topics(r, measured, WORKFORCE, "the workforce")


def show_topics(r: Report, s: SimpleNamespace) -> None:
    """The indicators beside their targets, the year before, neighbours, region and England."""
    if not s.exists:
        return
    shown = s.table.assign(value=value_cells(s.table)).drop(columns="suppressed")
    columns = {"label": "Indicator", "when": "Period", **BESIDE}
    notes = ["Quarter is a position among authorities and no test."] if shown["quarter"].notna().any() else []
    show_table(shown, f"Indicators of {s.what}, {s.area}",
               {k: v for k, v in columns.items() if shown[k].notna().any()}, notes=notes)


def cost_beside_outcome(r: Report, measured: SimpleNamespace) -> SimpleNamespace:
    """Each indicator of cost for a unit (£ a child) with the outcomes of its topic, so that neither is read alone.

    Table: one row an indicator, the cost before the outcomes of each topic, as `of_topics`; `costs`: the rows of costs alone.
    """
    costs = [i for i in r.profile.indicators.values() if i.unit.startswith(COST) and i.denominator and i.topic]
    parts, out = [], []
    for cost in costs:
        beside = {i.id for i in r.profile.indicators.values() if i.topic == cost.topic and i.type == "outcome"}
        own = _own(r, measured.benchmarks, {cost.id})
        if not len(own):
            continue
        outcomes = _own(r, measured.benchmarks, beside)
        parts += [own.assign(kind="Cost"), outcomes.assign(kind="Outcome")]
        out += _cost_words(r, measured, own.iloc[0], outcomes, cost)
    table = pd.concat([p for p in parts if len(p)], ignore_index=True) if parts else pd.DataFrame()
    return SimpleNamespace(exists=bool(parts), table=table, costs=table[table["kind"] == "Cost"] if parts else table,
                           area=measured.area, sentences=out)


def show_cost(r: Report, s: SimpleNamespace) -> None:
    """The cost and the outcomes of its topic under each other."""
    if not s.exists:
        return
    shown = s.table.assign(value=value_cells(s.table)).drop(columns="suppressed")
    is_cost = shown["kind"].eq("Cost")
    for column in ("value", "value_before", "neighbours_mean", "region_value", "england_value"):
        pounds = shown[column].map(lambda v: v if isinstance(v, str) or words.is_missing(v) else f"{COST}{words.number(v)}")
        shown[column] = shown[column].astype(object).mask(is_cost, pounds)
    columns = {"label": "Indicator", "kind": "Kind", "when": "Period", **BESIDE}
    show_table(shown, f"Cost beside outcome, {s.area}", {k: v for k, v in columns.items() if shown[k].notna().any()},
               notes=["Beside each other, not one because of the other: many things other than spending bear on outcomes."])


# --- workings --------------------------------------------------------------------------------------------------------


def _own(r: Report, table: pd.DataFrame, ids: set[str]) -> pd.DataFrame:
    """The rows of these indicators, by their own id or a published one, in the profile's order."""
    if not len(table):
        return table
    place, label, unit = {}, {}, {}
    for n, (id, i) in enumerate(r.profile.indicators.items()):
        for key in (id, *i.benchmark.published) if id in ids else ():
            place[key], label[key], unit[key] = n, i.label, i.unit
    own = table[table["indicator"].isin(place)].copy()
    kinds = year_kinds(r.profile)
    own["name"] = own["indicator"].map(label).astype("str")
    own["label"] = [f"{label[i]} ({unit[i]})" if unit[i].startswith("per ") else label[i] for i in own["indicator"]]
    own["when"] = [period_words(p, kinds.get(i, FINANCIAL)) for p, i in zip(own["period"], own["indicator"], strict=True)]
    return own.sort_values("indicator", key=lambda c: c.map(place), kind="stable").reset_index(drop=True)


def _sentences(r: Report, measured: SimpleNamespace, table: pd.DataFrame) -> list[str]:
    out, found = [], measured.exceptions
    found = found[found["indicator"].isin(table["indicator"])] if len(found) else found
    for id, rows in (found.groupby("indicator", sort=False) if len(found) else ()):
        row = table[table["indicator"] == id].iloc[0]
        out.append(f"{row['label']}, {row['when']}: {_reasons(rows)}")
    rest = table[~table["indicator"].isin(found["indicator"])] if len(found) else table
    tested = rest[rest[["p_england", "p_neighbours"]].notna().any(axis=1)]
    if len(tested):
        out.append(f"no clear difference from other authorities in {words.listed(tested['name'])}")
    untested = table[table[["p_england", "p_neighbours"]].isna().all(axis=1)]
    for row in untested[untested["value"].isna() & ~untested["is_local"]].to_dict("records"):
        why = SYMBOLS.get(row["symbol"], "not published") if isinstance(row["symbol"], str) else "not published"
        out.append(f"{row['label']}, {row['when']}: the figure {_said(why)}, so it can't be compared")
    alone = untested[untested["value"].notna() & ~untested["is_local"]]
    if len(alone):
        out.append(f"too few other authorities have a figure to test {words.listed(alone['label'])} against them")
    yearly = table[~table["period"].astype(str).str.fullmatch(r"\d{4}-(0[1-9]|1[0-2])") & table["value_before"].notna()]
    if len(yearly):
        out.append("one figure a year allows no test of change: the year before stands beside each, and a difference may be "
                   "chance")
    changed = set(found.loc[found["kind"] == exceptions.CHANGE, "indicator"]) if len(found) else set()
    out += [_local(r, row, row["indicator"] in changed, measured.points) for row in table[table["is_local"]].to_dict("records")]
    return [words.sentence(s) for s in out]


def _reasons(rows: pd.DataFrame) -> str:
    """Its reasons in one: of England and the neighbours the latter, who are most alike."""
    kinds = list(rows["kind"])
    keep = [k for k in kinds if not (k == exceptions.ENGLAND and exceptions.NEIGHBOURS in kinds)]
    reasons = [w[:1].lower() + w[1:].rstrip(".") for w in rows.loc[rows["kind"].isin(keep), "reason"]]
    return "; ".join(reasons)


def _said(symbol: str) -> str:
    return symbol if symbol.startswith("rounds") else f"is {symbol}"


def _local(r: Report, row: dict, changed: bool, points: pd.DataFrame) -> str:
    """A count that nobody publishes: how many of how many, against the target; whether its months changed."""
    least = r.rule.smallest_count
    count, n = row["numerator"], row["denominator"]
    if row["suppressed"] and count >= least and n >= least:
        said = f"{row['label']}, {row['when']}: all but {count_in_words(n - count, least)} of {words.number(n)}"
    elif row["suppressed"]:
        said = f"{row['label']}, {row['when']}: the numbers are too small to show"
    else:
        of = f"{words.number(count)} of {words.number(n)}"
        said = f"{row['label']}, {row['when']}: {words.figure(row['value'], row['unit'])} ({of})"
    if not words.is_missing(row["target"]) and row["vs_target"] in ("better", "worse", "same"):
        against = {"better": "better than", "worse": "short of", "same": "at"}[row["vs_target"]]
        said += f", {against} the target of {words.figure(row['target'], row['unit'], 0)}"
    n_months = int(points.loc[points["series_id"] == row["indicator"], "value"].notna().sum()) if len(points) else 0
    if not changed and n_months >= exceptions.MIN_POINTS:
        said += f"; no sign of a change over {words.counted(n_months, 'month')}"
    return said


def _cost_words(r: Report, measured: SimpleNamespace, own: pd.Series, outcomes: pd.DataFrame, cost) -> list[str]:
    if words.is_missing(own["value"]):
        return [words.sentence(f"{cost.label}, {own['when']}: no figure is published")]
    said = f"{cost.label}, {own['when']}: {COST}{words.number(own['value'])}"
    whom = [f"{COST}{words.number(own[c])} {where}" for c, where in
            (("neighbours_mean", "on average in its statistical neighbours"), ("england_value", "in England"))
            if not words.is_missing(own[c])]
    if whom:
        tests = [own[p] for p in ("p_england_adjusted", "p_neighbours_adjusted") if not words.is_missing(own[p])]
        apart = min(tests, default=None)
        verdict = ("too few authorities have a figure to test the difference" if apart is None else
                   "further apart than authorities differ among themselves" if apart < 0.05 else
                   "no more apart than authorities differ among themselves")
        said += f", against {words.listed(whom)}; {verdict}"
    out = [words.sentence(said)]
    if not len(outcomes):
        return [*out, words.sentence(f"no outcome of {cost.topic} is in the data to set beside it")]
    for told, named in _outcomes_by_test(measured, outcomes).items():
        one, many = _TOLD[told]
        out.append(words.sentence(f"beside it, of the outcomes for {cost.topic}: {words.listed(named)} "
                                  f"{one if len(named) == 1 else many}"))
    return out


_TOLD = {  # by what the tests say, of one outcome and of several
    exceptions.CONCERN: ("gives cause to look closer", "give cause to look closer"),
    exceptions.IMPROVEMENT: ("stands out as better", "stand out as better"),
    "no sign": ("shows nothing that chance would not explain", "show nothing that chance would not explain"),
    "untested": ("can't be tested", "can't be tested"),
}


def _outcomes_by_test(measured: SimpleNamespace, outcomes: pd.DataFrame) -> dict[str, list[str]]:
    """The outcomes' names by what their tests say, in the order of _TOLD."""
    found, points = measured.exceptions, measured.points
    n_months = points[points["value"].notna()].groupby("series_id").size() if len(points) else pd.Series(dtype=int)
    out: dict[str, list[str]] = {told: [] for told in _TOLD}
    for row in outcomes.to_dict("records"):
        ways = set(found.loc[found["indicator"] == row["indicator"], "direction"]) if len(found) else set()
        tested = n_months.get(row["indicator"], 0) >= exceptions.MIN_POINTS or not all(
            words.is_missing(row[p]) for p in ("p_england", "p_neighbours"))
        told = next((w for w in (exceptions.CONCERN, exceptions.IMPROVEMENT) if w in ways), "no sign" if tested else "untested")
        out[told].append(row["label"])
    return {told: named for told, named in out.items() if named}
