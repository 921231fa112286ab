"""Stores of runs from before a run could have several seeds: their rows are all of the config's.

A store that is written to again gets the column; one that is only read is seen through views.
"""

import contextlib
import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from resnet_core.errors import DamagedFileError
from resnet_core.own_files import read_own_file

_TABLES = ("curves", "evaluations", "answers", "profiles")


def read_first_seed(run_dir: Path) -> int:
    """Reads the seed of a run's configuration; 0 where that cannot be read, as its default is."""
    try:
        seed = json.loads(read_own_file(run_dir / "config.json"))["seed"]
    except (FileNotFoundError, DamagedFileError, ValueError, LookupError, TypeError):
        return 0
    return seed if isinstance(seed, int) else 0


def add_seed_columns(connection: sqlite3.Connection, seed: int) -> None:
    """Gives the tables of a former store their column, which says `seed` in every row."""
    if not _is_former(connection):
        return
    with connection:
        connection.execute("BEGIN IMMEDIATE")  # all tables at once, so that one tells of all
        for table in _tables_without_seed(connection):
            connection.execute(f"ALTER TABLE {table} ADD COLUMN seed INTEGER DEFAULT {seed:d}")


def show_seed_columns(connection: sqlite3.Connection, run_dir: Path) -> None:
    """Lets a reader of a former store see the column that it does not have.

    A store that is no database any more is left alone: its reader finds out, and says so.
    """
    with contextlib.suppress(sqlite3.Error):
        if _is_former(connection):
            seed = read_first_seed(run_dir)
            for table in _tables_without_seed(connection):
                connection.execute(
                    f"CREATE TEMP VIEW {table} AS SELECT *, {seed:d} AS seed FROM main.{table}"  # noqa: S608 - own names
                )


def _is_former(connection: sqlite3.Connection) -> bool:
    return bool(_tables_without_seed(connection, ("curves",)))


def _tables_without_seed(
    connection: sqlite3.Connection, tables: Sequence[str] = _TABLES
) -> list[str]:
    """Lists those that are there and have no such column."""
    columns = {
        table: [row[1] for row in connection.execute(f"PRAGMA main.table_info({table})")]
        for table in tables
    }
    return [table for table, names in columns.items() if names and "seed" not in names]
