"""Small clean tables for the parts of the quarter, typed as cleaning types them, and the report that reads them."""

import functools
import re
import warnings

import pandas as pd

from qa_analysis.context import Report
from qa_analysis.example.framework import framework_of
from qa_analysis.example.tidy import as_clean, with_counted_grades
from qa_analysis.issues import COLUMNS
from qa_analysis.loading import Data
from qa_analysis.periods import parse_period
from qa_analysis.profile import load_profile
from qa_analysis.schema import TABLES

ROW_COUNTS = ["source_file", "sheet", "table", "rows_read", "rows_clean", "rows_set_aside", "note"]
CASE = re.compile(r"(?<![\d.])777\d{3}(?!\d)")
PEOPLE = ("Wren Auditor", "Ivy Auditor", "Kit Worker", "Bo Manager")


@functools.lru_cache
def framework(name: str):
    return framework_of(load_profile(name), pd.Timestamp("2019-09-30"))


def tables_of(profile: str, **rows: list[dict]) -> dict[str, pd.DataFrame]:
    """Every table of the schema, clean, empty but for the rows given; grades that count are worked out."""
    own = framework(profile)
    made = {name: as_clean(pd.DataFrame(rows.get(name, [])), name, own) for name in TABLES}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pd.errors.Pandas4Warning)  # of a table without a single moderation
        return with_counted_grades(made, own)


def report(profile: str, period: str = "2019-Q2", audience: str = "supervision", tables: dict | None = None,
           whole: dict | None = None, place: dict | None = None, **rows: list[dict]) -> Report:
    chosen = load_profile(profile)

    def data(found: dict) -> Data:
        return Data(tables=found, issues=pd.DataFrame(columns=COLUMNS), row_counts=pd.DataFrame(columns=ROW_COUNTS),
                    set_aside=pd.DataFrame(), inputs=pd.DataFrame(columns=["file", "sha256", "n_bytes"]), profile=chosen)

    own = tables if tables is not None else tables_of(profile, **rows)
    return Report(data=data(own), whole=data(whole or own), profile=chosen, period=parse_period(period),
                  audience=audience, rule=chosen.disclosure[audience], place=place or {})


def audit(number: int, activity: str, date: str = "2019-08-15", **more) -> dict:
    """One audit with a case and people that no wide report may name."""
    return {"audit_id": str(9000 + number), "activity": activity, "audit_date": pd.Timestamp(date),
            "case_id": str(777000 + number), "auditor": PEOPLE[0], "worker": PEOPLE[2], "manager": PEOPLE[3],
            "service": "Fostering", "team": "Team 1", "selection": "random", **more}


def finding(number: int, kind: str, text: str, item: int = 1) -> dict:
    return {"audit_id": str(9000 + number), "kind": kind, "item_no": item, "text": text}


def assert_gated(section, smallest: int = 6, counts_of_work: tuple[str, ...] = ("coverage", "services")) -> None:
    """No case, person or free text, and no count or remainder under the smallest, in what a wide audience is told.

    Counts of staff's own work, done against due, are shown to everybody and are left out here.
    """
    shown = dict(vars(section))
    for name, table in shown.items():
        if not isinstance(table, pd.DataFrame) or name in counts_of_work:
            continue
        text = table.astype("str").to_csv()
        assert not CASE.search(text), f"a case in {name}"
        assert not any(p in text for p in PEOPLE), f"a person in {name}"
        for column in [c for c in ("count", "n", "n_before", "count_other", "n_other") if c in table]:
            values = pd.to_numeric(table[column], errors="coerce").dropna()
            assert not values.between(1, smallest - 1).any(), f"a small {column} in {name}"
        if {"count", "n", "share"} <= set(table):
            rest = (pd.to_numeric(table["n"]) - pd.to_numeric(table["count"])).dropna()
            assert not rest.between(1, smallest - 1).any(), f"a small remainder in {name}"
    said = " ".join(section.sentences)
    assert not CASE.search(said) and not any(p in said for p in PEOPLE)


def assert_well_said(section) -> None:
    """Whole sentences, none with a missing figure in it."""
    for s in section.sentences:
        assert s[-1] == "." and s[0] == s[0].upper(), s
        assert not re.search(r"\bnan\b|\bNone\b(?! of)|\binf\b|<NA>|not known of", s), s
