"""One picture through one net has one answer, whichever door it comes in by."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from resnet_core.asking import load_net
from resnet_core.asking.seeing import pixels_sha256
from resnet_core.checkpoints import find_checkpoint
from resnet_core.cli import app
from resnet_core.explain import Question
from tests.asking.pictures import KINDS, picture_of
from tests.inference.conftest import _one_thread, save_tiny  # noqa: F401 - fixture

NETS = ("resnet20-cifar10-jpeg", "resnet20-fashion-mnist", "224 px")


@pytest.fixture(scope="module")
def large_net(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("nets")
    metrics = {"temperature": 1.7}
    return save_tiny(folder, "large", image_size_px=224, resize_px=256, metrics=metrics)


@pytest.fixture(scope="module", params=KINDS)
def picture(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pictures") / f"{request.param}.bin"
    path.write_bytes(picture_of(request.param))
    return path


def said(*arguments: str) -> dict:
    done = CliRunner().invoke(app, [*arguments, "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def numbers(top: list[dict]) -> dict[str, tuple[float, float]]:
    return {entry["class"]: (entry["probability"], entry["raw_probability"]) for entry in top}


@pytest.mark.parametrize("name", NETS)
def test_every_door_gives_the_same_answer(picture, large_net, name):
    checkpoint = str(large_net) if name == "224 px" else name
    record = said("classify", str(picture), "--checkpoint", checkpoint)
    manifest = said("cam", str(picture), "--checkpoint", checkpoint)
    assert manifest["seen_sha256"] == record["seen_sha256"]
    assert manifest["seen_sha256"] == manifest["picture"]["sha256"]
    assert manifest["temperature"] == record["temperature"] != 1
    expected = numbers(record["top"])
    assert list(numbers(manifest["top"])) == list(expected)
    for class_name, found in numbers(manifest["top"]).items():
        assert found == pytest.approx(expected[class_name], abs=1e-6)
        assert manifest["probabilities"][class_name] == pytest.approx(found[0], abs=1e-6)

    # What the pages call, with the bytes that an upload has.
    net = load_net(find_checkpoint(checkpoint), device="cpu")
    seen = net.see(picture.read_bytes(), name=picture.name)
    answer = net.answer(seen)
    attribution = net.explain(seen.pixels, Question(layer=net.question().layer))
    assert seen.sha256 == answer.seen_sha256 == pixels_sha256(seen.pixels) == record["seen_sha256"]
    assert seen.pixels.shape[2] == net.card.model.in_channels
    assert np.array_equal(seen.colour, answer.seen)
    for score in answer.top(5):
        found = (score.probability, score.raw_probability)
        assert found == pytest.approx(expected[score.class_name], abs=1e-6)
    assert attribution.probabilities == pytest.approx(answer.probabilities, abs=1e-6)
