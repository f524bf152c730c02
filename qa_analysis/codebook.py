"""The codebook of themes: which phrases show a theme and which don't, read from a file that a user can edit.

Phrases have a few signs instead of regular expressions (docs/themes.md). They are parsed here into parts that
`measures.phrase_search` looks up.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from qa_analysis.errors import UserError

SHIPPED = Path(__file__).with_name("profiles") / "codebook.yml"
LONGEST_GAP = 20  # words that ~ may leap over


class CodebookError(UserError, ValueError):
    """The codebook can't be used; every fault is listed with its place."""


@dataclass(frozen=True)
class Word:
    """One word; * stands for any letters."""

    pattern: str


@dataclass(frozen=True)
class Either:
    """Any one of the ways."""

    ways: tuple[Part, ...]


@dataclass(frozen=True)
class Run:
    """Parts in order, with at most `gaps[i]` other words between part i and the next."""

    parts: tuple[Part, ...]
    gaps: tuple[int, ...]


Part = Word | Either | Run


@dataclass(frozen=True)
class Phrase:
    """One entry: all of `together` must stand in the text and, of each in `unless`, not all may."""

    text: str
    together: tuple[Part, ...]
    unless: tuple[tuple[Part, ...], ...] = ()


@dataclass(frozen=True)
class Theme:
    """One theme with the phrases that show it; words inside an excluded phrase never count towards it.

    `only_alone`: suggested only where no other theme is.
    """

    id: str
    label: str
    phrases: tuple[Phrase, ...]
    excluded: tuple[Phrase, ...] = ()
    only_alone: bool = False


@dataclass(frozen=True)
class Codebook:
    """Themes in the order they are shown in."""

    themes: tuple[Theme, ...]
    source: str = ""

    @property
    def labels(self) -> dict[str, str]:
        """The words for each theme's id."""
        return {t.id: t.label for t in self.themes}


def load_codebook(profile_or_path=None) -> Codebook:
    """The codebook of a profile (itself, its name or file), of a codebook file, or the one that ships (None).

    A profile's labels and its own phrases are joined to the file that it names. Raises CodebookError with every
    fault and its place.
    """
    if isinstance(profile_or_path, Codebook):
        return profile_or_path
    if profile_or_path is None:
        return _from_file(SHIPPED, SHIPPED.stat().st_mtime_ns)
    if isinstance(profile_or_path, str | Path):
        path = Path(profile_or_path)
        if path.suffix in (".yml", ".yaml") and not isinstance(_yaml(path).get("themes"), Mapping):
            return _from_file(path, path.stat().st_mtime_ns)
        from qa_analysis.profile import load_profile  # only here: a codebook can be used without any profile

        profile_or_path = load_profile(profile_or_path)
    return _of_profile(profile_or_path)


def read_codebook(content: Mapping, source: str = "codebook") -> Codebook:
    """The codebook that a mapping with `themes` (and `lists`) holds; every fault at once in CodebookError."""
    if not isinstance(content, Mapping) or not isinstance(content.get("themes"), list):
        raise CodebookError(f"{source}: `themes` must be a list of themes, each with id, label and phrases.")
    faults: list[str] = []
    lists = {str(k): [str(p) for p in v or []] for k, v in (content.get("lists") or {}).items()}
    themes: list[Theme] = []
    for i, entry in enumerate(content["themes"]):
        place = f"{source}, themes[{i}]"
        if not isinstance(entry, Mapping) or not entry.get("id"):
            faults.append(f"{place}: a theme needs an id")
            continue
        place = f"{place} ({entry['id']})"
        if unknown := sorted(map(str, set(entry) - _FIELDS)):
            faults.append(f"{place}: {', '.join(unknown)} not known; a theme has {', '.join(sorted(_FIELDS))}")
        if str(entry["id"]) in {t.id for t in themes}:
            faults.append(f"{place}: this id stands twice")
        themes.append(Theme(
            str(entry["id"]), str(entry.get("label") or entry["id"]),
            tuple(_phrases(entry.get("phrases"), lists, f"{place}.phrases", faults)),
            tuple(_phrases(entry.get("excluded"), lists, f"{place}.excluded", faults)), bool(entry.get("only_alone"))))
    if faults:
        raise CodebookError("\n".join(faults))
    return Codebook(tuple(themes), source)


_FIELDS = {"id", "label", "phrases", "excluded", "only_alone"}


@lru_cache(maxsize=8)
def _from_file(path: Path, changed: int) -> Codebook:
    return read_codebook(_yaml(path), path.name)


def _yaml(path: Path) -> Mapping:
    if not path.is_file():
        raise CodebookError(f"{path}: there is no such file. Give the path of a codebook in YAML.")
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as fault:
        raise CodebookError(f"{path}: not readable as YAML. {fault}") from fault
    if not isinstance(content, Mapping):
        raise CodebookError(f"{path}: a codebook has `themes`, a list of themes; this file has none.")
    return content


def _of_profile(profile) -> Codebook:
    path = profile.codebook_path
    base = _from_file(path, path.stat().st_mtime_ns) if path else Codebook(())
    faults: list[str] = []
    known = {t.id: t for t in base.themes}
    for id, own in profile.themes.items():
        place, was = f"profile {profile.name}, themes.{id}", known.get(id, Theme(id, own.label, ()))
        known[id] = Theme(id, own.label, was.phrases + tuple(_phrases(own.phrases, {}, f"{place}.phrases", faults)),
                          was.excluded + tuple(_phrases(own.excluded, {}, f"{place}.excluded", faults)), was.only_alone)
    if faults:
        raise CodebookError("\n".join(faults))
    return Codebook(tuple(known.values()), f"profile {profile.name}")


def _phrases(entries, lists: dict, place: str, faults: list[str]) -> Iterator[Phrase]:
    if not isinstance(entries or [], list | tuple):
        faults.append(f"{place}: must be a list of phrases, each on a line after a dash")
        return
    for j, entry in enumerate(entries or []):
        if not isinstance(entry, str | int):
            faults.append(f"{place}[{j}]: {entry!r} is not a phrase; put one that has : or [ or {{ in quotation marks")
            continue
        try:
            yield parse_phrase(str(entry), lists)
        except _Fault as fault:
            faults.append(f"{place}[{j}] '{entry}': {fault}")


# --- one phrase ------------------------------------------------------------------------------------------------------


class _Fault(ValueError):
    """What is wrong with a phrase, in words."""


_SIGN = re.compile(r"\s*(~\S*|[()<>|?]|[^\s()<>|?~]+)")


def parse_phrase(text: str, lists: Mapping[str, list[str]] | None = None) -> Phrase:
    """A phrase as written, taken apart at ` unless ` and ` + `."""
    wanted, *cancels = re.split(r"\sunless\s", f" {_plain(text)} ")
    return Phrase(text, _together(wanted, lists or {}), tuple(_together(c, lists or {}) for c in cancels))


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).lower()
    return re.sub("[\u2018\u2019\u02bc\u00b4`]", "'", text).replace("&", " and ")


def _together(text: str, lists: Mapping) -> tuple[Part, ...]:
    pieces = re.split(r"\s\+\s", f" {text} ")
    if not all(map(str.strip, pieces)):
        raise _Fault("a phrase may not be empty, nor begin or end with + or unless")
    return tuple(_parse(_SIGN.findall(p), lists, inside=False) for p in pieces)


def _parse(signs: list[str], lists: Mapping, inside: bool) -> Part:
    """Takes signs up to the closing bracket off the list; each way between | is a run."""
    ways, steps = [], []  # a step is [part, gap before it, may be missing]
    gap = None

    def close() -> None:
        if not steps or gap is not None:
            raise _Fault("words are missing before | or ) or at the end")
        ways.append(_run(steps))

    while signs:
        sign = signs.pop(0)
        if sign == ")":
            if not inside:
                raise _Fault("a bracket is closed that was not opened")
            close()
            return ways[0] if len(ways) == 1 else Either(tuple(ways))
        if sign == "|":
            close()
            steps = []
        elif sign[0] == "~":
            if not sign[1:].isdigit() or int(sign[1:]) > LONGEST_GAP or not steps or gap is not None:
                raise _Fault(f"{sign} must be ~ and a number up to {LONGEST_GAP} between words, as in plan* ~3 late")
            gap = int(sign[1:])
        elif sign == "?":
            if not steps or gap is not None:
                raise _Fault("? must follow a word or a bracket that may be missing")
            steps[-1][2] = True
        else:
            for part in _parts(sign, signs, lists):
                steps.append([part, gap or 0, False])
                gap = None
    if inside:
        raise _Fault("a bracket is not closed")
    close()
    return ways[0] if len(ways) == 1 else Either(tuple(ways))


def _parts(sign: str, signs: list[str], lists: Mapping) -> list[Part]:
    if sign == "(":
        return [_parse(signs, lists, inside=True)]
    if sign == ">":
        raise _Fault("> without <")
    if sign == "<":
        name = signs.pop(0) if signs else ""
        if not signs or signs.pop(0) != ">":
            raise _Fault("< without >")
        if name not in lists:
            raise _Fault(f"there is no list <{name}>; lists: {', '.join(sorted(lists)) or 'none'}")
        others = {k: v for k, v in lists.items() if k != name}  # a list can't hold itself
        return [Either(tuple(_together(_plain(p), others)[0] for p in lists[name]))]
    words = re.findall(r"[^\W_*]+(?:\*[^\W_*]*)*|\*[^\W_]*", re.sub(r"'s?(?![^\W_*])", "", sign).replace("'", ""))
    if not words:
        raise _Fault(f"{sign} holds no word")
    if any(w.startswith("*") for w in words):
        raise _Fault("a word can't begin with *")
    return [Word(w) for w in words]


def _run(steps: list[list]) -> Part:
    """The steps as one part; a step that may be missing makes two ways, with and without it."""
    for i, (part, gap, optional) in enumerate(steps):
        if optional:
            rest = [list(s) for s in steps[:i] + steps[i + 1:]]
            if not rest:
                raise _Fault("? on the only word: a phrase needs a word that must be there")
            if 0 < i < len(steps) - 1:
                rest[i][1] = max(gap, rest[i][1])
            return Either((_run([*steps[:i], [part, gap, False], *steps[i + 1:]]), _run(rest)))
    if len(steps) == 1:
        return steps[0][0]
    return Run(tuple(s[0] for s in steps), tuple(s[1] for s in steps[1:]))
