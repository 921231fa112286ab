"""Files that are whole or absent, and what a full or read-only disk is called."""

import contextlib
import errno
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from resnet_core.errors import StorageError

_STALE_AFTER_S = 6 * 3600
_FULL = {errno.ENOSPC, errno.EDQUOT}
_READ_ONLY = {errno.EACCES, errno.EPERM, errno.EROFS}


@contextlib.contextmanager
def storage_errors(folder: Path) -> Iterator[None]:
    """Gives the operating system's refusals to write below `folder` their meaning.

    Raises:
        StorageError: in place of an `OSError`.
    """
    try:
        yield
    except OSError as exc:
        if exc.errno in _FULL:
            raise StorageError(
                f"The disk is full while writing below '{folder}': free some space and try again."
            ) from exc
        if exc.errno in _READ_ONLY:
            raise StorageError(
                f"The folder '{folder}' cannot be written: allow writing there, or set "
                "RESNET_LAB_HOME to a folder that can be written."
            ) from exc
        raise StorageError(f"Writing below '{folder}' failed: {exc.strerror or exc}.") from exc


def write_durably(path: Path, content: bytes) -> None:
    """Writes a file and waits until the disk has it."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sweep_stale(folder: Path) -> None:
    """Removes temporary files and folders (`*.tmp`) that a killed process left hours ago."""
    oldest = time.time() - _STALE_AFTER_S
    for path in folder.glob("*.tmp"):
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < oldest:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
