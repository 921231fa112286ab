"""Starting, resuming and killing the worker process of a run."""

import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

from resnet_core import paths
from resnet_core.config import ExperimentConfig, fingerprint
from resnet_core.errors import RunBusyError, RunError
from resnet_core.training.control import request
from resnet_core.training.lock import exclusive, is_held, kill_holder
from resnet_core.training.runs import (
    create_run,
    list_runs,
    read_config,
    read_state,
    read_status,
    run_dir,
    write_state,
)

_START_TIMEOUT_S = 20.0
_KILL_TIMEOUT_S = 5.0
_POLL_S = 0.02


def start_experiment(config: ExperimentConfig) -> str:
    """Starts an experiment in a worker process of its own and returns the run's id.

    Raises:
        RunBusyError: when a live run has exactly this configuration (`run_id` names it), so that
            two tabs, or two clicks, begin one run.
        StorageError: when the run's folder cannot be written.
    """
    with exclusive(paths.runs_dir() / ".launch.lock"):
        for status in list_runs():
            if status.is_live and fingerprint(read_config(status.run_id)) == fingerprint(config):
                raise RunBusyError(
                    f"This experiment is already running as {status.run_id}.", status.run_id
                )
        folder = create_run(config)
        _launch(folder)
    return folder.name


def resume_run(run_id: str) -> None:
    """Takes up a stopped, failed or interrupted run where its last checkpoint left it.

    Raises:
        RunNotFoundError: when there is no such run.
        RunBusyError: when it is going already.
        RunError: when it is finished.
    """
    folder = run_dir(run_id)
    with exclusive(paths.runs_dir() / ".launch.lock"):
        status = read_status(run_id)
        if status.is_live:
            raise RunBusyError(f"Run {run_id} is already going.", run_id)
        if not status.is_resumable:
            raise RunError(f"Run {run_id} is finished: start a new one to train longer.")
        request(folder, "run")
        message = "The worker is starting again."
        write_state(folder, replace(read_state(folder), phase="starting", message=message))
        _launch(folder)


def kill_run(run_id: str) -> bool:
    """Ends a run's worker at once, without a last checkpoint; returns whether there was one."""
    folder = run_dir(run_id)
    was_alive = kill_holder(folder)
    deadline = time.monotonic() + _KILL_TIMEOUT_S
    while was_alive and is_held(folder) and time.monotonic() < deadline:
        time.sleep(_POLL_S)
    return was_alive


def _launch(folder: Path) -> None:
    # A session of its own, so that the worker outlives the server and its terminal.
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", "resnet_core.training.worker", str(folder)],
            cwd=Path(__file__).resolve().parents[2],
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    # Somebody has to collect the exit status, or a dead worker stays in the process table.
    threading.Thread(target=process.wait, daemon=True, name=f"reaper-{folder.name}").start()
    deadline = time.monotonic() + _START_TIMEOUT_S
    while process.poll() is None and not is_held(folder) and time.monotonic() < deadline:
        time.sleep(_POLL_S)
