"""The files of a zip or tar archive, never unpacked to the disk."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from resnet_core.data.archives import list_archive, open_archive
from resnet_core.data.decoding import EncodedPicture
from resnet_core.data.layouts.trees import FileTree
from resnet_core.data.tars import list_tar, open_tar


def list_zip(path: Path) -> FileTree:
    """Lists the files of a zip archive.

    Raises:
        ArchiveError: if it is damaged or unsafe.
    """

    def encode(labelled: Sequence[tuple[str, int]]) -> Iterator[EncodedPicture]:
        labels = dict(labelled)
        for member in open_archive(path, name=path.name, only=labels):
            yield EncodedPicture(member.name, member.data, labels[member.name], member.problem)

    def read(name: str) -> bytes:
        return b"".join(member.data for member in open_archive(path, name=path.name, only={name}))

    return FileTree(
        path=path,
        called="a zip archive",
        files=tuple(list_archive(path, name=path.name, with_cruft=True)),
        origin=_stamp(path),
        encode=encode,
        read=read,
    )


def list_tar_files(path: Path) -> FileTree:
    """Lists the files of a tar archive.

    Raises:
        ArchiveError: if it is damaged or unsafe.
    """

    def encode(labelled: Sequence[tuple[str, int]]) -> Iterator[EncodedPicture]:
        labels = dict(labelled)
        for member in open_tar(path, name=path.name, only=labels):
            yield EncodedPicture(member.name, member.data, labels[member.name], member.problem)

    def read(name: str) -> bytes:
        return b"".join(member.data for member in open_tar(path, name=path.name, only={name}))

    return FileTree(
        path=path,
        called="a tar archive",
        files=tuple(list_tar(path, name=path.name)),
        origin=_stamp(path),
        encode=encode,
        read=read,
    )


def _stamp(path: Path) -> str:
    status = path.stat()
    return f"{status.st_size} {status.st_mtime_ns}"
