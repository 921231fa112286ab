"""Rows of small pictures to press: maps, channels, blocks, pictures of a data set.

One Streamlit component. Each row's pictures travel as one sheet at their own resolution; the
browser cuts and enlarges them, so that a map of 8 x 8 cells costs 64 bytes and stays sharp. To the
keyboard all of them are one stop of the Tab key, within which the arrows move.
"""

import base64
import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from streamlit.components.v2 import component

from pages.ui.shell.session import report_press
from resnet_core.figures.colour_maps import ColourMap
from resnet_core.figures.encoding import indexed_png_bytes, png_bytes, tile_sheet, webp_bytes

_FOLDER = Path(__file__).parent
_COMPONENT = component(
    "resnet_lab_tiles",
    html='<div class="rl-tiles" data-testid="tiles" role="group"></div>\n',
    css=(_FOLDER / "tiles.css").read_text(),
    js="\n".join((_FOLDER / name).read_text() for name in ("../reveal.js", "tiles.js")),
)

Mime = Literal["image/png", "image/webp"]


@dataclass(frozen=True, kw_only=True)
class Tile:
    """One small picture."""

    name: str
    """What a press on it reports; unique on the sheet of rows."""
    label: str
    """What it is, for the pointer and for screen readers."""
    caption: str = ""
    """What stands below it."""


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """The pictures of a row, side by side in one image."""

    content: bytes
    mime: Mime
    columns: int
    rows: int
    tile_size_px: tuple[int, int]
    """Width and height of one picture, px."""


@dataclass(frozen=True, kw_only=True)
class TileRow:
    """A row of pictures with a heading."""

    sheet: Sheet
    tiles: tuple[Tile, ...]
    title: str = ""
    notes: tuple[str, ...] = ()
    """Short facts beside the title."""
    name: str = ""
    """What a press on the heading reports; empty for a heading that cannot be pressed."""


def photo_sheet(
    pictures: Sequence[np.ndarray], *, columns: int | None = None, exact: bool = False
) -> Sheet:
    """Lays pictures, uint8 (h, w, 3), on a sheet for the eye; small ones stay exact always."""
    first = pictures[0]
    columns = columns or len(pictures)
    whole = tile_sheet(list(pictures), columns)
    exact = exact or max(first.shape[:2]) <= 64
    return Sheet(
        content=png_bytes(whole) if exact else webp_bytes(whole),
        mime="image/png" if exact else "image/webp",
        columns=columns,
        rows=-(-len(pictures) // columns),
        tile_size_px=(first.shape[1], first.shape[0]),
    )


def map_sheet(indices: np.ndarray, colour_map: ColourMap, *, columns: int) -> Sheet:
    """Lays maps, uint8 (n, h, w) rows of a colour table, on a sheet without loss."""
    return Sheet(
        content=indexed_png_bytes(tile_sheet(list(indices), columns), colour_map),
        mime="image/png",
        columns=columns,
        rows=-(-len(indices) // columns),
        tile_size_px=(indices.shape[2], indices.shape[1]),
    )


def show_tiles(
    rows: Sequence[TileRow],
    *,
    key: str,
    tile_px: int,
    fill: bool = False,
    selected: Sequence[str] = (),
    on_press: Callable[[str], None] | None = None,
    reveals: str = "",
) -> None:
    """Shows rows of pictures.

    Args:
        rows: what to show.
        key: stays the same between reruns.
        tile_px: side at which a picture is shown, px.
        fill: each row takes the whole width, up to `tile_px` a picture, in the columns of its
            sheet, which stand under each other.
        selected: names of the tiles or rows that are marked.
        on_press: told the name of what was pressed, before the page runs again; without it
            nothing can be pressed.
        reveals: anchor of the heading that a press on a tile brings up; the page scrolls to it.
    """
    key = key.replace("_", "-")  # Streamlit refuses a double underscore, which a path may hold
    _COMPONENT(
        key=key,
        data={
            "rows": [_row_data(row) for row in rows],
            "tile_px": tile_px,
            "fill": fill,
            "selected": list(selected),
            "can_press": on_press is not None,
            "reveals": reveals,
        },
        on_pressed_change=functools.partial(report_press, key, on_press),
    )


def _row_data(row: TileRow) -> dict[str, object]:
    content = base64.b64encode(row.sheet.content).decode()
    width, height = row.sheet.tile_size_px
    return {
        "title": row.title,
        "notes": list(row.notes),
        "name": row.name,
        "sheet": f"data:{row.sheet.mime};base64,{content}",
        "columns": row.sheet.columns,
        "rows": row.sheet.rows,
        "width": width,
        "height": height,
        "tiles": [[tile.name, tile.label, tile.caption] for tile in row.tiles],
    }
