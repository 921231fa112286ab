"""Many pictures: decoded by several threads while the net works on the batch before."""

import os
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from itertools import islice

import numpy as np

from resnet_core.data.pictures import Fit, Picture, decode_picture
from resnet_core.errors import PictureError
from resnet_core.inference.answers import Outcome, Refusal
from resnet_core.inference.classifier import Classifier, answer_pictures, fit_for
from resnet_core.inference.sources import PictureSource

_PIXELS_IN_BATCH = 1_600_000
_MOST_IN_BATCH = 32
"""On a CPU the maps of so many pictures stay in its cache; a GPU waits for decoding anyway."""
_FIRST_BATCH = 2
_MOST_THREADS = 8

Fitted = tuple[Picture, np.ndarray]


def classify_many(
    classifier: Classifier,
    sources: Iterable[PictureSource | Refusal],
    *,
    fit: Fit = "crop",
    num_threads: int | None = None,
) -> Generator[Outcome, None, None]:
    """Classifies pictures in order; a bad one gives a `Refusal` and spoils none of the others.

    The first batch is small, so that something can be shown early.  Closing the iterator stops
    the work after the pictures that are being decoded.

    Args:
        classifier: the net.
        sources: read lazily, about two batches ahead.
        fit: how pictures become square.
        num_threads: threads that decode; all cores by default.

    Raises:
        OutOfMemoryError: when the device is too small for a batch.
    """
    threads = num_threads or min(_MOST_THREADS, os.cpu_count() or 1)
    largest = _batch_size(classifier.card.image_size_px)
    with ThreadPoolExecutor(threads, thread_name_prefix="decode") as pool:
        decoded = _decode_ahead(classifier, sources, fit, (pool, largest + 2 * threads))
        size = min(_FIRST_BATCH, largest)
        while batch := list(islice(decoded, size)):
            yield from _answer_batch(classifier, batch)
            size = min(4 * size, largest)


def _batch_size(side_px: int) -> int:
    return max(1, min(_MOST_IN_BATCH, _PIXELS_IN_BATCH // side_px**2))


def _decode_ahead(
    classifier: Classifier,
    sources: Iterable[PictureSource | Refusal],
    fit: Fit,
    pool_and_depth: tuple[ThreadPoolExecutor, int],
) -> Iterator[Fitted | Refusal]:
    pool, depth = pool_and_depth
    waiting: deque[Future[Fitted | Refusal]] = deque()
    try:
        for source in sources:
            waiting.append(pool.submit(_decode, classifier, source, fit))
            if len(waiting) >= depth:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()


def _decode(classifier: Classifier, source: PictureSource | Refusal, fit: Fit) -> Fitted | Refusal:
    if isinstance(source, Refusal):
        return source
    try:
        picture = decode_picture(source.content, name=source.name, longest_px=classifier.longest_px)
    except PictureError as exc:
        return Refusal(source.name, str(exc))
    fitted = fit_for(classifier.card, picture, fit)
    return _without_pixels(picture), fitted


def _without_pixels(picture: Picture) -> Picture:
    """Keeps what is said of a picture and drops its pixels, which a waiting batch need not hold."""
    return replace(picture, pixels=picture.pixels[:1, :1].copy())


def _answer_batch(classifier: Classifier, batch: list[Fitted | Refusal]) -> Iterator[Outcome]:
    pictures = [entry for entry in batch if not isinstance(entry, Refusal)]
    answers = iter(answer_pictures(classifier, pictures) if pictures else [])
    for entry in batch:
        yield entry if isinstance(entry, Refusal) else next(answers)
