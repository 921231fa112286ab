"""What a fork has in common with its parent, put into its folder without touching the parent's.

States and checkpoints are written once and never changed, so both runs may share a file under two
names: it costs neither time nor space, and stays when one of the runs is deleted.
"""

import errno
import json
import os
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from resnet_core.atomic import storage_errors, write_atomically
from resnet_core.errors import DamagedFileError, DiskFullError, RunError, StorageError
from resnet_core.own_files import kind_of, read_own_file
from resnet_core.runs.files import WorkerState, read_experiment, read_state, read_title, write_state
from resnet_core.runs.fork_origin import ForkOrigin, write_origin
from resnet_core.runs.fork_plan import ForkPlan, choose_state, read_state_step
from resnet_core.runs.kept import KEPT_NAME, STATE_NAME, list_kept
from resnet_core.runs.store import STORE_NAME, MetricsWriter, connect_read_only

_EDITS_NAME = "edits.jsonl"
_LONGEST_TITLE = 80
_MOST_TRIES = 5
_CHECKPOINT = re.compile(r".+-([0-9]{7,})\.(json|safetensors)")


def furnish_fork(folder: Path, parent: Path, plan: ForkPlan) -> ForkPlan:
    """Puts the common past of a fork and its parent into the fork's new folder.

    Args:
        folder: where `config.json` lies already, and an empty folder for checkpoints.
        parent: the folder of the run that is forked; nothing is changed there.
        plan: where the fork begins.

    Returns:
        The plan that was carried out: the parent may have given up the state meanwhile.

    Raises:
        RunError: when its metrics cannot be read.
        StorageError: when the disk is full.
    """
    plan = _share_newest_state(folder, plan)
    origin = ForkOrigin(parent=parent.name, step=plan.step, kept_step=plan.kept_step, arm=plan.arm)
    write_origin(folder, origin)
    _share_kept(folder, parent, plan)
    _share_checkpoints(folder, parent, plan.step)
    _copy_store(folder, parent, plan.step)
    _copy_edits(folder, parent, plan.step)
    write_atomically(folder / "name", _title(parent, plan).encode())
    state = WorkerState(
        message="The worker is starting.",
        num_steps=read_state(parent).num_steps,
        checkpoint_step=plan.kept_step if plan.state else None,
    )
    write_state(folder, state)
    return plan


def _share_newest_state(folder: Path, plan: ForkPlan) -> ForkPlan:
    """Takes the planned state; a parent that trains may have put a later one in its place."""
    target = folder / "checkpoints" / STATE_NAME
    for _ in range(_MOST_TRIES):
        if plan.state is None:
            return plan
        if _share(plan.state, target) and read_state_step(target) == plan.kept_step:
            return plan
        target.unlink(missing_ok=True)
        plan = choose_state(plan)
    raise RunError(f"{plan.parent} is just replacing its states: try again.")


def _share_kept(folder: Path, parent: Path, plan: ForkPlan) -> None:
    with storage_errors(folder / KEPT_NAME):
        (folder / KEPT_NAME).mkdir()
    for kept in list_kept(parent):
        if kept.step <= plan.step and kept.step not in plan.damaged_steps:
            _share(kept.path, folder / KEPT_NAME / kept.path.name)


def _share_checkpoints(folder: Path, parent: Path, step: int) -> None:
    found = parent / "checkpoints"
    for path in sorted(found.iterdir()) if kind_of(found) == "folder" else ():
        name = _CHECKPOINT.fullmatch(path.name)
        if name and int(name[1]) <= step:
            _share(path, folder / "checkpoints" / path.name)


def _share(source: Path, target: Path) -> bool:
    """Gives a file a second name, or copies it where that cannot be; tells whether it was there."""
    if kind_of(source) != "file":
        return False
    with storage_errors(target):
        try:
            os.link(source, target, follow_symlinks=False)
        except FileNotFoundError:
            return False
        except OSError as exc:
            if exc.errno in (errno.ENOSPC, errno.EDQUOT):
                raise
            shutil.copyfile(source, target, follow_symlinks=False)
    return True


def _copy_store(folder: Path, parent: Path, step: int) -> None:
    """Copies the rows up to a step, in one moment of a parent that may be writing."""
    try:
        source = connect_read_only(parent)
        if source is None:
            return
        with closing(source), closing(sqlite3.connect(folder / STORE_NAME)) as copy:
            source.backup(copy)
    except sqlite3.Error as exc:
        raise explain_copying(exc, parent.name) from exc
    writer = MetricsWriter(folder)
    with writer.transaction():
        writer.truncate(step)
    writer.close()


def explain_copying(error: sqlite3.Error, run_id: str) -> RunError | StorageError:
    """Gives words to what SQLite says while a history is copied."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
        return DiskFullError(
            f"The history of {run_id} cannot be copied: the disk is full; free some space."
        )
    return RunError(f"The history of {run_id} cannot be copied, so it cannot be forked: {error}.")


def _copy_edits(folder: Path, parent: Path, step: int) -> None:
    """Begins the log of edits with those that were made up to the fork's first own step."""
    try:
        lines = read_own_file(parent / _EDITS_NAME).splitlines(keepends=True)
    except FileNotFoundError:
        return
    except DamagedFileError as exc:
        raise RunError(f"{parent.name} cannot be forked: its {exc}") from exc
    kept = (_line_until(line, step) for line in lines if line.endswith(b"\n"))
    write_atomically(folder / _EDITS_NAME, b"".join(kept))


def _line_until(line: bytes, step: int) -> bytes:
    """Gives a line of the log as a fork begins with it; nothing for what came after its step.

    A run that was made longer is as long for its forks: it changes nothing of the steps between.
    """
    try:
        edit = json.loads(line)
        if int(edit["step"]) <= step:
            return line
        is_length = edit["what"] == "steps"
    except (ValueError, LookupError, TypeError):
        return b""
    return (
        json.dumps({**edit, "step": step}, ensure_ascii=False).encode() + b"\n"
        if is_length
        else b""
    )


def _title(parent: Path, plan: ForkPlan) -> str:
    config = read_experiment(parent)
    arm = "" if plan.arm is None else f" {config.arms[plan.arm].label}"
    ending = f",{arm} from step {plan.step:,}"
    title = read_title(parent, otherwise=config.name)
    return title[: max(1, _LONGEST_TITLE - len(ending))] + ending[: _LONGEST_TITLE - 1]
