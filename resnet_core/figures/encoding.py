"""Pixels as the smallest file that shows them: PNG for exact cells, WebP for photographs."""

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

from resnet_core.figures.colour_maps import ColourMap, colour_table

_QUALITY = 82


def png_bytes(pixels: np.ndarray) -> bytes:
    """Encodes uint8 (H, W, 3) or (H, W) without loss."""
    return _encoded(Image.fromarray(pixels), format="PNG", optimize=True)


def indexed_png_bytes(indices: np.ndarray, colour_map: ColourMap) -> bytes:
    """Encodes rows of a colour table, uint8 (H, W), with the table: a byte a pixel, no loss."""
    image = Image.fromarray(indices).convert("L")
    image.putpalette(colour_table(colour_map).tobytes())
    return _encoded(image, format="PNG", optimize=True)


def webp_bytes(pixels: np.ndarray) -> bytes:
    """Encodes uint8 (H, W, 3) for the eye."""
    return _encoded(Image.fromarray(pixels), format="WEBP", quality=_QUALITY, method=4)


def animation_bytes(frames: Sequence[np.ndarray], *, frame_ms: int = 600) -> bytes:
    """Encodes uint8 (H, W, 3) frames of one size as an endless GIF, the last one held longer.

    One table of colours serves all frames, so that colours do not flicker.
    """
    images = [Image.fromarray(frame) for frame in frames]
    palette = Image.fromarray(np.concatenate(list(frames))).quantize(256)
    first, *others = [image.quantize(palette=palette, dither=Image.Dither.NONE) for image in images]
    durations = [frame_ms] * (len(images) - 1) + [3 * frame_ms]
    options = {"save_all": True, "append_images": others, "duration": durations, "loop": 0}
    return _encoded(first, format="GIF", **options)


def tile_sheet(tiles: Sequence[np.ndarray], columns: int) -> np.ndarray:
    """Lays tiles of one shape, (h, w) or (h, w, 3), side by side in rows; the rest is zero.

    Returns:
        (rows * h, columns * w, ...) of the tiles' type.
    """
    first = tiles[0]
    rows = -(-len(tiles) // columns)
    sheet = np.zeros((rows, columns, *first.shape), first.dtype)
    for index, tile in enumerate(tiles):
        sheet[index // columns, index % columns] = tile
    turned = sheet.swapaxes(1, 2)  # (rows, h, columns, w, ...)
    return turned.reshape(rows * first.shape[0], columns * first.shape[1], *first.shape[2:])


def _encoded(image: Image.Image, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, **options)  # pyright: ignore[reportArgumentType]
    return buffer.getvalue()
