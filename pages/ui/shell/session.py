"""What one visitor's session remembers between reruns and pages."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from resnet_core.config import ModelConfig
from resnet_core.errors import RunNotFoundError
from resnet_core.runs import status as runs

_KEY = "lab"
_RUN_PARAMETER = "run"


@dataclass
class NetSlot:
    """One of the two nets of the Architecture page, before the widgets there change it."""

    base: str
    """Registry name that it was made from."""
    start: ModelConfig
    """What the widgets start from."""
    version: int
    """Grows when a link or a file replaces the net, so that its widgets start anew."""


@dataclass
class SeenAddress:
    """What of the address bar a session has taken up already."""

    page: str = ""
    words: dict[str, str | None] = field(default_factory=dict)
    """By key of a widget: the address's word, `None` where it had none."""
    bases: dict[str, Any] = field(default_factory=dict)
    """By key of a widget: the value while the address had no word."""
    remarks: dict[str, str] = field(default_factory=dict)
    """By key of a widget: what is to be said of the address's word, as long as it stands there."""


@dataclass
class AppState:
    """State of one session; the only thing that the lab keeps in `st.session_state` itself."""

    run_id: str | None = None
    """The run that the session looks at; the address bar says it as well, as `?run=`."""
    dialog: tuple[str, str] | None = None
    """Dialog to open on the next rerun: what to do, and to which run."""
    notice: str | None = None
    """One sentence to be shown after the next rerun."""
    measured: Hashable | None = None
    """Key of the job that last measured a step's time for this session's form."""
    problem: tuple[str, str] | None = None
    """A run, and why the last press on one of its controls did nothing."""
    stopping_since: dict[str, float] = field(default_factory=dict)
    """Monotonic seconds at which a run was first seen stopping."""
    choices: dict[str, Any] = field(default_factory=dict)
    """What was pressed on pictures, by the name of the place: a widget holds everything else."""
    nets: dict[str, NetSlot] = field(default_factory=dict)
    """The Architecture page's nets, under `a` and `b`."""
    net_link: dict[str, str] = field(default_factory=dict)
    """Query parameters of the Architecture page that are read or written already."""
    read_files: dict[str, str] = field(default_factory=dict)
    """Files with nets that are read already, under `a` and `b`."""
    address: SeenAddress = field(default_factory=SeenAddress)
    """What `pages.ui.shell.address` has taken up."""


def app_state() -> AppState:
    """Gives this session's state, made on first use."""
    if _KEY not in st.session_state:
        st.session_state[_KEY] = AppState()
    return st.session_state[_KEY]


def select_run(run_id: str | None) -> None:
    """Makes a run the current one, in the session and in the address bar."""
    app_state().run_id = run_id
    if run_id is None:
        st.query_params.pop(_RUN_PARAMETER, None)
    elif st.query_params.get(_RUN_PARAMETER) != run_id:
        st.query_params[_RUN_PARAMETER] = run_id


def current_run() -> runs.RunStatus | None:
    """Finds the run to show: the address bar's, else the session's, else the newest live one.

    A reload keeps the address, a page switch keeps the session, and a new tab or a new server
    has neither: so all of them find the run that is going. An address of a run that is gone leaves
    a notice that says so.  What is found without the address is written there once in a visit, as
    Back would otherwise never lead away.
    """
    asked = st.query_params.get(_RUN_PARAMETER)
    for run_id in (asked, app_state().run_id):
        if run_id is None:
            continue
        try:
            status = runs.read_status(run_id)
        except RunNotFoundError as exc:
            if run_id == asked:
                leave_notice(str(exc))
            continue
        _select_found(run_id, asked)
        return status
    live = [status for status in runs.list_runs() if status.is_live]
    _select_found(live[0].run_id if live else None, asked)
    return live[0] if live else None


def _select_found(run_id: str | None, asked: str | None) -> None:
    visit = app_state().address.bases
    if asked is None and run_id is not None and visit.get(_RUN_PARAMETER) == run_id:
        app_state().run_id = run_id
        return
    visit[_RUN_PARAMETER] = run_id
    select_run(run_id)


def leave_notice(sentence: str) -> None:
    """Keeps a sentence that the page shows after the rerun which follows."""
    app_state().notice = sentence


def take_notice() -> str | None:
    """Takes the sentence that was left, if there is one."""
    sentence, app_state().notice = app_state().notice, None
    return sentence


def widget_value(key: str) -> Any:
    """Gives the newest value of a keyed widget, for callbacks, whose arguments are older."""
    return st.session_state.get(key)


def report_press(key: str, on_press: Callable[[str], None] | None) -> None:
    """Tells what was pressed on a component; its callback, which finds the press under its key."""
    pressed = widget_value(key).get("pressed")
    if pressed and on_press:
        on_press(pressed)


def set_widget_value(key: str, value: Any) -> None:
    """Sets a keyed widget before it is made, or in a callback."""
    st.session_state[key] = value
