"""An authority's framework as data: a YAML file goes in, a checked `Profile` or one list of all faults comes out."""

from __future__ import annotations

import textwrap
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import ValidationError

from qa_analysis.profile_faults import alias_faults, date_faults, filled, message, model_faults, reference_faults
from qa_analysis.profile_file import ProfileError, built_in_names, fault, gather, parse, path_of, place_text
from qa_analysis.profile_model import Activity, Expected, Profile, fold, words

__all__ = ["Profile", "ProfileError", "fold", "list_profiles", "load_profile", "profile_tables", "show_profile"]


@lru_cache(maxsize=64)
def _build(path: Path, stamps: tuple) -> Profile:
    raw, where, faults, files = gather(path)
    raw = filled(raw) | {"files": [str(f) for f in files]}

    def written(place: tuple) -> tuple[Path, int | None]:
        """File and line of a place, or of the nearest place around it that is written down."""
        return next((where[place[:n]] for n in range(len(place), 0, -1) if place[:n] in where), (path, None))

    elsewhere = f"; {path.name} took it away: say there what stands instead"
    found = [(place, text + ("" if written(place)[0] == path else elsewhere)) for place, text in reference_faults(raw)]
    found += alias_faults(raw, rank=lambda place: files.index(written(place)[0])) + date_faults(raw)
    profile = None
    try:
        profile = Profile.model_validate(raw)
    except ValidationError as error:
        found = model_faults(error) + found
    faults += [fault(*written(place), place_text(place), text) for place, text in found]
    if faults or profile is None:
        raise ProfileError(message(path, list(dict.fromkeys(faults))))
    return profile


def _stamps(path: Path, seen: tuple = ()) -> tuple:
    """Path, time and size of a profile's file and of all that it extends: what a kept copy stands for."""
    stat = path.stat()
    out = ((str(path), stat.st_mtime_ns, stat.st_size),)
    raw = parse(path, stat.st_mtime_ns, stat.st_size)[0]
    for parent in words(raw.get("extends")) or ():
        try:
            parent_path = path_of(parent, beside=path.parent)
        except ProfileError:
            continue
        if parent_path not in (*seen, path):
            out += _stamps(parent_path, (*seen, path))
    return out


def load_profile(name_or_path: str | Path, on: Any = None) -> Profile:
    """The checked profile of that name, or of that file; with `on`, as it stood on that day.

    Raises ProfileError once with every fault of the file and of those it extends: file, line, place inside the file,
    what was found, what is allowed, and the nearest right word.
    """
    path = path_of(name_or_path)
    profile = _build(path, _stamps(path))
    return profile if on is None else profile.on(on)


def list_profiles() -> pd.DataFrame:
    """The profiles that come with the package: name, framework, document, and how much each declares."""
    rows = []
    for profile in map(load_profile, built_in_names()):
        counts = {f"n_{section}": len(getattr(profile, section))
                  for section in ("activities", "standards", "services", "indicators", "reports", "forums")}
        rows.append({"name": profile.name, "framework": profile.title, "n_grades": len(profile.grades), **counts})
    return pd.DataFrame(rows)


def _how_many(expected: Expected | None) -> str:
    """What is expected in words: "1 per team manager", "at least 18 per authority"."""
    if expected is None:
        return "no number set"
    text = f"{'at least ' if expected.minimum else ''}{expected.count:g} per {expected.per.replace('_', ' ')}"
    text += f" ({expected.units} of them)" if expected.units else ""
    return text + (f", about {expected.cases_each} cases each" if expected.cases_each else "")


def _dates(item: Any) -> str:
    if item.valid_from is None and item.valid_to is None:
        return "always"
    ends = (item.valid_from and f"from {item.valid_from}", item.valid_to and f"to {item.valid_to}")
    return " ".join(filter(None, ends))


def _activity_row(profile: Profile, activity: Activity) -> dict[str, str]:
    def labels(kind, ids):
        return "; ".join(profile.label(kind, i) for i in ids)

    return {"activity": activity.label, "who": labels("roles", activity.who), "how often": activity.frequency,
            "how many": _how_many(activity.expected), "graded": "yes" if activity.graded else "no",
            "component": profile.label("components", activity.component), "feeds": labels("reports", activity.reports),
            "goes to": labels("forums", activity.forums), "source": activity.source}


def profile_tables(profile: Profile | str | Path) -> dict[str, pd.DataFrame]:
    """A profile as tables to read, by section: what is declared, in words instead of ids."""
    p = profile if isinstance(profile, Profile) else load_profile(profile)
    tables = {
        "grades": [{"grade": g.label, "good or better": "yes" if g.good else "no", "also written": ", ".join(g.aliases)}
                   for g in p.grades],
        "standards": [{"standard": s.label, "id": s.id, "set": p.label("standard_sets", s.set), "in force": _dates(s)}
                      for s in p.standards.values()],
        "activities": [_activity_row(p, a) for a in p.activities.values()],
        "services": [{"service": s.label, "also written": ", ".join(s.aliases)} for s in p.services.values()],
        "localities": [{"locality": s.label, "also written": ", ".join(s.aliases)} for s in p.localities.values()],
        "themes": [{"theme": t.label, "id": t.id, "standard": p.label("standards", t.standard)}
                   for t in p.themes.values()],
        "indicators": [{"indicator": i.label, "id": i.id, "type": i.type, "unit": i.unit, "better": i.polarity,
                        "target": "" if i.target is None else f"{i.target:g}",
                        "published as": ", ".join(i.benchmark.published)}
                       for i in p.indicators.values()],
        "reports": [{"report": r.label, "id": r.id, "notebook": r.notebook, "how often": r.frequency, "by": r.by,
                     "due on day": r.due_day, "audience": r.audience,
                     "goes to": "; ".join(p.label("forums", f) for f in r.forums)} for r in p.reports.values()],
        "practice elements": [{"element": e.label, "id": e.id} for e in p.practice_elements.values()],
        "disclosure": [{"audience": d.label, "smallest count shown": d.smallest_count,
                        "cases": "yes" if d.show_cases else "no", "people": "yes" if d.show_people else "no",
                        "free text": "yes" if d.show_free_text else "no"} for d in p.disclosure.values()],
        "timescales": [{"timescale": t.label, "limit": f"{t.limit} {t.unit}" + (f" (at most {t.longest})"
                                                                                if t.longest else ""),
                        "counted": f"{t.counted_from} to {t.counted_to}", "to be checked": "yes" if t.check else "no"}
                       for t in p.timescales.values()],
        "ambitions": [{"ambition": a.label, "at least": "" if a.at_least is None else f"{a.at_least:.0%}",
                       "at most": "" if a.at_most is None else f"{a.at_most:.0%}"} for a in p.ambitions.values()],
    }
    return {name: pd.DataFrame(rows) for name, rows in tables.items() if rows}


def _activity_block(row: pd.Series) -> str:
    """One activity in a few lines, because its row is wider than a terminal."""
    graded = "graded" if row["graded"] == "yes" else "not graded"
    lines = [f"{row['who']}; {row['how often']}; {row['how many']}; {graded}"]
    lines += [f"{name}: {row[name]}" for name in ("feeds", "goes to", "source") if row[name]]
    indent = "    "
    wrapped = (textwrap.fill(x, 100, initial_indent=indent, subsequent_indent=indent * 2) for x in lines)
    return "\n".join([row["activity"], *wrapped])


def show_profile(name_or_path: str | Path) -> str:
    """A profile in words, section by section, for a terminal; raises ProfileError with every fault."""
    profile = load_profile(name_or_path)
    paper = ", ".join(filter(None, (profile.document.title, profile.document.author, profile.document.date)))
    parts = [profile.title, f"Read from: {paper}", f"Files: {', '.join(Path(f).name for f in profile.files)}"]
    for name, table in profile_tables(profile).items():
        if name == "activities":
            text = "\n".join(table.apply(_activity_block, axis=1))
        else:
            text = table.to_string(index=False, max_colwidth=48)
        parts.append(f"\n{name.capitalize()} ({len(table)})\n{text}")
    return "\n".join([*parts, "\nNo fault found."])
