"""Widgets that other parts of the lab build, kept in the address as our own are."""

import contextlib
from collections.abc import Iterator, Sequence

import streamlit as st

from pages.ui.shell.notices import plain

_MOST_DIGITS = 9
"""Of a number in an address; no widget here takes more."""
_MOST_LETTERS = 60
_MOST_NAMES = 3
"""Of an address, in a sentence."""


@contextlib.contextmanager
def in_address(texts: Sequence[str], numbers: Sequence[str]) -> Iterator[None]:
    """Reads widgets from the address before they are built, and writes them after.

    Widgets of our own say `bind="query-params"` instead.  A value that a widget does not have is
    ignored by it; of a text that is said in a sentence.

    Args:
        texts: keys of widgets whose values are texts.
        numbers: keys of widgets whose values are whole numbers from 0 on.
    """
    keys, asked = (*texts, *numbers), {}
    for key in keys:
        text = st.query_params.get(key)
        if text is None or key in st.session_state:
            continue
        if key in texts:
            st.session_state[key] = asked[key] = text
        elif text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS:
            st.session_state[key] = int(text)
    yield
    _say_unknown([text for key, text in asked.items() if st.session_state.get(key) != text])
    for key in keys:
        if key in st.session_state:
            st.query_params[key] = str(st.session_state[key])
        else:
            st.query_params.pop(key, None)


def read_list(name: str, allowed: Sequence[str]) -> list[str]:
    """Reads a comma-separated list from the address; what is not there (any more) is said."""
    asked = [each for each in st.query_params.get(name, "").split(",") if each]
    _say_unknown([each for each in asked if each not in allowed])
    return [each for each in asked if each in allowed]


def write_list(name: str, values: Sequence[str]) -> None:
    """Writes a comma-separated list into the address."""
    st.query_params[name] = ",".join(values)


def _say_unknown(values: Sequence[str]) -> None:
    """Says which parts of an address name nothing, so that another answer does not mislead."""
    if values:
        names = ", ".join(f"'{value[:_MOST_LETTERS]}'" for value in values[:_MOST_NAMES])
        st.warning(
            plain(
                f"The address names {names}, which is not here or not any more: what is shown is "
                "something else. Choose anew below."
            ),
            icon=":material/link_off:",
        )
