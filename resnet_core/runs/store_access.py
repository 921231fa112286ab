"""Opening a run's store to read it: beside a writer, on a read-only disk, and on a full one."""

import os
import sqlite3
from pathlib import Path

from resnet_core.own_files import kind_of

PASSING_TROUBLES = (
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_NOMEM,
)
"""SQLite's troubles that end when there is space, or when another program lets go of the file."""

_NO_SPACE = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)


def open_store_to_read(path: Path) -> sqlite3.Connection:
    """Opens a store so that nothing is written there.

    SQLite needs files beside a database that was written with a write-ahead log, and makes them
    where it may. On a read-only disk, and on one that is full, it must be told that nobody writes:
    so it is, wherever no log says that somebody does.
    """
    address, has_log = path.resolve().as_uri(), _has_log(path)
    if has_log or kind_of(_beside(path, "shm")) or os.access(path.parent, os.W_OK):
        connection = sqlite3.connect(f"{address}?mode=ro", uri=True, timeout=5)
        if has_log or not _lacks_space(connection):
            return connection
        connection.close()
    return sqlite3.connect(f"{address}?immutable=1", uri=True, timeout=5)


def _lacks_space(connection: sqlite3.Connection) -> bool:
    try:
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as exc:
        return (exc.sqlite_errorcode & 0xFF) in _NO_SPACE
    except sqlite3.Error:
        pass  # what is wrong with it is found out, and said, by whoever reads it
    return False


def _has_log(path: Path) -> bool:
    try:
        return _beside(path, "wal").lstat().st_size > 0
    except OSError:
        return False


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(f"{path.name}-{ending}")
