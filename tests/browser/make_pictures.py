"""Draws the pictures of docs/charts.md from the invented demo: python tests/browser/make_pictures.py"""

from __future__ import annotations

import sys
from pathlib import Path
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from browser import demo  # noqa: E402
from qa_analysis import show  # noqa: E402

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "charts"


def main() -> None:
    """One SVG for each kind of chart, named after its function; the first of a kind is kept."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    names, kept = demo.namespace(), set()
    for kind, source in demo._demo_cells():
        if kind != "code" or "charts." not in source:
            continue
        function = source.split("charts.")[1].split("(")[0]
        if function in kept or "grades_all" in source:
            continue
        kept.add(function)
        shown: list[dict] = []
        with patch.object(show, "_display_bundle", shown.append):
            exec(source, names)  # noqa: S102
        (FOLDER / f"{function}.svg").write_text(shown[0][show.DATA_TYPE]["svg"], encoding="utf-8")


if __name__ == "__main__":
    main()
