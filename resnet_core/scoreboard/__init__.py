"""The papers' results beside ours, with everything that makes them comparable or not."""

from resnet_core.scoreboard.entries import Entry, ResultOrigin
from resnet_core.scoreboard.ours import (
    joined_runs,
    leave_scoreboard,
    list_entries,
    put_on_scoreboard,
)
from resnet_core.scoreboard.published import PUBLISHED_RESULTS

__all__ = [
    "PUBLISHED_RESULTS",
    "Entry",
    "ResultOrigin",
    "joined_runs",
    "leave_scoreboard",
    "list_entries",
    "put_on_scoreboard",
]
