"""What a net sees of a picture: one decoding, one way of making it square, one gray."""

import functools
import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from resnet_core.checkpoints import NetCard
from resnet_core.pictures.channels import as_colour, with_channels
from resnet_core.pictures.door import decode_whole
from resnet_core.pictures.fitting import Square, fit_to_square
from resnet_core.pictures.picture import Fit, WholePicture


@dataclass(frozen=True, kw_only=True, eq=False)
class Seen:
    """A picture as a net sees it, and where it comes from."""

    pixels: np.ndarray
    """uint8 (S, S, C), before normalisation; C is 1 for a net that takes gray."""
    name: str
    """The file's name as it came; to be shown as text only."""
    format: str
    """What the file's content is, such as JPEG."""
    original_size_px: tuple[int, int]
    """Width and height of the upright original, px."""
    notes: tuple[str, ...] = ()
    """What was done to the picture, such as `turned upright by EXIF`."""

    @functools.cached_property
    def colour(self) -> np.ndarray:
        """The same to show and to draw on, uint8 (S, S, 3)."""
        return as_colour(self.pixels)

    @property
    def sha256(self) -> str:
        """Hash of the pixels, row by row, hex."""
        return pixels_sha256(self.pixels)


def pixels_sha256(pixels: np.ndarray) -> str:
    """Hash of a picture's pixels, uint8 (H, W, C), row by row, hex."""
    return hashlib.sha256(np.ascontiguousarray(pixels).tobytes()).hexdigest()


def see_file(card: NetCard, source: bytes | Path, *, name: str, fit: Fit = "crop") -> Seen:
    """Decodes a file of unknown origin into what the net of a card sees.

    Raises:
        PictureError: when the picture is refused.
    """
    square = _square(card)
    return _see(card, decode_whole(source, name=name, short_px=square.short_px), fit)


def see_pixels(card: NetCard, pixels: np.ndarray, *, name: str = "", fit: Fit = "crop") -> Seen:
    """Brings pixels that are decoded already to what the net of a card sees.

    Args:
        card: of the net.
        pixels: uint8 (H, W, C), C 1 or 3.  Pictures of the net's own side are taken as they are,
            as in training, even where the net sees the middle of larger ones.
        name: where they come from.
        fit: how they become square.
    """
    height, width = pixels.shape[:2]
    colour = as_colour(pixels)
    picture = WholePicture(
        name=name,
        image=Image.fromarray(colour),
        original_size_px=(width, height),
        format="pixels",
    )
    if (height, width) == (card.image_size_px, card.image_size_px):
        return _as_seen(card, picture, colour)
    return _see(card, picture, fit)


def _see(card: NetCard, picture: WholePicture, fit: Fit) -> Seen:
    return _as_seen(card, picture, fit_to_square(picture, _square(card), fit))


def _as_seen(card: NetCard, picture: WholePicture, fitted: np.ndarray) -> Seen:
    return Seen(
        pixels=with_channels(fitted, card.model.in_channels),
        name=picture.name,
        format=picture.format,
        original_size_px=picture.original_size_px,
        notes=picture.notes,
    )


def _square(card: NetCard) -> Square:
    return Square(size_px=card.image_size_px, resize_px=card.resize_px)
