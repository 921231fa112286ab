"""What a run shows that waits for its device."""

import streamlit as st

from pages.ui.shell.addresses import waiting_address
from pages.ui.shell.listener import listen
from pages.ui.shell.waiting_news import news_of_waiting
from resnet_core.runs.status import RunStatus

_POLL_S = 3.0


def show_waiting(status: RunStatus) -> None:
    """Says why a queued run does not train yet, with links, kept fresh by the browser.

    Raises:
        ResNetLabError: when the run is gone, or the queue cannot be read.
    """
    with st.container(border=True):
        listen(
            news_of_waiting(status),
            waiting_address(status.run_id),
            key=f"waiting-{status.run_id}",
            every_s=_POLL_S,
        )
