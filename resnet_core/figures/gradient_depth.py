"""Gradients and activations over depth at initialisation."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from resnet_core.figures.gradient_layout import (
    as_text,
    geometric_mean,
    log_ticks,
    or_gaps,
    seeds_band,
    with_panel_titles,
)
from resnet_core.figures.style import Theme, arm_colours, styled
from resnet_core.probes.gradients import GradientProfile
from resnet_core.probes.verdict import Quantity, curve_of, expected_curve

TITLES: dict[Quantity, str] = {
    "weights": "Gradient of the weights",
    "outputs": "Gradient at the blocks' outputs",
    "activations": "Activations, forward",
}
UNITS: dict[Quantity, str] = {
    "weights": "gradient norm",
    "outputs": "gradient norm",
    "activations": "standard deviation",
}
_IN_A_CELL: tuple[Quantity, ...] = ("outputs", "weights")
_SHORT: dict[Quantity, str] = {"outputs": "gradient at outputs", "weights": "gradient of weights"}
_DEPTH = "layer, counted from the picture"
_THEORY = "mean-field theory"
_MOST_TICKS_IN_A_CELL = 4
_MOST_DECADES = 24
"""Below that nothing can be read any more; float32 ends there as well."""


@dataclass(frozen=True)
class LabelledProfile:
    """A measured net and what a figure calls it."""

    label: str
    profile: GradientProfile


def depth_figure(nets: Sequence[LabelledProfile], *, theme: Theme = "light") -> go.Figure:
    """Draws three panels over depth, all nets together, each with what theory expects (dotted).

    Lines are geometric means over the seeds; the band around them spans the seeds.
    """
    quantities: tuple[Quantity, ...] = ("weights", "outputs", "activations")
    figure = make_subplots(
        rows=1, cols=3, subplot_titles=[TITLES[q] for q in quantities], horizontal_spacing=0.07
    )
    colours = arm_colours([net.profile.config.is_plain for net in nets], theme)
    for column, quantity in enumerate(quantities, start=1):
        for net, colour in zip(nets, colours, strict=True):
            for trace in _traces(net, quantity, colour, in_legend=column == 1):
                figure.add_trace(trace, row=1, col=column)
    figure.add_trace(_in_legend(_THEORY, "dot"), row=1, col=1)
    styled(figure, x_title=_DEPTH, y_title="", height_px=370, log_y=True)
    for column, quantity in enumerate(quantities, start=1):
        values = np.concatenate([curve_of(net.profile, quantity)[1].ravel() for net in nets])
        ticks = log_ticks(values)
        figure.update_yaxes(
            title_text=UNITS[quantity], title_standoff=4, row=1, col=column, **ticks
        )
    return with_panel_titles(figure)


def two_by_two_figure(cells: Sequence[LabelledProfile], *, theme: Theme = "light") -> go.Figure:
    """Draws {residual, plain} x {batch norm, none} on the same axes.

    Args:
        cells: residual and plain with batch norm, then residual and plain without.
        theme: background that the colours have to stand out from.
    """
    assert len(cells) == 4
    figure = make_subplots(
        rows=2,
        cols=2,
        subplot_titles=[as_text(cell.label) for cell in cells],
        horizontal_spacing=0.04,
        vertical_spacing=0.12,
    )
    colours = arm_colours([False, True, False, True], theme)
    for index, cell in enumerate(cells):
        colour = colours[index % 2]
        for quantity in _IN_A_CELL:
            dash = "solid" if quantity == "outputs" else "dash"
            for trace in _traces(cell, quantity, colour, in_legend=False, dash=dash):
                figure.add_trace(trace, row=index // 2 + 1, col=index % 2 + 1)
    for quantity, dash in zip(_IN_A_CELL, ("solid", "dash"), strict=True):
        figure.add_trace(_in_legend(_SHORT[quantity], dash), row=1, col=1)
    figure.add_trace(_in_legend(_THEORY, "dot"), row=1, col=1)
    styled(figure, x_title="", y_title="", height_px=410, log_y=True)
    figure.update_xaxes(matches="x")
    figure.update_xaxes(showticklabels=False, row=1)
    figure.update_yaxes(matches="y")
    figure.update_xaxes(title_text=_DEPTH, row=2)
    figure.update_yaxes(title_text="gradient norm", title_standoff=4, col=1)
    values = np.concatenate(
        [curve_of(cell.profile, quantity)[1].ravel() for cell in cells for quantity in _IN_A_CELL]
    )
    figure.update_yaxes(**log_ticks(values, most=_MOST_TICKS_IN_A_CELL))
    figure.update_layout(yaxis_range=_range_of(values))
    return with_panel_titles(figure)


def _traces(
    net: LabelledProfile, quantity: Quantity, colour: str, *, in_legend: bool, dash: str = "solid"
) -> list[go.Scatter]:
    depths, values = curve_of(net.profile, quantity)
    places = _places(net.profile, quantity)
    what = TITLES[quantity].lower()
    unit = UNITS[quantity]
    mean = geometric_mean(values)
    says = f"<b>{as_text(net.label)}</b>, {what}<br>%{{text}}, depth %{{x}}<br>{unit} %{{y:.3g}}"
    traces = [] if len(values) < 2 else [seeds_band(depths, values, colour, as_text(net.label))]
    traces.append(
        go.Scatter(
            x=depths.tolist(),
            y=mean,
            text=places,
            name=as_text(net.label),
            legendgroup=as_text(net.label),
            showlegend=in_legend,
            mode="lines+markers",
            line={"color": colour, "width": 2, "dash": dash},
            marker={"size": 4 if dash == "solid" else 1},
            hovertemplate=says + "<extra></extra>",
            meta={"quantity": quantity, "kind": "measured"},
        )
    )
    # A dashed curve shares its panel, where a second theory would be one line too many.
    expected = expected_curve(net.profile, quantity) if dash == "solid" else None
    if expected is not None:
        traces.append(_theory(depths, expected, colour, as_text(net.label), quantity))
    return traces


def _theory(
    depths: np.ndarray, expected: np.ndarray, colour: str, label: str, quantity: Quantity
) -> go.Scatter:
    return go.Scatter(
        x=depths.tolist(),
        y=or_gaps(expected),
        name=f"{label}, theory",
        legendgroup=label,
        showlegend=False,
        mode="lines",
        line={"color": colour, "width": 1.5, "dash": "dot"},
        hovertemplate=f"<b>{label}</b>, mean-field theory<br>depth %{{x}}<br>%{{y:.3g}}"
        "<extra></extra>",
        meta={"quantity": quantity, "kind": "theory"},
    )


def _in_legend(name: str, dash: str) -> go.Scatter:
    """What a kind of line means in whatever colour."""
    return go.Scatter(
        x=[None],
        y=[None],
        name=name,
        mode="lines",
        line={"color": "#808a99", "width": 1.5, "dash": dash},
        showlegend=True,
        legendgroup=name,  # those without a group would share one, and stand in a column
        meta={"kind": "legend"},
    )


def _places(profile: GradientProfile, quantity: Quantity) -> list[str]:
    if quantity != "weights":
        return list(profile.trunk)
    return [
        path for path, chosen in zip(profile.layers, profile.convolutions, strict=True) if chosen
    ]


def _range_of(values: np.ndarray) -> list[float]:
    """Common limits in decades, a little wider than all measured values."""
    logs = np.log10(values[values > 0])
    high = float(logs.max())
    return [max(float(logs.min()), high - _MOST_DECADES) - 0.4, high + 0.4]
