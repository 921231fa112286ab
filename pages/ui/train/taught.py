"""What a run taught a net: how often it is right on held-out pictures, and the way to it."""

import streamlit as st

from pages.ui.shell.address import word_of
from pages.ui.shell.links import link_with
from pages.ui.shell.notices import plain
from resnet_core.teaching.outcome import read_taught
from resnet_core.teaching.sentences import taught_sentence


def show_taught(run_id: str) -> None:
    """Shows what came of a finished run that taught nets; nothing for any other run.

    Raises:
        ResNetLabError: when the run is gone, or its metrics cannot be read.
    """
    for net in read_taught(run_id):
        st.markdown(plain(taught_sentence(net)))
        link_with(
            "classify",
            "Classify with the new net",
            ":material/image_search:",
            {"classify_net": word_of(f"run/{run_id}/{net.arm}")},
        )
