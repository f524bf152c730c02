"""Typst as this project uses it: which fonts it finds, which characters they hold, and pictures from SVG."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from qa_analysis.formats.files import needed

# faces of the same widths first; the last is always there, since it comes with matplotlib
FONTS = ("Arial", "Liberation Sans", "Helvetica", "DejaVu Sans")
_INVISIBLE = re.compile("[\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff\U0001f3fb-\U0001f3ff]")


def typst() -> Any:
    """The package that sets type. Raises UserError if it is not installed."""
    return needed("typst", "typst", "A PDF report")


def font_folder() -> str:
    """The folder of the font that is always there."""
    import matplotlib

    return str(Path(matplotlib.get_data_path()) / "fonts" / "ttf")


def compiled(source: str, content: dict[str, Any], root: Path | None = None, **more: Any) -> Any:
    """What Typst makes of a source and its content, which goes in as JSON so that no text of a record is markup."""
    return typst().compile(
        source.encode("utf-8"),
        sys_inputs={"content": json.dumps(content, ensure_ascii=False)},
        font_paths=[font_folder()],
        root=root,
        **more,
    )


def png_pictures(svgs: Sequence[str], dpi: int = 200) -> list[bytes]:
    """Each SVG as a PNG of few colours at print resolution, for formats that take no SVG."""
    if not svgs:
        return []
    source = (
        "#set page(width: auto, height: auto, margin: 0pt)\n"
        '#for s in json(bytes(sys.inputs.content)).svgs { page(image(bytes(s), format: "svg")) }'
    )
    made = compiled(source, {"svgs": [readable_svg(s) for s in svgs]}, format="png", ppi=dpi)
    return [_of_few_colours(p, dpi) for p in ([made] if isinstance(made, bytes) else made)]


def _of_few_colours(png: bytes, dpi: int) -> bytes:
    import io

    from PIL import Image

    small = io.BytesIO()
    image = Image.open(io.BytesIO(png)).convert("RGB")
    image = image.quantize(64, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    palette = image.getpalette()
    corner = 3 * image.getpixel((0, 0))
    if palette and min(palette[corner : corner + 3]) > 240:  # the tree makes white paper slightly grey
        palette[corner : corner + 3] = [255, 255, 255]
        image.putpalette(palette)
    image.save(small, "PNG", dpi=(dpi, dpi))
    return small.getvalue()


def readable(text: str) -> str:
    """Text that the fonts can show: a character that none of them holds, such as an emoji, is named in brackets.

    PDF/UA allows no character without its shape, and a box would tell a reader nothing.
    """
    if text.isascii():
        return text
    held = _held()
    return re.sub(r"\S+", lambda m: _named(m[0], held) if any(ord(c) not in held for c in m[0]) else m[0], text)


def readable_svg(svg: str) -> str:
    """A picture whose words the fonts can show."""
    return svg if svg.isascii() else re.sub(r">[^<]+<", lambda m: readable(m[0]), svg)


def _named(word: str, held: frozenset[int]) -> str:
    parts: list[str] = []
    names: list[str] = []
    for c in word:
        if _INVISIBLE.match(c):
            continue
        if ord(c) in held:
            parts += [f"[{', '.join(names)}]"] if names else []
            names = []
            parts.append(c)
        else:
            names.append(unicodedata.name(c, "unknown character").lower())
    return "".join(parts + ([f"[{', '.join(names)}]"] if names else []))


@cache
def _held() -> frozenset[int]:
    """The characters of the font that is always there."""
    from matplotlib.ft2font import FT2Font

    return frozenset(FT2Font(str(Path(font_folder()) / "DejaVuSans.ttf")).get_charmap())
