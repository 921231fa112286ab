"""How pictures come in: files, a folder, a zip, the clipboard, the camera, or an example."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from pages.ui.classify.examples import (
    example_in_address,
    first_example,
    forget_example,
    show_examples,
)
from pages.ui.classify.nets import choose_net_of_photographs, say_why_this_net
from pages.ui.kit.choose_view import choose_view
from pages.ui.kit.drop_anywhere import drop_anywhere
from pages.ui.shell.session import app_state, widget_value
from resnet_core.asking.layers_to_ask import AnyNet
from resnet_core.inference import PictureSource
from resnet_core.pictures.door import MAX_PICTURE_BYTES, MAX_PIXELS

_FILES, _FOLDER, _CAMERA = "Files", "Folder", "Camera"
_PLACE = "classify_pictures"
_LIMITS = (
    f"At most {MAX_PICTURE_BYTES // 2**20} MB and {MAX_PIXELS // 10**6} megapixels a picture; a "
    "zip may hold thousands. They stay on this machine."
)


@dataclass(frozen=True, kw_only=True)
class BroughtPictures:
    """Pictures that a person brought, not yet decoded."""

    sources: tuple[PictureSource, ...]
    key: str
    """Names them by their content."""

    @property
    def is_single(self) -> bool:
        """Whether it is one file, and no archive of them."""
        content = self.sources[0].content
        return len(self.sources) == 1 and not (
            isinstance(content, bytes) and content.startswith(b"PK")
        )


def take_pictures(nets: Sequence[AnyNet]) -> BroughtPictures:
    """Lets a person bring pictures; an example until then.

    What was brought or pressed last counts.  What was brought stays with the session when another
    page is opened, which empties Streamlit's own widgets; an example stands in the address.

    Args:
        nets: that are to see them; examples of classes that they know stand first, and a net of
            photographs takes the place of one that has seen none.
    """
    known = {name for net in nets for name in net.card.class_names}
    way = choose_view("Pictures", (_FILES, _FOLDER, _CAMERA), key="classify_way")
    if way == _CAMERA:
        st.camera_input("Take a photograph", **_reporting("classify_camera", nets))
    elif way == _FOLDER:
        st.file_uploader(
            "A folder of pictures",
            accept_multiple_files="directory",
            help=_LIMITS,
            **_reporting("classify_folder", nets),
        )
    else:
        st.file_uploader(
            "Pictures, one or many, or a zip of them",
            accept_multiple_files=True,
            help=_LIMITS,
            **_reporting("classify_files", nets),
        )
        drop_anywhere("classify_files")
    say_why_this_net(nets)
    example = example_in_address()
    brought: BroughtPictures | None = None if example else app_state().choices.get(_PLACE)
    sources = brought.sources if brought else (example or first_example(known),)
    show_examples(known, shown=sources)
    return brought or _brought(sources)


def _reporting(key: str, nets: Sequence[AnyNet]) -> dict:
    return {"key": key, "on_change": _bring, "args": (key, nets)}


def _bring(key: str, nets: Sequence[AnyNet]) -> None:
    """Takes what a widget holds now; an emptied one gives the place back to the examples."""
    value: UploadedFile | list[UploadedFile] | None = widget_value(key)
    files = value if isinstance(value, list) else [value] if value else []
    name = "camera photograph" if key == "classify_camera" else None
    choices = app_state().choices
    choices.pop(_PLACE, None)
    forget_example()
    if files:
        choices[_PLACE] = _brought(
            [PictureSource(name or file.name, file.getvalue()) for file in files]
        )
        choose_net_of_photographs(nets)


def _brought(sources: Sequence[PictureSource]) -> BroughtPictures:
    digest = hashlib.sha256()
    for source in sources:
        digest.update(source.name.encode("utf-8", "replace") + b"\0")
        assert isinstance(source.content, bytes)
        digest.update(source.content)
    return BroughtPictures(sources=tuple(sources), key=digest.hexdigest())
