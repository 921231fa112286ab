"""An installed lab: where it keeps things, and what it does not touch."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from resnet_core import paths
from resnet_core.children import modest_environment
from resnet_core.errors import StorageError

WHERE = """
import json
from resnet_core import paths
from resnet_core.asking import list_kept_nets
from resnet_core.checkpoints import load_checkpoint, find_checkpoint
from resnet_core.runs.folders import list_shipped_runs
from resnet_core.runs.status import read_status
name = list_kept_nets(())[0].name
load_checkpoint(find_checkpoint(name))
runs = [read_status(run).phase for run in list_shipped_runs()]
print(json.dumps([str(paths.home_dir()), str(paths.checkpoints_dir()), name, runs]))
"""


def python(installed: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Runs Python with the lab's package, away from the checkout."""
    return subprocess.run(
        [sys.executable, "-P", *arguments],
        cwd=installed.parent,
        env=environment(installed, variables),
        capture_output=True,
        text=True,
        check=False,
    )


def environment(installed: Path, variables: Mapping[str, str]) -> dict[str, str]:
    kept = {key: text for key, text in os.environ.items() if key != "RESNET_LAB_HOME"}
    return {**kept, "PYTHONPATH": str(installed), "PYTHONDONTWRITEBYTECODE": "1", **variables}


def contents(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*")}


def test_home_is_the_persons_folder_and_nothing_is_written_where_it_is_installed(
    installed: Path, tmp_path: Path
) -> None:
    before = contents(installed)
    done = python(installed, "-c", WHERE, XDG_DATA_HOME=str(tmp_path), HOME=str(tmp_path))
    assert done.returncode == 0, done.stderr
    home, shipped, name, runs = json.loads(done.stdout)
    assert Path(home).is_relative_to(tmp_path) and Path(home).name == "resnet-lab"
    assert Path(shipped) == installed / "resnet_lab_app" / "checkpoints"
    assert (paths.checkpoints_dir() / f"{name}.safetensors").exists()
    assert runs == ["finished"]
    assert contents(installed) == before


def test_what_came_with_it_is_not_changed(installed: Path, tmp_path: Path) -> None:
    before = contents(installed)
    done = python(
        installed, "-m", "resnet_core", "store", "gradient_flow", RESNET_LAB_HOME=str(tmp_path)
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "What came with an installed lab is not changed: measure in a checkout of the project.\n"
    )
    assert contents(installed) == before


@pytest.fixture
def as_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """This process, believing that it runs from an installed lab."""
    (tmp_path / "resnet_lab_app").mkdir()
    monkeypatch.setattr(paths, "_CODE", tmp_path)
    return tmp_path


def test_variable_names_the_home(
    as_installed: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RESNET_LAB_HOME", str(tmp_path / "mine"))
    assert paths.home_dir() == tmp_path / "mine"
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("RESNET_LAB_HOME")
    assert not paths.home_dir().is_relative_to(as_installed / "resnet_lab_app")


def test_home_from_this_folder_is_the_same_for_children_that_run_in_another(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RESNET_LAB_HOME", "mine")
    assert paths.home_dir() == tmp_path / "mine"
    assert modest_environment()["RESNET_LAB_HOME"] == str(tmp_path / "mine")
    monkeypatch.delenv("RESNET_LAB_HOME")
    assert "RESNET_LAB_HOME" not in modest_environment()


def test_checkout_is_its_own_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RESNET_LAB_HOME")
    root = Path(__file__).resolve().parents[2]
    assert (paths.home_dir(), paths.app_dir()) == (root, root)
    assert not paths.is_installed()
    paths.require_checkout("nothing")


def test_person_without_a_folder_for_data_is_told_what_to_do(
    as_installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RESNET_LAB_HOME")
    monkeypatch.setattr("platformdirs.user_data_path", lambda *_names, **_options: Path("~/x"))
    with pytest.raises(StorageError, match="set RESNET_LAB_HOME to the path of a folder"):
        paths.home_dir()


def test_shipping_needs_a_folder_of_ones_own(as_installed: Path) -> None:
    from resnet_core.checkpoints import MeasuredAfterwards, keep_measured
    from resnet_core.shipping import Site, ship_arm, ship_demo, ship_steps

    for ship in (
        lambda: ship_arm("20260101-000000-a-0000", 0, "mine"),
        lambda: ship_demo("20260101-000000-a-0000"),
        lambda: ship_steps("20260101-000000-a-0000", count=2),
        Site,
    ):
        with pytest.raises(StorageError, match="name a folder of your own with --into"):
            ship()
    shipped = paths.checkpoints_dir() / "net.safetensors"
    with pytest.raises(StorageError, match="leave out --as-shipped"):
        keep_measured(shipped, MeasuredAfterwards(), as_shipped=True)
