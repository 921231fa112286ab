"""Landscapes of the loss, one net beside another on one scale, and their numbers as CSV."""

import math
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from resnet_core.figures.gradient_layout import as_text, log_ticks
from resnet_core.figures.gradient_tables import csv_text
from resnet_core.figures.style import (
    PERCENT_TICKS,
    SEQUENTIAL_SCALE,
    Theme,
    arm_colours,
    hover_percent,
    styled,
)
from resnet_core.figures.titles import make_room, titles_over
from resnet_core.probes.landscape import Landscape

LandscapeQuantity = Literal["loss", "error"]

_TITLES: dict[LandscapeQuantity, str] = {"loss": "loss, nats", "error": "wrong answers"}
_WRONG = f"{hover_percent('customdata[1]')} wrong"
_SPACING = 0.09
_MOST_LETTERS = 64
"""Across the whole figure, where it is narrow."""
_NUM_LINES = 14
_HEIGHT_PX = 360
_FEWEST_TICKS = 2
_FEW_DECADES = 0.5
"""Range of a scale in which steps of 1, 2 and 5 may leave no number, or a single one."""
_MIDDLE = {"color": "#ffffff", "size": 9, "symbol": "cross", "line": {"color": "#000", "width": 1}}


def landscape_figure(
    landscapes: Sequence[Landscape], quantity: LandscapeQuantity, *, theme: Theme = "light"
) -> go.Figure:
    """Draws contours of two directions, or curves of one; nets share the colours or the axis.

    Args:
        landscapes: one or more with the same number of directions.
        quantity: what is drawn; the loss on a logarithmic scale.
        theme: background that the colours of curves have to stand out from.
    """
    if len(landscapes[0].betas) == 1:
        return _curves(landscapes, quantity, theme)
    return _contours(landscapes, quantity)


def landscape_csv(landscapes: Sequence[Landscape]) -> str:
    """One row a net and place."""
    rows = (
        (_name(each), alpha, beta, each.loss[row, column], each.error[row, column])
        for each in landscapes
        for row, beta in enumerate(each.betas)
        for column, alpha in enumerate(each.alphas)
    )
    return csv_text(("net", "alpha", "beta", "loss", "error"), rows)


def _contours(landscapes: Sequence[Landscape], quantity: LandscapeQuantity) -> go.Figure:
    titles = titles_over([each.label for each in landscapes], _MOST_LETTERS // len(landscapes))
    figure = make_subplots(
        rows=1,
        cols=len(landscapes),
        subplot_titles=titles,
        horizontal_spacing=_SPACING,
    )
    scale = _scale(landscapes, quantity)
    for column, each in enumerate(landscapes, start=1):
        figure.add_trace(_contour(each, quantity, scale, has_bar=column == 1), row=1, col=column)
        figure.add_trace(_middle(), row=1, col=column)
        figure.update_yaxes(scaleanchor=f"x{column if column > 1 else ''}", row=1, col=column)
    styled(figure, x_title="alpha, filter lengths", y_title="", height_px=_HEIGHT_PX)
    figure.update_xaxes(constrain="domain", zeroline=False)
    figure.update_yaxes(constrain="domain", zeroline=False)
    figure.update_yaxes(title_text="beta, filter lengths", title_standoff=4, row=1, col=1)
    figure.update_annotations(font_size=14)
    return make_room(figure, titles)


def _contour(
    landscape: Landscape, quantity: LandscapeQuantity, scale: dict[str, Any], *, has_bar: bool
) -> go.Contour:
    shown = _drawn(landscape, quantity)
    return go.Contour(
        x=list(landscape.alphas),
        y=list(landscape.betas),
        z=[[float(v) if np.isfinite(v) else None for v in row] for row in shown],
        customdata=np.stack([landscape.loss, 100 * landscape.error], axis=-1),
        hovertemplate="alpha %{x:.3g}, beta %{y:.3g}<br>loss %{customdata[0]:.4g}<br>"
        f"{_WRONG}<extra></extra>",
        name=as_text(landscape.label),
        colorscale=SEQUENTIAL_SCALE,
        contours={**scale["contours"], "coloring": "heatmap"},
        line={"width": 0.6, "color": "rgba(255,255,255,0.55)"},
        zmin=scale["low"],
        zmax=scale["high"],
        showscale=has_bar,
        colorbar={
            "title": {"text": _TITLES[quantity], "side": "top"},
            "thickness": 12,
            **scale["ticks"],
        },
    )


def _middle() -> go.Scatter:
    return go.Scatter(
        x=[0], y=[0], mode="markers", marker=_MIDDLE, showlegend=False, hoverinfo="skip"
    )


def _drawn(landscape: Landscape, quantity: LandscapeQuantity) -> np.ndarray:
    if quantity == "error":
        return 100 * landscape.error
    with np.errstate(divide="ignore"):
        return np.where(landscape.loss > 0, np.log10(landscape.loss), np.nan)


def _scale(landscapes: Sequence[Landscape], quantity: LandscapeQuantity) -> dict[str, Any]:
    """Bounds of the colours of all nets, lines at the same heights, and ticks in plain numbers."""
    values = np.concatenate([_drawn(each, quantity).ravel() for each in landscapes])
    values = values[np.isfinite(values)]
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
    if quantity == "error":
        low, high = 0.0, 100.0
    high = max(high, low + 1e-3)
    lines = {"start": low, "end": high, "size": (high - low) / _NUM_LINES}
    ticks = PERCENT_TICKS if quantity == "error" else _decade_ticks(low, high)
    return {"low": low, "high": high, "contours": lines, "ticks": ticks}


def _decade_ticks(low: float, high: float) -> dict[str, Any]:
    if high - low < _FEW_DECADES:
        numbers = log_ticks(np.array([10.0**low, 10.0**high]))["tickvals"]
    else:
        numbers = [
            digit * 10.0**power
            for power in range(math.floor(low), math.ceil(high) + 1)
            for digit in ((1,) if high - low > 3 else (1, 2, 5))
        ]
    shown = [number for number in numbers if low <= math.log10(number) <= high]
    if len(shown) < _FEWEST_TICKS:
        shown = [float(f"{10.0**end:.4g}") for end in (low, high)]
    return {
        "tickmode": "array",
        "tickvals": [math.log10(number) for number in shown],
        "ticktext": [f"{number:g}" for number in shown],
    }


def _curves(
    landscapes: Sequence[Landscape], quantity: LandscapeQuantity, theme: Theme
) -> go.Figure:
    figure = go.Figure()
    colours = arm_colours([each.is_plain for each in landscapes], theme)
    for each, colour in zip(landscapes, colours, strict=True):
        values = (each.loss if quantity == "loss" else 100 * each.error)[0]
        figure.add_trace(
            go.Scatter(
                x=list(each.alphas),
                y=[
                    float(v) if np.isfinite(v) and (v > 0 or quantity == "error") else None
                    for v in values
                ],
                mode="lines+markers",
                line={"color": colour},
                name=as_text(_name(each)),
                customdata=np.stack([each.loss[0], 100 * each.error[0]], axis=-1),
                hovertemplate=f"at %{{x:.3g}}<br>loss %{{customdata[0]:.4g}}<br>{_WRONG}",
            )
        )
    x_title = "share of the way" if landscapes[0].is_line else "alpha, filter lengths"
    styled(
        figure,
        x_title=x_title,
        y_title=_TITLES[quantity],
        height_px=380,
        log_y=quantity == "loss",
    )
    if quantity == "error":
        figure.update_yaxes(rangemode="tozero", **PERCENT_TICKS)
    else:
        figure.update_yaxes(**log_ticks(np.concatenate([each.loss[0] for each in landscapes])))
    return figure


def _name(landscape: Landscape) -> str:
    return f"{landscape.label} to {landscape.other_label}" if landscape.is_line else landscape.label
