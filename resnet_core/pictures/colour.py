"""From whatever a decoder gives to 8-bit colour: reduced, ranges scaled, over white, in sRGB."""

import functools
import io
from collections.abc import Callable, Iterator

import numpy as np
from PIL import Image, ImageCms

from resnet_core.pictures.formats.header import PictureHeader
from resnet_core.pictures.range import (
    INTEGER_TOPS,
    NARROW_SHARE,
    ValueRange,
    fit_range,
    integer_top,
)

_TILE_PX = 2048
_PLAIN_MODES = ("L", "RGB", "CMYK", "YCbCr")
_WHITE = (255, 255, 255)
_ALMOST_BLACK = 16
"""Upper byte that no 12-bit value has."""
_WHOLE_BYTES = 256
_KINDS = {"F": "floating-point", "I": "32-bit"}
_PROFILE_MODES = {
    (b"RGB ", "RGB"): "RGB",
    (b"RGB ", "L"): "RGB",
    (b"GRAY", "L"): "L",
    (b"CMYK", "CMYK"): "CMYK",
}
"""Mode for the conversion, by the profile's colour space (ICC.1 7.2.8) and the picture's mode."""


def flatten_and_reduce(
    image: Image.Image, header: PictureHeader, factor: int
) -> tuple[Image.Image, tuple[str, ...]]:
    """Brings a decoded picture to `L`, `RGB` or `CMYK` of 8 bits, each side divided by a factor.

    Works tile by tile, so that the full picture is never held twice.

    Returns:
        The picture, and notes on what was done to its values.
    """
    if image.mode in _PLAIN_MODES and not image.has_transparency_data:
        reduced = image.reduce(factor) if factor > 1 else image
        return (reduced.convert("RGB") if image.mode == "YCbCr" else reduced), ()
    boxes = _tile_boxes(image.size, factor)
    deep = image.mode == "F" or image.mode.startswith("I")
    span = _value_range(image, boxes, header) if deep else ValueRange(0.0, 0.0)
    size = tuple(-(-side // factor) for side in image.size)
    mode = "L" if deep or image.mode in ("1", "L", "LA", "La") else "RGB"
    canvas = Image.new(mode, (size[0], size[1]))
    for box in boxes:
        tile = image.crop(box)
        flat = (
            _scale_tile(tile, header, (span.low, span.high)) if deep else _flatten_tile(tile, mode)
        )
        canvas.paste(flat.reduce(factor), (box[0] // factor, box[1] // factor))
    return canvas, _value_notes(image, span)


def _tile_boxes(size_px: tuple[int, int], factor: int) -> list[tuple[int, int, int, int]]:
    side = max(factor, _TILE_PX // factor * factor)
    width, height = size_px
    return [
        (left, top, min(left + side, width), min(top + side, height))
        for top in range(0, height, side)
        for left in range(0, width, side)
    ]


def _flatten_tile(tile: Image.Image, mode: str) -> Image.Image:
    """Puts a tile over white; `mode` is `L` or `RGB`."""
    if tile.mode == "LAB":
        return ImageCms.applyTransform(tile, _lab_to_srgb()) or tile
    if not tile.has_transparency_data:
        return tile.convert(mode)
    with_alpha = tile.convert("LA" if mode == "L" else "RGBA")
    canvas = Image.new(mode, tile.size, _WHITE[0] if mode == "L" else _WHITE)
    canvas.paste(with_alpha.convert(mode), mask=with_alpha.getchannel("A"))
    return canvas


@functools.cache
def _lab_to_srgb() -> ImageCms.ImageCmsTransform:
    lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    return ImageCms.buildTransform(lab, srgb, "LAB", "RGB")


def _tile_values(tile: Image.Image, header: PictureHeader) -> np.ndarray:
    """(H, W) values of a tile with deep samples, in their own type."""
    values = np.asarray(tile)
    return values.view(np.uint32) if header.unsigned and values.dtype == np.int32 else values


def _value_range(
    image: Image.Image, boxes: list[tuple[int, int, int, int]], header: PictureHeader
) -> ValueRange:
    """The values that become black and white.

    16-bit integers keep black at 0; white is the largest value of the fewest bits (8, 10, 12 or
    16) that hold all of them.  Floats between 0 and 1 keep that scale.  Where the values span less
    than a quarter of such a scale they are stretched.  Everything else has no scale of its own, and
    spans from its smallest to its largest value.
    """

    def tiles() -> Iterator[np.ndarray]:
        return (_finite_values(image.crop(box), header) for box in boxes)

    ends = [(float(v.min()), float(v.max())) for v in tiles() if v.size]
    if not ends:
        return ValueRange(0.0, 1.0)
    low, high = min(end[0] for end in ends), max(end[1] for end in ends)
    if image.mode.startswith("I;16"):
        return fit_range(low, high, integer_top(high), tiles)
    if image.mode == "F" and low >= 0.0 and high <= 1.0:
        return fit_range(low, high, 1.0, tiles)
    return ValueRange(low, high)


def _finite_values(tile: Image.Image, header: PictureHeader) -> np.ndarray:
    values = _tile_values(tile, header)
    return values[np.isfinite(values)] if values.dtype.kind == "f" else values


def _scale_tile(tile: Image.Image, header: PictureHeader, span: tuple[float, float]) -> Image.Image:
    values = _tile_values(tile, header)
    transparent = tile.info.get("transparency")
    if values.dtype.kind == "u" and values.dtype.itemsize == 2:
        table = _scale_values(np.arange(2**16), span, negative=header.white_is_zero)
        if isinstance(transparent, int):
            table[transparent] = 255
        return Image.fromarray(table[values])
    return Image.fromarray(_scale_values(values, span, negative=header.white_is_zero))


def _scale_values(values: np.ndarray, span: tuple[float, float], *, negative: bool) -> np.ndarray:
    """Maps a span of values to uint8 0 to 255; infinities to its ends, NaN to its start."""
    low, high = span
    finite = np.nan_to_num(values.astype(np.float64), nan=low, posinf=high, neginf=low)
    slope = 255.0 / (high - low) if high > low else 0.0
    scaled = (finite - low) * slope + (0.0 if slope else 128.0)
    scaled = 255.0 - scaled if negative else scaled
    return np.clip(np.rint(scaled), 0, 255).astype(np.uint8)


def _value_notes(image: Image.Image, span: ValueRange) -> tuple[str, ...]:
    if image.mode == "F" or image.mode.startswith("I"):
        return (span.describe(_KINDS.get(image.mode, "16-bit")),)
    return ("alpha composited over white",) if image.has_transparency_data else ()


def stretch_deep_colour(
    high: Image.Image, read_low: Callable[[], Image.Image]
) -> ValueRange | None:
    """Scales 16-bit colours like 16-bit grey values, where their upper bytes would not do.

    Args:
        high: upper bytes, `RGB` or `RGBA`, overwritten with the result.
        read_low: gives the lower bytes, of the same mode and size; asked only where needed.

    Returns:
        What became black and white; `None` where the upper bytes are the picture already.
    """
    bands = high.getextrema()[:3]
    smallest, largest = int(np.min(bands)), int(np.max(bands))
    if largest >= _ALMOST_BLACK and largest - smallest - 1 >= _WHOLE_BYTES * NARROW_SHARE:
        return None
    low = read_low()
    boxes = _tile_boxes(high.size, 1)

    def tiles() -> Iterator[np.ndarray]:
        return (_join_bytes(high.crop(box), low.crop(box)) for box in boxes)

    ends = [(int(tile.min()), int(tile.max())) for tile in tiles()]
    first, last = min(end[0] for end in ends), max(end[1] for end in ends)
    span = fit_range(first, last, integer_top(last), tiles)
    if span.high > INTEGER_TOPS[-2] and span.narrow_of is None:
        return None
    table = _scale_values(np.arange(2**16), (span.low, span.high), negative=False)
    for box in boxes:
        tile = np.array(high.crop(box))
        tile[..., :3] = table[_join_bytes(high.crop(box), low.crop(box))]
        high.paste(Image.fromarray(tile), box[:2])
    return span


def _join_bytes(high: Image.Image, low: Image.Image) -> np.ndarray:
    """uint16 (H, W, 3) of upper and lower bytes."""
    joined = np.asarray(high)[..., :3].astype(np.uint16) << 8
    return joined | np.asarray(low)[..., :3]


def _is_srgb(description: str) -> bool:
    start = description.strip().lower()
    return start.startswith("srgb") and "linear" not in start


def to_srgb(image: Image.Image, profile: bytes) -> tuple[Image.Image, tuple[str, ...]]:
    """Converts a flat picture to RGB, by its colour profile where it has one that fits.

    Source: ICC.1:2022; little-cms does the arithmetic.
    """
    if not profile:
        return image.convert("RGB"), ()
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if _is_srgb(ImageCms.getProfileDescription(source)):
            return image.convert("RGB"), ()
        wanted = _PROFILE_MODES.get((profile[16:20], image.mode))
        if wanted is None:
            return image.convert("RGB"), ("colour profile of another kind ignored",)
        converted = ImageCms.profileToProfile(
            image.convert(wanted), source, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image.convert("RGB"), ("unreadable colour profile ignored",)
    return converted or image.convert("RGB"), ("colours converted from their profile to sRGB",)
