"""The list of those who look at cases, from a CSV file or a workbook that a person keeps by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from rapidfuzz import process

from qa_analysis.clean_ids import person_name
from qa_analysis.errors import UserError
from qa_analysis.headers import header_key
from qa_analysis.read import suffix_of
from qa_analysis.read_csv import Grid, read_csv
from qa_analysis.read_excel import open_workbook, read_sheet

COLUMNS = {  # ours: other names
    "auditor": ("name", "auditor name", "name of auditor", "full name"),
    "team": ("team name",),
    "service": ("service area", "division", "department"),
    "most": ("maximum", "max", "capacity", "most cases", "at most"),
    "pair": ("pair name", "pairing"),
}
_OURS = {header_key(name): ours for ours, names in COLUMNS.items() for name in (ours, *names)}


def read_auditors(path: str | Path, profile=None) -> pd.DataFrame:
    """The auditors of a .csv or .xlsx file (its first sheet that names any): auditor, team, service, most, pair.

    `name` is required, the others may be absent or blank; `most` is how many cases the auditor can take, blank without
    limit. Names are put into the form that cleaning gives them ("Smith, Jane" is Jane Smith); with a `profile` services
    are spelled as it spells them. Raises UserError that names every fault with file, row, column and remedy.
    """
    path = Path(path)
    grid = _grid(path)
    at = {_OURS[header_key(h)]: i for i, h in reversed(list(enumerate(grid.headers))) if header_key(h) in _OURS}
    if "auditor" not in at:
        found = ", ".join(h for h in grid.headers if h) or "none"
        raise UserError(f"{path.name}: no column for the auditors' names. Found: {found}. Name the column 'name'.")
    cells = {c: pd.Series(grid.columns[at[c]].cells().to_pylist() if c in at else [None] * len(grid.rows), dtype="str")
             for c in COLUMNS}
    faults = [f"{path.name}, row {row}: {rule}: {text!r}. Put as many cells in it as there are headers."
              for row, rule, text in grid.misfits]
    table = pd.DataFrame(cells)
    if not len(table) and not faults:
        raise UserError(f"{path.name}: holds no auditors. Write one a row under the header.")
    table["auditor"], wrong = _names(table["auditor"], grid.rows)
    faults += [f"{path.name}, row {row}, column 'name': {what}" for row, what in wrong]
    table["most"], wrong = _whole_numbers(table["most"], grid.rows)
    faults += [f"{path.name}, row {row}, column 'most': {what}" for row, what in wrong]
    if profile is not None:
        table["service"], wrong = _services(table["service"], grid.rows, profile)
        faults += [f"{path.name}, row {row}, column 'service': {what}" for row, what in wrong]
    faults += [f"{path.name}, row {row}, column 'pair': {what}" for row, what in _odd_pairs(table, grid.rows)]
    if faults:
        raise UserError("\n".join(faults))
    return table.assign(source_file=pd.array([path.name] * len(table), dtype="str"), source_row=grid.rows)


def _grid(path: Path) -> Grid:
    kind = suffix_of(path)
    if not path.is_file():
        there = [p.name for p in path.parent.iterdir() if p.is_file()] if path.parent.is_dir() else []
        near = process.extractOne(path.name, there, score_cutoff=60)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        raise UserError(f"{path}: there is no such file.{hint} Give the file that lists the auditors.")
    if kind in (".csv", ".tsv", ".csv.gz", ".tsv.gz"):
        grid = read_csv(path, path.name, _score, delimiter="\t" if ".tsv" in path.name.lower() else None)
    elif kind in (".xlsx", ".xlsm"):
        workbook = open_workbook(path, path.name)
        try:
            grids = [read_sheet(workbook, sheet, path.name, _score) for sheet in workbook.sheetnames]
        finally:
            workbook.close()
        grid = max(grids, key=lambda g: _score(g.headers))  # the first of the best
    else:
        raise UserError(f"{path.name}: files of this kind can't be read. Save the list as .csv or .xlsx.")
    if not grid.headers:
        raise UserError(f"{path.name}: is empty. Write the columns name, team, service, most and pair in its first row.")
    return grid


def _score(cells) -> int:
    return len({_OURS[header_key(c)] for c in cells if c and header_key(c) in _OURS})


def _names(texts: pd.Series, rows: np.ndarray) -> tuple[pd.Series, list[tuple[int, str]]]:
    """Names as cleaning writes them; what is wrong with them by row."""
    wrong, made, first = [], [], {}
    for row, text in zip(rows, texts, strict=True):
        name = person_name(text) if pd.notna(text) else None
        made.append(name)
        if name is None:
            what = f"{text!r} is nobody's name" if pd.notna(text) else "is blank"
            wrong.append((row, f"{what}. Write the auditor's name, or take the row out."))
        elif name.casefold() in first:
            wrong.append((row, f"{name} stands in row {first[name.casefold()]} already. Keep one row for each auditor."))
        first.setdefault((name or "").casefold(), row)
    return pd.Series(made, dtype="str"), wrong


def _whole_numbers(texts: pd.Series, rows: np.ndarray) -> tuple[pd.Series, list[tuple[int, str]]]:
    number = pd.to_numeric(texts, errors="coerce").astype("float64")
    bad = (texts.notna() & ~((number >= 0) & (number < 1e6) & (number % 1 == 0))).to_numpy()
    wrong = [(row, f"{text!r} is not a whole number of cases. Write 0 or more, or leave it blank for no limit.")
             for row, text in zip(rows[bad], texts[bad], strict=True)]
    return number.mask(bad).astype("Int64"), wrong


def _services(texts: pd.Series, rows: np.ndarray, profile) -> tuple[pd.Series, list[tuple[int, str]]]:
    from qa_analysis.profile_model import fold

    known = profile.lookup("services")
    made = texts.map(lambda t: known.get(fold(t), t), na_action="ignore")
    wrong = []
    for row, text in zip(rows, texts, strict=True):
        if known and pd.notna(text) and fold(text) not in known:
            labels = list(dict.fromkeys(known.values()))
            near = process.extractOne(text, labels, score_cutoff=60)
            hint = f"Did you mean '{near[0]}'?" if near else f"Use one of {', '.join(labels)}."
            wrong.append((row, f"{text!r} is no service of the profile. {hint}"))
    return made.astype("str"), wrong


def _odd_pairs(table: pd.DataFrame, rows: np.ndarray) -> list[tuple[int, str]]:
    """Pairs of other than two, at the row of their first auditor."""
    sizes = table.groupby("pair").size()
    return [(rows[np.flatnonzero(table["pair"].eq(p))[0]],
             f"pair {p} has {n} auditor{'s' * (n > 1)}. A pair is two: write its name beside both.")
            for p, n in sizes.items() if n != 2]
