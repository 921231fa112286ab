"""One hardened door for pictures: whatever a person drops in becomes upright RGB, or a sentence.

bytes -> judged by content -> sizes checked -> cleaned -> decoded -> reduced
      -> ranges scaled, over white -> sRGB -> upright
"""

import contextlib
import dataclasses
import io
import re
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image, ImageFile

from resnet_core.data.names import plain_name
from resnet_core.data.picture_colour import (
    flatten_and_reduce,
    stretch_deep_colour,
    to_srgb,
)
from resnet_core.data.picture_formats.apart import decode_apart
from resnet_core.data.picture_formats.header import (
    MAX_PIXELS,
    PictureHeader,
    Refused,
    cut_short,
    damaged,
)
from resnet_core.data.picture_formats.kinds import READERS, identify
from resnet_core.errors import PictureError

MAX_FILE_BYTES = 25 * 2**20
"""Largest file that is read, bytes."""
MAX_PIXELS_HELD_WHOLE = 36_000_000
"""The same for WebP, AVIF and HEIC, pixels: their decoders hold four copies at once."""
WORKING_SIDE_PX = 2048
"""Longest side of a decoded picture, px, unless the caller asks for another."""
MAX_NET_SIDE_PX = 4096
"""Largest side that `fit_picture` makes, px."""

Fit = Literal["crop", "stretch", "pad"]

_HELD_WHOLE = ("WEBP", "AVIF", "HEIF")
_QUIET_MODULE = r"PIL\."
_QUIET = ("ignore", None, Warning, re.compile(_QUIET_MODULE), 0)
_PAD_COLOUR = (128, 128, 128)
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SIDEWAYS = (5, 6, 7, 8)


@dataclass(frozen=True, kw_only=True, eq=False)
class Picture:
    """A picture as the lab uses it."""

    name: str
    """The file's name as it came; to be shown as text only."""
    pixels: np.ndarray
    """uint8 (H, W, 3), sRGB, upright, no side longer than the working side."""
    original_size_px: tuple[int, int]
    """Width and height of the upright original, px."""
    format: str
    """What the content is: JPEG, MPO, PNG, GIF, WEBP, BMP, TIFF, AVIF or HEIF."""
    notes: tuple[str, ...] = ()
    """What was done to it, such as `first of 12 frames` or `turned upright by EXIF`."""


def decode_picture(
    source: bytes | Path, *, name: str, longest_px: int = WORKING_SIDE_PX
) -> Picture:
    """Decodes one picture of unknown origin, or refuses it with a sentence.

    Judged by content, never by name.  At 50 megapixels a picture costs some 600 MB and 2 s; what
    is refused is refused before it is decoded.

    Args:
        source: the file's bytes, or its path.
        name: what the person calls the file; refusals begin with it.
        longest_px: longest side of the result, px; larger pictures are reduced to it.

    Raises:
        PictureError: one sentence that names the file and says what to do.
    """
    try:
        header, image = _decode(_read_source(source), longest_px)
        with _sentences(header.format):
            pixels, notes = _develop(header, image, longest_px)
    except Refused as refusal:
        raise PictureError(f"'{plain_name(name)}' {refusal}") from refusal
    width, height = header.size_px
    return Picture(
        name=name,
        pixels=pixels,
        original_size_px=(height, width) if header.orientation in _SIDEWAYS else (width, height),
        format=header.format,
        notes=notes,
    )


def fit_picture(pixels: np.ndarray, size_px: int, *, how: Fit = "crop") -> np.ndarray:
    """Resizes a picture of any shape to the square that a net takes.

    Bilinear with antialiasing: what torchvision's ImageNet nets were evaluated with.

    Args:
        pixels: uint8 (H, W, 3), at least 1 x 1.
        size_px: side of the result, 1 to 4096 px.
        how: `crop` keeps the central square, `stretch` gives up the aspect ratio, `pad` keeps
            everything and adds grey bars.

    Returns:
        uint8 (size_px, size_px, 3).
    """
    assert pixels.ndim == 3 and pixels.shape[2] == 3 and pixels.dtype == np.uint8 and pixels.size
    assert 1 <= size_px <= MAX_NET_SIDE_PX
    image = Image.fromarray(pixels)
    target = (size_px, size_px)
    if how == "stretch":
        return np.array(image.resize(target, Image.Resampling.BILINEAR))
    width, height = image.size
    if how == "crop":
        side = min(width, height)
        left, top = (width - side) // 2, (height - side) // 2
        square = image.crop((left, top, left + side, top + side))
        return np.array(square.resize(target, Image.Resampling.BILINEAR))
    scale = size_px / max(width, height)
    inner = (max(1, round(width * scale)), max(1, round(height * scale)))
    canvas = Image.new("RGB", target, _PAD_COLOUR)
    corner = ((size_px - inner[0]) // 2, (size_px - inner[1]) // 2)
    canvas.paste(image.resize(inner, Image.Resampling.BILINEAR), corner)
    return np.array(canvas)


def _read_source(source: bytes | Path) -> bytes:
    try:
        if isinstance(source, Path):
            if not source.is_file():
                raise Refused("is not there, or is no file. Check its name.")
            with source.open("rb") as file:
                data = file.read(MAX_FILE_BYTES + 1)
        else:
            data = source
    except OSError as exc:
        raise Refused("cannot be opened. Check that it may be read.") from exc
    if len(data) > MAX_FILE_BYTES:
        raise Refused(
            f"has more than {MAX_FILE_BYTES // 2**20} MB, the most allowed. Make it smaller."
        )
    if not data:
        raise Refused("is empty: it holds no bytes. Copy it again.")
    return data


def _decode(data: bytes, longest_px: int) -> tuple[PictureHeader, Image.Image]:
    kind = identify(data)
    if kind not in READERS:
        header, image = decode_apart(
            data, kind, max_pixels=MAX_PIXELS_HELD_WHOLE, longest_px=longest_px
        )
        _check_pixels(header)
        return header, image
    header = READERS[kind](data)
    _check_pixels(header)
    with _sentences(kind):
        image = _load(header, longest_px)
        if header.deep_colour:
            span = stretch_deep_colour(image, lambda: _load_low_bytes(header))
            said = (span.describe("16-bit"),) if span else ()
            header = dataclasses.replace(header, notes=(*header.notes, *said))
    return header, image


def _check_pixels(header: PictureHeader) -> None:
    width, height = header.size_px
    allowed = MAX_PIXELS_HELD_WHOLE if header.format in _HELD_WHOLE else MAX_PIXELS
    if width * height > allowed:
        raise Refused(
            f"has {width:,} x {height:,} = {width * height / 1e6:,.1f} megapixels; at most "
            f"{allowed // 10**6} are allowed for {header.format}. Make it smaller."
        )


def _silence_pillow() -> None:
    """Keeps Pillow's warnings of oddities off the log: a person gets a sentence, or a picture.

    The filter stays, since `catch_warnings` is not safe with threads.
    """
    if warnings.filters[:1] != [_QUIET]:
        warnings.filterwarnings("ignore", module=_QUIET_MODULE)


def _develop(
    header: PictureHeader, image: Image.Image, longest_px: int
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Reduces a decoded picture, brings its values to sRGB and turns it upright.

    First by whole factors, averaging blocks, to at least 1.5 times the side; then by a Hamming
    window, which is about as sharp as bicubic at half its price.
    """
    factor = max(1, 2 * max(image.size) // (3 * longest_px))
    image, value_notes = flatten_and_reduce(image, header, factor)
    image.thumbnail((longest_px, longest_px), Image.Resampling.HAMMING)
    image, colour_notes = to_srgb(image, header.profile)
    notes = [*header.notes, *value_notes, *colour_notes]
    if header.orientation in _TURNS:
        image = image.transpose(_TURNS[header.orientation])
        notes.append("turned upright by EXIF")
    longest = max(header.size_px)
    if longest > longest_px:
        notes.append(f"shown at {longest_px} px, reduced from {longest} px")
    return np.array(image), tuple(notes)


@contextlib.contextmanager
def _sentences(kind: str) -> Iterator[None]:
    """Gives meaning to whatever Pillow's decoders raise on a file that is not whole."""
    try:
        yield
    except Refused:
        raise
    except MemoryError as exc:
        raise Refused("needs more memory than there is. Make it smaller.") from exc
    except Exception as exc:
        if "truncated" in str(exc) or "not enough image data" in str(exc):
            raise cut_short(kind) from exc
        raise damaged(kind) from exc


def _load(header: PictureHeader, longest_px: int) -> Image.Image:
    """Decodes a cleaned file; a JPEG comes reduced, though never below the side asked for."""
    _silence_pillow()
    image = _open(header)
    if image.size != header.size_px:
        raise damaged(header.format)
    width, height = header.size_px
    scale = min(1.0, longest_px / max(width, height))
    image.draft(None, (max(1, round(width * scale)), max(1, round(height * scale))))
    image.load()
    return image


def _open(header: PictureHeader) -> ImageFile.ImageFile:
    pillow_format = "JPEG" if header.format == "MPO" else header.format
    return Image.open(io.BytesIO(header.data), formats=(pillow_format,))


def _load_low_bytes(header: PictureHeader) -> Image.Image:
    """Decodes the lower halves of 16-bit colours, of which Pillow keeps the upper halves only.

    Read in the other byte order, the lower byte is the upper one.
    """
    image = _open(header)
    native = ";16B" if sys.byteorder == "little" else ";16L"
    other = {";16B": ";16L", ";16L": ";16B", ";16N": native}
    for index, tile in enumerate(image.tile):
        first, *rest = [tile.args] if isinstance(tile.args, str) else list(tile.args or ())
        swapped = str(first)[:-4] + other[str(first)[-4:]]
        image.tile[index] = tile._replace(args=(swapped, *rest) if rest else swapped)
    image.load()
    return image
