"""From the draw to the rendered quarterly report by the README's own commands, the form filled in between."""

import datetime as dt
import re
import shlex
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from click.testing import CliRunner
from openpyxl import load_workbook

import qa_analysis as qa
from qa_analysis.__main__ import main

ROOT = Path(__file__).resolve().parents[1]
SECTION = re.search(r"## A dip sample.*?(?=\n## )", (ROOT / "README.md").read_text(encoding="utf-8"), re.S)[0]
COMMANDS = re.findall(r"^   (qa .+)$", SECTION, re.M)
FAILING = "Q5: Is there a plan?"  # answered no in half of the cases, so that it can't pass


@pytest.fixture(scope="module")
def walked(tmp_path_factory):
    """The folder in which all commands of the README's section were run, in order, with the form filled in when it is there."""
    home = tmp_path_factory.mktemp("walk")
    (home / "data").symlink_to(ROOT / "data")
    patch = pytest.MonkeyPatch()
    patch.chdir(home)
    patch.setenv("QA_STORE", str(tmp_path_factory.mktemp("store")))
    for command in COMMANDS:
        result = CliRunner().invoke(main, shlex.split(command)[1:])
        assert result.exit_code == 0, (command, result.output)
        if command.startswith("qa form"):
            fill_in(next(home.glob("samples/*/answers.xlsx")))
    yield home
    patch.undo()


def fill_in(path: Path) -> None:
    """Every case but the last two, as a person would: a day, and an answer to each question."""
    book = load_workbook(path)
    sheet = book["Answers"]
    head = next(r for r in sheet.iter_rows() if any(str(c.value).startswith("Q1:") for c in r))
    names = [c.value for c in head]
    rows = [r for r in sheet.iter_rows(min_row=head[0].row + 1) if r[names.index("Drawn or replacement")].value == "drawn"]
    assert len(rows) == 40
    for i, row in enumerate(rows[:38]):
        for name, cell in zip(names, row, strict=True):
            if str(name).startswith("Q"):
                cell.value = "no" if name == FAILING and i % 2 else "yes"
            if name == "Date answered":
                cell.value = dt.date(2019, 9, 20)
    book.save(path)


def test_the_section_goes_from_the_draw_to_both_editions_of_the_report():
    assert [c.split()[1] for c in COMMANDS] == ["sample", "form", "run", "run"]


def test_what_the_form_holds_is_read_without_a_fault_of_its_own(walked):
    d = qa.load(next(walked.glob("samples/DS-*")), profile="manchester", audience="supervision")
    assert len(d.issues) == 0 and d.tables["answers"]["case_id"].nunique() == 38
    assert len(d.tables["answers"]) == 38 * 8


def test_the_report_answers_the_question_with_the_figures_that_were_filled_in(walked):
    page = BeautifulSoup((walked / "reports/2019-q2/quarterly_dip_sample.html").read_text(encoding="utf-8"), "lxml")
    text = page.get_text(" ", strip=True).replace("\xa0", " ")
    assert "38 of 40 cases to be looked at came back (95%)" in text
    assert "of 8 questions, 1 does not pass (“Is there a plan?”) and 7 pass" in text
    assert "50% (19 of 38)" in text


def test_only_the_edition_for_supervision_names_cases(walked):
    d = qa.load(next(walked.glob("samples/DS-*")), profile="manchester", audience="supervision")
    cases = set(d.tables["sampled_cases"]["case_id"])
    wide = (walked / "reports/2019-q2/quarterly_dip_sample.html").read_text(encoding="utf-8")
    own = (walked / "reports/2019-q2/quarterly_dip_sample-supervision.html").read_text(encoding="utf-8")
    assert not [c for c in cases if c in wide]
    assert len([c for c in cases if c in own]) >= 19
