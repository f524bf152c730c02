"""Charts of actions: how long they have been open, and how fast they are closed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.patches import Patch

from qa_analysis.charts.look import (
    BLUE,
    INK,
    NAVY,
    PALE_BLUE,
    PLUM,
    SMALL,
    Chart,
    bare,
    beside,
    empty_chart,
    figures,
    house_style,
    ink_on,
    legend_above,
    legend_height,
    name_lines,
    percent_axis,
    row_axis,
    row_places,
    so_many,
    wrap,
)
from qa_analysis.tables import number, percent

_AGE_COLOURS = {
    2: (PALE_BLUE, NAVY),
    3: (PALE_BLUE, BLUE, NAVY),
    4: ("#C9E0F5", PALE_BLUE, BLUE, NAVY),
    5: ("#C9E0F5", PALE_BLUE, BLUE, NAVY, "#081E31"),
}
_BROWN = "#B34A10"  # orange is too pale for a line on its own band
_LINES = ((NAVY, "-"), (_BROWN, (0, (5, 2))), (PLUM, (0, (1, 1.4))), (BLUE, (0, (4, 1.5, 1, 1.5))))


def ageing_bars(
    table: pd.DataFrame,
    by: str = "service",
    *,
    title: str,
    subtitle: str = "",
    source: str = "",
    band: str = "band_days",
    count: str = "count",
    header: str | None = None,
    band_header: str = "Days since raised",
    unit: str = "open actions",
    withheld: str = "small numbers: not shown",
) -> Chart:
    """Open actions of each service by how long they have been open; darker is older, every part has its number.

    `table`: `by`, `band` (in order, youngest first), `count`, optionally n_overdue. A group with a count that is
    withheld shows no bar, since the others would give it away.
    """
    words = {"title": title, "subtitle": subtitle, "source": source}
    data = figures(table, count).reset_index(drop=True)
    if data.empty or not (data[count].fillna(0).sum() > 0 or _hidden(table, count).any()):
        return empty_chart(**words)
    bands = [
        str(b)
        for b in (
            data[band].cat.categories
            if isinstance(data[band].dtype, pd.CategoricalDtype)
            else dict.fromkeys(data[band])
        )
    ]
    groups = list(dict.fromkeys(data[by].astype(str)))
    grid = data.assign(**{by: data[by].astype(str), band: data[band].astype(str)}).pivot_table(
        index=by, columns=band, values=count, aggfunc="sum", observed=True, min_count=1, dropna=False
    )
    grid = grid.reindex(index=groups, columns=bands)
    hidden = _hidden(table, count).groupby(table[by].astype(str).to_numpy(), sort=False).any()
    colours = _AGE_COLOURS.get(len(bands)) or tuple(_spread_shades(len(bands)))
    labels = [wrap(g, 22) for g in groups]
    with house_style():
        places, height = row_places(labels, gap=0.19)
        chart = Chart(height + legend_height(bands, titled=True), **words)
        ax = chart.subplots()
        longest = max(float(grid.fillna(0).sum(axis=1).max()), 1)
        for y, group in zip(places, groups, strict=True):
            if hidden.get(group, False):
                ax.text(longest * 0.01, y, withheld, va="center", fontsize=SMALL, style="italic")
                continue
            left = 0.0
            for name, colour in zip(bands, colours, strict=True):
                value = grid.loc[group, name]
                if not value > 0:
                    continue
                ax.barh(y, value, left=left, height=0.22, color=colour, edgecolor=INK, linewidth=0.7, zorder=2)
                if value / longest > 0.034 * len(number(value)):
                    ax.text(
                        left + value / 2,
                        y,
                        number(value),
                        ha="center",
                        va="center",
                        fontsize=SMALL,
                        color=ink_on(colour),
                        zorder=3,
                    )
                left += value
            beside(ax, number(left) if left else "none", (left, y), fontweight="bold")
        row_axis(ax, places, height, labels)
        ax.set_xlim(0, longest * 1.14)
        ax.set_xticks([])
        bare(ax)
        ax.spines["bottom"].set_visible(False)
        handles = [Patch(facecolor=c, edgecolor=INK, linewidth=0.7) for c in colours]
        legend_above(chart, handles, bands, handlelength=1.3, title=band_header, alignment="left")
    totals = grid.loc[[g for g in groups if not hidden.get(g, False)]].sum(axis=1)
    most = totals.idxmax() if len(totals) else ""
    oldest = grid.loc[totals.index, bands[-1]].sum() if len(totals) else 0
    alt = (
        f"Bars of {unit} by age for {so_many(len(groups), 'group')}, {number(totals.sum())} in all; {number(oldest)} in the "
        f"oldest band, {bands[-1]}." + (f" Most in {most}, {number(totals[most])}." if len(totals) else "")
    )
    described = [
        f"{g}: {withheld}."
        if hidden.get(g, False)
        else f"{g}: "
        + ", ".join(f"{b} {number(grid.loc[g, b]) if pd.notna(grid.loc[g, b]) else 0}" for b in bands)
        + "."
        for g in groups[:15]
    ]
    columns: dict[str, Any] = {by: header or by.capitalize(), band: band_header, count: (unit.capitalize(), "count")}
    if "n_overdue" in table:
        columns["n_overdue"] = ("Of these overdue", "count")
    return chart.describe(alt, described, table, columns)


def survival_steps(
    curve: pd.DataFrame,
    by: str | None = None,
    *,
    title: str,
    subtitle: str = "",
    source: str = "",
    day: str = "day",
    share: str = "share_open",
    lower: str | None = None,
    upper: str | None = None,
    due_day: float | None = None,
    due_label: str = "usual due date",
    half_day: float | None = None,
    header: str | None = None,
    unit: str = "actions",
) -> Chart:
    """The share of actions still open by days since they were raised, with its 95% band; open ones count while open.

    `curve`: `day`, `share`, its limits (`lower`, `upper`; without names the share's name with _lower and _upper),
    n_at_risk, one row per step, for all or each group of `by` (at most four are drawn; more need small multiples).
    `half_day` is the day by which half were closed, where it is known more exactly than the steps drawn tell.
    """
    words = {"title": title, "subtitle": subtitle, "source": source}
    lower, upper = lower or f"{share}_lower", upper or f"{share}_upper"
    data = figures(curve, day, share, lower, upper).dropna(subset=[day, share])
    if data.empty:
        return empty_chart(**words)
    groups = list(dict.fromkeys(data[by].astype(str)))[:4] if by else [""]
    ends, halves = [], []
    with house_style():
        chart = Chart(3.7, **words)
        ax = chart.subplots()
        right = data[day].max()
        for group, (colour, dash) in zip(groups, _LINES, strict=False):
            rows = (data[data[by].astype(str) == group] if by else data).sort_values(day)
            x, y = np.r_[0, rows[day]], np.r_[1.0, rows[share]]
            if lower in rows and rows[lower].notna().any():
                ax.fill_between(
                    x,
                    np.r_[1.0, rows[lower]],
                    np.r_[1.0, rows[upper]],
                    step="post",
                    color=colour,
                    alpha=0.16,
                    linewidth=0,
                )
            ax.plot(x, y, drawstyle="steps-post", color=colour, linewidth=2.2, linestyle=dash)
            ends.append((y[-1], (f"{wrap(group, 14)}\n" if group else "still open\n") + percent(y[-1]), colour))
            at_half = rows[rows[share] <= 0.5]
            halves.append((group, float(at_half[day].iloc[0]) if len(at_half) else None))
        if due_day is not None:
            ax.axvline(due_day, color=INK, linewidth=1.1, linestyle=(0, (4, 3)), zorder=1)
            ax.annotate(
                f"{due_label}, day {number(due_day)}",
                (due_day, 1),
                xycoords=("data", "axes fraction"),
                xytext=(4, -3),
                textcoords="offset points",
                va="top",
                fontsize=SMALL,
            )
        if len(groups) == 1 and half_day is not None and halves[0][1] is not None:
            halves = [(groups[0], float(half_day))]
        if len(groups) == 1 and halves[0][1] is not None:
            half = halves[0][1]
            ax.plot([0, half, half], [0.5, 0.5, 0], color=INK, linewidth=0.9, linestyle=(0, (1, 2)))
            ax.annotate(
                f"half closed by day {number(half)}",
                (half, 0.5),
                xytext=(8, 8),
                textcoords="offset points",
                fontsize=SMALL,
                fontweight="bold",
                zorder=5,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.85},
            )
        name_lines(ax, ends, 0.12, fontweight="bold")
        ax.set_xlim(0, right)
        ax.set_ylim(0, 1.02)
        percent_axis(ax.yaxis)
        ax.set_xlabel("Days since raised")
        bare(ax, grid="y")
    said = [
        (f"{g}: " if g else "")
        + (f"half were closed by day {number(d)}" if d is not None else "half were not yet closed")
        + f", {percent(e[0])} still open at day {number(right)}."
        for (g, d), e in zip(halves, ends, strict=True)
    ]
    alt = f"Falling steps of the share of {unit} still open by days since raised. " + " ".join(said[:2])
    columns: dict[str, Any] = ({by: header or by.capitalize()} if by else {}) | {
        day: ("Days since raised", "count"),
        share: ("Still open", "percent"),
    }
    shown = curve.copy()
    if lower in shown and upper in shown:
        shown = shown.rename(columns={lower: f"{share}_lower", upper: f"{share}_upper"})
        columns[f"{share}:interval"] = ("95% interval", "interval")
    if "n_at_risk" in shown:
        columns["n_at_risk"] = ("Open and followed", "count")
    return chart.describe(alt, said, _at_round_days(shown, day, by), columns)


def _at_round_days(curve: pd.DataFrame, day: str, by: str | None) -> pd.DataFrame:
    """The steps in force at round days: a table of every step would be long and say little."""
    if len(curve) <= 20:
        return curve
    last = curve[day].max()
    step = next(s for s in (7, 14, 28, 56, 112, 10**6) if last / s <= 14)
    picked = []
    for _, rows in curve.groupby(by, sort=False, observed=True) if by else [("", curve)]:
        rows = rows.sort_values(day)
        for d in np.arange(step, last + step, step):
            before = rows[rows[day] <= min(d, last)]
            if len(before):
                picked.append(before.iloc[[-1]].assign(**{day: min(d, last)}))
    return pd.concat(picked, ignore_index=True) if picked else curve


def _hidden(table: pd.DataFrame, count: str) -> pd.Series:
    flagged = table["suppressed"].fillna(False).astype(bool) if "suppressed" in table else pd.Series(False, table.index)
    return flagged.reset_index(drop=True) | table[count].map(lambda v: isinstance(v, str)).reset_index(drop=True)


def _spread_shades(n: int) -> list[str]:
    from matplotlib.colors import LinearSegmentedColormap, to_hex

    ramp = LinearSegmentedColormap.from_list("ages", ["#C9E0F5", PALE_BLUE, BLUE, NAVY, "#081E31"])
    return [to_hex(ramp(i / max(n - 1, 1))) for i in range(n)]
