"""The matrix of evidence: what each source says of each standard, by shape and size, so that it reads without colour."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D

from qa_analysis.charts.look import (
    INK,
    LINE_GREY,
    NAVY,
    ORANGE,
    WIDTH_INCHES,
    Chart,
    bare,
    empty_chart,
    house_style,
    legend_above,
    so_many,
    wrap,
)

# direction → marker, face, edge: a full disc, an empty diamond and a full square differ without their colours
_MARKS = {
    "mostly good": ("o", NAVY, NAVY),
    "mixed": ("D", "white", INK),
    "mostly of concern": ("s", ORANGE, INK),
    "too few": ("|", LINE_GREY, LINE_GREY),
    "no evidence": ("_", LINE_GREY, LINE_GREY),
}
_SIZES = {"strong": 17, "fair": 12, "weak": 7.5, "none": 6}
_ARROWS = {"rose": "\u2191", "fell": "\u2193"}


def evidence_matrix(
    cells: pd.DataFrame,
    *,
    title: str,
    subtitle: str = "",
    source: str = "",
    row: str = "source",
    column: str = "standard",
    row_header: str = "Source",
    column_header: str = "Standard",
) -> Chart:
    """A grid of marks: a disc is mostly good, an empty diamond mixed, a square mostly of concern; larger is firmer.

    `cells`: one row per cell with `row`, `column` (words), direction, strength, change, n; a cell without evidence has a
    dash. An arrow beside a mark says that the favourable share clearly rose or fell. Order of rows and columns as they come.
    """
    words = {"title": title, "subtitle": subtitle, "source": source}
    if not len(cells) or not (cells["n"].fillna(0) > 0).any():
        return empty_chart(**words)
    rows, columns = list(dict.fromkeys(cells[row])), list(dict.fromkeys(cells[column]))
    with house_style():
        row_labels = [wrap(r, 16, 2) for r in rows]
        column_labels = [wrap(c, 16, 2) for c in columns]
        chart = Chart(2.0 + 0.4 * len(rows), width_inches=max(WIDTH_INCHES, 1.5 + 0.3 * len(columns)), **words)
        ax = chart.subplots()
        for cell in cells.to_dict("records"):
            x, y = columns.index(cell[column]), rows.index(cell[row])
            if cell["direction"] in _MARKS:
                marker, face, edge = _MARKS[cell["direction"]]
                ax.plot(x, y, marker=marker, markersize=_SIZES[str(cell["strength"])], markerfacecolor=face,
                        markeredgecolor=edge, markeredgewidth=1.4, linestyle="none", clip_on=False)
            if (arrow := _ARROWS.get(cell.get("change"))) is not None:
                ax.annotate(arrow, (x, y), xytext=(11, 0), textcoords="offset points", va="center", ha="left", fontsize=12,
                            fontweight="bold")
        ax.set_xlim(-0.5, len(columns) - 0.5)
        ax.set_ylim(len(rows) - 0.5, -0.5)
        ax.xaxis.tick_top()
        ax.set_xticks(range(len(columns)), column_labels, rotation=45, ha="left", rotation_mode="anchor")
        ax.set_yticks(range(len(rows)), row_labels)
        bare(ax)
        ax.spines["bottom"].set_visible(False)
        for y in np.arange(0.5, len(rows) - 1):
            ax.axhline(y, color="#E0E0E0", linewidth=0.8, zorder=0)
        handles, labels = [], []
        for direction, (marker, face, edge) in _MARKS.items():
            if (cells["direction"] == direction).any():
                handles.append(Line2D([], [], marker=marker, markerfacecolor=face, markeredgecolor=edge, linestyle="none",
                                      markersize=9, markeredgewidth=1.4))
                labels.append(direction[0].upper() + direction[1:])
        legend_above(chart, handles, labels)
    with_side = cells[cells["direction"].isin(["mostly good", "mostly of concern"])]
    counts = with_side["direction"].value_counts()
    alt = (
        f"Grid of {so_many(len(rows), 'source')} and {so_many(len(columns), 'standard')}. "
        f"{counts.get('mostly good', 0)} cells are mostly good, "
        f"{counts.get('mostly of concern', 0)} mostly of concern, {(cells['direction'] == 'no evidence').sum()} have no evidence."
    )
    each = [
        f"{c}: " + ", ".join(f"{r['direction']} in {str(r[row]).lower()}" for r in cells[cells[column] == c].to_dict("records")
                             if r["direction"] != "no evidence") + "."
        for c in columns
        if (cells.loc[cells[column] == c, "direction"] != "no evidence").any()
    ]
    shown = {column: column_header, row: row_header, "direction": "Direction", "strength": "Strength of evidence",
             "share": ("Favourable", "percent"), "share:interval": ("95% interval", "interval"),
             "n": ("Grades, themes or answers", "count"), "change": "Change on the year before"}
    table = cells[cells["direction"] != "no evidence"]
    used = (column, row, "direction", "strength", "share", "share_lower", "share_upper", "n", "change", "suppressed")
    return chart.describe(alt, each, table[[c for c in used if c in table]],
                          {k: v for k, v in shown.items() if k.partition(":")[0] in table})
