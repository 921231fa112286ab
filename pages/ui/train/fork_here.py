"""Forking a run from its page: what it costs before the press, and where a fork came from."""

import streamlit as st

from pages.ui.shell.links import go_to_run, link_to
from pages.ui.shell.notices import plain, show_error, shown_errors
from pages.ui.shell.session import set_widget_value, widget_value
from resnet_core.errors import ResNetLabError
from resnet_core.runs.fork import start_fork
from resnet_core.runs.fork_plan import ForkPlan, plan_fork
from resnet_core.runs.fork_sentences import fork_sentence, origin_sentence
from resnet_core.runs.status import RunStatus, read_status


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


def fork_here(status: RunStatus) -> None:
    """Offers to fork a run at one of the steps that it has taken, folded until it is wanted."""
    if not status.step:
        return
    folded = st.expander(
        "Fork here: a new run that goes on from one of these steps",
        icon=":material/fork_right:",
        key="fork_here",
        on_change="rerun",
    )
    if folded.open:
        with folded:
            _offer(status.run_id)


@st.fragment
def _offer(run_id: str) -> None:
    with shown_errors():
        plan = plan_fork(*_choose(read_status(run_id)))
        st.markdown(plain(fork_sentence(plan)))
        st.caption("It has this run's curves and checkpoints up to that step; this run keeps all.")
        if st.button("Fork here", icon=":material/fork_right:", type="primary"):
            _fork(plan)


def _choose(status: RunStatus) -> tuple[str, int, str | None]:
    """Asks for step and nets; gives what `plan_fork` wants."""
    row = st.container(horizontal=True, vertical_alignment="bottom")
    key = f"fork_step_{status.run_id}"
    if widget_value(key) is None:
        set_widget_value(key, status.step)
    step = row.number_input("After step", min_value=0, step=1, key=key, width=160)
    label = None
    if len(status.arms) > 1:
        label = row.selectbox(
            "Nets that train on",
            [None, *(arm.label for arm in status.arms)],
            format_func=lambda label: label or "All nets",
            key=f"fork_arm_{status.run_id}",
            width=280,
        )
    return status.run_id, int(step), label


def _fork(plan: ForkPlan) -> None:
    try:
        child, _ = start_fork(plan)
    except ResNetLabError as exc:
        show_error(exc)
        return
    go_to_run(child)
