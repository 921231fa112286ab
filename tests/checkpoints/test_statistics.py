"""Statistics files are believed as little as weights, and a person's measurements stay theirs."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from resnet_core import paths
from resnet_core.asking import load_net
from resnet_core.checkpoints import (
    Detection,
    MeasuredAfterwards,
    card_file,
    check_card,
    keep_measured,
    pack_statistics,
    read_calibrated_card,
    read_card,
    read_statistics,
    statistics_file,
)
from resnet_core.checkpoints.card import card_to_json
from resnet_core.checkpoints.exporting import export_checkpoint
from resnet_core.errors import CheckpointError
from tests.inference.conftest import picture_bytes, save_tiny

TABLES = {"b.whitening": np.eye(2, dtype=np.float32)}


def detection(sha256: str = "0" * 64, **changes) -> Detection:
    fields = {
        "threshold": 2.5,
        "statistics_sha256": sha256,
        "num_training": 10,
        "num_held_out": 10,
        "num_pictures": 10,
        "false_alarms": 0.1,
        "energy_false_alarms": 0.0,
        "rates": {"uniform noise": 1.0},
        "energy_rates": {"uniform noise": 0.1},
    }
    return Detection(**(fields | changes))


def test_tables_come_back_as_they_were(tmp_path):
    content, sha256 = pack_statistics(TABLES)
    (tmp_path / "a.statistics").write_bytes(content)
    found = read_statistics(tmp_path / "a.statistics", sha256)
    assert found.keys() == TABLES.keys()
    assert np.array_equal(found["b.whitening"], TABLES["b.whitening"])


@pytest.mark.parametrize("kind", ["gone", "folder", "cut", "other", "nan", "huge"])
def test_hostile_files_are_one_sentence(tmp_path, kind):
    file = tmp_path / "a.statistics"
    content, sha256 = pack_statistics(TABLES)
    if kind == "folder":
        file.mkdir()
    elif kind == "cut":
        file.write_bytes(content[:-3])
    elif kind == "other":
        file.write_bytes(pack_statistics({"x": np.ones(3)})[0])
    elif kind == "nan":
        content, sha256 = pack_statistics({"b.whitening": np.full((2, 2), np.nan)})
        file.write_bytes(content)
    elif kind == "huge":
        with file.open("wb") as handle:
            handle.truncate(2**33)
    with pytest.raises(CheckpointError, match=r"a\.statistics .*calibrate the net again"):
        read_statistics(file, sha256)


def test_a_net_with_damaged_statistics_answers_and_says_so(tmp_path):
    path = save_tiny(tmp_path, detection=detection())
    statistics_file(path).write_bytes(b"nothing")
    net = load_net(path, device="cpu")
    answer = net.answer(net.see(picture_bytes(), name="a.png"))
    assert answer.strangeness is None
    assert not answer.is_watched
    assert "is not the file that its card describes" in net.watch_problem


def test_statistics_of_another_net_are_refused(tmp_path):
    content, sha256 = pack_statistics(TABLES)
    path = save_tiny(tmp_path, detection=detection(sha256))
    statistics_file(path).write_bytes(content)
    assert "is not of this net" in load_net(path, device="cpu").watch_problem


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"false_alarms": 1.5}, "detection.false_alarms"),
        ({"threshold": float("nan")}, "detection.threshold"),
        ({"num_pictures": 0}, "detection.num_pictures"),
        ({"rates": {"uniform noise": -0.1}}, "detection of 'uniform noise'"),
        ({"rates": {}}, "not of the same kinds"),
        ({"statistics_sha256": "abc"}, "statistics_sha256"),
    ],
)
def test_a_lying_card_is_refused(tmp_path, changes, words):
    card = read_card(save_tiny(tmp_path))
    with pytest.raises(CheckpointError, match=words):
        check_card(replace(card, detection=detection(**changes)), "tiny.json")


def test_a_card_without_detection_is_written_as_before(tmp_path):
    card = read_card(save_tiny(tmp_path))
    assert b"detection" not in card_to_json(card)
    assert b"uniform noise" in card_to_json(replace(card, detection=detection()))


@pytest.fixture
def shipped(tmp_path, monkeypatch) -> Path:
    """A net in a folder that counts as shipped, with a home elsewhere."""
    monkeypatch.setenv("RESNET_LAB_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(paths, "checkpoints_dir", lambda: tmp_path / "checkpoints")
    return save_tiny(tmp_path / "checkpoints", "given")


def test_what_a_person_measures_of_a_shipped_net_goes_to_their_home(shipped, tmp_path):
    before = card_file(shipped).read_bytes()
    measured = MeasuredAfterwards(metrics={"temperature": 2.0}, statistics=b"x")
    keep_measured(shipped, measured)
    assert card_file(shipped).read_bytes() == before
    assert sorted(p.name for p in shipped.parent.iterdir()) == ["given.json", "given.safetensors"]
    assert (tmp_path / "home" / "calibrations" / "given.statistics").read_bytes() == b"x"
    assert read_card(shipped).metrics == {}
    assert read_calibrated_card(shipped).metrics == {"temperature": 2.0}
    assert load_net(shipped, device="cpu").temperature == 2.0


def test_the_maintainer_writes_the_shipped_card(shipped):
    keep_measured(shipped, MeasuredAfterwards(metrics={"temperature": 2.0}), as_shipped=True)
    assert read_card(shipped).metrics == {"temperature": 2.0}


def test_measurements_of_former_weights_are_not_believed(shipped):
    keep_measured(shipped, MeasuredAfterwards(metrics={"temperature": 2.0}))
    save_tiny(shipped.parent, "given", mean=(0.1, 0.1, 0.1))
    assert read_calibrated_card(shipped).metrics == {"temperature": 2.0}  # the same weights
    card = replace(read_card(shipped), weights_sha256="1" * 64)
    card_file(shipped).write_bytes(card_to_json(card))
    assert read_calibrated_card(shipped).metrics == {}


def test_an_exported_net_takes_its_statistics_along(tmp_path):
    content, sha256 = pack_statistics(TABLES)
    path = save_tiny(tmp_path / "a", detection=detection(sha256))
    statistics_file(path).write_bytes(content)
    (tmp_path / "b").mkdir()
    target = export_checkpoint(path, tmp_path / "b", "safetensors")
    assert statistics_file(target).read_bytes() == content
