"""Small files that would cost much: too many pixels, bytes or pieces."""

import struct
import zlib

import numpy as np
from PIL import Image

from tests.pictures.corpus import (
    CUT,
    HEIGHT,
    PIECES,
    PNG_SIGNATURE,
    WIDTH,
    Rejected,
    colours,
    encoded,
    greys,
    png_chunk,
    png_header,
    smooth,
    tiff_tags,
    write_png,
    write_tiff,
)
from tests.pictures.corpus_photo import best_jpeg, bmp, insert_segment

BOMB = "decompression bomb"


def bomb_cases() -> list[Rejected]:
    """All of them."""
    return [*_too_large(), *_png_bombs(), *_other_bombs()]


def packed_zeros(num_mib: int) -> bytes:
    """A zlib stream of so many MiB of zeros, put together without packing them all."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    one = packer.compress(bytes(2**20)) + packer.flush(zlib.Z_FULL_FLUSH)
    check = (num_mib * 2**20 % 65_521) << 16 | 1  # Adler-32 of zeros
    return b"\x78\xda" + one * num_mib + b"\x03\0" + check.to_bytes(4)


def _too_large() -> list[Rejected]:
    end = png_chunk(b"IEND", b"")
    side = 20_000
    real = packed_zeros(48)
    bomb = PNG_SIGNATURE + png_header(side, side, 1, 0) + png_chunk(b"IDAT", real) + end
    stub = png_chunk(b"IDAT", zlib.compress(b"")) + end
    jpeg = best_jpeg(smooth(), progressive=True)
    at = jpeg.index(b"\xff\xc2") + 5
    wide_jpeg = jpeg[:at] + struct.pack(">HH", 65_500, 65_500) + jpeg[at + 4 :]
    gif = encoded(Image.fromarray(greys()), "GIF")
    wide_gif = gif[:6] + struct.pack("<HH", 65_535, 65_535) + gif[10:]
    image_at = gif.index(b"\x2c\0\0\0\0")
    wide_frame = gif[: image_at + 5] + struct.pack("<HH", 65_535, 9_000) + gif[image_at + 9 :]
    wide_bmp = bytearray(encoded(colours(), "BMP"))
    wide_bmp[18:26] = struct.pack("<ll", 30_000, -30_000)
    tiff = write_tiff(tiff_tags(9_000, 9_000, [8], 1), [b""])
    extended = b"VP8X" + struct.pack("<LL", 10, 0) + b"\xff\xff\xff\xff\xff\0"
    webp = b"RIFF" + struct.pack("<L", 4 + len(extended)) + b"WEBP" + extended
    megapixels = r"megapixels; at most (50|36) are allowed"
    files = {
        "png_bomb": bomb,
        "png_of_51": PNG_SIGNATURE + png_header(8_500, 6_000, 8, 2) + stub,
        "png_of_4e18": PNG_SIGNATURE + png_header(2**31 - 1, 2**31 - 1, 8, 2) + stub,
        "png_of_one_row": PNG_SIGNATURE + png_header(51_000_000, 1, 8, 0) + stub,
        "jpeg": wide_jpeg,
        "gif_screen": wide_gif,
        "gif_frame": wide_frame,
        "bmp": bytes(wide_bmp),
        "tiff": tiff,
        "webp": webp,
        "avif": _state_size(encoded(smooth(), "AVIF", speed=10), 6_100, 6_000),
    }
    cases = [Rejected(f"large_{name}", data, megapixels) for name, data in files.items()]
    heavy = encoded(colours(), "PNG") + bytes(25 * 2**20)
    return [*cases, Rejected("large_file", heavy, "has more than 25 MB")]


def _png_bombs() -> list[Rejected]:
    zeros = packed_zeros(300)
    two = zlib.compress(bytes(2 * 2**20))
    one = zlib.compress(bytes(2**20 - 9))
    grey = greys()
    texts = {
        "text": [(b"zTXt", b"Comment\0\0" + zeros)],
        "text_of_2_mb": [(b"zTXt", b"Comment\0\0" + two)],
        "text_without_name": [(b"zTXt", b"\0\0" + zeros)],
        "international_text": [(b"iTXt", b"Comment\0\1\0\0\0" + zeros)],
        "xmp": [(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zeros)],
        "profile": [(b"iCCP", b"icc\0\0" + zeros)],
    }
    cases = [
        Rejected(f"bomb_png_{name}", write_png(grey, 8, 0, before=chunks), BOMB)
        for name, chunks in texts.items()
    ]
    plain = write_png(grey, 8, 0)
    after = plain[:-12] + png_chunk(b"zTXt", b"Comment\0\0" + zeros) + plain[-12:]
    many_texts = write_png(grey, 8, 0, before=[(b"zTXt", b"a\0\0" + one)] * 3_000)
    many_profiles = write_png(grey, 8, 0, before=[(b"iCCP", b"a\0\0" + one)] * 3_000)
    empty = plain[:33] + png_chunk(b"IDAT", b"") * 1_500_000 + plain[33:]
    return [
        *cases,
        Rejected("bomb_png_text_at_end", after, BOMB),
        Rejected("bomb_png_many_texts", many_texts, PIECES.format("PNG")),
        Rejected("bomb_png_many_profiles", many_profiles, PIECES.format("PNG")),
        Rejected("bomb_png_many_chunks", empty, PIECES.format("PNG")),
    ]


def _other_bombs() -> list[Rejected]:
    jpeg = best_jpeg(smooth())
    segments = jpeg[:2] + b"\xff\xfe\0\2" * 5_000_000 + jpeg[2:]
    progressive = encoded(np.full((3_000, 3_000), 90, np.uint8), "JPEG", progressive=True)
    scan = progressive[progressive.rindex(b"\xff\xda") : -2]
    gif = encoded(Image.fromarray(greys()), "GIF")
    start = gif.index(b"\x2c\0\0\0\0")
    extensions = gif[:start] + b"!\xfe\0" * 5_000_000 + gif[start:]
    slices = gif[: start + 10] + b"\2" + b"\1\5" * 5_000_000 + b"\0;"
    tags = tiff_tags(WIDTH, HEIGHT, [8], 1, rows=1)
    many = struct.pack("<L", 8) * 2_000_000
    strips = bytearray(write_tiff(tags | {273: (4, [8, 8, 8])}, [many]))
    entry = strips.rindex(struct.pack("<HHL", 273, 4, 3))
    struct.pack_into("<LL", strips, entry + 4, 2_000_000, 8)
    tall_tile = tiff_tags(WIDTH, HEIGHT, [8], 1, compression=8)
    tall_tile |= {322: (4, [60_000]), 323: (4, [60_000]), 324: (4, [8]), 325: (4, [64])}
    tile = write_tiff(tall_tile, [zlib.compress(bytes(9_999))])
    thick = write_tiff(tiff_tags(7_000, 7_000, [16] * 4, 2, compression=8), [bytes(64)])
    large = encoded(np.zeros((5_000, 5_000, 3), np.uint8), "AVIF", speed=10, subsampling="4:4:4")
    runs = bytearray(bmp(b"\1\0" * 99, 8, compression=1, palette=bytes(1024)))
    runs[18:26] = struct.pack("<ll", 6_000, 6_000)
    return [
        Rejected("bomb_jpeg_segments", segments, PIECES.format("JPEG")),
        Rejected("bomb_jpeg_scans", progressive[:-2] + scan * 5_000, PIECES.format("JPEG")),
        Rejected("bomb_jpeg_fill", jpeg[:2] + b"\xff" * 20_000_000, CUT.format("JPEG")),
        Rejected("bomb_jpeg_comment", insert_segment(jpeg, 0xFE, b"")[:6], CUT.format("JPEG")),
        Rejected("bomb_gif_extensions", extensions, PIECES.format("GIF")),
        Rejected("bomb_gif_slices", slices, PIECES.format("GIF")),
        Rejected("bomb_tiff_strips", bytes(strips), PIECES.format("TIFF")),
        Rejected("bomb_tiff_tile", tile, "packed in one piece of"),
        Rejected("bomb_tiff_strip", thick, "packed in one piece of"),
        Rejected("bomb_avif_lies", _state_size(large, 64, 64), "needs too much memory|is damaged"),
        Rejected("bomb_bmp_runs", bytes(runs), "is a run-length BMP of more than"),
        Rejected("bomb_webp_chunks", _many_webp_chunks(), PIECES.format("WebP")),
    ]


def _state_size(avif: bytes, width: int, height: int) -> bytes:
    """Changes the size that an AVIF states, and not what its codec decodes."""
    at = avif.index(b"ispe") + 8
    return avif[:at] + struct.pack(">LL", width, height) + avif[at + 8 :]


def _many_webp_chunks() -> bytes:
    body = b"WEBPVP8X" + struct.pack("<L", 10) + bytes(10) + (b"ANMF" + bytes(4)) * 1_000_000
    return b"RIFF" + struct.pack("<L", len(body)) + body
