"""The truths that are planted in the invented authority, and none others: everything else is noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from qa_analysis.example.framework import Framework
from qa_analysis.example.people import Staff

GRADE_SHARES = (0.08, 0.38, 0.46, 0.08)  # worst to best, random file audits
DONE_RATE = 0.85  # of the audits that are due
DECLINE = 1.1  # standard deviations, reached after RAMP_MONTHS
RAMP_MONTHS = 4
LENIENT_RATE = 0.75  # of this auditor's audits are graded one step too high
PURPOSIVE_SHIFT = -0.8  # standard deviations
THEME_RATE_BEFORE, THEME_RATE_AFTER = 0.02, 0.25  # chance that one improvement item speaks of the emerging theme
PHRASE_RATE = 0.15  # of audits, from the month in which the phrase begins
MISSING_RATE, MISSING_RATE_POOR_TEAM = 0.02, 0.45
NEVER_CLOSED, NEVER_CLOSED_SLOW = 0.05, 0.50
SLOWER = 2.0  # times as long to close in the slow service
MODERATION_RATE = 0.30
MODERATION_UP, MODERATION_DOWN = 0.06, 0.06
REAUDIT_RATE = 0.6
INDICATOR_STEP = 0.10  # proportion added from the month of the special cause
PLACES_TAKEN = 0.84  # of the training places offered
LEARNING_USED, LEARNING_NOT_USED = 0.72, 0.30  # of those asked after a course, of any theme and of the planted one
PROVIDER_MOVES, PROVIDER_SINKS = 0.12, 0.50  # chance to move a grade up, and as much down; of the planted kind to move down
AGENCY_SHARE, AGENCY_SHARE_HERE = 0.14, 0.34  # of social workers, elsewhere and in the planted authority's last two years
PLANS_IN_TIME, PLANS_IN_TIME_HERE = 0.62, 0.28  # of education, health and care plans

# of dip samples: the true share of yes by the question's place, among cases that it applies to; more questions go round
YES_RATES = (0.93, 0.55, 0.90, 0.96, 0.85, 0.90, 0.88, 0.98)
FAILING_QUESTION, IMPROVED_QUESTION = 1, 4  # places; the second improves in the theme of the last sample only
IMPROVED_BEFORE, IMPROVED_AFTER = 0.45, 0.85


@dataclass(frozen=True)
class Plan:
    """Where each truth lies; positions point into the framework or the staff, months into the months made.

    In a plan of pure noise every position is -1 and every month lies beyond the end.
    """

    months: pd.PeriodIndex
    declining_standard: int
    decline_from: int
    lenient_manager: int
    slow_service: int
    emerging_theme: int
    theme_from: int
    phrase_from: int
    skipping_team: int
    skips_from: int
    poor_data_team: int
    special_indicator: str
    indicator_from: int
    noise_only: bool = False
    improved_theme: int = -1
    improved_from: int = -1
    unused_theme: int = -1  # training on it is taken up and not used
    untrained_theme: int = -1  # no course is on it
    sinking_kind: int = -1  # of providers
    sinks_from: int = -1
    is_out_of_step: bool = False  # two published indicators lie far from the neighbours'

    @property
    def extract(self) -> pd.Timestamp:
        """The day on which the exports were drawn: a week after the last month."""
        return self.months[-1].end_time.normalize() + pd.Timedelta(days=7)


def sample_months(months: pd.PeriodIndex) -> pd.PeriodIndex:
    """The months in which a dip sample is drawn: the last of each quarter."""
    return months[months.month % 3 == 0]


def yes_rates(plan: Plan, theme: int, n_questions: int, month: pd.Period) -> np.ndarray:
    """The true share of yes of each question of a theme in a month."""
    rates = np.resize(np.array(YES_RATES), n_questions)
    if theme == plan.improved_theme and n_questions > IMPROVED_QUESTION:
        better = month >= plan.months[plan.improved_from]
        rates[IMPROVED_QUESTION] = IMPROVED_AFTER if better else IMPROVED_BEFORE
    return rates


def _improved(framework: Framework, months: pd.PeriodIndex) -> dict[str, int]:
    """The theme of the last sample and its month, where there is an earlier sample on the theme to improve on."""
    quarters, n_themes = sample_months(months), len(framework.dip_themes)
    if len(quarters) <= n_themes:
        return {}
    last = len(quarters) - 1
    return {"improved_theme": last % n_themes, "improved_from": months.get_loc(quarters[last])}


def _place(entries: tuple, wanted: str, otherwise: int) -> int:
    ids = [e.id for e in entries]
    labels = [e.label.casefold() for e in entries]
    if wanted in ids:
        return ids.index(wanted)
    return labels.index(wanted) if wanted in labels else min(otherwise, len(entries) - 1)


def make_plan(framework: Framework, staff: Staff, months: pd.PeriodIndex, noise_only: bool = False) -> Plan:
    """The plan of planted truths: the thread from 12 months before the end, the others from 4 to 6 before it."""
    n = len(months)
    if noise_only:
        return Plan(months, -1, n, -1, -1, -1, n, n, -1, n, -1, "", n, True)
    slow = _place(framework.services, "permanence", 1)
    free = np.flatnonzero((staff.team_service != slow) & (np.bincount(staff.manager_team) == 2))
    skipping, poor, lenient = (free[i % len(free)] for i in (1, 3, 6))
    return Plan(
        months=months,
        declining_standard=_place(framework.standards, "chronologies", 2),
        decline_from=max(0, n - 11),
        lenient_manager=int(np.flatnonzero(staff.manager_team == lenient)[0]),
        slow_service=slow,
        emerging_theme=_place(framework.themes, "health_education", len(framework.themes) - 1),
        theme_from=max(0, n - 5),
        phrase_from=max(0, n - 4),
        skipping_team=int(skipping),
        skips_from=max(0, n - 6),
        poor_data_team=int(poor),
        special_indicator="rereferrals",
        indicator_from=max(0, n - 5),
        unused_theme=_place(framework.themes, "assessment", 0),
        untrained_theme=_place(framework.themes, "chronology_recording", 2),
        sinking_kind=0,
        sinks_from=max(0, n - 18),
        is_out_of_step=True,
        **_improved(framework, months),
    )
