"""What an EXIF orientation does to a picture.

Source: CIPA DC-008 (Exif 2.32), tag 274.
"""

from PIL import Image

from resnet_core.pictures.formats.header import PictureHeader

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


def original_size(header: PictureHeader) -> tuple[int, int]:
    """Width and height of the upright original, px."""
    width, height = header.size_px
    return (height, width) if header.orientation in SIDEWAYS else (width, height)


def bare_px(
    header: PictureHeader, upright_px: tuple[int, int]
) -> tuple[float, float, float, float]:
    """What a decoder that reduces added at the left, top, right and bottom, px.

    It adds to the right and the bottom, which a turn brings elsewhere.

    Args:
        header: of the original.
        upright_px: width and height of what was decoded, upright.
    """
    factor = round(max(header.size_px) / max(upright_px))
    wide, high = (
        side - whole / factor for side, whole in zip(upright_px, original_size(header), strict=True)
    )
    left = wide if header.orientation in _BARE_AT_LEFT else 0.0
    top = high if header.orientation in _BARE_AT_TOP else 0.0
    return left, top, wide - left, high - top
