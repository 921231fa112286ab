"""Numbers that a watched loop logged, each in a panel of its own over the steps."""

import csv
import io
import math
from collections.abc import Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from resnet_core.figures.gradient_layout import as_text
from resnet_core.figures.style import Theme, arm_colours, styled
from resnet_core.runs.logged import LoggedScalar
from resnet_core.spreadsheets import harmless

_COLUMNS = 3
_PANEL_PX = 200


def logged_figure(scalars: Sequence[LoggedScalar], *, theme: Theme = "light") -> go.Figure:
    """Draws each number over the steps with which it was logged.

    Args:
        scalars: what was logged, at least one.
        theme: background that the colours have to stand out from.
    """
    columns = min(_COLUMNS, len(scalars))
    rows = math.ceil(len(scalars) / columns)
    figure = make_subplots(
        rows=rows,
        cols=columns,
        subplot_titles=[as_text(each.name) for each in scalars],
        horizontal_spacing=0.2 / columns,
        vertical_spacing=0.3 / rows,
    )
    (colour,) = arm_colours([None], theme)
    for place, each in enumerate(scalars):
        name = as_text(each.name)
        figure.add_trace(
            go.Scatter(
                x=each.steps.tolist(),
                y=[value if math.isfinite(value) else None for value in each.values.tolist()],
                mode="lines+markers" if len(each.steps) < _PANEL_PX else "lines",
                name=name,
                showlegend=False,
                line={"color": colour, "width": 2},
                marker={"size": 4},
                hovertemplate=f"<b>{name}</b><br>step %{{x:,d}}<br>%{{y:.4g}}<extra></extra>",
            ),
            row=place // columns + 1,
            col=place % columns + 1,
        )
    styled(figure, x_title="", y_title="", height_px=80 + _PANEL_PX * rows)
    figure.update_xaxes(title_text="step", row=rows)
    figure.update_annotations(font_size=13)
    return figure


def logged_csv(scalars: Sequence[LoggedScalar]) -> str:
    """Writes the numbers as CSV, one row each: name, step, value."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(("name", "step", "value"))
    for each in scalars:
        table.writerows(
            (harmless(each.name), int(s), v) for s, v in zip(each.steps, each.values, strict=True)
        )
    return text.getvalue()
