# Plotly's stubs take a figure's `data` and `layout` for strings.
# pyright: reportAttributeAccessIssue=false
import numpy as np
import pytest

from resnet_core.figures.colour_maps import DIVERGING
from resnet_core.figures.feature_sheets import (
    MAGNITUDES,
    channel_histogram,
    filter_tiles,
    tile_colours,
    tile_indices,
)

MAPS = np.array([[[0.0, 1.0]], [[0.0, 4.0]]])


def test_tile_indices_share_a_scale_or_each_has_its_own() -> None:
    shared = tile_indices(MAPS, scale="shared", is_signed=False)
    assert shared.ravel().tolist() == [0, 64, 0, 255]
    own = tile_indices(MAPS, scale="own", is_signed=False)
    assert own.ravel().tolist() == [0, 255, 0, 255]
    wider = tile_indices(MAPS, scale="shared", is_signed=False, limit=8.0)
    assert wider.ravel().tolist() == [0, 32, 0, 128]


def test_tile_indices_of_signed_maps_have_zero_in_the_middle() -> None:
    indices = tile_indices(np.array([[[-2.0, 0.0, 2.0]]]), scale="shared", is_signed=True)
    assert indices.ravel().tolist() == [0, 128, 255]
    assert tile_colours(is_signed=True) == DIVERGING
    assert tile_colours(is_signed=False) == MAGNITUDES


@pytest.mark.parametrize(("side", "expected"), [(48, 48), (56, 28), (112, 38)])
def test_tile_indices_average_large_maps(side: int, expected: int) -> None:
    maps = np.random.default_rng(0).random((2, side, side))
    indices = tile_indices(maps, scale="shared", is_signed=False, limit=1.0)
    assert indices.shape == (2, expected, expected)
    assert indices.mean() == pytest.approx(maps.mean() * 255, rel=0.02)


def test_filter_tiles_are_gray_at_zero_and_bright_at_the_largest_weight() -> None:
    filters = np.zeros((2, 1, 1, 3))
    filters[0, 0, 0] = [2.0, -2.0, 0.0]
    filters[1, 0, 0] = [1.0, 0.0, 0.0]
    assert filter_tiles(filters).reshape(2, 3).tolist() == [[255, 0, 128], [191, 128, 128]]
    assert filter_tiles(filters, scale="own")[1].ravel().tolist() == [255, 128, 128]
    gray = filter_tiles(filters[..., :1])
    assert gray[1].ravel().tolist() == [191, 191, 191]
    assert filter_tiles(filters * 0).ravel().tolist() == [128] * 6


def test_channel_histogram_counts_every_place() -> None:
    values = np.random.default_rng(0).normal(size=(16, 16))
    figure = channel_histogram(values, title="value")
    assert sum(figure.data[0].y) == 256
    assert figure.layout.xaxis.title.text == "value"
