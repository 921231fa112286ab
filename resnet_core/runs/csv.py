"""A run's telemetry as a table for other programs."""

import csv
import io
import math
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from resnet_core.errors import RunError
from resnet_core.runs.layout import ArmLayout, damaged_store_errors, read_arm_layouts
from resnet_core.runs.logged import SKIPPED, logged_by_step, logged_names
from resnet_core.runs.store import SCALARS, connect_read_only
from resnet_core.spreadsheets import harmless

_STEPS = (
    f"SELECT start + 1, arm, seed, {', '.join(SCALARS)}, layer_norms FROM curves WHERE width = 1"  # noqa: S608 - own names
)
_EVALUATIONS = (
    "SELECT step, arm, seed, split, loss, accuracy FROM evaluations ORDER BY step, arm, seed"
)
_FIRST_COLUMNS = ("arm", "step", "split", *SCALARS, "seed")


def metrics_csv(run_dir: Path) -> Iterator[str]:
    """Writes every step of every arm and seed as CSV, a few lines at a time, however long it is.

    Columns: arm, step, split (`batch` for a training step, else the split of an evaluation), the
    scalars of `store.SCALARS`, the seed, and for each layer the log10 of its gradient norm.  A
    watched run has a column more for each name under which it logged something, and `skipped` as
    the split of a step that changed no weight.

    Raises:
        RunError: when the run has no metrics, or they cannot be read.
    """
    connection = connect_read_only(run_dir)
    if connection is None:
        raise RunError(f"Run {run_dir.name} has no metrics yet.")
    with closing(connection), damaged_store_errors(run_dir):
        layout = read_arm_layouts(connection)
        layers = list(dict.fromkeys(name for arm in layout for name in arm.layers))
        names = logged_names(connection)
        head = [*_FIRST_COLUMNS, *(f"log10 norm {name}" for name in layers)]
        yield _line([*head, *(f"logged {name}" for name in names)])
        steps = connection.execute(f"{_STEPS} ORDER BY start, arm, seed")
        for row, logged in _with_logged(steps, logged_by_step(connection)):
            is_bare = len(row) == 1  # a step that was skipped
            step = _bare_row(row[0], layout) if is_bare else _step_row(row, layout, layers)
            empty = [None] * (len(head) - len(step))
            yield _line([*step, *empty, *(logged.get(name) for name in names)])
        for step, arm, seed, split, loss, accuracy in connection.execute(_EVALUATIONS):
            empty = [None] * (len(SCALARS) - 3)
            yield _line([layout[arm].label, step, split, None, loss, accuracy, *empty, seed])


def _with_logged(
    rows: Iterable[tuple[Any, ...]], logged: Iterator[tuple[int, dict[str, Any]]]
) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
    """Sets beside each step what was logged with it; steps without a row are the step alone."""
    nothing: tuple[float, dict[str, Any]] = (math.inf, {})
    at, found = next(logged, nothing)
    for row in rows:
        while at < row[0]:
            yield (at,), found
            at, found = next(logged, nothing)
        yield row, found if at == row[0] else {}
        if at == row[0]:
            at, found = next(logged, nothing)
    while at < math.inf:
        yield (at,), found
        at, found = next(logged, nothing)


def _bare_row(step: int, layout: list[ArmLayout]) -> list[Any]:
    return [layout[0].label, step, SKIPPED.split()[0]]


def _step_row(row: tuple[Any, ...], layout: list[ArmLayout], layers: list[str]) -> list[Any]:
    step, arm, seed, *scalars, blob = row
    norms = np.frombuffer(blob, np.float32).round(4).tolist()
    by_layer = dict(zip(layout[arm].layers, norms, strict=True))
    of_layers = [by_layer.get(name) for name in layers]
    return [layout[arm].label, step, "batch", *scalars, seed, *of_layers]


def _line(cells: list[Any]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(map(harmless, cells))
    return text.getvalue()
