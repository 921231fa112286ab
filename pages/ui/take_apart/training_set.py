"""Which data set's training pictures a loss is measured on."""

import streamlit as st

from pages.ui.shell.address import choice_in_address
from pages.ui.shell.resources import list_data_sources
from resnet_core.asking import ReadyNet
from resnet_core.asking.labelled_sets import list_labelled_sets


def pick_training_set(net: ReadyNet, *, key: str) -> tuple[str, str]:
    """Lets a person choose among the data sets at hand, the net's own first.

    Args:
        net: whose loss is measured.
        key: of the widget, and the name in the address.

    Returns:
        Name and title.
    """
    titles = list_labelled_sets(net, list_data_sources())
    names = tuple(titles)
    name = st.selectbox(
        "Training pictures of",
        names,
        format_func=titles.__getitem__,
        help="A data set at hand, whose classes the nets must know.",
        **choice_in_address(key, names, names[0]),
    )
    return name, titles[name]
