"""Published figures over the years: one small panel an indicator, the authority against its neighbours and England."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from qa_analysis.charts.look import (
    CHARCOAL,
    NAVY,
    ORANGE,
    SMALL,
    Chart,
    bare,
    empty_chart,
    figures,
    house_style,
    legend_above,
    legend_height,
    so_many,
    wrap,
)
from qa_analysis.charts.months import panel_grid
from qa_analysis.tables import number

_LINES = {  # column: (colour, dash, marker, width)
    "value": (NAVY, "-", "o", 2.0),
    "neighbours_mean": (ORANGE, (0, (4, 2)), "", 1.5),
    "england_value": (CHARCOAL, (0, (1, 1.5)), "", 1.5),
}


def year_lines(
    table: pd.DataFrame,
    *,
    title: str,
    subtitle: str = "",
    source: str = "",
    by: str = "label",
    names: dict[str, str],
) -> Chart:
    """One small panel for each indicator, each on its own scale: lines told apart by dash and marker, not by colour alone.

    `table`: `by`, year (a number), period (words), value, neighbours_mean, england_value. `names`: what each of the three
    is called ("Barnsley", "statistical neighbours"). A year without a figure is a gap.
    """
    words = {"title": title, "subtitle": subtitle, "source": source}
    data = figures(table, *_LINES)
    if not data["value"].notna().any():
        return empty_chart(**words)
    groups = list(dict.fromkeys(data[by].astype(str)))
    drawn = [c for c in _LINES if c in names and data[c].notna().any()]
    across = min(len(groups), 2)
    titles = [wrap(g, 44 // across, 4) for g in groups]
    labels = [wrap(names[c], 30) for c in drawn]
    with house_style():
        lines = max(t.count("\n") + 1 for t in titles)
        chart, panels = panel_grid(
            -(-len(groups) // across), across, lines, words, sharey=False, above=legend_height(labels)
        )
        years = np.arange(data["year"].min(), data["year"].max() + 1)
        for ax, group, name in zip(panels, groups, titles, strict=False):
            rows = data[data[by].astype(str) == group].drop_duplicates("year").set_index("year").reindex(years)
            for column in drawn:
                colour, dash, marker, width = _LINES[column]
                ax.plot(years, rows[column], color=colour, linestyle=dash, marker=marker, markersize=3.5, linewidth=width)
            there = rows["value"].dropna()
            if len(there):
                ax.annotate(
                    number(there.iloc[-1], 1), (there.index[-1], there.iloc[-1]), xytext=(6, 0),
                    textcoords="offset points", va="center", fontsize=SMALL, fontweight="bold", color=NAVY,
                    annotation_clip=False,
                )
            ax.set_title(name, loc="left", fontsize=SMALL)
            top = np.nanmax(rows[drawn].to_numpy(dtype=float)) if rows[drawn].notna().any().any() else 1
            ax.set_ylim(0, top * 1.12 or 1)
            ax.yaxis.set_major_locator(MaxNLocator(3))
            ax.set_xlim(years[0] - 0.4, years[-1] + 0.4)
            ax.set_xticks(years[:: max(1, -(-len(years) // 4))])
            ax.xaxis.set_major_formatter(lambda v, _: f"{v:.0f}")
            bare(ax, grid="y")
        for ax in panels[len(groups) :]:
            ax.set_visible(False)
        handles = [
            Line2D([], [], color=_LINES[c][0], linestyle=_LINES[c][1], marker=_LINES[c][2], linewidth=_LINES[c][3])
            for c in drawn
        ]
        legend_above(chart, handles, labels, handlelength=2.6)
    each = []
    for group in groups[:12]:
        rows = data[(data[by].astype(str) == group) & data["value"].notna()]
        if len(rows):
            first, last = rows.iloc[0], rows.iloc[-1]
            beside = [f"{names[c]} {number(last[c], 1)}" for c in drawn[1:] if pd.notna(last[c])]
            each.append(
                f"{group}: {number(first['value'], 1)} in {first['period']}, {number(last['value'], 1)} in {last['period']}"
                + (f"; then {', '.join(beside)}" if beside else "") + "."
            )
    alt = f"{so_many(len(groups), 'small line chart')}, each on its own scale, by year: {', '.join(names[c] for c in drawn)}."
    columns = {by: "Indicator", "period": "Period"} | {c: (names[c], "number", "", 1) for c in drawn}
    return chart.describe(alt, each, table, columns)
