"""CIFAR's pickled batches, in the folder that was unpacked from their archive or still in it."""

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from resnet_core.data.cifar_archive import (
    CIFAR10_LAYOUT,
    CIFAR100_LAYOUT,
    CifarLayout,
    read_batch,
    read_cifar_chunks,
)
from resnet_core.data.layouts.given import Given, stamps
from resnet_core.data.layouts.selecting import count_chunks, few_of_chunks
from resnet_core.data.source import PARTS, Chunk, Part, PicturePlan, Source
from resnet_core.errors import ArchiveError, DataError
from resnet_core.pictures.names import plain_name
from resnet_core.progress import Progress

_TEN_NAMES, _HUNDRED_NAMES = ("batches.meta", "label_names"), ("meta", "fine_label_names")
_MAX_LABELS = 1000


@dataclass(frozen=True)
class _Batches:
    folder: str
    layout: CifarLayout
    names: tuple[str, str]
    """The file that names the classes, and its entry."""


def fits_cifar(given: Given) -> bool:
    """Whether there are batches of CIFAR-10, or the two files and names of CIFAR-100."""
    return bool(_find(given))


def cifar_source(given: Given) -> Source:
    """Describes batches of CIFAR; runs no code of theirs.

    Raises:
        DataError: if there are several sets.
        ArchiveError: if a file is damaged, or is something else.
    """
    found = _find(given)
    if len(found) > 1:
        listed = ", ".join(plain_name(each.folder) for each in found)
        raise DataError(f"'{given.title}' holds several sets ({listed}): give the folder of one.")
    (batches,) = found
    where = given.path / batches.folder if given.is_folder else given.path
    layout = batches.layout
    class_names = _class_names(where, batches)
    used = [name for names in layout.batches.values() for name in names]
    read = functools.partial(_read, where, layout, len(class_names))
    parts: tuple[Part, ...] = tuple(part for part in PARTS if part in layout.batches)
    files = [where / name for name in used] if given.is_folder else [given.path]
    named = [f"{PurePosixPath(batches.folder) / name}" for name in (*used, batches.names[0])]
    return Source(
        name=given.name,
        key=given.key,
        origin="\n".join(stamps(files)),
        title=given.title,
        class_names=class_names,
        provenance=f"Read from CIFAR's pickled batches, '{given.title}'.",
        parts=parts,
        read_chunks=read,
        layout="CIFAR's pickled batches",
        left_out=given.beside(named),
        count_labels=functools.partial(count_chunks, read, parts, len(class_names)),
        read_few=functools.partial(few_of_chunks, read, parts[0]),
    )


def _find(given: Given) -> list[_Batches]:
    folders: dict[str, set[str]] = {}
    for path in given.tree.files:
        folder, _, name = path.rpartition("/")
        folders.setdefault(folder, set()).add(name)
    found = []
    for folder, names in sorted(folders.items()):
        if "data_batch_1" in names:
            found.append(_Batches(folder, _present(CIFAR10_LAYOUT, names), _TEN_NAMES))
        elif {"train", "test", "meta"} <= names:
            found.append(_Batches(folder, CIFAR100_LAYOUT, _HUNDRED_NAMES))
    return found


def _present(layout: CifarLayout, names: set[str]) -> CifarLayout:
    batches: dict[Part, tuple[str, ...]] = {}
    for part, listed in layout.batches.items():
        kept = tuple(name for name in listed if name in names)
        if kept:
            batches[part] = kept
    return CifarLayout(batches=batches, label_key=layout.label_key)


def _class_names(where: Path, batches: _Batches) -> tuple[str, ...]:
    """The names that the set brings; numbers where it brings none."""
    names = _named(where, batches)
    if len(names) > 1:
        return names
    most = 0
    for name in (name for names in batches.layout.batches.values() for name in names):
        labels = _labels(read_batch(where, name), batches.layout, where)
        most = max([most, *(labels + 1).tolist()])
    if not 2 <= most <= _MAX_LABELS:
        raise ArchiveError(f"'{plain_name(where.name)}' does not hold labels of CIFAR's kind.")
    return tuple(map(str, range(most)))


def _labels(batch: Any, layout: CifarLayout, where: Path) -> np.ndarray:
    try:
        return np.asarray(batch[layout.label_key], np.int64).reshape(-1)
    except (KeyError, TypeError, ValueError, OverflowError) as exc:
        raise ArchiveError(
            f"'{plain_name(where.name)}' does not hold labels of CIFAR's kind."
        ) from exc


def _read(
    where: Path,
    layout: CifarLayout,
    num_classes: int,
    part: Part,
    plan: PicturePlan,
    progress: Progress,
) -> Iterator[Chunk]:
    for chunk in read_cifar_chunks(where, layout, part, plan, progress):
        if len(chunk.labels) and not 0 <= chunk.labels.min() <= chunk.labels.max() < num_classes:
            raise ArchiveError(
                f"'{plain_name(where.name)}' has labels beyond its {num_classes:,} class names: "
                "download it again."
            )
        yield chunk


def _named(where: Path, batches: _Batches) -> tuple[str, ...]:
    file, entry = batches.names
    try:
        held: Any = read_batch(where, file)
        return tuple(plain_name(str(name)) for name in held[entry])
    except (ArchiveError, KeyError, TypeError):
        return ()
