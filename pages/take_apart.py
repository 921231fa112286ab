"""Take apart: one trained net, block by block."""

import streamlit as st

from pages.ui.choosing.nets_in_address import say_of_others
from pages.ui.kit.choose_view import choose_view
from pages.ui.shell.notices import shown_errors
from pages.ui.shell.words import hover_text
from pages.ui.take_apart.entry import ENTRY
from pages.ui.take_apart.landscape import show_landscape
from pages.ui.take_apart.lesions import show_lesions
from pages.ui.take_apart.one_block import show_one_block
from pages.ui.take_apart.sharpness import show_sharpness

# What each view is called, what shows it, and what is seen there.
_VIEWS = (
    (
        "One block",
        show_one_block,
        "What a block of a trained net adds to a picture, and what happens when its skip is cut.",
    ),
    (
        "Lesions",
        show_lesions,
        "What a trained net still gets right when a block is taken out of it, each in turn.",
    ),
    (
        "Landscape",
        show_landscape,
        "How the loss changes around a trained net when its weights are moved, at random or "
        "towards another net.",
    ),
    (
        "Sharpness",
        show_sharpness,
        "How much the loss bends at a net in its steepest direction, over its training.",
    ),
)

heading, ways = st.columns([2, 3], vertical_alignment="center")
heading.title("Take apart")
views = {name: (show, words) for name, show, words in _VIEWS}
with ways, st.container(horizontal=True, horizontal_alignment="right"):
    show, words = views[choose_view("View", tuple(views), key="apart_view")]
st.caption(words, help=hover_text(*ENTRY.terms))
with shown_errors():
    say_of_others()
    show()
