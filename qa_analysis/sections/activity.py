"""How much quality assurance was done: each activity against the schedule, and how cases were chosen."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
from scipy import stats

from qa_analysis import charts
from qa_analysis import narrative as words
from qa_analysis.context import Report
from qa_analysis.disclosure import count_in_words, marked
from qa_analysis.measures import evidence, partnership, schedule
from qa_analysis.measures.compare import ALPHA, adjust_p
from qa_analysis.measures.grades import sample_basis
from qa_analysis.scope import span
from qa_analysis.sections.grades import noun
from qa_analysis.show import show_chart, show_table

MONTHS_WATCHED = 6
MONTHS_SILENT = 3


def against_schedule(r: Report) -> SimpleNamespace:
    """Each activity of the schedule: due, done, and who is behind.

    Tables: coverage (one row an activity with a count due), overdue (by role and team; roles' names for supervision
    only), silent (teams that did clearly less than others). Counts of work done are counts of staff's
    work, not of children, and are shown.
    """
    tables = {name: getattr(r.data, name) for name in ("audits", "moderations", "feedback", "samples", "survey")}
    covered = span(r.whole)
    args = (r.profile, r.data.establishment, r.period, tables)
    coverage = schedule.schedule_coverage(*args, data_span=covered, whole=not r.place)
    due = coverage[coverage["n_due"].fillna(0).gt(0) & coverage["n_done"].notna()].reset_index(drop=True)
    overdue = schedule.schedule_overdue(*args, data_span=covered)
    overdue = overdue[overdue["activity"].isin(due["activity"])]
    if not r.rule.show_people:
        overdue = overdue[overdue["team"].notna()]
    silent = _silent_teams(r, args, covered)
    return SimpleNamespace(
        coverage=due,
        overdue=overdue,
        silent=silent,
        sentences=(said := _sentences(r, due, silent)),
        title=said[0] if len(due) and said else "",
    )


def _silent_teams(r: Report, args, covered) -> pd.DataFrame:
    """Teams that have stopped: none of the main activity for three months, and clearly less than other teams over six.

    Exact one-sided binomial test of each team against the share done by all, corrected for the number of teams
    (Benjamini and Hochberg, 1995): a month missed by chance names nobody.
    """
    profile, establishment, _, tables = args
    span = r.period if r.period.kind == "all" else r.period.last_months(max(r.period.n_months, MONTHS_WATCHED))
    only = {profile.default_activity: profile.activities[profile.default_activity]}
    units = schedule.schedule_units(
        profile.model_copy(update={"activities": only}), establishment, span, tables, covered
    )
    units = units[units["team"].notna() & (units["n_due"] > 0) & units["n_done"].notna()].copy()
    due = units["n_due"].astype(float).round()
    done = units["n_done"].astype(float).clip(upper=due)
    if units.empty or due.sum() == 0:
        return units.reindex(columns=["team", "service", "n_due", "n_done", "last_done"])
    units["p_adjusted"] = adjust_p(stats.binom.cdf(done, due, done.sum() / due.sum()), "BH")
    quiet_since = units["window_end"].max() - pd.DateOffset(months=MONTHS_SILENT)
    behind = units[(units["p_adjusted"] < ALPHA) & ~units["last_done"].gt(quiet_since)]
    return behind[["team", "service", "n_due", "n_done", "last_done"]].reset_index(drop=True)


def _sentences(r: Report, due: pd.DataFrame, silent: pd.DataFrame) -> list[str]:
    if due.empty:
        lacking = "the data hold no establishment" if r.whole.establishment.empty else "the profile sets no counts"
        return [words.sentence(f"{lacking}, so what was due in {r.when} is not known")]
    main = due[due["activity"] == r.profile.default_activity]
    out = []
    if len(main):
        out.append(words.main_activity(main.iloc[0], r.when))
    out.append(words.behind_schedule(due[due["activity"] != r.profile.default_activity].to_dict("records")))
    label = r.profile.activities[r.profile.default_activity].label
    out.append(words.silent_teams(list(silent["team"]), MONTHS_SILENT, label))
    return [s for s in out if s]


def who_was_audited(r: Report) -> SimpleNamespace:
    """The audits of the period by activity, type and how the case was chosen; SEND; agencies.

    Tables: activities, selection (random or all, purposive, not recorded), types, each with count; `ungraded` is the number
    of audits of ungraded activities. Counts are as the audience may see them.
    """
    audits = r.in_period(r.data.audits, "audit_date")

    def counted(values: pd.Series, name: str) -> pd.DataFrame:
        table = values.astype("str").fillna("not recorded").value_counts().rename_axis(name).reset_index(name="count")
        return r.counts(table.sort_values(name).reset_index(drop=True), lines=[()])

    activities = counted(audits["activity"].map(lambda a: r.profile.label("activities", a)), "activity")
    ungraded = [i for i, a in r.profile.activities.items() if not a.graded]
    n_ungraded = int(audits["activity"].astype("str").isin(ungraded).sum())
    text = []
    if len(audits) and noun(r) == "inspection" and activities["activity"].nunique() == 1:
        text.append(f"{count_in_words(len(audits), r.rule.smallest_count, noun='inspection')} in {r.when}")
    else:
        purposive = int((sample_basis(audits) == "purposive").sum())
        small = r.rule.smallest_count
        text.append(
            words.audited(len(audits), purposive, n_ungraded, "audit" if len(audits) else noun(r), r.when, small)
        )
    mix, partners = _evidence(r), _with_partners(r)
    text += [*_evidence_words(r, mix), *_partner_words(r)]
    return SimpleNamespace(
        evidence=mix,
        partners=partners,
        activities=activities,
        selection=counted(sample_basis(audits), "selection"),
        types=counted(audits["audit_type"], "audit_type"),
        n_ungraded=n_ungraded,
        n=len(audits),
        sentences=[words.sentence(s) for s in text],
    )


def _evidence(r: Report) -> pd.DataFrame:
    """The share of the period's evidence that is quantity, quality and outcome."""
    names = ("audits", "feedback", "survey", "actions", "practice")
    return r.shares(
        evidence.evidence_shares(
            evidence.evidence_mix(r.profile, r.period, {name: getattr(r.data, name) for name in names})
        )
    )


def _evidence_words(r: Report, mix: pd.DataFrame) -> list[str]:
    row = mix[mix["type"] == "outcome"]
    if not len(row) or words.is_missing(row["share"].iloc[0]):
        return []
    return [words.evidence_of_outcome(row.iloc[0], r.when)]


def _with_partners(r: Report) -> pd.DataFrame:
    """Themes for improvement in audits made with partners, by locality, over the twelve months."""
    table = partnership.partnership_themes(r.data.audits, r.year)
    if not len(table):
        return table
    table = r.shares(table[table["count"] > 0])
    table["theme"] = [r.profile.label("themes", t) for t in table["theme"]]
    return table


def _partner_words(r: Report) -> list[str]:
    row = partnership.partnership_audits(r.data.audits, r.year, by=None).iloc[0]
    said = words.with_partners(int(row["n_either"]), r.year.label, r.rule.smallest_count)
    return [said] if said else []


def show_schedule(r: Report, s: SimpleNamespace) -> None:
    """Done against due for each activity, and what is behind by role and team; names for supervision only."""
    if not len(s.coverage):
        return
    show_chart(
        charts.coverage_bars(
            s.coverage,
            "label",
            done="count",
            due="n",
            header="Activity",
            title=s.title or f"Done against due, {r.when}",
            subtitle=f"Done against due by the schedule, {r.where}, {r.when}; quarterly and yearly work over its whole round",
            source=words.source_line(
                "returns of every activity", s.coverage["n_done"], "piece of work", f"in {r.when}", "pieces of work"
            ),
        )
    )
    if not r.rule.show_people:  # one audit due of one team is one manager's work
        return
    show_table(
        s.overdue,
        "Work behind the schedule, by role and team",
        {
            "label": "Activity",
            "role": "Role",
            "unit": "Whose",
            "service": "Service",
            "n_due": ("Due", "count"),
            "n_done": ("Done", "count"),
            "n_overdue": ("Missing", "count"),
        },
        folded=True,
        most=r.most_listed,
        empty="Nothing of the schedule is behind.",
    )


def show_audited(r: Report, s: SimpleNamespace) -> None:
    """Audits of the period by activity, by how cases were chosen, and by type."""
    if not s.n:
        return
    kinds = (
        (s.selection, "selection", "How chosen", "How the cases were chosen"),
        (s.activities, "activity", "Activity", "Audits by activity"),
        (s.types, "audit_type", "Type", "Audits by type"),
    )
    # the schedule shows work done by activity: beside it, what these tables withhold could be worked out
    for table, column, header, caption in kinds if r.rule.smallest_count == 1 else kinds[:1]:
        if len(table) > 1 or noun(r) != "inspection":
            show_table(
                marked(table), f"{caption}, {r.when}", {column: header, "count": ("Audits", "count")}, folded=True
            )
    if len(s.evidence) and s.evidence["n"].fillna(0).gt(0).any():
        show_table(
            marked(s.evidence),
            f"Evidence of quantity, quality and outcome, {r.when}",
            {"type": "Type", "share": ("Share", "share_of"), "share:interval": ("95% interval", "interval")},
            folded=True,
        )
    if len(s.partners) and s.partners["count"].notna().any():
        show_table(
            marked(s.partners),
            f"Themes for improvement in audits with partners, {r.year.label}",
            {
                "locality": "Locality",
                "theme": "Theme",
                "count": ("Audits", "count"),
                "n": ("Audits with partners", "count"),
            },
            folded=True,
        )
