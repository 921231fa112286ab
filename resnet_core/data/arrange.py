"""What a folder of class folders means: which files are pictures, of which class and part."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from resnet_core.data.source import PARTS, Part
from resnet_core.errors import DataError
from resnet_core.pictures.names import plain_name

PART_NAMES: dict[str, Part] = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "test": "test",
    "testing": "test",
}
"""Folder and file names, in small letters, that mean a part."""

_SYSTEM_NAMES = {"__macosx", "thumbs.db", "desktop.ini", "@eadir"}
_NOTE_SUFFIXES = {".txt", ".md", ".csv", ".tsv", ".json", ".xml", ".html", ".yaml", ".yml", ".pdf"}


_Placed = list[tuple[tuple[str, ...], str]]  # parts of the path that matter, and the whole path


@dataclass(frozen=True)
class Arrangement:
    """Pictures by part, with their labels."""

    class_names: tuple[str, ...]
    """Folder names in alphabetical order, as in the ImageFolder convention, fit to be shown."""
    files: dict[Part, tuple[tuple[str, int], ...]]
    """Path, as it was given, and label of each picture."""
    note: str = ""
    """What was left out, one sentence, or nothing."""


def arrange_files(paths: Iterable[str], name: str) -> Arrangement:
    """Reads the meaning of paths such as `train/cat/1.jpg` or `photos/cat/1.jpg`.

    Files of operating systems, hidden files and notes are left out, a single folder around
    everything is seen through, and folders within a class folder belong to that class.

    Args:
        paths: relative paths with `/` between their parts.
        name: what messages call the data set.

    Raises:
        DataError: if there are no pictures, no class folders, or fewer than two classes.
    """
    files = sorted(path for path in paths if _may_be_picture(path))
    if not files:
        raise DataError(
            f"'{plain_name(name)}' holds no pictures: give a folder with one folder of pictures "
            "for each class."
        )
    placed = _strip_common_folders([(PurePosixPath(path).parts, path) for path in files])
    by_part = _split_parts(placed)
    loose = sum(len(parts) < 2 for members in by_part.values() for parts, _ in members)
    by_part = _drop_loose(by_part)
    class_names = tuple(sorted({parts[0] for parts, _ in by_part.get("train", [])}))
    _check_classes(class_names, loose, name)
    _check_parts(by_part, class_names, name)
    labels = {class_name: label for label, class_name in enumerate(class_names)}
    note = f" {loose:,} pictures outside of class folders were left out." if loose else ""
    return Arrangement(
        class_names=tuple(map(plain_name, class_names)),
        files={
            part: tuple((path, labels[parts[0]]) for parts, path in by_part[part])
            for part in PARTS
            if part in by_part
        },
        note=note,
    )


def _may_be_picture(path: str) -> bool:
    parts = PurePosixPath(path).parts
    hidden = any(part.startswith(".") or part.lower() in _SYSTEM_NAMES for part in parts)
    return bool(parts) and not hidden and PurePosixPath(path).suffix.lower() not in _NOTE_SUFFIXES


def _strip_common_folders(placed: _Placed) -> _Placed:
    """Drops folders that hold everything, down to the part or class folders."""
    while (
        len({parts[0] for parts, _ in placed}) == 1
        and placed[0][0][0].lower() not in PART_NAMES
        and max(len(parts) for parts, _ in placed) >= 3
    ):
        placed = [(parts[1:], path) for parts, path in placed]
    return placed


def _split_parts(placed: _Placed) -> dict[Part, _Placed]:
    """Sorts by part folders, if all top folders are such and `train` holds class folders."""
    tops = {parts[0].lower() for parts, _ in placed if len(parts) > 1}
    trains = [parts for parts, _ in placed if PART_NAMES.get(next(iter(parts)).lower()) == "train"]
    if not tops <= PART_NAMES.keys() or not any(len(parts) >= 3 for parts in trains):
        return {"train": placed}
    by_part: dict[Part, _Placed] = {}
    for parts, path in placed:
        if len(parts) > 1:
            by_part.setdefault(PART_NAMES[parts[0].lower()], []).append((parts[1:], path))
    return by_part


def _drop_loose(by_part: dict[Part, _Placed]) -> dict[Part, _Placed]:
    kept: dict[Part, _Placed] = {}
    for part, placed in by_part.items():
        members = [(parts, path) for parts, path in placed if len(parts) >= 2]
        if members:
            kept[part] = members
    return kept


def _check_classes(class_names: tuple[str, ...], loose: int, name: str) -> None:
    if not class_names:
        raise DataError(
            f"'{plain_name(name)}' holds {loose:,} pictures but no class folders: put the pictures "
            "of each class into a folder that is named after the class."
        )
    if len(class_names) == 1:
        raise DataError(
            f"'{plain_name(name)}' holds only one class, '{plain_name(class_names[0])}': at least "
            "two class folders are needed."
        )


def _check_parts(by_part: dict[Part, _Placed], class_names: tuple[str, ...], name: str) -> None:
    for part, placed in by_part.items():
        unknown = sorted({parts[0] for parts, _ in placed} - set(class_names))
        if unknown:
            raise DataError(
                f"'{plain_name(name)}' has a class '{plain_name(unknown[0])}' in its {part} folder "
                "that its train folder lacks: use the same class folders in both."
            )
