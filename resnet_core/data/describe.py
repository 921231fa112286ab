"""What the lab makes of a data set: its classes, its parts, and what it leaves out."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from resnet_core.config import DataConfig
from resnet_core.data.cache import read_cache
from resnet_core.data.cache_writer import build_cache
from resnet_core.data.catalogue import find_source, list_sources
from resnet_core.data.repeats import say_repeats
from resnet_core.data.source import LabelCounts, LeftOut, Part, Source, name_damaged
from resnet_core.data.splits import TEST_SHARE
from resnet_core.errors import DataMissingError
from resnet_core.progress import Progress, ignore_progress
from resnet_core.shares import percent


@dataclass(frozen=True, kw_only=True)
class DataReport:
    """A data set as it lies on the disk, before any split is drawn."""

    title: str
    """What pages call it."""
    layout: str
    """How it lies on the disk, in words."""
    classes: tuple[str, ...]
    """Names in label order."""
    splits: dict[Part, dict[str, int]]
    """Pictures of each class in each part that the set brings."""
    ignored: tuple[LeftOut, ...]
    """What was left out, and why."""
    notes: tuple[str, ...]
    """What a person might have meant otherwise, or expect, a sentence each."""


def describe_data(
    name: str, *, is_quick: bool = False, progress: Progress = ignore_progress
) -> DataReport:
    """Reads a data set as training would, and says what it is.

    Every picture is decoded, once: training then finds it ready.

    Args:
        name: a folder, a file, or the name of a data set.
        is_quick: look at names and labels alone, so that damaged pictures still count.
        progress: told how far it is; it may cancel.

    Raises:
        DataMissingError: if it is not on this machine.
        DataError: if it is no data set.
        StorageError: if the decoded pictures cannot be written.
        CancelledError: if `progress` cancels.
    """
    for info in list_sources():
        if info.name == name and info.status != "ready":
            raise DataMissingError(
                f"{info.title} is not on this machine: it is downloaded when a training with it "
                "starts."
            )
    source = find_source(name)
    if is_quick and source.count_labels is not None:
        return report_source(source)
    config = DataConfig(source=name)
    stored = read_cache(source, config.image_size_px, config.resizing)
    if stored is None:
        stored = build_cache(source, config.image_size_px, progress, config.resizing)
    counts: dict[Part, tuple[int, ...]] = {
        part: tuple(np.bincount(labels, minlength=len(source.class_names)).tolist())
        for part, labels in stored.labels.items()
    }
    header = stored.header
    damaged = tuple(name_damaged(header.skipped, header.num_skipped))
    repeats = tuple(say_repeats(stored.images, stored.labels))
    return _report(source, counts, damaged, (*repeats, *_say_empty(source, counts)))


def report_source(source: Source) -> DataReport:
    """Says what a source is by names and labels alone; damaged pictures still count.

    Raises:
        DataError: if a file of labels is damaged.
    """
    return _report(source, source.count_labels() if source.count_labels else {}, ())


def _report(
    source: Source,
    counts: LabelCounts,
    damaged: tuple[LeftOut, ...],
    found: tuple[str, ...] = (),
) -> DataReport:
    return DataReport(
        title=source.title,
        layout=source.layout or "a set of the lab's own",
        classes=source.class_names,
        splits={part: _by_class(source, counts.get(part, ())) for part in source.parts},
        ignored=(*source.left_out, *damaged),
        notes=(*source.notes, *found, *_say_splits(source.parts)),
    )


def _say_empty(source: Source, counts: LabelCounts) -> Iterator[str]:
    """Says which classes have nothing to learn from, as all their pictures are damaged."""
    learned = counts.get("train", ())
    empty = [name for name, count in zip(source.class_names, learned, strict=False) if not count]
    if empty:
        shown = ", ".join(f"'{name}'" for name in empty[:3])
        yield f"No training picture of {shown} can be read: no net learns that class."


def _by_class(source: Source, counts: tuple[int, ...]) -> dict[str, int]:
    found: dict[str, int] = {}
    for name, count in zip(source.class_names, counts, strict=False):
        found[name] = found.get(name, 0) + count  # two names may look alike once they are plain
    return found


def _say_splits(parts: tuple[Part, ...]) -> Iterator[str]:
    if "train" not in parts:
        yield "There is no training folder: nets can be measured on these pictures, not trained."
        return
    if "test" not in parts:
        yield f"No test folder: {percent(TEST_SHARE, 0)} of the pictures of each class become one."
    if "validation" not in parts:
        share = percent(DataConfig().validation_share, 0)
        yield f"No validation folder: {share} of the training pictures are held out for it."
