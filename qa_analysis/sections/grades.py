"""How good was practice: the grades of the period, over time, and by service."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd

from qa_analysis import charts
from qa_analysis import narrative as words
from qa_analysis.context import Report
from qa_analysis.disclosure import marked
from qa_analysis.measures import grades, spc
from qa_analysis.measures.compare import MIN_N
from qa_analysis.measures.funnel import funnel, share_curve
from qa_analysis.measures.shares import NOT_RECORDED
from qa_analysis.sections.targets import ambitions_that_contradict
from qa_analysis.show import show_chart, show_sentences, show_table

MONTHS_ON_CHART = 24
LEAST_MONTHS = 3  # on a chart
MIN_PLACES = 3
MIN_IN_PLACE = 5  # with fewer audits in a typical place the limits of chance reach from 0% to 100%
WHAT = "were good or better"
PLACES = ("service", "locality", "team")


def main_audits(r: Report, whole: bool = False) -> pd.DataFrame:
    """The audits that the grades speak of: those of the profile's default activity."""
    audits = (r.whole if whole else r.data).audits
    return audits[audits["activity"].astype("str").eq(r.profile.default_activity)]


def noun(r: Report) -> str:
    """What one audit of the profile's default activity is called: "inspection" or "audit"."""
    activity = r.profile.activities.get(r.profile.default_activity)
    return "inspection" if activity is not None and activity.kind == "inspection" else "audit"


def records(r: Report) -> str:
    """What the grades were read from: "inspection reports" or "audit returns"."""
    return "inspection reports" if noun(r) == "inspection" else "audit returns"


def place_of(r: Report, place: str) -> str:
    """The place to compare by: the one asked for, else the widest of service, locality and team of which audits name two.

    Inspections name no service, so they are compared by locality; within one locality by team.
    """
    audits = main_audits(r)
    usable = [p for p in (place, *PLACES) if p not in r.place and audits[p].nunique() > 1]
    return usable[0] if usable else place


def plural(place: str) -> str:
    """ "services", "localities", "teams"."""
    return f"{place[:-1]}ies" if place.endswith("y") else f"{place}s"


def overall(r: Report) -> SimpleNamespace:
    """Grades of the period, the change since the last period and the same one last year, and the months before.

    Tables: counts (one row a grade), share (one row), changes (one row a comparison), months (p-chart points), summary
    (of the chart), others (other graded activities). `sentences` say what they show; `headline` is the first.
    """
    audits, good = main_audits(r), r.profile.good_grades
    now = r.in_period(audits, "audit_date")
    counts = _counts(r, {r.when: now, r.year.name: r.in_period(audits, "audit_date", r.year)})  # one where they are one
    share = r.shares(grades.good_or_better(now, good_grades=good))
    changes = _changes(r, audits)
    months, summary = _months(r, audits)
    row = share.iloc[0]
    few = _each_grade(r, counts)
    sentences = [few or words.share_now(row, WHAT, f"graded {noun(r)}s", r.when)]
    sentences += [
        words.change_since(c, c["period_before"], r.when)
        for c in changes.to_dict("records")
        if not row["suppressed"] and not words.is_missing(row["share"])
    ]
    sentences += [_chart_words(months, summary)]
    sentences += [*_ambitions(r, counts, row), *ambitions_that_contradict(r)]
    return SimpleNamespace(
        counts=counts,
        share=share,
        changes=changes,
        months=months,
        summary=summary,
        others=_other_activities(r),
        send=_by_send(r, audits),
        target=_target(r),
        sentences=[s for s in sentences if s],
        headline=few or _headline(row, changes, r),
        title=_chart_words(months, summary) or sentences[0],
    )


def _each_grade(r: Report, counts: pd.DataFrame) -> str:
    """ "5 inspections in 2023-24 were graded: 4 Good and 1 Inadequate", where too few for a share and none is withheld."""
    rows = counts[counts["span"].eq(r.when) & counts["count"].gt(0)]
    if noun(r) != "inspection" or r.rule.smallest_count > 1 or rows.empty or rows["n"].iloc[0] >= MIN_N:
        return ""
    return words.each_grade(rows.to_dict("records"), noun(r), r.when)


def _counts(r: Report, spans: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Audits by grade in each span, as the audience may see them."""
    parts = [grades.grade_counts(audits).assign(span=span) for span, audits in spans.items()]
    return counts_as_seen(r, pd.concat(parts, ignore_index=True), "span")


def counts_as_seen(r: Report, counts: pd.DataFrame, group: str, lines=()) -> pd.DataFrame:
    """Counts by grade in each group, as the audience may see them; good or better is told beside them.

    Where that share is withheld, because few are good or few are not, no grade of the group is shown: the others would
    add up to it. `lines` as in `disclosure.suppress_counts`, further to those of each group.
    """
    table = counts.assign(is_good=counts["grade"].isin(list(r.profile.good_grades)))
    side = table.groupby([group, "is_good"], observed=True, dropna=False)["count"].transform("sum")
    small = side.between(1, r.rule.smallest_count - 1)
    also = small.groupby(table[group], dropna=False, observed=True).transform("any")
    lines = [[group, "is_good"], [group], *lines]
    return r.counts(table, lines=lines, n="n", hide=["n_ungraded", "n_other_basis"], also=also)


def _changes(r: Report, audits: pd.DataFrame) -> pd.DataFrame:
    """Good or better now against the period before and the same one last year, as the audience may see it."""
    return r.changes(grades.grade_change(audits, r.period, good_grades=r.profile.good_grades))


def _months(r: Report, audits: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    last = r.period.months(1)[0] if r.period.kind != "all" else _last_month(audits)
    months = pd.period_range(last - (MONTHS_ON_CHART - 1), last, freq="M")
    table = grades.grades_by_month(audits, months, good_grades=r.profile.good_grades, min_n=1)
    first = table.index[table["n"] > 0]
    table = table.loc[first[0] :] if len(first) else table.iloc[:0]
    table = table.assign(date=table["month"], series_id="good or better")
    if table.empty:
        return table, pd.DataFrame()
    points = spc.p_chart(table, count="count", n="n", date="date", direction="increase", target=_target(r))
    summary = spc.xmr_summary(points, value="share")
    points = r.shares(points, hide=["lpl", "upl", "nlpl", "nupl"])
    points["point_type"] = points["point_type"].mask(points["suppressed"])  # whether a month stands out tells its share
    return points, summary[summary["is_latest"]]


def _last_month(audits: pd.DataFrame) -> pd.Period:
    days = audits["audit_date"].dropna()
    return (days.max() if len(days) else pd.Timestamp("2000-01-01")).to_period("M")


def _target(r: Report) -> float | None:
    goals = [
        a.at_least
        for a in r.profile.on(r.period.end).ambitions.values()
        if a.measure == "good_or_better" and a.at_least is not None
    ]
    return goals[0] if goals else None


def _chart_words(points: pd.DataFrame, summary: pd.DataFrame) -> str:
    """What the control chart shows of the latest month; nothing where that month is withheld."""
    if not len(summary) or points["suppressed"].iloc[-1] or points["share"].notna().sum() < 2:
        return ""
    stands_out = points["point_type"].astype(str).str.startswith("special") & points["share"].notna()
    n_months = int((points["n"] > 0).sum())
    return words.control_chart(summary["variation_type"].iloc[0], n_months, int(stands_out.iloc[:-1].sum()))


def _headline(row, changes: pd.DataFrame, r: Report) -> str:
    first = words.share_now(row, WHAT, f"graded {noun(r)}s", r.when)
    if row["suppressed"] or not len(changes) or words.is_missing(row["share"]):
        return first
    latest = changes.iloc[0]
    return f"{first[:-1]}: {words.change(latest, latest['period_before'], r.when)}."


def _ambitions(r: Report, counts: pd.DataFrame, row) -> list[str]:
    """The period against what the authority wants to reach, with the interval deciding what may be said."""
    out = []
    worst = (
        counts[(counts["grade"].astype(str) == r.profile.grade_labels[0]) & (counts["span"] == r.when)]
        if r.profile.grades
        else counts.iloc[:0]
    )
    rows = {
        "good_or_better": (row, "good or better"),
        "worst_grade": (
            worst.iloc[0] if len(worst) else None,
            r.profile.grade_labels[0].lower() if r.profile.grades else "",
        ),
    }
    for goal in r.profile.on(r.period.end).ambitions.values():
        figure, name = rows.get(goal.measure, (None, ""))
        if figure is None or words.is_missing(figure["share"]):
            continue
        limit = goal.at_least if goal.at_least is not None else goal.at_most
        side = "at least" if goal.at_least is not None else "at most"
        lower, upper = figure["share_lower"], figure["share_upper"]
        met = lower >= limit if goal.at_least is not None else upper <= limit
        missed = upper < limit if goal.at_least is not None else lower > limit
        verdict = "met" if met else "missed" if missed else "not known"
        out.append(words.ambition(figure, verdict, limit, side, name, noun(r)))
    return out


def _by_send(r: Report, audits: pd.DataFrame) -> pd.DataFrame:
    """Good or better over the twelve months for children with and without special educational needs or disability."""
    table = grades.good_or_better(
        r.in_period(audits, "audit_date", r.year), by="send", good_grades=r.profile.good_grades
    )
    return r.shares(table[table["n"] > 0], lines=[()], hide=["n_ungraded", "n_other_basis"])


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

    `place` gives way to locality or team where no two services are recorded (`place_of`). Tables: points (one row a
    place, by name) and curve (the limits) of the funnel, counts (grades by place), each (inspections of the period with
    the grade before; only where cases may be shown). Under three places, or with under five audits in most of them, there is
    no funnel; where no inspected place has enough for a share there are no bars.
    """
    place = place_of(r, place)
    each = _each_inspection(r)
    audits = r.in_period(main_audits(r), "audit_date", r.year)
    # audits of no place are counted while numbers are withheld, so that they are not what the shown ones lack to the whole
    whole = grades.good_or_better(audits, by=place, good_grades=r.profile.good_grades, min_n=1)
    counts = counts_as_seen(r, grades.grade_counts(audits, by=place), place, lines=[["grade"]])
    counts = counts[counts[place].astype("str") != NOT_RECORDED].reset_index(drop=True)
    seen = r.shares(whole, lines=[()]).set_index(place)
    table = whole[whole[place].astype("str") != NOT_RECORDED].reset_index(drop=True)
    if not counts["share"].notna().any() and noun(r) == "inspection":
        counts = counts.iloc[:0]
    sizes = table.loc[table["n"] > 0, "n"]
    if len(sizes) < MIN_PLACES or sizes.median() < MIN_IN_PLACE:
        return SimpleNamespace(
            points=table.iloc[:0], curve=table.iloc[:0], counts=counts, each=each, sentences=[], place=place, title=""
        )
    points = funnel(table[table["n"] > 0], by=place)
    figures = ["count", "n", "share", "share_lower", "share_upper", "suppressed"]
    shown = points.assign(**seen.loc[points[place], figures].reset_index(drop=True))
    shown["position"] = shown["position"].astype(object).mask(shown["suppressed"])  # it would give the share away
    curve = share_curve(points["baseline"].iloc[0], range(1, int(points["n"].max() * 1.1) + 2))
    text = words.funnel(shown.to_dict("records"), place, (place, plural(place)), r.year.name)
    return SimpleNamespace(
        points=shown, curve=curve, counts=counts, each=each, sentences=[text], title=text, place=place
    )


def _each_inspection(r: Report) -> pd.DataFrame:
    """Each inspection of the period: place, day, grade and the grade before; empty for audits, which are of cases."""
    columns = ["team", "locality", "audit_date", "grade", "audit_date_before", "grade_before"]
    if noun(r) != "inspection" or not r.rule.show_cases:
        return pd.DataFrame(columns=columns)
    known = main_audits(r).sort_values(["audit_date", "audit_id"])
    graded = known[known["grade"].notna() & known["case_id"].notna()]
    known[["audit_date_before", "grade_before"]] = graded.groupby("case_id", observed=True)[
        ["audit_date", "grade"]
    ].shift()
    return r.in_period(known, "audit_date")[columns].reset_index(drop=True)


def show_places(r: Report, s: SimpleNamespace) -> None:
    """The funnel and the grades of each place, over twelve months; a sentence where there are too few places."""
    if not s.sentences:
        there = main_audits(r)[s.place].nunique() > 1
        show_sentences(f"There are too few graded {noun(r)}s to compare {plural(s.place) if there else 'places'}.")
    else:
        show_chart(
            charts.funnel_chart(
                marked(s.points),
                s.curve,
                title=s.title,
                label=s.place,
                average=s.points["baseline"].iloc[0],
                subtitle=f"Share judged good or better by number of graded {noun(r)}s, {r.year.name}; limits of 95% and 99.8%",
                source=words.source_line(records(r), [], f"graded {noun(r)}", f"in {r.year.name}"),
                unit=f"{noun(r)}s",
            )
        )
    if len(s.counts) and s.counts["share"].notna().any():
        show_chart(
            charts.grade_bars(
                marked(s.counts),
                by=s.place,
                title=f"Grades by {s.place} over {r.year.name}",
                subtitle=f"Share of graded {noun(r)}s; no order of merit: {plural(s.place)} come in the framework's order",
                source=words.source_line(
                    records(r), [], f"graded {noun(r)}", f"in {r.year.name}"
                ),
                good_grades=r.profile.good_grades,
                unit=f"{noun(r)}s",
            )
        )
    if len(s.each):
        show_table(
            s.each,
            f"Inspections in {r.when}",
            {
                "team": "Inspected",
                **({} if "locality" in r.place else {"locality": "Locality"}),
                "audit_date": ("Begun", "date"),
                "grade": "Grade",
                "grade_before": "Grade before",
                "audit_date_before": ("Date before", "date"),
            },
            folded=True,
        )


def show_months(r: Report, s: SimpleNamespace) -> None:
    """The share judged good or better in each month, with the limits that chance allows."""
    show_chart(
        charts.control_chart(
            s.months,
            s.summary,
            title=s.title,
            subtitle=f"Share of graded {noun(r)}s judged good or better each month, {r.where}, with the limits that chance "
            f"allows at that month's number of {noun(r)}s",
            source=words.source_line(
                records(r), s.months["n"], f"graded {noun(r)}", f"in {words.counted(len(s.months), 'month')}"
            ),
            target=s.target,
        )
        if len(s.months) >= LEAST_MONTHS
        else None,
        empty=f"{words.counted(len(s.months), 'month').capitalize()} of the last 24 "
        f"{'has' if len(s.months) == 1 else 'have'} graded {noun(r)}s{', too few for a chart' * (len(s.months) > 0)}.",
    )


def count_columns(r: Report) -> dict:
    """The columns of a table of grades."""
    return {
        "span": "Period",
        "grade": "Grade",
        "count": (f"{noun(r).capitalize()}s", "count"),
        "share": ("Share", "percent"),
        "share:interval": ("95% interval", "interval"),
        "n": (f"Graded {noun(r)}s", "count"),
    }


def show_grades(r: Report, s: SimpleNamespace) -> None:
    """The grades of the period and of the twelve months to its end, as bars and as a table; other graded activities."""
    if s.counts["share"].notna().any():  # else there is nothing to draw, and the sentences say why
        show_chart(
            charts.grade_bars(
                marked(s.counts),
                by="span",
                title=s.headline,
                subtitle=f"Share of graded {noun(r)}s, {r.where}",
                source=words.source_line(records(r), s.counts["n"].head(1), f"graded {noun(r)}", f"in {r.when}"),
                good_grades=r.profile.good_grades,
                header="Period",
                unit=f"{noun(r)}s",
            )
        )
    if s.counts["n"].fillna(0).gt(0).any():
        show_table(marked(s.counts), f"{noun(r).capitalize()}s by grade, {r.where}", count_columns(r), folded=True)
    if len(s.others):
        show_table(
            marked(s.others),
            f"Good or better in other graded activities, {r.year.name}",
            {
                "activity": "Activity",
                "share": ("Good or better", "share_of"),
                "share:interval": ("95% interval", "interval"),
            },
            folded=True,
        )
    if len(s.send) > 1:
        show_table(
            marked(s.send),
            f"Good or better by special educational needs or disability, {r.year.label}",
            {
                "send": "Need or disability",
                "share": ("Good or better", "share_of"),
                "share:interval": ("95% interval", "interval"),
            },
            folded=True,
        )
