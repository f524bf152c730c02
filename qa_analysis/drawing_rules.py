"""What a draw is for and how many cases it takes: from the profile's themes and activities, or as asked."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable
from dataclasses import dataclass

from qa_analysis.errors import UserError
from qa_analysis.narrative import counted
from qa_analysis.profile import Profile, fold
from qa_analysis.profile_model import Activity, SampleTheme

RANDOM, STRATIFIED, FIXED = "random", "stratified proportional", "fixed per group"
METHOD_OF = {"random": RANDOM, "stratified": STRATIFIED, "fixed": FIXED} | {m: m for m in (STRATIFIED, FIXED)}
GROUP_OF = {"team": "team", "service": "service", "locality": "locality", "team_manager": "manager",
            "practitioner": "worker", "service_lead": "service_lead", "head_of_service": "head_of_service"}
NUMBERED = "Pair"  # pairs that nobody has named: Pair 1, Pair 2 …
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
    of_groups = expected is not None and not expected.cases_each and expected.per in GROUP_OF
    of_pairs = expected is not None and not expected.cases_each and expected.per == "pair"
    own = asked is not None or margin is not None
    if not own and (of_groups or of_pairs):
        n = size if size is not None else max(1, math.ceil(expected.count))
        rule = Rule(FIXED, (GROUP_OF[expected.per],) if of_groups else (), n, from_profile=size is None, words=says)
        if of_pairs:
            numbered = tuple(f"{NUMBERED} {i}" for i in range(1, (expected.units or 0) + 1))
            if not (pairs or numbered):
                faults.append(f"the profile does not say how many pairs do '{purpose.id}': name them in the "
                              "column 'pair' of a file of auditors (--auditors)")
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
