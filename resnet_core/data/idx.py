"""Idx files, plain or gzipped: the format of MNIST and the sets that are made like it.

Source: LeCun, Cortes and Burges, the MNIST database: a magic number (type and dimensions), the
sizes as big-endian 32-bit integers, then the bytes.
"""

import gzip
import struct
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from resnet_core.data.decoding import MIXED_SIZE_PX
from resnet_core.data.source import Chunk, Part, PicturePlan
from resnet_core.errors import ArchiveError, DataMissingError
from resnet_core.pictures.resizing import resize_images
from resnet_core.progress import Progress

PREFIXES: dict[Part, str] = {"train": "train", "test": "t10k"}
"""How the files of a part begin."""

_MAX_BYTES = 2**31
_CHUNK = 5000


def find_idx_files(folder: Path) -> dict[Part, tuple[Path, Path]]:
    """Finds the images and labels files of each part in a folder; empty where there are none."""
    found: dict[Part, tuple[Path, Path]] = {}
    for part, prefix in PREFIXES.items():
        images = sorted(folder.glob(f"{prefix}-images*idx3-ubyte*"))
        labels = sorted(folder.glob(f"{prefix}-labels*idx1-ubyte*"))
        usable = [path for path in (*images, *labels) if path.suffix != ".part"]
        if images and labels and len(usable) >= 2:
            found[part] = (images[0], labels[0])
    return found


def read_idx_chunks(
    folder: Path, part: Part, plan: PicturePlan, progress: Progress
) -> Iterator[Chunk]:
    """Reads a part of an idx folder.

    Raises:
        DataMissingError: if a file of the part is missing.
        ArchiveError: if a file is damaged, or images and labels differ in number.
    """
    files = find_idx_files(folder)
    if part not in files:
        raise DataMissingError(
            f"'{folder.name}' lacks the {PREFIXES[part]}-images-idx3-ubyte and "
            f"{PREFIXES[part]}-labels-idx1-ubyte files: add them, with or without .gz."
        )
    return read_idx_pair(files[part], range(256), plan, progress)


def read_idx_pair(
    files: tuple[Path, Path], values: Sequence[int], plan: PicturePlan, progress: Progress
) -> Iterator[Chunk]:
    """Reads the pictures of one file with the labels of another.

    Args:
        files: the file of pictures, and that of labels.
        values: the number that stands for each label, in label order.
        plan: the shape that is wanted.
        progress: told after each chunk.

    Raises:
        ArchiveError: if a file is damaged, or they differ in number.
    """
    images, labels = _read_idx(files[0], 3), read_idx_labels(files[1])
    if len(images) != len(labels):
        raise ArchiveError(
            f"'{files[0].name}' has {len(images):,} pictures and '{files[1].name}' "
            f"{len(labels):,} labels: use two files that belong together."
        )
    places = np.searchsorted(np.asarray(values, np.int64), labels)
    is_square = images.shape[1] == images.shape[2]
    size_px = plan.size_px or (None if is_square else MIXED_SIZE_PX)
    for start in range(0, len(labels), _CHUNK):
        stop = min(start + _CHUNK, len(labels))
        chunk = resize_images(images[start:stop, :, :, None], size_px)
        yield Chunk(chunk, places[start:stop].astype(np.int64))
        progress(f"Reading {files[0].name}", stop / len(labels))


def read_idx_labels(path: Path) -> np.ndarray:
    """Reads a file of labels, (N,) uint8.

    Raises:
        ArchiveError: if it is damaged.
    """
    return _read_idx(path, 1)


def _read_idx(path: Path, num_dimensions: int) -> np.ndarray:
    damaged = f"'{path.name}' is not a complete idx file: download it again."
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            magic, *shape = struct.unpack(
                f">{1 + num_dimensions}I", file.read(4 + 4 * num_dimensions)
            )
            size = int(np.prod(shape, dtype=object))
            if magic != 0x800 + num_dimensions or not 0 < size <= _MAX_BYTES:
                raise ArchiveError(damaged)
            content = file.read(size)
    except (OSError, EOFError, struct.error, zlib.error) as exc:
        raise ArchiveError(damaged) from exc
    if len(content) != size:
        raise ArchiveError(damaged)
    return np.frombuffer(content, np.uint8).reshape(shape)
