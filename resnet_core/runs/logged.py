"""Numbers that a watched loop logged under names of its own, and steps that its scaler skipped."""

import itertools
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from resnet_core.runs.layout import damaged_store_errors
from resnet_core.runs.store import connect_read_only

FACTS = "watched"
"""Key under which a store keeps what is known of a watched net and its loop, by title."""
SKIPPED = "skipped step"
"""Name under which a step stands that changed no weight, as its scaled gradient was not finite;
the value is the scale."""
MOST_SHOWN = 512
_NAMES = "SELECT name, count(*) FROM logged GROUP BY name ORDER BY name"
_VALUES = "SELECT step, value FROM logged WHERE name = ? ORDER BY step"


@dataclass(frozen=True, kw_only=True)
class LoggedScalar:
    """One number as it went over a run."""

    name: str
    steps: np.ndarray
    """(S,) int64, ascending."""
    values: np.ndarray
    """(S,) float64; NaN for what is not finite."""
    count: int
    """How often it was logged; S is less where that is more than can be drawn."""


def read_logged(run_dir: Path) -> tuple[LoggedScalar, ...]:
    """Reads what was logged, by name, each thinned out to `MOST_SHOWN` steps of equal distance.

    Raises:
        RunError: when the store cannot be read.
    """
    connection = connect_read_only(run_dir)
    if connection is None:
        return ()
    with closing(connection), damaged_store_errors(run_dir):
        return tuple(_read_one(connection, *row) for row in _ask(connection, _NAMES))


def skipped_steps(run_dir: Path, *, most: int) -> tuple[int, ...]:
    """Lists the newest steps that a scaler skipped, ascending.

    Raises:
        RunError: when the store cannot be read.
    """
    connection = connect_read_only(run_dir)
    if connection is None:
        return ()
    query = "SELECT step FROM logged WHERE name = ? ORDER BY step DESC LIMIT ?"
    with closing(connection), damaged_store_errors(run_dir):
        return tuple(sorted(int(step) for (step,) in _ask(connection, query, SKIPPED, most)))


def count_skipped(run_dir: Path) -> int:
    """Counts the steps that a scaler skipped.

    Raises:
        RunError: when the store cannot be read.
    """
    connection = connect_read_only(run_dir)
    if connection is None:
        return 0
    with closing(connection), damaged_store_errors(run_dir):
        rows = _ask(connection, "SELECT count(*) FROM logged WHERE name = ?", SKIPPED)
        return int(rows[0][0]) if rows else 0


def read_facts(run_dir: Path) -> dict[str, str]:
    """Reads what is known of a watched net and its loop, by title; nothing before its first step.

    Raises:
        RunError: when the store cannot be read.
    """
    connection = connect_read_only(run_dir)
    if connection is None:
        return {}
    with closing(connection), damaged_store_errors(run_dir):
        rows = _ask(connection, "SELECT value FROM meta WHERE key = ?", FACTS)
        facts = json.loads(rows[0][0]) if rows else {}
        if not isinstance(facts, dict):
            raise ValueError(facts)
        return {
            str(title): f"{value:,}" if isinstance(value, int) else str(value)
            for title, value in facts.items()
        }


def has_accuracies(run_dir: Path) -> bool:
    """Tells whether the newest step of a run came with an accuracy.

    Raises:
        RunError: when the store cannot be read.
    """
    connection = connect_read_only(run_dir)
    if connection is None:
        return False
    query = "SELECT accuracy FROM curves WHERE width = 1 ORDER BY start DESC LIMIT 1"
    with closing(connection), damaged_store_errors(run_dir):
        rows = _ask(connection, query)
        return bool(rows) and rows[0][0] is not None


def logged_names(connection: sqlite3.Connection) -> list[str]:
    """Lists the names under which something was logged."""
    return [str(name) for name, _ in _ask(connection, _NAMES)]


def logged_by_step(connection: sqlite3.Connection) -> Iterator[tuple[int, dict[str, Any]]]:
    """Goes through the steps with which something was logged, ascending: each, and its numbers."""
    if logged_names(connection):
        rows = connection.execute("SELECT step, name, value FROM logged ORDER BY step")
        for step, group in itertools.groupby(rows, key=lambda row: row[0]):
            yield step, {name: value for _, name, value in group}


def _read_one(connection: sqlite3.Connection, name: str, count: int) -> LoggedScalar:
    rows = _ask(connection, _VALUES, name)
    if len(rows) > MOST_SHOWN:
        kept = np.unique(np.linspace(0, len(rows) - 1, MOST_SHOWN).round().astype(int))
        rows = [rows[place] for place in kept]
    return LoggedScalar(
        name=str(name),
        steps=np.array([step for step, _ in rows], np.int64),
        values=np.array([np.nan if v is None else v for _, v in rows], np.float64),
        count=int(count),
    )


def _ask(connection: sqlite3.Connection, query: str, *values: object) -> list[Any]:
    try:
        return connection.execute(query, values).fetchall()
    except sqlite3.OperationalError as exc:
        if "no such table" in str(exc):  # a run of an earlier version, or one in the making
            return []
        raise
