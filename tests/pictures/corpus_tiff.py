"""Valid TIFF pictures of every kind, each with the pixels that must come of it."""

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
    greys,
    over_white,
    smooth,
    stored_as,
    tiff_tags,
    write_icc,
    write_tiff,
)
from tests.pictures.corpus_png import SRGB_COLORANTS


def tiff_cases() -> list[Accepted]:
    """All of them."""
    cases = [*_packings(), *_integers(), *_floats(), *_colour_spaces(), *_turned(), *_structures()]
    return [
        Accepted(f"tiff_{c.name}", c.data, c.pixels, "TIFF", c.tolerance, c.note) for c in cases
    ]


def _case(
    name: str, data: bytes, pixels: np.ndarray, tolerance: int = 0, note: str = ""
) -> Accepted:
    return Accepted(name, data, pixels, "TIFF", tolerance, note)


def _packings() -> list[Accepted]:
    cases = []
    for packing in ("raw", "tiff_lzw", "tiff_adobe_deflate", "tiff_deflate", "packbits"):
        cases.append(_case(packing, encoded(colours(), "TIFF", compression=packing), colours()))
    for packing in ("group3", "group4", "tiff_ccitt"):
        data = encoded(Image.fromarray(greys() > 99), "TIFF", compression=packing)
        cases.append(_case(packing, data, (greys() > 99) * 255))
    data = encoded(smooth(), "TIFF", compression="jpeg", quality=98)
    cases.append(_case("jpeg", data, smooth(), 10))
    data = encoded(colours(), "TIFF", compression="tiff_lzw", tiffinfo={317: 2})
    cases.append(_case("predictor", data, colours()))
    return cases


def _integers() -> list[Accepted]:
    grey = greys()
    deep = grey.astype(np.uint16) * 257
    note = "16-bit values scaled by their range"
    cases = []
    for order in "<>":
        packed = [deep.astype(order + "u2").tobytes()]
        for photometric, shown in ((1, grey), (0, 255 - grey)):
            tags = tiff_tags(WIDTH, HEIGHT, [16], photometric)
            data = write_tiff(tags, packed, order=order)
            if photometric == 1 or order == "<":  # Pillow reads no big-endian negative
                name = f"grey16_{'little' if order == '<' else 'big'}_{photometric}"
                cases.append(_case(name, data, shown, 0, note))
    twelve = grey.astype(np.uint16) * 16
    twelve[0, 0] = 4095
    shown = np.rint(twelve / 4095 * 255)
    cases.append(_case("grey16_of_12_bits", encoded(twelve, "TIFF"), shown, 0, "0 to 4095"))
    data = write_tiff(tiff_tags(WIDTH, HEIGHT, [8], 0), [grey.tobytes()])
    cases.append(_case("grey8_white_is_zero", data, 255 - grey))
    signed = (grey.astype(np.int32) - 100) * 1_000_000
    shown = np.rint((signed - signed.min()) / np.ptp(signed) * 255)
    cases.append(_case("int32", encoded(signed, "TIFF"), shown, 0, "32-bit values scaled"))
    small = (grey.astype(np.int16) - 100) * 100
    tags = tiff_tags(WIDTH, HEIGHT, [16], 1, sample_format=2)
    shown = np.rint((small - small.min()) / np.ptp(small.astype(int)) * 255)
    cases.append(_case("int16", write_tiff(tags, [small.astype("<i2").tobytes()]), shown))
    large = grey.astype(np.uint32) * 16_843_009
    tags = tiff_tags(WIDTH, HEIGHT, [32], 1, sample_format=1)
    cases.append(_case("uint32", write_tiff(tags, [large.astype("<u4").tobytes()]), grey))
    for order in "<>":
        tags = tiff_tags(WIDTH, HEIGHT, [16] * 3, 2)
        wide = colours().astype(order + "u2") * 257
        data = write_tiff(tags, [wide.astype(order + "u2").tobytes()], order=order)
        cases.append(_case(f"rgb16_{'little' if order == '<' else 'big'}", data, colours()))
        dark = write_tiff(tags, [colours().astype(order + "u2").tobytes()], order=order)
        name = f"rgb16_{'little' if order == '<' else 'big'}_of_8_bits"
        cases.append(_case(name, dark, colours(), 0, note))
    return cases


def _floats() -> list[Accepted]:
    grey = greys()
    unit = (grey / 255).astype(np.float32)
    wide = (grey.astype(np.float32) - 128) * 10
    holes = wide.copy()
    holes[0, :4] = [np.nan, np.inf, -np.inf, 0]
    finite = np.nan_to_num(holes, nan=holes[2:].min(), posinf=wide.max(), neginf=wide.min())
    shown = np.rint((finite - wide.min()) / np.ptp(wide) * 255)
    nothing = np.full((HEIGHT, WIDTH), np.nan, np.float32)
    flat = np.full((HEIGHT, WIDTH), 7.5, np.float32)
    note = "floating-point values scaled by their range"
    packed = encoded(unit, "TIFF", compression="tiff_adobe_deflate")
    big = write_tiff(
        tiff_tags(WIDTH, HEIGHT, [32], 1, sample_format=3),
        [unit.astype(">f4").tobytes()],
        order=">",
    )
    return [
        _case("float_0_to_1", encoded(unit, "TIFF"), grey, 0, f"{note}, 0 to 1"),
        _case("float_packed", packed, grey),
        _case("float_big_endian", big, grey),
        _case("float_negative", encoded(wide, "TIFF"), grey, 0, f"{note}, -1280 to 1270"),
        _case("float_nan_and_infinity", encoded(holes, "TIFF"), shown, 0, note),
        _case("float_all_nan", encoded(nothing, "TIFF"), np.zeros((HEIGHT, WIDTH))),
        _case("float_constant", encoded(flat, "TIFF"), np.full((HEIGHT, WIDTH), 128)),
        _case("float_subnormal", encoded(unit * 1e-42, "TIFF"), np.zeros((HEIGHT, WIDTH))),
    ]


def _colour_spaces() -> list[Accepted]:
    picture = smooth()
    ink = Image.fromarray(np.dstack([255 - picture, np.zeros((HEIGHT, WIDTH), np.uint8)]), "CMYK")
    lab = ImageCms.profileToProfile(
        Image.fromarray(picture),
        ImageCms.createProfile("sRGB"),
        ImageCms.createProfile("LAB"),
        outputMode="LAB",
    )
    palette = np.random.default_rng(6).integers(0, 256, (256, 3), np.uint8)
    listed = Image.fromarray(greys(), "P")
    listed.putpalette(palette.tobytes())
    rgba = np.dstack([colours(), alphas()])
    grey_alpha = Image.fromarray(np.dstack([greys(), alphas()]), "LA")
    swapped = write_icc(SRGB_COLORANTS[::-1], 2.2)
    profiled = encoded(picture, "TIFF", icc_profile=swapped)
    assert lab is not None
    white = "alpha composited over white"
    return [
        _case("cmyk", encoded(ink, "TIFF"), picture),
        _case("lab", encoded(lab, "TIFF"), picture, 14),
        _case("palette", encoded(listed, "TIFF"), palette[greys()]),
        _case("rgba", encoded(rgba, "TIFF"), over_white(colours(), alphas()), 1, white),
        _case("grey_alpha", encoded(grey_alpha, "TIFF"), over_white(greys(), alphas()), 1),
        _case("icc", profiled, picture[..., ::-1], 6, "from their profile to sRGB"),
        _case("1_bit", encoded(Image.fromarray(greys() > 99), "TIFF"), (greys() > 99) * 255),
    ]


def _turned() -> list[Accepted]:
    colour = colours()
    cases = []
    for orientation in range(1, 9):
        data = encoded(stored_as(colour, orientation), "TIFF", tiffinfo={274: orientation})
        note = "turned upright by EXIF" if orientation > 1 else ""
        cases.append(_case(f"orientation{orientation}", data, colour, 0, note))
        packed = encoded(
            stored_as(greys(), orientation),
            "TIFF",
            tiffinfo={274: orientation},
            compression="tiff_lzw",
        )
        cases.append(_case(f"orientation{orientation}_packed", packed, greys(), 0, note))
    return cases


def _structures() -> list[Accepted]:
    colour = colours()
    image = Image.fromarray(colour)
    others = [Image.fromarray(colour[::-1].copy())] * 2
    pages = encoded(image, "TIFF", save_all=True, append_images=others)
    rgb = tiff_tags(WIDTH, HEIGHT, [8, 8, 8], 2, rows=1)
    rows = [row.tobytes() for row in colour]
    planes = tiff_tags(WIDTH, HEIGHT, [8, 8, 8], 2, planes=2)
    layers = [np.ascontiguousarray(colour[..., band]).tobytes() for band in range(3)]
    tiled = tiff_tags(WIDTH, HEIGHT, [8, 8, 8], 2)
    padded = np.zeros((HEIGHT, 32, 3), np.uint8)
    padded[:, :WIDTH] = colour
    tiles = padded[:, :16].tobytes() + padded[:, 16:].tobytes()
    tiled |= {322: (4, [16]), 323: (4, [16]), 324: (4, [8, 8 + 768]), 325: (4, [768, 768])}
    looped = bytearray(encoded(colour, "TIFF"))
    (first,) = struct.unpack_from("<L", looped, 4)
    (count,) = struct.unpack_from("<H", looped, first)
    struct.pack_into("<L", looped, first + 2 + 12 * count, first)
    return [
        _case("big_tiff", encoded(colour, "TIFF", big_tiff=True), colour),
        _case("of_3_pages", pages, colour, 0, "first of 3 pages"),
        _case("strip_a_row", write_tiff(rgb, rows), colour),
        _case("planes_apart", write_tiff(planes, layers), colour),
        _case("tiles", write_tiff(tiled, [tiles]), colour),
        _case("endless_chain", bytes(looped), colour),
        _case("next_page_outside", write_tiff(rgb, rows, following=2**31), colour),
        _case("comment", encoded(colour, "TIFF", tiffinfo={270: "<script>" * 99}), colour),
    ]
