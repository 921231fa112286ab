"""Decodes a source into the cache: streamed in chunks, hashed on the way, renamed at the end."""

import contextlib
import dataclasses
import errno
import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from resnet_core.atomic import storage_errors
from resnet_core.config import NEWEST_RESIZING, Resizing
from resnet_core.data.cache import FORMAT, Header, StoredPart, StoredSet, cache_path, open_maps
from resnet_core.data.files import sweep_stale, write_durably
from resnet_core.data.source import Chunk, Part, PicturePlan, PlanChangedError, Source
from resnet_core.errors import DataError
from resnet_core.progress import Progress

MAX_LISTED_SKIPS = 100
"""Refused pictures that are listed one by one; all are counted."""

_MOVES = 20


def build_cache(
    source: Source,
    size_px: int | None,
    progress: Progress,
    resizing: Resizing = NEWEST_RESIZING,
) -> StoredSet:
    """Decodes a source into the cache, in place of what was there.

    Raises:
        DiskFullError: if no space is left; nothing half-written is.
        StorageError: if the folder cannot be written.
        DataError: if a part of the source holds no usable picture.
    """
    target = cache_path(source, size_px)
    with storage_errors(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
    sweep_stale(target.parent)
    plan = PicturePlan(size_px=size_px, resizing=resizing)
    while True:
        try:
            return _write(source, plan, target, progress)
        except PlanChangedError as change:
            plan = change.plan


def _write(source: Source, plan: PicturePlan, target: Path, progress: Progress) -> StoredSet:
    folder = target.parent / f"{target.name}.{os.getpid()}-{uuid.uuid4().hex[:8]}.tmp"
    try:
        with storage_errors(target):
            folder.mkdir()
        tally = _Tally(source.parts[0])
        for part in source.parts:
            tally.parts[part] = _write_part(
                folder, part, source.read_chunks(part, plan, progress), tally
            )
        tally.check(source)
        header = tally.header(source, 0 if _keeps_own_size(plan) else plan.resizing)
        text = json.dumps(dataclasses.asdict(header), indent=2)
        with storage_errors(target):
            write_durably(folder / "header.json", text.encode())
            stored = open_maps(folder, header)  # stays valid whatever becomes of the folder
            _move_into_place(folder, target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return stored


def _keeps_own_size(plan: PicturePlan) -> bool:
    """Whether no picture was resized: sources without a plan of size give what they hold."""
    return plan.size_px is None or plan.own_size


def _write_part(folder: Path, part: Part, chunks: Iterator[Chunk], tally: "_Tally") -> StoredPart:
    images_hash, labels_hash, count = hashlib.sha256(), hashlib.sha256(), 0
    images_path, labels_path = folder / f"{part}.images", folder / f"{part}.labels"
    with storage_errors(images_path):
        images_path.touch()
        labels_path.touch()
    for chunk in chunks:
        pixels, labels = chunk.images.tobytes(), chunk.labels.astype("<i8").tobytes()
        with storage_errors(images_path):
            _append(images_path, pixels)
            _append(labels_path, labels)
        images_hash.update(pixels)
        labels_hash.update(labels)
        tally.add(part, chunk)
        count += len(chunk.labels)
    with storage_errors(images_path):
        for path in (images_path, labels_path):
            with path.open("rb+") as file:
                os.fsync(file.fileno())
    if count == 0:
        raise DataError(f"No usable picture was found for the {part} split.")
    return StoredPart(
        count=count, images_sha256=images_hash.hexdigest(), labels_sha256=labels_hash.hexdigest()
    )


def _append(path: Path, content: bytes) -> None:
    with path.open("ab") as file:
        file.write(content)


def _move_into_place(folder: Path, target: Path) -> None:
    """Renames a finished folder; another process may be doing the same at this moment."""
    old = folder.with_name(f"{folder.stem}-old.tmp")
    for _ in range(_MOVES):
        with contextlib.suppress(FileNotFoundError):
            target.replace(old)
            shutil.rmtree(old, ignore_errors=True)
        try:
            folder.replace(target)
        except OSError as exc:
            if exc.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
        else:
            return
    raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))


class _Tally:
    """Counts what a header states while the pixels stream past."""

    def __init__(self, measured: Part) -> None:
        self.measured = measured  # the training part, but for a set that only measures
        self.parts: dict[Part, StoredPart] = {}
        self.histogram = np.zeros((0, 256), np.int64)
        self.shape = (0, 0)
        self.labels: set[int] = set()
        self.skipped: list[tuple[str, str]] = []
        self.num_skipped = 0

    def add(self, part: Part, chunk: Chunk) -> None:
        self.num_skipped += len(chunk.skipped)
        self.skipped.extend(chunk.skipped[: MAX_LISTED_SKIPS - len(self.skipped)])
        if part == self.measured and len(chunk.labels):
            channels = np.moveaxis(chunk.images, 3, 0).reshape(chunk.images.shape[3], -1)
            counts = np.stack([np.bincount(values, minlength=256) for values in channels])
            self.shape = (chunk.images.shape[1], chunk.images.shape[3])
            self.histogram = counts if not self.histogram.size else self.histogram + counts
            self.labels.update(np.unique(chunk.labels).tolist())

    def check(self, source: Source) -> None:
        if len(self.labels) < 2:
            names = ", ".join(source.class_names[label] for label in self.labels)
            kind = "training" if self.measured == "train" else self.measured
            raise DataError(
                f"{source.title} has usable {kind} pictures of only one class, '{names}': at "
                "least two are needed."
            )

    def header(self, source: Source, resizing: int) -> Header:
        levels = np.arange(256) / 255
        weights = self.histogram / self.histogram.sum(axis=1, keepdims=True)
        mean = weights @ levels
        variance = (weights * (levels - mean[:, None]) ** 2).sum(axis=1)
        std = np.maximum(np.sqrt(variance), 1 / 255)  # a set of one colour must not divide by zero
        return Header(
            format=FORMAT,
            name=source.name,
            title=source.title,
            class_names=source.class_names,
            image_size_px=self.shape[0],
            channels=self.shape[1],
            mean=tuple(mean.tolist()),
            std=tuple(std.tolist()),
            parts=self.parts,
            origin=source.origin,
            provenance=source.provenance,
            skipped=tuple(self.skipped),
            num_skipped=self.num_skipped,
            resizing=resizing,
        )
