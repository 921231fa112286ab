"""Landscapes and sharpness as figures, by value."""

import csv
import io
from typing import Any

import numpy as np
import pytest

from pages.ui.kit.plot.text_twin import text_twin
from resnet_core.figures.landscape import landscape_csv, landscape_figure
from resnet_core.figures.sharpness import sharpness_csv, sharpness_figure
from resnet_core.figures.style import arm_colours
from resnet_core.probes.sharpness import StabilityThreshold
from resnet_core.shares import PER_CENT
from tests.probes.test_landscape_sentences import around, line, sharp


def traces(figure: Any, kind: str) -> list[Any]:
    return [trace for trace in figure.data if trace.type == kind]


def test_two_nets_stand_on_one_scale_of_log_loss():
    nets = [around("ResNet <b>", 1.0), around("plain", 30.0, is_plain=True)]
    nets[1].loss[0, 0] = np.nan
    first, second = traces(landscape_figure(nets, "loss"), "contour")
    assert (first.zmin, first.zmax) == (second.zmin, second.zmax)
    assert first.zmin == pytest.approx(np.log10(0.1))
    assert first.zmax == pytest.approx(np.log10(nets[1].loss[4, 4]))
    assert first.contours.start == second.contours.start
    assert first.z[2][2] == pytest.approx(-1)
    assert second.z[0][0] is None
    assert (first.showscale, second.showscale) == (True, False)
    assert first.name == "ResNet &lt;b&gt;"
    error = traces(landscape_figure(nets, "error"), "contour")[0]
    assert (error.zmin, error.zmax) == (0, 100)
    assert error.colorbar.ticksuffix == PER_CENT
    assert error.z[4][4] == 100 * nets[0].error[4, 4]
    assert f"%{{customdata[1]:.1f}}{PER_CENT} wrong" in error.hovertemplate


def test_the_twin_in_words_tells_of_contours():
    told = text_twin(landscape_figure([around("ResNet", 1.0)], "loss"))
    assert "ResNet: 5 rows of 5, from -1 to 0.322" in told


def test_one_direction_and_a_line_are_curves():
    ridge = line(0.1, 2.0, np.nan, 0.2)
    figure: Any = landscape_figure([ridge], "loss")
    (curve,) = traces(figure, "scatter")
    assert list(curve.y) == [0.1, 2.0, None, 0.2]
    assert curve.name == "A to B"
    assert figure.layout.yaxis.type == "log"
    assert figure.layout.xaxis.title.text == "share of the way"
    wrong: Any = landscape_figure([ridge], "error")
    assert list(wrong.data[0].y) == [100 * share for share in ridge.error[0]]
    assert wrong.layout.yaxis.ticksuffix == PER_CENT


def test_landscape_csv_has_a_row_for_each_net_and_place():
    text = landscape_csv([around("A", 1.0), around("B", 2.0)])
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 50
    assert rows[0] == {"net": "A", "alpha": "-1", "beta": "-1", "loss": "2.1", "error": "0"}


def test_sharpness_is_drawn_over_steps_beside_its_line():
    arms = [
        [sharp(1.0, label="residual, step 0", step=0), sharp(30.0, label="residual, step 9")],
        [sharp(4.0, label="plain", step=0, is_plain=True), sharp(-1.0, label="plain")],
    ]
    figure: Any = sharpness_figure(arms)
    ours, theirs = traces(figure, "scatter")
    assert (list(ours.x), list(ours.y)) == ([1, 9], [1.0, 30.0])
    assert ours.name == "residual"
    assert list(theirs.y) == [4.0, None]
    assert [ours.line.color, theirs.line.color] == list(arm_colours([False, True]))
    (shape,) = figure.layout.shapes
    assert shape.y0 == 19.0
    (note,) = figure.layout.annotations
    assert note.text == "2 (1 + momentum) / learning rate: 19"
    assert note.y == pytest.approx(np.log10(19))
    assert list(figure.layout.xaxis.ticktext) == ["0", "9"]


def test_the_lower_line_of_nesterov_s_momentum_is_drawn_too():
    both = StabilityThreshold(value=19.0, learning_rate=0.2, momentum=0.9, nesterov_value=6.8)
    figure: Any = sharpness_figure([[sharp(1.0, threshold=both)]])
    assert [shape.y0 for shape in figure.layout.shapes] == [6.8, 19.0]
    assert figure.layout.annotations[0].text == "with Nesterov's momentum: 6.8"


def test_the_line_follows_the_learning_rate_from_step_to_step():
    steps = [
        sharp(1.0, step=step, threshold=StabilityThreshold(value=19.0, value_at_step=line))
        for step, line in ((0, None), (2, 500.0), (9, 20.0))
    ]
    twice = traces(sharpness_figure([steps, steps]), "scatter")
    assert len(twice) == 3, "one line for both nets"
    assert (list(twice[-1].x), list(twice[-1].y)) == ([2, 9], [500.0, 20.0])


def test_one_step_each_is_drawn_as_bars():
    bars = traces(sharpness_figure([[sharp(3.0)], [sharp(5.0, label="B")]]), "bar")
    assert [bar.y[0] for bar in bars] == [3.0, 5.0]


def test_sharpness_csv_has_a_row_for_each_eigenvalue():
    two = sharp(3.0, top_eigenvalues=np.array([3.0, 2.0]), residuals=np.array([0.1, 0.2]))
    rows = list(csv.DictReader(io.StringIO(sharpness_csv([[two]]))))
    assert [row["eigenvalue"] for row in rows] == ["3", "2"]
    assert rows[1]["residual"] == "0.2"
    assert rows[0]["threshold"] == "19"


@pytest.mark.parametrize(
    ("least", "most"), [(2.302, 2.302), (2.302, 2.31), (2.1, 2.4), (0.02, 0.05), (1, 3), (1, 900)]
)
def test_the_colours_of_any_range_of_losses_have_numbers(least: float, most: float):
    net = around("ResNet", 1.0)
    net.loss[:] = np.linspace(least, most, net.loss.size).reshape(net.loss.shape)
    bar = traces(landscape_figure([net], "loss"), "contour")[0].colorbar
    assert 2 <= len(bar.tickvals) <= 12
    shown = [float(text) for text in bar.ticktext]
    assert shown == pytest.approx(10 ** np.array(bar.tickvals), rel=1e-3)
    assert least * 0.99 <= min(shown) < max(shown) <= most * 1.01
