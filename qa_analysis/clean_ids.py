"""Case, audit and action numbers, and the names of people, in one form each."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from qa_analysis.clean_words import BLANK, words_key
from qa_analysis.coded import Coded, blanked, encode, recoded
from qa_analysis.issues import ValueFaults

_DECIMAL = r"^(\d+)\.0+$"
_SEVERAL = r"^[\w-]{2,}\s*(?:[;,&\n]|\band\b|/)\s*[\w-]{2,}"
_DAY, _MONTH, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:(?:19|20)\d{2}|\d{2})"
_DATE_INSIDE = rf"(?i)^[a-z]{{1,4}}[ ._/-]*{_DAY}[ ./-]{_MONTH}[ ./-]{_YEAR}$"
_GLUED = r"(?i)^[a-z]{2,4}[ ._/-]*(?:\d{6}|\d{8})$"
_GLUED_DATE = r"(?i)^[a-z]{2,4}[ ._/-]*(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])(?:(?:19|20)\d{2}|\d{2})$"


def clean_ids(cells: Coded, holds_cases: bool) -> tuple[Coded, ValueFaults]:
    """The ids without spreadsheet damage ("12345.0" is 12345); several in a cell and initials with a date of birth
    are listed and kept."""
    faults = ValueFaults()
    plain = pc.match_substring_regex(cells.values, r"^[A-Za-z]?-?\d{1,12}$").to_numpy(zero_copy_only=False).astype(bool)
    if plain.all():
        return cells, faults
    odd = np.flatnonzero(~plain)
    before = cells.values.take(pa.array(odd))
    after = pc.replace_substring_regex(before, _DECIMAL, r"\1")
    blank = pc.is_in(pc.utf8_lower(after), pa.array(sorted(BLANK), pa.large_string())).to_numpy(zero_copy_only=False)
    _mark(faults, odd, after, pc.not_equal(before, after), "number with decimals", "repaired")
    shortened = pc.match_substring_regex(after, r"^\d(?:\.\d+)?[Ee]\+\d+$")
    _mark(
        faults,
        odd,
        before,
        shortened,
        "number shortened by a spreadsheet",
        "kept",
        "Format the column as text and export again: digits are lost.",
    )
    if holds_cases:
        dated = _holds_birth_date(after)
        several = pc.and_(pc.match_substring_regex(after, _SEVERAL), pc.invert(dated))
        _mark(
            faults,
            odd,
            before,
            several,
            "several cases in a cell",
            "kept",
            "Enter one row for each child, or the case that was audited.",
        )
        _mark(
            faults,
            odd,
            before,
            dated,
            "initials with a date of birth",
            "kept",
            "Identifies a child: enter the case number instead.",
        )
    at = np.arange(len(cells.values))
    at[odd] = len(cells.values) + np.arange(len(odd))
    texts = pa.concat_arrays([cells.values, after]).take(pa.array(at))
    is_blank = np.zeros(len(texts), bool)
    is_blank[odd] = blank
    if cells.one_each:
        return blanked(Coded(cells.codes, texts, True), is_blank), faults
    return recoded(blanked(cells, is_blank), encode(texts, may_repeat=False)), faults


def _holds_birth_date(ids: pa.Array) -> pa.Array:
    """Which ids are initials with a date. Digits without separators count only where most ids of that form are dates:
    of numbers that merely run on, one in 27 would look like one."""
    dated, glued = pc.match_substring_regex(ids, _DATE_INSIDE), pc.match_substring_regex(ids, _GLUED_DATE)
    of_that_form = pc.sum(pc.match_substring_regex(ids, _GLUED)).as_py() or 0
    return pc.or_(dated, glued) if 2 * (pc.sum(glued).as_py() or 0) > of_that_form else dated


def _mark(
    faults: ValueFaults, codes: np.ndarray, used: pa.Array, where, rule: str, action: str, remedy: str = ""
) -> None:
    hit = np.flatnonzero(where.to_numpy(zero_copy_only=False).astype(bool))
    n = len(hit)
    faults.codes.extend(codes[hit].tolist())
    faults.rules.extend([rule] * n)
    faults.actions.extend([action] * n)
    faults.used.extend(used.take(pa.array(hit)).to_pylist())
    faults.remedies.extend([remedy] * n)


def lost_zeros_width(ids: Iterable[pd.Series]) -> int:
    """The width to which ids that lost their leading zeros are to be padded; 0 where nothing shows it.

    Padded only where all numeric ids are at most that wide, at least half have that width, and one of them begins
    with a zero: without a zero that survived, shorter numbers may simply be older.
    """
    n_of_width: dict[int, int] = {}
    zero_at: set[int] = set()
    for series in ids:
        values = pa.array(series, pa.large_string(), from_pandas=True).drop_null()
        lengths = pc.binary_length(values)
        shortest, longest = (v.as_py() for v in pc.min_max(lengths).values())
        if shortest != longest:
            values = values.filter(pc.utf8_is_digit(values))
            lengths = pc.binary_length(values)
        elif longest is None or not pc.utf8_is_digit(values[0]).as_py():
            continue
        counts = np.bincount(lengths.to_numpy()) if len(lengths) else []
        for width in np.flatnonzero(counts):
            n_of_width[int(width)] = n_of_width.get(int(width), 0) + int(counts[width])
        zero_at |= set(np.unique(lengths.filter(pc.starts_with(values, "0"))).tolist())
    if len(n_of_width) < 2:
        return 0
    widest = max(n_of_width)
    return widest if widest in zero_at and n_of_width[widest] * 2 >= sum(n_of_width.values()) else 0


def pad_zeros(ids: pd.Series, width: int) -> tuple[pd.Series, np.ndarray]:
    """The ids padded to this width, and which rows changed."""
    values = pa.array(ids, pa.large_string(), from_pandas=True)
    short = pc.and_(pc.match_substring_regex(values, r"^\d+$"), pc.less(pc.utf8_length(values), width))
    changed = pc.fill_null(short, False).to_numpy(zero_copy_only=False).astype(bool)
    if not changed.any():
        return ids, changed
    padded = pc.if_else(pa.array(changed), pc.utf8_lpad(values, width, "0"), values)
    return pd.Series(padded.to_pandas(), index=ids.index, dtype="str"), changed


# --- people ---------------------------------------------------------------------------------------------------------

_BRACKETS = re.compile(r"\s*[\(\[][^\)\]]*[\)\]]")
_TITLE = re.compile(r"^(?:mr|mrs|ms|miss|dr|mx)\.?\s+", re.IGNORECASE)
_EMAIL = re.compile(r"^([^@\s]+)@[^@\s]+$")
_NOBODY = {
    "anonymous",
    "unknown",
    "vacant",
    "vacancy",
    "n a",
    "na",
    "none",
    "not known",
    "tbc",
    "unallocated",
    "not allocated",
    "duty",
}
_SEVERAL_PEOPLE = re.compile(r"\s*(?:;|\n|/|&| and )\s*")


@lru_cache(maxsize=50_000)  # auditors, workers and managers are the same people
def person_name(text: str) -> str | None:
    """One person's name as "Jane Smith", from "Smith, Jane", "Jane Smith (ASYE)", "JANE SMITH" or an email."""
    plain = re.sub(r"\s+", " ", _BRACKETS.sub("", text)).strip(" ,;")
    if m := _EMAIL.match(plain):
        plain = re.sub(r"\d+$", "", " ".join(p for p in re.split(r"[._]+", m[1]) if p))
    if words_key(plain) in _NOBODY or not words_key(plain) or text.casefold() in BLANK:
        return None
    if plain.count(",") == 1:
        last, first = (p.strip() for p in plain.split(","))
        plain = f"{first} {last}" if first and last else first or last
    plain = _TITLE.sub("", plain)
    if plain.isupper() or plain.islower():
        plain = " ".join(_capital(w) for w in plain.split())
    return re.sub(r"\b([A-Z])\.(?=\s|$)", r"\1", plain) or None


def _capital(word: str) -> str:
    named = re.sub(r"(^|[-'’])(\w)", lambda m: m[1] + m[2].upper(), word.lower())
    return re.sub(r"^Mc(\w)", lambda m: "Mc" + m[1].upper(), named)


def clean_people(cells: Coded) -> tuple[Coded, ValueFaults]:
    """Names in one form; several people in a cell split by ";". Other forms are listed as repairs."""
    faults, made, spelling = ValueFaults(), [], {}
    for code, text in enumerate(cells.texts()):
        names = [person_name(p) for p in _SEVERAL_PEOPLE.split(text)]
        names = [spelling.setdefault(words_key(n), n) for n in names if n]
        name = ";".join(dict.fromkeys(names))
        if name and words_key(name) != words_key(text):
            faults.add(code, "form of a name", "repaired", name)
        made.append(name or None)
    return recoded(cells, encode(made)), faults


def full_names(people: Iterable[str]) -> dict[str, str | None]:
    """For each initial form ("J Smith") the one full name that it can only be, or None where there are several or
    none."""
    by_initial: dict[tuple[str, str], set[str]] = {}
    initials: set[str] = set()
    for name in people:
        words = name.split()
        if len(words) < 2:
            continue
        if len(words[0]) == 1:
            initials.add(name)
        else:
            by_initial.setdefault((words[0][0].casefold(), words[-1].casefold()), set()).add(name)
    out: dict[str, str | None] = {}
    for name in initials:
        words = name.split()
        options = by_initial.get((words[0].casefold(), words[-1].casefold()), set())
        out[name] = next(iter(options)) if len(options) == 1 else None
    return out
