"""Decoded data sets on disk: raw uint8 pixels, memory-mapped, and a header that proves them.

    data/decoded/<name>-<hash of source and size>/
        header.json    what it is, its counts, its hashes
        train.images   (N, H, W, C) uint8, raw
        train.labels   (N,) int64, raw

A folder is complete or absent: `cache_writer` writes it under a temporary name, syncs it and
renames it.  A folder that was damaged afterwards fails its hashes here, and is built again.
"""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pydantic

from resnet_core.config import FIRST_RESIZING, NEWEST_RESIZING, Resizing
from resnet_core.data.decoding import MIXED_SIZE_PX
from resnet_core.data.source import PARTS, Part, Source
from resnet_core.errors import DamagedFileError
from resnet_core.own_files import read_own_file
from resnet_core.paths import data_dir

FORMAT = 1
"""Version of the layout; another one is not read."""
_LARGEST_SIDE_PX = 2**14


@dataclass(frozen=True, kw_only=True)
class StoredPart:
    """One part on disk."""

    count: int
    """Pictures."""
    images_sha256: str
    """Hash of the images file, hex."""
    labels_sha256: str
    """Hash of the labels file, hex."""


@dataclass(frozen=True, kw_only=True)
class Header:
    """What a decoded set says of itself; fields as in `DataCard`."""

    format: int
    name: str
    title: str
    class_names: tuple[str, ...]
    image_size_px: int
    channels: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    parts: dict[Part, StoredPart]
    origin: str
    provenance: str
    skipped: tuple[tuple[str, str], ...]
    num_skipped: int
    resizing: int = FIRST_RESIZING
    """Version by which pictures of another size were brought to this one; 0 where none were."""

    def resized_by(self, size_px: int | None) -> int:
        """The version that its pictures depend on, 0 for none, given the size asked for (px).

        Older headers name none: pictures that kept their own size then depend on no version.
        """
        keeps_own = size_px is None and self.image_size_px != MIXED_SIZE_PX
        return 0 if keeps_own else self.resizing

    def __post_init__(self) -> None:
        # A header that was spoiled must not feed a net with other numbers than the pictures'.
        scales = (*self.mean, *self.std)
        is_sound = (
            1 <= self.image_size_px <= _LARGEST_SIDE_PX
            and self.channels in (1, 3)
            and len(self.mean) == len(self.std) == self.channels
            and all(math.isfinite(value) and 0 <= value <= 1 for value in scales)
            and min(self.std) > 0
            and len(self.class_names) > 1
            and len(self.parts) > 0
            and all(part.count > 0 for part in self.parts.values())
        )
        if not is_sound:
            raise ValueError("No set of pictures has such numbers.")

    @property
    def sha256(self) -> str:
        """One hash of all pixels, labels and class names, hex."""
        content = [self.image_size_px, self.channels, self.class_names]
        for part in PARTS:
            if part in self.parts:
                stored = self.parts[part]
                content.append([part, stored.images_sha256, stored.labels_sha256])
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()


_HEADER = pydantic.TypeAdapter(Header)


@dataclass(frozen=True)
class StoredSet:
    """A decoded set: its header, and memory maps of its parts."""

    header: Header
    images: Mapping[Part, np.ndarray]
    """(N, H, W, C) uint8 each."""
    labels: Mapping[Part, np.ndarray]
    """(N,) int64 each."""


def cache_path(source: Source, size_px: int | None) -> Path:
    """Where a source decoded to a size (px; `None` for its own) is kept."""
    digest = hashlib.sha256(f"{source.key}\n{size_px}".encode()).hexdigest()[:12]
    return data_dir() / "decoded" / f"{source.name}-{digest}"


def read_cache(
    source: Source, size_px: int | None, resizing: Resizing = NEWEST_RESIZING
) -> StoredSet | None:
    """Opens a decoded set, or says `None` where it is absent, out of date, half or damaged.

    A set whose pictures were resized by another version is out of date.
    """
    folder = cache_path(source, size_px)
    header = read_cache_header(folder)
    if header is None or header.origin != source.origin:
        return None
    if header.class_names != source.class_names or set(header.parts) != set(source.parts):
        return None  # an older version of the lab took the same files for another set
    if header.resized_by(size_px) not in (0, resizing):
        return None
    if not all(_is_intact(folder, part, stored) for part, stored in header.parts.items()):
        return None
    try:
        stored = open_maps(folder, header)
    except OSError:  # replaced by another process at this moment
        return None
    most = len(header.class_names)
    known = all(found.min() >= 0 and found.max() < most for found in stored.labels.values())
    return stored if known else None


def read_cache_header(folder: Path) -> Header | None:
    """Reads a header whose files have the sizes it states, else `None`; reads no pixels."""
    try:
        header = _HEADER.validate_json(read_own_file(folder / "header.json"))
        shape_bytes = header.image_size_px**2 * header.channels
        complete = header.format == FORMAT and all(
            (folder / f"{part}.images").stat().st_size == stored.count * shape_bytes
            and (folder / f"{part}.labels").stat().st_size == stored.count * 8
            for part, stored in header.parts.items()
        )
    except (OSError, ValueError, DamagedFileError):
        return None
    return header if complete else None


def open_maps(folder: Path, header: Header) -> StoredSet:
    """Maps the files of a decoded set into memory, read-only."""
    side, channels = header.image_size_px, header.channels
    images, labels = {}, {}
    for part, stored in header.parts.items():
        shape = (stored.count, side, side, channels)
        images[part] = np.memmap(folder / f"{part}.images", np.uint8, "r", shape=shape)
        labels[part] = np.fromfile(folder / f"{part}.labels", np.int64)
    return StoredSet(header, images, labels)


def _is_intact(folder: Path, part: Part, stored: StoredPart) -> bool:
    expected = {"images": stored.images_sha256, "labels": stored.labels_sha256}
    for kind, sha256 in expected.items():
        try:
            with (folder / f"{part}.{kind}").open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
                    return False
        except OSError:
            return False
    return True
