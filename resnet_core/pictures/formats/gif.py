"""GIF: a walk over the blocks, of which only the first picture is kept.

Source: Graphics Interchange Format 89a (CompuServe, 1990).
"""

import struct

from resnet_core.pictures.formats.header import (
    PictureHeader,
    cut_short,
    frames_note,
    too_many_pieces,
)

MAX_BLOCKS = 300_000
"""Blocks walked; 25 MB in honest blocks of 255 bytes are 100,000."""

_EXTENSION, _IMAGE, _END = 0x21, 0x2C, 0x3B
_GRAPHIC_CONTROL = 0xF9


class _Walk:
    """A position in the file that counts the blocks it has passed."""

    def __init__(self, data: bytes, position: int) -> None:
        self.data = data
        self.position = position
        self.num_blocks = 0

    def skip_blocks(self) -> bool:
        """Moves past a chain of blocks; false if the file, or patience, ends before it."""
        while self.position < len(self.data) and self.num_blocks < MAX_BLOCKS:
            length = self.data[self.position]
            self.position += 1 + length
            self.num_blocks += 1
            if not length:
                return True
        return False


def read_gif(data: bytes) -> PictureHeader:
    """Reads a GIF and keeps its screen, its palette and its first picture."""
    if len(data) < 13:
        raise cut_short("GIF")
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    start = 13 + _palette_bytes(flags)
    walk = _Walk(data, start)
    control = _find_image(walk)
    begin = walk.position
    if begin + 10 > len(data):
        raise cut_short("GIF")
    left, top, frame_width, frame_height = struct.unpack_from("<HHHH", data, begin + 1)
    whole = _skip_image(walk)
    if walk.num_blocks >= MAX_BLOCKS:
        raise too_many_pieces("GIF")
    picture = data[begin : walk.position]
    frames, more = _count_further(walk) if whole else (0, False)
    return PictureHeader(
        format="GIF",
        size_px=(max(width, left + frame_width), max(height, top + frame_height)),
        data=b"".join([data[:start], control, picture, bytes([_END])]),
        notes=frames_note(1 + frames, more=more),
    )


def _palette_bytes(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _find_image(walk: _Walk) -> bytes:
    """Moves to the next picture and returns the control block that belongs to it, if any."""
    control = b""
    while walk.position + 1 < len(walk.data) and walk.num_blocks < MAX_BLOCKS:
        kind = walk.data[walk.position]
        if kind == _IMAGE:
            return control
        if kind == _END:
            break
        begin = walk.position
        walk.position += 1
        walk.num_blocks += 1
        if kind == _EXTENSION:
            label = walk.data[walk.position]
            walk.position += 1
            walk.skip_blocks()
            if label == _GRAPHIC_CONTROL:
                control = walk.data[begin : walk.position]
    if walk.num_blocks >= MAX_BLOCKS:
        raise too_many_pieces("GIF")
    raise cut_short("GIF")


def _skip_image(walk: _Walk) -> bool:
    """Moves past a picture, or to the end of a file that breaks off in it, and says which."""
    if walk.position + 10 > len(walk.data):
        walk.position = len(walk.data)
        return False
    flags = walk.data[walk.position + 9]
    walk.position += 10 + _palette_bytes(flags) + 1
    return walk.skip_blocks()


def _count_further(walk: _Walk) -> tuple[int, bool]:
    """Counts the pictures after the first, and says whether it stopped early."""
    frames = 0
    while walk.position < len(walk.data) and walk.num_blocks < MAX_BLOCKS:
        kind = walk.data[walk.position]
        if kind == _END:
            return frames, False
        if kind == _IMAGE:
            frames += _skip_image(walk)
        elif kind == _EXTENSION:
            walk.position += 2
            walk.skip_blocks()
        else:
            walk.position += 1
            walk.num_blocks += 1
    return frames, walk.num_blocks >= MAX_BLOCKS
