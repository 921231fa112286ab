"""How pictures of any shape become the square that a net takes."""

import streamlit as st

from resnet_core.pictures.door import Fit

_FITS: dict[str, Fit] = {"Middle square": "crop", "Stretch": "stretch", "Add bars": "pad"}


def pick_fit(key: str, *, horizontal: bool = False) -> Fit:
    """Lets a person choose; `key` begins the widget's key."""
    how = st.radio(
        "Made square by",
        _FITS,
        horizontal=horizontal,
        key=f"{key}_fit",
        persist_state="session",
    )
    return _FITS[how]
