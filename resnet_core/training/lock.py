"""Whether a run's worker is alive: it holds an advisory lock on its run folder.

The kernel drops the lock when the process ends, however it ends, so there is no stale state to
clean up and no process id that might have been reused.
"""

import contextlib
import fcntl
import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from resnet_core.errors import RunBusyError

LOCK_NAME = "lock"
_ACQUIRE_TIMEOUT_S = 2.0


@contextlib.contextmanager
def hold_lock(run_dir: Path) -> Iterator[None]:
    """Holds the run's lock for the lifetime of this process.

    Raises:
        RunBusyError: when another worker holds it for longer than probing takes.
    """
    with (run_dir / LOCK_NAME).open("a+") as file:
        _acquire(file.fileno(), run_dir.name)
        file.truncate(0)
        file.write(json.dumps(_identity(os.getpid())))
        file.flush()
        yield


def is_held(run_dir: Path) -> bool:
    """Tells whether a living worker holds the run's lock."""
    try:
        with (run_dir / LOCK_NAME).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def kill_holder(run_dir: Path) -> bool:
    """Kills the worker that holds the lock, and nobody else; returns whether there was one.

    The process is signalled through a pidfd, and only when its start time and the machine's boot
    still are those that it wrote down, so that a reused process id is never hit.
    """
    if not is_held(run_dir):
        return False
    identity = json.loads((run_dir / LOCK_NAME).read_text() or "{}")
    try:
        descriptor = os.pidfd_open(identity["pid"])
    except (KeyError, ProcessLookupError):
        return False
    try:
        if _identity(identity["pid"]) != identity:
            return False
        signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        return True
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Serialises a short critical section between processes and threads by a lock on `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


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


def _identity(pid: int) -> dict[str, int | str]:
    boot = Path("/proc/sys/kernel/random/boot_id")
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():  # no /proc, as on macOS, or the process is gone
        return {"pid": pid}
    # Field 22 of proc_pid_stat(5), counted after the name, which may hold spaces and brackets.
    start_ticks = int(stat.read_text().rpartition(")")[2].split()[19])
    return {"pid": pid, "start_ticks": start_ticks, "boot_id": boot.read_text().strip()}
