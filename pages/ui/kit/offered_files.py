"""Files to take away, each written when somebody asks for it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

_TYPES = {
    "csv": "text/csv",
    "npz": "application/octet-stream",
    "png": "image/png",
}


@dataclass(frozen=True, kw_only=True)
class OfferedFile:
    """One file that a person can save."""

    name: str
    """With its ending, of which the button is named."""
    write: Callable[[], bytes | str]
    help: str
    """What is in it."""


def offer_files(files: Sequence[OfferedFile], *, key: str) -> None:
    """Offers files side by side.

    Args:
        files: PNG, CSV or NPZ.
        key: stays the same between reruns.
    """
    with st.container(horizontal=True):
        for file in files:
            ending = file.name.rpartition(".")[2]
            st.download_button(
                ending.upper(),
                file.write,
                file.name,
                _TYPES[ending],
                icon=":material/download:",
                type="tertiary",
                help=file.help,
                on_click="ignore",
                key=f"{key}_{ending}",
            )
