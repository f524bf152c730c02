"""Who looks at the cases drawn: pairs that go to another service each round, and auditors outside the case's line."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from qa_analysis.assigning import AssignError, assign_auditors
from qa_analysis.auditors_file import read_auditors
from qa_analysis.drawing_frame import of_sample
from qa_analysis.drawing_rules import Purpose
from qa_analysis.errors import UserError
from qa_analysis.management_line import line_not_known, management_line
from qa_analysis.narrative import counted, listed
from qa_analysis.profile import Profile, fold
from qa_analysis.profile_model import Activity


def people_of(auditors: str | Path | pd.DataFrame | None, profile: Profile) -> pd.DataFrame | None:
    """The auditors of a file or table; None where none are given. Raises UserError naming what is wrong with them."""
    return auditors if auditors is None or isinstance(auditors, pd.DataFrame) else read_auditors(auditors, profile)


def pairs_of(people: pd.DataFrame | None, purpose: Purpose) -> tuple[str, ...]:
    """The pairs of the auditors, each as "Name;Name"; none where the work is not done by pairs.

    Raises UserError where it is and the auditors name no pairs.
    """
    expected = purpose.activity.expected
    if people is None or expected is None or expected.per != "pair" or expected.cases_each:
        return ()
    if "pair" not in people or not people["pair"].notna().any():
        raise UserError(f"--auditors: '{purpose.id}' is done by pairs: name each auditor's pair in the column 'pair'")
    named = people[people["pair"].notna()]
    return tuple(";".join(sorted(who)) for _, who in named.groupby("pair", sort=True)["auditor"])


def assigned(drawn: pd.DataFrame, plan, establishment: pd.DataFrame, allow_short: bool) -> tuple[pd.Series, list[str]]:
    """The auditor(s) of each case drawn ("A;B" where several), and what is to be said of it; replacements have none.

    Nobody gets a case of their own line of management. Where that can't be kept and the framework does not ask for it,
    it is given up, and said. Raises UserError naming the cases that nobody may take.
    """
    cases = drawn[drawn["draw_role"].eq("sample").to_numpy()]
    line = management_line(cases, establishment)
    said = []
    try:
        who = _assign(cases, plan, line, allow_short)
        said.append("Nobody was given a case of their own line of management.")
        if unknown := line_not_known(cases, line):
            said.append(f"Nobody of the line is named for {counted(len(unknown), 'case')} ({listed(unknown[:5])}): "
                        "check by hand that the auditor is independent.")
    except AssignError as fault:
        if plan.purpose.activity.independent:
            raise UserError(f"{str(fault).rstrip('.')}. Name more auditors, draw with another seed, or leave those "
                            "cases without one (--allow-short).") from fault
        who = _assign(cases, plan, line.head(0), allow_short)
        both = line.merge(who.dropna(subset=["auditor"]), on="case_id")
        own = both.loc[both["person"].map(fold).eq(both["auditor"].map(fold)), "case_id"].nunique()
        said.append("Not every case could go to somebody outside its line of management, and the framework does not "
                    f"ask for it: {counted(own, 'case')} went to somebody of its own line.")
    none = who.loc[who["auditor"].isna(), "case_id"].unique()
    if len(none):
        said.append(f"{counted(len(none), 'case')} without an auditor: {listed(none[:10])}.")
    names = who.dropna(subset=["auditor"]).groupby("case_id")["auditor"].agg(";".join)
    return drawn["case_id"].map(names), said


def _assign(cases: pd.DataFrame, plan, line: pd.DataFrame, allow_short: bool) -> pd.DataFrame:
    more = {"line": line, "seed": plan.seed, "allow_short": allow_short}
    if not plan.rule.pairs:
        each = 2 if plan.purpose.activity.audited_twice else 1
        return assign_auditors(cases, plan.people, auditors_per_case=each, **more)
    if not plan.service_of:
        return assign_auditors(cases, plan.people, pairs={p: p.split(";") for p in plan.rule.pairs}, **more)
    parts, faults = [], []
    for service in dict.fromkeys(plan.service_of.values()):
        pairs = {p: p.split(";") for p, at in plan.service_of.items() if at == service}
        here = cases[cases["service"].astype("str").eq(service).to_numpy()]
        try:
            parts.append(assign_auditors(here, plan.people, pairs=pairs, **more))
        except AssignError as fault:
            faults.append(str(fault))
    if faults:
        raise AssignError("\n".join(faults))
    return pd.concat(parts, ignore_index=True)


# --- rotation of services --------------------------------------------------------------------------------------------


def services_before(data, activity: Activity, pairs: Iterable[str], day: pd.Timestamp) -> pd.DataFrame:
    """Which service each pair had how many rounds ago: pair, service, rounds_ago (1 is the last round).

    From past samples drawn for the activity (its auditor is the pair) and from its audits by either of the pair.
    """
    months = activity.months_per_round or 1
    drawn = data.sampled_cases.assign(day=lambda t: of_sample(data, t, "frame_date"),
                                      activity=lambda t: of_sample(data, t, "activity"))
    audits = data.audits[["activity", "service", "auditor", "audit_date"]].rename(columns={"audit_date": "day"})
    past = pd.concat([t.loc[t["activity"].astype("str").eq(activity.id).to_numpy() & t["day"].lt(day).to_numpy(),
                            ["service", "auditor", "day"]].astype({"service": "str"}) for t in (drawn, audits)])
    past = past.dropna(subset=["service", "auditor"])
    ago = (day.year - past["day"].dt.year) * 12 + day.month - past["day"].dt.month
    past = past.assign(rounds_ago=np.maximum(1, np.ceil(ago / months)).astype(int))
    rows = []
    for pair in pairs:
        people = {fold(p) for p in pair.split(";")}
        of_pair = past["auditor"].map(lambda names, people=people: bool({fold(n) for n in names.split(";")} & people))
        rows.append(past.loc[of_pair.to_numpy(dtype=bool), ["service", "rounds_ago"]].assign(pair=pair))
    table = pd.concat(rows) if rows else past.assign(pair="")
    return table.groupby(["pair", "service"], as_index=False)["rounds_ago"].min()


def rotated(pairs: Iterable[str], n_cases: pd.Series, each: int, before: pd.DataFrame, seed: int) -> dict[str, str]:
    """A service for each pair, another than it had in the last rounds, and different ones for different pairs.

    `n_cases` counts the cases left in each service (its index); a service takes as many pairs as it has `each` cases
    for. What can't be kept is broken where it is oldest; of equal choices the seed decides. The assignment of least
    cost comes from SciPy. Raises UserError where the services have too few cases for all pairs.
    """
    pairs = list(pairs)
    room = (n_cases // each).clip(upper=len(pairs))
    slots = [(service, k) for service, n in room.sort_index().items() for k in range(int(n))]
    if len(slots) < len(pairs):
        raise UserError(f"{len(pairs)} pairs need {each} cases each, and the services have enough for {len(slots)}: "
                        f"{', '.join(f'{s} {n}' for s, n in n_cases.items())}. Exclude fewer cases, or ask for fewer "
                        "with --size")
    had = {(r.pair, r.service): r.rounds_ago for r in before.itertuples()}
    chance = np.random.default_rng(seed).random((len(pairs), len(slots)))
    cost = np.array([[1e4 / 8 ** (had[p, s] - 1) if (p, s) in had else 0.0 for s, _ in slots] for p in pairs])
    cost += np.array([1e6 * k for _, k in slots]) + chance  # two pairs at one service only where there are too few
    rows, columns = linear_sum_assignment(cost)
    return {pairs[r]: slots[c][0] for r, c in zip(rows, columns, strict=True)}


def rotation_words(chosen: dict[str, str], before: pd.DataFrame) -> list[str]:
    """Which pair goes to which service, and which rules of the rotation could not be kept."""
    said = [f"Service of each pair: {listed(f'{p} {s}' for p, s in chosen.items())}."]
    last = {(r.pair, r.service): r.rounds_ago for r in before.itertuples()}
    again = [f"{p} ({s})" for p, s in chosen.items() if last.get((p, s)) == 1]
    if again:
        said.append(f"No other service was free for {listed(again)}, which had the same one in the last round.")
    shared = sorted({s for s in chosen.values() if list(chosen.values()).count(s) > 1})
    if shared:
        said.append(f"More pairs than services with enough cases: several go to {listed(shared)}.")
    if before.empty:
        said.append("No earlier round of these pairs is in the data, so there was nothing to rotate from: keep this "
                    "sample beside the other exports for the next one, and name the pairs in a file (--auditors).")
    return said
