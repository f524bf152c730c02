"""How good practice was judged to be: grades counted, the share that is good or better, and whether it changed.

The grade that counts is the moderated one where an audit was moderated (`grade`); the auditor's own is kept beside
it and is not used here. Audits without a grade are counted as ungraded and are in no share. An estimate rests on
cases chosen at random or on all cases; cases picked on purpose are never pooled with them.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from qa_analysis.measures.compare import ALPHA, adjust_p, change_in_share, compare_grades
from qa_analysis.measures.shares import MIN_N, NOT_RECORDED, By, add_share, group_keys, listed, plain_keys, sum_by
from qa_analysis.periods import Period

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


def twelve_months_before(period: Period) -> Period | None:
    """The twelve months that end just before the period; None for all time."""
    if period.kind == "all":
        return None
    start = period.start - pd.DateOffset(months=12)
    return Period(f"the 12 months before {period.label}", "span", start, period.start - pd.Timedelta(days=1),
                  period.first_month)


COMPARISONS = {"previous period": Period.before, "same period last year": Period.year_before,
               "twelve months before": twelve_months_before}


def grade_change(audits: pd.DataFrame, period: Period, by: By = None, basis: str | None = None,
                 good_grades: Collection[str] | None = None, grade: str = "grade", min_n: int = MIN_N,
                 comparisons: Collection[str] = ("previous period", "same period last year")) -> pd.DataFrame:
    """Whether grades are better or worse than in an earlier period, for all or each group of `by`.

    One row for each group and each of the `comparisons` (names of COMPARISONS; none for all time, and a year's two are
    one). Columns: `by`, comparison, period_before (words), count, n, share with limits (good or better now), the same
    ending in _before, difference (now less before) with limits, p_value, p_adjusted, verdict: 'rose', 'fell', 'no clear
    change' or 'too few' (either n under `min_n`; the difference is then missing). Then the same question asked of all
    grades: superiority (chance that an audit now has a higher grade than one before, ties counted half; 0.5 is no
    difference) with limits, p_grades, p_grades_adjusted, verdict_grades; and basis.
    A verdict needs an interval that leaves out no difference and a p-value below 0.05, adjusted over the groups
    (Benjamini and Hochberg, 1995), so that many groups do not find change in noise. The methods are those of `compare`.
    """
    keys, basis = listed(by), estimate_basis(audits, basis)
    used = audits[(sample_basis(audits) == basis) & audits[grade].notna()]
    parts, spans = [], {}
    for name in comparisons:
        before = COMPARISONS[name](period)
        if before is not None and (before.start, before.end) not in spans.values():
            spans[name] = (before.start, before.end)
            parts.append(_against(used, period, before, name, keys, good_grades, grade, min_n))
    if not parts:
        parts = [_against(used, period, period, "", keys, good_grades, grade, min_n).iloc[:0]]
    return pd.concat(parts, ignore_index=True).assign(basis=basis)


def _against(used, period, before, name, keys, good_grades, grade, min_n) -> pd.DataFrame:
    """Each group's share and grades in the period beside those in one earlier period."""
    when = np.select([period.holds(used["audit_date"]), before.holds(used["audit_date"])], ["now", "before"], "")
    rows = pd.concat([group_keys(used, keys), pd.DataFrame({
        "_when": when, "_good": is_good(used, good_grades, grade), "_grade": used[grade]}, index=used.index)], axis=1)
    rows = rows[rows["_when"] != ""]
    table = sum_by(rows, pd.DataFrame({
        f"{what}_{w}": (rows["_when"] == w) & flag for w in ("now", "before")
        for what, flag in (("count", rows["_good"]), ("n", True))}, index=rows.index), keys)
    for side in ("now", "before"):
        table = add_share(table, f"count_{side}", f"n_{side}", f"share_{side}", min_n)
    moved = change_in_share(table["count_now"], table["n_now"], table["count_before"], table["n_before"], min_n)
    enough = (moved["verdict"] != "too few").to_numpy()
    for column in ("difference", "difference_lower", "difference_upper"):
        table[column] = np.where(enough, moved[column], np.nan)
    table["p_value"] = np.where(enough, moved["p"], np.nan)
    table["p_adjusted"] = adjust_p(table["p_value"])
    table["verdict"] = _verdict(enough, table["difference_lower"], table["difference_upper"], table["p_adjusted"], 0)
    table = _all_grades(table, rows, keys, enough)
    table = table.rename(columns=lambda c: c.removesuffix("_now").replace("share_now_", "share_"))
    return table.assign(comparison=name, period_before=before.name)[[*keys, *_CHANGE_COLUMNS]]


def _all_grades(table: pd.DataFrame, rows: pd.DataFrame, keys: list[str], enough: np.ndarray) -> pd.DataFrame:
    rows = plain_keys(rows, keys).assign(_when=rows["_when"].map({"now": 1, "before": 2}))
    pairs = compare_grades(rows, "_grade", "_when", within=keys or None)
    columns = ["superiority", "superiority_lower", "superiority_upper", "p"]
    if keys:
        both = table[keys].merge(pairs[[*keys, *columns]], on=keys, how="left")[columns]
    else:
        both = pairs[columns].reindex(range(len(table)))
    both = both.where(pd.Series(enough)).to_numpy(dtype=float)
    table = table.assign(**dict(zip([*columns[:3], "p_grades"], both.T, strict=True)))
    table["p_grades_adjusted"] = adjust_p(table["p_grades"])
    return table.assign(verdict_grades=_verdict(enough, table["superiority_lower"], table["superiority_upper"],
                                                table["p_grades_adjusted"], 0.5))


def _verdict(enough, lower, upper, p, nothing: float) -> np.ndarray:
    clear = enough & (p < ALPHA).to_numpy()
    return np.select([~enough, clear & (lower > nothing).to_numpy(), clear & (upper < nothing).to_numpy()],
                     ["too few", "rose", "fell"], "no clear change")


_OTHERS = ["n_ungraded", "n_other_basis", "basis"]
_SHARE_COLUMNS = ["count", "n", "share", "share_lower", "share_upper", *_OTHERS]
_COUNT_COLUMNS = ["grade", *_SHARE_COLUMNS]
_CHANGE_COLUMNS = [
    "comparison", "period_before", "count", "n", "share", "share_lower", "share_upper", "count_before", "n_before",
    "share_before", "share_before_lower", "share_before_upper", "difference", "difference_lower", "difference_upper",
    "p_value", "p_adjusted", "verdict", "superiority", "superiority_lower", "superiority_upper", "p_grades",
    "p_grades_adjusted", "verdict_grades"]


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
