"""A data set's test pictures, opened in a thread."""

import streamlit as st

from pages.ui.shell.jobs import shown, submit
from pages.ui.shell.notices import plain
from resnet_core.asking import ReadyNet
from resnet_core.asking.labelled_sets import LabelledSet, SyntheticSet, load_labelled_set
from resnet_core.checkpoints.naming import learned_data


def open_labelled_set(net: ReadyNet, name: str) -> LabelledSet | None:
    """Opens a data set for a net, or shows how far that is and gives `None`."""
    if name == "synthetic":
        return _SYNTHETIC
    key = ("labelled", name, net.card.resizing)
    job = submit(key, lambda progress: load_labelled_set(net, name, progress), lane="slow")
    return shown(job, "Opening the pictures")


def say_whose_pictures(net: ReadyNet, labelled: LabelledSet) -> None:
    """Says it where a net is shown pictures of other classes than it learned."""
    if set(labelled.class_names) == set(net.card.class_names):
        return
    st.caption(
        plain(
            f"This net learned {learned_data(net.card.name, net.card.data_title)}: these are "
            f"{labelled.title}, of classes that it does not know."
        )
    )


_SYNTHETIC = SyntheticSet()  # one for all sessions, which share what is made of it
