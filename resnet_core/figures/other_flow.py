"""The gradient at the start over the layers of a net of others, drawn as of the lab's own nets."""

import csv
import io

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from resnet_core.figures.gradient_depth import UNITS
from resnet_core.figures.gradient_layout import (
    as_text,
    geometric_mean,
    log_ticks,
    seeds_band,
    with_panel_titles,
)
from resnet_core.figures.style import Theme, arm_colours, styled
from resnet_core.others.flow import OtherFlow
from resnet_core.probes.verdict import Quantity

_TITLES: dict[Quantity, str] = {
    "weights": "Gradient of the weights",
    "outputs": "Gradient at the layers' outputs",
    "activations": "Activations, forward",
}


def other_flow_figure(flow: OtherFlow, *, theme: Theme = "light") -> go.Figure:
    """Draws three panels over the layers with weights, in the order of the forward pass.

    Lines are geometric means over the seeds; the band around them spans the seeds.  A layer at
    which nothing was measured leaves a gap.
    """
    figure = make_subplots(
        rows=1, cols=3, subplot_titles=list(_TITLES.values()), horizontal_spacing=0.07
    )
    (colour,) = arm_colours([None], theme)
    for column, quantity in enumerate(_TITLES, start=1):
        for trace in _traces(flow, quantity, colour):
            figure.add_trace(trace, row=1, col=column)
    styled(figure, x_title="layer, input to output", y_title="", height_px=340, log_y=True)
    for column, quantity in enumerate(_TITLES, start=1):
        ticks = log_ticks(_values(flow, quantity))
        figure.update_yaxes(
            title_text=UNITS[quantity], title_standoff=4, row=1, col=column, **ticks
        )
    return with_panel_titles(figure)


def other_flow_csv(flow: OtherFlow) -> str:
    """Every layer with every seed as a row; empty where nothing was measured."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        ["layer", "depth", "seed", "weight_gradient_norm", "output_gradient_norm", "activation_std"]
    )
    columns = (flow.weight_norms, flow.output_norms, flow.activation_stds)
    for place, path in enumerate(flow.layers):
        for number, seed in enumerate(flow.seeds):
            values = [_cell(column[number, place]) for column in columns]
            writer.writerow([path, place + 1, seed, *values])
    return text.getvalue()


def _traces(flow: OtherFlow, quantity: Quantity, colour: str) -> list[go.Scatter]:
    values, name = _values(flow, quantity), as_text(flow.name)
    line = go.Scatter(
        x=flow.depths.tolist(),
        y=geometric_mean(values),
        text=[as_text(path) for path in flow.layers],
        name=name,
        showlegend=False,
        mode="lines+markers",
        line={"color": colour, "width": 2},
        marker={"size": 4},
        hovertemplate=f"<b>{name}</b><br>%{{text}}<br>{UNITS[quantity]} %{{y:.3g}}<extra></extra>",
        meta={"quantity": quantity, "kind": "measured"},
    )
    return [line] if len(flow.seeds) < 2 else [seeds_band(flow.depths, values, colour, name), line]


def _values(flow: OtherFlow, quantity: Quantity) -> np.ndarray:
    return {
        "weights": flow.weight_norms,
        "outputs": flow.output_norms,
        "activations": flow.activation_stds,
    }[quantity]


def _cell(value: float) -> str:
    return "" if np.isnan(value) else f"{value:.6g}"
