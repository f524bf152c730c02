"""An authority's framework as data: a YAML file goes in, a checked `Profile` or one list of all faults comes out."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import numpy as np
import pandas as pd
import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, ValidationError
from rapidfuzz import fuzz, process

from qa_analysis.errors import UserError

FOLDER = Path(__file__).parent / "profiles"
MONTHS_PER_ROUND = {
    "monthly": 1, "bi-monthly": 2, "half-termly": 2, "quarterly": 3, "termly": 4, "annual": 12, "as needed": None,
}
_YAML_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C parser where PyYAML was built with it


class ProfileError(UserError):
    """The profile can't be used; the message lists every fault with file, line, place, and what is allowed."""


# ---------------------------------------------------------------- what a profile may hold

Frequency = Literal["monthly", "bi-monthly", "half-termly", "quarterly", "termly", "annual", "as needed"]
Unit = Literal["practitioner", "team_manager", "service_lead", "head_of_service", "team", "service", "locality",
               "authority", "pair"]
Notebook = Literal["monthly_themes", "quarterly_dip_sample", "annual_quality_of_practice", "seven_minute_briefing",
                   "practice_dashboard", "audit_feedback"]
Audience = Literal["supervision", "team", "board", "public"]


def _words(value: Any) -> Any:
    return [value] if isinstance(value, str | int | float) else value


Words = Annotated[tuple[str, ...], BeforeValidator(_words)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True, str_strip_whitespace=True)


class _Item(_Part):
    """One entry of a section: its id is the key it stands under."""

    id: str
    label: str
    aliases: Words = ()
    source: str = ""
    note: str = ""


class _Dated(_Item):
    """An entry in force from `valid_from` to `valid_to` (both included); `changes` alter it from a day on."""

    valid_from: dt.date | None = Field(None, alias="from")
    valid_to: dt.date | None = Field(None, alias="to")
    changes: tuple[dict[str, Any], ...] = ()

    def in_force(self, day: Any) -> bool:
        """True where `day` lies in the entry's dates; an open end has no limit."""
        day = _day(day)
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)

    def on(self, day: Any):
        """The entry as it stood on `day`, with its changes up to then; None where it was not in force."""
        if not self.in_force(day):
            return None
        due = [c for c in self.changes if _day(c["from"]) <= _day(day)]
        if not due:
            return self
        values = self.model_dump(by_alias=True, exclude={"changes"})
        for change in sorted(due, key=lambda c: _day(c["from"])):
            values = _merge(values, {k: v for k, v in change.items() if k != "from"})
        return type(self).model_validate(values)


class Document(_Part):
    """The paper that the profile was read from."""

    title: str
    author: str = ""
    date: str = ""
    review: str = ""


class Grade(_Item):
    """One grade of the scale; `good` is True where it counts as good or better."""

    colour: str = Field(pattern=r"^#[0-9A-Fa-f]{6}$")
    good: bool


class Place(_Item):
    """A service or a locality; its id and label are the same words."""


class Role(_Item):
    """Who does the work."""


class Component(_Item):
    """A part that any quality assurance framework has."""


class OverallGrade(_Part):
    """Whether, from when and to when there is an overall grade beside those of the standards."""

    exists: bool = True
    valid_from: dt.date | None = Field(None, alias="from")
    valid_to: dt.date | None = Field(None, alias="to")


class StandardSet(_Item):
    """A set of standards that is audited together."""

    overall_grade: OverallGrade = OverallGrade()


class Standard(_Dated):
    """What practice is judged against; `set` is the set that it is audited with."""

    set: str
    definition: str = ""
    parts: Words = ()


class Theme(_Item):
    """One theme of the codebook; `standard` is the standard it belongs to, none where blank."""

    definition: str = ""
    counts: str = ""
    does_not_count: str = ""
    standard: str | None = None
    phrases: Words = ()
    excluded: Words = ()


class Expected(_Part):
    """`count` for each `per` in one round, in `services` only where they are named.

    `units` is how many there are of them where the establishment can't tell; `minimum` says that more are welcome;
    `cases_each` is the number of cases in each (a dip sample of 40).
    """

    count: float = Field(ge=0)
    per: Unit
    units: int | None = Field(None, ge=1)
    services: Words = ()
    minimum: bool = False
    cases_each: int | None = Field(None, ge=1)


class Activity(_Dated):
    """One kind of quality assurance work: who, how often, how many, graded or not, and what it feeds."""

    kind: Literal["audit", "moderation", "observation", "supervision", "dip_sample", "visit", "inspection", "feedback",
                  "workforce", "performance", "follow_up", "learning", "planning", "meeting", "report"]
    component: str
    recorded_in: Literal["audits", "moderations", "actions", "samples", "feedback", "survey", "indicators", "practice",
                         "nowhere"] = "nowhere"
    graded: bool = False
    evidence_from: Literal["families", "partners", "practitioners", "performance", "audits"] = "audits"
    who: Words = ()
    involves: Words = ()
    commissioned_by: Words = ()
    frequency: Frequency
    expected: Expected | None = None
    standards: str | None = None
    audit_type: Literal["regular", "thematic", "multi-agency", "focused", "external"] | None = None
    selection: Literal["random", "purposive", "all"] | None = None
    independent: bool = False
    audited_twice: bool = False
    rotates_services: bool = False
    self_rated: bool = False
    family_views: bool = False
    question_first: bool = False
    measures: Words = ()
    output: str = ""
    reports: Words = ()
    forums: Words = ()

    @property
    def months_per_round(self) -> int | None:
        """Months in which `expected` is due once; None for work done as needed."""
        return MONTHS_PER_ROUND[self.frequency]


class Benchmark(_Part):
    """Where the same measure is published: keys of DfE's LAIT, outcomes and workforce tables."""

    lait: str | None = None
    outcomes: str | None = None
    workforce: str | None = None


class Indicator(_Dated):
    """One measure: what is counted out of what, in which unit, which way is better, and of which type."""

    numerator: str
    denominator: str = ""
    unit: str
    polarity: Literal["high", "low", "neither"]
    type: Literal["quantity", "quality", "outcome"]
    target: float | None = None
    benchmark: Benchmark = Benchmark()
    topic: str = ""


class Forum(_Item):
    """A meeting that reports go to."""

    frequency: Frequency = "as needed"
    audience: Audience = "board"


class Report(_Dated):
    """One report that is due: which notebook, how often, for what, to which forums, for whom."""

    notebook: Notebook
    frequency: Frequency
    by: Literal["whole", "service", "locality", "team"] = "whole"
    forums: Words = ()
    due_day: int = Field(10, ge=1, le=28)
    audience: Audience = "board"
    written_by: Words = ()

    @property
    def months_per_round(self) -> int | None:
        """Months that one report covers; None where it is made as needed."""
        return MONTHS_PER_ROUND[self.frequency]


class Disclosure(_Dated):
    """What one audience may see. Counts from 1 to `smallest_count` − 1 are suppressed; 1 suppresses none."""

    show_cases: bool = False
    show_people: bool = False
    show_free_text: bool = False
    smallest_count: int = Field(6, ge=1)
    secondary: bool = True
    round_to: int = Field(1, ge=1)


class Timescale(_Dated):
    """How long something may take; `longest` is the limit if it is extended."""

    limit: int = Field(ge=0)
    longest: int | None = Field(None, ge=0)
    unit: Literal["hours", "working days", "calendar days", "weeks", "months"]
    counted_from: str
    counted_to: str
    check: bool = True


class Ambition(_Dated):
    """A share (0–1) that the authority wants to reach or to stay under."""

    measure: Literal["worst_grade", "good_or_better", "audits_completed", "actions_closed_in_time",
                     "moderated_within_one_grade", "outcome_evidence"]
    at_least: float | None = Field(None, ge=0, le=1)
    at_most: float | None = Field(None, ge=0, le=1)


class PracticeElement(_Item):
    """A piece of practice that a case should show."""

    definition: str = ""


class Calendar(_Part):
    """First month of the year, and the days that are no working days."""

    first_month: int = Field(4, ge=1, le=12)
    bank_holidays: Literal["England", "none"] = "England"
    also_closed: tuple[dt.date, ...] = ()
    open_after_all: tuple[dt.date, ...] = ()

    def holidays(self, first_year: int, last_year: int) -> list[dt.date]:
        """Days closed besides weekends from `first_year` to `last_year`, in order.

        England's bank holidays, one-off ones too, come from the `holidays` package; the profile adds and takes away.
        """
        days = set(self.also_closed)
        if self.bank_holidays == "England":
            import holidays  # read only when asked for: most reports need no working days

            days |= set(holidays.country_holidays("GB", subdiv="ENG", years=range(first_year, last_year + 1)))
        years = range(first_year, last_year + 1)
        return sorted(d for d in days - set(self.open_after_all) if d.year in years)


class Profile(_Part):
    """Everything that an authority decides for itself. Sections are dicts by id, in the file's order."""

    name: str
    label: str
    document: Document
    authority: str = ""
    codebook: str | None = None
    default_activity: str
    standard_set: str
    grade_scale: dict[str, Grade] = Field({}, alias="grades")
    numeric_grades: dict[str, str] = {}
    ungraded_words: Words = ()
    open_lists: tuple[Literal["services", "localities"], ...] = ()
    questions: dict[str, str] = {}
    components: dict[str, Component] = {}
    roles: dict[str, Role] = {}
    standard_sets: dict[str, StandardSet] = {}
    standards: dict[str, Standard] = {}
    themes: dict[str, Theme] = {}
    services: dict[str, Place] = {}
    localities: dict[str, Place] = {}
    activities: dict[str, Activity] = {}
    indicators: dict[str, Indicator] = {}
    forums: dict[str, Forum] = {}
    reports: dict[str, Report] = {}
    practice_elements: dict[str, PracticeElement] = {}
    disclosure: dict[str, Disclosure] = {}
    timescales: dict[str, Timescale] = {}
    ambitions: dict[str, Ambition] = {}
    calendar: Calendar = Calendar()
    files: tuple[str, ...] = ()

    _lookups: dict[str, dict[str, str]] = PrivateAttr(default_factory=dict)

    @property
    def grades(self) -> list[Grade]:
        """The scale from best to worst; empty where the authority does not grade."""
        return list(self.grade_scale.values())

    @property
    def grade_labels(self) -> list[str]:
        """The grades' labels from worst to best, as an ordered Categorical wants them."""
        return [g.label for g in reversed(self.grades)]

    @property
    def good_grades(self) -> frozenset[str]:
        """Labels of the grades that count as good or better."""
        return frozenset(g.label for g in self.grades if g.good)

    @property
    def codebook_path(self) -> Path | None:
        """The file of phrases that show a theme; None where the profile names none."""
        return Path(self.codebook) if self.codebook else None

    def standards_on(self, day: Any = None, set: str | None = None) -> list[Standard]:
        """The standards of one set in force on `day` (all days if None), in the profile's order.

        The set is the profile's `standard_set` unless another is named; "all" gives every set.
        """
        wanted = set or self.standard_set
        chosen = [s for s in self.standards.values() if wanted in ("all", s.set)]
        return chosen if day is None else [now for s in chosen if (now := s.on(day)) is not None]

    def standards_for(self, activity: str, day: Any = None) -> list[Standard]:
        """The standards that an activity is judged on: those of its own set, else of the profile's."""
        return self.standards_on(day, self.activities[activity].standards)

    def has_overall_grade_on(self, day: Any, set: str | None = None) -> bool:
        """True where an audit or inspection of that day, judged on that set of standards, has an overall grade."""
        span, day = self.standard_sets[set or self.standard_set].overall_grade, _day(day)
        return (span.exists and bool(self.grade_scale) and (span.valid_from is None or span.valid_from <= day)
                and (span.valid_to is None or day <= span.valid_to))

    def on(self, day: Any) -> Profile:
        """The profile as it stood on `day`: entries not in force are left out, dated changes are made.

        Standards keep all their dates, because a trend looks back: ask `standards_on` for one day's.
        """
        then = {name: {i: now for i, item in getattr(self, name).items() if (now := item.on(day)) is not None}
                for name in ("activities", "indicators", "reports", "disclosure", "timescales", "ambitions")}
        return self.model_copy(update=then | {"_lookups": {}})

    def lookup(self, kind: str) -> dict[str, str]:
        """Every known spelling, folded by `fold`, to what clean tables hold.

        Grades, services and localities map to their labels, other kinds to ids (indicators by their published keys
        too). Only whole spellings are in it,
        so 'requires improvement to be good' can never be taken for good. Numbers are grades only where the profile
        declares `numeric_grades`.
        """
        if kind not in self._lookups:
            by_label = kind in ("grades", "services", "localities")
            found = {}
            for item in self._section(kind).values():
                for spelling in _spellings(item):
                    found[spelling] = item.label if by_label else item.id
            if kind == "grades":
                found |= {fold(code): label for code, label in self.numeric_grades.items()}
            self._lookups[kind] = found
        return self._lookups[kind]

    def disclosure_rule(self, audience: str) -> Disclosure:
        """What an audience may see; an audience without a rule of its own sees what the public sees."""
        return self.disclosure.get(audience) or self.disclosure.get("public") or Disclosure(id=audience, label=audience)

    def label(self, kind: str, id: Any) -> str:
        """The words for an id of a kind ("standards", "themes" …); an id not declared stays as it is."""
        if id is None or (isinstance(id, float) and np.isnan(id)):
            return ""
        item = self._section(kind).get(str(id))
        return item.label if item is not None else str(id)

    def is_open(self, kind: str) -> bool:
        """True where names of the kind that the profile does not list are kept as they are."""
        return kind in self.open_lists

    def is_ungraded(self, text: Any) -> bool:
        """True where the text says that no grade was given (N/A, not graded …)."""
        return fold(text) in {fold(w) for w in self.ungraded_words}

    def _section(self, kind: str) -> dict[str, Any]:
        if kind not in SECTIONS:
            raise KeyError(f"'{kind}' is no section of a profile; use one of {', '.join(SECTIONS)}")
        return self.grade_scale if kind == "grades" else getattr(self, kind)


def _item_model(field) -> type[_Item] | None:
    args = get_args(field.annotation)
    is_section = get_origin(field.annotation) is dict and isinstance(args[1], type) and issubclass(args[1], _Item)
    return args[1] if is_section else None


SECTIONS: dict[str, type[_Item]] = {
    field.alias or name: model for name, field in Profile.model_fields.items() if (model := _item_model(field))
}


# ---------------------------------------------------------------- words and days

def fold(text: Any) -> str:
    """The text as look-ups compare it: lower case, single spaces, straight quotes and hyphens, no end stops."""
    text = unicodedata.normalize("NFKC", str(text)).replace("’", "'").replace("‘", "'")
    text = re.sub(r"[\u2010-\u2015]", "-", text).casefold()
    return re.sub(r"\s+", " ", text).strip(" .:;,")


def _spellings(item: _Item) -> set[str]:
    published = item.benchmark.model_dump(exclude_none=True).values() if isinstance(item, Indicator) else ()
    return {fold(s) for s in (item.id, item.id.replace("_", " "), item.label, *item.aliases, *published)}


def _day(value: Any) -> dt.date:
    if isinstance(value, dt.datetime):
        return value.date()
    return value if isinstance(value, dt.date) else pd.Timestamp(value).date()


# ---------------------------------------------------------------- reading and merging files

def _fault(file: Path, line: int | None, place: str, text: str) -> tuple[str, int, str, str]:
    """File, line, place inside the file, what is wrong."""
    return (str(file), line or 0, place, text)


def _plain(node, loader, path: tuple, lines: dict, faults: list, file: Path) -> Any:
    """Plain values of a YAML node; notes each place's line and each key written twice."""
    lines.setdefault(path, node.start_mark.line + 1)
    if len(path) > 20:
        faults.append(_fault(file, node.start_mark.line + 1, _place(path), "nested too deeply"))
        return None
    if isinstance(node, yaml.MappingNode):
        out: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            here, line = (*path, key), key_node.start_mark.line + 1
            if key in out:
                faults.append(_fault(file, line, _place(here),
                                     f"written twice (first in line {lines[here]}); keep one of them"))
            else:
                lines[here] = line
            out[key] = _plain(value_node, loader, here, lines, faults, file)
        return out
    if isinstance(node, yaml.SequenceNode):
        return [_plain(n, loader, (*path, i), lines, faults, file) for i, n in enumerate(node.value)]
    try:
        return loader.construct_object(node, deep=True)
    except (ValueError, yaml.YAMLError):  # 2023-13-01 looks like a date and is none: the model says so later
        return node.value


@lru_cache(maxsize=64)
def _parse(path: Path, changed: int, size: int) -> tuple[dict, dict, tuple]:
    """One file's values, the line of each place, and its YAML faults."""
    faults: list = []
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        return {}, {}, (_fault(path, None, "", f"is not UTF-8 text ({error.reason} at byte {error.start}); "
                                               "save it as UTF-8"),)
    loader = None
    try:
        loader = _YAML_LOADER(text)
        node = loader.get_single_node()
        lines: dict = {}
        raw = _plain(node, loader, (), lines, faults, path) if node is not None else None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        said = getattr(error, "problem", None) or str(error)
        return {}, {}, (_fault(path, mark.line + 1 if mark else None, "", f"is not YAML: {said}; check indentation, "
                                                                       "quotes and colons here or one line above"),)
    finally:
        if loader is not None:
            loader.dispose()
    if not isinstance(raw, dict):
        faults.append(_fault(path, 1, "", "holds no keys; a profile begins with name:, label: and extends:"))
        raw = {}
    return raw, lines, tuple(faults)


def _merge(base: Any, over: Any) -> Any:
    """`over` laid on `base`: mappings merge key by key, null removes a key, anything else replaces."""
    if not (isinstance(base, dict) and isinstance(over, dict)):
        return over
    merged = dict(base)
    for key, value in over.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = _merge(merged.get(key), value) if key in merged else _without_nulls(value)
    return merged


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_nulls(v) for k, v in value.items() if v is not None}
    return value


def _path_of(name_or_path: str | Path, beside: Path | None = None) -> Path:
    """The file that a name or a path means; ProfileError with the nearest name where there is none."""
    text = str(name_or_path)
    built_in = FOLDER / f"{text}.yml"
    if re.fullmatch(r"[A-Za-z0-9_]+", text) and built_in.is_file() and text not in _NOT_PROFILES:
        return built_in
    path = Path(text).expanduser()
    if beside is not None and not path.is_absolute():
        path = beside / path
    if path.is_file():
        return path.resolve()
    names = _built_in_names()
    near = _nearest(text, names)
    looked = "" if re.fullmatch(r"[A-Za-z0-9_]+", text) else f" and no file lies at {path}"
    remedy = f" Did you mean '{near}'?" if near else " Give one of these names or the path of a .yml file."
    raise ProfileError(f"profile '{text}' does not exist: it is none of {', '.join(names)}{looked}.{remedy}")


_NOT_PROFILES = ("codebook",)


def _built_in_names() -> list[str]:
    names = sorted(p.stem for p in FOLDER.glob("*.yml") if p.stem not in _NOT_PROFILES)
    return sorted(names, key=lambda n: n != "common")


def _nearest(word: Any, allowed, least: float = 60) -> str | None:
    found = process.extractOne(str(word), list(allowed), scorer=fuzz.ratio, processor=str.casefold, score_cutoff=least)
    return found[0] if found else None


def _gather(path: Path, chain: tuple[Path, ...] = ()) -> tuple[dict, dict, list, tuple[Path, ...]]:
    """The values of a file laid on those it extends; where each place was written; faults; all files read."""
    stat = path.stat()
    raw, lines, found = _parse(path, stat.st_mtime_ns, stat.st_size)
    faults, raw = list(found), dict(raw)
    where = {place: (path, line) for place, line in lines.items()}
    extends, replace = raw.pop("extends", None), raw.pop("replace", None)
    base: dict = {}
    base_where: dict = {}
    files: tuple[Path, ...] = ()
    for parent in _words(extends) or ():
        try:
            parent_path = _path_of(parent, beside=path.parent)
        except ProfileError as error:
            faults.append(_fault(path, lines.get(("extends",)), "extends", str(error)))
            continue
        if parent_path in (*chain, path):
            loop = " → ".join(p.name for p in (*chain, path, parent_path))
            faults.append(_fault(path, lines.get(("extends",)), "extends", f"goes round in a circle: {loop}"))
            continue
        values, places, more, read = _gather(parent_path, (*chain, path))
        base, base_where = _merge(base, values), base_where | places
        faults += [f for f in more if f not in faults]
        files += tuple(f for f in read if f not in files)
    for name in _words(replace) or ():
        if name not in SECTIONS and name not in base:
            faults.append(_fault(path, lines.get(("replace",)), "replace", _not_allowed(name, SECTIONS, "section")))
        base = {k: v for k, v in base.items() if k != name}
    for section in SECTIONS:
        for key, value in (raw.get(section) or {}).items() if isinstance(raw.get(section), dict) else ():
            if value is None and key not in (base.get(section) or {}):
                faults.append(_fault(path, lines.get((section, key)), f"{section}.{key}",
                                     "is set to null to remove it, but no profile extended here has it"
                                     + _hint(key, base.get(section) or {})))
    if isinstance(raw.get("codebook"), str):
        raw["codebook"] = str((path.parent / raw["codebook"]).resolve())
    return _merge(base, raw), base_where | where, faults, (*files, path)


# ---------------------------------------------------------------- faults

def _place(path) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else (f".{part}" if text else str(part))
    return text


def _hint(word: Any, allowed) -> str:
    near = _nearest(word, allowed)
    return f"; did you mean '{near}'?" if near else ""


def _not_allowed(found: Any, allowed, what: str = "value") -> str:
    near, names = _nearest(found, allowed), ", ".join(map(str, allowed))
    return f"'{found}' is no {what} known here" + (f"; did you mean '{near}'?" if near else ".") + f" Allowed: {names}"


def _model_at(path) -> type[BaseModel]:
    """The model that describes the mapping at a place of the file."""
    model: Any = Profile
    for part in path:
        if isinstance(model, type) and issubclass(model, BaseModel):
            field = next((f for n, f in model.model_fields.items() if part in (f.alias or n,)), None)
            model = field.annotation if field else Profile
        else:
            model = get_args(model)[-1] if get_origin(model) is dict else (get_args(model) or (Profile,))[0]
        if get_origin(model) not in (dict, list, tuple, None):  # X | None
            model = next((a for a in get_args(model) if a is not type(None)), Profile)
    return model if isinstance(model, type) and issubclass(model, BaseModel) else Profile


def _keys_of(model: type[BaseModel]) -> list[str]:
    hidden = {"id", "files"} | (set() if model is not Profile else {"name"})
    return [f.alias or n for n, f in model.model_fields.items() if n not in hidden]


def _model_faults(error: ValidationError, prefix: tuple = ()) -> list[tuple[tuple, str]]:
    """Place and words for each fault that the models found."""
    out = []
    for e in error.errors(include_url=False):
        path, kind, found = (*prefix, *e["loc"]), e["type"], e.get("input")
        if kind == "extra_forbidden":
            text = f"'{path[-1]}' is no key known here"
            keys = _keys_of(_model_at(path[:-1]))
            text += (_hint(path[-1], keys) or ".") + f" Allowed: {', '.join(keys)}"
        elif kind == "missing":
            text = "is missing; every entry here needs it"
        elif kind == "literal_error":
            allowed = [a.strip("' ") for a in re.split(r", | or ", e["ctx"]["expected"])]
            text = _not_allowed(found, allowed)
        elif kind == "string_pattern_mismatch":
            text = f"'{found}' is no colour; write # and six digits, e.g. '#12436D' in quotes"
        elif kind.startswith("date"):
            text = f"'{found}' is no date; write year-month-day, e.g. 2023-01-01"
        elif kind.startswith("bool"):
            text = f"'{found}' is neither true nor false"
        elif kind in ("model_type", "dict_type"):
            text = f"found {found!r} where keys and values are needed"
        else:
            text = f"found {found!r}: {e['msg'][0].lower()}{e['msg'][1:]}"
        out.append((path, text))
    return out


def _entries(raw: dict, section: str):
    """Each entry of a section that is a mapping, with its place."""
    items = raw.get(section)
    for key, item in items.items() if isinstance(items, dict) else ():
        if isinstance(item, dict):
            yield (section, key), item


_REFERENCES = {  # section → key → the section that its value must be an id of
    "activities": {"component": "components", "who": "roles", "involves": "roles", "commissioned_by": "forums",
                   "reports": "reports", "forums": "forums", "standards": "standard_sets"},
    "reports": {"forums": "forums", "written_by": "roles"},
    "standards": {"set": "standard_sets"},
    "themes": {"standard": "standards"},
}
_TOP_REFERENCES = {"default_activity": "activities", "standard_set": "standard_sets"}


def _reference_faults(raw: dict) -> list[tuple[tuple, str]]:
    """Values that name something the profile does not declare."""
    out = []

    def check(path: tuple, value: Any, section: str) -> None:
        known = raw.get(section)
        known = known if isinstance(known, dict) else {}
        many = isinstance(value, list)
        for i, name in enumerate(value if many else [value]):
            if isinstance(name, str) and name not in known:
                words = section.replace("_", " ").rstrip("s").replace("activitie", "activity")
                out.append(((*path, i) if many else path,
                            _not_allowed(name, known or ["(none declared)"], words + f" of `{section}`")))

    for section, keys in _REFERENCES.items():
        for path, item in _entries(raw, section):
            for key, target in keys.items():
                if key in item:
                    check((*path, key), item[key], target)
    for key, target in _TOP_REFERENCES.items():
        if key in raw:
            check((key,), raw[key], target)
    for path, item in _entries(raw, "activities"):
        if isinstance(item.get("expected"), dict) and "services" in item["expected"]:
            check((*path, "expected", "services"), item["expected"]["services"], "services")
    for code, label in (raw.get("numeric_grades") or {}).items() if isinstance(raw.get("numeric_grades"), dict) else ():
        check(("numeric_grades", code), label, "grades")
    for key in raw.get("disclosure") or {} if isinstance(raw.get("disclosure"), dict) else ():
        if key not in get_args(Audience):
            out.append((("disclosure", key), _not_allowed(key, get_args(Audience), "audience")))
    if isinstance(raw.get("codebook"), str) and not Path(raw["codebook"]).is_file():
        out.append((("codebook",), f"no file lies at {raw['codebook']}; give its path from where this file lies"))
    return out


def _alias_faults(raw: dict) -> list[tuple[tuple, str]]:
    """Spellings that would mean two entries of one section."""
    out = []
    for section in SECTIONS:
        seen: dict[str, str] = {}
        for path, item in _entries(raw, section):
            aliases = _words(item.get("aliases")) or []
            given = [(("aliases", i), a) for i, a in enumerate(aliases if isinstance(aliases, list) else [])]
            names = [((), path[1]), ((), path[1].replace("_", " ")), (("label",), item.get("label", path[1])), *given]
            keys = item.get("benchmark") if section == "indicators" else None
            names += [(("benchmark", k), v) for k, v in keys.items()] if isinstance(keys, dict) else []
            for sub, name in names:
                if seen.setdefault(fold(name), path[1]) != path[1]:
                    out.append(((*path, *sub), f"'{name}' already means '{seen[fold(name)]}'; one spelling can't "
                                               "mean two things: take it away from one"))
    words = {fold(w) for w in _words(raw.get("ungraded_words")) or ()}
    for path, item in _entries(raw, "grades"):
        for i, alias in enumerate(_words(item.get("aliases")) or ()):
            if fold(alias) in words:
                out.append(((*path, "aliases", i), f"'{alias}' is also in ungraded_words; keep it in one"))
    return out


def _date_faults(raw: dict) -> list[tuple[tuple, str]]:
    """Entries that end before they begin, and dated changes that do not fit."""
    out = []
    spans = [(path, item) for section in SECTIONS for path, item in _entries(raw, section)]
    overall = [((*path, "overall_grade"), item.get("overall_grade")) for path, item in _entries(raw, "standard_sets")]
    for path, item in [*spans, *overall]:
        if not isinstance(item, dict):
            continue
        first, last = item.get("from"), item.get("to")
        if isinstance(first, dt.date) and isinstance(last, dt.date) and first > last:
            out.append(((*path, "to"), f"ends on {last} before it begins on {first}; swap or correct the dates"))
    for path, item in spans:
        changes = item.get("changes")
        model = SECTIONS[path[0]]
        for i, change in enumerate(changes if isinstance(changes, list) else ()):
            here = (*path, "changes", i)
            if not isinstance(change, dict) or not isinstance(change.get("from"), dt.date):
                out.append((here, "a change needs the day `from:` which it holds, and the keys that change"))
                continue
            later = _merge({k: v for k, v in item.items() if k != "changes"},
                           {k: v for k, v in change.items() if k != "from"})
            try:
                model.model_validate(later)
            except ValidationError as error:
                changed = [f for f in _model_faults(error, path) if f[0][2] in change]
                out += [((*here, *place[2:]), text) for place, text in changed]
    return out


def _filled(raw: dict) -> dict:
    """The values with short forms written out: `Name: [aliases]`, `id: Label`; ids and labels from the keys."""
    out = dict(raw)
    for section in SECTIONS:
        items = raw.get(section)
        if isinstance(items, list):
            continue  # the model says that keys are needed
        if isinstance(items, dict):
            full = {}
            for key, item in items.items():
                if isinstance(item, list):
                    item = {"aliases": item}
                elif isinstance(item, str):
                    item = {"label": item}
                full[key] = {"label": key, **item, "id": key} if isinstance(item, dict) else item
            out[section] = full
    return out


def _message(path: Path, faults: list[tuple]) -> str:
    lines = [f"profile {path.name} ({path}) can't be used; {len(faults)} fault{'s' if len(faults) > 1 else ''} found:"]
    for file, line, place, text in sorted(set(faults)):
        at = f"{Path(file).name}" + (f", line {line}" if line else "")
        lines.append(f"  {at}: {place + ': ' if place else ''}{text}")
    return "\n".join(lines)


@lru_cache(maxsize=64)
def _build(path: Path, stamps: tuple) -> Profile:
    raw, where, faults, files = _gather(path)
    raw = _filled(raw) | {"files": [str(f) for f in files]}
    raw.setdefault("name", path.stem)
    found = _reference_faults(raw) + _alias_faults(raw) + _date_faults(raw)
    profile = None
    try:
        profile = Profile.model_validate(raw)
    except ValidationError as error:
        found = _model_faults(error) + found
    for place, text in found:
        known = next((where[place[:n]] for n in range(len(place), 0, -1) if place[:n] in where), (path, None))
        faults.append(_fault(known[0], known[1], _place(place), text))
    if faults or profile is None:
        raise ProfileError(_message(path, list(dict.fromkeys(faults))))
    return profile


def _stamps(path: Path, seen: tuple = ()) -> tuple:
    """Path, time and size of a profile's file and of all that it extends: what a kept copy stands for."""
    stat = path.stat()
    out = ((str(path), stat.st_mtime_ns, stat.st_size),)
    raw = _parse(path, stat.st_mtime_ns, stat.st_size)[0]
    for parent in _words(raw.get("extends")) or ():
        try:
            parent_path = _path_of(parent, beside=path.parent)
        except ProfileError:
            continue
        if parent_path not in (*seen, path):
            out += _stamps(parent_path, (*seen, path))
    return out


def load_profile(name_or_path: str | Path, on: Any = None) -> Profile:
    """The checked profile of that name, or of that file; with `on`, as it stood on that day.

    Raises ProfileError once with every fault of the file and of those it extends: file, line, place inside the file,
    what was found, what is allowed, and the nearest right word.
    """
    path = _path_of(name_or_path)
    profile = _build(path, _stamps(path))
    return profile if on is None else profile.on(on)
