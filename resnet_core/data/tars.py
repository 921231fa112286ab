"""Tar archives from strangers, plain or packed (gzip, bzip2, xz), read as a stream, never unpacked.

`list_tar` judges the whole archive, and who reads one lists it first: a name that points outside,
a link, a device, or sizes that no honest archive has refuse it entirely.
"""

import bz2
import contextlib
import gzip
import io
import lzma
import struct
import tarfile
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import BinaryIO, cast

from resnet_core.data.archives import (
    DEFAULT_LIMITS,
    ArchiveLimits,
    ArchiveMember,
    is_cruft,
    points_outside,
)
from resnet_core.data.xz_stream import XZ_MAGIC, XzStream
from resnet_core.errors import ArchiveError
from resnet_core.pictures.names import plain_name

TAR_MAGIC_AT = 257
"""Where a tar archive says that it is one."""

_GZIP, _BZIP2 = b"\x1f\x8b", b"BZh"
_MAGIC = b"ustar"
_BUFFER_BYTES = 2**16
_SMALL_TOTAL_BYTES = 100 * 2**20
_READ_ERRORS = (
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    OSError,
    EOFError,
    ValueError,
    LookupError,
    ArithmeticError,
    RecursionError,
    MemoryError,
)


def is_tar(path: Path) -> bool:
    """Whether a file is a tar archive, plain or packed, by its content."""
    try:
        with _open_stream(path) as file:
            start = file.read(TAR_MAGIC_AT + len(_MAGIC))
    except _READ_ERRORS:
        return False
    return start[TAR_MAGIC_AT:] == _MAGIC


def list_tar(path: Path, *, name: str, limits: ArchiveLimits = DEFAULT_LIMITS) -> list[str]:
    """Names the files of an archive in their order, those of macOS and Windows among them.

    Raises:
        ArchiveError: for an archive that is damaged, or is built to do harm.
    """
    return [_name(member) for _, member in _members(path, plain_name(name), limits)]


def open_tar(
    path: Path,
    *,
    name: str,
    limits: ArchiveLimits = DEFAULT_LIMITS,
    only: Collection[str] | None = None,
) -> Iterator[ArchiveMember]:
    """Reads the files of an archive in their order, one in memory at a time.

    Args:
        path: the archive.
        name: what the person calls it; refusals begin with it.
        limits: what it may hold.
        only: names of the members to read; `None` reads all.

    Raises:
        ArchiveError: as `list_tar` does.
    """
    shown, left = plain_name(name), None if only is None else set(only)
    for tar, member in _members(path, shown, limits):
        found = _name(member)
        if left is None:
            if not is_cruft(found):
                yield _read(tar, member, shown, limits)
        elif found in left:
            left.discard(found)
            yield _read(tar, member, shown, limits)
        if left is not None and not left:
            return


def _name(member: tarfile.TarInfo) -> str:
    return member.name.replace("\\", "/").removeprefix("./")


def _members(
    path: Path, shown: str, limits: ArchiveLimits
) -> Iterator[tuple[tarfile.TarFile, tarfile.TarInfo]]:
    size = path.stat().st_size
    if size > limits.archive_bytes:
        raise ArchiveError(
            f"'{shown}' has {size / 2**20:,.0f} MB; an archive may have at most "
            f"{limits.archive_bytes / 2**20:,.0f} MB."
        )
    most_bytes = min(limits.total_bytes, max(size * limits.ratio, _SMALL_TOTAL_BYTES))
    with _reading(shown), _open_stream(path) as file:
        bounded = cast(BinaryIO, _Bounded(file, most_bytes, limits.member_bytes, shown))
        with tarfile.open(fileobj=bounded, mode="r:", errorlevel=2) as tar:
            seen: set[str] = set()
            number = 0
            while (member := tar.next()) is not None:
                number += 1
                if number > limits.members:
                    raise ArchiveError(
                        f"'{shown}' lists too many files; at most {limits.members:,} are allowed."
                    )
                _refuse_unsafe(member, seen, shown)
                tar.members = []  # pyright: ignore - else every member that was passed stays in memory
                if member.isfile():
                    seen.add(_name(member))
                    yield tar, member
            bounded.seek(tar.offset)
            if bounded.read(tarfile.BLOCKSIZE).strip(
                b"\0"
            ):  # tarfile takes a bad header for the end
                raise _broken(shown)


def _refuse_unsafe(member: tarfile.TarInfo, seen: set[str], shown: str) -> None:
    problem = None
    if points_outside(member.name):
        problem = "points outside the archive"
    elif not (member.isfile() or member.isdir()) or member.issparse():
        problem = "is a link or a device, not a file"
    elif member.isfile() and _name(member) in seen:
        problem = "appears twice"
    if problem:
        raise ArchiveError(
            f"'{shown}' is refused: its entry '{plain_name(member.name)}' {problem}."
        )


def _read(
    tar: tarfile.TarFile, member: tarfile.TarInfo, shown: str, limits: ArchiveLimits
) -> ArchiveMember:
    name = _name(member)
    if member.size > limits.member_bytes:
        megabytes, allowed = member.size / 2**20, limits.member_bytes / 2**20
        problem = (
            f"'{plain_name(name)}' has {megabytes:,.0f} MB; at most {allowed:,.0f} MB are allowed."
        )
        return ArchiveMember(name, b"", problem)
    file = tar.extractfile(member)
    data = file.read() if file is not None else b""
    if len(data) != member.size:
        raise _broken(shown)
    return ArchiveMember(name, data)


def _open_stream(path: Path) -> BinaryIO:
    with path.open("rb") as file:
        start = file.read(len(XZ_MAGIC))
    if start.startswith(_GZIP):
        return cast(BinaryIO, gzip.open(path))
    if start == XZ_MAGIC:
        return cast(BinaryIO, io.BufferedReader(XzStream(path), _BUFFER_BYTES))
    return cast(BinaryIO, bz2.open(path)) if start.startswith(_BZIP2) else path.open("rb")


@contextlib.contextmanager
def _reading(shown: str) -> Iterator[None]:
    try:
        yield
    except _READ_ERRORS as exc:
        raise _broken(shown) from exc


def _broken(shown: str) -> ArchiveError:
    return ArchiveError(f"'{shown}' is a damaged tar archive: make it anew or download it again.")


class _Bounded(io.RawIOBase):
    """A stream that refuses to give more than an honest archive needs.

    `tarfile` reads a header of any size that it states, and seeks where a header tells it.
    """

    def __init__(self, file: BinaryIO, most_bytes: int, most_at_once: int, shown: str) -> None:
        self._file, self._most_bytes = file, most_bytes
        self._most_at_once, self._shown = most_at_once, shown

    def read(self, size: int = -1, /) -> bytes:
        if size < 0 or size > self._most_at_once:
            raise ValueError("A header states a size that no honest archive has.")
        self._check(self._file.tell() + size)
        return self._file.read(size)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        self._check(offset)
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def _check(self, place: int) -> None:
        if place > self._most_bytes + tarfile.RECORDSIZE:
            raise ArchiveError(
                f"'{self._shown}' is refused: it would unpack to many times its size, as in a "
                "decompression bomb, or to more than is allowed."
            )
