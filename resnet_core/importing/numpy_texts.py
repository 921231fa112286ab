"""Texts that stand in a file as numpy's, such as class names: read from what their pickles hold."""

import re
from typing import Any

from resnet_core.importing.inert import Placeholder

_KIND = re.compile(r"[<>|=]?([USO])(\d{1,5})")
_MOST_BYTES = 2**24


def plain_texts(value: Any) -> Any:
    """Gives the texts of one of numpy's arrays of texts, or of a scalar; anything else as it is.

    Args:
        value: what was read, perhaps a placeholder.
    """
    try:
        found = _texts(value) if isinstance(value, Placeholder) else None
    except (TypeError, ValueError, IndexError, AttributeError, UnicodeError):
        return value
    return value if found is None else found


def _texts(value: Placeholder) -> Any:
    if value.kind.endswith("multiarray.scalar"):
        kind, content = value.args
        return _decoded(kind, content)[0]
    if value.kind.endswith("multiarray._reconstruct"):
        kind, _, content = value.state[-3:]
        return _decoded(kind, content)
    if value.kind.endswith("numeric._frombuffer"):
        content, kind = value.args[:2]
        return _decoded(kind, content)
    return None


def _decoded(kind: Placeholder, content: Any) -> list[str]:
    match = _KIND.fullmatch(str(kind.args[0]))
    if match is None:
        raise ValueError
    if match[1] == "O":
        return list(content)
    content, letters = bytes(content), int(match[2])
    size = letters * (4 if match[1] == "U" else 1)
    if not 0 < size <= len(content) <= _MOST_BYTES:
        raise ValueError
    order = str(kind.state[1]) if isinstance(kind.state, tuple) else "<"
    code = ("utf-32-be" if order == ">" else "utf-32-le") if match[1] == "U" else "utf-8"
    parts = (content[at : at + size] for at in range(0, len(content), size))
    return [part.decode(code).rstrip("\0") for part in parts]
