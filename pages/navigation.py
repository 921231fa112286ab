"""The app's script: the pages of `ui/shell/site_map.py`, and what stands around each of them."""

import streamlit as st

from pages.ui.shell.address import arrive
from pages.ui.shell.frame import prepare_window, show_frame
from pages.ui.shell.site_map import entries, entry_titled, site_map
from pages.ui.shell.turns import PAGE_TURNS
from pages.ui.shell.words import show_words

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
        for section, listed in site_map().items()
    }
)
arrive(page.url_path)
show_frame(page.title)
with PAGE_TURNS.taken():
    page.run()
show_words(entry_titled(page.title).terms)
