"""What stands around every page: the logo, and the runs that are going."""

from pathlib import Path

import streamlit as st

from pages.ui.links import link_to
from pages.ui.notices import plain
from pages.ui.resources import list_recent_runs
from pages.ui.wording import phase_word, progress_text

_FOLDER = Path(__file__).parent
_SIDEBAR_PX = 230


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
        _live_runs()


@st.fragment(run_every=2)
def _live_runs() -> None:
    for status in [status for status in list_recent_runs() if status.is_live][:3]:
        share = status.step / status.num_steps if status.num_steps else 0.0
        link_to("train", plain(status.name), ":material/monitoring:", status.run_id)
        st.progress(min(1.0, share), text=f"{phase_word(status)}, {progress_text(status)}")
