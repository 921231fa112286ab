import io

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.transforms import v2

from resnet_core.asking import load_net
from resnet_core.checkpoints import MeasuredAfterwards, keep_measured, read_card
from resnet_core.errors import CheckpointError, PictureError
from resnet_core.explain import Question, Target
from tests.inference.conftest import CLASSES, picture_bytes, save_tiny


def test_answer_is_softmax_of_the_nets_logits(net):
    content = picture_bytes(size=(16, 16))
    answer = net.answer(net.see(content, name="a.png"))
    pixels = np.array(Image.open(io.BytesIO(content)))
    images = v2.functional.to_image(pixels).float() / 255
    images = v2.functional.normalize(images, [0.4, 0.5, 0.6], [0.2, 0.25, 0.3])
    with torch.no_grad():
        logits = net.model(images[None])[0]
    assert np.array_equal(answer.seen, pixels)
    assert answer.logits == pytest.approx(logits.numpy(), abs=1e-5)
    assert answer.probabilities == pytest.approx(logits.softmax(0).numpy(), abs=1e-6)
    assert answer.energy == pytest.approx(-float(logits.logsumexp(0)), abs=1e-5)
    assert answer.class_names == CLASSES
    assert (answer.format, answer.original_size_px) == ("PNG", (16, 16))


def test_top_is_sorted_and_never_longer_than_the_classes(net):
    answer = net.answer(net.see(picture_bytes(), name="a.png"))
    scores = answer.top(5)
    assert [score.index for score in scores] == list(np.argsort(-answer.probabilities))
    assert sum(score.probability for score in scores) == pytest.approx(1)
    assert len(answer.top(1)) == 1


def test_temperature_and_threshold_come_from_the_card(tmp_path):
    plain = load_net(save_tiny(tmp_path, "plain"), device="cpu")
    metrics = {"temperature": 2.0, "energy_threshold": -1e6}
    warm = load_net(save_tiny(tmp_path, "warm", metrics=metrics), device="cpu")
    content = picture_bytes()
    before, after = (n.answer(n.see(content, name="a")) for n in (plain, warm))
    assert np.array_equal(before.logits, after.logits)
    halved = np.exp(before.logits / 2)
    assert after.probabilities == pytest.approx(halved / halved.sum(), abs=1e-6)
    assert np.array_equal(after.raw_probabilities, before.probabilities)
    assert [score.raw_probability for score in after.top(3)] == sorted(
        before.probabilities, reverse=True
    )
    assert after.is_unfamiliar
    assert not before.is_unfamiliar
    assert before.energy_threshold is None
    assert (warm.is_calibrated, plain.is_calibrated) == (True, False)


def test_a_map_says_what_the_answer_says(tmp_path):
    net = load_net(save_tiny(tmp_path, metrics={"temperature": 3.0}), device="cpu")
    seen = net.see(picture_bytes(), name="a.png")
    answer = net.answer(seen)
    for method in ("grad-cam", "saliency", "guided-backprop"):
        question = Question(method=method, layer=net.question().layer)
        attribution = net.explain(seen.pixels, question)
        assert attribution.temperature == 3.0
        assert attribution.probabilities == pytest.approx(answer.probabilities, abs=1e-6)
        assert attribution.raw_probabilities == pytest.approx(answer.raw_probabilities, abs=1e-6)


def test_a_calibration_read_anew_changes_the_answer_and_the_key(tmp_path):
    path = save_tiny(tmp_path)
    net = load_net(path, device="cpu")
    keep_measured(path, MeasuredAfterwards(metrics={"temperature": 2.0}))
    fresh = net.with_card(read_card(path))
    assert (fresh.model, fresh.lock) == (net.model, net.lock)
    assert (net.temperature, fresh.temperature) == (1.0, 2.0)
    assert fresh.key != net.key
    assert fresh.source.key == net.source.key


def test_explain_leaves_the_net_as_it_was(net):
    seen = net.see(picture_bytes(), name="a.png")
    before = {key: value.clone() for key, value in net.model.state_dict().items()}
    attribution = net.explain(seen.pixels, net.question())
    assert attribution.target.class_index == net.answer(seen).top(1)[0].index
    assert attribution.values.shape == (8, 8)
    assert net.explain(seen.pixels, net.question(2)).target == Target(class_index=2)
    assert not net.model.training
    assert all(torch.equal(before[k], v) for k, v in net.model.state_dict().items())
    assert not net.lock.locked()


def test_maps_and_block_parts_are_those_of_the_picture(net):
    seen = net.see(picture_bytes(), name="a.png")
    (stem,) = net.maps(seen.pixels, ["stage1.0"])
    assert stem.maps.shape == (4, 16, 16)
    parts = net.block_parts(seen.pixels, "stage1.0")
    assert np.maximum(parts.total, 0) == pytest.approx(stem.maps, abs=1e-5)


def test_load_net_refuses_a_net_of_five_channels(tmp_path):
    path = save_tiny(tmp_path, in_channels=5, mean=(0.5,) * 5, std=(0.5,) * 5)
    with pytest.raises(CheckpointError, match="5 channels"):
        load_net(path)


def test_see_names_the_refused_file(net):
    with pytest.raises(PictureError, match=r"'notes\.txt'"):
        net.see(b"hello", name="notes.txt")
