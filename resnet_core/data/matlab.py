"""Arrays of numbers in files of MATLAB (version 5, which all programs write but for 7.3's HDF5).

Source: MathWorks, "MAT-File Format", level 5: a header of 128 bytes, then elements, each with its
type and its length; a matrix is an element of elements, and may be packed by zlib.
"""

import math
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from resnet_core.errors import ArchiveError
from resnet_core.pictures.names import plain_name

MATLAB_MAGIC = b"MATLAB 5.0"
"""How such a file begins."""

_MOST_BYTES = 2**31
_HARMLESS_BYTES = 100 * 2**20
_RATIO = 200
"""Unpacked bytes for each packed byte, as archives may have at most."""
_HEADER_BYTES, _TAG_BYTES = 128, 8
_MATRIX, _PACKED = 14, 15
_STORED = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8"}
_STORED |= {12: "i8", 13: "u8"}
"""Types of the numbers as they are stored."""
_CLASSES = {6: "f8", 7: "f4", 8: "i1", 9: "u1", 10: "i2", 11: "u2", 12: "i4", 13: "u4"}
_CLASSES |= {14: "i8", 15: "u8"}
"""Types of the numbers as they are meant: MATLAB stores small doubles as bytes."""
_DAMAGE = (
    LookupError,
    MemoryError,
    StopIteration,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)
_COMPLEX = 0x0800
_MOST_DIMENSIONS = 8


@dataclass(frozen=True)
class _Element:
    kind: int
    content: memoryview


def read_matlab(path: Path) -> dict[str, np.ndarray]:
    """Reads the arrays of numbers of a file; texts, cells and structures are passed over.

    Raises:
        ArchiveError: if it is damaged or built to do harm.
        OSError: if it cannot be read.
    """
    shown = plain_name(path.name)
    if path.stat().st_size > _MOST_BYTES:
        raise ArchiveError(
            f"'{shown}' has more than {_MOST_BYTES // 2**20:,} MB, the most that is read of one "
            "file."
        )
    content = path.read_bytes()
    try:
        order = {b"IM": "<", b"MI": ">"}[content[126:_HEADER_BYTES]]
        found: dict[str, np.ndarray] = {}
        for element in _elements(memoryview(content)[_HEADER_BYTES:], order):
            matrix = _unpacked(element, order)
            named = _array(matrix.content, order) if matrix.kind == _MATRIX else None
            if named is not None:
                found[named[0]] = named[1]
    except _DAMAGE as exc:
        raise ArchiveError(f"'{shown}' is a damaged file of MATLAB: download it again.") from exc
    return found


def _elements(content: memoryview, order: str) -> Iterator[_Element]:
    while len(content):
        kind, size = struct.unpack(f"{order}II", content[:_TAG_BYTES])
        if kind >> 16:  # four bytes or fewer stand in the tag itself
            kind, size, start, step = kind & 0xFFFF, kind >> 16, 4, _TAG_BYTES
            if size > 4:
                raise ValueError("A small element has four bytes at most.")
        else:
            padding = 0 if kind == _PACKED else -size % 8
            start, step = _TAG_BYTES, _TAG_BYTES + size + padding
        if start + size > len(content):
            raise ValueError("An element is longer than the file.")
        yield _Element(kind, content[start : start + size])
        content = content[step:]


def _unpacked(element: _Element, order: str) -> _Element:
    """The one element that a packed one holds; another one as it is."""
    if element.kind != _PACKED:
        return element
    unpacking = zlib.decompressobj()
    tag = unpacking.decompress(element.content, _TAG_BYTES)
    kind, size = struct.unpack(f"{order}II", tag)
    if size > min(_MOST_BYTES, max(_HARMLESS_BYTES, _RATIO * len(element.content))):
        raise ValueError("It unpacks to many times its size.")
    held = unpacking.decompress(unpacking.unconsumed_tail, size) if size else b""
    if len(held) != size:
        raise ValueError("It is shorter than it says.")
    return _Element(kind, memoryview(held))


def _array(content: memoryview, order: str) -> tuple[str, np.ndarray] | None:
    """A matrix by its name; nothing for one of something else than real numbers."""
    parts = _elements(content, order)
    (flags,) = struct.unpack(f"{order}I", next(parts).content[:4])
    sizes = np.frombuffer(next(parts).content, f"{order}i4").tolist()
    name = bytes(next(parts).content).decode("latin1")
    meant = _CLASSES.get(flags & 0xFF)
    if meant is None or flags & _COMPLEX:
        return None
    numbers = next(parts)
    stored = np.frombuffer(numbers.content, f"{order}{_STORED[numbers.kind]}")
    if len(sizes) > _MOST_DIMENSIONS or min(sizes) < 0 or math.prod(sizes) != len(stored):
        raise ValueError("It has another number of numbers than it says.")
    return name, stored.astype(meant, copy=False).reshape(sizes, order="F")
