"""Pictures as the lab holds them, and the ways in which they become square."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from PIL import Image

MAX_NET_SIDE_PX = 4096
"""Largest side of a square that a net takes, px."""

Fit = Literal["crop", "stretch", "pad"]
PAD_COLOUR = (128, 128, 128)
"""Of the bars beside a picture that is kept whole."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Picture:
    """A picture as the lab uses it."""

    name: str
    """The file's name as it came; to be shown as text only."""
    pixels: np.ndarray
    """uint8 (H, W, 3), sRGB, upright, no side longer than the working side."""
    original_size_px: tuple[int, int]
    """Width and height of the upright original, px."""
    format: str
    """What the content is: JPEG, MPO, PNG, GIF, WEBP, BMP, TIFF, AVIF or HEIF."""
    notes: tuple[str, ...] = ()
    """What was done to it, such as `first of 12 frames` or `turned upright by EXIF`."""


@dataclass(frozen=True, kw_only=True, eq=False)
class WholePicture:
    """A picture at its own resolution, for nets to see; some fields as in `Picture`."""

    name: str
    image: Image.Image
    """RGB, upright."""
    original_size_px: tuple[int, int]
    format: str
    notes: tuple[str, ...] = ()
    bare_px: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    """What no pixel of the original fills, from the left, top, right and bottom, px: a decoder
    that reduces rounds sides up."""

    @property
    def filled(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of the part of the image that the original fills, px."""
        width, height = self.image.size
        left, top, right, bottom = self.bare_px
        return left, top, width - right, height - bottom
