"""SVHN and sets that are made like it: files of MATLAB with pictures `X` and labels `y`."""

import functools
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from resnet_core.data.decoding import MIXED_SIZE_PX
from resnet_core.data.layouts.given import Given, stamps
from resnet_core.data.layouts.selecting import count_chunks, few_of_chunks
from resnet_core.data.matlab import read_matlab
from resnet_core.data.source import PARTS, Chunk, Part, PicturePlan, Source
from resnet_core.errors import DataError
from resnet_core.pictures.names import plain_name
from resnet_core.pictures.resizing import resize_images
from resnet_core.progress import Progress

_FILE = re.compile(r"(?P<part>train|test)_\d+x\d+\.mat", re.I)
_MOST_CLASSES = 1000
_CHUNK = 2000
_TEN = 10
"""What SVHN calls the digit 0."""


def fits_matlab(given: Given) -> bool:
    """Whether it is a file of MATLAB, or holds `train_32x32.mat` or `test_32x32.mat`."""
    return given.kind == "mat" or (given.is_folder and bool(_find(given)))


def matlab_source(given: Given) -> Source:
    """Describes SVHN's files; reads them, as labels stand behind pictures.

    Raises:
        ArchiveError: if one is damaged.
        DataError: if one holds no pictures with labels, or fewer than two classes.
    """
    files = _find(given)
    parts: tuple[Part, ...] = tuple(part for part in PARTS if part in files)
    found = np.unique(np.concatenate([_read_pair(files[part])[1] for part in parts])).tolist()
    if not 2 <= len(found) <= _MOST_CLASSES:
        raise DataError(
            f"'{given.title}' has {len(found):,} different labels: 2 to {_MOST_CLASSES:,} are "
            "needed."
        )
    if set(found) <= set(range(1, _TEN + 1)) and _TEN in found and _is_svhn(files):
        values, names = [_TEN, *range(1, _TEN)], [str(digit) for digit in range(_TEN)]
    else:
        values, names = found, list(map(str, found))
    read = functools.partial(_read, files, values)
    used = [files[part] for part in parts]
    return Source(
        name=given.name,
        key=given.key,
        origin="\n".join(stamps(used)),
        title=given.title,
        class_names=tuple(names),
        provenance=f"Read from files of MATLAB, '{given.title}'.",
        parts=parts,
        read_chunks=read,
        layout="files of MATLAB",
        left_out=given.beside(used) if given.is_folder else (),
        count_labels=functools.partial(count_chunks, read, parts, len(values)),
        read_few=functools.partial(few_of_chunks, read, parts[0]),
    )


def _find(given: Given) -> dict[Part, Path]:
    if not given.is_folder:
        return {"train": given.path}
    found: dict[Part, Path] = {}
    for path in sorted(given.tree.files):
        match = _FILE.fullmatch(path.rpartition("/")[2])
        if match:
            part: Part = "train" if match["part"].lower() == "train" else "test"
            if part in found:
                raise DataError(
                    f"'{given.title}' holds several sets in files of MATLAB: give the folder of "
                    "one."
                )
            found[part] = given.path / path
    return found


def _is_svhn(files: dict[Part, Path]) -> bool:
    return all(re.fullmatch(r"(train|test|extra)_32x32\.mat", p.name) for p in files.values())


def _read_pair(path: Path) -> tuple[np.ndarray, np.ndarray]:
    state = path.stat()
    return _pair_of(path, (state.st_size, state.st_mtime_ns))


@functools.lru_cache(maxsize=2)  # the labels are asked for before the pictures
def _pair_of(path: Path, _stamp: object) -> tuple[np.ndarray, np.ndarray]:
    """Pictures (N, H, W, C) uint8, and labels (N,) int64."""
    arrays, shown = read_matlab(path), plain_name(path.name)
    images, labels = arrays.get("X"), arrays.get("y")
    if images is None or labels is None or images.ndim != 4 or images.shape[2] not in (1, 3):
        listed = ", ".join(plain_name(name) for name in list(arrays)[:8]) or "none"
        raise DataError(
            f"'{shown}' holds no pictures X (height x width x colours x pictures) with labels y "
            f"(its arrays: {listed}): save its pictures and labels as arrays in an npz file "
            "(x_train, y_train)."
        )
    labels = labels.reshape(-1)
    if images.dtype != np.uint8 or len(labels) != images.shape[3]:
        raise DataError(
            f"'{shown}' has {images.shape[3]:,} pictures of the kind {images.dtype} and "
            f"{len(labels):,} labels: as many of both are needed, and pictures as uint8."
        )
    if not np.all(labels == np.round(labels)):
        raise DataError(f"'{shown}' has labels that are no whole numbers.")
    return images.transpose(3, 0, 1, 2), labels.astype(np.int64)


def _read(
    files: dict[Part, Path], values: list[int], part: Part, plan: PicturePlan, progress: Progress
) -> Iterator[Chunk]:
    images, labels = _read_pair(files[part])
    is_square = images.shape[1] == images.shape[2]
    size_px = plan.size_px or (None if is_square else MIXED_SIZE_PX)
    order = np.argsort(values)
    places = order[np.searchsorted(np.asarray(values)[order], labels)]
    for start in range(0, len(labels), _CHUNK):
        chunk = np.ascontiguousarray(images[start : start + _CHUNK])
        yield Chunk(resize_images(chunk, size_px), places[start : start + _CHUNK])
        progress(f"Reading {files[part].name}", min(1.0, (start + _CHUNK) / len(labels)))
