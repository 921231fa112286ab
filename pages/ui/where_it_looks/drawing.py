"""Maps on sheets: exact where cells can be counted, for the eye where pixels are many."""

from collections.abc import Sequence

import numpy as np

from pages.ui.kit.tiles import Sheet, photo_sheet
from pages.ui.shell.shared import SharedCache, same_each
from resnet_core.asking.layers_to_ask import AnyNet
from resnet_core.asking.picked import PickedPicture
from resnet_core.explain import Attribution
from resnet_core.figures.map_pictures import MapStyle, draw_map

STRIP_PX = 192
"""Side of a map in long strips, px: many of them travel at once."""
_MOST_CELLS = 64
_GREY = 128


def explanation_sheet(
    net: AnyNet,
    picture: PickedPicture,
    answers: Sequence[Attribution | None],
    style: MapStyle,
    *,
    with_picture: bool = False,
) -> Sheet:
    """Lays maps of a picture on a sheet, drawn once for all who ask for the same.

    Args:
        net: the net whose maps they are.
        picture: what the net was asked about.
        answers: the maps; `None` for one that is not there, which stays grey.
        style: how they are drawn.
        with_picture: begins with the picture as the net sees it.
    """
    key = (net.key, picture.key, same_each(tuple(answers)), style, with_picture)
    return _sheets.get(key, lambda: _lay_out(net, picture, answers, style, with_picture))


def draw_maps(
    net: AnyNet, picture: PickedPicture, answers: Sequence[Attribution], style: MapStyle
) -> list[np.ndarray]:
    """Draws maps on a picture as a net sees it, each uint8 (size, size, 3)."""
    seen = picture.seen_by(net).colour
    return [draw_map(seen, a.values, style, is_signed=a.is_signed) for a in answers]


def _lay_out(
    net: AnyNet,
    picture: PickedPicture,
    answers: Sequence[Attribution | None],
    style: MapStyle,
    with_picture: bool,
) -> Sheet:
    there = [answer for answer in answers if answer is not None]
    maps = iter(draw_maps(net, picture, there, style))
    drawn = [_empty(style) if answer is None else next(maps) for answer in answers]
    if with_picture:
        drawn.insert(0, _picture_alone(net, picture, style))
    return photo_sheet(drawn, exact=is_exact(style, there))


def _picture_alone(net: AnyNet, picture: PickedPicture, style: MapStyle) -> np.ndarray:
    alone = MapStyle(form="picture", size_px=style.size_px)
    return draw_map(picture.seen_by(net).colour, np.zeros((1, 1)), alone)


def _empty(style: MapStyle) -> np.ndarray:
    return np.full((style.size_px, style.size_px, 3), _GREY, np.uint8)


def is_exact(style: MapStyle, answers: Sequence[Attribution]) -> bool:
    """Whether drawings of these maps are to keep every cell's colour.

    Maps of a large picture's pixels are noise to a lossless file, and would weigh megabytes.
    """
    return style.form == "map" and all(max(a.values.shape) <= _MOST_CELLS for a in answers)


_sheets: SharedCache[Sheet] = SharedCache(64)
