"""What a person asks of a running worker: one small file that the worker reads between steps."""

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import pydantic

from resnet_core.atomic import write_atomically
from resnet_core.errors import ConfigError, DamagedFileError
from resnet_core.own_files import AS_WRITTEN, read_own_file
from resnet_core.runs.lock import exclusive_in_run

Command = Literal["run", "pause", "step", "stop"]

_POLL_INTERVAL_S = 0.1


@dataclass(frozen=True)
class ControlRequest:
    """The content of the control file."""

    __pydantic_config__: ClassVar = AS_WRITTEN

    command: Literal["run", "pause", "stop"] = "run"
    """What the worker should be doing."""
    single_steps: Annotated[int, pydantic.Field(ge=0, le=10**15)] = 0
    """How often a single step has been asked for since the run began."""
    stands_aside_for: Annotated[str, pydantic.Field(max_length=200)] | None = None
    """The fork that has this run's turn until it ends, or until anything else is asked for."""


_REQUEST = pydantic.TypeAdapter(ControlRequest)


def request(run_dir: Path, command: Command) -> None:
    """Writes a request to the worker of `run_dir`; `step` trains one batch and pauses again.

    Raises:
        ConfigError: for a command that does not exist.
        RunNotFoundError: when the run was deleted meanwhile.
        StorageError: when the file cannot be written.
    """
    if command not in ("run", "pause", "step", "stop"):
        raise ConfigError(f"Unknown command '{command}': use run, pause, step or stop.")
    with exclusive_in_run(run_dir, ".control.lock"):
        before = read_control_request(run_dir)
        steps = before.single_steps + (command == "step")
        lasting = "pause" if command == "step" else command
        asked = ControlRequest(command=lasting, single_steps=steps)
        write_atomically(run_dir / "control", _REQUEST.dump_json(asked))


def ask_to_stand_aside(run_dir: Path, child: str | None) -> None:
    """Asks a run to give its turn to a fork of its own, or not to any more; all else stays.

    Raises:
        RunNotFoundError: when the run was deleted meanwhile.
        StorageError: when the file cannot be written.
    """
    with exclusive_in_run(run_dir, ".control.lock"):
        asked = replace(read_control_request(run_dir), stands_aside_for=child)
        write_atomically(run_dir / "control", _REQUEST.dump_json(asked))


def read_control_request(run_dir: Path) -> ControlRequest:
    """Reads the request in force; a missing or damaged file means `run`."""
    try:
        return _REQUEST.validate_json(read_own_file(run_dir / "control"))
    except (FileNotFoundError, DamagedFileError, pydantic.ValidationError):
        return ControlRequest()


class ControlReader:
    """Reads the request at most ten times a second, so that asking after every step is free."""

    def __init__(self, run_dir: Path) -> None:
        self._run_dir = run_dir
        self._request = read_control_request(run_dir)
        self._handled_steps = self._request.single_steps
        self._next_read = 0.0

    def command(self) -> Literal["run", "pause", "stop"]:
        """Tells what the worker should be doing now."""
        now = time.monotonic()
        if now >= self._next_read:
            self._request = read_control_request(self._run_dir)
            self._next_read = now + _POLL_INTERVAL_S
        return self._request.command

    def read_anew(self) -> None:
        """Makes the next answer be of the file as it is now."""
        self._next_read = 0.0

    def stands_aside_for(self) -> str | None:
        """Names the fork that this run is to give its turn to, if there is one."""
        self.command()
        return self._request.stands_aside_for

    def has_single_step(self) -> bool:
        """Tells whether a single step has been asked for and not taken."""
        return self._handled_steps < self._request.single_steps

    def rests(self) -> bool:
        """Tells whether the worker is to do nothing but wait."""
        asks_nothing = self.command() == "pause" and self.stands_aside_for() is None
        return asks_nothing and not self.has_single_step()

    def take_single_step(self) -> bool:
        """Consumes one asked-for single step, if there is one left."""
        if not self.has_single_step():
            return False
        self._handled_steps += 1
        return True
