"""Figures of a map's trustworthiness: removal curves, ROAD, and the sanity check."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from resnet_core.figures.style import Theme, arm_colours, styled

DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
"""Kinds of line, one a method; colours tell the nets apart."""


@dataclass(frozen=True, kw_only=True, eq=False)
class NamedCurve:
    """A curve with what it belongs to."""

    net: str
    method: str
    x: np.ndarray
    y: np.ndarray


def removal_figure(
    curves: Sequence[NamedCurve],
    is_plain: Mapping[str, bool],
    *,
    x_title: str,
    theme: Theme = "light",
) -> go.Figure:
    """Draws the probability of the class against the share of pixels changed.

    Args:
        curves: x is a share between 0 and 1.
        is_plain: for each net, by its name and in their order, whether it is a plain net.
        x_title: what the share counts.
        theme: ground that the colours must stand out from.
    """
    colours = dict(zip(is_plain, arm_colours(list(is_plain.values()), theme), strict=True))
    methods = list(dict.fromkeys(curve.method for curve in curves))
    figure = go.Figure()
    for curve in curves:
        name = f"{curve.method}, {curve.net}" if len(is_plain) > 1 else curve.method
        figure.add_scatter(
            x=curve.x * 100,
            y=curve.y,
            name=name,
            mode="lines",
            line={
                "color": colours[curve.net],
                "dash": DASHES[methods.index(curve.method) % len(DASHES)],
                "width": 2,
            },
            hovertemplate="%{x:.0f} %: %{y:.3f}<extra>" + name + "</extra>",
        )
    styled(figure, x_title=f"{x_title} (%)", y_title="probability of the class", height_px=340)
    figure.update_yaxes(range=[0, 1.02])
    return figure


def randomisation_figure(
    parts: Sequence[str],
    correlations: Mapping[str, Sequence[float | None]],
    *,
    is_plain: bool = False,
    theme: Theme = "light",
) -> go.Figure:
    """Draws how alike each method's map stays while a net forgets from the top down.

    Args:
        parts: what has forgotten, in that order; the first is the trained net.
        correlations: rank correlations with the trained net's map, for each method.
        is_plain: whether the net is a plain one.
        theme: ground that the colours must stand out from.
    """
    figure = go.Figure()
    colour = arm_colours([is_plain], theme)[0]
    for index, (method, values) in enumerate(correlations.items()):
        figure.add_scatter(
            x=list(parts),
            y=list(values),
            name=method,
            mode="lines+markers",
            line={"color": colour, "dash": DASHES[index % len(DASHES)], "width": 2},
            hovertemplate="%{x}: %{y:.2f}<extra>" + method + "</extra>",
        )
    styled(
        figure,
        x_title="forgotten from the classifier down to",
        y_title="rank correlation",
        height_px=340,
    )
    figure.update_yaxes(range=[-1.05, 1.05], zeroline=True)
    return figure
