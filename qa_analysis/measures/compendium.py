"""Benchmark compendium: where an area stands on each published indicator in every year, beside all it can be held against.

Input is the `indicators` table (one row is one indicator, area and period) and the `neighbours` table. England's and a
region's figure are the published ones, which are ratios of sums; the mean of authorities' percentages is never used for
either. Statistical neighbours have no published figure: theirs is the unweighted mean (and median) of those with a value.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from qa_analysis.measures.benchmarks import (
    AUTHORITY,
    ENGLAND,
    MIN_AREAS,
    NO_DIRECTION,
    QUARTER_NAMES,
    REGION,
    _bare,
    neighbour_codes,
    p_of_distance,
    with_positions,
)
from qa_analysis.measures.compare import adjust_p

SAID = ("c", "k", "low", "u", "~")  # symbols of an authority that exists: it had a figure that could not be shown
LEAST_SAID = 0.25  # an authority that gives under a quarter of a year's indicators had ceased to exist or did not yet
PARTS_OF_A_REGION = ("inner london", "outer london")
_QUARTILES = ["quartile_1", "quartile_2", "quartile_3"]
_KEY = ["indicator", "period"]


def standings(indicators: pd.DataFrame) -> pd.DataFrame:
    """Every authority's figure in every period with its rank, quartile band, region and England beside it.

    One row per indicator, period and authority; made once for all authorities. Columns: indicator, indicator_name, unit,
    polarity, period, year (the first that the period names), area_code, area, region, value, symbol, numerator,
    denominator, reported_with (code of the joint row that the figure comes from, else missing), rank (1 is the best by
    polarity, the lowest where neither is better), n_ranked, quartile_1 to 3 (linear interpolation over authorities),
    quarter (missing without a direction), region_value, england_value, england_basis ('published', or 'ratio of sums of
    the authorities' where England has no row), england_note, p_england (as in `out_of_step`).
    Periods in which only one area has a row (an authority's own months) are left out. Where two authorities report in one
    row (a code such as "314 / 318") the row is ranked once, and each of the two has its figure.
    A figure for England or a region that lies outside the range of all authorities (a total of counts, or on another
    basis) is not held against them: it is missing, and england_note says what was published.
    """
    rows = indicators[indicators["period"].notna()]
    rows = rows.assign(
        **{c: rows[c].astype("str") for c in ("indicator", "period", "area_level")},
        value=pd.to_numeric(rows["value"]).round(9),  # published values carry binary residue that would break ties
    )
    rows = rows.assign(key=rows.groupby(_KEY, sort=False).ngroup())
    areas = rows[rows["area_level"].eq(AUTHORITY) & rows["area_code"].notna()]
    compared = rows.groupby("key")["area_code"].nunique()
    areas = areas[areas["key"].map(compared) > 1].drop_duplicates(["key", "area_code"])
    areas = areas.assign(
        year=pd.to_numeric(areas["period"].str[:4], errors="coerce"), polarity=areas["polarity"].astype("object")
    )
    columns = [*_KEY, "indicator_name", "unit", "polarity", "year", "area_code", "area", "region", "value", "symbol"]
    columns += ["numerator", "denominator", "reported_with", "rank", "n_ranked", *_QUARTILES, "quarter"]
    columns += ["region_value", "england_value", "england_basis", "england_note", "p_england"]
    if areas.empty:
        return pd.DataFrame(columns=columns)
    by_key = areas.groupby("key")["value"]
    high = areas["polarity"].eq("high")
    areas = areas.assign(
        rank=by_key.rank(method="min").where(~high, by_key.rank(method="min", ascending=False)),
        n_ranked=by_key.transform("count").where(areas["value"].notna()),
    )
    quartiles = by_key.quantile([0.25, 0.5, 0.75]).unstack().set_axis(_QUARTILES, axis=1)
    areas = areas.merge(quartiles, left_on="key", right_index=True, how="left")
    areas["quarter"] = _quarters(areas)
    areas["p_england"] = _p_england(areas)
    areas = _with_england(areas, rows)
    areas = _with_region(areas, rows)
    return _split_joint(areas.assign(reported_with=None))[columns].reset_index(drop=True)


def compendium_years(
    standing: pd.DataFrame, neighbours: pd.DataFrame, area_code: str, *, model: str | None = None
) -> pd.DataFrame:
    """One row per indicator and period of one authority, oldest first: its standing, its neighbours, the change in a year.

    Columns: those of `standings`, neighbours_mean, neighbours_median, n_neighbours (with a value), p_neighbours,
    neighbour_model, period_before, value_before, symbol_before and change (value less the one a year earlier, in the
    indicator's unit; a gap of more than a year has none). The neighbours are the same ten in all years: those of `model`,
    without it of the newest model that lists the area. Raises BenchmarkError for a model that is not in the table.
    """
    own = standing[standing["area_code"].eq(str(area_code))].sort_values(["indicator", "year", "period"])
    codes, used = neighbour_codes(neighbours, area_code, model)
    theirs = standing[standing["area_code"].isin(codes)].groupby(_KEY, sort=False)["value"]
    beside = theirs.agg(["mean", "median", "std", "count"]).reset_index()
    beside = beside.rename(columns={c: f"neighbours_{c}" for c in ("mean", "median", "std")})
    beside = beside.rename(columns={"count": "n_neighbours"})
    out = own.merge(beside, on=_KEY, how="left").assign(neighbour_model=used)
    out["n_neighbours"] = out["n_neighbours"].fillna(0).astype(int)
    out["p_neighbours"] = p_of_distance(
        out["value"], out["neighbours_mean"], out.pop("neighbours_std"), out["n_neighbours"]
    )
    form = out["period"].str.replace(r"\d", "9", regex=True)
    earlier = out.groupby("indicator", sort=False)
    follows = earlier["year"].shift().eq(out["year"] - 1) & form.eq(form.groupby(out["indicator"]).shift())
    out["period_before"] = earlier["period"].shift().where(follows)
    out["value_before"] = earlier["value"].shift().where(follows)
    out["symbol_before"] = earlier["symbol"].shift().where(follows)
    out["change"] = out["value"] - out["value_before"]
    return out


def compendium_latest(years: pd.DataFrame, *, last_year: float | None = None) -> pd.DataFrame:
    """One row per indicator: the newest period of `years` with a value or symbol, and how it compares and has changed.

    Columns: those of `compendium_years`; first_period, first_value and change_since_first (over the years with a value);
    vs_last_year, vs_neighbours, vs_region, vs_england: better | worse | same | no direction (by polarity), missing where
    either is; p_england_adjusted and p_neighbours_adjusted, the p of `out_of_step` corrected for the number of indicators
    (Benjamini and Hochberg, 1995).
    `last_year`: of an authority that has been abolished, the last year it had figures; later blanks are left out.
    """
    there = years[years["value"].notna() | years["symbol"].notna()]
    if last_year is not None:
        there = there[there["year"].le(last_year) & there["value"].notna()]
    out = there.groupby("indicator", sort=False).tail(1).reset_index(drop=True)
    known = years[years["value"].notna()].drop_duplicates("indicator")[["indicator", "period", "value"]]
    known = known.set_axis(["indicator", "first_period", "first_value"], axis=1)
    out = out.merge(known, on="indicator", how="left")
    out["change_since_first"] = (out["value"] - out["first_value"]).where(out["period"].ne(out["first_period"]))
    for name in ("england", "neighbours"):
        out[f"p_{name}_adjusted"] = adjust_p(out[f"p_{name}"].to_numpy(dtype=float), "BH")
    return with_positions(out)


def last_years(standing: pd.DataFrame) -> pd.Series:
    """The last year in which each authority published at least a quarter of the indicators, by area code.

    An authority whose last year lies before the newest has been abolished. A figure that was withheld because it was
    small counts as published; 'not applicable' and a bare dash do not.
    """
    said = standing["value"].notna() | standing["symbol"].isin(SAID)
    published = standing.drop_duplicates(_KEY).groupby("year").size()  # by anybody in the year
    share = said.groupby([standing["area_code"], standing["year"]]).sum().div(published, level="year")
    return share[share >= LEAST_SAID].reset_index().groupby("area_code")["year"].max()


def regions_as_areas(indicators: pd.DataFrame, region: str) -> pd.DataFrame:
    """The same table with regions in the place of authorities, to hold one region against the others and England.

    Each region's code is its name as `region_code` spells it, since publishers use different codes. Inner and Outer London
    are parts of London: they are left out unless asked for, and London then is.
    """
    rows = indicators[indicators["area_level"].astype("str").isin([REGION, ENGLAND])]
    names = {name: region_code(name) for name in rows["area"].dropna().unique()}
    code = rows["area"].map(names)
    is_region = rows["area_level"].astype("str").eq(REGION)
    other = ("london",) if region_code(region) in map(region_code, PARTS_OF_A_REGION) else PARTS_OF_A_REGION
    rows = rows.assign(
        area_code=rows["area_code"].where(~is_region, code),
        area_level=rows["area_level"].astype("object").where(~is_region, AUTHORITY),
        region=None,
    )
    return rows[~(is_region & code.isin(map(region_code, other)))]


def region_code(name: object) -> str:
    """A region's name without case, order and brackets: "London (Inner)" and "Inner London" are one."""
    return _bare(name)


def _quarters(areas: pd.DataFrame) -> pd.Series:
    """Which quarter of authorities a value lies in, best first by polarity; missing without value or direction."""
    value = areas["value"]
    band = 1 + sum((value > areas[q]).astype(int) for q in _QUARTILES)
    band = band.where(areas["polarity"].ne("high"), 5 - band)
    known = value.notna() & areas["quartile_1"].notna() & areas["polarity"].isin(["high", "low"])
    return band.map(QUARTER_NAMES).where(known, None)


def _p_england(areas: pd.DataFrame) -> pd.Series:
    """How unusual each value is among all other authorities: mean and spread of the others, worked out for all at once."""
    by_key, value = areas.groupby("key")["value"], areas["value"]
    n, mean = by_key.transform("count"), by_key.transform("mean")
    gap = value - mean
    squares = (gap**2).groupby(areas["key"]).transform("sum")
    others = (n - 1).where(n > 2)
    variance = ((squares - gap**2 * n / others) / (others - 1)).clip(lower=0)
    return p_of_distance(value, mean - gap / others, np.sqrt(variance), others)


def _ranges(areas: pd.DataFrame) -> pd.DataFrame:
    """The range of the authorities in each period where there are enough of them to judge by."""
    spread = areas.groupby("key")["value"].agg(["min", "max", "count"])
    return spread[spread["count"] >= MIN_AREAS]


def _with_england(areas: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    england = rows[rows["area_level"].eq(ENGLAND)].drop_duplicates("key").set_index("key")["value"]
    both = areas[areas["numerator"].notna() & areas["denominator"].gt(0) & ~areas["key"].isin(england.index)]
    sums = both.groupby("key")[["numerator", "denominator"]].sum()
    value = pd.concat([england, sums["numerator"] / sums["denominator"] * 100])
    basis = pd.Series("published", index=england.index[england.notna()], dtype=object)
    basis = pd.concat([basis, pd.Series("ratio of sums of the authorities", index=sums.index, dtype=object)])
    spread = _ranges(areas).reindex(value.index)
    out = (value < spread["min"]) | (value > spread["max"])
    note = pd.Series(
        [f"England's published figure, {v:g}, lies outside the range of all authorities" for v in value[out]],
        index=value.index[out], dtype=object,
    )
    key = areas["key"]
    return areas.assign(
        england_value=key.map(value[~out]), england_basis=key.map(basis[~basis.index.isin(note.index)]),
        england_note=key.map(note),
    )


def _with_region(areas: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    regions = rows[rows["area_level"].eq(REGION) & rows["value"].notna()]
    names = {n: _bare(n) for n in pd.concat([regions["area"], areas["region"]]).dropna().unique()}
    regions = regions.assign(bare=regions["area"].map(names)).drop_duplicates(["key", "bare"])
    spread = _ranges(areas).reindex(regions["key"])
    inside = ~((regions["value"].to_numpy() < spread["min"]) | (regions["value"].to_numpy() > spread["max"])).to_numpy()
    found = regions[inside].rename(columns={"value": "region_value"})[["key", "bare", "region_value"]]
    return areas.assign(bare=areas["region"].map(names)).merge(found, on=["key", "bare"], how="left")


def _split_joint(areas: pd.DataFrame) -> pd.DataFrame:
    """Each authority of a joint row with the row's figure, where it has no row of its own; the joint row goes."""
    is_joint = areas["area_code"].str.contains("/")
    if not is_joint.any():
        return areas
    alone, joint = areas[~is_joint], areas[is_joint]
    parts = joint.assign(reported_with=joint["area_code"], area_code=joint["area_code"].str.split(r"\s*/\s*"),
                         area=joint["area"].str.split(r"\s*/\s*")).explode(["area_code", "area"])
    own = pd.MultiIndex.from_frame(alone[["key", "area_code"]])
    parts = parts[~pd.MultiIndex.from_frame(parts[["key", "area_code"]]).isin(own)]
    names = alone.drop_duplicates("area_code", keep="last").set_index("area_code")[["area", "region"]]
    for column in ("area", "region"):
        parts[column] = parts["area_code"].map(names[column]).fillna(parts[column])
    return pd.concat([alone, parts], ignore_index=True)


__all__ = ["NO_DIRECTION", "compendium_latest", "compendium_years", "last_years", "region_code", "regions_as_areas",
           "standings"]
