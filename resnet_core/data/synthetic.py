"""The embedded data set: ten figures, 32x32 RGB, drawn in seconds, the same on every machine.

A picture is a background that runs from one colour to another, clutter, one figure of random place,
size, turn and colour, and noise.  Colours are drawn without looking at the label, and a figure is
as often darker than its background as lighter, so neither colour nor brightness tells the class.
What the set asks of a net was measured: docs/synthetic.md.
"""

from collections.abc import Iterator

import numpy as np

from resnet_core.data.randomness import random_bits
from resnet_core.data.shapes import FIGURES
from resnet_core.data.source import PARTS, Chunk, Part, PicturePlan, Source
from resnet_core.pictures.resizing import resize_images
from resnet_core.progress import Progress

VERSION = 2
"""Raise it with every change that moves a pixel."""
NUM_PICTURES: dict[Part, int] = {"train": 10_000, "test": 2_000}
"""Pictures in each part, the classes in equal numbers."""
SIZE_PX = 32
"""Side of a picture, px."""

_CHUNK = 500


def synthetic_source() -> Source:
    """Describes the embedded set."""
    return Source(
        name="synthetic",
        key="synthetic",
        origin=f"synthetic version {VERSION}",
        title="Synthetic figures",
        class_names=tuple(figure.__name__ for figure in FIGURES),
        provenance=f"Drawn by this program (synthetic set, version {VERSION}).",
        parts=("train", "test"),
        read_chunks=_read_chunks,
    )


def draw_pictures(part: Part, start: int, stop: int) -> tuple[np.ndarray, np.ndarray]:
    """Draws pictures number start to stop of a part.

    Returns:
        (n, 32, 32, 3) uint8 and labels (n,) int64.
    """
    labels = np.arange(start, stop) % len(FIGURES)
    draw = _Draws(PARTS.index(part), start, stop)
    first, second = _colour(draw), _colour(draw)
    canvas = _background(first, second, draw)
    canvas = _add_clutter(canvas, draw)
    canvas = _add_figure(canvas, labels, (first + second) / 2, draw)
    canvas += draw.noise() * draw.between(0.01, 0.06)[:, None, None, None]
    return (np.clip(canvas, 0, 1) * 255 + np.float32(0.5)).astype(np.uint8), labels


def _read_chunks(part: Part, plan: PicturePlan, progress: Progress) -> Iterator[Chunk]:
    total = NUM_PICTURES[part]
    for start in range(0, total, _CHUNK):
        images, labels = draw_pictures(part, start, min(start + _CHUNK, total))
        yield Chunk(resize_images(images, plan.size_px), labels)
        progress(f"Drawing synthetic figures ({part})", min(start + _CHUNK, total) / total)


class _Draws:
    """Random numbers of a run of pictures, each a function of picture and draw alone."""

    def __init__(self, part_number: int, start: int, stop: int) -> None:
        self.part_number, self.start, self.stop = part_number, start, stop
        self.number = 0

    def between(self, low: float, high: float) -> np.ndarray:
        """Draws (n,) float32 between two bounds."""
        self.number += 1
        key = (VERSION, self.part_number, self.number)
        bits = random_bits(self.stop - self.start, *key, start=self.start)
        share = (bits >> np.uint64(40)).astype(np.float32) / np.float32(2**24)
        return np.float32(low) + share * np.float32(high - low)

    def noise(self) -> np.ndarray:
        """Draws (n, 32, 32, 3) float32 of zero mean and unit variance, the sum of two bytes."""
        count = self.stop - self.start
        num_words = SIZE_PX * SIZE_PX * 3 * 2 // 8  # of eight bytes each, for one picture
        key = (VERSION, self.part_number, 0)
        bits = random_bits(count * num_words, *key, start=self.start * num_words)
        pairs = bits.astype("<u8").view(np.uint8).reshape(count, SIZE_PX, SIZE_PX, 3, 2)
        total = pairs[..., 0].astype(np.float32) + pairs[..., 1].astype(np.float32)
        return (total - np.float32(255)) / np.float32(104.5)


def _column(values: np.ndarray) -> np.ndarray:
    return values[:, None, None]


def _grid(draw: _Draws) -> tuple[np.ndarray, np.ndarray]:
    axis = np.arange(SIZE_PX, dtype=np.float32) - np.float32((SIZE_PX - 1) / 2)
    shape = (draw.stop - draw.start, SIZE_PX, SIZE_PX)
    return np.broadcast_to(axis, shape), np.broadcast_to(axis[:, None], shape)


def _direction(draw: _Draws) -> tuple[np.ndarray, np.ndarray]:
    """Draws cosine and sine of an even angle, rounded so that every machine has the same."""
    angle = draw.between(0, 2 * np.pi).astype(np.float64)
    return np.cos(angle).round(6).astype(np.float32), np.sin(angle).round(6).astype(np.float32)


def _placed(draw: _Draws, spread_px: float, radius_px: tuple[float, float]) -> tuple:
    x, y = _grid(draw)
    cosine, sine = map(_column, _direction(draw))
    radius = _column(draw.between(*radius_px))
    x = x - _column(draw.between(-spread_px, spread_px))
    y = y - _column(draw.between(-spread_px, spread_px))
    return (x * cosine + y * sine) / radius, (y * cosine - x * sine) / radius, radius


def _colour(draw: _Draws) -> np.ndarray:
    return np.stack([draw.between(0.0, 1.0) for _ in range(3)], axis=1)


def _contrasting_colour(against: np.ndarray, draw: _Draws) -> np.ndarray:
    """Draws colours, (n, 3), and draws those again that a person could not tell from `against`."""
    colour = _colour(draw)
    for _ in range(6):
        difference = colour - against
        brightness = np.abs(difference[:, 0] * 3 + difference[:, 1] * 6 + difference[:, 2]) / 10
        dull = (np.abs(difference).max(axis=1) < 0.35) | (brightness < 0.21)
        colour = np.where(dull[:, None], _colour(draw), colour)
    return colour


def _background(first: np.ndarray, second: np.ndarray, draw: _Draws) -> np.ndarray:
    u, _, _ = _placed(draw, 8, (10, 24))
    share = np.clip(u * np.float32(0.5) + np.float32(0.5), 0, 1)[..., None]
    return first[:, None, None] + (second - first)[:, None, None] * share


def _add_clutter(canvas: np.ndarray, draw: _Draws) -> np.ndarray:
    """Paints three small rectangles anywhere."""
    for _ in range(3):
        u, v, radius = _placed(draw, 15, (1.5, 4))
        aspect = _column(draw.between(0.3, 1.0))
        distance = np.maximum(np.abs(u), np.abs(v) / aspect) - 1
        canvas = _paint(canvas, distance * radius * aspect, _colour(draw))
    return canvas


def _add_figure(
    canvas: np.ndarray, labels: np.ndarray, against: np.ndarray, draw: _Draws
) -> np.ndarray:
    u, v, radius = _placed(draw, 4, (9, 14))
    distance = np.empty(u.shape, np.float32)
    for label, figure in enumerate(FIGURES):
        chosen = labels == label
        distance[chosen] = figure(u[chosen], v[chosen])
    return _paint(canvas, distance * radius, _contrasting_colour(against, draw))


def _paint(canvas: np.ndarray, distance_px: np.ndarray, colour: np.ndarray) -> np.ndarray:
    """Covers with a colour where the distance is negative, with soft edges one pixel wide."""
    cover = np.clip(np.float32(0.5) - distance_px, 0, 1)[..., None]
    return canvas + (colour[:, None, None] - canvas) * cover
