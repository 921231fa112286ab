"""What a person named: a folder or file, and the tree of files in it, listed once."""

import functools
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from resnet_core.data.array_places import npz_members
from resnet_core.data.layouts.archive_trees import list_tar_files, list_zip
from resnet_core.data.layouts.folder_tree import list_folder
from resnet_core.data.layouts.other_files import refuse_file
from resnet_core.data.layouts.sorting import Aside
from resnet_core.data.layouts.trees import FileTree, no_files
from resnet_core.data.matlab import MATLAB_MAGIC
from resnet_core.data.source import LeftOut, source_name
from resnet_core.data.tars import is_tar
from resnet_core.pictures.names import plain_name

_Kind = Literal["folder", "zip", "tar", "parquet", "npz", "mat"]


class Given:
    """A folder or file that somebody named as a data set."""

    def __init__(self, path: Path) -> None:
        """Looks at what lies there, by its content.

        Raises:
            DataError: if it is a file of another kind.
            ArchiveError: if it is a zip archive that is damaged or unsafe.
            OSError: if it cannot be read.
        """
        self.path = path
        self.kind: _Kind = _kind(path)

    @functools.cached_property
    def tree(self) -> FileTree:
        """The files in it; none in a file that is a set of its own.

        Raises:
            DataError: if they cannot be listed.
        """
        if self.kind == "folder":
            return list_folder(self.path)
        if self.kind == "zip":
            return list_zip(self.path)
        return list_tar_files(self.path) if self.kind == "tar" else no_files(self.path)

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder, whose files have paths of their own."""
        return self.kind == "folder"

    @property
    def name(self) -> str:
        """The short name of the data set."""
        if self.is_folder:
            return source_name(self._called)
        stem = self.path.stem
        return source_name(stem.removesuffix(".tar"))

    @property
    def title(self) -> str:
        """What pages call it."""
        return plain_name(self._called)

    @property
    def _called(self) -> str:
        """Its name; of a folder that is given as `.`, the one that it has elsewhere."""
        return self.path.name if self.path.name not in ("", "..") else self.path.resolve().name

    @property
    def key(self) -> str:
        """What tells it from every other."""
        return str(self.path.resolve())

    def beside(self, used: Iterable[Path | str]) -> tuple[LeftOut, ...]:
        """Names the files that are not among those which were used."""
        taken = {
            each if isinstance(each, str) else each.relative_to(self.path).as_posix()
            for each in used
        }
        aside = Aside()
        aside.add_files(
            "is not needed beside the others", [f for f in self.tree.files if f not in taken]
        )
        return (*self.tree.left_out, *aside.listed())


def stamps(paths: Iterable[Path]) -> list[str]:
    """Size and time of change of each file."""
    states = [path.stat() for path in paths]
    return [f"{state.st_size} {state.st_mtime_ns}" for state in states]


def _kind(path: Path) -> _Kind:
    if path.is_dir():
        return "folder"
    with path.open("rb") as file:
        start = file.read(len(MATLAB_MAGIC))
    if start == MATLAB_MAGIC:
        return "mat"
    if start.startswith(b"PAR1"):
        return "parquet"
    if start.startswith(b"PK"):
        return "npz" if npz_members(path, plain_name(path.name)) else "zip"
    if is_tar(path):
        return "tar"
    raise refuse_file(path)
