"""The files below a folder, links followed within it and never out of it."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from resnet_core.data.decoding import EncodedPicture
from resnet_core.data.layouts.sorting import Aside
from resnet_core.data.layouts.table_files import MAX_TABLE_BYTES
from resnet_core.data.layouts.trees import FileTree

_MAX_DEPTH = 40  # links within links make folders of any depth
_DEEPEST_FOLDERS = 200


def list_folder(folder: Path) -> FileTree:
    """Lists the files below a folder; opens none.

    Raises:
        OSError: if the folder itself cannot be read.
    """
    walk = _Walk(folder.resolve())
    walk.enter(folder, "", ())
    lines = (f"{path}\t{size}\t{changed}" for path, (size, changed) in walk.found.items())
    listing = "\n".join(lines)
    return FileTree(
        path=folder,
        called="a folder",
        files=tuple(walk.found),
        origin=hashlib.sha256(listing.encode(errors="surrogateescape")).hexdigest(),
        encode=lambda labelled: _encode(folder, labelled),
        read=lambda path: _read_text(folder / path),
        left_out=walk.aside.listed(),
    )


@dataclass
class _Walk:
    root: Path
    found: dict[str, tuple[int, int]] = field(default_factory=dict)
    aside: Aside = field(default_factory=Aside)

    def enter(self, where: Path, prefix: str, above: tuple[Path, ...]) -> None:
        with os.scandir(where) as listed:
            entries = sorted(listed, key=lambda entry: entry.name)
        if prefix and not entries and "/." not in f"/{prefix}":  # perhaps a class
            self.aside.add_files("is an empty folder", [where.name])
        folders: list[str] = []
        for entry in entries:
            if entry.is_symlink() and not self._leads_inside(Path(entry.path), above):
                continue
            if entry.is_dir():
                folders.append(entry.name)
            else:
                self._add(entry, f"{prefix}{entry.name}")
        if len(above) > _DEEPEST_FOLDERS:
            self.aside.add_files("is nested too deep", folders)
            return
        for name in folders:
            try:
                self.enter(where / name, f"{prefix}{name}/", (*above, (where / name).resolve()))
            except OSError:
                self.aside.add_files("cannot be read", [name])

    def _leads_inside(self, path: Path, above: tuple[Path, ...]) -> bool:
        target = path.resolve() if path.exists() else None
        if target is None:
            why = "is a link to nothing"
        elif target != self.root and self.root not in target.parents:
            why = "is a link out of the folder"
        elif target in (self.root, *above) or len(above) > _MAX_DEPTH:
            why = "is a link to a folder around it"
        else:
            return True
        self.aside.add_files(why, [str(path)])
        return False

    def _add(self, entry: os.DirEntry[str], path: str) -> None:
        try:
            status = entry.stat()
        except OSError:
            self.aside.add_files("cannot be read", [path])
            return  # it was just deleted
        self.found[path] = (status.st_size, status.st_mtime_ns)


def _encode(folder: Path, labelled: Sequence[tuple[str, int]]) -> Iterator[EncodedPicture]:
    return (EncodedPicture(path, folder / path, label) for path, label in labelled)


def _read_text(path: Path) -> bytes:
    if not path.is_file():  # a pipe would be waited for
        return b""
    with path.open("rb") as file:
        return file.read(MAX_TABLE_BYTES + 1)
