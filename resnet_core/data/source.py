"""The contract between what reads pictures (folders, archives, generators) and the cache."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from resnet_core.config import NEWEST_RESIZING, Resizing
from resnet_core.progress import Progress

Part = Literal["train", "validation", "test"]

PARTS: tuple[Part, ...] = ("train", "validation", "test")
"""The parts a source may come in, in the order in which they are stored and hashed."""


@dataclass(frozen=True)
class PicturePlan:
    """The one shape that all pictures of a set are brought to."""

    size_px: int | None = None
    """Side of the square, px; `None` takes the pictures' own."""
    own_size: bool = False
    """Whether the size was taken from the pictures, so that all must have it."""
    channels: int | None = None
    """1 or 3; `None` takes 1 if every picture is gray, else 3."""
    resizing: Resizing = NEWEST_RESIZING
    """Version of the resizing, as in `DataConfig`."""


class PlanChangedError(Exception):
    """A picture that does not fit the plan made so far: start again with the new plan."""

    def __init__(self, plan: PicturePlan) -> None:
        super().__init__(plan)
        self.plan = plan


@dataclass(frozen=True)
class Chunk:
    """Some decoded pictures of one part, in order."""

    images: np.ndarray
    """(n, H, W, C) uint8."""
    labels: np.ndarray
    """(n,) int64."""
    skipped: tuple[tuple[str, str], ...] = ()
    """File and reason of each picture that was refused."""


ChunkReader = Callable[[Part, PicturePlan, Progress], Iterator[Chunk]]


@dataclass(frozen=True, kw_only=True)
class Source:
    """A data set that can be read, before anything is decoded."""

    name: str
    """Short name: small letters, digits, hyphens."""
    key: str
    """What tells this source from every other, such as its absolute path."""
    origin: str
    """Fingerprint of the files behind it: another one means that they must be decoded again."""
    title: str
    """What pages call it."""
    class_names: tuple[str, ...]
    """Name of each label, in label order."""
    provenance: str
    """One sentence: where the pictures come from."""
    parts: tuple[Part, ...]
    """The parts it comes in; `train` always."""
    read_chunks: ChunkReader
    """Decodes a part, chunk by chunk."""


def source_name(name: str) -> str:
    """Makes a short name of small letters, digits and hyphens from any name."""
    kept = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in name)
    return kept.strip("-").lower()[:40] or "pictures"
