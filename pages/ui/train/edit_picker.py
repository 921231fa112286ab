"""Choosing what is done to a net: which net, what, where, and what that will do."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from pages.ui.shell.notices import plain, show_error
from resnet_core.config import (
    ALL_BLOCKS,
    BODY,
    ArmConfig,
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

_HALF = 0.5


@dataclass(frozen=True, kw_only=True)
class Deed:
    """One thing that can be done to a net, as its button says it."""

    label: str
    icon: str
    what: InterventionKind
    value: float | None
    """`None` where a person chooses it."""


_DEEDS = (
    Deed(label="Cut the skips", icon="content_cut", what="skip_strength", value=0.0),
    Deed(label="Weigh the skips", icon="tune", what="skip_strength", value=None),
    Deed(label="Drop blocks", icon="remove_circle", what="drop", value=1.0),
    Deed(label="Freeze blocks", icon="ac_unit", what="freeze", value=1.0),
    Deed(label="Let blocks learn", icon="sunny", what="freeze", value=0.0),
    Deed(label="Draw blocks anew", icon="casino", what="redraw", value=1.0),
)


def choose_edit(arms: Sequence[ArmConfig], *, key: str) -> tuple[Deed, Wish] | None:
    """Lets a person choose an edit of one of some nets, and says what it will do.

    Args:
        arms: the nets.
        key: of the widgets, different for each place on a page.

    Returns:
        What its button says, and the wish; `None` for what that net cannot have done to it, which
        is said.
    """
    with st.container(horizontal=True):
        labels = [arm.label for arm in arms]
        label = st.selectbox("Net", labels, key=f"{key}_arm")
        arm = arms[labels.index(label)]
        model = arm.model
        deeds = [deed for deed in _DEEDS if _is_possible(model, deed) and _is_of_use(arm, deed)]
        deed = st.selectbox("What", deeds, key=f"{key}_what", format_func=lambda deed: deed.label)
        blocks = st.selectbox(
            "Where", _places(model, deed), key=f"{key}_blocks", format_func=_in_words
        )
    intervention = _chosen(deed, blocks, key)
    try:
        check_intervention(model, intervention)
    except ConfigError as exc:
        show_error(exc)
        return None
    st.caption(plain(foretell(model, intervention)))
    return deed, Wish(what=deed.what, value=intervention.value, arm=label, blocks=blocks)


def _is_possible(model: ModelConfig, deed: Deed) -> bool:
    """Whether it can be done to any one block."""
    value = _HALF if deed.value is None else deed.value
    for path in block_paths(model):
        try:
            check_intervention(model, Intervention(what=deed.what, blocks=path, value=value))
        except ConfigError:
            continue
        return True
    return False


def _is_of_use(arm: ArmConfig, deed: Deed) -> bool:
    """Whether there may be something to thaw: what an edit froze is put back where it is listed."""
    is_thawing = deed.what == "freeze" and not deed.value
    return not is_thawing or (arm.start is not None and arm.start.is_frozen)


def _places(model: ModelConfig, deed: Deed) -> list[str]:
    paths = block_paths(model)
    stages = list(dict.fromkeys(path.partition(".")[0] for path in paths))
    whole = [ALL_BLOCKS, BODY] if deed.what == "freeze" else [ALL_BLOCKS]
    return [*whole, *stages, *paths]


def _in_words(blocks: str) -> str:
    words = place_of(blocks)
    return words[0].upper() + words[1:]


def _chosen(deed: Deed, blocks: str, key: str) -> Intervention:
    value = deed.value
    if value is None:
        value = st.slider(
            "Strength",
            min_value=0.0,
            max_value=1.0,
            value=_HALF,
            step=0.05,
            key=f"{key}_strength",
            persist_state="session",  # another choice hides it for a while
            help="1 as built, 0 cuts them.",
        )
    return Intervention(what=deed.what, blocks=blocks, value=value)
