"""Take apart: one trained net, block by block."""

import streamlit as st

from pages.ui.kit.choose_view import choose_view
from pages.ui.shell.notices import shown_errors
from pages.ui.shell.words import hover_text
from pages.ui.take_apart.lesions import show_lesions
from pages.ui.take_apart.one_block import show_one_block

# What each view is called, and what shows it.
_VIEWS = (("One block", show_one_block), ("Lesions", show_lesions))

st.title("Take apart")
st.caption(
    "What every block of a trained net adds, and what its skip carries.",
    help=hover_text("residual net", "shortcut", "stage", "gradient norm", "logit", "feature map"),
)
views = dict(_VIEWS)
view = choose_view("View", tuple(views), key="apart_view")
with shown_errors():
    views[view]()
