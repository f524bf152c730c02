"""From a figure in a report back to the rows it was counted from: which file, which row.

    r = qa.open_report("data/example", "manchester", "2018-19")
    qa.rows_behind(r, "ratings", standard="planning", basis="random or all", graded=True)

Each claim of the annual report stands in its evidence table with such a call beside it. The rows come without what they
say (no case, no person), so that the table may go to any reader; their number is the claim's n.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

import pandas as pd

from qa_analysis.codebook import load_codebook
from qa_analysis.context import Report
from qa_analysis.errors import UserError
from qa_analysis.measures import (
    actions,
    evidence,
    feedback,
    providers,
    reaudits,
    schedule,
    themes,
    threads,
    training,
    triangulation,
)
from qa_analysis.measures.grades import is_good, sample_basis
from qa_analysis.measures.moderation import moderated_pairs
from qa_analysis.measures.parallel import parallel_pairs
from qa_analysis.measures.shares import SOURCE, is_among
from qa_analysis.periods import Period, parse_period
from qa_analysis.published import up_to, year_kinds

FLAGS = ("graded", "good", "basis", "answered", "filled", "asked_for_views")
WORK = ("audits", "moderations", "feedback", "samples", "survey")
STANDARDS = ("audits", "ratings", "moderations", "findings", "feedback", "survey")


def rows_behind(r: Report, table: str, *, period: str = "", date: str = "", **where: Any) -> pd.DataFrame:
    """The rows that a figure of the report was counted from: `source_file`, `source_row`, one row each.

    `table`: one of TABLES, a clean table or one that a measure works out of it, such as "urgent concerns". `period`: the
    report's unless another is named: "2017-18", "all", "year" (the twelve months to the report's end), "year before",
    "before" (the period of the same length just before), "last year" (the same period a year earlier), "36 months" (those
    to the report's end). `date`: the column that dates a row, if not the usual one ("completed" of actions), or "any" for
    rows of any date. `where` narrows: any column of the table with a value or a list of them, and `graded=True` (has a
    grade), `good=True` or False (good or better, below it), `basis="random or all"` (how the case was chosen),
    `answered="column"` (yes, partly or no in it), `filled="column"` (anything in it), `asked_for_views=True` (audits of an
    activity that asks for views). A record that is several pieces of evidence comes once for each.
    Raises UserError naming every table or column that there is not.
    """
    if table not in TABLES:
        raise UserError(f"rows of '{table}' can't be asked for. Tables: {', '.join(TABLES)}.")
    rows, span, usual = _rows(r, table, period), _span(r, period), TABLES[table][1]
    column = None if date == "any" else date or usual
    faults = [c for c in (column, *(k for k in where if k not in FLAGS)) if c and c not in rows]
    faults += [where[k] for k in ("answered", "filled") if k in where and where[k] not in rows]
    if faults:
        raise UserError(f"table '{table}' has no column {', '.join(map(repr, faults))}. It has {', '.join(rows.columns)}.")
    keep = pd.Series(span.holds(rows[column]) if column else True, index=rows.index)
    for name, value in where.items():
        keep &= _holds(r, rows, name, value)
    return rows.loc[keep, SOURCE].sort_values(SOURCE, kind="stable").reset_index(drop=True)


@lru_cache(maxsize=16)
def _rows(r: Report, table: str, period: str) -> pd.DataFrame:
    """A table of a report, kept for the next figure that rests on it."""
    return TABLES[table][0](r, _span(r, period))


def _span(r: Report, period: str) -> Period:
    spans = {"": r.period, "year": r.year, "year before": r.year.year_before(), "before": r.period.before(),
             "last year": r.period.year_before()}
    if months := re.fullmatch(r"(\d+) months", period):
        spans[period] = r.period.last_months(int(months[1]))
    named = spans[period] if period in spans else parse_period(period, r.profile.calendar.first_month)
    if named is None:
        raise UserError(f"there is no period '{period}' of all time. Name one, such as 2017-18.")
    return named


def call(table: str, **where: Any) -> str:
    """The call of `rows_behind` as text, to stand beside a claim: `qa.rows_behind(r, "audits", graded=True)`."""
    return f"qa.rows_behind(r, {', '.join([_text(table), *_worded(where)])})"


def narrower(**where: Any) -> str:
    """What a call is given besides, to have only the rows that a claim counts: `good=True`."""
    return ", ".join(_worded(where))


def _worded(where: dict[str, Any]) -> list[str]:
    return [f"{k}={_text(v)}" for k, v in where.items()]


def _text(value: Any) -> str:
    """A value as Python writes it, with straight double quotes round text."""
    if isinstance(value, str):
        return '"' + value.replace('"', '\\"') + '"'
    if isinstance(value, Iterable):
        return "[" + ", ".join(_text(v) for v in value) + "]"
    return repr(value)


def _holds(r: Report, rows: pd.DataFrame, name: str, value: Any) -> pd.Series:
    if name == "graded":
        return rows["grade"].notna() == bool(value)
    if name == "good":
        return rows["grade"].notna() & (is_good(rows, r.profile.good_grades) == bool(value))
    if name == "basis":
        return sample_basis(rows).eq(value)
    if name == "filled":
        return rows[value].notna()
    if name == "answered":
        return rows[value].isin(["yes", "partly", "no"])
    if name == "asked_for_views":
        asked = [i for i, a in r.profile.activities.items() if a.kind == "audit"]
        return rows["activity"].astype("str").isin(asked) == bool(value)
    wanted = [value] if isinstance(value, str) or not isinstance(value, Iterable) else list(value)
    return rows[name].isin(wanted).fillna(False).astype(bool)


# --- the tables: rows with where they stand, worked out by the measures that the report's figures come from ----------------


def _clean(name: str) -> Callable[[Report, Period], pd.DataFrame]:
    return lambda r, span: getattr(r.data, name)


def _main(r: Report) -> pd.DataFrame:
    audits = r.data.audits
    return audits[audits["activity"].astype("str").eq(r.profile.default_activity)]


def _audits(r: Report, span: Period) -> pd.DataFrame:
    """Audits, and of each whether it says anything in words or themes, had a second opinion, and repeats another."""
    audits, second = r.data.audits, r.data.moderations
    moderated = is_among(audits["audit_id"], second.loc[second["standard"].isna(), "audit_id"])
    return audits.assign(says_something=themes.says_something(audits, r.data.findings), is_moderated_since=moderated)


def _ratings(r: Report, span: Period) -> pd.DataFrame:
    return threads.ratings_with_audits(r.data.ratings, r.data.audits.drop(columns=SOURCE))


def _below_good(r: Report, span: Period) -> pd.DataFrame:
    return threads.ratings_below_good(r.data.ratings, _main(r).drop(columns=SOURCE), span, None, r.profile.good_grades)


def _moderations(r: Report, span: Period) -> pd.DataFrame:
    pairs = moderated_pairs(r.data.moderations, r.data.audits, r.data.ratings)
    way = pairs["steps"].map(lambda s: "raised" if s > 0 else "lowered" if s < 0 else "same", na_action="ignore")
    return pairs.assign(way=way.astype(object), is_judged=pairs["steps"].notna(),
                        is_within_one=pairs["steps"].abs().le(1).fillna(False).astype(bool))


def _status_date(r: Report, span: Period) -> pd.Timestamp:
    return actions.status_date(span, r.data.actions["raised"], r.data.actions["completed"])


def _actions(r: Report, span: Period) -> pd.DataFrame:
    """Actions as they stood at the end of the period; `is_timed`: in the estimate of the time to close."""
    table = actions.fallen_due(r.data.actions, span)
    timed = table["days_open"].ge(0) & ~table["state"].isin(["cancelled", "not yet raised"])
    return table.assign(is_timed=timed.fillna(False).astype(bool))


def _urgent(r: Report, span: Period) -> pd.DataFrame:
    audits = _main(r)
    table = actions.urgent_concerns(r.data.actions, span, audits[span.holds(audits["audit_date"])], on=_status_date(r, span))
    late = actions.escalated_late(table, actions.escalation_limit_hours(r.profile, span.end))
    return table.assign(is_open_for_long=actions.open_for_long(table, span), is_late=late)


def _inadequate(r: Report, span: Period) -> pd.DataFrame:
    audits, own = _main(r), r.data.actions
    on = actions.status_date(span, audits["audit_date"], own["raised"], own["completed"])
    table = actions.inadequate_audits(audits, own, span, on=on)
    return table.assign(has_action=table["n_actions"] > 0)


def _again(r: Report, span: Period) -> pd.DataFrame:
    pairs = reaudits.reaudit_pairs(_main(r), r.data.actions, span)
    steps = pairs["grade_after"].cat.codes.astype(int) - pairs["grade_before"].cat.codes.astype(int)
    return pairs.assign(way=steps.map(lambda s: "higher" if s > 0 else "lower" if s < 0 else "same").astype(object))


def _complaints(r: Report, span: Period) -> pd.DataFrame:
    table = feedback.complaints(r.data.feedback, span, r.profile)
    return table.assign(is_late=table["state"].isin(["late", "open and late"]))


def _themes(r: Report, span: Period) -> pd.DataFrame:
    """Each theme of an audit, once a kind; a row stands where its audit does."""
    now = r.data.audits[span.holds(r.data.audits["audit_date"])]
    raised = themes.audit_themes(now, r.data.findings[is_among(r.data.findings["audit_id"], now["audit_id"])],
                                 load_codebook(r.profile))
    return raised.rename(columns={"source": "known_by"}).merge(now, on="audit_id")


def _evidence(r: Report, span: Period) -> pd.DataFrame:
    names = ("audits", "feedback", "survey", "actions", "practice")
    return evidence.evidence_pieces(r.profile, span, {n: getattr(r.data, n) for n in names} | {"indicators": r.data.indicators})


def _on_standards(r: Report, span: Period) -> pd.DataFrame:
    return triangulation.standard_pieces(r.profile, span, {n: getattr(r.data, n) for n in STANDARDS})


def _work(r: Report, span: Period) -> pd.DataFrame:
    return schedule.activity_done(r.profile, span, {n: getattr(r.data, n) for n in WORK})


def _parallel(r: Report, span: Period) -> pd.DataFrame:
    """Cases audited from outside and here; a row stands where the external audit does."""
    pairs = parallel_pairs(r.data.audits, r.data.ratings)
    outside = r.data.audits[["audit_id", "audit_date", *SOURCE]].rename(columns={"audit_id": "external_audit"})
    pairs = pairs[pairs["standard"] == "overall"].merge(outside, on="external_audit")
    return pairs.assign(is_same=pairs["internal"].astype("str") == pairs["external"].astype("str"))


def _providers_moved(r: Report, span: Period) -> pd.DataFrame:
    return _where_inspected(r, providers.moved(r.whole.providers, span))


def _providers_of_concern(r: Report, span: Period) -> pd.DataFrame:
    table = r.whole.providers
    return _where_inspected(r, providers.causing_concern(table, span.end if span.kind != "all" else table["inspected"].max()))


def _where_inspected(r: Report, rows: pd.DataFrame) -> pd.DataFrame:
    keys = ["provider", "inspected"]
    stand = r.whole.providers.drop_duplicates(keys, keep="last")[[*keys, *SOURCE]]
    return rows.merge(stand, on=keys, how="left")


def _indicators(r: Report, span: Period) -> pd.DataFrame:
    """All areas' indicators whose time had ended; `of` is the period of a row as it is published ("2018-19", "2019-03")."""
    table = r.whole.indicators
    table = up_to(table, span.end, year_kinds(r.profile)) if span.kind != "all" else table
    of = table["period"].astype("str")
    return table.assign(of=of, is_month=of.str.fullmatch(r"\d{4}-(0[1-9]|1[0-2])"), has_value=table["value"].notna())


def _training(r: Report, span: Period) -> pd.DataFrame:
    return training.bookings(r.data.training, span)


def _training_by_theme(r: Report, span: Period) -> pd.DataFrame:
    return training.by_theme(_training(r, span))


def _issues(r: Report, span: Period) -> pd.DataFrame:
    return r.whole.issues


# name: (its rows, the column that dates them; none where the measure has chosen the period's already)
TABLES: dict[str, tuple[Callable[[Report, Period], pd.DataFrame], str | None]] = {
    "audits": (_audits, "audit_date"),
    "ratings": (_ratings, "audit_date"),
    "ratings below good": (_below_good, None),
    "moderations": (_moderations, "moderation_date"),
    "actions": (_actions, "raised"),
    "urgent concerns": (_urgent, None),
    "inadequate audits": (_inadequate, None),
    "cases audited again": (_again, None),
    "feedback": (_clean("feedback"), "date"),
    "complaints": (_complaints, None),
    "survey": (_clean("survey"), "wave"),
    "answers": (_clean("answers"), "answered"),
    "themes": (_themes, "audit_date"),
    "evidence": (_evidence, None),
    "evidence on standards": (_on_standards, None),
    "work": (_work, "date"),
    "parallel audits": (_parallel, "audit_date"),
    "providers that moved": (_providers_moved, None),
    "providers of concern": (_providers_of_concern, None),
    "training": (_training, None),
    "training by theme": (_training_by_theme, None),
    "indicators": (_indicators, None),
    "issues": (_issues, None),
}
