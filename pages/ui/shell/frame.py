"""What stands around every page: the logo, and the runs that are going."""

from pathlib import Path

import streamlit as st

from pages.ui.shell.addresses import live_runs_address
from pages.ui.shell.listener import listen
from pages.ui.shell.news import news_of_live_runs
from pages.ui.shell.resources import list_recent_runs

_FOLDER = Path(__file__).parent
_SIDEBAR_PX = 230
_POLL_S = 3.0


def prepare_window() -> None:
    """Sets icon and layout; the navigation calls it before it makes its table.

    Otherwise the browser would fetch the first page's Material icon from a font server, to show
    it on the tab.
    """
    st.set_page_config(
        page_icon=str(_FOLDER / "icon.svg"), layout="wide", initial_sidebar_state=_SIDEBAR_PX
    )


def show_frame(title: str) -> None:
    """Shows the frame of a page of that title."""
    st.set_page_config(page_title=f"{title} · ResNet Lab")
    st.logo(str(_FOLDER / "logo.svg"), size="large")
    with st.sidebar:
        news = news_of_live_runs(list_recent_runs())
        listen(news, live_runs_address(), key="live-runs", every_s=_POLL_S)
