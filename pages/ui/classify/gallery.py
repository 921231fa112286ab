"""Answers as small pictures with their classes: to press, or to watch as they come."""

import base64
from collections.abc import Sequence

import numpy as np
import streamlit as st

from pages.ui.kit.tiles import Tile, TileRow, photo_sheet, show_tiles
from pages.ui.shell.session import app_state
from resnet_core.figures.encoding import webp_bytes
from resnet_core.figures.map_pictures import enlarge
from resnet_core.inference import Answer
from resnet_core.shares import probability_text

_SIDE_PX = 64
_COLUMNS = 12
_NEWEST = 12
_MOST_SHOWN = 240
_PLACE = "classify_tile"


def thumbnail_url(answer: Answer) -> str:
    """The picture as the net saw it, small, as an address that holds it."""
    return f"data:image/webp;base64,{base64.b64encode(webp_bytes(_thumbnail(answer))).decode()}"


def show_newest(answers: Sequence[Answer]) -> None:
    """Shows the newest answers, while others are on their way."""
    if answers:
        row = _row(answers[-_NEWEST:])
        show_tiles([row], key="classify-newest", tile_px=_SIDE_PX, fill=True)


def choose_tile(answers: Sequence[Answer]) -> Answer | None:
    """Shows a gallery; gives the answer whose picture was pressed."""
    if not answers:
        return None
    st.caption("Press a picture to see its probabilities and where the net looked.")
    if len(answers) > _MOST_SHOWN:
        st.caption(f"The first {_MOST_SHOWN} of {len(answers):,}; filter them, or see the table.")
    shown = answers[:_MOST_SHOWN]
    choices = app_state().choices
    show_tiles(
        [_row(shown[start : start + _COLUMNS]) for start in range(0, len(shown), _COLUMNS)],
        key="classify-gallery",
        tile_px=_SIDE_PX,
        fill=True,
        selected=[choices.get(_PLACE, "")],
        on_press=lambda name: choices.__setitem__(_PLACE, name),
    )
    return next((a for a in shown if _key(a) == choices.get(_PLACE)), None)


def _row(answers: Sequence[Answer]) -> TileRow:
    return TileRow(
        sheet=photo_sheet([_thumbnail(answer) for answer in answers]),
        tiles=tuple(_tile(answer) for answer in answers),
    )


def _tile(answer: Answer) -> Tile:
    first = answer.top(1)[0]
    said = f"{first.class_name}, {probability_text(first.probability)}"
    strange = ", unlike the training pictures" if answer.is_unfamiliar else ""
    mark = " (?)" if answer.is_unfamiliar else ""
    return Tile(name=_key(answer), label=f"{answer.name}: {said}{strange}", caption=said + mark)


def _key(answer: Answer) -> str:
    """Tells answers apart while their job keeps them: two files may have one name."""
    return f"{id(answer)}"


def _thumbnail(answer: Answer) -> np.ndarray:
    return enlarge(answer.seen, (_SIDE_PX, _SIDE_PX), smooth=answer.seen.shape[0] > _SIDE_PX)
