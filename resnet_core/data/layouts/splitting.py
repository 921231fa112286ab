"""Which folders are around everything, which mean a split, and which are left for the classes.

Split names above equal subfolders, or below every class, are splits and never classes.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from resnet_core.data.layouts.sorting import Aside, is_surely_other, is_surely_picture
from resnet_core.data.layouts.split_names import (
    PART_NAMES,
    SplitKind,
    mentions_split,
    split_and_class,
    split_kind,
    split_kinds,
)
from resnet_core.data.source import Part
from resnet_core.errors import DataError
from resnet_core.pictures.names import plain_name

_NUMBERS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine"}

OUTSIDE = "lies outside of the class folders"
"""Why a picture without a class folder is left out."""
LIKE_A_SPLIT = "is named like a split, but holds no class folders"
"""Why a folder beside class folders is left out."""
NO_PICTURE = "is no picture and lies beside the pictures"
"""Why another file is left out."""


class Placed(NamedTuple):
    """A file, by the folders that matter."""

    parts: tuple[str, ...]
    """Folders that have not been seen through, and the file's name."""
    path: str
    """As it was given."""


Placing = list[Placed]


@dataclass(frozen=True)
class Division:
    """Files by part, split folders taken away."""

    parts: dict[Part, Placing]
    splits: Literal["none", "above", "below", "within"]
    """Where the split folders stood, seen from the class folders; `within`: in one name."""


def see_through(placing: Placing, aside: Aside) -> Placing:
    """Drops folders that hold everything, down to the split or class folders."""
    while True:
        placing = _without_strays(placing, aside)
        tops = {placed.parts[0] for placed in placing if len(placed.parts) > 1}
        if len(tops) != 1 or max(len(placed.parts) for placed in placing) < 3:
            return placing
        if tops <= set(PART_NAMES) or next(iter(tops)).lower() in PART_NAMES:
            return placing
        aside.add_files(OUTSIDE, (each.path for each in placing if len(each.parts) == 1))
        placing = _below(each for each in placing if len(each.parts) > 1)


def divide(placing: Placing, name: str, aside: Aside, notes: list[str]) -> Division:
    """Tells split folders from class folders.

    Raises:
        DataError: where a folder could be either.
    """
    groups = _by_top(placing)
    within = _divide_within(groups)
    if within:
        aside.add_files(OUTSIDE, (each.path for each in placing if len(each.parts) == 1))
        return Division(within, "within")
    kinds = split_kinds(groups)
    whole = len(placing)
    if kinds and _are_splits(groups, kinds, name):
        aside.add_files(OUTSIDE, (each.path for each in placing if len(each.parts) == 1))
        return Division(_divide_above(groups, kinds, aside), "above")
    for top in kinds:
        if top.lower() == "train":
            notes.append("'train' is taken as a class, as no folder beside it is named as a split.")
        else:
            aside.add_folder(top, len(groups[top]), LIKE_A_SPLIT)
            placing = [each for each in placing if each.parts[0] != top]
    if len(placing) < whole:  # what is left may stand in a folder around it, such as `labeled`
        return divide(see_through(placing, aside), name, aside, notes)
    below = _divide_below(groups)
    if below:
        aside.add_files(OUTSIDE, (each.path for each in placing if len(each.parts) == 1))
        return Division(below, "below")
    return Division({"train": placing}, "none")


def class_folders(placing: Iterable[Placed]) -> set[str]:
    """The topmost folders of files."""
    return {placed.parts[0] for placed in placing if len(placed.parts) > 1}


def unwrap(placing: Placing, own: str, known: Collection[str] = ()) -> Placing:
    """Drops folders around everything within a split folder, such as its own name once more."""
    while True:
        loose = [each for each in placing if len(each.parts) < 2]
        inside = [each for each in placing if len(each.parts) > 1]
        tops = class_folders(inside)
        if len(tops) != 1 or any(is_surely_picture(each.path) for each in loose):
            return placing
        (top,) = tops
        is_deep = max(len(each.parts) for each in inside) > 2
        if top in known or not (is_deep or top == own or split_kind(top)):
            return placing
        placing = [*loose, *_below(inside)]


def _without_strays(placing: Placing, aside: Aside) -> Placing:
    """Puts aside what is no picture and would pass for a class folder, or hide one."""
    groups = _by_top(placing)
    empty = {top for top, files in groups.items() if all(is_surely_other(f.path) for f in files)}
    if len(empty) == len(groups):
        return placing
    for top in empty:
        aside.add_folder(top, len(groups[top]), "holds no pictures")
    loose = [e.path for e in placing if len(e.parts) == 1 and not is_surely_picture(e.path)]
    aside.add_files(NO_PICTURE, loose)
    gone = set(loose)
    return [e for e in placing if e.path not in gone and _top(e) not in empty]


def _top(placed: Placed) -> str | None:
    return placed.parts[0] if len(placed.parts) > 1 else None


def _below(placing: Iterable[Placed]) -> Placing:
    return [Placed(parts[1:], path) for parts, path in placing]


def _by_top(placing: Placing) -> dict[str, Placing]:
    groups: dict[str, Placing] = {}
    for placed in placing:
        if len(placed.parts) > 1:
            groups.setdefault(placed.parts[0], []).append(placed)
    return groups


def _are_splits(groups: dict[str, Placing], kinds: dict[str, SplitKind], name: str) -> bool:
    others = groups.keys() - kinds.keys()
    if not others or len(kinds) > 1:
        return True
    (top,) = kinds
    inner = class_folders(unwrap(_below(groups[top]), top))
    if len(inner) < 2:
        return False
    same = inner & others or any(inner & class_folders(_below(groups[o])) for o in others)
    if same or any(mentions_split(other) for other in others):
        return True
    listed = ", ".join(plain_name(other) for other in sorted(others)[:3])
    raise DataError(
        f"'{plain_name(name)}' holds class folders in '{plain_name(top)}' and folders beside it "
        f"that are no splits ({listed}): give the folder '{plain_name(top)}' alone, or rename it "
        "if it is a class."
    )


def _divide_above(
    groups: dict[str, Placing], kinds: dict[str, SplitKind], aside: Aside
) -> dict[Part, Placing]:
    parts: dict[Part, Placing] = {}
    inner = {top: unwrap(_below(groups[top]), top) for top in kinds}
    known = {
        folder for top in kinds if kinds[top] == "train" for folder in class_folders(inner[top])
    }
    for top, files in groups.items():
        kind = kinds.get(top)
        if kind == "unlabelled":
            aside.add_folder(top, len(files), "is named as pictures without labels")
        elif kind is None:
            again = class_folders(_below(files)) & (known | kinds.keys())
            why = "holds the same folders once more" if again else "lies beside the split folders"
            aside.add_folder(top, len(files), why)
        else:
            parts.setdefault(kind, []).extend(unwrap(_below(files), top, known))
    return parts


def _divide_below(groups: dict[str, Placing]) -> dict[Part, Placing] | None:
    """Reads `cat/train/1.png`, if every class holds split folders and nothing beside them."""
    parts: dict[Part, Placing] = {}
    held: dict[Part, set[str]] = {}
    for top, placed in ((top, placed) for top, files in groups.items() for placed in files):
        kind = split_kind(placed.parts[1]) if len(placed.parts) > 2 else None
        if kind is None or kind == "unlabelled":
            return None
        inner = Placed((top, *placed.parts[2:]), placed.path)
        parts.setdefault(kind, []).append(inner)
        held.setdefault(kind, set()).add(top)
    is_shared = any(classes == groups.keys() for classes in held.values())
    return parts if len(groups) > 1 and is_shared else None


def _divide_within(groups: dict[str, Placing]) -> dict[Part, Placing] | None:
    """Reads `train_cats/1.png`, if all folders say a split and a class and hold no others."""
    told = {top: found for top in groups if (found := split_and_class(top)) is not None}
    held: dict[str, set[str]] = {}
    for kind, name in told.values():
        held.setdefault(kind, set()).add(name)
    train = held.get("train", set())
    if len(told) < len(groups) or len(held) < 2 or len(train) < 2:
        return None
    if not all(classes <= train for classes in held.values()):
        return None
    if any(len(class_folders(_below(files))) > 1 for files in groups.values()):
        return None
    parts: dict[Part, Placing] = {}
    for top, files in groups.items():
        kind, name = told[top]
        moved = [Placed((name, *placed.parts[1:]), placed.path) for placed in files]
        if kind != "unlabelled":
            parts.setdefault(kind, []).extend(moved)
    return parts


def without_copies(placing: Placing, name: str, aside: Aside) -> Placing:
    """Puts aside a copy of the class folders within themselves.

    Raises:
        DataError: where several folders hold the same class folders, and none is a split.
    """
    inner = {
        top: {each.parts[1] for each in files if len(each.parts) > 2}
        for top, files in _by_top(placing).items()
    }
    copies = {top for top, held in inner.items() if len(held) > 1 and held == inner.keys() - {top}}
    for top in copies:
        count = sum(_top(each) == top for each in placing)
        aside.add_folder(top, count, "holds the same folders once more")
    placing = [each for each in placing if _top(each) not in copies]
    for first in inner.keys() - copies:
        alike = {top for top in inner.keys() - copies if _are_alike(inner[first], inner[top])}
        if len(alike) > 1:
            raise _same_folders(alike, inner[first], name)
    return placing


def _are_alike(one: set[str], other: set[str]) -> bool:
    shared = one & other
    return len(shared) > 1 and 2 * len(shared) >= len(one | other)


def _same_folders(alike: set[str], held: set[str], name: str) -> DataError:
    number = _NUMBERS.get(len(alike), f"{len(alike):,}")
    return DataError(
        f"In '{plain_name(name)}' {number} folders hold the same class folders: give one of them "
        f"({_some(alike)}, each with {_some(held)})."
    )


def _some(names: set[str]) -> str:
    shown = [plain_name(each) for each in sorted(names)]
    return ", ".join(shown[:3]) + (", ..." if len(shown) > 3 else "")


def say_capitals(names: Iterable[str]) -> Iterator[str]:
    """Says which classes differ from each other in capitals alone."""
    alike: dict[str, list[str]] = {}
    for name in names:
        alike.setdefault(name.casefold(), []).append(name)
    for same in alike.values():
        if len(same) > 1:
            shown = " and ".join(f"'{plain_name(name)}'" for name in same[:3])
            yield f"{shown} differ in capitals alone, and are classes of their own here."


def say_nested(placing: Placing) -> Iterator[str]:
    """Says which folders lie within class folders, as their pictures belong to those."""
    nested = {each.parts[:-1] for each in placing if len(each.parts) > 2}
    if nested:
        count, many = len(nested), "their pictures belong to those classes."
        yield (
            f"{count} folder lies within a class folder: its pictures belong to that class."
            if count == 1
            else f"{count:,} folders lie within class folders: {many}"
        )
    splits = {parts[depth] for parts in nested for depth in range(1, len(parts))}
    named = sorted(plain_name(each) for each in splits if split_kind(each))
    if named:
        yield (
            f"{', '.join(named[:3])} within a class folder is no split, as not every class has it: "
            "its pictures stay part of their class."
        )
