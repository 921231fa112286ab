import hashlib
import time

import numpy as np
import pytest

from resnet_core.data.shapes import FIGURES
from resnet_core.data.synthetic import NUM_PICTURES, draw_pictures

PIXELS_SHA256 = "89ebd11edd0ff90a4dd1060aaa8124412817347b489c20f54a796afb8eea5ac7"
SET_SHA256 = "c694e397a70c88e85da2351c3c67bb89cf87123a52270241b3a46e53668b4312"


def test_draw_pictures_gives_the_same_pixels_on_every_machine():
    digest = hashlib.sha256()
    for part in ("train", "test"):
        images, labels = draw_pictures(part, 0, 200)
        digest.update(images.tobytes() + labels.astype("<i8").tobytes())
    assert digest.hexdigest() == PIXELS_SHA256


def test_whole_set_is_the_one_that_shipped_nets_were_trained_on(synthetic):
    assert synthetic.card.sha256 == SET_SHA256


def test_draw_pictures_does_not_depend_on_the_chunk():
    whole, _ = draw_pictures("train", 40, 60)
    part, labels = draw_pictures("train", 47, 53)
    assert np.array_equal(whole[7:13], part)
    assert labels.tolist() == [7, 8, 9, 0, 1, 2]


def test_parts_share_no_picture(synthetic):
    every = [split.images for split in (synthetic.train, synthetic.validation, synthetic.test)]
    pictures = {picture.tobytes() for images in every for picture in images}
    assert len(pictures) == sum(NUM_PICTURES.values())


def test_classes_are_equal_in_number(synthetic):
    for split in (synthetic.train, synthetic.validation, synthetic.test):
        counts = np.bincount(split.labels, minlength=10)
        assert counts.min() == counts.max()


def test_neither_colour_nor_brightness_tells_the_class(synthetic):
    means = synthetic.train.images.mean(axis=(1, 2)) / 255  # (N, 3)
    by_class = np.stack([means[synthetic.train.labels == label].mean(0) for label in range(10)])
    # 900 pictures a class: the mean of a class strays by about 0.2 / 30 by chance.
    assert np.abs(by_class - means.mean(0)).max() < 0.03


def test_figures_are_darker_and_lighter_than_their_background_equally_often(synthetic):
    squares = synthetic.test.images[synthetic.test.labels == 4].mean(axis=3)
    middle = squares[:, 13:19, 13:19].mean(axis=(1, 2))
    edge = np.concatenate([squares[:, :2].reshape(200, -1), squares[:, -2:].reshape(200, -1)], 1)
    assert 0.4 < (middle > edge.mean(axis=1)).mean() < 0.6


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.__name__)
def test_figures_cover_a_fair_share_of_their_place(figure):
    axis = np.linspace(-1.3, 1.3, 400, dtype=np.float32)
    distance = figure(np.broadcast_to(axis, (400, 400)), np.broadcast_to(axis[:, None], (400, 400)))
    inside = (distance < 0).mean()
    assert distance.dtype == np.float32
    assert 0.1 < inside < 0.45
    assert not (distance[[0, -1]] < 0).any(), "the figure must end within its place"


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.__name__)
def test_figures_give_distances_no_steeper_than_one(figure):
    axis = np.linspace(-1.3, 1.3, 400, dtype=np.float64)
    distance = figure(np.broadcast_to(axis, (400, 400)), np.broadcast_to(axis[:, None], (400, 400)))
    steps = np.abs(np.diff(distance, axis=1)) / (axis[1] - axis[0])
    assert np.quantile(steps, 0.99) < 1.05


def test_star_has_five_equal_points():
    angles = np.deg2rad(np.arange(0, 360, 72))
    tips = FIGURES[2](np.cos(angles), np.sin(angles))
    valleys = FIGURES[2](np.cos(angles + np.pi / 5), np.sin(angles + np.pi / 5))
    np.testing.assert_allclose(tips, tips[0], atol=1e-6)
    np.testing.assert_allclose(valleys, valleys[0], atol=1e-6)
    assert tips[0] < 0 < valleys[0]


def test_drawing_everything_takes_seconds():
    started = time.process_time()
    draw_pictures("train", 0, 1000)
    seconds_for_all = (time.process_time() - started) * sum(NUM_PICTURES.values()) / 1000
    assert seconds_for_all < 15  # measured: 2.4 s on one core; generous, for busy machines
