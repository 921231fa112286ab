"""Which values of a deep picture become black and white.

Deep pictures keep their scale, so that brightness means the same in all of them, unless they use
less than a quarter of it: what a microscope or a telescope put into a corner of 16 bits would be
all but uniform gray.  Those are stretched from their 0.5th to their 99.5th percentile, so that a
few hot pixels do not decide.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

INTEGER_TOPS = (255, 1023, 4095, 65535)
"""Largest values of 8, 10, 12 and 16-bit samples."""
NARROW_SHARE = 0.25
"""Share of the scale below which a picture's values are stretched."""
PERCENTILES = (0.5, 99.5)

_AT_ONCE = 2**20
"""Values that are counted together; their places take eight times their memory."""
_NUM_BINS = 2**16
"""Bins between the smallest and the largest value; whole numbers of 16 bits have one each."""


@dataclass(frozen=True)
class ValueRange:
    """What becomes black and white."""

    low: float
    high: float
    narrow_of: tuple[float, float, float] | None = None
    """Smallest and largest value and the scale's top, if they were too close and are stretched."""

    def describe(self, kind: str) -> str:
        """Says what was done to values of a kind, such as `16-bit`."""
        if self.narrow_of is None:
            return f"{kind} values scaled by their range, {self.low:g} to {self.high:g}"
        smallest, largest, top = self.narrow_of
        return (
            f"{kind} values lie between {smallest:g} and {largest:g}, under a quarter of the scale "
            f"0 to {top:g}: stretched from their 0.5th to their 99.5th percentile, {self.low:g} to "
            f"{self.high:g}"
        )


def integer_top(largest: float) -> int:
    """Largest value of the fewest bits (8, 10, 12 or 16) that hold a value.

    Cameras and microscopes keep 12 bits in 16.
    """
    return next(top for top in INTEGER_TOPS if largest <= top)


def fit_range(
    smallest: float, largest: float, top: float, read_tiles: Callable[[], Iterable[np.ndarray]]
) -> ValueRange:
    """Chooses between a scale from 0 to `top` and the picture's own percentiles.

    A picture whose values differ by less than a step of 16 bits, or not at all, keeps the scale:
    there is nothing to stretch.

    Args:
        smallest: the smallest value.
        largest: the largest value.
        top: of the scale.
        read_tiles: gives the finite values, tile by tile; asked only where they are needed.
    """
    if not top / INTEGER_TOPS[-1] <= largest - smallest < NARROW_SHARE * top:
        return ValueRange(0.0, top)
    low, high = _percentiles(smallest, largest, read_tiles())
    narrow_of = (smallest, largest, top)
    return ValueRange(low, high, narrow_of) if high > low else ValueRange(*narrow_of[:2], narrow_of)


def _percentiles(
    smallest: float, largest: float, tiles: Iterable[np.ndarray]
) -> tuple[float, float]:
    """The two percentiles: exact for whole numbers, else to a 65,535th of the range."""
    step, counts = 1.0, np.zeros(_NUM_BINS, np.int64)
    for values in tiles:
        step = 1.0 if values.dtype.kind in "iu" else (largest - smallest) / (_NUM_BINS - 1)
        flat = values.ravel()
        for start in range(0, flat.size, _AT_ONCE):
            bins = _bins(flat[start : start + _AT_ONCE], smallest, step)
            counts += np.bincount(bins, minlength=_NUM_BINS)
    ranks = np.array(PERCENTILES) / 100 * max(0, counts.sum() - 1)
    low, high = np.searchsorted(np.cumsum(counts), ranks, side="right")
    return smallest + float(low) * step, smallest + float(high) * step


def _bins(values: np.ndarray, smallest: float, step: float) -> np.ndarray:
    if values.dtype.kind in "iu":  # of a narrow 16-bit picture: each value has its own bin
        return values - values.dtype.type(smallest)
    return np.rint((values.astype(np.float64) - smallest) / step).astype(np.int64)
