"""The switches of blocks, which stand in the address: skip, branch, alpha."""

from collections.abc import Callable, Sequence

import streamlit as st

from pages.ui.kit.choose_view import choose_view
from pages.ui.shell.address import choice_in_address, several_in_address, write_to_address
from pages.ui.shell.notices import plain
from pages.ui.shell.session import set_widget_value, widget_value
from resnet_core.asking import ReadyNet
from resnet_core.asking.switch_sentences import no_switch_sentence
from resnet_core.asking.switches import (
    Switches,
    settle_switches,
    states_of,
    switch_of_word,
    where_it_can_be,
    why_no_drop,
    why_no_skip,
    why_not,
    word_of_switch,
)
from resnet_core.config import ALL_BLOCKS, BlockState, Intervention
from resnet_core.models.explanation import list_block_paths

_BLOCK, _SWITCHES, _REACH = "apart_block", "apart_switches", "apart_reach"
_SKIP, _BRANCH, _ALPHA = "apart_skip", "apart_branch", "apart_alpha"
_REACHES = ("block", "stage", "all")
_ALPHA_STEP = 0.05
_MOST_WORDS = 1000
"""Of an address that are read."""


def choose_block(path: str) -> None:
    """Takes a block that was pressed, in a callback."""
    set_widget_value(_BLOCK, path)
    write_to_address(_BLOCK, path)


def ask_block(net: ReadyNet) -> str:
    """Lets a person choose a block by its name; the drawn net does it too."""
    blocks = list_block_paths(net.card.model)
    return st.selectbox(
        "Block", blocks, **choice_in_address(_BLOCK, blocks, blocks[len(blocks) // 2])
    )


def current_switches(net: ReadyNet) -> Switches:
    """Gives what is switched, as the address says, as far as this net has it."""
    words = (st.query_params.get(_SWITCHES) or "").split(",")[:_MOST_WORDS]
    known = [switch for word in words if (switch := switch_of_word(word))]
    asked = [*known, *(widget_value(_SWITCHES) or ())]
    offered = [switch for switch in dict.fromkeys(asked) if not why_not(net.card.model, switch)]
    several_in_address(_SWITCHES, offered, (), called=word_of_switch)
    return settle_switches(net.card.model, net.model.interventions, widget_value(_SWITCHES))


def ask_switches(net: ReadyNet, path: str, switches: Switches) -> None:
    """Lets a person turn the switches of a block, of its stage, or of all blocks."""
    model = net.card.model
    state = states_of(model, net.model.interventions, switches)[path]
    no_skip, no_drop = why_no_skip(model), why_no_drop(model, path)
    if model.is_dense:
        st.caption(plain(no_switch_sentence(model, no_skip, no_drop)))
        return

    def turn(read: Callable[[], Intervention]) -> None:
        turned = where_it_can_be(model, read())
        _write(settle_switches(model, net.model.interventions, (*switches, *turned)))

    reach = choose_view("Switches act on", _REACHES, key=_REACH, is_labelled=True)
    blocks = _reached(path, reach)
    with st.container(horizontal=True, gap="medium"):
        _toggle_branch(state, no_drop, lambda: turn(lambda: _branch(blocks)))
        if not no_skip:
            _toggle_skip(state, lambda: turn(lambda: _skip(blocks, model.skip_strength or 1.0)))
    if not no_skip:
        _slide_alpha(state, lambda: turn(lambda: _weighed(blocks, widget_value(_ALPHA))))
    if why := no_switch_sentence(model, no_skip, no_drop):
        st.caption(plain(why))
    if switches:
        st.button(
            "Put all back",
            icon=":material/settings_backup_restore:",
            on_click=_write,
            args=((),),
            width="stretch",
        )


def _toggle_branch(state: BlockState, why_not: str, on_change: Callable[[], None]) -> None:
    set_widget_value(_BRANCH, not state.is_dropped)
    st.toggle(
        "Branch",
        key=_BRANCH,
        disabled=bool(why_not),
        help="Off: the block computes nothing and hands on what enters it, or the shortcut alone "
        "where the shape changes.",
        on_change=on_change,
    )


def _toggle_skip(state: BlockState, on_change: Callable[[], None]) -> None:
    set_widget_value(_SKIP, state.skip_strength > 0)
    st.toggle(
        "Skip",
        key=_SKIP,
        disabled=state.is_dropped,
        help="Off: nothing comes over the skip, alpha is 0. With the branch off the skip stays.",
        on_change=on_change,
    )


def _slide_alpha(state: BlockState, on_change: Callable[[], None]) -> None:
    set_widget_value(_ALPHA, state.skip_strength)
    st.slider(
        "alpha, the skip's strength",
        0.0,
        1.0,
        step=_ALPHA_STEP,
        key=_ALPHA,
        disabled=state.is_dropped,
        on_change=on_change,
    )


def _branch(blocks: str) -> Intervention:
    return Intervention(what="drop", blocks=blocks, value=not widget_value(_BRANCH))


def _skip(blocks: str, full: float) -> Intervention:
    return _weighed(blocks, full if widget_value(_SKIP) else 0.0)


def _weighed(blocks: str, strength: float) -> Intervention:
    return Intervention(what="skip_strength", blocks=blocks, value=round(strength, 4))


def _reached(path: str, reach: str) -> str:
    stage = path.partition(".")[0]
    return {_REACHES[1]: stage, _REACHES[2]: ALL_BLOCKS}.get(reach, path)


def _write(switches: Sequence[Intervention]) -> None:
    """Takes what is switched now, in a callback."""
    set_widget_value(_SWITCHES, list(switches))
    write_to_address(_SWITCHES, ",".join(map(word_of_switch, switches)) or None)
