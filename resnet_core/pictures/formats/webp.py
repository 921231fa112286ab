"""WebP: a walk over the RIFF chunks.

Source: RFC 9649, sections 2 and 3.
"""

import struct

from resnet_core.pictures.formats.directory import read_orientation
from resnet_core.pictures.formats.header import (
    MAX_PROFILE_BYTES,
    PictureHeader,
    cut_short,
    damaged,
    frames_note,
    too_many_pieces,
)

MAX_WEBP_CHUNKS = 10_000

_LOSSY_START = b"\x9d\x01\x2a"
_LOSSLESS_START = 0x2F


def read_webp(data: bytes) -> PictureHeader:
    """Reads the chunks of a WebP; its data are handed on whole."""
    chunks = _walk(data)
    if not chunks:
        raise cut_short("WebP")
    kind, where, length = chunks[0]
    body = data[where : where + min(length, 32)]
    profile, exif = (_body(data, chunks, wanted) for wanted in (b"ICCP", b"EXIF"))
    return PictureHeader(
        format="WEBP",
        size_px=_size(kind, body),
        data=data,
        orientation=read_orientation(exif),
        profile=profile if len(profile) <= MAX_PROFILE_BYTES else b"",
        notes=frames_note(sum(kind == b"ANMF" for kind, _, _ in chunks)),
    )


def _walk(data: bytes) -> list[tuple[bytes, int, int]]:
    """Lists kind, offset and length of each chunk."""
    chunks: list[tuple[bytes, int, int]] = []
    (stated,) = struct.unpack_from("<L", data, 4)
    if stated + 8 > len(data):
        raise cut_short("WebP")
    position = 12
    while position + 8 <= min(len(data), stated + 8):
        kind, length = struct.unpack_from("<4sL", data, position)
        chunks.append((kind, position + 8, length))
        position += 8 + length + length % 2
        if len(chunks) > MAX_WEBP_CHUNKS:
            raise too_many_pieces("WebP")
    return chunks


def _body(data: bytes, chunks: list[tuple[bytes, int, int]], wanted: bytes) -> bytes:
    for kind, where, length in chunks:
        if kind == wanted:
            return data[where : where + length]
    return b""


def _size(kind: bytes, body: bytes) -> tuple[int, int]:
    if kind == b"VP8X" and len(body) >= 10:
        width, height = (int.from_bytes(body[at : at + 3], "little") + 1 for at in (4, 7))
        return width, height
    if kind == b"VP8L" and len(body) >= 5 and body[0] == _LOSSLESS_START:
        (packed,) = struct.unpack_from("<L", body, 1)
        return (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1
    if kind == b"VP8 " and len(body) >= 10 and body[3:6] == _LOSSY_START:
        width, height = struct.unpack_from("<HH", body, 6)
        return width & 0x3FFF, height & 0x3FFF
    raise damaged("WebP")
