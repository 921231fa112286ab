"""Five pictures that the lab paints itself, for a person who has no photograph at hand.

They show classes of CIFAR-10, simple enough that a net which learned from photographs knows them.
"""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

SIDE_PX = 256
"""Side of a scene, px; the coordinates below are in these units."""

_BLUR_PX = 1.2
_GRAIN = 6.0
_SEED = 0

Colour = tuple[int, int, int]
Painter = Callable[[ImageDraw.ImageDraw], None]
_INK: Colour = (24, 24, 26)
_GLASS: Colour = (42, 54, 68)


def paint_scenes() -> tuple[np.ndarray, tuple[str, ...]]:
    """Paints every scene.

    Returns:
        (5, 256, 256, 3) uint8, and the name of each one's class in CIFAR-10.
    """
    generator = np.random.default_rng(_SEED)
    scenes = []
    for top, bottom, paint in _SCENES.values():
        image = _sky(top, bottom)
        paint(ImageDraw.Draw(image))
        smooth = np.asarray(image.filter(ImageFilter.GaussianBlur(_BLUR_PX)), np.float64)
        grain = generator.normal(0, _GRAIN, (SIDE_PX, SIDE_PX, 1))
        scenes.append((smooth + grain).clip(0, 255).astype(np.uint8))
    return np.stack(scenes), tuple(_SCENES)


def _sky(top: Colour, bottom: Colour) -> Image.Image:
    share = np.linspace(0, 1, SIDE_PX)[:, None, None]
    rows = (1 - share) * np.array(top) + share * np.array(bottom)
    return Image.fromarray(np.broadcast_to(rows, (SIDE_PX, SIDE_PX, 3)).astype(np.uint8))


def _paint_airplane(draw: ImageDraw.ImageDraw) -> None:
    draw.ellipse((30, 110, 226, 146), fill=(226, 228, 232))
    draw.polygon([(120, 128), (176, 128), (110, 190), (84, 190)], fill=(176, 182, 192))
    draw.polygon([(130, 120), (160, 120), (112, 74), (94, 74)], fill=(196, 202, 210))
    draw.polygon([(36, 122), (66, 116), (44, 72), (26, 72)], fill=(60, 84, 140))
    draw.polygon([(196, 118), (214, 124), (204, 116)], fill=_GLASS)


def _paint_ship(draw: ImageDraw.ImageDraw) -> None:
    draw.rectangle((0, 160, SIDE_PX, SIDE_PX), fill=(46, 92, 132))
    draw.polygon([(24, 138), (236, 138), (210, 182), (52, 182)], fill=(40, 44, 56))
    draw.rectangle((40, 128, 220, 140), fill=(170, 50, 44))
    draw.rectangle((80, 96, 180, 128), fill=(240, 240, 238))
    draw.rectangle((104, 70, 160, 96), fill=(232, 232, 230))
    draw.rectangle((122, 44, 144, 70), fill=(190, 60, 50))
    for y in range(190, SIDE_PX, 14):
        draw.line((0, y, SIDE_PX, y + 4), fill=(74, 120, 158), width=3)


def _paint_automobile(draw: ImageDraw.ImageDraw) -> None:
    draw.rectangle((0, 170, SIDE_PX, SIDE_PX), fill=(108, 108, 112))
    outline = [(16, 176), (20, 136), (70, 126), (104, 88), (176, 88), (206, 126), (240, 138)]
    draw.polygon([*outline, (242, 176)], fill=(190, 30, 34))
    draw.polygon([(80, 126), (108, 96), (136, 96), (136, 126)], fill=_GLASS)
    draw.polygon([(142, 96), (172, 96), (194, 126), (142, 126)], fill=_GLASS)
    _paint_wheels(draw, (66, 190), y=176, radius=26)
    draw.rectangle((16, 146, 30, 156), fill=(250, 240, 190))


def _paint_truck(draw: ImageDraw.ImageDraw) -> None:
    draw.rectangle((0, 186, SIDE_PX, SIDE_PX), fill=(112, 110, 106))
    draw.rectangle((14, 60, 164, 180), fill=(232, 232, 228))
    draw.rectangle((14, 160, 242, 186), fill=(60, 60, 64))
    draw.polygon([(170, 180), (170, 88), (214, 88), (240, 130), (240, 180)], fill=(32, 84, 160))
    draw.polygon([(180, 98), (210, 98), (228, 130), (180, 130)], fill=_GLASS)
    _paint_wheels(draw, (54, 104, 206), y=184, radius=22)


def _paint_bird(draw: ImageDraw.ImageDraw) -> None:
    draw.polygon([(60, 150), (10, 200), (40, 206), (96, 176)], fill=(70, 58, 48))
    draw.ellipse((50, 96, 176, 196), fill=(120, 92, 68))
    draw.ellipse((84, 120, 170, 200), fill=(206, 180, 150))
    draw.ellipse((136, 58, 206, 126), fill=(112, 84, 62))
    draw.polygon([(200, 84), (240, 94), (200, 102)], fill=(220, 170, 50))
    draw.ellipse((172, 78, 186, 92), fill=_INK)
    draw.rectangle((0, 212, SIDE_PX, 226), fill=(92, 66, 44))
    for x in (106, 130):
        draw.line((x, 194, x, 214), fill=(60, 40, 20), width=5)


def _paint_wheels(
    draw: ImageDraw.ImageDraw, centres: tuple[int, ...], *, y: int, radius: int
) -> None:
    for x in centres:
        for size, fill in ((radius, _INK), (0.45 * radius, (166, 168, 172))):
            draw.ellipse((x - size, y - size, x + size, y + size), fill=fill)


_SCENES: dict[str, tuple[Colour, Colour, Painter]] = {
    "airplane": ((92, 150, 214), (186, 214, 240), _paint_airplane),
    "ship": ((150, 190, 225), (215, 228, 238), _paint_ship),
    "automobile": ((176, 200, 216), (206, 216, 220), _paint_automobile),
    "truck": ((170, 196, 214), (210, 216, 216), _paint_truck),
    "bird": ((140, 176, 120), (120, 150, 96), _paint_bird),
}
"""Colours at the top and at the bottom, and what is painted over them."""
