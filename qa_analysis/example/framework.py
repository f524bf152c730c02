"""What the invented authority takes from a profile: services, places, standards, grades, activities, themes."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Named:
    """One entry of a profile: its id, its label and the other ways in which people write it."""

    id: str
    label: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Framework:
    """The parts of a profile that invented tables need; `grades` run from worst to best."""

    grades: tuple[Named, ...]
    services: tuple[Named, ...]
    localities: tuple[Named, ...]
    standards: tuple[Named, ...]
    themes: tuple[Named, ...]
    activities: dict[str, Named]
    graded: frozenset[str]
    source: str = "built in"
    indicators: tuple[Named, ...] = field(default=())


def _named(*rows: tuple) -> tuple[Named, ...]:
    return tuple(Named(id_, label, tuple(aliases)) for id_, label, *aliases in rows)


KINDS = ("file_audit", "learning_audit", "observation", "supervision_audit", "multi_agency_audit", "thematic_audit")

GRADES = _named(
    ("Inadequate", "Inadequate", "Inad", "IA"),
    ("Requires improvement to be good", "Requires improvement to be good", "RI", "Requires improvement"),
    ("Good", "Good", "G"),
    ("Outstanding", "Outstanding", "O", "OS"),
)
THEMES = _named(
    ("assessment", "Assessment and analysis", "Assessment"),
    ("planning", "Plans and planning", "Planning"),
    ("chronology_recording", "Chronologies and recording", "Chronologies"),
    ("supervision", "Management oversight and supervision", "Mgmt oversight", "Management oversight"),
    ("childs_voice", "The child's voice", "Child's voice", "VoC", "Lived experience"),
    ("family_engagement", "Parents' and carers' engagement", "Parental engagement"),
    ("timeliness", "Timeliness; drift and delay", "Drift and delay", "Drift & delay", "Timeliness"),
    ("risk", "Risk and threshold decisions", "Risk"),
    ("permanence", "Permanence and legal planning", "Permanence"),
    ("placements", "Placements and carers", "Placements"),
    ("care_leavers", "Care leavers"),
    ("health_education", "Health, emotional wellbeing and education", "Health and education"),
    ("partnership", "Partnership working", "Partnership"),
    ("workforce", "Workforce, capacity and skills", "Workforce"),
    ("quality_assurance", "Quality assurance and performance information", "Quality assurance"),
    ("leadership", "Leadership, governance and corporate parenting", "Leadership"),
    ("identity_equality", "Identity, culture and equality", "Identity and culture"),
    ("early_help", "Early help"),
)
BUILT_IN = Framework(
    grades=GRADES,
    services=_named(
        ("locality_social_work", "Locality social work", "Locality SW", "Locality"),
        ("permanence", "Permanence", "Permanence Service", "LAC", "CLA"),
        ("leaving_care", "Leaving care", "16+", "Care Experienced"),
        ("early_help", "Early help", "EH", "Early Help Hub"),
        ("fostering", "Fostering", "Fostering Service"),
        ("complex_safeguarding", "Complex safeguarding", "CSU"),
        ("youth_justice", "Youth justice", "YJ", "YOT", "YOS"),
    ),
    localities=_named(("north", "North"), ("central", "Central"), ("south", "South")),
    standards=_named(
        ("assessment", "Assessment"),
        ("planning", "Planning"),
        ("chronologies", "Chronologies"),
        ("management_supervision", "Management supervision"),
        ("childs_voice", "The child's voice"),
        ("parent_engagement", "Parent/carer engagement"),
    ),
    themes=THEMES,
    activities={
        "file_audit": Named("file_audit", "File audit", ("Case file audit",)),
        "learning_audit": Named("learning_audit", "Learning audit"),
        "observation": Named("observation", "Direct observation"),
        "supervision_audit": Named("supervision_audit", "Supervision audit"),
        "multi_agency_audit": Named("multi_agency_audit", "Multi-agency audit"),
        "thematic_audit": Named("thematic_audit", "Thematic audit"),
    },
    graded=frozenset({"file_audit", "multi_agency_audit", "thematic_audit"}),
)


def framework_of(profile: str | None = None) -> Framework:
    """The framework that invented tables follow; the built-in one until a profile can be read."""
    return BUILT_IN
