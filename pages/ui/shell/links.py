"""Ways from one page to another, which also hold when a page is run alone."""

from collections.abc import Mapping

import streamlit as st
from streamlit.errors import StreamlitAPIException

from pages.ui.shell.session import select_run

PageName = str
"""The `name` of an entry of `site_map.py`."""


def go_to_run(run_id: str, also: Mapping[str, str] | None = None) -> None:
    """Opens a run's live view on the Train page, `also` with something more in its address."""
    select_run(run_id)
    try:
        st.switch_page("train.py", query_params={**(also or {}), "run": run_id})
    except StreamlitAPIException:  # run alone, without the navigation
        st.rerun()


def link_to(page: PageName, label: str, icon: str, run_id: str | None = None) -> None:
    """Shows a link to a page, and to a run on it."""
    link_with(page, label, icon, None if run_id is None else {"run": run_id})


def link_with(page: PageName, label: str, icon: str, parameters: Mapping[str, str] | None) -> None:
    """Shows a link to a page with something in its address."""
    try:
        st.page_link(f"{page}.py", label=label, icon=icon, query_params=parameters)
    except (StreamlitAPIException, KeyError):  # run alone, without the navigation
        st.caption(label)
