"""A map's files: numbers that come back, and a manifest that names all they depend on."""

import csv
import hashlib
import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
from torch import Tensor

from resnet_core.checkpoints import card_sha256, read_card, save_checkpoint
from resnet_core.explain import (
    Question,
    Target,
    attribute,
    build_manifest,
    values_csv,
    values_npy,
)
from resnet_core.models import ResNet
from tests.explain.test_pictures import card

NAMES = ("zero", "one", "two", "three", "four")
PIXELS = np.zeros((16, 16, 3), np.uint8)


def test_values_come_back_from_npy_and_csv(net: ResNet, picture: Tensor) -> None:
    answer = attribute(net, picture, Question(method="hirescam", layer="stage3.0"))
    assert np.array_equal(np.load(io.BytesIO(values_npy(answer))), answer.channels)
    header, *rows = csv.reader(io.StringIO(values_csv(answer)))
    assert header == ["row", "column", "value"]
    assert len(rows) == answer.values.size
    for row, column, value in rows:
        assert np.float32(value) == answer.values[int(row), int(column)]


def test_card_hash_is_that_of_its_file(net: ResNet, tmp_path: Path) -> None:
    whole = replace(card(), model=net.config, class_names=NAMES)
    saved = save_checkpoint(tmp_path, whole, net.state_dict())
    content = saved.with_suffix(".json").read_bytes()
    assert card_sha256(read_card(saved)) == hashlib.sha256(content).hexdigest()


def test_manifest_names_all_that_a_map_depends_on(net: ResNet, picture: Tensor) -> None:
    target = Target(class_index=1, against=0)
    answer = attribute(net, picture, Question(method="grad-cam", layer="stage2.0", target=target))
    net_card = replace(card(), class_names=NAMES)
    manifest = json.loads(json.dumps(build_manifest(answer, net_card, PIXELS, "ring.png")))
    assert manifest["method"]["paper"].startswith("Selvaraju et al. 2017")
    assert manifest["layer"] == "stage2.0"
    assert manifest["target"] == {
        "class_index": 1,
        "class_name": "one",
        "against_index": 0,
        "against_name": "zero",
    }
    assert manifest["picture"]["sha256"] == hashlib.sha256(PIXELS.tobytes()).hexdigest()
    assert manifest["net"]["weights_sha256"] == net_card.weights_sha256
    assert manifest["net"]["card_sha256"] == card_sha256(net_card)
    assert manifest["settings"]["num_steps"] == 32
    assert {"torch", "captum", "numpy", "python"} <= set(manifest["libraries"])
    assert abs(sum(manifest["probabilities"].values()) - 1) < 1e-5
