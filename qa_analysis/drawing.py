"""Draw the cases of a sample: the frame, who is left out and why, how many, which, and all of it in plain words.

    import qa_analysis as qa
    from qa_analysis.drawing import draw_for, write_draw

    d = qa.load("data/example", profile="manchester", audience="supervision")
    draw = draw_for(d, "early help assessments", margin=0.1, exclude_within=6, replacements=5, seed=7)
    draw.sampled_cases          # the cases, as the table sampled_cases
    print(draw.about)           # what they stand for
    write_draw(draw, "samples")
"""

from __future__ import annotations

import dataclasses
import difflib
import os
import re
import secrets
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from qa_analysis import drawing_words as words
from qa_analysis.drawing_auditors import assigned, pairs_of, people_of, rotated, services_before
from qa_analysis.drawing_frame import (
    Frame,
    frame_on,
    is_among,
    listed_cases,
    narrowed,
    only_cases,
    seen_lately,
    with_lead,
)
from qa_analysis.drawing_rules import (
    BY,
    FIXED,
    FROM_ESTABLISHMENT,
    Purpose,
    Rule,
    find_purpose,
    rule_for,
)
from qa_analysis.errors import UserError
from qa_analysis.measures.group_index import group_index
from qa_analysis.measures.sampling import SampleError, achieved_margin, draw_sample, sample_size
from qa_analysis.narrative import counted, listed
from qa_analysis.profile import fold
from qa_analysis.pseudonyms import OPEN_AUDIENCES
from qa_analysis.schema import TABLES

FILES = ("samples.csv", "sampled_cases.csv", "questions.csv", "about.txt")


@dataclass(frozen=True)
class Draw:
    """A sample drawn: the tables `samples` (one row), `sampled_cases` and `questions`, and `about`, the page that
    explains it. `groups` counts the cases of each group: n_frame, n_excluded, n_available, n_drawn. `size_words` and
    `population` are its two sentences on how exact it is and which cases it stands for."""

    sample_id: str
    seed: int
    samples: pd.DataFrame = field(repr=False)
    sampled_cases: pd.DataFrame = field(repr=False)
    questions: pd.DataFrame = field(repr=False)
    groups: pd.DataFrame = field(repr=False)
    population: str = field(repr=False)
    size_words: str = field(repr=False)
    about: str = field(repr=False)


@dataclass(frozen=True)
class Plan:
    """A draw before it is made: what for, from which cases (`excluded` marks those left out), how many and how.

    `reasons` say why cases are left out, `not_in_frame` lists the case numbers asked for that no open case has;
    `people` are the auditors; `service_of` and `before` are the rotation of their pairs.
    """

    sample_id: str
    seed: int
    purpose: Purpose
    profile: object
    rule: Rule
    frame: Frame
    excluded: np.ndarray
    n_ungrouped: int
    reasons: list[str]
    indicators: tuple[str, ...]
    margin: float | None
    expected: float
    months: int | None
    replacements: int
    not_in_frame: list[str]
    n: int = 0
    people: pd.DataFrame | None = None
    service_of: dict[str, str] = field(default_factory=dict)
    before: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def n_left(self) -> int:
        """Cases left to draw from."""
        return len(self.excluded) - int(self.excluded.sum())

    @property
    def n_excluded(self) -> int:
        """Cases left out: seen lately, or without the group that cases are drawn by."""
        return int(self.excluded.sum()) + self.n_ungrouped


def draw_for(
    data,
    theme: str,
    *,
    on: str = "",
    service: Iterable[str] = (),
    locality: Iterable[str] = (),
    team: Iterable[str] = (),
    plan_type: Iterable[str] = (),
    cases: str | Path | Iterable[str] | None = None,
    indicator: Iterable[str] = (),
    size: int | None = None,
    margin: float | None = None,
    expected: float = 0.5,
    by: Iterable[str] = (),
    method: str | None = None,
    exclude_within: int | None = None,
    replacements: int = 0,
    seed: int | None = None,
    auditors: str | Path | pd.DataFrame | None = None,
    allow_short: bool = False,
) -> Draw:
    """The sample for a theme or activity of the profile, from the open cases of the last frame or of the time `on`.

    `data` comes from `load`, with case numbers shown (audience supervision or none). Without `size` (cases in all; in
    each group where fixed) or `margin` (half the width of the interval, 0 to 1, for a share near `expected`) the
    profile's number counts. `cases`: only these, a file or ids; `exclude_within`: not those audited or sampled in so
    many months before the frame's day. `replacements` are drawn for each group. `auditors`, a file or a table (see
    `assigning`), are given the cases, nobody one of their own line of management. Without a `seed` one is drawn; the
    same frame, exclusions and seed give the same cases in whatever order the rows come. Raises UserError with every
    fault at once: unknown names, numbers out of range, a frame or group too small (`allow_short` takes what there is).
    """
    if data.audience is not None and data.audience not in OPEN_AUDIENCES:
        raise UserError(f"the data were loaded for the audience '{data.audience}', which sees no case numbers. Load "
                        "them with audience='supervision' to draw a sample.")
    wanted = {"service": _words(service), "locality": _words(locality), "team": _words(team),
              "plan_type": _words(plan_type)}
    numbers = {"size": size, "margin": margin, "expected": expected, "months": exclude_within,
               "replacements": replacements, "seed": seed}
    plan = _planned(data, theme, on, wanted, cases, _words(indicator), _words(by), method, auditors, numbers)
    plan = _counted(plan, data)
    drawn = _drawn(plan, allow_short)
    if plan.people is None:
        return _tabled(plan, drawn.assign(auditor=_pairs_in_turn(drawn, plan)), [])
    who, said = assigned(drawn, plan, data.establishment, allow_short)
    return _tabled(plan, drawn.assign(auditor=who), said)


def _planned(data, theme, on, wanted, cases, indicator, by, method, auditors, numbers) -> Plan:
    """All that was asked for, checked as far as it can be before cases are counted; every fault is told at once."""
    faults = _number_faults(**numbers, by=by)
    frame = _or_fault(faults, frame_on, data.cases, on, data.profile.calendar.first_month)
    profile = data.profile.on(frame.date) if frame else data.profile
    purpose = _or_fault(faults, find_purpose, profile, theme)
    indicators = _indicators(profile, purpose, indicator, faults)
    ids = _or_fault(faults, _case_list, cases)
    people = _or_fault(faults, people_of, auditors, profile)
    pairs = purpose and _or_fault(faults, pairs_of, people, purpose)
    rule = purpose and _or_fault(faults, rule_for, profile, purpose, numbers["size"], numbers["margin"], method, by,
                                 pairs or ())
    if frame and purpose:
        frame = _or_fault(faults, narrowed, frame, profile, wanted, *_defaults(purpose))
    lost: list[str] = []
    if frame and ids is not None:
        behind = listed(profile.label("indicators", i) for i in indicators if indicator)
        why = f", the cases behind the indicator {behind}" if behind else ""
        frame, lost = _or_fault(faults, only_cases, frame, ids, _name_of(cases), why) or (None, [])
    if frame and rule:
        frame, left_out = _or_fault(faults, _grouped, frame, data, rule, profile) or (None, 0)
    _raise(faults)

    sample_id = _sample_id(purpose, frame.date, wanted)
    seed = secrets.randbelow(10**9) if numbers["seed"] is None else numbers["seed"]
    plan = Plan(sample_id, seed, purpose, profile, rule, frame, np.zeros(len(frame.cases), dtype=bool), left_out, [],
                indicators, numbers["margin"], numbers["expected"], numbers["months"], numbers["replacements"], lost,
                people=people)
    return _without_seen(plan, data)


def _without_seen(plan: Plan, data) -> Plan:
    """The plan with the cases left out that were seen lately, and the reasons of all that are left out."""
    reasons = []
    if plan.n_ungrouped:
        reasons.append(f"{counted(plan.n_ungrouped, 'case')} without a {_units(plan.profile, plan.rule)}")
    if not plan.months:
        return dataclasses.replace(plan, reasons=reasons)
    seen, span = seen_lately(data, plan.frame.date, plan.months, plan.sample_id)
    held = plan.frame.cases["case_id"]
    audited, sampled = (is_among(held, seen.loc[seen["how"].eq(how), "case_id"]) for how in ("audited", "sampled"))
    for mask, noun, how in ((audited, "case", "audited"), (sampled & ~audited, "other case", "sampled")):
        if mask.any():
            noun = noun if audited.any() else "case"
            reasons.append(f"{counted(int(mask.sum()), noun)} {how} {span}")
    excluded = audited | sampled
    if excluded.all():
        raise UserError(f"no case is left to draw from: {'; '.join(reasons)} ({plan.frame.words}). Exclude a shorter "
                        "time (--exclude-audited-within), or draw from more cases.")
    if not excluded.any():
        reasons.append(f"no case was audited or sampled {span}")
    return dataclasses.replace(plan, excluded=excluded, reasons=reasons)


def _counted(plan: Plan, data) -> Plan:
    """The plan with its number of cases: in all, in each group, or for each pair."""
    n = plan.rule.n
    if n is None:
        n = int(sample_size(plan.n_left, plan.margin, plan.expected)["n_required"].iloc[0])
    return _with_services(dataclasses.replace(plan, n=n), data) if plan.rule.rotates else dataclasses.replace(plan, n=n)


def _with_services(plan: Plan, data) -> Plan:
    """The plan narrowed to the services that the pairs go to in this round."""
    before = services_before(data, plan.purpose.activity, plan.rule.pairs, plan.frame.date)
    service = plan.frame.cases["service"].astype("str")
    service_of = rotated(plan.rule.pairs, service[~plan.excluded].value_counts(), plan.n, before, plan.seed)
    visited = list(dict.fromkeys(service_of.values()))
    here = service.isin(visited).to_numpy()
    frame = Frame(plan.frame.cases[here], plan.frame.date, f"{plan.frame.words}, of the services {listed(visited)}")
    plan = dataclasses.replace(plan, frame=frame, excluded=plan.excluded[here], service_of=service_of, before=before)
    return _without_seen(plan, data)


def _drawn(plan: Plan, allow_short: bool) -> pd.DataFrame:
    number_of: int | dict[str, int] = plan.n
    if plan.rule.rotates:
        number_of = {s: plan.n * k for s, k in Counter(plan.service_of.values()).items()}
    elif plan.rule.pairs:
        number_of = plan.n * len(plan.rule.pairs)
    cases = plan.frame.cases
    try:
        return draw_sample(cases, number_of, plan.seed, plan.rule.by, plan.rule.method,
                           exclude=plan.excluded,
                           replacements=plan.replacements, allow_short=allow_short)
    except SampleError as fault:
        left_out = f"; left out: {'; '.join(plan.reasons)}" if plan.n_excluded else ""
        said = str(fault).rstrip(".").replace("allow_short=True", "--allow-short")
        raise UserError(f"{said}. Drawn from: {plan.frame.words}{left_out}.") from fault


def _tabled(plan: Plan, drawn: pd.DataFrame, of_auditors: list[str]) -> Draw:
    """The draw as its tables and its page."""
    rule, purpose, frame = plan.rule, plan.purpose, plan.frame
    groups = _groups(plan, drawn)
    n, fixed = int(groups["n_drawn"].sum()), rule.method == FIXED
    margin = plan.margin
    if margin is None and not fixed:
        margin = round(float(achieved_margin(n, plan.n_left, plan.expected)["achieved_margin"].iloc[0]), 4)
    samples = _as_table("samples", [{
        "sample_id": plan.sample_id, "activity": purpose.activity.id, "theme": purpose.label,
        "question": purpose.theme.asks if purpose.theme else None, "frame_date": f"{frame.date:%Y-%m-%d}",
        "population": frame.words[:1].upper() + frame.words[1:], "frame_size": plan.n_left,
        "n_excluded": plan.n_excluded, "n_drawn": n, "method": rule.method, "strata": ";".join(rule.by) or None,
        "margin": margin, "seed": plan.seed, "exclusions": "; ".join(plan.reasons) or "none",
        "indicators": ";".join(plan.indicators) or None}])
    sampled = _sampled_cases(drawn, plan)
    size_words = words.size_words(n, plan.n_left, plan.expected, plan.margin, fixed)
    about = words.about(plan, groups, size_words, int(sampled["role"].eq("replacement").sum()), of_auditors)
    return Draw(plan.sample_id, plan.seed, samples, sampled, _questions(purpose, plan.sample_id), groups,
                words.population_words(plan), size_words, about)


def write_draw(draw: Draw, out: str | Path = "samples", replace: bool = False, command: str = "",
               profile: str = "") -> Path:
    """The folder `<out>/<sample_id>` with the draw's tables and its page, written whole or not at all.

    `command` is the one that draws it again and `profile` that of the form, for the page. Raises UserError
    where the sample has been drawn already; `replace` writes it anew, unless work lies there too.
    """
    folder = Path(out) / draw.sample_id
    if folder.exists():
        if not replace:
            raise UserError(f"'{folder}' holds this sample already, drawn before. Keep that draw, or draw again with "
                            "--replace (other cases, unless the seed is the same).")
        others = sorted(p.name for p in folder.iterdir() if p.name not in FILES) if folder.is_dir() else [folder.name]
        if others:
            raise UserError(f"'{folder}' holds more than a draw ({', '.join(others[:5])}), which would be lost. "
                            "Move it away first.")
    tables = {"samples": draw.samples, "sampled_cases": draw.sampled_cases, "questions": draw.questions}
    made = None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=".drawing-", dir=folder.parent))
        new = made / draw.sample_id
        new.mkdir()
        for name, table in tables.items():
            if len(table):
                table.to_csv(new / f"{name}.csv", index=False, encoding="utf-8-sig")  # the mark lets Excel see UTF-8
        (new / "about.txt").write_text(draw.about + words.next_steps(folder, command, profile), encoding="utf-8")
        if folder.exists():
            os.replace(folder, made / "before")
        os.replace(new, folder)
    except OSError as error:
        if made and (made / "before").exists() and not folder.exists():
            os.replace(made / "before", folder)
        raise UserError(f"the sample can't be written to '{folder}' ({error.strerror or error}). Nothing was written. "
                        "Name a folder that you may write to (--out).") from error
    finally:
        if made:
            shutil.rmtree(made, ignore_errors=True)
    return folder


# --- faults ----------------------------------------------------------------------------------------------------------


def _words(values) -> tuple[str, ...]:
    return (values,) if isinstance(values, str) else tuple(values or ())


def _or_fault(faults: list[str], step, *args):
    """What a step gives, or None with its fault kept, so that all faults can be told at once."""
    try:
        return step(*args)
    except UserError as fault:
        faults.append(str(fault).rstrip("."))
        return None


def _raise(faults: list[str]) -> None:
    if len(faults) == 1:
        raise UserError(f"{faults[0]}.")
    if faults:
        raise UserError(f"{len(faults)} faults:\n" + "\n".join(f"  {f}." for f in faults))


def _is_whole(value) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def _number_faults(size, margin, expected, months, replacements, seed, by) -> list[str]:
    faults = []
    if size is not None and not (_is_whole(size) and size >= 1):
        faults.append(f"--size {size}: give a whole number of 1 or more")
    for option, value in (("--margin", margin), ("--expected", expected)):
        if value is not None and not 0 < value < 1:
            faults.append(f"{option} {value}: give a share between 0 and 1, such as 0.1 for 10 percentage points")
    if months is not None and not (_is_whole(months) and months >= 1):
        faults.append(f"--exclude-audited-within {months}: give a whole number of months, 1 or more")
    if not (_is_whole(replacements) and replacements >= 0):
        faults.append(f"--replacements {replacements}: give a whole number of 0 or more")
    if seed is not None and not (_is_whole(seed) and seed >= 0):
        faults.append(f"--seed {seed}: give a whole number of 0 or more")
    if unknown := [b for b in by if b not in BY]:
        faults.append(f"--by {', '.join(unknown)}: use {', '.join(BY)}")
    return faults


# --- the frame -------------------------------------------------------------------------------------------------------


def _case_list(cases) -> list[str] | None:
    if cases is None:
        return None
    return listed_cases(cases) if isinstance(cases, (str, Path)) else [str(c) for c in cases]


def _name_of(cases) -> str:
    return Path(cases).name if isinstance(cases, (str, Path)) else "the list given"


def _indicators(profile, purpose: Purpose | None, given: tuple[str, ...], faults: list[str]) -> tuple[str, ...]:
    known = profile.lookup("indicators")
    for unknown in (i for i in given if fold(i) not in known):
        near = difflib.get_close_matches(fold(unknown), list(known), n=1, cutoff=0.5)
        hint = f" Did you mean '{known[near[0]]}'?" if near else f" It has {', '.join(profile.indicators) or 'none'}"
        faults.append(f"--indicator {unknown}: the profile has no such indicator.{hint}")
    if given:
        return tuple(known[fold(i)] for i in given if fold(i) in known)
    return purpose.theme.indicators if purpose and purpose.theme else ()


def _defaults(purpose: Purpose) -> tuple[dict[str, tuple[str, ...]], str]:
    """The services and plan types that the profile draws from, and whose they are."""
    if purpose.theme:
        return ({"service": purpose.theme.services, "plan_type": purpose.theme.plan_types}, f"theme '{purpose.id}'")
    expected = purpose.activity.expected
    return {"service": expected.services if expected else ()}, f"activity '{purpose.id}'"


def _grouped(frame: Frame, data, rule: Rule, profile) -> tuple[Frame, int]:
    """The frame with the columns of its groups, where each case must have one, and how many cases have none."""
    cases = frame.cases
    for column in rule.by:
        if column in FROM_ESTABLISHMENT:
            cases = with_lead(cases, data.establishment, column, frame.date, _unit(profile, column))
    if rule.method != FIXED:
        return Frame(cases, frame.date, frame.words), 0
    blank = cases[list(rule.by)].isna().any(axis=1).to_numpy()
    if blank.all():
        raise UserError(f"no case of the frame names its {_units(profile, rule)}. Fill in the column "
                        f"{', '.join(rule.by)}, or choose other groups with --by")
    return Frame(cases[~blank] if blank.any() else cases, frame.date, frame.words), int(blank.sum())


def _unit(profile, column: str) -> str:
    return profile.roles[column].label.casefold() if column in profile.roles else column.replace("_", " ")


def _units(profile, rule: Rule) -> str:
    return listed(_unit(profile, column) for column in rule.by)


def _groups(plan: Plan, drawn: pd.DataFrame) -> pd.DataFrame:
    """Cases of each group: in the frame, left out, left, drawn."""
    cases = plan.frame.cases
    group, groups = group_index(cases, list(plan.rule.by) or None)
    taken = drawn["case_id"][drawn["draw_role"].eq("sample").to_numpy()]
    n_frame, n_excluded, n_drawn = (np.bincount(group[mask], minlength=len(groups)) for mask in (
        slice(None), plan.excluded, is_among(cases["case_id"], taken)))
    return groups.assign(n_frame=n_frame, n_excluded=n_excluded, n_available=n_frame - n_excluded, n_drawn=n_drawn)


# --- the tables ------------------------------------------------------------------------------------------------------


def _sample_id(purpose: Purpose, date: pd.Timestamp, wanted: dict[str, tuple[str, ...]]) -> str:
    """Initials of the activity, the frame's day, the theme, and what the frame was narrowed to."""
    initials = "".join(w[0] for w in purpose.activity.id.split("_")).upper()
    places = [re.sub(r"[^a-z0-9]+", "_", v.casefold()).strip("_") for values in wanted.values() for v in values]
    return "-".join([initials, f"{date:%Y-%m}" if date.day == 1 else f"{date:%Y-%m-%d}", purpose.id, *places])


def _as_table(name: str, rows) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=[c.name for c in TABLES[name].columns])


def _sampled_cases(drawn: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    table = drawn.assign(sample_id=plan.sample_id, role=drawn["draw_role"].astype("str"))
    return table.reindex(columns=[c.name for c in TABLES["sampled_cases"].columns])


def _pairs_in_turn(drawn: pd.DataFrame, plan: Plan) -> list[str | None]:
    """The pair of each case drawn, where pairs do the work and nobody has named who they are."""
    if not plan.rule.pairs:
        return [None] * len(drawn)
    of_service = {s: [p for p, at in plan.service_of.items() if at == s] for s in plan.service_of.values()}
    in_turn = [of_service.get(str(s), plan.rule.pairs) for s in drawn["service"]]
    return [pairs[(order - 1) // plan.n] if role == "sample" else None
            for pairs, order, role in zip(in_turn, drawn["draw_order"], drawn["draw_role"], strict=True)]


def _questions(purpose: Purpose, sample_id: str) -> pd.DataFrame:
    asked = purpose.theme.questions if purpose.theme else {}
    return _as_table("questions", [
        {"sample_id": sample_id, "question_id": i, "question": q.label, "guidance": q.guidance or None,
         "passes_at": q.passes_at, "act_on_no": "yes" if q.act_on_no else "no"} for i, q in asked.items()])
