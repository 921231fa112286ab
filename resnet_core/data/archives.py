"""Zip archives from strangers, read one member at a time and never unpacked to disk.

The directory of an archive is judged as a whole before the first byte is unpacked: a name that
points outside, a link, two entries that share bytes, or sizes that no honest archive has refuse
it entirely.  A member that is merely damaged carries its `problem` and spoils none of the others.
"""

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from resnet_core.data.names import plain_name
from resnet_core.errors import ArchiveError

_END_RECORD = b"PK\x05\x06"
_END_RECORD_BYTES = 22
_MAX_COMMENT_BYTES = 65535
_LOCAL_HEADER = struct.Struct("<4s5HLLLHH")
_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, kw_only=True)
class ArchiveLimits:
    """What an archive may hold at most."""

    archive_bytes: int = 2 * 2**30
    """Size of the file itself, bytes."""
    members: int = 100_000
    """Number of entries, folders included."""
    member_bytes: int = 25 * 2**20
    """One member unpacked, bytes; the same as for one picture."""
    total_bytes: int = 4 * 2**30
    """All members unpacked, bytes."""
    ratio: int = 200
    """Unpacked bytes for each packed byte (deflate ends at about 1,030)."""


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
    source: bytes | Path, *, name: str, limits: ArchiveLimits | None = None
) -> Iterator[ArchiveMember]:
    """Reads the files of a zip archive in their order, one in memory at a time.

    Folders and the extra files of macOS and Windows (`__MACOSX`, `.DS_Store`, `._x`,
    `Thumbs.db`) are left out; archives within the archive are handed on unopened.

    Raises:
        ArchiveError: at the first step, for an archive that is not a zip, is damaged, or is
            built to do harm.
    """
    limits = limits or ArchiveLimits()
    shown = plain_name(name)
    with _open_source(source, shown, limits) as file:
        _check_directory_size(file, shown, limits)
        try:
            archive = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, OSError, ValueError, struct.error, NotImplementedError) as exc:
            raise ArchiveError(
                f"'{shown}' is a damaged zip archive: make it anew or download it again."
            ) from exc
        with archive:
            entries = archive.infolist()
            _check_entries(entries, shown, limits)
            _check_overlap(file, archive, shown)
            for entry in entries:
                if not entry.is_dir() and not _is_cruft(entry.filename):
                    yield _read_member(archive, entry, limits)


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
    tail_bytes = min(size, _END_RECORD_BYTES + _MAX_COMMENT_BYTES)
    file.seek(size - tail_bytes)
    tail = file.read(tail_bytes)
    where = tail.rfind(_END_RECORD)
    if where < 0 or len(tail) - where < _END_RECORD_BYTES:
        raise ArchiveError(
            f"'{shown}' is not a zip archive, or its end is missing: use a complete .zip file."
        )
    num_entries, directory_bytes = struct.unpack_from("<HL", tail, where + 10)
    largest = limits.members * (46 + 256)
    if directory_bytes > largest and directory_bytes != 0xFFFFFFFF:
        raise _too_many(shown, limits)
    if num_entries > limits.members and num_entries != 0xFFFF:
        raise _too_many(shown, limits)


def _too_many(shown: str, limits: ArchiveLimits) -> ArchiveError:
    return ArchiveError(f"'{shown}' lists too many files; at most {limits.members:,} are allowed.")


def _check_entries(entries: list[zipfile.ZipInfo], shown: str, limits: ArchiveLimits) -> None:
    if len(entries) > limits.members:
        raise _too_many(shown, limits)
    seen: set[str] = set()
    for entry in entries:
        problem = _entry_problem(entry, limits)
        if entry.filename in seen:
            problem = "appears twice"
        if problem:
            raise ArchiveError(
                f"'{shown}' is refused: its entry '{plain_name(entry.orig_filename)}' {problem}."
            )
        seen.add(entry.filename)
    total = sum(entry.file_size for entry in entries)
    if total > limits.total_bytes:
        raise ArchiveError(
            f"'{shown}' would unpack to {total / 2**20:,.0f} MB; at most "
            f"{limits.total_bytes / 2**20:,.0f} MB are allowed."
        )


def _entry_problem(entry: zipfile.ZipInfo, limits: ArchiveLimits) -> str | None:
    """Says why an entry makes the whole archive untrustworthy, or `None`."""
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if _points_outside(entry.orig_filename):
        return "points outside the archive"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is a link or a device, not a file"
    if entry.flag_bits & 0x41:
        return "is encrypted; unpack it and send the files without a password"
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "is packed by an unusual method; use ordinary (deflate) compression"
    if entry.file_size > max(entry.compress_size, 1) * limits.ratio + 4096:
        return "would unpack to many times its size, as in a decompression bomb"
    return None


def _points_outside(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    drive = len(name) > 1 and name[1] == ":"
    return not name or "\\" in name or "\0" in name or drive or name[0] == "/" or ".." in parts


def _is_cruft(name: str) -> bool:
    """Whether a file only serves macOS's or Windows's own file browser."""
    parts = name.split("/")
    last = parts[-1]
    return "__MACOSX" in parts or last.startswith("._") or last in (".DS_Store", "Thumbs.db")


def _check_overlap(file: BinaryIO, archive: zipfile.ZipFile, shown: str) -> None:
    """Refuses entries that share bytes: the trick of archives of few kB that unpack to PB.

    Source: D. Fifield, "A better zip bomb", WOOT 2019.
    """
    previous_end = 0
    for entry in sorted(archive.infolist(), key=lambda entry: entry.header_offset):
        file.seek(entry.header_offset)
        header = file.read(_LOCAL_HEADER.size)
        if len(header) < _LOCAL_HEADER.size or header[:4] != b"PK\x03\x04":
            raise ArchiveError(
                f"'{shown}' is a damaged zip archive: make it anew or download it again."
            )
        name_bytes, extra_bytes = _LOCAL_HEADER.unpack(header)[-2:]
        start = entry.header_offset
        end = start + _LOCAL_HEADER.size + name_bytes + extra_bytes + entry.compress_size
        if start < previous_end or end > archive.start_dir:
            raise ArchiveError(f"'{shown}' is refused: its entries share the same bytes.")
        previous_end = end


def _read_member(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limits: ArchiveLimits
) -> ArchiveMember:
    shown = plain_name(entry.filename)
    if entry.file_size > limits.member_bytes:
        megabytes, allowed = entry.file_size / 2**20, limits.member_bytes / 2**20
        problem = f"'{shown}' has {megabytes:,.0f} MB; at most {allowed:,.0f} MB are allowed."
        return ArchiveMember(entry.filename, b"", problem)
    try:
        with archive.open(entry) as member:
            data = member.read(entry.file_size + 1)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError):
        data = b""
    if len(data) != entry.file_size:
        return ArchiveMember(
            entry.filename, b"", f"'{shown}' is damaged within its archive: pack it again."
        )
    return ArchiveMember(entry.filename, data)
