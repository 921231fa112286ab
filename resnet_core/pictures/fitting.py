"""From a picture of any shape to the square that a net takes, in the newest resizing.

All three ways resize with Pillow's bilinear filter, which averages where it shrinks.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from resnet_core.pictures.picture import MAX_NET_SIDE_PX, PAD_COLOUR, Fit, WholePicture


@dataclass(frozen=True, kw_only=True)
class Square:
    """The square that a net takes."""

    size_px: int
    """Its side, 1 to 4096 px."""
    resize_px: int | None = None
    """Where larger, the short side to which a picture is brought before the square is cut."""

    def __post_init__(self) -> None:
        assert 1 <= self.size_px <= self.short_px <= MAX_NET_SIDE_PX

    @property
    def short_px(self) -> int:
        """Short side of the whole picture once it is resized, px."""
        return max(self.size_px, self.resize_px or 0)


def fit_to_square(picture: WholePicture, square: Square, how: Fit = "crop") -> np.ndarray:
    """Brings a picture to a square.

    Args:
        picture: as decoded, whole or reduced by its decoder.
        square: what the net takes.
        how: `crop` resizes the short side and cuts the middle out, `stretch` gives up the aspect
            ratio, `pad` keeps everything and adds grey bars.

    Returns:
        uint8 (size, size, 3).

    Source: `crop` is torchvision's `Resize` and `CenterCrop`, pixel for pixel.
    """
    if how == "crop":
        return _middle(picture, square)
    width, height = picture.original_size_px
    side = square.size_px
    if how == "stretch":
        return np.array(_resized(picture, (side, side)))
    scale = side / max(width, height)
    inner = (max(1, round(width * scale)), max(1, round(height * scale)))
    canvas = Image.new("RGB", (side, side), PAD_COLOUR)
    corner = ((side - inner[0]) // 2, (side - inner[1]) // 2)
    canvas.paste(_resized(picture, inner), corner)
    return np.array(canvas)


def _middle(picture: WholePicture, square: Square) -> np.ndarray:
    """Computes the middle of the resized picture alone, whose long side may be enormous."""
    size, short = picture.original_size_px, square.short_px
    width, height = (int(short * side / min(size)) for side in size)
    corner = (_first(width, square.size_px), _first(height, square.size_px))
    return np.array(_resized(picture, (width, height), corner, square.size_px))


def _first(side: int, cut: int) -> int:
    """Where a centred cut begins; Python's `round` is torchvision's."""
    return round((side - cut) / 2)


def _resized(
    picture: WholePicture,
    size: tuple[int, int],
    corner: tuple[int, int] = (0, 0),
    cut: int | None = None,
) -> Image.Image:
    """Resizes to `size` and cuts a square of side `cut` at `corner`, or nothing."""
    left, top, right, bottom = picture.filled
    across, down = (right - left) / size[0], (bottom - top) / size[1]
    wide, high = (cut, cut) if cut else size
    box = (
        left + corner[0] * across,
        top + corner[1] * down,
        min(right, left + (corner[0] + wide) * across),
        min(bottom, top + (corner[1] + high) * down),
    )
    return picture.image.resize((wide, high), Image.Resampling.BILINEAR, box)
