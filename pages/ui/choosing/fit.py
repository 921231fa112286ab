"""How pictures of any shape become the square that a net takes."""

import streamlit as st

from pages.ui.shell.address import choice_in_address
from resnet_core.pictures.picture import Fit

_FITS: dict[str, Fit] = {"Middle square": "crop", "Stretch": "stretch", "Add bars": "pad"}


def pick_fit(key: str) -> Fit:
    """Lets a person choose; `key` begins the widget's key."""
    how = st.radio(
        "Made square by",
        _FITS,
        **choice_in_address(f"{key}_fit", tuple(_FITS), next(iter(_FITS))),
    )
    return _FITS[how]
