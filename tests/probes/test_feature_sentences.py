"""Sentences on maps inside a net say what was measured, and the opposite of the opposite."""

import re
from pathlib import Path

import numpy as np
import pytest

from resnet_core.models import ProbePoint, list_probe_points
from resnet_core.probes import feature_sentences as told
from resnet_core.probes.features import BlockParts, FeatureMaps
from tests.explain.conftest import small_net


@pytest.fixture(scope="module")
def point() -> ProbePoint:
    return next(p for p in list_probe_points(small_net(), 8) if p.path == "stage1.0")


def _features(point: ProbePoint, silent: int) -> FeatureMaps:
    maps = np.ones((6, 8, 8), np.float32)
    maps[:silent] = 0
    return FeatureMaps(point=point, maps=maps)


@pytest.mark.parametrize(
    ("silent", "expected"),
    [(0, "uses all of the layer"), (1, "1 of them silent: the picture uses most"), (5, "unused")],
)
def test_layer_sentence_counts_silent_channels(
    point: ProbePoint, silent: int, expected: str
) -> None:
    sentence = told.layer_sentence(_features(point, silent))
    assert "stage1.0 answers in 6 channels of 8 x 8 places" in sentence
    assert expected in sentence


@pytest.mark.parametrize(
    ("factor", "expected"),
    [
        (
            0.1,
            "0.10 times as strong as x and points along it (cosine +1.00): the block hardly "
            "changes what comes in.",
        ),
        (-0.5, "points against it (cosine -1.00): the block corrects what comes in."),
        (2.0, "points along it (cosine +1.00): the block outweighs what comes in."),
    ],
)
def test_block_sentence_weighs_the_branch(factor: float, expected: str) -> None:
    skip = np.ones((2, 3, 3), np.float32)
    parts = BlockParts(path="stage1.0", skip=skip, branch=skip * np.float32(factor))
    assert told.block_sentence(parts).endswith(expected)


def test_block_sentence_calls_no_direction_where_there_is_none() -> None:
    skip, branch = np.zeros((2, 1, 2, 2), np.float32)
    skip[0, 0], branch[0, 1] = 1, 1
    parts = BlockParts(path="stage1.0", skip=skip, branch=branch)
    assert "points neither along nor against it (cosine +0.00)" in told.block_sentence(parts)


def test_block_sentence_of_a_plain_block_and_of_nothing() -> None:
    maps = np.ones((2, 3, 3), np.float32)
    assert "no shortcut" in told.block_sentence(BlockParts(path="stage1.0", skip=None, branch=maps))
    nothing = BlockParts(path="stage1.0", skip=maps, branch=maps * 0)
    assert "cannot be compared" in told.block_sentence(nothing)


def test_learning_sentence_says_whether_maps_moved(point: ProbePoint) -> None:
    first, other = _features(point, 0), _features(point, 4)
    assert "cosine of 1.00" in told.learning_sentence([(0, first), (9, first)])
    assert "training hardly changed them" in told.learning_sentence([(0, first), (9, first)])
    moved = told.learning_sentence([(0, first), (9, other)])
    assert "training changed them. Silent channels: 0 at first, 4 at last." in moved
    assert "is silent" in told.learning_sentence([(0, first), (9, _features(point, 6))])
    assert told.learning_sentence([(1000, first)]) == (
        "Step 1,000 is the only one saved: there are no other maps to compare with."
    )


def test_filters_sentence_tells_colours_from_brightness() -> None:
    filters = np.ones((3, 3, 3, 3), np.float32)
    filters[0, ..., 0] = -2
    assert told.filters_sentence(filters).startswith("Of 3 filters 1 compare colours and 2 see")
    assert "gray pictures" in told.filters_sentence(filters[..., :1])


def test_feature_sentences_hold_no_figure_of_their_own() -> None:
    text = Path(told.__file__).read_text().partition("def layer_sentence")[2]
    for literal in re.findall(r'"([^"\n]*)"', text):
        assert not re.search(r"\d", re.sub(r"\{[^}]*\}", "", literal)), literal
