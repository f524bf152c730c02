"""A chart as a small picture: SVG for the page, PNG where a format needs one.

Measured on five charts: SVG with text as text, its styles shared, takes 4 to 14 KB in a page; a PNG of 32 colours at
150 dpi takes 15 to 40 KB, and SVG with text as outlines 50 to 105 KB. SVG stays sharp at 400% zoom and on paper, and
the reader's own fonts draw emoji and right-to-left names.
"""

from __future__ import annotations

import io
import re
from urllib.parse import quote

import matplotlib as mpl
from lxml import etree

from qa_analysis.charts.look import Chart, house_style

_SVG = "{http://www.w3.org/2000/svg}"
_XLINK = "{http://www.w3.org/1999/xlink}href"
_FONTS = "Arial,'Liberation Sans',Helvetica,Roboto,sans-serif"  # faces of the same widths first
_NUMBER = re.compile(r"-?\d+\.\d+")
_UNTURNED = re.compile(r"rotate\(-?0,[^)]*\)")
_GAP = re.compile(r"(?<=\d) (?=[-\d])")
_STEP = re.compile(r"([MLCQZz])([^MLCQZz]*)")


def svg_text(chart: Chart) -> str:
    """The chart as SVG text, with shared styles, one decimal of a point, and no name that nothing refers to.

    Numbers are parted by commas: in the address of a picture a space takes three characters.
    """
    raw = io.BytesIO()
    with house_style(), mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "qa_analysis"}):
        chart.settle()
        chart.savefig(
            raw, format="svg", facecolor="white", metadata={"Date": None, "Creator": None, "Format": None, "Type": None}
        )
    root = etree.fromstring(raw.getvalue(), etree.XMLParser(remove_comments=True, remove_blank_text=True))
    _drop_unused_names(root)
    _share_styles(root)
    for element in root.iter():
        for name in ("x", "y", "width", "height", "transform", "points"):
            if value := element.get(name):
                element.set(name, _GAP.sub(",", " ".join(_NUMBER.sub(_shorter, value).split())))
        if path := element.get("d"):
            element.set("d", _short_path(path))
        if _UNTURNED.fullmatch(element.get("transform", "")):
            del element.attrib["transform"]
    _drop_empty_groups(root)
    return etree.tostring(root, encoding="unicode")


def data_uri(svg: str) -> str:
    """SVG as an address for an `img`; percent-encoded, which is a quarter smaller than base64."""
    return "data:image/svg+xml," + quote(svg.replace('"', "'"), safe=" =:/;,.'()-_!*@?$+|~`")


def png_bytes(chart: Chart, dpi: int = 200, colours: int = 64) -> bytes:
    """The chart as a PNG of few colours at print resolution, for formats that take no SVG."""
    from PIL import Image

    raw, small = io.BytesIO(), io.BytesIO()
    with house_style():
        chart.settle()
        chart.savefig(raw, format="png", dpi=dpi, facecolor="white")
    raw.seek(0)
    # the octree keeps text edges clean and takes half the time of the other methods
    image = Image.open(raw).convert("RGB").quantize(colours, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    image.save(small, "PNG", optimize=True, dpi=(dpi, dpi))
    return small.getvalue()


def _shorter(found: re.Match[str]) -> str:
    return f"{round(float(found[0]), 1) + 0:g}"


def _short_path(path: str) -> str:
    """A path with one decimal, its straight lines relative: half as long. Steps are from where rounding has led."""
    out, x, y = [], 0.0, 0.0
    for letter, numbers in _STEP.findall(path):
        values = [round(float(v), 1) for v in numbers.split()]
        if letter == "M":
            out.append(("M", values))
        elif letter == "L":
            across, down = round(values[0] - x, 1), round(values[1] - y, 1)
            if across and down or not (across or down or (out and out[-1][0] in "lhv")):
                out.append(("l", [across, down]))
            elif across or down:
                out.append(("h", [across]) if across else ("v", [down]))
        else:
            out.append((letter, values))
        x, y = values[-2:] if values else (x, y)
    text, before = "", ""
    for letter, values in out:
        text += ("," if letter == before and letter in "lhv" else letter) + ",".join(f"{v + 0:g}" for v in values)
        before = letter
    return text.replace(",-", "-")


def _drop_unused_names(root: etree._Element) -> None:
    used = set()
    for element in root.iter():
        for name, value in element.attrib.items():
            used.update(re.findall(r"url\(#([^)]+)\)", value))
            if name == _XLINK:
                used.add(value.lstrip("#"))
    short = {name: f"a{i}" for i, name in enumerate(sorted(used))}
    for element in root.iter():
        if element.get("id") in short:
            element.set("id", short[element.get("id")])
        elif "id" in element.attrib:
            del element.attrib["id"]
        for name, value in element.attrib.items():
            if name == _XLINK:
                element.set(name, f"#{short[value.lstrip('#')]}")
            elif "url(#" in value:
                element.set(name, re.sub(r"url\(#([^)]+)\)", lambda m: f"url(#{short[m[1]]})", value))


def _font(found: re.Match[str]) -> str:
    kind = {"bold": ";font-weight:bold", "italic": ";font-style:italic"}.get(found[1] or "", "")
    return f"font-size:{found[2]}{kind}"


def _share_styles(root: etree._Element) -> None:
    """Styles used more than once become rules, so that each is written once."""
    rules: dict[str, str] = {}
    for element in root.iter():
        if style := element.attrib.pop("style", ""):
            if within := element.attrib.pop("clip-path", ""):  # the frame of a chart, which nearly all its marks name
                style = f"{style};clip-path:{within}"
            style = re.sub(r"font: *(bold|italic)?[^;]*?([\d.]+px)[^;]*", _font, style)
            style = re.sub(r"font-family:[^;]*;?", "", style)
            style = re.sub(r"\s*([:;,])\s*", r"\1", style).strip("; ")
            style = style.replace("#ffffff", "#fff")
            element.set("class", rules.setdefault(style, f"s{len(rules)}"))
    sheet = next(root.iter(f"{_SVG}style"))
    sheet.text = f"*{{stroke-linejoin:round}}text{{font-family:{_FONTS}}}"
    sheet.text += "".join(f".{name}{{{style}}}" for style, name in rules.items())


def _drop_empty_groups(root: etree._Element) -> None:
    for group in list(root.iter(f"{_SVG}g"))[::-1]:
        if not len(group):
            group.getparent().remove(group)
        elif not group.attrib:
            parent = group.getparent()
            at = parent.index(group)
            parent[at : at + 1] = list(group)
