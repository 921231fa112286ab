"""Which process is meant, beyond its number, and whether it still lives."""

import functools
import os
import signal
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import pydantic

from resnet_core.own_files import AS_WRITTEN

Life = Literal["alive", "dead", "unknown"]

# Fields of proc_pid_stat(5), counted after the name, which may hold spaces and brackets.
_STATE_FIELD, _START_FIELD = 0, 19
_ENDED = ("Z", "X", "x")  # a zombie has ended; only nobody has asked how

_Pid = Annotated[int, pydantic.Field(gt=0, lt=2**31)]
_Ticks = Annotated[int, pydantic.Field(ge=0, lt=2**64)]
_Name = Annotated[str, pydantic.Field(max_length=200)]


@dataclass(frozen=True, kw_only=True)
class Process:
    """A process by its number and by what tells it from a later one of the same number."""

    __pydantic_config__: ClassVar = AS_WRITTEN

    pid: _Pid
    start_ticks: _Ticks | None = None
    """When it began, in clock ticks since the machine's boot."""
    boot_id: _Name | None = None
    """Which boot of which machine."""
    namespace: _Name | None = None
    """Where that number counts: containers on one machine have numbers of their own."""


def describe_process(pid: int) -> Process:
    """Describes a process that runs now; only its number where the system tells no more."""
    found = _read_stat(pid)
    if found is None:
        return Process(pid=pid)
    return Process(pid=pid, start_ticks=found[1], boot_id=_boot_id(), namespace=_namespace())


def life_of(process: Process) -> Life:
    """Tells whether a process lives; `unknown` for one of another machine, boot or container."""
    if process.start_ticks is None or process.boot_id is None or process.boot_id != _boot_id():
        return "unknown"
    if process.namespace is not None and process.namespace != _namespace():
        return "unknown"
    found = _read_stat(process.pid)
    if found is None:
        return "dead"
    state, start_ticks = found
    return "alive" if start_ticks == process.start_ticks and state not in _ENDED else "dead"


def still_runs(process: Process) -> bool:
    """Tells whether this very process runs here, as surely as the system can tell."""
    now = describe_process(process.pid)
    return process in (now, replace(now, namespace=None))  # older versions noted no namespace


def kill(process: Process) -> bool:
    """Kills this very process, and nobody else; returns whether there was one.

    It is signalled through a pidfd, and only when its start time and the machine's boot still are
    those that were noted, so that a reused number is never hit.
    """
    try:
        descriptor = os.pidfd_open(process.pid)
    except OSError:
        return False
    try:
        if not still_runs(process):
            return False
        signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        return True
    except ProcessLookupError:
        return False
    finally:
        os.close(descriptor)


def _read_stat(pid: int) -> tuple[str, int] | None:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return fields[_STATE_FIELD], int(fields[_START_FIELD])
    except (OSError, IndexError, ValueError):
        return None  # no /proc, as on macOS, or the process is gone


@functools.cache
def _boot_id() -> str | None:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return None


def _namespace() -> str | None:
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return None
