"""What frames a report: what it is about, how far its figures can be trusted, its method and provenance."""

from __future__ import annotations

from importlib.metadata import version
from types import SimpleNamespace

import pandas as pd

from qa_analysis import issues
from qa_analysis import narrative as words
from qa_analysis.context import Report
from qa_analysis.disclosure import withhold_small
from qa_analysis.measures import data_quality
from qa_analysis.measures.shares import MIN_N
from qa_analysis.sections.grades import noun
from qa_analysis.show import show_table

LEAST_COMPLETE = 0.9  # share of expected cells that a team must fill not to be named
TABLES = (
    "audits",
    "ratings",
    "moderations",
    "actions",
    "feedback",
    "answers",
    "survey",
    "cases",
    "establishment",
    "practice",
    "providers",
    "training",
    "indicators",
)
AUDIENCE_WORDS = {"supervision": "supervision", "team": "teams", "board": "leaders and boards", "public": "the public"}


def about(r: Report, notebook: str = "monthly_themes") -> list[str]:
    """Whom the report is about, for whom it is, where reports of this notebook go, and which framework it follows."""
    forums = _forums(r, notebook)
    return [
        words.sentence(f"{r.where}, {r.period.label}"),
        words.sentence(f"for {AUDIENCE_WORDS[r.audience]}: {_may_see(r)}"),
        words.sentence(
            f"it follows the framework \u201c{r.profile.title}\u201d"
            + (f" and goes to {words.listed(forums)}" if forums else "")
        ),
    ]


def _may_see(r: Report) -> str:
    """What the audience's rule shows and withholds, in words."""
    rule = r.rule
    if r.audience == "supervision" and rule.show_cases and rule.show_people:
        return "it lists cases and people and goes no further"
    if rule.show_cases:
        who = "cases and people are listed" if rule.show_people else f"{noun(r)}s are listed, no person is named"
    else:
        who = "no case is shown, and people are named" if rule.show_people else "no case or person is shown"
    return f"{who}, and {'small numbers are' if rule.smallest_count > 1 else 'no number is'} withheld"


def _forums(r: Report, notebook: str) -> list[str]:
    reports = [x for x in r.profile.reports.values() if x.notebook == notebook and x.forums]
    ids = dict.fromkeys(f for x in reports for f in x.forums if r.profile.forums[f].audience == r.audience)
    return [r.profile.label("forums", f) for f in ids]


def data_confidence(r: Report) -> SimpleNamespace:
    """How complete, valid, timely and consistent each source is, and what that means for the figures that rest on it.

    Tables: confidence (one row a source), rules (issues by rule), rows (files: read, clean, set aside).
    """
    tables = {name: t for name in TABLES if len(t := getattr(r.whole, name))}
    found = r.whole.issues
    none = pd.DataFrame(columns=["table", "n_rows", "level", "reason"])
    table = data_quality.data_confidence(tables, found, r.profile) if tables else none
    teams = _weak_teams(r)
    rows = r.whole.row_counts
    read, clean, aside = (int(rows[c].sum()) for c in ("rows_read", "rows_clean", "rows_set_aside"))
    rules = issues.summary_by_rule(found).drop(columns="example")
    text = [
        words.rows_read(read, clean, aside, len(r.whole.issues), r.rule.smallest_count),
        *words.confidence_in(table.to_dict("records")),
        words.weak_teams(list(teams["team"])),
    ]
    text = [s for s in text if s]
    return SimpleNamespace(confidence=table, teams=teams, rules=rules, rows=rows, sentences=text)


def _weak_teams(r: Report) -> pd.DataFrame:
    """Teams whose audit records of the twelve months deserve low confidence, or leave a tenth of their cells empty."""
    year = r.in_period(r.data.audits, "audit_date", r.year)
    year = year[year["team"].notna()]
    if not len(year):
        return pd.DataFrame(columns=["team", "level", "reason", "completeness"])
    own = data_quality.issues_of_rows(r.whole.issues, {"audits": year})
    table = data_quality.data_confidence({"audits": year}, own, r.profile, by="team")
    weak = table["level"].eq("low") | table["completeness"].lt(LEAST_COMPLETE)
    return table[weak & table["n_rows"].ge(MIN_N)][["team", "level", "reason", "completeness"]].reset_index(drop=True)


def _in_words(reasons: pd.Series) -> pd.Series:
    """What falls short, with columns named in words; "nothing" where all is sound."""
    return reasons.str.removeprefix("short of ").str.replace("_", " ").replace("", "nothing")


def show_confidence(r: Report, s: SimpleNamespace) -> None:
    """Confidence by source, and what was repaired or set aside, by rule."""
    sources = withhold_small(s.confidence, ["n_rows"], r.rule.smallest_count)
    show_table(
        sources.assign(reason=_in_words(sources["reason"].astype("str"))),
        "Confidence in each source",
        {"table": "Source", "n_rows": ("Rows", "count"), "level": "Confidence", "reason": "What falls short"},
        empty="No source was read.",
    )
    if len(s.teams):
        show_table(
            s.teams.assign(reason=_in_words(s.teams["reason"])),
            f"Teams whose audit records need attention, {r.year.name}",
            {"team": "Team", "reason": "What falls short", "completeness": ("Expected cells filled", "percent")},
        )
    show_table(
        withhold_small(s.rules, ["n_issues"], r.rule.smallest_count),
        "Faults and repairs by rule, all periods",
        {"rule": "Rule", "table": "Table", "action": "What was done", "n_issues": ("Number", "count")},
        folded=True,
        most=2 * r.most_listed if r.period.n_months >= 12 else None,  # most frequent first; each month's report has all
        empty="No fault was found.",
    )
    show_table(
        _rows_as_seen(r, s.rows),
        "Rows read, used and set aside, by file",
        {
            "source_file": "File",
            "table": "Table",
            "rows_read": ("Read", "count"),
            "rows_clean": ("Used", "count"),
            "rows_set_aside": ("Set aside", "count"),
        },
        folded=True,
    )


def _rows_as_seen(r: Report, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows by file with small numbers withheld: of a sample, a row may be a case. Used and set aside are hidden together."""
    small = r.rule.smallest_count
    parts = ["rows_clean", "rows_set_aside"]
    either = rows[parts].apply(lambda c: c.between(1, small - 1)).any(axis=1)
    shown = withhold_small(rows, ["rows_read"], small)
    return shown.assign(**{c: rows[c].astype(object).mask(either, "[c]") for c in parts})


def definitions(r: Report) -> list[str]:
    """How every kind of figure was made, in plain words."""
    small = r.rule.smallest_count
    hidden = (
        (
            f"Numbers from 1 to {small - 1} are withheld, with as many others as are needed so that none can be worked "
            f"out; a shown 0 is a true 0."
        )
        if small > 1
        else "Every number is shown: nothing is withheld from the readers of this edition."
    )
    good = words.listed(g.label for g in r.profile.grades if g.good)
    return [
        f"Good or better means {good}." if good else "This framework gives no grades.",
        "A moderated grade replaces the auditor's; both are kept. Ungraded audits count in themes and never in grades.",
        "Estimates rest on cases chosen at random or on all cases; cases picked on purpose are never pooled with them.",
        f"Intervals of shares are Wilson's 95% intervals. Groups under {MIN_N} get no share and no verdict.",
        "A rise or fall is said only where the 95% interval of the difference leaves out no change and the p-value, corrected "
        "for the number of comparisons made together (Benjamini and Hochberg), is below 0.05.",
        "Control charts use limits that know how many audits each month has; a month is called out of the ordinary by the "
        "Making Data Count rules. With fewer than 12 months the limits are trial ones.",
        "Funnels use exact binomial limits at 95% and 99.8%; places come by name and are not ranked.",
        "Time to close counts actions still open as open (Kaplan\u2013Meier); the average of closed actions alone would flatter.",
        hidden,
    ]


def show_provenance(r: Report) -> None:
    """Inputs with their hashes, the framework and the versions: the same inputs give the same report."""
    inputs = r.whole.inputs.assign(sha256=r.whole.inputs["sha256"].str[:16])
    show_table(
        inputs,
        "Input files and the first 16 characters of their SHA-256",
        {"file": "File", "sha256": "SHA-256"},
        folded=True,
        empty="No file was read.",
    )
    versions = pd.DataFrame(
        [{"package": p, "version": version(p)} for p in ("qa_analysis", "pandas", "scipy", "statsmodels")]
    )
    show_table(versions, "Versions", {"package": "Package", "version": "Version"}, folded=True)
