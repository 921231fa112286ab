"""Pictures with a known content, and small writers of what image libraries will not write.

The writers are written from the formats' specifications, so that a picture's bytes and the
pixels that are expected of it do not come from the library that decodes it.
"""

import io
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

WIDTH, HEIGHT = 24, 16
CUT = "is cut short: the end of its {} data is missing"
DAMAGED = "is damaged: its {} data cannot be read"
PIECES = "its {} data are cut into too many pieces"
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2))
ADAM7_PASSES = (*_ADAM7, (0, 1, 1, 2))


@dataclass(frozen=True)
class Accepted:
    """A file that must be read, and what must come of it."""

    name: str
    data: bytes
    pixels: np.ndarray
    """uint8 (H, W, 3) or (H, W) grey."""
    format: str
    tolerance: int = 0
    note: str = ""
    """A part of one of the notes."""


@dataclass(frozen=True)
class Rejected:
    """A file that must be refused, and a pattern of the sentence."""

    name: str
    data: bytes
    sentence: str


def colours() -> np.ndarray:
    """uint8 (16, 24, 3): gradients along both sides and a checkerboard; no two corners alike."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    red, green = x * 255 // (WIDTH - 1), y * 255 // (HEIGHT - 1)
    blue = (x // 6 + y // 4) % 2 * 255
    return np.stack([red, green, blue], axis=-1).astype(np.uint8)


def smooth() -> np.ndarray:
    """uint8 (16, 24, 3) without edges, for codecs that lose some."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    red, green = 40 + x * 7, 30 + y * 10
    return np.stack([red, green, 220 - (x * 3 + y * 4)], axis=-1).astype(np.uint8)


def greys() -> np.ndarray:
    """uint8 (16, 24): every value different from its neighbours'."""
    return (np.arange(HEIGHT * WIDTH).reshape(HEIGHT, WIDTH) * 5 % 256).astype(np.uint8)


def alphas() -> np.ndarray:
    """uint8 (16, 24): from transparent to opaque."""
    return np.linspace(0, 255, HEIGHT * WIDTH).round().astype(np.uint8).reshape(HEIGHT, WIDTH)


def over_white(values: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """float64 of the shape of `values`: alpha compositing by its definition."""
    share = alpha.astype(float) / 255
    share = share[..., None] if values.ndim == 3 else share
    return values * share + 255 * (1 - share)


def stored_as(upright: np.ndarray, orientation: int) -> np.ndarray:
    """How a camera stores an upright picture under an EXIF orientation (CIPA DC-008, 4.6.4)."""
    turned = {
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.swapaxes(0, 1),
        6: lambda a: np.rot90(a, 1),
        7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
        8: lambda a: np.rot90(a, -1),
    }
    return np.ascontiguousarray(turned[orientation](upright))


def encoded(pixels: np.ndarray | Image.Image, kind: str, **settings: object) -> bytes:
    """A file that Pillow writes."""
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    stream = io.BytesIO()
    image.save(stream, kind, **settings)
    return stream.getvalue()


def exif(orientation: int, *, order: str = "<", kind: int = 3) -> bytes:
    """An EXIF block with an orientation and nothing else."""
    mark = b"II" if order == "<" else b"MM"
    value = struct.pack(order + "HH", orientation, 0) if kind == 3 else bytes(4)
    entry = struct.pack(order + "HHL", 274, kind, 1) + value
    head = mark + struct.pack(order + "HL", 42, 8)
    return b"Exif\0\0" + head + struct.pack(order + "H", 1) + entry + bytes(4)


def png_chunk(kind: bytes, body: bytes) -> bytes:
    """One chunk with its checksum."""
    check = zlib.crc32(kind + body)
    return struct.pack(">L", len(body)) + kind + body + struct.pack(">L", check)


def png_header(width: int, height: int, depth: int, colour: int, interlace: int = 0) -> bytes:
    """The IHDR chunk."""
    body = struct.pack(">LLBBBBB", width, height, depth, colour, 0, 0, interlace)
    return png_chunk(b"IHDR", body)


def write_png(
    samples: np.ndarray,
    depth: int,
    colour: int,
    *,
    before: Sequence[tuple[bytes, bytes]] = (),
    interlaced: bool = False,
) -> bytes:
    """Writes samples (H, W, channels) as a PNG of any depth, with further chunks before IDAT."""
    height, width = samples.shape[:2]
    samples = samples.reshape(height, width, -1)
    passes = ADAM7_PASSES if interlaced else ((0, 0, 1, 1),)
    rows = b"".join(
        b"\0" + _pack_row(row, depth)
        for left, top, across, down in passes
        for row in samples[top::down, left::across]
        if row.size
    )
    chunks = [*before, (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    header = png_header(width, height, depth, colour, int(interlaced))
    return PNG_SIGNATURE + header + b"".join(png_chunk(*chunk) for chunk in chunks)


def _pack_row(row: np.ndarray, depth: int) -> bytes:
    if depth == 16:
        return row.astype(">u2").tobytes()
    bits = (row.reshape(-1, 1) >> np.arange(depth - 1, -1, -1)) & 1
    return np.packbits(bits.astype(np.uint8).ravel()).tobytes()


def write_tiff(
    tags: dict[int, tuple[int, Sequence[int]]],
    strips: Sequence[bytes],
    *,
    order: str = "<",
    following: int = 0,
) -> bytes:
    """Writes a one-page TIFF: tags as {number: (type, values)}; strips (not tiles) add theirs."""
    data = bytearray((b"II" if order == "<" else b"MM") + struct.pack(order + "HL", 42, 0))
    offsets = []
    for strip in strips:
        offsets.append(len(data))
        data += strip
    if 324 not in tags:
        tags = {273: (4, offsets), 279: (4, [len(strip) for strip in strips]), **tags}
    entries = b""
    for tag, (kind, values) in sorted(tags.items()):
        packed = struct.pack(f"{order}{len(values)}{ {1: 'B', 3: 'H', 4: 'L'}[kind] }", *values)
        if len(packed) > 4:
            where = len(data)
            data += packed
            packed = struct.pack(order + "L", where)
        entries += struct.pack(order + "HHL", tag, kind, len(values)) + packed.ljust(4, b"\0")
    data[4:8] = struct.pack(order + "L", len(data))
    return bytes(data + struct.pack(order + "H", len(tags)) + entries) + struct.pack(
        order + "L", following
    )


def tiff_tags(
    width: int, height: int, bits: Sequence[int], photometric: int, **more: int
) -> dict[int, tuple[int, Sequence[int]]]:
    """The tags that every TIFF needs, and `compression`, `rows`, `sample_format`, `planes`."""
    tags: dict[int, tuple[int, Sequence[int]]] = {
        256: (4, [width]),
        257: (4, [height]),
        258: (3, list(bits)),
        259: (3, [more.get("compression", 1)]),
        262: (3, [photometric]),
        277: (3, [len(bits)]),
        278: (4, [more.get("rows", height)]),
        284: (3, [more.get("planes", 1)]),
    }
    if "sample_format" in more:
        tags[339] = (3, [more["sample_format"]] * len(bits))
    return tags


def write_icc(colorants: Sequence[Sequence[float]], gamma: float, space: bytes = b"RGB ") -> bytes:
    """Writes a matrix profile (ICC.1:2001-04): the XYZ of each colorant, and one gamma."""
    curve = b"curv" + bytes(4) + struct.pack(">LH", 1, round(gamma * 256)) + bytes(2)
    names = (b"rXYZ", b"gXYZ", b"bXYZ")[: len(colorants)]
    tags = {name: _icc_xyz(xyz) for name, xyz in zip(names, colorants, strict=True)}
    tags |= {b"wtpt": _icc_xyz((0.9642, 1.0, 0.8249)), b"cprt": b"text" + bytes(4) + b"none\0"}
    tags |= {b"desc": b"desc" + bytes(4) + struct.pack(">L", 5) + b"test\0" + bytes(78)}
    for name in (b"rTRC", b"gTRC", b"bTRC") if space == b"RGB " else (b"kTRC",):
        tags[name] = curve
    table, body = b"", b""
    start = 128 + 4 + 12 * len(tags)
    for name, value in tags.items():
        table += name + struct.pack(">LL", start + len(body), len(value))
        body += value + bytes(-len(value) % 4)
    size = struct.pack(">L", start + len(body))
    head = size + bytes(4) + struct.pack(">L", 0x02400000) + b"mntr" + space + b"XYZ "
    head = (head.ljust(36, b"\0") + b"acsp").ljust(68, b"\0") + _icc_xyz((0.9642, 1, 0.8249))[8:]
    return head.ljust(128, b"\0") + struct.pack(">L", len(tags)) + table + body


def _icc_xyz(xyz: Sequence[float]) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3l", *(round(value * 65536) for value in xyz))
