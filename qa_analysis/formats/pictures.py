"""Pictures on paper: how tall they are, and a chart taller than a page in parts that are cut between its rows."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from itertools import pairwise

from qa_analysis.formats.content import Chart

TALLEST = 1.4  # height of a picture on a page, for a width of 1
_KEPT_WHOLE = 1.6  # up to here it is made smaller, rather than parted for a row or two
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_TEXT = re.compile(r'<text[^>]*?(?:\sy="([-\d.]+)"|translate\([-\d.]+[ ,]+([-\d.]+)\))')
_PATH = re.compile(r'<path[^>]*?\sd="([^"]+)"')
_VIEW_BOX = re.compile(r'viewBox="([-\d.]+)[ ,]+([-\d.]+)[ ,]+([\d.]+)[ ,]+([\d.]+)"')
_ASCENT, _DESCENT = 8, 2.5  # of the letters of a chart, in its own units


def shape(chart: Chart) -> float:
    """The height of a picture for a width of 1."""
    if not chart.svg:
        from PIL import Image

        width, height = Image.open(io.BytesIO(chart.png)).size
        return height / width
    box = _VIEW_BOX.search(chart.svg)
    return float(box[4]) / float(box[3]) if box else 0.6


def parts_of_chart(chart: Chart) -> list[Chart]:
    """A chart that fits a page as it is; a taller one in parts, the first of which has the description of all.

    A PNG can't be cut between its rows: it stays whole, and is made smaller where it is drawn.
    """
    if not chart.svg or shape(chart) <= _KEPT_WHOLE:
        return [chart]
    pieces = _pieces(chart.svg)
    last = len(pieces) - 1
    return [
        replace(
            chart,
            svg=svg,
            title=chart.title if i == 0 else f"{chart.title} (continued)",
            subtitle=chart.subtitle if i == 0 else "",
            source=chart.source if i == last else "",
            alt_text=chart.alt_text if i == 0 else "The picture above, continued.",
            png=b"",
        )
        for i, svg in enumerate(pieces)
    ]


def _pieces(svg: str) -> list[str]:
    box = _VIEW_BOX.search(svg)
    if box is None:
        return [svg]
    left, top, width, height = map(float, box.groups())
    cuts = [top]
    while top + height - cuts[-1] > width * _KEPT_WHOLE:
        cuts.append(_cut(_gaps(svg, width), cuts[-1], width * TALLEST))
    return [_window(svg, left, a, width, b - a) for a, b in pairwise([*cuts, top + height])]


def _cut(gaps: list[tuple[float, float]], start: float, most: float) -> float:
    """Where to cut: the widest gap in the lower half of a page, the lower one of two alike."""
    fit = [(round(b - a), (a + b) / 2) for a, b in gaps if start + most / 2 < (a + b) / 2 <= start + most]
    return max(fit)[1] if fit else start + most


def _gaps(svg: str, width: float) -> list[tuple[float, float]]:
    """The heights at which nothing is drawn but lines that run through many rows, such as a grid."""
    drawn = [(float(a or b) - _ASCENT, float(a or b) + _DESCENT) for a, b in _TEXT.findall(svg)]
    for path in _PATH.findall(svg):
        heights = [float(n) for n in _NUMBER.findall(path)[1::2]]
        if heights and 1 < max(heights) - min(heights) < width / 2:
            drawn.append((min(heights) + 0.5, max(heights) - 0.5))
    gaps, reached = [], None
    for low, high in sorted(drawn):
        if reached is not None and low > reached:
            gaps.append((reached, low))
        reached = high if reached is None else max(reached, high)
    return gaps


def _window(svg: str, left: float, top: float, width: float, height: float) -> str:
    """The part of a picture between two heights; the root's size is set, what lies outside is not shown."""
    root = svg[: svg.index(">") + 1]
    new = _VIEW_BOX.sub(f'viewBox="{left:g} {top:g} {width:g} {height:g}"', root)
    new = re.sub(r'\sheight="[^"]*"', f' height="{height:g}pt"', new)
    new = re.sub(r'\swidth="[^"]*"', f' width="{width:g}pt"', new)
    return new + svg[len(root) :]
