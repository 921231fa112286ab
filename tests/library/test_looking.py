"""Pictures in every form give one answer; what is no picture is told in a sentence."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import resnet_core
from resnet_core.asking import ReadyNet
from resnet_core.errors import PictureError, ProbeError


@pytest.fixture(scope="module")
def net() -> ReadyNet:
    net = resnet_core.load("resnet20-synthetic", device="cpu")
    assert isinstance(net, ReadyNet)
    return net


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)


def test_picture_in_every_form_gets_the_same_answer(
    net: ReadyNet, pixels: np.ndarray, tmp_path: Path
) -> None:
    path = tmp_path / "noise.png"
    Image.fromarray(pixels).save(path)
    forms = (path, str(path), path.read_bytes(), Image.open(path), pixels)
    answers = [resnet_core.classify(net, form) for form in forms]
    assert answers[0].logits == pytest.approx(net.answer(net.see_pixels(pixels)).logits)
    assert all(np.array_equal(each.logits, answers[0].logits) for each in answers)


@pytest.mark.parametrize(
    "wrong", [np.zeros((4, 4, 3)), np.zeros((4, 4), np.uint8), np.zeros((4, 4, 4), np.uint8), 7]
)
def test_what_is_no_picture_is_a_sentence(net: ReadyNet, wrong: object) -> None:
    with pytest.raises(PictureError, match="A picture is a file, its bytes"):
        resnet_core.classify(net, wrong)  # type: ignore[arg-type]
    with pytest.raises(PictureError):
        resnet_core.classify(net, "no-such-file.png")


def test_cam_takes_a_class_by_name_or_number(net: ReadyNet, pixels: np.ndarray) -> None:
    name = net.card.class_names[4]
    by_name = resnet_core.cam(net, pixels, target=name, layer="stage2.1")
    by_number = resnet_core.cam("resnet20-synthetic", pixels, target=4, layer="stage2.1")
    assert by_name.target.class_index == 4 and by_name.layer == "stage2.1"
    assert by_name.values == pytest.approx(by_number.values, abs=1e-5)
    with pytest.raises(ProbeError, match="has no class 'zebra': it knows"):
        resnet_core.cam(net, pixels, target="zebra")


def test_module_of_ones_own_is_asked_with_tensors_and_numbers(pixels: np.ndarray) -> None:
    own = resnet_core.build("resnet8")
    with pytest.raises(ProbeError, match="give a tensor"):
        resnet_core.cam(own, pixels)
    with pytest.raises(ProbeError, match="give the number of 'cat'"):
        resnet_core.cam(own, torch.zeros(1, 3, 32, 32), target="cat")
    with pytest.raises(ProbeError, match="give images and labels"):
        resnet_core.gradients(own)  # type: ignore[call-overload]
    with pytest.raises(ProbeError, match="build 'resnet8' to show it"):
        resnet_core.gradients("resnet8", torch.zeros(2, 3, 8, 8), torch.zeros(2))  # type: ignore[call-overload]


def test_features_are_those_of_stem_and_blocks(net: ReadyNet, pixels: np.ndarray) -> None:
    found = resnet_core.features(net, pixels)
    assert [maps.point.path for maps in found][:2] == ["stem", "stage1.0"]
    (one,) = resnet_core.features(net, pixels, layers=["stage2.1"])
    assert one.maps.shape == (32, 16, 16)
