"""Names that mean a part of a data set, however they are written: `seg_train`, `testSet`, `dev`."""

import re
from collections.abc import Callable, Collection
from typing import Literal

from resnet_core.data.source import Part

PART_NAMES: dict[str, Part] = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "test": "test",
    "testing": "test",
}
"""Folder and file names, in small letters, that mean a part and nothing else."""

SplitKind = Part | Literal["unlabelled"]
"""A part, or pictures whose labels nobody gives."""

_SPLIT_WORDS: dict[str, SplitKind] = {
    **PART_NAMES,
    "trainset": "train",
    "valset": "validation",
    "dev": "validation",
    "testset": "test",
    "evaluation": "test",
    "eval": "test",
    "holdout": "test",
    "pred": "unlabelled",
    "predict": "unlabelled",
    "prediction": "unlabelled",
    "unlabeled": "unlabelled",
    "unlabelled": "unlabelled",
}
_FILLERS = {
    "set",
    "split",
    "seg",
    "segmented",
    "image",
    "images",
    "img",
    "imgs",
    "picture",
    "pictures",
    "pic",
    "pics",
    "photo",
    "photos",
    "jpg",
    "jpeg",
    "png",
    "data",
    "dataset",
    "folder",
    "folders",
    "file",
    "files",
    "full",
    "raw",
    "final",
    "new",
    "cropped",
    "resized",
}
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def split_kind(name: str) -> SplitKind | None:
    """Says what a folder's name means as a split; `None` where it says anything else as well."""
    found = _kinds(name)
    rest = [word for word in _words(name) if word not in _SPLIT_WORDS and word not in _FILLERS]
    return found.pop() if len(found) == 1 and not rest else None


def split_kinds(names: Collection[str]) -> dict[str, SplitKind]:
    """Says which of some folders beside each other are splits, and what they mean.

    A word that all of them share says nothing: `pets_train` and `pets_test` are splits.
    """
    found = _told(names, split_kind)
    mentioned = _told(names, mentioned_part)
    rests = {tuple(word for word in _words(name) if word not in _SPLIT_WORDS) for name in names}
    are_alike = len(mentioned) == len(names) > 1 and len(rests) == 1
    return mentioned if are_alike and not found else found


def split_and_class(name: str) -> tuple[SplitKind, str] | None:
    """Takes a name such as `train_cats` or `testA` to a part and what else it says."""
    kind = mentioned_part(name)
    match = next((m for m in _WORD.finditer(name) if m[0].lower() in _SPLIT_WORDS), None)
    if kind in (None, "unlabelled") or match is None:
        return None
    rest = f"{name[: match.start()]}{name[match.end() :]}".strip(" ._-")
    is_class = any(word not in _FILLERS for word in _words(rest))
    return (kind, rest) if rest and is_class else None


def mentions_split(name: str) -> bool:
    """Whether a name has a split's word among others, as `test-multiple_fruits` does."""
    return any(word in _SPLIT_WORDS for word in _words(name))


def mentioned_part(name: str) -> SplitKind | None:
    """The one split that a name mentions among other words, as `trainLabels` does."""
    found = _kinds(name)
    return found.pop() if len(found) == 1 else None


def _told(names: Collection[str], tell: Callable[[str], SplitKind | None]) -> dict[str, SplitKind]:
    return {name: kind for name in names if (kind := tell(name)) is not None}


def _kinds(name: str) -> set[SplitKind]:
    return {_SPLIT_WORDS[word] for word in _words(name) if word in _SPLIT_WORDS}


def _words(name: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(name)]
