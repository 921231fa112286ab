"""Reading what two arms measured at the same steps: their newest losses, norms and answers."""

import contextlib
import math
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from resnet_core.errors import RunError
from resnet_core.runs.store import connect_read_only

_STEPS = (
    "SELECT start + 1, arm, loss, gradient_norm FROM curves"
    " WHERE width = 1 AND start BETWEEN ? AND ? AND seed = ? ORDER BY start"
)
_SHARED_EVALUATIONS = """
SELECT one.step, one.seed, one.accuracy, other.accuracy FROM evaluations AS one
JOIN evaluations AS other
    ON other.step = one.step AND other.split = one.split AND other.seed = one.seed
WHERE one.split = 'validation' AND one.arm = ? AND other.arm = ?
ORDER BY one.step DESC, one.seed LIMIT ?
"""


@dataclass(frozen=True)
class Newest:
    """What changes whenever a store gets a step or an evaluation."""

    step: int = 0
    evaluated_step: int = 0
    num_evaluations: int = 0
    """At that step."""


@dataclass(frozen=True)
class SharedStep:
    """Two arms in one step, on the same batch."""

    losses: tuple[float, float]
    norms: tuple[float, float]
    """Of the whole gradient, before clipping."""


SharedSteps = Sequence[SharedStep]
StepTable = dict[int, dict[int, tuple[float, float]]]
"""Arm to step to loss and gradient norm; only what is finite."""


@contextlib.contextmanager
def opened_store(folder: Path) -> Iterator[sqlite3.Connection]:
    """Opens a run's store for a few questions; one that is not there yet answers as if empty.

    Raises:
        RunError: when it cannot be read.
    """
    try:
        connection = connect_read_only(folder) or sqlite3.connect(":memory:")
        with contextlib.closing(connection):
            yield connection
    except sqlite3.Error as exc:
        raise RunError(f"The metrics of {folder.name} cannot be read: {exc}.") from exc


def read_newest(connection: sqlite3.Connection) -> Newest:
    """Tells what a store got last."""
    steps = _rows(
        connection, "SELECT start + 1 FROM curves WHERE width = 1 ORDER BY start DESC LIMIT 1"
    )
    evaluations = _rows(
        connection,
        "SELECT step, count(*) FROM evaluations"
        " WHERE step = (SELECT max(step) FROM evaluations) GROUP BY step",
    )
    return Newest(*(steps[0] if steps else (0,)), *(evaluations[0] if evaluations else ()))


def read_steps(connection: sqlite3.Connection, first: int, last: int, seed: int) -> StepTable:
    """Reads the steps from `first` to `last` of every arm, as it went from a seed."""
    table: StepTable = defaultdict(dict)
    for step, arm, loss, norm in _rows(connection, _STEPS, (first - 1, last - 1, seed)):
        if _is_finite(loss) and _is_finite(norm):
            table[arm][step] = (loss, norm)
    return table


def shared_steps(table: StepTable, pair: tuple[int, int], last: int) -> SharedSteps:
    """Lists the steps that both arms took, if both took the last one; oldest first."""
    first, second = (table.get(arm, {}) for arm in pair)
    if last not in first or last not in second:
        return ()
    return [
        SharedStep(*zip(first[step], second[step], strict=True))
        for step in sorted(first.keys() & second.keys())
    ]


def norm_ratios(steps: SharedSteps) -> list[float]:
    """Divides the first arm's gradient norm by the second's, where neither is zero."""
    return [first / second for first, second in (step.norms for step in steps) if first and second]


@dataclass(frozen=True)
class SharedEvaluation:
    """Two arms of one seed after the same step, on the same validation pictures."""

    step: int
    seed: int
    accuracies: tuple[float, float]


def read_shared_evaluations(
    connection: sqlite3.Connection, pair: tuple[int, int], most: int
) -> list[SharedEvaluation]:
    """Reads at which steps both arms saw the validation pictures, and their accuracies.

    Args:
        connection: to the store.
        pair: places of the arms.
        most: so many are read, the newest first.
    """
    return [
        SharedEvaluation(step, seed, (first, second))
        for step, seed, first, second in _rows(connection, _SHARED_EVALUATIONS, (*pair, most))
        if _is_finite(first) and _is_finite(second)
    ]


def read_answers(
    connection: sqlite3.Connection, step: int, pair: tuple[int, int], seed: int
) -> tuple[np.ndarray, np.ndarray] | None:
    """Reads which validation pictures either arm of a seed answered rightly at a step.

    Returns:
        Two (N,) bool, or `None` in a run of an earlier version, which did not keep them.
    """
    found = {}
    for arm, count, bits in _rows(
        connection,
        "SELECT arm, num_pictures, bits FROM answers"
        " WHERE step = ? AND split = 'validation' AND arm IN (?, ?) AND seed = ?",
        (step, *pair, seed),
    ):
        if not (isinstance(bits, bytes) and isinstance(count, int) and 0 < count <= 8 * len(bits)):
            return None
        found[arm] = np.unpackbits(np.frombuffer(bits, np.uint8), count=count).astype(bool)
    if len(found) < 2 or len({len(marks) for marks in found.values()}) > 1:
        return None
    return found[pair[0]], found[pair[1]]


def _is_finite(value: object) -> bool:
    return isinstance(value, float) and math.isfinite(value)


def _rows(connection: sqlite3.Connection, query: str, values: Sequence[object] = ()) -> list[tuple]:
    try:
        return connection.execute(query, tuple(values)).fetchall()
    except sqlite3.OperationalError as exc:
        if "no such table" in str(exc):  # the worker is just making them, or was an earlier version
            return []
        raise
