"""One notebook, one set of parameters, one report: executed, rendered, written whole, with its provenance.

    outcome = make_report(find_notebook("monthly_themes"), {"period": "2019-09"}, out="reports", ...)

A report is `<out>/<period>/<notebook>[-<scope>].html`, beside it the executed notebook (`.ipynb`) and
`.manifest.json`. Nothing is left half-written: files are made in a temporary folder and moved in one step.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import os
import platform
import re
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from qa_analysis.errors import UserError
from qa_analysis.formats import write_format
from qa_analysis.formats.files import write_whole
from qa_analysis.quick_import import without_slow_grammars

PROJECT = Path(__file__).resolve().parents[1]
VERSIONS_OF = (
    "qa_analysis",
    "pandas",
    "numpy",
    "scipy",
    "statsmodels",
    "matplotlib",
    "seaborn",
    "papermill",
    "nbconvert",
)
SCOPES = ("service", "locality", "team")


@dataclass(frozen=True)
class Outcome:
    """What became of one report: its files, or why it failed. `seconds` is wall time."""

    name: str
    files: dict[str, Path] = field(default_factory=dict)
    error: str = ""
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        return not self.error


def notebooks_folder() -> Path:
    """The folder of report notebooks: `notebooks` where the command is run, else beside the package."""
    here = Path("notebooks")
    return here if here.is_dir() else PROJECT / "notebooks"


def find_notebook(name: str) -> Path:
    """The notebook of that name or path. Raises UserError naming the ones there are."""
    path = Path(name)
    if path.suffix == ".ipynb" and path.is_file():
        return path
    folder = notebooks_folder()
    found = folder / f"{path.stem if path.suffix == '.ipynb' else name}.ipynb"
    if found.is_file():
        return found
    there = sorted(p.stem for p in folder.glob("*.ipynb"))
    raise UserError(f"There is no notebook '{name}'. {_nearest(name, there)}Notebooks: {', '.join(there) or 'none'}.")


def _nearest(word: str, allowed: list[str]) -> str:
    close = difflib.get_close_matches(word, allowed, n=1, cutoff=0.6)
    return f"Did you mean '{close[0]}'? " if close else ""


def declared_parameters(notebook: Path) -> dict[str, dict[str, Any]]:
    """Each parameter of a notebook with its type, default and help, as papermill reads them."""
    with without_slow_grammars():
        import papermill

    return dict(papermill.inspect_notebook(str(notebook)))


_TYPES: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool}


def check_parameters(notebook: Path, given: dict[str, Any]) -> dict[str, Any]:
    """The parameters, each turned into its declared type. Every fault at once as a UserError.

    Papermill only warns of a misspelt name and would run with the default; here the run stops before it starts.
    """
    declared = declared_parameters(notebook)
    faults, typed = [], {}
    for name, value in given.items():
        if name not in declared:
            faults.append(f"'{name}' is no parameter of {notebook.stem}. {_nearest(name, list(declared))}".strip())
            continue
        wanted = _TYPES.get(declared[name]["inferred_type_name"], str)
        try:
            typed[name] = _as_type(value, wanted)
        except ValueError:
            faults.append(f"'{name}' takes {_TYPE_WORDS[wanted]}; found '{value}'.")
    if faults:
        known = "; ".join(
            f"{n} ({_TYPE_WORDS[_TYPES.get(p['inferred_type_name'], str)]}): {p['help']}" for n, p in declared.items()
        )
        raise UserError("\n".join(faults) + f"\nParameters there are: {known}")
    return typed


_TYPE_WORDS = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


def _as_type(value: Any, wanted: type) -> Any:
    if isinstance(value, bool) != (wanted is bool) and not isinstance(value, str):
        raise ValueError(value)
    if wanted is bool:
        words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
        if str(value).strip().lower() not in words:
            raise ValueError(value)
        return words[str(value).strip().lower()]
    if wanted is int and isinstance(value, float) and not value.is_integer():
        raise ValueError(value)
    return wanted(value)


def slug(text: str) -> str:
    """Text as part of a file name: lower case, words joined by hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "x"


def report_name(notebook: Path, parameters: dict[str, Any]) -> str:
    """`monthly_themes` or `monthly_themes-fostering`; the edition for supervision says so in its name.

    So an edition that lists cases never lies where one for a wider audience is looked for.
    """
    parts = [slug(str(parameters[s])) for s in SCOPES if parameters.get(s)]
    parts += ["supervision"] if parameters.get("audience") == "supervision" else []
    return "-".join([notebook.stem, *parts])


def make_report(
    notebook: Path,
    parameters: dict[str, Any],
    *,
    out: Path,
    facts: dict[str, Any] | None = None,
    formats: Sequence[str] = ("html",),
    template: Path | None = None,
    progress: bool = False,
) -> Outcome:
    """Execute, render and write one report; a failure is an Outcome with its reason, not an exception.

    `facts` go into the manifest (inputs' hashes, row counts). `formats`: any of FORMATS; `template` is a council's own
    Word document. Every file is made before the first is put in its place. The failed notebook is kept beside where the report
    would lie, named `<name>.failed.ipynb`, with its traceback.
    """
    with without_slow_grammars():
        import nbformat
        import papermill
        from nbclient.exceptions import CellExecutionError, DeadKernelError
        from papermill.exceptions import PapermillException

        from qa_analysis.exporter import export_html

    started = time.time()
    name = report_name(notebook, parameters)
    folder = Path(out) / slug(str(parameters.get("period", "all")))
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="qa-report-") as temporary:
        executed = Path(temporary) / f"{name}.ipynb"
        try:
            papermill.execute_notebook(
                str(notebook),
                str(executed),
                parameters=parameters,
                progress_bar=progress,
                log_output=False,
                cwd=os.getcwd(),
                extra_arguments=["--IPKernelApp.log_level=ERROR"],  # its warnings are none of a reader's business
            )
            book = _without_machine(nbformat.read(executed, as_version=4), parameters)
            title = _title(book, name, parameters)
            html = export_html(book, title=title)
            parts = {kind: Path(temporary) / f"{name}.{kind}" for kind in formats}
            for kind, part in parts.items():
                write_format(kind, book, html, part, title, template)
            contents = {kind: part.read_bytes() for kind, part in parts.items()}
        except (CellExecutionError, DeadKernelError, PapermillException, UserError) as fault:
            kept = ""
            if executed.exists():
                kept_at = write_whole(folder / f"{name}.failed.ipynb", executed.read_bytes())
                kept = f" The notebook with its traceback is kept: {kept_at}"
            return Outcome(name, error=_reason(fault) + kept, seconds=time.time() - started)
    contents["ipynb"] = nbformat.writes(book).encode("utf-8")
    manifest = _manifest(notebook, parameters, facts or {}, contents, started)
    contents["manifest.json"] = (json.dumps(manifest, indent=2, ensure_ascii=False) + "\n").encode("utf-8")
    files = {kind: write_whole(folder / f"{name}.{kind}", content) for kind, content in contents.items()}
    (folder / f"{name}.failed.ipynb").unlink(missing_ok=True)
    return Outcome(name, files, seconds=time.time() - started)


def _reason(fault: Exception) -> str:
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(fault)).strip()
    named = getattr(fault, "ename", "")
    if named:
        said = str(getattr(fault, "evalue", "")).strip().splitlines()
        return f"{named}: {said[0] if said else ''}"
    return text if isinstance(fault, UserError) else text.splitlines()[-1] if text else type(fault).__name__


def _title(book: Any, name: str, parameters: dict[str, Any]) -> str:
    """The first heading of the notebook with the place and the period, which tell reports apart."""
    heads = [m[1].strip() for cell in book.cells if cell.cell_type == "markdown"
             and (m := re.match(r"#\s+(.+)", cell.source))]
    return ", ".join([*(heads[:1] or [name]), *(str(parameters[s]) for s in (*SCOPES, "period") if parameters.get(s))])


def _without_machine(book: Any, parameters: dict[str, Any]) -> Any:
    """The executed notebook without the machine's paths and times, so that the same inputs give the same file."""
    book.metadata.pop("papermill", None)
    absolute = [str(v) for v in parameters.values() if isinstance(v, str) and Path(v).is_absolute()]
    for cell in book.cells:
        for key in ("papermill", "execution"):
            cell.metadata.pop(key, None)
        if cell.cell_type == "code" and "injected-parameters" in cell.metadata.get("tags", []):
            for path in absolute:
                cell.source = cell.source.replace(path, Path(path).name)
    for number, cell in enumerate(book.cells):
        cell["id"] = f"cell-{number}"
    return book


def _manifest(
    notebook: Path, parameters: dict[str, Any], facts: dict[str, Any], contents: dict[str, bytes], started: float
) -> dict[str, Any]:
    shown = {k: (Path(v).name if isinstance(v, str) and Path(v).is_absolute() else v) for k, v in parameters.items()}
    return {
        "notebook": notebook.name,
        "notebook_sha256": _sha256(notebook.read_bytes()),
        "parameters": shown,
        **facts,
        "versions": {"python": platform.python_version(), **{p: _version(p) for p in VERSIONS_OF}},
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(started)),
        "seconds": round(time.time() - started, 1),
        "outputs_sha256": {kind: _sha256(content) for kind, content in contents.items()},
    }


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def write_index(out: Path) -> Path:
    """`index.html` in the reports folder: every report that lies there, newest period first."""
    from html import escape

    rows = []
    for manifest in sorted(Path(out).glob("*/*.manifest.json")):
        page = manifest.with_name(manifest.name.replace(".manifest.json", ".html"))
        if page.is_file():
            parameters = json.loads(manifest.read_text(encoding="utf-8"))["parameters"]
            scope = ", ".join(str(parameters[s]) for s in SCOPES if parameters.get(s)) or "whole authority"
            rows.append(
                (
                    str(parameters.get("period", "")),
                    page.stem.split("-")[0].replace("_", " "),
                    scope,
                    str(parameters.get("audience", "")),
                    page.relative_to(out).as_posix(),
                )
            )
    rows.sort(key=lambda r: (r[0], r[1], r[2]), reverse=True)
    body = "\n".join(
        f'<tr><th scope="row"><a href="{escape(link)}">{escape(f"{kind.capitalize()}, {period}, {scope}")}</a></th>'
        f"<td>{escape(audience)}</td></tr>"
        for period, kind, scope, audience, link in rows
    )
    page = f"""<!DOCTYPE html>
<html lang="en-GB"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Reports</title><style>body{{font:1.1rem/1.5 system-ui,sans-serif;margin:2rem auto;max-width:50rem;padding:0 1rem;
color:#0b0c0c;background:#fff}}th,td{{text-align:left;padding:.4rem .8rem .4rem 0;font-weight:normal}}a{{color:#12436d}}
caption{{text-align:left;font-weight:bold}}</style></head>
<body><main><h1>Reports</h1><table><caption>Reports in this folder</caption>
<thead><tr><th scope="col">Report</th><th scope="col">Audience</th></tr></thead><tbody>
{body}
</tbody></table></main></body></html>
"""
    write_whole(Path(out) / "index.html", page.encode("utf-8"))
    return Path(out) / "index.html"
