"""Sentences of the benchmark compendium: what each topic says, who is compared with whom, cost beside outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qa_analysis.narrative.indicators import figure, two_figures
from qa_analysis.narrative.pieces import counted, is_missing, listed, number, sentence, verb

_MOST_NAMED = 4
_SIDE = {"better": "better", "worse": "worse"}


def topic_found(topic: str, rows: Sequence[Mapping[str, Any]], concerns: Sequence[str], better: Sequence[str],
                places: str = "authorities") -> str:
    """"Child protection: of 6 indicators, 1 is out of step for the worse: …": one sentence for a topic.

    `rows` are the topic's newest figures; `concerns` and `better` the indicators that a test found out of step, in the
    direction that matters. The quarter that an indicator lies in is a position and no test, and is called so.
    """
    with_value = [r for r in rows if not is_missing(r["value"])]
    directed = [r for r in with_value if r["polarity"] in ("high", "low")]
    if not with_value:
        return sentence(f"{topic}: no figure of {counted(len(rows), 'indicator')} may be shown or is published")
    by_id = {r["indicator"]: r for r in with_value}
    said = []
    for ids, word in ((concerns, "for the worse"), (better, "for the better")):
        named = [_beside(by_id[i]) for i in ids if i in by_id]
        if named:
            said.append(f"{number(len(named))} {verb(len(named), 'is', 'are')} out of step {word}: {_some(named)}")
    start = f"{topic}: "
    if not said:
        tested = directed or with_value
        which = "with a figure" if len(tested) == len(with_value) else "with a direction that is better"
        one = len(tested) == 1
        none = f"its one indicator {which}" if one else f"none of {counted(len(tested), 'indicator')} {which}"
        ways = ("is not out of step", "has no direction that is better") if one else (
            "is out of step", "has a direction that is better")
        said.append(f"{none} {ways[0] if directed else ways[1]}")
    for quarter in ("worst quarter", "best quarter"):
        named = [_ranked(r) for r in directed if r["quarter"] == quarter and r["indicator"] not in {*concerns, *better}]
        if named:
            said.append(f"in the {quarter} of {places}: {_some(named)}")
    return sentence(start + "; ".join(said))


def overall_found(n: int, n_concerns: int, n_better: int, places: str = "authorities") -> str:
    """How many of the `n` indicators that have a direction are out of step, and what it means; the topics then name them."""
    if not n:
        return sentence("no indicator has a figure and a direction that is better, so none can be called out of step")
    of = f"of {counted(n, 'indicator')} with a direction that is better"
    test = f"differs from England or its neighbours by more than {places} differ among themselves"
    if not n_concerns and not n_better:
        return sentence(f"{of}, none {test} once it is allowed for that so many are compared")
    ways = [f"{number(k)} for the {way}" for k, way in ((n_concerns, "worse"), (n_better, "better")) if k]
    return sentence(
        f"{of}, {' and '.join(ways)} {verb(n_concerns + n_better, 'is', 'are')} out of step: each "
        f"{test}, and it is allowed for that so many are compared"
    )


def _value(row: Mapping[str, Any]) -> str:
    """The value as it is published: whole numbers stay whole."""
    return figure(row["value"], row["unit"], int(row.get("decimals", 1)))


def _beside(row: Mapping[str, Any]) -> str:
    others = [("England", row.get("england_value"), int(row.get("decimals", 1))),
              ("neighbours", row.get("neighbours_mean"), 1)]
    beside = " and ".join(f"{figure(v, row['unit'], d)} ({n})" for n, v, d in others if not is_missing(v))
    return f"{row['label']}, {row['when']}, {_value(row)}" + (f" against {beside}" if beside else "")


def _ranked(row: Mapping[str, Any]) -> str:
    rank = "" if is_missing(row["rank"]) else f", rank {number(row['rank'])} of {number(row['n_ranked'])}"
    return f"{row['label']} ({_value(row)} in {row['when']}{rank})"


def one_beside(row: Mapping[str, Any]) -> str:
    """One figure with England's, the neighbours' and its rank, as a claim: no sentence."""
    rank = "" if is_missing(row.get("rank")) else f"; rank {number(row['rank'])} of {number(row['n_ranked'])}"
    return _beside(row) + rank


def _some(named: Sequence[str]) -> str:
    more = len(named) - _MOST_NAMED
    return listed(named) if more < 2 else f"{'; '.join(named[:_MOST_NAMED])}; and {number(more)} more"


def compared_with(area: str, model: str | None, n_neighbours: int, left_out: Sequence[str], ended: int | None,
                  joint_with: Sequence[str]) -> list[str]:
    """Who is compared with whom: the model of neighbours by its year, an authority that was abolished, joint figures.

    `left_out`: labels of the indicators whose figure of England is no average; `joint_with`: the authorities that report
    their workforce together with this one.
    """
    out = []
    if ended is not None:
        out.append(
            f"{area} has published hardly anything after {ended} and is taken to have been abolished: each of its figures "
            f"is its last and is compared with those of others in the same year"
        )
    if model:
        out.append(
            f"{area} is held against its {counted(n_neighbours, 'statistical neighbour')} of the model of {model}, in all years "
            f"the same; their figure is the unweighted mean of those with a value"
        )
    elif not ended:
        out.append(f"no model of statistical neighbours lists {area}")
    if joint_with:
        out.append(
            f"the workforce of {area} is published together with that of {listed(joint_with)}: figures for the workforce are "
            f"of {'both' if len(joint_with) == 1 else 'them all'}"
        )
    if left_out:
        one = len(left_out) == 1
        out.append(
            f"England's published {'figure' if one else 'figures'} for {listed(left_out)} {'lies' if one else 'lie'} outside "
            f"the range of all authorities, so {'it is no average' if one else 'they are no averages'} of them and "
            f"{'is' if one else 'are'} not shown beside them"
        )
    return [sentence(s) for s in out]


def cost_beside_outcome(cost: Mapping[str, Any], outcomes: Sequence[Mapping[str, Any]]) -> str:
    """"Residential care (£ a week), March 2025: 5,210, higher than the mean of its neighbours (4,800); outcomes are …"."""
    if is_missing(cost["value"]) or is_missing(cost.get("neighbours_mean")):
        return ""
    value, other = cost["value"], cost["neighbours_mean"]
    own, theirs = two_figures(value, other, None, least=0)
    side = "the same as" if value == other else "higher than" if value > other else "lower than"
    unit = f" ({cost['unit']})" if isinstance(cost["unit"], str) and cost["unit"] else ""
    said = f"{cost['label']}{unit}, {cost['when']}: {own}, {side} the mean of its neighbours ({theirs})"
    parts = []
    for way, words in _SIDE.items():
        named = [r["label"] for r in outcomes if r.get("vs_neighbours") == way]
        if named:
            parts.append(f"{words} than theirs in {_some(named)}")
    if not parts:
        return sentence(f"{said}; no outcome of the same topic can be compared")
    return sentence(f"{said}; outcomes are {' and '.join(parts)}")
