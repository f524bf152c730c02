"""How good was practice: the grades of the period, over time, and by service."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd

from qa_analysis import narrative as words
from qa_analysis.context import Report
from qa_analysis.measures import compare, grades, spc
from qa_analysis.measures.funnel import funnel_points

MONTHS_ON_CHART = 24
WHAT = "were good or better"


def main_audits(r: Report, whole: bool = False) -> pd.DataFrame:
    """The audits that the grades speak of: those of the profile's default activity."""
    audits = (r.whole if whole else r.data).audits
    return audits[audits["activity"].astype("str").eq(r.profile.default_activity)]


def overall(r: Report) -> SimpleNamespace:
    """Grades of the period, the change since the last period and the same one last year, and the months before.

    Tables: counts (one row a grade), share (one row), changes (one row a comparison), months (p-chart points), summary
    (of the chart), others (other graded activities). `sentences` say what they show; `headline` is the first.
    """
    audits, good = main_audits(r), r.profile.good_grades
    now = r.in_period(audits, "audit_date")
    counts = r.counts(grades.grade_counts(now), lines=[()], n="n", hide=["n_ungraded", "n_other_basis"])
    share = r.shares(grades.good_or_better(now, good_grades=good))
    changes = _changes(r, audits)
    months, summary = _months(r, audits)
    row = share.iloc[0]
    noun = "graded audits"
    sentences = [words.share_now(row, WHAT, noun, r.when)]
    sentences += [words.sentence(f"that is {words.change(c, c['since'])}") for c in changes.to_dict("records")
                  if not row["suppressed"]]
    sentences += [_chart_words(months, summary, r)]
    sentences += _ambitions(r, counts, row)
    return SimpleNamespace(counts=counts, share=share, changes=changes, months=months, summary=summary,
                           others=_other_activities(r), sentences=[s for s in sentences if s],
                           headline=_headline(row, changes, r), title=_chart_words(months, summary, r) or sentences[0])


def _changes(r: Report, audits: pd.DataFrame) -> pd.DataFrame:
    """Good or better now against the period before and the same one last year, corrected for the two comparisons."""
    spans = [(label, span) for label, span in (("before", r.period.before()), ("year before", r.period.year_before()))
             if span is not None]
    spans = spans[:1] if len(spans) == 2 and spans[0][1].start == spans[1][1].start else spans
    tables = {label: grades.good_or_better(r.in_period(audits, "audit_date", span), good_grades=r.profile.good_grades)
              for label, span in (("now", r.period), *spans)}
    now = tables["now"].iloc[0]
    rows = pd.DataFrame([{"since": span.label, "count_before": tables[label].iloc[0]["count"],
                          "n_before": tables[label].iloc[0]["n"], "count": now["count"], "n": now["n"]}
                         for label, span in spans],
                        columns=["since", "count_before", "n_before", "count", "n"])
    return changes_shown(r, rows)


def changes_shown(r: Report, rows: pd.DataFrame) -> pd.DataFrame:
    """A grid of changes with verdicts corrected for its size, and figures as the audience may see them.

    `rows` has count, n, count_before, n_before. Adds share, share_before, difference with limits, p, p_adjusted,
    verdict. A verdict stays where it is hidden neither now nor before; else it reads "too few".
    """
    table = compare.change_in_share(rows["count"], rows["n"], rows["count_before"], rows["n_before"])
    table = pd.concat([rows.reset_index(drop=True), table.reset_index(drop=True)], axis=1)
    table["p_adjusted"] = compare.adjust_p(table["p"].to_numpy(dtype=float), "BH")
    moved = table["verdict"].isin([words.ROSE, words.FELL])
    table.loc[moved & ~(table["p_adjusted"] < compare.ALPHA), "verdict"] = words.NO_CLEAR_CHANGE
    table = table.rename(columns={"share_now": "share"})
    small = r.rule.smallest_count
    hidden = pd.Series(False, index=table.index)
    for count, n in (("count", "n"), ("count_before", "n_before")):
        rest = table[n] - table[count]
        hidden |= table[count].between(1, small - 1) | rest.between(1, small - 1) | table[n].between(1, small - 1)
    figures = ["count", "n", "count_before", "n_before", "share", "share_before", "difference", "difference_lower",
               "difference_upper", "p", "p_adjusted"]
    table[figures] = table[figures].astype(float).mask(hidden, axis=0)
    table.loc[hidden, "verdict"] = words.TOO_FEW
    return table.assign(suppressed=hidden)


def _months(r: Report, audits: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    last = r.period.months(1)[0] if r.period.kind != "all" else _last_month(audits)
    months = pd.period_range(last - (MONTHS_ON_CHART - 1), last, freq="M")
    table = grades.grades_by_month(audits, months, good_grades=r.profile.good_grades, min_n=1)
    first = table.index[table["n"] > 0]
    table = table.loc[first[0]:] if len(first) else table.iloc[:0]
    table = table.assign(date=table["month"], series_id="good or better")
    if table.empty:
        return table, pd.DataFrame()
    points = spc.p_chart(table, count="count", n="n", date="date", direction="increase", target=_target(r))
    summary = spc.xmr_summary(points, value="share")
    points = r.shares(points, hide=["lpl", "upl", "nlpl", "nupl"])
    return points, summary[summary["is_latest"]]


def _last_month(audits: pd.DataFrame) -> pd.Period:
    days = audits["audit_date"].dropna()
    return (days.max() if len(days) else pd.Timestamp("2000-01-01")).to_period("M")


def _target(r: Report) -> float | None:
    goals = [a.at_least for a in r.profile.on(r.period.end).ambitions.values()
             if a.measure == "good_or_better" and a.at_least is not None]
    return goals[0] if goals else None


_SIGNALS = {
    "special_cause_improvement": "is outside what chance would explain, and better",
    "special_cause_concern": "is outside what chance would explain, and worse",
    "common_cause": "varies no more than chance would explain",
}


def _chart_words(points: pd.DataFrame, summary: pd.DataFrame, r: Report) -> str:
    """What the control chart shows of the latest month; too few months say so."""
    if not len(summary) or points["share"].notna().sum() < 2:
        return ""
    row = summary.iloc[0]
    n_months = int((points["n"] > 0).sum())
    said = _SIGNALS.get(str(row["variation_type"]), "")
    if not said:
        return ""
    trial = "; with fewer than 12 months the limits are trial ones" if n_months < 12 else ""
    return words.sentence(f"over {n_months} months the share judged good or better {said}{trial}")


def _headline(row, changes: pd.DataFrame, r: Report) -> str:
    first = words.share_now(row, WHAT, "graded audits", r.when)
    if row["suppressed"] or not len(changes) or words.is_missing(row["share"]):
        return first
    latest = changes.iloc[0]
    return f"{first[:-1]}: {words.change(latest, latest['since'])}."


def _ambitions(r: Report, counts: pd.DataFrame, row) -> list[str]:
    """The period against what the authority wants to reach, with the interval deciding what may be said."""
    out = []
    worst = counts[counts["grade"].astype(str) == r.profile.grade_labels[0]] if r.profile.grades else counts.iloc[:0]
    rows = {"good_or_better": (row, "good or better"),
            "worst_grade": (worst.iloc[0] if len(worst) else None, r.profile.grade_labels[0].lower()
                            if r.profile.grades else "")}
    for goal in r.profile.on(r.period.end).ambitions.values():
        figure, name = rows.get(goal.measure, (None, ""))
        if figure is None or words.is_missing(figure["share"]):
            continue
        limit = goal.at_least if goal.at_least is not None else goal.at_most
        side = "at least" if goal.at_least is not None else "at most"
        lower, upper = figure["share_lower"], figure["share_upper"]
        met = lower >= limit if goal.at_least is not None else upper <= limit
        missed = upper < limit if goal.at_least is not None else lower > limit
        verdict = "is met" if met else "is missed" if missed else "can't be told from this many audits"
        out.append(words.sentence(f"the ambition of {side} {words.percent(limit)} {name} {verdict} "
                                  f"({words.percent(figure['share'])}, 95% interval {words.interval(lower, upper)})"))
    return out


def _other_activities(r: Report) -> pd.DataFrame:
    """Good or better for each other graded activity in the twelve months to the end of the period."""
    audits = r.in_period(r.data.audits, "audit_date", r.year)
    graded = [i for i, a in r.profile.activities.items() if a.graded and i != r.profile.default_activity]
    audits = audits[audits["activity"].astype("str").isin(graded)]
    table = grades.good_or_better(audits, by="activity", good_grades=r.profile.good_grades)
    table["activity"] = [r.profile.label("activities", a) for a in table["activity"]]
    return r.shares(table)


def by_place(r: Report, place: str = "service") -> SimpleNamespace:
    """Good or better for each service (or team) over twelve months, against what chance allows: a funnel, no ranking.

    Tables: points (one row a place, by name), counts (grades by place). Under three places there is no funnel.
    """
    audits = r.in_period(main_audits(r), "audit_date", r.year)
    table = grades.good_or_better(audits, by=place, good_grades=r.profile.good_grades, min_n=1)
    table = table[(table["n"] > 0) & (table[place] != "not recorded")].sort_values(place).reset_index(drop=True)
    counts = grades.grade_counts(audits, by=place)
    counts = r.counts(counts[counts[place] != "not recorded"], lines=[[place], ["grade"]], n="n",
                      hide=["n_ungraded", "n_other_basis"])
    if len(table) < 3:
        return SimpleNamespace(points=table.iloc[:0], counts=counts, sentences=[], place=place, flags=[])
    points = funnel_points(table, by=place)
    shown = r.shares(points)
    flags = shown[~shown["suppressed"] & shown["position"].isin(["above 99.8% limit", "below 99.8% limit"])]
    n = len(points)
    if len(flags):
        named = words.listed(f"{f[place]} ({words.percent(f['share'])} of {words.number(f['n'])})"
                             for f in flags.to_dict("records"))
        text = (f"over {r.year.label}, {named} {'lies' if len(flags) == 1 else 'lie'} outside the 99.8% limits "
                f"of what chance would explain between {words.counted(n, place)}")
    else:
        text = f"over {r.year.label}, no {place} of {n} differs from the others by more than chance would explain"
    return SimpleNamespace(points=shown, counts=counts, sentences=[words.sentence(text)], place=place, flags=flags)
