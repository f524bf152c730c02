"""Charts of dip samples: each question's share with its interval against its pass mark."""

from __future__ import annotations

from typing import Any

import pandas as pd

from qa_analysis.charts.look import (
    BLUE,
    CHARCOAL,
    INK,
    NAVY,
    ORANGE,
    Chart,
    bare,
    empty_chart,
    figures,
    house_style,
    percent_axis,
    row_axis,
    row_places,
    wrap,
)
from qa_analysis.tables import number, percent, share_of

# verdict: marker, face, edge. The shape says what the colour says, and the words stand beside it
MARKERS = {
    "passes": ("o", NAVY, NAVY),
    "does not pass": ("D", ORANGE, INK),
    "not clear": ("o", "white", NAVY),
}
PLAIN = ("s", BLUE, BLUE)  # no verdict: no pass mark, or described only


def compliance_dots(
    table: pd.DataFrame,
    *,
    title: str,
    subtitle: str = "",
    source: str = "",
    label: str = "question",
    header: str = "Question",
    value_header: str = "Yes",
) -> Chart:
    """Each question's share of yes as a point with its 95% interval, its pass mark as a short line, its verdict in words.

    `table`: `label`, share, share_lower, share_upper, passes_at (0 to 1), verdict, and where known count and n. A share
    withheld or missing is said in words; nothing is drawn for it.
    """
    words = {"title": title, "subtitle": subtitle, "source": source}
    data = figures(table, "share", "share_lower", "share_upper", "passes_at").reset_index(drop=True)
    if not len(data) or not data["share"].notna().any():
        return empty_chart(**words)
    verdict = data["verdict"].astype(str)
    labels = [wrap(v, 25) for v in data[label]]
    with house_style():
        y, height = row_places(["\n".join([text, ""]) if "\n" not in text else text for text in labels], gap=0.2)
        chart = Chart(height + 0.75, **words)
        ax = chart.subplots()
        for i, row in data.iterrows():
            _mark(ax, y[i], row["passes_at"] if pd.notna(row["share"]) else None)
            _point(ax, y[i], row, verdict[i])
            _words(ax, y[i], table.iloc[i], verdict[i], pd.notna(row["share"]))
        row_axis(ax, y, height, labels)
        ax.set_xlim(-0.015, 1.015)
        percent_axis(ax.xaxis)
        bare(ax, grid="x")
        drawn = verdict[data["share"].notna()]
        _key(chart, ax, [v for v in MARKERS if drawn.eq(v).any()], bool(data["passes_at"].notna().any()))
    columns = _columns(data, table, label, header, value_header)
    return chart.describe(_alt(data, verdict), _described(data, table, verdict, label), table, columns)


def _mark(ax: Any, y: float, mark: float) -> None:
    if pd.notna(mark):
        ax.plot([mark, mark], [y - 0.16, y + 0.16], color=CHARCOAL, linewidth=2.4, solid_capstyle="butt", zorder=1.5)


def _point(ax: Any, y: float, row: pd.Series, verdict: str) -> None:
    if pd.isna(row["share"]):
        return
    marker, face, edge = MARKERS.get(verdict, PLAIN)
    if pd.notna(row["share_lower"]):
        ax.hlines(y, row["share_lower"], row["share_upper"], color=edge, linewidth=2, alpha=0.75, zorder=2)
    style = {"markerfacecolor": face, "markeredgecolor": edge, "markeredgewidth": 1.6, "markersize": 7.5}
    ax.plot([row["share"]], [y], marker, zorder=3, clip_on=False, **style)


def _words(ax: Any, y: float, row: pd.Series, verdict: str, is_drawn: bool) -> None:
    """The share and, below it, the verdict, right of the axis; why there is none inside it."""
    if not is_drawn:
        ax.text(0.01, y, wrap(absent(row), 22), va="center", fontsize=9.5, style="italic")
        said = wrap(verdict, 14) if verdict not in ("too few", "[c]") else ""
    else:
        said = f"{_share(row)}\n{verdict}"
    place = {"xycoords": ("axes fraction", "data"), "xytext": (8, 0), "textcoords": "offset points"}
    ax.annotate(said, (1, y), va="center", fontsize=9.5, annotation_clip=False, **place)


def absent(row: pd.Series) -> str:
    """Why a question has no share: small numbers, none that it applies to, too few."""
    if bool(row.get("suppressed", False)) or any(str(row.get(c)) == "[c]" for c in ("share", "n")):
        return "small numbers: not shown"
    n = pd.to_numeric(row.get("n"), errors="coerce")
    if pd.isna(n) or n == 0:
        return "no case that it applies to"
    return f"{number(n)}: too few for a share"


def _share(row: pd.Series) -> str:
    if "count" in row.index and "n" in row.index:
        return share_of(row["share"], row["count"], row["n"])
    return percent(row["share"])


def _key(chart: Chart, ax: Any, there: list[str], has_marks: bool) -> None:
    handles, names = [], []
    for name in there:
        marker, face, edge = MARKERS[name]
        style = {"markerfacecolor": face, "markeredgecolor": edge, "markeredgewidth": 1.6, "markersize": 7.5}
        handles.append(ax.plot([], [], marker, **style)[0])
        names.append(name)
    if has_marks:
        handles.append(ax.plot([], [], "|", color=CHARCOAL, markersize=11, markeredgewidth=2.4)[0])
        names.append("pass mark")
    if handles:
        look = {"handletextpad": 0.2, "columnspacing": 1.0, "borderpad": 0.2}
        chart.legend(handles, names, loc="outside upper left", ncols=len(handles), **look)


def _alt(data: pd.DataFrame, verdict: pd.Series) -> str:
    there = data["share"].notna()
    seen = verdict[there].value_counts()
    many = {"passes": "pass", "does not pass": "do not pass"}
    counts = [f"{seen[v]} {v if seen[v] == 1 else many.get(v, v)}" for v in MARKERS if v in seen]
    judged = f": {', '.join(counts)}" if counts else ""
    hidden = int((~there).sum())
    one = hidden == 1
    return (
        f"Shares of yes with 95% intervals against pass marks for {int(there.sum())} "
        f"question{'s' * (int(there.sum()) != 1)}{judged}."
        + (f" {hidden} question{'' if one else 's'} ha{'s' if one else 've'} no share shown." if hidden else "")
    )


def _described(data: pd.DataFrame, table: pd.DataFrame, verdict: pd.Series, label: str) -> list[str]:
    out = []
    for i, row in data.head(20).iterrows():
        mark = f", pass mark {percent(row['passes_at'])}" if pd.notna(row["passes_at"]) else ""
        if pd.isna(row["share"]):
            out.append(f"{row[label]} {absent(table.iloc[i]).capitalize()}{mark}.")
            continue
        limits = ""
        if pd.notna(row["share_lower"]):
            limits = f" ({percent(row['share_lower'])} to {percent(row['share_upper'])})"
        out.append(f"{row[label]} {percent(row['share'])}{limits}{mark}: {verdict[i]}.")
    return out


def _columns(data: pd.DataFrame, table: pd.DataFrame, label: str, header: str, value_header: str) -> dict[str, Any]:
    columns: dict[str, Any] = {
        label: header,
        "share": (value_header, "share_of" if {"count", "n"} <= set(table) else "percent"),
    }
    if data["share_lower"].notna().any():
        columns["share:interval"] = ("95% interval", "interval")
    if data["passes_at"].notna().any():
        columns["passes_at"] = ("Pass mark", "percent")
    return columns | {"verdict": "Verdict"}
