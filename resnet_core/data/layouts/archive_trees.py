"""The files of a zip or tar archive, never unpacked to the disk."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path

from resnet_core.data.archives import ArchiveMember, list_archive, open_archive
from resnet_core.data.decoding import EncodedPicture
from resnet_core.data.layouts.trees import FileTree
from resnet_core.data.tars import list_tar, open_tar

_Open = Callable[[Collection[str]], Iterator[ArchiveMember]]
"""Reads the members of an archive that have these names, in their order."""


def list_zip(path: Path) -> FileTree:
    """Lists the files of a zip archive.

    Raises:
        ArchiveError: if it is damaged or unsafe.
    """
    return _list_members(
        path,
        "a zip archive",
        list_archive(path, name=path.name, with_cruft=True),
        lambda only: open_archive(path, name=path.name, only=only),
    )


def list_tar_files(path: Path) -> FileTree:
    """Lists the files of a tar archive.

    Raises:
        ArchiveError: if it is damaged or unsafe.
    """
    return _list_members(
        path,
        "a tar archive",
        list_tar(path, name=path.name),
        lambda only: open_tar(path, name=path.name, only=only),
    )


def _list_members(path: Path, called: str, files: Iterable[str], members: _Open) -> FileTree:
    def encode(labelled: Sequence[tuple[str, int]]) -> Iterator[EncodedPicture]:
        labels = dict(labelled)
        for member in members(labels):
            yield EncodedPicture(member.name, member.data, labels[member.name], member.problem)

    return FileTree(
        path=path,
        called=called,
        files=tuple(files),
        origin=_stamp(path),
        encode=encode,
        read=lambda name: b"".join(member.data for member in members({name})),
    )


def _stamp(path: Path) -> str:
    status = path.stat()
    return f"{status.st_size} {status.st_mtime_ns}"
