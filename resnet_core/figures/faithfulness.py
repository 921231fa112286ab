"""Figures of a map's trustworthiness: removal curves, ROAD, and the sanity check."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from resnet_core.explain.chance import BAND
from resnet_core.figures.gradient_layout import as_text
from resnet_core.figures.style import Theme, arm_colours, hover_percent, styled

DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
"""Kinds of line, one a method; colours tell the nets apart."""
_SYMBOLS = ("circle", "square", "diamond", "cross", "triangle-up", "x")
_MOST_MARKERS = 9
_GREYS = ("rgba(128, 128, 128, 0.30)", "rgba(128, 128, 128, 0.16)")


@dataclass(frozen=True, kw_only=True, eq=False)
class NamedCurve:
    """A curve with what it belongs to."""

    net: str
    method: str
    x: np.ndarray
    y: np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class ChanceBand:
    """Between which values random maps lie, along a curve."""

    title: str
    x: np.ndarray
    low: np.ndarray
    high: np.ndarray


def chance_band(title: str, x: np.ndarray, curves: Sequence[np.ndarray]) -> ChanceBand:
    """Takes the band of 95 % of the curves of random maps, point by point."""
    low, high = np.percentile(np.stack(curves), BAND, axis=0)
    return ChanceBand(title=title, x=x, low=low, high=high)


def removal_figure(
    curves: Sequence[NamedCurve],
    is_plain: Mapping[str, bool | None],
    *,
    x_title: str,
    bands: Sequence[ChanceBand] = (),
    theme: Theme = "light",
) -> go.Figure:
    """Draws the probability of the class against the share of pixels changed.

    Args:
        curves: x is a share between 0 and 1.
        is_plain: for each net, by its name and in their order, whether it is a plain net.
        x_title: what the share counts.
        bands: what chance does.
        theme: ground that the colours must stand out from.
    """
    colours = dict(zip(is_plain, arm_colours(list(is_plain.values()), theme), strict=True))
    methods = list(dict.fromkeys(curve.method for curve in curves))
    figure = go.Figure()
    for number, band in enumerate(bands):
        _add_band(figure, band, _GREYS[number % len(_GREYS)])
    for curve in curves:
        name = as_text(f"{curve.method}, {curve.net}" if len(is_plain) > 1 else curve.method)
        figure.add_scatter(
            x=curve.x * 100,
            y=curve.y,
            name=name,
            mode="lines+markers",
            line={
                "color": colours[curve.net],
                "dash": DASHES[methods.index(curve.method) % len(DASHES)],
                "width": 2,
            },
            marker=_marker(methods.index(curve.method)),
            hovertemplate=hover_percent("x", 0) + ": %{y:.3f}<extra>" + name + "</extra>",
        )
    styled(figure, x_title=f"{x_title} (%)", y_title="probability of the class", height_px=340)
    figure.update_yaxes(range=[0, 1.02])
    return figure


def randomisation_figure(
    parts: Sequence[str],
    correlations: Mapping[str, Sequence[float | None]],
    *,
    ranges: Mapping[str, tuple[Sequence[float | None], Sequence[float | None]]] | None = None,
    is_plain: bool = False,
    theme: Theme = "light",
) -> go.Figure:
    """Draws how alike each method's map stays while a net forgets from the top down.

    Args:
        parts: what has forgotten, in that order; the first is the trained net.
        correlations: rank correlations with the trained net's map, for each method.
        ranges: the smallest and the largest of several seeds, for each method.
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
            marker=_marker(index),
            error_y=_reach(values, (ranges or {}).get(method)),
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


def _marker(place: int) -> dict[str, object]:
    """A sign for each method, since dashes alone do not tell five lines apart."""
    return {
        "symbol": _SYMBOLS[place % len(_SYMBOLS)],
        "size": 7,
        "maxdisplayed": _MOST_MARKERS,
    }


def _add_band(figure: go.Figure, band: ChanceBand, grey: str) -> None:
    figure.add_scatter(
        x=np.concatenate([band.x, band.x[::-1]]) * 100,
        y=np.concatenate([band.high, band.low[::-1]]),
        name=band.title,
        mode="lines",
        line={"width": 0},
        fill="toself",
        fillcolor=grey,
        hoverinfo="skip",
    )


def _reach(
    values: Sequence[float | None],
    ends: tuple[Sequence[float | None], Sequence[float | None]] | None,
) -> dict[str, object] | None:
    """How far the seeds reach up and down from their mean."""
    if ends is None:
        return None
    low, high = ends
    up = [_gap(value, end) for value, end in zip(values, high, strict=True)]
    down = [_gap(end, value) for value, end in zip(values, low, strict=True)]
    return {"type": "data", "symmetric": False, "array": up, "arrayminus": down, "thickness": 1}


def _gap(low: float | None, high: float | None) -> float:
    return 0.0 if low is None or high is None else high - low
