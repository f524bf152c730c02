"""What a draw says of itself, in plain words: which cases it stands for, how it was made, what it can't say."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from qa_analysis.drawing_auditors import rotation_words
from qa_analysis.drawing_frame import day_text
from qa_analysis.drawing_rules import FIXED, RANDOM, STRATIFIED, Purpose
from qa_analysis.measures.sampling import achieved_margin, sample_size, what_sample_allows
from qa_analysis.narrative import counted, listed, number, percent
from qa_analysis.profile import Profile

WIDTH = 100


def points(margin: float) -> str:
    """A margin as percentage points: 0.146 is ±14.6."""
    text = number(margin * 100, 1)
    return f"±{text.removesuffix('.0')}"


def population_words(plan) -> str:
    """"393 cases: open cases of September 2019, service Early Help"."""
    return f"{counted(plan.n_left, 'case')}: {plan.frame.words}"


def size_words(n: int, population: int, expected: float, margin: float | None, fixed: bool = False) -> str:
    """"40 of 355 cases give ±14.6 percentage points …; for ±10 you need 76", or what the wanted margin takes."""
    near = f"for a share near {percent(expected)} (95% confidence)"
    if n == population:
        return f"All {counted(n, 'case')} are looked at, so shares are exact: nothing is estimated."
    if fixed:
        return (f"{number(n)} of {counted(population, 'case')}: a number set for each group, which gives no margin for "
                "the whole.")
    got = float(achieved_margin(n, population, expected)["achieved_margin"].iloc[0])
    if margin is not None:
        return (f"To know a share to within {points(margin)} percentage points, {number(n)} of {number(population)} "
                f"cases are needed {near}; they give {points(got)}.")
    need = {m: int(sample_size(population, m, expected)["n_required"].iloc[0]) for m in (0.1, 0.05) if m < got}
    more = listed(f"for {points(m)} you need {number(k)}" for m, k in need.items())
    says = f"{number(n)} of {number(population)} cases give {points(got)} percentage points {near}"
    return f"{says}; {more}." if more else f"{says}."


def method_words(plan, n_groups: int) -> str:
    """How the cases were drawn, in one sentence."""
    rule, groups = plan.rule, listed(b.replace("_", " ") for b in plan.rule.by)
    if rule.method == RANDOM:
        return "At random: each case had the same chance."
    if rule.method == STRATIFIED:
        return (f"At random within each {groups}, in proportion to its cases ({counted(n_groups, 'group')}): each case "
                "had nearly the same chance.")
    if rule.rotates:
        return f"{counted(plan.n, 'case')} for each pair, at random from the cases of its service."
    return f"{counted(plan.n, 'case')} at random from each {groups} ({counted(n_groups, 'group')})."


def limits_words(plan, n: int) -> list[str]:
    """What the sample can't say."""
    population, without = plan.n_left, ", without those left out" if plan.n_excluded else ""
    said = [f"It speaks for the {counted(population, 'case')} it was drawn from ({plan.frame.words}{without}) and for "
            f"no others; cases that opened or changed after {day_text(plan.frame.date)} are not in it."]
    if plan.rule.method == FIXED:
        said.append("Groups of different size count alike in it, so a share over all its cases is no estimate for the "
                    "whole; for that draw with --method random or stratified. A few cases of one group say little of "
                    "that group: read them as cases, not as a rate.")
    elif n < population:
        allowed = number(what_sample_allows(0, n, population)["at_most"].iloc[0])
        said.append(f"If not one of the {counted(n, 'case')} shows a fault, up to {allowed} of the "
                    f"{number(population)} may still have it (95% confidence).")
        said.append("Parts of it, such as one team, are smaller samples with wider margins.")
    said.append("It counts what the record shows; it does not say why.")
    return said


def purpose_words(plan) -> list[str]:
    """The question, what the framework asks for, and the indicators beside it."""
    theme, rule = plan.purpose.theme, plan.rule
    said = [f"Question that it is to answer, stated before the draw: {theme.asks}"] if theme else []
    if rule.words:
        as_asked = "" if rule.from_profile else " This draw is of another size or kind, as asked."
        said.append(f"The framework asks for {rule.words} ({plan.purpose.activity.label}).{as_asked}")
    expected = plan.purpose.activity.expected
    if rule.pairs and expected.units and len(rule.pairs) != expected.units:
        said.append(f"The auditors' file names {counted(len(rule.pairs), 'pair')}, not {expected.units}.")
    if plan.indicators:
        names = listed(plan.profile.label("indicators", i) for i in plan.indicators)
        said.append(f"To read beside it: {names} (indicator{'s' if len(plan.indicators) > 1 else ''}).")
    return said


def left_out_words(plan) -> list[str]:
    """Who was left out of the frame and why."""
    why = "; ".join(plan.reasons)
    if plan.n_excluded:
        said = [f"{number(plan.n_excluded)} of {counted(plan.n_left + plan.n_excluded, 'case')} left out: {why}. The "
                "result describes the cases that remain, not those left out."]
    elif plan.reasons:
        said = [f"None: {why}."]
    else:
        said = ["None; with --exclude-audited-within MONTHS cases looked at lately are not drawn again."]
    if lost := plan.not_in_frame:
        shown = ", ".join(lost[:20]) + (" …" if len(lost) > 20 else "")
        said.append(f"Case numbers of the list that are not in the frame ({number(len(lost))}): {shown}.")
    return said


def duty_words(purpose: Purpose, profile: Profile) -> list[str]:
    """What the framework asks of those who look at the cases."""
    activity, said = purpose.activity, []
    if activity.independent:
        said.append("Independence is required: nobody may look at a case of their own management line (its worker, "
                    "the worker's manager, or those above them).")
    if activity.audited_twice:
        said.append("Each case is looked at twice: both of a pair do so alone, and then agree.")
    if activity.selection == "purposive":
        said.append("In this activity managers choose the cases with most learning. Draw from the cases they propose "
                    "with --cases FILE; cases chosen for their learning are never pooled with random ones in a share.")
    who = [profile.label("roles", r) for r in activity.who]
    if who:
        said.append(f"Looked at by: {listed(w[:1].casefold() + w[1:] for w in who)}.")
    return said


def replacement_words(n_ready: int, in_groups: bool) -> list[str]:
    """How the cases that stand ready are used."""
    if not n_ready:
        return []
    return [f"{counted(n_ready, 'case')} stand{'s' if n_ready == 1 else ''} ready, numbered in the order of use"
            f"{' in each group' if in_groups else ''}. Where a case proves unsuitable (closed by mistake, a duplicate, "
            "a record that can't be opened), write why in the column 'unsuitable' of sampled_cases.csv, and write its "
            "case number in the column 'replaces' of the first replacement of its group that is not yet used. Poor "
            "practice does not make a case unsuitable."]


def readers_words(profile: Profile) -> str:
    """Who may see the files of a draw."""
    open_to = [d.label or a for a, d in profile.disclosure.items() if d.show_cases]
    may = listed(f"'{label}'" for label in open_to) if open_to else "no audience of the profile"
    return (f"These files name cases and workers. They are for the people who look at the cases and for those whom the "
            f"profile lets see cases ({may}); keep them where case records are kept, and pass on the report, not the "
            "files.")


def about(plan, groups: pd.DataFrame, how_many: str, n_ready: int, of_auditors: list[str]) -> str:
    """The page that lies beside a draw."""
    how = [method_words(plan, len(groups)), f"Seed: {plan.seed}. The same frame, exclusions and seed give the same "
           "cases, whatever the order of the rows; a new sample needs a new seed."]
    if plan.rule.rotates:
        how += rotation_words(plan.service_of, plan.before)
    shown = groups.rename(columns=lambda c: c.removeprefix("n_").replace("_", " ")) if plan.rule.by else []
    return about_text(f"Sample {plan.sample_id}: {plan.purpose.label}", {
        "What it is for": purpose_words(plan),
        "Which cases it stands for": [f"{population_words(plan)}. Date of the frame: {day_text(plan.frame.date)}."],
        "Left out": left_out_words(plan),
        "How it was drawn": how,
        "How many, and how exact": [how_many],
        "Cases of each group": shown,
        "What it can't say": limits_words(plan, int(groups["n_drawn"].sum())),
        "Those who look at the cases": [*duty_words(plan.purpose, plan.profile), *of_auditors],
        "Replacements": replacement_words(n_ready, bool(plan.rule.by)),
        "Who may see these files": [readers_words(plan.profile)]})


def form_command(folder: Path, profile: str) -> str:
    """The command that makes the form of a sample."""
    return shlex.join(["qa", "form", str(folder), *(["--profile", profile] if profile else [])])


def next_steps(folder: Path, command: str, profile: str) -> str:
    """The end of the page: the form to make, and the command that draws the same again."""
    again = {"To draw it again": [f"    {command}"]} if command else {}
    form = ["Make the form to fill in:", f"    {form_command(folder, profile)}"]
    return "\n".join([*parts_lines({"Next": form, **again}), ""])


def about_text(title: str, parts: Mapping[str, list[str] | pd.DataFrame]) -> str:
    """The whole page: a title, and under each heading its paragraphs or its table."""
    return "\n".join([title, "=" * len(title), *parts_lines(parts), ""])


def parts_lines(parts: Mapping[str, list[str] | pd.DataFrame]) -> list[str]:
    """Headings with their paragraphs or tables; those without any are left out."""
    lines = []
    for heading, content in parts.items():
        if len(content) == 0:
            continue
        lines += ["", heading, "-" * len(heading)]
        if isinstance(content, pd.DataFrame):
            lines += content.to_string(index=False).splitlines()
            continue
        for text in content:
            if text.startswith("    "):
                lines.append(text)
            else:
                lines += textwrap.wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False)
    return lines
