"""The project's own papers agree with each other: one version, one lock, tools that stand still."""

import re
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

import resnet_core
from tests.write_lock import LOCK, canonical, lock_lines

ROOT = Path(__file__).resolve().parents[1]
JUDGES = ("import-linter", "pre-commit", "pyright", "pytest", "pytest-xdist", "ruff")


def required(path: str) -> dict[str, str]:
    """What a requirements file asks for: name -> versions."""
    lines = (ROOT / path).read_text().splitlines()
    found = [re.match(r"([A-Za-z0-9._-]+)(?:\[\w+\])?([<>=].*)", line) for line in lines]
    return {canonical(match[1]): match[2] for match in found if match}


def locked() -> dict[str, str]:
    lines = [line for line in LOCK.read_text().splitlines() if not line.startswith("#")]
    return dict(line.split("==", maxsplit=1) for line in lines)


def test_version_stands_in_one_place():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert "version" not in project["project"]
    assert project["tool"]["hatch"]["version"] == {"path": "resnet_core/__init__.py"}
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest and newest[1] == resnet_core.__version__


def test_lock_names_every_requirement_and_no_address():
    assert set(required("requirements.txt")) | set(required("tests/requirements.txt")) <= set(
        locked()
    )
    for name, pin in locked().items():
        assert re.fullmatch(r"[a-z0-9-]+", name), name
        assert re.fullmatch(r"[0-9][0-9a-z.]*", pin), name


@pytest.mark.parametrize("tool", JUDGES)
def test_tools_that_judge_stand_at_one_version(tool):
    assert required("tests/requirements.txt")[tool] == f"=={locked()[tool]}"


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="the lock is for Python 3.11")
@pytest.mark.parametrize("tool", ["ruff", "pytest", "import-linter"])
def test_environment_has_the_tools_of_the_lock(tool):
    assert version(tool) == locked()[tool]


def test_lock_lines_forget_where_a_wheel_came_from():
    report = {
        "install": [
            {"metadata": {"name": "torch", "version": "2.14.0+cpu"}, "download_info": "file:///x"},
            {"metadata": {"name": "Ruff_x", "version": "0.17.6"}},
        ]
    }
    assert lock_lines(report) == ["ruff-x==0.17.6", "torch==2.14.0"]
