"""The files of a run's folder, each read through its type, and what is wrong with them in words.

Whoever opens a run folder as a run asks `refuse_damaged` first: afterwards no file of the run is a
link that leads the lab to write elsewhere, a pipe that holds it up, or a folder.
"""

import os
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import pydantic

from resnet_core.atomic import write_atomically
from resnet_core.config import ExperimentConfig, config_from_json
from resnet_core.errors import ConfigError, DamagedFileError, RunDamagedError
from resnet_core.own_files import AS_WRITTEN, kind_of, kind_of_mode, read_own_file
from resnet_core.runs.fork_origin import FORK_NAME
from resnet_core.runs.kept import KEPT_NAME
from resnet_core.runs.launch import LAUNCH_NAME
from resnet_core.runs.lock import LOCK_NAME
from resnet_core.runs.store import STORE_NAME

Phase = Literal[
    "queued",
    "preparing",
    "training",
    "paused",
    "stopping",
    "finished",
    "stopped",
    "failed",
    "interrupted",
    "damaged",
]

Said = Literal[
    "starting", "queued", "preparing", "training", "paused", "finished", "stopped", "failed"
]

PICTURES_NAME = "pictures.json"
"""What a run found in its pictures; runs of older versions have no such file."""

_FILES = (
    "config.json",
    "state.json",
    "name",
    "notes",
    "control",
    ".control.lock",
    LOCK_NAME,
    LAUNCH_NAME,
    FORK_NAME,
    PICTURES_NAME,
    "log",
    "edits.jsonl",
    "edits/.lock",
    "edits/refused.jsonl",
    STORE_NAME,
    f"{STORE_NAME}-wal",
    f"{STORE_NAME}-shm",
    f"{STORE_NAME}-journal",
)
_FOLDERS = ("checkpoints", KEPT_NAME, "edits", "edits/inbox")
_KINDS = dict.fromkeys(_FOLDERS, "folder") | dict.fromkeys(_FILES, "file")
Stamp = tuple[tuple[str, int, int, int, int], ...]
"""Of each file of a run its name, inode, bytes, and nanoseconds at which it was changed."""
_LONGEST_TITLE = 200
LONGEST_NOTES = 2_000
"""Characters of what a person notes on a run."""
_LONGEST_REASON = 250

_Step = Annotated[int, pydantic.Field(ge=0, le=10**15)]
_Text = Annotated[str, pydantic.Field(max_length=10_000)]
_Moment = Annotated[float, pydantic.Field(ge=0, le=1e12, allow_inf_nan=False)]


@dataclass(frozen=True, kw_only=True)
class WorkerState:
    """What a worker last said of itself, in `state.json`."""

    __pydantic_config__: ClassVar = AS_WRITTEN

    phase: Said = "starting"
    """`starting` is said by whoever launches a worker, every other phase by the worker itself."""
    message: _Text = ""
    """One sentence for the person; empty when there is nothing to add."""
    num_steps: _Step = 0
    """Length of the run in steps; 0 while it is not known."""
    checkpoint_step: _Step | None = None
    """Step of the last saved resumable state."""
    device: _Text = ""
    """Where it trains, such as `cpu` or `NVIDIA H100`."""
    stopped_arms: tuple[tuple[_Text, _Text], ...] = ()
    """Label and reason of each arm that had to stop early."""
    said_at: _Moment = 0.0
    """Wall-clock seconds since 1970, only for the grace time of a starting worker."""


_STATE = pydantic.TypeAdapter(WorkerState)


def write_state(folder: Path, state: WorkerState) -> None:
    """Publishes the worker's state."""
    state = replace(state, said_at=time.time())
    write_atomically(folder / "state.json", _STATE.dump_json(state))


def read_state(folder: Path) -> WorkerState:
    """Reads the worker's state; a missing file reads as a worker that is starting.

    Raises:
        RunDamagedError: when the file is not what a worker writes.
    """
    try:
        return _STATE.validate_json(read_own_file(folder / "state.json"))
    except FileNotFoundError:
        return WorkerState()
    except (DamagedFileError, pydantic.ValidationError) as exc:
        raise _damaged(
            folder,
            f"{_reason('state.json', exc)}; remove that file and resume from the last save, or "
            "delete the run",
        ) from exc


def read_experiment(folder: Path) -> ExperimentConfig:
    """Reads what was asked of a run.

    Raises:
        RunDamagedError: when the file is missing, or is no configuration.
    """
    try:
        return config_from_json(ExperimentConfig, read_own_file(folder / "config.json"))
    except FileNotFoundError as exc:
        raise _damaged(folder, "its config.json is missing; delete the run") from exc
    except (DamagedFileError, ConfigError) as exc:
        raise _damaged(
            folder, f"{_reason('config.json', exc)}; mend that, or delete the run"
        ) from exc


def read_title(folder: Path, otherwise: str) -> str:
    """Reads the title that a person gave, or gives another one where that cannot be read."""
    try:
        title = read_own_file(folder / "name", most_bytes=2**12).decode()
    except (FileNotFoundError, DamagedFileError, UnicodeDecodeError):
        title = otherwise
    return title[:_LONGEST_TITLE]


def read_notes(folder: Path) -> str:
    """Reads what a person noted on a run; nothing where there is no readable file."""
    try:
        text = read_own_file(folder / "notes", most_bytes=4 * LONGEST_NOTES).decode()
    except (FileNotFoundError, DamagedFileError, UnicodeDecodeError):
        return ""
    return text[:LONGEST_NOTES]


def refuse_damaged(folder: Path) -> Stamp:
    """Refuses a folder in which something is not of its kind; contents are for their readers.

    Returns:
        What stays as it is for as long as nobody changes a file of the run.

    Raises:
        RunDamagedError: naming the first file that is wrong.
    """
    kind = kind_of(folder)
    if kind != "folder":
        raise _damaged(folder, f"it is a {kind}, not a folder of the lab's own; delete it")
    stamp = []
    for name, right in _KINDS.items():
        try:
            found = os.lstat(f"{folder}/{name}")
        except OSError:
            continue
        kind = kind_of_mode(found.st_mode)
        if kind != right:
            raise _damaged(
                folder, f"its {name} is a {kind}, not a {right}; remove that, or delete the run"
            )
        if not _is_of_readers(name, found):
            stamp.append((name, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns))
    return tuple(stamp)


def _is_of_readers(name: str, found: os.stat_result) -> bool:
    """Tells whether it is one of the files that SQLite makes beside a store to read it."""
    return name == f"{STORE_NAME}-shm" or (name == f"{STORE_NAME}-wal" and not found.st_size)


def _damaged(folder: Path, what: str) -> RunDamagedError:
    return RunDamagedError(f"Run {folder.name} is damaged: {what}.")


def _reason(name: str, error: Exception) -> str:
    if isinstance(error, pydantic.ValidationError):
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole text"
        text = f"at '{where}': {first['msg']}"
    else:
        text = str(error)
    return f"its {name} cannot be used ({text.rstrip('.')[:_LONGEST_REASON]})"
