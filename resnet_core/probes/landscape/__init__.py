"""The loss around a net: along random directions of its weights, and on the line to another net."""

from resnet_core.probes.landscape.judging import judge_on
from resnet_core.probes.landscape.measuring import Judge, Points, measure_landscape
from resnet_core.probes.landscape.places import (
    FINEST_GRID,
    GRIDS,
    Dimensions,
    LandscapeSpec,
    Place,
    Statistics,
)
from resnet_core.probes.landscape.records import Landscape, LandscapePoint
from resnet_core.probes.landscape.slices import LineSlice, RandomSlice, Slice

__all__ = [
    "FINEST_GRID",
    "GRIDS",
    "Dimensions",
    "Judge",
    "Landscape",
    "LandscapePoint",
    "LandscapeSpec",
    "LineSlice",
    "Place",
    "Points",
    "RandomSlice",
    "Slice",
    "Statistics",
    "judge_on",
    "measure_landscape",
]
