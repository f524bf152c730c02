"""`sources.yml`: which file, sheet or query is which table, and what its columns are called. Checked all at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from rapidfuzz import process

from qa_analysis.errors import UserError
from qa_analysis.schema import TABLES

FILE_NAME = "sources.yml"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True, populate_by_name=True)


class DatePart(_Part):
    """A column that is read as a date before it becomes part of an id."""

    date: str


class FirstPart(_Part):
    """The first filled one of several columns, as a part of an id."""

    first: list[str] = Field(min_length=1)


class Unpivot(_Part):
    """Columns side by side that become rows: `columns` maps their header to the value in `names_to`.

    `describe` gives further columns for each of those values (the unit of an indicator); a cell with one of the words
    of `no_row` makes no row, like a blank one.
    """

    columns: dict[str, str] = Field(min_length=1)
    names_to: str
    values_to: str
    describe: dict[str, dict[str, str]] = {}
    no_row: list[str] = []


class Source(_Part):
    """One source of one table: a file, or a database URL with a query."""

    file: str | None = None
    url: str | None = None
    query: str | None = None
    sheet: str | None = None
    header_row: int | None = Field(None, ge=1)
    encoding: str | None = None
    delimiter: str | None = None
    columns: dict[str, str | list[str]] = {}
    constants: dict[str, str] = {}
    date_order: Literal["day first", "month first"] | None = None
    grade_coding: dict[str, str] = {}
    key: dict[str, list[str | DatePart | FirstPart]] = {}
    where: dict[str, list[str]] = {}
    unpivot: Unpivot | None = None
    merge: bool = False
    values: dict[str, dict[str, str]] = {}
    only_declared: bool = False
    keep: dict[str, str] = {}  # columns of theirs that are no columns of the table, kept as text under these names

    @field_validator("where", mode="before")
    @classmethod
    def _lists(cls, found: Any) -> Any:
        return {k: v if isinstance(v, list) else [v] for k, v in found.items()} if isinstance(found, dict) else found

    @model_validator(mode="after")
    def _one_origin(self) -> Source:
        if bool(self.file) == bool(self.url):
            raise ValueError("name one `file`, or one `url` with a `query`")
        if self.url and not self.query:
            raise ValueError("a `url` needs a `query`")
        if self.keep and self.unpivot:
            raise ValueError("`keep` goes with rows as they are, not with `unpivot`")
        return self

    @property
    def name(self) -> str:
        """What messages call the source; a URL without the password it may hold."""
        if self.file:
            return self.file
        from sqlalchemy.engine import make_url

        return make_url(self.url).render_as_string(hide_password=True)

    def headers_of(self, ours: str) -> list[str]:
        """Their headers for one of our columns, the first filled one counting."""
        theirs = self.columns.get(ours, [])
        return [theirs] if isinstance(theirs, str) else list(theirs)


def read_sources(path: Path, shown: str | None = None) -> dict[str, list[Source]]:
    """The sources of each table. Raises UserError once with every fault of the file."""
    shown = shown or path.name
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError(f"{shown}: is no valid YAML ({' '.join(str(error).split())}). Mend the line named.") from error
    if not isinstance(raw, dict):
        raise UserError(f"{shown}: found {type(raw).__name__} where table names with a list of sources are needed.")
    faults: list[str] = []
    sources: dict[str, list[Source]] = {}
    for table, entries in raw.items():
        if table not in TABLES:
            faults.append(f"{table}: is no table.{_near(str(table), list(TABLES))} Tables: {', '.join(TABLES)}.")
            continue
        entries = entries if isinstance(entries, list) else [entries]
        for i, entry in enumerate(entries):
            place = f"{table}, source {i + 1}"
            try:
                source = Source.model_validate(entry)
            except ValidationError as error:
                faults += [f"{place}, {'.'.join(map(str, e['loc'])) or 'entry'}: {_plain(e)}" for e in error.errors()]
                continue
            faults += [f"{place}: {fault}" for fault in _column_faults(table, source)]
            sources.setdefault(table, []).append(source)
    if faults:
        raise UserError(f"{shown}: {len(faults)} fault{'s' * (len(faults) > 1)} found:\n  " + "\n  ".join(faults))
    return sources


def _near(found: str, options: list[str]) -> str:
    near = process.extractOne(found, options, score_cutoff=60)
    return f" Did you mean '{near[0]}'?" if near else ""


def _plain(error: dict) -> str:
    if error["type"] == "extra_forbidden":
        word = str(error["loc"][-1])
        settings = list(Source.model_fields)
        return f"'{word}' is no setting.{_near(word, settings)} Settings: {', '.join(settings)}."
    text = error["msg"].removeprefix("Value error, ")
    return f"{text} (found {error['input']!r})" if not isinstance(error["input"], dict) else text


def _column_faults(table: str, source: Source) -> list[str]:
    """Names on our side that the table does not have."""
    ours = [c.name for c in TABLES[table].columns]
    named = {
        "columns": list(source.columns),
        "constants": list(source.constants),
        "values": [c for c in source.values if c not in source.keep],
        "key": list(source.key),
    }
    if source.unpivot:
        described = [c for columns in source.unpivot.describe.values() for c in columns]
        named["unpivot"] = [source.unpivot.names_to, source.unpivot.values_to, *dict.fromkeys(described)]
    taken = [f"keep: '{name}' is a column of {table}; map it under `columns`." for name in source.keep if name in ours]
    return taken + [
        f"{setting}: '{name}' is no column of {table}.{_near(name, ours)} Columns: {', '.join(ours)}."
        for setting, names in named.items()
        for name in names
        if name not in ours
    ]
