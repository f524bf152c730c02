"""Sentences on grades: one by one, over time, against an ambition, and by place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qa_analysis.measures.spc import TRIAL_BELOW
from qa_analysis.narrative.pieces import (
    counted,
    is_missing,
    listed,
    number,
    percent,
    sentence,
    verb,
    with_interval,
)

_SIGNALS = {
    "special_cause_improvement": "outside what chance would explain, and better",
    "special_cause_concern": "outside what chance would explain, and worse",
    "special_cause_neutral_high": "outside what chance would explain, and higher",
    "special_cause_neutral_low": "outside what chance would explain, and lower",
}
COMMON_CAUSE = "common_cause"


def each_grade(rows: Sequence[Mapping[str, Any]], noun: str, when: str) -> str:
    """ "5 inspections in 2023-24 were graded: 4 Good and 1 Inadequate". `rows` has grade, count and n, each count above 0."""
    if not rows or any(is_missing(x["count"]) for x in rows) or is_missing(rows[0]["n"]):
        return ""
    n = rows[0]["n"]
    each = listed(f"{number(x['count'])} {x['grade']}" if n > 1 else str(x["grade"]) for x in rows)
    return sentence(f"{counted(n, noun)} in {when} {verb(n, 'was', 'were')} graded: {each}")


def control_chart(
    variation: object, n_months: int, n_earlier: int = 0, what: str = "the share judged good or better"
) -> str:
    """What a control chart shows of the latest month; nothing where there is no verdict or under two months.

    `variation` is the latest month's point type, `n_earlier` the number of earlier months that stand out: the whole
    series is called ordinary only where none does.
    """
    said = _SIGNALS.get(str(variation), "")
    if n_months < 2 or not (said or variation == COMMON_CAUSE):
        return ""
    trial = f"; with fewer than {TRIAL_BELOW} months the limits are trial ones" if n_months < TRIAL_BELOW else ""
    if variation == COMMON_CAUSE and not n_earlier:
        return sentence(f"over {n_months} months {what} varies no more than chance would explain{trial}")
    latest = f"in the latest of {n_months} months {what} is {said or 'within what chance would explain'}"
    earlier = f"; {counted(n_earlier, 'earlier month')} {verb(n_earlier, 'stands', 'stand')} out" if n_earlier else ""
    return sentence(latest + earlier + trial)


def ambition(row: Mapping[str, Any], verdict: str | None, limit: float, side: str, name: str, noun: str) -> str:
    """ "The ambition of at least 40% good or better is met (73%, 95% interval 57% to 84%)".

    `verdict` is "met", "missed" or "not known", by the interval; `side` is "at least" or "at most". Nothing where the share
    is missing.
    """
    if is_missing(row.get("share")) or row.get("suppressed", False):
        return ""
    said = {"met": "is met", "missed": "is missed"}.get(str(verdict), f"is met can't be told from this many {noun}s")
    share = with_interval(row["share"], row.get("share_lower"), row.get("share_upper"))
    return sentence(
        f"{'' if verdict in ('met', 'missed') else 'whether '}the ambition of {side} {percent(limit)} {name} {said} "
        f"({share})"
    )


def funnel(rows: Sequence[Mapping[str, Any]], label: str, places: tuple[str, str], span: str) -> str:
    """Which places lie outside the 99.8% limits, which only outside the 95% ones, and how many are withheld.

    `rows` has `label`, share, n, position and suppressed; `places` is one place and several ("service", "services"). Of a
    withheld place neither name, figure nor position is told, as the position alone would give its share away.
    """
    one, many = places
    shown = [p for p in rows if not p.get("suppressed", False) and not is_missing(p.get("share"))]
    n_hidden = len(rows) - len(shown)
    hidden = f"; {counted(n_hidden, one, many)} {verb(n_hidden, 'is', 'are')} not shown, because the numbers are small"
    if not shown:
        return sentence(f"over {span}, no {one} is compared with the average, because the numbers are small")
    out = {
        limit: [p for p in shown if p["position"] in (f"below {limit}", f"above {limit}")] for limit in ("99.8%", "95%")
    }
    said = [_outside(out["99.8%"], label, "99.8%") or "none lies outside the 99.8% limits of chance"]
    if out["95%"]:
        said.append(_outside(out["95%"], label, "95%", " only") + ", as 1 in 20 would by chance alone")
    text = (
        "; ".join(said)
        if any(out.values())
        else ("none differs from the average by more than chance would explain (95% limits)")
    )
    return sentence(
        f"over {span}, of {counted(len(shown), one, many)}{' shown' if n_hidden else ''}, {text}"
        f"{hidden if n_hidden else ''}"
    )


def _outside(rows: Sequence[Mapping[str, Any]], label: str, limit: str, only: str = "") -> str:
    """ "2 lie outside the 95% limits: Fostering (41% of 63, below) and …", or nothing where none does."""
    if not rows:
        return ""
    named = listed(f"{p[label]} ({percent(p['share'])} of {number(p['n'])}, {p['position'].split()[0]})" for p in rows)
    return f"{number(len(rows))} {verb(len(rows), 'lies', 'lie')} outside the {limit} limits of chance{only}: {named}"
