"""Reaching into a net while it trains: what to change, where, and what that will do."""

import streamlit as st

from pages.ui.shell.addresses import edits_address
from pages.ui.shell.listener import listen
from pages.ui.shell.news import news_of_edits
from pages.ui.train.asking import ask_for
from pages.ui.train.done_edits import show_edits
from pages.ui.train.edit_picker import choose_edit
from pages.ui.train.recipe_edits import change_recipe
from pages.ui.train.run_errors import shown_run_errors
from resnet_core.config import ExperimentConfig
from resnet_core.edits import done_and_pending_edits
from resnet_core.runs.status import RunStatus, read_config, read_status

_POLL_S = 1.0


@st.fragment
def reach_in(run_id: str) -> None:
    """Offers every edit of a run that has steps to come, and lists those that were made.

    It opens over the page: whoever changes a net wants to see the curves while pressing.
    """
    with shown_run_errors(run_id):
        status, config = read_status(run_id), read_config(run_id)
        if status.is_damaged:
            return
        if status.is_live or status.is_resumable:
            with st.popover("Reach into a net", icon=":material/content_cut:"):
                _offer_edits_of_nets(status, config)
                show_edits(status, config)
                with st.expander("Change the recipe, or train for longer", icon=":material/tune:"):
                    change_recipe(status, config)
        listen(
            news_of_edits(status),
            edits_address(run_id),
            key=f"edits-{run_id}",
            every_s=_POLL_S,
            is_quiet=True,
        )


@st.fragment
def look_back(run_id: str) -> None:
    """Lists the edits of a run that is finished, and offers it more steps."""
    with shown_run_errors(run_id):
        status, config = read_status(run_id), read_config(run_id)
        if status.phase != "finished":
            return
        show_edits(status, config)
        with st.expander("Train for longer", icon=":material/more_time:"):
            change_recipe(status, config, only_steps=True)


def _offer_edits_of_nets(status: RunStatus, config: ExperimentConfig) -> None:
    done, waiting = done_and_pending_edits(status.run_id)
    chosen = choose_edit(config.arms, (*done, *waiting), key="edit")
    if chosen is None:
        return
    deed, wish = chosen
    icon = f":material/{deed.icon}:"
    if st.button(deed.label, icon=icon, type="primary", key=f"edit_{deed.what}_{deed.value}"):
        ask_for(status.run_id, wish)
