"""Every notebook runs: on the example, for each audience, on an empty month, under plain papermill, on real data."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from click.testing import CliRunner
from executed import execute

from qa_analysis.__main__ import main
from qa_analysis.exporter import export_html
from qa_analysis.loading import load

ROOT = Path(__file__).resolve().parents[1]


def qa(*words: str):
    result = CliRunner().invoke(main, list(words))
    assert not isinstance(result.exception, Exception) or isinstance(result.exception, SystemExit), result.exception
    return result


def page_of(folder: Path, period: str, name: str = "monthly_themes") -> BeautifulSoup:
    return BeautifulSoup((folder / period / f"{name}.html").read_text(encoding="utf-8"), "lxml")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Cleaned tables are kept once for all runs of this module."""
    patch = pytest.MonkeyPatch()
    patch.setenv("QA_STORE", str(tmp_path_factory.mktemp("store")))
    patch.setenv("QA_KEY", "a key for tests")
    patch.chdir(ROOT)
    yield
    patch.undo()


@pytest.fixture(scope="module")
def made(store, tmp_path_factory):
    """The monthly report on the example for the board, and for supervision."""
    out = tmp_path_factory.mktemp("reports")
    for audience in ("board", "supervision"):
        result = qa("run", "monthly_themes", "--data", "data/example", "--profile", "manchester", "--period", "2019-09",
                    "--audience", audience, "--out", str(out / audience))
        assert result.exit_code == 0, result.output
    return out


def test_the_report_is_one_page_with_its_sections_in_order_and_no_code(made):
    page = page_of(made / "board", "2019-09")
    assert [h.get_text() for h in page.find_all("h2")] == [
        "What you need to know", "How much was done", "How good practice was", "What difference it made",
        "How far the figures can be trusted", "Method"]
    assert len(page.find_all("h1")) == 1
    assert not page.find_all("script") and "qa.show" not in page.get_text()
    assert (made / "board" / "2019-09" / "monthly_themes.html").stat().st_size < 300_000


def test_the_headline_has_the_share_with_its_base_and_interval(made):
    text = page_of(made / "board", "2019-09").find(class_="qa-headline").get_text(" ")
    assert re.search(r"\d+% of \d+ graded audits in September 2019 were good or better \(95% interval \d+% to \d+%\)", text)


def test_the_figures_of_the_page_are_those_of_a_hand_count(made):
    audits = load(ROOT / "data" / "example", profile="manchester").audits
    now = audits[(audits["activity"] == "file_audit") & (audits["audit_date"].dt.to_period("M") == "2019-09")]
    random = now[now["selection"].isin(["random", "all"]) & (now["audit_type"] != "focused") & now["reaudit_of"].isna()]
    graded = random[random["grade"].notna()]
    good = graded["grade"].isin(["Good", "Outstanding"]).sum()
    text = page_of(made / "board", "2019-09").find(class_="qa-headline").get_text(" ")
    said = re.search(r"(\d+)% of (\d+) graded audits in September 2019", text)
    assert (int(said[1]), int(said[2])) == (int(good / len(graded) * 100 + 0.5), len(graded))


def test_no_case_and_no_person_of_the_data_is_in_any_file_of_a_wider_report(made):
    data = load(ROOT / "data" / "example", profile="manchester")
    people = set().union(*(data.tables[t][c].dropna() for t, c in (
        ("audits", "auditor"), ("audits", "worker"), ("audits", "manager"), ("actions", "owner"), ("moderations", "moderator"))))
    cases = set(data.audits["case_id"].dropna()) | set(data.actions["action_id"].dropna())
    for file in (made / "board" / "2019-09").iterdir():
        text = file.read_text(encoding="utf-8")
        assert not [p for p in people if len(p) > 4 and p in text], file.name
        words = set(re.findall(r"[A-Za-z0-9-]{5,}", re.sub(r'"(?:image|sha)[^"]*": ?"[^"]*"|<svg.*?</svg>', "", text)))
        assert not {c for c in cases if len(c) >= 6} & words, file.name


def test_the_edition_for_supervision_lists_what_the_wider_one_withholds(made):
    wide = page_of(made / "board", "2019-09").get_text(" ")
    own = page_of(made / "supervision", "2019-09", "monthly_themes-supervision").get_text(" ")
    assert "Inadequate audits of September 2019" in own and "Inadequate audits of September 2019" not in wide
    assert "Cases are listed in the edition for supervision only" in wide
    assert "[c]" in wide and "[c]" not in own


def test_the_manifest_says_what_went_in_and_that_no_row_was_lost(made):
    manifest = json.loads((made / "board" / "2019-09" / "monthly_themes.manifest.json").read_text(encoding="utf-8"))
    rows = manifest["rows"]
    assert rows["rows_read"] == rows["rows_clean"] + rows["rows_set_aside"] > 10_000
    assert {i["file"] for i in manifest["inputs"]} >= {"audits.csv", "moderations.xlsx"}
    assert all(re.fullmatch(r"[0-9a-f]{64}", i["sha256"]) for i in manifest["inputs"])
    assert manifest["parameters"]["period"] == "2019-09" and manifest["versions"]["pandas"]


def test_two_runs_on_the_same_input_give_the_same_report_in_another_process_too(made, store):
    notebook = ROOT / "notebooks" / "monthly_themes.ipynb"
    again = execute(notebook, {"period": "2019-09", "audience": "board"})
    once = json.loads((made / "board" / "2019-09" / "monthly_themes.ipynb").read_text(encoding="utf-8"))
    shown = [[o["data"] for o in cell["outputs"] if "data" in o] for cell in once["cells"] if cell["cell_type"] == "code"
             and "injected-parameters" not in cell["metadata"].get("tags", [])]
    whole = [[{k: "".join(v) if isinstance(v, list) else v for k, v in data.items()} for data in cell] for cell in shown]
    now = [[o["data"] for o in c.outputs if "data" in o] for c in again.cells if c.cell_type == "code"]
    assert json.loads(json.dumps(now)) == whole


def _months(folder: Path, months=("2019-07", "2019-09")) -> Path:
    folder.mkdir()
    rows = [{"audit id": f"{m}-{i}", "audit date": f"{m}-{i + 1:02d}", "service": "Fostering", "team": "Fostering A",
             "overall grade": ["Good", "Requires improvement to be good", "Inadequate", "Outstanding"][i % 4],
             "selection": "random"} for m in months for i in range(12)]
    pd.DataFrame(rows).to_csv(folder / "audits.csv", index=False)
    return folder


def test_one_report_for_each_service_and_one_for_a_service_by_an_alias(store, tmp_path):
    data = _months(tmp_path / "data")
    result = qa("run", "monthly_themes", "--data", str(data), "--profile", "manchester", "--period", "2019-09",
                "--each", "service", "--out", str(tmp_path / "out"))
    assert result.exit_code == 0, result.output
    assert (tmp_path / "out" / "2019-09" / "monthly_themes-fostering.html").is_file()
    assert "monthly_themes-fostering.html" in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")


def test_the_notebook_runs_under_plain_papermill_from_another_folder(store, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "papermill", str(ROOT / "notebooks" / "monthly_themes.ipynb"), "out.ipynb", "-p", "period",
         "2019-08", "-p", "data", str(_months(tmp_path / "data")), "--no-progress-bar"],
        cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "No audit is recorded in August 2019" in (tmp_path / "out.ipynb").read_text(encoding="utf-8")


def test_real_inspections_are_reported_for_a_year(shared, page_of_notebook):
    text = BeautifulSoup(page_of_notebook(ROOT / "notebooks" / "monthly_themes.ipynb", "public", "real"), "lxml").get_text(" ")
    assert re.search(r"the year\s+2023-24", text) and "What works well" in text and "Themes" in text


def test_real_inspections_are_reported_for_all_time(store, shared):
    notebook = ROOT / "notebooks" / "monthly_themes.ipynb"
    book = execute(notebook, {"data": str(shared / "data"), "profile": "ofsted_ilacs", "period": "all", "audience": "public"})
    text = BeautifulSoup(export_html(book), "lxml").get_text(" ")
    assert "all periods" in text and "What works well" in text and "Themes" in text
