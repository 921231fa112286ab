"""Where a landscape is measured: grids that hold each other's places."""

from dataclasses import dataclass
from typing import Literal

from resnet_core.config import choices
from resnet_core.errors import ProbeError

Dimensions = Literal[1, 2]
Statistics = Literal["stored", "recomputed"]
"""By what batch norm normalises: the statistics that the net has stored, or those that the measured
pictures have with the moved weights."""
Place = tuple[float, float]
"""Alpha and beta, which the two directions are multiplied by."""

GRIDS = (5, 9, 17)
"""Grids of a first look and of closer ones: each holds all places of the one before."""
FINEST_GRID = 65

_SMALLEST_GRID = 3
_LARGEST_SPAN = 100.0


@dataclass(frozen=True, kw_only=True)
class LandscapeSpec:
    """What is asked of a landscape, but for net and pictures."""

    grid: int = GRIDS[0]
    """Places along each direction; an odd number, so that the net itself is the middle one."""
    dimensions: Dimensions = 2
    """1: along one direction, 2: along two, every combination of them."""
    span: float = 1.0
    """Largest alpha and beta; at 1 every filter is moved by as much as it is long."""
    seed: int = 0
    """Of the directions."""
    statistics: Statistics = "stored"
    """What batch norm normalises by."""

    def __post_init__(self) -> None:
        if self.grid % 2 == 0 or not _SMALLEST_GRID <= self.grid <= FINEST_GRID:
            raise ProbeError(
                f"A landscape has an odd number of places along a direction, {_SMALLEST_GRID} to "
                f"{FINEST_GRID}, so that the net is its middle; got {self.grid}."
            )
        if self.dimensions not in choices(Dimensions):
            raise ProbeError(f"A landscape has 1 or 2 dimensions, got {self.dimensions}.")
        if self.statistics not in choices(Statistics):
            raise ProbeError(
                f"Batch norm takes its statistics stored or recomputed, got '{self.statistics}'."
            )
        if not 0 < self.span <= _LARGEST_SPAN:
            raise ProbeError(
                f"A landscape spans more than 0 and at most {_LARGEST_SPAN:g} filter lengths, got "
                f"{self.span:g}."
            )
        if not 0 <= self.seed < 2**31:
            raise ProbeError(f"A seed lies between 0 and {2**31 - 1}, got {self.seed}.")


def centred_axis(grid: int, span: float) -> tuple[float, ...]:
    """Places from -span to span, 0 in the middle; a finer grid gives the same numbers again."""
    half = grid // 2
    return tuple(span * ((number - half) / half) for number in range(grid))


def line_axis(grid: int) -> tuple[float, ...]:
    """Shares of the way from one net to another, 0 to 1."""
    return tuple(number / (grid - 1) for number in range(grid))
