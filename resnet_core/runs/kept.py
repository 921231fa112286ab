"""States of a run that are kept on its way, so that a fork begins near the step that it asks for.

They lie in the run's folder `kept`, named by step and checksum.  They are written without waiting
for the disk: one that a loss of power, or anything else, has damaged is found by its checksum, and
the one before it serves.
"""

import contextlib
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from resnet_core.atomic import storage_errors, write_atomically
from resnet_core.errors import DamagedFileError
from resnet_core.own_files import kind_of, read_own_file

KEPT_NAME = "kept"
STATE_NAME = "resume.safetensors"
"""In `checkpoints`: the newest state, from which a run resumes."""
MOST_KEPT_BYTES = 200_000_000
"""Bytes of all states that a run keeps."""
LONGEST_REPLAY = 0.05
"""Share of a run that a fork replays at most, where the states are small enough."""

_FILE = re.compile(r"([0-9]{7,16})-([0-9a-f]{8})\.safetensors")


@dataclass(frozen=True, kw_only=True)
class KeptState:
    """One state, by its file."""

    step: int
    path: Path
    checksum: int
    """CRC-32 of the whole file."""


def list_kept(run_dir: Path) -> tuple[KeptState, ...]:
    """Lists what a run has kept, damaged or not, in order of steps."""
    if kind_of(run_dir / KEPT_NAME) != "folder":
        return ()
    found = []
    for path in (run_dir / KEPT_NAME).iterdir():
        if (name := _FILE.fullmatch(path.name)) and kind_of(path) == "file":
            found.append(KeptState(step=int(name[1]), path=path, checksum=int(name[2], 16)))
    return tuple(sorted(found, key=lambda kept: kept.step))


def is_whole(kept: KeptState) -> bool:
    """Tells whether a state is, byte for byte, what was written."""
    try:
        content = read_own_file(kept.path, most_bytes=MOST_KEPT_BYTES)
    except (FileNotFoundError, DamagedFileError):
        return False
    return zlib.crc32(content) == kept.checksum


def write_kept(run_dir: Path, step: int, content: bytes) -> None:
    """Keeps a state, and gives up those that stand closest where there are too many.

    Raises:
        StorageError: when it cannot be written.
    """
    folder = run_dir / KEPT_NAME
    with storage_errors(folder):
        folder.mkdir(exist_ok=True)
    path = folder / f"{step:07d}-{zlib.crc32(content):08x}.safetensors"
    write_atomically(path, content, is_durable=False)
    _thin_out(list_kept(run_dir))


def forget_kept_after(run_dir: Path, step: int) -> None:
    """Gives up the states past a step, as a run does that resumes there."""
    for kept in list_kept(run_dir):
        if kept.step > step:
            _remove(kept)


def steps_between(num_steps: int, state_bytes: int) -> int | None:
    """Steps from one kept state to the next; `None` where a single one would be too large."""
    most = MOST_KEPT_BYTES // max(state_bytes, 1)
    if most == 0:
        return None
    return max(int(num_steps * LONGEST_REPLAY) + 1, -(-num_steps // most))


def _thin_out(found: Sequence[KeptState]) -> None:
    kept = list(found)
    while sum(_size(each) for each in kept) > MOST_KEPT_BYTES and len(kept) > 1:
        place = _most_crowded([each.step for each in kept])
        _remove(kept.pop(place))


def _most_crowded(steps: Sequence[int]) -> int:
    """Place of the step, but the last, whose neighbours are closest to each other."""
    gaps = [late - early for early, late in zip((0, *steps), steps[1:], strict=False)]
    return gaps.index(min(gaps))


def _size(kept: KeptState) -> int:
    try:
        return kept.path.stat().st_size
    except OSError:
        return 0


def _remove(kept: KeptState) -> None:
    with contextlib.suppress(OSError):
        kept.path.unlink(missing_ok=True)
