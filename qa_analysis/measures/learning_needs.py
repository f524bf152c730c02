"""Which audits say that somebody needs to learn: training, coaching, a course, time to reflect."""

from __future__ import annotations

import pandas as pd

from qa_analysis.measures.grades import estimate_basis, sample_basis
from qa_analysis.measures.shares import MIN_N, By, is_among, share_by
from qa_analysis.periods import Period

# words for ways to learn, whatever is to be learnt; "training" of a dog or a train is not met in audits
WORDS = (
    r"\b(?:(?:re)?train(?:ing|ed)|coach(?:ing|ed)|mentor(?:ing|ed)?|workshops?|courses?|inductions?|refreshers?|"
    r"shadow(?:ing|ed)|e-?learning|(?:learning|development|training)\s+needs?|skills?\s+gaps?|"
    r"(?:reflective|group)\s+(?:sessions?|space|supervision)|practice\s+guidance|CPD)\b"
)
_NOT_LEARNING = r"\b(?:in\s+due|of|the|a\s+matter\s+of)\s+course\b|\bcourses?\s+of\b"  # "in due course", "course of action"


def learning_needs(audits: pd.DataFrame, findings: pd.DataFrame, period: Period) -> pd.DataFrame:
    """The areas for improvement that speak of training or another way to learn, one row a finding, in order of date.

    Columns: audit_id, audit_date, service, locality, team, text, trigger_words (as written, joined by "; "). A need is
    what an audit says should be better, so strengths and evidence are left out; findings without text too.
    """
    now = audits[period.holds(audits["audit_date"])]
    found = findings[findings["kind"].astype("str").eq("improvement") & findings["text"].notna()]
    found = found[is_among(found["audit_id"], now["audit_id"])]
    text = found["text"].astype("str")
    used = text.str.replace(_NOT_LEARNING, " ", regex=True, case=False).str.findall(f"(?i){WORDS}")
    found = found.assign(trigger_words=used.map(lambda w: "; ".join({x.casefold(): x for x in w}.values())))
    found = found[used.str.len().gt(0)][["audit_id", "text", "trigger_words"]]
    table = now[["audit_id", "audit_date", "service", "locality", "team"]].merge(found, on="audit_id")
    columns = ["audit_id", "audit_date", "service", "locality", "team", "text", "trigger_words"]
    return table.sort_values(["audit_date", "audit_id"], kind="stable")[columns].reset_index(drop=True)


def learning_needs_share(
    audits: pd.DataFrame, findings: pd.DataFrame, period: Period, by: By = None, min_n: int = MIN_N
) -> pd.DataFrame:
    """Share of the period's audits with any area for improvement in words that speak of a learning need.

    Columns: `by`, count, n (audits that name an area for improvement), share, share_lower, share_upper (0 to 1; Wilson
    95% limits), basis. An audit counts once. Audits of cases chosen at random (or all) where there are any; see
    `grades.estimate_basis`. Groups under `min_n` keep count and n and lose the share.
    """
    basis = estimate_basis(audits)
    now = audits[period.holds(audits["audit_date"]) & (sample_basis(audits) == basis)]
    spoken = findings.loc[findings["kind"].astype("str").eq("improvement") & findings["text"].notna(), "audit_id"]
    needs = learning_needs(now, findings, period)["audit_id"]
    return share_by(now, is_among(now["audit_id"], needs), is_among(now["audit_id"], spoken), by, min_n).assign(
        basis=basis)
