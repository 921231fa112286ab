"""Whether a run's worker is alive: it holds an advisory lock on its run folder.

The kernel drops the lock when the process ends, however it ends, so there is no stale state to
clean up and no process id that might have been reused.
"""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pydantic

from resnet_core.atomic import storage_errors
from resnet_core.errors import DamagedFileError, RunBusyError, RunNotFoundError
from resnet_core.own_files import open_to_probe, open_to_write, read_own_file
from resnet_core.runs.process import Process, describe_process, kill

LOCK_NAME = "lock"
_ACQUIRE_TIMEOUT_S = 2.0
_HOLDER = pydantic.TypeAdapter(Process)


@contextlib.contextmanager
def hold_lock(run_dir: Path, *, may_be_ended: bool = True) -> Iterator[None]:
    """Holds the run's lock for the lifetime of this process.

    Args:
        run_dir: the run's folder.
        may_be_ended: whether this process is the run's own, which `kill_holder` may end; a program
            of somebody's in which a run is watched gives no name.

    Raises:
        RunBusyError: when another worker holds it for longer than probing takes.
        StorageError: when it cannot be written, or is no file.
    """
    with storage_errors(run_dir / LOCK_NAME):
        file = os.fdopen(open_to_write(run_dir / LOCK_NAME), "r+b", buffering=0)
    with file:
        _acquire(file.fileno(), run_dir.name)
        with storage_errors(run_dir / LOCK_NAME):
            file.truncate(0)
            if may_be_ended:
                file.write(_HOLDER.dump_json(describe_process(os.getpid()), exclude_none=True))
        yield


def is_held(run_dir: Path) -> bool:
    """Tells whether a living worker holds the run's lock."""
    try:
        descriptor = open_to_probe(run_dir / LOCK_NAME)
    except (FileNotFoundError, DamagedFileError):
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def kill_holder(run_dir: Path) -> bool:
    """Kills the worker that holds the lock, and nobody else; returns whether there was one."""
    holder = _read_holder(run_dir) if is_held(run_dir) else None
    return holder is not None and kill(holder)


@contextlib.contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Serialises a short critical section between processes and threads by a lock on `path`.

    Raises:
        StorageError: when the lock's file cannot be written, or is no file.
    """
    with storage_errors(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = open_to_write(path)
    with _locked(descriptor):
        yield


@contextlib.contextmanager
def exclusive_in_run(run_dir: Path, name: str) -> Iterator[None]:
    """Serialises a short critical section of one run; one that was deleted is not made anew.

    Args:
        run_dir: the run's folder.
        name: of the lock's file there, or in a folder there, which is made.

    Raises:
        RunNotFoundError: when the run is gone.
        StorageError: when the lock's file cannot be written, or is no file.
    """
    path = run_dir / name
    with storage_errors(path):
        try:
            if path.parent != run_dir:
                path.parent.mkdir(exist_ok=True)
            descriptor = open_to_write(path)
        except FileNotFoundError as exc:
            raise RunNotFoundError(
                f"There is no run '{run_dir.name}'; it may have been deleted."
            ) from exc
    with _locked(descriptor):
        yield


@contextlib.contextmanager
def _locked(descriptor: int) -> Iterator[None]:
    """Holds the lock of an open file, and closes that."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _read_holder(run_dir: Path) -> Process | None:
    try:
        return _HOLDER.validate_json(read_own_file(run_dir / LOCK_NAME))
    except (FileNotFoundError, DamagedFileError, pydantic.ValidationError):
        return None


def _acquire(descriptor: int, run_id: str) -> None:
    # A probe holds a shared lock for microseconds: try again before believing it.
    deadline = time.monotonic() + _ACQUIRE_TIMEOUT_S
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError as exc:
            if time.monotonic() > deadline:
                raise RunBusyError(f"Run {run_id} is already going.", run_id) from exc
            time.sleep(0.01)
