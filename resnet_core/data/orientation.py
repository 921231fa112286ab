"""What an EXIF orientation does to a picture.

Source: CIPA DC-008 (Exif 2.32), tag 274.
"""

from PIL import Image

from resnet_core.data.picture_formats.header import PictureHeader

TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""The turn that brings each orientation upright."""
SIDEWAYS = (5, 6, 7, 8)
"""Orientations that exchange width and height."""
_BARE_AT_LEFT = (2, 3, 6, 7)
_BARE_AT_TOP = (3, 4, 7, 8)
"""Orientations that bring what was at the right (or bottom) to the left or the top."""


def bare_px(header: PictureHeader, image: Image.Image) -> tuple[float, float, float, float]:
    """What a decoder that reduces added to the right and the bottom, upright, px."""
    factor = round(max(header.size_px) / max(image.size))
    right, bottom = (
        side - whole / factor for side, whole in zip(image.size, header.size_px, strict=True)
    )
    if header.orientation in SIDEWAYS:
        right, bottom = bottom, right
    left, top = 0.0, 0.0
    if header.orientation in _BARE_AT_LEFT:
        left, right = right, left
    if header.orientation in _BARE_AT_TOP:
        top, bottom = bottom, top
    return left, top, right, bottom
