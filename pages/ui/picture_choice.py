"""Which picture to show a net: one of a data set, or a person's own."""

import hashlib
from dataclasses import dataclass

import numpy as np
import streamlit as st
from PIL import Image

from pages.ui.fit_choice import pick_fit
from pages.ui.nets import LoadedNet
from pages.ui.notices import plain, show_error
from pages.ui.session import app_state, widget_value
from pages.ui.shared import Same, SharedCache
from pages.ui.shelves import Shelf, list_shelves, open_shelf
from pages.ui.tiles import Sheet, Tile, TileRow, photo_sheet, show_tiles
from resnet_core.checkpoints import CheckpointCard
from resnet_core.data.pictures import Fit, Picture, decode_picture
from resnet_core.errors import PictureError
from resnet_core.inference.classifier import fit_for

_NUM_SHOWN = 10
_ALL_CLASSES = "all classes"
_MAX_SHEETS = 64


@dataclass(frozen=True, kw_only=True, eq=False)
class PickedPicture:
    """A picture as it came."""

    name: str
    """Where it comes from, as plain text."""
    pixels: np.ndarray
    """uint8 (H, W, C) at its true resolution, or at the largest that is kept."""
    came_px: tuple[int, int] | None = None
    """Width and height as it came, px, where that was larger."""
    class_name: str | None = None
    """Its label, where there is one."""
    fit: Fit = "crop"
    """How it becomes the square that a net takes."""

    @property
    def size_text(self) -> str:
        """Width and height as it came."""
        width, height = self.came_px or (self.pixels.shape[1], self.pixels.shape[0])
        return f"{width} x {height} px"

    def seen(self, card: CheckpointCard) -> np.ndarray:
        """The picture as the net of a card sees it, uint8 (S, S, 3); gray where it takes gray."""
        side = card.image_size_px
        pixels = as_colour(self.pixels)
        if pixels.shape[:2] != (side, side):
            height, width = pixels.shape[:2]
            whole = Picture(
                name=self.name, pixels=pixels, original_size_px=(width, height), format="pixels"
            )
            pixels = fit_for(card, whole, self.fit)
        if card.model.in_channels == 1:
            return as_colour(np.array(Image.fromarray(pixels).convert("L"))[..., None])
        return pixels

    @property
    def key(self) -> str:
        """Names the picture by its content."""
        content = str((self.pixels.shape, self.fit)).encode() + self.pixels.tobytes()
        return hashlib.sha256(content).hexdigest()[:16]


def as_colour(pixels: np.ndarray) -> np.ndarray:
    """Repeats the only channel of a gray picture; uint8 (H, W, 3)."""
    return np.ascontiguousarray(np.broadcast_to(pixels, (*pixels.shape[:2], 3)))


def pick_picture(net: LoadedNet, *, key: str) -> PickedPicture | None:
    """Lets a person choose a picture; `None` while there is none yet."""
    origin = st.segmented_control(
        "Picture",
        ("Data set", "My own"),
        default="Data set",
        required=True,
        key=f"{key}_origin",
        persist_state="session",
    )
    return _pick_own(key) if origin == "My own" else _pick_from_shelf(net, key)


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
    picture: Picture | None = choices.get(f"{key}_own")
    if picture is None:
        st.caption("It stays on this machine.")
        return None
    for note in picture.notes:
        st.caption(plain(note))
    return PickedPicture(
        name=picture.name,
        pixels=picture.pixels,
        came_px=picture.original_size_px,
        fit=fit,
    )


def _take(key: str) -> None:
    """Decodes what was brought, once; a picture goes when its file is removed.

    It stays when another page is opened, where Streamlit drops the upload, and when the next file
    is refused.
    """
    choices, upload = app_state().choices, widget_value(f"{key}_upload")
    choices.pop(f"{key}_refused", None)
    if upload is None:
        choices.pop(f"{key}_own", None)
        return
    try:
        choices[f"{key}_own"] = decode_picture(upload.getvalue(), name=upload.name)
    except PictureError as exc:
        choices[f"{key}_refused"] = exc


def _pick_from_shelf(net: LoadedNet, key: str) -> PickedPicture | None:
    left, right = st.columns(2)
    titles = list_shelves(net)
    name = left.selectbox(
        "Data set",
        titles,
        format_func=titles.__getitem__,
        key=f"{key}_shelf_{net.card.data_title}",  # each kind of net keeps its own
        persist_state="session",
    )
    shelf = open_shelf(name)
    if shelf is None:
        return None
    if set(shelf.class_names) != set(net.card.class_names):
        st.caption(plain(f"This net learned {net.card.data_title}: it knows other classes."))
    key = f"{key}_{name}"
    class_name = right.selectbox(
        "Class", (_ALL_CLASSES, *shelf.class_names), key=f"{key}_class", persist_state="session"
    )
    return _pick_number(shelf, class_name, key)


def _pick_number(shelf: Shelf, class_name: str, key: str) -> PickedPicture:
    numbers = np.arange(len(shelf.labels))
    if class_name != _ALL_CLASSES:
        numbers = numbers[shelf.labels == shelf.class_names.index(class_name)]
    choices, place, start_place = app_state().choices, f"{key}_number", f"{key}_start"
    start = choices.get(start_place, 0) % max(1, len(numbers))
    shown = np.roll(numbers, -start)[:_NUM_SHOWN]
    chosen = choices.get(place, int(shown[0]))
    row = TileRow(
        sheet=_sheets.get((Same(shelf), tuple(shown.tolist())), lambda: _sheet(shelf, shown)),
        tiles=tuple(_tile(shelf, int(number)) for number in shown),
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
    return PickedPicture(
        name=f"{shelf.title}, test picture {chosen}",
        pixels=shelf.pictures(np.array([chosen]))[0],
        class_name=shelf.class_names[int(shelf.labels[chosen])],
    )


def _sheet(shelf: Shelf, numbers: np.ndarray) -> Sheet:
    return photo_sheet([as_colour(picture) for picture in shelf.pictures(numbers)])


def _tile(shelf: Shelf, number: int) -> Tile:
    class_name = shelf.class_names[int(shelf.labels[number])]
    return Tile(name=str(number), label=f"Test picture {number}: {class_name}")


_sheets: SharedCache[Sheet] = SharedCache(_MAX_SHEETS)
