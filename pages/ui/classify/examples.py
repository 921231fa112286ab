"""Pictures of the lab's own to press, for a person who has none at hand."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np

from pages.ui.kit.tiles import Sheet, Tile, TileRow, photo_sheet, show_tiles
from pages.ui.shell.resources import sample_pictures
from pages.ui.shell.shared import SharedCache
from resnet_core.data.scenes import paint_scenes
from resnet_core.figures.encoding import png_bytes
from resnet_core.figures.map_pictures import enlarge
from resnet_core.inference import PictureSource

_TILE_PX = 46
_SHEET_PX = 2 * _TILE_PX
_SUFFIX = " (example)"


@dataclass(frozen=True, eq=False)
class _Example:
    class_name: str
    source: PictureSource
    thumbnail: np.ndarray  # uint8 (92, 92, 3)


def _examples() -> tuple[_Example, ...]:
    return _painted.get("examples", _paint_examples)


def _paint_examples() -> tuple[_Example, ...]:
    scenes, figures = paint_scenes(), sample_pictures()
    return tuple(
        _Example(
            class_name=name,
            source=PictureSource(f"{name}{_SUFFIX}", png_bytes(pixels)),
            thumbnail=enlarge(pixels, (_SHEET_PX, _SHEET_PX), smooth=len(pixels) > _SHEET_PX),
        )
        for pictures, names in (scenes, figures)
        for pixels, name in zip(pictures, names, strict=True)
    )


def first_example(known: Collection[str]) -> PictureSource:
    """The example that is shown until something is brought."""
    return _ordered(known)[0].source


def show_examples(
    known: Collection[str],
    on_choice: Callable[[Sequence[PictureSource]], None],
    *,
    shown: Sequence[PictureSource],
) -> None:
    """Offers pictures that the lab drew.

    Args:
        known: names of the classes that the net knows; their examples stand first.
        on_choice: told what was pressed, before the page runs again.
        shown: what the page shows already; nothing stands for the first example.
    """
    examples = _ordered(known)
    names = [source.name for source in shown] or [examples[0].source.name]
    row = TileRow(
        sheet=_sheet(tuple(example.source.name for example in examples)),
        tiles=tuple(
            Tile(name=example.source.name, label=f"Example: {example.class_name}")
            for example in examples
        ),
        title="Or press an example",
        notes=("painted by the lab", "a net knows only the classes that it was trained on"),
    )
    sources = {example.source.name: example.source for example in examples}
    show_tiles(
        [row],
        key="classify_examples",
        tile_px=_TILE_PX,
        fill=True,
        selected=names if len(names) == 1 else (),
        on_press=lambda name: on_choice([sources[name]]),
    )


def _sheet(order: tuple[str, ...]) -> Sheet:
    return _sheets.get(order, lambda: _lay_out(order))


def _lay_out(order: tuple[str, ...]) -> Sheet:
    thumbnails = {example.source.name: example.thumbnail for example in _examples()}
    return photo_sheet([thumbnails[name] for name in order])


def _ordered(known: Collection[str]) -> list[_Example]:
    return sorted(_examples(), key=lambda example: example.class_name not in known)


_painted: SharedCache[tuple[_Example, ...]] = SharedCache(1)
_sheets: SharedCache[Sheet] = SharedCache(8)
