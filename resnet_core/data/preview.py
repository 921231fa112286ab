"""A few pictures of each class, and the size they will have, before a data set is decoded."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from resnet_core.config import DataConfig
from resnet_core.data.cache import cache_path, read_cache_header
from resnet_core.data.catalogue import find_source, list_sources
from resnet_core.data.source import Chunk, Few, PicturePlan, PlanChangedError, Source
from resnet_core.progress import Progress, ignore_progress

PREVIEW_PX = 64
"""Side of a picture of a preview, px; pictures that lie as arrays keep their own."""

_PEEKED_CLASSES = 20
_PEEKED_EACH = 2


@dataclass(frozen=True, eq=False)
class ClassPreview:
    """Some pictures of a class."""

    name: str
    pictures: tuple[np.ndarray, ...]
    """(H, W, 3) uint8 each."""


def preview_classes(
    name: str, labels: Sequence[int], each: int, progress: Progress = ignore_progress
) -> tuple[ClassPreview, ...]:
    """Decodes the first pictures of some classes; damaged ones are passed over.

    Args:
        name: a folder or a file.
        labels: the classes.
        each: pictures of each class at most.
        progress: told how far it is; it may cancel.

    Raises:
        DataError: if it is no data set, or damaged.
        CancelledError: if `progress` cancels.
    """
    source = find_source(name)
    found: dict[int, list[np.ndarray]] = {label: [] for label in labels}
    few = Few(labels=frozenset(labels), each=each)
    for chunk in _read_few(source, few, PicturePlan(size_px=PREVIEW_PX, channels=3), progress):
        for pixels, label in zip(chunk.images, chunk.labels.tolist(), strict=True):
            colour = np.repeat(pixels, 3, axis=2) if pixels.shape[2] == 1 else pixels
            found[label].append(colour)
    return tuple(
        ClassPreview(source.class_names[label], tuple(pictures))
        for label, pictures in found.items()
    )


def foresee_size_px(config: DataConfig) -> int | None:
    """The side that a data set's pictures will have as far as its first ones tell, px.

    Raises:
        DataError: if it is no data set, or damaged.
    """
    if config.image_size_px is not None:
        return config.image_size_px
    for info in list_sources():
        if info.name == config.source:
            return info.image_size_px
    source = find_source(config.source)
    header = read_cache_header(cache_path(source, None))
    if header is not None and header.origin == source.origin:
        return header.image_size_px
    return _peek_size_px(source)


def _peek_size_px(source: Source) -> int | None:
    labels = frozenset(range(min(_PEEKED_CLASSES, len(source.class_names))))
    few, plan = Few(labels=labels, each=_PEEKED_EACH), PicturePlan()
    while True:
        try:
            chunks = list(_read_few(source, few, plan, ignore_progress))
        except PlanChangedError as change:
            plan = change.plan
        else:
            return chunks[0].images.shape[1] if chunks else None


def _read_few(source: Source, few: Few, plan: PicturePlan, progress: Progress) -> Iterator[Chunk]:
    if source.read_few is None:
        return iter(())
    return source.read_few(few, plan, progress)
