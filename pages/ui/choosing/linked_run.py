"""A run that a link brings to a page where nets are picked: its two nets are picked there."""

import streamlit as st

from pages.ui.choosing.nets import arm_option
from pages.ui.shell.address import set_by_link
from pages.ui.shell.notices import plain
from pages.ui.shell.resources import list_recent_runs
from pages.ui.shell.session import app_state

_TAKEN = "taken_run"
_MOST_LETTERS = 80


def take_linked_run(first: str, second: str) -> None:
    """Picks the nets of the run in the address, once, so that a person may then choose others.

    Args:
        first: key of the first net's picker, which gets the run's first arm.
        second: key of the second's, which gets the second arm, to be compared with.
    """
    run_id = st.query_params.get("run")
    if run_id is None or app_state().choices.get(_TAKEN) == run_id:
        return
    found = [status for status in list_recent_runs() if status.run_id == run_id]
    if not found:
        st.info(
            f"The address asks for the run “{plain(run_id[:_MOST_LETTERS])}”, which is not here; "
            "it may have been deleted.",
            icon=":material/link_off:",
        )
        return
    app_state().choices[_TAKEN] = run_id
    for place, key in list(enumerate((first, second)))[: len(found[0].arms)]:
        set_by_link(f"{key}_net", arm_option(run_id, place))


def forget_taken_run() -> None:
    """Lets the next link pick its run's nets, also if it is the same run again."""
    app_state().choices.pop(_TAKEN, None)
