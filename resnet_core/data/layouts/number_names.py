"""Names for classes that are numbers, from a text beside the pictures that is called classes."""

import posixpath
import re
from collections.abc import Callable, Sequence

from resnet_core.data.texts import decode_text

_LIST = re.compile(r"(classes|class_?names|label_?names|names)\.(txt|names)", re.I)
_MOST_BYTES = 2**20


def find_number_names(
    numbers: Sequence[str], texts: Sequence[str], read: Callable[[str], bytes] | None
) -> tuple[str, tuple[str, ...]]:
    """Finds a list with a name for each of some classes, in the order of their numbers.

    Args:
        numbers: what the classes are called, in order.
        texts: files that may be such a list.
        read: reads one of them; `None` where none can be read.

    Returns:
        The list's path and the names; nothing where the classes are not numbered from 0 or 1 on, or
        no list has just as many names, each once.
    """
    first = 1 if numbers[:1] and numbers[0].lstrip("0") == "1" else 0
    if read is None or [_number(each) for each in numbers] != [*range(first, first + len(numbers))]:
        return "", ()
    for path in texts:
        if not _LIST.fullmatch(posixpath.basename(path)):
            continue
        content = read(path)
        lines = decode_text(content).text.splitlines() if len(content) <= _MOST_BYTES else []
        names = tuple(line.strip() for line in lines if line.strip())
        are_names = not any(name[0].isdigit() for name in names)
        if len(set(names)) == len(names) == len(numbers) and are_names:
            return path, names
    return "", ()


def _number(name: str) -> int | None:
    return int(name) if name.isascii() and name.isdecimal() and len(name) < 10 else None
