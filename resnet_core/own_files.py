"""Files in the lab's home, opened without trust in what lies under their names.

A file may have become a folder, a link out of the home, a named pipe that would make its reader
wait for ever, or gigabytes of nothing: each is told in words, and nothing hangs.
"""

import os
import stat
from pathlib import Path

import pydantic

from resnet_core.errors import DamagedFileError

AS_WRITTEN = pydantic.ConfigDict(strict=True)
"""How types of such files are read: as the lab writes them, so no text does as a number."""
MOST_TEXT_BYTES = 2**22
"""Largest text that the lab reads, bytes; its own are a thousand times smaller."""

_FILE_MODE = 0o644
# Without `O_NONBLOCK` the opening of a named pipe waits for somebody at its other end.
_SAFELY = os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY


def read_own_file(path: Path, *, most_bytes: int = MOST_TEXT_BYTES) -> bytes:
    """Reads a whole file.

    Raises:
        FileNotFoundError: when there is none.
        DamagedFileError: when it is no file, is too large, or cannot be read.
    """
    with os.fdopen(_open(path, os.O_RDONLY), "rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size > most_bytes:
            raise DamagedFileError(f"{path.name} is larger than any that the lab writes.")
        try:
            return file.read(size)
        except OSError as exc:
            raise DamagedFileError(f"{path.name} cannot be read: {exc.strerror}.") from exc


def open_to_probe(path: Path) -> int:
    """Opens a file of the home for its lock alone; gives the descriptor, which the caller closes.

    Raises:
        FileNotFoundError: when there is none.
        DamagedFileError: when it is a link or no file.
    """
    return _open(path, os.O_RDONLY | os.O_NOFOLLOW)


def open_to_write(path: Path) -> int:
    """Opens or makes a file of the home to append to it; never through a link.

    Raises:
        OSError: when the folder cannot be written.
        DamagedFileError: when it is a link or no file.
    """
    return _open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW)


def kind_of(path: Path) -> str | None:
    """Says what lies under a name, without following links; `None` where there is nothing.

    Returns:
        `file`, `folder`, `link`, `named pipe`, or `device or socket`.
    """
    try:
        return kind_of_mode(os.lstat(path).st_mode)
    except OSError:
        return None


def kind_of_mode(mode: int) -> str:
    """Says what has such a mode, in the words of `kind_of`."""
    kinds = ((stat.S_ISREG, "file"), (stat.S_ISDIR, "folder"), (stat.S_ISLNK, "link"))
    for is_kind, word in (*kinds, (stat.S_ISFIFO, "named pipe")):
        if is_kind(mode):
            return word
    return "device or socket"


def _open(path: Path, flags: int) -> int:
    is_writing = bool(flags & os.O_CREAT)
    try:
        descriptor = os.open(path, flags | _SAFELY, _FILE_MODE)
    except FileNotFoundError:
        raise
    except OSError as exc:
        kind = kind_of(path)
        if kind in (None, "file") and is_writing:
            raise  # the place cannot be written: nothing is wrong with the file
        raise DamagedFileError(_what_is_wrong(path, kind, exc.strerror)) from exc
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        raise DamagedFileError(_what_is_wrong(path, kind_of(path), None))
    return descriptor


def _what_is_wrong(path: Path, kind: str | None, reason: str | None) -> str:
    if kind in (None, "file"):
        return f"{path.name} cannot be read: {reason}."
    return f"{path.name} is a {kind} where a file belongs: remove it."
