"""The figures of the annual report's sentences as claims: what each counts, of how many, and the call that gives its rows.

One function a part of the report, from what that part's section gave; `evidence_table` puts them together. A claim is made of
figures as the section shows them, so what the audience may not see is missing here too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import SimpleNamespace
from typing import Any

import pandas as pd

from qa_analysis import narrative as words
from qa_analysis.context import Report
from qa_analysis.measures.exceptions import CHANGE
from qa_analysis.measures.grades import estimate_basis
from qa_analysis.measures.scorecard import MEASURES
from qa_analysis.measures.triangulation import SOURCES as SOURCES_OF_EVIDENCE
from qa_analysis.narrative import compendium as told
from qa_analysis.sections import themes, years
from qa_analysis.sections.feedback import ITEM_WORDS, VIEW_WORDS
from qa_analysis.sections.grades import main_audits
from qa_analysis.sections.moderation import MONTHS_OF_AUDITORS, PLAIN
from qa_analysis.tracing import call, narrower

# one row is one claim: `count` of `n` (either may be missing), `n_rows` that its call gives; `counted` narrows the call to
# the rows of `count`; `is_share` where an interval has a meaning
COLUMNS = ["question", "part", "figure", "count", "n", "is_share", "source", "rows", "counted", "n_rows"]
QUESTIONS = ("What we know", "How we know it", "What we will do")
KNOW, HOW, DO = QUESTIONS
Claims = list[dict[str, Any]]
PERFORMANCE = "Performance and the workforce"
SOURCES = {"ratings below good": "Ratings", "urgent concerns": "Actions", "inadequate audits": "Audits", "themes": "Audits",
           "cases audited again": "Audits", "complaints": "Feedback", "evidence": "All records",
           "evidence on standards": "All records", "work": "Work done", "parallel audits": "Audits",
           "providers that moved": "Providers", "providers of concern": "Providers", "training by theme": "Training"}


def claim(part: str, figure: str, table: str, where: Mapping[str, Any], *, question: str = KNOW, count: Any = None, n: Any = None,
          n_rows: Any = None, is_share: bool = False, **counted: Any) -> dict[str, Any]:
    """One claim. Its call gives `n_rows` rows (without it `n`, else `count`); with `counted` besides, as many as `count`."""
    known = [v for v in (n_rows, n, count) if not words.is_missing(v)]
    return {"question": question, "part": part, "figure": figure, "count": count, "n": n, "is_share": is_share,
            "source": SOURCES.get(table, table.capitalize()), "rows": call(table, **where), "counted": narrower(**counted),
            "n_rows": known[0] if known else None}


def share(part: str, figure: str, row: Mapping[str, Any], table: str, where: Mapping[str, Any], *, question: str = KNOW,
          **counted: Any) -> Claims:
    """A share's claim from its row (count, n, suppressed); none where nothing was counted."""
    if words.is_missing(row["n"]) or not row["n"]:
        return []
    count = None if row.get("suppressed", False) else row["count"]
    return [claim(part, figure, table, where, question=question, count=count, n=row["n"], is_share=True, **counted)]


def _first(table: pd.DataFrame | None) -> pd.DataFrame:
    return table.iloc[:1] if table is not None else pd.DataFrame()


def _in_year(r: Report) -> dict[str, str]:
    """What a call is told where a figure is of the twelve months and the report of a shorter period."""
    return {} if r.period == r.year else {"period": "year"}


def _main(r: Report) -> dict[str, Any]:
    return {"activity": r.profile.default_activity}


def _records(table: pd.DataFrame | None) -> Iterable[dict[str, Any]]:
    return table.to_dict("records") if table is not None else ()


# --- what we know -----------------------------------------------------------------------------------------------------------


def of_activity(r: Report, done: SimpleNamespace, kinds: SimpleNamespace) -> Claims:
    """Work done of what was due, and how much of the evidence speaks of outcomes."""
    part, out = "How much was done", []
    for row in _records(done.coverage):
        if (row["window_start"], row["window_end"].normalize()) == (r.period.start, r.period.end.normalize()) and row["n_done"]:
            out.append(claim(part, f"{row['label']}: done of what was due", "work", {"activity": row["activity"]},
                             count=row["count"], n=row["n"], n_rows=row["n_done"]))
    outcome = kinds.table[kinds.table["type"] == "outcome"].tail(2)
    for row in _records(outcome):
        when = _in_year(r) if row["year"] == r.year.name else {"period": "year before"}
        out += share(part, f"Pieces of evidence that speak of outcomes, {row['year']}", row, "evidence", when, type="outcome")
    return out


def of_grades(r: Report, judged: SimpleNamespace) -> Claims:
    """Good or better now and before, and the lowest grade where an ambition speaks of it."""
    part, out = "How good practice was", []
    for row in _records(_first(judged.share)):
        where = {**_main(r), "basis": row["basis"], "graded": True}
        out += share(part, "Good or better", row, "audits", where, good=True)
        for c in _records(judged.changes):
            span = "before" if c["period_before"] == getattr(r.period.before(), "name", None) else "last year"
            if words.is_missing(c["share_before"]) or row["suppressed"]:
                continue
            then = {"count": c["count_before"], "n": c["n_before"]}
            out += share(part, f"Good or better, {c['period_before']}", then, "audits", {**where, "period": span}, good=True)
        worst = judged.counts[judged.counts["span"].eq(r.when)].tail(1)
        for low in _records(worst):
            out += share(part, str(low["grade"]), low, "audits", where, grade=str(low["grade"]))
    return _once(out)


def _once(claims: Claims) -> Claims:
    return list({(c["part"], c["figure"]): c for c in claims}.values())


def of_standards(r: Report, threads: SimpleNamespace, each: SimpleNamespace) -> Claims:
    """Each standard before, which held audits back most, and the themes named; the grades now are in the matrix of sources."""
    part, out = "Each practice standard's year", []
    basis = dict(zip(each.share["standard"].astype("str"), each.share["basis"], strict=True))
    for row in _records(each.change):
        id = str(row["standard"])
        if id in basis and not row["suppressed"] and not words.is_missing(row["share_before"]):
            then = {"count": row["count_before"], "n": row["n_before"]}
            where = {"period": "year before", "standard": id, **_main(r), "basis": basis[id], "graded": True}
            out += share(part, f"{r.profile.label('standards', id)}: good or better the year before", then, "ratings", where,
                         good=True)
    labels = {s.label: s.id for s in r.profile.standards.values()}
    weakest = threads.holding_back.sort_values("share", ascending=False, kind="stable", na_position="last").head(1)
    for row in _records(weakest):
        if row["standard"] in labels:
            out += share(part, f"{row['standard']}: weakest in audits below good", row, "ratings below good",
                         {**_in_year(r), "standard": labels[row["standard"]]}, is_weakest=True)
    return out


def of_themes(r: Report, found: SimpleNamespace, each: SimpleNamespace) -> Claims:
    """Themes named as strengths and for improvement, each of how many audits that say anything."""
    part, out = "Themes", []
    kinds = ("strength", "improvement")
    told_of = [(r.period, {}, themes.most_said(found.main, k)) for k in kinds]
    told_of += [(r.year, _in_year(r), years.named_most(own, k)) for _, own in each.named.groupby("standard") for k in kinds]
    for span, when, row in [(span, when, row) for span, when, rows in told_of for row in _records(rows)]:
        base, of = {**when, "basis": row["basis"]}, "" if span == r.period else f", {span.name}"
        out.append(claim(part, f"Audits of every kind that say anything{of}", "audits", {**base, "says_something": True},
                         count=row["n"]))
        said = "as a strength" if row["kind"] == "strength" else "for improvement"
        out.append(claim(part, f"{row['label']}: named {said}{of}", "themes",
                         {**base, "theme": row["theme"], "kind": row["kind"]}, count=row["count"], n=row["n"],
                         n_rows=row["count"], is_share=True))
    return _once(out)


def of_topic(r: Report, topic: SimpleNamespace) -> Claims:
    """The theme of the year: its audits and how many were good or better."""
    if not topic.exists or not topic.n:
        return []
    where = {**_in_year(r), "activity": topic.id}
    out = [claim("The theme of the year", f"{topic.label}: audits", "audits", where, count=topic.n)]
    for row in _records(_first(topic.share)):
        out += share("The theme of the year", f"{topic.label}: good or better", row, "audits",
                     {**where, "basis": row["basis"], "graded": True}, good=True)
    return out


def of_outcome(r: Report, right: SimpleNamespace, loop: SimpleNamespace) -> Claims:
    """Urgent concerns, inadequate audits, audits done again, and what became of actions."""
    part, n = "What difference it made", right.numbers
    out: Claims = []
    if n["urgent"]:
        out.append(claim(part, "Urgent safety concerns raised or still open", "urgent concerns", {}, count=n["urgent"]))
        for key, said, where in (("waiting", "no escalation recorded", {"is_escalated": False}),
                                 ("late", "escalated late", {"is_late": True}),
                                 ("long", "open for more than six months", {"is_open_for_long": True})):
            if n[key]:
                out.append(claim(part, f"Urgent safety concerns: {said}", "urgent concerns", {}, count=n[key], n=n["urgent"],
                                 **where))
    if n["graded"]:
        worst = r.profile.grade_labels[0]
        out.append(claim(part, f"{worst} audits, however cases were chosen", "audits", {**_main(r), "graded": True},
                         count=n["inadequate"], n=n["graded"], grade=worst))
    for key, said, where in (("no_action", "no action recorded", {"has_action": False}),
                             ("not_right", "not yet put right", {"is_put_right": False}),
                             ("older", "of earlier months, not yet put right", {"is_in_period": False})):
        if n[key]:
            out.append(claim(part, f"{r.profile.grade_labels[0]} audits: {said}", "inadequate audits", where, count=n[key]))
    if right.is_linked:
        row, small = right.change.iloc[0], r.rule.smallest_count
        ways = {w: row[f"n_{w}"] for w in ("higher", "same", "lower")}
        out.append(claim(part, "Cases audited again", "cases audited again", _in_year(r), count=row["n"]))
        if not any(0 < v < small for v in (row["n"], *ways.values())):
            out += [claim(part, f"Cases audited again: graded {w}", "cases audited again", _in_year(r), count=v, n=row["n"],
                          way=w) for w, v in ways.items() if row["n"]]
    return out + _of_actions(r, loop)


def _of_actions(r: Report, loop: SimpleNamespace) -> Claims:
    part = "What difference it made"
    if not len(loop.summary):
        return []
    row = {k: None if isinstance(v, str) else v for k, v in loop.summary.iloc[0].items()}
    out = [
        claim(part, "Actions overdue of those open", "actions", {"date": "any", "is_open": True}, count=row["n_overdue"],
              n=row["n_open"], is_overdue=True),
        claim(part, "Actions raised", "actions", {}, count=row["n_raised"]),
        claim(part, "Actions closed", "actions", {"date": "completed"}, count=row["n_closed"]),
    ]
    for own in _records(_first(loop.in_time)):
        out += share(part, "Actions closed by their due date, of those that fell due", own, "actions",
                     {**_in_year(r), "date": "any", "fell_due": True, "is_left_out": False}, is_in_time=True)
    for own in _records(_first(loop.impact)):
        out += share(part, "Actions closed with an impact on the child shown", own, "actions",
                     {**_in_year(r), "date": "completed"}, has_impact=True)
        without = own | {"count": own["n"] - own["count"]}
        out += share(part, "Actions closed with none shown", without, "actions", {**_in_year(r), "date": "completed"},
                     has_impact=False)
    for half in _records(loop.median[loop.median["share_closed"].eq(0.5)] if len(loop.median) else None):
        if not words.is_missing(half["days"]):
            limits = "" if words.is_missing(half["days_lower"]) or words.is_missing(half["days_upper"]) else (
                f" (95% interval {words.number(half['days_lower'])} to {words.number(half['days_upper'])})")
            out.append(claim(part, f"Half of actions closed within {words.number(half['days'])} days{limits}", "actions",
                             {**_in_year(r), "is_timed": True}, n=half["n"]))
    return out


def of_voices(r: Report, voices: SimpleNamespace) -> Claims:
    """What was received, how it was rated, what fewest said, complaints, and whose views audits sought."""
    part, out = "What children, families and partners say", []
    for row in _records(voices.kinds):
        out.append(claim(part, f"Received: {row['kind']}", "feedback", {"kind": str(row["kind"])},
                         count=None if row["suppressed"] else row["count"]))
    for row in _records(voices.sentiment[voices.sentiment["sentiment"] == "positive"]):
        out += share(part, "Feedback rated positive", row, "feedback",
                     {**_in_year(r), "kind": "feedback", "filled": "sentiment"}, sentiment="positive")
    items, views = ({v: k for k, v in d.items()} for d in (ITEM_WORDS, VIEW_WORDS))
    for row in _records(voices.experience):
        column = items.get(row["item"], row["item"])
        out += share(part, f"Givers of feedback: {row['item']}", row, "feedback",
                     {**_in_year(r), "kind": "feedback", "answered": column}, **{column: "yes"})
    got = voices.complaints.filter(like="n_").sum()
    if len(got) and got["n_received"]:
        own = {"n": got["n_received"], "table": "complaints", "where": {"is_in_period": True}}
        out += [claim(part, "Complaints: late", count=got["n_late"] + got["n_open_late"], is_late=True, **own),
                claim(part, "Complaints: learning recorded", count=got["n_with_learning"], has_learning=True, **own)]
    for row in _records(voices.views):
        column = views[row["view"]]
        out += share(part, f"Audits that sought {row['view']}", row, "audits",
                     {**_in_year(r), "asked_for_views": True, "answered": column}, **{column: "yes"})
    return out


def of_places(r: Report, card: SimpleNamespace) -> Claims:
    """Each place that the scorecard finds outside what chance allows, with its figure."""
    main = {**_in_year(r), **_main(r), "basis": estimate_basis(main_audits(r))}
    tables = {
        "good": ("audits", {**main, "graded": True}, {"good": True}),
        "child_view": ("audits", {**main, "answered": "child_view_sought"}, {"child_view_sought": "yes"}),
        "positive": ("feedback", {**_in_year(r), "kind": "feedback", "filled": "sentiment"}, {"sentiment": "positive"}),
        "in_time": ("actions", {**_in_year(r), "date": "due_now", "fell_due": True, "is_left_out": False}, {"is_in_time": True}),
        "impact": ("actions", {**_in_year(r), "date": "completed"}, {"has_impact": True}),
    }
    out: Claims = []
    for row in _records(card.services):
        if not isinstance(row["position"], str) or row["position"] == "as the whole" or row["measure"] not in tables:
            continue
        table, where, counted = tables[row["measure"]]
        label = MEASURES[row["measure"]][0]
        out += share("The balanced scorecard", f"{row['group']}: {label[0].lower()}{label[1:]}", row, table,
                     {**where, card.place: row["group"]}, **counted)
    return out


def of_indicators(r: Report, measured: SimpleNamespace, beside: SimpleNamespace) -> Claims:
    """Each indicator that a sentence names, with all areas' rows of its period, and the months of those that changed."""
    out: Claims = []
    whole = r.whole.indicators.assign(of=r.whole.indicators["period"].astype("str"))

    def rows_of(indicator: str, periods: list[str]) -> int:
        return int((whole["indicator"].astype("str").eq(indicator) & whole["of"].isin(periods)).sum())

    flagged = set(measured.exceptions["indicator"].astype("str")) if len(measured.exceptions) else set()
    for row in _records(measured.benchmarks):
        name = str(row["indicator"])
        if name in flagged and not words.is_missing(row["value"]):
            spans = [str(p) for p in (row.get("period_before"), row["period"]) if isinstance(p, str)]
            out.append(claim(PERFORMANCE, words.stands_beside(row).rstrip("."), "indicators",
                             {"indicator": name, "of": spans}, n_rows=rows_of(name, spans)))
    for row in _records(measured.exceptions):
        if row["kind"] == CHANGE:
            points = measured.points[measured.points["series_id"].eq(row["indicator"]) & measured.points["value"].notna()]
            out.append(claim(PERFORMANCE,
                             f"{row['indicator_name']}: {row['reason'][0].lower()}{row['reason'][1:].rstrip('.')}", "indicators",
                             {"indicator": str(row["indicator"]), "area": measured.area, "is_month": True, "has_value": True},
                             n_rows=len(points)))
    if not len(beside.latest):
        return out
    named = beside.latest[beside.latest["quarter"].isin(["best quarter", "worst quarter"])
                          | beside.latest["indicator"].isin(beside.exceptions["indicator"] if len(beside.exceptions) else [])
                          | beside.latest["is_cost"]]
    for row in _records(named):
        if not words.is_missing(row["value"]):
            out.append(claim("Beside other authorities", told.one_beside(row), "indicators",
                             {"indicator": str(row["indicator"]), "of": str(row["period"])},
                             n_rows=rows_of(str(row["indicator"]), [str(row["period"])])))
    return out


def of_providers(r: Report, settings: SimpleNamespace) -> Claims:
    """Schools, settings and homes that moved and that cause concern; published, so no number is withheld."""
    if not settings.exists:
        return []
    part, moved = PERFORMANCE, settings.moved
    n = {way: int((moved["direction"] == way).sum()) for way in ("up", "same", "down")}
    out = [claim(part, f"Providers that moved {way}" if way != "same" else "Providers that stayed", "providers that moved",
                 _in_year(r), count=k, n=len(moved), direction=way) for way, k in n.items() if len(moved)]
    for row in _records(settings.kinds[settings.kinds["verdict"].isin(["up", "down"])]):
        kind = row["provider_kind"]
        out += [claim(part, f"{kind}: moved {w}", "providers that moved", {**_in_year(r), "provider_kind": kind}, count=row[c],
                      n=row["n_again"], direction=w) for w, c in (("up", "n_higher"), ("down", "n_lower"))]
    return [*out, claim(part, "Providers that hold the lowest grade", "providers of concern", {}, count=len(settings.concern))]


def of_training(r: Report, taught: SimpleNamespace) -> Claims:
    """Places taken and learning used of all training, and of each theme or agency that is called apart; rows are bookings."""
    if not taught.any:
        return []
    out: Claims = []
    shares = (("", "Training places taken up", {"has_places": True}),
              ("_used", "People followed up who use it in their work", {"has_use": True}))
    for (end, said, where), whole in zip(shares, taught.whole.values(), strict=True):
        rows = [("", "training", {}, row | {"end": ""}) for row in _records(whole)]
        for table, name, source, key in ((taught.themes, "theme_label", "training by theme", "theme"),
                                         (taught.agencies, "agency", "training", "agency")):
            apart = table["verdict_used"].isin(["lower", "higher"]) | table[f"verdict{end}"].isin(["lower", "higher"])
            rows += [(f"{row[name]}: ", source, {key: row[key]}, row | {"end": end}) for row in _records(table[apart])]
        for named, source, narrowed, row in rows:
            n, courses, rest = (row.get(f"{c}{row['end']}") for c in ("n", "n_courses", "rest_share"))
            if words.is_missing(n) or not n:
                continue
            hidden = bool(row[f"suppressed{row['end']}"])
            others = "" if hidden or words.is_missing(rest) else f", others {words.percent(rest)}"
            out.append(claim(PERFORMANCE, f"{named}{said}{others}", source, {**_in_year(r), **where, **narrowed},
                             count=None if hidden else row[f"count{row['end']}"], n=n, n_rows=courses, is_share=True))
    if taught.n_left_out:
        out.append(claim(PERFORMANCE, "Bookings of training left out of a share", "training",
                         {**_in_year(r), "is_left_out": True}, count=taught.n_left_out))
    return out


def of_topics(r: Report, *parts: SimpleNamespace) -> Claims:
    """Local counts against their target, and costs beside those of others: one row of the indicators each."""
    out: Claims = []
    for table in (p.table for p in parts if p.exists):
        for row in _records(table[table["is_local"] | table["kind"].eq("Cost") if "kind" in table else table["is_local"]]):
            figures = [row["label"], row["when"]]
            if not words.is_missing(row["value"]):
                figures.append(words.figure(row["value"], row["unit"]) if "%" in str(row["unit"]) else words.number(row["value"]))
            unit = "%" if row["unit"] == "%" else ""
            beside = (("target", "target"), ("neighbours_mean", "neighbours"), ("england_value", "England"))
            figures += [f"{said} {words.number(row[c])}{unit}" for c, said in beside if not words.is_missing(row[c])]
            where = {"indicator": str(row["indicator"]), "area": parts[0].area, "of": str(row["period"])}
            local = {"count": None if row["suppressed"] else row["numerator"], "n": row["denominator"]} if row["is_local"] else {}
            out.append(claim(PERFORMANCE, ", ".join(figures), "indicators", where, n_rows=1, **local))
    return out


# --- how we know it ----------------------------------------------------------------------------------------------------------


def of_sources(r: Report, sources: SimpleNamespace) -> Claims:
    """Each cell of the matrix that rests on records: favourable pieces of evidence on a standard from a source."""
    out: Claims = []
    for row in _records(sources.matrix):
        if row["source"] == "performance" or words.is_missing(row["n"]) or not row["n"]:
            continue
        what = f"{SOURCES_OF_EVIDENCE[row['source']].lower()}, {row['direction']}"
        out += share("Where the sources agree", f"{r.profile.label('standards', row['standard'])}: {what}",
                     {"count": row["favourable"], "n": row["n"], "suppressed": row["suppressed"]}, "evidence on standards",
                     {**_in_year(r), "standard": row["standard"], "source": row["source"]}, question=HOW, favourable=True)
    return out


def of_trust(r: Report, trust: SimpleNamespace, outside: SimpleNamespace) -> Claims:
    """Moderation: how much, how often the same grade, which way it moves, what it changed; and audits from outside."""
    part, out = "Can the grades be trusted", []
    for row in _records(_first(trust.coverage)):
        out += share(part, "Graded audits that were moderated", row, "audits", {**_main(r), "filled": "overall_grade"},
                     question=HOW, is_moderated_since=True)
    pairs = {**_in_year(r), **_main(r), "standard": "overall", "reason": trust.reason, "is_judged": True, "is_independent": True}
    for row in _records(trust.figures):
        for statistic, said, counted in ((PLAIN["exact_agreement"], "the same grade", {"way": "same"}),
                                         (PLAIN["within_one_agreement"], "within one grade", {"is_within_one": True})):
            if row["statistic"] == statistic:
                out += share(part, f"Auditor and moderator: {said}", row, "moderations", pairs, question=HOW, **counted)
    for row in _records(_first(trust.direction)):
        for way in ("lowered", "raised"):
            if row["n"] and len(trust.figures):
                out.append(claim(part, f"Grades that moderators {way}", "moderations", pairs, question=HOW,
                                 count=None if row["suppressed"] else row[f"n_{way}"], n=row["n"], way=way))
    if trust.n_moderated:
        out.append(claim(part, "Grades that moderation changed", "moderations",
                         {**_main(r), "standard": "overall", "is_judged": True}, question=HOW, count=trust.n_changed,
                         n=trust.n_moderated, way=["raised", "lowered"]))
    months = {} if r.period.kind == "all" else {"period": f"{MONTHS_OF_AUDITORS} months"}
    for row in _records(trust.auditors):
        way = "lowered" if row["verdict"] == "lenient" else "raised"
        out.append(claim(part, f"Grades of {row['auditor']} that moderators {way}", "moderations",
                         {**pairs, **months, "auditor": row["auditor"], "reason": row["reason"]}, question=HOW,
                         count=row[f"n_{way}"], n=row["n"], way=way))
    if outside.exists:
        what, where = "Cases audited from outside and here", _in_year(r)
        out.append(claim(part, what, "parallel audits", where, question=HOW, count=outside.n))
        if outside.n_same is not None:
            out += share(part, f"{what}: the same grade", {"count": outside.n_same, "n": outside.n}, "parallel audits", where,
                         question=HOW, is_same=True)
    return out


def of_data(r: Report, sound: SimpleNamespace) -> Claims:
    """Rows read, used and set aside, and the faults and repairs that are recorded."""
    part, counts = "How far the figures can be trusted", r.whole.row_counts
    by_file = claim(part, "", "rows", {}, question=HOW) | {"rows": "r.whole.row_counts"}
    out = [by_file | {"figure": f"Rows {said}", "count": int(counts[column].sum())}
           for said, column in (("read", "rows_read"), ("used", "rows_clean"), ("set aside", "rows_set_aside"))]
    return [*out, claim(part, "Faults and repairs recorded", "issues", {}, question=HOW, count=len(r.whole.issues))]


# --- what we will do ---------------------------------------------------------------------------------------------------------


def of_plan(r: Report, plan: SimpleNamespace, most: int) -> Claims:
    """The first priorities with the figures that rank them, and the training needs."""
    out: Claims = []
    for row in _records(plan.ranked[plan.ranked["rank"].notna()].head(most)):
        label = f"Priority {row['rank']}: {row['topic_label']}"
        own = {"count": row["count"], "n": row["n"], "suppressed": row["suppressed"]}
        if row["kind"] == "standard":
            out += share("Priorities", f"{label}, below good", own, "ratings",
                         {**_in_year(r), "standard": row["topic"], **_main(r), "basis": plan.basis, "graded": True}, question=DO,
                         good=False)
        elif not row["suppressed"]:
            out.append(claim("Priorities", f"{label}, named for improvement", "themes",
                             {**_in_year(r), "theme": row["topic"], "kind": "improvement", "basis": plan.theme_basis},
                             question=DO, count=row["count"], n=row["n"], n_rows=row["count"], is_share=True))
    for row in _records(plan.needs):
        if not row["suppressed"]:
            out.append(claim("Training needs", f"{row['theme_label']}: audits of any kind that name it", "themes",
                             {**_in_year(r), "theme": row["theme"], "kind": "improvement"}, question=DO, count=row["count"],
                             n=row["n"], n_rows=row["count"], is_share=True))
    return out
