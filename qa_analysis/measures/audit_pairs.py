"""Two people judge one case alone, then agree: how far the two agreed, and the grade that counts for the case.

How it is recorded. Either as two audits: the same activity and case, two auditors, both within `DAYS_APART` days, each
with the grade that the auditor gave alone; the grade agreed afterwards is a moderation of either audit. Or as one audit
with a *blind* moderation: the second person's own grade, given without sight of the first, is `grade_after`. A sighted
moderation is no second judgement of its own: it only says which grade counts.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from qa_analysis.measures.moderation import OVERALL
from qa_analysis.measures.shares import MIN_N, By, share_by

DAYS_APART = 92  # a quarter of a year
TWO_AUDITS, BLIND, ALONE = "two audits", "blind moderation", "one audit alone"
COLUMNS = ["case_id", "activity", "audit_date", "service", "locality", "team", "audit_id", "audit_id_2", "auditor",
           "auditor_2", "grade_1", "grade_2", "grade", "how", "is_settled", "selection"]  # fmt: skip


def audit_pairs(audits: pd.DataFrame, moderations: pd.DataFrame, days_apart: int = DAYS_APART) -> pd.DataFrame:
    """One row a case judged, with the two grades given alone and the one that counts; in order of date.

    `audits` of the activities that are audited twice. Columns: COLUMNS; grade_1 and grade_2 are what the two gave before
    moderation (grade_2 missing where one judged alone), grade is the one that counts: the moderated grade of either
    audit, else the grade on which both agreed, else missing; is_settled says that there is one. The first of a pair is the
    earlier audit (then the lower audit number), an order without meaning. audit_date is that of the first. A third audit
    of the case in the time makes a row of its own, alone; audits without a case or an auditor pair with none.
    """
    table = audits.sort_values(["activity", "case_id", "audit_date", "audit_id"], kind="stable").reset_index(drop=True)
    scale = table["grade"].dtype
    after = table.shift(-1)
    near = (after["audit_date"] - table["audit_date"]).dt.days.le(days_apart)
    other = table["auditor"].notna() & after["auditor"].notna() & table["auditor"].ne(after["auditor"])
    same = table["case_id"].notna() & table["case_id"].eq(after["case_id"])
    same &= table["activity"].astype("str").eq(after["activity"].astype("str"))
    first = _first_of_pairs((near & other & same).fillna(False).to_numpy(dtype=bool))
    second = np.append(False, first[:-1]) if len(first) else first
    blind = _blind(moderations, table, scale)
    graded = pd.DataFrame(
        {
            "two": pd.Series(first),
            "one": table["overall_grade"].astype(scale),
            "next": after["overall_grade"].astype(scale),
            "blind": blind["grade_after"],
            "agreed": table["grade"].astype(scale).where(table["is_moderated"]),
            "agreed_next": after["grade"].astype(scale).where(after["is_moderated"].eq(True)),
        }
    )
    two = graded["two"]
    grade_2 = graded["next"].where(two, graded["blind"])
    settled = graded["agreed"].fillna(graded["agreed_next"].where(two))
    settled = settled.where(settled.notna() | ~two, graded["one"].where(graded["one"] == graded["next"]))
    settled = settled.where(two | settled.notna(), graded["one"])
    out = table.assign(
        audit_id_2=after["audit_id"].where(two),
        auditor_2=after["auditor"].where(two, blind["moderator"]),
        grade_1=graded["one"],
        grade_2=grade_2,
        grade=settled,
        how=np.select([two, grade_2.notna()], [TWO_AUDITS, BLIND], ALONE),
        is_settled=settled.notna(),
    )[~second]
    return out.sort_values(["audit_date", "audit_id"], kind="stable")[COLUMNS].reset_index(drop=True)


def pair_agreement(pairs: pd.DataFrame, by: By = None, min_n: int = MIN_N) -> pd.DataFrame:
    """Share of cases on which the two agreed before moderation: exactly, and within one grade.

    Columns: agreement ('exact' | 'within one grade'), `by`, count, n (cases with both grades), share, share_lower,
    share_upper (0 to 1; Wilson 95% limits). On a short scale most pairs are within one grade by chance.
    """
    both = pairs[pairs["grade_1"].notna() & pairs["grade_2"].notna()]
    steps = (both["grade_1"].cat.codes - both["grade_2"].cat.codes).abs()
    parts = [share_by(both, steps <= most, by=by, min_n=min_n).assign(agreement=name)
             for name, most in (("exact", 0), ("within one grade", 1))]  # fmt: skip
    table = pd.concat(parts, ignore_index=True)
    return table[["agreement", *[c for c in table if c != "agreement"]]]


def services_by_quarter(pairs: pd.DataFrame, first_month: int = 4) -> pd.DataFrame:
    """How many cases of each service were judged in each quarter of the year: the rotation of services.

    Columns: quarter (its first day), service, count, n (cases of the quarter). `first_month` of the year.
    """
    months_in = (pairs["audit_date"].dt.month - first_month) % 3
    start = pairs["audit_date"].dt.to_period("M").dt.to_timestamp()
    quarter = pd.Series([d - pd.DateOffset(months=int(m)) for d, m in zip(start, months_in, strict=True)],
                        index=pairs.index, dtype="datetime64[ns]")  # fmt: skip
    service = pairs["service"].astype("str").where(pairs["service"].notna(), "not recorded")
    table = pd.DataFrame({"quarter": quarter, "service": service}).value_counts().rename("count").reset_index()
    table["n"] = table.groupby("quarter")["count"].transform("sum")
    return table.sort_values(["quarter", "service"], ignore_index=True)


def _first_of_pairs(follows: np.ndarray) -> np.ndarray:
    """Which rows are the first of a pair, so that no audit is in two: a row taken as second begins none."""
    first, taken = np.zeros(len(follows), dtype=bool), False
    for i, pair in enumerate(follows):
        first[i] = pair and not taken
        taken = first[i]
    return first


def _blind(moderations: pd.DataFrame, table: pd.DataFrame, scale) -> pd.DataFrame:
    """The first blind second opinion on each audit's overall grade by somebody else: grade_after and moderator."""
    overall = moderations["standard"].isna() | moderations["standard"].astype("str").eq(OVERALL)
    own = moderations[overall & moderations["blind"].eq("yes") & moderations["grade_after"].notna()]
    own = own.sort_values("moderation_date").drop_duplicates("audit_id")
    found = table[["audit_id", "auditor"]].merge(own[["audit_id", "grade_after", "moderator"]], on="audit_id", how="left")
    other = found["moderator"].isna() | found["auditor"].isna() | found["moderator"].ne(found["auditor"])
    return found.assign(grade_after=found["grade_after"].astype(scale).where(other), moderator=found["moderator"].where(other))
