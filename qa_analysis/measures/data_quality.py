"""How far the data can be trusted: completeness, validity, consistency, uniqueness and timeliness per source and team.

Rows read = rows clean + rows set aside; `issues` holds one row for each fault and each repair. A repair that changed
the form only (a spelling, a date in words) is counted and is no fault. The thresholds of the confidence statement are
the constants below, and the authority may pass its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from qa_analysis.measures.shares import NOT_RECORDED, By, add_share, group_keys, listed, plain_keys, sum_by

DIMENSIONS = ("completeness", "validity", "consistency", "uniqueness", "timeliness")
LEVELS = ("high", "some caution", "low")
# share at or above the first: no doubt; at or above the second: some caution; below it: low
THRESHOLDS: dict[str, tuple[float, float]] = {
    "completeness": (0.95, 0.80), "validity": (0.98, 0.90), "consistency": (0.98, 0.90), "uniqueness": (0.97, 0.90),
    "timeliness": (0.90, 0.70)}
MIN_ROWS = 20  # fewer rows than this are read with caution whatever their quality
ENTRY_LAG_DAYS = 14  # longest time from the event to its entry that counts as timely
DUPLICATE_RULES = ("pasted duplicate", "sent again: the later version counts")
NO_RECORD_RULES = ("total row", "blank row")  # rows set aside that never were a record
# columns that every row of a table should have; of `audits` those under ALL for any activity
EXPECTED: dict[str, tuple[str, ...]] = {
    "audits": ("service", "locality", "team", "auditor"),
    "ratings": ("grade",),
    "moderations": ("moderator", "moderation_date", "grade_before", "grade_after", "blind", "reason"),
    "actions": ("audit_id", "service", "team", "action", "owner", "due", "status"),
    "feedback": ("kind", "giver", "service", "team"),
    "survey": ("question", "score", "n_invited"),
    "answers": ("answer", "auditor"),
    "samples": ("activity", "frame_size", "n_drawn"),
    "cases": ("service", "team", "worker"),
    "establishment": ("service", "locality", "n_team_managers", "service_lead"),
    "practice": ("team", "last_done"),
    "providers": ("provider", "provider_kind", "grade"),
    "training": ("course", "theme", "agency", "places_offered", "places_taken")}
# an inspection is of a whole authority or home by an inspectorate: it has no one service and no auditor of the staff
NOT_EXPECTED: dict[str, tuple[str, ...]] = {"inspection": ("service", "auditor")}  # by kind of activity
EXPECTED_OF_CASE_AUDITS = ("case_id", "audit_type", "selection", "child_view_sought", "parent_view_sought", "send")
DATE_OF = {"audits": "audit_date", "moderations": "moderation_date", "actions": "raised", "feedback": "date",
           "survey": "wave", "cases": "period", "establishment": "period", "samples": "frame_date",
           "answers": "answered", "practice": "last_done", "providers": "inspected", "training": "date"}
ENTERED = "entered"  # the column of the day on which a record was written down, where a source holds it
_SHARE = ["count", "n", "share", "share_lower", "share_upper"]


def completeness(tables: Mapping[str, pd.DataFrame], profile=None, by: By = None) -> pd.DataFrame:
    """Share of rows that have a value in each column that should have one.

    Columns: `by`, table, column, count, n, share, share_lower, share_upper. 'not recorded' is no value; 'not known' and
    'not applicable' are answers. With the `profile`, an audit is asked for a case, how it was chosen and whose views
    were sought only if its activity is of the kind audit, for an overall grade only if that activity is graded, and an
    inspection is asked for no service and no auditor.
    Tables that lack a column of `by` count in the group 'not recorded'.
    """
    parts = []
    for name, table in tables.items():
        groups = _with_groups(name, table, tables, by)
        for column in _expected(name, table):
            asked = _asked(name, table, column, profile)
            numbers = pd.DataFrame({"count": _filled(table[column]) & asked, "n": asked}, index=table.index)
            parts.append(sum_by(groups, numbers, by).assign(table=name, column=column))
    keys = [*listed(by), "table", "column"]
    if not parts:
        return pd.DataFrame(columns=[*keys, *_SHARE])
    return add_share(pd.concat(parts, ignore_index=True), min_n=1)[[*keys, *_SHARE]]


def quality_dimensions(tables: Mapping[str, pd.DataFrame], issues: pd.DataFrame, profile=None,
                       by: By = None) -> pd.DataFrame:
    """The five dimensions of data quality for each table, or for each table and team or source file.

    Columns: `by`, table, dimension, count (sound), n, share, share_lower, share_upper (Wilson 95% limits; all the data,
    so they show how firm a small number is). What is counted: completeness: values there of values expected;
    validity: rows and values that could be read of those given; consistency: rows whose parts agree of rows kept;
    uniqueness: rows that are no duplicate or earlier version of rows sent; timeliness: rows written down within
    ENTRY_LAG_DAYS of the event, of rows with both dates (n of 0 where the source does not hold when it was written).
    """
    keys = listed(by)
    found = _row_issues(issues, tables, keys)
    filled = completeness(tables, profile, by).groupby([*keys, "table"], sort=False)[["count", "n"]].sum().reset_index()
    parts = [filled.assign(dimension="completeness")]
    for name, table in tables.items():
        groups = _with_groups(name, table, tables, by)
        rows = sum_by(groups, pd.DataFrame({"rows": True}, index=table.index), by)
        if not keys:
            rows = rows.assign(_all=0)
        own = found[found["table"] == name]
        join = keys or ["_all"]
        for flag in ("duplicate", "unreadable_row", "blanked", "breach"):
            rows = rows.merge(_count(own[own[flag]], join, flag), on=join, how="outer", sort=False)
        given = sum_by(groups, pd.DataFrame({"given": _values_read(table)}, index=table.index), by)
        rows = rows.merge(given if keys else given.assign(_all=0), on=join, how="left").fillna(
            dict.fromkeys(["rows", "duplicate", "unreadable_row", "blanked", "breach", "given"], 0))
        rows = rows[(rows[["rows", "duplicate", "unreadable_row"]] > 0).any(axis=1)] if keys else rows
        lag = _entry_lag(name, table)
        late = sum_by(groups, pd.DataFrame({"count": lag <= ENTRY_LAG_DAYS, "n": lag.notna()}, index=table.index), by)
        numbers = {
            "validity": (rows["given"], rows["given"] + rows["blanked"] + rows["unreadable_row"]),
            "consistency": (rows["rows"] - rows["breach"], rows["rows"]),
            "uniqueness": (rows["rows"], rows["rows"] + rows["duplicate"])}
        for dimension, (count, n) in numbers.items():
            parts.append(rows[keys].assign(table=name, dimension=dimension, count=np.maximum(count, 0), n=n))
        parts.append(late.assign(table=name, dimension="timeliness"))
    table = pd.concat(parts, ignore_index=True)
    table[["count", "n"]] = table[["count", "n"]].astype("int64")
    table["dimension"] = pd.Categorical(table["dimension"], DIMENSIONS, ordered=True)
    names = pd.Categorical(table["table"], list(tables), ordered=True)
    table = add_share(table, min_n=1).assign(_table=names).sort_values(["_table", *keys, "dimension"], kind="stable")
    return table[[*keys, "table", "dimension", *_SHARE]].reset_index(drop=True)


def data_confidence(tables: Mapping[str, pd.DataFrame], issues: pd.DataFrame, profile=None, by: By = None,
                    thresholds: Mapping[str, tuple[float, float]] = THRESHOLDS,
                    min_rows: int = MIN_ROWS) -> pd.DataFrame:
    """How much confidence each source deserves, and why: the statement to stand beside figures that rest on it.

    Columns: `by`, table, n_rows (clean), level: 'high' (every dimension at or above its first threshold, and each
    expected column filled to that of completeness), 'some caution' (one of them below), 'low' (a dimension below its
    second threshold) or 'no data'; reason (what falls short, for completeness with the columns, emptiest first; fewer
    than `min_rows` rows); and the share of each dimension. A dimension that can't be measured changes nothing.
    """
    keys = [*listed(by), "table"]
    long = quality_dimensions(tables, issues, profile, by)
    wide = long.assign(dimension=long["dimension"].astype("str")).set_index([*keys, "dimension"])["share"]
    wide = wide.unstack("dimension", sort=False).reindex(columns=list(DIMENSIONS)).reset_index()
    wide.columns.name = None
    counts = pd.concat([sum_by(_with_groups(name, t, tables, by), pd.DataFrame({"n_rows": True}, index=t.index),
                               by).assign(table=name) for name, t in tables.items()])
    wide = wide.merge(counts, on=keys, how="left", sort=False)
    wide["n_rows"] = wide["n_rows"].fillna(0).astype("int64")
    high = np.column_stack([wide[d].isna() | (wide[d] >= thresholds[d][0]) for d in DIMENSIONS])
    some = np.column_stack([wide[d].isna() | (wide[d] >= thresholds[d][1]) for d in DIMENSIONS])
    each = completeness(tables, profile, by)
    gaps = each[each["share"] < thresholds["completeness"][0]].sort_values("share", kind="stable")
    gaps = {key: ", ".join(part) for key, part in gaps.groupby(keys, sort=False)["column"]}
    places = list(wide[keys].itertuples(index=False, name=None))
    high[:, DIMENSIONS.index("completeness")] &= [place not in gaps for place in places]
    few = (wide["n_rows"] < min_rows).to_numpy()
    wide["level"] = np.select([wide["n_rows"] == 0, ~some.all(axis=1), ~high.all(axis=1) | few],
                              ["no data", "low", "some caution"], "high")
    wide["reason"] = [_reason(n, ok, gaps.get(place, ""), min_rows)
                      for n, ok, place in zip(wide["n_rows"], high, places, strict=True)]
    return wide[[*keys, "n_rows", "level", "reason", *DIMENSIONS]]


def recency(tables: Mapping[str, pd.DataFrame], on: pd.Timestamp) -> pd.DataFrame:
    """The latest record of each table and how many days before the day `on` it was made: a source may have stopped.

    Columns: table, n_rows, latest, days_since_latest (missing where no row has a date; 0 for later ones).
    """
    rows = []
    for name, table in tables.items():
        dates = table[DATE_OF[name]] if DATE_OF.get(name) in table else pd.Series(dtype="datetime64[ns]")
        rows.append({"table": name, "n_rows": len(table), "latest": dates.max()})
    out = pd.DataFrame(rows, columns=["table", "n_rows", "latest"]).astype({"latest": "datetime64[ns]"})
    return out.assign(days_since_latest=(pd.Timestamp(on) - out["latest"]).dt.days.clip(lower=0).astype("Int64"))


def rows_balance(row_counts: pd.DataFrame) -> pd.DataFrame:
    """Rows read, clean and set aside of each table, and whether none was lost (read = clean + set aside)."""
    used = row_counts[row_counts["table"].astype("str") != ""]
    table = used.groupby("table", sort=False, observed=True)[["rows_read", "rows_clean", "rows_set_aside"]].sum()
    table = table.reset_index()
    return table.assign(is_balanced=table["rows_read"] == table["rows_clean"] + table["rows_set_aside"])


def issue_counts(issues: pd.DataFrame, by: By = ("table", "rule", "action")) -> pd.DataFrame:
    """How many values and rows each rule touched: every automatic repair, every value left blank, every row set aside.

    Columns: `by` (any of table, source_file, column, rule, action, team), n_values, n_rows; most first.
    """
    keys = listed(by)
    rows = plain_keys(group_keys(issues, keys), keys).assign(row=_row_number(issues))
    table = rows.groupby(keys, sort=True)["row"].agg(n_values="size", n_rows="nunique").reset_index()
    return table.sort_values(["n_values", *keys], ascending=[False, *[True] * len(keys)]).reset_index(drop=True)


def issues_of_rows(issues: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The issues that concern rows of these tables, e.g. of one month: set-aside rows have no place in a month."""
    parts = []
    for name, table in tables.items():
        own = issues[(issues["table"] == name) & issues["source_row"].notna()]
        here = pd.MultiIndex.from_arrays([table["source_file"].astype("str"), table["source_row"].astype("Int64")])
        there = pd.MultiIndex.from_arrays([own["source_file"].astype("str"), own["source_row"].astype("Int64")])
        parts.append(own[there.isin(here)])
    return pd.concat(parts).sort_index() if parts else issues.iloc[:0]


def _expected(name: str, table: pd.DataFrame) -> list[str]:
    extra = (*EXPECTED_OF_CASE_AUDITS, "overall_grade") if name == "audits" else ()
    return [c for c in (*EXPECTED.get(name, ()), *extra) if c in table]


def _asked(name: str, table: pd.DataFrame, column: str, profile) -> pd.Series:
    everyone = pd.Series(True, index=table.index)
    if name != "audits" or profile is None:
        return everyone
    if column in EXPECTED["audits"]:
        without = [a.id for a in profile.activities.values() if column in NOT_EXPECTED.get(a.kind, ())]
        return ~table["activity"].isin(without)
    kinds = [a.id for a in profile.activities.values()
             if a.kind == "audit" and (a.graded or column != "overall_grade")]
    return table["activity"].isin(kinds)


def _filled(column: pd.Series) -> pd.Series:
    filled = column.notna()
    if isinstance(column.dtype, pd.CategoricalDtype) or pd.api.types.is_string_dtype(column):
        filled &= ~column.isin(["", NOT_RECORDED])
    return filled


def _values_read(table: pd.DataFrame) -> pd.Series:
    own = [c for c in table if c not in ("source_file", "source_row", "is_moderated", "grade_given")]
    return table[own].notna().sum(axis=1)


def _with_groups(name: str, table: pd.DataFrame, tables: Mapping[str, pd.DataFrame], by: By) -> pd.DataFrame:
    """The table with the columns of `by`: ratings and moderations take them from their audit; others have none."""
    missing = [k for k in listed(by) if k not in table]
    if not missing:
        return table
    audits = tables.get("audits")
    if audits is not None and "audit_id" in table and set(missing) <= set(audits.columns):
        places = audits.drop_duplicates("audit_id").set_index("audit_id")
        return table.assign(**{k: table["audit_id"].map(places[k].astype("str")) for k in missing})
    return table.assign(**{k: pd.Series(NOT_RECORDED, index=table.index, dtype="str") for k in missing})


def _row_issues(issues: pd.DataFrame, tables: Mapping[str, pd.DataFrame], keys: Iterable[str]) -> pd.DataFrame:
    """Issues on rows, with what kind of fault each is; repairs are none. Keys are text as in the grouped tables."""
    real = issues[issues["source_row"].notna() & (issues["action"] != "repaired")]
    aside = real["action"] == "set aside"
    twice = aside & real["rule"].isin(DUPLICATE_RULES)
    out = pd.DataFrame({
        "table": real["table"].astype("str"), "_all": 0, "duplicate": twice,
        "unreadable_row": aside & ~twice & ~real["rule"].isin(NO_RECORD_RULES),
        "blanked": real["action"] == "left blank", "breach": real["action"] == "kept",
        "row": _row_number(real)})
    for key in keys:
        text = real[key].astype("str") if key in real else pd.Series("", index=real.index)
        out[key] = text.where(real[key].notna() & (text != ""), NOT_RECORDED) if key in real else NOT_RECORDED
    return out


def _count(rows: pd.DataFrame, join: list[str], flag: str) -> pd.DataFrame:
    """Faults of each group; of breaches and rows set aside each row counts once, of values each value."""
    if flag != "blanked":
        rows = rows.drop_duplicates("row")
    return rows.groupby(join).size().rename(flag).reset_index()


def _row_number(issues: pd.DataFrame) -> pd.Series:
    return issues.groupby(["source_file", "source_row"], observed=True, dropna=False).ngroup()


def _entry_lag(name: str, table: pd.DataFrame) -> pd.Series:
    """Days from the event to its entry; missing where the table does not hold both, or has them the wrong way round."""
    if ENTERED not in table or DATE_OF.get(name) not in table:
        return pd.Series(np.nan, index=table.index)
    return (table[ENTERED] - table[DATE_OF[name]]).dt.days.where(lambda d: d >= 0)


def _reason(n_rows: int, sound: np.ndarray, columns: str, min_rows: int) -> str:
    if n_rows == 0:
        return "no rows"
    short = [f"{d} ({columns})" if d == "completeness" and columns else d
             for d, ok in zip(DIMENSIONS, sound, strict=True) if not ok]
    words = [f"short of {'; '.join(short)}"] if short else []
    return "; ".join([*words, *([f"fewer than {min_rows} rows"] if n_rows < min_rows else [])])
