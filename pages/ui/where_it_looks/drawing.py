"""Maps on sheets: exact where cells can be counted, for the eye where pixels are many."""

from collections.abc import Iterable

from resnet_core.explain import Attribution
from resnet_core.figures.map_pictures import MapStyle

STRIP_PX = 192
"""Side of a map in long strips, px: many of them travel at once."""
_MOST_CELLS = 64


def is_exact(style: MapStyle, answers: Iterable[Attribution]) -> bool:
    """Whether drawings of these maps are to keep every cell's colour.

    Maps of a large picture's pixels are noise to a lossless file, and would weigh megabytes.
    """
    return style.form == "map" and all(max(a.values.shape) <= _MOST_CELLS for a in answers)
