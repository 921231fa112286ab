"""WebDatasets: tar archives in which a file beside each picture tells its class, one or several.

Source: the format's own description: files of one sample share their path up to the first dot of
the name, and what follows tells what each is, such as `000017.jpg` and `000017.cls`.
"""

import functools
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from resnet_core.data.decoding import EncodedPicture, decode_chunks
from resnet_core.data.layouts.given import Given, stamps
from resnet_core.data.layouts.selecting import keep_few
from resnet_core.data.layouts.sorting import Aside, is_surely_picture
from resnet_core.data.layouts.split_names import mentioned_part
from resnet_core.data.layouts.tables import MAX_TABLE_CLASSES, class_order
from resnet_core.data.source import PARTS, Chunk, Few, LabelCounts, Part, PicturePlan, Source
from resnet_core.data.tars import is_tar, list_tar, open_tar
from resnet_core.data.texts import decode_text
from resnet_core.errors import DataError
from resnet_core.pictures.names import plain_name
from resnet_core.progress import Progress

_ENDING = ".cls"
_MOST_TEXT_BYTES = 200
_ARCHIVES = (".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz")


@dataclass(frozen=True)
class _Shard:
    path: Path
    name: str
    classes: Mapping[str, str]
    """Path of each picture to the name of its class."""


def fits_shards(given: Given) -> bool:
    """Whether it is a tar archive of pictures with a `.cls` file each, or holds such archives."""
    if given.kind == "tar":
        return any(path.endswith(_ENDING) for path in given.tree.files)
    if not given.is_folder or any(map(is_surely_picture, given.tree.files)):
        return False
    first = next(iter(_archives(given)), None)
    if first is None or not is_tar(given.path / first):
        return False
    return any(path.endswith(_ENDING) for path in list_tar(given.path / first, name=first))


def shards_source(given: Given) -> Source:
    """Describes a WebDataset; reads the classes and no picture.

    Raises:
        ArchiveError: if an archive is damaged or unsafe.
        DataError: if a sample has several pictures, or there are fewer than two classes.
    """
    aside = Aside()
    paths = [given.path / name for name in _archives(given)] if given.is_folder else [given.path]
    parts: dict[Part, list[_Shard]] = {}
    for path in paths:
        part = _part(path.relative_to(given.path)) if given.is_folder else "train"
        parts.setdefault(part, []).append(_read_shard(path, aside))
    parts = {part: parts[part] for part in PARTS if part in parts}
    names = _class_names(parts, given.title)
    labels = {name: label for label, name in enumerate(names)}
    held = tuple(parts)
    return Source(
        name=given.name,
        key=given.key,
        origin="\n".join(stamps(paths)),
        title=given.title,
        class_names=tuple(map(plain_name, names)),
        provenance=f"Read from a WebDataset, '{given.title}'.",
        parts=held,
        read_chunks=functools.partial(_read, parts, labels),
        layout="a WebDataset" if len(paths) == 1 else f"a WebDataset of {len(paths):,} archives",
        left_out=(*(given.beside(paths) if given.is_folder else ()), *aside.listed()),
        count_labels=functools.partial(_count, parts, names),
        read_few=functools.partial(_read_few, parts, labels),
    )


def _archives(given: Given) -> list[str]:
    return sorted(path for path in given.tree.files if path.lower().endswith(_ARCHIVES))


def _part(path: Path) -> Part:
    """The part that an archive's name tells, such as `train-000000.tar`, or its folder's."""
    for name in (path.name, *reversed(path.parent.parts)):
        part = mentioned_part(name.partition(".")[0])
        if part is not None and part != "unlabelled":
            return part
    return "train"


def _read_shard(path: Path, aside: Aside) -> _Shard:
    pictures: dict[str, str] = {}
    telling: dict[str, str] = {}
    for name in list_tar(path, name=path.name):
        if is_surely_picture(name):
            other = pictures.setdefault(_key(name), name)
            if other != name:
                raise DataError(
                    f"'{plain_name(path.name)}' has samples of several pictures "
                    f"('{plain_name(other)}', '{plain_name(name)}'), and a net of this lab takes "
                    "one: pack it anew with one picture for each."
                )
        elif name.endswith(_ENDING):
            telling[name] = _key(name)
    classes: dict[str, str] = {}
    for member in open_tar(path, name=path.name, only=telling):
        picture = pictures.get(telling[member.name])
        text = decode_text(member.data[: _MOST_TEXT_BYTES + 1]).text.strip()
        if picture is not None and text and len(member.data) <= _MOST_TEXT_BYTES:
            classes[picture] = text
    bare = [name for name in pictures.values() if name not in classes]
    aside.add_files("has no label", bare)
    return _Shard(path, path.name, classes)


def _key(name: str) -> str:
    path = PurePosixPath(name)
    return f"{path.parent}/{path.name.partition('.')[0]}"


def _class_names(parts: Mapping[Part, list[_Shard]], title: str) -> tuple[str, ...]:
    names = class_order(
        name for shards in parts.values() for shard in shards for name in shard.classes.values()
    )
    if not 2 <= len(names) <= MAX_TABLE_CLASSES:
        raise DataError(
            f"'{title}' is a WebDataset with {len(names):,} different labels: 2 to "
            f"{MAX_TABLE_CLASSES:,} are needed."
        )
    return names


def _pictures(shards: list[_Shard], labels: Mapping[str, int]) -> Iterator[EncodedPicture]:
    for shard in shards:
        for member in open_tar(shard.path, name=shard.name, only=shard.classes):
            label = labels[shard.classes[member.name]]
            yield EncodedPicture(member.name, member.data, label, member.problem)


def _read(
    parts: Mapping[Part, list[_Shard]],
    labels: Mapping[str, int],
    part: Part,
    plan: PicturePlan,
    progress: Progress,
) -> Iterator[Chunk]:
    total = sum(len(shard.classes) for shard in parts[part])
    return decode_chunks(_pictures(parts[part], labels), total, plan, progress)


def _read_few(
    parts: Mapping[Part, list[_Shard]],
    labels: Mapping[str, int],
    few: Few,
    plan: PicturePlan,
    progress: Progress,
) -> Iterator[Chunk]:
    first = next(iter(parts.values()))
    kept = list(keep_few(_pictures(first, labels), few))
    return decode_chunks(kept, len(kept), plan, progress)


def _count(parts: Mapping[Part, list[_Shard]], names: tuple[str, ...]) -> LabelCounts:
    counts: dict[Part, tuple[int, ...]] = {}
    for part, shards in parts.items():
        held = Counter(name for shard in shards for name in shard.classes.values())
        counts[part] = tuple(held[name] for name in names)
    return counts
