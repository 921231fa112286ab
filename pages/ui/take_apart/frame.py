"""What views of this page have in common: choices on the left, the answer on the right."""

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

_Asked = TypeVar("_Asked")


def show_asked_beside(
    ask: Callable[[], _Asked | None], show: Callable[[_Asked], None], explanation: str
) -> None:
    """Lets a person choose on the left, and shows what was asked for on the right.

    Args:
        ask: draws the choices; `None` where there is nothing to show yet.
        show: draws the answer.
        explanation: how to read it, as Markdown, which stands folded below the answer.
    """
    left, right = st.columns([2, 5], gap="medium")
    with left:
        asked = ask()
    with right:
        if asked is not None:
            show(asked)
        show_how_to_read(explanation)


def show_how_to_read(explanation: str) -> None:
    """Says how to read what stands above, in Markdown, folded."""
    with st.expander("How to read it", icon=":material/menu_book:"):
        st.markdown(explanation)
