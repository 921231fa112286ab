"""News of a run that waits for its device: why, for whom, for how long, and the way there."""

import contextlib
from collections.abc import Sequence

from pages.ui.shell.addresses import run_page
from pages.ui.shell.news import News, NewsLine
from pages.ui.shell.wording import duration, phase_word, progress_text
from resnet_core.errors import ResNetLabError
from resnet_core.runs.queue import lane_of, list_ahead, runs_at_once
from resnet_core.runs.status import RunStatus, read_config, read_status, run_dir


def news_of_waiting(status: RunStatus) -> News:
    """Tells why a queued run does not train yet, with a link to each run that it waits for.

    Raises:
        ResNetLabError: when the run is gone, or the queue cannot be read.
    """
    ahead = _runs_ahead(status.run_id)
    lines = [NewsLine(text=queue_sentence(ahead, runs_at_once()))]
    for run in ahead:
        words = f"{phase_word(run)}, {progress_text(run)}"
        lines.append(NewsLine(title=run.name, href=run_page(run.run_id), text=words))
    return News(signature="", is_live=status.is_live, lines=tuple(lines))


def queue_sentence(ahead: Sequence[RunStatus], at_once: int) -> str:
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
    found = []
    for name in list_ahead(run_dir(run_id), lane_of(read_config(run_id).device)):
        with contextlib.suppress(ResNetLabError):  # it has ended and is deleted meanwhile
            found.append(read_status(name))
    return found
