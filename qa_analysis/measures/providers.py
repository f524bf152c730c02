"""How schools, settings and homes are graded by their inspectors, and how their grades move: published, so never withheld."""

from __future__ import annotations

import pandas as pd

from qa_analysis.measures.paired import paired_direction
from qa_analysis.measures.shares import NOT_RECORDED, By, add_share
from qa_analysis.periods import Period


def grades_as_of(providers: pd.DataFrame, on: pd.Timestamp) -> pd.DataFrame:
    """How many providers of each kind hold each grade on the day `on`: the latest grade each was given up to then.

    One row per kind and grade that a provider of any kind holds, best grade first: provider_kind ('not recorded' where it
    is), grade, count, n (graded providers of the kind), share with Wilson 95% limits, n_places (children in them; missing
    where no provider says).
    """
    own = providers[providers["grade"].notna() & (providers["inspected"] <= on)]
    own = own.sort_values(["provider_id", "inspected"]).drop_duplicates("provider_id", keep="last")
    own = own.assign(provider_kind=own["provider_kind"].astype(object).fillna(NOT_RECORDED))
    if own.empty:
        return pd.DataFrame(columns=["provider_kind", "grade", "count", "n", "share", "share_lower", "share_upper", "n_places"])
    counts = own.groupby(["provider_kind", "grade"], observed=True).agg(
        count=("provider_id", "size"), n_places=("places", lambda p: p.sum(min_count=1))).reset_index()
    counts["n"] = counts.groupby("provider_kind")["count"].transform("sum")
    table = add_share(counts, min_n=1)
    return table.sort_values(["provider_kind", "grade"], ascending=[True, False], kind="stable", ignore_index=True)


def movement(providers: pd.DataFrame, period: Period, by: By = None) -> pd.DataFrame:
    """Of the providers inspected in the period that had a grade before: how many moved up, stayed, moved down.

    Columns as in `paired_direction`, for all or each group of `by` (provider_kind): the verdict says whether more moved one
    way than chance would explain, corrected for the number of groups.
    """
    return paired_direction(moved(providers, period), "grade_before", "grade_after", by)


def moved(providers: pd.DataFrame, period: Period) -> pd.DataFrame:
    """The providers inspected in the period that had a grade before, one row each: provider_id, provider, provider_kind,
    inspected, grade_before, grade_after, direction ('up', 'same', 'down').

    The grade after is the last in the period; the grade before is the one held when the period began, so that two
    inspections in one year hide no movement; of a provider that had none then, its first in the period.
    """
    own = providers[providers["grade"].notna()].sort_values(["provider_id", "inspected"], kind="stable")
    is_in = period.holds(own["inspected"])
    last = own[is_in].drop_duplicates("provider_id", keep="last")
    earlier = own[~is_in & (own["inspected"] <= period.end)].drop_duplicates("provider_id", keep="last")
    first = own[is_in & ~own["provider_id"].isin(earlier["provider_id"])].drop_duplicates("provider_id")
    before = pd.concat([earlier, first.drop(index=last.index, errors="ignore")])[["provider_id", "grade"]]
    pairs = last[["provider_id", "inspected", "grade"]].rename(columns={"grade": "grade_after"}).merge(
        before.rename(columns={"grade": "grade_before"}), on="provider_id")
    names = providers.drop_duplicates("provider_id", keep="last")[["provider_id", "provider", "provider_kind"]]
    steps = pairs["grade_after"].cat.codes - pairs["grade_before"].cat.codes
    way = steps.map(lambda s: "up" if s > 0 else "down" if s < 0 else "same").astype(object)
    out = pairs.assign(direction=way).merge(names, on="provider_id", how="left")
    return out[["provider_id", "provider", "provider_kind", "inspected", "grade_before", "grade_after", "direction"]]


def causing_concern(providers: pd.DataFrame, on: pd.Timestamp) -> pd.DataFrame:
    """Providers whose latest grade up to `on` is the lowest of the scale: provider, provider_kind, inspected, grade, places."""
    own = providers[providers["grade"].notna() & (providers["inspected"] <= on)]
    own = own.sort_values(["provider_id", "inspected"]).drop_duplicates("provider_id", keep="last")
    worst = own["grade"].cat.categories[0] if len(own.columns) and isinstance(own["grade"].dtype, pd.CategoricalDtype) else None
    own = own[own["grade"] == worst] if worst is not None else own.iloc[:0]
    return own[["provider", "provider_kind", "inspected", "grade", "places"]].sort_values("provider", ignore_index=True)
