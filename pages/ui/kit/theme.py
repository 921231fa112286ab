"""The colours that the visitor's browser shows."""

import streamlit as st

from resnet_core.figures.style import Theme


def shown_theme() -> Theme:
    """The theme that the visitor's browser shows."""
    return "dark" if st.context.theme.type == "dark" else "light"
