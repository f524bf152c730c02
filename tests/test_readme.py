"""What the README and the docs tell a reader is true: links lead somewhere, snippets run, commands exist."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from qa_analysis.__main__ import main

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_link_to_a_file_leads_to_one(page):
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        if not target.startswith(("http", "mailto")):
            assert (page.parent / target).exists(), target


def test_the_python_snippet_runs(monkeypatch, tmp_path):
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("QA_STORE", str(tmp_path))
    snippet = re.search(r"```python\n(.+?)```", README, flags=re.S)[1]
    names: dict = {}
    exec(snippet, names)
    assert len(names["d"].audits) > 1000


def test_every_make_target_named_is_in_the_makefile():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.M))
    assert set(re.findall(r"`?make ([a-z]+)", README)) <= targets


def test_every_qa_command_named_exists_with_its_options():
    commands = {name: {o for p in command.params for o in p.opts} for name, command in main.commands.items()}
    for line in re.findall(r"(?:^|[`\\])\s*(?:\.venv\\Scripts\\)?qa ([a-z]+ ?[^`\n|]*)", README, flags=re.M):
        name, *rest = line.split()
        assert name in commands, line
        assert {w for w in rest if w.startswith("-")} <= commands[name] | {"-p"}, line


def test_help_names_every_command():
    text = CliRunner().invoke(main, ["--help"]).output
    for command in ("run", "check", "example", "profiles"):
        assert command in text


def test_the_first_screen_has_the_two_commands_and_a_picture():
    first = README[:1500]
    assert "make report" in first and "make test" in first and "docs/pictures/monthly_themes.png" in first
    assert (ROOT / "docs" / "pictures" / "monthly_themes.png").stat().st_size < 200_000


def test_nothing_in_the_project_names_a_machine_path():
    for page in PAGES + list((ROOT / "notebooks").glob("*.ipynb")):
        assert not re.search(r"/(?:work|home|root|Users)/", page.read_text(encoding="utf-8")), page.name
