"""A row of choices of which one is always taken, and which stands in the address."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from pages.ui.shell.address import Option, choice_in_address


def choose_view(
    label: str,
    options: Sequence[Option],
    *,
    key: str,
    title: Callable[[Option], str] = str,
    called: Callable[[Option], str] = str,
    is_labelled: bool = False,
    **more: Any,
) -> Option:
    """Lets a person choose one of a few options, the first of them at first.

    Args:
        label: what the row is called; a screen reader says it in any case.
        options: what may be chosen.
        key: of the widget, and the name in the address.
        title: how an option is called on the page.
        called: how it is called in the address, by default by itself.
        is_labelled: whether the label is seen too.
        more: goes to the widget.
    """
    chosen = st.segmented_control(
        label,
        options,
        required=True,
        format_func=title,
        label_visibility="visible" if is_labelled else "collapsed",
        wrap=True,
        **choice_in_address(key, options, options[0], called=called),
        **more,
    )
    return options[0] if chosen is None else chosen
