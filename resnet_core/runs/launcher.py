"""Starting, resuming and killing the worker process of a run."""

import os
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

from resnet_core import paths
from resnet_core.atomic import storage_errors
from resnet_core.children import modest_environment, starting_errors
from resnet_core.config import DataConfig, ExperimentConfig, fingerprint
from resnet_core.errors import ResNetLabError, RunBusyError, RunError
from resnet_core.own_files import open_to_write
from resnet_core.runs.control import request
from resnet_core.runs.files import read_experiment
from resnet_core.runs.folders import end_worker
from resnet_core.runs.launch import record_launcher, record_worker
from resnet_core.runs.lock import exclusive
from resnet_core.runs.queue import draw_ticket, leave_queue
from resnet_core.runs.status import (
    create_run,
    delete_run,
    find_run,
    list_runs,
    read_config,
    read_state,
    read_status,
    run_dir,
    write_state,
)
from resnet_core.runs.watched_runs import refuse_watched


def start_experiment(config: ExperimentConfig) -> str:
    """Starts an experiment in a worker process of its own and returns the run's id.

    Raises:
        RunBusyError: when a live run has exactly this configuration (`run_id` names it), so that
            two tabs, or two clicks, begin one run.
        DataError: when there are no such pictures; no run is left behind.
        ConfigError: when a net cannot be trained with so few pictures in a batch.
        StorageError: when the run's folder cannot be written.
        ProcessError: when its worker cannot start; no run is left behind.
    """
    check_data(config.data)
    check_batches(config)
    with exclusive(paths.runs_dir() / ".launch.lock"):
        for status in list_runs():
            if (
                status.is_live
                and status.parent is None
                and fingerprint(read_config(status.run_id)) == fingerprint(config)
            ):
                raise RunBusyError(
                    f"This experiment is already running as {status.run_id}.", status.run_id
                )
        folder = create_run(config)
        try:
            launch_worker(folder)
        except ResNetLabError:
            delete_run(folder.name)  # it never began
            raise
    return folder.name


def check_data(config: DataConfig) -> None:
    """Refuses pictures that no worker could find; looks at names and folders, decodes nothing.

    Raises:
        DataError: saying what is wrong with the name or the path.
    """
    from resnet_core.data.catalogue import find_source  # what the other commands need not load
    from resnet_core.data.loading import refuse_missing

    source = find_source(config.source)
    refuse_missing(source.title, source.parts, ("train",))


def check_batches(config: ExperimentConfig) -> None:
    """Refuses batches of one picture where a net cannot be trained on them.

    Raises:
        ConfigError: saying which net, and why.
    """
    if config.training.batch_size > 1:
        return
    from resnet_core.data.preview import foresee_size_px  # what needs torch is not loaded before
    from resnet_core.models.lonely_pictures import refuse_lonely_pictures

    size_px = foresee_size_px(config.data)
    if size_px is None:
        return  # the worker sees it when it has decoded them
    for arm in config.arms:
        refuse_lonely_pictures(arm.model, arm.label, image_size_px=size_px, batch_size=1)


def resume_run(run_id: str) -> None:
    """Takes up a stopped, failed or interrupted run where its last checkpoint left it.

    A paused one goes on; if it stands aside for a fork, it waits for its turn.

    Raises:
        RunNotFoundError: when there is no such run.
        RunDamagedError: when its folder is not as the lab left it.
        RunBusyError: when it is going already.
        RunError: when it is finished, or only watched.
        ProcessError: when its worker cannot start.
    """
    folder = run_dir(run_id)
    refuse_watched(folder, "be resumed")
    with exclusive(paths.runs_dir() / ".launch.lock"):
        status = read_status(run_id)
        if status.phase == "paused":
            request(folder, "run")
            return
        if status.is_live:
            raise RunBusyError(f"Run {run_id} is already going.", run_id)
        if not status.is_resumable:
            raise RunError(
                f"Run {run_id} is finished: extend it by an edit of its steps, or start a new one."
            )
        request(folder, "run")
        record_launcher(folder)
        before, message = read_state(folder), "The worker is starting again."
        write_state(folder, replace(before, phase="starting", message=message))
        try:
            launch_worker(folder)
        except ResNetLabError:
            write_state(folder, before)  # it is no nearer to its end
            raise


def kill_run(run_id: str) -> bool:
    """Ends a run's worker at once, without a last checkpoint; returns whether there was one."""
    return end_worker(find_run(run_id))


def launch_worker(folder: Path) -> None:
    """Draws the run's ticket, then starts its worker: a quicker one does not overtake it.

    Raises:
        RunDamagedError: when the run does not tell its device.
        StorageError: when the queue or the run's folder cannot be written.
        ProcessError: when the worker cannot start.
    """
    draw_ticket(folder)
    try:
        _start_worker(folder)
    except ResNetLabError:
        leave_queue(folder)
        raise


def _worker_of(folder: Path) -> str:
    """The module that trains a run: one that begins from trained nets measures more in the end."""
    begins_anew = read_experiment(folder).start is None
    return "resnet_core.training.worker" if begins_anew else "resnet_core.teaching.worker"


def _start_worker(folder: Path) -> None:
    # A session of its own, so that the worker outlives the server and its terminal.
    with storage_errors(folder / "log"):
        log = os.fdopen(open_to_write(folder / "log"), "ab")
    with log, starting_errors():
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", _worker_of(folder), str(folder)],
            cwd=Path(__file__).resolve().parents[2],
            env=modest_environment(),
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    record_worker(folder, process.pid)  # before its exit status is collected, while the id is its
    # Somebody has to collect the exit status, or a dead worker stays in the process table.
    threading.Thread(target=process.wait, daemon=True, name=f"reaper-{folder.name}").start()
