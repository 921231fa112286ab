"""Pictures that come twice: in two parts of a data set, or in two classes."""

import hashlib
from collections.abc import Iterator, Mapping

import numpy as np

from resnet_core.data.source import PARTS, Part

_WORDS: dict[Part, str] = {"train": "training", "validation": "validation", "test": "test"}


def say_repeats(
    images: Mapping[Part, np.ndarray], labels: Mapping[Part, np.ndarray]
) -> Iterator[str]:
    """Says how many pictures of a part were learned from, and how many have two classes.

    Args:
        images: (N, H, W, C) uint8 of each part; equal are those of equal pixels.
        labels: (N,) int64 of each part.
    """
    seen: dict[bytes, set[int]] = {}
    learned: set[bytes] = set()
    for part in PARTS:
        hashes = [_hash(image) for image in images.get(part, ())]
        again = sum(each in learned for each in hashes)
        if again:
            are = "picture is one" if again == 1 else "pictures are some"
            yield (
                f"{again:,} {_WORDS[part]} {are} of the training pictures, pixel by pixel: "
                "how often a net is right on them says nothing of new ones."
            )
        if part == "train":
            learned.update(hashes)
        for each, label in zip(hashes, labels.get(part, ()), strict=True):
            seen.setdefault(each, set()).add(int(label))
    torn = sum(len(different) > 1 for different in seen.values())
    if torn:
        have = "picture has" if torn == 1 else "pictures have"
        yield f"{torn:,} {have} more than one class: nobody can be right on all copies of them."


def count_repeats(images: np.ndarray, learned: np.ndarray) -> int:
    """Counts the pictures that are, pixel by pixel, among others, (N, H, W, C) uint8 each."""
    known = set(map(_hash, learned))
    return sum(_hash(image) in known for image in images)


def _hash(image: np.ndarray) -> bytes:
    return hashlib.blake2b(np.ascontiguousarray(image).tobytes(), digest_size=16).digest()
