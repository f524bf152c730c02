"""Sentences on performance indicators: why one is an exception, which are, and where each stands beside others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qa_analysis.measures.exceptions import CHANGE, ENGLAND
from qa_analysis.narrative.pieces import counted, is_missing, listed, number, percent, sentence, verb

_RULES = {
    "Above UCL": "the latest month lies above the upper limit",
    "Below LCL": "the latest month lies below the lower limit",
    "7 Point Trend (Increasing)": "seven months rose in a row",
    "7 Point Trend (Decreasing)": "seven months fell in a row",
    "2 in 3 Above CL": "two of three months lie near the upper limit",
    "2 in 3 Below CL": "two of three months lie near the lower limit",
    "7 Points Above CL": "seven months in a row lie above the average",
    "7 Points Below CL": "seven months in a row lie below the average",
}
_THAN = {"better": "better than", "worse": "worse than", "same": "the same as", "no direction": "beside"}
_MOST_DECIMALS = 4
_MOST_WITHOUT = 3  # percentages without counts that are named


def figure(value: float, unit: object, decimals: int = 1) -> str:
    """A value with its unit: "25.5%"; the unit of a rate stands in the indicator's name."""
    if is_missing(value):
        return "not known"
    return f"{number(value, decimals)}{'%' if isinstance(unit, str) and '%' in unit else ''}"


def two_figures(value: float, other: float, unit: object, least: int = 1) -> tuple[str, str]:
    """Two values with as many decimals as it takes to tell them apart where they differ, at least `least`."""
    for decimals in range(least, _MOST_DECIMALS + 1):
        said = figure(value, unit, decimals), figure(other, unit, decimals)
        if said[0] != said[1] or value == other:
            break
    return said


def reason_of_exception(row: Mapping[str, Any]) -> str:
    """Why an indicator is an exception, in words that follow its test.

    `row` has kind, value, compared_with, unit, and rule (of the control chart). Missing figures are left out.
    """
    known = not is_missing(row["value"]) and not is_missing(row["compared_with"])
    value, other = two_figures(row["value"], row["compared_with"], row["unit"])
    if row["kind"] == CHANGE:
        rule = _RULES.get(str(row["rule"]), "the latest month is out of the ordinary")
        return sentence(rule + (f": {value} against an average of {other}" if known else ""))
    whom = "England" if row["kind"] == ENGLAND else "the mean of its statistical neighbours"
    if not known or row["value"] == row["compared_with"]:
        return sentence(f"out of step with {whom} by more than other authorities differ")
    side = "higher" if row["value"] > row["compared_with"] else "lower"
    return sentence(f"{side} than {whom} by more than other authorities differ: {value} against {other}")


def exceptions_found(concerns: Sequence[str], better: Sequence[str], neither: Sequence[str], n: int) -> list[str]:
    """Which of `n` indicators give cause to look closer, which are better, which changed with no direction named."""
    out = []
    if len(concerns):
        out.append(
            f"of {counted(n, 'indicator')}, {number(len(concerns))} {verb(len(concerns), 'gives', 'give')} cause to look "
            f"closer: {listed(concerns)}"
        )
    if len(better):
        out.append(f"{number(len(better))} {verb(len(better), 'stands', 'stand')} out as better: {listed(better)}")
    if len(neither):
        out.append(
            f"{number(len(neither))} changed by more than chance would explain, with no direction that is better: "
            f"{listed(neither)}"
        )
    if not out:
        out.append(
            f"none of {counted(n, 'indicator')} changed or differs from other authorities by more than chance would "
            f"explain"
            if n
            else "no indicator can be compared"
        )
    return [sentence(s) for s in out]


def stands_beside(row: Mapping[str, Any]) -> str:
    """ "Re-referrals, 2025: 25.5%; better than England (22.6%) …": an indicator beside all that it can be held against.

    `row` is one of `benchmark_table`: the words follow its `vs_*` and `quarter` columns, a position and not a test, and a
    comparison without a verdict or figure is left out. The year before stands beside the value without a word on change.
    `when` is the period in a reader's words. Nothing where the value itself is missing.
    """
    if is_missing(row.get("value")):
        return ""
    beside = []
    for name, column, whom in (
        ("target", "target", "its target"),
        ("neighbours", "neighbours_mean", "the mean of its statistical neighbours"),
        ("region", "region_value", "its region"),
        ("england", "england_value", "England"),
    ):
        way = _THAN.get(str(row.get(f"vs_{name}")))
        if way and not is_missing(row.get(column)):
            beside.append(f"{way} {whom} ({two_figures(row['value'], row[column], row.get('unit'))[1]})")
    quarter = row.get("quarter")
    if isinstance(quarter, str) and quarter:
        ranked = row.get("n_ranked")
        beside.append(f"in the {quarter} of {'' if is_missing(ranked) else f'{number(ranked)} '}authorities")
    own = f"{row['indicator_name']}, {row.get('when') or row['period']}: {figure(row['value'], row.get('unit'))}"
    if not is_missing(row.get("value_before")):  # whether it changed is for a test to say
        own += f" ({two_figures(row['value'], row['value_before'], row.get('unit'))[1]} the year before)"
    return sentence(own + (f"; {listed(beside)}" if beside else ""))


def target_changed(label: str, before: float | None, now: float | None, day: Any) -> str:
    """A target that is not the same all year: what the value is held against."""
    def said(value: float | None) -> str:
        return "none" if is_missing(value) else number(value, 1 if value % 1 else 0)

    held = "no target" if is_missing(now) else "the newer one"
    when = f"{day.day} {day:%B %Y}"
    return sentence(
        f"the target of {label} changed from {said(before)} to {said(now)} on {when}: its figure is held against {held}"
    )


def ambitions_contradict(measure: str, at_least: float, at_most: float) -> str:
    """Two ambitions of one measure that can't both be met."""
    both = f"at least {percent(at_least)} and at most {percent(at_most)}"
    return sentence(f"the ambitions for {measure} contradict each other: {both} can't both be met")


def without_counts(names: Sequence[str], n: int) -> str:
    """Percentages given without numerator and denominator, of `n` percentages: what can't be told of them."""
    k = len(names)
    if k == n > 1:
        which = f"none of {number(n)} percentages is"
    elif k <= _MOST_WITHOUT:
        which = f"{listed(names)} {verb(k, 'is', 'are')} not"
    else:
        which = f"{number(k)} of {number(n)} percentages are not"
    return sentence(
        f"{which} given with numerator and denominator, so how far chance alone moves {verb(k, 'it', 'them')} can't be told"
    )
