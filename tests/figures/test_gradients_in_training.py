# Plotly's stubs take a figure's `data` and `layout` for strings.
# pyright: reportAttributeAccessIssue=false, reportArgumentType=false
"""Gradients while nets train as they are drawn: over steps, at one step, and in the blocks."""

from dataclasses import replace

import numpy as np
import pytest

from resnet_core.figures.gradient_tables import flow_csv
from resnet_core.figures.gradient_training import anatomy_figure, flow_heatmaps, step_figure
from resnet_core.training.flow import FLOW_QUANTITIES, ArmFlow
from tests.figures.reading import rows


def flow(label: str, *, plain: bool, values: list[list[float]]) -> ArmFlow:
    return ArmFlow(
        label=label,
        is_plain=plain,
        steps=np.array([1, 11]),
        positions=("stem.conv", "classifier"),
        values=np.array(values, np.float32),
    )


FLOWS = [
    flow("Residual", plain=False, values=[[1, 2], [0.1, 4]]),
    flow("Plain", plain=True, values=[[1, 1], [0.001, np.nan]]),
]


def test_heatmaps_share_one_colour_scale():
    figure = flow_heatmaps(FLOWS, FLOW_QUANTITIES["gradient_norm"], step=11)
    residual, plain = figure.data
    assert residual.coloraxis == plain.coloraxis == "coloraxis"
    assert figure.layout.coloraxis.cmin == -3
    assert figure.layout.coloraxis.cmax == 1
    np.testing.assert_allclose(residual.z[0], [0, -1])
    assert plain.z[1][1] is None
    assert plain.customdata[0][1] == pytest.approx(0.001)
    assert figure.layout.shapes[0].x0 == 11
    first, last = min(FLOWS[0].steps), max(FLOWS[0].steps)
    assert figure.layout.xaxis.range == (first - 0.5, last + 0.5), "no step before the first one"


def test_shares_that_are_all_zero_have_no_ratio_and_an_axis_from_0_to_1():
    silent = [replace(each, values=np.zeros_like(each.values)) for each in FLOWS]
    figure = step_figure(silent, FLOW_QUANTITIES["dead_share"], 11)
    assert len(figure.layout.annotations) == 1
    assert figure.layout.yaxis.range == (-0.02, 1.02)


def test_a_net_alone_is_named_too():
    assert step_figure(FLOWS[:1], FLOW_QUANTITIES["gradient_norm"], 11).layout.showlegend


@pytest.mark.parametrize("name", FLOW_QUANTITIES)
def test_every_quantity_can_be_drawn(name):
    figure = flow_heatmaps(FLOWS, FLOW_QUANTITIES[name])
    assert len(figure.data) == 2
    assert len(step_figure(FLOWS, FLOW_QUANTITIES[name], 11).data) == 3


def test_step_figure_shows_the_profile_and_the_ratio():
    figure = step_figure(FLOWS, FLOW_QUANTITIES["gradient_norm"], 11)
    residual, plain, ratio = figure.data
    np.testing.assert_allclose(residual.y, [0.1, 4], rtol=1e-6)
    assert plain.y[1] is None
    assert ratio.y[0] == pytest.approx(100)
    assert ratio.y[1] is None
    alone = step_figure(FLOWS[:1], FLOW_QUANTITIES["gradient_norm"], 1)
    assert len(alone.data) == 1


def test_anatomy_figure_draws_six_lines_a_net():
    arm = {
        name: FLOWS[0] for name, quantity in FLOW_QUANTITIES.items() if quantity.place == "block"
    }
    figure = anatomy_figure([arm], 11)
    assert [trace.name for trace in figure.data] == [
        f"Residual, {what}"
        for what in ("x", "F(x)", "x + F(x)", "share", "x and F(x)", "the two gradients")
    ]
    np.testing.assert_allclose(figure.data[3].y, [0.1, 4], rtol=1e-6)


def test_flow_csv_quotes_what_a_spreadsheet_would_run():
    evil = flow("=1+1", plain=True, values=[[1, 2], [3, 4]])
    table = rows(flow_csv([evil], "gradient_norm"))
    assert len(table) == 4
    assert table[3] == {
        "arm": "'=1+1",
        "step": "11",
        "place": "classifier",
        "gradient_norm": "4",
    }
