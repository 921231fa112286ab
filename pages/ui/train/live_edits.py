"""Reaching into a net while it trains: what to change, where, and what that will do."""

from dataclasses import dataclass

import streamlit as st

from pages.ui.shell.addresses import edits_address
from pages.ui.shell.listener import listen
from pages.ui.shell.news import news_of_edits
from pages.ui.shell.notices import plain, show_error, shown_errors
from pages.ui.train.asking import ask_for
from pages.ui.train.done_edits import show_edits
from pages.ui.train.recipe_edits import change_recipe
from resnet_core.config import (
    ALL_BLOCKS,
    ExperimentConfig,
    Intervention,
    InterventionKind,
    ModelConfig,
    block_paths,
    check_intervention,
)
from resnet_core.edits import Wish
from resnet_core.edits.foretelling import foretell
from resnet_core.edits.wording import place_of
from resnet_core.errors import ConfigError
from resnet_core.runs.status import RunStatus, read_config, read_status

_POLL_S = 1.0
_HALF = 0.5


@dataclass(frozen=True, kw_only=True)
class _Deed:
    """One thing that can be done to a net, as its button says it."""

    label: str
    icon: str
    what: InterventionKind
    value: float | None
    """`None` where a person chooses it."""


_DEEDS = (
    _Deed(label="Cut the skips", icon="content_cut", what="skip_strength", value=0.0),
    _Deed(label="Weigh the skips", icon="tune", what="skip_strength", value=None),
    _Deed(label="Drop blocks", icon="remove_circle", what="drop", value=1.0),
    _Deed(label="Freeze blocks", icon="ac_unit", what="freeze", value=1.0),
    _Deed(label="Draw blocks anew", icon="casino", what="redraw", value=1.0),
)


@st.fragment
def reach_in(run_id: str) -> None:
    """Offers every edit of a run that has steps to come, and lists those that were made.

    It opens over the page: whoever changes a net wants to see the curves while pressing.
    """
    with shown_errors():
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
    with shown_errors():
        status, config = read_status(run_id), read_config(run_id)
        if status.phase != "finished":
            return
        show_edits(status, config)
        with st.expander("Train for longer", icon=":material/more_time:"):
            change_recipe(status, config, only_steps=True)


def _offer_edits_of_nets(status: RunStatus, config: ExperimentConfig) -> None:
    with st.container(horizontal=True):
        labels = [arm.label for arm in config.arms]
        label = st.selectbox("Net", labels, key="edit_arm")
        model = config.arms[labels.index(label)].model
        deeds = [deed for deed in _DEEDS if _is_possible(model, deed)]
        deed = st.selectbox("What", deeds, key="edit_what", format_func=lambda deed: deed.label)
        blocks = st.selectbox("Where", _places(model), key="edit_blocks", format_func=_in_words)
    intervention = _chosen(deed, blocks)
    try:
        check_intervention(model, intervention)
        st.caption(plain(foretell(model, intervention)))
    except ConfigError as exc:
        show_error(exc)
        return
    wish = Wish(what=deed.what, value=intervention.value, arm=label, blocks=blocks)
    icon = f":material/{deed.icon}:"
    if st.button(deed.label, icon=icon, type="primary", key=f"edit_{deed.what}_{deed.value}"):
        ask_for(status.run_id, wish)


def _is_possible(model: ModelConfig, deed: _Deed) -> bool:
    """Whether it can be done to any one block."""
    value = _HALF if deed.value is None else deed.value
    for path in block_paths(model):
        try:
            check_intervention(model, Intervention(what=deed.what, blocks=path, value=value))
        except ConfigError:
            continue
        return True
    return False


def _places(model: ModelConfig) -> list[str]:
    paths = block_paths(model)
    stages = list(dict.fromkeys(path.partition(".")[0] for path in paths))
    return [ALL_BLOCKS, *stages, *paths]


def _in_words(blocks: str) -> str:
    words = place_of(blocks)
    return words[0].upper() + words[1:]


def _chosen(deed: _Deed, blocks: str) -> Intervention:
    value = deed.value
    if value is None:
        value = st.slider(
            "Strength", 0.0, 1.0, _HALF, 0.05, key="edit_strength", help="1 as built, 0 cuts them."
        )
    return Intervention(what=deed.what, blocks=blocks, value=value)
