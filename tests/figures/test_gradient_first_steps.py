# Plotly's stubs take a figure's `data` and `layout` for strings.
# pyright: reportAttributeAccessIssue=false, reportArgumentType=false
"""The first steps of training as they are drawn: a ratio over steps, and one step's profile."""

import numpy as np
import pytest

from resnet_core.figures.gradient_first_steps import first_steps_figure
from resnet_core.figures.gradient_tables import first_steps_csv
from resnet_core.figures.style import PLAIN_COLOURS, RESIDUAL_COLOURS
from resnet_core.models import cifar_config
from resnet_core.probes.batches import BatchSpec
from resnet_core.training.first_steps import FirstSteps, measure_first_steps
from tests.figures.reading import rows, traces


@pytest.fixture(scope="module")
def first_steps() -> tuple[FirstSteps, ...]:
    configs = [cifar_config(8), cifar_config(8, plain=True)]
    spec = BatchSpec(num_pictures=4)
    return measure_first_steps(configs, batch=spec, seeds=(0, 1), num_steps=2)


def test_first_steps_figure_draws_ratios_over_steps_and_the_profile_of_one(first_steps):
    figure = first_steps_figure(first_steps, 2)
    lines = traces(figure, kind="measured")
    assert [line.name for line in lines] == ["ResNet-8", "ResNet-8", "Plain-8", "Plain-8"]
    ratios = first_steps[1].ratios
    np.testing.assert_allclose(lines[2].y, np.exp(np.log(ratios).mean(axis=0)))
    profile = np.exp(np.log(first_steps[1].weight_norms[:, 1]).mean(axis=0))
    np.testing.assert_allclose(lines[3].y, profile)
    np.testing.assert_allclose(lines[3].x, first_steps[1].depths)
    bands = traces(figure, kind="seeds")
    assert len(bands) == 4
    np.testing.assert_allclose(bands[2].y[:2], ratios.max(axis=0))
    assert lines[0].line.color == RESIDUAL_COLOURS["light"][0]
    assert lines[2].line.color == PLAIN_COLOURS["light"][0]


def test_first_steps_csv_holds_every_seed_and_step(first_steps):
    table = rows(first_steps_csv(first_steps))
    assert len(table) == 2 * 2 * 2 * 7
    assert (table[-1]["net"], table[-1]["seed"], table[-1]["step"]) == ("plain8", "1", "2")
    norm = first_steps[1].weight_norms[1, 1, -1]
    assert float(table[-1]["weight_gradient_norm"]) == pytest.approx(norm, rel=1e-5)
