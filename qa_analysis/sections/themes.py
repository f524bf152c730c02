"""What audits say in words: themes as strengths and as improvements, their change, and wording no theme covers yet."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd

from qa_analysis import charts
from qa_analysis import narrative as words
from qa_analysis.clean_words import with_article
from qa_analysis.codebook import load_codebook
from qa_analysis.context import Report
from qa_analysis.disclosure import marked
from qa_analysis.measures import emerging, themes
from qa_analysis.measures.grades import EACH
from qa_analysis.sections.grades import noun, records
from qa_analysis.show import show_chart, show_sentences, show_table

MOST_SAID = 6
MOST_PHRASES = 10
KINDS = {"improvement": "areas for improvement", "strength": "strengths"}


def in_period(r: Report) -> SimpleNamespace:
    """Themes of the period, ticked on the form or suggested by the codebook, with change since the period before.

    Random and purposive cases are counted apart; the shares are of random ones (or all) where there are any. Tables:
    counts (one row a kind, theme and basis), change (against the period before), year_change (the twelve months
    against the twelve before), emerging (phrases no theme covers), triggers (words behind suggestions; only where free
    text may be shown). The rest as `most_named`.
    """
    codebook = load_codebook(r.profile)
    audits = r.data.audits
    counts = _counts(r, audits, codebook, r.period)
    named = most_named(r)
    change = _change(r, audits, codebook, r.period, r.period.before())
    year_change = _change(r, audits, codebook, r.year, r.year.before() if r.period.kind != "all" else None)
    phrases = _emerging(r, audits, codebook)
    shown = r.shares(counts, hide=["n_ticked", "n_suggested", "n_both"])
    return SimpleNamespace(
        **vars(named),
        counts=shown,
        change=change,
        year_change=year_change,
        emerging=phrases,
        sentences=_sentences(r, named.main, change, year_change, phrases),
        top=_top(named.main, r),
    )


def most_named(r: Report) -> SimpleNamespace:
    """The themes of the period on the basis that an estimate rests on, without change and without new wording.

    Table: main (one row a kind and theme, as the audience may see it). `strengths_said` and `improvements_said` are
    sentences, most frequent first.
    """
    main = _counts(r, r.data.audits, load_codebook(r.profile), r.period, basis=None)
    main = r.shares(main, hide=["n_ticked", "n_suggested", "n_both"])
    return SimpleNamespace(
        main=main,
        strengths_said=_said(main, "strength", r) or _none_at_all(r, "strength"),
        improvements_said=_said(main, "improvement", r) or _none_at_all(r, "improvement"),
    )


def _counts(r: Report, audits: pd.DataFrame, codebook, period, basis: str | None = EACH) -> pd.DataFrame:
    """Themes of one period: each way of choosing cases apart, or with None the one that an estimate rests on."""
    chosen = r.in_period(audits, "audit_date", period)
    findings = r.data.findings[r.data.findings["audit_id"].isin(chosen["audit_id"])]
    return themes.theme_counts(chosen, findings, codebook, basis=basis)


def _change(r: Report, audits: pd.DataFrame, codebook, now, before) -> pd.DataFrame:
    if before is None:
        return pd.DataFrame()
    return r.changes(themes.theme_change(*(_counts(r, audits, codebook, span, basis=None) for span in (now, before))))


def _emerging(r: Report, audits: pd.DataFrame, codebook) -> pd.DataFrame:
    """Phrases of the last three months against the twelve before, counted in enough audits to be shown."""
    if r.period.kind == "all":
        return pd.DataFrame()
    recent = r.period if r.period.n_months >= 3 else r.period.last_months(3)
    start = recent.start - pd.DateOffset(months=12)
    day = audits["audit_date"]
    findings = [
        r.data.findings[r.data.findings["audit_id"].isin(audits.loc[rows, "audit_id"])]
        for rows in (recent.holds(day), (day >= start) & (day < recent.start))
    ]
    table = emerging.emerging_phrases(*findings, codebook, min_audits=max(3, r.rule.smallest_count), most=MOST_PHRASES)
    table = table[table["p_adjusted"] < 0.05].reset_index(drop=True)
    hidden = table["n_audits_before"].between(1, r.rule.smallest_count - 1)
    table["n_audits_before"] = table["n_audits_before"].astype(object).mask(hidden, "[c]")
    return table if r.rule.show_free_text else table.drop(columns="example")


def _top(main: pd.DataFrame, r: Report) -> str:
    """The theme raised most often among the areas for improvement, as a sentence; none where nothing can be said."""
    rows = main[(main["kind"] == "improvement") & main["theme"].ne("other")]
    return words.raised_most(_most_first(rows).to_dict("records"), KINDS["improvement"], noun(r), r.when)


def _most_first(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.sort_values(["count", "label"], ascending=[False, True], kind="stable")


def _none_at_all(r: Report, kind: str) -> list[str]:
    """Says so where the data hold none of the kind for any period: nothing was asked, which is not nothing found."""
    whole = r.whole.findings
    return [] if whole["kind"].astype("str").eq(kind).any() else [f"The data hold no {KINDS[kind]}."]


def _said(table: pd.DataFrame, kind: str, r: Report) -> list[str]:
    return [words.theme_line(row, noun(r)) for row in most_said(table, kind).to_dict("records")]


def most_said(table: pd.DataFrame, kind: str) -> pd.DataFrame:
    """The rows of a kind that sentences name: the most frequent first, of equal ones by name."""
    rows = _most_first(table[(table["kind"] == kind) & (table["count"] > 0)])
    return rows[rows["theme"] != "other"].head(MOST_SAID)


def _sentences(r: Report, main, change, year_change, phrases) -> list[str]:
    if not len(main) or not main["n"].fillna(0).gt(0).any():
        return [words.sentence(f"no {noun(r)} in {r.when} has strengths, areas for improvement or themes recorded")]
    out = []
    for table, since in ((change, r.period.before()), (year_change, r.year.before() if len(year_change) else None)):
        if since is None or not len(table) or (table is year_change and r.year == r.period):
            continue
        name = since.name if table is change else "the twelve months before"
        for kind, word in KINDS.items():
            rows = table[(table["kind"] == kind)].to_dict("records")
            out.append(words.moved_themes(rows, word, name, "" if table is change else f"over {r.year.name}, "))
    out = [s for s in out if s]
    if not out:
        since = r.period.before()
        out.append(words.unmoved_themes(change.to_dict("records"), noun(r), since.name if since else None))
    phrases_said = words.new_wording(list(phrases["phrase"])) if len(phrases) else ""
    return [s for s in (*out, phrases_said) if s]


def show_themes(r: Report, s: SimpleNamespace) -> None:
    """The themes of the period as a chart for improvements, tables for both kinds, and emerging wording."""
    before = r.period.before()
    for kind, word in KINDS.items():
        rows = s.change[s.change["kind"] == kind] if len(s.change) else s.main[s.main["kind"] == kind]
        rows = _most_first(rows[rows["count"].fillna(0).gt(0)])
        if len(rows) and rows["share"].notna().any():
            show_chart(
                charts.interval_dots(
                    rows,
                    "label",
                    title=words.raised_most(rows.to_dict("records"), word, noun(r), r.when),
                    header="Theme",
                    now=r.when,
                    before=before.name if before else "before",
                    whole=False,
                    subtitle=f"Share of {noun(r)}s that raise each theme among {word}, {r.where}",
                    source=words.source_line(records(r), rows["n"].head(1), noun(r), f"in {r.when}"),
                )
            )
        table = s.counts[(s.counts["kind"] == kind) & s.counts["n"].fillna(0).gt(0)]
        table = table[table["count"].isna() | table["count"].gt(0)]
        if table.empty and _none_at_all(r, kind):
            continue  # said beside the other kind
        show_table(
            marked(table),
            f"Themes among {word}, {r.when}",
            {
                "label": "Theme",
                "basis": "How cases were chosen",
                "count": (f"{noun(r).capitalize()}s", "count"),
                "n": ("Out of", "count"),
                "share": ("Share", "percent"),
                "share:interval": ("95% interval", "interval"),
                "n_ticked": ("Ticked only", "count"),
                "n_suggested": ("Suggested from text only", "count"),
            },
            folded=True,
            notes=[
                f"{with_article(noun(r)).capitalize()} counts once for a theme. Ticked on the form counts as "
                "given; suggestions come from the "
                "words of the codebook."
            ],
        )
    if len(s.emerging):
        columns = {
            "phrase": "Wording",
            "n_audits_now": ("Audits, last three months", "count"),
            "n_audits_before": ("Audits, twelve months before", "count"),
        }
        if "example" in s.emerging:
            columns["example"] = "Example"
        show_table(s.emerging, "Frequent new wording that no theme covers", columns)
    elif r.period.kind != "all":
        show_sentences("No new wording outside the themes has become clearly more frequent.")
