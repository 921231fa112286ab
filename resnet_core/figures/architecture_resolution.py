"""How small the maps get along nets, drawn and as CSV."""

import math
from collections.abc import Sequence

import plotly.graph_objects as go

from resnet_core.figures.gradient_tables import csv_text
from resnet_core.figures.style import Theme, arm_colours, styled
from resnet_core.models.resolution import LEAST_LAST_PX, Resolution

_LIMIT_COLOUR = "rgba(128,138,150,0.9)"


def resolution_figure(
    resolutions: Sequence[tuple[str, Resolution, bool]], theme: Theme = "light"
) -> go.Figure:
    """Draws the side of the maps along nets, with the limit below which heat maps are coarse.

    Args:
        resolutions: for each net what the legend calls it, its map sizes, and whether it is plain.
        theme: ground that the lines have to stand out from.
    """
    figure = go.Figure()
    colours = arm_colours([is_plain for _, _, is_plain in resolutions], theme)
    for index, ((label, resolution, _), colour) in enumerate(
        zip(resolutions, colours, strict=True)
    ):
        # Equal nets lie on each other: the first stays visible as a wide line under the second.
        is_under = index == 0 and len(resolutions) > 1
        figure.add_trace(_line(label, resolution, colour, is_under=is_under))
    _add_limit(figure)
    styled(figure, x_title="Part of the net", y_title="Side of the maps, positions", height_px=320)
    most = max(size.side_px for _, resolution, _ in resolutions for size in resolution.maps)
    ticks = [2**power for power in range(1 + math.ceil(math.log2(max(most, LEAST_LAST_PX))))]
    figure.update_yaxes(
        type="log", tickvals=ticks, range=[math.log10(0.6), math.log10(1.8 * ticks[-1])]
    )
    return figure


def resolution_csv(resolutions: Sequence[tuple[str, Resolution, bool]]) -> str:
    """One row a net and part, as `resolution_figure` takes them."""
    rows = (
        (label, size.part, size.side_px, size.channels, size.stride_px, size.receptive_field_px)
        for label, resolution, _ in resolutions
        for size in resolution.maps
    )
    header = ("net", "part", "side_positions", "channels", "stride_px", "receptive_field_px")
    return csv_text(header, rows)


def _line(label: str, resolution: Resolution, colour: str, *, is_under: bool) -> go.Scatter:
    return go.Scatter(
        x=[size.part for size in resolution.maps],
        y=[size.side_px for size in resolution.maps],
        mode="lines+markers+text",
        text=[f"{size.side_px}" for size in resolution.maps],
        textposition="bottom left" if is_under else "top right",
        name=label,
        line={"color": colour, "shape": "hv", "width": 7 if is_under else 2},
        customdata=[
            (size.channels, size.stride_px, size.receptive_field_px) for size in resolution.maps
        ],
        hovertemplate="%{x}: %{y} x %{y} positions, %{customdata[0]} channels<br>one "
        "every %{customdata[1]} px, sees %{customdata[2]} px<extra></extra>",
    )


def _add_limit(figure: go.Figure) -> None:
    figure.add_hline(y=LEAST_LAST_PX, line={"dash": "dot", "color": _LIMIT_COLOUR})
    figure.add_annotation(
        x=0,
        y=math.log10(LEAST_LAST_PX),
        xref="paper",
        text=f"{LEAST_LAST_PX} x {LEAST_LAST_PX}: coarse below",
        showarrow=False,
        xanchor="left",
        yanchor="bottom",
    )
