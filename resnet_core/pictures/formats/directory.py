"""Image file directories: the tagged tables of TIFF, EXIF and multi-picture JPEG.

Source: TIFF 6.0 specification (Adobe, 1992), section 2; BigTIFF (libtiff).
"""

import struct
from dataclasses import dataclass

ORIENTATION = 274
_TYPE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
_TYPE_BYTES |= {13: 4, 16: 8, 17: 8, 18: 8}
_INTEGER_CODES = {1: "B", 3: "H", 4: "L", 13: "L", 16: "Q", 18: "Q"}
_MAX_ENTRIES = 1000


class BrokenDirectoryError(ValueError):
    """A table that leaves its file or is absurdly long."""


@dataclass(frozen=True)
class ByteLayout:
    """How numbers are written in a file."""

    order: str
    """`<` for little-endian, `>` for big-endian."""
    big: bool
    """Whether offsets have 8 bytes (BigTIFF)."""

    @property
    def pointer(self) -> struct.Struct:
        """An offset."""
        return struct.Struct(self.order + ("Q" if self.big else "L"))

    @property
    def count(self) -> struct.Struct:
        """The number of entries, at the head of a table."""
        return struct.Struct(self.order + ("Q" if self.big else "H"))


@dataclass(frozen=True)
class DirectoryEntry:
    """One tag's entry in a table."""

    tag: int
    type: int
    count: int
    where: int
    """Offset of the values in the file, bytes."""
    record: bytes
    """The entry as stored."""

    @property
    def num_bytes(self) -> int:
        """Length of the values, bytes."""
        return self.count * _TYPE_BYTES.get(self.type, 0)


def read_byte_layout(data: bytes) -> tuple[ByteLayout, int]:
    """Reads the first bytes of a TIFF structure: its layout and where its first table is.

    Raises:
        BrokenDirectoryError: if these are not such bytes.
    """
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None or len(data) < 16:
        raise BrokenDirectoryError
    magic = struct.unpack_from(order + "H", data, 2)[0]
    if magic not in (42, 43):
        raise BrokenDirectoryError
    layout = ByteLayout(order, magic == 43)
    return layout, layout.pointer.unpack_from(data, 8 if layout.big else 4)[0]


def read_directory(
    data: bytes, where: int, layout: ByteLayout
) -> tuple[dict[int, DirectoryEntry], int]:
    """Reads one table: its entries by tag, and the offset of the next table (0: none).

    Raises:
        BrokenDirectoryError: if the table leaves the file, repeats a tag or is too long.
    """
    record_bytes = 20 if layout.big else 12
    try:
        (count,) = layout.count.unpack_from(data, where)
        start = where + layout.count.size
        if count > _MAX_ENTRIES:
            raise BrokenDirectoryError
        entries = [
            _read_entry(data, start + index * record_bytes, layout) for index in range(count)
        ]
        end = start + count * record_bytes
        (following,) = layout.pointer.unpack_from(data, end)
    except (struct.error, OverflowError) as exc:
        raise BrokenDirectoryError from exc
    known = [entry for entry in entries if entry.type in _TYPE_BYTES]
    by_tag = {entry.tag: entry for entry in known}
    if len(by_tag) != len(known):
        raise BrokenDirectoryError
    return by_tag, following


def _read_entry(data: bytes, where: int, layout: ByteLayout) -> DirectoryEntry:
    head = struct.Struct(layout.order + ("HHQ" if layout.big else "HHL"))
    tag, kind, count = head.unpack_from(data, where)
    values_at = where + head.size
    record = data[where : values_at + layout.pointer.size]
    if count * _TYPE_BYTES.get(kind, 0) > layout.pointer.size:
        (values_at,) = layout.pointer.unpack_from(data, values_at)
    return DirectoryEntry(tag, kind, count, values_at, record)


def read_integers(data: bytes, entry: DirectoryEntry, layout: ByteLayout) -> tuple[int, ...]:
    """The values of an entry of whole numbers.

    Raises:
        BrokenDirectoryError: if there are none, of another type, or outside the file.
    """
    code = _INTEGER_CODES.get(entry.type)
    if code is None or not entry.count or entry.where + entry.num_bytes > len(data):
        raise BrokenDirectoryError
    return struct.unpack_from(f"{layout.order}{entry.count}{code}", data, entry.where)


def read_orientation(exif: bytes) -> int:
    """The orientation that an EXIF block states, 1 to 8; 1 where it states none or is broken.

    Source: EXIF 2.32 (CIPA DC-008), section 4.6.4.
    """
    block = exif.removeprefix(b"Exif\x00\x00")
    try:
        layout, where = read_byte_layout(block)
        entries, _ = read_directory(block, where, layout)
        if entries[ORIENTATION].count != 1:
            return 1
        (value,) = read_integers(block, entries[ORIENTATION], layout)
    except (BrokenDirectoryError, KeyError):
        return 1
    return value if 1 <= value <= 8 else 1
