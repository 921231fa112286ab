"""Tables that tell the label of each picture: CSV, TSV, JSON lines, or lines of a plain text.

A table names pictures by path, by file name, or without ending, in one column, and their classes
in another.  A first line that names a picture is no heading.
"""

import itertools
import posixpath
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from resnet_core.data.layouts.label_columns import one_column_each, told_column
from resnet_core.data.layouts.split_names import split_kind
from resnet_core.data.layouts.table_files import LabelTable
from resnet_core.data.source import Part
from resnet_core.errors import DataError
from resnet_core.pictures.names import plain_name

MAX_TABLE_CLASSES = 10_000
"""More different values than this are no classes."""

_SPLIT_COLUMNS = ("split", "subset", "partition", "set", "data set", "data_set")
_FEW = 10
"""Pictures of which each may be the only one of its class."""
_FIRST_ROWS = 100
_MOST_TORN = 0.5  # of the pictures, that a table of single classes may give several
_LEAST_SHARE = 0.5  # of a table's rows that must name a picture, or of the pictures
_LEAST_OF_PICTURES = 0.1  # of those in a table's scope that it must name


@dataclass(frozen=True)
class TableLabels:
    """What a table says of the pictures it names."""

    path: str
    labels: Mapping[str, str]
    """Path of a picture to the name of its class; empty text for a picture without one."""
    parts: Mapping[str, Part]
    """Path of a picture to its part, where a column tells it."""
    missing: int
    """Rows whose picture is not there."""
    torn: tuple[str, ...] = ()
    """Pictures that it gives different classes."""


def picture_names(pictures: Iterable[str]) -> frozenset[str]:
    """The names of pictures without folders, with their endings and without."""
    names = {_as_heard(path.rpartition("/")[2]) for path in pictures}
    return frozenset(names | {_stem(name) for name in names})


def names_some(table: LabelTable, names: frozenset[str]) -> bool:
    """Whether one of a table's first rows names a picture."""
    first = (table.heading, *table.rows[:_FIRST_ROWS])
    return any(
        _as_heard(_value(row, at).rpartition("/")[2]) in names
        for row in first
        for at in range(len(row))
    )


def match_table(table: LabelTable, pictures: Mapping[str, Part]) -> TableLabels | None:
    """Finds the pictures that a table names, and their classes; `None` where it names few.

    Args:
        table: the table.
        pictures: path of each picture to the part it lies in.

    Raises:
        DataError: if it names the pictures, and which column holds the classes cannot be told.
    """
    usable = [p for p, part in pictures.items() if table.scope in (None, part)]
    found = _find_column(table, usable, pictures)
    if found is None:
        return None
    column, paths, has_heading = found
    rows = table.rows if has_heading else (table.heading, *table.rows)
    heading = table.heading if has_heading else tuple(map(str, range(len(table.heading))))
    hits = sum(path is not None for path in paths)
    named = len(set(paths) - {None})
    if hits < _LEAST_SHARE * min(len(rows), max(1, len(usable))):
        return None
    if named < max(2, _LEAST_OF_PICTURES * len(usable)):
        return None
    split_column = _named(heading, _SPLIT_COLUMNS) if has_heading else None
    if table.nested and told_column(heading, rows) in (None, *map(heading.index, table.nested)):
        raise _several_classes(table.path)
    labels = _labels(heading, rows, (column, split_column), hits, table.path, has_heading)
    given: dict[str, set[str]] = {}
    parts: dict[str, Part] = {}
    for path, row, label in zip(paths, rows, labels, strict=True):
        if path is not None:
            given.setdefault(path, set()).add(label)
            kind = split_kind(row[split_column]) if split_column is not None else None
            if kind is not None and kind != "unlabelled":
                parts[path] = kind
    torn = tuple(path for path, different in given.items() if len(different) > 1)
    if len(torn) > max(1, _MOST_TORN * len(given)):
        raise _several_classes(table.path)
    told = {path: labels.pop() for path, labels in given.items() if path not in torn}
    return TableLabels(table.path, _as_classes(told, table.path), parts, len(rows) - hits, torn)


def _labels(
    heading: tuple[str, ...],
    rows: Sequence[tuple[str, ...]],
    others: tuple[int, int | None],
    hits: int,
    path: str,
    has_heading: bool,
) -> list[str]:
    """The label of each row."""
    told = told_column(heading, rows) if has_heading else None
    if has_heading and told is None:
        known = {at for at in others if at is not None}
        marked = one_column_each(heading, rows, known)
        if marked is not None:
            return marked
    column = _label_column(heading, others[0], told, has_heading, path)
    distinct = {row[column] for row in rows if column < len(row)}
    if told != column and 2 * len(distinct) > hits > _FEW:  # such as a caption for each picture
        raise _no_label_column(heading, path)
    return [row[column] if column < len(row) else "" for row in rows]


def class_order(names: Iterable[str]) -> tuple[str, ...]:
    """Orders class names: whole numbers by value, others by the alphabet."""
    distinct = set(names)
    if all(name.isdecimal() for name in distinct):
        return tuple(sorted(distinct, key=lambda name: (int(name), name)))
    return tuple(sorted(distinct))


_Column = tuple[int, list[str | None], bool]


def _find_column(
    table: LabelTable, usable: Sequence[str], pictures: Mapping[str, Part]
) -> _Column | None:
    """Finds the column that names most pictures, and in which way."""
    folder = PurePosixPath(table.path).parent
    best, most = None, 0
    for (key, is_name), hear in itertools.product(_KEYS, (_as_it_is, _as_heard)):
        if most == len(table.rows) > 0:
            break  # each row names a picture, and no other way names more
        index = _index(usable, pictures, lambda path, key=key, hear=hear: hear(key(path, folder)))
        for column in range(len(table.heading)):
            values = [hear(_value(row, column)) for row in table.rows]
            if is_name:  # paths of another machine still end with it
                values = [value.rpartition("/")[2] for value in values]
            paths = [index.get(value) for value in values]
            hits = sum(path is not None for path in paths)
            if hits > most:
                first = index.get(hear(_value(table.heading, column)))
                most, has_heading = hits, first is None
                best = (column, paths if has_heading else [first, *paths], has_heading)
    return best


def _value(row: Sequence[str], column: int) -> str:
    return row[column].replace("\\", "/").removeprefix("./") if column < len(row) else ""


def _as_it_is(name: str) -> str:
    return name


def _as_heard(name: str) -> str:
    """A name as other file systems keep it: capitals and how accents are written may differ."""
    return unicodedata.normalize("NFC", name).casefold()


def _from_folder(path: str, folder: PurePosixPath) -> str:
    return path.removeprefix(f"{folder}/") if folder.parts else path


_KEYS: tuple[tuple[Callable[[str, PurePosixPath], str], bool], ...] = (
    (_from_folder, False),
    (lambda path, _: path, False),
    (lambda path, _: path.rpartition("/")[2], True),
    (lambda path, _: _stem(path.rpartition("/")[2]), True),
)
"""Ways of naming a picture, and whether folders before it say nothing."""


def _stem(name: str) -> str:
    return posixpath.splitext(name)[0]


def _index(
    usable: Sequence[str], pictures: Mapping[str, Part], key: Callable[[str], str]
) -> dict[str, str]:
    """Names to paths; of several files of a name the training part's, else none is meant."""
    index: dict[str, str | None] = {}
    for path in usable:
        name = key(path)
        other = index.get(name, path)
        if other == path:
            index[name] = path
        elif other is None or (pictures[path] == "train") == (pictures[other] == "train"):
            index[name] = None
        elif pictures[path] == "train":
            index[name] = path
    return {name: path for name, path in index.items() if path is not None}


def _label_column(
    heading: tuple[str, ...], column: int, named: int | None, has_heading: bool, path: str
) -> int:
    others = [number for number in range(len(heading)) if number != column]
    if named is not None and named != column:
        return named
    if len(others) == 1 or not has_heading:
        return others[0]
    raise _no_label_column(heading, path)


def _several_classes(path: str) -> DataError:
    return DataError(
        f"'{plain_name(path)}' gives pictures several objects or classes, as sets for detection "
        "do, and a net of this lab gives a picture one: cut the objects out into a folder for each "
        "class, or keep the pictures of one class."
    )


def _no_label_column(heading: tuple[str, ...], path: str) -> DataError:
    listed = ", ".join(plain_name(name) for name in heading[:8])
    return DataError(
        f"'{plain_name(path)}' names the pictures, but none of its columns ({listed}) is called "
        "label: rename the one that holds the classes."
    )


def _named(heading: tuple[str, ...], names: tuple[str, ...]) -> int | None:
    lowered = [name.lower() for name in heading]
    return next((lowered.index(name) for name in names if name in lowered), None)


def _as_classes(labels: Mapping[str, str], path: str) -> dict[str, str]:
    """Makes names of labels: `1.0` is class 1, -1 and nothing are no label."""
    named = {picture: _as_class(label) for picture, label in labels.items()}
    distinct = set(named.values()) - {""}
    if len(distinct) > MAX_TABLE_CLASSES or any(_is_fraction(name) for name in distinct):
        raise DataError(
            f"'{plain_name(path)}' names the pictures, but its labels are no classes: at most "
            f"{MAX_TABLE_CLASSES:,} different names or whole numbers are needed."
        )
    return named


def _as_class(label: str) -> str:
    try:
        number = float(label)
    except ValueError:
        return label
    if number != number:
        return ""
    if number.is_integer():
        return "" if number < 0 else str(int(number)) if "." in label else label
    return label


def _is_fraction(name: str) -> bool:
    try:
        return not float(name).is_integer()
    except (ValueError, OverflowError):
        return False
