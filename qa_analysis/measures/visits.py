"""Which services have been visited, how often, and when last."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from qa_analysis.measures.shares import NOT_RECORDED
from qa_analysis.periods import Period


def visits_by_service(visits: pd.DataFrame, period: Period, services: Iterable[str] = ()) -> pd.DataFrame:
    """Each service in one row: visits in the period and the day of the last one up to its end.

    `visits`: audits of the activities that are visits. `services`: those to be covered, in their order; a service
    visited but not among them comes after them, visits that name none last ('not recorded', only where there are any).
    Columns: service, n_visits, last_visit (missing: none up to the period's end, in all the data).
    """
    past = visits[visits["audit_date"] <= period.end]
    name = past["service"].astype("str").where(past["service"].notna(), NOT_RECORDED)
    found = pd.DataFrame({"service": name, "n_visits": period.holds(past["audit_date"]), "day": past["audit_date"]})
    table = found.groupby("service").agg(n_visits=("n_visits", "sum"), last_visit=("day", "max"))
    declared = list(dict.fromkeys(map(str, services)))
    others = sorted(set(table.index) - {*declared, NOT_RECORDED})
    order = [*declared, *others, *([NOT_RECORDED] if NOT_RECORDED in table.index else [])]
    table = table.reindex(order).rename_axis("service").reset_index()
    return table.assign(n_visits=table["n_visits"].fillna(0).astype("int64"), last_visit=pd.to_datetime(table["last_visit"]))
