"""Which runs are ticked for comparison: the address says it, so that a comparison is a link."""

from collections.abc import Sequence

from pages.ui.kit.live_chart import MAX_RUNS
from pages.ui.shell.address import several_in_address, word_of, write_to_address
from pages.ui.shell.addresses import SEPARATOR
from pages.ui.shell.session import set_widget_value, widget_value
from resnet_core.runs.status import RunStatus

_KEY = "runs"


def ticked_runs(runs: Sequence[RunStatus]) -> tuple[str, ...]:
    """Gives the ids of the ticked runs: the address's, which it takes up, else the newest."""
    sound = [status.run_id for status in runs if not status.is_damaged]
    several_in_address(_KEY, sound, sound[:1], most=MAX_RUNS)
    return still_ticked(runs)


def still_ticked(runs: Sequence[RunStatus]) -> tuple[str, ...]:
    """Gives the ids of those of the runs that are ticked, in the list's order."""
    wanted = widget_value(_KEY) or ()
    return tuple(status.run_id for status in runs if status.run_id in wanted)


def tick(run_id: str, ticked: Sequence[str], *, on: bool) -> None:
    """Ticks a run or takes the tick away, and writes the comparison into the address."""
    others = [other for other in ticked if other != run_id]
    wanted = [*others, run_id] if on else others
    set_widget_value(_KEY, wanted)
    write_to_address(_KEY, SEPARATOR.join(wanted))


def comparison_address(ticked: Sequence[str], view: str) -> dict[str, str]:
    """What stands in the address of a comparison, and of how it is looked at."""
    return {_KEY: SEPARATOR.join(ticked), "view": word_of(view)}
