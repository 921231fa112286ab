"""Choosing what is done to a net: which net, what, where, and what that will do."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from pages.ui.shell.notices import plain, show_error
from pages.ui.shell.session import set_widget_value
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
from resnet_core.edits import Edit, Wish
from resnet_core.edits.foretelling import foretell, say_no_change
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
    is_as_built: bool = False
    """Whether the value is the one that the net was built with."""


CUT_SKIPS = Deed(label="Cut the skips", icon="content_cut", what="skip_strength", value=0.0)
SKIPS_BACK = Deed(
    label="Put the skips back",
    icon="settings_backup_restore",
    what="skip_strength",
    value=1.0,
    is_as_built=True,
)
_DEEDS = (
    CUT_SKIPS,
    SKIPS_BACK,
    Deed(label="Weigh the skips", icon="tune", what="skip_strength", value=None),
    Deed(label="Drop blocks", icon="remove_circle", what="drop", value=1.0),
    Deed(label="Let blocks compute", icon="add_circle", what="drop", value=0.0),
    Deed(label="Freeze blocks", icon="ac_unit", what="freeze", value=1.0),
    Deed(label="Let blocks learn", icon="sunny", what="freeze", value=0.0),
    Deed(label="Draw blocks anew", icon="casino", what="redraw", value=1.0),
)


def choose_edit(
    arms: Sequence[ArmConfig], edits: Sequence[Edit], *, key: str
) -> tuple[Deed, Wish] | None:
    """Lets a person choose an edit of one of some nets, and says what it will do.

    Args:
        arms: the nets.
        edits: all that is done to them before; what they leave nothing of is not offered.
        key: of the widgets, different for each place on a page.

    Returns:
        What its button says, and the wish; `None` for what that net cannot have done to it, or
        has already, which is said.
    """
    with st.container(horizontal=True):
        labels = [arm.label for arm in arms]
        label = st.selectbox("Net", labels, key=f"{key}_arm")
        arm = arms[labels.index(label)]
        model = arm.model
        deeds = [deed for deed in _DEEDS if can_be_done(arm, edits, deed)]
        deed = st.selectbox("What", deeds, key=f"{key}_what", format_func=lambda deed: deed.label)
        blocks = st.selectbox(
            "Where", _places(model, deed), key=f"{key}_blocks", format_func=_in_words
        )
    intervention = _chosen(model, deed, blocks, key)
    try:
        check_intervention(model, intervention)
    except ConfigError as exc:
        show_error(exc)
        return None
    if why := say_no_change(arm, edits, intervention):
        st.caption(plain(why))
        return None
    st.caption(plain(foretell(model, intervention)))
    return deed, Wish(what=deed.what, value=intervention.value, arm=label, blocks=blocks)


def make_edit_ready(label: str, deed: Deed, *, key: str) -> None:
    """Chooses an edit for a person, in a callback.

    Args:
        label: of the net.
        deed: one of `CUT_SKIPS` and `SKIPS_BACK`.
        key: as `choose_edit` has it.
    """
    set_widget_value(f"{key}_arm", label)
    set_widget_value(f"{key}_what", deed)
    set_widget_value(f"{key}_blocks", ALL_BLOCKS)


def can_be_done(arm: ArmConfig, edits: Sequence[Edit], deed: Deed) -> bool:
    """Tells whether it would change any one block, after all that was done before."""
    for path in (BODY, *block_paths(arm.model)):
        value = _HALF if deed.value is None else _value(arm.model, deed)
        intervention = Intervention(what=deed.what, blocks=path, value=value)
        try:
            check_intervention(arm.model, intervention)
        except ConfigError:
            continue
        if not say_no_change(arm, edits, intervention):
            return True
    return False


def _value(model: ModelConfig, deed: Deed) -> float:
    return model.skip_strength if deed.is_as_built else deed.value or 0.0


def _places(model: ModelConfig, deed: Deed) -> list[str]:
    paths = block_paths(model)
    stages = list(dict.fromkeys(path.partition(".")[0] for path in paths))
    whole = [ALL_BLOCKS, BODY] if deed.what == "freeze" else [ALL_BLOCKS]
    return [*whole, *stages, *paths]


def _in_words(blocks: str) -> str:
    words = place_of(blocks)
    return words[0].upper() + words[1:]


def _chosen(model: ModelConfig, deed: Deed, blocks: str, key: str) -> Intervention:
    value = _value(model, deed)
    if deed.value is None:
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
