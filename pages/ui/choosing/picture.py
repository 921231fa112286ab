"""Which picture to show a net: one of a data set, or a person's own."""

import numpy as np
import streamlit as st

from pages.ui.choosing.labelled_sets import open_labelled_set, say_whose_pictures
from pages.ui.choosing.own_picture import pick_own
from pages.ui.kit.choose_view import choose_view
from pages.ui.kit.tiles import Sheet, Tile, TileRow, photo_sheet, show_tiles
from pages.ui.shell.address import (
    choice_in_address,
    number_in_address,
    word_of,
    write_to_address,
)
from pages.ui.shell.resources import list_data_sources
from pages.ui.shell.session import set_widget_value, widget_value
from pages.ui.shell.shared import Same, SharedCache
from resnet_core.asking.labelled_sets import (
    LabelledSet,
    class_of,
    list_labelled_sets,
    shown_numbers,
)
from resnet_core.asking.layers_to_ask import AnyNet
from resnet_core.asking.picked import PickedPicture, pick_labelled
from resnet_core.pictures.channels import as_colour

_COLUMNS, _NUM_SHOWN = 5, 10
_ALL_CLASSES = "all classes"
_DATA_SET, _OWN = "Data set", "My own"
_MAX_SHEETS = 64


def pick_picture(net: AnyNet, *, key: str) -> PickedPicture | None:
    """Lets a person choose a picture; `None` while there is none yet."""
    origins = (_DATA_SET, _OWN)
    origin = choose_view("Picture", origins, key=f"{key}_origin", is_labelled=True)
    return pick_own(net, key) if origin == _OWN else _pick_from_set(net, key)


def picked_set(net: AnyNet, *, key: str) -> str:
    """Name of the data set that pictures for a net are picked from, picked or not."""
    titles = list_labelled_sets(net, list_data_sources())
    picked = widget_value(_set_place(net, key))
    return picked if picked in titles else next(iter(titles))


def _set_place(net: AnyNet, key: str) -> str:
    """Of the widget and in the address: each kind of net keeps its own data set."""
    return word_of(f"{key}_set_{net.card.data_title}")


def _pick_from_set(net: AnyNet, key: str) -> PickedPicture | None:
    strip = st.container()
    with st.expander("Other pictures", icon=":material/photo_library:"):
        titles = list_labelled_sets(net, list_data_sources())
        name = st.selectbox(
            "Data set",
            titles,
            format_func=titles.__getitem__,
            **choice_in_address(_set_place(net, key), tuple(titles), next(iter(titles))),
        )
        with strip:  # where it is seen how far that is
            labelled = open_labelled_set(net, name)
        if labelled is None:
            return None
        key = word_of(f"{key}_{name}")
        classes = (_ALL_CLASSES, *labelled.class_names)
        class_name = st.selectbox(
            "Class", classes, **choice_in_address(f"{key}_class", classes, _ALL_CLASSES)
        )
        start = _ask_start(labelled, key)
    with strip:
        say_whose_pictures(net, labelled)
        return _pick_number(labelled, class_name, start, key)


def _ask_start(labelled: LabelledSet, key: str) -> int:
    """From which picture on the strip shows them."""
    place, last = f"{key}_from", len(labelled.labels) - 1
    number_in_address(place, 0, 0, last)
    start = int(widget_value(place))
    st.button(
        "The next ones",
        icon=":material/refresh:",
        key=f"{key}_more",
        on_click=_write_number,
        args=(place, (start + _NUM_SHOWN) % (last + 1)),
    )
    return start


def _pick_number(labelled: LabelledSet, class_name: str, start: int, key: str) -> PickedPicture:
    known = None if class_name == _ALL_CLASSES else class_name
    shown = shown_numbers(labelled, known, start, _NUM_SHOWN)
    place = f"{key}_number"
    number_in_address(place, int(shown[0]), 0, len(labelled.labels) - 1)
    chosen = int(widget_value(place))
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
        on_press=lambda number: _write_number(place, int(number)),
    )
    return pick_labelled(labelled, chosen)


def _write_number(place: str, number: int) -> None:
    """Takes a number that was pressed, in a callback."""
    set_widget_value(place, number)
    write_to_address(place, str(number))


def _sheet(labelled: LabelledSet, numbers: np.ndarray) -> Sheet:
    pictures = [as_colour(picture) for picture in labelled.pictures(numbers)]
    return photo_sheet(pictures, columns=min(_COLUMNS, len(pictures)))


def _tile(labelled: LabelledSet, number: int) -> Tile:
    return Tile(name=str(number), label=f"Test picture {number}: {class_of(labelled, number)}")


_sheets: SharedCache[Sheet] = SharedCache(_MAX_SHEETS)
