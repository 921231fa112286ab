"""The files of a run's edits: wishes one by one, and the log that is only ever added to.

A line of the log is used only when it is whole and safe on the disk.  What a kill left of a line
was never used, so its reader passes over it and the next writer takes it away.
"""

import contextlib
import json
import os
from collections.abc import Iterable
from pathlib import Path

import pydantic

from resnet_core.atomic import storage_errors, sync_folder, write_atomically
from resnet_core.edits.records import EDIT_ADAPTER, Edit
from resnet_core.errors import DamagedFileError, RunDamagedError
from resnet_core.own_files import kind_of, open_to_write, read_own_file
from resnet_core.runs.lock import exclusive_in_run
from resnet_core.runs.status import run_dir

LOG_NAME = "edits.jsonl"
_FOLDER, _INBOX, _REFUSED = "edits", "inbox", "refused.jsonl"
_MOST_BYTES = 2**26


def read_edits(run_id: str) -> tuple[Edit, ...]:
    """Reads what was changed in a run, in order; empty for a run that nobody edited.

    Raises:
        RunNotFoundError: when there is no such run.
        RunDamagedError: when its folder or its log is not as the lab left it.
    """
    return read_log(run_dir(run_id))


def edits_of_fork(run_id: str, step: int) -> tuple[Edit, ...]:
    """Reads what was changed in a run before a fork's first own step: a fork begins with it.

    Args:
        run_id: the run that is forked.
        step: finished steps that the two have in common.

    Raises:
        RunNotFoundError: when there is no such run.
        RunDamagedError: when its folder or its log is not as the lab left it.
    """
    return tuple(e for e in read_edits(run_id) if e.step is not None and e.step <= step)


def done_and_pending_edits(run_id: str) -> tuple[tuple[Edit, ...], tuple[Edit, ...]]:
    """Reads what was changed in a run and the wishes that wait; none is missing or in both.

    Raises:
        RunNotFoundError: when there is no such run.
        RunDamagedError: when its folder or its log is not as the lab left it.
    """
    folder = run_dir(run_id)
    # The worker logs a wish before it takes it away: in the other order one could be in neither.
    wishes, done = read_inbox(folder), read_log(folder)
    numbers = {edit.number for edit in done}
    return done, tuple(wish for wish in wishes if wish.number not in numbers)


def refused_edits(run_id: str) -> dict[int, str]:
    """Reads which wishes were refused when their turn came, by number, and why.

    Raises:
        RunNotFoundError: when there is no such run.
        RunDamagedError: when its folder is not as the lab left it.
    """
    return read_refusals(run_dir(run_id))


def read_log(folder: Path) -> tuple[Edit, ...]:
    """Reads the log in a run's folder.

    Raises:
        RunDamagedError: when a line is none that the lab writes, or is not in order.
    """
    edits = []
    for place, line in enumerate(_lines(folder / LOG_NAME), start=1):
        try:
            edits.append(EDIT_ADAPTER.validate_json(line))
        except pydantic.ValidationError as exc:
            raise _damaged(folder, f"line {place} is no edit") from exc
    if not _is_in_order(edits):
        raise _damaged(folder, "its edits are not in the order of their steps")
    return tuple(edits)


def append_to_log(folder: Path, edit: Edit) -> None:
    """Adds an edit; when this returns, it outlives a loss of power.

    Raises:
        StorageError: when it cannot be written; the log then is as it was.
    """
    path = folder / LOG_NAME
    is_new = kind_of(path) is None
    _append(path, json.dumps(edit.as_json(), ensure_ascii=False))
    if is_new:
        with storage_errors(path):
            sync_folder(folder)


def read_inbox(folder: Path) -> tuple[Edit, ...]:
    """Reads the wishes that lie in a run's folder, in order; what is none is passed over."""
    found = []
    for path in _inbox_files(folder):
        with contextlib.suppress(FileNotFoundError, DamagedFileError, pydantic.ValidationError):
            found.append(EDIT_ADAPTER.validate_json(read_own_file(path)))
    return tuple(sorted(found, key=lambda wish: wish.number))


def has_wishes(folder: Path) -> bool:
    """Tells whether anything lies in the inbox; asked between steps, so it costs nearly nothing."""
    return bool(_inbox_files(folder))


def put_into_inbox(folder: Path, wish: Edit) -> None:
    """Keeps a wish; the caller holds `inbox_lock` and has numbered it by `next_number`.

    Raises:
        StorageError: when it cannot be written.
    """
    inbox = folder / _FOLDER / _INBOX
    with storage_errors(inbox):
        inbox.mkdir(exist_ok=True)
    content = json.dumps(wish.as_json(), ensure_ascii=False).encode()
    write_atomically(_wish_file(folder, wish.number), content)


def take_from_inbox(folder: Path, number: int) -> None:
    """Removes a wish that was granted or refused."""
    with storage_errors(folder):
        _wish_file(folder, number).unlink(missing_ok=True)


def refuse_wish(folder: Path, number: int, why: str) -> None:
    """Keeps why a wish could not be granted, and removes it.

    Raises:
        StorageError: when that cannot be written.
    """
    _append(folder / _FOLDER / _REFUSED, json.dumps({"number": number, "why": why}))
    take_from_inbox(folder, number)


def read_refusals(folder: Path) -> dict[int, str]:
    """Reads which wishes were refused when their turn came, and why."""
    refused: dict[int, str] = {}
    for line in _lines(folder / _FOLDER / _REFUSED):
        with contextlib.suppress(ValueError, KeyError, TypeError):
            content = json.loads(line)
            refused[int(content["number"])] = str(content["why"])
    return refused


def inbox_lock(folder: Path) -> contextlib.AbstractContextManager[None]:
    """Serialises those who ask, and the worker where it ends the asking."""
    return exclusive_in_run(folder, f"{_FOLDER}/.lock")


def next_number(folder: Path) -> int:
    """Gives the number of the next wish; the caller holds `inbox_lock`."""
    used = [wish.number for wish in read_inbox(folder)]  # first, as the worker takes them away
    used += [edit.number for edit in read_log(folder)]
    used += read_refusals(folder)
    return max(used, default=0) + 1


def _inbox_files(folder: Path) -> list[Path]:
    inbox = folder / _FOLDER / _INBOX
    try:
        return sorted(path for path in inbox.iterdir() if path.suffix == ".json")
    except OSError:
        return []


def _wish_file(folder: Path, number: int) -> Path:
    return folder / _FOLDER / _INBOX / f"{number:09d}.json"


def _lines(path: Path) -> Iterable[bytes]:
    """The whole lines of a file; none where there is no file."""
    try:
        content = read_own_file(path, most_bytes=_MOST_BYTES)
    except FileNotFoundError:
        return []
    except DamagedFileError as exc:
        raise _damaged(path.parent, str(exc).rstrip(".")) from exc
    return content.split(b"\n")[:-1]


def _append(path: Path, line: str) -> None:
    with storage_errors(path):
        descriptor = open_to_write(path)
        try:
            size = os.lseek(descriptor, 0, os.SEEK_END)
            whole = _size_of_whole_lines(descriptor, size)
            if whole != size:
                os.ftruncate(descriptor, whole)
            try:
                _write_all(descriptor, f"{line}\n".encode())
                os.fsync(descriptor)
            except OSError:
                os.ftruncate(descriptor, whole)
                raise
        finally:
            os.close(descriptor)


def _size_of_whole_lines(descriptor: int, size: int) -> int:
    return os.pread(descriptor, size, 0).rfind(b"\n") + 1


def _write_all(descriptor: int, content: bytes) -> None:
    while content:
        content = content[os.write(descriptor, content) :]


def _is_in_order(edits: list[Edit]) -> bool:
    steps = [edit.step for edit in edits if edit.step is not None]
    numbers = [edit.number for edit in edits]
    is_each_once = len(set(numbers)) == len(edits) == len(steps)
    return is_each_once and steps == sorted(steps) and numbers == sorted(numbers)


def _damaged(folder: Path, what: str) -> RunDamagedError:
    return RunDamagedError(
        f"Run {folder.name} is damaged: its {LOG_NAME} cannot be used ({what}); mend that, or "
        "delete the run."
    )
