"""Whole tables at a time: sources put together, ids and names agreed, records sent twice, faults of logic."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from qa_analysis.clean import FROM_FORM, SOURCE_NO, SUBMITTED, Part, set_aside_frame
from qa_analysis.clean_ids import full_names, lost_zeros_width, pad_zeros
from qa_analysis.coded import key_numbers, repeated
from qa_analysis.issues import IssueLog
from qa_analysis.profile import Profile
from qa_analysis.profile_model import Standard
from qa_analysis.schema import TABLES, Table

FROM_AUDITS = "_from_audits"
_WORKING = [SUBMITTED, SOURCE_NO, FROM_AUDITS, FROM_FORM]
_MAY_LACK = {"standard", "moderation_date", "area_code"}  # parts of a key that may be blank
_SAME_RECORD = {
    "audits": "case_id",
    "actions": "audit_id",
    "feedback": "date",
    "training": "agency",
}  # two rows of one id are one record if …
_FILLED_FIRST = {"answers": "answer"}  # a version that lacks this never goes before one that has it
_PADDED_TOGETHER = ("case_id", "audit_id", "action_id")
_ID_OF = {"reaudit_of": "audit_id", "replaces": "case_id"}


def put_together(parts: list[Part]) -> pd.DataFrame:
    """The rows of all sources of one table, one after the other."""
    if len(parts) == 1:
        return parts[0].frame
    frames = [p.frame for p in parts]
    for name in frames[0].columns:
        kinds = [f[name] for f in frames if name in f]
        if all(isinstance(k.dtype, pd.CategoricalDtype) for k in kinds) and len({k.dtype for k in kinds}) > 1:
            union = pd.Index([])
            for k in kinds:
                union = union.append(k.cat.categories.difference(union, sort=False))
            for i, f in enumerate(frames):
                frames[i] = f.assign(**{name: f[name].cat.set_categories(union)})
    return pd.concat(frames, ignore_index=True)


def pad_ids(tables: dict[str, pd.DataFrame], log: IssueLog) -> dict[str, pd.DataFrame]:
    """Leading zeros that a spreadsheet took away put back, by the width that the same id shows in all tables."""
    tables = dict(tables)
    for column in _PADDED_TOGETHER:
        where = [(t, c) for t, f in tables.items() for c in f.columns if c == column or _ID_OF.get(c) == column]
        width = lost_zeros_width(tables[t][c] for t, c in where)
        if not width:
            continue
        for t, c in where:
            padded, changed = pad_zeros(tables[t][c], width)
            if changed.any():
                _log(
                    log,
                    t,
                    tables[t].loc[changed],
                    c,
                    "lost leading zeros",
                    tables[t].loc[changed, c],
                    "repaired",
                    padded[changed],
                    "Format the column as text before exporting.",
                )
                tables[t] = tables[t].assign(**{c: padded})
    return tables


def name_people(tables: dict[str, pd.DataFrame], log: IssueLog) -> dict[str, pd.DataFrame]:
    """Initial forms ("J Smith") written out where only one person of all tables can be meant, and one spelling per
    person; an initial form that fits several people or none is listed and kept."""
    where = [(t, c.name) for t, f in tables.items() for c in TABLES[t].columns if c.kind == "person" and len(f)]
    distinct = {(t, c): _distinct(tables[t][c]) for t, c in where}
    spelled: dict[str, str] = {}
    everyone: dict[str, None] = {}
    for names in distinct.values():
        for cell in names:
            for name in cell.split(";"):
                everyone.setdefault(spelled.setdefault(name.casefold(), name))
    full = full_names(everyone)
    tables = dict(tables)
    for t, c in where:
        change, unsure = {}, []
        for cell in distinct[t, c]:
            parts = [spelled[p.casefold()] for p in cell.split(";")]
            named = [full.get(p) or p for p in parts]
            if (after := ";".join(dict.fromkeys(named))) != cell:
                change[cell] = after
            if any(p in full and full[p] is None for p in parts):
                unsure.append(cell)
        column = tables[t][c]
        if unsure:
            hit = column.isin(unsure)
            _log(
                log,
                t,
                tables[t].loc[hit],
                c,
                "initial form of a name",
                column[hit],
                "kept",
                column[hit],
                "Enter the full name: nobody, or more than one person, fits.",
            )
        if change:
            after = column.map(change)
            hit = after.notna()
            _log(log, t, tables[t].loc[hit], c, "form of a name", column[hit], "repaired", after[hit])
            tables[t] = tables[t].assign(**{c: after.where(hit, column).astype("str")})
    return tables


def _distinct(column: pd.Series) -> list[str]:
    """The texts of a column in order of first appearance."""
    return pc.unique(pa.array(column, pa.large_string(), from_pandas=True)).drop_null().to_pylist()


def _log(
    log: IssueLog, table: str, rows: pd.DataFrame, column: str, rule: str, found, action: str, used="", remedy: str = ""
) -> None:
    """Issues for rows of one cleaned table, file by file."""
    for file, at in rows.groupby("source_file", sort=False).indices.items():
        some = rows.iloc[at]
        pick = [v.iloc[at] if isinstance(v, pd.Series) else v for v in (found, used)]
        pick = [v.astype("str") if isinstance(v, pd.Series) else v for v in pick]
        team = some["team"].astype("str") if "team" in some else None
        log.rows(table, file, some["source_row"].to_numpy(), column, rule, pick[0], action, pick[1], remedy, team)


# --- one record, one row --------------------------------------------------------------------------------------------


def one_row_each(name: str, frame: pd.DataFrame, merging: bool, log: IssueLog) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The table with one row for each key, and the rows set aside for it.

    A record sent again keeps its latest version (by the time sent, else the last in the file). Where one id stands for
    records that are not the same, both stay and the later one gets an id of its own. With `merging`, a later
    source fills the blanks of an earlier one.
    """
    if frame.empty:
        return frame, set_aside_frame([])
    table = TABLES[name]
    frame = _area_codes(frame) if name == "indicators" else frame
    key = [c for c in table.key if c in frame]
    comparable = np.ones(len(frame), bool)
    for c in key:
        if c not in _MAY_LACK:
            comparable &= frame[c].notna().to_numpy()
    again = repeated(key_numbers(frame, key)) & comparable
    if not again.any():
        return frame, set_aside_frame([])
    doubled = frame.loc[again]
    group = doubled.groupby(key, dropna=False, observed=True, sort=False).ngroup()
    if merging and doubled[SOURCE_NO].nunique() > 1:
        return _merged(table, frame, doubled, group, log)
    anchor = _SAME_RECORD.get(name)
    if anchor and anchor in doubled:
        return _latest(table, *_own_ids(table, frame, doubled, group, anchor, log), log)
    return _latest(table, frame, doubled, group, log)


def _area_codes(frame: pd.DataFrame) -> pd.DataFrame:
    """Areas without a code go by their name, so that regions stay apart."""
    return frame.assign(area_code=frame["area_code"].fillna(frame["area"]))


def _own_ids(
    table: Table, frame: pd.DataFrame, doubled: pd.DataFrame, group: pd.Series, anchor: str, log: IssueLog
) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    """One id on different records: the second and later records get "A12 (2)", and all are listed."""
    key = table.key[0]
    record = doubled[anchor].astype("str").fillna("")
    number = record.groupby(group).transform(lambda r: pd.factorize(r)[0])
    clash = number > 0
    if clash.any():
        made = doubled.loc[clash, key] + " (" + (number[clash] + 1).astype("str") + ")"
        _log(
            log,
            table.name,
            doubled.loc[clash],
            key,
            "one id on different records",
            doubled.loc[clash, key],
            "kept",
            made,
            f"The rows differ in {anchor.replace('_', ' ')}: give each record an id of its own.",
        )
        frame = frame.copy(deep=False)
        frame[key] = frame[key].copy()
        frame.loc[made.index, key] = made
        doubled = frame.loc[doubled.index]
    return frame, doubled, pd.Series(pd.factorize(pd.MultiIndex.from_arrays([group, number]))[0], doubled.index)


def _latest(
    table: Table, frame: pd.DataFrame, doubled: pd.DataFrame, group: pd.Series, log: IssueLog
) -> tuple[pd.DataFrame, pd.DataFrame]:
    order = doubled.assign(_group=group, _at=np.arange(len(doubled)))
    if filled := _FILLED_FIRST.get(table.name):
        order["_filled"] = order[filled].notna()
    by = [c for c in ("_filled", SUBMITTED) if c in order]
    order = order.sort_values([*by, "_at"], kind="stable", na_position="first")
    last = ~order.duplicated("_group", keep="last")
    gone = order.index[~last]
    if not len(gone):
        return frame, set_aside_frame([])
    kept = order.loc[last].set_index("_group")
    earlier = frame.loc[gone.sort_values()]
    rule = "sent again: the later version counts"
    later = kept.loc[group.loc[earlier.index]]
    where = later["source_file"].to_numpy() + ", row " + later["source_row"].astype("str").to_numpy()
    where = pd.Series(where, index=earlier.index)
    key_text = _key_text(earlier, table)
    _log(log, table.name, earlier, table.key[0], rule, key_text, "set aside", where, "Delete the earlier version.")
    return (frame.drop(index=gone).reset_index(drop=True), _aside(table.name, earlier, rule, table.key[0], key_text))


def _key_text(rows: pd.DataFrame, table: Table) -> pd.Series:
    text = None
    for c in table.key:
        if c in rows:
            part = _text(rows[c])
            text = part if text is None else text + " " + part
    return text.str.strip()


def _text(column: pd.Series) -> pd.Series:
    if pd.api.types.is_datetime64_any_dtype(column):
        return column.dt.strftime("%Y-%m-%d").astype("str").fillna("")
    return column.astype("str").fillna("")


def _aside(table: str, rows: pd.DataFrame, rule: str, column: str, found: pd.Series) -> pd.DataFrame:
    shown = [c for c in rows.columns if not c.startswith("_") and c not in ("source_file", "source_row")]
    texts = {c: _text(rows[c]).tolist() for c in shown}
    cells = ["; ".join(f"{c}: {texts[c][i]}" for c in shown if texts[c][i]) for i in range(len(rows))]
    return set_aside_frame(
        list(
            zip(
                [table] * len(rows),
                rows["source_file"],
                rows["source_row"],
                [rule] * len(rows),
                [column] * len(rows),
                found,
                cells,
                strict=True,
            )
        )
    )


def _merged(
    table: Table, frame: pd.DataFrame, doubled: pd.DataFrame, group: pd.Series, log: IssueLog
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of one key from several sources as one: the first source that has a value gives it; where a later one says
    otherwise the two are listed as in disagreement."""
    order = doubled.assign(_group=group).sort_values(SOURCE_NO, kind="stable")
    groups = order["_group"]
    first = order.drop_duplicates("_group")
    values = [c for c in frame.columns if c not in (*table.key, "source_file", "source_row", *_WORKING)]
    long_texts = {c.name for c in table.columns if c.kind == "long_text"}
    frame = frame.copy(deep=False)
    for column in values:
        filled = order[column].notna()
        if not filled.any():
            continue
        one = order.loc[filled].drop_duplicates("_group").set_index("_group")[column]
        expected = groups.map(pd.Series(np.arange(len(one)), one.index)).to_numpy()
        known = ~np.isnan(expected.astype(float)) & filled.to_numpy()
        used = one.iloc[np.where(known, expected, 0).astype(int)]
        used.index = order.index
        differs = known & (_text(order[column]).to_numpy() != _text(used).to_numpy())
        if pd.api.types.is_float_dtype(order[column]):
            differs &= ~np.isclose(order[column].astype(float), used.astype(float), rtol=1e-9, equal_nan=True)
        if column not in long_texts and differs.any():
            _log(
                log,
                table.name,
                order.loc[differs],
                column,
                "sources disagree",
                _text(order[column])[differs],
                "kept",
                _text(used)[differs],
                "The source listed first counts; correct the other.",
            )
        target = first.set_index("_group").index
        mended = one.reindex(target)
        new = frame[column].copy()
        new.loc[first.index] = (
            mended.to_numpy()
            if not isinstance(one.dtype, pd.CategoricalDtype)
            else pd.Categorical(mended, dtype=one.dtype)
        )
        frame[column] = new
    gone = frame.loc[order.index.difference(first.index)]
    rule = "merged into the same record of another source"
    text = _key_text(gone, table)
    _log(log, table.name, gone, table.key[0], rule, text, "merged")
    return frame.drop(index=gone.index).reset_index(drop=True), _aside(table.name, gone, rule, table.key[0], text)


def complete_rows(name: str, frame: pd.DataFrame, log: IssueLog) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The merged rows that hold what every row needs, and those that no source completed, each with what it lacks."""
    aside = []
    for column in (c for c in TABLES[name].columns if c.required):
        lacks = frame[column.name].isna()
        if lacks.any():
            rule, rows = f"no {column.name.replace('_', ' ')}", frame.loc[lacks]
            _log(
                log,
                name,
                rows,
                column.name,
                rule,
                "",
                "set aside",
                "",
                f"Enter the {column.meaning}: a row of {name} can't be used without it.",
            )
            aside.append(_aside(name, rows, rule, column.name, [""] * len(rows)))
            frame = frame.loc[~lacks].reset_index(drop=True)
    return frame, pd.concat(aside, ignore_index=True) if aside else set_aside_frame([])


def ratings_by_date(
    ratings: pd.DataFrame, audits: pd.DataFrame, profile: Profile, merging: bool, log: IssueLog
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Ratings under the standard in force on the audit's date; those of a standard that was not are set aside.

    A grade under the name of a later standard counts for the one that the profile says stood `before` it.
    """
    dated = {s.id: s for s in profile.standards.values() if s.valid_from or s.valid_to}
    if ratings.empty or audits.empty or not ratings["standard"].isin(dated).any():
        return ratings, set_aside_frame([])
    days = ratings["audit_id"].map(audits.drop_duplicates("audit_id").set_index("audit_id")["audit_date"])
    not_then = pd.Series(False, index=ratings.index)
    for standard in dated.values():
        hit = ratings["standard"].eq(standard.id) & days.notna() & ~_in_force(standard, days)
        earlier = profile.standards.get(standard.before or "")
        renamed = hit & _in_force(earlier, days) if earlier else hit & False
        if renamed.any():
            _log(
                log,
                "ratings",
                ratings.loc[renamed],
                "standard",
                "standard named as it was later",
                ratings.loc[renamed, "standard"],
                "repaired",
                earlier.id,
            )
            ratings = ratings.assign(standard=ratings["standard"].mask(renamed, earlier.id))
        not_then |= hit & ~renamed
    if merging:
        _flag_added(ratings, log)
    rows = ratings.loc[not_then]
    rule = "standard not in force on the day of the audit"
    if len(rows):
        _log(
            log,
            "ratings",
            rows,
            "standard",
            rule,
            rows["standard"],
            "set aside",
            "",
            "Correct the date of the audit or the standard.",
        )
    aside = _aside("ratings", rows, rule, "standard", rows["standard"].astype("str"))
    return ratings.loc[~not_then].reset_index(drop=True), aside


def _in_force(standard: Standard, days: pd.Series) -> pd.Series:
    first, last = standard.valid_from or date.min, standard.valid_to or date.max
    known = days.notna()
    return known & days.where(known, pd.Timestamp(2000, 1, 1)).dt.date.between(first, last)


def _flag_added(ratings: pd.DataFrame, log: IssueLog) -> None:
    """Lists the ratings that only a later source has, of audits whose ratings an earlier one gives."""
    first = ratings.groupby("audit_id")[SOURCE_NO].transform("min")
    by = [ratings["audit_id"], ratings["standard"].astype("str")]
    added = ratings[SOURCE_NO].groupby(by).transform("min") > first
    if added.any():
        _log(
            log,
            "ratings",
            ratings.loc[added],
            "grade",
            "sources disagree",
            ratings.loc[added, "grade"],
            "kept",
            "",
            "The source listed first has no such rating; correct the one that is wrong.",
        )


def follow_audits(ratings: pd.DataFrame, set_aside: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Ratings that stood in an audit's own row go with that row where it was set aside."""
    if FROM_AUDITS not in ratings or set_aside.empty:
        return ratings, set_aside_frame([])
    gone = pd.MultiIndex.from_frame(set_aside[["source_file", "source_row"]])
    hit = pd.MultiIndex.from_frame(ratings[["source_file", "source_row"]]).isin(gone)
    hit &= ratings[FROM_AUDITS].eq(True).to_numpy()
    if not hit.any():
        return ratings, set_aside_frame([])
    rows = ratings.loc[hit]
    aside = _aside("ratings", rows, "its audit was sent again", "audit_id", rows["audit_id"])
    return ratings.loc[~hit].reset_index(drop=True), aside


def follow_ids(frame: pd.DataFrame, audits: pd.DataFrame) -> pd.DataFrame:
    """Ratings that stood in an audit's own row keep that audit's id where it was changed."""
    if FROM_AUDITS not in frame or frame.empty or audits.empty:
        return frame
    own = frame[FROM_AUDITS].eq(True)
    changed = audits.loc[
        audits["audit_id"].str.contains(r" \(\d+\)$", na=False), ["source_file", "source_row", "audit_id"]
    ]
    if changed.empty:
        return frame
    now = frame[["source_file", "source_row"]].merge(changed, how="left", on=["source_file", "source_row"])["audit_id"]
    return frame.assign(audit_id=now.where(own.to_numpy() & now.notna(), frame["audit_id"]))


# --- faults of logic ------------------------------------------------------------------------------------------------


def check_logic(
    tables: Mapping[str, pd.DataFrame], ungraded: set[str], log: IssueLog, today: date
) -> dict[str, pd.DataFrame]:
    """What can't be true together is listed and kept, but for a grade given in an activity that is not graded, which
    is left out of the table."""
    tables = dict(tables)
    audits, moderations, actions = tables["audits"], tables["moderations"], tables["actions"]
    ungraded_rows = audits["activity"].isin(ungraded) if len(audits) else pd.Series([], dtype=bool)
    hit = ungraded_rows & audits["overall_grade"].notna()
    if hit.any():
        _log(
            log,
            "audits",
            audits.loc[hit],
            "overall_grade",
            "grade in an ungraded activity",
            audits.loc[hit, "overall_grade"],
            "left blank",
            "",
            "The profile says that this activity is not graded.",
        )
        audits = tables["audits"] = audits.assign(overall_grade=audits["overall_grade"].where(~hit))
    ratings = tables["ratings"]
    if len(ratings) and ungraded_rows.any():
        hit = ratings["audit_id"].isin(audits.loc[ungraded_rows, "audit_id"]) & ratings["grade"].notna()
        if hit.any():
            _log(
                log,
                "ratings",
                ratings.loc[hit],
                "grade",
                "grade in an ungraded activity",
                ratings.loc[hit, "grade"],
                "left blank",
                "",
                "The profile says that this activity is not graded.",
            )
            tables["ratings"] = ratings.assign(grade=ratings["grade"].where(~hit))
    if len(moderations) and len(audits):
        one = audits.drop_duplicates("audit_id").set_index("audit_id")
        auditor = moderations["audit_id"].map(one["auditor"])
        same = (moderations["moderator"].notna() & (auditor == moderations["moderator"])).fillna(False).astype(bool)
        flag(
            log,
            "moderations",
            moderations,
            same,
            "moderator",
            "auditor moderated their own audit",
            "Enter an independent moderator.",
        )
        early = moderations["moderation_date"] < moderations["audit_id"].map(one["audit_date"])
        flag(
            log,
            "moderations",
            moderations,
            early,
            "moderation_date",
            "moderation before the audit",
            "Correct the date.",
        )
        given = moderations["audit_id"].map(one["overall_grade"].astype("str"))
        before = moderations["grade_before"].astype("str")
        differs = moderations["standard"].isna() & given.notna() & before.notna() & (given != before)
        flag(
            log,
            "moderations",
            moderations,
            differs,
            "grade_before",
            "grade before moderation is not the audit's",
            "Correct the one that is wrong.",
        )
    if len(actions):
        for column in ("completed", "verified"):
            flag(
                log,
                "actions",
                actions,
                actions[column] < actions["raised"],
                column,
                f"{column} before it was raised",
                "Correct the date that is wrong.",
            )
        flag(
            log,
            "actions",
            actions,
            actions["due"] < actions["raised"],
            "due",
            "due before it was raised",
            "Correct the date that is wrong.",
        )
        closed = actions["status"].eq("closed") & actions["completed"].isna()
        flag(log, "actions", actions, closed, "completed", "closed without a date", "Enter the date completed.")
        still = actions["status"].eq("open") & actions["completed"].notna()
        flag(log, "actions", actions, still, "status", "open with a date completed", "Correct the status or the date.")
    if len(audits):
        known = audits["audit_id"]
        for name in ("ratings", "moderations", "actions"):
            frame = tables[name]
            if len(frame):
                lost = frame["audit_id"].notna() & ~frame["audit_id"].isin(known)
                flag(log, name, frame, lost, "audit_id", "no such audit", "Correct the number, or add the audit.")
        self_made = (audits["auditor"].notna() & (audits["auditor"] == audits["worker"])).fillna(False).astype(bool)
        flag(
            log, "audits", audits, self_made, "auditor", "worker audited the own case", "Enter an independent auditor."
        )
    return tables


def flag(log: IssueLog, table: str, frame: pd.DataFrame, hit: pd.Series, column: str, rule: str, remedy: str) -> None:
    """One issue for each row of a cleaned table where `hit` holds: its cell in `column` is listed and kept."""
    hit = hit.fillna(False).astype(bool)
    if hit.any():
        found = _text(frame.loc[hit, column])
        _log(log, table, frame.loc[hit], column, rule, found, "kept", found, remedy)


def finished(frame: pd.DataFrame) -> pd.DataFrame:
    """The table without working columns."""
    return frame.drop(columns=[c for c in _WORKING if c in frame])
