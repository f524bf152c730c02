"""Turns true tables into what people export: other headers, spoilt cells, pasted copies, forms sent twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from qa_analysis.example import mess
from qa_analysis.example.chance import rng_for
from qa_analysis.example.framework import Framework
from qa_analysis.example.headings import HEADERS
from qa_analysis.schema import TABLES

PASTED_TWICE, SENT_TWICE = 0.005, 0.006  # shares of rows
SELF_MODERATED, MODERATED_BEFORE, DONE_BEFORE, OVERBOOKED = 0.012, 0.012, 0.003, 0.008
PLANTED = ("table", "file", "source_row", "column", "key", "kind", "written", "truth", "readable")

# tables that programs write: nothing in them is spoilt
TIDY = ("establishment", "cases", "samples", "sampled_cases", "questions", "survey", "neighbours", "indicators")


@dataclass(frozen=True)
class Export:
    """One table as exported: `cells` by our column names in the order of the file, where it was spoilt, and for each
    row of the file the true row behind it and whether it is an older form ("older") or a pasted copy ("copy")."""

    name: str
    cells: pd.DataFrame
    planted: pd.DataFrame
    source: np.ndarray
    repeat: np.ndarray


def make_export(
    table: pd.DataFrame,
    name: str,
    framework: Framework,
    seed: int,
    messy: bool = True,
    audits: pd.DataFrame | None = None,
) -> Export:
    """The rows of one true table as they would be exported, with a log of every planted fault."""
    rng = rng_for(seed, f"mess {name}")
    headers = HEADERS[name]
    messy = messy and name not in TIDY
    told = table
    table, logs = _impossible_orders(table, name, rng, audits) if messy else (table, [])
    cells = {}
    for column in headers:
        cells[column], log = _column(
            table[column], TABLES[name].column(column).kind, name, column, framework, rng, messy
        )
        if messy and name == "audits" and column == "overall_grade" and "is_moderated" in table:
            upheld = (table["is_moderated"] & (table["grade"] == table["overall_grade"])).to_numpy(dtype=bool)
            cells[column], more = mess.moderated_cells(cells[column], rng, upheld, log)
            log = pd.concat([log, more])
        if len(log):
            logs.append(log.assign(column=column))
    frame = pd.DataFrame(cells, dtype=object)
    if name == "indicators":
        frame["value"] = frame["value"].where(table["symbol"].isna().to_numpy(), table["symbol"].to_numpy(dtype=object))
    key = _key(table, name)
    log = (
        pd.concat(logs, ignore_index=True) if logs else pd.DataFrame(columns=["position", "kind", "readable", "column"])
    )
    at = log["position"].to_numpy(dtype=int)
    log["key"], log["written"] = key[at], _at(frame, at, log["column"])
    log["truth"] = [None if x is None else str(x) for x in _at(told, at, log["column"])]
    source, repeat = _repeats(len(frame), name, rng) if messy else (np.arange(len(frame)), np.full(len(frame), ""))
    place = np.empty(len(frame), dtype=int)
    place[source[repeat == ""]] = np.flatnonzero(repeat == "")
    log["position"] = place[at]
    again = pd.concat(
        [
            mess.log(np.flatnonzero(repeat == r), kind, True)
            for r, kind in (("older", "form sent again"), ("copy", "row pasted twice"))
        ],
        ignore_index=True,
    )
    again = again.assign(column="", key=key[source[again["position"].to_numpy(dtype=int)]], written=None, truth=None)
    cells = frame.iloc[source].reset_index(drop=True)
    if name == "audits":
        cells.loc[repeat == "older", "improvements"] = "To follow"
        cells.loc[repeat == "older", ["overall_grade", "improvement_themes"]] = None
    planted = pd.concat([log, again], ignore_index=True).sort_values("position", kind="stable", ignore_index=True)
    planted["readable"] = planted["readable"].astype(bool)
    return Export(name, cells, planted, source, repeat)


def _objects(values: pd.Series) -> np.ndarray:
    """The cells as Python objects; None where missing."""
    out = values.astype(object).to_numpy(copy=True)
    out[values.isna().to_numpy()] = None
    return out


def _at(frame: pd.DataFrame, rows: np.ndarray, columns: pd.Series) -> np.ndarray:
    """The cell of each row in the column named beside it."""
    out = np.full(len(rows), None, dtype=object)
    for column in pd.unique(columns):
        hit = (columns == column).to_numpy()
        out[hit] = _objects(frame[column].iloc[rows[hit]])
    return out


def _key(table: pd.DataFrame, name: str) -> np.ndarray:
    """What tells a row from the others, in words."""
    parts = [
        pd.Series(_objects(table[c])).fillna("").astype(str)
        for c in TABLES[name].key
        if "date" not in c and c != "period"
    ]
    out = parts[0]
    for part in parts[1:]:
        out = out + "|" + part
    return out.to_numpy(dtype=object)


def _column(values: pd.Series, kind: str, name: str, column: str, framework: Framework, rng, messy: bool):
    if kind == "date":
        form = "iso" if not messy else "month first" if name == "feedback" else "day first"
        return mess.date_cells(values, rng, form, spoil=messy and name != "feedback")
    if kind in ("number", "integer"):
        cells = _number_cells(values)
        return mess.typed_number_cells(cells, rng) if messy and name == "training" else (cells, mess.no_log())
    cells = _objects(values)
    if kind in ("activity", "standard"):
        if not messy:
            return cells, mess.no_log()
        named = tuple(framework.activities.values()) if kind == "activity" else _all_standards(framework)
        return mess.named_cells(cells, named, rng)
    if not messy:
        return cells, mess.no_log()
    spoil: dict[str, Callable] = {
        "grade": lambda: mess.grade_cells(cells, rng, framework),
        "yes_no": lambda: mess.yes_no_cells(cells, rng, plain=name == "audits"),
        "person": lambda: mess.name_cells(cells, rng),
        "id": lambda: mess.id_cells(cells, rng, siblings=column == "case_id" and name == "audits"),
        "service": lambda: mess.service_cells(cells, rng, framework),
        "team": lambda: mess.team_cells(cells, rng, framework),
        "theme_list": lambda: mess.theme_cells(cells, rng, framework),
        "choice": lambda: mess.choice_cells(cells, rng, TABLES[name].column(column).choices or {}),
    }
    if (name, column) == ("training", "agency"):
        return mess.agency_cells(cells, rng)
    return spoil[kind]() if kind in spoil else (cells, mess.no_log())


def _all_standards(framework: Framework):
    return tuple(dict.fromkeys(s for w in framework.activities.values() for s in w.standards))


def _number_cells(values: pd.Series) -> np.ndarray:
    """Numbers as text, whole ones without decimals."""
    codes, unique = pd.factorize(values.to_numpy(dtype=float))
    texts = np.array([f"{v:.0f}" if float(v).is_integer() else f"{v:g}" for v in unique] + [None], dtype=object)
    return texts[codes]


def _impossible_orders(table: pd.DataFrame, name: str, rng: np.random.Generator, audits: pd.DataFrame | None):
    """Moderators who moderate themselves, moderations before the audit, actions done before they were raised, courses
    with more people than places."""
    table, logs = table.copy(), []

    def plant(rate: float, where: np.ndarray, column: str, kind: str, values: pd.Series) -> None:
        at = mess.some(rng, where, rate)
        if len(at):
            table[column] = table[column].where(~np.isin(np.arange(len(table)), at), values)
            logs.append(mess.log(at, kind, False).assign(column=column))

    if name == "moderations" and audits is not None:
        by_id = audits.set_index("audit_id")
        auditor, date = (table["audit_id"].map(by_id[c]) for c in ("auditor", "audit_date"))
        overall = table["standard"].isna().to_numpy()
        plant(SELF_MODERATED, overall, "moderator", "moderator is the auditor", auditor)
        plant(MODERATED_BEFORE, overall, "moderation_date", "moderated before the audit", date - pd.Timedelta(days=5))
    if name == "actions":
        done = table["completed"].notna().to_numpy()
        plant(DONE_BEFORE, done, "completed", "completed before raised", table["raised"] - pd.Timedelta(days=3))
    if name == "training":
        known = table["places_offered"].notna().to_numpy()
        plant(OVERBOOKED, known, "places_taken", "more places taken than offered", table["places_offered"] + 2)
    return table, logs


def _repeats(n: int, name: str, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The true row behind each row of the file: some pasted twice (the copy further down), some forms sent twice (the
    older, unfinished one just before the newer)."""
    copied = mess.some(rng, np.ones(n, bool), PASTED_TWICE)
    older = np.setdiff1d(mess.some(rng, np.ones(n, bool), SENT_TWICE), copied) if name == "audits" else copied[:0]
    place = np.concatenate([np.arange(n), older - 0.5, np.minimum(copied + rng.integers(1, 30, len(copied)), n) + 0.3])
    source = np.concatenate([np.arange(n), older, copied])
    repeat = np.repeat(["", "older", "copy"], [n, len(older), len(copied)])
    order = np.argsort(place, kind="stable")
    return source[order], repeat[order]
