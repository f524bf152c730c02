"""How often moderators agree with auditors, which way they move the grade, and how much is moderated.

Moderations for different reasons (random, every inadequate, targeted) answer different questions, and so do blind and
sighted ones: every estimate here is given for each reason and each kind of sight apart and is never added up over them.
The fuller statistics of agreement (kappa, AC2) are in `agreement`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from qa_analysis.measures.compare import ALPHA, adjust_p
from qa_analysis.measures.paired import paired_direction
from qa_analysis.measures.shares import (
    MIN_N,
    NOT_RECORDED,
    By,
    group_keys,
    is_among,
    listed,
    plain_keys,
    share_by,
    sum_by,
)
from qa_analysis.periods import Period

OVERALL = "overall"  # stands for the standard where the overall grade was moderated
APART = ("reason", "sight")
MIN_PAIRS_AUDITOR = 5  # smallest number of moderated audits on which an auditor's direction is tested


def moderated_pairs(moderations: pd.DataFrame, audits: pd.DataFrame,
                    ratings: pd.DataFrame | None = None) -> pd.DataFrame:
    """Every moderation with the two grades, the audit's place and auditor, ready for the measures here.

    Columns: audit_id, standard ('overall' for the overall grade), grade_before, grade_after, moderation_date,
    moderator, reason, sight (blind, sighted, not recorded), comment, then from the audit: audit_date, auditor,
    activity, service, locality, team, and days_to_moderation, steps (grades moved; above 0 raised), is_independent
    (False where the moderator is the auditor; such a row is no second opinion and is in no estimate). A missing grade
    before is filled from what the auditor gave: the audit's overall grade, or the rating's where `ratings` is given.
    Moderations of audits that are not in `audits` are left out.
    """
    own = [c for c in ("audit_id", "audit_date", "auditor", "activity", "service", "locality", "team", "send",
                       "audit_type") if c in audits]
    table = moderations.assign(
        standard=moderations["standard"].astype("str").where(moderations["standard"].notna(), OVERALL))
    judged = audits[is_among(audits["audit_id"], table["audit_id"])]  # a merge of few is quick
    table = table.merge(judged[[*own, "overall_grade"]], on="audit_id", how="inner")
    given = table["overall_grade"].where(table["standard"] == OVERALL)
    if ratings is not None:
        keys = ["audit_id", "standard"]
        given_column = "grade_given" if "grade_given" in ratings else "grade"
        each = ratings[[*keys, given_column]][is_among(ratings["audit_id"], table["audit_id"])]
        each = each.rename(columns={given_column: "given"}).assign(standard=each["standard"].astype("str"))
        given = given.fillna(table[keys].merge(each.drop_duplicates(keys), on=keys, how="left")["given"].set_axis(
            table.index))
    scale = table["grade_after"].dtype
    before = table["grade_before"].astype(scale).fillna(given.astype(scale))
    steps = pd.Series(table["grade_after"].cat.codes, dtype="Int64") - before.cat.codes
    both = before.notna() & table["grade_after"].notna()
    sight = table["blind"].astype("str").map({"yes": "blind", "no": "sighted"}).fillna(NOT_RECORDED)
    return table.drop(columns=["overall_grade", "blind"]).assign(
        grade_before=before, reason=table["reason"].astype("str").where(table["reason"].notna(), NOT_RECORDED),
        sight=sight, steps=steps.where(both),
        days_to_moderation=(table["moderation_date"] - table["audit_date"]).dt.days,
        is_independent=table["moderator"].isna() | table["auditor"].isna() | (table["moderator"] != table["auditor"]))


def moderation_table(pairs: pd.DataFrame, by: By = None, apart: By = APART) -> pd.DataFrame:
    """How many audits went from each grade to each grade: the full table of before and after, zeros included.

    `pairs` from `moderated_pairs`, for the period and standard of interest. Columns: `by`, reason, sight, grade_before,
    grade_after (best first), count, n (pairs with both grades in the group), is_same.
    """
    keys, pairs = _keys(by, apart), _judged(pairs)
    levels = list(pairs["grade_after"].cat.categories)[::-1]
    wide = sum_by(pairs, pd.DataFrame({(b, a): (pairs["grade_before"] == b) & (pairs["grade_after"] == a)
                                       for b in levels for a in levels}, index=pairs.index)
                  .set_axis(range(len(levels) ** 2), axis=1), keys)
    cells = list(range(len(levels) ** 2))
    wide["n"] = wide[cells].sum(axis=1)
    wide["_row"] = np.arange(len(wide))
    long = wide.melt([*keys, "n", "_row"], cells, var_name="cell", value_name="count").sort_values(["_row", "cell"])
    cell = long["cell"].astype(int).to_numpy()
    dtype = pairs["grade_after"].dtype
    long = long.assign(
        grade_before=pd.Categorical.from_codes(len(levels) - 1 - cell // len(levels), dtype=dtype),
        grade_after=pd.Categorical.from_codes(len(levels) - 1 - cell % len(levels), dtype=dtype),
        is_same=cell // len(levels) == cell % len(levels))
    return long[[*keys, "grade_before", "grade_after", "count", "n", "is_same"]].reset_index(drop=True)


def moderation_agreement(pairs: pd.DataFrame, by: By = None, apart: By = APART, min_n: int = MIN_N) -> pd.DataFrame:
    """Share of moderated grades on which auditor and moderator agreed: exactly, and within one grade.

    Columns: `by`, reason, sight, agreement ('exact' | 'within one grade'), count, n, share, share_lower, share_upper
    (proportions; Wilson 95% limits). On a short scale most pairs are within one grade by chance: read it beside exact.
    """
    keys, pairs = _keys(by, apart), _judged(pairs)
    parts = [share_by(pairs, pairs["steps"].abs() <= most, by=keys, min_n=min_n).assign(agreement=name)
             for name, most in (("exact", 0), ("within one grade", 1))]
    table = pd.concat(parts).reset_index(names="_row").sort_values(["_row", "agreement"]).reset_index(drop=True)
    return table[[*keys, "agreement", "count", "n", "share", "share_lower", "share_upper"]]


def moderation_direction(pairs: pd.DataFrame, by: By = None, apart: By = APART, min_n: int = MIN_N) -> pd.DataFrame:
    """Which way moderators move grades: how many they raised and lowered, and whether that leans one way.

    Columns: `by`, reason, sight, n, n_raised, n_same, n_lowered, net_share ((raised - lowered) / n), net_share_lower,
    net_share_upper, p_value, p_adjusted (see `paired_direction`), verdict: 'auditors lenient' (more lowered), 'auditors
    harsh' (more raised), 'no clear direction', 'too few'.
    """
    table = paired_direction(_judged(pairs), "grade_before", "grade_after", _keys(by, apart), min_n)
    words = {"lower": "auditors lenient", "higher": "auditors harsh", "no clear difference": "no clear direction"}
    return table.rename(columns={"n_higher": "n_raised", "n_lower": "n_lowered"}).assign(
        verdict=table["verdict"].replace(words))


def changed_audits(pairs: pd.DataFrame) -> pd.DataFrame:
    """The moderated grades that were changed, one row each, by date: what it was, what it became and why.

    Holds cases and names, so it is for supervision only.
    """
    moved = pairs[(pairs["steps"] != 0).fillna(False).astype(bool)]
    columns = ["audit_id", "standard", "audit_date", "service", "locality", "team", "auditor", "moderator",
               "moderation_date", "days_to_moderation", "grade_before", "grade_after", "steps", "reason", "sight",
               "is_independent", "comment"]
    return moved.sort_values(["moderation_date", "audit_id", "standard"], kind="stable")[
        [c for c in columns if c in moved]].reset_index(drop=True)


def moderated_share(audits: pd.DataFrame, moderations: pd.DataFrame, period: Period, by: By = None,
                    min_n: int = MIN_N) -> pd.DataFrame:
    """Share of the period's graded audits that were moderated, whenever the moderation was done.

    Columns: `by`, count, n, share, share_lower, share_upper.
    """
    second = moderations.loc[moderations["standard"].isna(), "audit_id"]
    now = audits[period.holds(audits["audit_date"])]
    return share_by(now, is_among(now["audit_id"], second), now["overall_grade"].notna(), by, min_n)


def moderation_coverage(audits: pd.DataFrame, moderations: pd.DataFrame, period: Period, by: By = None,
                        min_n: int = MIN_N) -> pd.DataFrame:
    """Share of auditors' months in which at least one of the auditor's audits was moderated (the rule is one a month).

    Counted is each auditor in each month of the period with a graded audit; whether moderation is done against the
    number of managers in post is in `schedule`. Audits with no auditor named are left out (`n_without_auditor`,
    audits). A group holds an auditor's month if any of that month's audits is in it. Columns: `by`, count, n, share, …
    """
    keys = listed(by)
    used = audits[period.holds(audits["audit_date"]) & audits["overall_grade"].notna()]
    second = moderations.loc[moderations["standard"].isna(), "audit_id"]
    rows = plain_keys(group_keys(used, keys), keys).assign(
        auditor=used["auditor"], month=used["audit_date"].dt.to_period("M"), done=is_among(used["audit_id"], second))
    months = rows[rows["auditor"].notna()].groupby([*keys, "auditor", "month"], observed=True)["done"].any()
    months = months.reset_index()
    out = share_by(months, months["done"], by=keys, min_n=min_n)
    missing = sum_by(rows, pd.DataFrame({"n_without_auditor": rows["auditor"].isna()}, index=rows.index), keys)
    if not keys:
        return out.assign(n_without_auditor=missing["n_without_auditor"].to_numpy())
    out = missing.merge(out, on=keys, how="left")
    out[["count", "n"]] = out[["count", "n"]].fillna(0).astype("int64")
    return out[[*keys, "count", "n", "share", "share_lower", "share_upper", "n_without_auditor"]]


def auditor_direction(pairs: pd.DataFrame, reason: str | None = None, min_n: int = MIN_PAIRS_AUDITOR) -> pd.DataFrame:
    """Auditors whose grades moderators lower or raise clearly more often than other auditors' grades. For supervision.

    Not a ranking: auditors come in the order of their names, and only those that differ get a verdict. Each auditor is
    compared with all others together by the exact test of a two-by-two table (Fisher, one-sided each way); the p-values
    of all auditors and both ways are adjusted for false discovery (Benjamini and Hochberg, 1995). Overall grades only.
    `reason`: the reason for moderation to use, blind and sighted alike; without it random ones, or those with no
    reason recorded where none is random. Columns: auditor, n, n_lowered, n_raised, others_n, others_n_lowered,
    others_n_raised, p_lowered, p_raised (adjusted), verdict ('lenient' | 'harsh' | 'no clear difference' | 'too few'),
    reason.
    """
    pairs = _judged(pairs)
    pairs = pairs[(pairs["standard"] == OVERALL) & pairs["auditor"].notna()]
    if reason is None:
        reason = NOT_RECORDED if not (pairs["reason"] == "random").any() and (
            pairs["reason"] == NOT_RECORDED).any() else "random"
    pairs = pairs[pairs["reason"] == reason]
    table = sum_by(pairs, pd.DataFrame({"n": True, "n_lowered": pairs["steps"] < 0, "n_raised": pairs["steps"] > 0},
                                       index=pairs.index), "auditor")
    totals = table[["n", "n_lowered", "n_raised"]].sum()
    table = table.assign(**{f"others_{c}": totals[c] - table[c] for c in totals.index})
    enough = (table["n"] >= min_n).to_numpy()
    p = np.full((2, len(table)), np.nan)
    for row, column in enumerate(("n_lowered", "n_raised")):
        tail = stats.hypergeom.sf(table[column] - 1, totals["n"], totals[column], table["n"])
        p[row, enough] = tail[enough]
    p = adjust_p(p.ravel()).reshape(p.shape)
    verdict = np.select([~enough, p[0] < ALPHA, p[1] < ALPHA], ["too few", "lenient", "harsh"],
                        "no clear difference")
    return table.assign(p_lowered=p[0], p_raised=p[1], verdict=verdict, reason=reason)


def _keys(by: By, apart: By) -> list[str]:
    return list(dict.fromkeys([*listed(by), *listed(apart)]))


def _judged(pairs: pd.DataFrame) -> pd.DataFrame:
    return pairs[pairs["steps"].notna() & pairs["is_independent"]]
