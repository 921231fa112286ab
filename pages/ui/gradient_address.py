"""Widgets that other parts of the lab build, kept in the address as our own are."""

import contextlib
from collections.abc import Iterator, Sequence

import streamlit as st


@contextlib.contextmanager
def in_address(*keys: str) -> Iterator[None]:
    """Reads widgets of these keys from the address before they are built, and writes them after.

    Widgets of our own say `bind="query-params"` instead.  A value that a widget does not have is
    ignored by it.
    """
    for key in keys:
        text = st.query_params.get(key)
        if text is not None and key not in st.session_state:
            st.session_state[key] = int(text) if text.isascii() and text.isdigit() else text
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
