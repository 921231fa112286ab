"""Labelled pictures of a person's own, named by their path on this machine."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from pages.ui.shell.notices import plain, show_error
from pages.ui.shell.resources import InspectedSource, inspect_source
from resnet_core.data.source import LeftOut
from resnet_core.errors import DataError

_CLASSES_NAMED = 12


@dataclass(frozen=True, kw_only=True)
class OwnPictures:
    """A folder or file that can be read."""

    path: str
    source: InspectedSource


def _say_what_is_not_read(source: InspectedSource) -> None:
    for note in source.notes:
        st.caption(plain(note))
    if source.left_out:
        total = sum(each.count for each in source.left_out)
        noun = "file" if total == 1 else "files"
        with st.expander(f"Left out: {total:,} {noun}", icon=":material/folder_off:"):
            left_out_table(source.left_out)


def left_out_table(left_out: Sequence[LeftOut]) -> None:
    """Shows what of a data set's folder or file is left out, and why."""
    rows = [{"What": each.what, "Files": each.count, "Because it": each.why} for each in left_out]
    st.dataframe(rows, hide_index=True)


def pick_own_pictures(key: str) -> OwnPictures | None:
    """Asks for a path and names the classes there; `None` while it names nothing readable."""
    path = st.text_input(
        "Folder or file of pictures on this machine",
        placeholder="/home/me/pictures",
        help="A folder with one folder of pictures for each class, with train and test above them "
        "or without; a zip or tar of one; pictures with a table of labels; parquet, idx or npz "
        "files, a WebDataset, or the files of CIFAR, STL-10 or SVHN.",
        key=key,
        persist_state="session",
    ).strip()
    if not path:
        return None
    try:
        source = inspect_source(path)
    except DataError as exc:
        show_error(exc)
        return None
    named = ", ".join(source.class_names[:_CLASSES_NAMED])
    more = ", ..." if len(source.class_names) > _CLASSES_NAMED else ""
    st.caption(plain(f"{len(source.class_names)} classes: {named}{more} ({source.layout})"))
    _say_what_is_not_read(source)
    return OwnPictures(path=path, source=source)
