"""Pictures as bare bytes, one after the other: CIFAR's and STL-10's binary files.

Such files state nothing of themselves, so each is as long as a whole number of its records, or it
is damaged.

Source: Krizhevsky's page of CIFAR (a label or two, then 1,024 bytes of red, green and blue, row by
row); Coates, Lee and Ng's page of STL-10 (uint8, column by column, labels from 1).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from resnet_core.data.archives import ArchiveLimits
from resnet_core.data.packed_files import read_packed
from resnet_core.data.source import Chunk, PicturePlan
from resnet_core.errors import ArchiveError
from resnet_core.pictures.names import plain_name
from resnet_core.pictures.resizing import resize_images
from resnet_core.progress import Progress

RECORD_LIMITS = ArchiveLimits(member_bytes=2**29)
"""The longest file that is read, STL-10's pictures for testing, has 0.2 GB."""

_CHUNK = 2000


@dataclass(frozen=True, kw_only=True)
class RecordFiles:
    """Files of one part, and what a record is."""

    pictures: tuple[str, ...]
    """Paths, in reading order."""
    labels: str = ""
    """The file that holds the labels; empty where each record begins with its own."""
    labels_each: int = 0
    """Bytes before each picture, of which the last is its label."""
    first_label: int = 0
    side_px: int = 32
    by_column: bool = False
    """Whether each colour's pixels come column by column."""

    @property
    def names(self) -> list[str]:
        """All of the files."""
        return [*self.pictures, self.labels] if self.labels else list(self.pictures)

    @property
    def record_bytes(self) -> int:
        """Bytes of a picture with its own labels."""
        return self.labels_each + 3 * self.side_px**2


def read_record_chunks(
    place: Path, files: RecordFiles, num_classes: int, plan: PicturePlan, progress: Progress
) -> Iterator[Chunk]:
    """Reads a part.

    Args:
        place: the folder or archive.
        files: of the part.
        num_classes: classes that have a name.
        plan: the shape that is wanted.
        progress: told after each chunk.

    Raises:
        ArchiveError: if a file is missing, damaged, or has labels that no class has.
    """
    for number, name in enumerate(files.pictures):
        wanted = [name, files.labels] if files.labels else [name]
        held = read_packed(place, wanted, limits=RECORD_LIMITS)
        records = _records(held[name], files, name)
        labels = _labels(held.get(files.labels), records, files)
        _check_labels(labels, num_classes, files.labels or name)
        for start in range(0, len(records), _CHUNK):
            images = _images(records[start : start + _CHUNK], files)
            yield Chunk(resize_images(images, plan.size_px), labels[start : start + _CHUNK])
            done = min(1.0, (start + _CHUNK) / len(records))
            progress(f"Reading {place.name}", (number + done) / len(files.pictures))


def count_record_classes(place: Path, files: RecordFiles) -> int:
    """The classes that a part's labels need at least.

    Raises:
        ArchiveError: if a file is missing or damaged.
    """
    names = [files.labels] if files.labels else list(files.pictures)
    most = 0
    for name in names:
        content = read_packed(place, [name], limits=RECORD_LIMITS)[name]
        records = None if files.labels else _records(content, files, name)
        labels = _labels(content if files.labels else None, records, files)
        most = max(most, int(labels.max(initial=-1)) + 1)
    return most


def _records(content: bytes, files: RecordFiles, name: str) -> np.ndarray:
    if not content or len(content) % files.record_bytes:
        raise ArchiveError(
            f"'{_shown(name)}' has {len(content):,} bytes, and its pictures have "
            f"{files.record_bytes:,} each: it is cut short or damaged; download it again."
        )
    return np.frombuffer(content, np.uint8).reshape(-1, files.record_bytes)


def _labels(content: bytes | None, records: np.ndarray | None, files: RecordFiles) -> np.ndarray:
    if content is None:
        assert records is not None
        return records[:, files.labels_each - 1].astype(np.int64) - files.first_label
    labels = np.frombuffer(content, np.uint8).astype(np.int64) - files.first_label
    if records is not None and len(labels) != len(records):
        raise ArchiveError(
            f"'{_shown(files.labels)}' has {len(labels):,} labels for the {len(records):,} "
            f"pictures of '{_shown(files.pictures[0])}': download both again."
        )
    return labels


def _check_labels(labels: np.ndarray, num_classes: int, name: str) -> None:
    if len(labels) and not 0 <= labels.min() <= labels.max() < num_classes:
        raise ArchiveError(
            f"'{_shown(name)}' has labels beyond its {num_classes:,} class names: download it "
            "again."
        )


def _images(records: np.ndarray, files: RecordFiles) -> np.ndarray:
    side = files.side_px
    planes = records[:, files.labels_each :].reshape(-1, 3, side, side)
    order = (0, 3, 2, 1) if files.by_column else (0, 2, 3, 1)
    return np.ascontiguousarray(planes.transpose(order))


def _shown(name: str) -> str:
    return plain_name(name.rpartition("/")[2])
