"""CIFAR-10 and CIFAR-100 as their authors distribute them: pickled batches, packed or unpacked."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from resnet_core.data.archives import ArchiveLimits
from resnet_core.data.packed_files import read_packed
from resnet_core.data.plain_pickle import pickled_numbers, read_plain_pickle
from resnet_core.data.source import Chunk, Part, PicturePlan
from resnet_core.errors import ArchiveError
from resnet_core.pictures.names import plain_name
from resnet_core.pictures.resizing import resize_images
from resnet_core.progress import Progress

_LIMITS = ArchiveLimits(member_bytes=200 * 2**20)


@dataclass(frozen=True, kw_only=True)
class CifarLayout:
    """Which batches make which part, and what their labels are called."""

    folder: str
    """Where the batches lie; empty for no folder of their own."""
    batches: dict[Part, tuple[str, ...]]
    """Names of the files within the folder, in reading order."""
    label_key: str
    """Entry of a batch that holds its labels."""

    def inside(self, name: str) -> str:
        """The path of one of the files."""
        return f"{self.folder}/{name}".strip("/")


CIFAR10_LAYOUT = CifarLayout(
    folder="cifar-10-batches-py",
    # The Hub's parquet file holds the batches in this order, so both sources give the same set.
    batches={
        "train": tuple(f"data_batch_{number}" for number in (4, 3, 2, 5, 1)),
        "test": ("test_batch",),
    },
    label_key="labels",
)
CIFAR100_LAYOUT = CifarLayout(
    folder="cifar-100-python",
    batches={"train": ("train",), "test": ("test",)},
    label_key="fine_labels",
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
        batch = read_batch(archive, layout.inside(name))
        yield _as_chunk(batch, layout.label_key, archive.name, plan)
        progress(f"Reading {archive.name}", number / len(names))


def batch_labels(batch: Any, label_key: str, filename: str) -> np.ndarray:
    """The labels of a batch, (N,) int64.

    Raises:
        ArchiveError: if it has none.
    """
    try:
        labels = pickled_numbers(batch[label_key])
        if labels.ndim != 1 or labels.dtype.kind not in "iu":
            raise ValueError("One whole number for each picture was expected.")
    except (LookupError, TypeError, ValueError) as exc:
        raise ArchiveError(
            f"'{plain_name(filename)}' does not hold labels of CIFAR's kind: download it again."
        ) from exc
    return labels.astype(np.int64)


def _as_chunk(batch: Any, label_key: str, filename: str, plan: PicturePlan) -> Chunk:
    labels = batch_labels(batch, label_key, filename)
    try:
        rows = pickled_numbers(batch["data"])
        if rows.dtype != np.uint8:
            raise ValueError("Pictures are numbers from 0 to 255.")
        images = rows.reshape(len(labels), 3, 32, 32).transpose(0, 2, 3, 1)
    except (LookupError, TypeError, ValueError) as exc:
        raise ArchiveError(
            f"'{plain_name(filename)}' does not hold CIFAR pictures: download it again."
        ) from exc
    return Chunk(resize_images(np.ascontiguousarray(images), plan.size_px), labels)


def read_batch(archive: Path, name: str) -> Any:
    """Reads one pickled file of an archive or folder, whatever it holds; runs no code.

    Raises:
        ArchiveError: if it is missing or damaged, or asks for more than arrays need.
    """
    try:
        content = read_packed(archive, [name], limits=_LIMITS)[name]
        return read_plain_pickle(content)
    except (OSError, ValueError) as exc:
        raise ArchiveError(
            f"'{plain_name(archive.name)}' is damaged: delete it and try again."
        ) from exc
