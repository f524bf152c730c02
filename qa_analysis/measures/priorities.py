"""What to put right first, by a rule that can be read out: how common, how grave, which way it goes, how well evidenced.

Each of the four is worth 0, 1 or 2 points, given by a test and never by a bare figure, so that noise cannot set the order.
A topic is a practice standard, or a theme that belongs to no standard.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from qa_analysis.measures.compare import ALPHA, adjust_p, change_in_share, difference_of_shares
from qa_analysis.measures.grades import estimate_basis, is_good, sample_basis
from qa_analysis.measures.intervals import wilson_limits
from qa_analysis.measures.themes import audit_themes, says_something
from qa_analysis.measures.threads import ratings_with_audits
from qa_analysis.measures.triangulation import CONCERN, LEAST
from qa_analysis.periods import Period

POINTS = ("prevalence", "severity", "trend", "evidence")
HALF = 0.5  # share of grades below good above which a standard is a concern
OFTEN = 0.1  # share of audits that name a theme for improvement above which it is a common one
WORST_AT_MOST = 0.1  # share of the lowest grade above which it is grave, where the profile has no ambition
COLUMNS = ["topic", "kind", "count", "n", "share", "share_lower", "share_upper", "count_before", "n_before", "share_before",
           "verdict", "n_worst", "n_severity", "share_worst", "n_sources", *(f"points_{p}" for p in POINTS), "points", "rank"]
RULE = (
    "Prevalence: 2 points where more than half of the grades of a standard are clearly below good (a theme: where "
    "clearly more than one audit in ten names it for improvement), 1 where that can't be told, 0 where clearly fewer.",
    "Severity: 2 points where the lowest grade is clearly more frequent than the ambition allows (a theme: clearly more frequent "
    "in audits that name it than in others), 1 where that can't be told, 0 where clearly less.",
    "Trend: 2 points where it clearly got worse than in the twelve months before, 1 for no clear change or too few to tell, "
    "0 where it clearly got better.",
    "Evidence: 2 points where two sources or more beside each other show concern, 1 where one does, 0 where none does.",
)


def standard_topics(profile, audits: pd.DataFrame, ratings: pd.DataFrame, matrix: pd.DataFrame, period: Period,
                    before: Period | None = None) -> pd.DataFrame:
    """The points of each practice standard in a period: columns COLUMNS without the rank, one row per standard.

    count of n grades are below good (share 0 to 1 with Wilson 95% limits), against the period before; n_worst of n_severity
    are the lowest grade; n_sources show concern in `matrix` (of `triangulation.triangulate`). Cases chosen at random or
    all, as for every estimate. verdict: 'rose' means that the share below good did. Standards with fewer than LEAST grades
    have no share and no points.
    """
    before = before or period.year_before()
    rated = _rated(profile, audits, ratings)
    limit = _worst_at_most(profile, period)
    worst = profile.grade_labels[0] if profile.grades else None
    sources = matrix[matrix["direction"] == CONCERN].groupby("standard", observed=True)["source"].nunique()
    rows = []
    for s in profile.standards_on(period.end if period.kind != "all" else None):
        own = rated[rated["standard"] == s.id]
        now, then = (own[span.holds(own["audit_date"])] if span else own.iloc[:0] for span in (period, before))
        poor = [int((~is_good(t, profile.good_grades)).sum()) for t in (now, then)]
        n_worst = int((now["grade"] == worst).sum())
        rows.append((s.id, "standard", poor[0], len(now), poor[1], len(then), n_worst, len(now), int(sources.get(s.id, 0))))
    table = _table(rows)
    lower, upper = wilson_limits(table["n_worst"], table["n_severity"])
    return _pointed(table, prevalence=_clearly(table["share_lower"], table["share_upper"], HALF),
                    severity=_clearly(lower, upper, limit))


def theme_topics(profile, audits: pd.DataFrame, findings: pd.DataFrame | None, period: Period, before: Period | None = None,
                 codebook=None, themes: list[str] | None = None, n_sources: pd.Series | None = None) -> pd.DataFrame:
    """The points of each theme for improvement, as `standard_topics` gives them for standards; themes of no standard.

    count of n audits (with any text or tick, at random or all) name the theme for improvement. Severity compares the share of
    the lowest grade among graded audits that name it and those that don't. `n_sources`: number of sources of evidence in which
    the theme is named for improvement LEAST times or more, by theme. `themes`: those to rank.
    """
    before = before or period.year_before()
    wanted = [t.id for t in profile.themes.values() if t.standard is None] if themes is None else themes
    dated = period.holds(audits["audit_date"])
    dated |= before.holds(audits["audit_date"]) if before else False
    used = audits[dated & (sample_basis(audits) == estimate_basis(audits))]
    raised = audit_themes(used, findings, codebook)
    spoken = used[says_something(used, findings)]
    named = raised[raised["kind"] == "improvement"]
    is_now = period.holds(spoken["audit_date"])
    now, then = spoken[is_now], spoken[~is_now]
    worst = profile.grade_labels[0] if profile.grades else None
    rows, p, way = [], [], []
    for theme in wanted:
        ids = named.loc[named["theme"] == theme, "audit_id"]
        has, had = now["audit_id"].isin(ids), then["audit_id"].isin(ids)
        graded = now[now["grade"].notna()]
        with_it = graded["audit_id"].isin(ids)
        grave = graded["grade"] == worst
        n_worst, n_with = int((grave & with_it).sum()), int(with_it.sum())
        gap = difference_of_shares([n_worst], [n_with], [int((grave & ~with_it).sum())], [int((~with_it).sum())],
                                   method="newcombe_corrected").iloc[0]
        p.append(gap["p"] if n_with >= LEAST else np.nan)
        way.append(np.sign(gap["difference"]))
        sources = 0 if n_sources is None else int(n_sources.get(theme, 0))
        rows.append((theme, "theme", int(has.sum()), len(now), int(had.sum()), len(then), n_worst, n_with, sources))
    table = _table(rows)
    severity = np.where(adjust_p(pd.Series(p, dtype=float)) < ALPHA, np.where(np.array(way) > 0, 2, 0), 1)
    out = _pointed(table, prevalence=_clearly(table["share_lower"], table["share_upper"], OFTEN), severity=severity)
    return out[(out["count"] > 0) | (out["count_before"] > 0)].reset_index(drop=True)


def ranked(*topics: pd.DataFrame) -> pd.DataFrame:
    """All topics in one order: most points first; of equal points the one whose share is larger, then by name.

    rank is 1 for the first; topics without points (too few to tell) have none and come last.
    """
    table = pd.concat([t for t in topics if len(t)], ignore_index=True) if any(len(t) for t in topics) else _table([])
    if "points" not in table:
        return table.reindex(columns=COLUMNS)
    table = table.sort_values(["points", "share", "topic"], ascending=[False, False, True], kind="stable",
                              na_position="last", ignore_index=True)
    rank = pd.Series(np.arange(1, len(table) + 1), dtype="Int64")
    return table.assign(rank=rank.where(table["points"].notna()))[COLUMNS]


def checked_against(last_year: pd.DataFrame, now: pd.DataFrame, most: int = 5) -> pd.DataFrame:
    """What became of last year's priorities: one row for each of the first `most`, with this year's figures.

    `last_year` and `now` of `ranked`, a year apart. Columns: topic, kind, rank_then, share_then, n_then, rank_now (missing
    where it is ranked no more), share_now, n_now, difference with limits, outcome: 'better', 'worse', 'no clear change',
    'too few'.
    """
    old = last_year[last_year["rank"].notna()].head(most)
    both = old.merge(now, on=["topic", "kind"], how="left", suffixes=("_then", "_now"))
    moved = change_in_share(both["count_now"], both["n_now"], both["count_then"], both["n_then"], min_n=LEAST)
    adjusted = adjust_p(moved["p"])
    words = {"rose": "worse", "fell": "better"}
    outcome = moved["verdict"].astype(str)
    outcome = outcome.where(~outcome.isin(words) | (adjusted < ALPHA), "no clear change").replace(words)
    return both[["topic", "kind", "rank_then", "share_then", "n_then", "rank_now", "share_now", "n_now"]].assign(
        difference=moved["difference"], difference_lower=moved["difference_lower"],
        difference_upper=moved["difference_upper"], outcome=outcome)


# --- workings --------------------------------------------------------------------------------------------------------


def _rated(profile, audits: pd.DataFrame, ratings: pd.DataFrame) -> pd.DataFrame:
    """Graded ratings of the default activity's audits, on the basis that an estimate rests on."""
    own = audits[audits["activity"].astype("str") == profile.default_activity]
    own = own[sample_basis(own) == estimate_basis(own)]
    table = ratings_with_audits(ratings, own)
    return table[table["grade"].notna()]


def _worst_at_most(profile, period: Period) -> float:
    then = profile.on(period.end).ambitions.values() if period.kind != "all" else profile.ambitions.values()
    found = [a.at_most for a in then if a.measure == "worst_grade" and a.at_most is not None]
    return found[0] if found else WORST_AT_MOST


def _table(rows: list[tuple]) -> pd.DataFrame:
    names = ["topic", "kind", "count", "n", "count_before", "n_before", "n_worst", "n_severity", "n_sources"]
    table = pd.DataFrame(rows, columns=names)
    for end in ("", "_before"):
        table[f"share{end}"] = (table[f"count{end}"] / table[f"n{end}"].where(table[f"n{end}"] > 0)).astype(float)
    table["share_worst"] = (table["n_worst"] / table["n_severity"].where(table["n_severity"] > 0)).astype(float)
    table["share_lower"], table["share_upper"] = wilson_limits(table["count"], table["n"])
    return table


def _clearly(lower, upper, limit: float) -> np.ndarray:
    """2 where the interval lies above the limit, 0 where below, 1 where it holds it."""
    return np.select([np.asarray(lower) > limit, np.asarray(upper) < limit], [2, 0], 1)


def _pointed(table: pd.DataFrame, prevalence: np.ndarray, severity: np.ndarray) -> pd.DataFrame:
    moved = change_in_share(table["count"], table["n"], table["count_before"], table["n_before"], min_n=LEAST)
    verdict = moved["verdict"].astype(str)
    verdict = verdict.where(~verdict.isin(["rose", "fell"]) | (adjust_p(moved["p"]) < ALPHA), "no clear change")
    enough = table["n"] >= LEAST
    points = {"prevalence": prevalence, "severity": severity, "trend": verdict.map({"rose": 2, "fell": 0}).fillna(1),
              "evidence": table["n_sources"].clip(upper=2)}
    out = table.assign(verdict=verdict, **{f"points_{k}": pd.Series(np.asarray(v), index=table.index).where(enough).astype(
        "Int64") for k, v in points.items()})
    out["points"] = out[[f"points_{k}" for k in POINTS]].sum(axis=1, min_count=len(POINTS)).astype("Int64")
    return out.reindex(columns=[c for c in COLUMNS if c != "rank"])
