"""What a run shows so far, in words, and where to look next."""

import streamlit as st

from pages.ui.choosing.linked_run import forget_taken_run
from pages.ui.shell.address import word_of
from pages.ui.shell.addresses import verdict_address
from pages.ui.shell.links import link_to, link_with
from pages.ui.shell.listener import listen
from pages.ui.shell.news import news_of_verdict
from pages.ui.train.fork_here import cut_in_a_fork
from pages.ui.train.run_errors import shown_run_errors
from resnet_core.models import model_config
from resnet_core.recipes.comparisons import READY_MADE
from resnet_core.runs.status import RunStatus, read_config

_POLL_S = 3.0


def show_verdict(status: RunStatus) -> None:
    """Shows the verdict on a run, computed from its own numbers and kept fresh by the browser."""
    with st.container(border=True), shown_run_errors(status.run_id):
        listen(
            news_of_verdict(status),
            verdict_address(status.run_id),
            key=f"verdict-{status.run_id}",
            every_s=_POLL_S,
        )


def what_next(status: RunStatus) -> None:
    """Shows where a person may look next, each link with the run."""
    forget_taken_run()
    st.caption("What next")
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        with shown_run_errors(status.run_id):
            cut_in_a_fork(status)
        link_with(
            "gradient_flow",
            "Where does the gradient go?",
            ":material/show_chart:",
            {"view": "While training", "runs": status.run_id},
        )
        with shown_run_errors(status.run_id):
            _at_20_layers(status)
        link_to("feature_maps", "What do the layers see?", ":material/grid_view:", status.run_id)
        link_to("where_it_looks", "Where does it look?", ":material/visibility:", status.run_id)


def _at_20_layers(status: RunStatus) -> None:
    """Leads from a deep pair to the one in which the shortcut hardly matters yet."""
    pair = READY_MADE[0]
    shallow = max(model_config(net).depth for net in pair.nets)
    if max(arm.model.depth for arm in read_config(status.run_id).arms) > shallow:
        link_with(
            "train",
            f"And at {shallow} layers?",
            ":material/layers:",
            {"arms_ready": word_of(pair.title)},
        )
