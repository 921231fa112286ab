r"""Zip archives from strangers, read one member at a time and never unpacked to disk.

Source: PKWARE APPNOTE 6.3.10.

The directory of an archive is judged as a whole before the first byte is unpacked: a name that
points outside, a link, two entries that share bytes, or sizes that no honest archive has refuse
it entirely.  A member that is merely damaged carries its `problem` and spoils none of the others.
Names are given with `/` between their parts, as some Windows programs write `\`, and in UTF-8
where that is what their bytes are, whatever the archive declares.
"""

import contextlib
import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from resnet_core.errors import ArchiveError
from resnet_core.pictures.names import plain_name

_END_MAGIC, _END_64_MAGIC = b"PK\x05\x06", b"PK\x06\x06"
_UTF8_FLAG = 0x800
_CRUFT = (".ds_store", "thumbs.db", "desktop.ini")
_END_RECORD = struct.Struct("<4s4HLLH")
_END_64_BYTES = 56 + 20
"""The end record and its locator in large archives (zip64)."""
_MAX_COMMENT_BYTES = 65_535
_MAX_ENTRY_BYTES = 46 + 256
"""Length of a directory entry with a long name, bytes."""
_LOCAL_HEADER = struct.Struct("<4s5HLLLHH")
_HARMLESS_BYTES = 2**20
"""A member of this size may be packed as tightly as it likes: a one-coloured BMP, say."""
_HARMLESS_TOTAL_BYTES = 100 * 2**20


@dataclass(frozen=True, kw_only=True)
class ArchiveLimits:
    """What an archive may hold at most."""

    archive_bytes: int = 4 * 2**30
    """Size of the file itself, bytes; STL-10's has 2.5 GB."""
    members: int = 100_000
    """Number of entries, folders included."""
    member_bytes: int = 25 * 2**20
    """One member unpacked, bytes; the same as for one picture."""
    total_bytes: int = 4 * 2**30
    """All members unpacked, bytes."""
    ratio: int = 200
    """Unpacked bytes for each packed byte (deflate ends at about 1,030)."""


DEFAULT_LIMITS = ArchiveLimits()


@dataclass(frozen=True)
class ArchiveMember:
    """One file of an archive."""

    name: str
    """Path within the archive, with `/` between its parts; shown as text only."""
    data: bytes
    """The unpacked bytes; empty where there is a `problem`."""
    problem: str | None = None
    """One sentence if this member is damaged or too large, else `None`."""


def open_archive(
    source: bytes | Path,
    *,
    name: str,
    limits: ArchiveLimits = DEFAULT_LIMITS,
    only: Collection[str] | None = None,
) -> Iterator[ArchiveMember]:
    """Reads the files of a zip archive in their order, one in memory at a time.

    Folders and the extra files of macOS and Windows (`__MACOSX`, `.DS_Store`, `._x`,
    `Thumbs.db`, `desktop.ini`) are left out; archives within the archive are handed on unopened.

    Args:
        source: the archive's bytes, or its path.
        name: what the person calls it; refusals begin with it.
        limits: what it may hold.
        only: names of the members to read; `None` reads all.

    Raises:
        ArchiveError: at the first step, for an archive that is not a zip, is damaged, or is
            built to do harm.
    """
    with checked_archive(source, plain_name(name), limits) as archive:
        for entry in _files(archive):
            if only is None or member_name(entry) in only:
                yield _read_member(archive, entry, limits)


def list_archive(
    source: bytes | Path,
    *,
    name: str,
    limits: ArchiveLimits = DEFAULT_LIMITS,
    with_cruft: bool = False,
) -> list[str]:
    """Names the members that `open_archive` would read, without unpacking any.

    With `with_cruft` the extra files of macOS and Windows are named as well.

    Raises:
        ArchiveError: as `open_archive` does.
    """
    with checked_archive(source, plain_name(name), limits) as archive:
        return [member_name(entry) for entry in _files(archive, with_cruft=with_cruft)]


def member_name(entry: zipfile.ZipInfo) -> str:
    """The name of a member as it is shown and looked up, with `/` between its parts."""
    name = entry.filename
    if not entry.flag_bits & _UTF8_FLAG and not name.isascii():
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return name.replace("\\", "/")


@contextlib.contextmanager
def checked_archive(
    source: bytes | Path, shown: str, limits: ArchiveLimits
) -> Iterator[zipfile.ZipFile]:
    """Opens an archive and judges its directory, or raises as `open_archive` does."""
    with _open_source(source, shown, limits) as file:
        _check_directory_size(file, shown, limits)
        try:
            archive = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, OSError, ValueError, struct.error, RuntimeError) as exc:
            raise _damaged(shown) from exc
        with archive:
            _check_entries(archive.infolist(), shown, limits)
            _check_total(archive.infolist(), file.seek(0, io.SEEK_END), shown, limits)
            _check_overlap(file, archive, shown)
            yield archive


def _files(archive: zipfile.ZipFile, *, with_cruft: bool = False) -> Iterator[zipfile.ZipInfo]:
    for entry in archive.infolist():
        name = member_name(entry)
        if not name.endswith("/") and (with_cruft or not is_cruft(name)):
            yield entry


def _damaged(shown: str) -> ArchiveError:
    return ArchiveError(f"'{shown}' is a damaged zip archive: make it anew or download it again.")


def _open_source(source: bytes | Path, shown: str, limits: ArchiveLimits) -> BinaryIO:
    try:
        size = len(source) if isinstance(source, bytes) else source.stat().st_size
        if size > limits.archive_bytes:
            raise ArchiveError(
                f"'{shown}' has {size / 2**20:,.0f} MB; an archive may have at most "
                f"{limits.archive_bytes / 2**20:,.0f} MB."
            )
        return io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")
    except OSError as exc:
        raise ArchiveError(f"'{shown}' cannot be opened: check that it is there.") from exc


def _check_directory_size(file: BinaryIO, shown: str, limits: ArchiveLimits) -> None:
    """Refuses an oversized directory before zipfile makes an object of each of its entries."""
    size = file.seek(0, io.SEEK_END)
    tail_bytes = min(size, _END_RECORD.size + _MAX_COMMENT_BYTES + _END_64_BYTES)
    file.seek(size - tail_bytes)
    tail = file.read(tail_bytes)
    where = _find_end_record(tail)
    if where is None:
        raise ArchiveError(
            f"'{shown}' is not a zip archive, or its end is missing: use a complete .zip file."
        )
    *_, directory_bytes, _, _ = _END_RECORD.unpack_from(tail, where)
    start_64 = where - _END_64_BYTES
    if start_64 >= 0 and tail.startswith(_END_64_MAGIC, start_64):
        (directory_bytes,) = struct.unpack_from("<Q", tail, start_64 + 40)
    if directory_bytes > limits.members * _MAX_ENTRY_BYTES:
        raise _too_many(shown, limits)


def _find_end_record(tail: bytes) -> int | None:
    """Looks for the end record where zipfile does: at the very end, else before a comment."""
    last = len(tail) - _END_RECORD.size
    if last >= 0 and tail.startswith(_END_MAGIC, last) and tail.endswith(b"\0\0"):
        return last
    where = tail.rfind(_END_MAGIC)
    return where if 0 <= where <= last else None


def _too_many(shown: str, limits: ArchiveLimits) -> ArchiveError:
    return ArchiveError(f"'{shown}' lists too many files; at most {limits.members:,} are allowed.")


def _check_entries(entries: list[zipfile.ZipInfo], shown: str, limits: ArchiveLimits) -> None:
    if len(entries) > limits.members:
        raise _too_many(shown, limits)
    seen: set[str] = set()
    for entry in entries:
        problem = _entry_problem(entry, limits)
        if member_name(entry) in seen:
            problem = "appears twice"
        if problem:
            raise ArchiveError(
                f"'{shown}' is refused: its entry '{plain_name(entry.orig_filename)}' {problem}."
            )
        seen.add(member_name(entry))


def _check_total(
    entries: list[zipfile.ZipInfo], archive_bytes: int, shown: str, limits: ArchiveLimits
) -> None:
    total = sum(entry.file_size for entry in entries)
    if total > max(archive_bytes * limits.ratio, _HARMLESS_TOTAL_BYTES):
        raise ArchiveError(
            f"'{shown}' is refused: it would unpack to many times its size, as in a "
            "decompression bomb."
        )
    if total > limits.total_bytes:
        raise ArchiveError(
            f"'{shown}' would unpack to {total / 2**20:,.0f} MB; at most "
            f"{limits.total_bytes / 2**20:,.0f} MB are allowed."
        )


def _entry_problem(entry: zipfile.ZipInfo, limits: ArchiveLimits) -> str | None:
    """Says why an entry makes the whole archive untrustworthy, or `None`."""
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if points_outside(entry.orig_filename) or points_outside(member_name(entry)):
        return "points outside the archive"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is a link or a device, not a file"
    if entry.flag_bits & 0x41:
        return "is encrypted; unpack it and send the files without a password"
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "is packed by an unusual method; use ordinary (deflate) compression"
    if entry.file_size > max(entry.compress_size * limits.ratio, _HARMLESS_BYTES):
        return "would unpack to many times its size, as in a decompression bomb"
    return None


def points_outside(name: str) -> bool:
    """Whether a member's name leads out of its archive, or to a place of its own."""
    parts = name.replace("\\", "/").split("/")
    drive = len(name) > 1 and name[1] == ":"
    return not name or "\0" in name or drive or name[0] in "/\\" or ".." in parts


def is_cruft(name: str) -> bool:
    """Whether a file only serves macOS's or Windows's own file browser."""
    parts = name.split("/")
    last = parts[-1]
    return "__MACOSX" in parts or last.startswith("._") or last.lower() in _CRUFT


def _check_overlap(file: BinaryIO, archive: zipfile.ZipFile, shown: str) -> None:
    """Refuses entries that share bytes: the trick of archives of few kB that unpack to PB.

    Source: D. Fifield, "A better zip bomb", WOOT 2019.
    """
    previous_end = 0
    for entry in sorted(archive.infolist(), key=lambda entry: entry.header_offset):
        if entry.header_offset < 0:  # zipfile says so where the start of the file is missing
            raise _damaged(shown)
        file.seek(entry.header_offset)
        header = file.read(_LOCAL_HEADER.size)
        if len(header) < _LOCAL_HEADER.size or header[:4] != b"PK\x03\x04":
            raise _damaged(shown)
        name_bytes, extra_bytes = _LOCAL_HEADER.unpack(header)[-2:]
        start = entry.header_offset
        end = start + _LOCAL_HEADER.size + name_bytes + extra_bytes + entry.compress_size
        if start < previous_end or end > archive.start_dir:
            raise ArchiveError(f"'{shown}' is refused: its entries share the same bytes.")
        previous_end = end


def _read_member(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limits: ArchiveLimits
) -> ArchiveMember:
    name = member_name(entry)
    shown = plain_name(name)
    if entry.file_size > limits.member_bytes:
        megabytes, allowed = entry.file_size / 2**20, limits.member_bytes / 2**20
        problem = f"'{shown}' has {megabytes:,.0f} MB; at most {allowed:,.0f} MB are allowed."
        return ArchiveMember(name, b"", problem)
    try:
        with archive.open(entry) as member:
            data = member.read(entry.file_size + 1)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError):
        data = b""
    if len(data) != entry.file_size:
        return ArchiveMember(name, b"", f"'{shown}' is damaged within its archive: pack it again.")
    return ArchiveMember(name, data)
