"""How pictures come in: files, a folder, a zip, the camera, or an example."""

import hashlib
from dataclasses import dataclass

import streamlit as st

from pages.ui.resources import sample_pictures
from pages.ui.session import app_state
from resnet_core.data.pictures import Fit
from resnet_core.figures.encoding import png_bytes
from resnet_core.inference import PictureSource

_WAYS = ("Files or a zip", "A folder", "Camera", "Examples")
_FITS: dict[str, Fit] = {"Middle square": "crop", "Stretch": "stretch", "Add bars": "pad"}
_PLACE = "classify_pictures"


@dataclass(frozen=True, kw_only=True)
class Intake:
    """Pictures that a person brought, not yet decoded."""

    sources: tuple[PictureSource, ...]
    key: str
    """Names them by their content."""
    fit: Fit

    @property
    def is_single(self) -> bool:
        """Whether it is one file, and no archive of them."""
        content = self.sources[0].content
        return len(self.sources) == 1 and not (
            isinstance(content, bytes) and content.startswith(b"PK")
        )


def take_pictures() -> Intake | None:
    """Lets a person bring pictures; `None` while there are none."""
    way = st.segmented_control(
        "Pictures",
        _WAYS,
        default=_WAYS[0],
        required=True,
        key="classify_way",
        persist_state="session",
    )
    sources = _take(way)
    # Streamlit drops uploads when another page is opened; what they held stays with the session.
    choices = app_state().choices
    if sources:
        choices[_PLACE] = (way, sources)
    kept_way, kept = choices.get(_PLACE, (way, ()))
    sources = kept if kept_way == way else sources
    how = st.radio(
        "Made square by", _FITS, horizontal=True, key="classify_fit", persist_state="session"
    )
    if not sources:
        return None
    digest = hashlib.sha256()
    for source in sources:
        digest.update(source.name.encode("utf-8", "replace") + b"\0")
        assert isinstance(source.content, bytes)
        digest.update(source.content)
    return Intake(sources=sources, key=digest.hexdigest(), fit=_FITS[how])


def _take(way: str) -> tuple[PictureSource, ...]:
    if way == "Camera":
        photo = st.camera_input("Take a photograph", key="classify_camera")
        return () if photo is None else (PictureSource("camera photograph", photo.getvalue()),)
    if way == "Examples":
        return _take_example()
    uploads = st.file_uploader(
        "A folder of pictures" if way == "A folder" else "Pictures, one or many, or a zip of them",
        accept_multiple_files="directory" if way == "A folder" else True,
        key=f"classify_upload_{way}",
        help="At most 25 MB and 50 megapixels each; they stay on this machine.",
    )
    return tuple(PictureSource(upload.name, upload.getvalue()) for upload in uploads or ())


def _take_example() -> tuple[PictureSource, ...]:
    images, names = sample_pictures()
    chosen = st.pills(
        "Pictures that the lab draws itself, one of each class",
        names,
        default=names[0],
        selection_mode="multi",
        key="classify_example",
        persist_state="session",
    )
    return tuple(
        PictureSource(f"example: {name}", png_bytes(images[names.index(name)])) for name in chosen
    )
