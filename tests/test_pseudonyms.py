"""For a wide audience nothing downstream can name a child or a colleague."""

import stat

import pandas as pd
import pytest

from qa_analysis.loading import load
from qa_analysis.pseudonyms import pseudonym, pseudonym_key

AUDITS = (
    "Audit number,Date of audit,Case number,Overall grade,Auditor,Worker\n"
    'A1,25/04/2025,777123,RI/Good,"Lee, Ann",Bo Day\nA2,26/04/2025,777123,Good,Ann Lee,\n,TBC,777999,,Cy Fox,\n'
)


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.setenv("QA_KEY", "a key for tests")
    (tmp_path / "audits.csv").write_text(AUDITS)
    return tmp_path


def test_cases_and_people_stand_under_the_same_pseudonym_everywhere(data):
    d = load(data, "manchester", audience="board", store=None)
    assert d.audits["case_id"].nunique() == 1 and d.audits["case_id"].iloc[0].startswith("C-")
    assert d.audits["auditor"].nunique() == 1 and d.audits["auditor"].iloc[0].startswith("P-")
    assert pd.isna(d.audits["worker"].iloc[1])


@pytest.mark.parametrize("audience", ["team", "board", "public"])
def test_no_name_or_number_is_left_in_any_table(data, audience):
    d = load(data, "manchester", audience=audience, store=None)
    everything = " ".join(f.to_csv() for f in [*d.tables.values(), d.issues, d.set_aside])
    for secret in ("777123", "777999", "Lee", "Bo Day", "Cy Fox"):
        assert secret not in everything


def test_supervision_and_no_audience_keep_them(data):
    for audience in (None, "supervision"):
        assert load(data, "manchester", audience=audience, store=None).audits["case_id"].iloc[0] == "777123"


def test_another_key_gives_other_pseudonyms():
    assert pseudonym("1", "C", b"one") != pseudonym("1", "C", b"two")
    assert pseudonym("1", "C", b"one") == pseudonym("1", "C", b"one") != pseudonym("1", "P", b"one")


def test_a_key_is_made_once_where_only_its_owner_may_read_it(tmp_path, monkeypatch):
    monkeypatch.delenv("QA_KEY", raising=False)
    monkeypatch.setattr("platformdirs.user_config_dir", lambda *_: str(tmp_path / "config"))
    first = pseudonym_key()
    assert len(first) == 64 and pseudonym_key() == first
    assert stat.S_IMODE((tmp_path / "config" / "key").stat().st_mode) == 0o600
