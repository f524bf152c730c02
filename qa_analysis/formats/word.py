"""The report as a Word document to edit: real heading styles, captions, tables with repeated headers, alternative texts.

A council's own template gives its styles, header, footer and page; without one the report brings plain ones.
"""

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Any

from qa_analysis.errors import UserError
from qa_analysis.formats.content import (
    Block,
    Bullets,
    Chart,
    Heading,
    Headline,
    Paragraph,
    Table,
    column_widths,
    in_print_order,
)
from qa_analysis.formats.files import needed, without_times, write_whole

_ACCENT, _QUIET, _LINE, _PANEL = "12436D", "484F58", "A8B0B8", "EEF3F8"
_TABLE_STYLE = "Report table"
_HEADLINE_STYLE, _SUBTITLE_STYLE, _SOURCE_STYLE = "Headline finding", "Chart subtitle", "Source and notes"
_PICTURE_MM = 118  # its letters are then nearly those of the text
_CHARACTER_TWIPS = 101  # of a table's letters on average, in twentieths of a point


def write_docx(
    blocks: Iterable[Block],
    path: str | Path,
    title: str,
    template: str | Path | None = None,
    language: str = "en-GB",
) -> Path:
    """The blocks as a Word document, written whole or not at all; the same blocks give the same file.

    `template`: a .docx or .dotx whose styles, page, header and footer are taken; what it holds stays in front. Raises
    UserError if python-docx is not installed or the template can't be read.
    """
    docx = needed("docx", "python-docx", "A Word report")
    document = docx.Document(_template(template)) if template else docx.Document()
    if template is None:
        _set_look(document, title)
    _add_styles(document)
    _name(document, title, language)
    main = in_print_order(blocks, title)
    pictures = iter(_pictures([b for b in main if isinstance(b, Chart)]))
    for block in main:
        if isinstance(block, Chart):
            _add_chart(document, block, next(pictures))
        else:
            _add(document, block)
    made = io.BytesIO()
    document.save(made)
    return write_whole(path, without_times(made.getvalue()))


def _pictures(charts: list[Chart]) -> list[bytes]:
    """A PNG for each chart: its own, or one made from its SVG, which Word shows only in newer versions."""
    from qa_analysis.formats.typesetting import png_pictures

    made = iter(png_pictures([c.svg for c in charts if not c.png]))
    return [c.png or next(made) for c in charts]


# --- the document ------------------------------------------------------------------------------------------------


def _template(path: str | Path) -> io.BytesIO:
    """A template as a document: Word keeps the two apart by one word in the list of contents."""
    path = Path(path)
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml."
    try:
        with zipfile.ZipFile(path) as old:
            parts = {name: old.read(name) for name in old.namelist()}
        types = parts["[Content_Types].xml"].decode("utf-8")
        if f"{kind}template.main+xml" not in types and f"{kind}document.main+xml" not in types:
            raise KeyError("no document in it")
    except FileNotFoundError as fault:
        raise UserError(
            f"There is no Word template '{path.name}' where you gave it. Give the path of a .docx or .dotx file."
        ) from fault
    except (OSError, KeyError, zipfile.BadZipFile, UnicodeDecodeError) as fault:
        raise UserError(
            f"'{path.name}' can't be read as a Word template. Open it in Word and save it as a Word document (.docx) "
            "or template (.dotx) without a password and without macros."
        ) from fault
    parts["[Content_Types].xml"] = types.replace(f"{kind}template.main+xml", f"{kind}document.main+xml").encode()
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in parts.items():
            new.writestr(name, content)
    made.seek(0)
    return made


def _name(document: Any, title: str, language: str) -> None:
    """Title and language, which a screen reader needs; no author and no time, which change from run to run."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    core = document.core_properties
    core.title, core.language = title, language
    core.author = core.last_modified_by = core.comments = core.keywords = ""
    core.created = core.modified = datetime.datetime(2000, 1, 1)
    core.revision = 1
    styles = document.styles.element
    run = _below(styles, "w:docDefaults", "w:rPrDefault", "w:rPr")
    lang = run.find(qn("w:lang"))
    if lang is None:
        lang = OxmlElement("w:lang")
        run.append(lang)
    lang.set(qn("w:val"), language)
    for other in styles.iter(qn("w:lang")):  # a style's own language would go before the document's
        other.set(qn("w:val"), language)


def _below(element: Any, *names: str) -> Any:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    for name in names:
        child = element.find(qn(name))
        if child is None:
            child = OxmlElement(name)
            element.insert(0, child)
        element = child
    return element


def _set_look(document: Any, title: str) -> None:
    """A plain look for a report without a template: A4, one typeface, headings in the report's blue, page numbers."""
    from docx.oxml.ns import qn
    from docx.shared import Mm, Pt, RGBColor

    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(20)
    section.top_margin, section.bottom_margin = Mm(20), Mm(20)
    sizes = {"Normal": 11, "Heading 1": 20, "Heading 2": 15, "Heading 3": 12.5, "Heading 4": 11, "Caption": 11}
    for name, size in sizes.items():
        style = document.styles[name]
        style.font.name, style.font.size = "Arial", Pt(size)
        fonts = style.element.rPr.rFonts
        for place in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
            fonts.set(qn(place), "Arial")
        for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:cstheme", "w:eastAsiaTheme"):
            fonts.attrib.pop(qn(theme), None)
        style.font.italic = False
        if name != "Normal":
            style.font.bold = True
            style.font.color.rgb = RGBColor.from_string("1A1A1A" if name == "Caption" else _ACCENT)
            style.paragraph_format.keep_with_next = True
            style.paragraph_format.space_before = Pt(6 if name == "Heading 1" else 14)
            style.paragraph_format.space_after = Pt(4)
    document.styles["Normal"].paragraph_format.space_after = Pt(6)
    footer = section.footer.paragraphs[0]
    footer.paragraph_format.tab_stops.clear_all()
    footer.style.font.size = Pt(9)
    footer.add_run(f"{title}: page ")
    _add_field(footer, "PAGE", "1")


def _add_styles(document: Any) -> None:
    """The styles that the report needs and the template lacks."""
    from docx.enum.style import WD_STYLE_TYPE
    from docx.oxml import parse_xml
    from docx.shared import Pt, RGBColor

    there = {s.name for s in document.styles}
    for level in range(1, 7):
        if f"Heading {level}" not in there:
            style = document.styles.add_style(f"Heading {level}", WD_STYLE_TYPE.PARAGRAPH, builtin=True)
            style.font.bold, style.font.size = True, Pt(max(20 - 3 * level, 11))
            style.paragraph_format.keep_with_next = True
            style.element.get_or_add_pPr().append(_xml(f'<w:outlineLvl w:val="{level - 1}"/>'))
    for name in ("Caption", "List Bullet", "List Number"):
        if name not in there:
            document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH, builtin=True)
    if _HEADLINE_STYLE not in there:
        style = document.styles.add_style(_HEADLINE_STYLE, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = document.styles["Normal"]
        style.font.size = Pt(12)
        style.paragraph_format.left_indent = style.paragraph_format.right_indent = Pt(9)
        settings = style.element.get_or_add_pPr()
        settings.insert(0, _xml(f'<w:shd w:val="clear" w:color="auto" w:fill="{_PANEL}"/>'))
        settings.insert(0, _xml(f'<w:pBdr><w:left w:val="single" w:sz="36" w:space="8" w:color="{_ACCENT}"/></w:pBdr>'))
    for name in (_SUBTITLE_STYLE, _SOURCE_STYLE):
        if name not in there:
            style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
            style.base_style = document.styles["Normal"]
            style.font.size, style.font.color.rgb = Pt(9), RGBColor.from_string(_QUIET)
            style.paragraph_format.space_before = Pt(3 * (name == _SOURCE_STYLE))
            style.paragraph_format.space_after = Pt(3)
            style.paragraph_format.keep_with_next = name == _SUBTITLE_STYLE
    if _TABLE_STYLE not in there:
        document.styles.element.append(parse_xml(_table_style_xml()))


def _table_style_xml() -> str:
    return (
        f'<w:style {_W} w:type="table" w:customStyle="1" w:styleId="ReportTable"><w:name w:val="{_TABLE_STYLE}"/>'
        '<w:pPr><w:spacing w:before="20" w:after="20" w:line="240" w:lineRule="auto"/></w:pPr>'
        '<w:rPr><w:sz w:val="18"/></w:rPr>'
        f'<w:tblPr><w:tblBorders><w:bottom w:val="single" w:sz="4" w:space="0" w:color="{_LINE}"/>'
        f'<w:insideH w:val="single" w:sz="4" w:space="0" w:color="{_LINE}"/></w:tblBorders>'
        '<w:tblCellMar><w:top w:w="30" w:type="dxa"/><w:left w:w="60" w:type="dxa"/>'
        '<w:bottom w:w="30" w:type="dxa"/><w:right w:w="60" w:type="dxa"/></w:tblCellMar></w:tblPr>'
        '<w:tblStylePr w:type="firstRow"><w:rPr><w:b/></w:rPr><w:tcPr><w:tcBorders>'
        '<w:bottom w:val="single" w:sz="8" w:space="0" w:color="000000"/></w:tcBorders></w:tcPr></w:tblStylePr>'
        "</w:style>"
    )


# --- blocks ------------------------------------------------------------------------------------------------------


def _add(document: Any, block: Block) -> None:
    if isinstance(block, Heading):
        document.add_paragraph(block.text, style=f"Heading {min(block.level, 6)}")
    elif isinstance(block, Paragraph):
        document.add_paragraph(block.text)
    elif isinstance(block, Bullets):
        for item in block.items:
            document.add_paragraph(item, style="List Number" if block.numbered else "List Bullet")
    elif isinstance(block, Headline):
        for sentence in block.sentences:
            document.add_paragraph(sentence, style=_HEADLINE_STYLE)
    elif isinstance(block, Table):
        _add_table(document, block)


def _add_table(document: Any, table: Table) -> None:
    from docx.oxml import parse_xml

    document.add_paragraph(table.caption, style="Caption").paragraph_format.keep_with_next = True
    section = document.sections[-1]
    room = (section.page_width - section.left_margin - section.right_margin) // 635  # in twentieths of a point
    document.element.body.insert_element_before(parse_xml(_table_xml(table, room)), "w:sectPr")
    for note in table.notes:
        document.add_paragraph(note, style=_SOURCE_STYLE)
    if not table.notes:  # two tables that touch become one
        document.add_paragraph("", style=_SOURCE_STYLE)


def _table_xml(table: Table, room: int) -> str:
    """The table as Word keeps it: python-docx's own cells take seconds where a table has thousands."""
    line = max(room // _CHARACTER_TWIPS, 1)  # a template's page may be narrower
    widths = column_widths(table, line)
    each = min(room / sum(widths), _CHARACTER_TWIPS)
    widths = [round(w * each) for w in widths]
    grid = "".join(f'<w:gridCol w:w="{w}"/>' for w in widths)
    head = _row_xml(table.headers, widths, table.is_numeric, "<w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>")
    short = len(table.rows) <= 12
    body = [
        _row_xml(r, widths, table.is_numeric, "<w:trPr><w:cantSplit/></w:trPr>", short and i + 1 < len(table.rows))
        for i, r in enumerate(table.rows)
    ]
    first = "1" if table.row_headers else "0"
    return (
        f'<w:tbl {_W}><w:tblPr><w:tblStyle w:val="ReportTable"/><w:tblW w:w="{sum(widths)}" w:type="dxa"/>'
        f'<w:tblLayout w:type="fixed"/><w:tblLook w:val="0420" w:firstRow="1" w:lastRow="0" '
        f'w:firstColumn="{first}" w:lastColumn="0" w:noHBand="1" w:noVBand="1"/>'
        f'<w:tblCaption w:val="{escape(table.caption)}"/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>{head}{"".join(body)}'
        "</w:tbl>"
    )


def _row_xml(
    words: Iterable[str], widths: list[int], numeric: list[bool], settings: str, keep_with_next: bool = True
) -> str:
    keep = "<w:keepNext/>" if keep_with_next else ""
    cells = "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr><w:p><w:pPr>{keep}<w:spacing w:before="20" '
        f'w:after="20"/>{_RIGHT if right else ""}</w:pPr><w:r>{_SMALL}<w:t xml:space="preserve">{escape(w)}</w:t></w:r>'
        "</w:p></w:tc>"
        for w, width, right in zip(words, widths, numeric, strict=True)
    )
    return f"<w:tr>{settings}{cells}</w:tr>"


def _add_chart(document: Any, chart: Chart, png: bytes) -> None:
    from docx.shared import Mm

    if chart.title:
        document.add_paragraph(chart.title, style="Caption").paragraph_format.keep_with_next = True
    if chart.subtitle:
        document.add_paragraph(chart.subtitle, style=_SUBTITLE_STYLE)
    section = document.sections[-1]
    room = section.page_width - section.left_margin - section.right_margin
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.keep_with_next = bool(chart.source)
    picture = paragraph.add_run().add_picture(io.BytesIO(png), width=min(Mm(_PICTURE_MM), room))
    most = section.page_height - section.top_margin - section.bottom_margin - Mm(40)
    if picture.height > most:
        picture.width, picture.height = round(picture.width * most / picture.height), most
    properties = picture._inline.docPr
    properties.set("descr", chart.alt_text)
    properties.set("name", f"Picture {properties.get('id')}")
    if chart.source:
        document.add_paragraph(chart.source, style=_SOURCE_STYLE)


def _add_field(paragraph: Any, field: str, shown: str) -> None:
    """A field that Word fills in, such as the number of the page."""
    for part in (
        '<w:fldChar w:fldCharType="begin"/>',
        f'<w:instrText xml:space="preserve"> {field} </w:instrText>',
        '<w:fldChar w:fldCharType="separate"/>',
        f"<w:t>{shown}</w:t>",
        '<w:fldChar w:fldCharType="end"/>',
    ):
        paragraph.add_run()._r.append(_xml(part))


_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_RIGHT = '<w:jc w:val="right"/>'
_SMALL = '<w:rPr><w:sz w:val="18"/></w:rPr>'


def _xml(text: str) -> Any:
    from docx.oxml import parse_xml

    end = min(i for i in (text.find(" "), text.find(">"), text.find("/")) if i > 0)
    if text[1] == "/":
        raise ValueError(text)
    return parse_xml(f"{text[:end]} {_W}{text[end:]}")
