"""What will we do: priorities by a rule that is told, last year's checked against this year's figures, training needs."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd

from qa_analysis import narrative as words
from qa_analysis.context import Report
from qa_analysis.disclosure import marked
from qa_analysis.measures import priorities as measure
from qa_analysis.measures import triangulation as sources
from qa_analysis.measures.grades import estimate_basis
from qa_analysis.measures.themes import audit_themes, says_something
from qa_analysis.sections import training
from qa_analysis.sections.grades import main_audits
from qa_analysis.sections.triangulation import TABLES
from qa_analysis.show import show_table

MOST = 5  # priorities that are put forward
MOST_NEEDS = 8


def next_year(r: Report, matrix: SimpleNamespace) -> SimpleNamespace:
    """Topics ranked for the coming year, what became of the last year's first five, and training needs.

    `matrix` of `triangulation.triangulated`. Tables: ranked (one row a topic), checked (last year's first five), needs (themes
    for improvement over all activities, one row a theme, with the training on it). Shares withheld where small; the rank
    rests on tests and stays. `training_sentences`: which needs have no training, and where it is not used.
    `basis` and `theme_basis`: how the cases were chosen on which the standards' and the themes' shares rest.
    """
    ranked = _ranked(r, r.year, matrix.exact)
    before = r.year.year_before()
    exact = sources.triangulate(
        sources.standard_evidence(r.profile, before, {name: getattr(r.data, name) for name in TABLES}),
        [s.id for s in r.profile.standards_on(before.end)],
    ) if before is not None else None
    earlier = _ranked(r, before, exact) if exact is not None else ranked.iloc[:0]
    checked = measure.checked_against(earlier, ranked, MOST)
    shown = r.shares(ranked, hide=["n_worst", "share_worst"])
    shown["topic_label"] = [_label(r, t) for t in shown.to_dict("records")]
    checked["topic_label"] = [_label(r, t) for t in checked.to_dict("records")]
    checked = _gated_check(r, checked)
    taught = training.taken_up(r)
    needs = _with_training(training_needs(r), taught)
    return SimpleNamespace(
        ranked=shown,
        checked=checked,
        needs=needs,
        basis=estimate_basis(r.in_period(main_audits(r), "audit_date", r.year)),
        theme_basis=estimate_basis(r.in_period(r.data.audits, "audit_date", r.year)),
        sentences=_sentences(r, shown, needs),
        training_sentences=_training_words(r, needs, taught),
        checked_sentences=_checked_sentences(r, checked, before),
    )


def _ranked(r: Report, period, exact: pd.DataFrame) -> pd.DataFrame:
    data = r.data
    return measure.ranked(
        measure.standard_topics(r.profile, data.audits, data.ratings, exact, period),
        measure.theme_topics(r.profile, data.audits, data.findings, period),
    )


def _label(r: Report, row: dict) -> str:
    return r.profile.label("standards" if row["kind"] == "standard" else "themes", row["topic"])


def _gated_check(r: Report, checked: pd.DataFrame) -> pd.DataFrame:
    least = r.rule.smallest_count
    hidden = pd.Series(False, index=checked.index)
    for when in ("then", "now"):
        count = (checked[f"share_{when}"] * checked[f"n_{when}"]).round()
        for small in (count, checked[f"n_{when}"] - count, checked[f"n_{when}"]):
            hidden |= small.gt(0) & small.lt(least)
    for column in [c for c in checked if c.startswith(("share", "difference", "n_"))]:
        checked[column] = checked[column].astype(float).mask(hidden)
    return checked.assign(suppressed=hidden)


def training_needs(r: Report) -> pd.DataFrame:
    """Themes named for improvement in any activity over the year, as training needs: one row a theme, most named first.

    Columns: theme, theme_label, count (audits of any kind that name it for improvement), n (audits with any text or tick),
    share with limits, n_kinds (kinds of activity that name it), suppressed. Cases picked on purpose count here: a need is
    a need however it was found, so the share describes what was looked at and is no estimate for all cases.
    """
    from qa_analysis.measures.shares import add_share

    audits = r.in_period(r.data.audits, "audit_date", r.year)
    raised = audit_themes(audits, r.data.findings)
    named = raised[raised["kind"] == "improvement"].merge(audits[["audit_id", "activity"]], on="audit_id")
    n = int(says_something(audits, r.data.findings).sum())
    kinds = named["activity"].astype(object).map({a.id: a.kind for a in r.profile.activities.values()}).fillna("audit")
    table = named.assign(activity_kind=kinds).groupby("theme").agg(
        count=("audit_id", "nunique"), n_kinds=("activity_kind", "nunique")).reset_index()
    table = add_share(table.assign(n=n)).sort_values(["count", "theme"], ascending=[False, True], ignore_index=True)
    table["theme_label"] = [r.profile.label("themes", t) for t in table["theme"]]
    return r.shares(table.head(MOST_NEEDS))


def _with_training(needs: pd.DataFrame, taught: SimpleNamespace) -> pd.DataFrame:
    """The needs with what training on each theme came to, as in `training.taken_up`; `is_taught` is False where none was."""
    if not taught.any:
        return needs
    own = taught.themes.drop(columns="theme_label").rename(columns=lambda c: c if c == "theme" else f"{c}_taken")
    return needs.merge(own, on="theme", how="left").assign(is_taught=needs["theme"].isin(taught.held))


def _training_words(r: Report, needs: pd.DataFrame, taught: SimpleNamespace) -> list[str]:
    """Needs without any training in the year, and needs whose training is taken up and not used, or less than others."""
    if not len(needs):
        return []
    if not taught.any:
        return [*taught.sentences, words.sentence("so it is not known which of these needs were met")]
    without = needs.loc[~needs["is_taught"], "theme_label"]
    out = [words.sentence(f"there was training in {r.year.name} on each of these themes")]
    if len(without):
        out = [words.sentence(
            f"no training on {words.listed(without)} is recorded in {r.year.name}, though "
            f"{'it is' if len(without) == 1 else 'they are'} among the themes named most often for improvement")]
    return out + training.not_used(taught.themes[taught.themes["theme"].isin(needs["theme"])])


def _sentences(r: Report, ranked: pd.DataFrame, needs: pd.DataFrame) -> list[str]:
    first = ranked[ranked["rank"].notna()].head(MOST)
    if not len(first):
        return [words.sentence(f"too little was recorded in {r.year.name} to rank priorities for the next twelve months")]
    out = [f"by the rule below, the first {words.counted(len(first), 'priority', 'priorities')} for the next twelve months "
           f"{'is' if len(first) == 1 else 'are'} {words.listed(first['topic_label'])}"]
    worse = first.loc[first["verdict"] == "rose", "topic_label"]
    if len(worse):
        out.append(f"of these, {words.listed(worse)} clearly got worse over the year")
    if len(needs):
        names = words.listed(needs["theme_label"].head(3))
        out.append(
            f"training is needed most often on {names}: more audits of every kind name them for improvement than any other "
            f"theme"
        )
    out.append("who does what about each, by when, and how success will be known, is for leaders to set")
    return [words.sentence(s) for s in out]


def _checked_sentences(r: Report, checked: pd.DataFrame, before) -> list[str]:
    if not len(checked):
        return [words.sentence(f"too little was recorded before {r.year.name} to say what the priorities would have been")]
    out = [f"by the same rule, the priorities after {before.name} would have been {words.listed(checked['topic_label'])}"]
    for outcome, said in (("better", "clearly got better since"), ("worse", "clearly got worse since"),
                          ("no clear change", "shows no clear change"), ("too few", "has too few to tell")):
        named = checked.loc[checked["outcome"] == outcome, "topic_label"]
        if len(named):
            said = said if len(named) == 1 else said.replace("shows", "show").replace("has", "have")
            out.append(f"{words.listed(named)} {said}")
    return [words.sentence(s) for s in out]


def show_priorities(r: Report, s: SimpleNamespace) -> None:
    """The ranked topics with their points, and the rule."""
    table = s.ranked.assign(kind=s.ranked["kind"].str.capitalize(),
                            verdict=s.ranked["verdict"].map({"rose": "worse", "fell": "better"}).fillna(s.ranked["verdict"]))
    table = table[table["rank"].notna()]
    show_table(
        marked(table[[c for c in ("rank", "topic_label", "kind", "points", "points_prevalence", "points_severity",
                                  "points_trend", "points_evidence", "share", "share_lower", "share_upper", "count", "n",
                                  "verdict", "suppressed") if c in table]]),
        f"Priorities for the next twelve months, from {r.year.name}",
        {
            "topic_label": "Topic",
            "rank": ("Place", "count"),
            "kind": "Kind",
            "points": ("Points of 8", "count"),
            "points_prevalence": ("Prevalence", "count"),
            "points_severity": ("Severity", "count"),
            "points_trend": ("Trend", "count"),
            "points_evidence": ("Evidence", "count"),
            "share": ("Below good, or named", "share_of"),
            "share:interval": ("95% interval", "interval"),
            "verdict": "Since the year before",
        },
        notes=[*measure.RULE, "Of equal points the topic with the larger share comes first."],
        empty=f"Too little was recorded in {r.year.name} to rank priorities.",
    )


def show_checked(r: Report, s: SimpleNamespace) -> None:
    """Last year's first five with this year's figures."""
    show_table(
        marked(s.checked),
        f"Last year's priorities against {r.year.name}",
        {
            "topic_label": "Topic",
            "rank_then": ("Place then", "count"),
            "share_then": ("Below good, or named, then", "percent"),
            "n_then": ("Number then", "count"),
            "share_now": ("Now", "percent"),
            "n_now": ("Number now", "count"),
            "outcome": "What became of it",
            "rank_now": ("Place now", "count"),
        },
        empty="There was no year before to take priorities from.",
    )


def show_training(r: Report, s: SimpleNamespace) -> None:
    """Training needs, most often named first."""
    taught = "is_taught" in s.needs
    beside = {"share_taken": ("Training places taken", "percent"), "n_taken": ("Of places offered", "count"),
              "share_used_taken": ("Use it at work", "percent"), "n_used_taken": ("Of people followed up", "count")}
    show_table(
        _taught_cells(marked(s.needs)) if taught else marked(s.needs),
        f"Training needs: themes named for improvement in {r.year.name}",
        {
            "theme_label": "Theme",
            "share": ("Audits of every kind that name it", "share_of"),
            "share:interval": ("95% interval", "interval"),
            "n_kinds": ("Kinds of activity", "count"),
            **(beside if taught else {}),
        },
        notes=["Cases picked on purpose count here too: the shares describe what was looked at, not all cases.",
               *([training.NOTE] if taught else [])],
        empty=f"No theme was named for improvement in {r.year.name}.",
    )


def _taught_cells(table: pd.DataFrame) -> pd.DataFrame:
    """The needs' table with the symbols of training: [c] withheld, [z] no places or nobody followed up."""
    own = [c for c in table if c.endswith("_taken")]
    shown = training.with_symbols(table[own].rename(columns=lambda c: c.removesuffix("_taken")))
    return table.assign(**{f"{c}_taken": shown[c] for c in shown})
