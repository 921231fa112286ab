"""Valid JPEG, MPO, GIF, WebP, AVIF and BMP pictures, with the pixels that must come of each."""

import struct

import numpy as np
from PIL import Image, ImageCms

from tests.pictures.corpus import (
    HEIGHT,
    WIDTH,
    Accepted,
    alphas,
    colours,
    encoded,
    exif,
    greys,
    over_white,
    smooth,
    stored_as,
    write_icc,
)
from tests.pictures.corpus_png import SRGB_COLORANTS


def photo_cases() -> list[Accepted]:
    """All of them."""
    return [*_jpegs(), *_odd_jpegs(), *_gifs(), *_webps(), *_avifs(), *_bmps()]


def best_jpeg(pixels: np.ndarray | Image.Image, **settings: object) -> bytes:
    """A JPEG that loses little."""
    return encoded(pixels, "JPEG", **{"quality": 98, "subsampling": 0, **settings})


def insert_segment(jpeg: bytes, marker: int, body: bytes) -> bytes:
    """Puts a marker segment right after the start of a JPEG."""
    return jpeg[:2] + struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body + jpeg[2:]


def _jpegs() -> list[Accepted]:
    picture = smooth()
    ink = Image.fromarray(np.dstack([255 - picture, np.zeros((HEIGHT, WIDTH), np.uint8)]), "CMYK")
    grey = picture[..., 0]
    kinds = {
        "rgb": (best_jpeg(picture), picture),
        "grey": (best_jpeg(grey), grey),
        "progressive": (best_jpeg(picture, progressive=True), picture),
        "subsampled": (best_jpeg(picture, subsampling=2), picture),
        "cmyk": (best_jpeg(ink), picture),
        "cmyk_progressive": (best_jpeg(ink, progressive=True), picture),
        "restarts": (best_jpeg(picture, restart_marker_rows=1), picture),
        "rgb_stored_as_rgb": (best_jpeg(picture, keep_rgb=True), picture),
        "1x1": (best_jpeg(picture[:1, :1]), picture[:1, :1]),
        "1x500": (best_jpeg(np.full((500, 1, 3), 90, np.uint8)), np.full((500, 1), 90)),
    }
    cases = [
        Accepted(f"jpeg_{name}", data, pixels, "JPEG", 8) for name, (data, pixels) in kinds.items()
    ]
    for orientation in range(1, 9):
        data = best_jpeg(stored_as(picture, orientation), exif=exif(orientation))
        note = "turned upright by EXIF" if orientation > 1 else ""
        cases.append(Accepted(f"jpeg_orientation{orientation}", data, picture, "JPEG", 6, note))
    swapped = write_icc(SRGB_COLORANTS[::-1], 2.2)
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = best_jpeg(picture, icc_profile=swapped)
    note = "colours converted from their profile"
    cases.append(Accepted("jpeg_icc", data, picture[..., ::-1], "JPEG", 8, note))
    data = best_jpeg(picture, icc_profile=srgb)
    cases.append(Accepted("jpeg_icc_srgb", data, picture, "JPEG", 6))
    return cases


def _odd_jpegs() -> list[Accepted]:
    picture = smooth()
    plain = best_jpeg(picture)
    lying = struct.pack("<HHL", 0xB001, 4, 1) + struct.pack("<L", 2)
    one_entry = b"MPF\0II*\0" + struct.pack("<LH", 8, 1) + struct.pack("<HHLL", 0xB001, 4, 1, 9)
    odd = {
        "fill_bytes": plain[:2] + b"\xff" * 300 + plain[2:],
        "junk_between_segments": plain[:20] + b"\0junk" * 9 + plain[20:],
        "trailing_noise": plain + b"\0noise\xff" * 99,
        "comments": insert_segment(insert_segment(plain, 0xFE, b"<script>" * 9), 0xFE, b""),
        "exif_noise": insert_segment(plain, 0xE1, b"Exif\0\0" + b"\xff" * 60),
        "exif_empty": insert_segment(plain, 0xE1, b"Exif\0\0"),
        "exif_twice": insert_segment(insert_segment(plain, 0xE1, exif(6)), 0xE1, exif(1)),
        "icc_incomplete": insert_segment(plain, 0xE2, b"ICC_PROFILE\0\2\2rest"),
        "photoshop_noise": insert_segment(plain, 0xED, b"Photoshop 3.0\0" + b"8BIM\xff" * 9),
        "mpf_noise": insert_segment(plain, 0xE2, b"MPF\0" + lying),
        "app_of_each_kind": insert_segment(insert_segment(plain, 0xEF, b"x"), 0xE3, b"y" * 65_000),
    }
    cases = [Accepted(f"jpeg_{name}", data, picture, "JPEG", 6) for name, data in odd.items()]
    two = encoded(
        Image.fromarray(picture),
        "MPO",
        save_all=True,
        append_images=[Image.fromarray(picture[::-1].copy())],
        quality=98,
        subsampling=0,
    )
    lying_mpo = insert_segment(plain, 0xE2, one_entry + bytes(4))
    return [
        *cases,
        Accepted("mpo_of_two", two, picture, "MPO", 6, "first of 2 frames"),
        Accepted("mpo_that_lies", lying_mpo, picture, "MPO", 6, "first of 9 frames"),
    ]


def _gifs() -> list[Accepted]:
    palette = np.random.default_rng(3).integers(0, 256, (16, 3), np.uint8)
    samples = greys() >> 4
    image = Image.fromarray(samples, "P")
    image.putpalette(palette.tobytes())
    shown = palette[samples]
    others = [Image.fromarray(samples[::step].copy(), "P") for step in (-1, 1)]
    for other in others:
        other.putpalette(palette.tobytes())
    animated = encoded(image, "GIF", save_all=True, append_images=others, duration=50, loop=0)
    key = int(samples[4, 4])
    holes = np.where(samples[..., None] == key, 255, shown)
    plain = encoded(image, "GIF", interlace=0)
    start = 13 + 48
    comments = plain[:start] + b"!\xfe\x05hello\0!\xff\x0bNETSCAPE2.0\x03\1\0\0\0" + plain[start:]
    placed = bytearray(plain)
    placed[6:10] = struct.pack("<HH", WIDTH + 4, HEIGHT + 2)
    at = start if plain[start] == 0x2C else plain.index(b"\x2c\0\0\0\0", start)
    placed[at + 1 : at + 5] = struct.pack("<HH", 3, 1)
    around = np.tile(palette[0], (HEIGHT + 2, WIDTH + 4, 1))
    around[1 : 1 + HEIGHT, 3 : 3 + WIDTH] = shown
    note = "first of 3 frames"
    return [
        Accepted("gif_plain", plain, shown, "GIF"),
        Accepted("gif_interlaced", encoded(image, "GIF", interlace=1), shown, "GIF"),
        Accepted("gif_animated", animated, shown, "GIF", 0, note),
        Accepted("gif_second_frame_cut", animated[:-60], shown, "GIF"),
        Accepted("gif_transparent", encoded(image, "GIF", transparency=key), holes, "GIF"),
        Accepted("gif_grey", encoded(Image.fromarray(greys()), "GIF"), greys(), "GIF"),
        Accepted("gif_comments", comments, shown, "GIF"),
        Accepted("gif_smaller_than_its_screen", bytes(placed), around, "GIF"),
        Accepted("gif_without_end", plain[:-1], shown, "GIF"),
    ]


def _webps() -> list[Accepted]:
    exact = {"lossless": True, "exact": True}
    rgba = np.dstack([colours(), alphas()])
    frames = [Image.fromarray(colours()[::-1].copy())]
    animated = encoded(
        Image.fromarray(colours()), "WEBP", save_all=True, append_images=frames, lossless=True
    )
    turned = encoded(stored_as(colours(), 6), "WEBP", exif=exif(6), **exact)
    swapped = write_icc(SRGB_COLORANTS[::-1], 2.2)
    profiled = encoded(smooth(), "WEBP", icc_profile=swapped, **exact)
    shown = over_white(colours(), alphas())
    lossy = encoded(smooth(), "WEBP", quality=95)
    return [
        Accepted("webp_lossless", encoded(colours(), "WEBP", **exact), colours(), "WEBP"),
        Accepted("webp_lossy", lossy, smooth(), "WEBP", 12),
        Accepted("webp_alpha", encoded(rgba, "WEBP", **exact), shown, "WEBP", 1, "over white"),
        Accepted("webp_animated", animated, colours(), "WEBP", 0, "first of 2 frames"),
        Accepted("webp_orientation6", turned, colours(), "WEBP", 0, "turned upright"),
        Accepted("webp_icc", profiled, smooth()[..., ::-1], "WEBP", 6, "from their profile"),
        Accepted("webp_trailing_noise", lossy + bytes(99), smooth(), "WEBP", 12),
    ]


def _avifs() -> list[Accepted]:
    best = {"quality": 100, "subsampling": "4:4:4", "speed": 10}
    rgba = np.dstack([smooth(), alphas()])
    shown = over_white(smooth(), alphas())
    turned = encoded(stored_as(smooth(), 8), "AVIF", exif=exif(8), **best)
    second = [Image.fromarray(smooth()[::-1].copy())]
    animated = encoded(
        Image.fromarray(smooth()), "AVIF", save_all=True, append_images=second, **best
    )
    return [
        Accepted("avif_rgb", encoded(smooth(), "AVIF", **best), smooth(), "AVIF", 4),
        Accepted("avif_alpha", encoded(rgba, "AVIF", **best), shown, "AVIF", 4),
        Accepted("avif_orientation8", turned, smooth(), "AVIF", 4, "turned upright"),
        Accepted("avif_animated", animated, smooth(), "AVIF", 4, "first of 2 frames"),
    ]


def bmp(rows: bytes, bits: int, *, compression: int = 0, palette: bytes = b"", down: bool = True):
    """Writes a BMP of 24 x 16 pixels from packed rows, bottom row first unless `down` is false."""
    offset = 54 + len(palette)
    head = b"BM" + struct.pack("<LLL", offset + len(rows), 0, offset)
    height = HEIGHT if down else -HEIGHT
    info = struct.pack("<LllHHLL", 40, WIDTH, height, 1, bits, compression, len(rows))
    return head + info + struct.pack("<llLL", 0, 0, len(palette) // 4, 0) + palette + rows


def _bmps() -> list[Accepted]:
    colour, grey = colours(), greys()
    image = Image.fromarray(colour)
    palette = np.random.default_rng(4).integers(0, 256, (16, 4), np.uint8)
    samples = grey >> 4
    listed = palette[samples][..., 2::-1]
    nibbles = (samples[::-1, ::2] << 4 | samples[::-1, 1::2]).tobytes()
    five = (colour >> 3).astype(np.uint16)
    packed = (five[..., 0] << 10 | five[..., 1] << 5 | five[..., 2]).astype("<u2")
    runs = b"".join(
        b"".join(bytes([1, int(value)]) for value in row) + b"\0\0" for row in samples[::-1]
    )
    literal = b"".join(bytes([0, WIDTH]) + row.tobytes() + b"\0\0" for row in samples[::-1])
    core = b"BM" + struct.pack("<LLL", 26 + 72 * HEIGHT, 0, 26)
    core += struct.pack("<LHHHH", 12, WIDTH, HEIGHT, 1, 24) + colour[::-1, :, ::-1].tobytes()
    table = palette.tobytes()
    one_bit = Image.fromarray(grey > 99)
    return [
        Accepted("bmp_24", encoded(image, "BMP"), colour, "BMP"),
        Accepted("bmp_32", encoded(image.convert("RGBA"), "BMP"), colour, "BMP"),
        Accepted("bmp_8", encoded(Image.fromarray(grey), "BMP"), grey, "BMP"),
        Accepted("bmp_1", encoded(one_bit, "BMP"), (grey > 99) * 255, "BMP"),
        Accepted("bmp_4", bmp(nibbles, 4, palette=table), listed, "BMP"),
        Accepted("bmp_15", bmp(packed[::-1].tobytes(), 16), np.rint(five * (255 / 31)), "BMP", 1),
        Accepted("bmp_top_down", bmp(colour[..., ::-1].tobytes(), 24, down=False), colour, "BMP"),
        Accepted("bmp_runs", bmp(runs + b"\0\1", 8, compression=1, palette=table), listed, "BMP"),
        Accepted("bmp_literal", bmp(literal, 8, compression=1, palette=table), listed, "BMP"),
        Accepted("bmp_core_header", core, colour, "BMP"),
    ]
