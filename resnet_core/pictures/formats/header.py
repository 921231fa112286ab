"""What every format's reader returns, and how it refuses."""

from dataclasses import dataclass

MAX_PROFILE_BYTES = 4 * 2**20
"""Unpacked size of a colour profile, bytes."""
MAX_PIXELS = 50_000_000
"""Largest picture that is decoded, pixels."""


class Refused(Exception):  # noqa: N818 (a verdict, not a failure)
    """Why a picture is refused: the sentence that its name begins."""


@dataclass(frozen=True, kw_only=True)
class PictureHeader:
    """A picture that may be decoded."""

    format: str
    """What the content is, such as `JPEG`."""
    size_px: tuple[int, int]
    """Width and height as stored, before the picture is turned upright, px."""
    data: bytes
    """The cleaned file."""
    orientation: int = 1
    """How to turn the picture upright, 1 to 8 as in EXIF; 1 is upright already."""
    profile: bytes = b""
    """ICC profile of the colours; empty for sRGB."""
    white_is_zero: bool = False
    """Whether deep grey values count darkness, as in a negative."""
    deep_colour: bool = False
    """Whether the colours have 16 bits each, of which Pillow keeps the upper 8."""
    unsigned: bool = False
    """Whether 32-bit integers have no sign."""
    notes: tuple[str, ...] = ()
    """What a person should know, such as `first of 12 frames`."""


def cut_short(kind: str) -> Refused:
    """The refusal of a file whose end is missing."""
    return Refused(f"is cut short: the end of its {kind} data is missing. Copy it again.")


def damaged(kind: str) -> Refused:
    """The refusal of a file whose content contradicts itself."""
    return Refused(f"is damaged: its {kind} data cannot be read. Copy it again or save it anew.")


def too_many_pieces(kind: str) -> Refused:
    """The refusal of a file that is built to keep its reader busy."""
    return Refused(f"is refused: its {kind} data are cut into too many pieces. Save it anew.")


def frames_note(num_frames: int, *, more: bool = False, unit: str = "frames") -> tuple[str, ...]:
    """Says that only the first frame is used, if there are several."""
    if num_frames <= 1:
        return ()
    return (f"first of {'more than ' if more else ''}{num_frames:,} {unit}",)
