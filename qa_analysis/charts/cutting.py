"""A picture too tall for a sheet of paper, cut between its rows: what is printed must not be cut through a line."""

from __future__ import annotations

import re
from itertools import pairwise

from lxml import etree

TALLEST = 1.4  # height of a picture on a page, for a width of 1
KEPT_WHOLE = 1.6  # up to here it is made smaller, rather than parted for a row or two
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_STEP = re.compile(r"([A-Za-z])([^A-Za-z]*)")
_TEXT = re.compile(r'<text[^>]*?(?:\sy="([-\d.]+)"|translate\([-\d.]+[ ,]+([-\d.]+)\))')
_MOVED = re.compile(r"translate\([-\d.]+[ ,]+([-\d.]+)\)")
_PATH = re.compile(r'<path[^>]*?\sd="([^"]+)"')
_VIEW_BOX = re.compile(r'viewBox="([-\d.]+)[ ,]+([-\d.]+)[ ,]+([\d.]+)[ ,]+([\d.]+)"')
_ASCENT, _DESCENT = 8, 2.5  # of the letters of a chart, in its own units
_SVG = "{http://www.w3.org/2000/svg}"


def shape_of(svg: str, otherwise: float = 0.6) -> float:
    """The height of a picture for a width of 1."""
    box = _VIEW_BOX.search(svg)
    return float(box[4]) / float(box[3]) if box else otherwise


def pieces(svg: str) -> list[str]:
    """A picture that fits a sheet as it is; a taller one in parts that hold only what is to be seen in them."""
    box = _VIEW_BOX.search(svg)
    if box is None or shape_of(svg) <= KEPT_WHOLE:
        return [svg]
    left, top, width, height = map(float, box.groups())
    cuts, gaps = [top], _gaps(svg, width)
    while top + height - cuts[-1] > width * KEPT_WHOLE:
        cuts.append(_cut(gaps, cuts[-1], width * TALLEST))
    return [_window(svg, left, a, width, b - a) for a, b in pairwise([*cuts, top + height])]


def _cut(gaps: list[tuple[float, float]], start: float, most: float) -> float:
    """Where to cut: the widest gap in the lower half of a page, the lower one of two alike."""
    fit = [(round(b - a), (a + b) / 2) for a, b in gaps if start + most / 2 < (a + b) / 2 <= start + most]
    return max(fit)[1] if fit else start + most


def _gaps(svg: str, width: float) -> list[tuple[float, float]]:
    """The heights at which nothing is drawn but lines that run through many rows, such as a grid."""
    drawn = [(float(a or b) - _ASCENT, float(a or b) + _DESCENT) for a, b in _TEXT.findall(svg)]
    for path in _PATH.findall(svg):
        heights = _heights(path)
        if heights and 1 < max(heights) - min(heights) < width / 2:
            drawn.append((min(heights) + 0.5, max(heights) - 0.5))
    gaps, reached = [], None
    for low, high in sorted(drawn):
        if reached is not None and low > reached:
            gaps.append((reached, low))
        reached = high if reached is None else max(reached, high)
    return gaps


def _heights(path: str) -> list[float]:
    """The heights that a path goes through; its straight lines may be written as steps from the point before."""
    heights = [0.0]
    for letter, numbers in _STEP.findall(path):
        steps = [float(n) for n in _NUMBER.findall(numbers)]
        for y in steps if letter == "v" else [] if letter == "h" else steps[1::2]:
            heights.append(heights[-1] + y if letter in "lv" else y)
    return heights[1:]


def _window(svg: str, left: float, top: float, width: float, height: float) -> str:
    """The part of a picture between two heights, without what lies outside it."""
    root = etree.fromstring(svg)
    root.set("viewBox", f"{left:g} {top:g} {width:g} {height:g}")
    root.set("width", f"{width:g}pt")
    root.set("height", f"{height:g}pt")
    for element in list(root.iter(f"{_SVG}text", f"{_SVG}path", f"{_SVG}use")):
        kept_for_others = any(a.tag in (f"{_SVG}defs", f"{_SVG}clipPath") for a in element.iterancestors())
        heights = [] if kept_for_others else _drawn_at(element)
        # a cut lies between rows, so the foot of a letter says on which side all of it is
        near = 0 if element.tag == f"{_SVG}text" else 1  # cells of a grid touch, so a cut may graze their edge
        if heights and (max(heights) <= top + near or min(heights) > top + height - near):
            element.getparent().remove(element)
    return etree.tostring(root, encoding="unicode")


def _drawn_at(element: etree._Element) -> list[float]:
    """The heights at which an element is drawn; none where that is not plain, so that it is kept."""
    turned, y = element.get("transform", ""), element.get("y", "")
    if element.tag == f"{_SVG}text" and (moved := _MOVED.match(turned)):
        y = moved[1]
    elif turned and element.tag != f"{_SVG}text":
        return []
    if path := element.get("d"):
        return _heights(path)
    return [float(y)] if _NUMBER.fullmatch(y) else []
