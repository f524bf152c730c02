"""Whether who judged a case stands outside its line of management, as learning audits and visits require."""

from __future__ import annotations

import pandas as pd

from qa_analysis.measures.shares import MIN_N, By, add_share, sum_by
from qa_analysis.periods import Period

TIES = ("audited own case", "audited own worker's case", "audited a case of the own team")


def auditor_ties(audits: pd.DataFrame, establishment: pd.DataFrame | None = None) -> pd.Series:
    """How each audit's auditor is tied to the case: one of TIES, 'none found', or missing where no auditor is named.

    The auditor is compared with the audit's worker and manager, and with the team's managers and leads in the
    `establishment` of any month. Names are compared as they stand after cleaning.
    """
    auditor = _folded(audits["auditor"])
    ties = pd.Series("none found", index=audits.index).where(auditor != "", pd.NA)
    if establishment is not None and not establishment.empty:
        line = [establishment[["team", c]].set_axis(["team", "name"], axis=1).assign(name=lambda t: t["name"].astype(
            "str").where(t["name"].notna(), "").str.split(";")).explode("name")
            for c in ("team_manager", "service_lead", "head_of_service") if c in establishment]
        line = pd.concat(line)
        line = set(line["team"].astype("str") + "\n" + _folded(line["name"]))
        own_team = (audits["team"].astype("str") + "\n" + auditor).isin(line)
        ties = ties.mask(own_team & (auditor != ""), TIES[2])
    ties = ties.mask((auditor != "") & (auditor == _folded(audits["manager"])), TIES[1])
    return ties.mask((auditor != "") & (auditor == _folded(audits["worker"])), TIES[0])


def independence(audits: pd.DataFrame, profile, period: Period, establishment: pd.DataFrame | None = None,
                 by: By = "activity", min_n: int = MIN_N) -> pd.DataFrame:
    """Share of audits whose auditor stands outside the case's line of management, of activities that require it.

    Counted are the period's audits of activities that the profile marks `independent`. Columns: `by`, count
    (independent), n (auditor named), share, share_lower, share_upper, n_auditor_not_recorded.
    """
    wanted = [a.id for a in profile.activities.values() if a.independent]
    now = audits[period.holds(audits["audit_date"]) & audits["activity"].isin(wanted)]
    ties = auditor_ties(now, establishment)
    table = sum_by(now, pd.DataFrame({"count": (ties == "none found").fillna(False).astype(bool), "n": ties.notna(),
                                      "n_auditor_not_recorded": ties.isna()}, index=now.index), by)
    return add_share(table, min_n=min_n)


def _folded(names: pd.Series) -> pd.Series:
    return names.astype("str").where(names.notna(), "").str.strip().str.casefold()
