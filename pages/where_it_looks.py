"""Where it looks: maps of the evidence in a picture, from eleven methods, for any net."""

import streamlit as st

from pages.ui.looking.controls import ask, ask_style
from pages.ui.looking.maps import show_maps
from pages.ui.nets import LoadedNet, load_net, pick_net
from pages.ui.notices import shown_errors
from pages.ui.picture_choice import pick_picture


def choose_nets() -> tuple[LoadedNet, ...]:
    """Lets a person choose one net, or two to compare."""
    sources = [pick_net("Net", key="look")]
    if st.toggle("Compare with a second net", key="look_compare", persist_state="session"):
        sources.append(pick_net("Second net", key="look_other", first=1))
    different = {source.key: source for source in sources if source is not None}
    if len(different) < len(sources):
        st.caption("Choose two different nets, or two steps of one run, to compare them.")
    return tuple(load_net(source) for source in different.values())


st.title("Where it looks")
st.write(
    "Which part of a picture speaks for a class, in the eyes of a net: choose a net and a picture, "
    "and set layers, methods, or two nets side by side."
)
with shown_errors():
    left, right = st.columns([2, 3], gap="large")
    with left:
        nets = choose_nets()
    with right:
        picture = pick_picture(nets[0], key="look") if nets else None
    looking = ask(nets, picture) if picture is not None else None
    if looking is not None:
        show_maps(looking, ask_style())
