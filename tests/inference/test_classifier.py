import io

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.transforms import v2

from resnet_core.data.pictures import Picture
from resnet_core.errors import CheckpointError, PictureError
from resnet_core.inference import classify_picture, explain_answer, load_classifier
from resnet_core.inference.classifier import fit_for
from tests.inference.conftest import CLASSES, picture_bytes, save_tiny


def test_classify_picture_is_softmax_of_the_nets_logits(classifier):
    content = picture_bytes(size=(16, 16))
    answer = classify_picture(classifier, content, name="a.png")
    pixels = np.array(Image.open(io.BytesIO(content)))
    images = v2.functional.to_image(pixels).float() / 255
    images = v2.functional.normalize(images, [0.4, 0.5, 0.6], [0.2, 0.25, 0.3])
    with torch.no_grad():
        logits = classifier.model(images[None])[0]
    assert np.array_equal(answer.seen, pixels)
    assert answer.logits == pytest.approx(logits.numpy(), abs=1e-5)
    assert answer.probabilities == pytest.approx(logits.softmax(0).numpy(), abs=1e-6)
    assert answer.energy == pytest.approx(-float(logits.logsumexp(0)), abs=1e-5)
    assert answer.class_names == CLASSES
    assert (answer.format, answer.original_size_px) == ("PNG", (16, 16))


def test_top_is_sorted_and_never_longer_than_the_classes(classifier):
    answer = classify_picture(classifier, picture_bytes(), name="a.png")
    scores = answer.top(5)
    assert [score.index for score in scores] == list(np.argsort(-answer.probabilities))
    assert sum(score.probability for score in scores) == pytest.approx(1)
    assert len(answer.top(1)) == 1


def test_temperature_and_threshold_come_from_the_card(tmp_path):
    plain = load_classifier(save_tiny(tmp_path, "plain"), device="cpu")
    metrics = {"temperature": 2.0, "energy_threshold": -1e6}
    warm = load_classifier(save_tiny(tmp_path, "warm", metrics=metrics), device="cpu")
    content = picture_bytes()
    before, after = (classify_picture(c, content, name="a") for c in (plain, warm))
    assert np.array_equal(before.logits, after.logits)
    halved = np.exp(before.logits / 2)
    assert after.probabilities == pytest.approx(halved / halved.sum(), abs=1e-6)
    assert after.is_unfamiliar
    assert not before.is_unfamiliar
    assert before.energy_threshold is None
    assert (warm.is_calibrated, plain.is_calibrated) == (True, False)


def test_gray_net_sees_gray(tmp_path):
    classifier = load_classifier(save_tiny(tmp_path, in_channels=1), device="cpu")
    answer = classify_picture(classifier, picture_bytes(size=(16, 16)), name="a")
    assert (answer.seen[..., 0] == answer.seen[..., 2]).all()


def test_fit_for_cuts_the_centre_as_torchvision_does(tmp_path):
    card = load_classifier(save_tiny(tmp_path, resize_px=20), device="cpu").card
    pixels = np.random.default_rng(0).integers(0, 256, (60, 80, 3), dtype=np.uint8)
    picture = Picture(name="a", pixels=pixels, original_size_px=(80, 60), format="PNG")
    size = v2.Compose([v2.Resize(20, antialias=True), v2.CenterCrop(16)])
    theirs = np.array(size(Image.fromarray(pixels)))
    ours = fit_for(card, picture)
    assert ours.shape == theirs.shape == (16, 16, 3)
    assert np.abs(ours.astype(int) - theirs).mean() < 12  # half a pixel of the small picture apart
    assert fit_for(card, picture, "pad").shape == (16, 16, 3)


def test_explain_answer_leaves_the_net_as_it_was(classifier):
    answer = classify_picture(classifier, picture_bytes(), name="a.png")
    before = {key: value.clone() for key, value in classifier.model.state_dict().items()}
    attribution = explain_answer(classifier, answer.seen)
    assert attribution.target.class_index == answer.top(1)[0].index
    assert attribution.values.shape == (8, 8)
    assert not classifier.model.training
    assert all(torch.equal(before[k], v) for k, v in classifier.model.state_dict().items())
    assert not classifier.lock.locked()


def test_load_classifier_refuses_a_net_of_five_channels(tmp_path):
    path = save_tiny(tmp_path, in_channels=5, mean=(0.5,) * 5, std=(0.5,) * 5)
    with pytest.raises(CheckpointError, match="5 channels"):
        load_classifier(path)


def test_classify_picture_names_the_refused_file(classifier):
    with pytest.raises(PictureError, match=r"'notes\.txt'"):
        classify_picture(classifier, b"hello", name="notes.txt")
