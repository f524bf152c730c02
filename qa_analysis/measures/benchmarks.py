"""Where an authority stands on each indicator: against its target, last year, its neighbours, region and England.

Input is the `indicators` table (one row is one indicator, area and period) and the `neighbours` table (one row is one
statistical neighbour of one area in one model). A value that was suppressed or not published is missing and takes part
in nothing: not in an average, a rank or a comparison; its symbol is kept for the reader. A true zero is a value.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from qa_analysis.errors import UserError
from qa_analysis.measures.compare import adjust_p

AUTHORITY, REGION, ENGLAND = "authority", "region", "England"
MIN_AREAS = 8  # fewer other areas with a value than this give no interval to be out of step with
BETTER, WORSE, SAME, NO_DIRECTION = "better", "worse", "same", "no direction"
QUARTER_NAMES = {1: "best quarter", 2: "second best quarter", 3: "second worst quarter", 4: "worst quarter"}


class BenchmarkError(UserError):
    """The area, period or model asked for is not in the tables; the message names what is."""


def benchmark_table(
    indicators: pd.DataFrame,
    neighbours: pd.DataFrame,
    area_code: str,
    *,
    period: str | None = None,
    targets: pd.DataFrame | None = None,
    model: str | None = None,
) -> pd.DataFrame:
    """One row per indicator: the authority's value and all that it can be held against.

    `period` is a published period ("2025"); without it each indicator's newest period with a value or symbol for the
    area, of those in which other areas are published (a monthly series of the authority's own has none).
    `targets` has indicator and target. `model` is a neighbour model; without it the newest that lists the area.
    Columns: indicator, indicator_name, unit, polarity, period, value, symbol, numerator, denominator; period_before,
    value_before; target; neighbours_mean, neighbours_median, n_neighbours (with a value), neighbour_model; region,
    region_value; england_value, england_basis; rank (1 is the best value by polarity, the lowest where
    neither is better), n_ranked, quartile_1, quartile_2,
    quartile_3 (linear interpolation over authorities), quarter; `vs_*` = better | worse | same | no direction (by
    polarity) or missing; p_england, p_neighbours as in `out_of_step`.
    Raises BenchmarkError for an area without a row.
    """
    area_code = str(area_code)
    table = indicators[indicators["period"].notna()]
    own = table[table["area_code"].eq(area_code) & table["area_level"].eq(AUTHORITY)]
    if own.empty:
        codes = table.loc[table["area_level"].eq(AUTHORITY), "area_code"].dropna().unique()
        raise BenchmarkError(
            f"area '{area_code}' has no indicators. There are {len(codes)} authorities, "
            f"among them {', '.join(map(str, codes[:5]))}."
        )
    own = own.assign(year=_year(own["period"]))
    now = own[own["period"].eq(str(period))] if period else own[own["value"].notna() | own["symbol"].notna()]
    now = (
        now.assign(is_compared=_has_others(now, table, area_code))
        .sort_values(["indicator", "is_compared", "year", "period"])
        .groupby("indicator", observed=True, sort=True)
        .tail(1)
    )
    now = now.reset_index(drop=True)
    out = now[
        ["indicator", "indicator_name", "unit", "polarity", "period", "value", "symbol", "numerator", "denominator"]
    ].copy()
    out = out.merge(_value_before(own, now), how="left", on="indicator")
    out = _with_targets(out, targets)
    same = table.merge(now[["indicator", "period"]], on=["indicator", "period"])
    out = out.merge(_neighbour_values(same, neighbours, area_code, model), how="left", on="indicator")
    out = out.merge(_region_values(same, own), how="left", on="indicator")
    out = out.merge(england_values(same), how="left", on="indicator")
    out = _only_averages(out, same)
    out = out.merge(_ranks(same, area_code), how="left", on="indicator")
    out = out.merge(out_of_step(same, neighbours, area_code, model=model), how="left", on="indicator")
    out["quarter"] = [
        _quarter(*row)
        for row in out[["value", "quartile_1", "quartile_2", "quartile_3", "polarity"]].itertuples(index=False)
    ]
    return with_positions(out)


COMPARED = {"target": "target", "last_year": "value_before", "neighbours": "neighbours_mean", "region": "region_value",
            "england": "england_value"}


def with_positions(table: pd.DataFrame) -> pd.DataFrame:
    """The table with `vs_*` for each figure of COMPARED that it has: better, worse, same, no direction, or missing."""
    return table.assign(**{f"vs_{name}": _position(table["value"], table[other], table["polarity"])
                           for name, other in COMPARED.items() if other in table})


def england_values(indicators: pd.DataFrame) -> pd.DataFrame:
    """England's value of each indicator and period: as a ratio of sums, never a mean of authorities' percentages.

    Columns: indicator, england_value, england_basis. 'ratio of sums' where the England row (else every authority with
    both numbers) has numerator and denominator, in the scale of the published value (percent, or the ratio itself
    where the value is not a percentage of the two); else 'published'. One authority alone stands for no England.
    Input holds one period per indicator.
    """
    england = indicators[indicators["area_level"].eq(ENGLAND)].drop_duplicates("indicator")
    out = england[["indicator", "value", "numerator", "denominator"]].copy()
    ratio = out["numerator"] / out["denominator"].where(out["denominator"] > 0) * 100
    # only where numerator and denominator do make the published figure (to its rounding) is it a percentage of the two
    use = ratio.notna() & ((ratio - out["value"]).abs() <= 0.5)
    out["england_value"] = ratio.where(use, out["value"])
    out["england_basis"] = np.where(use, "ratio of sums", "published")
    absent = indicators[indicators["area_level"].eq(AUTHORITY) & ~indicators["indicator"].isin(out["indicator"])]
    both = absent[absent["numerator"].notna() & absent["denominator"].gt(0)]
    both = both[both.groupby("indicator")["area_code"].transform("nunique") > 1]  # one authority alone is no England
    sums = both.groupby("indicator", observed=True)[["numerator", "denominator"]].sum().reset_index()
    sums["england_value"] = sums["numerator"] / sums["denominator"] * 100
    sums["england_basis"] = "ratio of sums of the authorities"
    columns = ["indicator", "england_value", "england_basis"]
    return pd.concat([out.loc[out["england_value"].notna(), columns], sums[columns]], ignore_index=True)


def neighbour_codes(neighbours: pd.DataFrame, area_code: str, model: str | None = None) -> tuple[list[str], str | None]:
    """The codes of an area's statistical neighbours, closest first, and the model that names them.

    Without `model` the newest model that lists the area; an area in no model has none.
    Raises BenchmarkError for a model that is not in the table.
    """
    if model is not None and str(model) not in set(neighbours["model"].astype(str)):
        raise BenchmarkError(
            f"neighbour model '{model}' is not in the data. "
            f"There are: {', '.join(sorted(neighbours['model'].astype(str).unique())) or 'none'}."
        )
    rows = neighbours[neighbours["area_code"].eq(str(area_code))]
    if model is not None:
        rows = rows[rows["model"].astype(str).eq(str(model))]
    if rows.empty:
        return [], None
    newest = rows["model"].astype(str).max()
    chosen = rows[rows["model"].astype(str).eq(newest)].sort_values("rank")
    return chosen["neighbour_code"].astype(str).tolist(), newest


def out_of_step(
    indicators: pd.DataFrame, neighbours: pd.DataFrame, area_code: str, *, model: str | None = None
) -> pd.DataFrame:
    """How unusual the authority's value is among all other authorities and among its neighbours.

    Columns: indicator, p_england, p_neighbours: two-sided p that a further area of the same kind lies so far from
    the others' mean (Student's t prediction interval: mean ± t s √(1 + 1/n); Hahn and Meeker, 1991), and the
    same corrected for the number of indicators (Benjamini and Hochberg, 1995) as p_england_adjusted,
    p_neighbours_adjusted. Missing under MIN_AREAS other values or where they do not vary.
    Input holds one period per indicator.
    """
    codes, _ = neighbour_codes(neighbours, area_code, model)
    rows = indicators[indicators["area_level"].eq(AUTHORITY) & indicators["value"].notna()]
    is_own = rows["area_code"].eq(str(area_code))
    own = rows[is_own].groupby("indicator", observed=True)["value"].first()
    out = pd.DataFrame({"indicator": sorted(indicators["indicator"].dropna().unique())})
    for name, others in (("england", rows[~is_own]), ("neighbours", rows[rows["area_code"].isin(codes)])):
        spread = others.groupby("indicator", observed=True)["value"].agg(["mean", "std", "count"])
        spread = spread.join(own.rename("own"), how="inner")
        p = p_of_distance(spread["own"], spread["mean"], spread["std"], spread["count"])
        out[f"p_{name}"] = out["indicator"].map(p)
        out[f"p_{name}_adjusted"] = adjust_p(out[f"p_{name}"].to_numpy(dtype=float), "BH")
    return out


def p_of_distance(own: pd.Series, mean: pd.Series, std: pd.Series, count: pd.Series) -> pd.Series:
    """Two-sided p that a further area lies so far from the mean of `count` others; missing where it can't be told."""
    usable = (count >= MIN_AREAS) & (std > 1e-9)
    t = (own - mean) / (std.where(usable) * np.sqrt(1 + 1 / count.where(usable)))
    return pd.Series(2 * stats.t.sf(t.abs(), count - 1), index=own.index).where(usable)


def _has_others(own: pd.DataFrame, table: pd.DataFrame, area_code: str) -> pd.Series:
    """True for each of the area's rows whose indicator and period other areas have too."""
    others = table.loc[table["area_code"].ne(area_code), ["indicator", "period"]].drop_duplicates()
    return pd.Series(
        pd.MultiIndex.from_frame(own[["indicator", "period"]].astype(str)).isin(
            pd.MultiIndex.from_frame(others.astype(str))
        ),
        index=own.index,
    )


def _year(periods: pd.Series) -> pd.Series:
    return pd.to_numeric(periods.astype(str).str[:4], errors="coerce")


def _value_before(own: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """The value one year earlier, for periods of the same form; a gap of more than a year is no last year."""
    this = now[["indicator", "period"]].assign(year=_year(now["period"]))
    pairs = this.merge(own[["indicator", "period", "year", "value"]], on="indicator", suffixes=("", "_before"))
    same_form = pairs["period"].str.replace(r"\d", "9", regex=True) == pairs["period_before"].str.replace(
        r"\d", "9", regex=True
    )
    pairs = pairs[(pairs["year_before"] == pairs["year"] - 1) & same_form & _same_tail(pairs)]
    return pairs.rename(columns={"value": "value_before"})[
        ["indicator", "period_before", "value_before"]
    ].drop_duplicates("indicator")


def _same_tail(pairs: pd.DataFrame) -> pd.Series:
    """Monthly periods (2019-09) compare with the same month; yearly ones (2025, 2024-25) with the year before."""
    monthly, month_before = (_is_month(pairs[f"period{e}"], pairs[f"year{e}"]) for e in ("", "_before"))
    return (monthly == month_before) & (~monthly | (pairs["period"].str[4:] == pairs["period_before"].str[4:]))


def _is_month(periods: pd.Series, years: pd.Series) -> pd.Series:
    """True for 2019-09, which is a month; 2009-10 is a year, as its end follows its beginning."""
    follows = periods.str[5:7].eq((years + 1).mod(100).astype("Int64").astype(str).str.zfill(2))
    return periods.str.fullmatch(r"\d{4}-(0[1-9]|1[0-2])") & ~follows


def _with_targets(out: pd.DataFrame, targets: pd.DataFrame | None) -> pd.DataFrame:
    if targets is None or targets.empty:
        return out.assign(target=np.nan)
    repeated = targets[targets["indicator"].duplicated(keep=False)]
    if len(repeated):
        raise BenchmarkError(f"indicator '{repeated['indicator'].iloc[0]}' has {len(repeated)} targets; give one each.")
    return out.merge(targets[["indicator", "target"]], how="left", on="indicator")


def _neighbour_values(rows: pd.DataFrame, neighbours: pd.DataFrame, area_code: str, model: str | None) -> pd.DataFrame:
    codes, used = neighbour_codes(neighbours, area_code, model)
    theirs = rows[rows["area_level"].eq(AUTHORITY) & rows["area_code"].isin(codes)]
    table = (
        theirs.groupby("indicator", observed=True)["value"]
        .agg(neighbours_mean="mean", neighbours_median="median", n_neighbours="count")
        .reset_index()
    )
    return table.assign(neighbour_model=used)


def _region_values(rows: pd.DataFrame, own: pd.DataFrame) -> pd.DataFrame:
    """The value of the authority's region; region names are matched without regard to case, order or brackets."""
    named = own["region"].dropna()
    columns = ["indicator", "region", "region_value"]
    if named.empty:
        return pd.DataFrame(columns=columns)
    name = str(named.iloc[-1])
    regions = rows[rows["area_level"].eq(REGION)]
    mine = regions[regions["area"].map(_bare) == _bare(name)].drop_duplicates("indicator")
    return mine.assign(region=name).rename(columns={"value": "region_value"})[columns]


def _bare(name: object) -> str:
    text = "".join(c if c.isalnum() else " " for c in str(name).casefold())
    return " ".join(sorted(text.split()))


def _only_averages(out: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Without England's figure where it lies outside the range of all authorities: then it is a total or on another basis.

    First-time entrants to youth justice are published as 1,258 for England and 63 to 318 for authorities: the sum of the
    regions' rates.
    """
    areas = rows[rows["area_level"].eq(AUTHORITY)]
    spread = areas.groupby("indicator", observed=True)["value"].agg(["min", "max", "count"]).reindex(out["indicator"])
    spread.index = out.index
    outside = (out["england_value"] < spread["min"] - 1e-9) | (out["england_value"] > spread["max"] + 1e-9)
    outside &= spread["count"] >= MIN_AREAS
    basis = out["england_basis"].mask(outside, "not comparable: outside the range of all authorities")
    return out.assign(england_value=out["england_value"].mask(outside), england_basis=basis)


def _ranks(rows: pd.DataFrame, area_code: str) -> pd.DataFrame:
    areas = rows[rows["area_level"].eq(AUTHORITY) & rows["value"].notna()].copy()
    areas["value"] = areas["value"].round(9)  # published values carry binary residue that would break ties
    grouped = areas.groupby("indicator", observed=True)["value"]
    highest_first = areas["polarity"].astype(object).eq("high")
    areas["rank"] = grouped.rank(method="min").where(~highest_first, grouped.rank(method="min", ascending=False))
    areas["n_ranked"] = grouped.transform("count")
    quartiles = grouped.quantile([0.25, 0.5, 0.75]).unstack()
    quartiles.columns = ["quartile_1", "quartile_2", "quartile_3"]
    own = areas[areas["area_code"].eq(area_code)].drop_duplicates("indicator")
    out = quartiles.reset_index().merge(own[["indicator", "rank", "n_ranked"]], how="left", on="indicator")
    figures = [c for c in out if c != "indicator"]
    return out.assign(**out[figures].mask(out["n_ranked"].eq(1)))  # one authority alone has no rank and lies in no quarter


def _quarter(value: float, first: float, second: float, third: float, polarity: object) -> str | None:
    """Which quarter of authorities the value lies in, best first by polarity; None without value or direction."""
    if pd.isna(value) or pd.isna(first) or polarity not in ("high", "low"):
        return None
    band = 1 + (value > first) + (value > second) + (value > third)
    return QUARTER_NAMES[5 - band if polarity == "high" else band]


def _position(value: pd.Series, other: pd.Series, polarity: pd.Series) -> pd.Series:
    """Whether the value is better or worse than the other, by polarity; missing where either is missing."""
    value, other = (pd.to_numeric(v, errors="coerce").astype(float) for v in (value, other))
    gap = (value - other).where(~np.isclose(value, other, atol=1e-9, rtol=0), 0.0)
    sign = gap.mul(polarity.astype(object).map({"high": 1, "low": -1}).astype(float))
    words = np.select(
        [gap.isna(), sign.isna() & (gap != 0), gap == 0, sign > 0], [None, NO_DIRECTION, SAME, BETTER], WORSE
    )
    return pd.Series(words, index=value.index, dtype=object)
