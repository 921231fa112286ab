"""One run as it goes: controls, live curves, and the words that explain them."""

import time
from collections.abc import Callable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui.kit.live_chart import live_chart
from pages.ui.shell.addresses import runs_address
from pages.ui.shell.listener import listen
from pages.ui.shell.news import news_of_runs
from pages.ui.shell.notices import plain
from pages.ui.shell.session import app_state
from pages.ui.shell.words import hover_text
from pages.ui.train.fork_here import fork_at, fork_here, fork_panel_key, show_origin
from pages.ui.train.live_edits import look_back, reach_in
from pages.ui.train.report import show_report
from pages.ui.train.run_errors import shown_run_errors
from pages.ui.train.verdict import show_verdict, what_next
from pages.ui.train.waiting import show_waiting
from pages.ui.train.watched_run import watched_view
from resnet_core.errors import ResNetLabError
from resnet_core.runs.control import request
from resnet_core.runs.launcher import kill_run, resume_run
from resnet_core.runs.status import RunStatus, read_status, run_dir

_FORCE_AFTER_S = 10.0
_POLL_S = 3.0
_EXPLANATION = r"""
**What is plotted.** All arms see the same batches in the same order, from the same seed, and start
from equal weights wherever their shapes are equal. Lines are training batches (smoothed; the faint
line is raw), open marks the validation pictures. Of several seeds, each with an order and first
weights of its own, every one is a faint line and their median the firm one. The heatmaps show the
Euclidean norm of each layer's weight gradient, taken after the backward pass and before clipping,
on one scale for all arms; the colours span the 1st to the 99th percentile.

**What to look for.** Where nothing follows the addition, $x_{l+1} = x_l + F(x_l)$, so that
$\partial L/\partial x_l = \partial L/\partial x_L \cdot (1 + \partial/\partial x_l \sum_i F(x_i))$:
the gradient reaches every block over a path that no weight can shrink (He et al. 2016,
[arXiv 1603.05027](https://arxiv.org/abs/1603.05027), eq. 5). That is so in pre-activation nets; in
those of 2015 a ReLU follows each addition, and lets through what is open. A deep plain net trains
worse even on its own training pictures (*degradation*, He et al. 2015,
[arXiv 1512.03385](https://arxiv.org/abs/1512.03385), fig. 1). The authors say themselves that with
batch norm this is unlikely to come from vanishing gradients (sec. 4.1): compare the heatmaps.
"""


def run_view(status: RunStatus, head: DeltaGenerator) -> None:
    """Shows a run's controls, its verdict and its live chart, or what is wrong with its folder.

    Args:
        status: the run.
        head: the page's first row, for the controls: what they stand beside costs no height.
    """
    if status.is_damaged:
        st.error(plain(status.message), icon=":material/error:")
        return
    if status.is_watched:
        watched_view(status, head)
        return
    with head:
        with st.container():
            _controls(status.run_id)
        with st.container(horizontal=True, width="content"):
            reach_in(status.run_id)
    show_origin(status)
    show_verdict(status)
    live_chart(
        [status],
        key="train_chart",
        on_step=lambda step: fork_at(status.run_id, step),
        step_reveals=fork_panel_key(status.run_id),
    )
    fork_here(status)
    what_next(status)
    st.caption(
        "Gradient norm: the Euclidean norm of each layer's weight gradient, before clipping.",
        help=hover_text("gradient norm", "loss", "validation", "seed", "McNemar's test"),
    )
    look_back(status.run_id)
    _report(status.run_id)
    with st.expander("What the curves and the heatmaps say", icon=":material/menu_book:"):
        st.markdown(_EXPLANATION)


@st.fragment
def _report(run_id: str) -> None:
    """Shows the report of a run as soon as it is finished, also while it is looked at."""
    with shown_run_errors(run_id):
        status = read_status(run_id)
        if status.phase == "finished":
            show_report(status)
        elif status.is_live:
            listen(
                news_of_runs([status]),
                runs_address([run_id]),
                key=f"report-{run_id}",
                every_s=_POLL_S,
                is_quiet=True,
            )


@st.fragment
def _controls(run_id: str) -> None:
    with shown_run_errors(run_id):
        _show_controls(read_status(run_id))


def _show_controls(status: RunStatus) -> None:
    run_id = status.run_id
    if status.is_damaged:  # it became so while it was looked at
        st.error(plain(status.message), icon=":material/error:")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        for label, icon, action, is_primary in _actions(status):
            st.button(
                label,
                icon=f":material/{icon}:",
                type="primary" if is_primary else "secondary",
                on_click=_attempt,
                args=(run_id, action),
                key=f"control_{label}",
            )
        listen(
            news_of_runs([status]),
            runs_address([run_id]),
            key=f"controls-{run_id}",
            every_s=_POLL_S,
            again_in_s=_wait_left_s(status),
        )
    if status.phase == "queued":
        with shown_run_errors(run_id):
            show_waiting(status)
    problem = app_state().problem
    if problem is not None and problem[0] == run_id:
        st.error(plain(problem[1]), icon=":material/error:")


_Action = tuple[str, str, Callable[[], object], bool]


def _actions(status: RunStatus) -> list[_Action]:
    """Lists what can be done in a phase: label, icon, act, and whether it is the likely next."""
    folder = run_dir(status.run_id)
    pause: _Action = ("Pause", "pause", lambda: request(folder, "pause"), False)
    go_on: _Action = ("Resume", "play_arrow", lambda: request(folder, "run"), True)
    step: _Action = ("Step one batch", "skip_next", lambda: request(folder, "step"), False)
    stop: _Action = ("Stop", "stop", lambda: request(folder, "stop"), False)
    if status.phase == "stopping":
        return [] if _wait_left_s(status) else [_force_stop(status)]
    app_state().stopping_since.pop(status.run_id, None)
    if status.phase == "paused":
        return [go_on, step, stop]
    if status.is_live:
        return [pause, stop]
    if status.is_resumable:
        step_from = status.checkpoint_step
        label = "Start again" if step_from is None else f"Resume from step {step_from:,}"
        return [(label, "play_arrow", lambda: resume_run(status.run_id), True)]
    return []


def _force_stop(status: RunStatus) -> _Action:
    saved = status.checkpoint_step
    loses = "everything" if saved is None else f"what came after step {saved:,}"
    return (f"Force stop (loses {loses})", "dangerous", lambda: kill_run(status.run_id), False)


def _wait_left_s(status: RunStatus) -> float | None:
    """Seconds until a run that was asked to stop may be forced to; `None` if it was not asked."""
    if status.phase != "stopping":
        return None
    since = app_state().stopping_since.setdefault(status.run_id, time.monotonic())
    left_s = since + _FORCE_AFTER_S - time.monotonic()
    return left_s if left_s > 0 else None


def _attempt(run_id: str, action: Callable[[], object]) -> None:
    state = app_state()
    state.problem = None
    try:
        action()
    except ResNetLabError as exc:
        state.problem = (run_id, str(exc))
