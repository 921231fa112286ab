"""What a store says of its arms, and what its reader says of a damaged store."""

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

import pydantic

from resnet_core.config import MOST_REPLICAS
from resnet_core.errors import RunError
from resnet_core.own_files import AS_WRITTEN
from resnet_core.runs.former_stores import read_first_seed
from resnet_core.runs.store import connect_read_only


@dataclass(frozen=True, kw_only=True)
class ArmLayout:
    """What a store says of one arm, once for all rows."""

    __pydantic_config__: ClassVar = AS_WRITTEN

    label: str
    layers: tuple[str, ...]
    """The L layers of a step's gradient norms, in depth order."""
    positions: dict[str, tuple[str, ...]]
    """What each quantity of a profile is measured at."""


_LAYOUT = pydantic.TypeAdapter(list[ArmLayout])
_Seed = Annotated[int, pydantic.Field(strict=True, ge=0, lt=2**32)]
_SEEDS = pydantic.TypeAdapter(
    Annotated[tuple[_Seed, ...], pydantic.Field(max_length=MOST_REPLICAS)]
)


def read_arm_layouts(connection: sqlite3.Connection) -> list[ArmLayout]:
    """Reads each arm's label and the positions of its quantities."""
    row = connection.execute("SELECT value FROM meta WHERE key = 'arms'").fetchone()
    return _LAYOUT.validate_json(row[0]) if row else []


def read_run_layout(run_dir: Path) -> ArmLayout | None:
    """Reads the layout of a run's first arm; `None` before its first step.

    Raises:
        RunError: when the store cannot be read.
    """
    connection = connect_read_only(run_dir)
    if connection is None:
        return None
    with contextlib.closing(connection), damaged_store_errors(run_dir):
        return next(iter(read_arm_layouts(connection)), None)


def read_seeds(connection: sqlite3.Connection, run_dir: Path) -> tuple[int, ...]:
    """Reads from which seeds each arm is trained; a former run has that of its configuration."""
    row = connection.execute("SELECT value FROM meta WHERE key = 'seeds'").fetchone()
    seeds = _SEEDS.validate_json(row[0]) if row else ()
    return seeds or (read_first_seed(run_dir),)


@contextlib.contextmanager
def damaged_store_errors(run_dir: Path) -> Iterator[None]:
    """Gives words to what a damaged store does to its reader.

    Raises:
        RunError: in place of SQLite's errors, and of those that values of a wrong type or length
            cause.
    """
    try:
        yield
    except pydantic.ValidationError as exc:
        first = exc.errors(include_input=False, include_url=False)[0]
        raise RunError(_unreadable(run_dir, f"a value is wrong, {first['msg']}")) from exc
    except sqlite3.Error as exc:
        raise RunError(_unreadable(run_dir, str(exc))) from exc
    except (TypeError, ValueError, IndexError, KeyError, OverflowError) as exc:
        # SQLite keeps whatever somebody put there, and NumPy says in one of these ways that it is
        # no row of numbers.
        raise RunError(_unreadable(run_dir, "its rows are not those of a run")) from exc


def _unreadable(run_dir: Path, why: str) -> str:
    return (
        f"The metrics of {run_dir.name} cannot be read: {why}. Resume the run to begin a new "
        "history, or delete it."
    )
