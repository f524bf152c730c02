"""Random sampling audits: how far the two of a pair agreed before they talked, and the headline by grade."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd

from qa_analysis import narrative as words
from qa_analysis.context import Report
from qa_analysis.disclosure import marked
from qa_analysis.measures import agreement, audit_pairs, grades
from qa_analysis.sections import parts
from qa_analysis.sections.grades import counts_as_seen
from qa_analysis.show import show_sentences, show_table

NOUN = ("case", "cases")
# measures that do not ask who of the pair was first, which has no meaning here
PLAIN = {"gwet_ac2": "Gwet's AC2 (linear weights)", "krippendorff_alpha": "Krippendorff's alpha (ordinal)"}
HOW = {"exact": "the same grade", "within one grade": "within one grade"}


def random_sample(r: Report) -> SimpleNamespace:
    """Random sampling audits of the period: pairs' agreement before moderation, headline by grade, services by turns.

    Counted are the graded activities that are audited twice on cases chosen at random; `audit_pairs` says how a pair is
    recorded. One case counts once, with the grade that counts after moderation. Tables: coverage, agreement (period and
    twelve months), measures (agreement beyond chance, twelve months, from 20 pairs), counts (cases by grade), good (share
    good or better), rotation (services by quarter over twelve months), studies (cases where the two differed or the grade
    is at an end of the scale; supervision only).
    """
    activities = parts.in_force(
        r,
        lambda a: a.audited_twice and a.graded and a.selection == "random" and a.recorded_in == "audits",
    )
    if not activities or not r.profile.grades:
        return parts.absent()
    audits = parts.audits_of(r, activities)
    year = audit_pairs.audit_pairs(r.in_period(audits, "audit_date", r.year), r.data.moderations)
    now = year[r.period.holds(year["audit_date"])]
    coverage = parts.done_and_due(r, activities)
    spans = {r.when: now, r.year.name: year}
    agreed = pd.concat([audit_pairs.pair_agreement(p).assign(span=name) for name, p in spans.items()], ignore_index=True)
    agreed = r.shares(agreed)
    good = pd.concat(
        [grades.good_or_better(p, good_grades=r.profile.good_grades).assign(span=name) for name, p in spans.items()],
        ignore_index=True,
    )
    good = r.shares(good, hide=["n_ungraded", "n_other_basis"])
    return SimpleNamespace(
        exists=True,
        coverage=coverage,
        agreement=agreed,
        measures=_measures(r, year),
        counts=_counts(r, spans),
        good=good,
        rotation=_rotation(r, year),
        studies=_studies(r, now) if r.rule.show_cases else pd.DataFrame(),
        sentences=_sentences(r, now, activities, coverage, agreed, good),
    )


def _counts(r: Report, spans: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Cases by grade in each span, as the audience may see them."""
    table = pd.concat([grades.grade_counts(p).assign(span=name) for name, p in spans.items()], ignore_index=True)
    return counts_as_seen(r, table, "span")


def _measures(r: Report, year: pd.DataFrame) -> pd.DataFrame:
    """Agreement beyond chance over the twelve months; none under 20 pairs."""
    both = year[year["grade_1"].notna() & year["grade_2"].notna()]
    columns = ["statistic", "value", "value_lower", "value_upper", "n"]
    if len(both) < agreement.MIN_PAIRS:
        return pd.DataFrame(columns=columns)
    table = agreement.agreement_summary(
        both.astype({"grade_1": "str", "grade_2": "str"}), "grade_1", "grade_2", categories=list(r.profile.grade_labels)
    )
    table = table[table["statistic"].isin(PLAIN) & table["value"].notna()]
    return table.assign(statistic=table["statistic"].map(PLAIN))[columns].reset_index(drop=True)


def _rotation(r: Report, year: pd.DataFrame) -> pd.DataFrame:
    table = audit_pairs.services_by_quarter(year, r.period.first_month)
    return r.counts(table, lines=[["quarter"]], n="n")


def _studies(r: Report, now: pd.DataFrame) -> pd.DataFrame:
    """The cases worth telling: where the two differed, or the grade is the best or the worst; with what was written."""
    ends = {r.profile.grade_labels[0], r.profile.grade_labels[-1]}
    differ = now["grade_2"].notna() & now["grade_1"].astype("str").ne(now["grade_2"].astype("str"))
    table = now[differ | now["grade"].isin(ends)]
    found = r.data.findings
    for kind, column in (("strength", "strengths"), ("improvement", "improvements")):
        own = found[found["kind"].astype("str").eq(kind)].groupby("audit_id")["text"].agg("; ".join)
        said = [
            "; ".join(str(own[i]) for i in (one, two) if pd.notna(i) and i in own.index)
            for one, two in zip(table["audit_id"], table["audit_id_2"], strict=True)
        ]
        table = table.assign(**{column: pd.Series(said, index=table.index, dtype="object").replace("", None)})
    return table.reset_index(drop=True)


def _sentences(r: Report, now: pd.DataFrame, activities, coverage, agreed: pd.DataFrame, good: pd.DataFrame) -> list[str]:
    out = parts.done_words(r, coverage, activities)
    if now.empty:
        return out
    both = int((now["grade_1"].notna() & now["grade_2"].notna()).sum())
    alone = int(now["how"].eq(audit_pairs.ALONE).sum())
    if both == 0:
        out.append(f"no case of {r.when} has two grades given independently, so nothing shows how far pairs agree")
    for row in agreed[agreed["span"] == r.when].to_dict("records") if both else ():
        of = ("case judged by two alone", "cases judged by two alone")
        what = f"were given {HOW[row['agreement']]} before moderation"
        if row["agreement"] == "exact" or not row["suppressed"]:
            out.append(parts.share_words(row, what, of, r.when))
    if alone:
        out.append(
            f"{parts.how_many(r, alone, *NOUN)} of {r.when} {parts.verb(r, alone, 'has', 'have')} no second judgement of its own"
            if alone == 1
            else f"{parts.how_many(r, alone, *NOUN)} of {r.when} have no second judgement of their own"
        )
    open_cases = int((~now["is_settled"]).sum())
    if open_cases:
        out.append(
            f"{parts.how_many(r, open_cases, *NOUN)} {parts.verb(r, open_cases, 'has', 'have')} two different grades and "
            f"none agreed yet, and {parts.verb(r, open_cases, 'is', 'are')} in no share"
        )
    row = good[good["span"] == r.when].iloc[0]
    out.append(parts.share_words(row, f"were {parts.GOOD}", ("case that has a grade", "cases that have a grade"), r.when))
    return [words.sentence(s) for s in out]


def show_random_sample(r: Report, s: SimpleNamespace) -> None:
    """Headline by grade, agreement, services by turns; case studies for supervision."""
    parts.show_done(r, s.coverage, "Random sampling audits")
    if s.counts["n"].eq(0).all():
        return
    show_table(
        marked(s.counts),
        f"Cases of random sampling audits by grade, {r.where}",
        {
            "span": "Period",
            "grade": "Grade",
            "count": ("Cases", "count"),
            "share": ("Share", "percent"),
            "share:interval": ("95% interval", "interval"),
            "n": ("Graded", "count"),
        },
        notes=["One case counts once, with the grade that counts after moderation."],
    )
    table = s.agreement[s.agreement["n"].isna() | s.agreement["n"].gt(0)]
    show_table(
        marked(table.assign(agreement=table["agreement"].map(HOW))),
        "How far the two of a pair agreed before moderation",
        {
            "span": "Period",
            "agreement": "Both gave",
            "share": ("Cases", "share_of"),
            "share:interval": ("95% interval", "interval"),
        },
        folded=True,
        empty="No case has two independent grades.",
    )
    if len(s.measures):
        show_table(
            s.measures,
            f"Agreement beyond chance, {r.year.name}",
            {"statistic": "Measure", "value": ("Value", "number"), "value:interval": ("95% interval", "number_interval"),
             "n": ("Cases", "count")},
            folded=True,
        )  # fmt: skip
    if len(s.rotation):
        show_table(
            marked(s.rotation),
            f"Services sampled in each quarter, {r.year.label}",
            {"quarter": ("Quarter from", "month"), "service": "Service", "count": ("Cases", "count")},
            folded=True,
        )
    if len(s.studies):
        show_table(
            s.studies,
            f"Case studies, {r.when}: where the two differed, or the grade is at an end of the scale",
            {"case_id": "Case", "service": "Service", "grade_1": "One gave", "grade_2": "The other gave", "grade": "Agreed",
             "strengths": "Strengths", "improvements": "Would improve"},
            folded=True,
        )  # fmt: skip
    elif not r.rule.show_cases:
        show_sentences("Case studies stand in the edition for supervision only.")
