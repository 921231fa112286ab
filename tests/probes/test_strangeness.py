"""Distances of channels against closed forms, and what they notice."""

import numpy as np
import pytest
import torch

from resnet_core.errors import ProbeError
from resnet_core.probes.strangeness import (
    MOST_CHANNELS,
    MOST_STRANGE,
    BlockStatistics,
    fit_blocks,
    measure_strangeness,
    moments_of_channels,
    num_features,
)

DIMENSIONS, CLASSES = 3, 2
MIXING = np.array([[2.0, 0.0, 0.0], [1.0, 0.5, 0.0], [0.0, 0.3, 0.1]])
MEANS = np.array([[0.0, 0.0, 0.0], [5.0, -4.0, 3.0]])


def drawn(seed: int, count: int = 20_000) -> tuple[dict[str, np.ndarray], np.ndarray]:
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, CLASSES, count)
    scatter = generator.normal(size=(count, DIMENSIONS)) @ MIXING.T
    return {"block": (MEANS[labels] + scatter).astype(np.float32)}, labels


@pytest.fixture(scope="module")
def blocks() -> tuple[BlockStatistics, ...]:
    training, labels = drawn(0)
    return fit_blocks(training, labels, drawn(1)[0])


def test_moments_are_mean_and_deviation_over_places():
    maps = torch.randn(2, 5, 4, 4, dtype=torch.float64)
    expected = torch.cat([maps.mean(dim=(2, 3)), maps.std(dim=(2, 3), correction=0)], dim=1)
    torch.testing.assert_close(moments_of_channels(maps), expected)


def test_wide_blocks_are_looked_at_in_so_many_channels():
    found = moments_of_channels(torch.randn(1, 3 * MOST_CHANNELS, 2, 2))
    assert found.shape == (1, num_features(3 * MOST_CHANNELS)) == (1, 2 * MOST_CHANNELS)


def test_distance_is_that_of_mahalanobis_to_the_nearest_class(blocks):
    covariance = MIXING @ MIXING.T
    points = drawn(2, 200)[0]["block"]
    nearest = np.min(
        [
            np.sqrt(np.sum((points - m) @ np.linalg.inv(covariance) * (points - m), 1))
            for m in MEANS
        ],
        0,
    )
    (block,) = blocks
    found = block.distances(points) * block.usual[1] + block.usual[0]
    assert found == pytest.approx(nearest, rel=0.05, abs=0.05)


def test_known_pictures_are_usual_and_far_ones_strange(blocks):
    known = measure_strangeness(blocks, drawn(3)[0])
    assert known.mean() == pytest.approx(0, abs=0.05)
    assert known.std() == pytest.approx(1, abs=0.05)
    far = {"block": np.full((1, DIMENSIONS), 100, np.float32)}
    assert measure_strangeness(blocks, far)[0] > 50
    between = {"block": MEANS.mean(axis=0, keepdims=True).astype(np.float32)}
    assert measure_strangeness(blocks, between)[0] > measure_strangeness(
        blocks, {"block": MEANS[:1].astype(np.float32)}
    )


def test_the_block_that_finds_it_the_most_unusual_decides():
    one = BlockStatistics(
        path="one",
        whitening=np.eye(1, dtype=np.float32),
        centres=np.zeros((1, 1), np.float32),
        usual=np.array([0, 1], np.float32),
    )
    two = BlockStatistics(path="two", whitening=one.whitening, centres=one.centres, usual=one.usual)
    moments = {"one": np.array([[1.0], [7.0]]), "two": np.array([[4.0], [2.0]])}
    assert measure_strangeness((one, two), moments).tolist() == [4.0, 7.0]


def test_what_is_no_number_is_as_strange_as_can_be(blocks):
    broken = {"block": np.array([[np.nan, 0, 0], [np.inf, 0, 0]], np.float32)}
    assert measure_strangeness(blocks, broken).tolist() == [MOST_STRANGE, MOST_STRANGE]


def test_a_channel_that_never_spoke_is_noticed_when_it_speaks():
    training, labels = drawn(0)
    silent = {"block": np.hstack([training["block"], np.zeros((len(labels), 1), np.float32)])}
    blocks = fit_blocks(silent, labels, silent)
    speaks = silent["block"][:1].copy()
    speaks[0, -1] = 1
    assert measure_strangeness(blocks, {"block": speaks})[0] > 50


def test_fewer_pictures_than_features_still_give_distances():
    generator = np.random.default_rng(0)
    few = {"block": generator.normal(size=(10, 40)).astype(np.float32)}
    blocks = fit_blocks(few, np.arange(10) % 2, few)
    assert np.isfinite(measure_strangeness(blocks, few)).all()


@pytest.mark.parametrize(
    ("features", "message"),
    [
        (np.zeros((1, 3), np.float32), "too few"),
        (np.full((5, 3), np.nan, np.float32), "not finite"),
    ],
)
def test_what_nothing_can_be_learned_from_is_refused(features, message):
    with pytest.raises(ProbeError, match=message):
        fit_blocks({"b": features}, np.zeros(len(features), np.int64), {"b": features})
