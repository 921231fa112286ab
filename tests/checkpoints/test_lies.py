"""Cards that lie: one sentence wherever one is loaded, left out wherever cards are listed."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from resnet_core import paths
from resnet_core.checkpoints import (
    find_checkpoint,
    list_cards,
    list_checkpoints,
    load_checkpoint,
    read_card,
    update_metrics,
)
from resnet_core.cli import app
from resnet_core.errors import CheckpointError
from tests.checkpoints.lies import LIES, NO_FILES, write_lie
from tests.inference.conftest import picture_bytes, save_tiny

EXCEPTION_NAMES = re.compile(r"[A-Za-z]+Error\b|Exception|Traceback|pydantic")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RESNET_LAB_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(paths, "checkpoints_dir", lambda: tmp_path / "shipped")
    return tmp_path / "home"


@pytest.fixture
def net(home: Path) -> Path:
    """A net that a person brought, beside one whose card is good."""
    save_tiny(home / "imported", "good")
    return save_tiny(home / "imported", "tiny")


def assert_sentence(text: str, words: str = "") -> None:
    assert words in text
    assert "tiny" in text
    assert text.endswith(".") and "\n" not in text and len(text) < 500
    assert not EXCEPTION_NAMES.search(text)


def assert_refused(net: Path, words: str) -> None:
    for load in (read_card, load_checkpoint):
        with pytest.raises(CheckpointError) as caught:
            load(net)
        assert_sentence(str(caught.value), words)
    assert [card.name for card in list_checkpoints(net.parent)] == ["good"]
    assert [card.name for card in list_cards(net.parent)] == ["good"]
    with pytest.raises(CheckpointError, match="imported: good"):
        find_checkpoint("nothing")


def assert_commands_refuse(net: Path, words: str, place: Path) -> None:
    (place / "a.png").write_bytes(picture_bytes())
    out = place / "deep" / "down"
    out.mkdir(parents=True)
    before = set(place.rglob("*"))
    for arguments in (
        ["classify", str(place / "a.png"), "--checkpoint", str(net)],
        ["export", str(net), "--to", "safetensors", "--folder", str(out)],
    ):
        done = CliRunner().invoke(app, arguments)
        assert done.exit_code == 1, done.output
        assert words in " ".join(done.output.split()) or words in done.output.replace("\n", "")
        assert not EXCEPTION_NAMES.search(done.output)
    assert set(place.rglob("*")) == before, "nothing is written, inside or outside of the folder"


@pytest.mark.parametrize("lie", LIES)
def test_card_that_lies_is_one_sentence_and_never_a_choice(lie: str, net: Path, tmp_path: Path):
    change, words = LIES[lie]
    write_lie(net.with_suffix(".json"), change)
    assert_refused(net, words)
    assert_commands_refuse(net, words, tmp_path)


@pytest.mark.parametrize("kind", NO_FILES)
def test_card_that_is_no_file_is_one_sentence(kind: str, net: Path, tmp_path: Path):
    NO_FILES[kind](net.with_suffix(".json"))
    words = "no card" if kind == "gone" else "is no file"
    assert_refused(net, words)
    assert_commands_refuse(net, words, tmp_path)


@pytest.mark.parametrize("kind", NO_FILES)
def test_weights_that_are_no_file_are_gone(kind: str, net: Path):
    NO_FILES[kind](net)
    with pytest.raises(CheckpointError, match=r"tiny\.safetensors is gone"):
        load_checkpoint(net)
    assert [card.name for card in list_checkpoints(net.parent)] == ["good"]


def test_export_of_a_name_that_leads_out_writes_nothing_there(net: Path, tmp_path: Path):
    """As a person meets it: a process of its own, exit status 1, one sentence."""
    write_lie(net.with_suffix(".json"), LIES["name leads out"][0])
    target = tmp_path / "a" / "b"
    target.mkdir(parents=True)
    command = [sys.executable, "-m", "resnet_core", "export", str(net), "--to", "safetensors"]
    done = subprocess.run(
        [*command, "--folder", str(target)],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert_sentence(" ".join(done.stderr.split()), "its name '../../escaped' is not allowed")
    assert not list(tmp_path.rglob("escaped*"))


def test_measured_values_that_cannot_be_are_not_written(net: Path):
    before = net.with_suffix(".json").read_bytes()
    with pytest.raises(CheckpointError, match=r"metrics\.temperature is NaN"):
        update_metrics(net, {"temperature": float("nan")})
    assert net.with_suffix(".json").read_bytes() == before


@pytest.mark.parametrize("name", ["x" * 5000, "a\0b", "/", ".", "..", ""])
def test_names_that_no_file_can_have_are_told(name: str, net: Path):
    with pytest.raises(CheckpointError, match="no checkpoint"):
        find_checkpoint(name)
