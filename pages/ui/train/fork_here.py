"""Forking a run from its page: what it costs before the press, and where a fork came from."""

import streamlit as st

from pages.ui.shell.links import go_to_run, link_to
from pages.ui.shell.notices import plain, show_error
from pages.ui.shell.session import set_widget_value, widget_value
from pages.ui.train.edit_picker import (
    CUT_SKIPS,
    SKIPS_BACK,
    Deed,
    can_be_done,
    choose_edit,
    make_edit_ready,
)
from pages.ui.train.run_errors import shown_run_errors
from resnet_core.edits import Wish, edits_of_fork, request_edit
from resnet_core.errors import ResNetLabError
from resnet_core.runs.fork import start_fork
from resnet_core.runs.fork_plan import ForkPlan, plan_fork
from resnet_core.runs.fork_sentences import fork_sentence, origin_sentence
from resnet_core.runs.status import RunStatus, read_config, read_status

_ALL = ""
"""In place of a net's label; `None` would be shown as nothing chosen."""
_EDIT = "fork_edit"
"""Key of the widgets that choose the change."""


def show_origin(status: RunStatus) -> None:
    """Says of a fork where it comes from, with a link to a parent that is still there."""
    if status.parent is None or status.fork_step is None:
        return
    try:
        parent = read_status(status.parent)
    except ResNetLabError:
        st.caption(f":material/fork_right: A fork {origin_sentence(status.fork_step, None)}.")
        return
    label = f"A fork {plain(origin_sentence(status.fork_step, parent.name))}"
    link_to("train", label, ":material/fork_right:", parent.run_id)


def cut_in_a_fork(status: RunStatus) -> None:
    """Offers what shows best why skips matter, for a run that has any: the panel, made ready.

    Where a fork would begin with all skips cut, it is that they are put back.
    """
    if not _will_have_steps(status):
        return
    edits = edits_of_fork(status.run_id, _step_to_fork_at(status))
    for deed in (CUT_SKIPS, SKIPS_BACK):
        for arm in read_config(status.run_id).arms:
            if can_be_done(arm, edits, deed):
                _offer_ready(status.run_id, arm.label, deed)
                return


def _offer_ready(run_id: str, label: str, deed: Deed) -> None:
    st.button(
        f"{deed.label} in a fork",
        icon=f":material/{deed.icon}:",
        type="tertiary",
        help="This run stays as it is, and its curves stand beside the fork's.",
        on_click=_make_ready,
        args=(run_id, label, deed),
    )


def _will_have_steps(status: RunStatus) -> bool:
    """A page that was opened before the first step is not run again for it."""
    return status.step > 0 or status.is_live


def fork_panel_key(run_id: str) -> str:
    """Gives the key of the panel that forks a run."""
    return f"fork_here_{run_id}"


def fork_at(run_id: str, step: int) -> None:
    """Opens the panel with a step chosen: the one at which somebody pressed on a curve."""
    set_widget_value(fork_panel_key(run_id), True)
    set_widget_value(_step_key(run_id), step)


def _make_ready(run_id: str, label: str, deed: Deed) -> None:
    set_widget_value(fork_panel_key(run_id), True)
    set_widget_value(_arm_key(run_id), _ALL)
    set_widget_value(_change_key(run_id), True)
    make_edit_ready(label, deed, key=_EDIT)


def fork_here(status: RunStatus) -> None:
    """Offers to fork a run at one of the steps that it has taken, folded until it is wanted."""
    if not _will_have_steps(status):
        return
    folded = st.expander(
        "Fork here: a new run that goes on from one of these steps (press a curve at a step)",
        icon=":material/fork_right:",
        key=fork_panel_key(status.run_id),
        on_change="rerun",
    )
    if folded.open:
        with folded:
            _offer(status.run_id)


@st.fragment
def _offer(run_id: str) -> None:
    with shown_run_errors(run_id):
        plan = plan_fork(*_choose(read_status(run_id)))
        is_changed, wish = _choose_change(plan)
        st.markdown(plain(fork_sentence(plan)))
        st.caption(
            "It has this run's curves and checkpoints up to that step; from there the curves of "
            "this run stand beside its own. Unchanged it goes the same way again, bit for bit on a "
            "CPU: with one change, the two show what that change does. This run keeps all."
        )
        is_ready = wish is not None or not is_changed
        if st.button(
            "Fork here", icon=":material/fork_right:", type="primary", disabled=not is_ready
        ):
            _fork(plan, wish)


def _choose(status: RunStatus) -> tuple[str, int, str | None]:
    """Asks for step and nets; gives what `plan_fork` wants."""
    row = st.container(horizontal=True, vertical_alignment="bottom")
    key = _step_key(status.run_id)
    set_widget_value(key, _step_to_fork_at(status))
    step = row.number_input("After step", min_value=0, step=1, key=key, width=160)
    label = None
    if len(status.arms) > 1:
        label = row.selectbox(
            "Nets that train on",
            [_ALL, *(arm.label for arm in status.arms)],
            format_func=lambda label: label or "All nets",
            key=_arm_key(status.run_id),
            width=280,
        )
    return status.run_id, int(step), label or None


def _choose_change(plan: ForkPlan) -> tuple[bool, Wish | None]:
    """Asks whether one of the nets that train on is changed at the first step, and how."""
    arms = read_config(plan.parent).arms
    trained = arms if plan.arm is None else (arms[plan.arm],)
    is_changed = st.toggle("Change a net at its first step", key=_change_key(plan.parent))
    if not is_changed:
        return False, None
    chosen = choose_edit(trained, edits_of_fork(plan.parent, plan.step), key=_EDIT)
    return True, None if chosen is None else chosen[1]


def _step_to_fork_at(status: RunStatus) -> int:
    """The step that a person chose; else the last one, or the middle of a run that is over."""
    chosen = widget_value(_step_key(status.run_id))
    if chosen is not None:
        return int(chosen)
    return status.step if status.is_live else status.step // 2  # after the last: nothing to show


def _step_key(run_id: str) -> str:
    return f"fork_step_{run_id}"


def _arm_key(run_id: str) -> str:
    return f"fork_arm_{run_id}"


def _change_key(run_id: str) -> str:
    return f"fork_change_{run_id}"


def _fork(plan: ForkPlan, wish: Wish | None) -> None:
    try:
        child, _ = start_fork(plan, wish and (lambda made: request_edit(made, wish)))
    except ResNetLabError as exc:
        show_error(exc)
        return
    go_to_run(child)
