"""Two versions of the resizing: each set, run and card keeps its own."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from torchvision.transforms import v2

from resnet_core.asking import load_net
from resnet_core.checkpoints import CARD_SUFFIX, card_sha256, find_checkpoint, read_card
from resnet_core.config import (
    DataConfig,
    ExperimentConfig,
    Resizing,
    config_from_json,
    config_to_json,
    fingerprint,
)
from resnet_core.data import load_dataset
from resnet_core.data.cache import cache_path
from resnet_core.data.catalogue import find_source
from resnet_core.errors import ConfigError
from resnet_core.evaluation import evaluate_checkpoint
from resnet_core.inference import measure_checkpoint_calibration
from tests.data.conftest import save_class_folders, save_picture
from tests.inference.conftest import save_tiny

pytestmark = pytest.mark.usefixtures("home")

FIRST_HASHES = {
    None: "31f6c22ff91f637b9533d624ae9906571c84a44c49111d22e716d373048b526f",
    24: "7003e966d0d30ee4723c949be835f4769a31dbb9afa1b2c827dbc2ccc476aa67",
}
"""What the code of before version 2 made of `mixed_folder`, by the size asked for."""


@pytest.fixture
def mixed_folder(tmp_path: Path) -> Path:
    root = save_class_folders(tmp_path / "zoo", {"ant": 6, "bee": 6}, size=(90, 70))
    save_picture(root / "ant" / "wide.png", 77, (500, 40))
    return root


def config(folder: Path, size_px: int | None = None, resizing: Resizing = 2) -> DataConfig:
    return DataConfig(source=str(folder), image_size_px=size_px, resizing=resizing)


def header_path(folder: Path) -> Path:
    return cache_path(find_source(str(folder)), None) / "header.json"


def resizing_of(path: Path) -> int:
    return json.loads(path.read_text())["resizing"]


@pytest.mark.parametrize("size_px", [None, 24])
def test_the_first_resizing_makes_what_it_always_made(mixed_folder, size_px):
    card = load_dataset(config(mixed_folder, size_px, resizing=1)).card
    assert (card.sha256, card.resizing) == (FIRST_HASHES[size_px], 1)


def test_the_newest_resizing_makes_what_torchvision_makes(mixed_folder):
    data = load_dataset(config(mixed_folder, 24))
    assert data.card.resizing == 2
    resize = v2.Compose([v2.Resize(24, antialias=True), v2.CenterCrop(24)])
    expected = [np.array(resize(Image.open(path))) for path in mixed_folder.rglob("*.png")]
    found = np.concatenate([part.images for part in (data.train, data.validation, data.test)])
    assert len(found) == len(expected)
    for pixels in found:
        differences = [np.abs(other.astype(int) - pixels).max() for other in expected]
        assert min(differences) <= 1


def test_a_cache_of_another_version_is_made_anew(mixed_folder):
    newest = load_dataset(config(mixed_folder)).card.sha256
    assert load_dataset(config(mixed_folder, resizing=1)).card.sha256 == FIRST_HASHES[None]
    assert resizing_of(header_path(mixed_folder)) == 1
    assert load_dataset(config(mixed_folder)).card.sha256 == newest != FIRST_HASHES[None]
    assert resizing_of(header_path(mixed_folder)) == 2


def test_a_cache_of_before_the_versions_is_of_the_first(mixed_folder, monkeypatch):
    load_dataset(config(mixed_folder, resizing=1))
    path = header_path(mixed_folder)
    old = json.loads(path.read_text())
    del old["resizing"]
    path.write_text(json.dumps(old))
    newest = load_dataset(config(mixed_folder)).card
    assert (newest.resizing, newest.sha256 != FIRST_HASHES[None]) == (2, True)
    path.write_text(json.dumps(old | {"parts": json.loads(path.read_text())["parts"]}))
    monkeypatch.setattr("resnet_core.data.loading.build_cache", None)  # it is taken as it is
    assert load_dataset(config(mixed_folder, resizing=1)).card.resizing == 1


def test_pictures_of_their_own_size_serve_both_versions(tmp_path, monkeypatch):
    folder = save_class_folders(tmp_path / "same", {"ant": 5, "bee": 5})
    first = load_dataset(config(folder, resizing=1)).card
    path = header_path(folder)
    old = json.loads(path.read_text())
    assert old.pop("resizing") == 0
    path.write_text(json.dumps(old))
    monkeypatch.setattr("resnet_core.data.loading.build_cache", None)
    newest = load_dataset(config(folder)).card
    assert newest == first
    assert newest.resizing == 0


def test_a_config_that_says_nothing_is_of_the_first_version():
    experiment = {"name": "old", "arms": [], "data": {"source": "zoo", "image_size_px": 24}}
    with pytest.raises(ConfigError, match="arms"):
        config_from_json(ExperimentConfig, json.dumps(experiment))
    old = config_from_json(DataConfig, json.dumps(experiment["data"]))
    assert old == DataConfig(source="zoo", image_size_px=24, resizing=1)
    assert fingerprint(old) == "b3917a546f4c5fd3"  # of the code of before version 2
    new = DataConfig(source="zoo", image_size_px=24)
    assert new.resizing == 2
    assert fingerprint(new) != fingerprint(old)
    for known in (old, new):
        assert config_from_json(DataConfig, config_to_json(known)) == known
    with pytest.raises(ConfigError, match="resizing must be 1 or 2, got 3"):
        DataConfig(resizing=3)  # pyright: ignore[reportArgumentType]


def test_a_card_that_says_nothing_is_of_the_first_version_and_keeps_its_hash(tmp_path):
    shipped = find_checkpoint("resnet20-cifar10-jpeg").with_suffix(CARD_SUFFIX)
    assert read_card(shipped).resizing == 1
    for resizing in (1, 2):
        path = save_tiny(tmp_path, f"net{resizing}", resizing=resizing)
        text = path.with_suffix(CARD_SUFFIX).read_text()
        assert ("resizing" in json.loads(text)) == (resizing == 2)
        assert read_card(path).resizing == resizing
        assert card_sha256(read_card(path)) == card_sha256(replace(read_card(path)))


def test_a_card_is_evaluated_and_calibrated_with_its_own_resizing(tmp_path):
    folder = save_class_folders(tmp_path / "zoo", {"ant": 9, "bee": 9, "cow": 9}, size=(48, 20))
    scores, thresholds = [], []
    for resizing in (1, 2):
        path = save_tiny(tmp_path, f"net{resizing}", resizing=resizing)
        score, _ = evaluate_checkpoint(str(path), config(folder, 16), "train", device="cpu")
        scores.append(score)
        again, _ = evaluate_checkpoint(str(path), config(folder, 16, 1), "train", device="cpu")
        assert asdict(again) == asdict(score)
        found = measure_checkpoint_calibration(path, config(folder, 16), device="cpu")
        thresholds.append(found.energy_threshold)
    assert scores[0].loss != scores[1].loss
    assert thresholds[0] != thresholds[1]


def test_what_a_net_sees_of_a_picture_does_not_depend_on_its_cards_version(tmp_path):
    content = (save_class_folders(tmp_path, {"ant": 1}, size=(48, 20)) / "ant/000.png").read_bytes()
    nets = [load_net(save_tiny(tmp_path, f"net{r}", resizing=r), device="cpu") for r in (1, 2)]
    first, newest = (net.see(content, name="a") for net in nets)
    assert first.sha256 == newest.sha256
