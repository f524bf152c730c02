"""Which teams or services lie further from the whole than chance takes them: funnel plots, without a ranking.

Counts in, one row a group out, in order of name. Sources: Spiegelhalter, Statistics in Medicine 24 (2005) 1185, for
funnels and overdispersion; PHEindicatormethods 2.1 for the rate and ratio funnels and the normal limits.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from qa_analysis.measures.intervals import (
    CountsError,
    as_numbers,
    chance_limits,
    need_columns,
    proportion_table,
    rate_limits,
    shares,
)

TAILS = {"95": 0.025, "998": 0.001}  # chance beyond each side of the 95% and 99.8% limits
POSITIONS = ("below 99.8%", "below 95%", "within", "above 95%", "above 99.8%")
METHODS = ("exact", "normal")
WINSORISED = 0.1  # share of the z-scores pulled in at each end, so that a real outlier does not hide itself
MIN_GROUPS = 10  # groups below which overdispersion can't be told from chance
LIMITS = ["lower_95", "upper_95", "lower_998", "upper_998"]

By = str | Sequence[str]


def funnel(
    df: pd.DataFrame, by: str = "team", count: str = "count", n: str = "n", within: By | None = None,
    baseline: float | None = None, method: str = "exact", inflate: bool = False,
) -> pd.DataFrame:
    """Each group's share against the limits that chance sets at its own n.

    One row a group, by name: `count`, `n`, `share` with Wilson `share_lower`, `share_upper`; `baseline`; `lower_95`,
    `upper_95`, `lower_998`, `upper_998`; `position` (below 99.8%, below 95%, within, above 95%, above 99.8%: strictly
    beyond the limit); `n_groups`, `phi`, `is_overdispersed`, `limits_inflated`. Shares are 0 to 1. Counts are added up
    by group (within `within`, if given: each has its own funnel). `baseline` is the share of all (ratio of sums) unless
    a number is given. `method`: "exact" binomial limits, or "normal", baseline -/+ z SE, not cut at 0 or 1, as
    PHEindicatormethods. `inflate`: where the groups differ more than chance allows (see `overdispersion`), limits are
    baseline -/+ z SE sqrt(phi), never inside the exact ones and cut to 0 to 1: then only a group unlike the other
    groups stands out. n of 0: no share, limits or position. A group by itself has no position unless `baseline` is
    given. Rows with a missing count or n count in nothing; CountsError names rows with impossible counts.
    """
    if method not in METHODS:
        raise CountsError(f"funnel method '{method}' is not known. Use {' or '.join(METHODS)}.")
    if baseline is not None and not 0 <= baseline <= 1:
        raise CountsError(f"baseline {baseline} is no share. Use a proportion from 0 to 1: 0.4 for 40%.")
    keys = [*_listed(within), by]
    need_columns(df, [*keys, count, n])
    out = proportion_table(df.dropna(subset=keys), count, n, by=keys).rename(columns={count: "count", n: "n"})
    out = _against(out, within, "count", "n", baseline)
    spread = overdispersion(out, "count", "n", within, baseline)
    out = _join(out, spread, within, ["n_groups", "phi", "is_overdispersed"])
    out["limits_inflated"] = inflate & out["is_overdispersed"]

    share, size, base = (as_numbers(out[c]) for c in ("share", "n", "baseline"))
    base = np.where(np.isfinite(share), base, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        se = np.sqrt(base * (1 - base) / size)
    inflated = out["limits_inflated"].to_numpy()
    for name, tail in TAILS.items():
        z = stats.norm.isf(tail)
        lower, upper = chance_limits(base, size, tail) if method == "exact" else (base - z * se, base + z * se)
        wide = z * se * np.sqrt(np.maximum(out["phi"].to_numpy(), 1))
        out[f"lower_{name}"] = np.where(inflated, np.minimum(lower, np.maximum(base - wide, 0)), lower)
        out[f"upper_{name}"] = np.where(inflated, np.maximum(upper, np.minimum(base + wide, 1)), upper)
    return _positioned(out, share, share, baseline)


def funnel_summary(points: pd.DataFrame, within: By | None = None) -> pd.DataFrame:
    """What chance alone would show in a funnel: so that one flag among many teams is read for what it is.

    One row for each `within`, from the table that `funnel` made: `n_groups` with cases, `baseline`, `phi`,
    `is_overdispersed`; for 95 and 998: `n_outside_95` (groups beyond those limits), `expected_outside_95` (how many
    chance puts there, by the exact binomial, which at small n is fewer than 5 in 100) and `chance_of_any_95` (that it
    puts at least one).
    """
    need_columns(points, [*_listed(within), "share", "n", "baseline", "phi", "is_overdispersed", "limits_inflated",
                          *LIMITS])
    rows = points[points["share"].notna()]
    size, base = as_numbers(rows["n"]), as_numbers(rows["baseline"])
    inflated = rows["limits_inflated"].to_numpy(dtype=bool)
    added = {}
    for name in TAILS:
        lower, upper, share = (as_numbers(rows[c]) for c in (f"lower_{name}", f"upper_{name}", "share"))
        known = np.isfinite(lower) & ~inflated
        chance = np.where(inflated, 2 * TAILS[name], 0.0)  # inflated limits are made to catch just so many
        # 1e-9 keeps a limit that is itself a possible share on the inside in spite of rounding
        chance[known] = (stats.binom.cdf(np.ceil(lower * size - 1e-9)[known] - 1, size[known], base[known])
                         + stats.binom.sf(np.floor(upper * size + 1e-9)[known], size[known], base[known]))
        added[f"_out_{name}"] = (share < lower) | (share > upper)
        added[f"_chance_{name}"] = chance
        added[f"_none_{name}"] = np.log1p(-np.minimum(chance, 1 - 1e-15))
    groups = _grouped(rows.assign(**added), within)
    out = groups[["baseline", "phi", "is_overdispersed"]].first()
    out.insert(0, "n_groups", groups.size())
    for name in TAILS:
        out[f"n_outside_{name}"] = groups[f"_out_{name}"].sum()
        out[f"expected_outside_{name}"] = groups[f"_chance_{name}"].sum()
        out[f"chance_of_any_{name}"] = -np.expm1(groups[f"_none_{name}"].sum())
    return out.reset_index(drop=within is None)


def n_expected_outside_by_chance(n_groups: int, confidence: float = 0.95) -> tuple[float, float]:
    """How many of `n_groups` on target lie outside limits by chance, and the chance of at least one.

    15 teams at 95%: 0.75 and 54%. An upper bound for shares, whose exact limits catch less: see `funnel_summary`.
    """
    return n_groups * (1 - confidence), 1 - confidence ** n_groups


def overdispersion(df: pd.DataFrame, count: str = "count", n: str = "n", within: By | None = None,
                   baseline: float | None = None) -> pd.DataFrame:
    """Whether groups differ more than chance allows: one row for each `within`.

    `n_groups` with cases; `phi`, the mean squared z-score with the outer 10% at each end pulled in (1 is chance alone);
    `phi_raw` without; `dispersion_p`, chance of so large a phi (chi-square, n_groups - 1 df; pulled in, so rather too
    large); `is_overdispersed`, p below 0.05 with 10 groups or more. NaN and False where none or all are counted. `df`
    holds one row a group.
    """
    rows = _against(df.assign(_share=shares(df[count], df[n])), within, count, n, baseline)
    rows = rows[rows["_share"].notna()]
    base = as_numbers(rows["baseline"])
    with np.errstate(divide="ignore", invalid="ignore"):
        se = np.sqrt(base * (1 - base) / as_numbers(rows[n]))
        rows = rows.assign(_z=np.where(se > 0, (as_numbers(rows["_share"]) - base) / se, np.nan))
    low, high = (_grouped(rows, within)["_z"].quantile(q) for q in (WINSORISED, 1 - WINSORISED))
    code = _grouped(rows, within).ngroup().to_numpy()
    z = rows["_z"].to_numpy()
    rows = rows.assign(_raw=z ** 2, _pulled=np.clip(z, low.to_numpy()[code], high.to_numpy()[code]) ** 2)
    groups = _grouped(rows, within)
    out = groups[["_pulled", "_raw"]].mean().rename(columns={"_pulled": "phi", "_raw": "phi_raw"})
    out.insert(0, "n_groups", groups.size())
    out["dispersion_p"] = stats.chi2.sf(out["phi"] * out["n_groups"], np.maximum(out["n_groups"] - 1, 1))
    out["is_overdispersed"] = (out["dispersion_p"] < 0.05) & (out["n_groups"] >= MIN_GROUPS) & (out["phi"] > 1)
    return out.reset_index(drop=within is None)


def rate_funnel(
    df: pd.DataFrame, by: str = "team", events: str = "events", exposure: str = "exposure", within: By | None = None,
    multiplier: float = 1.0, baseline: float | None = None,
) -> pd.DataFrame:
    """Each group's rate with its own limits, and whether the rate of all lies outside them.

    One row a group, by name: `events`, `exposure`, `rate`, `lower_95` … `upper_998` (exact below 10 events, else
    Byar's, around the group's own rate), `baseline`, `position`, `n_groups`. Rates are `events` / `exposure` x
    `multiplier`; `baseline` is the rate of all unless given. A group is "above" when the baseline lies below its
    limits. Exposure of 0 or a missing number: no rate and no position. With counts expected as `exposure` and
    `baseline` 1: a ratio funnel.
    """
    keys = [*_listed(within), by]
    need_columns(df, [*keys, events, exposure])
    rate_limits(df[events], df[exposure])
    numbers = pd.DataFrame({"events": as_numbers(df[events]), "exposure": as_numbers(df[exposure])}, index=df.index)
    whole = np.isfinite(numbers).all(axis=1)
    numbers = numbers.where(whole, 0.0, axis=0)
    out = pd.concat([df[keys], numbers], axis=1).groupby(keys, sort=True, observed=True).sum().reset_index()
    known = out["exposure"] > 0
    out["rate"] = (out["events"] / out["exposure"].where(known)) * multiplier
    out = _against(out, within, "events", "exposure", None if baseline is None else baseline / multiplier)
    out["baseline"] *= multiplier
    out["n_groups"] = _grouped(out.assign(_known=known), within)["_known"].transform("sum")
    for name, tail in TAILS.items():
        out[f"lower_{name}"], out[f"upper_{name}"] = rate_limits(
            out["events"], out["exposure"], 1 - 2 * tail, multiplier)
    # Seen from the group's own interval: the baseline below it means that the group is above.
    return _positioned(out, as_numbers(out["rate"]), as_numbers(out["baseline"]), baseline, turned=True)


def ratio_funnel(df: pd.DataFrame, by: str = "team", observed: str = "observed", expected: str = "expected",
                 within: By | None = None) -> pd.DataFrame:
    """Each group's `ratio` of observed to expected, with its own limits, against 1; else as `rate_funnel`."""
    out = rate_funnel(df, by, observed, expected, within, baseline=1.0)
    return out.rename(columns={"events": "observed", "exposure": "expected", "rate": "ratio"})


def share_curve(baseline: float, n, method: str = "exact") -> pd.DataFrame:
    """Limits to draw at each `n`: `n`, `baseline`, `lower_95`, `upper_95`, `lower_998`, `upper_998`; cut to 0 to 1."""
    if method not in METHODS:
        raise CountsError(f"funnel method '{method}' is not known. Use {' or '.join(METHODS)}.")
    size = as_numbers(n)
    out = pd.DataFrame({"n": size, "baseline": baseline})
    with np.errstate(divide="ignore", invalid="ignore"):
        se = np.where(size > 0, np.sqrt(baseline * (1 - baseline) / size), np.nan)
    for name, tail in TAILS.items():
        z = stats.norm.isf(tail)
        lower, upper = (chance_limits(baseline, size, tail) if method == "exact"
                        else (baseline - z * se, baseline + z * se))
        out[f"lower_{name}"], out[f"upper_{name}"] = np.clip(lower, 0, 1), np.clip(upper, 0, 1)
    return out


def rate_curve(events, baseline: float, multiplier: float = 1.0, years: float = 1.0) -> pd.DataFrame:
    """Limits to draw for a rate funnel: for each number of `events`, the yearly exposure and rate that lie on a limit.

    `events`, then for 95 and 998 `lower_95_exposure`, `lower_95`, `upper_95_exposure`, `upper_95`: a group of so many
    events lies on the limit at that exposure, where its rate is that limit (exact Poisson). `baseline` is per
    `multiplier`; `years` of data. For a ratio funnel in percent: `baseline` and `multiplier` of 100. Events below 1 or
    a baseline of 0 give NaN.
    """
    x = as_numbers(events)
    x = np.where(np.isfinite(x) & (x >= 1) & (baseline > 0), x, np.nan)
    out = pd.DataFrame({"events": as_numbers(events)})
    unit = baseline / multiplier * years if baseline > 0 else np.nan
    for name, tail in TAILS.items():
        on_limit = {"lower": stats.chi2.isf(tail, 2 * x + 2) / 2, "upper": stats.chi2.ppf(tail, 2 * x) / 2}
        for side, expected in on_limit.items():
            out[f"{side}_{name}_exposure"] = expected / unit
            out[f"{side}_{name}"] = x / (expected / unit) * multiplier / years
    return out


def _listed(within: By | None) -> list[str]:
    return [] if within is None else [within] if isinstance(within, str) else list(within)


def _grouped(rows: pd.DataFrame, within: By | None):
    keys = _listed(within) or (lambda _: 0)
    return rows.groupby(keys, sort=True, observed=True)


def _against(rows: pd.DataFrame, within: By | None, count: str, n: str, baseline: float | None) -> pd.DataFrame:
    """`rows` with what they are set against: the ratio of sums of each `within`, or the number given."""
    if baseline is not None:
        return rows.assign(baseline=float(baseline))
    k, size = as_numbers(rows[count]), as_numbers(rows[n])
    known = np.isfinite(k) & np.isfinite(size)
    numbers = rows.assign(_k=np.where(known, k, 0.0), _n=np.where(known, size, 0.0))
    sums = _grouped(numbers, within)[["_k", "_n"]].transform("sum")
    return rows.assign(baseline=sums["_k"] / sums["_n"].where(sums["_n"] > 0))


def _join(rows: pd.DataFrame, table: pd.DataFrame, within: By | None, columns: list[str]) -> pd.DataFrame:
    if within is not None:
        out = rows.merge(table[[*_listed(within), *columns]], on=_listed(within), how="left")
    else:
        out = rows.assign(**{c: table[c].iloc[0] if len(table) else np.nan for c in columns})
    return out.assign(n_groups=out["n_groups"].fillna(0).astype(int),
                      is_overdispersed=out["is_overdispersed"].eq(True).astype(bool))


def _positioned(rows: pd.DataFrame, value: np.ndarray, compared: np.ndarray, baseline: float | None,
                turned: bool = False) -> pd.DataFrame:
    """`rows` with `position`, the outermost limit that `compared` is beyond; missing where there is nothing to say."""
    lower_95, upper_95, lower_998, upper_998 = (as_numbers(rows[c]) for c in LIMITS)
    place = np.select([compared < lower_998, compared > upper_998, compared < lower_95, compared > upper_95],
                      [0, 4, 1, 3], 2)
    place = 4 - place if turned else place
    alone = (rows["n_groups"].to_numpy() < 2) & (baseline is None)
    said = np.isfinite(value) & np.isfinite(lower_95) & np.isfinite(compared) & ~alone
    return rows.assign(position=pd.Categorical.from_codes(np.where(said, place, -1), POSITIONS, ordered=True))
