"""What a profile may hold, and what it answers: the models that a framework's file is checked against."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import numpy as np
import pandas as pd
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr

MONTHS_PER_ROUND = {
    "monthly": 1, "bi-monthly": 2, "half-termly": 2, "quarterly": 3, "termly": 4, "annual": 12, "as needed": None,
}

Frequency = Literal["monthly", "bi-monthly", "half-termly", "quarterly", "termly", "annual", "as needed"]
Unit = Literal["practitioner", "team_manager", "service_lead", "head_of_service", "team", "service", "locality",
               "authority", "pair"]
Notebook = Literal["monthly_themes", "quarterly_dip_sample", "annual_quality_of_practice", "seven_minute_briefing",
                   "practice_dashboard", "audit_feedback"]
Audience = Literal["supervision", "team", "board", "public"]


def words(value: Any) -> Any:
    """A single word as a list of one; all else as it is."""
    return [value] if isinstance(value, str | int | float) else value


Words = Annotated[tuple[str, ...], BeforeValidator(words)]


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
        day = day_of(day)
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)

    def on(self, day: Any):
        """The entry as it stood on `day`, with its changes up to then; None where it was not in force."""
        if not self.in_force(day):
            return None
        due = [c for c in self.changes if day_of(c["from"]) <= day_of(day)]
        if not due:
            return self
        values = self.model_dump(by_alias=True, exclude={"changes"})
        for change in sorted(due, key=lambda c: day_of(c["from"])):
            values = merge(values, {k: v for k, v in change.items() if k != "from"})
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


class SeenIn(_Part):
    """Where else a standard shows, beside the audits that judge it and the themes that belong to it.

    `standards`: standards of other sets (observation, supervision, inspection areas); `feedback`: items of the feedback
    form, asked of `givers` (all where none is named); `survey`: questions to the workforce; `indicators`.
    """

    standards: Words = ()
    feedback: Words = ()
    givers: Words = ()
    survey: Words = ()
    indicators: Words = ()


class Standard(_Dated):
    """What practice is judged against; `set` is the set that it is audited with.

    `before` is the standard that a grade under this name counts for where it was given before this one was in force.
    `seen_in` says where other evidence on it is found, for triangulation.
    """

    set: str
    before: str | None = None
    definition: str = ""
    parts: Words = ()
    seen_in: SeenIn = SeenIn()


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
    """Where the same measure is published: keys of DfE's LAIT, outcomes and workforce tables, and the year they count.

    `year` is needed only where the package's own list of published years is silent or wrong.
    """

    lait: str | None = None
    outcomes: str | None = None
    workforce: str | None = None
    year: Literal["financial", "academic", "calendar", "september", "january"] | None = None

    @property
    def published(self) -> tuple[str, ...]:
        """The keys there are, the best source first: numerators, then true symbols, then LAIT."""
        return tuple(k for k in (self.outcomes, self.workforce, self.lait) if k)


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


class SampleQuestion(_Part):
    """One question asked of each sampled case: yes, partly, no, not applicable or not known.

    Practice passes where the share of yes is `passes_at` or more; `act_on_no` says that a no needs action now.
    """

    label: str
    guidance: str = ""
    passes_at: float | None = Field(None, ge=0, le=1)
    act_on_no: bool = False


class SampleTheme(_Dated):
    """A theme of dip samples: what it is to answer, of which cases, by which questions, beside which indicators.

    `services` and `plan_types` say which open cases are its frame; none means all.
    """

    asks: str
    activity: str = "dip_sample"
    services: Words = ()
    plan_types: Words = ()
    indicators: Words = ()
    questions: dict[str, SampleQuestion] = Field(min_length=1)


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
    title: str = Field(alias="label")
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
    sample_themes: dict[str, SampleTheme] = {}
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
        span, day = self.standard_sets[set or self.standard_set].overall_grade, day_of(day)
        return (span.exists and bool(self.grade_scale) and (span.valid_from is None or span.valid_from <= day)
                and (span.valid_to is None or day <= span.valid_to))

    def on(self, day: Any) -> Profile:
        """The profile as it stood on `day`: entries not in force are left out, dated changes are made.

        Standards keep all their dates, because a trend looks back: ask `standards_on` for one day's.
        """
        then = {name: {i: now for i, item in getattr(self, name).items() if (now := item.on(day)) is not None}
                for name in ("activities", "indicators", "reports", "sample_themes", "disclosure", "timescales", "ambitions")}
        copy = self.model_copy(update=then)
        copy._lookups = {}  # a copy shares private values, and these were gathered from all entries
        return copy

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


def fold(text: Any) -> str:
    """The text as look-ups compare it: lower case, single spaces, straight quotes and hyphens, no end stops."""
    text = unicodedata.normalize("NFKC", str(text)).replace("’", "'").replace("‘", "'")
    text = re.sub(r"[\u2010-\u2015]", "-", text).casefold()
    return re.sub(r"\s+", " ", text).strip(" .:;,")


def _spellings(item: _Item) -> set[str]:
    published = item.benchmark.published if isinstance(item, Indicator) else ()
    return {fold(s) for s in (item.id, item.id.replace("_", " "), item.label, *item.aliases, *published)}


def day_of(value: Any) -> dt.date:
    """The day that a date, a timestamp or a text such as 2023-01-31 names."""
    if isinstance(value, dt.datetime):
        return value.date()
    return value if isinstance(value, dt.date) else pd.Timestamp(value).date()


def merge(base: Any, over: Any) -> Any:
    """`over` laid on `base`: mappings merge key by key, null removes a key, anything else replaces."""
    if not (isinstance(base, dict) and isinstance(over, dict)):
        return over
    merged = dict(base)
    for key, value in over.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge(merged.get(key), value) if key in merged else _without_nulls(value)
    return merged


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_nulls(v) for k, v in value.items() if v is not None}
    return value
