"""Pictures on paper: how tall they are, and a chart taller than a page in parts."""

from __future__ import annotations

import io
from dataclasses import replace

from qa_analysis.charts.cutting import KEPT_WHOLE, TALLEST, pieces, shape_of
from qa_analysis.formats.content import Chart

__all__ = ["TALLEST", "parts_of_chart", "shape"]


def shape(chart: Chart) -> float:
    """The height of a picture for a width of 1."""
    if not chart.svg:
        from PIL import Image

        width, height = Image.open(io.BytesIO(chart.png)).size
        return height / width
    return shape_of(chart.svg)


def parts_of_chart(chart: Chart) -> list[Chart]:
    """A chart that fits a page as it is; a taller one in parts, the first of which has the description of all.

    A PNG can't be cut between its rows: it stays whole, and is made smaller where it is drawn.
    """
    if not chart.svg or shape(chart) <= KEPT_WHOLE:
        return [chart]
    parts = pieces(chart.svg)
    last = len(parts) - 1
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
        for i, svg in enumerate(parts)
    ]
