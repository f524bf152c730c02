"""Which rule stands in the way where not every case can have its auditors, for which cases and auditors, in words.

Where a place stays empty, those who are reached from its case by swaps (this case to an auditor who may take it, one
of the auditor's cases to somebody else, and so on) are a bottleneck: these cases need more places than these auditors,
who alone may take them, have (the minimum cut of the flow; P. Hall, On representatives of subsets, 1935).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import breadth_first_order, connected_components

from qa_analysis.errors import UserError

ALLOWED = 0


class AssignError(UserError, ValueError):
    """Auditors can't be assigned as asked; the message names every reason and what would help."""


class RuledOut(IntEnum):
    """The rule that keeps an auditor from a case."""

    TEAM_NOT_KNOWN = 1
    SERVICE_NOT_KNOWN = 2
    HAD_BEFORE = 3
    TEAM = 4
    SERVICE = 5
    LINE = 6


_SAYS = {
    RuledOut.LINE: ("is in {its} management line", "are in {its} management line"),
    RuledOut.SERVICE: ("is of {its} own service", "are of {its} own service"),
    RuledOut.TEAM: ("is of {its} own team", "are of {its} own team"),
    RuledOut.HAD_BEFORE: ("has had {its} service before", "have had {its} service before"),
    RuledOut.SERVICE_NOT_KNOWN: ("may be of {its} service, which is not recorded",) * 2,
    RuledOut.TEAM_NOT_KNOWN: ("may be of {its} team, which is not recorded",) * 2,
}
_HELPS = {
    RuledOut.SERVICE: "allow auditors of the own service",
    RuledOut.TEAM: "allow auditors of the own team",
    RuledOut.HAD_BEFORE: "leave the earliest services out of last_services",
    RuledOut.SERVICE_NOT_KNOWN: "record the cases' service",
    RuledOut.TEAM_NOT_KNOWN: "record the cases' team",
}


@dataclass(frozen=True)
class Problem:
    """Cases, the auditors or pairs that may take them, the rule that keeps each pair of them apart (0 for none), how
    many cases each can take, and how many places each case has."""

    cases: np.ndarray
    units: list[str]
    ruled_out: np.ndarray
    most: np.ndarray
    places: int
    unit: str


@dataclass(frozen=True)
class Shortage:
    """Cases (positions) that can't all have their places, the rule in words, and what would help."""

    cases: tuple[int, ...]
    says: str
    remedy: str


def shortages(problem: Problem, chosen: np.ndarray) -> list[Shortage]:
    """What stands in the way of the places that `chosen`, an allocation of as many places as possible, leaves empty."""
    found: list[tuple[str, str, list[int]]] = []
    alone: dict[tuple, list[int]] = {}
    for cases, units in _bottlenecks(problem, chosen):
        if len(units):
            found.append((*_too_few_places(problem, chosen, cases, units), list(cases)))
        else:  # no swap leads anywhere: each such case stands for itself; those alike are told together
            counts = np.bincount(problem.ruled_out[cases[0]], minlength=len(RuledOut) + 1)
            alone.setdefault(tuple(counts.tolist()), []).append(int(cases[0]))
    found += [(*_nobody(problem, counts, cases), cases) for counts, cases in alone.items()]
    found.sort(key=lambda f: min(str(problem.cases[i]) for i in f[2]))
    return [Shortage(tuple(int(i) for i in cases), says, remedy) for says, remedy, cases in found]


def _bottlenecks(problem: Problem, chosen: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Cases and auditors that belong together in a lack of places."""
    n, m = chosen.shape
    short = np.flatnonzero(chosen.sum(axis=1) < problem.places)
    if not len(short):
        return []
    allowed = problem.ruled_out == ALLOWED
    onward, back = np.nonzero(allowed & ~chosen), np.nonzero(chosen)
    tails = np.concatenate([onward[0], n + back[1], np.full(len(short), n + m)])
    heads = np.concatenate([n + onward[1], back[0], short])
    swaps = sparse.csr_array((np.ones(len(tails)), (tails, heads)), shape=(n + m + 1, n + m + 1))
    reached = np.zeros(n + m + 1, bool)
    reached[breadth_first_order(swaps, n + m, return_predecessors=False)] = True
    i, j = np.nonzero(allowed & reached[:n, None] & reached[None, n:-1])
    _, part = connected_components(sparse.csr_array((np.ones(len(i)), (i, n + j)), shape=(n + m, n + m)), directed=False)
    return [(np.flatnonzero(reached[:n] & (part[:n] == p)), np.flatnonzero(reached[n:-1] & (part[n:] == p)))
            for p in np.unique(part[:n][reached[:n]])]


def _nobody(problem: Problem, counts: tuple, cases: list[int]) -> tuple[str, str]:
    """Cases that fewer auditors may take than they have places: words and remedy."""
    n_units, n_may = len(problem.units), counts[ALLOWED]
    its, one = ("its", True) if len(cases) == 1 else ("their", False)
    ruled = [(RuledOut(r), c) for r, c in reversed(list(enumerate(counts))) if r and c]
    names = f"case{'' if one else 's'} {in_a_row(sorted(problem.cases[cases]))}"
    if n_may == 0 and len(ruled) == 1:
        who = f"the only {problem.unit}" if n_units == 1 else f"all {n_units} {problem.unit}s"
        says = f"{names}: {who} {_SAYS[ruled[0][0]][n_units > 1].format(its=its)}"
    else:
        wanted = f"needs {_count(problem.places, problem.unit)}" if one else (
            f"need {_count(problem.places, problem.unit)} each")
        says = (f"{names} {wanted}, and {n_may or 'none'} of {n_units} may look at {'it' if one else 'them'}"
                + (f": {_tally(ruled, its)}" if ruled else ""))
    lacking = problem.places - n_may
    remedy = f"Name {_count(lacking, 'more ' + problem.unit)} who may look at {'it' if one else 'them'}"
    return says, _remedy(remedy, [r for r, _ in ruled], f"draw {'another case' if one else 'other cases'} in "
                                                        f"{'its' if one else 'their'} place")


def _too_few_places(problem: Problem, chosen: np.ndarray, cases: np.ndarray, units: np.ndarray) -> tuple[str, str]:
    """Cases that together need more places than those who may take them have: words and remedy."""
    needed, offered = problem.places * len(cases), int(problem.most[units].sum())
    lacking = needed - int(chosen[cases].sum())
    others = np.setdiff1d(np.arange(len(problem.units)), units)
    elsewhere = int(chosen[np.ix_(cases, others)].sum())
    limit = _limit(problem.most[units])
    one = len(cases) == 1
    if not len(others):
        names = _count(len(cases), "case")
        if len(cases) < len(problem.cases):
            names = f"cases {in_a_row(sorted(problem.cases[cases]))}"
        says = (f"{names} need{'s' * one} {_count(needed, 'place')}, the {_these(len(units), problem.unit)} "
                f"offer{'s' * (len(units) == 1)} {offered} ({limit})")
        return says, _remedy(f"Let them take {lacking} more in all, name more {problem.unit}s", [],
                             f"draw {_count(lacking, 'case')} fewer")
    names = f"case{'' if one else 's'} {in_a_row(sorted(problem.cases[cases]))}"
    who = in_a_row(sorted(problem.units[j] for j in units))
    who = who if problem.unit == "auditor" else f"{problem.unit}{'s' if len(units) > 1 else ''} {who}"
    says = (f"{names} need{'s' * one} {_count(needed, 'place')}, and {who}, who alone may look at "
            f"{'it' if one else 'them'}, offer{'s' * (len(units) == 1)} {offered} ({limit})")
    if elsewhere:
        says = says.replace(", who alone may look at", ", who may still look at")
        says += f", besides {elsewhere} with {problem.unit}s who have their place there already"
    block = problem.ruled_out[np.ix_(cases, others)]
    ruled = [(r, int((block == r).any(axis=0).sum())) for r in reversed(RuledOut) if (block == r).any()]
    its = "its" if one else "their"
    if ruled:
        says += f"; of the other {problem.unit}s {_tally(ruled, its)}"
    remedy = f"Let {'them' if len(units) > 1 else who} take {lacking} more, name others who may look at these cases"
    return says, _remedy(remedy, [r for r, _ in ruled], f"draw others in place of {lacking} of these cases")


def _remedy(first: str, rules: list[RuledOut], last: str) -> str:
    helps = [_HELPS[r] for r in rules if r in _HELPS]
    return ", ".join([first, *dict.fromkeys(helps)]) + f", or {last}"


def _tally(ruled: list[tuple[RuledOut, int]], its: str) -> str:
    return in_a_row([f"{c} {_SAYS[r][c > 1].format(its=its)}" for r, c in ruled])


def _limit(most: np.ndarray) -> str:
    low, high = int(most.min()), int(most.max())
    return f"at most {low} each" if low == high and len(most) > 1 else f"at most {low}" if low == high else (
        f"at most {low} to {high} each")


def _count(n: int, word: str) -> str:
    return f"{n} {word}{'s' * (n != 1)}"


def _these(n: int, word: str) -> str:
    return word if n == 1 else _count(n, word)


def in_a_row(names: Iterable, most: int = 8) -> str:
    """Names in one line: A, B and C; A, B and 12 more."""
    names = [str(name) for name in names]
    if len(names) > most:
        names = [*names[:most], f"{len(names) - most} more"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""
