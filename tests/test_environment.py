"""The ways to set the project up agree: pyproject.toml, environment.yml and the lock files."""

import re
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def _wanted(*extras: str) -> set[str]:
    return set(PROJECT["dependencies"]).union(*(PROJECT["optional-dependencies"][e] for e in extras))


def _name(requirement: str) -> str:
    return re.split(r"[<>=!~ ]", requirement)[0].lower().replace("_", "-")


def test_conda_users_get_the_same_packages_and_bounds():
    conda = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert conda["channels"] == ["conda-forge"]
    by_conda = {d for d in conda["dependencies"] if isinstance(d, str)} - {"pip"}
    by_pip = {d for part in conda["dependencies"] if isinstance(part, dict) for d in part["pip"]}
    assert by_conda | by_pip == _wanted("test", "build") | {"python" + PROJECT["requires-python"]}
    assert not by_conda & by_pip


def test_every_dependency_is_pinned_with_hashes_in_the_lock():
    for lock, extras in (("requirements.lock", ["build"]), ("requirements-test.lock", ["build", "test"])):
        text = (ROOT / lock).read_text(encoding="utf-8")
        pinned = {m.lower() for m in re.findall(r"^([A-Za-z0-9_.-]+)==", text, flags=re.M)}
        assert {_name(r) for r in _wanted(*extras)} <= pinned, lock
        for entry in re.split(r"\n(?=\S)", text.strip()):
            assert "--hash=sha256:" in entry, entry.splitlines()[0]


def test_the_test_lock_pins_the_same_versions_as_the_lock():
    versions = [set(re.findall(r"^(\S+==\S+(?: ; [^\\\n]+)?)", (ROOT / f).read_text(encoding="utf-8"), flags=re.M))
                for f in ("requirements.lock", "requirements-test.lock")]
    assert versions[0] <= versions[1]


def test_no_lock_file_names_a_registry_host():
    for lock in ROOT.glob("*.lock"):
        text = lock.read_text(encoding="utf-8")
        assert not re.search(r"https?://|--index-url|--extra-index|file://", text), lock.name
