"""Can the grades be trusted: how often a second opinion agrees, and which way it moves the grade."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd

from qa_analysis import charts
from qa_analysis import narrative as words
from qa_analysis.context import Report
from qa_analysis.disclosure import marked
from qa_analysis.measures import agreement, moderation
from qa_analysis.measures.shares import NOT_RECORDED
from qa_analysis.sections.grades import main_audits, noun
from qa_analysis.show import show_chart, show_table

MONTHS_OF_AUDITORS = 36
PLAIN = {
    "exact_agreement": "the same grade",
    "within_one_agreement": "within one grade",
    "cohen_kappa": "weighted kappa (linear weights)",
    "gwet_ac2": "Gwet's AC2 (linear weights)",
    "krippendorff_alpha": "Krippendorff's alpha (ordinal)",
}


def trust(r: Report) -> SimpleNamespace:
    """Auditors against moderators over the twelve months to the end of the period, on overall grades.

    Random moderation is kept apart from 'every inadequate' and targeted moderation: only the random ones speak for all
    audits. Tables: coverage (share of the period's graded audits moderated), grid (before × after), agreement (one row
    a statistic), direction, by_standard, changed (the period's changed audits; cases, supervision only), auditors
    (those who differ; supervision only). `reason` is why the audits that the
    estimate rests on were moderated; `n_moderated` and `n_changed` are counts of the period that no rule was applied to.
    """
    if r.whole.moderations.empty:
        said = words.sentence(
            f"the data hold no moderations, so no second opinion shows how far the grades of {noun(r)}s can be trusted"
        )
        nothing = dict.fromkeys(("coverage", "grid", "figures", "direction", "by_standard", "changed", "auditors"))
        return SimpleNamespace(**{k: pd.DataFrame() for k in nothing}, reason="random", n_moderated=0, n_changed=0,
                               sentences=[said], title=said)
    audits = main_audits(r)
    pairs = moderation.moderated_pairs(r.data.moderations, audits, r.data.ratings)
    year = pairs[r.year.holds(pairs["moderation_date"])]
    random = _representative(year[year["standard"] == moderation.OVERALL])
    coverage = r.shares(moderation.moderated_share(audits, r.data.moderations, r.period))
    grid = _grid(r, random)
    figures = _figures(r, random)
    direction = _direction(r, random)
    now = pairs[r.period.holds(pairs["moderation_date"])]
    judged = now[(now["standard"] == moderation.OVERALL) & now["steps"].notna()]
    n_moderated, n_changed = len(judged), int((judged["steps"] != 0).sum())
    auditors = _auditors(r, pairs)
    sentences = [
        words.moderated(coverage.iloc[0], r.when),
        *_agreement_words(r, random, figures, direction),
        words.changed_by_moderation(n_moderated, n_changed, r.when, r.rule.smallest_count),
        *words.auditors_moved(auditors.to_dict("records")),
    ]
    return SimpleNamespace(
        coverage=coverage,
        grid=grid,
        figures=figures,
        direction=direction,
        by_standard=_by_standard(r, year),
        changed=moderation.changed_audits(now) if r.rule.show_cases else pd.DataFrame(),
        auditors=auditors,
        reason=_reason(year[year["standard"] == moderation.OVERALL]),
        n_moderated=n_moderated,
        n_changed=n_changed,
        sentences=[s for s in sentences if s],
        title=sentences[1] if len(sentences) > 2 else sentences[0],
    )


def _representative(pairs: pd.DataFrame) -> pd.DataFrame:
    """Random moderation; where none is recorded as random, those with no reason recorded."""
    own = pairs[pairs["reason"] == _reason(pairs)]
    return own[own["steps"].notna() & own["is_independent"]]


def _reason(pairs: pd.DataFrame) -> str:
    return "random" if pairs["reason"].eq("random").any() else NOT_RECORDED


def _grid(r: Report, pairs: pd.DataFrame) -> pd.DataFrame:
    table = moderation.moderation_table(pairs, apart=())
    return r.counts(table, lines=[["grade_before"], ["grade_after"]], n="n")


def grid_for_chart(grid: pd.DataFrame) -> pd.DataFrame:
    """The grid with the auditor's grades as rows and the moderator's as columns, best first; [c] where withheld."""
    if grid.empty:
        return pd.DataFrame()
    order = list(dict.fromkeys(grid["grade_before"].astype(str)))
    cells = grid["count"].astype(object).mask(grid["suppressed"], "[c]")
    wide = grid.assign(cell=cells, before=grid["grade_before"].astype(str), after=grid["grade_after"].astype(str))
    return wide.pivot(index="before", columns="after", values="cell").reindex(index=order, columns=order)


def _figures(r: Report, pairs: pd.DataFrame) -> pd.DataFrame:
    """One row a statistic with value, limits and n, as the audience may see it; none where there are too few pairs."""
    columns = ["statistic", "value", "value_lower", "value_upper", "n"]
    limits = ["value", "value_lower", "value_upper"]
    if len(pairs) < agreement.MIN_PAIRS:
        return pd.DataFrame(columns=columns)
    scale = [g for g in r.profile.grade_labels]
    table = agreement.agreement_summary(
        pairs.astype({"grade_before": "str", "grade_after": "str"}), "grade_before", "grade_after", categories=scale
    )
    table = table[table["statistic"].isin(PLAIN) & table["value"].notna()].copy()
    table["statistic"] = table["statistic"].map(PLAIN)
    # a share of nearly all gives the few that are left over away; the coefficients have no count
    return r.shares(table[[*columns, "count"]], hide=limits)


def _direction(r: Report, pairs: pd.DataFrame) -> pd.DataFrame:
    table = moderation.moderation_direction(pairs, apart=())
    small = r.rule.smallest_count
    hidden = pd.Series(False, index=table.index)
    for column in ("n", "n_raised", "n_same", "n_lowered"):
        hidden |= table[column].between(1, small - 1)
    figures = ["n_raised", "n_same", "n_lowered"]
    table[figures] = table[figures].astype(float).mask(hidden, axis=0)
    return table.assign(suppressed=hidden)


def _by_standard(r: Report, year: pd.DataFrame) -> pd.DataFrame:
    pairs = _representative(year[year["standard"] != moderation.OVERALL])
    if pairs.empty:
        return pd.DataFrame()
    table = moderation.moderation_agreement(pairs, by="standard", apart=())
    table = r.shares(table[table["agreement"] == "exact"])
    table["standard"] = [r.profile.label("standards", s) for s in table["standard"]]
    return table


def _auditors(r: Report, pairs: pd.DataFrame) -> pd.DataFrame:
    """Auditors whose grades moderators clearly move more than others', over three years; supervision only, not ranked.

    A year holds a handful of moderated audits of one auditor, too few to tell.
    """
    span = r.period.last_months(MONTHS_OF_AUDITORS) if r.period.kind != "all" else r.period
    pairs = pairs[span.holds(pairs["moderation_date"])]
    if not r.rule.show_people or pairs.empty:
        return pd.DataFrame()
    table = moderation.auditor_direction(pairs)
    return table[table["verdict"].isin(["lenient", "harsh"])].reset_index(drop=True)


def _agreement_words(r: Report, pairs: pd.DataFrame, figures: pd.DataFrame, direction: pd.DataFrame) -> list[str]:
    span = r.year.name
    if figures.empty:
        return [words.too_few_moderated(len(pairs), span, agreement.MIN_PAIRS, r.rule.smallest_count)]
    by_name = figures.set_index("statistic")
    exact, near = by_name.loc[PLAIN["exact_agreement"]], by_name.loc[PLAIN["within_one_agreement"]]
    return [words.agreement(exact, near, span), words.direction_of_moderation(direction.iloc[0])]


def show_moderation(r: Report, s: SimpleNamespace) -> None:
    """The table of before and after, the agreement figures, each standard, and for supervision what was changed."""
    grid = grid_for_chart(s.grid)
    if len(grid) and s.grid["n"].fillna(0).max() > 0:
        show_chart(
            charts.agreement_grid(
                grid,
                title=s.title,
                subtitle=f"Overall grades before and after moderation of audits chosen at random, "
                f"{r.where}, {r.year.name}",
                source=words.source_line(
                    "moderation logs", s.grid["n"].head(1), "audit moderated at random", f"in {r.year.name}",
                    "audits moderated at random",
                ),
            )
        )
    if len(s.figures):
        show_table(
            marked(s.figures),
            f"Agreement of auditor and moderator, {r.year.name}",
            {
                "statistic": "Measure",
                "value": ("Value", "number", "", 2),
                "value:interval": ("95% interval", "number_interval", "", 2),
                "n": ("Audits", "count"),
            },
            notes=["1 is full agreement. Kappa falls where nearly all grades are the same, so read it beside AC2."],
        )
    if len(s.by_standard):
        show_table(
            marked(s.by_standard),
            f"Same grade from auditor and moderator by standard, {r.year.name}",
            {
                "standard": "Standard",
                "share": ("Same grade", "share_of"),
                "share:interval": ("95% interval", "interval"),
            },
            folded=True,
        )
    if len(s.changed):
        labels = {
            x: r.profile.label("standards", x) for x in s.changed["standard"].astype("str").unique() if x != moderation.OVERALL
        }
        show_table(
            s.changed.assign(standard=s.changed["standard"].astype("str").map({moderation.OVERALL: "Overall grade", **labels})),
            f"Audits whose grade moderation changed, {r.when}",
            {
                "audit_id": "Audit",
                "standard": "Standard",
                "service": "Service",
                "team": "Team",
                "grade_before": "Auditor",
                "grade_after": "Moderator",
                "reason": "Why moderated",
                "sight": "Blind or sighted",
            },
            most=r.most_listed,
        )
    if len(s.auditors):
        show_table(
            s.auditors,
            f"Auditors whose grades are moved clearly more than others', up to {MONTHS_OF_AUDITORS} months",
            {
                "auditor": "Auditor",
                "verdict": "Direction",
                "n": ("Moderated", "count"),
                "n_lowered": ("Lowered", "count"),
                "n_raised": ("Raised", "count"),
            },
            notes=["For supervision: a reason to talk about what each grade means, not a ranking."],
        )
