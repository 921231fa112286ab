"""Arrays of pictures, as Keras and MedMNIST write them in npz files; no pickle is ever read.

Each array is judged by its header before its numbers are read, and only numbers are allowed.
"""

import contextlib
import functools
import math
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from typing import IO

import numpy as np

from resnet_core.data.array_places import LIMITS, ArrayPlace
from resnet_core.data.decoding import MIXED_SIZE_PX
from resnet_core.data.source import PARTS, Chunk, Part, PicturePlan
from resnet_core.errors import ArchiveError, DataError
from resnet_core.pictures.names import plain_name
from resnet_core.pictures.resizing import resize_images
from resnet_core.progress import Progress

_MAX_HEADER_BYTES = 10_000
_CHUNK = 5000
_PREFIXES: dict[Part, tuple[str, ...]] = {
    "train": ("train", "tr"),
    "validation": ("val", "valid", "validation"),
    "test": ("test", "te"),
}
_PICTURES, _LABELS = ("images", "x", "data", "image"), ("labels", "y", "label", "targets")

_CLASS_NAMES = ("class_names", "classes", "label_names", "names")

Label = int | str
"""What stands for a class in an array of labels."""
Pair = tuple[str, str]
"""Names of an array of pictures and of their labels."""


def find_pairs(names: list[str]) -> dict[Part, Pair]:
    """Finds the pictures and labels of each part by the names of the arrays.

    Known are `train_images` and `train_labels` (MedMNIST), `x_train` and `y_train` (Keras), and
    `images` and `labels` or `x` and `y` for a set without parts.
    """
    lowered = {name.lower(): name for name in names}
    found: dict[Part, Pair] = {}
    for part in PARTS:
        for prefix in _PREFIXES[part]:
            pair = _pair(lowered, (f"{prefix}_{{}}", f"{{}}_{prefix}", f"{prefix}{{}}"))
            if pair:
                found.setdefault(part, pair)
    alone = _pair(lowered, ("{}",))
    return found or ({"train": alone} if alone else {})


def read_labels(place: ArrayPlace, name: str) -> np.ndarray:
    """Reads an array of labels, (N,) int64 or texts; a 1 among zeros is the number of its column.

    Raises:
        ArchiveError: if it is damaged, or holds anything but numbers or texts.
        DataError: if it does not hold one text or whole number for each picture.
    """
    labels = _read_array(place, name)
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if _marks_one_column(labels):
        return labels.argmax(axis=1)
    if labels.ndim != 1:
        raise DataError(
            f"'{place.title}' has {math.prod(labels.shape[1:]):,} labels for each picture"
            f" in '{plain_name(name)}': one number for each is needed."
        )
    if labels.dtype.kind in "US":
        return _as_texts(labels)
    if labels.dtype.kind not in "iufb" or not np.all(labels == np.round(labels)):
        raise DataError(
            f"'{place.title}' has labels in '{plain_name(name)}' that are no whole "
            "numbers: use one whole number for each class."
        )
    return labels.astype(np.int64)


def read_naming_array(place: ArrayPlace, names: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Finds an array of texts that is called as names of classes are.

    Args:
        place: where the arrays lie.
        names: theirs.

    Returns:
        What it is called, and its texts in label order; nothing where there is none.

    Raises:
        ArchiveError: if it is damaged, or holds Python objects.
    """
    for name in names:
        if name.lower() in _CLASS_NAMES:
            array = _read_array(place, name)
            if array.dtype.kind in "US" and array.ndim == 1:
                return name, tuple(_as_texts(array).tolist())
    return "", ()


def read_npz_chunks(
    place: ArrayPlace,
    pairs: dict[Part, Pair],
    values: tuple[Label, ...],
    part: Part,
    plan: PicturePlan,
    progress: Progress,
) -> Iterator[Chunk]:
    """Reads a part; pictures with a label that is no class are named and left out.

    Raises:
        ArchiveError: if the file is damaged, or holds anything but numbers.
        DataError: if the arrays are no pictures with labels.
    """
    images = _as_pictures(_read_array(place, pairs[part][0]), place, pairs[part][0])
    labels = read_labels(place, pairs[part][1])
    if len(images) != len(labels):
        raise DataError(
            f"'{place.title}' has {len(images):,} pictures in '{pairs[part][0]}' and "
            f"{len(labels):,} labels in '{pairs[part][1]}': use arrays that belong together."
        )
    classes = np.asarray(values)
    places = np.searchsorted(classes, labels).clip(max=len(classes) - 1)
    known = classes[places] == labels
    is_square = images.shape[1] == images.shape[2]
    size_px = plan.size_px or (None if is_square else MIXED_SIZE_PX)
    for start in range(0, len(labels), _CHUNK):
        chosen = np.flatnonzero(known[start : start + _CHUNK]) + start
        lost = np.flatnonzero(~known[start : start + _CHUNK]) + start
        skipped = tuple(
            (f"{pairs[part][0]} {each:,}", "It has no label.") for each in lost.tolist()
        )
        yield Chunk(
            resize_images(images[chosen], size_px), places[chosen].astype(np.int64), skipped
        )
        progress(f"Reading {place.title}", min(1.0, (start + _CHUNK) / len(labels)))


def _marks_one_column(labels: np.ndarray) -> bool:
    """Whether each row has one 1, the column of its class, and zeros."""
    if labels.ndim != 2 or labels.shape[1] < 2 or labels.dtype.kind not in "iufb":
        return False
    return bool(np.isin(labels, (0, 1)).all() and (labels.sum(axis=1) == 1).all())


def _as_texts(array: np.ndarray) -> np.ndarray:
    texts = array if array.dtype.kind == "U" else np.char.decode(array, "utf-8", "replace")
    return np.char.strip(texts)


def _pair(lowered: dict[str, str], patterns: tuple[str, ...]) -> Pair | None:
    for pattern in patterns:
        for pictures, labels in zip(_PICTURES, _LABELS, strict=True):
            names = pattern.format(pictures), pattern.format(labels)
            if names[0] in lowered and names[1] in lowered:
                return lowered[names[0]], lowered[names[1]]
    return None


def _as_pictures(array: np.ndarray, place: ArrayPlace, name: str) -> np.ndarray:
    """Brings an array into the shape (N, H, W, C)."""
    if array.ndim == 3:
        array = array[..., None]
    if array.ndim == 4 and array.shape[3] not in (1, 3) and array.shape[1] in (1, 3):
        array = np.ascontiguousarray(array.transpose(0, 2, 3, 1))
    if array.ndim != 4 or array.shape[3] not in (1, 3) or min(array.shape) < 1:
        shape = " x ".join(map(str, array.shape))
        raise DataError(
            f"'{place.title}' has numbers of the shape {shape} in '{plain_name(name)}': "
            "pictures of N x height x width, with 1 or 3 colours at the end, are needed."
        )
    if array.dtype != np.uint8:
        raise DataError(
            f"'{place.title}' has pictures of the kind {array.dtype} in "
            f"'{plain_name(name)}': save them as uint8, from 0 to 255."
        )
    return array


@functools.lru_cache(maxsize=4)  # a set's parts are read one after the other, its labels twice
def _read_array_of(place: ArrayPlace, name: str, _stamp: object) -> np.ndarray:
    shown = place.title
    with _sentences(shown), place.open(name) as member:
        shape, is_fortran, kind = _read_header(member)
        if kind.hasobject or kind.kind not in "iufbUS":
            raise ArchiveError(
                f"'{shown}' holds something else than numbers in '{plain_name(name)}': save "
                "it as an array of numbers, or of texts that are no Python objects (astype(str))."
            )
        size = math.prod(shape) * kind.itemsize
        if size > LIMITS.member_bytes or any(side < 0 for side in shape):
            raise ValueError("More numbers than its file can hold.")
        content = member.read(size + 1)
    if len(content) != size:
        raise ArchiveError(f"'{shown}' is damaged: make it anew or download it again.")
    flat = np.frombuffer(content, kind)
    return flat.reshape(shape, order="F" if is_fortran else "C")


def _read_array(place: ArrayPlace, name: str) -> np.ndarray:
    return _read_array_of(place, name, place.stamp)


def _read_header(member: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype]:
    version = np.lib.format.read_magic(member)
    read = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }[version]
    return read(member, max_header_size=_MAX_HEADER_BYTES)


@contextlib.contextmanager
def _sentences(shown: str) -> Iterator[None]:
    try:
        yield
    except (
        zipfile.BadZipFile,
        zlib.error,
        struct.error,
        OSError,
        EOFError,
        ValueError,
        LookupError,
        TypeError,
        SyntaxError,
        RuntimeError,
        MemoryError,
    ) as exc:
        raise ArchiveError(f"'{shown}' is damaged: make it anew or download it again.") from exc
