"""PNG and animated PNG: a walk over the chunks.

Source: W3C PNG specification, third edition (2025), sections 5 and 11.
"""

import struct
import zlib
from dataclasses import dataclass, field

from resnet_core.pictures.formats.directory import read_orientation
from resnet_core.pictures.formats.header import (
    MAX_PROFILE_BYTES,
    PictureHeader,
    Refused,
    cut_short,
    damaged,
    frames_note,
    too_many_pieces,
)

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_PNG_CHUNKS = 65_536
MAX_TEXT_BYTES = 2**20
"""Unpacked size of one compressed text, bytes."""
MAX_PACKED_CHUNKS = 32
"""Compressed texts and profiles in one file."""

_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_CRITICAL = (b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS")


@dataclass
class _Parts:
    """What the walk gathers."""

    header: bytes = b""
    palette: bytes | None = None
    transparency: bytes | None = None
    pixels: list[bytes] = field(default_factory=list)
    exif: bytes = b""
    profile: bytes = b""
    num_frames: int = 0
    starts_animation: bool = False
    packed_chunks: int = 0
    previous: bytes = b""


def read_png(data: bytes) -> PictureHeader:
    """Reads every chunk of a PNG and keeps those of its first picture."""
    parts = _Parts()
    position = len(SIGNATURE)
    for _ in range(MAX_PNG_CHUNKS):
        if position + 8 > len(data):
            break
        length, kind = struct.unpack_from(">L4s", data, position)
        body = data[position + 8 : position + 8 + length]
        position += 8 + length
        _check_chunk(kind, body, length, data[position : position + 4])
        if not parts.header and kind != b"IHDR":
            raise damaged("PNG")
        _take(parts, kind, body)
        parts.previous = kind
        position += 4
        if kind == b"IEND":
            break
    else:
        raise too_many_pieces("PNG")
    return _finish(parts)


def _check_chunk(kind: bytes, body: bytes, length: int, check: bytes) -> None:
    if not kind.isalpha():
        raise damaged("PNG")
    whole = len(body) == length and len(check) == 4
    if not whole and kind != b"IDAT":
        raise cut_short("PNG")
    if whole and kind in _CRITICAL and zlib.crc32(kind + body) != int.from_bytes(check):
        raise damaged("PNG")


def _take(parts: _Parts, kind: bytes, body: bytes) -> None:
    if kind == b"IHDR":
        parts.header = _check_header(parts, body)
    elif kind == b"PLTE":
        parts.palette = body
    elif kind == b"tRNS":
        parts.transparency = body
    elif kind == b"IDAT" and (not parts.pixels or parts.previous == b"IDAT"):
        parts.pixels.append(body)
    elif kind == b"eXIf":
        parts.exif = parts.exif or body
    elif kind == b"fcTL":
        parts.num_frames += 1
        parts.starts_animation = parts.starts_animation or not parts.pixels
    elif kind in (b"zTXt", b"iTXt", b"iCCP"):
        _unpack(parts, kind, body)


def _check_header(parts: _Parts, body: bytes) -> bytes:
    if parts.header or len(body) != 13:
        raise damaged("PNG")
    width, height, depth, colour, packing, filtering, interlace = struct.unpack(">LLBBBBB", body)
    known = depth in _DEPTHS.get(colour, ()) and packing == filtering == 0 and interlace < 2
    if not known or not 0 < width < 2**31 or not 0 < height < 2**31:
        raise damaged("PNG")
    return body


def _unpack(parts: _Parts, kind: bytes, body: bytes) -> None:
    """Unpacks a compressed chunk as far as its limit, and refuses what is larger."""
    parts.packed_chunks += 1
    if parts.packed_chunks > MAX_PACKED_CHUNKS:
        raise too_many_pieces("PNG")
    packed = _packed_part(kind, body)
    limit = MAX_PROFILE_BYTES if kind == b"iCCP" else MAX_TEXT_BYTES
    unpacker = zlib.decompressobj()
    try:
        unpacked = unpacker.decompress(packed, limit + 1)
    except zlib.error:
        return  # a broken text or profile harms nothing: it is left out
    if len(unpacked) > limit:
        raise Refused(
            "is refused: a compressed text or colour profile in it unpacks to many times its "
            "size, as in a decompression bomb. Save it anew without metadata."
        )
    if kind == b"iCCP":
        parts.profile = parts.profile or unpacked


def _packed_part(kind: bytes, body: bytes) -> bytes:
    _, _, rest = body.partition(b"\x00")
    if kind != b"iTXt":
        return rest[1:]
    if not rest[:1].strip(b"\x00"):
        return b""
    _, _, rest = rest[2:].partition(b"\x00")
    return rest.partition(b"\x00")[2]


def _finish(parts: _Parts) -> PictureHeader:
    if not parts.header or not parts.pixels:
        raise cut_short("PNG")
    width, height, depth, colour = struct.unpack_from(">LLBB", parts.header)
    if colour == 3 and not parts.palette:
        raise damaged("PNG")
    chunks = [(b"IHDR", parts.header)]
    if parts.palette is not None and len(parts.palette) % 3 == 0:
        chunks.append((b"PLTE", parts.palette))
    if parts.transparency is not None:
        chunks.append((b"tRNS", _eight_bit_transparency(parts.transparency, depth, colour)))
    chunks += [(b"IDAT", b"".join(parts.pixels)), (b"IEND", b"")]
    notes = frames_note(parts.num_frames) if parts.starts_animation else ()
    return PictureHeader(
        format="PNG",
        size_px=(width, height),
        data=SIGNATURE + b"".join(_write_chunk(kind, body) for kind, body in chunks),
        orientation=read_orientation(parts.exif),
        profile=parts.profile,
        deep_colour=depth == 16 and colour in (2, 6),
        notes=notes,
    )


def _eight_bit_transparency(body: bytes, depth: int, colour: int) -> bytes:
    """Restates a transparent colour in the units of the decoded pixels.

    Pillow 13 compares the raw sample with pixels that it has already stretched to 8 bits (2 and
    4-bit grey) or cut down to 8 bits (16-bit colour), and would miss.
    """
    if colour not in (0, 2):
        return body
    if len(body) != (2 if colour == 0 else 6):
        raise damaged("PNG")
    values = struct.unpack(f">{len(body) // 2}H", body)
    if colour == 0 and depth in (2, 4):
        values = tuple((value & (2**depth - 1)) * (255 // (2**depth - 1)) for value in values)
    elif colour == 2 and depth == 16:
        values = tuple(value >> 8 for value in values)
    return struct.pack(f">{len(values)}H", *values)


def _write_chunk(kind: bytes, body: bytes) -> bytes:
    check = zlib.crc32(body, zlib.crc32(kind))
    return struct.pack(">L", len(body)) + kind + body + struct.pack(">L", check)
