"""Which column of a file is which of ours: by name, by other names, and by the names of the profile's standards."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from rapidfuzz import fuzz, process

from qa_analysis.clean_words import words_key
from qa_analysis.schema import TABLES, Table

_FORMS_MARKS = {"start time", "completion time"}
FORMS_COLUMNS = {"id", "start time", "completion time", "email", "name", "last modified time"}
_FORMS_PERSON = {"audits": "auditor", "answers": "auditor", "moderations": "moderator"}
_STAMPS = ("last modified time", "completion time", "submitted", "date submitted")
_GRADE_WORDS = ("grade", "rating", "judgement", "judgment", "score", "grade given")
_NUMBERED = re.compile(r"^(q) ?(\d{1,3}[a-z]?)(?:\s*[:.)–-]\s*(.*)|\s+(.*))?$", re.IGNORECASE | re.DOTALL)
_NAMED = re.compile(r"^([\w-]{1,24}):\s+(.+)$", re.DOTALL)
_EVIDENCE_WORDS = ("evidence", "comment", "comments", "analysis", "reason", "rationale")


@dataclass(frozen=True)
class Match:
    """`found`: for each of our columns the positions of theirs (several where a form repeats a question);
    `standards` and `evidence`: positions of one column per standard; `questions`: of one column per question of a
    sample, and `of_case`: of the columns beside them that belong to the sampled case; `stamp`: when a form was sent;
    `unused`: the rest.
    """

    found: dict[str, list[int]]
    standards: dict[str, int] = field(default_factory=dict)
    evidence: dict[str, int] = field(default_factory=dict)
    questions: dict[str, int] = field(default_factory=dict)
    of_case: dict[str, int] = field(default_factory=dict)
    stamp: int | None = None
    unused: list[int] = field(default_factory=list)


def header_key(text: str) -> str:
    """A header as it is compared: no case, no punctuation, no no-break spaces, no question mark."""
    return words_key(str(text).replace("\u00a0", " ").replace("_", " "))


def _names(table: Table) -> dict[str, tuple[int, str]]:
    """Every name of every column with its rank: a column's own name goes before its other names."""
    names: dict[str, tuple[int, str]] = {}
    for column in table.columns:
        for rank, name in enumerate((column.name, *column.aliases)):
            key = header_key(name)
            if key not in names or rank < names[key][0]:
                names[key] = (rank, column.name)
    return names


_KNOWN = {name: _names(table) for name, table in TABLES.items()}


def _base(key: str) -> str:
    """The header without the number that a form adds to a repeated question."""
    return re.sub(r"\s?\d{1,2}$", "", key)


def match_headers(
    headers: Sequence[str],
    table: Table,
    standards: Mapping[str, str] | None = None,
    declared: Mapping[str, list[str]] | None = None,
) -> Match:
    """Our column for each header. `declared` (from sources.yml) goes before names; `standards` maps the names of the
    profile's standards to their ids, for forms with one grade column per standard."""
    keys = [header_key(h) for h in headers]
    found: dict[str, list[int]] = {}
    taken: set[int] = set()
    for ours, theirs in (declared or {}).items():
        found[ours] = [keys.index(header_key(t)) for t in theirs if header_key(t) in keys]
        taken |= set(found[ours])
        if not found[ours]:
            del found[ours]
    best: dict[str, tuple[int, int]] = {}
    for at, key in enumerate(keys):
        rank, ours = _KNOWN[table.name].get(key, (99, ""))
        if at not in taken and ours and ours not in found and (ours not in best or rank < best[ours][0]):
            best[ours] = (rank, at)
    for ours, (_, at) in best.items():
        found[ours] = [at]
        taken.add(at)
    _forms_person(keys, table, found, taken)
    for at, key in enumerate(keys):  # a question that the form repeats, or that stands twice
        if at in taken or not key:
            continue
        for ours, positions in found.items():
            if (
                ours not in (declared or {})
                and key != header_key(ours)
                and _base(key) == _base(keys[positions[0]])
                and (key == keys[positions[0]] or _base(key) != key)
            ):
                positions.append(at)
                taken.add(at)
                break
    by_standard: dict[str, int] = {}
    evidence: dict[str, int] = {}
    if table.name == "audits" and standards:
        for at, key in enumerate(keys):
            if at in taken or not key:
                continue
            standard, kind = _standard_of(key, standards)
            place = by_standard if kind == "grade" else evidence
            if standard and standard not in place:
                place[standard] = at
                taken.add(at)
    questions: dict[str, int] = {}
    of_case: dict[str, int] = {}
    if table.name == "answers" and not {"question_id", "answer"} & set(found):
        for at, header in enumerate(headers):
            if at not in taken and (question := question_of(header)[0]) and question not in questions:
                questions[question] = at
        names = _KNOWN["sampled_cases"]
        of_case = {names[k][1]: at for at, k in enumerate(keys) if at not in taken and k in names} if questions else {}
        taken |= {*questions.values(), *of_case.values()}
    stamp = next((keys.index(s) for s in _STAMPS if s in keys), None)
    unused = [i for i in range(len(keys)) if i not in taken and i != stamp]
    return Match(found, by_standard, evidence, questions, of_case, stamp, unused)


def question_of(header: str) -> tuple[str, str]:
    """The id and the words of a question that heads a column ("Q1: Was the child seen?"); ('', '') where none."""
    if found := _NUMBERED.match(header.strip()):
        return f"Q{found[2].lower()}", found[3] or found[4] or ""
    found = _NAMED.match(header.strip())
    return (found[1], found[2]) if found else ("", "")


def _forms_person(keys: list[str], table: Table, found: dict[str, list[int]], taken: set[int]) -> None:
    """A form names its sender under "Name" or "Email": the auditor where the form has no other column for it."""
    ours = _FORMS_PERSON.get(table.name)
    if ours and _FORMS_MARKS <= set(keys) and ours not in found:
        positions = [keys.index(k) for k in ("name", "email") if k in keys and keys.index(k) not in taken]
        if positions:
            found[ours] = positions
            taken |= set(positions)


def _standard_of(key: str, standards: Mapping[str, str]) -> tuple[str, str]:
    """The standard that a header names and whether it holds the grade or the evidence; ('', '') where none."""
    if key in standards:
        return standards[key], "grade"
    for kind, words in (("grade", _GRADE_WORDS), ("evidence", _EVIDENCE_WORDS)):
        for word in words:
            for bare in (
                key.removesuffix(f" {word}"),
                key.removeprefix(f"{word} for "),
                key.removeprefix(f"{word} of "),
                key.removeprefix(f"{word} "),
            ):
                if bare != key and bare in standards:
                    return standards[bare], kind
    return "", ""


def header_scorer(
    tables: Sequence[Table], standards: Mapping[str, str] | None = None, declared: Sequence[str] = ()
) -> Callable[[Sequence[str]], int]:
    """How many cells of a row are names of columns of the best matching of these tables."""
    wanted = {header_key(d) for d in declared}

    def score(cells: Sequence[str]) -> int:
        keys = {header_key(c) for c in cells if c}
        keys |= {_base(k) for k in keys}
        extra = sum(1 for k in keys if k in wanted or _standard_of(k, standards or {})[0])
        best = max((sum(1 for k in keys if k in _KNOWN[t.name] or k in FORMS_COLUMNS) for t in tables), default=0)
        return best + extra

    return score


def suggest_headers(missing: str, table: Table, headers: Sequence[str]) -> list[str]:
    """The headers of the file most like the column that is missing."""
    names = [missing.replace("_", " "), *table.column(missing).aliases]
    scored = {}
    for header in headers:
        if header:
            scored[header] = max(
                process.cdist([header_key(header)], [header_key(n) for n in names], scorer=fuzz.ratio)[0]
            )
    return [h for h, s in sorted(scored.items(), key=lambda x: -x[1]) if s >= 60][:2]
