"""The field's words where pages use them: on hover, and listed at the foot of each page."""

from collections.abc import Sequence

import streamlit as st

from pages.ui.shell.notices import plain
from resnet_core.glossary import find_term


def hover_text(name: str) -> str:
    """Explains a word, for the `help` of what stands beside it."""
    term = find_term(name)
    return plain(f"{term.meaning} ({term.source})")


def show_words(names: Sequence[str]) -> None:
    """Lists a page's words, folded, at its foot."""
    if not names:
        return
    with st.expander("Words on this page", icon=":material/menu_book:", key="page_words"):
        for term in map(find_term, names):
            st.markdown(f"**{plain(term.name)}**: {plain(term.meaning)} *{plain(term.source)}*")
