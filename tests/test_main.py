"""The `qa` command: plain messages, exit statuses, no traceback."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from openpyxl import load_workbook

from qa_analysis.__main__ import main

ROOT = Path(__file__).resolve().parents[1]


def qa(*words: str):
    return CliRunner().invoke(main, list(words))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("QA_STORE", str(tmp_path / "store"))
    monkeypatch.chdir(ROOT)
    data = tmp_path / "data"
    data.mkdir()
    pd.DataFrame({"audit id": ["1", "2", "2"], "audit date": ["2019-09-03", "2019-09-20", "2019-09-20"],
                  "service": ["Fostering", "Fosterring", "Fosterring"], "team": ["A", "A", "A"],
                  "overall grade": ["Good", "Gd", "Gd"]}).to_csv(data / "audits.csv", index=False)
    return data


@pytest.mark.parametrize(("words", "message"), [
    (("--period", "Sept 2019"), "period 'Sept 2019' is not understood"),
    (("--period", "2031-01"), "period '2031-01' lies outside the data, which run from 2019-09-03 to 2019-09-20"),
    (("--service", "Fosterin"), "service 'Fosterin' is not in the data. Did you mean 'Fostering'?"),
    (("-p", "peroid", "2019-09"), "'peroid' is no parameter of monthly_themes. Did you mean 'period'?"),
    (("--profile", "manchster"), "manchester"),
    (("--formats", "html,ppt"), "format 'ppt' can't be made"),
    (("--each", "team", "--team", "B"), "team 'B' is not in the data"),
])
def test_a_call_that_can_not_be_used_says_why_and_exits_with_2(folder, tmp_path, words, message):
    profile = () if "--profile" in words else ("--profile", "manchester")
    result = qa("run", "monthly_themes", "--data", str(folder), *profile, "--out", str(tmp_path / "out"), *words)
    assert result.exit_code == 2
    assert message in result.output and "Traceback" not in result.output
    assert not (tmp_path / "out").exists()


def test_a_run_that_is_stopped_keeps_what_was_made_lists_it_and_exits_with_130(folder, tmp_path, monkeypatch):
    from qa_analysis import report

    done = []
    monkeypatch.setattr("logging.disable", lambda *_: None)  # would silence the tests that follow

    def make(path, parameters, **more):
        if done:
            raise KeyboardInterrupt
        done.append(parameters["team"])
        return report.Outcome("monthly_themes-a", {"html": tmp_path / "a.html"})

    monkeypatch.setattr(report, "make_report", make)
    pd.DataFrame({"audit id": ["1", "2"], "audit date": ["2019-09-03", "2019-09-20"], "service": ["Fostering"] * 2,
                  "team": ["A", "B"]}).to_csv(folder / "audits.csv", index=False)
    out = tmp_path / "out"
    out.mkdir()
    result = qa("run", "monthly_themes", "--data", str(folder), "--profile", "manchester", "--out", str(out), "--each", "team")
    assert result.exit_code == 130 and done == ["A"]
    assert "Stopped: 1 of 2 reports made; none is left half-written." in result.output
    assert (out / "index.html").is_file() and "Traceback" not in result.output


def test_a_folder_that_is_not_there_is_named(tmp_path):
    result = qa("run", "monthly_themes", "--data", str(tmp_path / "nowhere"), "--profile", "manchester")
    assert result.exit_code == 2 and "nowhere" in result.output and "Traceback" not in result.output


def test_no_traceback_reaches_the_screen_from_a_real_process(tmp_path):
    done = subprocess.run([sys.executable, "-m", "qa_analysis", "check", "--data", str(tmp_path / "nowhere")],
                          capture_output=True, text=True)
    assert done.returncode == 2 and done.stderr.startswith("qa: ") and "Traceback" not in done.stderr


def test_check_shows_rows_and_rules_and_writes_the_error_list(folder, tmp_path):
    result = qa("check", "--data", str(folder), "--profile", "manchester", "--out", str(tmp_path / "errors.xlsx"))
    assert result.exit_code == 0, result.output
    assert "audits.csv" in result.output and "pasted duplicate" in result.output
    book = load_workbook(tmp_path / "errors.xlsx")
    values = {str(c.value) for sheet in book for row in sheet.iter_rows() for c in row if c.value is not None}
    assert "Gd" in values


def test_profiles_are_listed_and_shown():
    listed, shown = qa("profiles"), qa("profiles", "dorset")
    assert listed.exit_code == shown.exit_code == 0
    for name in ("common", "manchester", "quality_management", "dorset", "signs_of_safety", "ofsted_ilacs"):
        assert name in listed.output
    assert "Dorset" in shown.output
    assert qa("profiles", "nowhere").exit_code == 2


def test_an_example_is_made_and_never_over_something_else(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("keep me", encoding="utf-8")
    result = qa("example", str(tmp_path / "mine"), "--scale", "0.1")
    assert result.exit_code == 2 and (tmp_path / "mine" / "letter.txt").read_text(encoding="utf-8") == "keep me"
