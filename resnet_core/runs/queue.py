"""First come, first served: one device trains one experiment at a time, or as many as it is told.

Whoever starts a worker draws its ticket first, so that runs train in the order in which they were
started, however long each takes to come up.  It is a worker's turn as soon as fewer runs that have
a worker, or are about to get one, hold a lower ticket for the same lane than may train at once;
dead ones are skipped, so nobody has to clean up.
"""

import contextlib
import logging
import os
import secrets
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from resnet_core.atomic import storage_errors
from resnet_core.errors import ConfigError, RunDamagedError, StorageError
from resnet_core.own_files import kind_of
from resnet_core.runs.files import read_experiment, read_state
from resnet_core.runs.launch import is_starting
from resnet_core.runs.lock import exclusive, is_held

_Result = TypeVar("_Result")

RUNS_AT_ONCE = "RESNET_LAB_RUNS_AT_ONCE"
"""Environment variable: experiments that a device trains at once.  Small nets leave most of a large
GPU idle, and several together are done sooner; on a CPU they only slow each other down."""

_WAIT_S = 0.2
_QUEUE_NAME = ".queue.db"
_MOST_TICKETS = 2**62
_DRAW = "INSERT OR IGNORE INTO tickets (lane, run_id) VALUES (?, ?)"
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


def draw_ticket(run_dir: Path) -> None:
    """Puts a run whose worker is about to be started at the end of its device's queue.

    Raises:
        RunDamagedError: when the run does not tell its device.
        StorageError: when the queue cannot be written.
    """
    lane = lane_of(read_experiment(run_dir).device)
    _in_order(run_dir.parent, lambda: _draw_anew(run_dir, lane))


def leave_queue(run_dir: Path) -> None:
    """Gives a run's ticket back, if it has one and the queue can be written."""
    # Who is gone is skipped anyway, and a trained run has not failed for a broken queue.
    with contextlib.suppress(StorageError):
        _leave(run_dir.parent, run_dir.name)


@contextlib.contextmanager
def wait_for_turn(run_dir: Path, lane: str, on_wait: Callable[[int], None]) -> Iterator[None]:
    """Waits until the lane is free for this run and holds it while the context lasts.

    It takes up the ticket that was drawn for the run, or draws one.

    Args:
        run_dir: the run's folder, whose lock the caller holds.
        lane: from `lane_of`.
        on_wait: called with the number of runs that must end before; it leaves the queue by
            raising.

    Raises:
        ConfigError: when the number of runs at once is none.
        StorageError: when the queue cannot be written.
    """
    try:
        while (num_before := num_to_wait_for(run_dir, lane)) > 0:
            on_wait(num_before)
            time.sleep(_WAIT_S)
        yield
    finally:
        leave_queue(run_dir)


def num_to_wait_for(run_dir: Path, lane: str) -> int:
    """Counts the runs that must end before it is this one's turn; draws a ticket if it has none.

    Raises:
        ConfigError: when the number of runs at once is none.
        StorageError: when the queue cannot be written.
    """
    most = runs_at_once()
    return max(0, _in_order(run_dir.parent, lambda: _num_ahead(run_dir, lane)) - most + 1)


def list_in_line(runs_dir: Path, lane: str) -> tuple[str, ...]:
    """Names the living runs that train on a device or wait for it, in the order of their turns.

    Raises:
        StorageError: when the queue cannot be read.
    """
    if kind_of(runs_dir / _QUEUE_NAME) is None:
        return ()
    query = "SELECT run_id FROM tickets WHERE lane = ? ORDER BY id"
    with _connect(runs_dir) as connection:
        return _living_of(runs_dir, connection.execute(query, (lane,)).fetchall())


def pass_turn(giver: Path, taker: Path) -> None:
    """Gives a run's place in the queue to another one that stands behind it, or nowhere.

    Raises:
        StorageError: when the queue cannot be written.
    """
    _in_order(giver.parent, lambda: _pass_on(giver, taker))


def turn_sentence(num_ahead: int) -> str:
    """Says how many runs must end before another one's turn comes."""
    runs = "1 run is" if num_ahead == 1 else f"{num_ahead} runs are"
    return f"{runs} ahead on this device."


def list_ahead(run_dir: Path, lane: str) -> tuple[str, ...]:
    """Names the living runs that have this one's device first; empty for a run without a ticket.

    Args:
        run_dir: the run's folder; nothing is changed there, nor in the queue.
        lane: from `lane_of`.

    Raises:
        StorageError: when the queue cannot be read.
    """
    if kind_of(run_dir.parent / _QUEUE_NAME) is None:
        return ()
    with _connect(run_dir.parent) as connection:
        return _living_ahead(connection, run_dir, lane)


def runs_at_once() -> int:
    """How many experiments a device trains at a time.

    Raises:
        ConfigError: when that is none.
    """
    text = os.environ.get(RUNS_AT_ONCE, "1")
    if not text.isdecimal() or int(text) < 1:
        raise ConfigError(f"{RUNS_AT_ONCE} must be a whole number of at least 1, got '{text}'.")
    return int(text)


@contextlib.contextmanager
def _connect(runs_dir: Path) -> Iterator[sqlite3.Connection]:
    path = runs_dir / _QUEUE_NAME
    if kind_of(path) not in (None, "file"):  # SQLite would follow a link
        raise StorageError(f"The queue of runs, {_QUEUE_NAME}, is a {kind_of(path)}: remove it.")
    try:
        with closing(sqlite3.connect(path, timeout=30)) as connection, connection:
            connection.execute(_SCHEMA)
            yield connection
    except sqlite3.Error as exc:
        raise StorageError(f"The queue of runs, {_QUEUE_NAME}, cannot be used: {exc}.") from exc


def _in_order(runs_dir: Path, action: Callable[[], _Result]) -> _Result:
    """Does something with the queue; once more after mending it, if it is damaged."""
    try:
        return action()
    except StorageError:
        _mend(runs_dir)
        return action()


def _leave(runs_dir: Path, run_id: str) -> None:
    with _connect(runs_dir) as connection:
        connection.execute("DELETE FROM tickets WHERE run_id = ?", (run_id,))


def _draw_anew(run_dir: Path, lane: str) -> None:
    with _connect(run_dir.parent) as connection:
        connection.execute("DELETE FROM tickets WHERE run_id = ?", (run_dir.name,))
        connection.execute(_DRAW, (lane, run_dir.name))


def _pass_on(giver: Path, taker: Path) -> None:
    with _connect(giver.parent) as connection:
        places = dict(connection.execute("SELECT run_id, id FROM tickets"))
        place, own = places.get(giver.name), places.get(taker.name)
        if place is None or (own is not None and own < place):
            return
        connection.execute("DELETE FROM tickets WHERE run_id = ?", (taker.name,))
        connection.execute("UPDATE tickets SET run_id = ? WHERE id = ?", (taker.name, place))


def _num_ahead(run_dir: Path, lane: str) -> int:
    """Counts the runs ahead that have or get a worker; draws this run's ticket if it has none."""
    with _connect(run_dir.parent) as connection:
        connection.execute(_DRAW, (lane, run_dir.name))
        return len(_living_ahead(connection, run_dir, lane))


def _living_ahead(connection: sqlite3.Connection, run_dir: Path, lane: str) -> tuple[str, ...]:
    rows = connection.execute(
        "SELECT run_id FROM tickets WHERE lane = ?"
        " AND id < (SELECT id FROM tickets WHERE run_id = ?) ORDER BY id",
        (lane, run_dir.name),
    ).fetchall()
    return _living_of(run_dir.parent, rows)


def _living_of(runs_dir: Path, rows: list[tuple[object]]) -> tuple[str, ...]:
    names = [name for (name,) in rows if isinstance(name, str) and name == Path(name).name]
    return tuple(name for name in names if has_worker(runs_dir / name))


def has_worker(folder: Path) -> bool:
    """Tells whether a worker lives, or was ordered by a process that lives and is still to come."""
    if is_held(folder):
        return True
    try:
        state = read_state(folder)
    except RunDamagedError:
        return False
    return state.phase == "starting" and is_starting(folder, state.said_at)


def _mend(runs_dir: Path) -> None:
    """Puts a new queue in the place of one that is damaged, with all that have a worker in it."""
    with exclusive(runs_dir / ".queue.lock"):
        path = runs_dir / _QUEUE_NAME
        if _is_queue(path):
            return  # another worker has mended it, or the disk is full
        target = path.with_name(f"{_QUEUE_NAME}.damaged-{secrets.token_hex(4)}")
        logging.warning("The queue of runs was damaged; it is set aside as %s.", target.name)
        with storage_errors(target):
            path.rename(target)
            for companion in ("-journal", "-wal", "-shm"):
                path.with_name(path.name + companion).unlink(missing_ok=True)
        with _connect(runs_dir) as connection:
            for lane, run_id in _living(runs_dir):
                connection.execute(_DRAW, (lane, run_id))


def _living(runs_dir: Path) -> Iterator[tuple[str, str]]:
    """Lists lane and name of the runs that have a worker, the oldest first."""
    for folder in sorted(runs_dir.iterdir()):
        if has_worker(folder):
            with contextlib.suppress(RunDamagedError):
                yield lane_of(read_experiment(folder).device), folder.name


def _is_queue(path: Path) -> bool:
    if kind_of(path) not in (None, "file"):
        return False
    try:
        with closing(sqlite3.connect(path, timeout=30)) as connection, connection:
            connection.execute(_SCHEMA)
            (newest,) = connection.execute("SELECT max(id) FROM tickets").fetchone()
            # SQLite gives out no number beyond the largest.
            has_numbers = newest is None or newest < _MOST_TICKETS
            return has_numbers and connection.execute("PRAGMA quick_check").fetchone() == ("ok",)
    except sqlite3.OperationalError as exc:
        return (exc.sqlite_errorcode & 0xFF) != sqlite3.SQLITE_ERROR  # busy, full, read-only
    except sqlite3.DatabaseError:
        return False
