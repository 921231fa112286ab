"""What was changed in a run and what waits, each with a way back where there is one."""

import streamlit as st

from pages.ui.shell.notices import plain
from pages.ui.train.asking import ask_back
from resnet_core.config import ALL_BLOCKS, ExperimentConfig, ModelConfig, find_blocks
from resnet_core.edits import (
    Edit,
    done_and_pending_edits,
    label_edit,
    refused_edits,
    say_edit,
    say_waiting,
)
from resnet_core.runs.status import RunStatus


def show_edits(status: RunStatus, config: ExperimentConfig) -> None:
    """Lists the edits of a run, the newest first, and those refused; nothing where none was asked.

    Raises:
        ResNetLabError: when the run's folder cannot be read.
    """
    done, waiting = done_and_pending_edits(status.run_id)
    refused = refused_edits(status.run_id)
    if not (done or waiting or refused):
        return
    st.markdown("**What was changed**")
    for number, why in reversed(refused.items()):
        st.markdown(plain(f"Edit {number} was not done. {why}"))
    for wish in reversed(waiting):
        st.markdown(plain(f"Asked for: {label_edit(wish)}. {say_waiting(wish, status.phase)}"))
    can_go_back = status.is_live or status.is_resumable
    for edit in reversed(done):
        has_way_back = can_go_back and _stands(edit, (*done, *waiting), config)
        _show_edit(status.run_id, edit, has_way_back=has_way_back)


def _show_edit(run_id: str, edit: Edit, *, has_way_back: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        whose = f"{edit.arm}: " if edit.arm else ""
        st.markdown(f"Step **{edit.step:,}** · {plain(whose + say_edit(edit))}", width="content")
        if has_way_back:
            st.button(
                "Put it back",
                icon=":material/undo:",
                key=f"put_back_{edit.number}",
                on_click=ask_back,
                args=(run_id, edit.number),
            )


def _stands(edit: Edit, edits: tuple[Edit, ...], config: ExperimentConfig) -> bool:
    """Whether an edit holds and can be taken back: none of its kind followed it at its blocks."""
    if not edit.is_of_net or edit.what == "redraw":
        return False
    same = [each for each in edits if (each.arm, each.what) == (edit.arm, edit.what)]
    later = [each for each in same if each.number > edit.number]
    places = _places(edit, config)
    is_last = all(places.isdisjoint(_places(each, config)) for each in later)
    return is_last and edit.after not in (edit.before, _as_built(edit, config))


def _places(edit: Edit, config: ExperimentConfig) -> set[str]:
    return set(find_blocks(_model(edit, config), edit.blocks or ALL_BLOCKS))


def _as_built(edit: Edit, config: ExperimentConfig) -> float:
    return _model(edit, config).skip_strength if edit.what == "skip_strength" else 0.0


def _model(edit: Edit, config: ExperimentConfig) -> ModelConfig:
    return next(arm.model for arm in config.arms if arm.label == edit.arm)
