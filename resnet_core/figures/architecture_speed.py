"""How fast nets are on this machine, over the size of the batch."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from resnet_core.figures.gradient_layout import log_ticks
from resnet_core.figures.gradient_tables import csv_text
from resnet_core.figures.style import Theme, arm_colours, styled
from resnet_core.models.speed import SpeedPoint


def speed_figure(
    series: Sequence[tuple[str, Sequence[SpeedPoint], bool]], theme: Theme = "light"
) -> go.Figure:
    """Draws pictures per second over the batch: forward passes dotted, training steps solid.

    Args:
        series: for each net what the legend calls it, its points, and whether it is plain.
        theme: ground that the lines have to stand out from.
    """
    figure = go.Figure()
    colours = arm_colours([is_plain for _, _, is_plain in series], theme)
    for (label, points, _), colour in zip(series, colours, strict=True):
        for what, dash, name in (("forward_s", "dot", "forward"), ("step_s", "solid", "training")):
            times = [getattr(point, what) for point in points]
            figure.add_trace(
                go.Scatter(
                    x=[point.batch_size for point in points],
                    y=[p.batch_size / s for p, s in zip(points, times, strict=True)],
                    mode="lines+markers",
                    name=f"{label}, {name}",
                    line={"color": colour, "dash": dash},
                    customdata=[1000 * seconds for seconds in times],
                    hovertemplate="batch %{x}: %{y:,.3~s} pictures/s<br>%{customdata:,.1f} ms "
                    "a batch<extra>%{fullData.name}</extra>",
                )
            )
    styled(figure, x_title="Pictures in a batch", y_title="Pictures per second", log_y=True)
    rates = [
        point.batch_size / seconds
        for _, points, _ in series
        for point in points
        for seconds in (point.forward_s, point.step_s)
    ]
    figure.update_yaxes(**log_ticks(np.array(rates)))
    sizes = sorted({point.batch_size for _, points, _ in series for point in points})
    figure.update_xaxes(type="log", tickvals=sizes, ticktext=[f"{size}" for size in sizes])
    return figure


def speed_csv(series: Sequence[tuple[str, Sequence[SpeedPoint], bool]]) -> str:
    """One row a net and batch, as `speed_figure` takes them."""
    rows = (
        (label, point.batch_size, 1000 * point.forward_s, 1000 * point.step_s)
        for label, points, _ in series
        for point in points
    )
    return csv_text(("net", "batch_pictures", "forward_ms", "training_step_ms"), rows)
