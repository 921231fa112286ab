"""Tells what a file is by its first bytes, whatever its name says."""

from collections.abc import Callable

from resnet_core.pictures.formats.bmp import read_bmp
from resnet_core.pictures.formats.gif import read_gif
from resnet_core.pictures.formats.header import PictureHeader, Refused
from resnet_core.pictures.formats.jpeg import read_jpeg
from resnet_core.pictures.formats.png import SIGNATURE, read_png
from resnet_core.pictures.formats.tiff import read_tiff
from resnet_core.pictures.formats.webp import read_webp

READERS: dict[str, Callable[[bytes], PictureHeader]] = {
    "JPEG": read_jpeg,
    "PNG": read_png,
    "GIF": read_gif,
    "WEBP": read_webp,
    "BMP": read_bmp,
    "TIFF": read_tiff,
}
"""Reader of each format that is decoded in this process."""

_TIFF_STARTS = (b"II\x2a\x00", b"MM\x00\x2a", b"II\x2b\x00", b"MM\x00\x2b")
_AVIF_BRANDS = (b"avif", b"avis")
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"hevx", b"mif1", b"msf1")
_ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh")
_SPACE_AND_MARK = b" \t\r\n\xef\xbb\xbf"
_ALLOWED = "The lab reads JPEG, PNG, GIF, WebP, BMP, TIFF and AVIF."


def identify(data: bytes) -> str:
    """Names the format of a picture by its content, such as `JPEG`.

    Raises:
        Refused: if it is none that the lab reads, with a guess at what it is.
    """
    starts = {"JPEG": b"\xff\xd8\xff", "PNG": SIGNATURE, "BMP": b"BM"}
    for kind, start in starts.items():
        if data.startswith(start):
            return kind
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data.startswith(_TIFF_STARTS):
        return "TIFF"
    if data[4:8] == b"ftyp" and data[8:12] in _AVIF_BRANDS + _HEIF_BRANDS:
        return "AVIF" if data[8:12] in _AVIF_BRANDS or b"avif" in data[16:64] else "HEIF"
    raise _not_a_picture(data)


def _not_a_picture(data: bytes) -> Refused:
    start = data[:1024].lstrip(_SPACE_AND_MARK).lower()
    if b"<svg" in start:
        return Refused("is an SVG drawing, not a photograph. Export it as PNG.")
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return Refused("is a web page, not a picture. Save the picture itself.")
    if b"%pdf-" in start:
        return Refused("is a PDF document, not a picture. Export its page as PNG.")
    if data.startswith(_ARCHIVES):
        return Refused("is an archive, not a picture. Send it where a zip is asked for.")
    if data[4:8] == b"ftyp":
        return Refused(f"is a video or a rare kind of picture. {_ALLOWED}")
    if data.startswith((SIGNATURE[:4], b"\xff\xd8", b"GIF8", b"RIFF")):
        return Refused(f"is cut short or damaged at its very start. {_ALLOWED}")
    return Refused(f"is not a picture of a known kind. {_ALLOWED}")
