"""The telemetry store: one SQLite file a run, one writer, any number of readers.

Steps are kept at several widths at once: every step, and means over 16, 256, 4,096 and 65,536
steps.  A chart of any stretch of a run of any length so costs a bounded number of rows.
"""

import contextlib
import itertools
import json
import math
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from resnet_core.atomic import storage_errors
from resnet_core.errors import DiskFullError, StorageError
from resnet_core.own_files import kind_of
from resnet_core.runs.former_stores import add_seed_columns, read_first_seed, show_seed_columns
from resnet_core.runs.store_access import PASSING_TROUBLES, open_store_to_read
from resnet_core.runs.tables import MOST_STEPS, SCALARS, TABLES, WRONG_TYPES

STORE_NAME = "metrics.db"
FANOUT = 16
WIDTHS = (1, FANOUT, FANOUT**2, FANOUT**3, FANOUT**4)
_GRADIENT_NORM = SCALARS.index("gradient_norm")
_VALUES = ", ".join(SCALARS) + ", layer_norms"
# Only this module's own column names are put into SQL text.
_INSERT = (
    f"INSERT OR REPLACE INTO curves (width, start, arm, seed, {_VALUES})"  # noqa: S608
    f" VALUES ({', '.join('?' * (len(SCALARS) + 5))})"
)
_SELECT = f"SELECT {_VALUES} FROM curves WHERE width = ? AND start >= ? AND arm = ? AND seed = ?"  # noqa: S608


@dataclass(frozen=True, kw_only=True)
class StepRow:
    """What one arm measured in one step; `step` counts finished steps, so the first is 1."""

    step: int
    arm: int
    time_s: float
    """Seconds spent training since the run began, without pauses."""
    loss: float
    accuracy: float
    """Share of the batch that was classified rightly, in training mode."""
    learning_rate: float
    images_per_s: float
    gradient_norm: float
    """Euclidean norm of the whole gradient, before clipping."""
    layer_norms: np.ndarray
    """log10 of each layer's gradient norm, before clipping, (L,) float32.

    The step itself takes it, and everything after keeps it: a mean of logs is a geometric mean.
    """
    seed: int | None = None
    """From which the arm is trained; `None` is the seed of the run's configuration."""


@dataclass(frozen=True)
class LastStep:
    """The newest step in a store."""

    step: int = 0
    time_s: float = 0.0


class MetricsWriter:
    """The single writer of a run's store; everything is added inside a `transaction`."""

    def __init__(self, run_dir: Path) -> None:
        """Opens the store, and makes it where there is none.

        Raises:
            StorageError: when it cannot be written.
        """
        try:
            self._connection = sqlite3.connect(run_dir / STORE_NAME, isolation_level="IMMEDIATE")
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=NORMAL")
            self._connection.executescript(TABLES)
            self._seed = read_first_seed(run_dir)
            add_seed_columns(self._connection, self._seed)
        except sqlite3.Error as exc:
            raise StorageError(f"The metrics cannot be stored: {exc}.") from exc

    def write_meta(self, key: str, value: Any) -> None:
        """Keeps a JSON value under a key."""
        self._connection.execute(
            "INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, json.dumps(value))
        )

    def add_steps(self, rows: Iterable[StepRow]) -> None:
        """Adds measured steps, in order, and the means of every stretch that they complete."""
        for row in rows:
            scalars = [getattr(row, name) for name in SCALARS]
            blob = row.layer_norms.astype(np.float32).tobytes()
            seed = self._known(row.seed)
            self._connection.execute(_INSERT, (1, row.step - 1, row.arm, seed, *scalars, blob))
            self._summarise(row.step, row.arm, seed)

    def pass_over(self, step: int, arm: int) -> None:
        """Completes the stretches that end with a step without a row, such as a skipped one."""
        self._summarise(step, arm, self._seed)

    def add_logged(self, step: int, arm: int, values: Mapping[str, float]) -> None:
        """Adds what a watched loop logged with a step, by name."""
        self._connection.executemany(
            "INSERT OR REPLACE INTO logged (name, step, arm, value, seed) VALUES (?, ?, ?, ?, ?)",
            [(name, step, arm, value, self._seed) for name, value in values.items()],
        )

    def add_evaluation(
        self,
        step: int,
        arm: int,
        split: str,
        *,
        loss: float,
        accuracy: float,
        seed: int | None = None,
    ) -> None:
        """Adds an evaluation of one arm on a whole split."""
        self._connection.execute(
            "INSERT OR REPLACE INTO evaluations (step, arm, split, loss, accuracy, seed)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (step, arm, split, loss, accuracy, self._known(seed)),
        )

    def add_answers(
        self, step: int, arm: int, split: str, is_right: np.ndarray, *, seed: int | None = None
    ) -> None:
        """Adds which pictures of a split an evaluation found right, one bit each.

        Args:
            step: finished steps.
            arm: place of the arm.
            split: which split.
            is_right: (N,) bool, in the split's order.
            seed: as in `StepRow`.
        """
        bits = np.packbits(is_right).tobytes()
        self._connection.execute(
            "INSERT OR REPLACE INTO answers (step, arm, split, num_pictures, bits, seed)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (step, arm, split, len(is_right), bits, self._known(seed)),
        )

    def add_profile(
        self, step: int, arm: int, quantity: str, values: np.ndarray, *, seed: int | None = None
    ) -> None:
        """Adds one number per layer, activation or block, as named in the run's layout."""
        blob = values.astype(np.float32).tobytes()
        self._connection.execute(
            "INSERT OR REPLACE INTO profiles (step, arm, quantity, numbers, seed)"
            " VALUES (?, ?, ?, ?, ?)",
            (step, arm, quantity, blob, self._known(seed)),
        )

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Makes everything that is added inside the context visible at once, or nothing of it.

        Raises:
            DiskFullError: when there is no space left; the same additions may be tried again.
            StorageError: when the store was damaged meanwhile.
        """
        try:
            with self._connection:
                yield
        except sqlite3.Error as exc:
            code = getattr(exc, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
            kind = DiskFullError if code in PASSING_TROUBLES else StorageError
            raise kind(f"The metrics cannot be stored: {exc}.") from exc

    def truncate(self, step: int) -> None:
        """Forgets everything after `step`, as a run does that resumes from a checkpoint there."""
        self._connection.execute("DELETE FROM curves WHERE start + width > ?", (step,))
        self._connection.execute("DELETE FROM evaluations WHERE step > ?", (step,))
        self._connection.execute("DELETE FROM answers WHERE step > ?", (step,))
        self._connection.execute("DELETE FROM profiles WHERE step > ?", (step,))
        self._connection.execute("DELETE FROM logged WHERE step > ?", (step,))

    def close(self) -> None:
        """Closes the file; the write-ahead log is folded into it."""
        self._connection.close()

    def _known(self, seed: int | None) -> int:
        return self._seed if seed is None else seed

    def _summarise(self, step: int, arm: int, seed: int) -> None:
        for finer, width in itertools.pairwise(WIDTHS):
            if step % width:
                return
            rows = self._connection.execute(_SELECT, (finer, step - width, arm, seed)).fetchall()
            if not rows:  # all were skipped, which is no reason to leave out the wider stretch
                continue
            scalars, norms = mean_of_rows(rows)
            self._connection.execute(
                _INSERT, (width, step - width, arm, seed, *scalars.tolist(), norms.tobytes())
            )


def mean_of_rows(rows: list[tuple[Any, ...]]) -> tuple[np.ndarray, np.ndarray]:
    """Averages rows of (scalars..., layer_norms blob): geometric mean for the gradient norms.

    Returns:
        The scalars (S,) and the mean log10 layer norms (L,) float32.  The mean of something that
        is not finite is not finite either, so a divergence never is averaged away.  A layer that
        got no gradient in some of the steps has the mean of the others.
    """
    scalars = np.array([[np.nan if v is None else v for v in row[:-1]] for row in rows])
    norms = np.stack([np.frombuffer(row[-1], np.float32) for row in rows])
    with np.errstate(invalid="ignore"):
        mean = norms.mean(0, dtype=np.float32)
        if np.isnan(mean).any() and np.isfinite(scalars[:, _GRADIENT_NORM]).all():
            there = ~np.isnan(norms)
            sums = np.where(there, norms, 0).sum(0, dtype=np.float32)
            mean = np.where(there.any(0), sums / np.maximum(there.sum(0), 1), np.float32(np.nan))
        return scalars.mean(0), mean.astype(np.float32)


def connect_read_only(run_dir: Path) -> sqlite3.Connection | None:
    """Opens a run's store for reading, or `None` where there is none yet."""
    path = run_dir / STORE_NAME
    if kind_of(path) != "file":
        return None
    connection = open_store_to_read(path)
    show_seed_columns(connection, run_dir)
    return connection


def read_last_step(run_dir: Path) -> LastStep:
    """Reads the newest step of any arm; step 0 when there is none, or the store is damaged."""
    try:
        connection = connect_read_only(run_dir)
        if connection is None:
            return LastStep()
        with closing(connection):
            row = connection.execute(
                "SELECT start + 1, time_s FROM curves WHERE width = 1 ORDER BY start DESC LIMIT 1"
            ).fetchone()
    except sqlite3.Error:
        return LastStep()
    return LastStep(*row) if row and _is_step(*row) else LastStep()


def set_aside_if_damaged(run_dir: Path) -> Path | None:
    """Moves a damaged store out of the way and tells where to, or `None` if it is sound.

    Raises:
        StorageError: when it cannot be moved.
    """
    try:
        connection = connect_read_only(run_dir)
        if connection is None:
            return None
        with closing(connection):
            if _is_sound(connection):
                return None
    except sqlite3.Error:
        pass  # not even a database any more, or one with other tables
    path = run_dir / STORE_NAME
    target = run_dir / f"{STORE_NAME}.damaged"
    with storage_errors(target):
        path.replace(target)
        for companion in ("-wal", "-shm"):
            path.with_name(path.name + companion).unlink(missing_ok=True)
    return target


def _is_step(step: object, time_s: object) -> bool:
    if not isinstance(step, int) or not isinstance(time_s, float):
        return False
    return 0 < step <= MOST_STEPS and math.isfinite(time_s) and 0 <= time_s <= MOST_STEPS


def _is_sound(connection: sqlite3.Connection) -> bool:
    if connection.execute("PRAGMA quick_check").fetchone() != ("ok",):
        return False
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    if not tables:
        return True  # the worker was killed before it made them
    return all(connection.execute(query).fetchone() is None for query in WRONG_TYPES)
