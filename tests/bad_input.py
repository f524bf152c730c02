"""Data folders as bad as they come, made of the example: long names, many places, next to nothing, foreign letters, many rows."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

import qa_analysis as qa
from qa_analysis.schema import TABLES

ROOT = Path(__file__).resolve().parents[1]
LONG_TEAM = "Complex Safeguarding, Exploitation and Missing from Home Partnership Team for the Northern Localities, number"
LONG_WORD = "Kindeswohlgefährdungseinschätzungsverfahrenskoordinatorin"
LONG_SERVICE = "Permanence, Adoption, Special Guardianship and Life-long Links Service of the whole Authority and its Partners"
FOREIGN_TEAM = "فريق حماية الطفل 👩🏽‍👧 צוות הגנה"
FOREIGN_TEXT = "قال الطفل إنه يشعر بالأمان الآن 😀👍🏽 <b>und</b> 「声」 & \"ok\" ʼˇ ⅓"
PROFILE = f"""
name: bad_input
extends: manchester
services:
  Permanence: null
  {LONG_SERVICE}: [Permanence]
standards:
  chronologies: {{label: "Chronologies that are up to date, analytical, proportionate and of use to whoever reads them next"}}
"""
WORKED_OUT = ("findings",)  # of other tables, when they are read
Tables = dict[str, pd.DataFrame]


def bad_folder(case: str, folder: Path) -> dict[str, Any]:
    """The parameters of a notebook whose `data` (and `profile`) lie in the folder, written for the case of that name."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = CASES[case]({name: table.copy() for name, table in _example().items()})
    for name, table in tables.items():
        if len(table):
            _flat(table).to_csv(folder / f"{name}.csv", index=False)
    if case != "long names":
        return {"data": str(folder)}
    profile = folder.parent / f"{folder.name}.yml"
    profile.write_text(PROFILE, encoding="utf-8")
    return {"data": str(folder), "profile": str(profile)}


@cache
def _example() -> Tables:
    data = qa.load(ROOT / "data" / "example", "manchester", store=None)
    tables = {name: getattr(data, name) for name in TABLES if getattr(data, name, None) is not None}
    return {name: table for name, table in tables.items() if name not in WORKED_OUT}


def _flat(table: pd.DataFrame) -> pd.DataFrame:
    """The columns of a data file: without where a row came from, lists joined."""
    table = table.drop(columns=["source_file", "source_row", "is_moderated", "grade"], errors="ignore")
    lists = [c for c in table if table[c].map(lambda v: isinstance(v, (list, tuple))).any()]
    return table.assign(**{c: table[c].map(lambda v: "; ".join(v) if isinstance(v, (list, tuple)) else v) for c in lists})


def _renamed(tables: Tables, name: Callable[[str, int], str], *columns: str) -> Tables:
    """Each value of these columns under another name, the same in every table."""
    known: dict[str, str] = {}
    for table in tables.values():
        for column in [c for c in columns if c in table]:
            values = table[column].astype(object)
            for value in values.dropna().unique():
                known.setdefault(value, name(value, len(known) + 1))
            table[column] = values.map(known)
    return tables


def _all_text(tables: Tables, text: str) -> Tables:
    for table, column in (("audits", "strengths"), ("audits", "improvements"), ("actions", "action"),
                          ("feedback", "comment"), ("ratings", "evidence")):
        if column in tables[table]:
            tables[table][column] = tables[table][column].astype(object).where(tables[table][column].isna(), text)
    return tables


def long_names(tables: Tables) -> Tables:
    tables = _renamed(tables, lambda value, i: f"{LONG_TEAM} {i}", "team")
    return _renamed(tables, lambda value, i: f"{LONG_WORD} {value}", "auditor", "worker", "manager", "team_manager", "owner",
                    "moderator")


def sixty_teams(tables: Tables) -> Tables:
    """Sixty teams of one service over 36 months: each audit's team is its number's."""
    for name, table in tables.items():
        if {"service", "team"} <= set(table) and name != "establishment":
            table["service"] = "Locality Social Work"
            table["team"] = [f"Team {i % 60 + 1}" for i in range(len(table))]
    months = tables["establishment"]["period"].drop_duplicates()
    tables["establishment"] = pd.DataFrame(
        [{"period": m, "service": "Locality Social Work", "locality": "North", "team": f"Team {i}", "n_team_managers": 1}
         for m in months for i in range(1, 61)]
    )
    return tables


def one_audit(tables: Tables) -> Tables:
    audits = tables["audits"]
    there = audits[audits["audit_date"].between("2019-09-01", "2019-09-30") & audits["overall_grade"].notna()]
    only = there[there["activity"].eq("file_audit")].head(1)
    return {"audits": only, "ratings": tables["ratings"][tables["ratings"]["audit_id"].isin(only["audit_id"])]}


def no_audits(tables: Tables) -> Tables:
    return {name: table for name, table in tables.items() if name not in ("audits", "ratings", "moderations")}


def no_grades(tables: Tables) -> Tables:
    tables["audits"]["overall_grade"] = None
    tables["ratings"]["grade_given"] = None
    for column in [c for c in tables["moderations"] if "grade" in c]:
        tables["moderations"][column] = None
    return tables


def foreign_letters(tables: Tables) -> Tables:
    tables = _renamed(tables, lambda value, i: f"{FOREIGN_TEAM} {i}", "team")
    tables = _renamed(tables, lambda value, i: f"ليلى {value} 👩‍⚕️", "auditor", "worker", "manager", "team_manager", "owner",
                      "moderator")
    return _all_text(tables, FOREIGN_TEXT)


def many_rows(tables: Tables) -> Tables:
    """Two thousand urgent actions that are open, all of which the edition for supervision lists."""
    one = tables["actions"].head(1)
    many = pd.concat([one] * 2000, ignore_index=True)
    many = many.assign(action_id=[f"A{i:04}" for i in range(2000)], audit_id=None, completed=pd.NaT, status="open",
                       urgent="yes", raised=pd.Timestamp("2019-08-01"), due=pd.Timestamp("2019-09-01"))
    tables["actions"] = many
    return tables


CASES: dict[str, Callable[[Tables], Tables]] = {
    "long names": long_names, "sixty teams": sixty_teams, "one audit": one_audit, "no audits": no_audits,
    "no grades": no_grades, "foreign letters": foreign_letters, "many rows": many_rows,
}
