"""Learning audits and learning visits: what to share and what was needed, without a grade and without an estimate.

Managers propose the cases with most to learn from, so nothing here speaks for all cases, and no share is pooled with
that of random audits. No grade is read, shown or computed, even where one was typed.
"""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd

from qa_analysis import narrative as words
from qa_analysis.context import Report
from qa_analysis.disclosure import marked
from qa_analysis.measures import actions, feedback, grades
from qa_analysis.measures.independence import independence
from qa_analysis.measures.shares import NOT_RECORDED, is_among
from qa_analysis.measures.visits import visits_by_service
from qa_analysis.sections import parts
from qa_analysis.show import show_sentences, show_table

MONTHS_OF_VISITS = 36
PURPOSIVE_NOTE = "The cases were proposed for what can be learnt from them: these figures describe them and no others."


def learning_audits(r: Report) -> SimpleNamespace:
    """Learning audits of the period: done against due, themes, what was needed, good practice to share, independence.

    Counted are the activities of kind "audit" that are ungraded and not held against a set of standards. Tables:
    coverage, themes (cases chosen in different ways apart), needed (themes of the actions that these audits raised),
    views (whose view was sought), apart (auditors outside the case's line of management, for activities that require
    it); good_practice and improvements (in words; only where free text may be shown).
    """
    activities = parts.in_force(
        r, lambda a: a.kind == "audit" and not a.graded and a.standards is None and a.recorded_in == "audits"
    )
    if not activities:
        return parts.absent()
    audits = _without_grades(parts.audits_of(r, activities))
    now = r.in_period(audits, "audit_date")
    coverage = parts.done_and_due(r, activities)
    raised = parts.raised_themes(r, audits, basis=grades.EACH)
    needed = _needed(r, now)
    views = r.shares(feedback.views_sought(audits, r.period), hide=["n_partly", "n_not_applicable", "n_not_known"])
    apart = independence(audits, r.profile, r.period, r.whole.establishment, by=None)
    apart = r.shares(apart, hide=["n_auditor_not_recorded"])
    asked = any(a.independent for a in activities.values())
    return SimpleNamespace(
        exists=True,
        coverage=coverage,
        themes=raised,
        needed=needed,
        views=views,
        apart=apart if asked else apart.iloc[:0],
        good_practice=parts.said(r, audits, "strength"),
        improvements=parts.said(r, audits, "improvement"),
        sentences=_sentences(r, now, activities, coverage, raised, needed, views, apart.iloc[0] if asked else None),
    )


def _without_grades(audits: pd.DataFrame) -> pd.DataFrame:
    """The audits with every grade taken out, so that none can be used by mistake."""
    return audits.assign(**{c: None for c in ("overall_grade", "grade", "self_rating") if c in audits})


def _needed(r: Report, now: pd.DataFrame) -> pd.DataFrame:
    """What these audits asked for: the actions that they raised, by theme."""
    raised = r.data.actions[is_among(r.data.actions["audit_id"], now["audit_id"])]
    if raised.empty:
        return pd.DataFrame(columns=["theme", "count", "suppressed"])
    each = raised["theme"].astype("str").where(raised["theme"].notna(), NOT_RECORDED).str.split(";").explode().str.strip()
    table = each.value_counts().rename_axis("theme").reset_index(name="count").sort_values(
        ["count", "theme"], ascending=[False, True], kind="stable"
    )  # fmt: skip
    table["theme"] = [r.profile.label("themes", t) for t in table["theme"]]
    return r.counts(table)


def _sentences(r: Report, now, activities, coverage, raised, needed, views, apart) -> list[str]:
    out = parts.done_words(r, coverage, activities)
    if now.empty:
        return out
    out.append(PURPOSIVE_NOTE)
    for basis, rows in raised.groupby("basis", sort=False):
        kept_apart = f", cases chosen as {basis}" if raised["basis"].nunique() > 1 else ""
        out += parts.theme_words(r, rows, "learning audit", "learning audits", kept_apart)
    known = needed[needed["count"].notna() & needed["theme"].ne(NOT_RECORDED)]
    if len(known):
        top = known[known["count"] == known["count"].max()]
        among = "what was needed" + (" and is shown" if needed["suppressed"].any() else "")
        out.append(
            f"among {among}, actions most often concern {words.listed(top['theme'].head(3))} "
            f"({words.counted(top['count'].iloc[0], 'action')}{' each' if len(top) > 1 else ''})"
        )
    elif needed.empty:
        out.append(f"no action from a learning audit of {r.when} is recorded")
    for row in views.to_dict("records"):
        if not words.is_missing(row["share"]):
            who = "the child's view" if row["view"].startswith("child") else "the parent's or carer's view"
            of = ("learning audit that records it", "learning audits that record it")
            out.append(parts.share_words(row, f"sought {who}", of, r.when))
    if apart is not None and (words.is_missing(apart["n"]) or apart["n"] > 0):
        of = ("learning audit that names its auditor", "learning audits that name their auditor")
        out.append(parts.share_words(apart, "had an auditor from outside the case's line of management", of, r.when))
    return [words.sentence(s) for s in out]


def show_learning_audits(r: Report, s: SimpleNamespace) -> None:
    """Themes, what was needed, good practice to share; work done folded."""
    parts.show_done(r, s.coverage, "Learning audits")
    if not len(s.themes) and not len(s.needed):
        return
    parts.show_themes(s.themes, f"Learning audits, {r.when}", "Audits", folded=False)
    show_table(
        marked(s.needed),
        f"What learning audits of {r.when} asked for",
        {"theme": "Theme of the action", "count": ("Actions", "count")},
        folded=True,
        notes=["An action with several themes counts under each."],
        empty="No action is recorded.",
    )
    parts.show_said(s.good_practice, f"Good practice to share, from learning audits of {r.when}")
    parts.show_said(s.improvements, f"What learning audits of {r.when} would improve")
    if not r.rule.show_free_text:
        show_sentences("Good practice and what was needed stand in words in the edition for supervision only.")


# --- visits -----------------------------------------------------------------------------------------------------------


def learning_visits(r: Report) -> SimpleNamespace:
    """Learning visits: services covered over time, findings of the period, and the plan's actions in the tracker.

    Counted are the activities of kind "visit". Tables: coverage, services (one row a service: visits over three years,
    the last one), themes (of the period), actions (as they stood at the period's end, from the same tracker as all
    others), in_time (closed by the due date over twelve months); strengths and improvements in words and tracker (cases
    and owners) only where they may be shown. Visits are counted as work and shown; what they found passes the gate.
    """
    activities = parts.in_force(r, lambda a: a.kind == "visit" and a.recorded_in == "audits")
    if not activities:
        return parts.absent()
    visits = _without_grades(parts.audits_of(r, activities))
    span = r.period if r.period.kind == "all" else r.period.last_months(MONTHS_OF_VISITS)
    services = [r.place["service"]] if "service" in r.place else list(r.profile.services)
    covered = visits_by_service(visits, span, services)
    raised = parts.raised_themes(r, visits, basis=grades.EACH)
    coverage = parts.done_and_due(r, activities)
    plan = _plan_actions(r, visits, activities)
    on = actions.status_date(r.period, plan["raised"], plan["completed"])
    summary = actions.action_summary(plan, r.period, on=on) if len(plan) else pd.DataFrame()
    in_time = r.shares(actions.closed_by_due(plan, r.year, on=on), hide=["n_left_out"])
    return SimpleNamespace(
        exists=True,
        coverage=coverage,
        services=covered,
        themes=raised,
        strengths=parts.said(r, visits, "strength"),
        improvements=parts.said(r, visits, "improvement"),
        actions=_gated(r, summary),
        in_time=in_time,
        tracker=actions.action_tracker(plan, r.period, on) if r.rule.show_cases and len(plan) else pd.DataFrame(),
        sentences=_visit_words(r, visits, activities, coverage, covered, span, raised, summary, in_time.iloc[0]),
    )


def _plan_actions(r: Report, visits: pd.DataFrame, activities) -> pd.DataFrame:
    table = r.data.actions
    return table[table["activity"].astype("str").isin(activities) | is_among(table["audit_id"], visits["audit_id"])]


def _gated(r: Report, summary: pd.DataFrame) -> pd.DataFrame:
    """The counts of one row as lines, small ones withheld."""
    names = {"n_raised": "Raised", "n_closed": "Closed", "n_open": "Open at the end", "n_overdue": "Of them overdue"}
    if summary.empty:
        return pd.DataFrame(columns=["state", "count", "suppressed"])
    table = pd.DataFrame({"state": list(names.values()), "count": [int(summary[c].iloc[0]) for c in names]})
    return r.counts(table, lines=())


def _visit_words(r: Report, visits, activities, coverage, covered, span, raised, summary, in_time) -> list[str]:
    out = parts.done_words(r, coverage, activities)
    known = covered[covered["service"].ne(NOT_RECORDED)]
    when = "so far" if span.kind == "all" else f"over {span.label}"
    if len(known) > 1:
        never = known.loc[known["n_visits"].eq(0), "service"]
        n = len(known) - len(never)
        out.append(f"{n or 'none'} of {len(known)} services {'was' if n < 2 else 'were'} visited {when}")
        if 0 < len(never) < len(known):
            out.append(f"no visit {when} is recorded to {words.listed(never)}")
    out += parts.theme_words(r, raised, "learning visit", "learning visits")
    if len(summary):
        row = summary.iloc[0]
        n_open, late = int(row["n_open"]), int(row["n_overdue"])
        out.append(
            f"of the plans that followed visits, {parts.how_many(r, n_open, 'action')} {parts.verb(r, n_open, 'is', 'are')} "
            f"open at the end of {r.when}" + ("" if n_open == 0 else f", {parts.how_many(r, late, 'action')} of them overdue")
        )
        if not words.is_missing(in_time["share"]):
            of = ("action from visits that fell due", "actions from visits that fell due")
            out.append(parts.share_words(in_time, "were closed by their due date", of, r.year.name))
    elif len(visits):
        out.append("no action that followed a visit is recorded")
    return [words.sentence(s) for s in out]


def show_learning_visits(r: Report, s: SimpleNamespace) -> None:
    """Services covered over time; findings, plan actions and the tracker folded."""
    show_table(
        s.services,
        "Learning visits to each service over three years",
        {
            "service": "Service",
            "n_visits": ("Visits", "count"),
            "last_visit": ("Last visit", "date"),
        },
        empty="The framework names no services, and no visit is recorded.",
    )
    if len(s.themes):
        parts.show_themes(s.themes, f"Learning visits, {r.when}", "Visits")
    parts.show_said(s.strengths, f"Strengths found by visits in {r.when}")
    parts.show_said(s.improvements, f"What visits in {r.when} would improve")
    if len(s.actions):
        show_table(
            marked(s.actions),
            f"Actions from visits, {r.when}",
            {"state": "State", "count": ("Actions", "count")},
            folded=True,
        )
    if len(s.tracker):
        show_table(
            s.tracker,
            "Actions from visits: urgent and longest overdue first",
            {
                "action_id": "Action",
                "service": "Service",
                "owner": "Owner",
                "action": "To do",
                "due_now": ("Due", "date"),
                "state": "State",
            },
            folded=True,
        )
