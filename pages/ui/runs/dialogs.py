"""What a row's menu asks about in a dialog: rename, note, download, delete."""

import streamlit as st

from pages.ui.shell.notices import show_error
from pages.ui.shell.routes import comparison_url, csv_url
from pages.ui.shell.session import app_state, leave_notice, select_run, widget_value
from resnet_core.errors import ResNetLabError
from resnet_core.runs.files import LONGEST_NOTES
from resnet_core.runs.status import RunStatus, delete_run, read_status, rename_run, write_notes

_NEW_NAME = "new_name"
_NEW_NOTES = "new_notes"


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
    {
        "Rename": _rename_dialog,
        "Notes": _notes_dialog,
        "Delete": _delete_dialog,
        "Download metrics": _download_dialog,
    }[what](status)


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


@st.dialog("Notes on the run")
def _notes_dialog(status: RunStatus) -> None:
    st.text(status.name)
    st.text_area(
        "Notes",
        status.notes,
        max_chars=LONGEST_NOTES,
        key=_NEW_NOTES,
        placeholder="What was asked of this run, and what it showed.",
    )
    if st.button("Keep the notes", type="primary", on_click=_note, args=(status.run_id,)):
        st.rerun()


def _note(run_id: str) -> None:
    try:
        write_notes(run_id, widget_value(_NEW_NOTES) or "")
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
        url = comparison_url(status.run_id)
        st.link_button("Download comparison", url, icon=":material/download:")
