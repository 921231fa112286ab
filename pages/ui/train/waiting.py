"""A run that waits for its device: why, for whom, for how long, and the way there."""

import contextlib
from collections.abc import Sequence

import streamlit as st

from pages.ui.shell.links import link_to
from pages.ui.shell.notices import plain
from pages.ui.shell.wording import duration
from resnet_core.errors import ResNetLabError
from resnet_core.runs.queue import lane_of, list_ahead, runs_at_once
from resnet_core.runs.status import RunStatus, read_config, read_status, run_dir


def show_waiting(status: RunStatus) -> None:
    """Says why a queued run does not train yet, with a link to each run that it waits for.

    Raises:
        ResNetLabError: when the run is gone, or the queue cannot be read.
    """
    ahead = _runs_ahead(status.run_id)
    st.info(plain(waiting_sentence(ahead, runs_at_once())), icon=":material/hourglass_empty:")
    for run in ahead:
        link_to("train", f"See {plain(run.name)}", ":material/monitoring:", run.run_id)


def waiting_sentence(ahead: Sequence[RunStatus], at_once: int) -> str:
    """Says for whom a run waits, why, and how long at the pace so far.

    Args:
        ahead: the runs that train or wait before it, the first in line first.
        at_once: how many runs a device trains at a time.
    """
    if not ahead:
        return "This run is the next in line: it starts by itself in a moment."
    names = " and ".join(f"\u201c{run.name}\u201d" for run in ahead)
    together = "one run" if at_once == 1 else f"{at_once} runs"
    words = (
        f"This run waits for {names}: a device trains {together} at a time, as more would only "
        "slow each other down. It starts by itself"
    )
    left = [run.remaining_s for run in ahead]
    if at_once == 1 and None not in left:
        words += f", in about {duration(sum(each for each in left if each is not None))}"
    return f"{words}."


def _runs_ahead(run_id: str) -> list[RunStatus]:
    names = list_ahead(run_dir(run_id), lane_of(read_config(run_id).device))
    found = []
    for name in names:
        with contextlib.suppress(ResNetLabError):  # it has ended and is deleted meanwhile
            found.append(read_status(name))
    return found
