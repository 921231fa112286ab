"""Texts of unknown encoding: tables and lists of names, as Excel and old programs save them."""

import codecs
from typing import NamedTuple

_WIDE = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_LOOKED_AT = 400


class DecodedText(NamedTuple):
    """A text, and how sure it is that its letters are the right ones."""

    text: str
    is_guessed: bool
    """Whether it was taken as Windows-1252, in which any bytes are letters of some kind."""


def decode_text(content: bytes) -> DecodedText:
    """Decodes UTF-8 or UTF-16, marked or not; anything else as Windows-1252.

    No letter is replaced: two names that differ stay two.
    """
    encoding = _WIDE.get(content[:2]) or _unmarked_wide(content[:_LOOKED_AT])
    for name in (encoding, "utf-8-sig"):
        try:
            if name:
                return DecodedText(content.decode(name), is_guessed=False)
        except UnicodeDecodeError:
            continue
    try:
        return DecodedText(content.decode("cp1252"), is_guessed=True)
    except UnicodeDecodeError:
        return DecodedText(content.decode("latin-1"), is_guessed=True)


def _unmarked_wide(start: bytes) -> str:
    """UTF-16 without a mark, of which every other byte of most texts is nothing."""
    for first, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        every_other = start[first::2]
        if len(every_other) > 3 and 4 * every_other.count(0) > 3 * len(every_other):
            return name
    return ""
