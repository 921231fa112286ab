"""Errors of the run on show: one that is gone is told by the page, once, and not by every part."""

import contextlib
from collections.abc import Iterator

import streamlit as st

from pages.ui.shell.notices import shown_errors
from resnet_core.errors import RunNotFoundError
from resnet_core.runs.status import read_status


@contextlib.contextmanager
def shown_run_errors(run_id: str) -> Iterator[None]:
    """Shows an error as `shown_errors` does; where the run is gone, the page begins anew.

    Many parts of the page read the run by themselves; it finds that there is none, and says so in
    their place.
    """
    with shown_errors():
        try:
            yield
        except RunNotFoundError:
            if _is_gone(run_id):
                st.rerun()
            raise


def _is_gone(run_id: str) -> bool:
    try:
        read_status(run_id)
    except RunNotFoundError:
        return True
    return False
