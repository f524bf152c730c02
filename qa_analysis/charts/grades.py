"""Charts of grades: bars per group, the grid of standards and services, the grid of agreement."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Patch, Rectangle

from qa_analysis.charts.look import (
    BLUE,
    GRADE_COLOURS,
    HATCHES,
    INK,
    LINE_GREY,
    NAVY,
    PALE_BLUE,
    SMALL,
    WIDTH_INCHES,
    Chart,
    bare,
    empty_chart,
    figures,
    house_style,
    ink_on,
    is_withheld,
    legend_above,
    legend_height,
    percent_axis,
    row_axis,
    row_places,
    so_many,
    wrap,
)
from qa_analysis.tables import number, percent

_SHADES = LinearSegmentedColormap.from_list("shades", ["#F2F7FC", PALE_BLUE, BLUE, NAVY])


def grade_bars(
    shares: pd.DataFrame,
    by: str | None = None,
    *,
    title: str,
    subtitle: str = "",
    source: str = "",
    colours: Mapping[str, str] | None = None,
    good_grades: Collection[str] | None = None,
    header: str | None = None,
    all_label: str = "All audits",
    unit: str = "audits",
    withheld: str = "small numbers: not shown",
) -> Chart:
    """Bars of the share of each grade, best to worst from the left, one per group, with n beside each.

    `shares`: `by`, grade (ordered, worst to best, or rows best first), count, n, share. A group with a symbol for a
    number says `withheld`; a group without shares says that it is too small. Colours by grade; hatches say the same.
    """
    words = {"title": title, "subtitle": subtitle, "source": source}
    grades = _best_first(shares["grade"]) if len(shares) else []
    groups = list(dict.fromkeys(shares[by].astype(str))) if by and len(shares) else [all_label]
    if not grades:
        return empty_chart(**words)
    by_group = {g: (shares[shares[by].astype(str) == g] if by else shares).set_index("grade") for g in groups}
    labels = {g: f"{wrap(g, 21)}\n{_n_words(rows, unit)}" for g, rows in by_group.items()}
    colour = dict(zip(grades, GRADE_COLOURS.get(len(grades), GRADE_COLOURS[5] * 9), strict=False)) | dict(colours or {})
    with house_style():
        places, height = row_places(labels.values(), gap=0.18)
        chart = Chart(height + 0.3 + legend_height([wrap(g, 34) for g in grades]), **words)
        ax = chart.subplots()
        room = WIDTH_INCHES - 0.2 - 0.078 * max(len(line) for text in labels.values() for line in text.split("\n"))
        _draw_grade_rows(ax, by_group, places, grades, colour, room, withheld, unit)
        row_axis(ax, places, height, labels.values())
        ax.set_xlim(0, 1)
        percent_axis(ax.xaxis)
        bare(ax, grid="x")
        handles = [
            Patch(facecolor=colour[g], hatch=_hatch(i, grades), edgecolor=ink_on(colour[g]), linewidth=0)
            for i, g in enumerate(grades)
        ]
        legend_above(chart, handles, [wrap(g, 34) for g in grades], handlelength=1.3)
    good = [g for g in grades if g in good_grades] if good_grades is not None else grades[: len(grades) // 2]
    columns = (
        ({by: header or by.capitalize()} if by else {})
        | {"grade": "Grade", "share": ("Share", "share_of")}
        | ({"share:interval": ("95% interval", "interval")} if "share_lower" in shares else {})
    )
    return chart.describe(
        _grades_alt(by_group, grades, good, unit), _grades_description(by_group, grades, unit), shares, columns
    )


def heat_map(
    table: pd.DataFrame,
    *,
    rows: str,
    columns: str,
    value: str = "share",
    n: str = "n",
    title: str,
    subtitle: str = "",
    source: str = "",
    row_header: str | None = None,
    column_header: str | None = None,
    value_header: str = "Good or better",
) -> Chart:
    """A grid with a share in each cell, shaded; darker is higher. Cells say their n; an empty cell says none.

    More than eight columns become rows where that makes the grid fit; more than eight both ways go into grids below
    each other. Where a word is too long for its column, the names above stand on end.

    `table`: one row per cell with `rows`, `columns`, `value` (proportion), `n`. A symbol is shown as it is.
    """
    words = {"title": title, "subtitle": subtitle, "source": source}
    if not len(table):
        return empty_chart(**words)
    import seaborn as sns

    if table[columns].nunique() > 8 >= table[rows].nunique():
        rows, columns, row_header, column_header = columns, rows, column_header, row_header
    data = table.assign(**{rows: table[rows].astype(str), columns: table[columns].astype(str)})
    names = list(dict.fromkeys(data[rows])), list(dict.fromkeys(data[columns]))
    cells = data.set_index([rows, columns])
    grid = figures(data, value).pivot_table(index=rows, columns=columns, values=value, sort=False, dropna=False)
    grid = grid.reindex(index=names[0], columns=names[1])
    blocks = np.array_split(np.array(names[1], dtype=object), -(-len(names[1]) // 8))
    with house_style():
        row_labels = [wrap(r, 14, 3) for r in names[0]]
        cell = (WIDTH_INCHES - 0.25 - 0.075 * _longest(row_labels)) / max(map(len, blocks))
        level = [wrap(c, max(6, int(cell / 0.072)), 3) for c in names[1]]
        turned = _longest(level) * 0.074 > cell
        heads = dict(zip(names[1], [wrap(c, 14, 3) for c in names[1]] if turned else level, strict=True))
        head = 0.2 + (0.076 * _longest(heads.values()) if turned else 0.17 * _most_lines(heads.values()))
        line = 0.46 if _most_lines(row_labels) < 3 else 0.56
        chart = Chart((head + line * len(names[0])) * len(blocks), **words)
        for ax, block in zip(np.atleast_1d(chart.subplots(len(blocks), 1)), blocks, strict=True):
            sns.heatmap(
                grid[list(block)].astype(float), ax=ax, cmap=_SHADES, vmin=0, vmax=1, cbar=False, linewidths=2, linecolor="white"
            )
            for i, r in enumerate(names[0]):
                for j, c in enumerate(block):
                    cell_words, has_value = _cell_words(cells, r, c, value, n)
                    _write_cell(ax, i, j, cell_words, _SHADES(grid.loc[r, c]) if has_value else None)
            ax.xaxis.tick_top()
            ax.set_xticks(
                np.arange(len(block)) + 0.5,
                [heads[c] for c in block],
                fontsize=SMALL,
                rotation=90 if turned else 0,
            )
            ax.set_yticks(np.arange(len(names[0])) + 0.5, row_labels, rotation=0)
            ax.set(xlabel="", ylabel="")
            bare(ax)
            ax.spines["bottom"].set_visible(False)
    shown = grid.stack()
    ends = [f"{percent(shown.loc[k])} ({k[0]}, {k[1]})" for k in (shown.idxmin(), shown.idxmax())] if len(shown) else []
    alt = f"Grid of {so_many(len(names[0]), 'row')} and {so_many(len(names[1]), 'column')} shaded by share. " + (
        f"From {ends[0]} to {ends[1]}." if ends else "No cell has enough audits for a share."
    )
    columns_shown = {
        rows: row_header or rows.capitalize(),
        columns: column_header or columns.capitalize(),
        value: (value_header, "share_of" if {"count", "n"} <= set(table) else "percent"),
    }
    if f"{value}_lower" in table:
        columns_shown[f"{value}:interval"] = ("95% interval", "interval")
    each = [
        f"{r}: "
        + ", ".join(f"{c} {_cell_words(cells, r, c, value, n)[0].replace(chr(10), ', ')}" for c in names[1])
        + "."
        for r in names[0]
    ]
    return chart.describe(alt, each if len(each) <= 12 else [alt], table, columns_shown)


def agreement_grid(
    counts: pd.DataFrame,
    *,
    title: str,
    subtitle: str = "",
    source: str = "",
    first: str = "Auditor",
    second: str = "Moderator",
) -> Chart:
    """A grid of how often each pair of grades was given; agreement lies on the framed diagonal.

    `counts`: one row per pair of grades with first, second (ordered, worst to best) and count; or the auditor's grades
    as index and the moderator's as columns, best first. More kinds of pairs in one table are added up.
    """
    words = {"title": title, "subtitle": subtitle, "source": source}
    counts = _square(counts)
    values = counts.apply(pd.to_numeric, errors="coerce")
    total = values.sum().sum()
    if not counts.size or not (total > 0 or counts.map(is_withheld).any(axis=None)):
        return empty_chart(**words)
    import seaborn as sns

    size = len(counts)
    with house_style():
        chart = Chart(1.1 + 0.55 * size, **words)
        ax = chart.subplots()
        sns.heatmap(values.astype(float), ax=ax, cmap=_SHADES, vmin=0, cbar=False, linewidths=2, linecolor="white")
        top = max(values.max().max(), 1)
        for i in range(size):
            for j in range(counts.shape[1]):
                cell = counts.iat[i, j]
                face = _SHADES(values.iat[i, j] / top) if pd.notna(values.iat[i, j]) else (1, 1, 1, 1)
                ax.text(j + 0.5, i + 0.5, number(cell), ha="center", va="center", fontsize=12, color=ink_on(face[:3]))
                if i == j:
                    ax.add_patch(Rectangle((j + 0.03, i + 0.03), 0.94, 0.94, fill=False, edgecolor=INK, linewidth=1.8))
        ax.xaxis.tick_top()
        ax.xaxis.set_label_position("top")
        ax.set_xticks(np.arange(counts.shape[1]) + 0.5, [wrap(c, 12) for c in counts.columns], rotation=0)
        ax.set_yticks(np.arange(size) + 0.5, [wrap(r, 14) for r in counts.index], rotation=0)
        ax.set_xlabel(f"{second}'s grade", fontweight="bold", labelpad=8)
        ax.set_ylabel(f"{first}'s grade", fontweight="bold", labelpad=8)
        bare(ax)
        ax.spines["bottom"].set_visible(False)
    same = np.trace(values.to_numpy())
    lower = np.nansum(np.triu(values.to_numpy(), 1))
    higher = np.nansum(np.tril(values.to_numpy(), -1))
    alt = (
        f"Grid of {size} by {counts.shape[1]} grades. {number(same)} of {number(total)} pairs lie on the diagonal of "
        f"agreement; in {number(lower)} the {second.lower()} gave a lower grade, in {number(higher)} a higher one."
        if not counts.map(is_withheld).any(axis=None)
        else f"Grid of {size} by {counts.shape[1]} grades; some small numbers are withheld."
    )
    sentences = [
        f"{first} {row}: " + ", ".join(f"{second.lower()} {c} {number(v)}" for c, v in values_.items()) + "."
        for row, values_ in counts.iterrows()
    ]
    flat = counts.copy()
    flat.columns = [str(c) for c in flat.columns]
    flat.insert(0, "first", [str(r) for r in counts.index])
    shown = {"first": f"{first}'s grade"} | {c: (f"{second}: {c}", "count") for c in flat.columns[1:]}
    return chart.describe(alt, sentences, flat, shown)


def _write_cell(ax: Any, i: int, j: int, words: str, face: Any) -> None:
    """The words of a cell in an ink that its shade allows; a cell without a value has a dotted frame."""
    ink = ink_on(face[:3] if face else "#FFFFFF")
    ax.text(j + 0.5, i + 0.5, words, ha="center", va="center", fontsize=SMALL, linespacing=1.15, color=ink)
    if face is None:
        frame = {"facecolor": "none", "edgecolor": LINE_GREY, "linewidth": 0.8, "linestyle": (0, (2, 2))}
        ax.add_patch(Rectangle((j + 0.03, i + 0.04), 0.94, 0.92, **frame))


def _longest(labels: Collection[str]) -> int:
    return max(len(line) for label in labels for line in label.split("\n"))


def _most_lines(labels: Collection[str]) -> int:
    return max(label.count("\n") + 1 for label in labels)


def _square(counts: pd.DataFrame) -> pd.DataFrame:
    """Grades as index and columns, best first; a withheld count is [c]."""
    if not {"first", "second", "count"} <= set(counts.columns):
        return counts
    grades = _best_first(pd.concat([counts["first"], counts["second"]]).astype(counts["first"].dtype))
    if isinstance(counts["first"].dtype, pd.CategoricalDtype):
        grades = [str(g) for g in reversed(counts["first"].cat.categories)]
    plain = counts.assign(first=counts["first"].astype(str), second=counts["second"].astype(str))
    wide = figures(plain, "count").pivot_table(
        index="first", columns="second", values="count", aggfunc="sum", min_count=1
    )
    wide = wide.reindex(index=grades, columns=grades)
    hidden = (
        plain["suppressed"].fillna(False).astype(bool) if "suppressed" in plain else plain["count"].map(is_withheld)
    )
    if not hidden.any():
        return wide.fillna(0)
    wide = wide.astype(object)
    for first, second in plain.loc[hidden, ["first", "second"]].itertuples(index=False):
        wide.loc[first, second] = "[c]"
    return wide.where(wide.notna(), 0)


def _cell_words(cells: pd.DataFrame, row: str, column: str, value: str, n: str) -> tuple[str, bool]:
    """What a cell says, and whether it holds a share."""
    if (row, column) not in cells.index:
        return "none", False
    cell = cells.loc[(row, column)]
    cell = cell.iloc[0] if isinstance(cell, pd.DataFrame) else cell
    if is_withheld(cell[value]) or is_withheld(cell.get(n)) or (cell.get("suppressed", False) and pd.isna(cell[value])):
        return "[c]", False
    if pd.isna(cell[value]):
        return ("none" if not cell.get(n) or pd.isna(cell[n]) else f"n {number(cell[n])}"), False
    return percent(cell[value]) + (f"\nn {number(cell[n])}" if n in cell else ""), True


def _best_first(grades: pd.Series) -> list[str]:
    if isinstance(grades.dtype, pd.CategoricalDtype) and grades.cat.ordered:
        there = set(grades.dropna())
        return [str(g) for g in reversed(grades.cat.categories) if g in there]
    return [str(g) for g in dict.fromkeys(grades.dropna())]


def _hatch(i: int, grades: list[str]) -> str:
    return HATCHES[i] if len(grades) == 4 else ("", "///", "", "...", "xxx", "")[i % 6]


def _n_words(rows: pd.DataFrame, unit: str) -> str:
    n = rows["n"].iloc[0] if len(rows) else 0
    if is_withheld(n) or pd.isna(n):
        return "number not shown" if is_withheld(n) or _flagged(rows) else f"no {unit}"
    return f"{number(n)} {unit.removesuffix('s') if n == 1 else unit}"


def _drawable(rows: pd.DataFrame) -> bool:
    return len(rows) > 0 and pd.to_numeric(rows["share"], errors="coerce").notna().all() and rows["n"].iloc[0] != 0


def _draw_grade_rows(
    ax: Any,
    by_group: dict[str, pd.DataFrame],
    places: np.ndarray,
    grades: list[str],
    colour: Mapping[str, str],
    room: float,
    withheld: str,
    unit: str,
) -> None:
    for y, rows in zip(places, by_group.values(), strict=True):
        if not _drawable(rows):
            ax.text(0.01, y, _why_not(rows, withheld, unit), va="center", color=INK, fontsize=SMALL, style="italic")
            continue
        left = 0.0
        for i, grade in enumerate(grades):
            share = float(rows.loc[grade, "share"]) if grade in rows.index else 0.0
            if share <= 0:
                continue
            ink = ink_on(colour[grade])
            ax.barh(
                y,
                share,
                left=left,
                height=0.29,
                color=colour[grade],
                hatch=_hatch(i, grades),
                edgecolor=_soft(ink),
                linewidth=0,
                zorder=2,
            )
            ax.barh(y, share, left=left, height=0.29, facecolor="none", edgecolor="white", linewidth=1.4, zorder=3)
            if share * room >= 0.1 + 0.075 * len(percent(share)):  # inches; a narrower part has its figure in the table
                ax.text(
                    left + share / 2,
                    y,
                    percent(share),
                    ha="center",
                    va="center",
                    color=ink,
                    fontsize=SMALL,
                    zorder=4,
                    bbox={"facecolor": colour[grade], "edgecolor": "none", "pad": 1.2},
                )
            left += share


def _soft(ink: str) -> tuple[float, float, float, float]:
    return (1, 1, 1, 0.55) if ink == "white" else (0, 0, 0, 0.45)


def _flagged(rows: pd.DataFrame) -> bool:
    return "suppressed" in rows and bool(rows["suppressed"].fillna(False).any())


def _why_not(rows: pd.DataFrame, withheld: str, unit: str) -> str:
    if len(rows) and (rows[["count", "n", "share"]].map(is_withheld).any(axis=None) or _flagged(rows)):
        return withheld
    n = rows["n"].iloc[0] if len(rows) else 0
    return f"no graded {unit}" if pd.isna(n) or n == 0 else "too few for shares"


def _grades_alt(by_group: dict[str, pd.DataFrame], grades: list[str], good: list[str], unit: str) -> str:
    drawn = {g: rows for g, rows in by_group.items() if _drawable(rows)}
    kind = f"Bars of grades from {grades[0]} to {grades[-1]}"
    if not drawn:
        return f"{kind}. No group has enough {unit} for shares."
    if len(by_group) == 1:
        rows = next(iter(drawn.values()))
        return f"{kind}: " + ", ".join(f"{g} {percent(rows.loc[g, 'share'])}" for g in grades if g in rows.index) + "."
    best = {g: sum(float(rows.loc[x, "share"]) for x in good if x in rows.index) for g, rows in drawn.items()}
    low, high = min(best, key=best.get), max(best, key=best.get)
    left_out = f" {len(by_group) - len(drawn)} too small to show." if len(drawn) < len(by_group) else ""
    return (
        f"{kind} for {so_many(len(by_group), 'group')}. The share that is {' or '.join(good)} runs from "
        f"{percent(best[low])} ({low}, {_n_words(drawn[low], unit)}) to "
        f"{percent(best[high])} ({high}, {_n_words(drawn[high], unit)}).{left_out}"
    )


def _grades_description(by_group: dict[str, pd.DataFrame], grades: list[str], unit: str) -> list[str]:
    sentences = []
    for group, rows in by_group.items():
        if _drawable(rows):
            shares = ", ".join(f"{g} {percent(rows.loc[g, 'share'])}" for g in grades if g in rows.index)
            sentences.append(f"{group}, {_n_words(rows, unit)}: {shares}.")
        else:
            sentences.append(f"{group}: {_why_not(rows, 'small numbers withheld', unit)}.")
    return sentences if len(sentences) <= 12 else []
