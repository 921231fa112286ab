# Plotly's stubs take a figure's `data` and `layout` for strings.
# pyright: reportAttributeAccessIssue=false, reportArgumentType=false
"""Why gradients behave as they do, as it is drawn: paths, shattering, and layers' responses."""

import numpy as np

from resnet_core.figures.gradient_tables import path_lengths_csv, responses_csv, shattering_csv
from resnet_core.figures.gradient_why import (
    path_lengths_figure,
    responses_figure,
    shattering_figure,
)
from resnet_core.models import cifar_config
from resnet_core.probes.path_lengths import PathLengths
from resnet_core.probes.responses import LayerResponses
from resnet_core.probes.shattering import Autocorrelation
from resnet_core.shares import PER_CENT
from tests.figures.reading import rows


def test_path_lengths_figure_shows_number_gradient_and_signed_shares():
    paths = PathLengths(
        name="net",
        counts=np.array([1.0, 2.0, 1.0]),
        sampled_norms=np.array([[4.0, 4.0], [1.0, 3.0], [0.5, 0.5]]),
        exact_norms=np.array([4.0, 3.0, 0.5]),
        shares=np.array([0.7, 0.5, -0.2]),
        total_norm=5.0,
    )
    figure = path_lengths_figure(paths)
    number, _, mean, shares = figure.data
    np.testing.assert_allclose(number.y, [0.25, 0.5, 0.25])
    np.testing.assert_allclose(mean.y, [4, 2, 0.5])
    np.testing.assert_allclose(shares.y, [0.7, 0.5, -0.2])
    assert rows(path_lengths_csv(paths))[2]["signed_share"] == "-0.2"


def test_shattering_figure_draws_white_noise_once():
    each = Autocorrelation(
        config=cifar_config(8, plain=True),
        seeds=(0, 1),
        lags=np.array([0.0, 0.1]),
        values=np.array([[1.0, 0.2], [1.0, 0.4]]),
        white_noise=np.array([1.0, -0.1]),
    )
    figure = shattering_figure([("Plain", each), ("Other", each)])
    assert [trace.name for trace in figure.data] == ["Plain", "Other", "white noise"]
    np.testing.assert_allclose(figure.data[0].y, [1, 0.3])
    assert [list(trace.x) for trace in figure.data] == [[0.0, 10.0]] * 3
    assert figure.layout.xaxis.ticksuffix == PER_CENT
    assert f"%{{x:.1f}}{PER_CENT} of the line" in figure.data[0].hovertemplate
    assert len(rows(shattering_csv([("Plain", each)]))) == 4


def test_responses_figure_draws_both_orders():
    net = LayerResponses(
        label="ResNet",
        is_plain=False,
        layers=("stem.conv", "stage1.0.conv1"),
        depths=np.array([1, 2]),
        stds=np.array([0.5, 0.9]),
    )
    figure = responses_figure([net])
    assert [list(trace.y) for trace in figure.data] == [[0.5, 0.9], [0.9, 0.5]]
    assert rows(responses_csv([net]))[1]["standard_deviation"] == "0.9"
