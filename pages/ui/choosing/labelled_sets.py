"""A data set's test pictures, opened in a thread."""

from collections.abc import Hashable

import streamlit as st

from pages.ui.shell.jobs import shown, submit
from pages.ui.shell.notices import plain
from pages.ui.shell.resources import list_data_sources, stamp_of_set
from pages.ui.shell.shared import Same
from resnet_core.asking import ReadyNet
from resnet_core.asking.labelled_sets import (
    LabelledSet,
    RelabelledSet,
    SyntheticSet,
    list_labelled_sets,
    load_labelled_set,
)
from resnet_core.asking.layers_to_ask import AnyNet
from resnet_core.checkpoints.naming import learned_data
from resnet_core.config import DataConfig


def open_labelled_set(net: AnyNet, name: str) -> LabelledSet | None:
    """Opens a data set for a net, or shows how far that is and gives `None`."""
    if name == "synthetic":
        return _SYNTHETIC
    resizing = net.as_measured(DataConfig(source=name)).resizing
    key = ("labelled", name, stamp_of_set(name), resizing)
    job = submit(key, lambda progress: load_labelled_set(net, name, progress), lane="slow")
    return shown(job, "Opening the pictures")


def key_of_set(labelled: LabelledSet) -> tuple[Hashable, ...]:
    """Names a set by its very pictures: two folders may have one title, and as many pictures."""
    opened = labelled.pictures_of if isinstance(labelled, RelabelledSet) else labelled
    return Same(opened), labelled.class_names


def open_own_pictures(net: AnyNet) -> LabelledSet | None:
    """Opens the pictures that a net learned, or that are nearest to them.

    `None` while they are opened, and for a net of others: what its channels do over a whole set is
    not measured.
    """
    if not isinstance(net, ReadyNet):
        return None
    return open_labelled_set(net, next(iter(list_labelled_sets(net, list_data_sources()))))


def say_whose_pictures(net: AnyNet, labelled: LabelledSet) -> None:
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
