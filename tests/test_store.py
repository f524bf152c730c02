"""Cleaned tables are kept, found again for the same inputs only, and written whole or not at all."""

import os
from datetime import date

import pandas as pd
import pytest

from qa_analysis import store
from qa_analysis.errors import UserError
from qa_analysis.loading import load
from qa_analysis.schema import TABLES

AUDITS = (
    "Audit number,Date of audit,Case number,Overall grade,Auditor\nA1,25/04/2025,1,RI,Ann Lee\nA2,26/04/2025,2,Good,\n"
)


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.delenv("QA_STORE", raising=False)
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "audits.csv").write_text(AUDITS)
    return folder


def test_a_second_load_comes_from_the_store_and_is_the_same(data):
    first, second = load(data, "manchester"), load(data, "manchester")
    assert (first.from_store, second.from_store) == (False, True)
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(first, name), getattr(second, name))
    for name in ("issues", "row_counts", "set_aside", "inputs"):
        pd.testing.assert_frame_equal(getattr(first, name), getattr(second, name))
    assert second.audits["grade"].cat.ordered


def test_changed_inputs_another_profile_and_other_tables_are_cleaned_anew(data):
    load(data, "manchester")
    assert not load(data, "common").from_store and not load(data, "manchester", tables=["audits"]).from_store
    (data / "audits.csv").write_text(AUDITS.replace("RI", "Inadequate"))
    changed = load(data, "manchester")
    assert not changed.from_store and changed.audits["grade"].tolist()[0] == "Inadequate"


def test_the_store_of_other_code_is_not_read(data, monkeypatch):
    load(data, "manchester")
    monkeypatch.setattr(store, "code_version", lambda: "another")
    assert not load(data, "manchester").from_store


def test_the_store_can_be_turned_off_or_named(data, tmp_path, monkeypatch):
    load(data, "manchester", store=None)
    assert not (data / store.FOLDER).exists()
    monkeypatch.setenv("QA_STORE", str(tmp_path / "elsewhere"))
    load(data, "manchester")
    assert (tmp_path / "elsewhere").is_dir() and not (data / store.FOLDER).exists()
    monkeypatch.setenv("QA_STORE", "off")
    assert not load(data, "manchester").from_store
    (tmp_path / "file").write_text("x")
    with pytest.raises(UserError, match="can't be made .* Name a folder that may be written, or off"):
        load(data, "manchester", store=tmp_path / "file" / "in")


def test_a_damaged_store_is_cleaned_anew(data):
    load(data, "manchester")
    (kept,) = [p for p in (data / store.FOLDER).iterdir() if p.is_dir()]
    next(kept.glob("audits.*")).write_bytes(b"broken")
    again = load(data, "manchester")
    assert not again.from_store and len(again.audits) == 2


def test_a_store_that_cant_be_written_is_no_fault_and_leaves_nothing_half_made(data, monkeypatch):
    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fail)
    assert len(load(data, "manchester").audits) == 2
    assert not [p for p in (data / store.FOLDER).iterdir() if p.is_dir()]


def test_a_date_that_lay_in_the_future_is_read_when_it_has_come(data):
    (data / "audits.csv").write_text(AUDITS.replace("26/04/2025", "26/04/2026"))
    assert len(load(data, "manchester", as_of=date(2025, 12, 31)).audits) == 1
    assert load(data, "manchester", as_of=date(2026, 1, 31)).from_store
    later = load(data, "manchester", as_of=date(2026, 4, 26))
    assert not later.from_store and len(later.audits) == 2


def test_only_the_newest_few_are_kept(data):
    for n in range(store.KEPT + 2):
        (data / "audits.csv").write_text(AUDITS + f"B{n},25/04/2025,3,Good,\n")
        load(data, "manchester")
    assert len([p for p in (data / store.FOLDER).iterdir() if p.is_dir()]) == store.KEPT


def test_a_fingerprint_is_taken_again_when_size_or_time_changed_or_the_change_is_too_fresh(data, monkeypatch):
    path, folder, taken = data / "audits.csv", data / store.FOLDER, []
    monkeypatch.setattr(store, "sha256", lambda p: taken.append(p) or "hash")
    store.fingerprints([path], folder)
    store.fingerprints([path], folder)
    assert len(taken) == 2  # changed less than two seconds before the fingerprint
    os.utime(path, (1, 1))
    store.fingerprints([path], folder)
    store.fingerprints([path], folder)
    assert len(taken) == 3
    path.write_text(AUDITS + "x")
    os.utime(path, (1, 1))
    store.fingerprints([path], folder)
    assert len(taken) == 4
