"""Files that the disk surely has, and what killed writers left behind."""

import contextlib
import os
import shutil
import time
from pathlib import Path

_STALE_AFTER_S = 6 * 3600


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
