"""A net folded to what differs: stem, stages of blocks with equal ones counted, head."""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from resnet_core.config import ModelConfig
from resnet_core.models.trace import Operation, trace_operations

_BLOCK = re.compile(r"(stage\d+\.(\d+|transition))\.")


@dataclass(frozen=True, kw_only=True)
class Section:
    """Equal neighbours of a net: one block of them and their number, or the stem, or the head."""

    title: str
    """`Stem`, `Stage 2, block 1`, `Stage 2, blocks 2-18`, `Stage 2, transition`, or `Head`."""
    path: str
    """Dotted path of the first of them; "" for the head, which is no module of its own."""
    members: tuple[tuple[Operation, ...], ...]
    """Operations of each of them, in forward order."""

    @property
    def operations(self) -> tuple[Operation, ...]:
        """Operations of the first of them, in forward order."""
        return self.members[0]

    @property
    def count(self) -> int:
        """Blocks that it stands for."""
        return len(self.members)

    @property
    def parameters(self) -> int:
        """Numbers that all of them learn."""
        return sum(operation.parameters for member in self.members for operation in member)

    @property
    def macs(self) -> int:
        """Multiply-accumulates of all of them for one picture."""
        return sum(operation.macs for member in self.members for operation in member)


def outline_net(config: ModelConfig, image_size_px: int) -> tuple[Section, ...]:
    """Folds a net: neighbouring blocks with equal operations, shapes and costs become one section.

    Dense blocks, each of which has more channels than the one before, are folded all the same.

    Raises:
        ConfigError: for a picture that the net cannot take.
    """
    pieces = _pieces(trace_operations(config, image_size_px))
    sections = []
    for _, alike in groupby(pieces, key=_fold_key):
        paths, members = zip(*alike, strict=True)
        sections.append(Section(title=_title(paths[0], paths[-1]), path=paths[0], members=members))
    return tuple(sections)


def set_apart(sections: Iterable[Section], paths: Collection[str]) -> tuple[Section, ...]:
    """Unfolds the blocks of these paths, so that each of them is a section of its own."""
    found: list[Section] = []
    for section in sections:
        blocks = [(_piece_path(member[0].path), member) for member in section.members]
        for _, group in groupby(
            enumerate(blocks), key=lambda each: each[1][0] in paths and 1 + each[0]
        ):
            names, members = zip(*(block for _, block in group), strict=True)
            title = _title(names[0], names[-1])
            found.append(Section(title=title, path=names[0], members=members))
    return tuple(found)


def relative_path(path: str, section_path: str) -> str:
    """An operation's path within its section: `stage2.0.conv1` is `conv1` in `stage2.0`."""
    return path.removeprefix(f"{section_path}.") if section_path else path


def _pieces(operations: Iterable[Operation]) -> Iterator[tuple[str, tuple[Operation, ...]]]:
    for path, group in groupby(operations, key=lambda operation: _piece_path(operation.path)):
        yield path, tuple(group)


def _piece_path(path: str) -> str:
    block = _BLOCK.match(path)
    if block:
        return block[1]
    return "stem" if path.startswith("stem.") else ""


def _fold_key(piece: tuple[str, tuple[Operation, ...]]) -> tuple[object, ...]:
    """What two blocks have to share to be drawn once; blocks of two stages are never folded."""
    path, operations = piece
    grows = any(operation.kind == "concat" for operation in operations)
    keys = (_operation_key(operation, path, grows=grows) for operation in operations)
    return (path.partition(".")[0], *keys)


def _operation_key(operation: Operation, section_path: str, *, grows: bool) -> tuple[object, ...]:
    inside = f"{section_path}."
    return (
        relative_path(operation.path, section_path),
        operation.label,
        operation.output.map_size_px,
        None if grows else (operation.output.channels, operation.parameters),
        tuple(
            relative_path(source, section_path) if source.startswith(inside) else ""
            for source in operation.inputs
        ),
    )


def _title(first: str, last: str) -> str:
    if "." not in first:
        return "Stem" if first == "stem" else "Head"
    stage, _, number = first.removeprefix("stage").partition(".")
    if number == "transition":
        return f"Stage {stage}, transition"
    start, end = int(number) + 1, int(last.partition(".")[2]) + 1
    blocks = f"block {start}" if start == end else f"blocks {start}-{end}"
    return f"Stage {stage}, {blocks}"
