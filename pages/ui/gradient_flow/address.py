"""Lists in the address: of runs, and of nets."""

from collections.abc import Sequence

import streamlit as st

from pages.ui.shell.notices import plain

_MOST_LETTERS = 60
_MOST_NAMES = 3
"""Of an address, in a sentence."""


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
