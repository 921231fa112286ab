"""Colour maps as tables of 256 colours, made from plotly's scales."""

from functools import lru_cache
from typing import Literal, get_args

import numpy as np
import plotly.colors

ColourMap = Literal["Inferno", "Viridis", "Turbo", "Gray", "RdBu"]
COLOUR_MAPS: tuple[ColourMap, ...] = get_args(ColourMap)
DIVERGING: ColourMap = "RdBu"
"""Scale of signed maps: red speaks for, blue against, the middle is zero."""


@lru_cache
def colour_table(name: ColourMap) -> np.ndarray:
    """Gives a scale as uint8 (256, 3), from low to high; it cannot be written to.

    `RdBu` is turned around, so that red is high.
    """
    # A copy: plotly converts the very list that it is given, which is its own scale.
    own = list(_scale(name))
    stops = plotly.colors.convert_colors_to_same_type(own, colortype="tuple")[0]
    colours = np.array(stops) * 255
    if name == "RdBu":
        colours = colours[::-1]
    positions = np.linspace(0, len(colours) - 1, 256)
    columns = [np.interp(positions, np.arange(len(colours)), column) for column in colours.T]
    table = np.stack(columns, axis=1).round().astype(np.uint8)
    table.flags.writeable = False
    return table


def to_indices(shares: np.ndarray) -> np.ndarray:
    """Turns shares between 0 and 1 of any shape into rows of a colour table, uint8.

    What is not a number becomes 0.
    """
    clean = np.nan_to_num(shares, nan=0.0, posinf=1.0, neginf=0.0)
    return (np.clip(clean, 0, 1) * 255 + 0.5).astype(np.uint8)


def colourise(shares: np.ndarray, name: ColourMap) -> np.ndarray:
    """Colours shares (H, W) between 0 and 1; uint8 (H, W, 3)."""
    return colour_table(name)[to_indices(shares)]


def _scale(name: ColourMap) -> list[str]:
    if name == "Gray":
        return ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
    family = plotly.colors.diverging if name == "RdBu" else plotly.colors.sequential
    return getattr(family, name)
