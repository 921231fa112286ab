"""Where the boxes and lines of a net's diagram lie, in px, y downwards.

Each section of a net (stem, a run of equal blocks, head) is a column: its branch from top to
bottom, its shortcut on the right, what goes around part of the branch (a gate) on the left.
Columns stand side by side and wrap to further rows like words of a text.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from resnet_core.models.outline import Section, relative_path
from resnet_core.models.trace import Operation

ROW_WIDTH_PX = 960.0
"""Width at which columns wrap."""
_BOX_WIDTH_PX = 104.0
_BOX_HEIGHT_PX = 23.0
_PITCH_PX = 34.0
_LANE_PX = 16.0
_GAP_PX = 34.0
_HEADER_PX = 66.0
_FOOT_PX = 30.0
_JOINTS = ("add", "concat")
"""Kinds of operation in which a shortcut and a branch meet."""

Point = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Box:
    """One operation of the diagram."""

    x: float
    """Centre, px."""
    y: float
    """Centre, px."""
    operation: Operation
    """What it stands for."""

    @property
    def half_width(self) -> float:
        """Half of its width, px; an addition is a circle."""
        return (_BOX_HEIGHT_PX if self.operation.kind == "add" else _BOX_WIDTH_PX) / 2

    @property
    def half_height(self) -> float:
        """Half of its height, px."""
        return _BOX_HEIGHT_PX / 2


@dataclass(frozen=True, kw_only=True)
class Connection:
    """A connection, drawn through its points."""

    points: tuple[Point, ...]
    """From the source to the target."""
    is_skip: bool = False
    """Whether it belongs to a shortcut."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """One section, laid out."""

    section: Section
    """What it shows."""
    left: float
    """Left edge of its frame, px."""
    top: float
    """Upper edge of its header, px."""
    width: float
    """Width of its frame, px."""
    height: float
    """From the upper edge of the header to the lower edge of the frame, px."""
    boxes: tuple[Box, ...]
    """Its operations; an identity shortcut is a line, no box."""
    lines: tuple[Connection, ...]
    """Its connections."""
    entry: Point
    """Where the flow comes in."""
    exit: Point
    """Where the flow goes out."""

    @property
    def frame_top(self) -> float:
        """Upper edge of the frame, below the header, px."""
        return self.top + _HEADER_PX - _PITCH_PX / 2


@dataclass(frozen=True, kw_only=True)
class Diagram:
    """A whole net, laid out."""

    columns: tuple[Column, ...]
    """Its sections in forward order."""
    links: tuple[Connection, ...]
    """Connections from column to column."""
    width: float
    """Width of the longest row, px."""
    height: float
    """Height of all rows, px."""


def lay_out_net(sections: Sequence[Section], row_width_px: float = ROW_WIDTH_PX) -> Diagram:
    """Lays a net's sections out in rows, which wrap at a width."""
    columns: list[Column] = []
    left, top, row_height = 0.0, 0.0, 0.0
    for section in sections:
        plan = _Plan(section)
        if left > 0 and left + plan.width > row_width_px:
            left, top, row_height = 0.0, top + row_height + _FOOT_PX, 0.0
        columns.append(plan.column(left, top))
        left += plan.width + _GAP_PX
        row_height = max(row_height, plan.height)
    return Diagram(
        columns=tuple(columns),
        links=tuple(_links(columns)),
        width=max(column.left + column.width for column in columns),
        height=top + row_height,
    )


def _links(columns: Sequence[Column]) -> Iterator[Connection]:
    for before, after in pairwise(columns):
        (x_out, y_out), (x_in, y_in) = before.exit, after.entry
        if before.top == after.top:
            gap = after.left - _GAP_PX / 2
            yield Connection(points=((x_out, y_out), (gap, y_out), (gap, y_in), (x_in, y_in)))
        else:
            above = after.top - _FOOT_PX / 2
            side = after.left - _GAP_PX / 2
            points = ((x_out, y_out), (x_out, above), (side, above), (side, y_in), (x_in, y_in))
            yield Connection(points=points)


@dataclass
class _Plan:
    """One column under construction: which operation stands in which lane and row."""

    section: Section
    main: list[Operation] = field(init=False)
    lane: list[Operation] = field(init=False)
    rows: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        shown = [o for o in self.section.operations if o.label != "identity"]
        self.lane = [o for o in shown if self._is_on_shortcut(o)]
        self.main = [o for o in shown if not self._is_on_shortcut(o)]
        self.rows = {operation.path: row for row, operation in enumerate(self.main, start=1)}
        bottom = next((self.rows[o.path] for o in self.main if o.kind in _JOINTS), 0)
        for index, operation in enumerate(reversed(self.lane), start=1):
            self.rows[operation.path] = bottom - index

    def _is_on_shortcut(self, operation: Operation) -> bool:
        return relative_path(operation.path, self.section.path).startswith("shortcut")

    @property
    def width(self) -> float:
        has_skip = any(operation.kind in _JOINTS for operation in self.main)
        side = _LANE_PX + (_BOX_WIDTH_PX if self.lane else _LANE_PX / 2) if has_skip else 0.0
        return _BOX_WIDTH_PX + side + 2 * _LANE_PX

    @property
    def height(self) -> float:
        return _HEADER_PX + (len(self.main) + 0.5) * _PITCH_PX

    def column(self, left: float, top: float) -> Column:
        x_main = left + _LANE_PX + _BOX_WIDTH_PX / 2
        x_lane = x_main + _BOX_WIDTH_PX + _LANE_PX
        y_first = top + _HEADER_PX
        boxes = {
            operation.path: Box(
                x=x_lane if operation in self.lane else x_main,
                y=y_first + (self.rows[operation.path] - 0.5) * _PITCH_PX,
                operation=operation,
            )
            for operation in (*self.main, *self.lane)
        }
        entry, way_out = (x_main, y_first), (x_main, y_first + len(self.main) * _PITCH_PX)
        return Column(
            section=self.section,
            left=left,
            top=top,
            width=self.width,
            height=self.height,
            boxes=tuple(boxes.values()),
            lines=tuple(self._lines(boxes, entry, way_out)),
            entry=entry,
            exit=way_out,
        )

    def _lines(self, boxes: dict[str, Box], entry: Point, way_out: Point) -> Iterator[Connection]:
        for box in boxes.values():
            for source in box.operation.inputs:
                yield self._line(boxes.get(self._drawn(source)), box, entry)
        last = boxes[self.main[-1].path]
        yield Connection(points=((last.x, last.y + last.half_height), way_out))

    def _drawn(self, path: str) -> str:
        """Follows an identity, which has no box, to what feeds it."""
        for operation in self.section.operations:
            if operation.path == path and operation.label == "identity":
                return self._drawn(operation.inputs[0])
        return path

    def _line(self, source: Box | None, target: Box, entry: Point) -> Connection:
        """A connection; the source `None` is what enters the column."""
        start = entry if source is None else (source.x, source.y + source.half_height)
        row = 0 if source is None else self.rows[source.operation.path]
        is_next = start[0] == target.x and row + 1 == self.rows[target.operation.path]
        to_lane = target.operation in self.lane
        above = (target.x, target.y - target.half_height)
        if is_next:
            return Connection(points=(start, above), is_skip=to_lane)
        if to_lane and target.operation is self.lane[0]:
            turn = _below(start)[1]
            return Connection(points=(_below(start), (target.x, turn), above), is_skip=True)
        if to_lane:
            return _around(start, target, side=1, is_skip=True)
        if source is not None and source.operation in self.lane:
            return _from_lane(source, target)
        is_joint = target.operation.kind in _JOINTS
        return _around(start, target, side=1 if is_joint else -1, is_skip=is_joint)


def _from_lane(source: Box, target: Box) -> Connection:
    """From the shortcut's lane to the branch: into the addition from below, else from the side."""
    beside = (target.x + target.half_width, target.y)
    if target.operation.kind == "add":
        points = ((source.x, source.y + source.half_height), (source.x, target.y), beside)
        return Connection(points=points, is_skip=True)
    gutter = (source.x - source.half_width + target.x + _BOX_WIDTH_PX / 2) / 2
    left = (source.x - source.half_width, source.y)
    return Connection(points=(left, (gutter, source.y), (gutter, target.y), beside), is_skip=True)


def _around(start: Point, target: Box, *, side: int, is_skip: bool) -> Connection:
    """Past other boxes, on the right (1) or the left (-1) of them."""
    x = target.x + side * (_BOX_WIDTH_PX / 2 + 0.7 * _LANE_PX)
    turn = _below(start)[1]
    beside = (target.x + side * target.half_width, target.y)
    return Connection(points=(_below(start), (x, turn), (x, target.y), beside), is_skip=is_skip)


def _below(point: Point) -> Point:
    """Where a line leaves the flow: a little below the box that it comes from."""
    return point[0], point[1] + (_PITCH_PX - _BOX_HEIGHT_PX) / 4
