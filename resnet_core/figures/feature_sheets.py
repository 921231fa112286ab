"""Maps and filters as small tiles: rows of a colour table, or colours of their own."""

from typing import Literal, get_args

import numpy as np
import plotly.graph_objects as go
from PIL import Image

from resnet_core.figures.colour_maps import DIVERGING, ColourMap, to_indices
from resnet_core.figures.map_pictures import scale_map
from resnet_core.figures.style import RESIDUAL_COLOURS, styled

TileScale = Literal["shared", "own"]
TILE_SCALES: tuple[TileScale, ...] = get_args(TileScale)
MAGNITUDES: ColourMap = "Viridis"
"""Colours of maps without negative values."""

_MAX_SIDE_PX = 48
"""Tiles are shown smaller than large maps are; more pixels would only travel."""


def tile_colours(*, is_signed: bool) -> ColourMap:
    """Which table the indices of `tile_indices` belong to."""
    return DIVERGING if is_signed else MAGNITUDES


def tile_indices(
    maps: np.ndarray, *, scale: TileScale, is_signed: bool, limit: float | None = None
) -> np.ndarray:
    """Turns maps into rows of a colour table.

    Args:
        maps: float (n, h, w).
        scale: `shared` keeps strong and weak channels apart; `own` shows the shape of each.
        is_signed: whether zero is drawn in the middle of the table, or at its start.
        limit: magnitude of the last colour on a shared scale; the largest of these by default.

    Returns:
        uint8 (n, h', w'), at most 48 px a side: large maps are averaged.
    """
    if scale == "own":
        shares = np.stack([scale_map(values, is_signed=is_signed) for values in maps])
    else:
        shares = scale_map(maps, is_signed=is_signed, limit=limit)
    return to_indices(np.stack([_reduced(share) for share in shares]))


def filter_tiles(filters: np.ndarray, *, scale: TileScale = "shared") -> np.ndarray:
    """Draws filters as colours, gray where a weight is zero.

    Args:
        filters: float (n, k, k, channels); one channel gives gray, three give colours.
        scale: whether all filters share the weight that is drawn brightest.

    Returns:
        uint8 (n, k, k, 3).
    """
    axes = (1, 2, 3) if scale == "own" else None
    limits = np.abs(filters).max(axis=axes, keepdims=True)
    shares = 0.5 + 0.5 * filters / np.where(limits > 0, limits, 1)
    colours = shares if filters.shape[-1] == 3 else shares[..., :1].repeat(3, axis=-1)
    return (colours * 255 + 0.5).astype(np.uint8)


def channel_histogram(values: np.ndarray, *, title: str) -> go.Figure:
    """Draws how a channel's values are spread over its places.

    Args:
        values: float (h, w).
        title: what the values are called.
    """
    counts, edges = np.histogram(values, bins=min(32, max(4, values.size // 4)))
    figure = go.Figure(
        go.Bar(
            x=(edges[:-1] + edges[1:]) / 2,
            y=counts,
            width=np.diff(edges),
            marker_color=RESIDUAL_COLOURS["light"][0],
            hovertemplate="value %{x:.3g}<br>%{y} places<extra></extra>",
        )
    )
    return styled(figure, x_title=title, y_title="places", height_px=240)


def _reduced(values: np.ndarray) -> np.ndarray:
    height, width = values.shape
    factor = -(-max(height, width) // _MAX_SIDE_PX)
    if factor == 1:
        return values
    size = (-(-width // factor), -(-height // factor))
    image = Image.fromarray(values.astype(np.float32))
    return np.array(image.resize(size, Image.Resampling.BOX))
