"""External and internal audits of the same cases, side by side: do two looks from two sides come to the same grade?"""

from __future__ import annotations

import pandas as pd

DAYS_APART = 92  # an external audit speaks of the same practice as an internal one of about the same quarter
COLUMNS = ["case_id", "standard", "internal_audit", "external_audit", "days_apart", "internal", "external"]


def parallel_pairs(audits: pd.DataFrame, ratings: pd.DataFrame | None = None, days_apart: int = DAYS_APART) -> pd.DataFrame:
    """Each external audit with the internal one of the same case that is nearest in time, one row per standard they share.

    External: `audit_type` is "external". Columns: case_id, standard ('overall' for the overall grade, else the id), the two
    audit ids, days_apart (external less internal; at most `days_apart` either way), internal and external (grades, as each
    auditor gave them: moderation would hide the difference). Each audit is in one pair; audits without a case, or
    with no partner, are in none. Ties in time go to the earlier audit, then to its number.
    """
    own = audits[audits["case_id"].notna() & audits["audit_date"].notna()]
    outside = (own["audit_type"] == "external").fillna(False)
    columns = ["audit_id", "case_id", "audit_date", "overall_grade"]
    both = own.loc[outside, columns].merge(own.loc[~outside, columns], on="case_id", suffixes=("_external", "_internal"))
    both["days_apart"] = (both["audit_date_external"] - both["audit_date_internal"]).dt.days
    both = both[both["days_apart"].abs() <= days_apart]
    both = both.assign(near=both["days_apart"].abs()).sort_values(
        ["near", "audit_date_internal", "audit_id_internal", "audit_id_external"], kind="stable")
    both = both.drop_duplicates("audit_id_external").drop_duplicates("audit_id_internal")
    overall = both.assign(standard="overall").rename(columns={
        "overall_grade_internal": "internal", "overall_grade_external": "external"})
    parts = [overall]
    if ratings is not None and len(ratings) and len(both):
        given = "grade_given" if "grade_given" in ratings else "grade"
        each = ratings[["audit_id", "standard", given]]
        inside = each.rename(columns={"audit_id": "audit_id_internal", given: "internal"})
        outer = each.rename(columns={"audit_id": "audit_id_external", given: "external"})
        keys = both[["case_id", "audit_id_internal", "audit_id_external", "days_apart"]]
        parts.append(keys.merge(inside, on="audit_id_internal").merge(outer, on=["audit_id_external", "standard"]))
    out = pd.concat([p.astype({"standard": "str"}) for p in parts if len(p)] or [overall], ignore_index=True)
    out = out.rename(columns={"audit_id_internal": "internal_audit", "audit_id_external": "external_audit"})
    out = out[out["internal"].notna() & out["external"].notna()]
    return out[COLUMNS].sort_values(["standard", "external_audit"], kind="stable", ignore_index=True)
