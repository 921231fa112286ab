"""The command that says what the lab makes of pictures."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from resnet_core.cli import app
from tests.data.layout_trees import several, write_tree


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESNET_LAB_HOME", str(tmp_path / "home"))


def lab(*arguments: str) -> tuple[int, str]:
    done = CliRunner(env={"COLUMNS": "200"}).invoke(app, ["data", *arguments])
    return done.exit_code, done.stdout


@pytest.fixture
def scenes(tmp_path: Path) -> str:
    tops = ("seg_train/seg_train", "seg_test/seg_test")
    pictures = [
        path for top in tops for name in ("sea", "wood") for path in several(f"{top}/{name}", 3)
    ]
    return str(write_tree(tmp_path / "scenes", [*pictures, *several("seg_pred/seg_pred", 2)]))


@pytest.mark.parametrize("how", [(), ("--quick",)])
def test_data_tells_layout_classes_parts_and_what_is_left_out(scenes, how):
    status, said = lab(scenes, "--json", *how)
    assert status == 0
    report = json.loads(said)
    assert report["layout"] == "class folders in split folders"
    assert report["classes"] == ["sea", "wood"]
    assert report["splits"] == {"train": {"sea": 3, "wood": 3}, "test": {"sea": 3, "wood": 3}}
    assert report["ignored"] == [
        {"what": "seg_pred", "count": 2, "why": "is named as pictures without labels"}
    ]
    assert report["title"] == "scenes"
    assert ["No validation folder" in note for note in report["notes"]] == [True]


def test_data_says_the_same_in_words(scenes):
    status, said = lab(scenes)
    assert status == 0
    assert "scenes: 12 pictures of 2 classes; class folders in split folders." in said
    assert "sea" in said and "seg_pred" in said and "is named as pictures without labels" in said


def test_data_refuses_in_one_sentence(tmp_path):
    status, said = lab(str(tmp_path / "nowhere"), "--json")
    assert status == 1
    assert "There is no data set, folder or file" in json.loads(said)["error"]
    status, said = lab("cifar10", "--json")
    assert status == 1
    assert "is not on this machine" in json.loads(said)["error"]


def train(*arguments: str) -> tuple[int, str]:
    quick = ("--recipe", "fast", "--steps", "3", "--device", "cpu", "--json")
    done = CliRunner().invoke(app, ["train", *arguments, *quick])
    return done.exit_code, json.loads(done.stdout)["error"]


def test_training_is_refused_before_it_starts_where_it_could_not_go(tmp_path):
    pictures = [path for name in ("cat", "dog") for path in several(f"train/{name}", 4)]
    root = write_tree(tmp_path / "pets", pictures)
    status, said = train("--arms", "resnet18", "--data", str(root), "--batch-size", "1")
    assert status == 1
    assert said.startswith("resnet18's last maps are 1 x 1 on 6 px pictures: batch normalisation")
    (root / "train").rename(root / "test")
    status, said = train("--arms", "resnet8", "--data", str(root), "--batch-size", "4")
    assert status == 1
    assert said.startswith("pets has no training pictures, only those of its test folder")
    assert not (tmp_path / "home" / "runs").exists()
