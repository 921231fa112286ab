"""Arrays of pictures: an npz file, or npy files beside each other, in a folder or an archive."""

import functools
from pathlib import Path

import numpy as np

from resnet_core.data.archives import is_cruft
from resnet_core.data.array_places import ArrayPlace, is_array
from resnet_core.data.layouts.given import Given, stamps
from resnet_core.data.layouts.selecting import count_chunks, few_of_chunks
from resnet_core.data.layouts.sorting import is_surely_picture, name_some
from resnet_core.data.npz import (
    Label,
    find_pairs,
    read_labels,
    read_naming_array,
    read_npz_chunks,
)
from resnet_core.data.source import PARTS, LeftOut, Part, Source
from resnet_core.errors import DataError
from resnet_core.pictures.names import plain_name

_MAX_VALUES = 10_000


def fits_npz(given: Given) -> bool:
    """Whether it is an npz file, or holds one, or npy files whose names tell what they are.

    What holds pictures that are told by name is none of these.

    Raises:
        DataError: if it holds several npz files.
    """
    return _find(given) is not None


def npz_source(given: Given) -> Source:
    """Describes an npz file; reads its labels alone.

    Raises:
        ArchiveError: if it is damaged, or holds anything but numbers.
        DataError: if no arrays of pictures and labels are in it, or fewer than two classes.
    """
    place = _find(given)
    assert place is not None  # `fits_npz`
    names = place.names()
    pairs = find_pairs(names)
    if not pairs:
        listed = ", ".join(plain_name(name) for name in names[:8])
        raise DataError(
            f"'{place.title}' holds the arrays {listed}: name them x_train, y_train, "
            "x_test and y_test, or train_images, train_labels and so on."
        )
    values = _values([read_labels(place, labels) for _, labels in pairs.values()], place)
    naming, class_names = _class_names(place, names, values)
    if class_names:
        values = tuple(range(len(class_names)))
    if not 2 <= len(values) <= _MAX_VALUES:
        raise DataError(
            f"'{place.title}' has {len(values):,} different labels: 2 to "
            f"{_MAX_VALUES:,} are needed."
        )
    parts: tuple[Part, ...] = tuple(part for part in PARTS if part in pairs)
    read = functools.partial(read_npz_chunks, place, pairs, values)
    used = {naming, *(name for pair in pairs.values() for name in pair)}
    rest = [name for name in names if name not in used]
    others = [LeftOut(what=plain_name(n), count=1, why="is no array of the set") for n in rest]
    return Source(
        name=given.name,
        key=given.key,
        origin="\n".join(stamps(_read_from(place))),
        title=given.title,
        class_names=class_names or tuple(plain_name(str(value)) for value in values),
        provenance=f"Read from {_called(place)}, '{place.title}'.",
        parts=parts,
        read_chunks=read,
        layout=f"arrays in {_called(place)}",
        left_out=(*others, *_beside(given, place)),
        count_labels=functools.partial(count_chunks, read, parts, len(values)),
        read_few=functools.partial(few_of_chunks, read, parts[0]),
    )


def _values(labels: list[np.ndarray], place: ArrayPlace) -> tuple[Label, ...]:
    """What stands for a class, in order; nothing and numbers below zero are no label."""
    if len({each.dtype.kind == "U" for each in labels}) > 1:
        raise DataError(
            f"'{place.title}' has texts for labels in one part and numbers in another: use the "
            "same for all."
        )
    found = np.unique(np.concatenate(labels)).tolist()
    return tuple(value for value in found if (value if isinstance(value, str) else value >= 0))


def _class_names(
    place: ArrayPlace, names: list[str], values: tuple[Label, ...]
) -> tuple[str, tuple[str, ...]]:
    """The array that names the classes, and what it says, if each label has a name."""
    naming, said = read_naming_array(place, names)
    labels = [value for value in values if isinstance(value, int)]
    if not said or len(labels) < len(values) or max(labels, default=0) >= len(said):
        return "", ()
    return naming, tuple(map(plain_name, said))


def _find(given: Given) -> ArrayPlace | None:
    if given.kind == "npz":
        return ArrayPlace(given.path)
    tree = given.tree
    if any(map(is_surely_picture, tree.files)):
        return None
    packed = [path for path in tree.files if path.lower().endswith(".npz") and not is_cruft(path)]
    if len(packed) > 1:
        raise DataError(
            f"'{given.title}' holds {len(packed):,} npz files ({name_some(packed)}): give one of "
            "them."
        )
    if packed:
        is_folder = given.is_folder
        return (
            ArrayPlace(given.path / packed[0]) if is_folder else ArrayPlace(given.path, packed[0])
        )
    loose = tuple(path for path in tree.files if is_array(path) and not is_cruft(path))
    place = ArrayPlace(given.path, files=loose)
    return place if loose and find_pairs(place.names()) else None


def _called(place: ArrayPlace) -> str:
    return "npy files" if place.files else "an npz file"


def _read_from(place: ArrayPlace) -> list[Path]:
    is_loose = place.path.is_dir()
    return [place.path / file for file in place.files] if is_loose else [place.path]


def _beside(given: Given, place: ArrayPlace) -> tuple[LeftOut, ...]:
    """What else the folder or archive holds."""
    if given.kind == "npz":
        return ()
    held = place.files or ((place.inside,) if place.inside else (place.path,))
    return given.beside(held)
