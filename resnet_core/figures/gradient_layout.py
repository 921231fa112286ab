"""What the gradient figures share: room for panel titles, bands, gaps, safe names."""

import html
import math
from typing import Any

import numpy as np
import plotly.graph_objects as go


def with_panel_titles(figure: go.Figure) -> go.Figure:
    """Makes room for the titles of panels below the legend."""
    figure.update_annotations(font_size=14)
    figure.update_layout(margin={"t": 76}, legend={"y": 1.1})
    return figure


def or_gaps(values: np.ndarray) -> list[float | None]:
    """Lists values for a log axis: what is not above zero has no place there."""
    return [float(value) if np.isfinite(value) and value > 0 else None for value in values]


def log_ticks(values: np.ndarray, *, most: int = 6) -> dict[str, Any]:
    """Ticks of a log axis: numbers in full over few decades, powers of ten over many.

    Args:
        values: what the axis has to hold.
        most: powers of ten that there is room for.
    """
    values = values[np.isfinite(values) & (values > 0)]
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.1, 1.0)
    decades = np.log10(high / low)
    if decades >= 2:
        return {"dtick": max(1, math.ceil(decades / most)), "exponentformat": "power"}
    ticks = _rounded_steps(low, high) if decades < 0.7 else _one_two_five(low, high)
    return {"tickmode": "array", "tickvals": ticks, "ticktext": [f"{tick:g}" for tick in ticks]}


def _one_two_five(low: float, high: float) -> list[float]:
    exponents = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 1)
    return [float(f"{digit}e{exponent}") for exponent in exponents for digit in (1, 2, 5)]


def _rounded_steps(low: float, high: float) -> list[float]:
    """Three to six multiples of 1, 2 or 5 times a power of ten, and one beyond each end."""
    least = max(high - low, high * 0.01) / 5
    power = 10.0 ** math.floor(math.log10(least))
    step = next(digit * power for digit in (1, 2, 5, 10) if digit * power >= least)
    numbers = range(max(1, math.floor(low / step)), math.ceil(high / step) + 1)
    return [float(f"{number * step:.6g}") for number in numbers]


def geometric_mean(values: np.ndarray) -> list[float | None]:
    """Geometric mean over the seeds of values (S, P), with gaps where it has no place."""
    with np.errstate(divide="ignore"):
        return or_gaps(np.exp(np.log(values).mean(axis=0)))


def seeds_band(depths: np.ndarray, values: np.ndarray, colour: str, label: str) -> go.Scatter:
    """The span of all seeds, walked forth along the largest and back along the smallest.

    Places at which a seed has no value above zero are left out: a band with gaps crosses itself.
    """
    measured = (values > 0).all(axis=0)
    depths, values = depths[measured], values[:, measured]
    largest, smallest = or_gaps(values.max(axis=0)), or_gaps(values.min(axis=0))
    return go.Scatter(
        x=[*depths.tolist(), *depths[::-1].tolist()],
        y=[*largest, *reversed(smallest)],
        fill="toself",
        fillcolor=faint(colour),
        line={"width": 0},
        mode="lines",
        hoverinfo="skip",
        legendgroup=label,
        showlegend=False,
        meta={"kind": "seeds"},
    )


def faint(colour: str) -> str:
    """A hex colour, nearly transparent, for bands."""
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.18)"


def as_text(name: str) -> str:
    """A name that people gave, so that Plotly does not read it as markup."""
    return html.escape(name, quote=False)
