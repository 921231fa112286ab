"""Stored landscapes and sharpness are what is measured, as far as a test can afford to look."""

import numpy as np
import pytest

from resnet_core.asking import load_source
from resnet_core.asking.called import sources_called
from resnet_core.asking.landscapes import explore_landscape
from resnet_core.asking.sharpnesses import measure_net_sharpness
from resnet_core.asking.training_pictures import draw_training_pictures
from resnet_core.probes.landscape import LandscapeSpec
from resnet_core.probes.sharpness import lanczos
from resnet_core.stored import files
from resnet_core.stored.landscapes import (
    LANDSCAPE,
    LANDSCAPE_PAIR,
    LANDSCAPE_PICTURES,
    SHARPNESS,
    SHARPNESS_PICTURES,
    STORED_SHARPNESS,
    arms_of,
    first_shipped_run,
)


def result_of(name: str):
    stored = files.read_stored(name)
    assert stored is not None
    return stored.result


def test_a_landscape_measured_again_is_what_is_stored():
    stored = result_of(LANDSCAPE)[0]
    net = load_source(sources_called(LANDSCAPE_PAIR[0])[0])
    pictures = draw_training_pictures(net, "synthetic", LANDSCAPE_PICTURES)
    nearest = stored.alphas[len(stored.alphas) // 2 + 1]
    spec = LandscapeSpec(grid=3, dimensions=1, span=nearest)
    again = explore_landscape(net, pictures, spec, num_workers=1)
    row, column = stored.middle
    np.testing.assert_allclose(again.loss[0], stored.loss[row, column - 1 : column + 2], rtol=0.02)
    assert [each.is_plain for each in result_of(LANDSCAPE)] == [False, True]


def test_a_trace_measured_again_is_what_is_stored(monkeypatch):
    monkeypatch.setattr(lanczos, "MOST_PRODUCTS", 1)
    stored = result_of(SHARPNESS)
    arms = arms_of(first_shipped_run())
    assert [len(steps) for steps in stored] == [len(steps) for steps in arms]
    net = load_source(arms[0][-1])
    pictures = draw_training_pictures(net, "synthetic", SHARPNESS_PICTURES)
    again = measure_net_sharpness(net, pictures, STORED_SHARPNESS)
    assert again.loss == pytest.approx(stored[0][-1].loss, rel=0.02)
    assert again.trace.value == pytest.approx(stored[0][-1].trace.value, rel=0.05)
    assert again.largest <= stored[0][-1].largest * 1.05
