"""Invented figures that are published once a year: the workforce, special educational needs, and what care costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from qa_analysis.example import truths as t
from qa_analysis.example.chance import rng_for
from qa_analysis.example.framework import Framework
from qa_analysis.example.numbers import AREAS, CODE, N_YEARS, REGION
from qa_analysis.example.people import AUTHORITY


@dataclass(frozen=True)
class Yearly:
    """One figure a year: its usual level, how far areas lie apart, what it is counted of here, in which scale and year."""

    id: str
    words: str
    usual: float
    apart: float
    size: int
    times: float = 100
    unit: str = "%"
    polarity: str = "low"
    year: str = "september"
    here: float | None = None  # the planted level of the last two years


YEARLY = (
    Yearly("social_worker_turnover", "Social workers who left", 0.15, 0.02, 240),
    Yearly("social_worker_vacancies", "Social worker vacancies", 0.16, 0.02, 280),
    Yearly("agency_social_workers", "Agency social workers", t.AGENCY_SHARE, 0.02, 270, here=t.AGENCY_SHARE_HERE),
    Yearly("caseload", "Cases per social worker", 17, 1.2, 220, 1, "cases"),
    Yearly("sen_requests", "Requests for an assessment", 0.0075, 0.0008, 72_000, 10_000, "per 10,000", "neither", "calendar"),
    Yearly("sen_requests_from_schools", "Requests from schools", 0.62, 0.05, 540, 100, "%", "neither", "calendar"),
    Yearly("sen_requests_from_families", "Requests from families", 0.31, 0.04, 540, 100, "%", "neither", "calendar"),
    Yearly("sen_responses_in_time", "Requests decided in time", 0.88, 0.04, 520, 100, "%", "high", "calendar"),
    Yearly("ehc_plans_in_time", "Plans issued in time", t.PLANS_IN_TIME, 0.05, 310, 100, "%", "high", "calendar",
           t.PLANS_IN_TIME_HERE),
    Yearly("care_cost_per_week", "Cost of a child in care for a week", 1_050, 90, 38_000, 1, "£ a child", "neither", "financial"),
)
# id, words, usual proportion, usual denominator of a month: local figures that nobody publishes
MONTHLY = (
    ("professional_registration", "Social workers whose registration is in date", 0.99, 270),
    ("disclosure_checks", "Staff whose disclosure and barring check is in date", 0.965, 430),
)
_SHARES = (1.0, *[0.7] * 3, 0.3, *[0.8] * 6, 12.0, 120.0)  # of our size: ten neighbours, region, England


def make_yearly(framework: Framework, plan: t.Plan, seed: int) -> pd.DataFrame:
    """Each figure of five years for the authority, its neighbours, region and England, and two local ones by month."""
    rng = rng_for(seed, "published once a year")
    parts = [_years(framework, each, plan, rng) for each in YEARLY]
    for id_, words, usual, size in MONTHLY:
        n = rng.integers(size - 12, size + 13, len(plan.months))
        count = rng.binomial(n, usual)
        shared = _shared(framework, id_, words, "%", "high") | {"area_code": CODE, "area": AUTHORITY, "area_level": "authority"}
        parts.append(pd.DataFrame({**shared, "period": plan.months.strftime("%Y-%m"), "numerator": count, "denominator": n,
                                   "value": np.round(100 * count / n, 1), "symbol": None}))
    return pd.concat(parts, ignore_index=True)


def _shared(framework: Framework, id_: str, words: str, unit: str, polarity: str) -> dict:
    label = framework.indicators[id_].label if id_ in framework.indicators else words
    return {"indicator": id_, "indicator_name": label, "unit": unit, "polarity": polarity, "region": REGION}


def _years(framework: Framework, each: Yearly, plan: t.Plan, rng: np.random.Generator) -> pd.DataFrame:
    last = plan.months[-1]
    ends = {"september": (9, "{y}"), "calendar": (12, "{y}"), "financial": (3, "{b}-{e:02d}")}
    month, form = ends[each.year]
    newest = last.year if last.month > month else last.year - 1  # published some weeks after its end
    level = each.usual + np.clip(rng.normal(0, each.apart, len(AREAS)), -2 * each.apart, 2 * each.apart)
    level[0] = level[-1] = each.usual
    rows = []
    for year in range(newest - N_YEARS + 1, newest + 1):
        for k, (code, area, area_level) in enumerate(AREAS):
            size = max(8, round(each.size * _SHARES[k]))
            usual = level[k]
            if k == 0 and plan.is_out_of_step and each.here is not None and year >= newest - 1:
                usual = each.here
            count = rng.binomial(size, usual) if each.usual < 1 else round(size * usual * (1 + rng.normal(0, 0.02)))
            symbol = "c" if 1 <= count <= 5 else None
            value = round(each.times * count / size, 0 if each.year == "financial" else 1)
            rows.append({"area_code": code, "area": area, "area_level": area_level,
                         "period": form.format(y=year, b=year - 1, e=year % 100),
                         "numerator": None if symbol else count, "denominator": size, "value": None if symbol else value,
                         "symbol": symbol})
    out = pd.DataFrame({**_shared(framework, each.id, each.words, each.unit, each.polarity), **pd.DataFrame(rows)})
    return out.assign(region=out["region"].where(out["area_level"] != "England"))
