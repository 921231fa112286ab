"""CIFAR-10 and CIFAR-100 as their authors distribute them: pickled batches, packed or unpacked.

A pickle may run any code, so only the handful of names that these files need can be looked up.
"""

import io
import pickle
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from resnet_core.data.source import Chunk, Part, PicturePlan
from resnet_core.errors import ArchiveError
from resnet_core.pictures.resizing import resize_images
from resnet_core.progress import Progress

_MAX_BATCH_BYTES = 200 * 2**20
_PICKLE_ERRORS = (  # what pickle's documentation says that loading may raise, and what it does
    pickle.UnpicklingError,
    AttributeError,
    EOFError,
    ImportError,
    LookupError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True, kw_only=True)
class CifarLayout:
    """Which batches make which part, and what their labels are called."""

    batches: dict[Part, tuple[str, ...]]
    """Names of the files within the archive's folder, in reading order."""
    label_key: str
    """Entry of a batch that holds its labels."""


CIFAR10_LAYOUT = CifarLayout(
    # The Hub's parquet file holds the batches in this order, so both sources give the same set.
    batches={
        "train": tuple(f"data_batch_{number}" for number in (4, 3, 2, 5, 1)),
        "test": ("test_batch",),
    },
    label_key="labels",
)
CIFAR100_LAYOUT = CifarLayout(
    batches={"train": ("train",), "test": ("test",)}, label_key="fine_labels"
)


def read_cifar_chunks(
    archive: Path, layout: CifarLayout, part: Part, plan: PicturePlan, progress: Progress
) -> Iterator[Chunk]:
    """Reads a part of a CIFAR archive, or of the folder that was unpacked from one.

    Raises:
        ArchiveError: if the archive is damaged, or holds something else.
    """
    names = layout.batches[part]
    for number, name in enumerate(names, start=1):
        batch = read_batch(archive, name)
        yield _as_chunk(batch, layout.label_key, archive.name, plan)
        progress(f"Reading {archive.name}", number / len(names))


def _as_chunk(batch: Any, label_key: str, filename: str, plan: PicturePlan) -> Chunk:
    try:
        rows = np.asarray(batch["data"], np.uint8)
        labels = np.asarray(batch[label_key], np.int64)
        images = rows.reshape(len(labels), 3, 32, 32).transpose(0, 2, 3, 1)
    except (KeyError, TypeError, ValueError) as exc:
        raise ArchiveError(
            f"'{filename}' does not hold CIFAR pictures: download it again."
        ) from exc
    return Chunk(resize_images(np.ascontiguousarray(images), plan.size_px), labels)


def read_batch(archive: Path, name: str) -> Any:
    """Reads one pickled file of an archive or folder, whatever it holds; runs no code.

    Raises:
        ArchiveError: if it is missing or damaged, or asks for more than arrays need.
    """
    try:
        content = _content(archive, name)
        if content is not None:
            return _Unpickler(io.BytesIO(content), encoding="latin1").load()
    except (tarfile.TarError, zlib.error, OSError, *_PICKLE_ERRORS) as exc:
        raise ArchiveError(f"'{archive.name}' is damaged: delete it and try again.") from exc
    raise ArchiveError(f"'{archive.name}' lacks its part '{name}': delete it and try again.")


def _content(archive: Path, name: str) -> bytes | None:
    if archive.is_dir():
        file = archive / name
        is_sound = file.is_file() and file.stat().st_size <= _MAX_BATCH_BYTES
        return file.read_bytes() if is_sound else None
    with tarfile.open(archive) as tar:
        for member in tar:
            if member.isfile() and Path(member.name).name == name:
                held = tar.extractfile(member)
                assert held is not None  # it is a regular file
                return held.read() if member.size <= _MAX_BATCH_BYTES else None
    return None


class _Unpickler(pickle.Unpickler):
    """Looks up what a numpy array of bytes needs, and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        module = module.replace("numpy.core", "numpy._core")
        if (module, name) in _ALLOWED:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} is not allowed")


_ALLOWED = {
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("_codecs", "encode"),
}
