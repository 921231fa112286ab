"""The app's script: the pages of `ui/site_map.py`, and what stands around every one of them."""

import streamlit as st

from pages.ui.frame import prepare_window, show_frame
from pages.ui.site_map import SITE_MAP, entries
from pages.ui.turns import PAGE_TURNS

prepare_window()
page = st.navigation(
    {
        section: [
            st.Page(
                f"{entry.name}.py",
                title=entry.title,
                icon=f":material/{entry.icon}:",
                help=entry.summary,
                default=entry is entries()[0],
            )
            for entry in listed
        ]
        for section, listed in SITE_MAP.items()
    }
)
show_frame(page.title)
with PAGE_TURNS.taken():
    page.run()
