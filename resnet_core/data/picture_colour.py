"""From whatever a decoder gives to 8-bit colour: reduced, ranges scaled, over white, in sRGB."""

import functools
import io

import numpy as np
from PIL import Image, ImageChops, ImageCms

from resnet_core.data.picture_formats.header import PictureHeader

_TILE_PX = 2048
_PLAIN_MODES = ("L", "RGB", "CMYK", "YCbCr")
_WHITE = (255, 255, 255)
_INTEGER_TOPS = (255, 1023, 4095, 65535)
"""Largest values of 8, 10, 12 and 16-bit samples."""
_ALMOST_BLACK = 16
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
    span = _value_range(image, boxes, header) if deep else (0.0, 0.0)
    size = tuple(-(-side // factor) for side in image.size)
    mode = "L" if deep or image.mode in ("1", "L", "LA", "La") else "RGB"
    canvas = Image.new(mode, (size[0], size[1]))
    for box in boxes:
        tile = image.crop(box)
        flat = _scale_tile(tile, header, span) if deep else _flatten_tile(tile, mode)
        canvas.paste(flat.reduce(factor), (box[0] // factor, box[1] // factor))
    return canvas, _value_notes(image, header, span)


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
) -> tuple[float, float]:
    """The values that become black and white.

    16-bit integers keep black at 0; white is the largest value of the fewest bits (8, 10, 12 or
    16) that hold all of them, since cameras and microscopes keep 12 bits in 16.  Floats between
    0 and 1 keep that scale.  Everything else spans from its smallest to its largest value.
    """
    low, high = np.inf, -np.inf
    for box in boxes:
        values = _tile_values(image.crop(box), header)
        finite = values[np.isfinite(values)] if values.dtype.kind == "f" else values
        if finite.size:
            low, high = min(low, float(finite.min())), max(high, float(finite.max()))
    if low > high:
        return 0.0, 1.0
    if image.mode.startswith("I;16"):
        return 0.0, float(next(top for top in _INTEGER_TOPS if high <= top))
    if image.mode == "F" and low >= 0.0 and high <= 1.0:
        return 0.0, 1.0
    return low, high


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


def _value_notes(
    image: Image.Image, header: PictureHeader, span: tuple[float, float]
) -> tuple[str, ...]:
    if image.mode == "F" or image.mode.startswith("I"):
        kind = {"F": "floating-point", "I": "32-bit"}.get(image.mode, "16-bit")
        return (f"{kind} values scaled by their range, {span[0]:g} to {span[1]:g}",)
    return ("alpha composited over white",) if image.has_transparency_data else ()


def is_almost_black(image: Image.Image) -> bool:
    """Whether no colour of an RGB(A) picture uses more than the lowest 4 of its 8 bits."""
    return int(np.max(image.getextrema()[:3])) < _ALMOST_BLACK


def stretch_deep_colour(high: Image.Image, low: Image.Image) -> Image.Image:
    """Joins the bytes of dark 16-bit colours and scales them like 16-bit grey values.

    Args:
        high: upper bytes, `RGB` or `RGBA`, overwritten with the result.
        low: lower bytes, of the same mode and size.
    """
    largest = int(np.max(high.getextrema()[:3]))
    top = next(top for top in _INTEGER_TOPS if largest <= top >> 8)
    upper = [min(255, round(value * 256 * 255 / top)) for value in range(256)] * 3
    lower = [round(value * 255 / top) for value in range(256)] * 3
    if high.mode == "RGBA":
        upper, lower = upper + list(range(256)), lower + [0] * 256
    for box in _tile_boxes(high.size, 1):
        tile = ImageChops.add(high.crop(box).point(upper), low.crop(box).point(lower))
        high.paste(tile, box[:2])
    return high


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
