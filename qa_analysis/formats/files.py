"""Files written whole or not at all, the same for the same content; and what to say when a package is missing."""

from __future__ import annotations

import importlib
import io
import os
import tempfile
import zipfile
from pathlib import Path
from types import ModuleType

from qa_analysis.errors import UserError

EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first date a zip file can hold


def write_whole(path: str | Path, content: bytes) -> Path:
    """The file in its place in one step: a reader never meets half of it. Raises UserError where it can't be."""
    path = Path(path)
    part = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            part = file.name
            file.write(content)
        os.chmod(part, 0o644)
        os.replace(part, path)
    except OSError as fault:
        if part:
            Path(part).unlink(missing_ok=True)
        raise UserError(
            f"{path.name} can't be written: {fault.strerror or fault}. Close it if it is open, and check that its "
            "folder may be written to and has room."
        ) from fault
    return path


def without_times(archive: bytes) -> bytes:
    """A zipped document (Word, Excel) without the time it was made, so that the same content gives the same file."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, EARLIEST)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            new.writestr(entry, old.read(name))
    return made.getvalue()


def needed(module: str, package: str, for_what: str) -> ModuleType:
    """A package that only one format needs. Raises UserError saying how to get it."""
    try:
        return importlib.import_module(module)
    except ImportError as fault:
        raise UserError(
            f"{for_what} needs the package '{package}', which is not installed. Install it with "
            f"'pip install {package}', or leave this format out of --formats."
        ) from fault
