"""The first steps of training: first over last gradient step by step, and the profiles."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from resnet_core.figures.gradient_layout import (
    as_text,
    faint,
    log_ticks,
    or_gaps,
    with_panel_titles,
)
from resnet_core.figures.style import Theme, arm_colours, styled
from resnet_core.models import net_label
from resnet_core.training.first_steps import FirstSteps

_EVEN = {"color": "#808a99", "dash": "dot"}


def first_steps_figure(
    nets: Sequence[FirstSteps], step: int, *, theme: Theme = "light"
) -> go.Figure:
    """Draws first over last gradient at every step, and the profile over depth at one of them.

    Lines are geometric means over the seeds; the bands span the seeds.

    Args:
        nets: what was measured.
        step: the profile's, counted from 1.
        theme: background that the colours have to stand out from.
    """
    titles = ("First over last convolution, step by step", f"Over depth, at step {step}")
    figure = make_subplots(rows=1, cols=2, subplot_titles=titles, horizontal_spacing=0.09)
    colours = arm_colours([net.config.is_plain for net in nets], theme)
    for net, colour in zip(nets, colours, strict=True):
        steps = np.arange(1, net.num_steps + 1)
        for trace in _line(net, steps, net.ratios, colour, "step %{x}<br>first / last ×%{y:.3g}"):
            figure.add_trace(trace, row=1, col=1)
        says = "depth %{x}<br>gradient norm %{y:.3g}"
        for trace in _line(net, net.depths, net.weight_norms[:, step - 1], colour, says):
            figure.add_trace(trace.update(showlegend=False), row=1, col=2)
    styled(figure, x_title="", y_title="", height_px=360, log_y=True)
    figure.add_hline(y=1, line=_EVEN, row=1, col=1)  # pyright: ignore[reportArgumentType]
    figure.add_vline(x=step, line={**_EVEN, "dash": "solid"}, row=1, col=1)  # pyright: ignore[reportArgumentType]
    figure.update_xaxes(title_text="step of training", row=1, col=1)
    figure.update_xaxes(title_text="layer, counted from the picture", row=1, col=2)
    ratios = np.concatenate([net.ratios.ravel() for net in nets])
    norms = np.concatenate([net.weight_norms[:, step - 1].ravel() for net in nets])
    for column, (title, values) in enumerate(
        (("first / last weight gradient", ratios), ("weight gradient norm", norms)), start=1
    ):
        figure.update_yaxes(title_text=title, title_standoff=4, row=1, col=column)
        figure.update_yaxes(row=1, col=column, **log_ticks(values))
    return with_panel_titles(figure)


def _line(
    net: FirstSteps, x: np.ndarray, values: np.ndarray, colour: str, says: str
) -> list[go.Scatter]:
    """The seeds' geometric mean with the band that they span; values (S, X)."""
    label = as_text(net_label(net.config.name))
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.exp(np.log(values).mean(axis=0))
    shared = {"legendgroup": label, "mode": "lines"}
    is_sound = np.isfinite(mean) & (mean > 0)
    there = x[is_sound].tolist()
    band = go.Scatter(
        x=[*there, *reversed(there)],
        y=[
            *or_gaps(values.max(axis=0)[is_sound]),
            *reversed(or_gaps(values.min(axis=0)[is_sound])),
        ],
        fill="toself",
        fillcolor=faint(colour),
        line={"width": 0},
        hoverinfo="skip",
        showlegend=False,
        meta={"kind": "seeds"},
        **shared,
    )
    line = go.Scatter(
        x=x.tolist(),
        y=or_gaps(mean),
        name=label,
        line={"color": colour, "width": 2},
        hovertemplate=f"<b>{label}</b><br>{says}<extra></extra>",
        meta={"kind": "measured"},
        **shared,
    )
    return [band, line] if len(values) > 1 else [line]
