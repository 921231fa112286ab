"""Photograph-like JPEGs, drawn: soft light, texture of every size, hard edges, grain."""

import numpy as np
from PIL import Image, ImageDraw

from tests.pictures.corpus import encoded

_OCTAVES = ((3, 70), (8, 45), (24, 25), (80, 14), (240, 8))
"""Cells along the long side, and their contrast in levels."""
_NUM_THINGS = 12
_MOST_TEXTURE_PX = 960
"""Long side at which light and texture are summed up: four pixels to the smallest cell."""


def photograph(seed: int, size_px: tuple[int, int]) -> bytes:
    """Draws a JPEG of a width and height (px)."""
    generator = np.random.default_rng(seed)
    width, height = size_px
    smaller = min(1.0, _MOST_TEXTURE_PX / max(size_px))
    drawn_px = (max(1, round(width * smaller)), max(1, round(height * smaller)))
    light = np.full((*drawn_px[::-1], 3), 120, np.float32)
    for cells, contrast in _OCTAVES:
        light += contrast * _texture(generator, drawn_px, cells)
    light = _resized(light, size_px)
    light += generator.normal(0, 4, (height, width, 1))
    image = Image.fromarray(light.clip(0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    for number in range(_NUM_THINGS):
        left, top = int(generator.integers(0, width)), int(generator.integers(0, height))
        reach = int(generator.integers(5, max(6, width // 5)))
        shape = draw.ellipse if number % 2 else draw.rectangle
        colour = tuple(int(value) for value in generator.integers(0, 256, 3))
        shape((left - reach, top - 0.7 * reach, left + reach, top + 0.7 * reach), fill=colour)
    return encoded(image, "JPEG", quality=int(generator.integers(75, 96)))


def _texture(generator: np.random.Generator, size_px: tuple[int, int], cells: int) -> np.ndarray:
    shape = tuple(max(2, cells * side // max(size_px)) for side in size_px[::-1])
    coarse = generator.normal(0, 1, (*shape, 3)).astype(np.float32)
    coarse = 1.2 * coarse.mean(axis=2, keepdims=True) + 0.5 * coarse
    return _resized(coarse, size_px)


def _resized(planes: np.ndarray, size_px: tuple[int, int]) -> np.ndarray:
    if planes.shape[1::-1] == size_px:
        return planes
    each = (Image.fromarray(planes[..., k]) for k in range(3))
    return np.stack([np.asarray(one.resize(size_px, Image.Resampling.BICUBIC)) for one in each], -1)
