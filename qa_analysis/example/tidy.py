"""Gives invented tables the types that clean tables have, so that measures can be tried without reading a file."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from qa_analysis.example.framework import Framework
from qa_analysis.schema import TABLES

_CATEGORIES = ("service", "locality", "team", "activity", "standard", "choice", "yes_no")


def plain_frame(columns: dict[str, Any]) -> pd.DataFrame:
    """A frame whose texts stay plain objects: they are typed once, at the end, which halves the time of large ones."""
    return pd.DataFrame(
        {
            c: pd.Series(v, dtype=object) if getattr(v, "dtype", None) == np.dtype(object) else v
            for c, v in columns.items()
        }
    )


def as_clean(table: pd.DataFrame, name: str, framework: Framework) -> pd.DataFrame:
    """The table with every column of its schema (missing ones empty), typed, and with a source for each row."""
    spec = TABLES[name]
    out = {}
    for column in spec.columns:
        values = (
            table[column.name]
            if column.name in table
            else pd.Series([None] * len(table), index=table.index, dtype=object)
        )
        out[column.name] = _typed(values, column.kind, framework)
    extra = {c: table[c] for c in table.columns if c not in out}
    clean = pd.DataFrame({**out, **extra}).reset_index(drop=True)
    clean["source_file"] = pd.Series([f"{name}.csv"] * len(clean), dtype="str")
    clean["source_row"] = range(2, len(clean) + 2)
    return clean


def _typed(values: pd.Series, kind: str, framework: Framework) -> pd.Series:
    if kind == "grade":
        return values.astype(pd.CategoricalDtype([g.label for g in framework.grades], ordered=True))
    if kind in _CATEGORIES:
        return values.astype("category")
    if kind == "date":
        return pd.to_datetime(values).astype("datetime64[ns]")
    if kind in ("number", "integer"):
        return values.astype(float)
    return values.astype("str").where(values.notna()) if len(values) else values.astype("str")


def with_counted_grades(tables: dict[str, pd.DataFrame], framework: Framework) -> dict[str, pd.DataFrame]:
    """`audits` and `ratings` with the grade that counts: the moderated one where there is one, else the auditor's."""
    dtype = pd.CategoricalDtype([g.label for g in framework.grades], ordered=True)
    audits, moderations = tables["audits"].copy(), tables["moderations"]
    graded = moderations.dropna(subset=["grade_after"])
    overall = (
        graded[graded["standard"].isna()].drop_duplicates("audit_id", keep="last").set_index("audit_id")["grade_after"]
    )
    after = audits["audit_id"].map(overall.astype(object))
    audits["is_moderated"] = after.notna()
    audits["grade"] = after.fillna(audits["overall_grade"].astype(object)).astype(dtype)
    tables = {**tables, "audits": audits}
    if "ratings" not in tables:
        return tables
    ratings = tables["ratings"]
    by_standard = graded.dropna(subset=["standard"]).drop_duplicates(["audit_id", "standard"], keep="last")
    keys = ["audit_id", "standard"]
    moved = ratings[keys].astype(object).merge(by_standard[[*keys, "grade_after"]].astype(object), on=keys, how="left")
    ratings = ratings.rename(columns={"grade": "grade_given"})
    ratings["is_moderated"] = moved["grade_after"].notna().to_numpy()
    ratings["grade"] = moved["grade_after"].fillna(ratings["grade_given"].astype(object)).astype(dtype)
    return {**tables, "ratings": ratings}
