"""One report: parameters are checked before anything runs, files are written whole, the manifest says what went in."""

import json
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup

from qa_analysis import report
from qa_analysis.errors import UserError

ROOT = Path(__file__).resolve().parents[1]
MONTHLY = ROOT / "notebooks" / "monthly_themes.ipynb"


def _notebook(folder: Path, *cells: str) -> Path:
    book = nbformat.v4.new_notebook(metadata={
        "kernelspec": {"name": "python3", "display_name": "Python 3"}, "language_info": {"name": "python"}})
    first = nbformat.v4.new_code_cell(
        'period: str = "2019-09"  # month\nn: int = 3  # number\nlimit: float = 0.5  # share\n'
        'data: str = "x"  # folder\nshow: bool = True  # shown',
        metadata={"tags": ["parameters"]})
    book.cells = [nbformat.v4.new_markdown_cell("# A small report"), first, *map(nbformat.v4.new_code_cell, cells)]
    path = folder / "small.ipynb"
    nbformat.write(book, path)
    return path


def test_the_monthly_notebook_declares_a_type_a_default_and_help_for_each_parameter():
    declared = report.declared_parameters(MONTHLY)
    assert list(declared) == ["period", "data", "profile", "audience", "service", "locality", "team", "area"]
    for name, parameter in declared.items():
        assert parameter["inferred_type_name"] == "str" and parameter["help"] and parameter["default"], name


def test_a_misspelt_parameter_stops_the_run_and_names_the_nearest_and_all_there_are(tmp_path):
    with pytest.raises(UserError, match=r"'peroid' is no parameter of small\. Did you mean 'period'\?") as fault:
        report.check_parameters(_notebook(tmp_path), {"peroid": "2019-09"})
    assert "n (a whole number): number" in str(fault.value)


@pytest.mark.parametrize(("given", "words"), [
    ({"n": "three"}, "'n' takes a whole number; found 'three'"), ({"n": 2.5}, "'n' takes a whole number; found '2.5'"),
    ({"limit": "half"}, "'limit' takes a number; found 'half'"), ({"show": "maybe"}, "'show' takes true or false"),
    ({"n": True}, "'n' takes a whole number")])
def test_an_ill_typed_parameter_stops_the_run(tmp_path, given, words):
    with pytest.raises(UserError, match=words):
        report.check_parameters(_notebook(tmp_path), given)


def test_every_faulty_parameter_is_named_at_once(tmp_path):
    with pytest.raises(UserError) as fault:
        report.check_parameters(_notebook(tmp_path), {"peroid": "x", "n": "y"})
    assert "peroid" in str(fault.value) and "'n' takes" in str(fault.value)


def test_words_from_the_command_line_become_the_declared_types(tmp_path):
    typed = report.check_parameters(_notebook(tmp_path), {"n": "4", "limit": "0.25", "show": "no", "period": "2019-08"})
    assert typed == {"n": 4, "limit": 0.25, "show": False, "period": "2019-08"}


def test_a_notebook_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(UserError, match=r"There is no notebook 'monthly_theme'\. Did you mean 'monthly_themes'\?"):
        report.find_notebook("monthly_theme")
    assert report.find_notebook("monthly_themes").name == "monthly_themes.ipynb"


def test_a_report_is_named_after_its_notebook_and_place_only():
    assert report.report_name(MONTHLY, {"period": "2019-09", "data": "x"}) == "monthly_themes"
    assert report.report_name(MONTHLY, {"audience": "supervision"}) == "monthly_themes-supervision"
    assert report.report_name(MONTHLY, {"service": "Early Help", "team": "North 1"}) == "monthly_themes-early-help-north-1"
    assert report.slug("Children's Homes / A&E") == "children-s-homes-a-e"


def test_a_report_and_its_manifest_are_written_and_nothing_else(tmp_path):
    path = _notebook(tmp_path, "import qa_analysis as qa\nqa.show_sentences(f'Month {period}, {n} audits.')")
    made = report.make_report(path, {"period": "2019-08", "n": 5}, out=tmp_path / "out", facts={"rows": {"rows_read": 7}})
    assert made.ok, made.error
    folder = tmp_path / "out" / "2019-08"
    assert sorted(p.name for p in folder.iterdir()) == ["small.html", "small.ipynb", "small.manifest.json"], made
    assert "Month 2019-08, 5 audits." in BeautifulSoup(made.files["html"].read_text(encoding="utf-8"), "lxml").get_text()
    manifest = json.loads(made.files["manifest.json"].read_text(encoding="utf-8"))
    assert manifest["parameters"] == {"period": "2019-08", "n": 5}
    assert manifest["rows"] == {"rows_read": 7}
    assert {"notebook_sha256", "versions", "started", "seconds", "outputs_sha256"} <= set(manifest)


def test_a_failed_report_is_kept_with_its_traceback_and_leaves_no_page(tmp_path):
    path = _notebook(tmp_path, "raise ValueError('no such thing')")
    made = report.make_report(path, {"period": "2019-08"}, out=tmp_path / "out")
    assert not made.ok and made.error.startswith("ValueError: no such thing")
    assert [p.name for p in (tmp_path / "out" / "2019-08").iterdir()] == ["small.failed.ipynb"]
    assert "no such thing" in (tmp_path / "out" / "2019-08" / "small.failed.ipynb").read_text(encoding="utf-8")


def test_a_page_that_must_not_be_published_is_a_failure_with_its_reason(tmp_path):
    path = _notebook(tmp_path, "from IPython.display import Markdown, display\ndisplay(Markdown('# A second title'))")
    made = report.make_report(path, {"period": "2019-08"}, out=tmp_path / "out")
    assert not made.ok and "second title" in made.error


def test_an_absolute_data_path_is_in_no_file_of_the_report(tmp_path):
    path = _notebook(tmp_path, "import qa_analysis as qa\nqa.show_sentences('Made.')")
    secret = str(tmp_path / "secret_place")
    made = report.make_report(path, {"period": "2019-09", "data": secret}, out=tmp_path / "out")
    assert made.ok, made.error
    for kind, file in made.files.items():
        assert str(tmp_path) not in file.read_text(encoding="utf-8"), kind


def test_the_index_lists_every_report_newest_first(tmp_path):
    path = _notebook(tmp_path, "import qa_analysis as qa\nqa.show_sentences('Made.')")
    for period in ("2019-08", "2019-09"):
        report.make_report(path, {"period": period}, out=tmp_path / "out")
    page = report.write_index(tmp_path / "out").read_text(encoding="utf-8")
    assert page.index("2019-09/small.html") < page.index("2019-08/small.html")
    assert "<script" not in page and 'lang="en-GB"' in page
