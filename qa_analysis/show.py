"""What a notebook's cells call: sentences, tables and charts that read well in JupyterLab and in the report.

Each function displays one output: HTML for the eye, and the same content as plain values under the media type
`DATA_TYPE`, from which the other formats are made. Nothing is returned, so no cell shows more than it says.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape, unescape
from typing import Any

import pandas as pd

from qa_analysis.charts.cutting import pieces
from qa_analysis.charts.look import Chart
from qa_analysis.charts.picture import data_uri, png_bytes, svg_text
from qa_analysis.tables import FormattedTable, format_table, in_html

MOST_ROWS_OPEN = 40  # a longer table is folded, so that the page stays readable
DATA_TYPE = "application/vnd.qa-analysis+json"

# JupyterLab knows nothing of the report's style sheet; the exporter takes this out again
_LAB_STYLE = (
    "<style data-qa-lab>.qa-table table{border-collapse:collapse;font-size:.95rem}.qa-table caption{text-align:left;"
    "font-weight:600;padding:.4rem 0}.qa-table th,.qa-table td{text-align:left!important;padding:.3rem .8rem .3rem 0;"
    "border-bottom:1px solid #8886}.qa-table .qa-num{text-align:right!important;font-variant-numeric:tabular-nums}"
    ".qa-figure{margin:1rem 0;max-width:44rem}.qa-figure img{width:100%;max-width:34rem;background:#fff}"
    ".qa-title{font-weight:600;font-size:1.05rem;margin:0}.qa-subtitle,.qa-source{margin:.1rem 0 .4rem}.qa-notes{font-size:.9rem}"
    ".qa-whole{white-space:nowrap}.qa-hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}"
    ".qa-figure figcaption p,.qa-figure p{margin:.1rem 0 .3rem}.qa-fold summary{cursor:pointer}"
    ".qa-headline{border-left:6px solid #3d7ab5;padding:.2rem 1rem;font-size:1.1rem}.qa-pair{display:grid;"
    "grid-template-columns:repeat(auto-fit,minmax(16rem,1fr));gap:1.5rem}</style>"
)


def show_headline(sentences: Sequence[str]) -> None:
    """The findings that a reader must know, set apart at the top of the report."""
    sentences = _clean(sentences)
    body = "".join(f"<p>{in_html(s)}</p>" for s in sentences)
    _display(f'<div class="qa-headline">{body}</div>' if body else "", {"kind": "headline", "sentences": sentences})


def show_sentences(
    sentences: str | Sequence[str], heading: str | None = None, *, level: int = 3, as_list: bool | None = None
) -> None:
    """One sentence as a paragraph, several as a list (`as_list=False`: one paragraph); nothing where there are none."""
    sentences = _clean([sentences] if isinstance(sentences, str) else sentences)
    if not sentences:
        return
    as_list = len(sentences) > 1 if as_list is None else as_list
    body = _list(sentences) if as_list else f"<p>{in_html(' '.join(sentences))}</p>"
    _display(
        _heading(heading, level) + body,
        {
            "kind": "sentences",
            "heading": _plain_text(heading or ""),
            "level": level,
            "sentences": sentences,
            "as_list": as_list,
        },
    )


def show_heading(text: str, level: int = 2) -> None:
    """A heading for a section that is there only where the profile has the activity."""
    text = _plain_text(text)
    _display(_heading(text, level), {"kind": "heading", "text": text, "level": level})


def show_columns(
    left: Sequence[str],
    right: Sequence[str],
    *,
    left_heading: str = "What works well",
    right_heading: str = "What to do better",
    level: int = 3,
    none: str = "Nothing recorded in this period.",
) -> None:
    """Two lists side by side, one below the other on a phone; an empty side says so."""
    left, right = _clean(left), _clean(right)
    parts = [
        f"<div>{_heading(h, level)}{_list(items) if items else f'<p>{in_html(none)}</p>'}</div>"
        for h, items in ((left_heading, left), (right_heading, right))
    ]
    _display(
        f'<div class="qa-pair">{"".join(parts)}</div>',
        {
            "kind": "columns",
            "level": level,
            "left_heading": left_heading,
            "left": left,
            "right_heading": right_heading,
            "right": right,
            "none": none,
        },
    )


def show_table(
    data: pd.DataFrame | FormattedTable,
    caption: str = "",
    columns: Mapping[str, Any] | None = None,
    *,
    notes: Iterable[str] = (),
    units: Mapping[str, str] | None = None,
    total: bool = False,
    row_headers: int = 1,
    folded: bool | None = None,
    most: int | None = None,
    empty: str = "",
) -> None:
    """A table with its caption and notes; a sentence in its place where it has no rows.

    `columns` as in `format_table`; `units` adds a unit to a column's header; `folded` shows the caption first and the
    table when it is opened (of itself for more than 40 rows); `most` shows the
    first rows and says of how many; `empty` is the sentence for a table without rows.
    """
    table = data
    if most is not None and len(data) > most:
        data, notes = data.head(most), [f"The first {most:,} of {len(data):,}.", *notes]
    if not isinstance(data, FormattedTable):
        table = format_table(
            _with_text_cleaned(data),
            columns,
            caption=caption,
            notes=notes,
            units=units,
            total=total,
            row_headers=row_headers,
        )
    if not table.rows:
        show_sentences(empty or f"{table.caption.rstrip('.')}: nothing to show for this period.")
        return
    folded = len(table.rows) > MOST_ROWS_OPEN if folded is None else folded
    html = table.html()
    if folded:
        rows = "1 row" if len(table.rows) == 1 else f"{len(table.rows):,} rows"
        html = (
            '<details class="qa-fold qa-fold-table"><summary><span class="qa-screen">Table: </span>'
            '<span class="qa-paper" hidden>On screen only: </span>'
            f"{in_html(table.caption)} ({rows})</summary>{table.html(caption_is_said=True)}</details>"
        )
    _display(html, {**table.payload(), "folded": folded})


def show_chart(chart: Chart | None, *, empty: str = "") -> None:
    """A chart with its finding as title, what it counts, its source, and its figures and a description to unfold."""
    if chart is None or chart.is_empty:
        words = empty or (f"{chart.title.rstrip('.')}: there is nothing to draw for this period." if chart else "")
        show_sentences(words or "There is nothing to draw for this period.")
        return
    _display_bundle(chart_bundle(chart))


def chart_bundle(chart: Chart) -> dict[str, Any]:
    """What is displayed for a chart: the figure as HTML, and its words and figures as plain values."""
    table = chart.table()
    described = "".join(f"<p>{in_html(s)}</p>" for s in chart.long_description)
    subtitle = f'<p class="qa-subtitle">{in_html(chart.subtitle)}</p>' if chart.subtitle else ""
    source = f'<p class="qa-source">{in_html(chart.source)}</p>' if chart.source else ""
    svg = svg_text(chart)
    html = (
        f'<figure class="qa-figure"><figcaption><p class="qa-title">{in_html(chart.title)}</p>{subtitle}</figcaption>'
        f"{_images(svg, chart.alt_text)}"
        f'{source}<details class="qa-fold"><summary>Figures behind this chart'
        f'<span class="qa-hidden">: {in_html(chart.title)}</span></summary>{described}'
        f"{table.html(caption_is_said=True)}</details></figure>"
    )
    data = {
        "kind": "chart",
        "title": chart.title,
        "subtitle": chart.subtitle,
        "source": chart.source,
        "alt_text": chart.alt_text,
        "long_description": list(chart.long_description),
        "table": table.payload(),
        "svg": svg,
    }
    if os.environ.get("QA_KEEP_PNG"):  # set by a run that also makes a format that takes no SVG
        data["png"] = base64.b64encode(png_bytes(chart)).decode()
    return {"text/html": _LAB_STYLE + html, DATA_TYPE: data}


def _images(svg: str, alt_text: str) -> str:
    """The picture; one taller than a sheet of paper in parts, cut between its rows and joined on the screen."""
    images = []
    for i, part in enumerate(pieces(svg)):
        words = alt_text if i == 0 else "The picture above, continued."
        width, height = (round(float(v) * 96 / 72) for v in re.search(r'width="([\d.]+)pt" height="([\d.]+)pt"', part).groups())
        images.append(f'<img alt="{escape(words)}" width="{width}" height="{height}" src="{data_uri(part)}">')
    return "".join(images)


def _display(html: str, data: dict[str, Any]) -> None:
    if html:
        _display_bundle({"text/html": _LAB_STYLE + html, DATA_TYPE: data})


def _display_bundle(bundle: dict[str, Any]) -> None:
    from IPython.display import display

    display(bundle, raw=True)


def _heading(text: str | None, level: int) -> str:
    if not text:
        return ""
    if level not in (2, 3, 4):
        raise ValueError(f"level {level}: a heading shown by a cell has level 2, 3 or 4 (the title is level 1)")
    return f"<h{level}>{in_html(_plain_text(text))}</h{level}>"


def _list(sentences: Sequence[str]) -> str:
    return "<ul>" + "".join(f"<li>{in_html(s)}</li>" for s in sentences) + "</ul>"


def _clean(sentences: Iterable[str]) -> list[str]:
    return [text for s in sentences if s is not None and (text := _plain_text(str(s)))]


_TAGS = re.compile(
    r"</?(?:a|b|br|div|em|font|h[1-6]|i|li|ol|p|span|strong|style|table|t[dhr]|tbody|thead|u|ul)\b[^>]*>", re.IGNORECASE
)
_BOLD = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")


def _plain_text(text: str) -> str:
    """Text of records as text: forms export entities, tags and bold marks, which mean nothing to a reader."""
    text = unescape(unescape(text)) if "&" in text else text
    text = _TAGS.sub(" ", text) if "<" in text else text
    return " ".join(_BOLD.sub(r"\2", text).split())


def _with_text_cleaned(data: pd.DataFrame) -> pd.DataFrame:
    def clean(value: Any) -> Any:
        return _plain_text(value) if isinstance(value, str) else value

    texts = [c for c in data.columns if data[c].dtype == object or pd.api.types.is_string_dtype(data[c])]
    return data.assign(**{c: data[c].map(clean) for c in texts}) if texts else data
