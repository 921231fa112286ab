"""Layers folded by module path: names, norms and gaps, by hand."""

import numpy as np
import pytest

from resnet_core.runs.curves import ArmCurves, CurvesChunk
from resnet_core.runs.folding import (
    MOST_ROWS,
    fold_chunk,
    fold_means,
    fold_norms,
    fold_positions,
)

_BLOCKS = [
    f"body.{block}.{name}"
    for block in range(100)
    for name in ("mix.out", "mix.out.bias", "norm.weight", "feed.in", "feed.out", "feed.out.bias")
]


def test_layers_are_shown_without_biases_and_scales():
    folding = fold_positions(["stem", "norm.weight", "norm.bias", "fc", "fc.bias"])
    assert folding.names == ("stem", "fc")
    assert folding.members == ((0,), (3,))
    assert not folding.is_folded
    assert fold_positions(["a", "a.bias"], "parameters").names == ("a", "a.bias")


def test_hundreds_of_layers_are_folded_by_module():
    folding = fold_positions(["stem", *_BLOCKS, "head", "head.bias"])
    assert folding.names == ("stem", *(f"body.{block}" for block in range(100)), "head")
    assert len(folding.names) <= MOST_ROWS
    assert folding.members[1] == (1, 2, 3, 4, 5, 6)
    assert folding.members[-1] == (601, 602)
    assert fold_positions(_BLOCKS[:12], "modules").names == (
        *("body.0.mix.out", "body.0.norm", "body.0.feed.in", "body.0.feed.out"),
        *("body.1.mix.out", "body.1.norm", "body.1.feed.in", "body.1.feed.out"),
    )


def test_biases_alone_are_rows():
    assert fold_positions(["bias"]).names == ("bias",)
    assert fold_positions([]).names == ()


def test_norm_of_a_module_is_that_of_all_it_holds():
    logs = np.log10(np.array([[3.0, 4.0, 7.0], [np.nan, 5.0, np.nan]]))
    folding = fold_positions(["a.x", "a.x.bias", "b"], "modules")
    assert folding.names == ("a.x", "b")
    np.testing.assert_allclose(10 ** fold_norms(logs, folding), [[5, 7], [5, np.nan]], rtol=1e-6)
    means = fold_means(np.array([[1.0, 3.0, 7.0], [np.nan, 5.0, np.nan]]), folding)
    np.testing.assert_allclose(means, [[2, 7], [5, np.nan]])


@pytest.mark.parametrize("count", [3, 3 * MOST_ROWS])
def test_news_of_a_chart_are_folded_alike_in_each_chunk(count):
    layers = tuple(f"m{place // 3}.layer{place % 3}" for place in range(count))
    arm = ArmCurves(
        label="a",
        layers=layers,
        step=np.arange(2.0, dtype=np.float32),
        scalars={},
        layer_norms=np.zeros((2, count), np.float32),
    )
    chunk = fold_chunk(CurvesChunk(width=1, reset=True, arms=(arm,), evaluations=()))
    (folded,) = chunk.arms
    assert folded.layer_norms.shape == (2, min(count, MOST_ROWS))
    if count == 3:
        assert folded is arm
    else:
        np.testing.assert_allclose(folded.layer_norms, np.log10(np.sqrt(3)), rtol=1e-6)
        assert folded.layers[:2] == ("m0", "m1")
