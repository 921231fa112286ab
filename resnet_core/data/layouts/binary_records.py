"""CIFAR's and STL-10's binary files, in the folder of their archive or still in it."""

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from resnet_core.data.layouts.given import Given, stamps
from resnet_core.data.layouts.selecting import count_chunks, few_of_chunks
from resnet_core.data.layouts.sorting import Aside
from resnet_core.data.packed_files import read_packed
from resnet_core.data.records import (
    RECORD_LIMITS,
    RecordFiles,
    count_record_classes,
    read_record_chunks,
)
from resnet_core.data.source import PARTS, Chunk, LeftOut, Part, PicturePlan, Source
from resnet_core.data.texts import decode_text
from resnet_core.errors import DataError
from resnet_core.pictures.names import plain_name
from resnet_core.progress import Progress

_Parts = dict[Part, RecordFiles]
_MOST_NAME_BYTES = 100_000
_UNLABELLED = "unlabeled_X.bin"


@dataclass(frozen=True, kw_only=True)
class _Records:
    what: str
    parts: _Parts
    names: str
    """The file that names the classes; empty where there is none."""
    folder: str


def fits_records(given: Given) -> bool:
    """Whether there are files that are named as CIFAR's and STL-10's binary ones are."""
    return bool(_find(given))


def records_source(given: Given) -> Source:
    """Describes binary files; reads the names of their classes.

    Raises:
        DataError: if there are several sets, or fewer than two classes.
        ArchiveError: if a file is missing or damaged.
    """
    found = _find(given)
    if len(found) > 1:
        listed = ", ".join(plain_name(each.folder) or each.what for each in found)
        raise DataError(f"'{given.title}' holds several sets ({listed}): give the folder of one.")
    (records,) = found
    class_names = _class_names(given, records)
    parts: tuple[Part, ...] = tuple(part for part in PARTS if part in records.parts)
    read = functools.partial(_read, given.path, records.parts, len(class_names))
    used = [name for files in records.parts.values() for name in files.names]
    files = [given.path / name for name in used] if given.is_folder else [given.path]
    return Source(
        name=given.name,
        key=given.key,
        origin="\n".join(stamps(files)),
        title=given.title,
        class_names=class_names,
        provenance=f"Read from {records.what}'s binary files, '{given.title}'.",
        parts=parts,
        read_chunks=read,
        layout=f"{records.what}'s binary files",
        left_out=_left_out(given, records, used),
        count_labels=functools.partial(count_chunks, read, parts, len(class_names)),
        read_few=functools.partial(few_of_chunks, read, parts[0]),
    )


def _find(given: Given) -> list[_Records]:
    if not any(path.endswith(".bin") for path in given.tree.files):
        return []
    folders: dict[str, set[str]] = {}
    for path in given.tree.files:
        folder, _, name = path.rpartition("/")
        folders.setdefault(folder, set()).add(name)
    found = (read(folder, names) for folder, names in sorted(folders.items()) for read in _SETS)
    return [each for each in found if each is not None]


def _ten(folder: str, names: set[str]) -> _Records | None:
    # The order of the Python version, so that both give the same set.
    files: dict[Part, list[str]] = {
        "train": [f"data_batch_{number}.bin" for number in (4, 3, 2, 5, 1)],
        "test": ["test_batch.bin"],
    }
    parts: _Parts = {
        part: RecordFiles(pictures=tuple(_inside(folder, n) for n in present), labels_each=1)
        for part, listed in files.items()
        if (present := [name for name in listed if name in names])
    }
    return _records("CIFAR-10", parts, folder, names & {"batches.meta.txt"})


def _hundred(folder: str, names: set[str]) -> _Records | None:
    fine = names & {"fine_label_names.txt"}
    files: dict[Part, str] = {"train": "train.bin", "test": "test.bin"}
    parts: _Parts = {
        part: RecordFiles(pictures=(_inside(folder, name),), labels_each=2)
        for part, name in files.items()
        if name in names and fine  # other sets call their files so, too
    }
    return _records("CIFAR-100", parts, folder, fine)


def _stl(folder: str, names: set[str]) -> _Records | None:
    parts: _Parts = {}
    for part in PARTS:
        pictures, labels = f"{part}_X.bin", f"{part}_y.bin"
        if {pictures, labels} <= names:
            parts[part] = RecordFiles(
                pictures=(_inside(folder, pictures),),
                labels=_inside(folder, labels),
                first_label=1,
                side_px=96,
                by_column=True,
            )
    return _records("STL-10", parts, folder, names & {"class_names.txt"})


_SETS: tuple[Callable[[str, set[str]], _Records | None], ...] = (_ten, _hundred, _stl)


def _records(what: str, parts: _Parts, folder: str, named: set[str]) -> _Records | None:
    names = "".join(_inside(folder, name) for name in named)
    return _Records(what=what, parts=parts, names=names, folder=folder) if parts else None


def _inside(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _class_names(given: Given, records: _Records) -> tuple[str, ...]:
    """The names that the set brings; numbers where it brings none."""
    if records.names:
        text = read_packed(given.path, [records.names], limits=RECORD_LIMITS)[records.names]
        lines = decode_text(text[:_MOST_NAME_BYTES]).text.splitlines()
        named = tuple(plain_name(line.strip()) for line in lines if line.strip())
        if len(named) > 1:
            return named
    needed = max(count_record_classes(given.path, files) for files in records.parts.values())
    if needed < 2:
        raise DataError(f"'{given.title}' holds pictures of one class: at least two are needed.")
    first = next(iter(records.parts.values())).first_label
    return tuple(str(number + first) for number in range(needed))


def _read(
    place: Path,
    parts: _Parts,
    num_classes: int,
    part: Part,
    plan: PicturePlan,
    progress: Progress,
) -> Iterator[Chunk]:
    return read_record_chunks(place, parts[part], num_classes, plan, progress)


def _left_out(given: Given, records: _Records, used: list[str]) -> tuple[LeftOut, ...]:
    bare = _inside(records.folder, _UNLABELLED)
    aside = Aside()
    aside.add_files("holds pictures without labels", {bare} & set(given.tree.files))
    return (*given.beside([*used, records.names, bare]), *aside.listed())
