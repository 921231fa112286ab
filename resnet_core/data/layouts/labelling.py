"""How each picture gets its class: by its folder, by a table beside it, or by its own name."""

import contextlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from resnet_core.data.layouts.annotations import FILLER_FOLDERS
from resnet_core.data.layouts.label_tables import LabelTables
from resnet_core.data.layouts.sorting import Aside, name_some
from resnet_core.data.layouts.splitting import OUTSIDE, Division, class_folders
from resnet_core.data.layouts.tables import (
    TableLabels,
    class_order,
)
from resnet_core.data.source import PARTS, Part
from resnet_core.errors import DataError

UNLABELLED = "has no label"
"""Why a picture without a class is left out."""

_CAMERA_WORDS = {
    "img",
    "image",
    "images",
    "dsc",
    "dscn",
    "dscf",
    "pic",
    "picture",
    "photo",
    "frame",
    "scan",
    "pxl",
    "mvi",
    "gopr",
    "screenshot",
    "file",
    "sample",
    "test",
    "train",
    "val",
    "valid",
    "untitled",
}
_CLASS_AND_NUMBER = re.compile(r"(?P<name>[^\W\d].*?)[ ._-]*[._ (-]\d+\)?")
_LEAST_NAMED = 0.9  # of the pictures whose names must tell a class

Files = tuple[tuple[str, str], ...]
"""Path and class name of each picture."""


@dataclass(frozen=True)
class Labelled:
    """Pictures by part with the names of their classes."""

    how: str
    class_names: tuple[str, ...]
    files: dict[Part, Files]


def by_class_folders(division: Division, tables: LabelTables, aside: Aside) -> Labelled | None:
    """Recognises two or more folders that hold pictures, each named after its class."""
    first = division.parts.get("train")
    parts = division.parts.items() if first is None else [("train", first)]
    names = tuple(sorted({each for _, placing in parts for each in class_folders(placing)}))
    if len(names) < 2:
        return None
    files: dict[Part, Files] = {}
    for part in PARTS:
        members = _in_folders(division, part, names, tables, aside)
        if members:
            files[part] = members
    where = {
        "none": "class folders",
        "above": "class folders in split folders",
        "below": "split folders in class folders",
        "within": "folders that are named after split and class",
    }
    used = f", and the table {name_some(sorted(tables.used))}" if tables.used else ""
    return Labelled(where[division.splits] + used, names, files)


def by_table(division: Division, tables: LabelTables, aside: Aside) -> Labelled | None:
    """Recognises a table that names the pictures and their classes.

    Raises:
        DataError: if one names the pictures and its classes cannot be told.
    """
    found: dict[Part, list[tuple[str, str]]] = {}
    for part, placing in division.parts.items():
        table = tables.best({placed.path: part for placed in placing})
        labels, torn = (table.labels, set(table.torn)) if table else ({}, set())
        aside.add_files("is given different classes by the table", sorted(torn))
        bare = (p.path for p in placing if not labels.get(p.path) and p.path not in torn)
        aside.add_files(UNLABELLED, bare)
        if table is not None and table.missing:
            aside.add_folder(table.path, table.missing, "names pictures that are not there")
        for placed in placing:
            if table is not None and labels.get(placed.path):
                where = table.parts.get(placed.path, part)
                found.setdefault(where, []).append((placed.path, labels[placed.path]))
    if "train" not in found and "train" in division.parts:
        return None
    if division.splits == "none":
        _add_tables_of_parts(division, tables, found, aside)
    first = found.get("train") or [each for members in found.values() for each in members]
    names = class_order(name for _, name in first)
    if len(names) < 2:
        return None
    used = ", ".join(sorted(PurePosixPath(path).name for path in tables.used))
    return Labelled(f"a table of labels, {used}", names, _known(found, names, aside))


def _add_tables_of_parts(
    division: Division,
    tables: LabelTables,
    found: dict[Part, list[tuple[str, str]]],
    aside: Aside,
) -> None:
    """Adds what a `test.csv` says of pictures that lie in one folder with those of `train.csv`."""
    known = {path for members in found.values() for path, _ in members}
    classes = {name for _, name in found["train"]}
    for part in PARTS[1:]:
        placing = division.parts["train"]
        rest: dict[str, Part] = {e.path: part for e in placing if e.path not in known}
        used, table = set(tables.used), None
        with contextlib.suppress(DataError):
            table = tables.best(rest, scope=part) if rest else None
        if table is None or not classes & set(table.labels.values()):
            tables.used = used
            continue
        members = [(path, label) for path, label in table.labels.items() if label]
        found.setdefault(part, []).extend(members)
        known |= {path for path, _ in members}
    bare = aside.files[UNLABELLED]
    aside.files[UNLABELLED] = [path for path in bare if path not in known]


def by_file_names(division: Division, _tables: LabelTables, aside: Aside) -> Labelled | None:
    """Recognises pictures that are named after their class and a number, as `cat.0.jpg` is."""
    first = division.parts.get("train", [])
    if any(len(placed.parts) > 2 for placed in first):
        return None
    named = [_class_in_name(placed.path) for placed in first]
    counts = Counter(name for name in named if name is not None)
    if len(counts) < 2 or min(counts.values()) < 2 or _are_camera_names(counts):
        return None
    if counts.total() < _LEAST_NAMED * len(first):
        return None
    found: dict[Part, list[tuple[str, str]]] = {}
    for part, placing in division.parts.items():
        members = [(placed.path, _class_in_name(placed.path) or "") for placed in placing]
        found[part] = [member for member in members if member[1] in counts]
        lost = [path for path, name in members if name not in counts]
        aside.add_files("is not named after a class", lost)
    names = class_order(counts)
    return Labelled("classes in the file names", names, _known(found, names, aside))


LABELLINGS = (by_class_folders, by_table, by_file_names)
"""In the order in which they are tried; each one's docstring says what it recognises."""


def are_numbered(names: Iterable[str]) -> bool:
    """Whether folders differ in a number alone, as parts of a large archive do."""
    stems = {re.sub(r"\d+", "#", name) for name in names}
    return len(stems) == 1 and "#" in next(iter(stems)) and stems != {"#"}


def _in_folders(
    division: Division, part: Part, names: tuple[str, ...], tables: LabelTables, aside: Aside
) -> Files:
    placing = division.parts.get(part, [])
    held = class_folders(placing)
    if held & set(names) or not {each.lower() for each in held} <= FILLER_FOLDERS:
        aside.add_files(OUTSIDE, (each.path for each in placing if len(each.parts) < 2))
        return tuple((each.path, each.parts[0]) for each in placing if len(each.parts) > 1)
    labels, table = _labels_among(names, tables, {placed.path: part for placed in placing})
    rest = [placed.path for placed in placing if labels.get(placed.path) not in names]
    aside.add_files(OUTSIDE if table is None else UNLABELLED, rest)
    return tuple((e.path, labels[e.path]) for e in placing if labels.get(e.path) in names)


def _labels_among(
    names: tuple[str, ...], tables: LabelTables, pictures: Mapping[str, Part]
) -> tuple[Mapping[str, str], TableLabels | None]:
    """Labels that a table gives pictures beside class folders, under the names of those."""
    table = None
    with contextlib.suppress(DataError):  # a table that tells no classes: they are unlabelled
        table = tables.best(pictures) if pictures else None
    if table is None:
        return {}, None
    numbers = {int(name): name for name in names if name.isdecimal()}
    by_number = numbers if len(numbers) == len(names) else {}

    def own(label: str) -> str:
        if label in names:
            return label
        if label.isdecimal():  # folders called 00007 for the class 7
            return by_number.get(int(label), label)
        first, *rest = label.split() or [""]  # a class, and the box around what shows it
        return first if first in names and all(map(_is_number, rest)) else label

    return {path: own(label) for path, label in table.labels.items()}, table


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdecimal()


def _known(
    found: Mapping[Part, Sequence[tuple[str, str]]], names: tuple[str, ...], aside: Aside
) -> dict[Part, Files]:
    files: dict[Part, Files] = {}
    for part in PARTS:
        members = found.get(part, ())
        lost = [path for path, name in members if name not in names]
        aside.add_files("has a class that no training picture has", lost)
        kept = tuple(member for member in members if member[1] in names)
        if kept:
            files[part] = kept
    return files


def _class_in_name(path: str) -> str | None:
    match = _CLASS_AND_NUMBER.fullmatch(PurePosixPath(path).stem)
    return match["name"] if match else None


def _are_camera_names(counts: Iterable[str]) -> bool:
    return all(name.lower().strip("_- .") in _CAMERA_WORDS for name in counts) or any(
        re.search(r"\d{3}", name) for name in counts
    )
