"""CIFAR's pickled batches, in the folder that was unpacked from their archive or still in it."""

import functools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from resnet_core.data.cifar_archive import (
    CIFAR10_LAYOUT,
    CIFAR100_LAYOUT,
    CifarLayout,
    batch_labels,
    read_batch,
    read_cifar_chunks,
)
from resnet_core.data.layouts.given import Given, stamps
from resnet_core.data.layouts.selecting import count_chunks, few_of_chunks
from resnet_core.data.plain_pickle import pickled_text
from resnet_core.data.source import PARTS, Chunk, Part, PicturePlan, Source
from resnet_core.errors import ArchiveError, DataError
from resnet_core.pictures.names import plain_name
from resnet_core.progress import Progress

_TEN_NAMES, _HUNDRED_NAMES = ("batches.meta", "label_names"), ("meta", "fine_label_names")
_MAX_LABELS = 1000


@dataclass(frozen=True)
class _Batches:
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
        listed = ", ".join(plain_name(each.layout.folder) for each in found)
        raise DataError(f"'{given.title}' holds several sets ({listed}): give the folder of one.")
    (batches,) = found
    layout, where = batches.layout, given.path
    class_names = _class_names(where, batches)
    used = [layout.inside(name) for names in layout.batches.values() for name in names]
    read = functools.partial(_read, where, layout, len(class_names))
    parts: tuple[Part, ...] = tuple(part for part in PARTS if part in layout.batches)
    files = [where / name for name in used] if given.is_folder else [given.path]
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
        left_out=given.beside([*used, layout.inside(batches.names[0])]),
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
            found.append(_Batches(_present(CIFAR10_LAYOUT, folder, names), _TEN_NAMES))
        elif {"train", "test", "meta"} <= names:
            found.append(_Batches(replace(CIFAR100_LAYOUT, folder=folder), _HUNDRED_NAMES))
    return found


def _present(layout: CifarLayout, folder: str, names: set[str]) -> CifarLayout:
    batches: dict[Part, tuple[str, ...]] = {}
    for part, listed in layout.batches.items():
        kept = tuple(name for name in listed if name in names)
        if kept:
            batches[part] = kept
    return replace(layout, folder=folder, batches=batches)


def _class_names(where: Path, batches: _Batches) -> tuple[str, ...]:
    """The names that the set brings; numbers where it brings none."""
    names = _named(where, batches)
    if len(names) > 1:
        return names
    layout, most = batches.layout, 0
    for name in (name for names in layout.batches.values() for name in names):
        batch = read_batch(where, layout.inside(name))
        most = max([most, *(batch_labels(batch, layout.label_key, where.name) + 1).tolist()])
    if not 2 <= most <= _MAX_LABELS:
        raise ArchiveError(f"'{plain_name(where.name)}' does not hold labels of CIFAR's kind.")
    return tuple(map(str, range(most)))


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
        names = read_batch(where, batches.layout.inside(file))[entry]
        if not isinstance(names, (list, tuple)):
            return ()
        return tuple(plain_name(pickled_text(name)) for name in names)
    except (ArchiveError, LookupError, TypeError):
        return ()
