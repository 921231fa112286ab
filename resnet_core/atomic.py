"""Files that are either whole or not there, and disk troubles told in words."""

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from resnet_core.errors import DiskFullError, StorageError

TEMPORARY_SUFFIX = ".tmp"
_FILE_MODE = 0o644

_FULL = (errno.ENOSPC, errno.EDQUOT)
_REASONS = {
    errno.EROFS: "the disk is read-only; choose another folder, or set RESNET_LAB_HOME to one",
    errno.EACCES: "writing there is not allowed; change the folder's permissions",
    errno.EPERM: "writing there is not allowed; change the folder's permissions",
    errno.EISDIR: "a folder has that name; remove it",
    errno.ENOTDIR: "a file has the name of a folder; remove it",
    errno.EEXIST: "a file has the name of a folder; remove it",
}


@contextlib.contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turns an operating-system error while writing `path` into a `StorageError`.

    Raises:
        DiskFullError: when there is no space left.
        StorageError: when the place cannot be written for another reason.
    """
    try:
        yield
    except OSError as exc:
        if exc.errno in _FULL:
            raise DiskFullError(
                f"Cannot write {path.name}: the disk is full; free some space."
            ) from exc
        reason = _REASONS.get(exc.errno or 0, f"the system says: {exc.strerror or exc}")
        raise StorageError(f"Cannot write {path.name}: {reason}.") from exc


def write_atomically(path: Path, content: bytes, *, is_durable: bool = True) -> None:
    """Replaces `path` by `content` so that a kill at any moment leaves the old or the new file.

    Args:
        path: the file.
        content: all of it.
        is_durable: whether it also outlives a loss of power; waiting for the disk takes most of
            the time.

    Raises:
        DiskFullError: when there is no space left; the old file then is untouched.
        StorageError: when the place cannot be written for another reason.
    """
    with storage_errors(path):
        handle, name = tempfile.mkstemp(
            dir=path.parent, prefix=f".{path.name}.", suffix=TEMPORARY_SUFFIX
        )
        try:
            with os.fdopen(handle, "wb") as file:
                os.fchmod(file.fileno(), _FILE_MODE)  # mkstemp's own mode shuts others out
                file.write(content)
                file.flush()
                if is_durable:
                    os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        if is_durable:
            sync_folder(path.parent)


def sweep_temporaries(folder: Path) -> int:
    """Deletes what killed writers left behind in `folder`; returns how many files that were."""
    leftovers = list(folder.glob(f".*{TEMPORARY_SUFFIX}"))
    for leftover in leftovers:
        with contextlib.suppress(OSError):  # a folder of that name, or a disk that is read-only
            leftover.unlink(missing_ok=True)
    return len(leftovers)


def sync_folder(folder: Path) -> None:
    """Makes sure that the names in a folder outlive a loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
