"""What a wheel holds: two names, everything that they need, and papers that agree with the code."""

import re
import subprocess
import tomllib
import zipfile
from email.message import Message
from email.parser import HeaderParser
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import resnet_core

ROOT = Path(__file__).resolve().parents[2]
PLACES = {
    "resnet_core/": "resnet_core/",
    "pages/": "resnet_lab_app/pages/",
    "checkpoints/": "resnet_lab_app/checkpoints/",
    "streamlit_app.py": "resnet_lab_app/streamlit_app.py",
    ".streamlit/config.toml": "resnet_lab_app/.streamlit/config.toml",
}
"""What a checkout calls it, and what a wheel does."""
PAPERS = f"resnet_lab-{resnet_core.__version__}.dist-info"


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        return HeaderParser().parsestr(archive.read(f"{PAPERS}/METADATA").decode())


def asked_for(path: str) -> list[Requirement]:
    """What a requirements file asks for itself."""
    lines = (ROOT / path).read_text().splitlines()
    return [Requirement(line) for line in lines if re.match(r"\w", line)]


def of_extra(metadata: Message, extra: str) -> list[Requirement]:
    """What the wheel asks for under an extra; '' for what it always needs."""
    found = [Requirement(line) for line in metadata.get_all("Requires-Dist", [])]
    chosen = [each for each in found if ("extra" in str(each.marker)) == bool(extra)]
    chosen = [each for each in chosen if not extra or each.marker.evaluate({"extra": extra})]
    return [Requirement(str(each).partition(";")[0].strip()) for each in chosen]


def test_only_names_of_its_own_land_beside_other_packages(names: set[str]) -> None:
    assert {name.partition("/")[0] for name in names} == {"resnet_core", "resnet_lab_app", PAPERS}


def test_every_file_of_the_app_is_in_it_and_no_other(names: set[str]) -> None:
    listed = ("git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *PLACES)
    found = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True)
    tracked = [path for path in found.stdout.splitlines() if (ROOT / path).exists()]
    expected = {
        path.replace(here, there, 1)
        for path in tracked
        for here, there in PLACES.items()
        if path.startswith(here)
    }
    assert {name for name in names if not name.startswith(PAPERS)} == expected
    kinds = {Path(name).suffix for name in expected}
    assert {".safetensors", ".statistics", ".db", ".js", ".css", ".html", ".svg"} <= kinds
    assert "resnet_core/py.typed" in expected


def test_version_is_the_one_of_the_code(metadata: Message) -> None:
    assert metadata["Version"] == resnet_core.__version__


def test_requirements_are_those_of_make_app(metadata: Message) -> None:
    assert sorted(of_extra(metadata, ""), key=str) == sorted(asked_for("requirements.txt"), key=str)


def test_extras_take_their_ranges_from_the_tests(metadata: Message) -> None:
    named = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["metadata"]
    extras = named["hooks"]["custom"]["extras"]
    assert metadata.get_all("Provides-Extra") == sorted([*extras, "test"])
    tested = asked_for("tests/requirements.txt")
    assert sorted(of_extra(metadata, "test"), key=str) == sorted(tested, key=str)
    for extra, members in extras.items():
        wished = [*tested, *asked_for("tests/extras.txt")]
        chosen = [each for each in wished if each.name in members]
        assert len(chosen) == len(members), extra
        assert sorted(of_extra(metadata, extra), key=str) == sorted(chosen, key=str)


def test_command_is_the_command_line(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        told = archive.read(f"{PAPERS}/entry_points.txt").decode()
    assert told.split() == ["[console_scripts]", "resnet-lab", "=", "resnet_core.cli:app"]
