"""Who answers for a run between the order to start it and the moment its worker takes the lock.

The file `launch` names first the process that starts the worker, then the worker.  Whether a run
is starting is judged by that process: a worker that was killed in its first second is known as
dead at once, and a slow one has all the time it needs.
"""

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pydantic

from resnet_core.atomic import write_atomically
from resnet_core.errors import DamagedFileError
from resnet_core.own_files import AS_WRITTEN, read_own_file
from resnet_core.runs.process import Process, describe_process, life_of

LAUNCH_NAME = "launch"
# Starting a process takes milliseconds; this is for a launcher that does not get so far, and for
# processes of other machines, whose life cannot be seen from here.
_START_GRACE_S = 30.0


@dataclass(frozen=True, kw_only=True)
class _Launch:
    __pydantic_config__: ClassVar = AS_WRITTEN

    process: Process
    is_worker: bool


_ADAPTER = pydantic.TypeAdapter(_Launch)


def record_launcher(folder: Path) -> None:
    """Notes that this process is about to start the run's worker."""
    _write(folder, _Launch(process=describe_process(os.getpid()), is_worker=False))


def record_worker(folder: Path, pid: int) -> None:
    """Notes the worker that was just started; the caller has not yet collected its exit status."""
    _write(folder, _Launch(process=describe_process(pid), is_worker=True))


def starting_worker(folder: Path) -> Process | None:
    """Gives the worker that was started last, while it lives; it may not hold the lock yet."""
    launch = _read(folder)
    if launch is None or not launch.is_worker or life_of(launch.process) != "alive":
        return None
    return launch.process


def is_starting(folder: Path, said_at: float) -> bool:
    """Tells whether a worker may still come to a run that was launched at `said_at`."""
    launch = _read(folder)
    life = "unknown" if launch is None else life_of(launch.process)
    if launch is not None and launch.is_worker and life == "alive":
        return True
    return life != "dead" and abs(time.time() - said_at) < _START_GRACE_S


def _write(folder: Path, launch: _Launch) -> None:
    write_atomically(folder / LAUNCH_NAME, _ADAPTER.dump_json(launch))


def _read(folder: Path) -> _Launch | None:
    try:
        return _ADAPTER.validate_json(read_own_file(folder / LAUNCH_NAME))
    except (FileNotFoundError, DamagedFileError, pydantic.ValidationError):
        return None  # as for runs of older versions: the clock decides
