"""Files that must be refused: what is no picture, and pictures that are cut or damaged."""

import io
import zipfile
import zlib

import numpy as np
from PIL import Image

from tests.pictures.corpus import (
    CUT,
    DAMAGED,
    HEIGHT,
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
from tests.pictures.corpus_photo import best_jpeg, bmp


def rejected_cases() -> list[Rejected]:
    """All of them; bombs stand apart, in `corpus_bombs`."""
    return [
        *_other_kinds(),
        *_cut(),
        *_damaged_pngs(),
        *_damaged_others(),
    ]


def _other_kinds() -> list[Rejected]:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.png", encoded(colours(), "PNG"))
    drawing = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    kinds = {
        "empty": (b"", "is empty: it holds no bytes"),
        "one_byte": (b"\x89", "is not a picture"),
        "text": (b"not a picture at all, but a text named so\n" * 9, "is not a picture"),
        "noise": (np.random.default_rng(1).bytes(5000), "is not a picture"),
        "zeros": (bytes(5000), "is not a picture"),
        "svg": (drawing, "is an SVG drawing"),
        "svg_declared": (b'\xef\xbb\xbf <?xml version="1.0"?>\n' + drawing, "is an SVG drawing"),
        "html": (b"<!DOCTYPE html><html><img src=x></html>", "is a web page"),
        "html_bare": (b"\n <HTML><body>404 not found", "is a web page"),
        "pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", "is a PDF document"),
        "zip": (packed.getvalue(), "is an archive"),
        "gzip": (b"\x1f\x8b\x08\0" + bytes(50), "is an archive"),
        "mp4": (b"\0\0\0\x20ftypisom" + bytes(50), "is a video"),
        "heic": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(90), "HEI"),
        "ico": (encoded(colours(), "ICO"), "is not a picture of a known kind"),
        "tga": (encoded(colours(), "TGA"), "is not a picture of a known kind"),
        "jpeg_2000": (encoded(colours(), "JPEG2000"), "is not a picture of a known kind"),
        "ppm": (encoded(colours(), "PPM"), "is not a picture of a known kind"),
        "eps": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "is not a picture"),
        "text_that_begins_with_bm": (b"BMW is a maker of cars and motorcycles.", "is damaged"),
        "png_by_ftp_as_text": (b"\x89PNG\n\x1a\n" + bytes(99), "at its very start"),
    }
    return [Rejected(f"other_{name}", *kind) for name, kind in kinds.items()]


def whole_files() -> dict[str, bytes]:
    """One small valid file of each format."""
    alpha = np.dstack([colours(), greys()])
    return {
        "JPEG": best_jpeg(smooth()),
        "JPEG progressive": best_jpeg(smooth(), progressive=True),
        "PNG": write_png(alpha, 8, 6),
        "PNG palette": encoded(Image.fromarray(colours()).quantize(16), "PNG"),
        "GIF": encoded(Image.fromarray(colours()).quantize(16), "GIF"),
        "WebP": encoded(alpha, "WEBP", lossless=True),
        "WebP lossy": encoded(smooth(), "WEBP"),
        "BMP": encoded(colours(), "BMP"),
        "TIFF": encoded(colours(), "TIFF", compression="tiff_lzw"),
        "TIFF raw": encoded(colours(), "TIFF"),
        "TIFF float": encoded((greys() / 99).astype(np.float32), "TIFF"),
    }


def _cut() -> list[Rejected]:
    cases = []
    for name, data in whole_files().items():
        kind = name.split()[0]
        for share in (0.5, 0.9):
            sentence = f"{CUT.format(kind)}|{DAMAGED.format(kind)}"
            where = int(len(data) * share)
            cut = f"cut_{name.lower().replace(' ', '_')}_at_{share}"
            cases.append(Rejected(cut, data[:where], sentence))
    whole = whole_files()
    avif = encoded(smooth(), "AVIF", speed=10)
    return [
        *cases,
        Rejected("cut_avif", avif[: len(avif) // 2], DAMAGED.format("AVIF")),
        Rejected("cut_jpeg_start", whole["JPEG"][:4], CUT.format("JPEG")),
        Rejected("cut_jpeg_end", whole["JPEG"][:-2], CUT.format("JPEG")),
        Rejected("cut_png_signature", PNG_SIGNATURE, CUT.format("PNG")),
        Rejected("cut_png_header", whole["PNG"][:33], CUT.format("PNG")),
        Rejected("cut_gif_header", b"GIF89a", CUT.format("GIF")),
        Rejected("cut_webp_header", whole["WebP"][:12], CUT.format("WebP")),
        Rejected("cut_bmp_header", b"BM" + bytes(12), CUT.format("BMP")),
        Rejected("cut_tiff_header", b"II*\0\x08\0\0\0", DAMAGED.format("TIFF")),
    ]


def _damaged_pngs() -> list[Rejected]:
    plain = write_png(greys(), 8, 0)
    rows = png_chunk(b"IDAT", zlib.compress(bytes(HEIGHT * (WIDTH + 1))))
    end = png_chunk(b"IEND", b"")
    flipped = bytearray(plain)
    flipped[60] ^= 0x10
    ihdr = bytearray(plain)
    ihdr[30] ^= 1
    filters = zlib.compress(b"".join(b"\x09" + bytes(WIDTH) for _ in range(HEIGHT)))
    files = {
        "pixels_flipped": bytes(flipped),
        "header_checksum": bytes(ihdr),
        "depth_3": PNG_SIGNATURE + png_header(WIDTH, HEIGHT, 3, 0) + rows + end,
        "colour_5": PNG_SIGNATURE + png_header(WIDTH, HEIGHT, 8, 5) + rows + end,
        "width_0": PNG_SIGNATURE + png_header(0, HEIGHT, 8, 0) + rows + end,
        "interlace_2": PNG_SIGNATURE + png_header(WIDTH, HEIGHT, 8, 0, 2) + rows + end,
        "no_palette": PNG_SIGNATURE + png_header(WIDTH, HEIGHT, 8, 3) + rows + end,
        "no_header": PNG_SIGNATURE + rows + end,
        "header_twice": plain[:33] + png_header(9, 9, 8, 0) + plain[33:],
        "no_such_filter": PNG_SIGNATURE
        + png_header(WIDTH, HEIGHT, 8, 0)
        + png_chunk(b"IDAT", filters)
        + end,
        "chunk_name": plain[:33] + png_chunk(b"\0\1\2\3", b"") + plain[33:],
        "not_packed": PNG_SIGNATURE
        + png_header(WIDTH, HEIGHT, 8, 0)
        + png_chunk(b"IDAT", b"not zlib at all")
        + end,
        "key_too_short": write_png(greys(), 8, 0, before=[(b"tRNS", b"\0")]),
    }
    return [Rejected(f"png_{name}", data, DAMAGED.format("PNG")) for name, data in files.items()]


def _damaged_others() -> list[Rejected]:
    jpeg, tags = best_jpeg(smooth()), tiff_tags(WIDTH, HEIGHT, [8], 1)
    frame = jpeg.index(b"\xff\xc0")
    twelve_bits = jpeg[: frame + 4] + b"\x0c" + jpeg[frame + 5 :]
    length = int.from_bytes(jpeg[frame + 2 : frame + 4]) + 2
    twice = jpeg[:frame] + jpeg[frame : frame + length] * 2 + jpeg[frame + length :]
    flat = jpeg[: frame + 5] + bytes(4) + jpeg[frame + 9 :]
    grey = [greys().tobytes()]
    without_width = {tag: value for tag, value in tags.items() if tag != 256}
    webp = encoded(colours(), "WEBP", lossless=True)
    return [
        Rejected("jpeg_12_bits", twelve_bits, "with 12 bits a colour"),
        Rejected("jpeg_two_frames", twice, DAMAGED.format("JPEG")),
        Rejected("jpeg_without_size", flat, DAMAGED.format("JPEG")),
        Rejected("jpeg_end_before_scan", jpeg[:20] + b"\xff\xd9", DAMAGED.format("JPEG")),
        Rejected("jpeg_segment_of_1_byte", b"\xff\xd8\xff\xe0\0\1", DAMAGED.format("JPEG")),
        Rejected("jpeg_without_tables", jpeg[:2] + jpeg[frame:], DAMAGED.format("JPEG")),
        Rejected("tiff_without_width", write_tiff(without_width, grey), DAMAGED.format("TIFF")),
        Rejected("tiff_size_0", write_tiff(tags | {257: (4, [0])}, grey), DAMAGED.format("TIFF")),
        Rejected("tiff_no_bits", write_tiff(tags | {258: (3, [])}, grey), DAMAGED.format("TIFF")),
        Rejected("tiff_13_bits", write_tiff(tags | {258: (3, [13])}, grey), DAMAGED.format("TIFF")),
        Rejected("tiff_lzma", write_tiff(tags | {259: (3, [34925])}, grey), "by a rare method"),
        Rejected(
            "tiff_strip_outside",
            write_tiff(tags | {273: (4, [2**31])}, grey),
            f"{DAMAGED.format('TIFF')}|{CUT.format('TIFF')}",
        ),
        Rejected("tiff_table_outside", b"II*\0" + b"\xf0" * 12, DAMAGED.format("TIFF")),
        Rejected("webp_no_picture", webp[:12] + b"JUNK\4\0\0\0junk", CUT.format("WebP")),
        Rejected("webp_wrong_start", webp[:20] + b"\0" + webp[21:], DAMAGED.format("WebP")),
        Rejected("gif_without_picture", b"GIF89a\1\0\1\0\0\0\0;", CUT.format("GIF")),
        Rejected("bmp_header_of_99_bytes", b"BM" + bytes(12) + b"c" + bytes(99), "is damaged"),
        Rejected("bmp_with_jpeg_in_it", bmp(bytes(1152), 24, compression=4), "is damaged"),
        Rejected("avif_brand_only", b"\0\0\0\x1cftypavif" + bytes(99), DAMAGED.format("AVIF")),
    ]
