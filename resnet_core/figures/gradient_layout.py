"""What the gradient figures share: room for panel titles, bands, gaps, safe names."""

import html
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


def log_ticks(values: np.ndarray) -> dict[str, Any]:
    """Ticks of a log axis: 1, 2, 5 over few decades, powers of ten over many."""
    values = values[np.isfinite(values) & (values > 0)]
    decades = float(np.log10(values.max() / values.min())) if len(values) else 1.0
    if decades < 2:
        return {"dtick": "D2", "exponentformat": "none"}
    return {"dtick": max(1, round(decades / 6)), "exponentformat": "power"}


def faint(colour: str) -> str:
    """A hex colour, nearly transparent, for bands."""
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.18)"


def as_text(name: str) -> str:
    """A name that people gave, so that Plotly does not read it as markup."""
    return html.escape(name, quote=False)
