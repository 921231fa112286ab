"""What the pages that look inside nets share: which nets, and which picture.

Both pages name these widgets alike, so that a choice made on one holds on the other.
"""

import streamlit as st

from pages.ui.nets import LoadedNet, load_net, pick_net
from pages.ui.picture_choice import PickedPicture, pick_picture

_KEY = "inside"


def choose() -> tuple[tuple[LoadedNet, ...], PickedPicture | None]:
    """Lets a person choose one net, or two to compare, and a picture for them.

    Raises:
        ResNetLabError: when a net or a data set cannot be loaded.
    """
    left, right = st.columns([2, 3], gap="large")
    with left:
        nets = _choose_nets()
    with right:
        picture = pick_picture(nets[0], key=_KEY) if nets else None
    return nets, picture


def _choose_nets() -> tuple[LoadedNet, ...]:
    sources = [pick_net("Net", key=_KEY)]
    if st.toggle("Compare with a second net", key=f"{_KEY}_compare", persist_state="session"):
        sources.append(pick_net("Second net", key=f"{_KEY}_other", first=1))
    different = {source.key: source for source in sources if source is not None}
    if len(different) < len(sources):
        st.caption("Choose two different nets, or two steps of one run, to compare them.")
    return tuple(load_net(source) for source in different.values())
