"""One hardened door for pictures: whatever a person drops in becomes upright RGB, or a sentence.

bytes -> judged by content -> size checked -> decoded -> reduced -> sRGB, over white, upright
"""

import io
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image, ImageOps

from resnet_core.data.names import plain_name
from resnet_core.errors import PictureError

MAX_FILE_BYTES = 25 * 2**20
"""Largest file that is read, bytes."""
MAX_PIXELS = 50_000_000
"""Largest picture that is decoded, pixels."""
WORKING_SIDE_PX = 2048
"""Longest side of a decoded picture, px, unless the caller asks for another."""
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "MPO", "AVIF")

Fit = Literal["crop", "stretch", "pad"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Picture:
    """A picture as the lab uses it."""

    name: str
    """The file's name as it came; shown as text only."""
    pixels: np.ndarray
    """uint8 (H, W, 3), sRGB, upright, at most the working side."""
    original_size_px: tuple[int, int]
    """Width and height of the upright original, px."""
    format: str
    """What the content is, such as `JPEG`."""
    notes: tuple[str, ...] = ()
    """What was done to it, one clause each."""


def decode_picture(
    source: bytes | Path, *, name: str, longest_px: int = WORKING_SIDE_PX
) -> Picture:
    """Decodes one picture of unknown origin.

    Args:
        source: the file's bytes, or its path.
        name: what the person calls it; named in refusals.
        longest_px: longest side of the result, px.

    Raises:
        PictureError: one sentence that names the file, for anything that is refused.
    """
    shown = plain_name(name)
    data = _read_source(source, shown)
    notes: list[str] = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise PictureError(
                        f"'{shown}' has {image.width * image.height / 1e6:,.0f} megapixels; at "
                        f"most {MAX_PIXELS // 10**6} are allowed."
                    )
                kind = image.format or "unknown"
                size = image.size
                frames = getattr(image, "n_frames", 1)
                if frames > 1:
                    notes.append(f"first of {frames} frames")
                image.draft(None, (longest_px, longest_px))
                upright = ImageOps.exif_transpose(image)
                if upright.size != image.size:
                    size = (size[1], size[0])
                rgb = _to_rgb(upright)
                rgb.thumbnail((longest_px, longest_px))
    except PictureError:
        raise
    except Exception as exc:
        raise PictureError(
            f"'{shown}' is not a picture that can be read, or it is damaged: use JPEG or PNG."
        ) from exc
    if max(size) > longest_px:
        notes.append(f"shown at {longest_px} px, reduced from {max(size)} px")
    return Picture(
        name=name,
        pixels=np.array(rgb),
        original_size_px=size,
        format=kind,
        notes=tuple(notes),
    )


def fit_picture(pixels: np.ndarray, size_px: int, *, how: Fit = "crop") -> np.ndarray:
    """Resizes a picture to the square that a net takes.

    Args:
        pixels: uint8 (H, W, 3).
        size_px: side of the result, px.
        how: `crop` keeps the central square, `stretch` gives up the aspect ratio, `pad` keeps
            everything and adds grey bars.

    Returns:
        uint8 (size_px, size_px, 3).
    """
    image = Image.fromarray(pixels)
    width, height = image.size
    target = (size_px, size_px)
    if how == "stretch":
        return np.array(image.resize(target, Image.Resampling.BILINEAR))
    if how == "crop":
        side = min(width, height)
        left, top = (width - side) / 2, (height - side) / 2
        box = (left, top, left + side, top + side)
        return np.array(image.resize(target, Image.Resampling.BILINEAR, box=box))
    scale = size_px / max(width, height)
    inner = (max(1, round(width * scale)), max(1, round(height * scale)))
    canvas = Image.new("RGB", target, (128, 128, 128))
    resized = image.resize(inner, Image.Resampling.BILINEAR)
    canvas.paste(resized, ((size_px - inner[0]) // 2, (size_px - inner[1]) // 2))
    return np.array(canvas)


def _read_source(source: bytes | Path, shown: str) -> bytes:
    try:
        size = len(source) if isinstance(source, bytes) else source.stat().st_size
        if size > MAX_FILE_BYTES:
            raise PictureError(
                f"'{shown}' has {size / 2**20:,.0f} MB; a picture may have at most "
                f"{MAX_FILE_BYTES // 2**20} MB."
            )
        data = source if isinstance(source, bytes) else source.read_bytes()
    except OSError as exc:
        raise PictureError(f"'{shown}' cannot be opened: check that it is there.") from exc
    if not data:
        raise PictureError(f"'{shown}' is empty: it has no bytes at all.")
    return data


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I") or image.mode == "F":
        values = np.asarray(image, dtype=np.float32)
        low, high = float(np.nanmin(values)), float(np.nanmax(values))
        if image.mode.startswith("I;16"):
            low, high = 0.0, 65535.0
        scaled = (values - low) / max(high - low, 1e-12) * 255
        return Image.fromarray(np.nan_to_num(scaled).round().astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        canvas = Image.new("RGBA", rgba.size, (255, 255, 255, 255))
        return Image.alpha_composite(canvas, rgba).convert("RGB")
    return image.convert("RGB")
