"""The year as a year: its months, each standard's year with examples, what kind of evidence there is over the years."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd

from qa_analysis import narrative as words
from qa_analysis.codebook import load_codebook
from qa_analysis.context import Report
from qa_analysis.disclosure import marked
from qa_analysis.measures import evidence, grades, themes, threads
from qa_analysis.sections.grades import main_audits, noun
from qa_analysis.sections.performance import own_area
from qa_analysis.show import show_heading, show_sentences, show_table

YEARS = 5
MOST_THEMES = 3
MOST_EXAMPLES = 2
EVIDENCE_TABLES = ("audits", "feedback", "survey", "actions", "practice")


def whole_year(r: Report) -> list[str]:
    """What a reader must know of the year itself: months without an audit, standards and services that changed in it."""
    out = []
    days = main_audits(r)["audit_date"].dropna()
    if r.year.kind != "all" and len(days):
        months = r.year.months()
        there = set(days[r.year.holds(days)].dt.to_period("M"))
        gone = [m for m in months if m not in there]
        if gone and len(gone) < len(months):
            each = words.listed(f"{m.to_timestamp():%B %Y}" for m in gone)
            named = each if len(gone) <= 6 else f"{len(gone)} of {len(months)} months"
            out.append(f"no {noun(r)} is recorded in {named}: figures of {r.year.name} rest on the other months")
    out += _changed_standards(r)
    out += _renamed_services(r)
    return [words.sentence(s) for s in out]


def _changed_standards(r: Report) -> list[str]:
    """Standards that began, ended or changed their words within the year, from the profile's dates."""
    if r.year.kind == "all":
        return []
    out = []
    for s in r.profile.standards_on():
        for day, said in ((s.valid_from, "is judged only from"), (s.valid_to, "was judged only until")):
            if day is not None and r.year.start.date() < day < r.year.end.date():
                out.append(f"{s.label} {said} {pd.Timestamp(day):%-d %B %Y}, so its year is shorter than the others'")
        for change in s.changes:
            day = pd.Timestamp(change["from"])
            if r.year.start < day <= r.year.end:
                out.append(f"what is asked of {s.label} changed on {day:%-d %B %Y}: grades before and after are shown together")
    return out


def _renamed_services(r: Report) -> list[str]:
    """Services with records at one end of the year only, which a new name or a merger would look like."""
    audits = r.in_period(main_audits(r), "audit_date", r.year)
    if r.year.kind == "all" or r.place or audits["service"].isna().all():
        return []
    middle = r.year.start + pd.DateOffset(months=max(1, r.year.n_months // 2))
    first, second = audits[audits["audit_date"] < middle], audits[audits["audit_date"] >= middle]
    if not len(first) or not len(second):
        return []
    out = []
    for names, others, said in ((second, first, "has records in the second half of the year only"),
                                (first, second, "has records in the first half of the year only")):
        alone = sorted(set(names["service"].dropna().astype(str)) - set(others["service"].dropna().astype(str)))
        counts = names["service"].astype("str").value_counts()
        out += [f"{s} {said}: a new name or a merger, perhaps, which is not bridged here" for s in alone if counts.get(s, 0) >= 3]
    return out


def kinds_of_evidence(r: Report) -> SimpleNamespace:
    """How much of the evidence of each year is quantity, quality and outcome, and whether the outcome share grew.

    Table: one row a year and type with count, n, share and limits (the years of the data, at most YEARS).
    """
    code = own_area(r)
    indicators = r.whole.indicators
    own = indicators[indicators["area_code"].eq(code)] if code else indicators.iloc[:0]
    tables = {name: getattr(r.data, name) for name in EVIDENCE_TABLES} | {"indicators": own}
    rows, year = [], r.year if r.year.kind != "all" else None
    while year is not None and len(rows) < YEARS:
        mix = evidence.evidence_mix(r.profile, year, tables)
        if not mix["count"].sum():
            break
        rows.append(evidence.evidence_shares(mix).assign(year=year.name))
        year = year.year_before()
    columns = ["year", "type", "count", "n", "share", "share_lower", "share_upper"]
    table = pd.concat(rows[::-1], ignore_index=True) if rows else pd.DataFrame(columns=columns)
    table = r.shares(table, lines=[["year"]])
    return SimpleNamespace(table=table, sentences=_outcome_words(r, table))


def _outcome_words(r: Report, table: pd.DataFrame) -> list[str]:
    outcome = table[table["type"] == "outcome"]
    if not len(outcome):
        return []
    now = outcome.iloc[-1]
    said = words.share_now(now, "speak of outcomes for children", "pieces of evidence", now["year"])
    if len(outcome) < 2 or now["suppressed"] or outcome["suppressed"].iloc[-2]:
        return [said]
    from qa_analysis.measures.compare import change_in_share

    before = outcome.iloc[-2]
    verdict = change_in_share([now["count"]], [now["n"]], [before["count"]], [before["n"]]).iloc[0]
    row = {"verdict": verdict["verdict"], "share_before": verdict["share_before"], "n_before": verdict["n_before"],
           "difference": verdict["difference"]}
    return [said, words.sentence(f"that is {words.change(row, before['year'])}")]


def show_kinds_of_evidence(r: Report, s: SimpleNamespace) -> None:
    """The share of each type by year."""
    show_table(
        marked(s.table),
        "Evidence by type and year",
        {
            "year": "Year",
            "type": "Type",
            "share": ("Share of the evidence", "share_of"),
            "share:interval": ("95% interval", "interval"),
        },
        row_headers=2,
        notes=["Quantity: how much was done; quality: how well; outcome: what difference it made to the child."],
        empty="No evidence is recorded.",
    )


def standards_year(r: Report) -> SimpleNamespace:
    """Each practice standard's year: grades and change, themes that belong to it, what those who were asked say, examples.

    `standards`: one entry a standard with `label`, `sentences` and `examples` (only where free text may be shown). Tables:
    share and change (good or better), named (themes that belong to a standard).
    """
    audits, ratings, good = main_audits(r), r.data.ratings, r.profile.good_grades
    rated = threads.ratings_with_audits(ratings, audits)
    share = r.shares(grades.good_or_better(r.in_period(rated, "audit_date", r.year), "standard", good_grades=good))
    change = r.changes(grades.grade_change(rated, r.year, "standard", good_grades=good, comparisons=("previous period",)))
    trend = threads.thread_trend(ratings, audits, r.year, good_grades=good)
    codebook = load_codebook(r.profile)
    now = r.in_period(r.data.audits, "audit_date", r.year)
    findings = r.data.findings[r.data.findings["audit_id"].isin(now["audit_id"])]
    named = r.shares(themes.theme_counts(now, findings, codebook, basis=None), hide=["n_ticked", "n_suggested", "n_both"])
    owner = {t.id: t.standard for t in r.profile.themes.values()}
    named["standard"] = named["theme"].map(owner)
    rows = []
    for s in r.profile.standards_on(r.year.end if r.year.kind != "all" else None):
        said = _standard_words(r, s, share, change, trend, named[named["standard"].eq(s.id)])
        examples = _examples(r, s.id, now, findings, codebook, owner)
        rows.append(SimpleNamespace(id=s.id, label=s.label, sentences=said, examples=examples))
    return SimpleNamespace(standards=rows, share=share, change=change, named=named)


def _standard_words(r: Report, s, share, change, trend, named) -> list[str]:
    out = []
    own = share[share["standard"].astype("str") == s.id]
    if not len(own):
        return [words.sentence(f"no {noun(r)} graded it in {r.year.name}")]
    out.append(words.share_now(own.iloc[0], "were good or better", "grades", r.year.name))
    moved = change[change["standard"].astype("str") == s.id]
    if len(moved) and not own.iloc[0]["suppressed"]:
        row = moved.iloc[0]
        out.append(words.sentence(f"that is {words.change(row, row.get('period_before', 'the year before'))}"))
    course = trend[trend["standard"].astype("str") == s.id]
    if len(course) and course.iloc[0]["verdict"] in (words.ROSE, words.FELL):
        way = "rising" if course.iloc[0]["verdict"] == words.ROSE else "falling"
        out.append(words.sentence(f"month by month the share was {way} over {r.year.name}"))
    for kind, word in (("strength", "as a strength"), ("improvement", "for improvement")):
        parts = [f"{t['label']} in {words.percent(t['share'])} of {words.number(t['n'])}"
                 for t in named_most(named, kind).to_dict("records")]
        if parts:
            out.append(words.sentence(f"named {word}: {words.listed(parts)} {noun(r)}s of every kind"))
    return out


def _examples(r: Report, standard: str, audits: pd.DataFrame, findings: pd.DataFrame, codebook, owner) -> list[str]:
    """Short strengths in the auditors' own words, most recent first; names are removed in cleaning, text is for supervision."""
    if not r.rule.show_free_text:
        return []
    own = findings[(findings["kind"] == "strength") & findings["text"].notna()]
    own = own.merge(audits[["audit_id", "audit_date"]], on="audit_id").sort_values("audit_date", ascending=False).head(400)
    found = themes.suggest_themes(own[["audit_id", "text"]].assign(words=own["text"]), codebook)
    found = found[found["theme"].map(owner) == standard].drop_duplicates("words")
    return [str(t) for t in found["words"].head(MOST_EXAMPLES)]


def named_most(named: pd.DataFrame, kind: str) -> pd.DataFrame:
    """The rows of one standard's themes that its sentences name, the most frequent first."""
    rows = named[(named["kind"] == kind) & named["count"].gt(0) & named["share"].notna()]
    return rows.sort_values("count", ascending=False, kind="stable").head(MOST_THEMES)


def show_standards_year(r: Report, s: SimpleNamespace, level: int = 4) -> None:
    """One heading a standard with its sentences; examples of strengths for those who may read them."""
    if not s.standards:
        show_sentences(f"No practice standard is in force in {r.year.name}.")
    for one in s.standards:
        show_heading(one.label, level)
        show_sentences(one.sentences)
        if one.examples:
            show_sentences([f"An example of a strength: \u201c{t}\u201d" for t in one.examples])
