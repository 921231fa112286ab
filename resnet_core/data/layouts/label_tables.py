"""The tables that lie beside pictures, and which of them tells most."""

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from resnet_core.data.layouts.table_files import read_table
from resnet_core.data.layouts.tables import TableLabels, match_table, names_some, picture_names
from resnet_core.data.source import Part
from resnet_core.errors import DataError
from resnet_core.pictures.names import plain_name

_MOST_TABLES = 30
_SURE_TABLES = (".csv", ".tsv", ".jsonl")
ReadFile = Callable[[str], bytes]
"""Reads a small file of the data set."""


class LabelTables:
    """The tables of a data set, each read once and only if it is asked for."""

    def __init__(self, paths: Sequence[str], read: ReadFile | None) -> None:
        """Takes the topmost of some files.

        Args:
            paths: what may be tables; one text beside each picture is none.
            read: reads one of them; `None` where none can be read.
        """
        nearest = sorted(paths, key=lambda path: (path.count("/"), path))
        self._paths = nearest[:_MOST_TABLES] if read else []
        self._read = functools.cache(lambda path: read_table(path, read(path)) if read else None)
        self.used: set[str] = set()
        self.notes: list[str] = []
        self.read = read

    def best(
        self, pictures: Mapping[str, Part], *, scope: Part | None = None
    ) -> TableLabels | None:
        """Finds the table that names most of some pictures.

        Args:
            pictures: the part of each.
            scope: the part that the table must speak of; `None` for any.

        Raises:
            DataError: if one names the pictures and its classes cannot be told, or two tell others.
        """
        names = picture_names(pictures)
        found: list[TableLabels] = []
        reasons: list[DataError] = []
        for table in map(self._read, self._paths):
            if not table or scope not in (None, table.scope) or not names_some(table, names):
                continue
            try:
                matched = match_table(table, pictures)
            except DataError as exc:  # another one may tell them
                reasons.append(exc)
                continue
            if matched is not None:
                found.append(matched)
        best = max(found, key=_worth, default=None)
        if best is None and reasons:
            raise reasons[0]
        if best is not None:
            _refuse_others(best, found)
            self.used.add(best.path)
            self.notes.extend(self._say_guessed(best.path))
        return best

    def say_unused(self, pictures: Iterable[str]) -> str:
        """Says of a table that it names no picture, or too few; empty where there is no table."""
        names = picture_names(pictures)
        for path in self._paths:
            table = self._read(path) if path.lower().endswith(_SURE_TABLES) else None
            if table is not None:
                how_many = "too few" if names_some(table, names) else "none"
                return f"'{plain_name(PurePosixPath(path).name)}' names {how_many} of its pictures"
        return ""

    def _say_guessed(self, path: str) -> Iterator[str]:
        table = self._read(path)
        if table is not None and table.is_guessed:
            yield (
                f"'{plain_name(PurePosixPath(path).name)}' is not UTF-8, and was read as "
                "Windows-1252: if names look wrong, save it as UTF-8."
            )


def _refuse_others(best: TableLabels, found: Sequence[TableLabels]) -> None:
    """Refuses two tables that sort the same pictures into different classes."""
    for other in found:
        shared = best.labels.keys() & other.labels.keys()
        pairs = {(best.labels[path], other.labels[path]) for path in shared}
        kinds = [len({pair[side] for pair in pairs}) for side in (0, 1)]
        if min(kinds) > 1 and len(pairs) > max(kinds) and 2 * len(shared) > len(best.labels):
            raise DataError(
                f"'{PurePosixPath(best.path).name}' and '{PurePosixPath(other.path).name}' sort "
                "the same pictures into different classes: leave the one that is meant."
            )


def _worth(table: TableLabels) -> tuple[bool, int]:
    """A table of one value for all pictures tells no classes."""
    return len(set(table.labels.values()) - {""}) > 1, len(table.labels)
