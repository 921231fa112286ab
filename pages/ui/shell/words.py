"""The field's words where pages use them: on hover, and listed at the foot of each page."""

from collections.abc import Sequence

import streamlit as st

from pages.ui.shell.notices import plain
from resnet_core.glossary import find_term


def hover_text(name: str, *others: str) -> str:
    """Explains a word, or several of which each is named, for the `help` of what uses them."""
    if not others:
        term = find_term(name)
        return plain(f"{term.meaning} ({term.source})")
    terms = map(find_term, (name, *others))
    return "\n\n".join(f"**{plain(term.name)}**: {plain(term.meaning)}" for term in terms)


def show_words(names: Sequence[str]) -> None:
    """Lists a page's words, folded, at its foot."""
    if not names:
        return
    with st.expander("Words on this page", icon=":material/menu_book:", key="page_words"):
        for term in map(find_term, names):
            st.markdown(f"**{plain(term.name)}**: {plain(term.meaning)} *{plain(term.source)}*")
