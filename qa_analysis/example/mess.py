"""Ways in which people and programs spoil a cell, each at a realistic rate, with a log of what was spoilt.

Every function takes the true cells of one column and returns the cells as written and a log: one row per spoilt
cell with its position, the kind of mess, and whether the truth can be read back from what is written.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from qa_analysis.example.chance import blank, choose
from qa_analysis.example.framework import Framework, Named

LOG = ("position", "kind", "readable")
# shares of cells; the rest is written as a tidy person would
GRADE_SPELLING, GRADE_SPLIT, GRADE_WITHHELD, GRADE_SAID_MODERATED = 0.15, 0.004, 0.008, 0.05
DATE_OTHER_FORM, DATE_IMPOSSIBLE, DATE_FUTURE, DATE_WORDS = 0.08, 0.001, 0.0008, 0.0015
YES_NO_SPELLING = 0.35
NAME_OTHER_FORM = 0.10
ID_DECIMAL, ID_SIBLINGS = 0.01, 0.002
SERVICE_ALIAS, SERVICE_UNKNOWN = 0.10, 0.0015
TEAM_SPACING, TEAM_NICKNAME = 0.06, 0.001
THEME_SEPARATOR, THEME_NICKNAME, THEME_TYPO = 0.25, 0.20, 0.01

NUMBER_DECIMAL, NUMBER_PENDING = 0.04, 0.005
AGENCY_SPELLING = 0.08

LONGEST_LABEL = 30  # people write a shorter name than a longer label

_YES_NO = {
    "yes": (("Y", True), ("TRUE", True), ("1", True), ("a) Yes", True), ("yes ", True), ("YES", True)),
    "partly": (("Yes - partially", True), ("In part", True), ("Partially", True)),
    "no": (("N", True), ("b) No", True), ("0", True), ("no", True), ("FALSE", True)),
    "not applicable": (("N/A", True), ("n/a", True), ("Not applicable", True)),
    "not known": (("Unknown", True), ("Not known", True), ("Don't know", True)),
}
_SPLITS = {"Good": ("Good/RI", "Good / Requires improvement"), "Outstanding": ("Outstanding/Good",)}
_WITHHELD = ("N/A", "Not graded", "TBC", "-")
_UNKNOWN_SERVICES = ("Directorate", "Zebra Project", "Youth Offer 2")


def log(position: np.ndarray, kind: str, readable: bool) -> pd.DataFrame:
    return pd.DataFrame({"position": np.asarray(position, dtype=int), "kind": kind, "readable": readable})


def no_log() -> pd.DataFrame:
    return log(np.zeros(0, int), "", True).iloc[:0]


def some(rng: np.random.Generator, where: np.ndarray, rate: float) -> np.ndarray:
    """Positions of some of the cells where `where` holds."""
    at = np.flatnonzero(where)
    return at[rng.random(len(at)) < rate]


def each_text(cells: np.ndarray, change: Callable[[str], str]) -> np.ndarray:
    """The cells changed, each distinct text once."""
    codes, texts = pd.factorize(cells)
    return np.array([change(x) for x in texts] + [None], dtype=object)[codes]


def _replace_by_table(cells: np.ndarray, at: np.ndarray, variants: dict[str, tuple[str, ...]], rng) -> np.ndarray:
    """Positions among `at` that were given one of the variants of their text (in place)."""
    codes, texts = pd.factorize(cells[at])
    width = max((len(variants.get(x, ())) for x in texts), default=0)
    if not width:
        return at[:0]
    table = np.array(
        [list(np.resize(np.array(variants.get(x) or (x,), dtype=object), width)) for x in texts], dtype=object
    )
    cells[at] = table[codes, rng.integers(0, width, len(at))]
    known = np.array([bool(variants.get(x)) for x in texts])
    return at[known[codes]]


def grade_cells(cells: np.ndarray, rng: np.random.Generator, framework: Framework) -> tuple[np.ndarray, pd.DataFrame]:
    """Grades in other spellings; a few split (Good/RI) or withheld (TBC, N/A), which nobody can read back."""
    out, filled = cells.copy(), ~pd.isna(cells)
    aliases = {
        g.label: (g.label + " ", g.label.lower(), *(a for a in g.aliases if "moderated" not in a))
        for g in framework.grades
    }
    spelt = _replace_by_table(out, some(rng, filled, GRADE_SPELLING), aliases, rng)
    split = some(rng, pd.Series(cells, dtype=object).isin(list(_SPLITS)).to_numpy(), GRADE_SPLIT)
    out[split] = [choose(rng, _SPLITS[c], 1)[0] for c in cells[split]]
    withheld = some(rng, filled, GRADE_WITHHELD)
    out[withheld] = choose(rng, _WITHHELD, len(withheld))
    lost = np.concatenate([split, withheld])
    logs = [
        log(np.setdiff1d(spelt, lost), "spelling of a grade", True),
        log(np.setdiff1d(split, withheld), "split grade", False),
        log(withheld, "grade withheld", False),
    ]
    return out, pd.concat(logs)


def moderated_cells(
    cells: np.ndarray, rng: np.random.Generator, upheld: np.ndarray, spoilt: pd.DataFrame
) -> tuple[np.ndarray, pd.DataFrame]:
    """ "Good (moderated)" in a few of the cells whose grade a moderator upheld and that are not spoilt yet."""
    out = cells.copy()
    at = np.setdiff1d(some(rng, upheld, GRADE_SAID_MODERATED), spoilt["position"])
    out[at] = out[at] + " (moderated)"
    return out, log(at, "said to be moderated in the grade's cell", True)


def yes_no_cells(cells: np.ndarray, rng: np.random.Generator, plain: bool = True) -> tuple[np.ndarray, pd.DataFrame]:
    """Answers as forms and people give them; `plain` false allows a tick, which windows-1252 lacks."""
    out = np.array(cells, dtype=object)
    variants = {k: tuple(v for v, _ in vs) + (("✓",) if k == "yes" and not plain else ()) for k, vs in _YES_NO.items()}
    spelt = _replace_by_table(out, some(rng, ~pd.isna(cells), YES_NO_SPELLING), variants, rng)
    rest = np.setdiff1d(np.flatnonzero(~pd.isna(cells)), spelt)
    out[rest] = each_text(out[rest], str.capitalize)
    return out, log(spelt, "spelling of an answer", True)


def name_cells(cells: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, pd.DataFrame]:
    """People as "Brook, Ann", "A Brook", "Ann Brook (ASYE)", by email or in capitals."""
    out = np.array(cells, dtype=object)
    at = some(rng, ~pd.isna(cells), NAME_OTHER_FORM)
    codes, names = pd.factorize(out[at])
    forms = []
    for name in names:
        first, _, last = str(name).rpartition(" ")
        forms.append(
            [
                f"{last}, {first}",
                f"{first[:1]} {last}",
                f"{name} (ASYE)",
                f"{first}.{last}@harrowmere.example".lower(),
                str(name).upper(),
                f"{first}  {last} ",
            ]
        )
    if len(at):
        table = np.array(forms, dtype=object)
        out[at] = table[codes, rng.integers(0, table.shape[1], len(at))]
    return out, log(at, "name in another form", True)


def id_cells(cells: np.ndarray, rng: np.random.Generator, siblings: bool = False) -> tuple[np.ndarray, pd.DataFrame]:
    """Numbers with decimals ("12345.0"); with `siblings`, a few cells that name two children."""
    out, filled = np.array(cells, dtype=object), ~pd.isna(cells)
    decimal = some(rng, filled & pd.Series(cells, dtype=object).str.isdigit().fillna(False).to_numpy(bool), ID_DECIMAL)
    out[decimal] = out[decimal] + ".0"
    logs = [log(decimal, "number with decimals", True)]
    if siblings:
        two = np.setdiff1d(some(rng, filled, ID_SIBLINGS), decimal)
        out[two] = out[two] + "; " + np.array([str(int(x) + 1) for x in out[two]], dtype=object)
        logs.append(log(two, "several children in a cell", False))
    return out, pd.concat(logs)


def typed_number_cells(cells: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, pd.DataFrame]:
    """Numbers with decimals ("12.0") or a blank before them; a few still to be confirmed, which nobody can read back."""
    out, filled = np.array(cells, dtype=object), ~pd.isna(cells)
    decimal = some(rng, filled, NUMBER_DECIMAL)
    out[decimal] = [f"{x}.0" if rng.random() < 0.5 else f" {x}" for x in out[decimal]]
    pending = some(rng, filled, NUMBER_PENDING)
    out[pending] = "TBC"
    return out, pd.concat(
        [log(np.setdiff1d(decimal, pending), "number in another form", True), log(pending, "number pending", False)]
    )


def agency_cells(cells: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, pd.DataFrame]:
    """Agencies in capitals or small letters; cleaning keeps a text as it is, so these are listed as not read back."""
    out, filled = np.array(cells, dtype=object), ~pd.isna(cells)
    variants = {x: (x.upper(), x.lower()) for x in pd.unique(out[filled])}
    return out, log(_replace_by_table(out, some(rng, filled, AGENCY_SPELLING), variants, rng), "spelling of an agency", False)


def service_cells(cells: np.ndarray, rng: np.random.Generator, framework: Framework) -> tuple[np.ndarray, pd.DataFrame]:
    """Services by their nicknames, in capitals, or (seldom) one that does not exist."""
    out, filled = np.array(cells, dtype=object), ~pd.isna(cells)
    places = tuple(p.label for p in framework.localities)
    variants = {
        s.label: (s.label + " ", s.label.upper(), *(a for a in s.aliases if not places or not a.endswith(places)))
        for s in framework.services
    }
    other = _replace_by_table(out, some(rng, filled, SERVICE_ALIAS), variants, rng)
    unknown = some(rng, filled, SERVICE_UNKNOWN)
    out[unknown] = choose(rng, _UNKNOWN_SERVICES, len(unknown))
    return out, pd.concat(
        [log(np.setdiff1d(other, unknown), "other name of a service", True), log(unknown, "unknown service", False)]
    )


def team_cells(cells: np.ndarray, rng: np.random.Generator, framework: Framework) -> tuple[np.ndarray, pd.DataFrame]:
    """Teams in capitals, with dashes or stray spaces; a few under a nickname that no list of teams holds."""
    out, filled = np.array(cells, dtype=object), ~pd.isna(cells)
    names = pd.unique(out[filled])
    variants = {
        x: (
            x.upper(),
            x.replace(" ", "  ", 1),
            x + " ",
            " - ".join(x.rsplit(" ", 2)[:1] + [" ".join(x.rsplit(" ", 2)[1:])]),
        )
        for x in names
    }
    spaced = _replace_by_table(out, some(rng, filled, TEAM_SPACING), variants, rng)
    short = {s.label: s.aliases[0] for s in framework.services if s.aliases}
    nick = some(rng, filled, TEAM_NICKNAME)
    for label, alias in short.items():
        hit = nick[[str(x).startswith(label) for x in cells[nick]]]
        out[hit] = [str(x).replace(label, alias, 1) for x in cells[hit]]
    nick = nick[out[nick] != cells[nick]]
    return out, pd.concat(
        [log(np.setdiff1d(spaced, nick), "other spelling of a team", True), log(nick, "team by nickname", False)]
    )


def named_cells(cells: np.ndarray, named: tuple[Named, ...], rng: np.random.Generator, rate: float = 0.1):
    """Activities, standards or localities: labels for ids, some by another name."""
    out = np.array(cells, dtype=object)
    filled = ~pd.isna(cells)
    label = {x.id: x.label if len(x.label) <= LONGEST_LABEL or not x.aliases else x.aliases[0] for x in named}
    out[filled] = each_text(out[filled], lambda x: label.get(x, x))
    other = _replace_by_table(
        out,
        some(rng, filled, rate),
        {label[x.id]: (x.label, label[x.id].upper(), label[x.id] + " ", *x.aliases) for x in named},
        rng,
    )
    return out, log(other, "other name", True)


def theme_cells(cells: np.ndarray, rng: np.random.Generator, framework: Framework) -> tuple[np.ndarray, pd.DataFrame]:
    """Multi-select as Forms gives it (labels, a semicolon after each), some by hand with commas, lines or bullets."""
    out = blank(np.array(cells, dtype=object), pd.isna(cells))
    at = np.flatnonzero(~pd.isna(cells))
    label = {x.id: _safe_label(x) for x in framework.themes}
    nick = {x.id: next((a for a in x.aliases if not set(a) & set(";,")), label[x.id]) for x in framework.themes}
    style = choose(rng, (0, 1, 2, 3), len(at), (1 - THEME_SEPARATOR, *[THEME_SEPARATOR / 3] * 3)).astype(int)
    nicknamed, typo = rng.random(len(at)) < THEME_NICKNAME, rng.random(len(at)) < THEME_TYPO
    codes, texts = pd.factorize(out[at])
    parts = [t.split(";") for t in texts]
    between = (";", ", ", "\n", "\n• ")
    made = np.array(
        [
            [between[s].join((nick if n else label).get(p, p) for p in ps) for n in (0, 1) for s in range(4)]
            for ps in parts
        ],
        dtype=object,
    ).reshape(-1, 8)
    if len(at):
        text = made[codes, nicknamed * 4 + style]
        text = np.where(style == 0, text + ";", np.where(style == 3, "• " + text, text))
        text[typo] = [t[:3] + t[4:] if len(t) > 9 else t for t in text[typo]]
        out[at] = text
    return out, pd.concat(
        [
            log(at[nicknamed & ~typo], "nickname of a theme", True),
            log(at[typo], "typing error in a theme", False),
            log(at[(style > 0) & ~typo & ~nicknamed], "themes split in another way", True),
        ]
    )


def _safe_label(theme: Named) -> str:
    """The label if no separator of lists is in it, else another name without one."""
    return next((x for x in (theme.label, *theme.aliases) if not set(x) & set(";,")), theme.id.replace("_", " "))


def choice_cells(cells: np.ndarray, rng: np.random.Generator, choices: dict[str, tuple[str, ...]], rate: float = 0.1):
    """Choices of the schema, some by their other spellings."""
    out = np.array(cells, dtype=object)
    other = _replace_by_table(
        out, some(rng, ~pd.isna(cells), rate), {k: (k.upper(), k + " ", *v) for k, v in choices.items()}, rng
    )
    rest = np.setdiff1d(np.flatnonzero(~pd.isna(cells)), other)
    out[rest] = each_text(out[rest], lambda x: x[:1].upper() + x[1:])
    return out, log(other, "other spelling of a choice", True)


def date_cells(cells: pd.Series, rng: np.random.Generator, form: str = "day first", spoil: bool = True):
    """Dates in one usual form; some as 2019-04-03, 3.4.19, 3rd April 2019 or a serial; a few impossible, in the
    future, as a week or TBC."""
    days = pd.Series(pd.to_datetime(cells).to_numpy())
    codes, unique = pd.factorize(days)
    unique = pd.DatetimeIndex(unique)
    forms = np.array(
        [
            _usual(unique, form),
            unique.strftime("%Y-%m-%d"),
            [f"{d.day}.{d.month}.{d:%y}" for d in unique],
            [f"{d.day}{_ordinal(d.day)} {d:%B %Y}" for d in unique],
            [f"{d.day} {d:%b %Y}" for d in unique],
            [str((d - pd.Timestamp("1899-12-30")).days) for d in unique],
        ],
        dtype=object,
    )
    filled = codes >= 0
    style = np.zeros(len(days), dtype=int)
    at = some(rng, filled, DATE_OTHER_FORM) if spoil else np.zeros(0, int)
    style[at] = rng.integers(1, len(forms), len(at))
    out = np.full(len(days), None, dtype=object)
    out[filled] = forms[style[filled], codes[filled]]
    logs = [log(at, "date in another form", True)]
    if spoil:
        left = filled.copy()
        for kind, rate in (
            ("impossible date", DATE_IMPOSSIBLE),
            ("date in the future", DATE_FUTURE),
            ("date in words", DATE_WORDS),
        ):
            hit = some(rng, left, rate)
            left[hit] = False
            out[hit] = [_spoilt(kind, days.iloc[i], rng) for i in hit]
            logs.append(log(hit, kind, False))
        lost = np.flatnonzero(filled & ~left)
        logs[0] = logs[0][~logs[0]["position"].isin(lost)]
    return out, pd.concat(logs)


def _usual(days: pd.DatetimeIndex, form: str) -> np.ndarray:
    """The days as "day first" (03/04/2019), "month first" (4/3/2019) or "iso" (2019-04-03)."""
    if form == "month first":  # without leading zeros, which strftime can't do on every system
        return np.array([f"{d.month}/{d.day}/{d.year}" for d in days], dtype=object)
    return days.strftime("%d/%m/%Y" if form == "day first" else "%Y-%m-%d").to_numpy(dtype=object)


def _spoilt(kind: str, day: pd.Timestamp, rng: np.random.Generator) -> str:
    if kind == "impossible date":
        return f"31/{('02', '04', '06', '09', '11')[rng.integers(0, 5)]}/{day.year}"
    if kind == "date in the future":
        return f"{day.day:02d}/{day.month:02d}/{day.year + 72}"
    return ("TBC", f"w/c {day.day} {day:%B}", f"{day:%b-%y}")[rng.integers(0, 3)]


def _ordinal(day: int) -> str:
    return "th" if 10 <= day % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
