"""What a report is about: its data narrowed to one place, its period, its profile, and what its readers may see."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from qa_analysis import scope
from qa_analysis.disclosure import AUDIENCES, suppress_counts, suppress_shares
from qa_analysis.errors import UserError
from qa_analysis.loading import load
from qa_analysis.periods import Period, parse_period
from qa_analysis.profile import load_profile
from qa_analysis.profile_model import Disclosure, Profile

PROJECT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, eq=False)
class Report:
    """The setting of one report; two are the same only if they are one.

    `data` is narrowed to the place, `whole` is the authority's; `rule` says what the audience may see. Cases and people
    are keyed already unless the audience may see them, so no section can show them by mistake.
    """

    data: Any
    whole: Any
    profile: Profile
    period: Period
    audience: str
    rule: Disclosure
    place: dict[str, str] = field(default_factory=dict)

    @property
    def where(self) -> str:
        """The place in words: "all services", or "Fostering, North"."""
        return ", ".join(self.place.values()) or ("all services" if self.has_services else "all places")

    @property
    def has_services(self) -> bool:
        """False where audits are recorded and none of them names a service, as inspections of authorities do."""
        audits = self.whole.audits
        return not len(audits) or bool(audits["service"].notna().any())

    @property
    def when(self) -> str:
        return self.period.name

    @property
    def year(self) -> Period:
        """The twelve months that end with the period (or the period itself where it is longer)."""
        return self.period if self.period.kind == "all" or self.period.n_months >= 12 else self.period.last_months(12)

    @property
    def most_listed(self) -> int:
        """How many rows of a list of cases or of work are shown: a year's report shows where to begin, each month's its own."""
        return 40 if self.period.n_months < 12 else 20

    def in_period(self, table: pd.DataFrame, date: str, period: Period | None = None) -> pd.DataFrame:
        """The rows dated in the period."""
        return table[(period or self.period).holds(table[date])]

    def shares(self, table: pd.DataFrame, lines=(), **more) -> pd.DataFrame:
        """A table of shares as this audience may see it."""
        return suppress_shares(table, self.rule.smallest_count, lines=lines if self.rule.secondary else (), **more)

    def changes(self, table: pd.DataFrame, end: str = "") -> pd.DataFrame:
        """A table of changes as this audience may see it: hidden where the numbers now or then are small.

        Hidden rows lose their figures and read "too few", so that a verdict does not give away what was withheld.
        `end` names a second set of change columns (`share_before_12_months`, …).
        """
        out, least = table.copy(), self.rule.smallest_count
        hidden = pd.Series(False, index=out.index)
        for share, n in (("share", "n"), (f"share_before{end}", f"n_before{end}")):
            count = (out[share] * out[n]).round()
            for small in (count, out[n] - count, out[n]):
                hidden |= small.gt(0) & small.lt(least)
        stems = ("share", "difference", "count", "n", "superiority", "p_", "net_")
        for column in [c for c in out if c.startswith(stems) and pd.api.types.is_numeric_dtype(out[c])]:
            out[column] = out[column].astype(float).mask(hidden)
        for column in [c for c in out if c.startswith("verdict")]:
            out[column] = out[column].astype(object).mask(hidden, "too few")
        return out.assign(suppressed=hidden)

    def counts(self, table: pd.DataFrame, lines=((),), **more) -> pd.DataFrame:
        """A table of counts as this audience may see it."""
        return suppress_counts(table, self.rule.smallest_count, lines=lines if self.rule.secondary else (), **more)


def find_folder(folder: str | Path) -> Path:
    """The data folder: as given, else below the project, so that a notebook runs from any folder."""
    folder = Path(folder)
    return folder if folder.exists() or folder.is_absolute() or not (PROJECT / folder).exists() else PROJECT / folder


def open_report(
    data: str | Path = "data/example",
    profile: str = "common",
    period: str = "all",
    audience: str = "team",
    *,
    service: str = "",
    locality: str = "",
    team: str = "",
) -> Report:
    """Load the data and set the report up. Raises UserError for anything that can't be used.

    `period` may hold no audits: the report then says so. `audience` is supervision, team, board or public.
    """
    if audience not in AUDIENCES:
        raise UserError(f"audience '{audience}' is not known. Use {', '.join(AUDIENCES)}.")
    framework = load_profile(profile)
    span = parse_period(period, framework.calendar.first_month)
    whole = load(find_folder(data), profile=profile, audience=audience)
    named = {
        place: scope.find_place(whole, place, text)
        for place, text in (("service", service), ("locality", locality), ("team", team))
        if text
    }
    return Report(
        data=scope.narrow(whole, **named),
        whole=whole,
        profile=framework,
        period=span,
        audience=audience,
        rule=_rule(framework, audience, span.end),
        place=named,
    )


def _rule(profile: Profile, audience: str, day: pd.Timestamp) -> Disclosure:
    """What the audience may see on that day; without a rule of the profile, the strictest there is."""
    rules = profile.on(day).disclosure
    return rules.get(audience) or Disclosure(id=audience, label=audience)
