"""Take apart: one trained net, block by block."""

import streamlit as st

from pages.ui.kit.choose_view import choose_view
from pages.ui.shell.notices import shown_errors
from pages.ui.shell.words import hover_text
from pages.ui.take_apart.entry import ENTRY
from pages.ui.take_apart.landscape import show_landscape
from pages.ui.take_apart.lesions import show_lesions
from pages.ui.take_apart.one_block import show_one_block
from pages.ui.take_apart.sharpness import show_sharpness

# What each view is called, and what shows it.
_VIEWS = (
    ("One block", show_one_block),
    ("Lesions", show_lesions),
    ("Landscape", show_landscape),
    ("Sharpness", show_sharpness),
)

heading, ways = st.columns([2, 3], vertical_alignment="center")
heading.title("Take apart")
st.caption(
    "What a block of a trained net adds to a picture, and what happens when its skip is cut.",
    help=hover_text(*ENTRY.terms),
)
views = dict(_VIEWS)
with ways, st.container(horizontal=True, horizontal_alignment="right"):
    view = choose_view("View", tuple(views), key="apart_view")
with shown_errors():
    views[view]()
