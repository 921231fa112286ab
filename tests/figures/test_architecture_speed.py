# Plotly's stubs take a figure's `data` and `layout` for strings.
# pyright: reportAttributeAccessIssue=false
import pytest

from resnet_core.figures.architecture_speed import speed_csv, speed_figure
from resnet_core.models.speed import SpeedPoint


def point(batch_size, step_s):
    return SpeedPoint(
        batch_size=batch_size, forward_s=step_s / 4, step_s=step_s, num_repeats=3, device="here"
    )


def test_speed_figure_shows_pictures_per_second():
    figure = speed_figure(
        [("Net A", [point(1, 0.1), point(2, 0.1)], False), ("Net B", [point(1, 0.2)], True)]
    )
    lines = {trace.name: list(trace.y) for trace in figure.data}
    assert lines["Net A, training"] == pytest.approx([10, 20])
    assert lines["Net A, forward"] == pytest.approx([40, 80])
    assert lines["Net B, training"] == pytest.approx([5])
    assert figure.data[0].line.color == "#1f6fb4"
    assert figure.data[2].line.color == "#d95f02"
    assert list(figure.layout.xaxis.tickvals) == [1, 2]


def test_speed_csv_has_a_row_for_each_batch():
    text = speed_csv([("Net A", [point(1, 0.1), point(2, 0.1)], False)])
    assert text.splitlines() == [
        "net,batch_pictures,forward_ms,training_step_ms",
        "Net A,1,25,100",
        "Net A,2,25,100",
    ]
