"""Sentences on a dip sample: what it was to answer, how it was drawn, what came back, what it found and can't say."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from qa_analysis.narrative.pieces import count, counted, interval, is_missing, listed, number, percent, sentence, verb

_CASES_IN_TEXT = re.compile(r"\b(\d+)(?= (?:open )?cases?\b)")
_HOW = {
    "random": "at random",
    "stratified proportional": "at random, in proportion to the size of each group",
    "fixed per group": "at random, the same number from each group",
    "all": "as all there are",
}
MOST_NAMED = 6
WITHHELD = "[c]"
# what stays open of one question, and of several, where a verdict would give a withheld number away
OPEN = {
    "passes or is not clear": "pass or are not clear",
    "does not pass or is not clear": "do not pass or are not clear",
}


def asked(theme: str, question: str) -> str:
    """Theme and question, which stood before any case was looked at."""
    about = f" on {quoted(theme)}" if theme else ""
    if not question:
        return sentence(f"this dip sample{about} records no question that it was to answer")
    return f"This dip sample{about} was to answer, as stated before the draw: {quoted(question)}"


def quoted(text: str) -> str:
    return f"“{text.strip()}”"


def frame(population: str, size: float, day: str, smallest_count: int = 1) -> str:
    """What the frame held, how many, and when."""
    dated = f" of {day}" if day else ""
    of = population[:1].lower() + population[1:].rstrip(".") if population else ""
    if is_missing(size):
        held = f"the size of its frame{dated} is not recorded" + (f" ({of})" if of else "")
        return sentence(f"{held}; intervals are those of a frame without end, wider than they need be")
    held = f"its frame{dated} held {count(size, smallest_count, 'case')}"
    return sentence(held + (f": {masked(of, smallest_count)}" if of else "; what cases it holds is not recorded"))


def masked(text: str, smallest_count: int) -> str:
    """The text with small numbers of cases withheld as elsewhere; other numbers (dates, months) stay."""

    def hide(found: re.Match[str]) -> str:
        return f"fewer than {smallest_count}" if 0 < int(found[1]) < smallest_count else found[1]

    return re.sub(r"(?<=fewer than )(\d+) case\b", r"\1 cases", _CASES_IN_TEXT.sub(hide, text))


def draw(n: float, method: str, strata: str, seed: float, planned: float, achieved: float, smallest_count: int = 1) -> str:
    """How many cases were drawn, how, with which seed, and how closely a share can be known."""
    drawn = count(n, smallest_count, "case")
    how = _HOW.get(method)
    if how is None:
        told = "chosen; how is not recorded" if not method else "chosen on purpose, not drawn at random"
        return sentence(f"{drawn} {verb(n, 'was', 'were', smallest_count)} {told}")
    by = f" ({listed(strata.replace('_', ' ').split(';'))})" if strata else ""
    text = f"{drawn} {verb(n, 'was', 'were', smallest_count)} drawn {how}{by}"
    text += f", with seed {number(seed).replace(',', '')}" if not is_missing(seed) else ""
    if method == "fixed per group":
        return sentence(text)
    if not is_missing(planned):
        text += f"; planned so that a share is known to within {half_width(planned)}"
    if not is_missing(achieved):
        text += (", and those that came back give" if not is_missing(planned) else "; those that came back give")
        text += f" {half_width(achieved)} (at a share of one half)"
    return sentence(text)


def half_width(share: float) -> str:
    """Half the width of an interval in words."""
    text = number(share * 100)
    return "under 1 percentage point" if text == "0" and share else f"{text} percentage point{'s' * (text != '1')}"


def speaks_for(n_excluded: float, exclusions: str, size: float, smallest_count: int = 1) -> str:
    """Who was left out, and so which cases the result is about."""
    why = masked(exclusions.strip().rstrip("."), smallest_count) if exclusions else ""
    why = "" if why.casefold() in ("none", "no cases") else why
    if is_missing(n_excluded) and not why:
        return sentence("whether cases were left out before the draw is not recorded")
    if n_excluded == 0 and not is_missing(n_excluded):
        return sentence("no case was left out before the draw, so the result speaks for all cases of the frame")
    left = "cases were left out before the draw"
    if not is_missing(n_excluded):
        was = verb(n_excluded, "was", "were", smallest_count)
        left = f"{count(n_excluded, smallest_count, 'case')} {was} left out before the draw"
    rest = f"the {number(size)} cases" if not is_missing(size) and size >= smallest_count else "the cases"
    told = f" ({why})" if why else ""
    return sentence(f"{left}{told}; the result speaks for {rest} that could be drawn, not for these")


def not_random(method: str) -> str:
    """Why no share of this sample stands for other cases."""
    if method == "fixed per group":
        return sentence(
            "the same number was drawn from each group whatever its size, so shares over all groups describe the cases looked "
            "at; they are no estimate for the frame"
        )
    told = "are not recorded as drawn at random"
    return sentence(f"the cases {told}, so shares describe these cases alone: they say nothing of others and pass no mark")


def came_back(row: Mapping[str, Any], smallest_count: int = 1) -> list[str]:
    """How much was returned, what was unsuitable, what was answered without being drawn."""
    n = row["n"]
    if not row["count"]:
        return [sentence(f"none of the {counted(n, 'case')} to be looked at has come back, so nothing can be said of practice")]
    text = f"{number(row['count'])} of {counted(n, 'case')} to be looked at came back ({percent(row['share'])})"
    if row["n_part"]:
        is_are = verb(row["n_part"], "is", "are", smallest_count)
        text += f", of which {count(row['n_part'], smallest_count)} {is_are} answered only in part"
    out = [text]
    if row["n_none"]:
        out.append("the cases that did not come back may differ from those that did; the intervals do not allow for that")
    if row["n_unsuitable"]:
        n_out, n_in = row["n_unsuitable"], row["n_replaced"]
        was = verb(n_out, "was", "were", smallest_count)
        text = f"{count(n_out, smallest_count, 'case')} proved unsuitable and {was} left out"
        one = n_out == 1 and smallest_count == 1
        if n_in == n_out:
            text += f", {'' if one else 'each '}replaced by the next in the draw"
        elif not n_in:
            text += f", without {'another in its' if one else 'others in their'} place"
        else:
            text += f"; {count(n_in, smallest_count)} of them replaced by the next in the draw"
        out.append(text)
    if row["n_not_sampled"]:
        n_odd = row["n_not_sampled"]
        was, is_are = (verb(n_odd, *w, smallest_count) for w in (("was", "were"), ("is", "are")))
        out.append(
            f"{count(n_odd, smallest_count, 'case')} {was} answered without being in the sample and {is_are} in no share"
        )
    return [sentence(s) for s in out]


def questions_differ(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Questions whose words changed since the draw, that were not drawn, or that nobody answered; each by name."""
    by = {f: [r for r in rows if r["found"] == f] for f in ("words changed", "not drawn", "not answered", "from the answers")}
    out = []
    for r in by["words changed"]:
        out.append(
            f"question {r['question_id']} was drawn as {quoted(r['question'])} and answered as {quoted(r['answered_as'])}: "
            f"its share is of the words answered, and it is not known whether both ask the same"
        )
    for found, told in (
        ("not drawn", "answered, but not among the questions of the draw, so there is no pass mark"),
        ("not answered", "among the questions of the draw and answered for no case"),
    ):
        if by[found]:
            named = listed(f"{r['question_id']} {quoted(r['question'])}" for r in by[found])
            out.append(f"{named} {'is' if len(by[found]) == 1 else 'are'} {told}")
    if by["from the answers"]:
        out.append(
            "the questions of this sample were not kept when it was drawn, so they are those of the returns, without pass marks"
        )
    return [sentence(s) for s in out]


def named(labels: Sequence[str]) -> str:
    """Questions by their words, the first few."""
    shown = [quoted(x) for x in labels[:MOST_NAMED]]
    more = len(labels) - len(shown)
    return listed([*shown, f"{more} more"] if more > 0 else shown)


def verdicts(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """What passes, what does not, what is not clear; where numbers are withheld, only what they leave open."""
    groups: dict[str, list[str]] = {}
    for row in rows:
        groups.setdefault(str(row["verdict"]), []).append(str(row["question"]))
    out = []
    for verdict, one, many, why in (
        ("does not pass", "does not pass", "do not pass", "the whole interval lies below the pass mark"),
        ("passes", "passes", "pass", "the whole interval lies at the pass mark or above"),
        ("not clear", "is not clear", "are not clear", "the pass mark lies within the interval"),
    ):
        if labels := groups.pop(verdict, []):
            n = len(labels)
            out.append(f"{counted(n, 'question')} {one if n == 1 else many} ({why}): {named(labels)}")
    for verdict, told in (
        ("too few", "too few cases to judge"),
        ("no pass mark", "no pass mark is set"),
        ("described only", "described only, since the cases were not drawn at random from all"),
        ("[c]", "the numbers are too small to be shown, and a verdict would give them away"),
    ):
        if labels := groups.pop(verdict, []):
            out.append(f"{counted(len(labels), 'question')}: {told}: {named(labels)}")
    for verdict, labels in groups.items():  # "passes or is not clear": what is open where numbers are withheld
        n = len(labels)
        each = "it" if n == 1 else "each"
        out.append(f"for {counted(n, 'question')} the numbers are too small to be shown; {each} {verdict}: {named(labels)}")
    return [sentence(s) for s in out]


def nothing_found(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Where all cases looked at were as they should be: what the frame may still hold."""
    out = []
    for row in rows:
        if not is_missing(row.get("failing_at_most")) and not row.get("suppressed", False):
            most = row["failing_at_most"]
            if most <= 0:
                out.append(f"{quoted(row['question'])} was yes in all {number(row['n'])} cases, which are all that it applies to")
                continue
            out.append(
                f"{quoted(row['question'])} was yes in all {number(row['n'])} cases it applies to; up to {number(most)} of "
                f"about {number(row['population'])} such cases in the frame may still not be (95% confidence)"
            )
    return [sentence(s) for s in out]


def not_compared(rows: Sequence[Mapping[str, Any]], since: str) -> list[str]:
    """Questions that the comparison leaves out, each by name and why."""
    out = []
    for compared, told in (
        ("words changed", "asked in other words than in"),
        ("new", "not asked in"),
        ("no longer asked", "no longer asked since"),
    ):
        if labels := [str(r["question"]) for r in rows if r["compared"] == compared]:
            was = "was" if len(labels) == 1 else "were"
            if compared == "no longer asked":
                was = "is" if len(labels) == 1 else "are"
            out.append(f"{named(labels)} {was} {told} {since}, so {'it is' if len(labels) == 1 else 'they are'} not compared")
    return [sentence(s) for s in out]


def other_population(now: str, before: str, since: str) -> str:
    """The two frames in words, where they differ."""
    told = f"in {since}: {before[:1].lower() + before[1:]}; now: {now[:1].lower() + now[1:]}"
    return sentence(f"the two samples are of different cases, so a change may be one of cases rather than of practice ({told})")


def need_action(n: float, n_cases: float, questions: Sequence[str], smallest_count: int = 1, at_least: bool = False) -> str:
    """How many cases need action now, and what was asked."""
    if not questions:
        return sentence("no question of this sample is one of which a no needs action now")
    asks = f"a no to {named(questions)}"
    if n == 0:
        return sentence(f"no case needs action now ({asks})")
    told = f"{number(smallest_count)} or more cases" if at_least else count(n, smallest_count, "case")
    needs = verb(n, "needs", "need", smallest_count)
    return sentence(f"{told} {needs} action now ({asks}), whatever the sample says of practice as a whole")


def plain_answer(
    question: str, rows: Sequence[Mapping[str, Any]], whole: Mapping[str, Any] | None
) -> list[str]:
    """The answer to the question asked, first in words, then as the share of cases in which everything was as it should be."""
    verdict = [str(r["verdict"]) for r in rows]
    n = len(verdict)
    fails, passes = verdict.count("does not pass"), verdict.count("passes")
    unclear = verdict.count("not clear")
    judged = fails + passes + unclear
    to = f"to {quoted(question)} the sample answers: " if question else "the sample answers: "
    if not n:
        return [sentence(f"{to}nothing, since no case has come back")]
    if not judged and all(v in ("described only", "no pass mark", "too few") for v in verdict):
        why = {
            "described only": "the cases were not drawn at random from all",
            "no pass mark": "no pass mark is set",
            "too few": "too few cases came back",
        }
        reasons = listed(dict.fromkeys(why[v] for v in verdict))
        out = [f"{to}nothing that holds for other cases, because {reasons}"]
    else:
        parts = []
        if fails:
            labels = [str(r["question"]) for r in rows if r["verdict"] == "does not pass"]
            parts.append(f"{number(fails)} do{'es' * (fails == 1)} not pass ({named(labels)})")
        if passes:
            parts.append(f"{number(passes)} pass{'es' * (passes == 1)}")
        if unclear:
            parts.append(f"{number(unclear)} {'is' if unclear == 1 else 'are'} not clear")
        for said, many in OPEN.items():  # what numbers that are too small to show leave open
            if k := verdict.count(said):
                parts.append(f"{number(k)} {said if k == 1 else many} (numbers too small to show)")
                judged += k
        if n - judged:
            shown = " that can be shown" if WITHHELD in verdict else ""
            parts.append(f"{number(n - judged)} {'has' if n - judged == 1 else 'have'} no verdict{shown}")
        out = [f"{to}of {counted(n, 'question')}, {listed(parts)}"]
    if whole is not None and not is_missing(whole.get("share")):
        limits = interval(whole["share_lower"], whole["share_upper"])
        share = {0: "none", whole["n"]: "all"}.get(whole["count"], percent(whole["share"]))
        out.append(
            f"every question that applied was answered yes in {share} of the {counted(whole['n'], 'case')} whose answers are all "
            f"known{f' (95% interval {limits})' if limits else ''}"
        )
    elif whole is not None and whole.get("suppressed", False):
        out.append("the share of cases in which every question was answered yes is not shown, because the numbers are small")
    return [sentence(s) for s in out]


def in_short(theme: str, when: str, failing: Sequence[str], n_judged: int) -> str:
    """One sample among others: the questions that do not pass, or that none of those judged clearly fails."""
    if failing:
        return sentence(f"{theme}, {when}: {named(failing)} do{'es' * (len(failing) == 1)} not pass")
    return sentence(f"{theme}, {when}: {'no question clearly fails' if n_judged else 'nothing holds for other cases'}")


def cant_say(n: float, achieved: float, estimated: bool, places: str = "", few_places: bool = False) -> list[str]:
    """What the sample can't say, whatever it found."""
    out = []
    if estimated and not is_missing(achieved) and achieved > 0:
        out.append(
            f"with {counted(n, 'case')} a share near one half is known to within about {half_width(achieved)}; smaller "
            f"differences can't be told from chance, and not clear means just that, not that practice fails"
        )
    if few_places:
        out.append(f"no {places} has enough cases to be judged by itself, and none is ranked")
    out.append(
        "it says how often something was done in the cases looked at, not why, and not what difference it made to the child; an "
        "answer is one auditor's reading of the record"
    )
    out.append("partly is counted as not yes; not applicable and not known are left out of each share")
    return [sentence(s) for s in out]


def no_sample(when: str, theme: str, last: Mapping[str, Any] | None, any_there: bool) -> str:
    """Nothing was drawn in the period: said plainly, with the last sample there is."""
    on = f" on {quoted(theme)}" if theme else ""
    if not any_there:
        return sentence(f"the data hold no dip sample{on}")
    text = f"no dip sample{on} was drawn in {when}"
    if last is None:
        return sentence(f"{text}, and none before")
    about = f" on {quoted(last['theme'])}" if last.get("theme") and not theme else ""
    return sentence(f"{text}; the last one before is {last['sample_id']}{about}, drawn from the frame of {last['day']}")
