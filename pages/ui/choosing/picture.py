"""Which picture to show a net: one of a data set, or a person's own."""

import numpy as np
import streamlit as st

from pages.ui.choosing.fit import pick_fit
from pages.ui.choosing.labelled_sets import open_labelled_set
from pages.ui.kit.tiles import Sheet, Tile, TileRow, photo_sheet, show_tiles
from pages.ui.shell.notices import plain, show_error
from pages.ui.shell.resources import list_data_sources
from pages.ui.shell.session import app_state, widget_value
from pages.ui.shell.shared import Same, SharedCache
from resnet_core.asking import ReadyNet
from resnet_core.asking.labelled_sets import (
    LabelledSet,
    class_of,
    list_labelled_sets,
    shown_numbers,
)
from resnet_core.asking.picked import (
    BroughtPicture,
    PickedPicture,
    bring_picture,
    pick_brought,
    pick_labelled,
)
from resnet_core.errors import PictureError
from resnet_core.pictures.channels import as_colour

_NUM_SHOWN = 10
_ALL_CLASSES = "all classes"
_MAX_SHEETS = 64


def pick_picture(net: ReadyNet, *, key: str) -> PickedPicture | None:
    """Lets a person choose a picture; `None` while there is none yet."""
    origin = st.segmented_control(
        "Picture",
        ("Data set", "My own"),
        default="Data set",
        required=True,
        key=f"{key}_origin",
        persist_state="session",
    )
    return _pick_own(key) if origin == "My own" else _pick_from_set(net, key)


def _pick_own(key: str) -> PickedPicture | None:
    st.file_uploader(
        "JPEG, PNG, WebP, TIFF, ... up to 25 MB",
        key=f"{key}_upload",
        max_upload_size=25,
        on_change=_take,
        args=(key,),
    )
    fit = pick_fit(key, horizontal=True)
    choices = app_state().choices
    if f"{key}_refused" in choices:
        show_error(choices[f"{key}_refused"])
    brought: BroughtPicture | None = choices.get(f"{key}_own")
    if brought is None:
        st.caption("It stays on this machine.")
        return None
    for note in brought.view.notes:
        st.caption(plain(note))
    return pick_brought(brought, fit)


def _take(key: str) -> None:
    """Takes what was brought, once; a picture goes when its file is removed.

    It stays when another page is opened, where Streamlit drops the upload, and when the next file
    is refused.
    """
    choices, upload = app_state().choices, widget_value(f"{key}_upload")
    choices.pop(f"{key}_refused", None)
    if upload is None:
        choices.pop(f"{key}_own", None)
        return
    try:
        choices[f"{key}_own"] = bring_picture(upload.getvalue(), name=upload.name)
    except PictureError as exc:
        choices[f"{key}_refused"] = exc


def _pick_from_set(net: ReadyNet, key: str) -> PickedPicture | None:
    left, right = st.columns(2)
    titles = list_labelled_sets(net, list_data_sources())
    name = left.selectbox(
        "Data set",
        titles,
        format_func=titles.__getitem__,
        key=f"{key}_set_{net.card.data_title}",  # each kind of net keeps its own
        persist_state="session",
    )
    labelled = open_labelled_set(net, name)
    if labelled is None:
        return None
    if set(labelled.class_names) != set(net.card.class_names):
        st.caption(plain(f"This net learned {net.card.data_title}: it knows other classes."))
    key = f"{key}_{name}"
    class_name = right.selectbox(
        "Class", (_ALL_CLASSES, *labelled.class_names), key=f"{key}_class", persist_state="session"
    )
    return _pick_number(labelled, class_name, key)


def _pick_number(labelled: LabelledSet, class_name: str, key: str) -> PickedPicture:
    choices, place, start_place = app_state().choices, f"{key}_number", f"{key}_start"
    start = choices.get(start_place, 0)
    known = None if class_name == _ALL_CLASSES else class_name
    shown = shown_numbers(labelled, known, start, _NUM_SHOWN)
    chosen = choices.get(place, int(shown[0]))
    row = TileRow(
        sheet=_sheets.get((Same(labelled), tuple(shown.tolist())), lambda: _sheet(labelled, shown)),
        tiles=tuple(_tile(labelled, int(number)) for number in shown),
    )
    show_tiles(
        [row],
        key=f"{key}_tiles",
        tile_px=56,
        fill=True,
        selected=[str(chosen)],
        on_press=lambda number: choices.__setitem__(place, int(number)),
    )
    if st.button("Other pictures", icon=":material/refresh:", key=f"{key}_more"):
        choices[start_place] = start + _NUM_SHOWN
        st.rerun()
    return pick_labelled(labelled, chosen)


def _sheet(labelled: LabelledSet, numbers: np.ndarray) -> Sheet:
    return photo_sheet([as_colour(picture) for picture in labelled.pictures(numbers)])


def _tile(labelled: LabelledSet, number: int) -> Tile:
    return Tile(name=str(number), label=f"Test picture {number}: {class_of(labelled, number)}")


_sheets: SharedCache[Sheet] = SharedCache(_MAX_SHEETS)
