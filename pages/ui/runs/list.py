"""The list of runs, with what can be done to each."""

from collections.abc import Mapping, Sequence

import streamlit as st

from pages.ui.kit.live_chart import MAX_RUNS
from pages.ui.runs.ticked import still_ticked, tick
from pages.ui.shell.addresses import list_address, progress_address
from pages.ui.shell.links import go_to_run, link_to
from pages.ui.shell.listener import listen
from pages.ui.shell.news import news_of_list, news_of_progress
from pages.ui.shell.notices import plain, show_error
from pages.ui.shell.session import app_state, set_widget_value, widget_value
from pages.ui.shell.wording import duration, local_time, phase_badge, progress_text
from resnet_core.errors import ResNetLabError
from resnet_core.runs.control import request
from resnet_core.runs.families import FamilyMember, in_families
from resnet_core.runs.fork_sentences import origin_sentence
from resnet_core.runs.launcher import resume_run
from resnet_core.runs.status import RunStatus, list_runs, run_dir

_SHOWN_AT_FIRST = 6
_POLL_S = 2.0
_MOST_NOTE_LETTERS = 120
_INDENT_PX, _MOST_INDENTS = 20, 4


@st.fragment
def run_list(ticked: Sequence[str]) -> None:
    """Shows the runs, newest first, and those that are ticked in any case.

    Args:
        ticked: ids of the runs that the page around the list compares.
    """
    runs = list_runs()
    now = still_ticked(runs)
    shown = _shown(runs, now)
    listen(news_of_list(runs), list_address(), key="run-list", every_s=_POLL_S, is_quiet=True)
    names = {status.run_id: status.name for status in runs}
    for member in in_families(shown):
        _show_row(member, now, names)
    if set(now) != set(ticked):
        st.rerun()


def _shown(runs: Sequence[RunStatus], ticked: Sequence[str]) -> Sequence[RunStatus]:
    if len(runs) <= _SHOWN_AT_FIRST or st.toggle(f"Show all {len(runs)} runs", key="all_runs"):
        return runs
    first = {status.run_id for status in runs[:_SHOWN_AT_FIRST]}
    return [status for status in runs if status.run_id in first.union(ticked)]


def _show_row(member: FamilyMember, ticked: Sequence[str], names: Mapping[str, str]) -> None:
    status = member.status
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    if member.generation:
        row.space(_INDENT_PX * min(member.generation, _MOST_INDENTS))
    row.checkbox(
        f"Compare {plain(status.name)}",
        disabled=status.is_damaged or (len(ticked) >= MAX_RUNS and status.run_id not in ticked),
        label_visibility="collapsed",
        key=_box_of(status.run_id, ticked),
        on_change=_tick,
        args=(status.run_id, ticked),
        width="content",
    )
    with row.container(gap=None):
        _show_about(status)
        if status.fork_step is not None:
            parent = names.get(status.parent or "")
            st.caption(f":material/fork_right: {plain(origin_sentence(status.fork_step, parent))}")
    chosen = row.menu_button("Actions", _options(status), key=f"menu_{status.run_id}")
    if chosen:
        _do(chosen, status)


def _box_of(run_id: str, ticked: Sequence[str]) -> str:
    """Sets a run's box as the address says, and gives its key."""
    key = f"compare_{run_id}"
    set_widget_value(key, run_id in ticked)
    return key


def _tick(run_id: str, ticked: Sequence[str]) -> None:
    tick(run_id, ticked, on=bool(widget_value(f"compare_{run_id}")))


def _show_about(status: RunStatus) -> None:
    if status.is_damaged:
        st.markdown(f"**{plain(status.name)}** {phase_badge(status)}")
        st.caption(plain(status.message))
        return
    link_to("train", f"**{plain(status.name)}**", ":material/monitoring:", status.run_id)
    st.markdown(f"{phase_badge(status)} :small[{local_time(status.created)}]")
    if status.is_watched:
        st.caption(":material/visibility: Watched in a program of its own")
    unnamed = [arm.label for arm in status.arms if arm.label not in status.name]
    if unnamed:
        st.caption(plain(", ".join(unnamed)))
    _show_progress(status)
    if status.notes:
        short = status.notes[:_MOST_NOTE_LETTERS]
        more = "…" if len(status.notes) > len(short) else ""
        st.caption(f":material/sticky_note_2: {plain(short)}{more}")


def _show_progress(status: RunStatus) -> None:
    if status.is_live:
        address = progress_address(status.run_id)
        key = f"progress-{status.run_id}"
        listen(news_of_progress(status), address, key=key, every_s=_POLL_S)
    else:
        st.caption(f"{progress_text(status)}, trained for {duration(status.elapsed_s)}")


def _options(status: RunStatus) -> list[str]:
    if status.is_damaged:
        return ["Delete"]
    options = ["Open", "Rename", "Notes", "Download metrics"]
    if status.is_resumable:
        options.insert(1, "Resume")
    if status.is_live and status.phase != "stopping" and not status.is_watched:
        options.insert(1, "Stop")
    if not status.is_live:
        options.append("Delete")
    return options


def _do(chosen: str, status: RunStatus) -> None:
    if chosen in ("Open", "Resume", "Stop"):
        try:
            _act(chosen, status.run_id)
        except ResNetLabError as exc:
            show_error(exc)
        return
    # A dialog opened in here would be closed by the list's own next rerun: the page opens it.
    app_state().dialog = (chosen, status.run_id)
    st.rerun()


def _act(chosen: str, run_id: str) -> None:
    if chosen == "Stop":
        request(run_dir(run_id), "stop")
        st.rerun()
    if chosen == "Resume":
        resume_run(run_id)
    go_to_run(run_id)
