"""One executed report in the formats that readers ask for: HTML, PDF, Word and Excel, with the same numbers in each.

    write_format("pdf", executed_notebook, html, "reports/2019-09/monthly_themes.pdf", "Monthly themes")

The notebook's outputs carry their content as plain values (`show.DATA_TYPE`); `content` reads them into blocks and
`pdf`, `word` and `workbook` each write those blocks. Nothing else goes in: what the page does not show is in no format.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qa_analysis.errors import UserError
from qa_analysis.formats.content import read_content
from qa_analysis.formats.files import write_whole

FORMATS = ("html", "pdf", "docx", "xlsx")


def check_formats(kinds: str | list[str]) -> list[str]:
    """The formats asked for ("html,pdf"), each once and in order. Raises UserError naming those there are."""
    asked = kinds.split(",") if isinstance(kinds, str) else list(kinds)
    asked = list(dict.fromkeys(k.strip().lower().lstrip(".") for k in asked if k.strip()))
    unknown = [k for k in asked if k not in FORMATS]
    if unknown or not asked:
        found = ", ".join(f"'{k}'" for k in unknown) if unknown else "none given"
        raise UserError(f"Formats of a report: {', '.join(FORMATS)}; found {found}. Example: --formats html,pdf")
    return asked


def write_format(
    kind: str, notebook: Any, html: str, path: str | Path, title: str, template: str | Path | None = None
) -> Path:
    """Write one format of an executed report, whole or not at all, and return its path.

    `kind`: html, pdf, docx or xlsx. `notebook`: the executed notebook, a node or a path. `html`: its page as
    `export_html` made it, written as it is. `template`: a council's own Word document (.docx or .dotx), whose styles,
    header and footer the Word report takes. Raises UserError for an unknown format, a package that is not installed,
    or a template that can't be read.
    """
    (kind,) = check_formats([kind])
    path = Path(path)
    if kind == "html":
        return write_whole(path, html.encode("utf-8"))
    blocks = read_content(notebook)
    if kind == "pdf":
        from qa_analysis.formats.pdf import write_pdf

        return write_pdf(blocks, path, title)
    if kind == "docx":
        from qa_analysis.formats.word import write_docx

        return write_docx(blocks, path, title, template=template)
    from qa_analysis.formats.workbook import write_xlsx

    return write_xlsx(blocks, path, title)
