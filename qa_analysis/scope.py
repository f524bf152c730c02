"""Narrow all tables to one service, locality or team, and say what period the data cover."""

from __future__ import annotations

import dataclasses
import difflib

import pandas as pd

from qa_analysis.errors import UserError
from qa_analysis.periods import Period
from qa_analysis.profile import fold

PLACES = ("service", "locality", "team")
_SECTION_OF = {"service": "services", "locality": "localities"}
DATE_OF = {"audits": "audit_date", "actions": "raised", "feedback": "date", "samples": "frame_date", "answers": "answered"}
_CHILDREN_OF_AUDITS = ("ratings", "moderations", "findings")


def narrow(data, *, service: str = "", locality: str = "", team: str = ""):
    """The same data for one service, locality or team (any combination); other tables are left whole.

    Tables with the place's column keep its rows; ratings, moderations and findings follow their audits.
    Raises UserError naming the places there are.
    """
    wanted = {k: v for k, v in {"service": service, "locality": locality, "team": team}.items() if v}
    if not wanted:
        return data
    wanted = {place: find_place(data, place, text) for place, text in wanted.items()}
    tables = dict(data.tables)
    for name, table in tables.items():
        if here := [place for place in wanted if place in table.columns]:
            keep = pd.Series(True, index=table.index)
            for place in here:
                keep &= table[place].eq(wanted[place]).fillna(False).astype(bool)
            tables[name] = table[keep]
    audits = tables["audits"]["audit_id"]
    for name in _CHILDREN_OF_AUDITS:
        tables[name] = tables[name][tables[name]["audit_id"].isin(audits)]
    return dataclasses.replace(data, tables=tables)


def places(data, place: str) -> list[str]:
    """The services, localities or teams that occur, in the profile's order where it has one, else by name."""
    found = set()
    for name in ("audits", "actions", "establishment"):
        table = getattr(data, name)
        if place in table.columns:
            found |= set(table[place].dropna().astype(str))
    declared = [] if place == "team" else [p.label for p in getattr(data.profile, _SECTION_OF[place]).values()]
    return [p for p in declared if p in found] + sorted(found - set(declared))


def find_place(data, place: str, text: str) -> str:
    """The label of the service, locality or team that `text` names, by label, id or alias, whatever its case."""
    there = places(data, place)
    label = text if place == "team" else data.profile.lookup(_SECTION_OF[place]).get(fold(text), text)
    by_case = {p.casefold(): p for p in there}
    if label.casefold() in by_case:
        return by_case[label.casefold()]
    close = difflib.get_close_matches(text.casefold(), list(by_case), n=1, cutoff=0.5)
    hint = f" Did you mean '{by_case[close[0]]}'?" if close else ""
    raise UserError(f"{place} '{text}' is not in the data.{hint} There are: {', '.join(there) or 'none'}.")


def span(data) -> tuple[pd.Timestamp, pd.Timestamp] | None:
    """First and last day on which anything was audited, raised or received; None where the data hold no date."""
    days = pd.concat([getattr(data, name)[column] for name, column in DATE_OF.items()]).dropna()
    return (days.min(), days.max()) if len(days) else None


def check_period(data, period: Period) -> None:
    """Raises UserError where the period lies wholly outside the data; an empty period inside them is fine."""
    covered = span(data)
    if covered is None:
        raise UserError("The data hold no dated audit, action, feedback or sample, so there is no period to report. "
                        "`qa check --data DIR` lists what was found and what was set aside.")
    first, last = covered
    if period.end < first or period.start > last:
        raise UserError(f"period '{period.text}' lies outside the data, which run from {first:%Y-%m-%d} to "
                        f"{last:%Y-%m-%d}. Choose a period between {first:%Y-%m} and {last:%Y-%m}.")
