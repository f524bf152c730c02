"""Cleaned tables kept as Parquet, so that unchanged inputs are not cleaned twice."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from datetime import date
from functools import lru_cache
from pathlib import Path

import pandas as pd

from qa_analysis.errors import UserError

FOLDER = ".qa_store"
KEPT = 3  # cleaned versions kept; older ones make room
_CODE = (
    "clean*.py",
    "coded.py",
    "derive.py",
    "headers.py",
    "issues.py",
    "load.py",
    "read*.py",
    "schema.py",
    "sources.py",
    "symbols.py",
    "store.py",
)


@lru_cache(maxsize=1)
def code_version() -> str:
    """The fingerprint of the code that reads and cleans: another version never reads this one's store."""
    total = hashlib.sha256()
    here = Path(__file__).parent
    for path in sorted({p for pattern in _CODE for p in here.glob(pattern)}):
        total.update(path.name.encode() + path.read_bytes())
    return total.hexdigest()


def store_key(inputs: list[tuple[str, str]], profile_text: str, settings: str) -> str:
    """One key for these input files (name, sha256), this profile, these settings and this code."""
    text = json.dumps([sorted(inputs), profile_text, settings, code_version(), pd.__version__])
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def store_folder(data_folder: Path, store: str | Path | None) -> Path | None:
    """Where cleaned tables are kept: a folder named here or in QA_STORE, else beside the data; None for nowhere."""
    if store is None:
        return None
    named = str(store) if str(store) != "auto" else os.environ.get("QA_STORE", "")
    if named.lower() in ("off", "none", "0"):
        return None
    if named:
        folder = Path(named)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(
                f"store '{folder}': can't be made ({error}). Name a folder that may be written, or off."
            ) from error
        return folder
    return data_folder / FOLDER if os.access(data_folder, os.W_OK) else None


def write_store(
    folder: Path, key: str, tables: dict[str, pd.DataFrame], about: dict, valid_until: date | None = None
) -> None:
    """The tables under this key, whole or not at all; a store that can't be written is no fault."""
    target = folder / key
    if target.exists():
        shutil.rmtree(target, ignore_errors=True)
    making = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".gitignore").write_text("*\n")
        making = Path(tempfile.mkdtemp(prefix=".making-", dir=folder))
        for name, frame in tables.items():
            frame.to_parquet(making / f"{name}.parquet", compression="lz4", index=False)
        listed = {name: frame.select_dtypes("category").columns.tolist() for name, frame in tables.items()}
        about = about | {"tables": listed, "valid_until": valid_until.isoformat() if valid_until else None}
        (making / "about.json").write_text(json.dumps(about))
        os.replace(making, target)
        _make_room(folder, target)
    except OSError:
        if making is not None:
            shutil.rmtree(making, ignore_errors=True)


def _make_room(folder: Path, newest: Path) -> None:
    kept = sorted(
        (p for p in folder.iterdir() if p.is_dir() and not p.name.startswith(".")),
        key=lambda p: p.stat().st_mtime,
        reverse=True,
    )
    for old in [p for p in kept if p != newest][KEPT - 1 :]:
        shutil.rmtree(old, ignore_errors=True)


def read_store(folder: Path, key: str, today: date) -> tuple[dict[str, pd.DataFrame], dict] | None:
    """The tables kept under this key, or None where there are none, they are damaged, or a date that lay in the
    future when they were cleaned has come."""
    target = folder / key
    try:
        about = json.loads((target / "about.json").read_text())
        if about["valid_until"] and date.fromisoformat(about["valid_until"]) <= today:
            return None
        return {name: _read_table(target / f"{name}.parquet", listed) for name, listed in about["tables"].items()}, about
    except (OSError, ValueError, KeyError):
        return None


def _read_table(path: Path, listed: list[str]) -> pd.DataFrame:
    """The table with its columns of listed values as such: Parquet forgets that of a column without values."""
    frame = pd.read_parquet(path)
    lost = [c for c in listed if not isinstance(frame[c].dtype, pd.CategoricalDtype)]
    return frame.astype(dict.fromkeys(lost, "category"))
