"""A tree of pictures and texts as somebody has it, and what is right to make of it."""

from dataclasses import dataclass, field

from tests.data.layout_trees import several

Splits = dict[str, dict[str, int]]


@dataclass(frozen=True)
class Case:
    """A tree, and what is right to make of it."""

    pictures: list[str]
    splits: Splits
    ignored: dict[str, int] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    notes: str = ""
    """What one of the notes says."""
    layout: str = "class folders"


def folders(tops: dict[str, int], names: list[str]) -> list[str]:
    return [
        path for top, n in tops.items() for name in names for path in several(f"{top}/{name}", n)
    ]


def part(names: list[str], count: int) -> dict[str, int]:
    return dict.fromkeys(names, count)


PETS = ["cat", "dog"]
