"""The report as a PDF that a screen reader can read (PDF/UA-1): tags, alternative texts, headers of rows and columns.

Typst sets the type, since it refuses to write PDF/UA-1 without alternative texts and needs no other program; pikepdf
then marks the headers of rows, which Typst cannot yet.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

from qa_analysis.errors import UserError
from qa_analysis.formats.content import (
    LONGEST_WORD,
    PADDING,
    Block,
    Chart,
    Heading,
    Paragraph,
    Table,
    column_widths,
    in_print_order,
)
from qa_analysis.formats.files import needed, write_whole
from qa_analysis.formats.pictures import TALLEST, shape
from qa_analysis.formats.typesetting import FONTS, compiled, readable, readable_svg, typst

_CHARACTERS_A_LINE, _TABLE_POINTS = 98, 9  # of a table at its usual size, on A4 between the margins
_MANY_COLUMNS, _SMALLER_POINTS = 9, 8  # from so many columns on, letters are smaller
_CONTENTS_FROM = 4  # sections
_PICTURE_MM = 112  # its letters are then those of notes, and two charts fit a page
_PAGE_POINTS = 680  # height of a page that a table with its caption may fill
_ROWS_A_TABLE = 1000  # a validator reads no more rows of one table
_LINE_POINTS, _ROW_POINTS = 11.5, 10  # of a line in a cell, and what a row has besides


def write_pdf(blocks: Iterable[Block], path: str | Path, title: str, language: str = "en-GB") -> Path:
    """The blocks as a tagged PDF, written whole or not at all; the same blocks give the same file.

    `title`: of the document, shown by readers in the window's bar. `language`: an IETF tag. Raises UserError if typst
    or pikepdf is not installed, or for a picture without an alternative text.
    """
    typst()
    needed("pikepdf", "pikepdf", "A PDF report")
    main = [part for block in in_print_order(blocks, title) for part in _parts(_in_shown_words(block))]
    return write_whole(path, with_row_headers(_set_type(main, title, language), [b for b in main if _is_table(b)]))


def _is_table(block: Block) -> bool:
    return isinstance(block, Table)


def _set_type(main: list[Block], title: str, language: str) -> bytes:
    lang, _, region = language.partition("-")
    content = {
        "title": readable(title),
        "language": lang,
        "region": region or "GB",
        "fonts": FONTS,
        "blocks": list(_values(main)),
    }
    source = (Path(__file__).parent / "report.typ").read_text(encoding="utf-8")
    return compiled(source, content, format="pdf", pdf_standards="ua-1", timestamp=0)


def _values(main: list[Block]) -> Iterator[dict[str, Any]]:
    """Each block as values for the type-setter, with contents below the title and its first words."""
    sections = sum(isinstance(b, Heading) and b.level == 2 for b in main)
    is_due = sections >= _CONTENTS_FROM
    for block in main:
        if is_due and not (isinstance(block, Paragraph) or isinstance(block, Heading) and block.level == 1):
            is_due = False
            yield {"kind": "contents"}
        yield _value(block)


def _value(block: Block) -> dict[str, Any]:
    if isinstance(block, Chart):
        return _picture(block)
    values = {"kind": type(block).__name__.lower(), **asdict(block)}
    if isinstance(block, Table):
        line, points = _line(block)
        widths = column_widths(block, line)
        most = sum(widths)
        values |= {
            "widths": widths,
            "numeric": block.is_numeric,
            "wide": most > line * 0.85,
            "size": points if most <= line else max(points * line / most, 5),
            "kept_whole": sum(_heights(block)) <= _PAGE_POINTS,
        }
        values["rows"] = [[_breakable(w) for w in row] for row in values["rows"]]
        values["headers"] = [_breakable(w) for w in values["headers"]]
    return values


def _parts(block: Block) -> list[Block]:
    """A table a little longer than a page as parts that each fit one, with a header of its own; any other block as is.

    Typst repeats a header for the eye only. Over three pages and more, validators know it for a repetition; over two,
    they take a long one for a sentence that a listener would miss. A table of thousands of rows comes in parts too.
    """
    if not isinstance(block, Table) or sum(_heights(block)) <= _PAGE_POINTS:
        return [block]
    header, *heights = _heights(block)
    is_long = sum(heights) >= 3 * _PAGE_POINTS
    parts: list[list[tuple[str, ...]]] = [[]]
    filled = header
    for row, height in zip(block.rows, heights, strict=True):
        is_full = len(parts[-1]) >= _ROWS_A_TABLE if is_long else filled + height > _PAGE_POINTS
        if parts[-1] and is_full:
            parts.append([])
            filled = header
        parts[-1].append(row)
        filled += height
    return [
        replace(
            block,
            caption=block.caption if i == 0 else f"{block.caption} (continued)",
            rows=tuple(rows),
            notes=block.notes if i == len(parts) - 1 else (),
        )
        for i, rows in enumerate(parts)
    ]


def _line(table: Table) -> tuple[int, float]:
    """The characters of a line of the table and the size of its letters in points."""
    points = _SMALLER_POINTS if len(table.headers) >= _MANY_COLUMNS else _TABLE_POINTS
    return _CHARACTERS_A_LINE * _TABLE_POINTS // points, points


def _heights(table: Table) -> list[float]:
    """About how high the header and each row will be, in points."""
    widths = [max(w - PADDING, 1) for w in column_widths(table, _line(table)[0])]
    return [
        _ROW_POINTS + _LINE_POINTS * max(-(-len(c) // w) for c, w in zip(row, widths, strict=True))
        for row in (table.headers, *table.rows)
    ]


def _picture(chart: Chart) -> dict[str, Any]:
    if not chart.alt_text:
        raise UserError(
            f"The picture '{chart.title or 'without title'}' has no alternative text, which a PDF must have. Show it "
            "with show_chart, or give metadata {'image/png': {'alt': …}}."
        )
    return {
        "kind": "chart",
        "title": chart.title,
        "subtitle": chart.subtitle,
        "source": chart.source,
        "alt_text": chart.alt_text,
        "svg": readable_svg(chart.svg),
        "png": list(chart.png) if not chart.svg else [],
        "width": _PICTURE_MM * min(1, TALLEST / shape(chart)),
    }


def _in_shown_words(block: Block) -> Block:
    """The block in characters that the fonts hold."""
    words = {f.name: _readable(getattr(block, f.name)) for f in fields(block) if f.name not in ("svg", "table")}
    return replace(block, **words)


def _readable(values: Any) -> Any:
    if isinstance(values, str):
        return readable(values)
    return tuple(map(_readable, values)) if isinstance(values, tuple) else values


def _breakable(words: str, most: int = LONGEST_WORD) -> str:
    """Words of a cell with places where a word too long for its column may part, which no reader sees."""
    return " ".join(
        "\u200b".join(w[i : i + most] for i in range(0, len(w), most)) if len(w) > most else w for w in words.split(" ")
    )


# --- headers of rows ---------------------------------------------------------------------------------------------


def with_row_headers(pdf: bytes, tables: list[Table]) -> bytes:
    """The PDF with the first cells of each table's rows tagged as headers of their row; `tables` in reading order.

    Not in a table of so few columns that it would have more headers than data: a validator takes that for headers
    tagged by mistake, and a listener hears the first cell just before the second anyway.
    """
    import pikepdf

    with pikepdf.open(io.BytesIO(pdf)) as document:
        found = [n for n in _elements(document.Root.StructTreeRoot) if n.get("/S") == "/Table"]
        if len(found) != len(tables):
            raise RuntimeError(f"{len(found)} tables in the PDF's structure, {len(tables)} in the report")
        for node, table in zip(found, tables, strict=True):
            n_data = len(table.rows) * (len(table.headers) - table.row_headers)
            if len(table.headers) + len(table.rows) * table.row_headers > n_data:
                continue
            for row in (n for n in _elements(node) if n.get("/S") == "/TR"):
                cells = [n for n in _children(row) if n.get("/S") in ("/TH", "/TD")]
                for cell in cells[: table.row_headers]:
                    if cell.S == "/TD":
                        _make_row_header(cell)
        made = io.BytesIO()
        document.save(made, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return made.getvalue()


def _make_row_header(cell: Any) -> None:
    import pikepdf

    cell.S = pikepdf.Name.TH
    attributes = cell.get("/A")
    if isinstance(attributes, pikepdf.Dictionary) and attributes.get("/O") == "/Table":
        attributes.Scope = pikepdf.Name.Row
        return
    own = pikepdf.Dictionary(O=pikepdf.Name.Table, Scope=pikepdf.Name.Row)
    others = list(attributes) if isinstance(attributes, pikepdf.Array) else [attributes] if attributes else []
    for other in others:
        if isinstance(other, pikepdf.Dictionary) and other.get("/O") == "/Table":
            other.Scope = pikepdf.Name.Row
            return
    cell.A = pikepdf.Array([*others, own]) if others else own


def _children(node: Any) -> list[Any]:
    import pikepdf

    kids = node.get("/K", [])
    kids = kids if isinstance(kids, pikepdf.Array) else [kids]
    return [k for k in kids if isinstance(k, pikepdf.Dictionary) and "/S" in k]


def _elements(node: Any) -> Iterator[Any]:
    """The elements of the structure below a node, in reading order."""
    for child in _children(node):
        yield child
        yield from _elements(child)
