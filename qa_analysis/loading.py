"""A folder of exports → typed tables that reports can stand on, with everything that was mended on the way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path

import pandas as pd
import pyarrow as pa

from qa_analysis import store as store_module
from qa_analysis.clean import Part, Scales, clean_source, empty_table, set_aside_frame
from qa_analysis.clean_rows import (
    check_logic,
    complete_rows,
    finished,
    follow_audits,
    follow_ids,
    name_people,
    one_row_each,
    pad_ids,
    put_together,
    ratings_by_date,
)
from qa_analysis.clean_samples import check_samples
from qa_analysis.clean_training import check_training
from qa_analysis.derive import split_findings, with_counted_grades, with_counted_ratings
from qa_analysis.errors import UserError
from qa_analysis.issues import IssueLog
from qa_analysis.profile import Profile, load_profile
from qa_analysis.pseudonyms import AUDIENCES, OPEN_AUDIENCES, hide_issues, hide_set_aside, hide_tables, pseudonym_key
from qa_analysis.read import Plan, faults_of, make_plan, read
from qa_analysis.schema import TABLES, validate

PROFILES = Path(__file__).parent / "profiles"

ROW_COUNTS = ["source_file", "sheet", "table", "rows_read", "rows_clean", "rows_set_aside", "note"]


@dataclass(frozen=True)
class Data:
    """The cleaned tables of one data folder, each under its name (`d.audits`), and what was done to make them.

    `issues`: one row per fault or repair. `row_counts`: rows read, clean and set aside per file, sheet and table.
    `set_aside`: the rows that no figure counts, each with its reason. `inputs`: the files with their sha256.
    """

    tables: dict[str, pd.DataFrame] = field(repr=False)
    issues: pd.DataFrame = field(repr=False)
    row_counts: pd.DataFrame = field(repr=False)
    set_aside: pd.DataFrame = field(repr=False)
    inputs: pd.DataFrame = field(repr=False)
    profile: Profile = field(repr=False)
    folder: Path = Path()
    audience: str | None = None
    from_store: bool = False

    def __getattr__(self, name: str) -> pd.DataFrame:
        tables = self.__dict__.get("tables", {})
        if name in tables:
            return tables[name]
        raise AttributeError(f"no table '{name}'; tables: {', '.join(tables)}")

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.tables]

    @cached_property
    def findings(self) -> pd.DataFrame:
        """One finding in words per row, from its own file and from strengths, improvements and evidence."""
        return split_findings(self.tables["audits"], self.tables["ratings"], self.tables["findings"])


def load(
    folder: str | Path,
    profile: str | Path | Profile = "common",
    audience: str | None = None,
    store: str | Path | None = "auto",
    tables: list[str] | None = None,
    as_of: date | str | None = None,
) -> Data:
    """The cleaned tables of a data folder, by the words of a profile.

    `audience` team, board or public: case numbers and people stand under pseudonyms; supervision or None keeps them.
    `store`: where cleaned tables are kept ("auto": `.qa_store` beside the data, or QA_STORE; None: nowhere).
    `tables`: only these. `as_of`: the day that counts as today when dates in the future are told (default: today).
    Raises UserError with all faults of a kind together where nothing can be made of the folder.
    """
    if audience is not None and audience not in AUDIENCES:
        raise UserError(f"audience '{audience}': use one of {', '.join(AUDIENCES)}.")
    if unknown := [t for t in tables or () if t not in TABLES]:
        raise UserError(f"no table {', '.join(map(repr, unknown))}. Tables: {', '.join(TABLES)}.")
    folder = Path(folder)
    profile = profile if isinstance(profile, Profile) else load_profile(profile)
    today = date.fromisoformat(as_of) if isinstance(as_of, str) else as_of or date.today()
    shipped = _shipped_sources(profile)
    plan = make_plan(folder, shipped)
    if tables:
        plan.planned = [p for p in plan.planned if p.table in tables]
    if plan.faults:
        raise UserError(_together(folder, plan.faults))
    where = store_module.store_folder(folder, store) if not any(p.source.url for p in plan.planned) else None
    inputs = _inputs(plan, where)
    key = (
        store_module.store_key(
            [*zip(inputs["file"], inputs["sha256"], strict=True)],
            profile.model_dump_json(),
            f"{sorted(tables or [])} {folder.name}",
        )
        if where
        else ""
    )
    kept = store_module.read_store(where, key, today) if where else None
    if kept:
        made = kept[0]
    else:
        with _plain_memory():
            made, valid_until = _make(folder, plan, profile, today)
        if where:
            store_module.write_store(where, key, made, {"folder": folder.name, "profile": profile.name}, valid_until)
    made = dict(made)
    issues, row_counts, aside = made.pop("_issues"), made.pop("_row_counts"), made.pop("_set_aside")
    if audience is not None and audience not in OPEN_AUDIENCES:
        made = hide_tables(made, pseudonym_key())
        issues, aside = hide_issues(issues), hide_set_aside(aside)
    return Data(made, issues, row_counts, aside, inputs, profile, folder, audience, bool(kept))


@contextmanager
def _plain_memory() -> Iterator[None]:
    """Arrow takes its memory from the system while a table is made: on Linux its own allocator spends more time on
    pages that it gives back and asks for again than reading takes."""
    before = pa.default_memory_pool()
    pa.set_memory_pool(pa.system_memory_pool())
    try:
        yield
    finally:
        pa.set_memory_pool(before)


def _shipped_sources(profile: Profile) -> Path | None:
    """The `sources.yml` that ships with a profile, for folders that have none of their own."""
    beside = [Path(f) for f in profile.files[:1]] + [PROFILES / f"{profile.name}.yml"]
    for path in beside:
        shipped = path.with_name(f"{path.stem}.sources.yml")
        if shipped.is_file():
            return shipped
    return None


def _inputs(plan: Plan, store: Path | None) -> pd.DataFrame:
    files = [*plan.files, *([plan.sources_file] if plan.sources_file else [])]
    hashes = store_module.fingerprints(files, store)
    rows = [(p.name, hashes[p], p.stat().st_size) for p in files]
    return pd.DataFrame(rows, columns=["file", "sha256", "n_bytes"])


def _together(folder: Path, faults: list[str]) -> str:
    if len(faults) == 1:
        return faults[0]
    return f"data folder '{folder}': {len(faults)} faults found:\n" + "\n".join(f"  {f}" for f in faults)


def _make(folder: Path, plan: Plan, profile: Profile, today: date) -> tuple[dict[str, pd.DataFrame], date | None]:
    """All tables of a plan, with issues, row counts and rows set aside under names that begin with "_"."""
    scales, log = Scales.of(profile, today), IssueLog()
    parts = _clean_all(folder, plan, scales, log)
    tables, set_aside, counts = _assembled(parts, scales, log, profile, today)
    for name, why in plan.not_used:
        log.file(
            "",
            name,
            "file not used",
            why,
            "kept",
            remedy="Name it like a table or map it in sources.yml, if it should count.",
        )
    counts += [(name, "", "", 0, 0, 0, f"not used: {why}") for name, why in plan.not_used]
    row_counts = pd.DataFrame(counts, columns=ROW_COUNTS).astype({"source_file": "str", "sheet": "str", "table": "str"})
    wrong = row_counts[row_counts["rows_read"] != row_counts["rows_clean"] + row_counts["rows_set_aside"]]
    assert wrong.empty, f"rows were lost:\n{wrong}"
    issues = log.frame()
    validate({name: f for name, f in tables.items() if len(f)}, list(profile.grade_labels) or None)
    future = pd.to_datetime(
        issues.loc[issues["rule"].eq("date in the future"), "value_found"],
        errors="coerce",
        format="mixed",
        dayfirst=True,
    )
    valid_until = future.min().date() if future.notna().any() else None
    return tables | {"_issues": issues, "_row_counts": row_counts, "_set_aside": set_aside}, valid_until


def _clean_all(folder: Path, plan: Plan, scales: Scales, log: IssueLog) -> list[Part]:
    parts: list[Part] = []
    faults: list[str] = []
    empty: list[str] = []
    for number, planned in enumerate(plan.planned):
        try:
            raw = read(planned, scales.lookups["standards"])
        except UserError as error:
            faults.append(str(error))
            continue
        if not raw.grid.headers or not raw.grid.n_rows:
            what = "is empty" if not raw.grid.headers else "has a header and no rows"
            empty.append(f"{planned.name}: {what}. Export it again with its rows.")
            if planned.is_form and raw.grid.headers:
                what = "a form's sheet that is not filled in"
            else:
                log.file(
                    planned.table,
                    planned.source.name,
                    "empty file",
                    what,
                    "kept",
                    remedy="Export it again with its rows.",
                )
            parts.append(
                Part(
                    planned.table,
                    planned.source.name,
                    planned.sheet,
                    empty_table(planned.table, scales),
                    0,
                    set_aside_frame([]),
                    note=what,
                )
            )
            continue
        if found := faults_of(raw):
            faults += found
            continue
        parts += clean_source(raw, scales, log, number)
        del raw
    if faults:
        raise UserError(_together(folder, faults))
    if empty and len(empty) == len(plan.planned):
        raise UserError(_together(folder, empty))
    return parts


def _assembled(
    parts: list[Part], scales: Scales, log: IssueLog, profile: Profile, today: date
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame, list[tuple]]:
    """The parts of each table put together, checked against each other, and the count of every row."""
    tables, merging = {}, {}
    aside = [p.set_aside for p in parts]
    read_of = [(p.file, p.sheet, p.table, p.n_read, p.note) for p in parts]
    own = {}
    for name in TABLES:
        of_table = [p for p in parts if p.table == name and len(p.frame)]
        merging[name] = any(p.merge for p in parts if p.table == name)
        tables[name] = put_together(of_table) if of_table else empty_table(name, scales)
    own = {(p.file, p.sheet, p.table): len(p.frame) for p in parts}
    del parts
    tables = name_people(pad_ids(tables, log), log)
    for name in TABLES:
        if name == "ratings":
            tables[name] = follow_ids(tables[name], tables["audits"])
            tables[name], gone = follow_audits(tables[name], pd.concat([a for a in aside if len(a)] or aside[:1]))
            aside.append(gone)
            tables[name], gone = ratings_by_date(tables[name], tables["audits"], profile, merging[name], log)
            aside.append(gone)
        tables[name], gone = one_row_each(name, tables[name], merging[name], log)
        aside.append(gone)
        if merging[name]:
            tables[name], gone = complete_rows(name, tables[name], log)
            aside.append(gone)
    ungraded = {a.id for a in profile.activities.values() if not a.graded}
    tables = check_logic(_default_activity(tables, profile, log), ungraded, log, today)
    check_samples(tables, log)
    check_training(tables["training"], log)
    tables = {name: finished(frame) for name, frame in tables.items()}
    tables["audits"] = with_counted_grades(tables["audits"], tables["moderations"])
    tables["ratings"] = with_counted_ratings(tables["ratings"], tables["moderations"])
    filled = [a for a in aside if len(a)]
    set_aside = pd.concat(filled, ignore_index=True) if filled else set_aside_frame([])
    counts = _counted(read_of, own, tables, set_aside)
    return tables, set_aside, counts


def _default_activity(tables: dict[str, pd.DataFrame], profile: Profile, log: IssueLog) -> dict[str, pd.DataFrame]:
    """Audits that name no activity belong to the profile's usual one."""
    audits = tables["audits"]
    if audits.empty or not (lacks := audits["activity"].isna()).any():
        return tables
    for file, rows in audits.loc[lacks].groupby("source_file", sort=False):
        log.file(
            "audits",
            file,
            "no activity given",
            f"{len(rows):,} rows",
            "repaired",
            profile.label("activities", profile.default_activity),
            "activity",
            "Name the activity in the export or as a constant in sources.yml.",
        )
    return tables | {"audits": audits.assign(activity=audits["activity"].fillna(profile.default_activity))}


def _counted(read_of: list[tuple], own: dict, tables: dict[str, pd.DataFrame], set_aside: pd.DataFrame) -> list[tuple]:
    """Rows clean and set aside for each file and table, counted in what is handed out."""
    clean = {
        (name, file): n
        for name, frame in tables.items()
        if len(frame)
        for file, n in frame["source_file"].value_counts().items()
    }
    gone = set_aside.groupby(["table", "source_file"]).size().to_dict()
    counts = []
    for (file, table), some in pd.DataFrame(read_of, columns=["file", "sheet", "table", "n", "note"]).groupby(
        ["file", "table"], sort=False
    ):
        n_clean, n_gone = clean.get((table, file), 0), gone.get((table, file), 0)
        notes = "; ".join(dict.fromkeys(n for n in some["note"] if n))
        counts.append(
            (file, ", ".join(s for s in some["sheet"] if s), table, int(some["n"].sum()), n_clean, n_gone, notes)
        )
    return counts
