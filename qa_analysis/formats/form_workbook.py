"""A form as a workbook to fill in: cover, sheets with drop-downs and checked dates, guidance, the lists behind them.

Written with openpyxl, which reads workbooks here anyway: XlsxWriter can't say in which language a document is, which
a screen reader needs to know.
"""

from __future__ import annotations

import datetime as dt
import io
import math
import re
import textwrap
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa_analysis.errors import UserError
from qa_analysis.formats.files import without_times, write_whole

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

COVER, GUIDANCE, LISTS = "Read me", "Guidance", "Lists"
_FONT, _HEADER, _LOCKED, _EDGE = "Arial", "12436D", "F0F0F0", "A0A0A0"
_EARLIEST = dt.date(1990, 1, 1)
_LATEST = dt.date(2100, 12, 31)
_MOST_IN_PROMPT, _MOST_IN_ERROR = 255, 225  # characters that Excel shows beside a cell, and of what is wrong with it
_LINE, _COVER_WIDTH, _WIDEST = 15.5, 76, 40  # points of a line; characters of a column
_A4_WIDTH, _A3_WIDTH = 150, 215  # characters that are still legible across a page on its side


@dataclass(frozen=True)
class Entry:
    """One column of a form: its header, what to enter, and what may be entered.

    `options` make a drop-down; with `only_options` nothing else is taken. `is_date` takes days from `earliest` to the
    day of filling in (`may_be_future`: later ones too). `between` bounds a number; `unique` lets no text stand twice.
    `names_row` columns come first and stay in sight.
    Cells of a `prefilled` column are locked where they hold something, unless it is `open` to be changed.
    """

    header: str
    guidance: str
    width: int = 16
    options: tuple[str, ...] = ()
    only_options: bool = True
    is_date: bool = False
    earliest: dt.date | None = None
    may_be_future: bool = False
    between: tuple[float, float] | None = None
    unique: bool = False
    prefilled: bool = False
    open: bool = False
    names_row: bool = False


@dataclass(frozen=True)
class Sheet:
    """One sheet to fill in: its columns, the rows that already hold something, and how many rows there are in all."""

    title: str
    entries: tuple[Entry, ...]
    rows: tuple[tuple[Any, ...], ...] = ()
    n_rows: int = 0
    shaded: frozenset[int] = frozenset()  # rows that stand apart (replacements)


@dataclass(frozen=True)
class Form:
    """A workbook to fill in: its title, what the cover says (heading, sentences), and its sheets."""

    title: str
    cover: tuple[tuple[str, tuple[str, ...]], ...]
    sheets: tuple[Sheet, ...]
    day: dt.date
    creator: str = ""


def write_form(form: Form, path: str | Path, replace: bool = False) -> Path:
    """The form as a file, whole or not at all. Raises UserError where one stands there already or is open."""
    path = Path(path)
    if path.suffix.lower() != ".xlsx":
        raise UserError(f"{path.name}: a form is an Excel workbook. Give --out a name that ends in .xlsx.")
    if path.is_dir():
        raise UserError(f"{path}: is a folder. Give --out the name of a file in it, for instance {path / 'form.xlsx'}.")
    if path.exists() and not replace:
        raise UserError(
            f"{path}: is there already and may hold answers. Add --replace to write an empty form over it, or give "
            "another name with --out."
        )
    for mark in (f".~lock.{path.name}#", f"~${path.name}"):
        if path.with_name(mark).exists():
            raise UserError(f"{path.name} is open in a spreadsheet program. Close it and try again.")
    return write_whole(path, form_bytes(form))


def form_bytes(form: Form) -> bytes:
    """The workbook's content; the same form gives the same bytes."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    _write_cover(book.create_sheet(COVER), form)
    ranges = _list_ranges(form)
    for sheet in form.sheets:
        _write_sheet(book.create_sheet(sheet.title), sheet, ranges, form.title)
    _write_table(book.create_sheet(GUIDANCE), *_guidance(form), (16, 34, 70, 60))
    _write_lists(book.create_sheet(LISTS), ranges)
    book.active = 0
    facts, moment = book.properties, dt.datetime.combine(form.day, dt.time())
    facts.title, facts.language, facts.creator = form.title, "en-GB", form.creator or "Quality assurance"
    facts.created = moment
    made = io.BytesIO()
    book.save(made)
    return without_times(_with_moment(made.getvalue(), moment))


def _with_moment(archive: bytes, moment: dt.datetime) -> bytes:
    """The workbook with the form's own day as the time of its last change, which openpyxl takes from the clock."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + f"{moment:%FT%TZ}".encode(), content)
            new.writestr(name, content)
    return made.getvalue()


# --- sheets to read -------------------------------------------------------------------------------------------------


def _styles():
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

    edge = Side(style="thin", color=_EDGE)
    return {
        "header": Font(name=_FONT, size=11, bold=True, color="FFFFFF"),
        "plain": Font(name=_FONT, size=11),
        "bold": Font(name=_FONT, size=11, bold=True),
        "title": Font(name=_FONT, size=16, bold=True),
        "heading": Font(name=_FONT, size=13, bold=True, color=_HEADER),
        "dark": PatternFill("solid", start_color=_HEADER),
        "grey": PatternFill("solid", start_color=_LOCKED),
        "sand": PatternFill("solid", start_color="FFF3D6"),
        "edge": Border(left=edge, right=edge, top=edge, bottom=edge),
        "wrap": Alignment(wrap_text=True, vertical="top"),
    }


def _write_cover(ws: Worksheet, form: Form) -> None:
    style = _styles()
    ws.column_dimensions["A"].width = _COVER_WIDTH
    lines = [(form.title, "title")]
    for heading, sentences in form.cover:
        lines += [(heading, "heading"), *((s, "plain") for s in sentences)]
    for row, (text, font) in enumerate(lines, start=1):
        cell = _put(ws.cell(row, 1), text)
        cell.font, cell.alignment = style[font], style["wrap"]
        size = style[font].size
        n_lines = _n_lines(text, int(_COVER_WIDTH * 11 / size))
        ws.row_dimensions[row].height = _LINE * n_lines * size / 11 + (14 if font == "heading" else 4)
    _set_up(ws, form.title, landscape=False)
    _protect(ws)


def _guidance(form: Form) -> tuple[list[str], list[list[str]]]:
    rows = []
    for sheet in form.sheets:
        rows += [[sheet.title, e.header, e.guidance, _may_be(e)] for e in sheet.entries]
    return ["Sheet", "Column", "What to enter", "What is taken"], rows


def _may_be(entry: Entry) -> str:
    """What a column takes, in words."""
    if entry.options:
        listed = ", ".join(entry.options[:12]) + (" … (see the sheet Lists)" if len(entry.options) > 12 else "")
        return listed if entry.only_options else f"{listed}; or other words"
    if entry.is_date:
        after = f" from {_day(entry.earliest)}" if entry.earliest else ""
        return f"A date{after}{'' if entry.may_be_future else ', not in the future'}"
    if entry.between:
        return f"A number from {entry.between[0]:g} to {entry.between[1]:g}"
    if entry.unique:
        return "A text that stands once only"
    return "Filled in already" if entry.prefilled and not entry.open else "Text"


def _day(day: dt.date) -> str:
    return f"{day.day} {day:%B %Y}"


def _write_table(ws: Worksheet, headers: Sequence[str], rows: Sequence[Sequence[Any]], widths: Sequence[int]) -> None:
    """A table to read: one header row, frozen, nothing to fill in."""
    from openpyxl.utils import get_column_letter

    style = _styles()
    for i, (header, width) in enumerate(zip(headers, widths, strict=True), start=1):
        cell = _put(ws.cell(1, i), header)
        cell.font, cell.fill, cell.alignment, cell.border = (style[s] for s in ("header", "dark", "wrap", "edge"))
        ws.column_dimensions[get_column_letter(i)].width = width
    for r, row in enumerate(rows, start=2):
        for i, value in enumerate(row, start=1):
            if value in ("", None):
                continue
            cell = _put(ws.cell(r, i), value)
            cell.font, cell.alignment, cell.border = style["plain"], style["wrap"], style["edge"]
        n_lines = max(_n_lines(str(v), w) for v, w in zip(row, widths, strict=True))
        ws.row_dimensions[r].height = _LINE * n_lines + 2
    ws.freeze_panes = "A2"
    _set_up(ws, ws.title, landscape=True)
    _protect(ws)


def _list_ranges(form: Form) -> dict[tuple[str, ...], tuple[str, str]]:
    """Each list of options once: the header it stands under on the sheet Lists, and its range."""
    from openpyxl.utils import get_column_letter

    named: dict[tuple[str, ...], list[str]] = {}
    for sheet in form.sheets:
        for entry in sheet.entries:
            if entry.options:
                named.setdefault(entry.options, []).append(entry.header)
    ranges = {}
    for i, (options, headers) in enumerate(named.items(), start=1):
        letter = get_column_letter(i)
        header = headers[0] if len(headers) == 1 else f"{headers[0]} and others"
        ranges[options] = (header, f"{LISTS}!${letter}$2:${letter}${len(options) + 1}")
    return ranges


def _write_lists(ws: Worksheet, ranges: dict[tuple[str, ...], tuple[str, str]]) -> None:
    depth = max((len(o) for o in ranges), default=0)
    rows = [[o[r] if r < len(o) else "" for o in ranges] for r in range(depth)]
    widths = [min(50, max(18, *(len(x) + 2 for x in o))) for o in ranges]
    _write_table(ws, [header for header, _ in ranges.values()], rows, widths)


# --- sheets to fill in ----------------------------------------------------------------------------------------------


def _write_sheet(ws: Worksheet, sheet: Sheet, ranges: dict, title: str) -> None:
    from openpyxl.styles import Protection
    from openpyxl.utils import get_column_letter

    style = _styles()
    last = 1 + max(len(sheet.rows), sheet.n_rows)
    tall = 1
    for i, entry in enumerate(sheet.entries, start=1):
        cell = _put(ws.cell(1, i), entry.header)
        cell.font, cell.fill, cell.alignment, cell.border = (style[s] for s in ("header", "dark", "wrap", "edge"))
        given = (len(row[i - 1]) + 2 for row in sheet.rows if isinstance(row[i - 1], str))
        width = min(max(entry.width, *given, 0), _WIDEST) if entry.prefilled else entry.width
        ws.column_dimensions[get_column_letter(i)].width = width
        tall = max(tall, _n_lines(entry.header, width))
        _check_entries(ws, entry, i, last, ranges)
    ws.row_dimensions[1].height = _LINE * tall + 4
    for r in range(2, last + 1):
        given = sheet.rows[r - 2] if r - 2 < len(sheet.rows) else ()
        for i, entry in enumerate(sheet.entries, start=1):
            value = given[i - 1] if i <= len(given) else None
            cell = ws.cell(r, i)
            cell.font, cell.alignment, cell.border = style["plain"], style["wrap"], style["edge"]
            cell.number_format = "yyyy-mm-dd" if entry.is_date else "General" if entry.between else "@"
            if value not in (None, ""):
                _put(cell, value)
            fixed = entry.prefilled and not entry.open and value not in (None, "")
            cell.protection = Protection(locked=fixed)
            if fixed:
                cell.fill = style["grey"]
            elif r - 2 in sheet.shaded:
                cell.fill = style["sand"]
    n_names = sum(e.names_row for e in sheet.entries)
    ws.freeze_panes = f"{get_column_letter(n_names + 1)}2"
    ws.print_area = f"A1:{get_column_letter(len(sheet.entries))}{last}"
    if n_names:
        ws.print_title_cols = f"A:{get_column_letter(n_names)}"
    _set_up(ws, title, landscape=True, width=sum(d.width for d in ws.column_dimensions.values()))
    _protect(ws)


def _n_lines(text: str, width: int) -> int:
    """Lines that a header takes in a column of this width, words kept whole."""
    return sum(max(1, len(textwrap.wrap(part, max(width - 1, 4)))) for part in text.split("\n"))


def _check_entries(ws: Worksheet, entry: Entry, column: int, last: int, ranges: dict) -> None:
    """What a column's cells take, with the guidance shown beside the cell; the header shows it too."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    letter = get_column_letter(column)
    prompt = {"promptTitle": entry.header[:32], "prompt": _shortened(entry.guidance), "showInputMessage": True}
    taken = f"{entry.header[:60]}: {_may_be(entry)}."
    fault = {"errorTitle": "Please enter it otherwise", "error": _shortened(taken, _MOST_IN_ERROR), "showErrorMessage": True}
    if entry.prefilled and not entry.open:
        rule = None
    elif entry.options:
        fault["showErrorMessage"] = entry.only_options
        rule = DataValidation(type="list", formula1=ranges[entry.options][1], allow_blank=True, **prompt, **fault)
    elif entry.is_date:
        to = _serial(_LATEST) if entry.may_be_future else "TODAY()"
        rule = DataValidation(type="date", operator="between", formula1=_serial(entry.earliest or _EARLIEST),
                              formula2=to, allow_blank=True, **prompt, **fault)
    elif entry.between:
        low, high = (f"{x:g}" for x in entry.between)
        rule = DataValidation(type="decimal", operator="between", formula1=low, formula2=high, allow_blank=True,
                              **prompt, **fault)
    elif entry.unique:
        formula = f"COUNTIF(${letter}$2:${letter}${last},{letter}2)=1"
        rule = DataValidation(type="custom", formula1=formula, allow_blank=True, **prompt, **fault)
    else:
        rule = DataValidation(allow_blank=True, **prompt)
    header = DataValidation(allow_blank=True, **prompt)
    header.add(f"{letter}1")
    ws.add_data_validation(header)
    if rule:
        rule.add(f"{letter}2:{letter}{last}")
        ws.add_data_validation(rule)


def _serial(day: dt.date) -> str:
    return str((day - dt.date(1899, 12, 30)).days)


def _shortened(text: str, most: int = _MOST_IN_PROMPT) -> str:
    if len(text) <= most:
        return text
    return text[: most - 26].rsplit(" ", 1)[0] + " … (see sheet Guidance)"


def _put(cell: Cell, value: Any) -> Cell:
    """The cell with a value in it; text that begins like a formula stays text."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    if not isinstance(value, str):
        cell.value = value
        return cell
    cell.value = ILLEGAL_CHARACTERS_RE.sub(" ", value)[:32_000]
    if value[:1] in "=+-@":
        cell.data_type, cell.quotePrefix = "s", True
    return cell


def _set_up(ws: Worksheet, title: str, landscape: bool, width: float = 0) -> None:
    from openpyxl.worksheet.properties import PageSetupProperties

    ws.page_setup.orientation = "landscape" if landscape else "portrait"
    ws.page_setup.paperSize = ws.PAPERSIZE_A3 if width > _A4_WIDTH else ws.PAPERSIZE_A4
    ws.page_setup.fitToWidth, ws.page_setup.fitToHeight = max(1, math.ceil(width / _A3_WIDTH)), 0
    ws.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    if ws.freeze_panes:
        ws.print_title_rows = "1:1"
    ws.oddHeader.left.text = title.replace("&", "&&")
    ws.oddFooter.left.text = "Names cases: for those who do this work only"
    ws.oddFooter.right.text = "Page &P of &N"
    ws.page_margins.left = ws.page_margins.right = 0.4
    ws.page_margins.top, ws.page_margins.bottom = 0.7, 0.7


def _protect(ws: Worksheet) -> None:
    """Locked cells can't be changed by accident; there is no password, so that whoever must can take it off."""
    ws.protection.sheet = True
    ws.protection.formatColumns = ws.protection.formatRows = False  # widths and heights may be changed
    ws.protection.sort = ws.protection.autoFilter = False


