"""The balanced scorecard: each service and each standard by the same few measures, with signals that know chance.

Instead of red, amber and green each figure has two readings: its position among all (funnel limits at its own n, never a
ranking) and its own course over the months (control chart). Shares are 0 to 1; favourable is always the high end.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from qa_analysis.measures import actions as following
from qa_analysis.measures import spc
from qa_analysis.measures.funnel import funnel
from qa_analysis.measures.grades import estimate_basis, is_good, sample_basis
from qa_analysis.measures.shares import MIN_N, NOT_RECORDED
from qa_analysis.measures.threads import ratings_with_audits
from qa_analysis.periods import Period

MEASURES = {  # id → words, what it is evidence of
    "good": ("Good or better", "quality"),
    "child_view": ("Child's view sought", "quality"),
    "positive": ("Feedback positive", "quality"),
    "in_time": ("Actions closed in time", "quantity"),
    "impact": ("Closed actions with impact shown", "outcome"),
}
MIN_MONTHS = 12  # a control chart of fewer points has trial limits, on which no signal is called
MIN_GROUPS = 3  # places that a funnel needs
COLUMNS = ["group", "measure", "type", "count", "n", "share", "share_lower", "share_upper", "all_share", "position", "signal",
           "n_months"]
POSITIONS = {"below 99.8%": "far below", "below 95%": "below", "within": "as the whole", "above 95%": "above",
             "above 99.8%": "far above"}
SIGNALS = {"special_cause_improvement": "improving", "special_cause_concern": "getting worse", "common_cause": "steady"}


def scorecard(profile, period: Period, tables: Mapping[str, pd.DataFrame], by: str = "service", n_months: int = 24,
              min_n: int = MIN_N) -> pd.DataFrame:
    """Each place of `by` and each measure of MEASURES in one row: share, position among all places, signal over time.

    `tables`: clean tables by name (audits, actions, feedback; any may be absent). Columns: group, measure, type (quantity,
    quality, outcome), count, n, share with Wilson limits (missing under `min_n`), all_share (ratio of sums of all places but
    those outside 99.8% limits), position ('far below', 'below', 'as the whole', 'above', 'far above' that share by exact
    binomial limits at 95% and 99.8%; missing with fewer than MIN_GROUPS places or under `min_n`), signal of the last of
    `n_months` months of a p-chart ('improving', 'getting worse', 'steady'; missing under MIN_MONTHS months with cases),
    n_months. Only measures with records; grades on the basis that estimates rest on. Records of no place are the group
    'not recorded', which has no position.
    """
    events = pd.concat(list(_events(profile, period, tables, by)) or [pd.DataFrame(columns=_EVENT)], ignore_index=True)
    return _card(events, period, n_months, min_n)


def standards_card(profile, period: Period, audits: pd.DataFrame, ratings: pd.DataFrame, n_months: int = 24,
                   min_n: int = MIN_N) -> pd.DataFrame:
    """Each practice standard in one row, as `scorecard` (group is the standard's id, measure 'good').

    Position is that among the standards: which lie further from the whole of all grades than chance takes them.
    """
    own = _case_audits(profile, audits)
    table = ratings_with_audits(ratings, own)
    table = table[table["grade"].notna()]
    events = pd.DataFrame({"group": table["standard"].astype(object), "measure": "good", "date": table["audit_date"],
                           "hit": is_good(table, profile.good_grades)})
    card = _card(events, period, n_months, min_n)
    order = {s.id: i for i, s in enumerate(profile.standards_on(period.end if period.kind != "all" else None))}
    card = card[card["group"].isin(list(order))]
    return card.sort_values("group", key=lambda c: c.map(order), kind="stable").reset_index(drop=True)


# --- workings --------------------------------------------------------------------------------------------------------

_LIMITS = ["share", "share_lower", "share_upper"]
_EVENT = ["group", "measure", "date", "hit"]


def _case_audits(profile, audits: pd.DataFrame) -> pd.DataFrame:
    own = audits[audits["activity"].astype("str") == profile.default_activity]
    return own[sample_basis(own) == estimate_basis(own)]


def _events(profile, period: Period, tables, by: str):
    """Every counted thing with its day: one row each, hit or not, by place."""
    audits, feedback, actions = (tables.get(t) for t in ("audits", "feedback", "actions"))

    def rows(table, measure, date, hit):
        group = table[by].astype(object).fillna(NOT_RECORDED)
        return pd.DataFrame({"group": group, "measure": measure, "date": date, "hit": hit}).dropna(subset=["date"])

    if audits is not None and len(audits):
        own = _case_audits(profile, audits)
        graded = own[own["grade"].notna()]
        yield rows(graded, "good", graded["audit_date"], is_good(graded, profile.good_grades))
        asked = own[own["child_view_sought"].isin(["yes", "partly", "no"])]
        yield rows(asked, "child_view", asked["audit_date"], asked["child_view_sought"] == "yes")
    if feedback is not None and len(feedback):
        rated = feedback[(feedback["kind"] == "feedback") & feedback["sentiment"].notna()]
        yield rows(rated, "positive", rated["date"], rated["sentiment"] == "positive")
    if actions is not None and len(actions):
        on = following.status_date(period, actions["raised"], actions["completed"])
        table = following.fallen_due(actions, period, on=on)
        due = table[(table["due_now"] <= on) & ~table["is_left_out"]]
        yield rows(due, "in_time", due["due_now"], due["is_in_time"])
        closed = table[table["completed"].notna() & (table["completed"] <= on)]
        yield rows(closed, "impact", closed["completed"], closed["has_impact"])


def _card(events: pd.DataFrame, period: Period, n_months: int, min_n: int) -> pd.DataFrame:
    now = events[period.holds(events["date"])]
    if now.empty:
        return pd.DataFrame(columns=COLUMNS)
    counts = now.groupby(["measure", "group"], observed=True)["hit"].agg(["sum", "size"]).reset_index().set_axis(
        ["measure", "group", "count", "n"], axis=1)
    out = pd.concat([_among_places(own) for _, own in counts.groupby("measure", sort=False)], ignore_index=True)
    few = out["n"] < min_n
    out["position"] = out["position"].astype(object).map(POSITIONS).where(~few & (out["n_groups"] >= MIN_GROUPS))
    out[_LIMITS] = out[_LIMITS].mask(few)
    out = out.merge(_signals(events, period, n_months), on=["measure", "group"], how="left")
    out["n_months"] = out["n_months"].fillna(0).astype("int64")
    order = {m: i for i, m in enumerate(MEASURES)}
    out = out.assign(type=out["measure"].map({m: t for m, (_, t) in MEASURES.items()}))
    return out.sort_values(["group", "measure"], key=lambda c: c.map(order) if c.name == "measure" else c, kind="stable")[
        COLUMNS].reset_index(drop=True)


def _among_places(counts: pd.DataFrame) -> pd.DataFrame:
    """The funnel of one measure, its average taken without places far outside it and without records of no place.

    One place that is far below would pull the average down and make ordinary ones look good (Spiegelhalter, Stat Med 24, 2005,
    section 4.2: limits must not be set by the outliers that they are to find).
    """
    places = counts["group"].ne(NOT_RECORDED)
    kept = counts[places]
    while kept["group"].nunique() > MIN_GROUPS:
        own = funnel(kept, by="group", within="measure")
        off = (own["share"] - own["baseline"]).abs() / np.sqrt(own["baseline"] * (1 - own["baseline"]) / own["n"])
        far = own["position"].astype(object).isin(["below 99.8%", "above 99.8%"])
        if not far.any():
            break
        furthest = own.loc[off.where(far).idxmax(), "group"]  # this one alone: it may have made the others look far
        kept = kept[kept["group"] != furthest]
    if not kept["n"].sum():
        return counts.assign(all_share=np.nan, position=None, n_groups=0, **dict.fromkeys(_LIMITS, np.nan))
    out = funnel(counts, by="group", within="measure", baseline=kept["count"].sum() / kept["n"].sum())
    out["position"] = out["position"].astype(object).where(out["group"].ne(NOT_RECORDED))
    return out.rename(columns={"baseline": "all_share"}).assign(n_groups=int(places.sum()))


def _signals(events: pd.DataFrame, period: Period, n_months: int) -> pd.DataFrame:
    """What the last month of each group's p-chart says; months without cases stay missing."""
    last = period.end.to_period("M") if period.kind != "all" else events["date"].max().to_period("M")
    months = pd.period_range(last - (n_months - 1), last, freq="M")
    month = events["date"].dt.to_period("M")
    own = events[month.isin(months)].assign(month=month)
    counts = own.groupby(["measure", "group", "month"], observed=True)["hit"].agg(["sum", "size"]).reset_index()
    groups = counts[["measure", "group"]].drop_duplicates()
    grid = groups.merge(pd.DataFrame({"month": months}), how="cross").merge(counts, on=["measure", "group", "month"], how="left")
    grid = grid.rename(columns={"sum": "count", "size": "n"}).fillna({"count": 0, "n": 0})
    grid["date"] = grid["month"].dt.to_timestamp()
    points = spc.p_chart(grid, by=["measure", "group"], direction="increase")
    summary = spc.xmr_summary(points, value="share", by=["measure", "group"])
    summary = summary[summary["is_latest"]]
    n_with = grid[grid["n"] > 0].groupby(["measure", "group"], observed=True).size().rename("n_months").reset_index()
    out = summary[["measure", "group", "variation_type"]].merge(n_with, on=["measure", "group"], how="left")
    signal = out["variation_type"].astype(object).map(SIGNALS)
    enough = out["n_months"] >= MIN_MONTHS
    return out.assign(signal=signal.where(enough, other=np.nan))[["measure", "group", "signal", "n_months"]]
