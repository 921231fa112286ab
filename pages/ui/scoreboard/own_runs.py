"""Where a person's finished runs join the scoreboard, and leave it."""

import streamlit as st

from pages.ui.shell.links import link_to
from pages.ui.shell.session import leave_notice
from pages.ui.shell.wording import local_time
from resnet_core.errors import ResNetLabError
from resnet_core.runs.status import RunStatus, list_runs
from resnet_core.scoreboard import joined_runs, leave_scoreboard, put_on_scoreboard

_SHOWN_AT_FIRST = 6


def show_own_runs() -> None:
    """Lists finished runs, each with the one button that puts it on the board or takes it off."""
    st.header("Your own runs")
    finished = [s for s in list_runs() if s.phase == "finished" and not s.is_watched]
    if not finished:
        st.info("A finished run joins here with one click. There is none yet.")
        link_to("train", "Train two nets", ":material/play_circle:")
        return
    joined = set(joined_runs())
    finished.sort(key=lambda status: status.run_id not in joined)
    shown = finished
    most = max(_SHOWN_AT_FIRST, len(joined))
    if len(finished) > most and not st.toggle(f"Show all {len(finished)}", key="all_finished"):
        shown = finished[:most]
    for status in shown:
        _show_run(status, is_joined=status.run_id in joined)


def _show_run(status: RunStatus, *, is_joined: bool) -> None:
    name, arms, when, button = st.columns([5, 5, 4, 5], vertical_alignment="center")
    name.text(status.name)
    arms.text(", ".join(arm.label for arm in status.arms))
    when.text(local_time(status.created))
    button.button(
        "Take off the board" if is_joined else "Put on the board",
        icon=":material/remove:" if is_joined else ":material/add:",
        key=f"scoreboard_{status.run_id}",
        on_click=_change,
        args=(status.run_id, is_joined),
        width="stretch",
    )


def _change(run_id: str, is_joined: bool) -> None:
    try:
        (leave_scoreboard if is_joined else put_on_scoreboard)(run_id)
    except ResNetLabError as exc:
        leave_notice(str(exc))
