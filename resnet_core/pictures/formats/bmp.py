"""BMP: its two headers.

Source: Microsoft, "Bitmap Storage" (BITMAPFILEHEADER, BITMAPINFOHEADER); OS/2 1.x core header.
"""

import struct

from resnet_core.pictures.formats.header import PictureHeader, Refused, cut_short, damaged

MAX_RUN_LENGTH_PIXELS = 4_000_000
MAX_RUN_LENGTH_BYTES = 2 * 2**20
"""Limits of run-length BMPs, which Pillow decodes in Python, byte by byte."""

_CORE_HEADER_BYTES = 12
_HEADER_BYTES = (12, 40, 52, 56, 64, 108, 124)
_RUN_LENGTH = (1, 2)


def read_bmp(data: bytes) -> PictureHeader:
    """Reads the headers of a BMP; its data are handed on whole."""
    if len(data) < 26:
        raise cut_short("BMP")
    (header_bytes,) = struct.unpack_from("<L", data, 14)
    if header_bytes not in _HEADER_BYTES:
        raise damaged("BMP")
    if header_bytes == _CORE_HEADER_BYTES:
        width, height = struct.unpack_from("<HH", data, 18)
        compression = 0
    else:
        if len(data) < 14 + header_bytes:
            raise cut_short("BMP")
        width, height, _, _, compression = struct.unpack_from("<llHHL", data, 18)
    if width < 1 or not height:
        raise damaged("BMP")
    too_long = width * abs(height) > MAX_RUN_LENGTH_PIXELS or len(data) > MAX_RUN_LENGTH_BYTES
    if compression in _RUN_LENGTH and too_long:
        raise Refused("is a run-length BMP of more than 4 megapixels or 2 MB. Save it as PNG.")
    return PictureHeader(format="BMP", size_px=(width, abs(height)), data=data)
