"""Encoded pictures of any size into chunks of one shape, on all cores, bad ones named and skipped.

The shape is settled on the way: the first good picture proposes its own, and a picture that does
not fit it raises `PlanChangedError` with the shape that fits both.  So the result does not depend
on the order: the common size where all share one, else `MIXED_SIZE_PX`, and one channel exactly
where every picture is gray.
"""

import functools
import itertools
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from resnet_core.config import FIRST_RESIZING
from resnet_core.data.source import Chunk, PicturePlan, PlanChangedError
from resnet_core.errors import PictureError
from resnet_core.pictures.door import decode_picture, decode_whole, fit_picture
from resnet_core.pictures.fitting import Square, fit_to_square
from resnet_core.progress import Progress

MIXED_SIZE_PX = 64
"""Size of pictures that come in several sizes, are not square, or exceed `MAX_OWN_SIZE_PX`."""
MAX_OWN_SIZE_PX = 256
"""Largest size that square pictures of one size keep unless a config asks for another."""

_CHUNK = 512
_MAX_THREADS = 8  # a picture of 50 megapixels costs some 600 MB while it is decoded
_FIRST_DECODE_FACTOR = (
    4  # long side of a decoded picture in sizes: keeps the short side of a 4:1 sharp
)


@dataclass(frozen=True)
class EncodedPicture:
    """A picture before it is decoded."""

    name: str
    """What messages call it."""
    source: bytes | Path
    """Its file's content, or where that is."""
    label: int
    """Its class."""
    problem: str | None = None
    """Why it cannot be used, where that is known already."""


@dataclass(frozen=True)
class _Decoded:
    pixels: np.ndarray  # (size, size, 3) uint8
    own_size_px: tuple[int, int]
    gray: bool


def decode_chunks(
    pictures: Iterable[EncodedPicture], total: int, plan: PicturePlan, progress: Progress
) -> Iterator[Chunk]:
    """Decodes pictures in order.

    Args:
        pictures: the encoded pictures, read as they are needed.
        total: how many there are, for the progress.
        plan: the shape so far.
        progress: told after each chunk.

    Raises:
        PlanChangedError: if the pictures need another shape: start again with that.
    """
    stream, done = iter(pictures), 0
    with ThreadPoolExecutor(min(os.cpu_count() or 1, _MAX_THREADS)) as pool:
        while batch := list(itertools.islice(stream, _CHUNK)):
            results = list(pool.map(functools.partial(_decode, plan=plan), batch))
            yield _as_chunk(batch, results, plan)
            done += len(batch)
            progress(f"Decoding pictures: {done:,} of {total:,}", done / max(total, 1))


def _decode(picture: EncodedPicture, plan: PicturePlan) -> _Decoded | str:
    """Decodes one picture to the plan's size, or says what is wrong with it."""
    if picture.problem:
        return picture.problem
    size_px = plan.size_px or MAX_OWN_SIZE_PX
    decode = _decode_as_first if plan.resizing == FIRST_RESIZING else _decode_as_newest
    try:
        return decode(picture, size_px)
    except PictureError as exc:
        return str(exc)


def _decode_as_newest(picture: EncodedPicture, size_px: int) -> _Decoded:
    whole = decode_whole(picture.source, name=picture.name, short_px=size_px)
    fitted = fit_to_square(whole, Square(size_px=size_px))
    return _Decoded(fitted, whole.original_size_px, _is_gray(np.asarray(whole.image)))


def _decode_as_first(picture: EncodedPicture, size_px: int) -> _Decoded:
    """What sets were made with before version 2, kept so that their figures stay what they were."""
    longest = _FIRST_DECODE_FACTOR * size_px
    decoded = decode_picture(picture.source, name=picture.name, longest_px=longest)
    is_gray = _is_gray(decoded.pixels)
    if decoded.pixels.shape[:2] == (size_px, size_px):
        return _Decoded(decoded.pixels, decoded.original_size_px, is_gray)
    return _Decoded(fit_picture(decoded.pixels, size_px), decoded.original_size_px, is_gray)


def _is_gray(pixels: np.ndarray) -> bool:
    red, green, blue = pixels[..., 0], pixels[..., 1], pixels[..., 2]
    return np.array_equal(red, green) and np.array_equal(green, blue)


def _as_chunk(
    batch: list[EncodedPicture], results: list[_Decoded | str], plan: PicturePlan
) -> Chunk:
    good = [result for result in results if isinstance(result, _Decoded)]
    for result in good:
        needed = _adapt(plan, result)
        if needed != plan:
            raise PlanChangedError(needed)
    labels = [
        picture.label
        for picture, result in zip(batch, results, strict=True)
        if isinstance(result, _Decoded)
    ]
    skipped = [
        (picture.name, result)
        for picture, result in zip(batch, results, strict=True)
        if isinstance(result, str)
    ]
    shape = (len(good), plan.size_px or 0, plan.size_px or 0, plan.channels or 0)
    images = np.empty(shape, np.uint8)
    for number, result in enumerate(good):
        images[number] = result.pixels[:, :, : plan.channels]
    return Chunk(images, np.array(labels, np.int64), tuple(skipped))


def _adapt(plan: PicturePlan, decoded: _Decoded) -> PicturePlan:
    """Gives the plan that fits this picture too; the same plan where it fits already."""
    width, height = decoded.own_size_px
    square = width == height and width <= MAX_OWN_SIZE_PX
    if plan.size_px is None:
        plan = replace(plan, size_px=width if square else MIXED_SIZE_PX, own_size=square)
    elif plan.own_size and (width, height) != (plan.size_px, plan.size_px):
        plan = replace(plan, size_px=MIXED_SIZE_PX, own_size=False)
    if plan.channels is None:
        plan = replace(plan, channels=1 if decoded.gray else 3)
    elif plan.channels == 1 and not decoded.gray:
        plan = replace(plan, channels=3)
    return plan
