"""Pictures of the lab's own to press, for a person who has none at hand."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from pages.ui.kit.tiles import Sheet, Tile, TileRow, photo_sheet, show_tiles
from pages.ui.shell.address import word_of, write_to_address
from pages.ui.shell.notices import plain
from pages.ui.shell.resources import sample_pictures
from pages.ui.shell.shared import SharedCache
from resnet_core.data.scenes import paint_scenes
from resnet_core.figures.encoding import png_bytes
from resnet_core.figures.map_pictures import enlarge
from resnet_core.inference import PictureSource

_KEY = "classify_example"
_MOST_LETTERS = 60
_COLUMNS = 5
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


def example_in_address() -> PictureSource | None:
    """The example that the address names; a sentence where there is none of that name."""
    word = st.query_params.get(_KEY)
    if word is None:
        return None
    found = [example.source for example in _examples() if word_of(example.class_name) == word]
    if not found:
        st.info(
            f"The address asks for the example “{plain(word[:_MOST_LETTERS])}”, which the lab does "
            "not have; another is shown.",
            icon=":material/link_off:",
        )
        return None
    return found[0]


def forget_example() -> None:
    """Takes the example out of the address; call it in a callback."""
    write_to_address(_KEY, None)


def show_examples(known: Collection[str], *, shown: Sequence[PictureSource]) -> None:
    """Offers pictures that the lab drew; the address names the one that was pressed.

    Args:
        known: names of the classes that the net knows; their examples stand first.
        shown: what the page shows already.
    """
    examples = _ordered(known)
    names = [source.name for source in shown]
    row = TileRow(
        sheet=_sheet(tuple(example.source.name for example in examples)),
        tiles=tuple(
            Tile(name=example.source.name, label=f"Example: {example.class_name}")
            for example in examples
        ),
        title="Or press an example",
        notes=("painted by the lab",),
    )
    words = {example.source.name: word_of(example.class_name) for example in examples}
    show_tiles(
        [row],
        key="classify_examples",
        tile_px=_TILE_PX,
        fill=True,
        selected=names if len(names) == 1 else (),
        on_press=lambda name: write_to_address(_KEY, words[name]),
    )


def _sheet(order: tuple[str, ...]) -> Sheet:
    return _sheets.get(order, lambda: _lay_out(order))


def _lay_out(order: tuple[str, ...]) -> Sheet:
    thumbnails = {example.source.name: example.thumbnail for example in _examples()}
    return photo_sheet([thumbnails[name] for name in order], columns=_COLUMNS)


def _ordered(known: Collection[str]) -> list[_Example]:
    return sorted(_examples(), key=lambda example: example.class_name not in known)


_painted: SharedCache[tuple[_Example, ...]] = SharedCache(1)
_sheets: SharedCache[Sheet] = SharedCache(8)
