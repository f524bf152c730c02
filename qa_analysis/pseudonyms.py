"""Cases and people under names that say nothing: a keyed hash, with the key kept outside the data."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

import pandas as pd
import platformdirs

from qa_analysis.errors import UserError
from qa_analysis.schema import TABLES

HIDDEN = "[hidden]"
OPEN_AUDIENCES = ("supervision",)
AUDIENCES = ("supervision", "team", "board", "public")
_CASES = {"case_id": "C", "replaces": "C", "respondent_id": "R"}


def pseudonym_key() -> bytes:
    """The key: from the environment (QA_KEY), else from a file that only its owner may read, made on first use."""
    if text := os.environ.get("QA_KEY"):
        return text.encode()
    path = Path(platformdirs.user_config_dir("qa_analysis")) / "key"
    try:
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w") as f:
                f.write(secrets.token_hex(32))
        return path.read_text().strip().encode()
    except FileExistsError:
        return path.read_text().strip().encode()
    except OSError as error:
        raise UserError(
            f"the key for pseudonyms can't be kept in {path} ({error}). "
            "Set QA_KEY to a long secret text, the same at every run."
        ) from error


def pseudonym(text: str, kind: str, key: bytes) -> str:
    """The same name for the same text and key, e.g. "C-3f2a91c04b": no way back without the key."""
    digest = hashlib.blake2b(text.encode(), key=hashlib.sha256(key).digest(), person=kind.encode(), digest_size=5)
    return f"{kind}-{digest.hexdigest()}"


def hide_tables(tables: dict[str, pd.DataFrame], key: bytes) -> dict[str, pd.DataFrame]:
    """The tables with every case number and every person under a pseudonym; who is the same stays the same."""
    out = {}
    for name, frame in tables.items():
        changed = {}
        for column in TABLES[name].columns:
            kind = _CASES.get(column.name) or ("P" if column.kind == "person" else "")
            if kind and column.name in frame:
                changed[column.name] = _hide(frame[column.name], kind, key)
        out[name] = frame.assign(**changed)
    return out


def _hide(column: pd.Series, kind: str, key: bytes) -> pd.Series:
    codes, distinct = pd.factorize(column)
    made = [
        ";".join(pseudonym(p, kind, key) for p in str(t).split(";")) if kind == "P" else pseudonym(str(t), kind, key)
        for t in distinct
    ]
    named = pd.Series(pd.array(made, dtype="str")).reindex(range(-1, len(made)))
    return pd.Series(named.loc[codes].to_numpy(), index=column.index, dtype="str")


def hide_issues(issues: pd.DataFrame) -> pd.DataFrame:
    """The issues without what was typed: rules, places and counts stay."""
    shown = issues["rule"].isin(["order of day and month", "column not used"])
    typed = {c: issues[c].astype("str") for c in ("value_found", "value_used")}
    return issues.assign(**{c: t.where(shown | t.eq(""), HIDDEN).astype("category") for c, t in typed.items()})


def hide_set_aside(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows set aside with their place and reason, without their cells."""
    return rows.assign(value_found=rows["value_found"].where(rows["value_found"].eq(""), HIDDEN), cells="")
