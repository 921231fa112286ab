"""Choices that follow another one, as long as nobody made them."""

from typing import Any

import streamlit as st

from pages.ui.shell.address import set_by_link
from pages.ui.shell.session import app_state, widget_value

_MARK = "followed "


def let_follow(key: str, value: Any) -> None:
    """Gives a widget the value that suits another choice, where nobody chose otherwise.

    Call it before the widget is made.  What a person picked, and what a link says, stays.

    Args:
        key: of the widget, and its name in the address.
        value: what suits.
    """
    followed, mark = app_state().choices, f"{_MARK}{key}"
    if key not in st.query_params and widget_value(key) in (None, followed.get(mark)):
        set_by_link(key, value)
        followed[mark] = value
