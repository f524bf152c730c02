"""Charts that set places or themes side by side: funnel, shares with intervals, done against due."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from qa_analysis.charts.look import (
    BLUE,
    CHARCOAL,
    INK,
    LINE_GREY,
    NAVY,
    ORANGE,
    SMALL,
    WIDTH_INCHES,
    Chart,
    bare,
    beside,
    empty_chart,
    figures,
    house_style,
    legend_above,
    name_lines,
    percent_axis,
    row_axis,
    row_places,
    so_many,
    spread,
    wrap,
)
from qa_analysis.tables import Column, number, percent, share_of

_DOT, _FUNNEL_INCHES = 14, 4.3  # points across, inches high
_INSIDE = ("", "false", "none", "nan", "within", "inside", "not significant", "in line", "as expected")


def funnel_chart(
    points: pd.DataFrame,
    curve: pd.DataFrame,
    *,
    title: str,
    subtitle: str = "",
    source: str = "",
    label: str = "team",
    share: str = "share",
    n: str = "n",
    outside: str = "position",
    average: float | None = None,
    average_label: str = "average",
    unit: str = "audits",
    header: str | None = None,
    value_header: str = "Good or better",
    limit_names: tuple[str, str] = ("95%", "99.8%"),
) -> Chart:
    """Each place's share against its n inside the limits that chance draws; only places outside are named.

    The others have the number of their row in the table below, where dots lie apart; no place is ranked.

    `points`: `label`, `share`, `n`, and `outside` (words such as "above 99.8%"; "within", blank or False is inside).
    `curve`: `n` and the limits, named lower_… and upper_… (nearest the average first).
    """
    words = {"title": title, "subtitle": subtitle, "source": source}
    # numbered from left to right, so that a dot is found in the table and a row among the dots
    points = points.assign(_by=pd.to_numeric(points[n], errors="coerce")).sort_values("_by", kind="stable")
    points = points.drop(columns="_by").reset_index(drop=True)
    data = figures(points, share, n).dropna(subset=[share, n])
    if data.empty:
        return empty_chart(**words)
    points["dot"] = data["dot"] = pd.Series([str(i) for i in range(1, len(data) + 1)], index=data.index)
    out = (
        ~data[outside].astype(str).str.strip().str.lower().isin(_INSIDE)
        if outside in data
        else np.zeros(len(data), bool)
    )
    out = np.asarray(out, dtype=bool)
    lowers, uppers = ([c for c in curve.columns if re.match(side, str(c))] for side in ("lower", "upper"))
    curve = curve.sort_values(n)
    with house_style():
        chart = Chart(_FUNNEL_INCHES, **words)
        ax = chart.subplots()
        right = max(data[n].max() * 1.04, 5)
        drawn = curve[curve[n] <= max(right, curve[n].min())]
        ends = []
        for lower, upper, dash, name in zip(lowers, uppers, ((0, (5, 3)), (0, (1, 1.5))), limit_names, strict=False):
            for column in (lower, upper):
                ax.plot(drawn[n], drawn[column], color=LINE_GREY, linewidth=1.3, linestyle=dash, zorder=1)
                if len(drawn):
                    ends.append((drawn[column].iloc[-1], f"{name} limit", "#595959"))
        if average is not None:
            ax.axhline(average, color=INK, linewidth=1.3, zorder=1)
            ends.append((average, f"{average_label} {percent(average)}", INK))
        inside, outside_dots = data[~out], data[out]
        ax.plot(inside[n], inside[share], "o", color=BLUE, markeredgecolor="white", markersize=_DOT, zorder=3)
        ax.plot(outside_dots[n], outside_dots[share], "D", color=ORANGE, markeredgecolor=INK, markersize=8, zorder=4)
        for i in _apart(data, n, share, right, outside_dots.index):
            ax.text(
                data.at[i, n],
                data.at[i, share],
                data.at[i, "dot"],
                ha="center",
                va="center_baseline",
                fontsize=SMALL,
                color="white",
                zorder=5,
            )
        ax.set_xlim(0, right)
        ax.set_ylim(-0.03, 1.03)
        percent_axis(ax.yaxis)
        ax.set_xlabel(f"Number of {unit}\n(the numbers in dots are those of the figures below)")
        bare(ax, grid="y")
        name_lines(ax, ends, 0.05)
        _name_points(ax, data[out], label, share, n, right)
    names = [
        f"{row[label]} {share_of(row[share], round(row[share] * row[n]), row[n])}" for _, row in data[out].iterrows()
    ]
    alt = (
        f"Funnel chart of {so_many(len(data), 'place')} by number of {unit}. {len(inside)} within the limits of chance; "
        + (f"{len(names)} outside." if names else "none outside.")
    )
    described = [
        ("Outside the limits: " + "; ".join(names) + ".") if names else "",
        f"Average {percent(average)}." if average is not None else "",
    ]
    columns: dict[str, Any] = {
        label: header or label.capitalize(),
        "dot": Column("Dot", missing="[z]"),
        share: (value_header, "share_of" if {"count", "n"} <= set(points) else "percent"),
    }
    if "count" not in points:
        columns[n] = (f"Number of {unit}", "count")
    if f"{share}_lower" in points:
        columns[f"{share}:interval"] = ("95% interval", "interval")
    if outside in points:
        columns[outside] = "Against the limits"
    return chart.describe(alt, described, points, columns)


def interval_dots(
    table: pd.DataFrame,
    label: str,
    *,
    title: str,
    subtitle: str = "",
    source: str = "",
    now: str = "now",
    before: str = "before",
    target: float | None = None,
    target_label: str = "target",
    header: str | None = None,
    value_header: str = "Share",
    whole: bool = True,
) -> Chart:
    """The share of each theme or standard as a point with its 95% interval; the period before in grey beside it.

    `table`: `label`, share, share_lower, share_upper, n (count); where there are share_before, share_before_lower and
    share_before_upper, they are drawn too. `now` and `before` name the two periods. `whole`: the axis runs to 100%.
    """
    words = {"title": title, "subtitle": subtitle, "source": source}
    data = figures(
        table, "share", "share_lower", "share_upper", "share_before", "share_before_lower", "share_before_upper"
    ).reset_index(drop=True)
    if not data["share"].notna().any():
        return empty_chart(**words)
    two = "share_before" in data and data["share_before"].notna().any()
    labels = [wrap(v, 21) for v in data[label]]
    with house_style():
        y, height = row_places(labels, gap=0.26 if two else 0.19)
        chart = Chart(height + (0.85 if two else 0.5), **words)
        ax = chart.subplots()
        if two:
            _dots(ax, data, y + 0.08, "share_before", LINE_GREY, "o", "white")
        _dots(ax, data, y - (0.08 if two else 0), "share", NAVY, "o", NAVY)
        for i, row in data.iterrows():
            if pd.isna(row["share"]):
                ax.text(0.01, y[i], _absent(table.iloc[i]), va="center", fontsize=SMALL, style="italic")
                continue
            beside(ax, _beside(table.iloc[i]), (1, y[i]), ("axes fraction", "data"), 6)
        if target is not None:
            ax.axvline(target, color=CHARCOAL, linewidth=1.2, linestyle=(0, (4, 3)), zorder=1)
            ax.annotate(
                f"{target_label} {percent(target)}",
                (target, 1),
                xycoords=("data", "axes fraction"),
                xytext=(0, 3),
                textcoords="offset points",
                ha="center",
                fontsize=SMALL,
                color=CHARCOAL,
            )
        row_axis(ax, y, height, labels)
        top = 1.0 if whole else min(1.0, float(np.nanmax(data.filter(like="upper").to_numpy())) * 1.08)
        ax.set_xlim(-0.015, top + 0.015)
        percent_axis(ax.xaxis)
        bare(ax, grid="x")
        if two:
            handles = [
                ax.plot([], [], "o", color=NAVY, markersize=7)[0],
                ax.plot([], [], "o", color=LINE_GREY, markerfacecolor="white", markeredgewidth=1.6, markersize=7)[0],
            ]
            legend_above(chart, handles, [now, before], handletextpad=0.2)
    there = data.dropna(subset=["share"])
    high, low = there.loc[there["share"].idxmax()], there.loc[there["share"].idxmin()]
    alt = (
        f"Points with 95% intervals for {so_many(len(there), 'row')}. Highest {high[label]} {percent(high['share'])}, "
        f"lowest {low[label]} {percent(low['share'])}."
        + (f" Each beside its value in the period before ({before})." if two else "")
    )
    described = [
        f"{r[label]}: {percent(r['share'])}"
        + (f" ({percent(r['share_before'])} before)" if two and pd.notna(r["share_before"]) else "")
        + "."
        for _, r in there.head(15).iterrows()
    ]
    columns: dict[str, Any] = {
        label: header or label.capitalize(),
        "share": (value_header, "share_of" if {"count", "n"} <= set(table) else "percent"),
        "share:interval": ("95% interval", "interval"),
    }
    if two:
        columns |= {"share_before": (f"Before ({before})", "percent")}
    return chart.describe(alt, described, table, columns)


def coverage_bars(
    table: pd.DataFrame,
    label: str,
    *,
    title: str,
    subtitle: str = "",
    source: str = "",
    done: str = "done",
    due: str = "due",
    header: str | None = None,
    done_header: str = "Done",
    due_header: str = "Due",
) -> Chart:
    """What was done against what was due: a filled bar inside an outline, with both numbers in words.

    `table`: `label`, `done`, `due` (counts). More than was due runs past the outline; nothing due says so.
    """
    words = {"title": title, "subtitle": subtitle, "source": source}
    data = figures(table, done, due).reset_index(drop=True)
    if data.empty or not data[[done, due]].notna().any(axis=None):
        return empty_chart(**words)
    labels = [wrap(v, 22) for v in data[label]]
    with house_style():
        y, height = row_places(labels, gap=0.19)
        chart = Chart(height + 0.15, **words)
        ax = chart.subplots()
        ax.barh(y, data[done].fillna(0), height=0.22, color=BLUE, zorder=2)
        ax.barh(y, data[due].fillna(0), height=0.22, facecolor="none", edgecolor=INK, linewidth=1.2, zorder=3)
        longest, said = max(float(np.nanmax(data[[done, due]].to_numpy())), 1), []
        for i, row in data.iterrows():
            end = np.nanmax([row[done], row[due], 0])
            said.append(_done_words(table.iloc[i], row, done, due))
            beside(ax, said[-1], (end, y[i]))
        row_axis(ax, y, height, labels)
        ax.set_xlim(0, longest * _room_beyond(labels, said))
        ax.set_xticks([])
        bare(ax)
        ax.spines["bottom"].set_visible(False)
    known = data.dropna(subset=[done, due])
    short = known[known[done] < known[due]]
    alt = (
        f"Bars of what was done inside outlines of what was due, {so_many(len(data), 'row')}: "
        f"{number(known[done].sum())} done of {number(known[due].sum())} due. {len(short)} fell short."
    )
    described = [f"{r[label]}: {number(r[done])} of {number(r[due])}." for _, r in known.head(15).iterrows()]
    data_shown = table.reset_index(drop=True)
    columns = {label: header or label.capitalize(), done: (done_header, "count"), due: (due_header, "count")}
    return chart.describe(alt, described, data_shown, columns)


def _room_beyond(labels: list[str], words: list[str]) -> float:
    """How much longer than its longest bar an axis must be, so that words fit beyond every bar."""
    letter = 0.52 * SMALL / 72  # inches
    axis = WIDTH_INCHES - 0.3 - letter * 1.05 * max(len(line) for label in labels for line in label.split("\n"))
    return 1 / max(1 - (letter * max(map(len, words)) + 0.1) / axis, 0.15)


def _done_words(row: pd.Series, values: pd.Series, done: str, due: str) -> str:
    if pd.isna(values[done]) or pd.isna(values[due]):
        return "not shown" if row.get("suppressed") or isinstance(row[done], str) else "not known"
    if number(values[due]) == "0":  # nothing, or a part of a round
        return f"{number(values[done])}, none due"
    return f"{number(values[done])} of {number(values[due])} ({percent(values[done] / values[due])})"


def _dots(ax: Any, data: pd.DataFrame, y: np.ndarray, stem: str, colour: str, marker: str, face: str) -> None:
    if f"{stem}_lower" in data:
        ax.hlines(y, data[f"{stem}_lower"], data[f"{stem}_upper"], color=colour, linewidth=2, zorder=2)
    ax.plot(
        data[stem],
        y,
        marker,
        color=colour,
        markerfacecolor=face,
        markeredgewidth=1.6,
        markersize=7,
        zorder=3,
        clip_on=False,
    )


def _beside(row: pd.Series) -> str:
    if "count" in row.index and "n" in row.index:
        return share_of(row["share"], row["count"], row["n"])
    return percent(row["share"]) + (f", n {number(row['n'])}" if "n" in row.index else "")


def _absent(row: pd.Series) -> str:
    if row.get("suppressed") is True or isinstance(row["share"], str) or isinstance(row.get("n"), str):
        return "small numbers: not shown"
    n = row.get("n")
    return "none" if n is None or pd.isna(n) or n == 0 else f"{number(n)}: too few for a share"


def _apart(data: pd.DataFrame, n: str, share: str, right: float, without: pd.Index) -> list[Any]:
    """The dots that touch no other, so that a number in them can be read."""
    across = data[n].to_numpy(float) / right * (WIDTH_INCHES * 72 - 100)  # in points, about
    up = data[share].to_numpy(float) / 1.06 * (_FUNNEL_INCHES * 72 - 45)
    near = np.hypot(across[:, None] - across, up[:, None] - up) < _DOT * 0.98
    return [i for i, row in zip(data.index, near, strict=True) if row.sum() == 1 and i not in without]


def _name_points(ax: Any, out: pd.DataFrame, label: str, share: str, n: str, right: float) -> None:
    """Names of the points outside, left or right of them by where there is room, moved apart if they would touch."""
    for at_right in (True, False):
        some = out[(out[n] > 0.6 * right) != at_right].sort_values(share)
        gap = 0.055 * max((wrap(v, 22).count("\n") + 1 for v in some[label]), default=1)
        placed = spread(some[share].tolist(), gap)
        for y, (_, row) in zip(placed, some.iterrows(), strict=True):
            ax.annotate(
                wrap(row[label], 22),
                (row[n], y),
                xytext=(9 if at_right else -9, 0),
                textcoords="offset points",
                ha="left" if at_right else "right",
                va="center",
                fontsize=SMALL,
                fontweight="bold",
                zorder=5,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.4, "alpha": 0.8},
            )
