"""Many pictures: decoded by several threads while the net works on the batch before."""

import os
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from itertools import islice

from resnet_core.asking import AskedNet, Outcome, Refusal, Seen
from resnet_core.devices import answers_in_parts
from resnet_core.errors import PictureError
from resnet_core.inference.sources import PictureSource
from resnet_core.pictures.picture import Fit

_PIXELS_IN_BATCH = 1_600_000
_MOST_IN_BATCH = 32
"""On a CPU the maps of so many pictures stay in its cache; a GPU waits for decoding anyway."""
_FIRST_BATCH = 2
_MOST_THREADS = 8


def classify_many(
    net: AskedNet,
    sources: Iterable[PictureSource | Refusal],
    *,
    fit: Fit = "crop",
    num_threads: int | None = None,
) -> Generator[Outcome, None, None]:
    """Classifies pictures in order; a bad one gives a `Refusal` and spoils none of the others.

    The first batch is small, so that something can be shown early.  Closing the iterator stops
    the work after the pictures that are being decoded.

    Args:
        net: the net.
        sources: read lazily, about two batches ahead.
        fit: how pictures become square.
        num_threads: threads that decode; all cores by default.

    Raises:
        OutOfMemoryError: when the device is too small for a single picture.
    """
    threads = num_threads or min(_MOST_THREADS, os.cpu_count() or 1)
    largest = _batch_size(net.card.image_size_px)
    with (
        ThreadPoolExecutor(threads, thread_name_prefix="decode") as pool,
        # Closed before the pool is, which would else decode all that waits.
        closing(_decode_ahead(net, sources, fit, (pool, largest + 2 * threads))) as decoded,
    ):
        size = min(_FIRST_BATCH, largest)
        while batch := list(islice(decoded, size)):
            yield from _answer_batch(net, batch)
            size = min(4 * size, largest)


def _batch_size(side_px: int) -> int:
    return max(1, min(_MOST_IN_BATCH, _PIXELS_IN_BATCH // side_px**2))


def _decode_ahead(
    net: AskedNet,
    sources: Iterable[PictureSource | Refusal],
    fit: Fit,
    pool_and_depth: tuple[ThreadPoolExecutor, int],
) -> Generator[Seen | Refusal, None, None]:
    pool, depth = pool_and_depth
    waiting: deque[Future[Seen | Refusal]] = deque()
    try:
        for source in sources:
            waiting.append(pool.submit(_decode, net, source, fit))
            if len(waiting) >= depth:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()


def _decode(net: AskedNet, source: PictureSource | Refusal, fit: Fit) -> Seen | Refusal:
    if isinstance(source, Refusal):
        return source
    try:
        return net.see(source.content, name=source.name, fit=fit)
    except PictureError as exc:
        return Refusal(source.name, str(exc))


def _answer_batch(net: AskedNet, batch: list[Seen | Refusal]) -> Iterator[Outcome]:
    pictures = [entry for entry in batch if not isinstance(entry, Refusal)]
    answers = iter(answers_in_parts(pictures, net.answer_all) if pictures else [])
    for entry in batch:
        yield entry if isinstance(entry, Refusal) else next(answers)
