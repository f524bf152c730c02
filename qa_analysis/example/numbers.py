"""Invented performance figures: local by month, published by year with neighbours, region, England and symbols."""

from __future__ import annotations

import numpy as np
import pandas as pd

from qa_analysis.example import truths as t
from qa_analysis.example.chance import rng_for
from qa_analysis.example.framework import Framework
from qa_analysis.example.people import AUTHORITY

CODE = "9000"
# id, words, usual proportion, usual denominator of a month, which way is better
INDICATORS = (
    ("rereferrals", "Re-referrals within 12 months", 0.21, 260, "low"),
    ("assessments_in_time", "Assessments completed within 45 working days", 0.84, 240, "high"),
    ("conferences_in_time", "Initial child protection conferences within 15 working days", 0.80, 60, "high"),
    ("protection_reviews_in_time", "Child protection plans reviewed in time", 0.92, 210, "high"),
    ("repeat_protection_plans", "Child protection plans that are a second or later one", 0.22, 45, "low"),
    ("placement_moves", "Children in care with three or more placements in the year", 0.10, 420, "low"),
    ("participation_in_reviews", "Children who took part in their review", 0.90, 130, "high"),
    ("health_assessments", "Children in care with an annual health assessment", 0.91, 390, "high"),
    ("care_leavers_suitable_home", "Care leavers aged 19 to 21 in suitable accommodation", 0.88, 180, "high"),
    ("care_leavers_out_of_touch", "Care leavers the authority is not in touch with", 0.07, 180, "low"),
    ("supervision_in_time", "Supervision held as often as policy says", 0.82, 270, "high"),
)
NEIGHBOURS = (
    "Ambleford",
    "Brackwater",
    "Corvale",
    "Dunmarsh",
    "Eskerton",
    "Farrowby",
    "Glenmoor",
    "Hollinsea",
    "Inverleck",
    "Kestrelby",
)
N_YEARS = 5
REGION = "Invented North"
AREAS = (  # code, name and level
    (CODE, AUTHORITY, "authority"),
    *((str(9001 + k), name, "authority") for k, name in enumerate(NEIGHBOURS)),
    ("E12999", REGION, "region"),
    ("E92000001", "England", "England"),
)


def make_indicators(framework: Framework, plan: t.Plan, seed: int) -> pd.DataFrame:
    """Local indicators by month (one with a planted special cause) and as published for the last five years."""
    rng = rng_for(seed, "indicators")
    n_months, parts = len(plan.months), []
    for i, (id_, words, usual, size, polarity) in enumerate(INDICATORS):
        step = np.arange(n_months) >= plan.indicator_from if id_ == plan.special_indicator else np.zeros(n_months, bool)
        denominator = rng.poisson(size, n_months)
        numerator = rng.binomial(denominator, np.clip(usual + t.INDICATOR_STEP * step, 0, 1))
        shared = {
            "indicator": id_,
            "indicator_name": framework.indicators[id_].label if id_ in framework.indicators else words,
            "unit": "%",
            "polarity": polarity,
            "region": REGION,
        }
        parts.append(
            pd.DataFrame(
                {
                    **shared,
                    "area_code": CODE,
                    "area": AUTHORITY,
                    "area_level": "authority",
                    "period": plan.months.strftime("%Y-%m"),
                    "numerator": numerator,
                    "denominator": denominator,
                    "value": np.round(100 * numerator / denominator, 1),
                    "symbol": None,
                }
            )
        )
        parts.append(_published(shared, usual, size, i, plan, rng))
    return pd.concat(parts, ignore_index=True)


def _published(shared: dict, usual: float, size: int, i: int, plan: t.Plan, rng: np.random.Generator) -> pd.DataFrame:
    """Financial years up to the last complete one; figures of 1 to 5 show as c, a few as x or u."""
    last = plan.months[-1]
    end_year = last.year if last.month >= 3 else last.year - 1
    years = [f"{y - 1}-{y % 100:02d}" for y in range(end_year - N_YEARS + 1, end_year + 1)]
    level = np.clip(usual + rng.normal(0, 0.03, len(AREAS)), 0.01, 0.99)
    level[0] = level[-1] = usual
    # the fourth neighbour is tiny, so that its small counts are suppressed
    people = np.array([12 * size, *([8 * size] * 3), max(12, size // 20), *([10 * size] * 6), 150 * size, 1500 * size])
    rows = []
    for year in years:
        for k, (code, area, area_level) in enumerate(AREAS):
            numerator = int(rng.binomial(people[k], level[k]))
            value, symbol = round(100 * numerator / people[k], 1), None
            if 1 <= numerator <= 5:
                symbol = "c"
            elif 0 < k < 11 and rng.random() < 0.03:
                symbol = ("x", "z", "u")[(i + k) % 3]
            hidden = symbol is not None
            rows.append(
                {
                    **shared,
                    "area_code": code,
                    "area": area,
                    "area_level": area_level,
                    "period": year,
                    "numerator": None if hidden else numerator,
                    "denominator": None if symbol in ("x", "z") else int(people[k]),
                    "value": None if hidden else value,
                    "symbol": symbol,
                }
            )
    out = pd.DataFrame(rows)
    if area_level == "England":
        out["region"] = out["region"].where(out["area_level"] != "England")
    return out


def make_neighbours() -> pd.DataFrame:
    """Ten invented statistical neighbours of the invented authority."""
    return pd.DataFrame(
        {
            "model": "2014",
            "area_code": CODE,
            "area": AUTHORITY,
            "rank": np.arange(1, len(NEIGHBOURS) + 1),
            "neighbour_code": [str(9001 + k) for k in range(len(NEIGHBOURS))],
            "neighbour": NEIGHBOURS,
        }
    )
