"""Which runs are ticked for comparison: the address says it, so that a comparison is a link."""

from collections.abc import Sequence

import streamlit as st

from pages.ui.kit.live_chart import MAX_RUNS
from pages.ui.shell.address import several_in_address, word_of, write_to_address
from pages.ui.shell.addresses import SEPARATOR
from pages.ui.shell.notices import plain
from pages.ui.shell.session import set_widget_value, widget_value
from resnet_core.runs.status import RunStatus

_KEY = "runs"
_MOST_LETTERS = 60


def ticked_runs(runs: Sequence[RunStatus]) -> tuple[str, ...]:
    """Gives the ids of the ticked runs, in the list's order: the address's, else the newest."""
    sound = [status.run_id for status in runs if not status.is_damaged]
    several_in_address(_KEY, sound, sound[:1])
    wanted = widget_value(_KEY) or ()
    return tuple(run_id for run_id in sound if run_id in wanted)[:MAX_RUNS]


def tell_missing_runs(runs: Sequence[RunStatus]) -> None:
    """Says which runs the address names that are not there, or cannot be opened."""
    sound = {status.run_id for status in runs if not status.is_damaged}
    named = [word for word in st.query_params.get(_KEY, "").split(SEPARATOR) if word]
    missing = [word for word in named if word not in sound]
    if missing:
        names = ", ".join(f"“{plain(word[:_MOST_LETTERS])}”" for word in missing[:MAX_RUNS])
        st.info(
            f"The address asks for {names}, which is no run of this lab that can be opened: it may "
            "have been deleted. The others are shown.",
            icon=":material/link_off:",
        )
    if len(named) - len(missing) > MAX_RUNS:
        st.info(f"The address names more than {MAX_RUNS} runs: the newest of them are shown.")


def tick(run_id: str, ticked: Sequence[str], *, on: bool) -> None:
    """Ticks a run or takes the tick away, and writes the comparison into the address."""
    others = [other for other in ticked if other != run_id]
    wanted = [*others, run_id] if on else others
    set_widget_value(_KEY, wanted)
    write_to_address(_KEY, SEPARATOR.join(wanted))


def comparison_address(ticked: Sequence[str], view: str) -> dict[str, str]:
    """What stands in the address of a comparison, and of how it is looked at."""
    return {_KEY: SEPARATOR.join(ticked), "view": word_of(view)}
