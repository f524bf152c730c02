"""Whether practice was better when the same case was judged again: first and later grade, and their movement."""

from __future__ import annotations

import pandas as pd

from qa_analysis.measures.paired import paired_direction
from qa_analysis.measures.shares import MIN_N, By, is_among
from qa_analysis.periods import Period


def latest_reaudit(audits: pd.DataFrame, actions: pd.DataFrame, on: pd.Timestamp) -> pd.DataFrame:
    """The latest graded re-audit of each audit up to the day `on`: audit_id, reaudit_date, reaudit_grade.

    Taken from audits that say which one they repeat, and from the re-audit recorded on an action. Where both
    give one on the same day the audit's own row counts, since its grade may have been moderated.
    """
    again = audits.loc[audits["reaudit_of"].notna(), ["reaudit_of", "audit_date", "grade"]]
    again = again.set_axis(["audit_id", "reaudit_date", "reaudit_grade"], axis=1).assign(order=1)
    noted = actions.loc[actions["reaudit_grade"].notna(), ["audit_id", "reaudit_date", "reaudit_grade"]].assign(order=0)
    grades = audits["grade"].dtype
    parts = [p.assign(reaudit_grade=p["reaudit_grade"].astype(grades), audit_id=p["audit_id"].astype("str"))
             for p in (again, noted)]
    table = pd.concat(parts, ignore_index=True)
    table = table[table["audit_id"].notna() & table["reaudit_grade"].notna() & (table["reaudit_date"] <= on)]
    table = table.sort_values(["audit_id", "reaudit_date", "order", "reaudit_grade"])
    return table.drop_duplicates("audit_id", keep="last").drop(columns="order").reset_index(drop=True)


def reaudit_pairs(audits: pd.DataFrame, actions: pd.DataFrame, period: Period) -> pd.DataFrame:
    """Each audit that was judged again in the period, with its grade before and at its latest re-audit.

    Columns: audit_id, case_id, service, locality, team, audit_date, grade_before, reaudit_date, grade_after, and where the
    first audit stands (source_file, source_row). Re-audits after the period's end are not known yet.
    """
    again = latest_reaudit(audits, actions, period.end)
    again = again[period.holds(again["reaudit_date"])]
    keep = ("audit_id", "case_id", "service", "locality", "team", "audit_date", "grade", "source_file", "source_row")
    keep = [c for c in keep if c in audits]
    table = audits.loc[is_among(audits["audit_id"], again["audit_id"]), keep].merge(again, on="audit_id").rename(
        columns={"grade": "grade_before", "reaudit_grade": "grade_after"})
    return table[table["grade_before"].notna()].sort_values(["reaudit_date", "audit_id"]).reset_index(drop=True)


def reaudit_change(audits: pd.DataFrame, actions: pd.DataFrame, period: Period, by: By = None,
                   min_n: int = MIN_N) -> pd.DataFrame:
    """How many re-audited cases were graded higher, the same and lower than the first time; see `paired_direction`.

    Cases picked for a low grade tend to be graded higher the second time by chance alone (regression to the
    mean), so a rise does not by itself show that the action worked.
    """
    return paired_direction(reaudit_pairs(audits, actions, period), "grade_before", "grade_after", by, min_n)


def last_two_grades(audits: pd.DataFrame, case: str = "case_id") -> pd.DataFrame:
    """The last two graded audits of each case that has two: case, dates and grades before and after.

    Two on one day are taken in the order of their audit numbers.
    """
    known = audits[audits["grade"].notna() & audits[case].notna() & audits["audit_date"].notna()]
    ids = ["audit_date", "audit_id"] if "audit_id" in known else ["audit_date"]
    known = known.sort_values([case, *ids])
    known = known.assign(audit_date_before=known.groupby(case, observed=True)["audit_date"].shift(),
                         grade_before=known.groupby(case, observed=True)["grade"].shift())
    last = known.drop_duplicates(case, keep="last")
    last = last[last["grade_before"].notna()].rename(columns={"grade": "grade_after", "audit_date": "audit_date_after"})
    places = [c for c in ("service", "locality", "team") if c in last]
    return last[[case, *places, "audit_date_before", "grade_before", "audit_date_after", "grade_after"]].reset_index(
        drop=True)
