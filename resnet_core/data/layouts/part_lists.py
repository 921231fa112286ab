"""Lists that put pictures into parts, such as a text of all test pictures.

A list has a line for each picture, which names it by its path, with an ending or without, or by
its name alone.  Lists that contradict each other are not used, and that is said.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence

from resnet_core.data.layouts.label_tables import ReadFile
from resnet_core.data.layouts.sorting import Aside, name_some
from resnet_core.data.layouts.split_names import mentioned_part
from resnet_core.data.source import PARTS, Part
from resnet_core.data.texts import decode_text

_MOST_LISTS = 30
_LEAST_NAMED = 0.9  # of a list's lines that must name a picture
_DEEPEST = 4
_ENDINGS = (".txt", ".csv", ".tsv", ".lst", ".list")
_FLAGS, _NUMBERS = "train_test_split.txt", "images.txt"
"""Lists that give each picture a number, and each number a 1 for training."""

_TORN = "put the same pictures into different parts: none of these lists is used."

_Lists = dict[str, Mapping[str, Part]]


def listed_parts(
    pictures: Sequence[str], texts: Sequence[str], read: ReadFile | None, aside: Aside
) -> tuple[Mapping[str, Part], tuple[str, ...], str]:
    """Finds the parts that lists put pictures into.

    Args:
        pictures: that have a class.
        texts: files that may be lists.
        read: reads one of them.
        aside: where pictures go that no list names.

    Returns:
        The part of each picture, the lists that tell it, and a sentence on lists that are not
        used; the first two are empty where there are none.
    """
    found = _read_lists(pictures, texts, read) if read else {}
    parts: dict[str, Part] = {}
    for told in found.values():
        for path, part in told.items():
            if parts.setdefault(path, part) != part:
                return {}, (), f"{name_some(sorted(found))} {_TORN}"
    if not set(parts.values()) - {"train"}:
        return {}, (), ""
    rest = [path for path in pictures if path not in parts]
    if "train" in parts.values():
        aside.add_files("stands in none of the lists of parts", rest)
    else:
        parts |= dict.fromkeys(rest, PARTS[0])
    return parts, tuple(sorted(found)), ""


def _read_lists(pictures: Sequence[str], texts: Sequence[str], read: ReadFile) -> _Lists:
    near = sorted(texts, key=lambda path: (path.count("/"), path))
    lists: list[tuple[str, Part]] = []
    for path in near:
        part = _part_of(path)
        if part and len(lists) < _MOST_LISTS:
            lists.append((path, part))
    flags = [path for path in near if posixpath.basename(path) == _FLAGS]
    index = _index(pictures) if lists or flags else {}
    found: _Lists = {}
    for path, part in lists:
        named = _named(read(path), index)
        if named:
            found[path] = dict.fromkeys(named, part)
    for path in flags[:1]:
        numbers = posixpath.join(posixpath.dirname(path), _NUMBERS)
        if numbers in texts:
            found |= {path: _flagged(read(path), read(numbers), index), numbers: {}}
    return found


def _part_of(path: str) -> Part | None:
    """The part that a list's name mentions; nothing for another file."""
    stem, ending = posixpath.splitext(posixpath.basename(path))
    part = mentioned_part(stem) if ending.lower() in _ENDINGS else None
    return None if part == "unlabelled" else part


def _index(pictures: Sequence[str]) -> dict[str, str | None]:
    """Names by which lists call a picture; `None` for one that means several."""
    index: dict[str, str | None] = {}
    for path in pictures:
        folders = path.split("/")
        for depth in range(1, min(_DEEPEST, len(folders)) + 1):
            name = "/".join(folders[-depth:])
            for called in (name, posixpath.splitext(name)[0]):
                index[called] = path if index.get(called, path) == path else None
    return index


def _named(content: bytes, index: Mapping[str, str | None]) -> tuple[str, ...]:
    """Pictures of a list, if nearly all of its lines name one."""
    lines = list(_lines(content))
    width = max((len(cells) for cells in lines), default=0)
    columns = [
        [index.get(cells[at]) if at < len(cells) else None for cells in lines]
        for at in range(width)
    ]
    best = max(columns, key=lambda column: len(column) - column.count(None), default=[])
    named = tuple(path for path in best if path is not None)
    is_list = len(named) >= max(2, _LEAST_NAMED * (len(lines) - 1))
    return named if is_list and len(set(named)) == len(named) else ()


def _lines(content: bytes) -> Iterator[list[str]]:
    """Each line as a whole, and its cells."""
    for line in decode_text(content).text.splitlines():
        text = line.strip().replace("\\", "/").removeprefix("./")
        if text and text[0] != "#":
            yield [text, *re.split(r"[\s,;]+", text)]


def _flagged(flags: bytes, numbers: bytes, index: Mapping[str, str | None]) -> dict[str, Part]:
    paths = {cells[1]: index.get(cells[-1]) for cells in _lines(numbers) if len(cells) == 3}
    told: dict[str, Part] = {}
    for cells in _lines(flags):
        path = paths.get(cells[1]) if len(cells) == 3 else None
        if path is not None and cells[2] in ("0", "1"):
            told[path] = "train" if cells[2] == "1" else "test"
    return told
