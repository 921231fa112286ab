"""JPEG and multi-picture JPEG (MPO): a walk over the marker segments before the first scan.

Source: ITU-T T.81 annex B; MPO: CIPA DC-007; ICC in JPEG: ICC.1 annex B.4.
"""

import re
import struct
from dataclasses import dataclass, field

from resnet_core.pictures.formats.directory import (
    BrokenDirectoryError,
    read_byte_layout,
    read_directory,
    read_integers,
    read_orientation,
)
from resnet_core.pictures.formats.header import (
    MAX_PIXELS,
    PictureHeader,
    Refused,
    cut_short,
    damaged,
    frames_note,
    too_many_pieces,
)

MAX_SEGMENTS = 4096
MAX_SCANS = 200
MAX_SCAN_PIXELS = 1_000_000_000
"""Scans times pixels: a few bytes of a further scan cost a pass over the whole picture."""

_FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})
_SCAN, _END, _APP0, _APP1, _APP2, _APP14, _COMMENT = 0xDA, 0xD9, 0xE0, 0xE1, 0xE2, 0xEE, 0xFE
_NOT_FILL = re.compile(rb"[^\xff]")
_NUM_IMAGES = 0xB001
_XMP_OF_GAIN_MAP = b'hdrgm:Version="'


@dataclass
class _Parts:
    """What the walk gathers."""

    kept: list[bytes] = field(default_factory=lambda: [b"\xff\xd8"])
    size_px: tuple[int, int] | None = None
    exif: bytes = b""
    profile: dict[int, bytes] = field(default_factory=dict)
    num_images: int = 1
    has_gain_map: bool = False


def read_jpeg(data: bytes) -> PictureHeader:
    """Reads a JPEG up to its first scan and leaves out everything that is not the picture."""
    parts = _Parts()
    position = 2
    for _ in range(MAX_SEGMENTS):
        marker, position = _next_marker(data, position)
        if marker == _SCAN:
            return _finish(parts, data[position - 2 :])
        if marker == _END:
            raise damaged("JPEG")
        if marker in _WITHOUT_LENGTH:
            continue
        if position + 2 > len(data):
            raise cut_short("JPEG")
        (length,) = struct.unpack_from(">H", data, position)
        if length < 2:
            raise damaged("JPEG")
        if position + length > len(data):
            raise cut_short("JPEG")
        _take(parts, marker, data[position + 2 : position + length])
        position += length
    raise too_many_pieces("JPEG")


def _next_marker(data: bytes, position: int) -> tuple[int, int]:
    """Finds the next marker and the position after it; stray bytes before it are skipped."""
    while True:
        position = data.find(b"\xff", position)
        found = _NOT_FILL.search(data, position) if position >= 0 else None
        if found is None:
            raise cut_short("JPEG")
        position = found.end()
        if data[found.start()]:
            return data[found.start()], position


def _take(parts: _Parts, marker: int, body: bytes) -> None:
    if marker in _FRAME_MARKERS:
        parts.size_px = _frame_size(parts, body)
    elif marker == _APP1 and body.startswith(b"Exif\x00\x00"):
        parts.exif = parts.exif or body
    elif marker == _APP1:
        parts.has_gain_map = parts.has_gain_map or _XMP_OF_GAIN_MAP in body
    elif marker == _APP2 and body.startswith(b"ICC_PROFILE\x00") and len(body) > 14:
        parts.profile[body[12]] = body[14:]
    elif marker == _APP2 and body.startswith(b"MPF\x00"):
        parts.num_images = _num_images(body[4:])
    if not (_APP0 <= marker <= 0xEF or marker == _COMMENT) or marker in (_APP0, _APP14):
        parts.kept.append(struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body)


def _frame_size(parts: _Parts, body: bytes) -> tuple[int, int]:
    if parts.size_px is not None or len(body) < 6:
        raise damaged("JPEG")
    bits, height, width = struct.unpack_from(">BHH", body)
    if bits != 8:
        raise Refused(f"is a JPEG with {bits} bits a colour; only 8 can be read. Save it as PNG.")
    if not width or not height:
        raise damaged("JPEG")
    return width, height


def _num_images(block: bytes) -> int:
    try:
        layout, where = read_byte_layout(block)
        entries, _ = read_directory(block, where, layout)
        return read_integers(block, entries[_NUM_IMAGES], layout)[0]
    except (BrokenDirectoryError, KeyError, IndexError):
        return 1


def _finish(parts: _Parts, scans: bytes) -> PictureHeader:
    if parts.size_px is None:
        raise damaged("JPEG")
    num_scans = scans.count(b"\xff\xda")
    pixels = parts.size_px[0] * parts.size_px[1]
    # A picture that is too large is refused for that, by the caller.
    if pixels <= MAX_PIXELS and num_scans > min(MAX_SCANS, MAX_SCAN_PIXELS // pixels):
        raise too_many_pieces("JPEG")
    several = parts.num_images > 1 and not parts.has_gain_map
    return PictureHeader(
        format="MPO" if several else "JPEG",
        size_px=parts.size_px,
        data=b"".join([*parts.kept, scans]),
        orientation=read_orientation(parts.exif),
        profile=b"".join(parts.profile[number] for number in sorted(parts.profile)),
        notes=frames_note(parts.num_images) if several else (),
    )
