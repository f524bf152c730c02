"""What a draw is for and how many cases it takes: from the profile's themes and activities, or as asked."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from qa_analysis.errors import UserError
from qa_analysis.narrative import counted, listed
from qa_analysis.profile import Profile, fold
from qa_analysis.profile_model import Activity, SampleTheme

RANDOM, STRATIFIED, FIXED = "random", "stratified proportional", "fixed per group"
METHOD_OF = {"random": RANDOM, "stratified": STRATIFIED, "fixed": FIXED} | {m: m for m in (STRATIFIED, FIXED)}
GROUP_OF = {"team": "team", "service": "service", "locality": "locality", "team_manager": "manager",
            "practitioner": "worker", "service_lead": "service_lead", "head_of_service": "head_of_service"}
FROM_ESTABLISHMENT = ("service_lead", "head_of_service")
BY = ("service", "locality", "team", "plan_type", "manager", *FROM_ESTABLISHMENT)


@dataclass(frozen=True)
class Purpose:
    """What a sample is drawn for: a theme of the profile, or an activity that takes cases."""

    id: str
    label: str
    activity: Activity
    theme: SampleTheme | None = None


@dataclass(frozen=True)
class Rule:
    """How a sample is drawn. `n` cases in all, in each group where fixed; None where a margin decides.

    `pairs` are the auditors who each look at `n` cases of one service, another each round where `rotates`. `words`
    say where the number comes from.
    """

    method: str
    by: tuple[str, ...] = ()
    n: int | None = None
    pairs: tuple[str, ...] = ()
    rotates: bool = False
    from_profile: bool = True
    words: str = ""


def takes_cases(activity: Activity) -> bool:
    """True for an activity that looks into cases drawn from a frame."""
    return activity.kind in ("audit", "dip_sample") and activity.recorded_in in ("audits", "samples")


def find_purpose(profile: Profile, text: str) -> Purpose:
    """The sample theme or the activity that `text` names, by id or any spelling.

    Raises UserError with what there is.
    """
    known = fold(text)
    if (found := profile.lookup("sample_themes").get(known)) in profile.sample_themes:
        theme = profile.sample_themes[found]
        if theme.activity not in profile.activities:
            raise UserError(f"theme '{theme.id}': the profile's activity '{theme.activity}' was not in force on the "
                            "day of the frame")
        return Purpose(theme.id, theme.label, profile.activities[theme.activity], theme)
    activities = {a.id: a for a in profile.activities.values() if takes_cases(a)}
    if (found := profile.lookup("activities").get(known)) in activities:
        return Purpose(found, activities[found].label, activities[found])
    names = [*profile.sample_themes, *activities]
    if found in profile.activities:
        why = f"'{text}' is an activity that takes no cases"
    else:
        near = difflib.get_close_matches(known.replace(" ", "_"), names, n=1, cutoff=0.5)
        why = (f"'{text}' is no theme and no activity of the profile {profile.name} on the day of the frame"
               + (f". Did you mean '{near[0]}'?" if near else ""))
    themes = f"Themes: {', '.join(profile.sample_themes) or 'none'}. " if profile.sample_themes else ""
    raise UserError(f"{why.rstrip('.')}. {themes}Activities that take cases: {', '.join(activities) or 'none'}")


def rule_for(profile: Profile, purpose: Purpose, size: int | None = None, margin: float | None = None,
             method: str | None = None, by: Iterable[str] = (), pairs: Iterable[str] = ()) -> Rule:
    """The framework's rule for the purpose, with what was asked for in its place.

    Raises UserError with all that does not go together.
    """
    by, pairs, expected = tuple(by), tuple(pairs), purpose.activity.expected
    faults, says = [], _in_words(profile, purpose.activity)
    asked = METHOD_OF.get(method) if method else STRATIFIED if by else None
    if method and asked is None:
        faults.append(f"--method {method}: use random, stratified or fixed")
    if size is not None and margin is not None:
        faults.append("--size and --margin both say how many: give one of them")
    if asked in (STRATIFIED, FIXED) and not by:
        faults.append(f"--method {method} needs groups: add --by, one of {', '.join(BY)}")
    if asked == RANDOM and by:
        faults.append("--method random draws from all cases alike: leave out --by, or use --method stratified or fixed")
    if asked == FIXED and margin is not None:
        faults.append("--margin plans one share of the whole frame; with --method fixed say --size, the cases in "
                      "each group")
    if pairs and (expected is None or expected.per != "pair"):
        faults.append(f"--pair: the profile has no pairs for '{purpose.id}'")
    of_groups = expected is not None and not expected.cases_each and expected.per in GROUP_OF
    of_pairs = expected is not None and not expected.cases_each and expected.per == "pair"
    own = asked is not None or margin is not None
    if not own and (of_groups or of_pairs):
        n = size if size is not None else max(1, math.ceil(expected.count))
        rule = Rule(FIXED, (GROUP_OF[expected.per],) if of_groups else (), n, from_profile=size is None, words=says)
        if of_pairs:
            numbered = tuple(f"Pair {i}" for i in range(1, (expected.units or 0) + 1))
            if not (pairs or numbered):
                faults.append(f"the profile does not say how many pairs do '{purpose.id}': name them with --pair")
            rotates = purpose.activity.rotates_services
            rule = Rule(FIXED if rotates else RANDOM, ("service",) if rotates else (), n, pairs or numbered, rotates,
                        size is None, says)
    else:
        n = size
        if n is None and margin is None and expected is not None:
            if expected.cases_each and asked != FIXED:
                n = expected.cases_each
            elif expected.per == "authority" and asked != FIXED and purpose.theme is None:
                n = max(1, math.ceil(expected.count))
        if n is None and margin is None:
            each = " (cases in each group)" if asked == FIXED else " or --margin"
            faults.append(f"the profile does not say how many cases '{purpose.id}' takes this way: give --size{each}")
        rule = Rule(asked or RANDOM, by, n, from_profile=n is not None and size is None, words=says)
    if faults:
        raise UserError("; ".join(faults))
    return rule


def _in_words(profile: Profile, activity: Activity) -> str:
    """ "2 cases for each service manager, quarterly"; empty where the framework names no number."""
    wants = activity.expected
    if wants is None:
        return ""
    n = wants.cases_each or math.ceil(wants.count)
    unit = profile.roles[wants.per].label.casefold() if wants.per in profile.roles else wants.per.replace("_", " ")
    of = "" if wants.per == "authority" or wants.cases_each else f" for each {unit}"
    if wants.per == "pair" and wants.units:
        of = f" for each of {wants.units} pairs"
    more = " at least" if wants.minimum else ""
    return f"{counted(n, 'case')}{more}{of}, {activity.frequency}"


# --- rotation of services --------------------------------------------------------------------------------------------


def services_before(data, activity: Activity, pairs: Iterable[str], day: pd.Timestamp) -> pd.DataFrame:
    """Which service each pair had how many rounds ago: pair, service, rounds_ago (1 is the last round).

    From past samples drawn for the activity (its auditor is the pair) and from its audits by either of the pair.
    """
    months = activity.months_per_round or 1
    dates = data.samples.set_index("sample_id")
    drawn = data.sampled_cases.assign(
        day=lambda t: t["sample_id"].map(dates["frame_date"]), activity=lambda t: t["sample_id"].map(dates["activity"]))
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
                    "sample beside the other exports, and name the pairs (--pair 'Name;Name') where they change.")
    return said
