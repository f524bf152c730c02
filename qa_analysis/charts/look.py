"""The one look of every chart: the Analysis Function's style and colours, text that can be read, words that wrap.

A chart's title, subtitle and source are words beside the picture, not in it: they wrap on a phone, grow with the
reader's font and are read by a screen reader. `afcharts` (kept by government statisticians) gives style and palette.
"""

from __future__ import annotations

import re
import textwrap
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

import matplotlib as mpl
import matplotlib.style
import numpy as np
import pandas as pd
from afcharts.af_colours import get_af_colours
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from qa_analysis.tables import FormattedTable, format_table, number, percent

# so narrow that a picture which fits a phone of 390 pixels still has letters of 11; they are no smaller than SMALL
WIDTH_INCHES = 4.6
SMALL = 9.5  # points
TURQUOISE, PLUM, ORANGE, CHARCOAL, LILAC = get_af_colours("categorical", number_of_colours=6)[1:]
NAVY, BLUE, PALE_BLUE = get_af_colours("sequential", number_of_colours=3)
GREY = get_af_colours("focus")[1]
INK = "#1A1A1A"
LINE_GREY = "#767676"  # 4.5:1 on white, for lines and words that stand back
# best to worst; warm and cold, never red, amber and green, which are for the status of actions
GRADE_COLOURS = {
    4: (NAVY, BLUE, ORANGE, PLUM),
    5: (NAVY, BLUE, PALE_BLUE, ORANGE, PLUM),
    3: (NAVY, ORANGE, PLUM),
    2: (NAVY, ORANGE),
}
HATCHES = ("", "///", "", "xxx")
# Making Data Count: the colours that health and care readers know; shape says the same
SIGNALS = {
    "improvement": ("#00b0f0", "D"),
    "concern": ("#e46c0a", "s"),
    "neutral": (LILAC, "^"),
    "common": ("#a6a6a6", "o"),
}


class Chart(Figure):
    """A drawn chart with the words that go with it: title, subtitle, source, alternative text, description, figures.

    `data` is the tidy table drawn, `columns` how its table is shown. Shown in a notebook it brings all of these.
    """

    def __init__(
        self,
        height_inches: float,
        *,
        title: str,
        subtitle: str = "",
        source: str = "",
        width_inches: float = WIDTH_INCHES,
    ) -> None:
        super().__init__(figsize=(width_inches, height_inches), layout="constrained")
        self.get_layout_engine().set(w_pad=0.04, h_pad=0.04)
        self.title, self.subtitle, self.source = title, subtitle, source
        self.alt_text = ""
        self.long_description: tuple[str, ...] = ()
        self.data = pd.DataFrame()
        self.columns: Mapping[str, Any] | None = None
        self.is_empty = False

    def settle(self) -> None:
        """Lay out once; saving would otherwise draw everything twice to find where it goes."""
        if (engine := self.get_layout_engine()) is not None and self.get_axes():
            engine.execute(self)
        self.set_layout_engine("none")

    def describe(
        self, alt_text: str, sentences: Iterable[str], data: pd.DataFrame, columns: Mapping[str, Any] | None = None
    ) -> Chart:
        """The chart with its text alternative, its description and the figures it shows."""
        short = _first_sentences(alt_text, 150)
        self.alt_text = short
        self.long_description = tuple(dict.fromkeys(s for s in ([alt_text] * (short != alt_text) + [*sentences]) if s))
        self.data, self.columns = data.reset_index(drop=True), columns
        return self

    def table(self) -> FormattedTable:
        """The figures drawn, as a table."""
        return format_table(self.data, self.columns, caption=f"Figures: {self.title.rstrip('.')}")

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        from qa_analysis.show import chart_bundle

        return chart_bundle(self)


def _first_sentences(text: str, most: int) -> str:
    """As many whole sentences as fit: a screen reader can't pause in an alternative text; the first always stays."""
    sentences = re.split(r"(?<=[.;]) (?=[A-Z0-9])", text)
    short = sentences[0]
    for sentence in sentences[1:]:
        if len(short) + 1 + len(sentence) > most:
            break
        short += f" {sentence}"
    return short


def empty_chart(**words: str) -> Chart:
    """A chart of nothing; it is shown as a sentence."""
    chart = Chart(1, **words)
    chart.is_empty = True
    return chart


@contextmanager
def house_style() -> Iterator[None]:
    """Draw and save in the house style, whatever the notebook has set; missing glyphs raise no warning."""
    with (
        warnings.catch_warnings(),
        matplotlib.style.context("afcharts.afcharts"),
        mpl.rc_context(
            {
                "font.family": list(_fonts()),
                "font.size": 10.5,
                "axes.labelsize": 10.5,
                "xtick.labelsize": 10,
                "ytick.labelsize": 10,
                "legend.fontsize": SMALL,
                "legend.title_fontsize": SMALL,
                "legend.handletextpad": 0.5,
                "legend.columnspacing": 1.2,
                "legend.borderpad": 0.2,
                "hatch.linewidth": 0.7,
                "text.color": INK,
                "axes.labelcolor": INK,
                "xtick.labelcolor": INK,
                "ytick.labelcolor": INK,
                "axes.titlesize": 10.5,
                "axes.titleweight": "bold",
                "text.parse_math": False,
                "axes.unicode_minus": True,
            }
        ),
    ):
        # an emoji in a comment is drawn as a box; a warning would end up in the report
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from")
        yield


@cache
def _fonts() -> tuple[str, ...]:
    """Arial or the free face of the same widths, then the face that comes with matplotlib, which has most scripts."""
    from matplotlib.font_manager import fontManager

    there = set(fontManager.get_font_names())
    first = next((f for f in ("Arial", "Liberation Sans", "Arimo") if f in there), None)
    more = [f for f in ("Noto Sans Arabic", "Noto Sans Hebrew", "Noto Emoji") if f in there]
    return tuple(f for f in (first, "DejaVu Sans", *more) if f)


def wrap(label: Any, width: int = 26, most_lines: int = 4) -> str:
    """A label in lines of about `width` letters; a longer word is broken, a longer label ends in an ellipsis."""
    lines = textwrap.wrap(str(label), width, break_long_words=False) or [str(label)]
    longest = int(width * 1.25)
    lines = [part for line in lines for part in (textwrap.wrap(line, width) if len(line) > longest else [line])]
    if len(lines) > most_lines:
        lines = [*lines[: most_lines - 1], lines[most_lines - 1].rstrip(" ,;(") + "…"]
    return "\n".join(lines)


def ink_on(colour: Any) -> str:
    """Black or white, whichever is easier to read on the colour: always at least 4.6:1."""
    luminance = relative_luminance(colour)
    return "white" if 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.05 else "black"


def relative_luminance(colour: Any) -> float:
    """Relative luminance of a colour as WCAG 2.2 defines it, 0 (black) to 1 (white)."""
    r, g, b = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in to_rgb(colour))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def row_places(labels: Iterable[str], gap: float = 0.2, per_line: float = 0.17) -> tuple[np.ndarray, float]:
    """Where the middle of each row lies, in inches from the top, and the height of all; more lines take more room."""
    heights = np.array([(label.count("\n") + 1) * per_line + gap for label in labels])
    return np.cumsum(heights) - heights / 2, float(heights.sum())


def row_axis(ax: Axes, places: np.ndarray, height: float, labels: Iterable[str]) -> None:
    """Labels at the rows, the first on top; the axis counts inches, so that bars are equally thick everywhere."""
    ax.set_yticks(places, list(labels))
    ax.set_ylim(height, 0)


def percent_axis(axis: Any) -> None:
    """Percentages at the ticks of a matplotlib axis of proportions."""
    axis.set_major_formatter(FuncFormatter(lambda v, _: percent(round(v, 6))))


def beside(ax: Axes, text: str, at: tuple[float, float], coordinates: Any = "data", dx: float = 5, **more: Any) -> None:
    """Small words beside a point: `dx` points to its right, or left where that is negative, in the middle of it."""
    ax.annotate(
        text,
        at,
        xycoords=coordinates,
        xytext=(dx, 0),
        textcoords="offset points",
        ha="left" if dx >= 0 else "right",
        va="center",
        annotation_clip=False,
        **{"fontsize": SMALL} | more,
    )


def name_lines(ax: Axes, lines: Iterable[tuple[float, str, str]], gap: float, **more: Any) -> None:
    """Lines named at their right end, each (height, words, colour); moved apart to `gap` where they would touch."""
    lines = list(lines)
    for y, (_, text, colour) in zip(spread([v for v, _, _ in lines], gap), lines, strict=True):
        beside(ax, text, (1, y), ("axes fraction", "data"), color=colour, **more)


def legend_above(chart: Chart, handles: list[Any], labels: list[str], **more: Any) -> Any:
    """What the marks mean, above the chart, in as many columns as fit its width; `legend_height` is what it takes."""
    columns = -(-len(labels) // _legend_rows(labels))
    return chart.legend(handles, labels, loc="outside upper left", ncols=columns, **more)


def legend_height(labels: list[str], titled: bool = False) -> float:
    """The inches that a legend above a chart takes."""
    rows = _legend_rows(labels)
    lines = [max(label.count("\n") + 1 for label in labels[i::rows]) for i in range(rows)]
    return 0.12 + 0.19 * (rows + titled) + 0.16 * (sum(lines) - rows)


def _legend_rows(labels: list[str]) -> int:
    n, room = len(labels), WIDTH_INCHES * 72 - 14
    wide = [0.52 * SMALL * max(map(len, label.split("\n"))) + 3 * SMALL for label in labels]
    return next(d for d in range(1, n + 1) if d == n or sum(max(wide[i : i + d]) for i in range(0, n, d)) <= room)


def so_many(n: int, noun: str) -> str:
    """A number of things in words of one or of several: "1 group", "7 groups"."""
    return f"{number(n)} {noun}{'s' * (n != 1)}"


def spread(values: list[float], gap: float) -> list[float]:
    """Positions as near to the values as can be with at least `gap` between them, in the order given."""
    order = np.argsort(values, kind="stable")
    placed = np.array(values, dtype=float)
    for _ in range(60):
        moved = False
        for a, b in zip(order, order[1:], strict=False):
            short = gap - (placed[b] - placed[a])
            if short > gap * 1e-3:
                placed[a] -= short / 2
                placed[b] += short / 2
                moved = True
        if not moved:
            break
    return placed.tolist()


def bare(ax: Axes, grid: str | None = None) -> None:
    """Axes without ticks and frame; light gridlines on one axis or none."""
    ax.patch.set_visible(False)  # the picture has a ground already
    ax.grid(False)
    if grid:
        ax.grid(True, axis=grid, color="#E0E0E0", linewidth=0.8)
    ax.tick_params(length=0)
    for side in ("left", "right", "top"):
        ax.spines[side].set_visible(False)


def month_axis(ax: Axes, months: pd.Series | pd.DatetimeIndex, most: int = 13) -> None:
    """Months along the bottom, the year under the first label and each January; thinned if there are many."""
    months = pd.DatetimeIndex(months)
    step = next(s for s in (1, 2, 3, 6, 12, 24, 60, 10**6) if len(months) / s <= most)
    shown = list(range(0, len(months), step))
    years, labels = None, []
    for i in shown:
        labels.append(f"{months[i]:%b}" + (f"\n{months[i].year}" if months[i].year != years else ""))
        years = months[i].year
    ax.set_xticks(shown, labels)
    ax.set_xlim(-0.5, len(months) - 0.5)


def as_months(values: pd.Series) -> pd.Series:
    """Months or dates as the first day, whatever they came as."""
    if isinstance(values.dtype, pd.PeriodDtype):
        return values.dt.to_timestamp()
    return pd.to_datetime(values)


def figures(data: pd.DataFrame, *names: str) -> pd.DataFrame:
    """The columns as numbers; a symbol such as [c] becomes missing, so nothing withheld is drawn."""
    there = [n for n in names if n in data]
    return data.assign(**{n: pd.to_numeric(data[n], errors="coerce") for n in there})


def is_withheld(value: Any) -> bool:
    """True for a cell that holds a symbol in place of a number."""
    return isinstance(value, str) and value.strip().startswith("[")
