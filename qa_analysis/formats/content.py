"""What an executed notebook shows, as a list of blocks in reading order, from which every other format is written.

    blocks = read_content("monthly_themes.ipynb")     # Heading, Paragraph, Bullets, Headline, Table, Chart

Outputs of `show` bring plain values; markdown cells, and outputs made without `show`, are read from their HTML.
"""

from __future__ import annotations

import base64
import copy
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import lxml.html
from lxml.html import HtmlElement

from qa_analysis.tables import NUMERIC

# as in `show`, which is not imported here since it brings the drawing packages; a test holds the two together
DATA_TYPE = "application/vnd.qa-analysis+json"
MOST_ROWS_OPEN = 40
LONGEST_WORD = 20  # characters of a word that a column of a table keeps on one line
PADDING = 2

_SKIPPED_TAGS = {"remove-cell", "remove_cell"}  # as the exporter of the page skips them


@dataclass(frozen=True)
class Heading:
    text: str
    level: int = 2


@dataclass(frozen=True)
class Paragraph:
    text: str


@dataclass(frozen=True)
class Bullets:
    items: tuple[str, ...]
    numbered: bool = False


@dataclass(frozen=True)
class Headline:
    """The findings that a reader must know, set apart."""

    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A table in the words a reader sees; `kinds` as in `tables.Column`, one for each column."""

    caption: str
    headers: tuple[str, ...]
    kinds: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    row_headers: int = 1

    @property
    def is_numeric(self) -> list[bool]:
        return [kind in NUMERIC for kind in self.kinds]


@dataclass(frozen=True)
class Chart:
    """A picture with its words; `table` holds the figures behind it. SVG, PNG or both."""

    title: str
    alt_text: str
    subtitle: str = ""
    source: str = ""
    long_description: tuple[str, ...] = ()
    table: Table | None = None
    svg: str = ""
    png: bytes = b""


Block = Heading | Paragraph | Bullets | Headline | Table | Chart


def read_content(notebook: Any) -> list[Block]:
    """The blocks of an executed notebook (a path or a notebook node) in reading order.

    Code, printed text and errors are left out: the exporter of the page refuses them.
    """
    if isinstance(notebook, (str, Path)):
        import nbformat

        notebook = nbformat.read(notebook, as_version=4)
    blocks: list[Block] = []
    for cell in notebook.cells:
        if _SKIPPED_TAGS & set(cell.get("metadata", {}).get("tags", [])):
            continue
        if cell.cell_type == "markdown":
            blocks += _from_markdown(cell.source)
        for output in cell.get("outputs", []):
            blocks += _from_output(output)
    return blocks


def in_print_order(blocks: Iterable[Block], title: str) -> list[Block]:
    """The blocks as paper needs them: a title first, tall charts in parts, long tables and charts' figures at the end.

    On the page these are folded; on paper they would part the reader from the next finding.
    """
    from qa_analysis.formats.pictures import parts_of_chart

    main, figures, long = [], [], []
    for block in blocks:
        if isinstance(block, Chart) and block.table is not None:
            figures.append(block)
        if isinstance(block, Table) and len(block.rows) > MOST_ROWS_OPEN:
            main.append(Paragraph(f"{block.caption}: the table is at the end."))
            long.append(block)
        elif isinstance(block, Chart):
            main += parts_of_chart(block)
        else:
            main.append(block)
    if not any(isinstance(b, Heading) and b.level == 1 for b in main):
        main.insert(0, Heading(title, 1))
    if long:
        main += [Heading("Longer tables", 2), *long]
    if figures:
        main.append(Heading("Figures behind the charts", 2))
    return main + [replace(c.table, notes=(*c.long_description, *c.table.notes)) for c in figures if c.table]


def column_widths(table: Table, most: int = 100) -> list[int]:
    """A width for each column in characters, its padding counted, that breaks no number and no short word.

    Long texts share what is left of a line of `most` characters; only a table of very many columns is wider.
    """
    cells = list(zip(*table.rows, strict=True)) if table.rows else [()] * len(table.headers)
    least, wish, whole = [], [], []
    for header, column, is_numeric in zip(table.headers, cells, table.is_numeric, strict=True):
        longest = max(map(len, column), default=0)
        word = max((len(w) for c in column for w in c.split()), default=0)
        in_header = max(map(len, header.split()), default=0) + 1  # bold is wider
        low = max(min(longest if is_numeric else word, LONGEST_WORD), min(in_header, LONGEST_WORD + 1)) + PADDING
        least.append(low)
        # a header may take two lines, a cell of text about a third of the line
        wish.append(max(low, min(longest, 36) + PADDING, min(len(header) // 2 + 3, 18) + PADDING))
        whole.append(longest + PADDING)
    spare = most - sum(wish)
    if spare >= 0:
        for i, width in enumerate(whole):
            more = max(min(width - wish[i], spare), 0)
            wish[i] += more
            spare -= more
        return wish
    spare = max(most - sum(least), 0)
    over = sum(w - low for w, low in zip(wish, least, strict=True)) or 1
    return [low + spare * (w - low) // over for w, low in zip(wish, least, strict=True)]


# --- what the show functions displayed ---------------------------------------------------------------------------


def _from_output(output: Mapping[str, Any]) -> list[Block]:
    data = output.get("data", {})
    if DATA_TYPE in data:
        return _from_values(data[DATA_TYPE])
    metadata = output.get("metadata", {})
    if "text/html" in data:
        caption = metadata.get("text/html", {}).get("caption") or metadata.get("caption", "")
        return _from_html(_text(data["text/html"]), caption)
    if "text/markdown" in data:
        return _from_markdown(_text(data["text/markdown"]))
    for kind in ("image/svg+xml", "image/png", "image/jpeg"):
        if kind in data:
            return [_picture(kind, _text(data[kind]), metadata.get(kind) or metadata)]
    return []


def _from_values(values: Mapping[str, Any]) -> list[Block]:
    kind = values["kind"]
    if kind == "headline":
        return [Headline(_texts(values["sentences"]))] if values["sentences"] else []
    if kind == "heading":
        return [Heading(_clean(values["text"]), values["level"])]
    if kind == "sentences":
        return [*_heading(values["heading"], values["level"]), *_sentences(values["sentences"], values["as_list"])]
    if kind == "columns":
        level, none = values["level"], values["none"]
        return [
            block
            for side in ("left", "right")
            for block in (
                *_heading(values[f"{side}_heading"], level),
                *(_sentences(values[side], True) or [Paragraph(_clean(none))]),
            )
        ]
    if kind == "table":
        return [_table(values)]
    if kind == "chart":
        return [_chart(values)]
    raise ValueError(f"an output of kind '{kind}', which no format knows how to write")


def _heading(text: str, level: int) -> list[Block]:
    return [Heading(_clean(text), level)] if text else []


def _sentences(sentences: list[str], as_list: bool) -> list[Block]:
    if not sentences:
        return []
    return [Bullets(_texts(sentences))] if as_list else [Paragraph(" ".join(_texts(sentences)))]


def _table(values: Mapping[str, Any]) -> Table:
    return Table(
        caption=_clean(values["caption"]),
        headers=_texts(values["headers"]),
        kinds=tuple(values["kinds"]),
        rows=tuple(_texts(row) for row in values["rows"]),
        notes=_texts(values["notes"]),
        row_headers=values["row_headers"],
    )


def _chart(values: Mapping[str, Any]) -> Chart:
    return Chart(
        title=_clean(values["title"]),
        alt_text=_clean(values["alt_text"]),
        subtitle=_clean(values["subtitle"]),
        source=_clean(values["source"]),
        long_description=_texts(values["long_description"]),
        table=_table(values["table"]) if values["table"]["rows"] else None,
        svg=_without_controls(values.get("svg", "")),
        png=base64.b64decode(values.get("png", "")),
    )


# --- markdown, and outputs made without `show` -------------------------------------------------------------------


@cache
def _markdown() -> Any:
    import mistune

    return mistune.create_markdown(escape=False, plugins=["table", "strikethrough", "url"])


def _from_markdown(source: str) -> list[Block]:
    return _from_html(_markdown()(source))


def _from_html(html: str, caption: str = "") -> list[Block]:
    if not html.strip():
        return []
    return list(_walk(lxml.html.fragment_fromstring(html, create_parent="div"), caption))


_HEADINGS = {f"h{n}": n for n in range(1, 7)}


def _walk(element: HtmlElement, caption: str) -> Iterator[Block]:
    loose = [element.text or ""]  # text that stands in no paragraph of its own
    for child in element:
        tag = child.tag if isinstance(child.tag, str) else ""
        found: list[Block] | None = None
        if tag in _HEADINGS:
            found = [Heading(_words(child), _HEADINGS[tag])]
        elif tag in ("ul", "ol"):
            found = [Bullets(tuple(_words(li) for li in child.iter("li") if _words(li)), tag == "ol")]
        elif tag == "table":
            found = [_html_table(child, caption)]
        elif tag == "img":
            found = [_html_picture(child)]
        elif tag in ("style", "script", "hr", ""):
            found = []
        elif tag == "p" and child.find(".//img") is None:
            found = [Paragraph(_words(child))] if _words(child) else []
        elif tag in ("div", "p", "section", "details", "figure", "blockquote", "main", "article"):
            found = list(_walk(child, caption))
        if found is None:
            loose.append(_words(child))
        else:
            yield from _loose(loose)
            yield from found
            loose = []
        loose.append(child.tail or "")
    yield from _loose(loose)


def _loose(texts: list[str]) -> Iterator[Block]:
    if words := _clean(" ".join(texts)):
        yield Paragraph(words)


def _words(element: HtmlElement) -> str:
    """The text of an element; a link to another page keeps its address, which paper can't be clicked for."""
    element = copy.deepcopy(element)
    for link in element.iter("a"):
        address, shown = link.get("href", ""), link.text_content()
        if address.startswith("http") and address.rstrip("/") not in shown:
            link.tail = f" ({address}){link.tail or ''}"
    return _clean(element.text_content())


def _html_table(table: HtmlElement, caption: str) -> Table:
    heads = [_row(tr) for tr in table.xpath("./thead/tr")]
    rows = [tr for tr in table.xpath("./tbody/tr | ./tr | ./tfoot/tr")]
    if not heads and rows:
        heads, rows = [_row(rows[0])], rows[1:]
    headers = [" ".join(dict.fromkeys(part for part in parts if part)) for parts in zip(*heads, strict=False)]
    cells = [_row(tr) for tr in rows]
    width = max(map(len, [headers, *cells]), default=0)
    headers = [h or "[z]" for h in headers] + ["[z]"] * (width - len(headers))
    own = table.find("caption")
    return Table(
        caption=_words(own) if own is not None else _clean(caption),
        headers=tuple(headers),
        kinds=tuple("number" if _all_numbers(column) else "text" for column in zip(*cells, strict=False)) or ("text",),
        rows=tuple(tuple([c or "[x]" for c in row] + ["[z]"] * (width - len(row))) for row in cells),
        row_headers=min((len(tr.findall("th")) for tr in rows), default=0),
    )


def _row(tr: HtmlElement) -> list[str]:
    """The cells of a row; one that spans several columns is said for each."""
    return [_words(c) for c in tr if c.tag in ("th", "td") for _ in range(int(c.get("colspan", 1)))]


def _all_numbers(cells: Iterable[str]) -> bool:
    return all(re.fullmatch(r"[-−]?[\d,]+(\.\d+)?%?|\[\w\]|", c) for c in cells)


def _html_picture(image: HtmlElement) -> Chart:
    head, _, body = image.get("src", "").partition(",")
    kind = head.removeprefix("data:").partition(";")[0]
    raw = base64.b64decode(body) if head.endswith(";base64") else unquote_to_bytes(body)
    caption = image.xpath("ancestor::figure[1]//figcaption")
    chart = _picture(kind, "", {"alt": image.get("alt", ""), "caption": _words(caption[0]) if caption else ""})
    return replace(chart, svg=raw.decode("utf-8")) if kind == "image/svg+xml" else replace(chart, png=raw)


def _picture(kind: str, data: str, words: Mapping[str, Any]) -> Chart:
    is_svg = kind == "image/svg+xml"
    return Chart(
        title=_clean(words.get("caption", "")),
        alt_text=_clean(words.get("alt", "")),
        svg=_without_controls(data) if is_svg else "",
        png=b"" if is_svg else base64.b64decode(data),
    )


# --- text --------------------------------------------------------------------------------------------------------

_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")


def _without_controls(text: str) -> str:
    """Text without the characters that XML can't hold, which would make a Word file or a workbook unreadable."""
    return _CONTROLS.sub("", text)


def _clean(text: Any) -> str:
    return " ".join(_without_controls(str(text)).split())


def _texts(texts: Iterable[Any]) -> tuple[str, ...]:
    return tuple(_clean(t) for t in texts)


def _text(value: Any) -> str:
    return "".join(value) if isinstance(value, list) else str(value)
