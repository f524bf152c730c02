"""What the invented authority takes from a profile: services, places, standards, grades, activities, themes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from qa_analysis.profile import fold, load_profile


@dataclass(frozen=True)
class Named:
    """One entry of a profile: its id, its label and the other ways in which people write it."""

    id: str
    label: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Work:
    """One activity that audits record: graded or not, and against which standards."""

    id: str
    label: str
    aliases: tuple[str, ...]
    graded: bool
    standards: tuple[Named, ...]


@dataclass(frozen=True)
class DipQuestion:
    """One question of a dip sample, with its pass mark and whether a no needs action now."""

    id: str
    label: str
    guidance: str = ""
    passes_at: float | None = 0.8
    act_on_no: bool = False


@dataclass(frozen=True)
class DipTheme:
    """A theme of dip samples: what it asks, of which services (none: all), beside which indicators."""

    label: str
    asks: str
    services: tuple[str, ...]
    indicators: tuple[str, ...]
    questions: tuple[DipQuestion, ...]


@dataclass(frozen=True)
class Framework:
    """The parts of a profile that invented tables need; `grades` run from worst to best, `standards` are those of
    file audits, `activities` go by the kind of work that they stand for."""

    name: str
    grades: tuple[Named, ...]
    services: tuple[Named, ...]
    localities: tuple[Named, ...]
    standards: tuple[Named, ...]
    themes: tuple[Named, ...]
    activities: dict[str, Work]
    dip_sample: str
    indicators: dict[str, Named]
    elements: tuple[str, ...]
    dip_themes: tuple[DipTheme, ...]


# Which activity of a profile stands for which kind of invented work: the first that fits.
_KINDS: dict[str, Callable[[Any], bool]] = {
    "learning_audit": lambda a: a.kind == "audit" and not a.graded and a.independent,
    "observation": lambda a: a.kind == "observation" and "team_manager" in a.who,
    "lead_observation": lambda a: a.kind == "observation" and "service_lead" in a.who,
    "supervision_audit": lambda a: a.kind == "supervision" and a.months_per_round is not None,
    "multi_agency_audit": lambda a: a.audit_type == "multi-agency",
    "thematic_audit": lambda a: a.kind == "audit" and a.audit_type == "thematic" and a.months_per_round is None,
    "yearly_audit": lambda a: a.kind == "audit" and a.audit_type == "thematic" and a.frequency == "annual",
}
ELEMENTS = (
    "mapping",
    "danger_statement",
    "safety_goals",
    "three_houses",
    "words_and_pictures",
    "network",
    "safety_plan",
    "scaling",
)


# for a profile that names no theme of its own
DIP_THEME = DipTheme(
    "Plans that are followed",
    "Do children have a plan that is followed?",
    (),
    (),
    tuple(
        DipQuestion(f"Q{i}", label, passes_at=mark, act_on_no=i == 3)
        for i, (label, mark) in enumerate(
            (
                ("Is there a plan?", 0.9),
                ("Is the child's voice present?", 0.8),
                ("Was the child seen?", 0.9),
                ("Is there a lead worker?", 0.8),
                ("Was the plan reviewed in time?", 0.8),
                ("Is the father included?", 0.8),
                ("Do partners know the plan?", 0.8),
                ("Is consent recorded?", 0.9),
            ),
            1,
        )
    ),
)


def framework_of(profile: Any, day: pd.Timestamp) -> Framework:
    """What a profile (its name, its file or itself) says on a day; grades and services it lacks are the common ones."""
    chosen = profile if hasattr(profile, "activities") else load_profile(profile or "common")
    common = load_profile("common")
    graded = bool(chosen.grades)

    def named(items) -> tuple[Named, ...]:
        return tuple(Named(i.id, i.label, tuple(i.aliases)) for i in items)

    def work(activity: Any) -> Work:
        standards = named(chosen.standards_on(day, activity.standards)) if graded else ()
        return Work(activity.id, activity.label, tuple(activity.aliases), graded and activity.graded, standards)

    recorded = [a for a in chosen.activities.values() if a.recorded_in == "audits"]
    activities = {"file_audit": work(chosen.activities[chosen.default_activity])}
    for kind, fits in _KINDS.items():
        found = next((a for a in recorded if fits(a) and a.id != chosen.default_activity), None)
        if found is not None and found.id not in {w.id for w in activities.values()}:
            activities[kind] = work(found)
    dip = next((a.id for a in chosen.activities.values() if a.kind == "dip_sample"), "")
    return Framework(
        name=chosen.name,
        grades=named(reversed(chosen.grades or common.grades)),
        services=named((chosen.services or common.services).values()),
        localities=named(chosen.localities.values()),
        standards=activities["file_audit"].standards,
        themes=named(t for t in chosen.themes.values() if t.id != "other"),
        activities=activities,
        dip_sample=dip,
        indicators={i.id: Named(i.id, i.label) for i in chosen.indicators.values()},
        elements=tuple(chosen.practice_elements) or ELEMENTS,
        dip_themes=_dip_themes(chosen) or (DIP_THEME,),
    )


def _dip_themes(profile: Any) -> tuple[DipTheme, ...]:
    known = profile.lookup("services")
    return tuple(
        DipTheme(
            theme.label,
            theme.asks,
            tuple(known.get(fold(s), s) for s in theme.services),
            tuple(theme.indicators),
            tuple(
                DipQuestion(id, q.label, q.guidance, q.passes_at, q.act_on_no) for id, q in theme.questions.items()
            ),
        )
        for theme in profile.sample_themes.values()
    )
