"""The contract between what reads pictures (folders, archives, generators) and the cache."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from resnet_core.config import NEWEST_RESIZING, Resizing
from resnet_core.pictures.names import plain_name
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


_NAMED = 3

ChunkReader = Callable[[Part, PicturePlan, Progress], Iterator[Chunk]]
LabelCounts = Mapping[Part, tuple[int, ...]]
"""Pictures of each class, in label order, in each part."""


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """What a data set's folder or file holds beside its pictures."""

    what: str
    """Name of the folder or file, or of several."""
    count: int
    """Files, or rows of a table."""
    why: str
    """Why it is no picture of the set, after "because it ..."."""


def name_damaged(skipped: Sequence[tuple[str, str]], num_skipped: int) -> Iterator[LeftOut]:
    """Names pictures that were refused, those of one reason together.

    Args:
        skipped: file and reason of the first of them.
        num_skipped: all of them.
    """
    files: dict[str, list[str]] = {}
    for file, reason in skipped:
        name = plain_name(file)
        files.setdefault(reason.removeprefix(f"'{name}' ").removesuffix("."), []).append(name)
    for why, names in files.items():
        more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
        yield LeftOut(what=f"{', '.join(names[:_NAMED])}{more}", count=len(names), why=why)
    if num_skipped > len(skipped):
        rest = num_skipped - len(skipped)
        yield LeftOut(what="further pictures", count=rest, why="cannot be read")


@dataclass(frozen=True, kw_only=True)
class Few:
    """Some pictures of some classes, for a person to look at."""

    labels: frozenset[int]
    """The classes."""
    each: int
    """Pictures of each class at most."""


FewReader = Callable[[Few, PicturePlan, Progress], Iterator[Chunk]]


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
    """The parts it comes in; one without `train` is for measuring alone."""
    read_chunks: ChunkReader
    """Decodes a part, chunk by chunk."""
    layout: str = ""
    """How it lies on the disk, in words."""
    left_out: tuple[LeftOut, ...] = ()
    """What lies beside its pictures."""
    notes: tuple[str, ...] = ()
    """What a person might have meant otherwise, a sentence each."""
    count_labels: Callable[[], LabelCounts] | None = None
    """Counts the pictures of each class without decoding any; `None` where that is not known."""
    read_few: FewReader | None = None
    """Decodes some pictures of some classes from the first part; `None` reads that part."""


def source_name(name: str) -> str:
    """Makes a short name of small letters, digits and hyphens from any name."""
    kept = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in name)
    return kept.strip("-").lower()[:40] or "pictures"
