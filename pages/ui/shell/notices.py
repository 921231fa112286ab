"""How a page says that something cannot be done: one sentence, never a traceback."""

import contextlib
import logging
import re
from collections.abc import Iterator

import streamlit as st

from pages.ui.shell.controls import with_controls
from pages.ui.shell.incidents import told
from resnet_core.errors import ResNetLabError

_LOG = logging.getLogger("resnet_lab")
_MARKUP = re.compile(r"([!-/:-@\[-`{-~])")
_BEFORE_A_PERCENT_SIGN = re.compile(r"(?<=\d) (?=%)")


def plain(text: str) -> str:
    """Escapes a text so that Streamlit shows it letter by letter, whatever it holds.

    Names come from people, folders and files: as Markdown they could load pictures from other
    machines, draw formulas or pretend to be links. No line ends between a number and its percent
    sign.
    """
    words = _BEFORE_A_PERCENT_SIGN.sub("\N{NO-BREAK SPACE}", " ".join(text.split()))
    return _MARKUP.sub(r"\\\1", words)


@contextlib.contextmanager
def shown_errors() -> Iterator[None]:
    """Shows an error that a person can mend as its message, and goes on after the block."""
    try:
        yield
    except ResNetLabError as exc:
        show_error(exc)


def show_error(error: ResNetLabError) -> None:
    """Shows what went wrong and what to do, in the words of pages; the log has the error's own."""
    _LOG.warning("%s", " ".join(str(error).split()))
    st.error(plain(with_controls(str(error))), icon=":material/error:")


def show_unexpected(error: Exception) -> bool:
    """Handles what no page caught: Streamlit has logged it, the visitor gets words and its id.

    Returns:
        True, which tells Streamlit that the error has been shown.
    """
    from resnet_core.devices import in_want_of_memory  # it loads torch

    mendable = error if isinstance(error, ResNetLabError) else in_want_of_memory(error)
    if mendable is not None:
        show_error(mendable)
    else:
        st.error(
            f"{told(error)} Runs in progress are not touched. Reload the page; the details stand "
            "under that number in the server's log.",
            icon=":material/error:",
        )
    return True
