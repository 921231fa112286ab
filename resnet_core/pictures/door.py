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

import numpy as np
from PIL import Image, ImageFile

from resnet_core.errors import PictureError
from resnet_core.pictures.colour import (
    flatten_and_reduce,
    stretch_deep_colour,
    to_srgb,
)
from resnet_core.pictures.formats.decoder import decode_in_child
from resnet_core.pictures.formats.header import (
    MAX_PIXELS,
    PictureHeader,
    Refused,
    cut_short,
    damaged,
)
from resnet_core.pictures.formats.kinds import READERS, identify
from resnet_core.pictures.names import plain_name
from resnet_core.pictures.orientation import TURNS, bare_px, original_size
from resnet_core.pictures.picture import MAX_NET_SIDE_PX, Picture, WholePicture

MAX_PICTURE_BYTES = 25 * 2**20
"""Largest file that is read, bytes."""
MAX_PIXELS_HELD_WHOLE = 36_000_000
"""The same for WebP, AVIF and HEIC, pixels: their decoders hold four copies at once."""
WORKING_SIDE_PX = 2048
"""Longest side of a decoded picture, px, unless the caller asks for another."""

DRAFT_MARGIN = 64
"""Least ratio of a reduced JPEG's short side to the one that is resized from it.  At 4 a 32-px
net's answers moved by up to 1.4 points, at 32 by up to 0.6: a level in a few pixels is enough."""

_HELD_WHOLE = ("WEBP", "AVIF", "HEIF")
_QUIET_MODULE = r"PIL\."
_QUIET = ("ignore", None, Warning, re.compile(_QUIET_MODULE), 0)


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
    header, image, notes = _upright(source, name, _View(longest_px=longest_px))
    return Picture(
        name=name,
        pixels=np.array(image),
        original_size_px=original_size(header),
        format=header.format,
        notes=notes,
    )


def decode_whole(source: bytes | Path, *, name: str, short_px: int) -> WholePicture:
    """Decodes one picture at its own resolution, for a net to see.

    A JPEG may come reduced by its decoder, as long as its short side stays at least
    `DRAFT_MARGIN` times `short_px`: what is resized from it then hardly differs.

    Args:
        source: the file's bytes, or its path.
        name: what the person calls the file; refusals begin with it.
        short_px: short side to which the picture will be resized, px.

    Raises:
        PictureError: one sentence that names the file and says what to do.
    """
    header, image, notes = _upright(source, name, _View(short_px=short_px))
    return WholePicture(
        name=name,
        image=image,
        original_size_px=original_size(header),
        format=header.format,
        notes=notes,
        bare_px=bare_px(header, image.size),
    )


@dataclass(frozen=True, kw_only=True)
class _View:
    """How large a picture is wanted: a view of a longest side, or whole for a net to see."""

    longest_px: int = MAX_PIXELS  # no side is longer
    short_px: int | None = None

    def draft_px(self, size_px: tuple[int, int]) -> tuple[int, int]:
        """Sides below which a JPEG's decoder must not reduce it, px."""
        if self.short_px is not None:
            least = DRAFT_MARGIN * self.short_px
            return least, least
        scale = min(1.0, self.longest_px / max(size_px))
        return max(1, round(size_px[0] * scale)), max(1, round(size_px[1] * scale))


def _upright(
    source: bytes | Path, name: str, view: _View
) -> tuple[PictureHeader, Image.Image, tuple[str, ...]]:
    try:
        header, image = _decode(_read_source(source), view)
        with _sentences(header.format):
            return header, *_develop(header, image, view.longest_px)
    except Refused as refusal:
        raise PictureError(f"'{plain_name(name)}' {refusal}") from refusal


def fit_picture(pixels: np.ndarray, size_px: int) -> np.ndarray:
    """Makes a square of a picture's middle, in the first resizing.

    It cuts before it resizes, which is half a pixel and a border away from what torchvision does.
    `fitting.fit_to_square` is what nets see by; this is for data sets of the older version.

    Args:
        pixels: uint8 (H, W, 3), at least 1 x 1.
        size_px: side of the result, 1 to 4096 px.

    Returns:
        uint8 (size_px, size_px, 3).
    """
    assert pixels.ndim == 3 and pixels.shape[2] == 3 and pixels.dtype == np.uint8 and pixels.size
    assert 1 <= size_px <= MAX_NET_SIDE_PX
    image = Image.fromarray(pixels)
    width, height = image.size
    side = min(width, height)
    left, top = (width - side) // 2, (height - side) // 2
    square = image.crop((left, top, left + side, top + side))
    return np.array(square.resize((size_px, size_px), Image.Resampling.BILINEAR))


def _read_source(source: bytes | Path) -> bytes:
    try:
        if isinstance(source, Path):
            if not source.is_file():
                raise Refused("is not there, or is no file. Check its name.")
            with source.open("rb") as file:
                data = file.read(MAX_PICTURE_BYTES + 1)
        else:
            data = source
    except OSError as exc:
        raise Refused("cannot be opened. Check that it may be read.") from exc
    if len(data) > MAX_PICTURE_BYTES:
        raise Refused(
            f"has more than {MAX_PICTURE_BYTES // 2**20} MB, the most allowed. Make it smaller."
        )
    if not data:
        raise Refused("is empty: it holds no bytes. Copy it again.")
    return data


def _decode(data: bytes, view: _View) -> tuple[PictureHeader, Image.Image]:
    kind = identify(data)
    if kind not in READERS:
        header, image = decode_in_child(
            data, kind, max_pixels=MAX_PIXELS_HELD_WHOLE, longest_px=view.longest_px
        )
        _check_pixels(header)
        return header, image
    header = READERS[kind](data)
    _check_pixels(header)
    with _sentences(kind):
        image = _load(header, view)
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
) -> tuple[Image.Image, tuple[str, ...]]:
    """Reduces a decoded picture, brings its values to sRGB and turns it upright.

    First by whole factors, averaging blocks, to at least 1.5 times the side; then by a Hamming
    window, which is about as sharp as bicubic at half its price.
    """
    factor = max(1, 2 * max(image.size) // (3 * longest_px))
    image, value_notes = flatten_and_reduce(image, header, factor)
    image.thumbnail((longest_px, longest_px), Image.Resampling.HAMMING)
    image, colour_notes = to_srgb(image, header.profile)
    notes = [*header.notes, *value_notes, *colour_notes]
    if header.orientation in TURNS:
        image = image.transpose(TURNS[header.orientation])
        notes.append("turned upright by EXIF")
    longest = max(header.size_px)
    if longest > longest_px:
        notes.append(f"shown at {longest_px} px, reduced from {longest} px")
    return image, tuple(notes)


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


def _load(header: PictureHeader, view: _View) -> Image.Image:
    """Decodes a cleaned file; a JPEG comes reduced, though never below the side asked for."""
    _silence_pillow()
    image = _open(header)
    if image.size != header.size_px:
        raise damaged(header.format)
    image.draft(None, view.draft_px(header.size_px))
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
