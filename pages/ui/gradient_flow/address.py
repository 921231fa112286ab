"""Widgets that other parts of the lab build, kept in the address as our own are."""

import contextlib
from collections.abc import Iterator, Sequence

import streamlit as st

_MOST_DIGITS = 9
"""Of a number in an address; no widget here takes more."""


@contextlib.contextmanager
def in_address(texts: Sequence[str], numbers: Sequence[str]) -> Iterator[None]:
    """Reads widgets from the address before they are built, and writes them after.

    Widgets of our own say `bind="query-params"` instead.  A value that a widget does not have is
    ignored by it.

    Args:
        texts: keys of widgets whose values are texts.
        numbers: keys of widgets whose values are whole numbers from 0 on.
    """
    keys = (*texts, *numbers)
    for key in keys:
        text = st.query_params.get(key)
        if text is None or key in st.session_state:
            continue
        if key in texts:
            st.session_state[key] = text
        elif text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS:
            st.session_state[key] = int(text)
    yield
    for key in keys:
        if key in st.session_state:
            st.query_params[key] = str(st.session_state[key])
        else:
            st.query_params.pop(key, None)


def read_list(name: str, allowed: Sequence[str]) -> list[str]:
    """Reads a comma-separated list from the address; what is not allowed (any more) is left out."""
    return [each for each in st.query_params.get(name, "").split(",") if each in allowed]


def write_list(name: str, values: Sequence[str]) -> None:
    """Writes a comma-separated list into the address."""
    st.query_params[name] = ",".join(values)
