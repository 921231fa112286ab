"""The list of runs, with what can be done to each."""

import streamlit as st

from pages.ui.kit.live_chart import MAX_RUNS
from pages.ui.shell.addresses import list_address, progress_address
from pages.ui.shell.links import go_to_run
from pages.ui.shell.listener import listen
from pages.ui.shell.news import news_of_list, news_of_progress
from pages.ui.shell.notices import plain, show_error
from pages.ui.shell.routes import comparison_url, csv_url
from pages.ui.shell.session import app_state, leave_notice, select_run, widget_value
from pages.ui.shell.wording import duration, local_time, phase_badge, progress_text
from resnet_core.errors import ResNetLabError
from resnet_core.runs.launcher import resume_run
from resnet_core.runs.status import RunStatus, delete_run, list_runs, read_status, rename_run

_SHOWN_AT_FIRST = 15
_POLL_S = 2.0
_NEW_NAME = "new_name"
_WIDTHS = (0.3, 3.2, 1.1, 1.5, 1.5, 1.2)


@st.fragment
def run_list() -> None:
    """Shows the runs, newest first; ticked ones are compared by the page around it."""
    state = app_state()
    runs = list_runs()
    shown = runs
    if len(runs) > _SHOWN_AT_FIRST and not st.toggle(f"Show all {len(runs)} runs", key="all_runs"):
        shown = runs[:_SHOWN_AT_FIRST]
    for place, title in zip(
        st.columns(_WIDTHS), ("", "Run", "State", "Progress", "Started", ""), strict=True
    ):
        place.caption(title)
    listen(news_of_list(runs), list_address(), key="run-list", every_s=_POLL_S, is_quiet=True)
    ticked = {status.run_id for status in shown if _show_row(status)}
    if ticked != state.compared:
        state.compared = ticked
        st.rerun()


def show_asked_dialog() -> None:
    """Opens the dialog that a row's menu asked for, if one did."""
    asked, app_state().dialog = app_state().dialog, None
    if asked is None:
        return
    what, run_id = asked
    try:
        status = read_status(run_id)
    except ResNetLabError as exc:
        show_error(exc)
        return
    {"Rename": _rename_dialog, "Delete": _delete_dialog, "Download metrics": _download_dialog}[
        what
    ](status)


def _show_row(status: RunStatus) -> bool:
    compared = app_state().compared
    tick, name, state, progress, started, menu = st.columns(_WIDTHS, vertical_alignment="center")
    is_ticked = tick.checkbox(
        "Compare",
        value=status.run_id in compared,
        disabled=status.is_damaged or (len(compared) >= MAX_RUNS and status.run_id not in compared),
        label_visibility="collapsed",
        key=f"compare_{status.run_id}",
    )
    name.markdown(f"**{plain(status.name)}**")
    about = status.message if status.is_damaged else ", ".join(arm.label for arm in status.arms)
    name.caption(plain(about))
    state.markdown(phase_badge(status))
    with progress:
        _show_progress(status)
    started.text(local_time(status.created))
    chosen = menu.menu_button("Actions", _options(status), key=f"menu_{status.run_id}")
    if chosen:
        _do(chosen, status)
    return is_ticked


def _show_progress(status: RunStatus) -> None:
    if status.is_live:
        address = progress_address(status.run_id)
        key = f"progress-{status.run_id}"
        listen(news_of_progress(status), address, key=key, every_s=_POLL_S)
    else:
        st.text(progress_text(status))
        st.caption(f"trained for {duration(status.elapsed_s)}")


def _options(status: RunStatus) -> list[str]:
    if status.is_damaged:
        return ["Delete"]
    options = ["Open", "Rename", "Download metrics"]
    if status.is_resumable:
        options.insert(1, "Resume")
    if not status.is_live:
        options.append("Delete")
    return options


def _do(chosen: str, status: RunStatus) -> None:
    if chosen in ("Open", "Resume"):
        try:
            if chosen == "Resume":
                resume_run(status.run_id)
            go_to_run(status.run_id)
        except ResNetLabError as exc:
            show_error(exc)
        return
    # A dialog opened in here would be closed by the list's own next rerun: the page opens it.
    app_state().dialog = (chosen, status.run_id)
    st.rerun()


@st.dialog("Rename the run")
def _rename_dialog(status: RunStatus) -> None:
    st.text_input("Name", status.name, max_chars=80, key=_NEW_NAME)
    if st.button("Rename", type="primary", on_click=_rename, args=(status.run_id,)):
        st.rerun()


def _rename(run_id: str) -> None:
    try:
        rename_run(run_id, widget_value(_NEW_NAME) or "")
    except ResNetLabError as exc:
        leave_notice(str(exc))


@st.dialog("Delete the run?")
def _delete_dialog(status: RunStatus) -> None:
    st.text(status.name)
    st.write("Its curves and its checkpoints are deleted for good.")
    with st.container(horizontal=True):
        if st.button("Keep it"):
            st.rerun()
        deleted = st.button(
            "Delete for good", type="primary", on_click=_delete, args=(status.run_id,)
        )
        if deleted:
            st.rerun()


def _delete(run_id: str) -> None:
    try:
        delete_run(run_id)
    except ResNetLabError as exc:
        leave_notice(str(exc))
        return
    app_state().compared.discard(run_id)
    if app_state().run_id == run_id:
        select_run(None)


@st.dialog("Download the metrics")
def _download_dialog(status: RunStatus) -> None:
    st.text(status.name)
    st.write(
        "Every step of every arm and seed as CSV: loss, accuracy, learning rate, pictures per "
        "second, and the gradient norm of each layer (log10), then the evaluations."
    )
    st.link_button("Download CSV", csv_url(status.run_id), icon=":material/download:")
    if len(status.arms) > 1:
        st.write(
            "How far the arms are apart in validation accuracy: each seed, then their mean with "
            "its 95 % interval."
        )
        st.link_button(
            "Download comparison",
            comparison_url(status.run_id),
            icon=":material/download:",
        )
