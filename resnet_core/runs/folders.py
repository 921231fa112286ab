"""Run folders: made whole, found by name, renamed, and deleted without following a link."""

import contextlib
import re
import secrets
import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from resnet_core import paths
from resnet_core.atomic import storage_errors, write_atomically
from resnet_core.config import ExperimentConfig, run_to_json
from resnet_core.config.other_names import is_dotted_path, is_of_a_library, run_sentence
from resnet_core.errors import (
    ResNetLabError,
    RunBusyError,
    RunDamagedError,
    RunError,
    RunNotFoundError,
    StorageError,
)
from resnet_core.own_files import kind_of
from resnet_core.runs.files import (
    LONGEST_NOTES,
    WorkerState,
    read_experiment,
    read_state,
    refuse_damaged,
    write_state,
)
from resnet_core.runs.fork_origin import read_origin
from resnet_core.runs.launch import record_launcher, starting_worker
from resnet_core.runs.lock import is_held, kill_holder
from resnet_core.runs.process import kill

_KILL_TIMEOUT_S = 5.0
_POLL_S = 0.02
_STALE_AFTER_S = 3600.0
_RUN_ID = re.compile(r"[0-9]{8}-[0-9]{6}-[a-z0-9-]{1,20}-[0-9a-f]{4}")


def create_run(config: ExperimentConfig, furnish: Callable[[Path], object] | None = None) -> Path:
    """Makes the folder of a new run, whole or not at all.

    Args:
        config: what is asked of it.
        furnish: puts what else it begins with into the folder before anybody sees that.

    Raises:
        StorageError: when the disk is full or read-only.
        ResNetLabError: what `furnish` raises.
    """
    slug = re.sub(r"[^a-z0-9]+", "-", config.name.lower()).strip("-")[:20].strip("-") or "run"
    run_id = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{slug}-{secrets.token_hex(2)}"
    folder = paths.runs_dir() / run_id
    _sweep_leftovers(folder.parent)
    half_made = folder.with_name(f".new-{run_id}")
    try:
        with storage_errors(folder):
            (half_made / "checkpoints").mkdir(parents=True)
        write_atomically(half_made / "config.json", run_to_json(config).encode())
        record_launcher(half_made)
        write_state(half_made, WorkerState(message="The worker is starting."))
        if furnish is not None:
            furnish(half_made)
        with storage_errors(folder):
            half_made.replace(folder)
    except ResNetLabError:
        shutil.rmtree(half_made, ignore_errors=True)
        raise
    return folder


def created_at(run_id: str) -> datetime:
    """Tells when a run was made, as its id says.

    Raises:
        RunNotFoundError: for what is no run's id.
    """
    try:
        if _RUN_ID.fullmatch(run_id):
            return datetime.strptime(run_id[:15], "%Y%m%d-%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        pass  # such as the 31st of February
    if is_of_a_library(run_id) or is_dotted_path(run_id):
        raise RunNotFoundError(run_sentence(run_id))
    shown = "".join(c if c.isprintable() else "?" for c in run_id[:80])
    raise RunNotFoundError(f"There is no run '{shown}'; it may have been deleted.")


def find_run(run_id: str) -> Path:
    """Finds what lies under a run's name, damaged or not: a person's own run, or a shipped one.

    Raises:
        RunNotFoundError: for an id that is malformed or gone.
    """
    created_at(run_id)
    for runs in (paths.runs_dir(), paths.shipped_runs_dir()):
        if kind_of(runs / run_id) is not None:
            return runs / run_id
    raise RunNotFoundError(f"There is no run '{run_id}'; it may have been deleted.")


def find_own_run(run_id: str) -> Path:
    """Finds what lies under the name of a run that may be changed, damaged or not.

    Raises:
        RunNotFoundError: for an id that is malformed or gone.
        RunError: for a run that came with the lab.
    """
    folder = find_run(run_id)
    if folder.parent != paths.runs_dir():
        raise RunError(
            f"Run {run_id} came with the lab: it can be looked at, not changed. Train its "
            "experiment anew for a run of your own."
        )
    return folder


def run_dir(run_id: str) -> Path:
    """Finds the folder of a run that can be opened.

    Raises:
        RunNotFoundError: for an id that is malformed or gone.
        RunDamagedError: for a folder that is not as the lab left it.
    """
    folder = find_run(run_id)
    _require_sound(folder)
    return folder


def read_config(run_id: str) -> ExperimentConfig:
    """Reads what was asked of a run.

    Raises:
        RunNotFoundError: for an id that is malformed or gone.
        RunDamagedError: for a folder that is not as the lab left it.
    """
    return read_experiment(run_dir(run_id))


def list_shipped_runs() -> tuple[str, ...]:
    """Ids of the runs that came with the lab, newest first; `list_names` has none of them."""
    found = sorted(paths.shipped_runs_dir().glob("*"), reverse=True)
    return tuple(folder.name for folder in found if _RUN_ID.fullmatch(folder.name))


def list_names() -> list[str]:
    """Lists what lies in the folder of runs, runs and anything else.

    Raises:
        StorageError: when that folder cannot be read.
    """
    runs = paths.runs_dir()
    try:
        return [entry.name for entry in runs.iterdir()]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as exc:
        raise StorageError(
            f"The folder of runs, '{runs}', cannot be read ({exc.strerror}): allow reading there, "
            "or set RESNET_LAB_HOME to another folder."
        ) from exc


def rename_run(run_id: str, name: str) -> None:
    """Gives a run another title; its id stays.

    Raises:
        RunError: for an empty title, one of more than 80 characters, or a run that came with the
            lab.
    """
    find_own_run(run_id)
    title = " ".join(name.split())
    if not 0 < len(title) <= 80:
        raise RunError(f"A run's name has 1 to 80 characters, got {len(title)}.")
    write_atomically(run_dir(run_id) / "name", title.encode())


def write_notes(run_id: str, text: str) -> None:
    """Keeps what a person notes on a run, instead of what was noted before; nothing empties it.

    Line breaks stay; other characters that cannot be seen do not.

    Raises:
        RunError: for more than 2,000 characters.
    """
    lines = ("".join(c for c in line if c.isprintable()) for line in text.splitlines())
    kept = "\n".join(line.rstrip() for line in lines).strip()
    if len(kept) > LONGEST_NOTES:
        raise RunError(
            f"A run's notes have at most {LONGEST_NOTES:,} characters, got {len(kept):,}."
        )
    write_atomically(run_dir(run_id) / "notes", kept.encode())


def delete_run(run_id: str) -> None:
    """Deletes a run with its checkpoints; a link is deleted itself, not what it points to.

    A damaged run cannot be asked to stop, so a worker that it still has is ended.

    Raises:
        RunNotFoundError: when there is no such run.
        RunBusyError: while its worker is alive.
        RunError: when it came with the lab.
        StorageError: when it cannot be deleted.
    """
    folder = find_own_run(run_id)
    try:
        _require_sound(folder)
    except RunDamagedError:
        end_worker(folder)
    if kind_of(folder) == "folder" and is_held(folder):
        raise RunBusyError(f"Run {run_id} is still going: stop it before deleting it.", run_id)
    # Renamed first: no page sees half of it, and a name is never followed to where a link points.
    doomed = folder.with_name(f".deleted-{secrets.token_hex(4)}-{run_id}")
    with storage_errors(folder):
        folder.rename(doomed)
        _remove(doomed)


def end_worker(folder: Path) -> bool:
    """Ends the worker of a folder at once, and waits for its end; returns whether there was one."""
    if kind_of(folder) != "folder":
        return False
    starting = starting_worker(folder)
    if not (kill_holder(folder) or (starting is not None and kill(starting))):
        return False
    deadline = time.monotonic() + _KILL_TIMEOUT_S
    while (is_held(folder) or starting_worker(folder)) and time.monotonic() < deadline:
        time.sleep(_POLL_S)
    return True


def _require_sound(folder: Path) -> None:
    refuse_damaged(folder)
    read_experiment(folder)
    read_state(folder)
    read_origin(folder)


def _sweep_leftovers(runs: Path) -> None:
    """Removes what a process that was killed while it made or deleted a run left behind."""
    oldest = time.time() - _STALE_AFTER_S
    for pattern in (".new-*", ".deleted-*"):
        for leftover in runs.glob(pattern):
            with contextlib.suppress(OSError):
                if leftover.lstat().st_mtime < oldest:
                    _remove(leftover)


def _remove(path: Path) -> None:
    if kind_of(path) == "folder":
        shutil.rmtree(path)
    else:
        path.unlink()
