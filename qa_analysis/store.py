"""Cleaned tables kept as Arrow files, so that unchanged inputs are not cleaned twice.

Arrow and not Parquet: a file can be mapped into memory as it is, and lists of categories that no row uses are kept.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import time
from datetime import date
from functools import lru_cache
from pathlib import Path

import pandas as pd
import pyarrow as pa

from qa_analysis.errors import UserError
from qa_analysis.read import sha256

FOLDER = ".qa_store"
KEPT = 2  # cleaned versions kept; older ones make room
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
            _write_table(making / f"{name}.arrow", frame)
        about = about | {"tables": list(tables), "valid_until": valid_until.isoformat() if valid_until else None}
        (making / "about.json").write_text(json.dumps(about))
        os.replace(making, target)
        _make_room(folder, target)
    except OSError:
        if making is not None:
            shutil.rmtree(making, ignore_errors=True)


def _write_table(path: Path, frame: pd.DataFrame) -> None:
    table = pa.Table.from_pandas(frame, preserve_index=False)
    columns = [c.chunk(0) if c.num_chunks == 1 else c.combine_chunks() for c in table.columns]
    batch = pa.RecordBatch.from_arrays(columns, schema=table.schema)  # one: without rows, too, it holds categories
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, batch.schema) as writer:
        writer.write_batch(batch)


def _read_table(path: Path) -> pd.DataFrame:
    with pa.memory_map(str(path)) as file:
        return pa.ipc.open_file(file).read_all().to_pandas()


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
        return {name: _read_table(target / f"{name}.arrow") for name in about["tables"]}, about
    except (OSError, ValueError, KeyError):
        return None


# --- fingerprints ---------------------------------------------------------------------------------------------------

_HASHES = "hashes.json"
_SETTLED_NS = 2_000_000_000  # a file changed this shortly before its fingerprint was taken may change again unseen


def fingerprints(paths: list[Path], folder: Path | None) -> dict[Path, str]:
    """The sha256 of each file. With a store, a file whose size and time of change are those of the last fingerprint is
    not read again, as version control does it."""
    known = {}
    try:
        known = json.loads((folder / _HASHES).read_text()) if folder else {}
    except (OSError, ValueError):
        pass
    out, now = {}, {}
    for path in paths:
        stat = path.stat()
        name, sign = str(path.resolve()), [stat.st_size, stat.st_mtime_ns]
        kept = known.get(name)
        if kept and kept[:2] == sign and kept[3] - stat.st_mtime_ns > _SETTLED_NS:
            out[path], now[name] = kept[2], kept
        else:
            out[path] = sha256(path)
            now[name] = [*sign, out[path], time.time_ns()]
    if folder and now != {n: known.get(n) for n in now}:
        _write_hashes(folder, known | now)
    return out


def _write_hashes(folder: Path, hashes: dict) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, making = tempfile.mkstemp(prefix=".making-", dir=folder)
        with os.fdopen(handle, "w") as f:
            json.dump(hashes, f)
        os.replace(making, folder / _HASHES)
    except OSError:
        pass
