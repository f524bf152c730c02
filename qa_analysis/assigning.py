"""Which auditor looks at which case: never one who manages it, with the work shared as evenly as the rules allow.

To give each case its auditors is a flow of cases to auditors, and evenly shared is the flow with the least sum of
squared loads. The nth case of an auditor costs 2n - 1, so that the costs add up to the squares; the linear programme
has whole-numbered corners (the constraints are those of a network), so that HiGHS' simplex, which scipy brings, solves
it exactly. The loads of least squares also have the least maximum and the greatest minimum that are possible
(A. Frank and K. Murota, Decreasing minimization on M-convex sets: background and structures, Mathematical
Programming 195, 2022). Among allocations of equal loads the choice falls by a hash of case, auditor and seed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.optimize import linprog

from qa_analysis.assigning_short import ALLOWED, AssignError, Problem, RuledOut, in_a_row, shortages
from qa_analysis.auditors_file import read_auditors
from qa_analysis.management_line import (
    independence,
    line_not_known,
    management_line,
    refuse_mixed_names,
    same_people,
)

__all__ = ["AssignError", "assign_auditors", "independence", "line_not_known", "management_line", "read_auditors"]


def assign_auditors(
    cases: pd.DataFrame,
    auditors: pd.DataFrame,
    *,
    line: pd.DataFrame | None = None,
    per_auditor_most: int | None = None,
    not_own_service: bool = False,
    not_own_team: bool = False,
    auditors_per_case: int = 1,
    pairs: bool | Mapping[str, Iterable[str]] | None = None,
    last_services: Mapping[str, str | Iterable[str]] | None = None,
    seed: int | str | None = None,
    allow_short: bool = False,
) -> pd.DataFrame:
    """Who looks at which case: one row for each case and auditor, cases in the order given.

    `cases`: case_id, worker, manager and, for the rules that need them, service and team. `auditors`: auditor, and
    where there are such, team, service, most (cases that the auditor can take; blank is no limit), pair.
    Nobody gets a case of their own line of management: `line` (from `management_line`), or else the worker and manager
    that the case names; an initial form that may be the same person counts as the same. `not_own_service` and
    `not_own_team` keep auditors from cases of their own; `per_auditor_most` limits everybody, `most` one of them.
    `auditors_per_case`: that many different auditors for each case. `pairs`: cases go to pairs, of which both look at
    them: True takes the auditors' column `pair`, a mapping gives pair → its two auditors; a pair takes as many cases
    as the member who can take fewer. `last_services`: pair → services that it had before and is not to have again.

    Columns: case_id, auditor, with `pairs` also pair. The same tables and seed give the same allocation, whatever the
    order of their rows. Raises AssignError naming every fault of the tables; or, where no allocation keeps all the
    rules, the cases and auditors that they can't be kept for, and what would help. With `allow_short` as many places as
    possible are filled; the others have no auditor, and the column `why` says what stood against it.
    """
    problem, units = _problem(cases, auditors, line, per_auditor_most, not_own_service, not_own_team,
                              auditors_per_case, pairs, last_services)
    chosen = _solve(problem, seed)
    short = shortages(problem, chosen)
    if short and not allow_short:
        raise AssignError("auditors can't be assigned: " + "\n".join(f"{s.says}. {s.remedy}." for s in short))
    return _tidy(problem, units, chosen, short, allow_short)


# --- the rules as tables ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Unit:
    """Who takes a case: one auditor, or a pair."""

    name: str
    members: tuple[str, ...]


def _problem(cases, auditors, line, per_auditor_most, not_own_service, not_own_team, places, pairs, last_services
             ) -> tuple[Problem, list[_Unit]]:
    """The cases, who may take each, who may not and why, and how many each can take. Raises AssignError for faults."""
    faults = [*_table_faults(cases, "case_id", "cases"), *_table_faults(auditors, "auditor", "auditors")]
    if faults:
        raise AssignError("; ".join(faults) + ".")
    people = auditors.reset_index(drop=True).assign(auditor=auditors["auditor"].astype("str").str.strip().to_numpy())
    units, unit_faults = _units(people, pairs, places)
    most, most_faults = _most(people, per_auditor_most)
    faults = [*unit_faults, *most_faults, *_rule_faults(cases, people, not_own_service, not_own_team),
              *_last_faults(last_services, units if pairs else [])]
    if not _is_whole(places) or places < 1:
        faults.append(f"auditors_per_case is {places!r}: give a whole number of 1 or more")
    if faults:
        raise AssignError("; ".join(faults) + ".")
    line = management_line(cases) if line is None else line
    refuse_mixed_names(line["person"], people["auditor"], "the cases' management line holds",
                       "the auditors are given by", AssignError)
    ids = cases["case_id"].astype("str").to_numpy(dtype=object)
    ruled_out = _ruled_out(cases, people, line, not_own_service, not_own_team, ids)
    at = {name: i for i, name in enumerate(people["auditor"])}
    columns = [[at[m] for m in u.members] for u in units]
    ruled_out = np.column_stack([ruled_out[:, c].max(axis=1) for c in columns])
    if last_services:
        _rule_out_last(ruled_out, cases, units, last_services)
    limit = np.array([min(most[i] for i in c) for c in columns])
    return Problem(ids, [u.name for u in units], ruled_out, np.minimum(limit, len(ids)).astype(int), int(places),
                   "pair" if pairs else "auditor"), units


def _table_faults(table: pd.DataFrame, key: str, name: str) -> list[str]:
    if key not in table:
        return [f"the {name} have no column '{key}' (found {', '.join(map(str, table.columns)) or 'none'})"]
    texts = table[key].astype("str").str.strip()
    blank = (table[key].isna() | texts.isin(["", "nan", "None"])).to_numpy()
    faults = []
    if not len(table) and name == "auditors":
        faults.append("the auditors' table has no rows: name those who are to look at the cases")
    if blank.any():
        faults.append(f"the {name}: {blank.sum()} without {key} "
                      f"(row {in_a_row(np.flatnonzero(blank) + 1)} of the table): fill in or leave out")
    keys = texts.str.split().str.join(" ").str.casefold() if name == "auditors" else texts
    again = texts[keys.duplicated(keep="first").to_numpy() & ~blank]
    if len(again):
        remedy = "; take one month of the frame" if name == "cases" and "period" in table else ""
        faults.append(f"the {name}: {key} more than once: {in_a_row(sorted(set(again)))}. Keep one row for each{remedy}")
    return faults


def _units(people: pd.DataFrame, pairs, places) -> tuple[list[_Unit], list[str]]:
    """The auditors one by one, or the pairs, with what is wrong with them."""
    if not pairs:
        return [_Unit(a, (a,)) for a in people["auditor"]], []
    faults = []
    if places != 1:
        faults.append("with pairs a case goes to one pair, of which both look at it: leave auditors_per_case at 1")
    if pairs is True:
        if "pair" not in people:
            return [], [*faults, "the auditors have no column 'pair': name each auditor's pair in it"]
        named = people[people["pair"].notna()]
        members = {str(p): tuple(g["auditor"]) for p, g in named.groupby(named["pair"].astype("str"), sort=True)}
    else:
        members = {str(p): tuple(str(a).strip() for a in who) for p, who in sorted(pairs.items())}
    if not members:
        faults.append("no pair is named: fill in the auditors' column 'pair'")
    for pair, who in members.items():
        if len(set(who)) != 2:
            faults.append(f"pair {pair}: {in_a_row(who) or 'nobody'} — a pair is two auditors")
        if unknown := [a for a in who if a not in set(people["auditor"])]:
            faults.append(f"pair {pair}: {in_a_row(unknown)} not among the auditors")
    everyone = pd.Series([a for who in members.values() for a in set(who)], dtype="str")
    if len(twice := sorted(set(everyone[everyone.duplicated()]))):
        faults.append(f"in more than one pair: {in_a_row(twice)}")
    return [_Unit(p, tuple(sorted(who))) for p, who in members.items()], faults


def _most(people: pd.DataFrame, per_auditor_most) -> tuple[np.ndarray, list[str]]:
    """How many cases each auditor can take (infinite where there is no limit), and what is wrong with the numbers."""
    faults = []
    given = people["most"] if "most" in people else pd.Series(np.nan, index=people.index)
    number = pd.to_numeric(given, errors="coerce").astype("float64")
    wrong = given.notna() & ~((number >= 0) & (number % 1 == 0))
    if wrong.any():
        shown = in_a_row([f"{a} {v!r}" for a, v in zip(people.loc[wrong, "auditor"], given[wrong], strict=True)])
        faults.append(f"the auditors' column 'most' must hold whole numbers of 0 or more, or be blank: {shown}")
    if per_auditor_most is not None and not (_is_whole(per_auditor_most) and per_auditor_most >= 1):
        faults.append(f"per_auditor_most is {per_auditor_most!r}: give a whole number of 1 or more")
        per_auditor_most = None
    return np.minimum(number.fillna(np.inf), np.inf if per_auditor_most is None else per_auditor_most).to_numpy(), faults


def _rule_faults(cases: pd.DataFrame, people: pd.DataFrame, not_own_service: bool, not_own_team: bool) -> list[str]:
    faults = []
    for wanted, column in ((not_own_service, "service"), (not_own_team, "team")):
        if not wanted:
            continue
        if absent := [name for name, t in (("cases", cases), ("auditors", people)) if column not in t]:
            faults.append(f"not_own_{column} needs the column '{column}', which the {in_a_row(absent)} don't have")
        elif (blank := _key(people[column]) == "").any():
            faults.append(f"not_own_{column} can't be checked for auditors without a {column}: "
                          f"{in_a_row(people.loc[blank, 'auditor'])}. Fill in the column '{column}'")
    return faults


def _last_faults(last_services, pairs: list[_Unit]) -> list[str]:
    if not last_services:
        return []
    if not pairs:
        return ["last_services is kept by pair: give pairs too"]
    unknown = [str(p) for p in last_services if str(p) not in {u.name for u in pairs}]
    return [f"last_services names pairs that there are not: {in_a_row(unknown)} (pairs: {in_a_row([u.name for u in pairs])})"
            ] if unknown else []


def _ruled_out(cases, people, line, not_own_service, not_own_team, ids) -> np.ndarray:
    """For each case and auditor 0, or the first rule that keeps them apart."""
    out = np.zeros((len(ids), len(people)), np.int8)
    for rule, unknown, wanted, column in ((RuledOut.TEAM, RuledOut.TEAM_NOT_KNOWN, not_own_team, "team"),
                                          (RuledOut.SERVICE, RuledOut.SERVICE_NOT_KNOWN, not_own_service, "service")):
        if wanted:
            of_case, of_auditor = _key(cases[column]).to_numpy(), _key(people[column]).to_numpy()
            out[of_case[:, None] == of_auditor] = rule
            out[of_case == ""] = unknown
    both = same_people(line.loc[line["person"].notna(), ["case_id", "person"]],
                       people[["auditor"]].assign(person=people["auditor"]))
    row = pd.Series(np.arange(len(ids)), index=ids)
    column = pd.Series(np.arange(len(people)), index=people["auditor"].to_numpy(dtype=object))
    both = both[both["case_id"].astype("str").isin(row.index)]
    out[row[both["case_id"].astype("str").to_numpy(dtype=object)].to_numpy(),
        column[both["auditor"].to_numpy(dtype=object)].to_numpy()] = RuledOut.LINE
    return out


def _rule_out_last(ruled_out: np.ndarray, cases: pd.DataFrame, pairs: list[_Unit], last_services) -> None:
    """Mark the cases of services that a pair had before, in place."""
    if "service" not in cases:
        raise AssignError("last_services needs the column 'service', which the cases don't have.")
    of_case = _key(cases["service"]).to_numpy()
    had = {str(p): {s} if isinstance(s, str) else set(s) for p, s in last_services.items()}
    for j, pair in enumerate(pairs):
        before = set(_key(pd.Series(sorted(had.get(pair.name, ())), dtype="str")))
        again = np.isin(of_case, sorted(before)) & (ruled_out[:, j] == ALLOWED)
        ruled_out[again, j] = RuledOut.HAD_BEFORE
        if before:
            ruled_out[(of_case == "") & (ruled_out[:, j] == ALLOWED), j] = RuledOut.SERVICE_NOT_KNOWN


# --- the allocation -----------------------------------------------------------------------------------------------


def _solve(problem: Problem, seed) -> np.ndarray:
    """Who takes what, one row for each case and one column for each auditor or pair, as true and false."""
    n, m = problem.ruled_out.shape
    if not n:
        return np.zeros((n, m), bool)
    case_hash, unit_hash = _hashes(problem.cases, seed), _hashes(np.array(problem.units, dtype=object), seed)
    by_case, by_unit = np.lexsort((problem.cases.astype(str), case_hash)), np.lexsort((problem.units, unit_hash))
    place = np.ix_(by_case, by_unit)  # the order of the tables' rows is forgotten here
    allowed, most = problem.ruled_out[place] == ALLOWED, problem.most[by_unit]
    pull = _mixed(case_hash[by_case], unit_hash[by_unit])
    slots = 2 * (-(-n * problem.places // m)) + 1
    while True:
        found = _least_squares(allowed, np.minimum(most, slots), problem.places, pull)
        if not ((found.sum(axis=0) >= slots) & (most > slots)).any():
            break  # nobody wants for more than was offered: more would not change the best
        slots *= 2
    chosen = np.zeros((n, m), bool)
    chosen[place] = found
    return chosen


def _least_squares(allowed: np.ndarray, most: np.ndarray, places: int, pull: np.ndarray) -> np.ndarray:
    """The allocation that fills most places and, of those, has the least sum of squared loads; ties by least pull."""
    n, m = allowed.shape
    i, j = np.nonzero(allowed)
    owner = np.repeat(np.arange(m), most)
    nth = np.arange(len(owner)) - np.repeat(np.cumsum(most) - most, most)
    n_edges, n_slots = len(i), len(owner)
    empty_costs = 2 * int(most.max(initial=0)) + 2  # more than any place, so that no place is left empty needlessly
    cost = np.concatenate([pull[i, j] / (n * places + 1), 2 * nth + 1, np.full(n, empty_costs)])
    edge, slot, none = (np.arange(k) + start for k, start in ((n_edges, 0), (n_slots, n_edges), (n, n_edges + n_slots)))
    rows = np.concatenate([i, np.arange(n), n + j, n + owner])
    columns = np.concatenate([edge, none, edge, slot])
    values = np.concatenate([np.ones(n_edges + n + n_edges), -np.ones(n_slots)])
    network = sparse.csr_array((values, (rows, columns)), shape=(n + m, len(cost)))
    upper = np.concatenate([np.ones(n_edges + n_slots), np.full(n, places)])
    result = linprog(cost, A_eq=network, b_eq=np.concatenate([np.full(n, places), np.zeros(m)]),
                     bounds=np.column_stack([np.zeros(len(cost)), upper]), method="highs-ds")
    assert result.status == 0, result.message  # empty places are always a solution
    taken = result.x[:n_edges]
    assert np.abs(taken - taken.round()).max(initial=0) < 1e-6, "the corner of a network is whole-numbered"
    chosen = np.zeros((n, m), bool)
    chosen[i, j] = taken > 0.5
    return chosen


def _hashes(names: np.ndarray, seed) -> np.ndarray:
    key = hashlib.blake2b(f"assign {seed}".encode(), digest_size=8).hexdigest()
    return pd.util.hash_array(names.astype(object), hash_key=key, categorize=False)


def _mixed(case_hash: np.ndarray, unit_hash: np.ndarray) -> np.ndarray:
    """A number from 0 to 1 for each case and auditor, as if drawn at random (the finaliser of splitmix64)."""
    z = case_hash[:, None] + unit_hash[None, :] * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (z ^ (z >> np.uint64(31))) / 2.0**64


def _tidy(problem: Problem, units: list[_Unit], chosen: np.ndarray, short, allow_short: bool) -> pd.DataFrame:
    """One row for each place of each case; auditors of a case in the order of their names."""
    why = {i: s.says for s in short for i in s.cases}
    size, rows = (2 if problem.unit == "pair" else 1), []
    for i, case in enumerate(problem.cases):
        own = sorted((units[j] for j in np.flatnonzero(chosen[i])), key=lambda u: u.name)
        rows += [(case, member, u.name, None) for u in own for member in u.members]
        rows += [(case, None, None, why.get(i))] * (size * (problem.places - len(own)))
    table = pd.DataFrame(rows, columns=["case_id", "auditor", "pair", "why"]).astype("str")
    wanted = ["case_id", "auditor", *(["pair"] if size == 2 else []), *(["why"] if allow_short else [])]
    return table[wanted]


def _key(texts: pd.Series) -> pd.Series:
    return texts.astype("str").where(texts.notna(), "").str.split().str.join(" ").str.casefold()


def _is_whole(value) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)

