"""An executed notebook becomes one HTML file that anyone can read, or is refused with every reason why not.

    html = export_html("monthly_themes.ipynb", title="Monthly themes: September 2019")

The page has no code, no script and asks for nothing from the network. What a template cannot do is done here on the
page's tree: contents, finished tables, and the checks. A fault names the cell it lies in.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import lxml.html
from lxml.html import HtmlElement

from qa_analysis.errors import UserError
from qa_analysis.quick_import import without_slow_grammars

with without_slow_grammars():
    import nbformat
    from nbconvert.exporters.html import HTMLExporter
    from nbconvert.filters.widgetsdatatypefilter import WidgetsDataTypeFilter

NUMBER_COLUMNS = 12  # so many columns of numbers the style sheet knows by name
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


class PublishError(UserError):
    """The report must not be published as it is; `faults` holds every reason."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        head = (
            "The report is not published: 1 fault."
            if len(faults) == 1
            else (f"The report is not published: {len(faults)} faults.")
        )
        super().__init__("\n".join([head, *(f"  {f}" for f in faults)]))


class ReportExporter(HTMLExporter):
    """nbconvert's exporter with the report template; `jupyter nbconvert --to qa_analysis.exporter.ReportExporter`."""

    export_from_notebook = None

    @property
    def default_config(self) -> Any:
        config = super().default_config
        config.CSSHTMLHeaderPreprocessor.enabled = False
        config.HighlightMagicsPreprocessor.enabled = False
        config.TagRemovePreprocessor.enabled = True
        config.TagRemovePreprocessor.remove_cell_tags = {"remove-cell", "remove_cell"}
        config.TemplateExporter.exclude_input = True
        config.TemplateExporter.exclude_input_prompt = True
        config.TemplateExporter.exclude_output_prompt = True
        config.HTMLExporter.exclude_anchor_links = True
        return config

    def __init__(self, **more: Any) -> None:
        more.setdefault("template_name", "template")
        more.setdefault("extra_template_basedirs", [str(Path(__file__).parent)])
        super().__init__(**more)

    def default_filters(self) -> Iterator[tuple[str, Any]]:
        yield from super().default_filters()
        yield "text_base64", _text_base64

    def from_notebook_node(
        self, nb: Any, resources: dict[str, Any] | None = None, *, title: str = "", language: str = "en-GB", **more: Any
    ) -> tuple[str, dict[str, Any]]:
        nb = _numbered(nb)
        faults = _output_faults(nb)
        title = title or _first_heading(nb)
        resources = self._init_resources(resources)
        resources |= {"title": title, "language": language, "css_title": _css_string(title)}
        self.register_filter(
            "filter_data_type",
            WidgetsDataTypeFilter(notebook_metadata=self._nb_metadata, parent=self, resources=resources),
        )
        # HTMLExporter would parse the page and put placeholder texts on pictures, so its step is left out
        html, resources = super(HTMLExporter, self).from_notebook_node(nb, resources, **more)
        page = lxml.html.document_fromstring(html)
        _finish(page)
        faults += _page_faults(page, nb)
        if not title:
            faults.append("The report has no title: begin the first cell with '# Title'.")
        if faults:
            raise PublishError(_in_order(faults))
        for wrapper in page.xpath("//div[@data-cell or @data-output]"):
            wrapper.drop_tag()
        html = lxml.html.tostring(page, doctype="<!DOCTYPE html>", encoding="unicode")
        return html.replace("</wbr>", "") + "\n", resources  # an end that lxml writes and HTML has not


def export_html(notebook: Any, *, title: str = "", language: str = "en-GB") -> str:
    """The report of an executed notebook (a path or a notebook node) as one self-contained HTML page.

    `title`: title of the page; without it the notebook's first heading. `language` as an IETF tag.
    Raises PublishError naming every fault with its cell: a picture without a real alternative text or caption, a
    table without caption, headings that jump, not exactly one title, raw markup, a path of this machine, printed
    text, warnings or an error.
    """
    if isinstance(notebook, (str, Path)):
        notebook = nbformat.read(notebook, as_version=4)
    return _exporter().from_notebook_node(notebook, title=title, language=language)[0]


@cache
def _exporter() -> ReportExporter:
    """One exporter for all reports of a run: compiling the template takes most of the time of an export."""
    return ReportExporter()


def _text_base64(text: str) -> str:
    import base64

    return base64.b64encode(text.encode()).decode()


def _css_string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("<", "\\3c ").replace("\\n", " ")


def _numbered(nb: Any) -> Any:
    """A shallow copy with each cell's number as the author sees it, from 1."""
    cells = [
        nbformat.NotebookNode({**cell, "metadata": nbformat.NotebookNode({**cell.metadata, "qa_cell": i})})
        for i, cell in enumerate(nb.cells, start=1)
    ]
    return nbformat.NotebookNode({**nb, "cells": cells})


def _first_heading(nb: Any) -> str:
    for cell in nb.cells:
        if cell.cell_type == "markdown" and (found := re.search(r"^#\s+(.+)$", cell.source, re.MULTILINE)):
            return re.sub(r"[*_`]", "", found[1]).strip()
    return ""


# --- finishing the page ------------------------------------------------------------------------------------------


def _finish(page: HtmlElement) -> None:
    head = page.find("head")
    for style in page.xpath("//main//style"):
        if "data-qa-lab" not in style.attrib and "scoped" not in style.attrib:
            head.append(_without_tail(style))
        else:
            style.drop_tree()
    for table in page.xpath("//main//table"):
        _finish_table(table)
    _number_tables(page)
    _name_headings(page)
    _fill_contents(page)


def _without_tail(element: HtmlElement) -> HtmlElement:
    parent, tail = element.getparent(), element.tail
    if tail and parent is not None:
        previous = element.getprevious()
        if previous is not None:
            previous.tail = (previous.tail or "") + tail
        else:
            parent.text = (parent.text or "") + tail
    element.tail = None
    return element


def _finish_table(table: HtmlElement) -> None:
    """A table made by pandas gets one header row where it can, scopes, a caption and a section that scrolls."""
    for name in ("border",) if "qa-cards" in table.get("class", "") else ("border", "style"):
        table.attrib.pop(name, None)
    _fold_index_names(table)
    for th in table.xpath(".//thead//th"):
        if not _text(th) and not th.xpath(".//*"):
            th.tag = "td"
            th.attrib.pop("scope", None)
        else:
            _set_scope(th, "colgroup" if int(th.get("colspan", 1)) > 1 else "col")
    for th in table.xpath(".//tbody//th"):
        _set_scope(th, "rowgroup" if int(th.get("rowspan", 1)) > 1 else "row")
    for row in table.xpath(".//tr[@style]"):
        row.attrib.pop("style")
    if table.find("caption") is None and (caption := _output_caption(table)):
        element = lxml.html.Element("caption")
        element.text = caption
        table.insert(0, element)
    _name_number_columns(table)
    if not table.xpath("ancestor::section[contains(@class, 'qa-scroll')]"):
        section = lxml.html.Element("section", {"class": "qa-scroll", "tabindex": "0"})
        table.addprevious(section)
        section.tail, table.tail = table.tail, None
        section.append(table)


def _name_number_columns(table: HtmlElement) -> None:
    """Which columns hold numbers is said once, by classes of the table (n2: the second), not in each of a thousand cells."""
    rows = [list(row) for row in table.iter("tr")]
    if table.xpath(".//*[@colspan or @rowspan]") or len({len(row) for row in rows}) != 1:
        return
    for i, column in enumerate(zip(*rows, strict=True), start=1):
        if i <= NUMBER_COLUMNS and all(cell.get("class") == "qa-num" for cell in column):
            for cell in column:
                del cell.attrib["class"]
            table.set("class", f"{table.get('class', '')} n{i}".strip())


def _set_scope(th: HtmlElement, scope: str) -> None:
    if not th.get("scope"):
        th.set("scope", scope)


def _fold_index_names(table: HtmlElement) -> None:
    """pandas writes the names of the index on a row of their own, below blank cells; they go into those cells."""
    rows = table.xpath("./thead/tr")
    if len(rows) != 2:
        return
    above, below = rows[0].findall("th"), rows[1].findall("th")
    named = [th for th in below if _text(th)]
    if len(above) != len(below) or not named or len(named) == len(below):
        return
    if all(not _text(a) for a, b in zip(above, below, strict=True) if _text(b)):
        for a, b in zip(above, below, strict=True):
            if _text(b):
                a.text = _text(b)
        rows[1].drop_tree()


def _output_caption(table: HtmlElement) -> str:
    output = table.xpath("ancestor::div[@data-output][1]")
    return output[0].get("data-caption", "") if output else ""


def _number_tables(page: HtmlElement) -> None:
    """Ids that are unique on the page, whatever the cells called them; so are the names of the parts that scroll."""
    named = Counter()
    for i, table in enumerate(page.xpath("//main//table"), start=1):
        caption = table.find("caption")
        section = table.xpath("ancestor::section[contains(@class, 'qa-scroll')][1]")
        if caption is not None and section:
            caption.set("id", f"table-{i}")
            named[_text(caption)] += 1
            if (again := named[_text(caption)]) > 1:  # tables of one caption are told apart by their number
                section[0].attrib.pop("aria-labelledby", None)
                section[0].set("aria-label", f"{_text(caption)} ({again})")
            else:
                section[0].set("aria-labelledby", f"table-{i}")
        _name_headers(table, f"t{i}")


def _name_headers(table: HtmlElement, name: str) -> None:
    """Where rows have two headers or more, each cell names those that it stands under: scopes alone leave it open which."""
    rows = table.xpath("./tbody/tr")
    if not any(len(row.xpath("./th")) > 1 for row in rows):
        return
    heads = table.xpath("./thead/tr[last()]/*")
    for j, head in enumerate(heads):
        head.set("id", f"{name}c{j}")
    for k, row in enumerate(rows):
        own = row.xpath("./th")
        for j, th in enumerate(own):
            th.set("id", f"{name}r{k}-{j}")
        for j, cell in enumerate(row):
            if cell.tag == "td" and j < len(heads):
                cell.set("headers", " ".join([heads[j].get("id"), *(th.get("id") for th in own)]))


def _name_headings(page: HtmlElement) -> None:
    taken = Counter({"main": 1})
    for heading in page.xpath("//main//*[self::h1 or self::h2 or self::h3 or self::h4 or self::h5 or self::h6]"):
        name = re.sub(r"[^\w]+", "-", _text(heading).lower()).strip("-") or "section"
        taken[name] += 1
        heading.set("id", name if taken[name] == 1 else f"{name}-{taken[name]}")


def _fill_contents(page: HtmlElement) -> None:
    """Contents from the second-level headings: beside the text where there is room, folded above it where not."""
    nav = page.xpath("//nav")[0]
    headings = page.xpath("//main//h2")
    if len(headings) < 2:
        nav.drop_tree()
        return
    items = "".join(f'<li><a href="#{h.get("id")}">{_escaped(_text(h))}</a></li>' for h in headings)
    wide = (
        f'<nav class="contents contents-wide" aria-label="Contents"><p class="contents-head">Contents</p>'
        f"<ul>{items}</ul></nav>"
    )
    folded = (
        f'<nav class="contents contents-folded" aria-label="Contents, folded"><details><summary>Contents</summary>'
        f"<ul>{items}</ul></details></nav>"
    )
    for fragment in (wide, folded):
        nav.addprevious(lxml.html.fragment_fromstring(fragment))
    nav.drop_tree()


def _escaped(text: str) -> str:
    from html import escape

    return escape(text)


def _text(element: HtmlElement) -> str:
    return " ".join(element.text_content().split())


# --- what is refused ---------------------------------------------------------------------------------------------

_PLACEHOLDER = re.compile(
    r"\W*(?:image|picture|figure|fig|chart|graph|plot|photo|screenshot|diagram|alt|alt text|todo|tbc|placeholder|"
    r"untitled|description|output|png|no description has been provided.*|\S*\.(?:png|jpe?g|svg|gif))[\W\d]*",
    re.IGNORECASE,
)
_RAW = {
    "a Markdown mark": re.compile(
        r"\*\*\S[^*]*\S\*\*|```|^\s*#{1,6}\s\S|!?\[[^\]\n]+\]\((?:https?:|#|\.|/)[^)\s]*\)|^\s*\|.+\|.+\|\s*$",
        re.MULTILINE,
    ),
    "a footnote mark": re.compile(r"\[\^\w+\]"),
    "TeX": re.compile(r"\$\$|\$\\|\\(?:frac|bar|overline|hat|sum|sqrt|text|mathrm|begin|end|pm|times)\b|\\\(|\\\["),
    "an HTML tag": re.compile(
        r"</?(?:a|b|br|div|em|i|img|li|ol|p|pre|script|span|strong|style|sub|sup|table|td|th|tr|ul|h[1-6])(?:\s[^<>]*)?/?>",
        re.IGNORECASE,
    ),
    "an HTML escape": re.compile(r"&(?:amp|lt|gt|nbsp|quot|apos|#x?[0-9a-f]+);", re.IGNORECASE),
    "an unfilled template": re.compile(r"\{\{.*?\}\}|\{%.*?%\}"),
    "a Python value": re.compile(
        r"<NA>|\bNaT\b|\bdtype:|Timestamp\('|<(?:Figure|Axes|IPython|matplotlib|pandas)\b|\bobject at 0x|^\s*nan\s*$"
    ),
}
_PATH = re.compile(
    r"(?<![\w.:/])/(?:home|root|Users|tmp|usr|var|opt|mnt|srv|private|Volumes)/[^\s,;]+|(?<!\w)[A-Za-z]:\\[^\s,;]+|"
    r"\\\\[\w.-]+\\[^\s,;]+|\bfile://\S+"
)


def _output_faults(nb: Any) -> list[tuple[int, str]]:
    """Faults that lie in the outputs themselves and would not reach the page."""
    faults = []
    for i, cell in enumerate(nb.cells, start=1):
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                why = (
                    f"ends in an error: {output.ename}: {_short(output.evalue)}. Correct it and run the notebook again."
                )
            elif output.output_type == "stream" and output.text.strip():
                what = "a warning or error message" if output.name == "stderr" else "printed text"
                why = f"has {what}: '{_short(output.text)}'. Show words with show_sentences, and settle warnings."
            elif output.output_type in ("display_data", "execute_result") and not _SHOWN & set(output.data):
                why = (
                    f"shows a bare value: '{_short(str(output.data.get('text/plain', '')))}'. End the cell with a "
                    "show function or a semicolon."
                )
            else:
                continue
            faults.append((i, f"{_where(nb, i)} {why}"))
    return faults


_SHOWN = {"text/html", "text/markdown", "image/png", "image/jpeg", "image/svg+xml"}


def _page_faults(page: HtmlElement, nb: Any) -> list[tuple[int, str]]:
    faults: list[tuple[int, str]] = []
    for cell in page.xpath("//div[@data-cell]"):
        i = int(cell.get("data-cell"))
        faults += [(i, f"{_where(nb, i)} {why}") for why in _cell_faults(cell)]
    return faults + _heading_faults(page, nb) + _link_faults(page, nb)


def _cell_faults(cell: HtmlElement) -> Iterator[str]:
    for image in cell.iter("img"):
        yield from _image_faults(image)
    for figure in cell.iter("figure"):
        caption = figure.find(".//figcaption")
        if caption is None or not _text(caption):
            yield "has a picture without a caption. Show it with show_chart, or give it one in its metadata."
    for table in cell.iter("table"):
        caption = table.find("caption")
        if caption is None or not _text(caption):
            yield f"has a table without a caption ('{_short(_text(table))}'). Show it with show_table(…, caption=…)."
    for element in cell.iter("script", "iframe", "object", "embed", "link", "video", "audio", "form"):
        yield f"has a <{element.tag}>, which a report that works offline and unscripted cannot hold."
    words = list(_words(cell))
    for what, pattern in _RAW.items():
        found = next((m for text in words if (m := pattern.search(text))), None)
        if found:
            yield f"has {what} that was not rendered: '{_short(found[0])}'. Write plain words or use a show function."
    for text in [*_words(cell, code=True)] + [
        v for e in cell.iter() for a in ("alt", "title", "href") if (v := e.get(a))
    ]:
        if path := _machine_path(text):
            yield f"has a path of this machine: '{_short(path)}'. Name the file only, without its folders."
            break


def _image_faults(image: HtmlElement) -> Iterator[str]:
    alt = " ".join((image.get("alt") or "").split())
    if not alt:
        yield (
            "has a picture without an alternative text. Show it with show_chart, or give metadata "
            "{'image/png': {'alt': …}}."
        )
    elif _PLACEHOLDER.fullmatch(alt) or len(alt.split()) < 3:
        yield f"has a picture whose alternative text says nothing: '{_short(alt)}'. Say what it shows, in a sentence."
    if not (image.get("src") or "").startswith("data:"):
        source = _short(image.get("src") or "")
        yield f"has a picture from outside the page: '{source}'. A report holds its pictures itself."


def _heading_faults(page: HtmlElement, nb: Any) -> list[tuple[int, str]]:
    headings = [e for e in page.xpath("//main")[0].iter(*HEADINGS)]
    titles = [h for h in headings if h.tag == "h1"]
    faults = []
    if not titles:
        faults.append((0, "There is no title. Begin the first cell with '# ' and the title."))
    for extra in titles[1:]:
        i = _cell_of(extra)
        faults.append((i, f"{_where(nb, i)} has a second title: '{_short(_text(extra))}'. Use ## for sections."))
    before = 0
    for heading in headings:
        level, i = int(heading.tag[1]), _cell_of(heading)
        if not _text(heading):
            faults.append((i, f"{_where(nb, i)} has a heading without words."))
        if level > before + 1 and (before or titles):
            after = f"follows level {before}" if before else "stands before the title"
            faults.append(
                (
                    i,
                    f"{_where(nb, i)} has a heading that jumps: '{_short(_text(heading))}' has level {level} and "
                    f"{after}. Use level {before + 1}.",
                )
            )
        before = level
    return faults


def _link_faults(page: HtmlElement, nb: Any) -> list[tuple[int, str]]:
    ids = set(page.xpath("//@id"))
    return [
        (_cell_of(a), f"{_where(nb, _cell_of(a))} links to '{_short(a.get('href'))}', which is not on the page.")
        for a in page.xpath("//main//a[starts-with(@href, '#')]")
        if a.get("href")[1:] not in ids
    ]


def _words(cell: HtmlElement, code: bool = False) -> Iterator[str]:
    """The pieces of text of a cell; without those in code unless asked for."""
    for element in cell.iter():
        if not isinstance(element.tag, str) or element.tag in ("style", "script"):
            continue
        if element.text and (code or element.tag not in ("code", "pre")):
            yield element.text
        if element.tail and element is not cell:
            yield element.tail


@cache
def _own_folders() -> tuple[str, ...]:
    folders = {str(Path.home()), str(Path.cwd()), tempfile.gettempdir(), str(Path(__file__).resolve().parents[1])}
    return tuple(f for f in folders if f.count("/") + f.count("\\") > 1 or len(f) > 4)


def _machine_path(text: str) -> str:
    if found := _PATH.search(text):
        return found[0]
    return next((f for f in _own_folders() if f in text), "") if "/" in text or "\\" in text else ""


def _cell_of(element: HtmlElement) -> int:
    cell = element.xpath("ancestor::div[@data-cell][1]")
    return int(cell[0].get("data-cell")) if cell else 0


def _where(nb: Any, i: int) -> str:
    lines = [line.strip() for line in nb.cells[i - 1].source.splitlines()]
    first = next(
        (
            line
            for line in lines
            if line and not line.startswith("# ") or line.startswith("#") and nb.cells[i - 1].cell_type == "markdown"
        ),
        "",
    )
    return f"Cell {i} ({_short(first, 40)})" if first else f"Cell {i}"


def _short(text: str, most: int = 60) -> str:
    text = " ".join(str(text).split())
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _in_order(faults: list[Any]) -> list[str]:
    pairs = [f if isinstance(f, tuple) else (0, f) for f in faults]
    return list(dict.fromkeys(text for _, text in sorted(pairs, key=lambda p: p[0])))
