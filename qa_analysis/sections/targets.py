"""What figures are held against: targets that changed, ambitions that contradict each other; percentages without counts."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd

from qa_analysis import narrative as words
from qa_analysis.context import Report

MEASURES = {"good_or_better": "good or better", "worst_grade": "the lowest grade", "audits_completed": "audits completed",
            "actions_closed_in_time": "actions closed in time", "moderated_within_one_grade": "moderation within one grade",
            "outcome_evidence": "evidence of outcomes"}


def targets(r: Report) -> SimpleNamespace:
    """The targets in force at the period's end, and what must be told of them.

    Table: one row an indicator, by its own id and by each key it is published under: indicator, target. `sentences` tell of a
    target that changed within the year; that no published figure has two is seen to when a profile is read.
    """
    rows = [(name, i.target) for id, i in r.profile.on(r.period.end).indicators.items() if i.target is not None
            for name in (id, *i.benchmark.published)]
    return SimpleNamespace(table=pd.DataFrame(rows, columns=["indicator", "target"]), sentences=_changed(r))


def _changed(r: Report) -> list[str]:
    if r.year.kind == "all":
        return []
    out = []
    for indicator in r.profile.indicators.values():
        before = indicator.on(r.year.start.date())
        for change in indicator.changes:
            day = pd.Timestamp(change["from"])
            if "target" in change and r.year.start < day <= r.year.end:
                was = None if before is None else before.target
                out.append(words.target_changed(indicator.label, was, change["target"], day))
                before = indicator.on(day.date())
    return out


def ambitions_that_contradict(r: Report) -> list[str]:
    """A sentence for each measure whose ambitions can't all be met: at least more than at most."""
    own = list(r.profile.on(r.period.end).ambitions.values())
    out = []
    for measure, said in MEASURES.items():
        least = [a.at_least for a in own if a.measure == measure and a.at_least is not None]
        most = [a.at_most for a in own if a.measure == measure and a.at_most is not None]
        if least and most and max(least) > min(most):
            out.append(words.ambitions_contradict(said, max(least), min(most)))
    return out


def without_counts(table: pd.DataFrame) -> list[str]:
    """A note on percentages that are given without what they were counted from; `table` of `benchmarks.benchmark_table`."""
    shares = table[table["unit"].astype("str").str.contains("%") & table["value"].notna()]
    lacking = shares[shares["numerator"].isna() | shares["denominator"].isna()]
    return [words.without_counts(list(lacking["indicator_name"].astype("str")), len(shares))] if len(lacking) else []
