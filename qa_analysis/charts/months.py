"""Charts of what happened over time: the share by month, the control chart, and panels by service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from qa_analysis.charts.look import (
    BLUE,
    CHARCOAL,
    INK,
    LINE_GREY,
    NAVY,
    SIGNALS,
    SMALL,
    WIDTH_INCHES,
    Chart,
    as_months,
    bare,
    beside,
    empty_chart,
    figures,
    house_style,
    legend_above,
    month_axis,
    name_lines,
    percent_axis,
    so_many,
    wrap,
)
from qa_analysis.tables import month_name, number, percent


def share_trend(
    table: pd.DataFrame,
    *,
    title: str,
    subtitle: str = "",
    source: str = "",
    month: str = "month",
    target: float | None = None,
    target_label: str = "target",
    value_header: str = "Good or better",
    unit: str = "audits",
) -> Chart:
    """The share by month as points with their 95% interval, joined by a line, n under each month.

    `table`: month, share, share_lower, share_upper, n (count). A month without a share is a gap, not a zero.
    """
    words = {"title": title, "subtitle": subtitle, "source": source}
    data = figures(table, "share", "share_lower", "share_upper")
    if not data["share"].notna().any():
        return empty_chart(**words)
    months = as_months(data[month])
    with house_style():
        chart = Chart(3.3, **words)
        ax = chart.subplots()
        _draw_share(ax, data)
        _first_and_last(ax, data, target, target_label)
        ax.set_ylim(0, 1.06)
        ax.set_yticks(np.arange(0, 1.01, 0.2))
        percent_axis(ax.yaxis)
        bare(ax, grid="y")
        month_axis(ax, months)
        if len(data) <= 13:
            _numbers_below(ax, table["n"], unit)
    columns = {
        month: ("Month", "month"),
        "share": (value_header, "share_of" if "count" in table else "percent"),
        "share:interval": ("95% interval", "interval"),
    }
    return chart.describe(_trend_alt(data["share"], months), _trend_description(data, months), table, columns)


def small_multiples(
    table: pd.DataFrame,
    by: str,
    *,
    title: str,
    subtitle: str = "",
    source: str = "",
    month: str = "month",
    header: str | None = None,
    value_header: str = "Good or better",
    target: float | None = None,
) -> Chart:
    """One small panel for each group: the share by month with its interval, all on the same scale.

    `table`: `by`, month, share, share_lower, share_upper, n.
    """
    words = {"title": title, "subtitle": subtitle, "source": source}
    data = figures(table, "share", "share_lower", "share_upper")
    if not data["share"].notna().any():
        return empty_chart(**words)
    groups = list(dict.fromkeys(data[by].astype(str)))
    across = 2 if len(groups) <= 10 else 3
    down = -(-len(groups) // across)
    with house_style():
        titles = [wrap(g, 22 if across == 2 else 14, 4) for g in groups]
        lines = max(t.count("\n") + 1 for t in titles)
        chart, panels = panel_grid(down, across, lines, words)
        months = pd.DatetimeIndex(sorted(as_months(data[month]).dropna().unique()))
        for ax, group, name in zip(panels, groups, titles, strict=False):
            rows = data[data[by].astype(str) == group]
            rows = rows.set_index(as_months(rows[month])).reindex(months).reset_index(drop=True)
            _draw_share(ax, rows, small=True)
            _last_label(ax, rows["share"])
            if target is not None:
                ax.axhline(target, color=CHARCOAL, linewidth=1, linestyle=(0, (4, 3)))
            ax.set_title(name, loc="left", fontsize=SMALL)
            ax.set_ylim(0, 1.05)
            ax.set_yticks([0, 0.5, 1])
            percent_axis(ax.yaxis)
            bare(ax, grid="y")
            month_axis(ax, months, most=4 if across == 2 else 2)
            ax.tick_params(axis="x", pad=7)  # clear of the 0% beside it
        for ax in panels[len(groups) :]:
            ax.set_visible(False)
    last = {
        g: rows["share"].dropna().iloc[-1]
        for g, rows in data.groupby(data[by].astype(str), sort=False)
        if rows["share"].notna().any()
    }
    low, high = min(last, key=last.get), max(last, key=last.get)
    alt = (
        f"{so_many(len(groups), 'small line chart')} on one scale. The latest share runs from {percent(last[low])} ({low}) to "
        f"{percent(last[high])} ({high})."
    )
    each = []
    for group in groups[:12]:
        rows = data[data[by].astype(str) == group]
        if rows["share"].notna().any():
            each.append(f"{group}: " + _ends(rows["share"].reset_index(drop=True), as_months(rows[month])) + ".")
    columns = {
        by: header or by.capitalize(),
        month: ("Month", "month"),
        "share": (value_header, "share_of" if "count" in table else "percent"),
        "share:interval": ("95% interval", "interval"),
    }
    return chart.describe(alt, each, table, columns)


def panel_grid(
    down: int, across: int, title_lines: int, words: dict[str, str], sharey: bool = True, above: float = 0
) -> tuple[Chart, np.ndarray]:
    """A grid of small panels, measured in inches; matplotlib's own layout takes seconds for sixty of them.

    `above`: inches for a legend above the titles of the first row.
    """
    left, right, bottom, titled, height = 0.5, 0.42, 0.42, 0.12 + 0.16 * title_lines, 0.85
    gap_across, gap_down, top = 0.5, bottom + titled, titled + above
    total = top + bottom + down * height + (down - 1) * gap_down
    width = (WIDTH_INCHES - left - right - (across - 1) * gap_across) / across
    chart = Chart(total, **words)
    chart.set_layout_engine("none")
    grid = {
        "left": left / WIDTH_INCHES,
        "right": 1 - right / WIDTH_INCHES,
        "top": 1 - top / total,
        "bottom": bottom / total,
        "wspace": gap_across / width,
        "hspace": gap_down / height,
    }
    return chart, np.atleast_1d(chart.subplots(down, across, sharey=sharey, gridspec_kw=grid)).ravel()


def control_chart(
    points: pd.DataFrame,
    summary: Mapping[str, Any] | pd.DataFrame | pd.Series | None = None,
    *,
    title: str,
    subtitle: str = "",
    source: str = "",
    unit: str = "percent",
    target: float | None = None,
    target_label: str = "target",
    value_header: str = "Share",
) -> Chart:
    """A control chart: values over time, their mean, the limits of ordinary variation, and points that stand out.

    `points`: date, value (or share), mean, lpl, upl, point_type (ending in improvement, concern or neutral; anything
    else is ordinary), optionally target and trial_limits; n and count where the values are shares. `unit`: percent
    (values are proportions) or the unit's name. `summary`, if given, may hold trial_limits in place of the points.
    """
    words = {"title": title, "subtitle": subtitle, "source": source}
    points = points.rename(columns={"share": "value"}) if "value" not in points else points
    data = figures(points, "value", "mean", "lpl", "upl", "target").reset_index(drop=True)
    if not data["value"].notna().any():
        return empty_chart(**words)
    if target is None and "target" in data and data["target"].notna().any():
        target = float(data["target"].dropna().iloc[-1])
    dates, kinds = as_months(data["date"]), _signal_kinds(data)
    show = percent if unit == "percent" else (lambda v: number(v, 0 if _whole(data["value"]) else 1))
    with house_style():
        chart = Chart(3.7, **words)
        ax = chart.subplots()
        x = np.arange(len(data))
        for column in ("lpl", "upl"):
            ax.plot(
                x, data[column], color=LINE_GREY, linewidth=1.3, linestyle=(0, (5, 3)), drawstyle="steps-mid", zorder=1
            )
        ax.plot(x, data["mean"], color=INK, linewidth=1.3, drawstyle="steps-mid", zorder=1)
        ax.plot(x, data["value"], color=LINE_GREY, linewidth=1.4, zorder=2)
        for kind, (colour, marker) in SIGNALS.items():
            at = kinds == kind
            if not at.any():  # an empty line outside the axes would still take room
                continue
            ax.plot(
                x[at],
                data["value"][at],
                marker,
                color=colour,
                markersize=7.5,
                markeredgecolor=INK,
                markeredgewidth=0.9,
                zorder=3,
                clip_on=False,
            )
        _line_labels(ax, data, show, target, target_label)
        _signal_labels(ax, data, kinds, x)
        _control_limits(ax, data, unit, target)
        bare(ax, grid=None)
        month_axis(ax, dates, most=8)
        there = [k for k in SIGNALS if (kinds == k).any()]
        handles = [
            Line2D(
                [],
                [],
                linestyle="",
                marker=SIGNALS[k][1],
                color=SIGNALS[k][0],
                markeredgecolor=INK,
                markersize=7.5,
                markeredgewidth=0.9,
            )
            for k in there
        ]
        legend_above(chart, handles, [_SIGNAL_WORDS[k] for k in there], handletextpad=0.2)
    standing_out = [f"{month_name(dates[i])} {show(data['value'][i])} ({kinds[i]})" for i in x if kinds[i] != "common"]
    last = data.dropna(subset=["value"]).index[-1]
    lines = f", mean {show(data['mean'][last])}" if pd.notna(data["mean"][last]) else ""
    if pd.notna(data["lpl"][last]) and pd.notna(data["upl"][last]):
        lines += f", ordinary range {show(data['lpl'][last])} to {show(data['upl'][last])}"
    out = (
        "No point stands out."
        if not standing_out
        else ("1 point stands out." if len(standing_out) == 1 else f"{len(standing_out)} points stand out.")
    )
    n_values = int(data["value"].notna().sum())
    alt = (
        f"Control chart of {n_values} month{'s' if n_values > 1 else ''}. Latest {show(data['value'][last])} in "
        f"{month_name(dates[last])}{lines}. {out}"
    )
    trial = bool(points["trial_limits"].iloc[-1]) if "trial_limits" in points else _get(summary, "trial_limits", False)
    described = [
        _ends(data["value"], dates, show) + ".",
        ("Points that stand out: " + "; ".join(standing_out) + ".")
        if standing_out
        else "All points lie within ordinary variation.",
        "The limits are trial limits: they rest on fewer than 12 points." if trial is True else "",
    ]
    kind = ("percent",) if unit == "percent" else ("number", unit)
    shown = data.assign(signal=[_SIGNAL_WORDS[k] for k in kinds])
    if unit == "percent" and {"count", "n"} <= set(shown):
        value_kind: tuple[str, ...] = ("share_of",)
    else:
        value_kind = kind
    columns = {
        "date": ("Month", "month"),
        "value": (value_header, *value_kind),
        "mean": ("Mean", *kind),
        "lpl": ("Lower limit", *kind),
        "upl": ("Upper limit", *kind),
        "signal": "What it shows",
    }
    return chart.describe(alt, described, shown, columns)


_SIGNAL_WORDS = {
    "improvement": "improvement",
    "concern": "concern",
    "neutral": "change, neither good nor bad",
    "common": "ordinary variation",
}


def _signal_kinds(data: pd.DataFrame) -> np.ndarray:
    text = data["point_type"].astype(str).str.lower()
    return np.select(
        [text.str.contains(k) for k in ("improvement", "concern", "neutral")],
        ["improvement", "concern", "neutral"],
        "common",
    )


def _line_labels(ax: Axes, data: pd.DataFrame, show: Any, target: float | None, target_label: str) -> None:
    """The lines are named at their right end, moved apart where they would touch."""
    last = data.dropna(subset=["mean"]).index
    if not len(last):
        return
    row = data.loc[last[-1]]
    lines = [(row["mean"], f"mean {show(row['mean'])}", INK)]
    for column, name in (("upl", "upper limit"), ("lpl", "lower limit")):
        if pd.notna(row[column]):
            lines.append((row[column], f"{name} {show(row[column])}", "#595959"))
    if target is not None:
        ax.axhline(target, color=NAVY, linewidth=1.4, linestyle=(0, (1, 1.5)), zorder=1)
        lines.append((target, f"{target_label} {show(target)}", NAVY))
    span = max(data["upl"].max(), data["value"].max()) - min(data["lpl"].min(), data["value"].min()) or 1
    name_lines(ax, lines, span * 0.085)


def _signal_labels(ax: Axes, data: pd.DataFrame, kinds: np.ndarray, x: np.ndarray) -> None:
    """Each run of points that stand out is named once, at its point furthest from the mean."""
    start = 0
    for i in range(1, len(kinds) + 1):
        if i < len(kinds) and kinds[i] == kinds[start]:
            continue
        if kinds[start] in ("improvement", "concern"):
            run = data.loc[start : i - 1]
            far = (run["value"] - run["mean"]).abs().idxmax()
            above = data["value"][far] >= data["mean"][far]
            ax.annotate(
                kinds[start],
                (x[far], data["value"][far]),
                xytext=(0, 9 if above else -9),
                textcoords="offset points",
                ha="center",
                va="bottom" if above else "top",
                fontsize=SMALL,
                fontweight="bold",
                zorder=4,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.85},
            )
        start = i


def _control_limits(ax: Axes, data: pd.DataFrame, unit: str, target: float | None) -> None:
    numbers = pd.concat([data["value"], data["lpl"], data["upl"], pd.Series([target], dtype=float)]).dropna()
    low, high = numbers.min(), numbers.max()
    pad = 0.14 * (high - low or 1)
    if unit == "percent":
        ax.set_ylim(max(-0.06, low - pad), min(1.08, high + pad))
        ax.set_yticks([t for t in np.arange(0, 1.01, 0.1 if high - low < 0.6 else 0.2) if low - pad <= t <= high + pad])
        percent_axis(ax.yaxis)
    else:
        ax.set_ylim(low - pad if low < 0 else max(low - pad, -pad / 2), high + pad)
        ax.set_ylabel(unit)


def _numbers_below(ax: Axes, n: pd.Series, unit: str) -> None:
    """How many each month rests on, in a line below the months; every other one where they would touch."""
    labels = [label.get_text() for label in ax.get_xticklabels()]
    ax.set_xticks(ax.get_xticks(), [label if "\n" in label else f"{label}\n" for label in labels])
    ax.set_xlabel("\n", labelpad=0)
    step = 2 if len(n) > 8 and n.map(number).str.len().max() > 3 else 1
    line = {"xytext": (0, -40), "textcoords": "offset points", "va": "top", "fontsize": SMALL, "annotation_clip": False}
    for i, words in list(enumerate(n.map(number)))[::step]:
        ax.annotate(words, (i, 0), xycoords=("data", "axes fraction"), ha="center", **line)
    ax.annotate(unit, (0, 0), xycoords="axes fraction", ha="right", **line | {"xytext": (-8, -40)})


def _draw_share(ax: Axes, data: pd.DataFrame, small: bool = False) -> None:
    x = np.arange(len(data))
    if "share_lower" in data:
        ax.vlines(x, data["share_lower"], data["share_upper"], color=BLUE, linewidth=1.2 if small else 1.6)
    ax.plot(x, data["share"], color=NAVY, linewidth=1.6 if small else 2, marker="o", markersize=3.5 if small else 6)


def _last_label(ax: Axes, share: pd.Series) -> None:
    there = share.dropna().index
    if len(there):
        last = there[-1]
        beside(ax, percent(share[last]), (last, share[last]), dx=6, fontweight="bold", color=NAVY)


def _first_and_last(ax: Axes, data: pd.DataFrame, target: float | None, target_label: str) -> None:
    """The first share in figures above its interval, the latest and the target in words at the right."""
    there = data["share"].dropna().index
    first, last = there[0], there[-1]
    if first != last:
        top = data["share_upper"][first] if "share_upper" in data else data["share"][first]
        ax.annotate(
            percent(data["share"][first]),
            (first, top),
            xytext=(0, 3),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontweight="bold",
            color=NAVY,
            zorder=5,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5, "alpha": 0.85},
        )
    lines = [(data["share"][last], percent(data["share"][last]), NAVY)]
    if target is not None:
        ax.axhline(target, color=CHARCOAL, linewidth=1.2, linestyle=(0, (4, 3)), zorder=1)
        lines.append((target, f"{target_label}\n{percent(target)}", CHARCOAL))
    name_lines(ax, lines, 0.075 if target is None else 0.13)


def _whole(values: pd.Series) -> bool:
    there = values.dropna()
    return bool((there == there.round()).all())


def _get(summary: Any, name: str, default: Any) -> Any:
    if isinstance(summary, pd.DataFrame):
        summary = summary.iloc[0] if len(summary) else {}
    value = default if summary is None else summary.get(name, default)
    return bool(value) if isinstance(value, np.bool_) else value


def _ends(values: pd.Series, dates: pd.Series, show: Any = percent) -> str:
    values, dates = values.reset_index(drop=True), pd.Series(pd.DatetimeIndex(dates))
    there = values.dropna().index
    first, last = there[0], there[-1]
    if first == last:
        return f"{show(values[first])} in {month_name(dates[first])}, the only month with a value"
    start, end = (f"{show(values[i])} in {month_name(dates[i])}" for i in (first, last))
    return f"from {start} to {end}"


def _trend_alt(share: pd.Series, months: pd.Series) -> str:
    share, months = share.reset_index(drop=True), pd.Series(pd.DatetimeIndex(months))
    low, high = share.idxmin(), share.idxmax()
    between = (
        ""
        if share.nunique() < 2
        else (
            f" Lowest {percent(share[low])} in {month_name(months[low])}, highest "
            f"{percent(share[high])} in {month_name(months[high])}."
        )
    )
    return f"Line of the share by month, {_ends(share, months)}.{between}"


def _trend_description(data: pd.DataFrame, months: pd.Series) -> list[str]:
    gaps = int(data["share"].isna().sum())
    narrow = ""
    if {"share_lower", "share_upper"} <= set(data) and (data["share_upper"] - data["share_lower"]).notna().any():
        last = data["share"].dropna().index[-1]
        narrow = (
            f"The 95% interval of the latest month runs from {percent(data['share_lower'][last])} to "
            f"{percent(data['share_upper'][last])}."
        )
    missing = "1 month has no share." if gaps == 1 else f"{gaps} months have no share." if gaps else ""
    return [_trend_alt(data["share"], months), narrow, missing]
