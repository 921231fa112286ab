"""First come, first served: one device trains one experiment at a time, or as many as it is told.

A worker draws a ticket while it holds its run's lock.  It is its turn as soon as fewer living
workers have a lower ticket for the same lane than may train at once; dead ones are skipped, so
nobody has to clean up.
"""

import contextlib
import os
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from resnet_core.errors import ConfigError
from resnet_core.training.lock import is_held

RUNS_AT_ONCE = "RESNET_LAB_RUNS_AT_ONCE"
"""Environment variable: experiments that a device trains at once.  Small nets leave most of a large
GPU idle, and several together are done sooner; on a CPU they only slow each other down."""

_WAIT_S = 0.2
_SCHEMA = """CREATE TABLE IF NOT EXISTS tickets (
    id INTEGER PRIMARY KEY AUTOINCREMENT, lane TEXT NOT NULL, run_id TEXT NOT NULL UNIQUE)"""


def lane_of(device: str) -> str:
    """Names the queue of a device; `auto` is resolved without loading torch.

    An idle worker in the queue thus costs 20 MB instead of 400 MB.
    """
    if device == "auto":
        if Path("/proc/driver/nvidia/version").exists():
            return "cuda:0"
        return "mps" if sys.platform == "darwin" else "cpu"
    return "cuda:0" if device == "cuda" else device


@contextlib.contextmanager
def wait_for_turn(run_dir: Path, lane: str, on_wait: Callable[[int], None]) -> Iterator[None]:
    """Waits until the lane is free for this run and holds it while the context lasts.

    Args:
        run_dir: the run's folder, whose lock the caller holds.
        lane: from `lane_of`.
        on_wait: called with the number of runs that must end before; it leaves the queue by
            raising.
    """
    runs_dir, most = run_dir.parent, _runs_at_once()
    ticket = _draw_ticket(runs_dir, lane, run_dir.name)
    try:
        while (ahead := len(_runs_ahead(runs_dir, lane, ticket))) >= most:
            on_wait(ahead - most + 1)
            time.sleep(_WAIT_S)
        yield
    finally:
        with _connect(runs_dir) as connection:
            connection.execute("DELETE FROM tickets WHERE run_id = ?", (run_dir.name,))


def _runs_at_once() -> int:
    text = os.environ.get(RUNS_AT_ONCE, "1")
    if not text.isdecimal() or int(text) < 1:
        raise ConfigError(f"{RUNS_AT_ONCE} must be a whole number of at least 1, got '{text}'.")
    return int(text)


@contextlib.contextmanager
def _connect(runs_dir: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(runs_dir / ".queue.db", timeout=30)
    try:
        with connection:
            connection.execute(_SCHEMA)
            yield connection
    finally:
        connection.close()


def _draw_ticket(runs_dir: Path, lane: str, run_id: str) -> int:
    with _connect(runs_dir) as connection:
        connection.execute("DELETE FROM tickets WHERE run_id = ?", (run_id,))
        cursor = connection.execute(
            "INSERT INTO tickets (lane, run_id) VALUES (?, ?)", (lane, run_id)
        )
        return int(cursor.lastrowid or 0)


def _runs_ahead(runs_dir: Path, lane: str, ticket: int) -> list[str]:
    with _connect(runs_dir) as connection:
        rows = connection.execute(
            "SELECT run_id FROM tickets WHERE lane = ? AND id < ? ORDER BY id", (lane, ticket)
        ).fetchall()
    return [run_id for (run_id,) in rows if is_held(runs_dir / run_id)]
