"""Where arrays of pictures lie: in an npz file, or as npy files in a folder, a zip or a tar.

An npz file is itself a zip archive of npy files, and may lie within another archive.  Each array is
opened as a stream of bytes; what is in it is judged by who reads it.
"""

import contextlib
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from resnet_core.data.archives import ArchiveLimits, checked_archive, member_name
from resnet_core.data.tars import is_tar, open_tar
from resnet_core.errors import ArchiveError
from resnet_core.pictures.names import plain_name

LIMITS = ArchiveLimits(member_bytes=2**31)
"""What a file of arrays may hold: its arrays are larger than pictures."""
MAX_INNER_BYTES = 2**30
"""Largest npz file or npy file within an archive that is held in memory, bytes."""

_NPY = ".npy"


@dataclass(frozen=True)
class ArrayPlace:
    """A set of arrays; equal places hold the same as long as their files do."""

    path: Path
    """A folder, an npz file, or a zip or tar archive."""
    inside: str = ""
    """The npz file within the archive that holds the arrays; empty where they lie in it."""
    files: tuple[str, ...] = ()
    """The npy files, where they lie one by one."""

    @property
    def title(self) -> str:
        """The file that sentences name, as it may be shown."""
        return plain_name(Path(self.inside or self.path).name)

    @property
    def stamp(self) -> tuple[tuple[int, int], ...]:
        """Size and time of change of what the arrays are read from."""
        is_loose = self.path.is_dir()
        read_from = [self.path / file for file in self.files] if is_loose else [self.path]
        states = [path.stat() for path in read_from]
        return tuple((state.st_size, state.st_mtime_ns) for state in states)

    def names(self) -> list[str]:
        """Names the arrays, without the folder around all of them and the ending.

        Raises:
            ArchiveError: if an npz file is damaged or unsafe.
        """
        if self.files:
            return list(_by_name(self.files))
        with self._npz() as source:
            return list(_by_name(npz_members(source, self.title)))

    @contextlib.contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """Opens the npy file of an array.

        Raises:
            ArchiveError: if the archive is damaged or unsafe.
        """
        if not self.files:
            with self._npz() as source:
                file = _by_name(npz_members(source, self.title))[name]
                with _member(source, self.title, file) as stream:
                    yield stream
            return
        file = _by_name(self.files)[name]
        if self.path.is_dir():
            with (self.path / file).open("rb") as stream:
                yield stream
        elif is_tar(self.path):
            yield io.BytesIO(_from_tar(self.path, file))
        else:
            with _member(self.path, plain_name(self.path.name), file) as stream:
                yield stream

    @contextlib.contextmanager
    def _npz(self) -> Iterator[bytes | Path]:
        """The npz file: a path, or its bytes where it lies within an archive."""
        if not self.inside:
            yield self.path
        elif is_tar(self.path):
            yield _from_tar(self.path, self.inside)
        else:
            with _member(self.path, plain_name(self.path.name), self.inside) as stream:
                yield _held(stream.read(MAX_INNER_BYTES + 1), self.title)


def npz_members(source: bytes | Path, shown: str) -> list[str]:
    """Lists the files of an npz file; none where it is a zip archive of something else.

    Raises:
        ArchiveError: if it is damaged or unsafe.
    """
    with checked_archive(source, shown, ArchiveLimits()) as archive:
        names = [member_name(entry) for entry in archive.infolist()]
    return names if all(name.endswith(_NPY) for name in names) else []


def is_array(path: str) -> bool:
    """Whether a file is called as an array alone is."""
    return path.lower().endswith(_NPY)


def _by_name(files: Iterable[str]) -> dict[str, str]:
    """Files by the names of their arrays; with their folder's where names alone are not enough.

    So `train/images.npy` beside `test/images.npy` is `train_images`.
    """
    named = {file: file[: -len(_NPY)].split("/") for file in files}
    depth = 1 if len({parts[-1] for parts in named.values()}) == len(named) else 2
    return {"_".join(parts[-depth:]): file for file, parts in named.items()}


@contextlib.contextmanager
def _member(source: bytes | Path, shown: str, file: str) -> Iterator[IO[bytes]]:
    with checked_archive(source, shown, LIMITS) as archive:
        entry = next(each for each in archive.infolist() if member_name(each) == file)
        with archive.open(entry) as stream:
            yield stream


def _from_tar(path: Path, file: str) -> bytes:
    limits = ArchiveLimits(member_bytes=MAX_INNER_BYTES)
    for member in open_tar(path, name=path.name, limits=limits, only={file}):
        if member.problem:
            raise ArchiveError(member.problem)
        return member.data
    raise ArchiveError(f"'{plain_name(path.name)}' was changed meanwhile: try again.")


def _held(content: bytes, shown: str) -> bytes:
    if len(content) > MAX_INNER_BYTES:
        raise ArchiveError(
            f"'{shown}' has more than {MAX_INNER_BYTES // 2**20:,} MB within its archive: unpack "
            "it, and give the file."
        )
    return content
