"""TIFF and BigTIFF: the first page's table, rewritten with nothing but what its pixels need.

Source: TIFF 6.0 specification (Adobe, 1992); BigTIFF (libtiff).
"""

from dataclasses import dataclass

from resnet_core.pictures.formats.directory import (
    ORIENTATION,
    BrokenDirectoryError,
    ByteLayout,
    DirectoryEntry,
    read_byte_layout,
    read_directory,
    read_integers,
)
from resnet_core.pictures.formats.header import (
    MAX_PROFILE_BYTES,
    PictureHeader,
    Refused,
    damaged,
    frames_note,
    too_many_pieces,
)

MAX_STRIPS = 65_536
MAX_PAGES_COUNTED = 1000
MAX_STRIP_BYTES = 300 * 2**20
"""Unpacked size of one strip or tile, bytes: the decoder holds it beside the picture."""

_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC = 256, 257, 258, 259, 262
_STRIP_OFFSETS, _SAMPLES, _ROWS, _STRIP_BYTES, _PLANES = 273, 277, 278, 279, 284
_TILE_WIDTH, _TILE_HEIGHT, _TILE_OFFSETS, _TILE_BYTES, _SAMPLE_FORMAT = 322, 323, 324, 325, 339
_PROFILE = 34675
_LAB = 8
_PIXEL_TAGS = {
    *(_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC, 266, _STRIP_OFFSETS, _SAMPLES, _ROWS),
    *(_STRIP_BYTES, _PLANES, 292, 293, 317, 320, _TILE_WIDTH, _TILE_HEIGHT, _TILE_OFFSETS),
    *(_TILE_BYTES, 338, _SAMPLE_FORMAT, 347, 529, 530, 531, 532),
}
_COMPRESSIONS = {1, 2, 3, 4, 5, 7, 8, 32773, 32946}
"""None, the three of fax machines, LZW, JPEG, deflate, PackBits, deflate (old number).  Not
LZMA, whose header may ask for 1.5 GB, nor the rare ones."""


@dataclass(frozen=True)
class _Page:
    """The first page's table and how to read it."""

    data: bytes
    layout: ByteLayout
    entries: dict[int, DirectoryEntry]

    def values(self, tag: int, default: int) -> tuple[int, ...]:
        """All values of a tag."""
        if tag not in self.entries:
            return (default,)
        return read_integers(self.data, self.entries[tag], self.layout)

    def value(self, tag: int, default: int) -> int:
        """The one value of a tag."""
        entry = self.entries.get(tag)
        if entry is None:
            return default
        if entry.count != 1:
            raise BrokenDirectoryError
        return read_integers(self.data, entry, self.layout)[0]


def read_tiff(data: bytes) -> PictureHeader:
    """Reads the first page of a TIFF and leaves out everything that is not its pixels."""
    try:
        layout, where = read_byte_layout(data)
        entries, following = read_directory(data, where, layout)
        page = _Page(data, layout, entries)
        size_px = (page.value(_WIDTH, 0), page.value(_HEIGHT, 0))
        _check_page(page, size_px)
        pages, more = _count_pages(data, following, layout)
        photometric, bits = page.value(_PHOTOMETRIC, 0), page.values(_BITS, 1)
        orientation = page.value(ORIENTATION, 1) if ORIENTATION in entries else 1
        unsigned = bits == (32,) and page.values(_SAMPLE_FORMAT, 1) == (1,)
    except BrokenDirectoryError as exc:
        raise damaged("TIFF") from exc
    return PictureHeader(
        format="TIFF",
        size_px=size_px,
        data=_rewrite(page),
        orientation=orientation if 1 <= orientation <= 8 else 1,
        profile=_read_profile(page),
        white_is_zero=photometric == 0 and bits in ((16,), (32,)),
        deep_colour=photometric == 2 and set(bits) == {16},
        unsigned=unsigned,
        notes=frames_note(pages, more=more, unit="pages"),
    )


def _check_page(page: _Page, size_px: tuple[int, int]) -> None:
    if min(size_px) < 1:
        raise damaged("TIFF")
    if page.value(_COMPRESSION, 1) not in _COMPRESSIONS:
        raise Refused("is a TIFF packed by a rare method. Save it as PNG, or as TIFF with LZW.")
    for entry in page.entries.values():
        if entry.tag in _PIXEL_TAGS and entry.count > MAX_STRIPS:
            raise too_many_pieces("TIFF")
        if entry.tag in _PIXEL_TAGS and entry.where + entry.num_bytes > len(page.data):
            raise damaged("TIFF")
    width, height = size_px
    if _TILE_OFFSETS in page.entries:
        width, rows = page.value(_TILE_WIDTH, 0), page.value(_TILE_HEIGHT, 0)
    else:
        rows = min(page.value(_ROWS, height), height)
    bits = page.values(_BITS, 1)
    samples = page.value(_SAMPLES, 1)
    strip_bytes = width * rows * max(bits) * samples // 8
    if samples > 6 or max(bits) > 64:
        raise damaged("TIFF")
    if strip_bytes > MAX_STRIP_BYTES:
        raise Refused(
            f"is a TIFF whose pixels are packed in one piece of {strip_bytes / 2**20:,.0f} MB; at "
            f"most {MAX_STRIP_BYTES // 2**20} are allowed. Save it as PNG or make it smaller."
        )


def _count_pages(data: bytes, following: int, layout: ByteLayout) -> tuple[int, bool]:
    """Counts the tables in the chain, and says whether it stopped early."""
    seen: set[int] = set()
    while following and following not in seen:
        seen.add(following)
        if len(seen) >= MAX_PAGES_COUNTED:
            return len(seen), True
        try:
            _, following = read_directory(data, following, layout)
        except BrokenDirectoryError:
            break
    return 1 + len(seen), False


def _read_profile(page: _Page) -> bytes:
    entry = page.entries.get(_PROFILE)
    is_lab = page.value(_PHOTOMETRIC, 0) == _LAB  # which needs none: its values are colours
    if entry is None or is_lab or entry.num_bytes > MAX_PROFILE_BYTES:
        return b""
    return page.data[entry.where : entry.where + entry.num_bytes]


def _rewrite(page: _Page) -> bytes:
    """Appends a table with the pixel tags only, and points the file at it.

    Texts, thumbnails, previews and further pages are no longer reachable, nor is the orientation,
    which would otherwise be applied to the full picture, and by some versions of Pillow only.
    """
    records = [page.entries[tag].record for tag in sorted(_PIXEL_TAGS & page.entries.keys())]
    layout = page.layout
    start = len(page.data) + len(page.data) % 2
    table = layout.count.pack(len(records)) + b"".join(records) + layout.pointer.pack(0)
    pointer_at = 8 if layout.big else 4
    head = page.data[:pointer_at] + layout.pointer.pack(start)
    rest = page.data[pointer_at + layout.pointer.size :]
    return b"".join([head, rest, b"\x00" * (len(page.data) % 2), table])
