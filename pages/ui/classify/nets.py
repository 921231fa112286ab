"""Which nets to classify with."""

import streamlit as st

from pages.ui.choosing.nets import KEPT, load_shared_net, pick_net
from pages.ui.shell.session import app_state, set_widget_value
from resnet_core.asking import ReadyNet

_NEXT = "classify_next_net"
_FIRST, _SECOND = "resnet20-cifar10-jpeg", "plain20-cifar10-jpeg"
"""Shipped nets that learned from photographs, which is what people bring."""


def pick_nets() -> tuple[ReadyNet, ...]:
    """Lets a person choose one net, or two to set side by side.

    Raises:
        CheckpointError: when a file is gone or damaged.
    """
    if name := app_state().choices.pop(_NEXT, None):
        set_widget_value("classify_net", f"{KEPT}/{name}")
    sources = [pick_net("Net", key="classify", first=_FIRST)]
    if st.toggle("Beside a second net", key="classify_compare", persist_state="session"):
        sources.append(pick_net("Second net", key="classify_other", first=_SECOND))
    different = {source.key: source for source in sources if source is not None}
    if len(different) < len([source for source in sources if source]):
        st.caption("Choose two different nets to set them side by side.")
    return tuple(load_shared_net(source) for source in different.values())


def choose_net(name: str) -> None:
    """Makes a kept net the chosen one when the page runs again."""
    app_state().choices[_NEXT] = name
