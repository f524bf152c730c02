"""Audits made together with other agencies: how many, with whom, and on what themes, for each locality."""

from __future__ import annotations

import pandas as pd

from qa_analysis.measures.shares import MIN_N, By, add_share, group_keys, listed, plain_keys, sum_by
from qa_analysis.periods import Period

MULTI_AGENCY = "multi-agency"


def partnership_audits(audits: pd.DataFrame, period: Period, by: By = "locality") -> pd.DataFrame:
    """How many audits of the period were made with partners: multi-agency by type, or with an agency named.

    Columns: `by`, n_audits, n_multi_agency (by type), n_with_agencies (an agency is named, of any type), n_either.
    """
    now = audits[period.holds(audits["audit_date"])]
    joint, named = now["audit_type"] == MULTI_AGENCY, now["agencies"].notna()
    return sum_by(now, pd.DataFrame({"n_audits": True, "n_multi_agency": joint, "n_with_agencies": named,
                                     "n_either": joint | named}, index=now.index), by)


def agencies_taking_part(audits: pd.DataFrame, period: Period, by: By = "locality",
                         min_n: int = MIN_N) -> pd.DataFrame:
    """In how many of the period's partnership audits each agency took part.

    Columns: `by`, agency, count, n (partnership audits of the group), share, share_lower, share_upper. One audit counts
    once for each agency named in it, so shares add up to more than 1.
    """
    return _spread(_joint(audits, period), "agencies", "agency", by, min_n)


def partnership_themes(audits: pd.DataFrame, period: Period, by: By = "locality",
                       column: str = "improvement_themes", min_n: int = MIN_N) -> pd.DataFrame:
    """In how many of the period's partnership audits each theme was ticked, ungraded audits too.

    `column`: improvement_themes or strength_themes. Columns: `by`, theme (id), count, n, share, share_lower,
    share_upper. Themes suggested from free text are in `themes`.
    """
    return _spread(_joint(audits, period), column, "theme", by, min_n)


def _joint(audits: pd.DataFrame, period: Period) -> pd.DataFrame:
    return audits[period.holds(audits["audit_date"]) & ((audits["audit_type"] == MULTI_AGENCY)
                                                        | audits["agencies"].notna())]


def _spread(joint: pd.DataFrame, column: str, name: str, by: By, min_n: int) -> pd.DataFrame:
    keys = listed(by)
    each = plain_keys(group_keys(joint, keys), keys).assign(audit=range(len(joint)), **{
        name: joint[column].astype("str").where(joint[column].notna(), "").str.split(";")})
    each = each.explode(name)
    each[name] = each[name].str.strip()
    each = each[each[name].fillna("") != ""].drop_duplicates(["audit", name])
    count = each.groupby([*keys, name]).size().rename("count").reset_index()
    n = sum_by(joint, pd.DataFrame({"n": True}, index=joint.index), keys)
    table = count.merge(n, on=keys) if keys else count.assign(n=int(n["n"].iloc[0]))
    return add_share(table, min_n=min_n)
