"""Valid PNG pictures of every kind, each with the pixels that must come of it."""

import struct
import zlib

import numpy as np

from tests.pictures.corpus import (
    HEIGHT,
    PNG_SIGNATURE,
    WIDTH,
    Accepted,
    alphas,
    colours,
    exif,
    greys,
    over_white,
    png_chunk,
    png_header,
    stored_as,
    write_icc,
    write_png,
)

SRGB_COLORANTS = ((0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7139))
"""sRGB's primaries adapted to D50, as in every sRGB profile."""


def png_cases() -> list[Accepted]:
    """All of them."""
    cases = [*_depths(), *_transparent(), *_turned(), *_structures(), *_profiles()]
    return [Accepted(f"png_{c.name}", c.data, c.pixels, "PNG", c.tolerance, c.note) for c in cases]


def _case(
    name: str, data: bytes, pixels: np.ndarray, tolerance: int = 0, note: str = ""
) -> Accepted:
    return Accepted(name, data, pixels, "PNG", tolerance, note)


def _depths() -> list[Accepted]:
    cases = []
    for depth in (1, 2, 4, 8):
        samples = greys() >> (8 - depth)
        shown = (samples * (255 // (2**depth - 1))).astype(np.uint8)
        for interlaced in (False, True):
            name = f"grey{depth}{'_interlaced' * interlaced}"
            cases.append(_case(name, write_png(samples, depth, 0, interlaced=interlaced), shown))
        palette = np.random.default_rng(depth).integers(0, 256, (2**depth, 3), np.uint8)
        data = write_png(samples, depth, 3, before=[(b"PLTE", palette.tobytes())])
        cases.append(_case(f"palette{depth}", data, palette[samples]))
    deep = (greys().astype(np.uint16) << 8) | 77
    note = "16-bit values scaled by their range, 0 to 65535"
    shown = np.rint(deep / 257).astype(np.uint8)
    cases.append(_case("grey16", write_png(deep, 16, 0), shown, note=note))
    cases.append(_case("grey16_interlaced", write_png(deep, 16, 0, interlaced=True), shown))
    for bits in (8, 10, 12):
        low = (greys().astype(np.uint32) * (2**bits - 1) // 255).astype(np.uint16)
        low[0, 0] = 2**bits - 1
        shown = np.rint(low * (255 / (2**bits - 1))).astype(np.uint8)
        note = f"0 to {2**bits - 1}"
        cases.append(_case(f"grey16_of_{bits}_bits", write_png(low, 16, 0), shown, note=note))
    for interlaced in (False, True):
        data = write_png(colours(), 8, 2, interlaced=interlaced)
        cases.append(_case(f"rgb8{'_interlaced' * interlaced}", data, colours()))
    wide = colours().astype(np.uint16) * 257
    cases.append(_case("rgb16", write_png(wide, 16, 2), colours()))
    dark = colours().astype(np.uint16) * 16
    dark[0, 0] = 4095
    shown = np.rint(dark / 4095 * 255).astype(np.uint8)
    cases.append(_case("rgb16_of_12_bits", write_png(dark, 16, 2), shown, 1, "16-bit values"))
    return cases


def _transparent() -> list[Accepted]:
    note = "alpha composited over white"
    alpha, colour, grey = alphas(), colours(), greys()
    rgba, grey_alpha = np.dstack([colour, alpha]), np.dstack([grey, alpha])
    cases = [
        _case("rgba8", write_png(rgba, 8, 6), over_white(colour, alpha), 1, note),
        _case(
            "rgba8_interlaced", write_png(rgba, 8, 6, interlaced=True), over_white(colour, alpha), 1
        ),
        _case(
            "rgba16", write_png(rgba.astype(np.uint16) * 257, 16, 6), over_white(colour, alpha), 1
        ),
        _case("grey_alpha8", write_png(grey_alpha, 8, 4), over_white(grey, alpha), 1, note),
        _case(
            "grey_alpha16",
            write_png(grey_alpha.astype(np.uint16) * 257, 16, 4),
            over_white(grey, alpha),
            1,
        ),
    ]
    dark = np.dstack([colour.astype(np.uint16), alpha.astype(np.uint16) * 257])
    cases.append(_case("rgba16_of_8_bits", write_png(dark, 16, 6), over_white(colour, alpha), 1))
    return [*cases, *_keyed()]


def _keyed() -> list[Accepted]:
    note = "alpha composited over white"
    colour, grey = colours(), greys()
    cases = []
    for depth in (1, 2, 4, 8):
        samples = grey >> (8 - depth)
        key = int(samples[3, 5])
        shown = samples * (255 // (2**depth - 1))
        shown = np.where(samples == key, 255, shown)
        data = write_png(samples, depth, 0, before=[(b"tRNS", struct.pack(">H", key))])
        cases.append(_case(f"grey{depth}_key", data, shown))
    deep = grey.astype(np.uint16) * 257
    key = int(deep[3, 5])
    shown = np.where(grey == grey[3, 5], 255, grey)
    data = write_png(deep, 16, 0, before=[(b"tRNS", struct.pack(">H", key))])
    cases.append(_case("grey16_key", data, shown))
    key_colour = [int(value) for value in colour[7, 9]]
    shown = np.where((colour == colour[7, 9]).all(axis=2, keepdims=True), 255, colour)
    data = write_png(colour, 8, 2, before=[(b"tRNS", struct.pack(">3H", *key_colour))])
    cases.append(_case("rgb8_key", data, shown, note=note))
    deep_key = struct.pack(">3H", *(value * 257 for value in key_colour))
    data = write_png(colour.astype(np.uint16) * 257, 16, 2, before=[(b"tRNS", deep_key)])
    cases.append(_case("rgb16_key", data, shown))
    palette = np.random.default_rng(5).integers(0, 256, (16, 3), np.uint8)
    shares = np.arange(0, 256, 17, dtype=np.uint8)
    samples = grey >> 4
    before = [(b"PLTE", palette.tobytes()), (b"tRNS", shares.tobytes())]
    shown = over_white(palette[samples], shares[samples])
    cases.append(_case("palette4_alpha", write_png(samples, 4, 3, before=before), shown, 1, note))
    return cases


def _turned() -> list[Accepted]:
    cases = []
    for orientation in range(1, 9):
        block = exif(orientation, order="<>"[orientation % 2])[6:]
        data = write_png(stored_as(colours(), orientation), 8, 2, before=[(b"eXIf", block)])
        note = "turned upright by EXIF" if orientation > 1 else ""
        cases.append(_case(f"orientation{orientation}", data, colours(), note=note))
    broken = {"9": exif(9)[6:], "0": exif(0)[6:], "float": exif(6, kind=11)[6:]}
    broken |= {"cut": exif(6)[6:-8], "noise": b"MM\0*" + b"\xff" * 40, "empty": b""}
    for name, block in broken.items():
        data = write_png(colours(), 8, 2, before=[(b"eXIf", block)])
        cases.append(_case(f"orientation_{name}", data, colours()))
    return cases


def _structures() -> list[Accepted]:
    grey = greys()
    plain = write_png(grey, 8, 0)
    rows = zlib.compress(b"".join(b"\0" + row.tobytes() for row in grey))
    header = PNG_SIGNATURE + png_header(WIDTH, HEIGHT, 8, 0)
    end = png_chunk(b"IEND", b"")
    bytewise = b"".join(png_chunk(b"IDAT", rows[i : i + 1]) for i in range(len(rows)))
    texts = [(b"tEXt", b"Title\0<script>"), (b"zTXt", b"Note\0\0" + zlib.compress(b"a" * 999))]
    texts += [(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(b"<x/>"))]
    texts += [(b"zTXt", b"Broken\0\0not zlib"), (b"gAMA", struct.pack(">L", 100_000))]
    animation = png_chunk(b"acTL", struct.pack(">LL", 3, 0))
    frame = struct.pack(">LLLLHHBB", WIDTH, HEIGHT, 0, 0, 1, 10, 0, 0)
    first = png_chunk(b"fcTL", struct.pack(">L", 0) + frame) + png_chunk(b"IDAT", rows)
    further = b"".join(
        png_chunk(b"fcTL", struct.pack(">L", number) + frame)
        + png_chunk(b"fdAT", struct.pack(">L", number + 1) + zlib.compress(bytes(999)))
        for number in (1, 3)
    )
    long_row = np.arange(20_000, dtype=np.uint8)[None]
    long_shown = np.full((1, 2048), 127)
    return [
        _case("bytewise", header + bytewise + end, grey),
        _case("empty_chunks", header + png_chunk(b"IDAT", b"") + bytewise + end, grey),
        _case("texts", write_png(grey, 8, 0, before=texts), grey),
        _case("without_end", plain[:-12], grey),
        _case("trailing_noise", plain + b"\0junk" * 50, grey),
        _case(
            "animated", header + animation + first + further + end, grey, note="first of 3 frames"
        ),
        _case(
            "animation_apart", header + animation + png_chunk(b"IDAT", rows) + further + end, grey
        ),
        _case("animation_of_none", header + png_chunk(b"acTL", bytes(8)) + first + end, grey),
        _case("1x1", write_png(np.array([[[9, 8, 7]]]), 8, 2), np.array([[[9, 8, 7]]])),
        _case("1x300", write_png(grey.reshape(-1, 1)[:300], 8, 0), grey.reshape(-1, 1)[:300]),
        _case("20000x1", write_png(long_row, 8, 0), long_shown, 128, "2048 px, reduced from 20000"),
    ]


def _profiles() -> list[Accepted]:
    def with_profile(profile: bytes) -> list[tuple[bytes, bytes]]:
        return [(b"iCCP", b"p\0\0" + zlib.compress(profile))]

    swapped = write_icc([SRGB_COLORANTS[2], SRGB_COLORANTS[1], SRGB_COLORANTS[0]], 2.2)
    linear = write_icc([], 1.0, b"GRAY")
    grey = greys()
    light = grey / 255
    as_srgb = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055) * 255
    # Tolerances: 2.2 is not quite sRGB's curve, and little-cms interpolates near black.
    bare = colours()
    note = "colours converted from their profile to sRGB"
    return [
        _case(
            "icc_red_is_blue",
            write_png(bare, 8, 2, before=with_profile(swapped)),
            bare[..., ::-1],
            10,
            note,
        ),
        _case(
            "icc_linear_grey", write_png(grey, 8, 0, before=with_profile(linear)), as_srgb, 10, note
        ),
        _case(
            "icc_broken",
            write_png(bare, 8, 2, before=with_profile(b"nonsense" * 30)),
            bare,
            note="unreadable",
        ),
        _case(
            "icc_of_grey_on_colour",
            write_png(bare, 8, 2, before=with_profile(linear)),
            bare,
            note="ignored",
        ),
        _case("icc_not_packed", write_png(bare, 8, 2, before=[(b"iCCP", b"p\0\0xyz")]), bare),
    ]
