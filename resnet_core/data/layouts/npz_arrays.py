"""An npz file of arrays, given by itself or in a folder of its own."""

import functools
from pathlib import Path

import numpy as np

from resnet_core.data.layouts.given import Given, stamps
from resnet_core.data.layouts.selecting import count_chunks, few_of_chunks
from resnet_core.data.layouts.sorting import is_surely_picture, name_some
from resnet_core.data.npz import find_pairs, list_arrays, read_labels, read_npz_chunks
from resnet_core.data.source import PARTS, LeftOut, Part, Source
from resnet_core.errors import DataError
from resnet_core.pictures.names import plain_name

_MAX_VALUES = 10_000


def fits_npz(given: Given) -> bool:
    """Whether it is an npz file, or a folder with one and no pictures that are told by name.

    Raises:
        DataError: if it is a folder with several.
    """
    return _find(given) is not None


def npz_source(given: Given) -> Source:
    """Describes an npz file; reads its labels alone.

    Raises:
        ArchiveError: if it is damaged, or holds anything but numbers.
        DataError: if no arrays of pictures and labels are in it, or fewer than two classes.
    """
    path = _find(given)
    assert path is not None  # `fits_npz`
    names = list_arrays(path)
    pairs = find_pairs(names)
    if not pairs:
        listed = ", ".join(plain_name(name) for name in names[:8])
        raise DataError(
            f"'{plain_name(path.name)}' holds the arrays {listed}: name them x_train, y_train, "
            "x_test and y_test, or train_images, train_labels and so on."
        )
    found = np.unique(np.concatenate([read_labels(path, labels) for _, labels in pairs.values()]))
    values = tuple(value for value in found.tolist() if value >= 0)
    if not 2 <= len(values) <= _MAX_VALUES:
        raise DataError(
            f"'{plain_name(path.name)}' has {len(values):,} different labels: 2 to "
            f"{_MAX_VALUES:,} are needed."
        )
    parts: tuple[Part, ...] = tuple(part for part in PARTS if part in pairs)
    read = functools.partial(read_npz_chunks, path, pairs, values)
    used = {name for pair in pairs.values() for name in pair}
    rest = [name for name in names if name not in used]
    others = [LeftOut(what=plain_name(n), count=1, why="is no array of the set") for n in rest]
    return Source(
        name=given.name,
        key=given.key,
        origin="\n".join(stamps([path])),
        title=given.title,
        class_names=tuple(map(str, values)),
        provenance=f"Read from an npz file, '{plain_name(path.name)}'.",
        parts=parts,
        read_chunks=read,
        layout="arrays in an npz file",
        left_out=(*others, *(given.beside([path]) if given.is_folder else ())),
        count_labels=functools.partial(count_chunks, read, parts, len(values)),
        read_few=functools.partial(few_of_chunks, read, parts[0]),
    )


def _find(given: Given) -> Path | None:
    if not given.is_folder:
        return given.path if given.kind == "npz" else None
    files = [path for path in given.tree.files if path.lower().endswith(".npz")]
    if not files or any(map(is_surely_picture, given.tree.files)):
        return None
    if len(files) > 1:
        raise DataError(
            f"'{given.title}' holds {len(files):,} npz files ({name_some(files)}): give one of "
            "them."
        )
    return given.path / files[0]
