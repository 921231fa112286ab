"""Edits as a table for other programs, beside that of a run's metrics."""

import csv
import io

from resnet_core.edits.log import read_edits

_COLUMNS: tuple[str, ...] = ("number", "step", "arm", "what", "blocks", "from", "to", "rate")


def edits_csv(run_id: str) -> str:
    """Writes every edit of a run as CSV, one line each, in order.

    Columns: number, step (finished steps when it was done), arm (empty for what concerns all),
    what, blocks, from, to, rate. `arm` and `step` are those of the run's metrics.

    Raises:
        RunNotFoundError: when there is no such run.
        RunDamagedError: when its folder or its log is not as the lab left it.
    """
    text = io.StringIO()
    table = csv.DictWriter(text, _COLUMNS, lineterminator="\n")
    table.writeheader()
    table.writerows(edit.as_json() for edit in read_edits(run_id))
    return text.getvalue()
