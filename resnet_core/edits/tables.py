"""Edits as tables for other programs: alone, and in that of a run's metrics."""

import csv
import io
from collections.abc import Iterator

from resnet_core.edits.log import read_edits
from resnet_core.edits.wording import say_edit
from resnet_core.runs.csv import metrics_csv
from resnet_core.runs.status import run_dir
from resnet_core.spreadsheets import harmless

_NAMED = 3
"""Columns of a run's metrics that an edit fills: arm, step, split."""
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
    table.writerows(
        {name: harmless(value) for name, value in edit.as_json().items()}
        for edit in read_edits(run_id)
    )
    return text.getvalue()


def edited_metrics_csv(run_id: str) -> Iterator[str]:
    """Writes a run's metrics as `metrics_csv` does; those of an edited run have a column more.

    That is `edit`: what was done, in words, on a row of its own whose split is `edit`, with the
    arm (empty for all) and the finished steps. Those rows stand last.

    Raises:
        RunNotFoundError: when there is no such run.
        RunDamagedError: when its folder or its log is not as the lab left it.
        RunError: when the run has no metrics, or they cannot be read.
    """
    lines, edits = metrics_csv(run_dir(run_id)), read_edits(run_id)
    if not edits:
        yield from lines
        return
    head = next(lines).rstrip("\n")
    yield f"{head},edit\n"
    yield from lines  # whose last cell may be left out, as those of layers are for evaluations
    empty = [""] * (len(next(csv.reader([head]))) - _NAMED)
    for edit in edits:
        text = io.StringIO()
        row = [edit.arm or "", edit.step, "edit", *empty, say_edit(edit)]
        csv.writer(text, lineterminator="\n").writerow(map(harmless, row))
        yield text.getvalue()
