"""Every fault of a profile at once: unknown keys, wrong values, undeclared names, dates, double spellings."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from qa_analysis.profile_file import hint, not_allowed
from qa_analysis.profile_model import SECTIONS, Audience, Profile, fold, merge, words


def _model_at(path) -> type[BaseModel]:
    """The model that describes the mapping at a place of the file."""
    model: Any = Profile
    for part in path:
        if isinstance(model, type) and issubclass(model, BaseModel):
            field = next((f for n, f in model.model_fields.items() if part in (f.alias or n,)), None)
            model = field.annotation if field else Profile
        else:
            model = get_args(model)[-1] if get_origin(model) is dict else (get_args(model) or (Profile,))[0]
        if get_origin(model) not in (dict, list, tuple, None):  # X | None
            model = next((a for a in get_args(model) if a is not type(None)), Profile)
    return model if isinstance(model, type) and issubclass(model, BaseModel) else Profile


def _keys_of(model: type[BaseModel]) -> list[str]:
    """The keys that a user may write in a mapping of that model."""
    keys = [f.alias or n for n, f in model.model_fields.items() if n not in ("id", "files")]
    return ["extends", "replace", *keys] if model is Profile else keys


def model_faults(error: ValidationError, prefix: tuple = ()) -> list[tuple[tuple, str]]:
    """Place and words for each fault that the models found."""
    out = []
    for e in error.errors(include_url=False):
        path, kind, found = (*prefix, *e["loc"]), e["type"], e.get("input")
        if kind == "extra_forbidden":
            text = f"'{path[-1]}' is no key known here"
            keys = _keys_of(_model_at(path[:-1]))
            text += (hint(path[-1], keys) or ".") + f" Allowed: {', '.join(keys)}"
        elif kind == "missing":
            text = "is missing; every entry here needs it"
        elif kind == "literal_error":
            allowed = [a.strip("' ") for a in re.split(r", | or ", e["ctx"]["expected"])]
            text = not_allowed(found, allowed)
        elif kind == "string_pattern_mismatch":
            text = f"'{found}' is no colour; write # and six digits, e.g. '#12436D' in quotes"
        elif kind.startswith("date"):
            text = f"'{found}' is no date; write year-month-day, e.g. 2023-01-01"
        elif kind.startswith("bool"):
            text = f"'{found}' is neither true nor false"
        elif kind in ("model_type", "dict_type"):
            text = f"found {found!r} where keys and values are needed"
        else:
            text = f"found {found!r}: {e['msg'][0].lower()}{e['msg'][1:]}"
        out.append((path, text))
    return out


def _entries(raw: dict, section: str):
    """Each entry of a section that is a mapping, with its place."""
    items = raw.get(section)
    for key, item in items.items() if isinstance(items, dict) else ():
        if isinstance(item, dict):
            yield (section, key), item


_REFERENCES = {  # section → key → the section that its value must be an id of
    "activities": {"component": "components", "who": "roles", "involves": "roles", "commissioned_by": "forums",
                   "reports": "reports", "forums": "forums", "standards": "standard_sets"},
    "reports": {"forums": "forums", "written_by": "roles"},
    "standards": {"set": "standard_sets", "before": "standards"},
    "themes": {"standard": "standards"},
    "sample_themes": {"activity": "activities", "services": "services", "indicators": "indicators"},
}
_TOP_REFERENCES = {"default_activity": "activities", "standard_set": "standard_sets"}


def reference_faults(raw: dict) -> list[tuple[tuple, str]]:
    """Values that name something the profile does not declare."""
    out = []

    def check(path: tuple, value: Any, section: str) -> None:
        known = raw.get(section)
        known = known if isinstance(known, dict) else {}
        many = isinstance(value, list)
        for i, name in enumerate(value if many else [value]):
            if isinstance(name, str) and name not in known:
                what = section.replace("_", " ").rstrip("s").replace("activitie", "activity")
                out.append(((*path, i) if many else path,
                            not_allowed(name, known or ["(none declared)"], what + f" of `{section}`")))

    for section, keys in _REFERENCES.items():
        for path, item in _entries(raw, section):
            for key, target in keys.items():
                if key in item:
                    check((*path, key), item[key], target)
    for key, target in _TOP_REFERENCES.items():
        if key in raw:
            check((key,), raw[key], target)
    for path, item in _entries(raw, "standards"):
        seen = item.get("seen_in")
        for key in ("standards", "indicators"):
            if isinstance(seen, dict) and key in seen:
                check((*path, "seen_in", key), seen[key], key)
    for path, item in _entries(raw, "activities"):
        if isinstance(item.get("expected"), dict) and "services" in item["expected"]:
            check((*path, "expected", "services"), item["expected"]["services"], "services")
    for code, label in (raw.get("numeric_grades") or {}).items() if isinstance(raw.get("numeric_grades"), dict) else ():
        check(("numeric_grades", code), label, "grades")
    for key in raw.get("disclosure") or {} if isinstance(raw.get("disclosure"), dict) else ():
        if key not in get_args(Audience):
            out.append((("disclosure", key), not_allowed(key, get_args(Audience), "audience")))
    if isinstance(raw.get("codebook"), str) and not Path(raw["codebook"]).is_file():
        out.append((("codebook",), f"no file lies at {raw['codebook']}; give its path from where this file lies"))
    return out


def _written(section: str, path: tuple, item: dict):
    """Every spelling of an entry with its place: id, label, aliases, published keys."""
    yield path, path[1]
    yield path, path[1].replace("_", " ")
    yield (*path, "label"), item.get("label", path[1])
    aliases = words(item.get("aliases")) or []
    for i, alias in enumerate(aliases if isinstance(aliases, list) else []):
        yield (*path, "aliases", i), alias
    keys = item.get("benchmark") if section == "indicators" else None
    for key, value in keys.items() if isinstance(keys, dict) else ():
        if key != "year":  # the kind of year is no name, and many indicators have the same
            yield (*path, "benchmark", key), value


def alias_faults(raw: dict, rank: Callable[[tuple], int]) -> list[tuple[tuple, str]]:
    """Spellings that would mean two entries of one section; of the two places the later one in `rank` is at fault."""
    out = []
    for section in SECTIONS:
        seen: dict[str, tuple[tuple, str]] = {}
        for path, item in _entries(raw, section):
            for place, name in _written(section, path, item):
                first, owner = seen.setdefault(fold(name), (place, path[1]))
                if owner != path[1]:
                    here, other = (place, owner) if rank(place) >= rank(first) else (first, path[1])
                    out.append((here, f"'{name}' already means '{other}'; one spelling can't mean two things"))
    no_grade = {fold(w) for w in words(raw.get("ungraded_words")) or ()}
    for path, item in _entries(raw, "grades"):
        for place, name in _written("grades", path, item):
            if fold(name) in no_grade:
                out.append((place, f"'{name}' is also in ungraded_words; keep it in one"))
    return out


def date_faults(raw: dict) -> list[tuple[tuple, str]]:
    """Entries that end before they begin, and dated changes that do not fit."""
    out = []
    spans = [(path, item) for section in SECTIONS for path, item in _entries(raw, section)]
    overall = [((*path, "overall_grade"), item.get("overall_grade")) for path, item in _entries(raw, "standard_sets")]
    for path, item in [*spans, *overall]:
        if not isinstance(item, dict):
            continue
        first, last = item.get("from"), item.get("to")
        if isinstance(first, dt.date) and isinstance(last, dt.date) and first > last:
            out.append(((*path, "to"), f"ends on {last} before it begins on {first}; swap or correct the dates"))
    for path, item in spans:
        changes = item.get("changes")
        model = SECTIONS[path[0]]
        for i, change in enumerate(changes if isinstance(changes, list) else ()):
            here = (*path, "changes", i)
            if not isinstance(change, dict) or not isinstance(change.get("from"), dt.date):
                out.append((here, "a change needs the day `from:` which it holds, and the keys that change"))
                continue
            later = merge({k: v for k, v in item.items() if k != "changes"},
                           {k: v for k, v in change.items() if k != "from"})
            try:
                model.model_validate(later)
            except ValidationError as error:
                changed = [f for f in model_faults(error, path) if f[0][2] in change]
                out += [((*here, *place[2:]), text) for place, text in changed]
    return out


def filled(raw: dict) -> dict:
    """The values with short forms written out: `Name: [aliases]`, `id: Label`; ids and labels from the keys."""
    out = dict(raw)
    for section in SECTIONS:
        items = raw.get(section)
        if isinstance(items, list):
            continue  # the model says that keys are needed
        if isinstance(items, dict):
            full = {}
            for key, item in items.items():
                if isinstance(item, list):
                    item = {"aliases": item}
                elif isinstance(item, str):
                    item = {"label": item}
                full[key] = {"label": key, **item, "id": key} if isinstance(item, dict) else item
            out[section] = full
    return out


def message(path: Path, faults: list[tuple]) -> str:
    lines = [f"profile {path.name} ({path}) can't be used; {len(faults)} fault{'s' if len(faults) > 1 else ''} found:"]
    for file, line, place, text in sorted(set(faults)):
        at = f"{Path(file).name}" + (f", line {line}" if line else "")
        lines.append(f"  {at}: {place + ': ' if place else ''}{text}")
    return "\n".join(lines)
