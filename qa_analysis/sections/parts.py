"""What the parts of the quarter have in common: whether the profile has the activity, done against due, themes, texts.

A part is there only where the profile has its activity: then `exists` is True and `show_part` puts a heading over it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import Any

import pandas as pd

from qa_analysis import narrative as words
from qa_analysis.codebook import load_codebook
from qa_analysis.context import Report
from qa_analysis.disclosure import count_in_words, marked, small_total
from qa_analysis.measures import grades, schedule, themes, threads
from qa_analysis.measures.shares import NOT_RECORDED
from qa_analysis.scope import span
from qa_analysis.show import show_heading, show_sentences, show_table

MOST_THEMES = 6
MOST_TEXTS = 40
KINDS = {"strength": "strengths", "improvement": "areas for improvement"}
GOOD = "good or better"


def absent() -> SimpleNamespace:
    """A part of which the profile has no activity: nothing is said and nothing is shown."""
    return SimpleNamespace(exists=False, sentences=[])


def show_part(heading: str, s: SimpleNamespace, show: Callable[..., None], r: Report, level: int = 3) -> None:
    """The heading, the sentences and the tables of a part; nothing at all where the profile lacks the activity."""
    if not s.exists:
        return
    show_heading(heading, level)
    show_sentences(s.sentences)
    show(r, s)


def in_force(r: Report, fits: Callable[[Any], bool]) -> dict[str, Any]:
    """The activities of the profile, as it stood at the period's end, that fit; in the profile's order."""
    profile = r.profile if r.period.kind == "all" else r.profile.on(r.period.end)
    return {i: a for i, a in profile.activities.items() if fits(a)}


def audits_of(r: Report, activities: Iterable[str]) -> pd.DataFrame:
    """The place's audits of these activities; how a case was chosen is the activity's rule where none is recorded."""
    activities = list(activities)
    audits = r.data.audits
    own = audits[audits["activity"].astype("str").isin(activities)]
    rule = {i: r.profile.activities[i].selection for i in activities}
    chosen = own["selection"].astype("str").where(own["selection"].notna(), NOT_RECORDED)
    given = own["activity"].astype("str").map(rule)
    return own.assign(selection=chosen.mask(chosen.eq(NOT_RECORDED) & given.notna(), given))


def done_and_due(r: Report, activities: dict[str, Any]) -> pd.DataFrame:
    """One row an activity: what was due, what was done, by whom (see `schedule.schedule_coverage`).

    These are counts of staff's work, not of children, and are shown to every audience, as in the schedule.
    """
    profile = r.profile.model_copy(update={"activities": activities})
    tables = {name: getattr(r.data, name) for name in ("audits", "moderations", "feedback", "samples", "survey")}
    return schedule.schedule_coverage(
        profile, r.data.establishment, r.period, tables, data_span=span(r.whole), whole=not r.place
    )


def done_words(r: Report, coverage: pd.DataFrame, activities: dict[str, Any]) -> list[str]:
    """What was done of what was due, one sentence an activity; activities done as needed only where any was done."""
    out, known = [], coverage.set_index("activity")
    own = r.in_period(r.data.audits, "audit_date")["activity"].astype("str").value_counts()
    for id, activity in activities.items():
        row = known.loc[id] if id in known.index else None
        if row is None and own.get(id, 0):  # what the authority as a whole owes is not due of one place
            out.append(f"{activity.label}: {words.number(own[id])} done in {r.when}")
            continue
        if row is not None and (due := _whole(row["n"])) > 0:
            months = activity.months_per_round
            longer = r.period.kind != "all" and months is not None and months > r.period.n_months
            when = f"the {months} months to {r.period.end:%B %Y}" if longer else r.when
            done, in_all = min(_whole(row["count"]), due), _whole(row["n_done"])
            more = f"; {words.number(in_all)} in all, more than owed or of nobody known to owe it" if in_all > done else ""
            out.append(
                f"{activity.label}: {words.number(done) if done else 'none'} of {words.number(due)} due in {when} "
                f"{'was' if due == 1 else 'were'} done{f' ({words.percent(done / due)})' if done else ''}{more}"
            )
        elif row is not None and not words.is_missing(row["n_done"]) and row["n_done"] > 0:
            no_number = {
                "as needed": "; the framework sets no number",
                "count due not known": "; how many were due is not known",
            }
            out.append(f"{activity.label}: {words.number(row['n_done'])} done in {r.when}{no_number.get(row['state'], '')}")
    if not out:
        named = words.listed(a.label.lower() if a.label[1:2].islower() else a.label for a in activities.values())
        out = [f"nothing is recorded in {r.when} of: {named}"]
    return [words.sentence(s) for s in out]


def _whole(n: float) -> int:
    """Whole pieces of work: a third of a round, as at the start of the data, is not yet due."""
    return 0 if words.is_missing(n) else int(n + 1e-9)


def show_done(r: Report, coverage: pd.DataFrame, what: str) -> None:
    """Done against due by activity and role."""
    show_table(
        coverage[coverage["n"].notna() | coverage["n_done"].gt(0).fillna(False)],
        f"{what}: done against due, {r.when}",
        {
            "label": "Activity",
            "who": "By whom",
            "count": ("Done of those due", "count"),
            "n": ("Due", "count"),
            "n_done": ("Done in all", "count"),
        },
        folded=True,
        empty=f"{what}: nothing was due or done.",
    )


# --- standards --------------------------------------------------------------------------------------------------------


def standards_judged(r: Report, audits: pd.DataFrame, activities: dict[str, Any]) -> SimpleNamespace:
    """Each standard of the activities' own sets over the period and over the twelve months, with the change.

    Tables `now` (share good or better, of ratings in the period), `year` (the twelve months against the twelve before,
    corrected for the number of standards); labels and order are the profile's. `n_rated` is the number of audits with a
    rating in the period.
    """
    sets = {a.standards or r.profile.standard_set for a in activities.values()}
    own = {s.id: s.label for name in sets for s in r.profile.standards_on(None, name)}
    rated = threads.ratings_with_audits(r.data.ratings, audits)
    rated = rated[rated["standard"].astype("str").isin(own) & rated["grade"].notna()]
    good = r.profile.good_grades
    if rated.empty or not good:
        return SimpleNamespace(now=pd.DataFrame(), year=pd.DataFrame(), n_rated=0)
    in_period = r.in_period(rated, "audit_date")
    now = grades.good_or_better(in_period, "standard", good_grades=good)
    year = grades.grade_change(rated, r.year, "standard", good_grades=good, comparisons=("previous period",))
    now, year = (_in_order(t, own) for t in (r.shares(now, hide=["n_ungraded", "n_other_basis"]), r.changes(year)))
    return SimpleNamespace(now=now, year=year, n_rated=int(in_period["audit_id"].nunique()))


def _in_order(table: pd.DataFrame, labels: dict[str, str]) -> pd.DataFrame:
    order = {s: i for i, s in enumerate(labels)}
    table = table[table["standard"].astype("str").isin(labels)]
    table = table.sort_values("standard", key=lambda c: c.astype("str").map(order), kind="stable")
    return table.assign(standard=table["standard"].astype("str").map(labels)).reset_index(drop=True)


def standard_words(r: Report, judged: SimpleNamespace, noun: str, plural: str) -> list[str]:
    """The standard with the lowest and the highest share, and which of them moved over the twelve months."""
    out = []
    shown = judged.now[judged.now["share"].notna()] if len(judged.now) else judged.now
    if len(shown) > 1:
        low, high = (shown.loc[shown["share"] == shown["share"].agg(f)] for f in ("min", "max"))
        if low["share"].iloc[0] < high["share"].iloc[0]:
            for word, rows in (("lowest", low), ("highest", high)):
                out.append(
                    f"the {word} share judged {GOOD} is that of {words.listed(rows['standard'])} "
                    f"({words.percent(rows['share'].iloc[0])} of {words.counted(rows['n'].iloc[0], noun, plural)} in {r.when}, "
                    f"95% interval {words.interval(rows['share_lower'].iloc[0], rows['share_upper'].iloc[0])})"
                )
    elif judged.n_rated:
        out.append(f"too few {plural} in {r.when} to give the share judged {GOOD} on each standard")
    if len(judged.year) and r.period.kind != "all":
        moved = [x for x in judged.year.to_dict("records") if x["verdict"] in (words.ROSE, words.FELL)]
        clear = judged.year["verdict"].eq(words.NO_CLEAR_CHANGE).any()
        for verdict in (words.FELL, words.ROSE):
            named = [
                f"{x['standard']} ({words.percent(x['share'])} of {words.number(x['n'])} {GOOD}, was "
                f"{words.percent(x['share_before'])} of {words.number(x['n_before'])} in the twelve months before)"
                for x in moved
                if x["verdict"] == verdict
            ]
            if named:
                out.append(f"over {r.year.name}, {words.listed(named)} {verdict}")
        if not moved and clear:
            out.append(f"no standard changed clearly over {r.year.name} against the twelve months before")
    return [words.sentence(s) for s in out]


def show_standards(r: Report, judged: SimpleNamespace, what: str) -> None:
    """Share good or better on each standard in the period, with its interval; the twelve months against those before."""
    if not len(judged.now):
        return
    show_table(
        marked(judged.now),
        f"{what}: {GOOD} on each standard, {r.when}",
        {
            "standard": "Standard",
            "share": (GOOD.capitalize(), "share_of"),
            "share:interval": ("95% interval", "interval"),
            "n": ("Judged", "count"),
        },
    )
    if r.period.kind != "all":
        show_table(
            marked(judged.year),
            f"{what}: {GOOD} on each standard, {r.year.label} and the twelve months before",
            {
                "standard": "Standard",
                "share": ("Now", "share_of"),
                "share:interval": ("95% interval", "interval"),
                "share_before": ("Before", "percent"),
                "n_before": ("Judged before", "count"),
                "verdict": "Change",
            },
            folded=True,
        )


# --- themes and texts -------------------------------------------------------------------------------------------------


def raised_themes(r: Report, audits: pd.DataFrame, basis: str | None = None, period=None) -> pd.DataFrame:
    """Themes that audits of the period raise, as strengths and as improvements; the cases' ways of choosing never pooled.

    `basis` as in `themes.theme_counts`; rows that nobody raised and the codebook's catch-all themes are left out.
    """
    period = period or r.period
    if not period.holds(audits["audit_date"]).any():
        return pd.DataFrame(columns=_THEME_COLUMNS).astype({"suppressed": bool})
    return shown_themes(r, r.shares(_theme_counts(r, audits, basis, period), hide=SOURCES))


SOURCES = ["n_ticked", "n_suggested", "n_both"]
_THEME_COLUMNS = ["basis", "kind", "theme", "label", "count", "n", "share", "share_lower", "share_upper", "suppressed"]


def _theme_counts(r: Report, audits: pd.DataFrame, basis: str | None, period) -> pd.DataFrame:
    chosen = r.in_period(audits, "audit_date", period)
    findings = r.data.findings[r.data.findings["audit_id"].isin(chosen["audit_id"])]
    return themes.theme_counts(chosen, findings, load_codebook(r.profile), basis=basis)


def shown_themes(r: Report, table: pd.DataFrame) -> pd.DataFrame:
    other = [t.id for t in load_codebook(r.profile).themes if t.only_alone]
    raised = (table["count"].isna() | table["count"].gt(0)) & table["n"].ne(0) & ~table["theme"].isin(other)
    return table[raised].sort_values(["basis", "kind", "count", "label"], ascending=[True, True, False, True], kind="stable",
                                     na_position="last").reset_index(drop=True)  # fmt: skip


def main_basis(raised: pd.DataFrame) -> pd.DataFrame:
    """The themes of the cases that sentences speak of: chosen at random (or all) where there are any, else the most."""
    if raised.empty:
        return raised
    basis = grades.REPRESENTATIVE if raised["basis"].eq(grades.REPRESENTATIVE).any() else raised["basis"].mode().iloc[0]
    return raised[raised["basis"].eq(basis)]


def theme_changes(r: Report, audits: pd.DataFrame, now, before) -> pd.DataFrame:
    """Each theme in one period against an earlier one, corrected for the number of themes; empty without audits in both."""
    if before is None or not all(span.holds(audits["audit_date"]).any() for span in (now, before)):
        return pd.DataFrame()
    both = (_theme_counts(r, audits, None, span) for span in (now, before))
    return r.changes(themes.theme_change(*both))


def theme_words(r: Report, table: pd.DataFrame, noun: str, plural: str, when: str = "") -> list[str]:
    """What is raised most often among strengths and among improvements, with n and interval where there are enough."""
    out = []
    for kind, name in KINDS.items():
        of_kind = table[table["kind"].eq(kind)]
        rows = of_kind[of_kind["count"].gt(0)]
        if rows.empty:
            continue
        name += " that are shown" if of_kind["suppressed"].any() else ""
        top = rows[rows["count"] == rows["count"].max()]
        row = top.iloc[0]
        if row["count"] == 1 and row["n"] > 1:
            out.append(f"no theme among {name} is raised by more than one of {words.counted(row['n'], noun, plural)}{when}")
            continue
        share = (
            ""
            if words.is_missing(row["share"])
            else f" ({words.percent(row['share'])}, 95% interval {words.interval(row['share_lower'], row['share_upper'])})"
        )
        named = words.listed(top["label"]) if len(top) <= 3 else f"{words.number(len(top))} themes"
        each = "each in " if len(top) > 1 else "in "
        out.append(
            f"most often among {name} {'are' if len(top) > 1 else 'is'} {named}: {each}{words.number(row['count'])} of "
            f"{words.counted(row['n'], noun, plural)}{share}{when}"
        )
    return [words.sentence(s) for s in out]


def moved_themes(r: Report, change: pd.DataFrame, since: str) -> list[str]:
    """Which themes are raised clearly more or less often than before; nothing where none is, or where too few are."""
    out = []
    for kind, name in KINDS.items():
        for verdict, word in ((words.ROSE, "more"), (words.FELL, "less")):
            rows = change[change["kind"].eq(kind) & change["verdict"].eq(verdict)] if len(change) else change
            if len(rows):
                named = words.listed(
                    f"{x['label']} ({words.percent(x['share'])} of {words.number(x['n'])}, was "
                    f"{words.percent(x['share_before'])} of {words.number(x['n_before'])})"
                    for x in rows.to_dict("records")
                )
                out.append(f"among {name}, {named} {'is' if len(rows) == 1 else 'are'} raised {word} often than in {since}")
    return [words.sentence(s) for s in out]


def show_themes(table: pd.DataFrame, caption: str, noun: str, *, folded: bool = True) -> None:
    """Themes of one kind after the other: how often, of how many, how the cases were chosen; the withheld are counted."""
    for kind, name in KINDS.items():
        own = table[table["kind"].eq(kind)]
        seen = own[own["count"].notna()]
        hidden = len(own) - len(seen)
        show_table(
            marked(seen),
            f"{caption}: themes among {name}",
            {
                "label": "Theme",
                "basis": "How cases were chosen",
                "count": (noun, "count"),
                "n": ("Out of", "count"),
                "share": ("Share", "percent"),
                "share:interval": ("95% interval", "interval"),
            },
            folded=folded,
            notes=[f"{hidden} more withheld, because the numbers are small."] if hidden else (),
            empty=f"{caption}: {name} are recorded, in numbers too small to show." if hidden else
            f"{caption}: no {name} are recorded.",
        )


def said(r: Report, audits: pd.DataFrame, kind: str) -> pd.DataFrame:
    """What the period's audits say in words, one row a finding; empty where the audience may not see free text."""
    columns = ["audit_id", "service", "team", "audit_date", "text"]
    if not r.rule.show_free_text:
        return pd.DataFrame(columns=columns)
    now = r.in_period(audits, "audit_date")
    found = r.data.findings[r.data.findings["kind"].astype("str").eq(kind)]
    table = now[columns[:-1]].merge(found[["audit_id", "text"]], on="audit_id")
    return table.sort_values(["audit_date", "audit_id"], kind="stable").reset_index(drop=True)


def show_said(table: pd.DataFrame, caption: str) -> None:
    """Findings in words, for those who may see free text; nothing for others."""
    if len(table):
        show_table(
            table,
            caption,
            {"service": "Service", "team": "Team", "audit_date": ("Date", "date"), "text": "In words"},
            folded=True,
            most=MOST_TEXTS,
        )


# --- words ------------------------------------------------------------------------------------------------------------


def how_many(r: Report, n: float, noun: str, plural: str | None = None) -> str:
    """A count with its noun for this audience: "12 audits", "no audits", "fewer than 6 audits"."""
    return count_in_words(n, r.rule.smallest_count, noun=noun, plural=plural)


def verb(r: Report, n: float, one: str = "was", many: str = "were") -> str:
    """The verb that goes with `how_many`: the singular only where the count is shown and is 1."""
    return one if n == 1 and not small_total(n, r.rule.smallest_count) else many


def share_words(row: Any, what: str, of: tuple[str, str], when: str) -> str:
    """One share in a sentence: with n and interval, or why there is none. `of`: what is counted, one and many.

    "Of 20 audits in May 2019, 75% had the child's view (95% interval 53% to 89%)."
    """
    n = row["n"]
    if row.get("suppressed", False):
        return words.sentence(f"the share of {of[1]} in {when} that {what} is not shown, because the numbers are small")
    if words.is_missing(n) or n == 0:
        return words.sentence(f"there are no {of[1]} in {when} of which it could be said that they {what}")
    if words.is_missing(row["share"]):
        return words.sentence(
            f"{words.number(row['count'])} of {words.counted(n, *of)} in {when} {what}: too few to give a share"
        )
    share = {0: "none", n: "all"}.get(row["count"]) or words.percent(row["share"])
    return words.sentence(
        f"of {words.counted(n, *of)} in {when}, {share} {what} (95% interval "
        f"{words.interval(row['share_lower'], row['share_upper'])})"
    )
