"""How good practice was judged to be: grades counted, the share that is good or better, and whether it changed.

The grade that counts is the moderated one where an audit was moderated (`grade`); the auditor's own is kept beside
it and is not used here. Audits without a grade are counted as ungraded and are in no share. An estimate rests on
cases chosen at random or on all cases; cases picked on purpose are never pooled with them.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from qa_analysis.measures.shares import MIN_N, NOT_RECORDED, By, add_share, group_keys, listed, plain_keys, sum_by

REPRESENTATIVE = "random or all"
PURPOSIVE = "purposive"
BASES = (REPRESENTATIVE, PURPOSIVE, NOT_RECORDED)
EACH = "each"  # every basis, one below the other and never added up


def sample_basis(audits: pd.DataFrame) -> pd.Series:
    """What each audit can speak for: 'random or all' cases, 'purposive' ones, or 'not recorded'.

    Purposive: the case was picked on purpose, the audit is focused on a known issue, or it repeats an earlier
    audit (its case was picked for the earlier grade). Otherwise as the audit's `selection` says.
    """
    on_purpose = _one_of(audits, "selection", PURPOSIVE) | _one_of(audits, "audit_type", "focused")
    if "reaudit_of" in audits:
        on_purpose |= audits["reaudit_of"].notna().to_numpy()
    codes = np.where(on_purpose, 1, np.where(_one_of(audits, "selection", "random", "all"), 0, 2))
    return pd.Series(pd.Categorical.from_codes(codes, BASES), index=audits.index, name="basis")


def estimate_basis(audits: pd.DataFrame, basis: str | None = None) -> str:
    """The basis that an estimate from these audits rests on.

    Random or all cases where there are any. Where no audit was chosen so but some have no selection recorded,
    those: 'not recorded', for the reader to weigh. A `basis` that is asked for is used as it is.
    Raises ValueError if it is none of the three.
    """
    if basis is not None:
        if basis not in BASES:
            raise ValueError(f"basis '{basis}' is not known. Use {', '.join(BASES)} or {EACH}.")
        return basis
    found = set(sample_basis(audits).unique())
    return NOT_RECORDED if REPRESENTATIVE not in found and NOT_RECORDED in found else REPRESENTATIVE


def grade_counts(audits: pd.DataFrame, by: By = None, basis: str | None = None, grade: str = "grade",
                 min_n: int = MIN_N) -> pd.DataFrame:
    """How many audits got each grade, best first, with grades that nobody got as 0; for all or each group of `by`.

    Columns: `by`, grade, count, n (graded audits of the group), share, share_lower, share_upper (proportions; Wilson
    95% limits), n_ungraded, n_other_basis (graded audits left out as they were chosen in another way), basis.
    `basis`: see `estimate_basis`; "each" gives every basis apart. Groups under `min_n` lose share and limits.
    """
    keys, levels = listed(by), _levels(audits, grade)
    wide = _per_basis(audits, keys, basis, grade, {level: audits[grade] == level for level in levels})
    if not levels:
        wide["grade"], wide["count"] = pd.Series(dtype="str"), pd.Series(dtype="int64")
        return add_share(wide.iloc[:0], min_n=min_n)[[*keys, *_COUNT_COLUMNS]]
    wide["_row"] = np.arange(len(wide))
    rest = [c for c in wide if c not in levels]
    table = wide.melt(rest, levels, var_name="grade", value_name="count")
    table["grade"] = pd.Categorical(table["grade"], categories=levels, ordered=True)
    table = table.sort_values(["_row", "grade"], ascending=[True, False]).reset_index(drop=True)
    return add_share(table, min_n=min_n)[[*keys, *_COUNT_COLUMNS]]


def good_or_better(audits: pd.DataFrame, by: By = None, basis: str | None = None,
                   good_grades: Collection[str] | None = None, grade: str = "grade",
                   min_n: int = MIN_N) -> pd.DataFrame:
    """Share of graded audits judged good or better, for all or each group of `by`.

    Columns: `by`, count, n, share, share_lower, share_upper (proportions; Wilson 95% limits, which take audits as
    independent: audits by one auditor are less so), n_ungraded, n_other_basis, basis. `good_grades`: the profile's;
    without it the upper half of the scale. `basis` and `min_n` as in `grade_counts`.
    """
    keys = listed(by)
    table = _per_basis(audits, keys, basis, grade, {"count": is_good(audits, good_grades, grade)})
    return add_share(table, min_n=min_n)[[*keys, *_SHARE_COLUMNS]]


def is_good(audits: pd.DataFrame, good_grades: Collection[str] | None = None, grade: str = "grade") -> pd.Series:
    """True for each audit whose grade is good or better; False where there is no grade.

    `good_grades`: the profile's; without it the upper half of the ordered scale (the best two of four).
    """
    if good_grades is None:
        levels = _levels(audits, grade)
        good_grades = levels[(len(levels) + 1) // 2:]
    return audits[grade].isin(list(good_grades))


def grades_by_month(audits: pd.DataFrame, months: pd.PeriodIndex, by: By = None, basis: str | None = None,
                    good_grades: Collection[str] | None = None, grade: str = "grade",
                    min_n: int = MIN_N) -> pd.DataFrame:
    """Share of graded audits judged good or better in each of the `months`; a month without audits has n of 0.

    Columns as in `good_or_better` after `by` and month (first day). Audits without a date are in no month.
    """
    return _monthly(good_or_better, audits, months, by, basis, min_n, good_grades=good_grades, grade=grade)


def grade_counts_by_month(audits: pd.DataFrame, months: pd.PeriodIndex, by: By = None, basis: str | None = None,
                          grade: str = "grade", min_n: int = MIN_N) -> pd.DataFrame:
    """How many audits got each grade in each of the `months`; columns as in `grade_counts` after `by` and month."""
    return _monthly(grade_counts, audits, months, by, basis, min_n, grade=grade)


_OTHERS = ["n_ungraded", "n_other_basis", "basis"]
_SHARE_COLUMNS = ["count", "n", "share", "share_lower", "share_upper", *_OTHERS]
_COUNT_COLUMNS = ["grade", *_SHARE_COLUMNS]


def _one_of(audits: pd.DataFrame, column: str, *values: str) -> np.ndarray:
    found = audits[column].isin(values) if column in audits else pd.Series(False, index=audits.index)
    return found.to_numpy(dtype=bool)


def _levels(audits: pd.DataFrame, grade: str) -> list[str]:
    """The scale from worst to best. Without an ordered scale no grade can be better than another."""
    column = audits[grade]
    if isinstance(column.dtype, pd.CategoricalDtype) and column.cat.ordered:
        return list(column.cat.categories)
    if column.notna().any():
        raise TypeError(f"column '{grade}' has no order: grades must be an ordered category, worst to best.")
    return []


def _per_basis(audits: pd.DataFrame, keys: list[str], basis: str | None, grade: str,
               hits: dict[str, pd.Series]) -> pd.DataFrame:
    """Sums of `hits` over graded audits per group, of one basis or of each."""
    own, graded = sample_basis(audits), audits[grade].notna()
    named = [b for b in BASES if (own == b).any()] if basis == EACH else [estimate_basis(audits, basis)]
    parts = []
    for name in named or [REPRESENTATIVE]:
        used = graded & (own == name)
        numbers = {k: hit & used for k, hit in hits.items()} | {
            "n": used, "n_ungraded": ~graded & (own == name), "n_other_basis": graded & (own != name)}
        parts.append(sum_by(audits, pd.DataFrame(numbers, index=audits.index), keys).assign(basis=name))
    return pd.concat(parts, ignore_index=True)


def _monthly(measure, audits, months, by, basis, min_n, **more) -> pd.DataFrame:
    keys, starts = listed(by), pd.DatetimeIndex(months.to_timestamp())
    # decided on all audits, so that months do not rest on different bases
    basis = basis if basis == EACH else estimate_basis(audits, basis)
    month = audits["audit_date"].dt.to_period("M").dt.to_timestamp()
    dated = audits.assign(month=month)[month.isin(starts)]
    table = measure(dated, [*keys, "month"], basis=basis, min_n=min_n, **more)
    inner = [c for c in ("grade", "basis") if c in table and (c == "grade" or basis == EACH)]
    levels = [table["grade"].cat.categories[::-1] if c == "grade" and isinstance(
        table["grade"].dtype, pd.CategoricalDtype) else table[c].unique() for c in inner]
    groups = plain_keys(group_keys(dated, keys).drop_duplicates().sort_values(keys), keys) if keys else None
    grid = pd.MultiIndex.from_product([starts, *levels], names=["month", *inner]).to_frame(index=False)
    grid = groups.merge(grid, how="cross") if keys else grid
    full = grid.merge(table.assign(month=pd.to_datetime(table["month"])), how="left", on=[*keys, "month", *inner])
    whole = ["count", "n", "n_ungraded", "n_other_basis"]
    full[whole] = full[whole].fillna(0).astype("int64")
    return full.assign(basis=full["basis"].fillna(basis))[[*keys, "month", *[
        c for c in table if c not in (*keys, "month")]]]
