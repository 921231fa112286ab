"""Where it looks: maps of the evidence in a picture, from eleven methods, for any net."""

import streamlit as st

from pages.ui.inside import choose
from pages.ui.looking.controls import ask, ask_style
from pages.ui.looking.maps import show_maps
from pages.ui.notices import shown_errors

st.title("Where it looks")
st.write(
    "Which part of a picture speaks for a class, in the eyes of a net: choose a net and a picture, "
    "and set layers, methods, or two nets side by side."
)
with shown_errors():
    nets, picture = choose()
    looking = ask(nets, picture) if picture is not None else None
    if looking is not None:
        show_maps(looking, ask_style())
