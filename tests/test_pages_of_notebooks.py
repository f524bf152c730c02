"""Each notebook's page for every audience: complete, small enough to send, nothing in it that its readers may not see."""

import re
from urllib.parse import unquote

import pytest
from bs4 import BeautifulSoup
from click.testing import CliRunner
from executed import AUDIENCES, CASES, NOTEBOOKS

import qa_analysis as qa
from qa_analysis.__main__ import main

WIDE = ("team", "board", "public")
names = pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda p: p.stem)


@pytest.fixture(scope="module")
def secrets(example):
    """Case numbers and names of the example that no wide report may hold; short numbers would be found by chance."""
    d = qa.load(example, profile="manchester", audience="supervision")
    columns = {"audits": ("case_id", "auditor", "worker", "manager"), "actions": ("owner", "verified_by"),
               "sampled_cases": ("case_id", "worker", "manager", "auditor"), "cases": ("case_id", "worker", "manager")}
    found = {str(v) for table, own in columns.items() for c in own for v in d.tables[table][c].dropna().unique()}
    people = {part.strip() for name in found for part in name.split(";")}
    return {s for s in people if len(s) >= 6}


@names
@pytest.mark.parametrize("audience", AUDIENCES)
def test_cases_and_people_are_in_the_edition_for_supervision_alone(notebook, audience, page_of_notebook, secrets):
    html = unquote(page_of_notebook(notebook, audience))  # pictures are written as addresses
    words = set(re.findall(r"\d{6,}", html))
    text = BeautifulSoup(html, "lxml").get_text(" ")
    held = {s for s in secrets if (s in words if s.isdigit() else s in text or s in html)}
    if audience in WIDE:
        assert not held
    elif notebook.stem != "annual_quality_of_practice":  # the year tells of no single case, whoever reads it
        assert held


@pytest.mark.parametrize("case", CASES)
@names
def test_every_edition_is_small_enough_to_send(notebook, case, page_of_notebook):
    sizes = {audience: len(page_of_notebook(notebook, audience, case).encode()) for audience in AUDIENCES}
    assert {a: size for a, size in sizes.items() if size >= 300_000} == {}


@names
def test_the_first_screen_has_at_most_three_paragraphs_and_a_picture(notebook, page_of_notebook):
    page = BeautifulSoup(page_of_notebook(notebook, "board"), "lxml")
    headline = page.select_one(".qa-headline")
    assert 1 <= len(headline.find_all("p")) <= 3
    assert headline.find_next("figure") is not None


@names
def test_an_empty_period_gives_a_page_that_says_so_and_no_figure_of_nothing(notebook, page_of_notebook):
    page = BeautifulSoup(page_of_notebook(notebook, "board", "empty"), "lxml")
    text = page.get_text(" ", strip=True)
    assert re.search(r"\b[Nn]o (?:audit|dip sample)\b", page.select_one(".qa-headline").get_text())
    assert not re.search(r"\bnan\b|NaT|inf%|\bNone of\b 0", text)


@names
def test_a_wrong_parameter_stops_the_run_before_it_starts(notebook, tmp_path):
    result = CliRunner().invoke(main, ["run", notebook.stem, "-p", "audeince", "board", "--out", str(tmp_path / "out")])
    assert result.exit_code == 2 and f"'audeince' is no parameter of {notebook.stem}. Did you mean 'audience'?" in result.output
    assert not (tmp_path / "out").exists()
