"""Maps drawn as pictures: alone, over the picture that they explain, or as contours on it."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from resnet_core.figures.colour_maps import DIVERGING, ColourMap, colourise
from resnet_core.figures.map_forms import Form

_LEVELS = (0.25, 0.5, 0.75)
"""Shares of the last colour's value at which contours run."""
_MANY_CELLS, _BRIGHT_SHARE = 400, 0.99


@dataclass(frozen=True, kw_only=True)
class MapStyle:
    """How a map is drawn."""

    form: Form = "overlay"
    """`overlay`: on the picture.  `map`: its cells alone.  `contours`: lines.  `picture`: none."""
    colour_map: ColourMap = "Turbo"
    """Scale of maps without negative values; signed ones have `RdBu` always."""
    opacity: float = 0.7
    """Opacity of an overlay where the map is largest, 0 to 1."""
    size_px: int = 256
    """Side of the drawing, px."""


def scale_map(values: np.ndarray, *, is_signed: bool, limit: float | None = None) -> np.ndarray:
    """Brings a map to 0..1 without moving its zero.

    Args:
        values: (..., h, w) float.
        is_signed: zero then is drawn in the middle, at 0.5, else at 0.
        limit: the magnitude that is drawn in the last colour; the map's own largest by default, so
            that maps share a scale when they share a limit.

    Returns:
        float32 of the same shape; a map of zeros stays at its zero.
    """
    if limit is None:
        limit = float(np.abs(values).max(initial=0.0))
    shares = values / limit if limit > 0 else np.zeros_like(values)
    shares = (np.clip(shares, -1, 1) + 1) / 2 if is_signed else np.clip(shares, 0, 1)
    return shares.astype(np.float32)


def strongest_colour(values: np.ndarray) -> float:
    """Magnitude that is drawn in the last colour of a map (h, w) of its own.

    The largest; in a map of pixels the one that 99 % stay below, for the few largest gradients
    there would leave all others without colour.
    """
    magnitudes = np.abs(values)
    largest = float(magnitudes.max(initial=0.0))
    if values.size < _MANY_CELLS:
        return largest
    return float(np.quantile(magnitudes, _BRIGHT_SHARE)) or largest


def enlarge(values: np.ndarray, size_px: tuple[int, int], *, smooth: bool = True) -> np.ndarray:
    """Enlarges (h, w) or uint8 (h, w, 3) to height and width, linearly or as blocks.

    Linearly is what `interpolate(mode="bilinear", align_corners=False)` does in torch.
    """
    how = Image.Resampling.BILINEAR if smooth else Image.Resampling.NEAREST
    height, width = size_px
    source = values if values.dtype == np.uint8 else values.astype(np.float32)
    return np.array(Image.fromarray(source).resize((width, height), how))


def draw_map(
    picture: np.ndarray,
    values: np.ndarray,
    style: MapStyle,
    *,
    is_signed: bool = False,
    limit: float | None = None,
) -> np.ndarray:
    """Draws a map in the chosen form.

    Args:
        picture: uint8 (H, W, 3), square, as the net saw it.
        values: (h, w) float, at any resolution.
        style: form, colours, opacity and size.
        is_signed: whether negative values speak against the target.
        limit: magnitude of the last colour; `strongest_colour` of the map by default.

    Returns:
        uint8 (size_px, size_px, 3).
    """
    limit = strongest_colour(values) if limit is None else limit
    size = (style.size_px, style.size_px)
    ground = enlarge(picture, size, smooth=False)
    if style.form == "picture":
        return ground
    colours: ColourMap = DIVERGING if is_signed else style.colour_map
    shares = scale_map(values, is_signed=is_signed, limit=limit)
    if style.form == "map":
        return enlarge(colourise(shares, colours), size, smooth=False)
    shares = enlarge(shares, size)
    strength = np.abs(shares * 2 - 1) if is_signed else shares
    if style.form == "contours":
        return _draw_lines(ground, strength, colourise(shares, colours))
    # The root lets half as strong evidence still be seen, and none leave the picture as it is.
    cover = (style.opacity * np.sqrt(strength))[..., None]
    return _blend(ground, colourise(shares, colours), cover)


def _draw_lines(ground: np.ndarray, strength: np.ndarray, colours: np.ndarray) -> np.ndarray:
    """Draws lines where the map crosses a level, each with a white edge for any ground."""
    drawn = (ground * 0.75).astype(np.uint8)
    for level in _LEVELS:
        above = strength >= level
        edge = np.zeros_like(above)
        edge[1:] |= above[1:] != above[:-1]
        edge[:, 1:] |= above[:, 1:] != above[:, :-1]
        thick = edge.copy()
        thick[:-1] |= edge[1:]
        thick[:, :-1] |= edge[:, 1:]
        drawn[thick] = 255
        drawn[edge] = colours[edge]
    return drawn


def _blend(ground: np.ndarray, colours: np.ndarray, cover: np.ndarray) -> np.ndarray:
    mixed = ground * (1 - cover) + colours * cover
    return (mixed + 0.5).astype(np.uint8)
