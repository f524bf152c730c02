"""A profile's file and those it extends become plain values, with the line that each was written on."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from rapidfuzz import fuzz, process

from qa_analysis.errors import UserError
from qa_analysis.profile_model import SECTIONS, merge, words

FOLDER = Path(__file__).parent / "profiles"
_NOT_PROFILES = ("codebook",)  # other files of the folder
_YAML_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C parser where PyYAML was built with it


class ProfileError(UserError):
    """The profile can't be used; the message lists every fault with file, line, place, and what is allowed."""


def fault(file: Path, line: int | None, place: str, text: str) -> tuple[str, int, str, str]:
    """File, line, place inside the file, what is wrong."""
    return (str(file), line or 0, place, text)


def nearest(word: Any, allowed, least: float = 70) -> str | None:
    """The allowed word most like `word`; None where none is like it (similarity under `least` of 100)."""
    found = process.extractOne(str(word), list(allowed), scorer=fuzz.ratio, processor=str.casefold, score_cutoff=least)
    return found[0] if found else None


def place_text(path) -> str:
    """A place inside a file in words: activities.file_audit.who[1]."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else (f".{part}" if text else str(part))
    return text


def hint(word: Any, allowed) -> str:
    """The question whether the nearest allowed word was meant; empty where none is near."""
    near = nearest(word, allowed)
    return f"; did you mean '{near}'?" if near else ""


def not_allowed(found: Any, allowed, what: str = "value") -> str:
    """What was found, the nearest allowed word, and all that are allowed."""
    near, names = nearest(found, allowed), ", ".join(map(str, allowed))
    return f"'{found}' is no {what} known here" + (f"; did you mean '{near}'?" if near else ".") + f" Allowed: {names}"


def _plain(node, loader, path: tuple, lines: dict, faults: list, file: Path) -> Any:
    """Plain values of a YAML node; notes each place's line and each key written twice."""
    lines.setdefault(path, node.start_mark.line + 1)
    if len(path) > 20:
        faults.append(fault(file, node.start_mark.line + 1, place_text(path), "nested too deeply"))
        return None
    if isinstance(node, yaml.MappingNode):
        out: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            here, line = (*path, key), key_node.start_mark.line + 1
            if key in out:
                faults.append(fault(file, line, place_text(here),
                                    f"written twice (first in line {lines[here]}); keep one of them"))
            else:
                lines[here] = line
            out[key] = _plain(value_node, loader, here, lines, faults, file)
        return out
    if isinstance(node, yaml.SequenceNode):
        return [_plain(n, loader, (*path, i), lines, faults, file) for i, n in enumerate(node.value)]
    try:
        return loader.construct_object(node, deep=True)
    except (ValueError, yaml.YAMLError):  # 2023-13-01 looks like a date and is none: the model says so later
        return node.value


@lru_cache(maxsize=64)
def parse(path: Path, changed: int, size: int) -> tuple[dict, dict, tuple]:
    """One file's values, the line of each place, and its YAML faults."""
    faults: list = []
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        return {}, {}, (fault(path, None, "", f"can't be read: {error.strerror}"),)
    except UnicodeDecodeError as error:
        said = f"is not UTF-8 text ({error.reason} at byte {error.start}); save it as UTF-8"
        return {}, {}, (fault(path, None, "", said),)
    loader = None
    try:
        loader = _YAML_LOADER(text)
        node = loader.get_single_node()
        lines: dict = {}
        raw = _plain(node, loader, (), lines, faults, path) if node is not None else None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        said = f"is not YAML: {getattr(error, 'problem', None) or error}; check indentation, quotes and colons here "
        return {}, {}, (fault(path, mark.line + 1 if mark else None, "", said + "or one line above"),)
    finally:
        if loader is not None:
            loader.dispose()
    if not isinstance(raw, dict):
        faults.append(fault(path, 1, "", "holds no keys; a profile begins with name:, label: and extends:"))
        raw = {}
    return raw, lines, tuple(faults)


def path_of(name_or_path: str | Path, beside: Path | None = None) -> Path:
    """The file that a name or a path means; ProfileError with the nearest name where there is none."""
    text = str(name_or_path)
    built_in = FOLDER / f"{text}.yml"
    if re.fullmatch(r"[A-Za-z0-9_]+", text) and built_in.is_file() and text not in _NOT_PROFILES:
        return built_in
    path = Path(text).expanduser()
    if beside is not None and not path.is_absolute():
        path = beside / path
    if path.is_file():
        return path.resolve()
    names = built_in_names()
    near = nearest(text, names)
    looked = "" if re.fullmatch(r"[A-Za-z0-9_]+", text) else f" and no file lies at {path}"
    remedy = f" Did you mean '{near}'?" if near else " Give one of these names or the path of a .yml file."
    raise ProfileError(f"profile '{text}' does not exist: it is none of {', '.join(names)}{looked}.{remedy}")


def built_in_names() -> list[str]:
    """Names of the profiles that come with the package, `common` first."""
    names = sorted(p.stem for p in FOLDER.glob("*.yml") if p.stem not in _NOT_PROFILES and not p.name.endswith(".sources.yml"))
    return sorted(names, key=lambda n: n != "common")


def _names(value: Any, key: str, path: Path, lines: dict, faults: list) -> list[str]:
    names = words(value) or []
    if isinstance(names, list) and all(isinstance(n, str) for n in names):
        return names
    faults.append(fault(path, lines.get((key,)), key, f"found {value!r} where one name or a list of names is needed"))
    return []


def gather(path: Path, chain: tuple[Path, ...] = ()) -> tuple[dict, dict, list, tuple[Path, ...]]:
    """The values of a file laid on those it extends; where each place was written; faults; all files read."""
    stat = path.stat()
    raw, lines, found = parse(path, stat.st_mtime_ns, stat.st_size)
    faults, raw = list(found), dict(raw)
    where = {place: (path, line) for place, line in lines.items()}
    raw["name"] = raw.get("name") or path.stem  # never the name of a profile that it extends
    extends, replace = (_names(raw.pop(key, None), key, path, lines, faults) for key in ("extends", "replace"))
    base: dict = {}
    base_where: dict = {}
    files: tuple[Path, ...] = ()
    for parent in extends:
        try:
            parent_path = path_of(parent, beside=path.parent)
        except ProfileError as error:
            faults.append(fault(path, lines.get(("extends",)), "extends", str(error)))
            continue
        if parent_path in (*chain, path):
            loop = " → ".join(p.name for p in (*chain, path, parent_path))
            faults.append(fault(path, lines.get(("extends",)), "extends", f"goes round in a circle: {loop}"))
            continue
        values, places, more, read = gather(parent_path, (*chain, path))
        base, base_where = merge(base, values), base_where | places
        faults += [f for f in more if f not in faults]
        files += tuple(f for f in read if f not in files)
    for name in replace:
        if name not in SECTIONS and name not in base:
            faults.append(fault(path, lines.get(("replace",)), "replace", not_allowed(name, SECTIONS, "section")))
        base = {k: v for k, v in base.items() if k != name}
    for section in SECTIONS:
        for key, value in (raw.get(section) or {}).items() if isinstance(raw.get(section), dict) else ():
            if value is None and key not in (base.get(section) or {}):
                faults.append(fault(path, lines.get((section, key)), f"{section}.{key}",
                                    "is set to null to remove it, but no profile extended here has it"
                                    + hint(key, base.get(section) or {})))
    if isinstance(raw.get("codebook"), str):
        raw["codebook"] = str((path.parent / raw["codebook"]).resolve())
    return merge(base, raw), base_where | where, faults, (*files, path)
