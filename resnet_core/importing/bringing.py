"""From a stranger's file to a checkpoint with a card."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

import safetensors.torch

from resnet_core import paths
from resnet_core.atomic import TEMPORARY_SUFFIX, storage_errors
from resnet_core.checkpoints import WEIGHTS_SUFFIX, is_complete, save_checkpoint
from resnet_core.errors import CheckpointError
from resnet_core.importing.cards import imported_card
from resnet_core.importing.checker import CheckedFile, Checker, CheckRequest
from resnet_core.importing.envelope import MAX_CHECKPOINT_BYTES, Container, check_envelope
from resnet_core.importing.near_misses import folder_miss
from resnet_core.importing.photographs import write_photographs
from resnet_core.importing.requests import ImportRequest
from resnet_core.importing.shards import copy_shards, is_index, one_part
from resnet_core.pictures.names import plain_name
from resnet_core.progress import Progress, ignore_progress
from resnet_core.runs.lock import exclusive

_COPY_BYTES = 2**22


def import_checkpoint(
    source: bytes | Path,
    request: ImportRequest,
    *,
    file_name: str,
    checker: Checker | None = None,
    progress: Progress = ignore_progress,
) -> Path:
    """Brings foreign weights into the lab, running no code of theirs.

    Args:
        source: the file's bytes, or its path.
        request: what is said of it.
        file_name: what the person calls the file; refusals begin with it.
        checker: a process that is already started; by default one is, for this file.
        progress: told before each step; it may cancel.

    Returns:
        The path of the new checkpoint's weights; its card lies beside them.

    Raises:
        CheckpointError: when the file is refused, or the name is taken.
        ConfigError: when there are more or fewer class names, means than the net has.
        StorageError: when the checkpoint cannot be written.
    """
    _refuse_taken(request.name)
    with tempfile.TemporaryDirectory(prefix="resnet-lab-") as place:
        clean = Path(place) / "clean"
        progress("Looking at the file", 0.1)
        files = _collect(source, Path(place), file_name)
        progress("Reading it in a process of its own", 0.3)
        wanted = CheckRequest(
            files=files,
            name=file_name,
            output=clean,
            architecture=request.architecture,
            image_size_px=request.image_size_px or 0,
            part=request.part,
            answers=request.answers,
            mean=request.mean,
            std=request.std,
            pictures=write_photographs(Path(place) / "pictures"),
        )
        checked = _check(wanted, checker)
        progress("Keeping it", 0.9)
        card = imported_card(request, checked, file_name)
        with exclusive(paths.imported_dir() / ".import.lock"):
            _refuse_taken(request.name)  # by another import, while the file was read
            _sweep_weights(paths.imported_dir())
            return save_checkpoint(paths.imported_dir(), card, safetensors.torch.load_file(clean))


def _refuse_taken(name: str) -> None:
    for folder in (paths.imported_dir(), paths.checkpoints_dir()):
        if is_complete(folder / f"{name}{WEIGHTS_SUFFIX}"):
            raise CheckpointError(f"There is a net '{name}' already: choose another name.")


def _sweep_weights(folder: Path) -> None:
    """Deletes weights that killed imports left half-written; nobody else writes any there."""
    for leftover in folder.glob(f".*{WEIGHTS_SUFFIX}.*{TEMPORARY_SUFFIX}"):
        with contextlib.suppress(OSError):
            leftover.unlink()


def _check(wanted: CheckRequest, checker: Checker | None) -> CheckedFile:
    if checker is not None:
        return checker.check(wanted)
    with Checker() as own:
        return own.check(wanted)


def _collect(source: bytes | Path, folder: Path, name: str) -> list[tuple[Path, Container]]:
    """Copies the file, or all that weights are split over, and looks at them from outside."""
    if isinstance(source, Path) and is_index(source):
        with storage_errors(folder):
            return copy_shards(source, folder)
    if isinstance(source, Path) and source.is_dir():
        with storage_errors(source):
            raise CheckpointError(f"'{plain_name(name)}' {folder_miss(source)}")
    if one_part(name):
        raise CheckpointError(f"'{plain_name(name)}' {one_part(name)}")
    copy = folder / "foreign"
    _copy(source, copy, name)
    return [(copy, check_envelope(copy, name))]


def _copy(source: bytes | Path, target: Path, name: str) -> None:
    """Copies the file, so that what is checked is what is read."""
    with storage_errors(target), target.open("wb") as file:
        for block in [source] if isinstance(source, bytes) else _blocks(source, name):
            file.write(block)


def _blocks(source: Path, name: str) -> Iterator[bytes]:
    """Reads a file up to just beyond the largest size that is looked at."""
    try:
        if not source.is_file():  # a device or a pipe may never end
            raise OSError
        with source.open("rb") as original:
            while original.tell() <= MAX_CHECKPOINT_BYTES and (block := original.read(_COPY_BYTES)):
                yield block
    except OSError as exc:
        raise CheckpointError(
            f"'{plain_name(name)}' cannot be opened: check that it is there and may be read."
        ) from exc
