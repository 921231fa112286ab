"""Student's law: how far the mean of a few values is known.

Source: Student 1908, Biometrika 6, 1-25.
"""

import functools
import math
import statistics
from collections.abc import Sequence

Interval = tuple[float, float]
CONFIDENCE = "95 %"
"""Of every interval in this house, in words."""
NORMAL_95 = 1.959963984540054
"""Two-sided 95 % quantile of the normal law, Student's of many values."""
_SHARE = 0.95
_NEAR = 2.0
"""Bound up to which one minus the sum loses nothing, and the rest of the series has many terms."""
_ROUNDING = 1e-17
_HALVINGS = 60
"""The error halves each time, down to that of a float."""


def mean_interval(values: Sequence[float]) -> Interval:
    """Student's 95 % interval of a mean of values that are taken as normal.

    Args:
        values: at least two; equal ones give an interval without width.
    """
    mean = statistics.fmean(values)
    half = t_quantile_95(len(values) - 1) * standard_error(values)
    return mean - half, mean + half


def standard_error(values: Sequence[float]) -> float:
    """Standard deviation of the mean of at least two values."""
    return statistics.stdev(values) / math.sqrt(len(values))


@functools.cache
def t_quantile_95(degrees: int) -> float:
    """Student's two-sided 95 % quantile, for at least one degree of freedom."""
    low, high = 0.0, 16.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if t_within(middle, degrees) < _SHARE else (low, middle)
    return high


def t_within(bound: float, degrees: int) -> float:
    """Probability that Student's t lies within plus and minus a bound.

    Source: Abramowitz and Stegun 1964, 26.7.3 and 26.7.4.
    """
    angle = math.atan2(bound, math.sqrt(degrees))
    is_odd, squared = degrees % 2, math.cos(angle) ** 2
    term, total = (math.cos(angle) if is_odd else 1.0), 0.0
    for count in range(degrees // 2):
        total += term
        term *= squared * (2 * count + 1 + is_odd) / (2 * count + 2 + is_odd)
    within = math.sin(angle) * total
    return 2 / math.pi * (angle + within) if is_odd else within


def t_beyond(bound: float, degrees: int) -> float:
    """Probability that Student's t lies farther from 0 than a bound; also a tiny one is above 0.

    The series of `t_within` goes on for ever towards 1; what is summed here is its rest, since one
    minus the sum is nothing but rounding where the sum is almost 1.
    """
    if bound < _NEAR:
        return 1 - t_within(bound, degrees)
    reach = math.hypot(bound, math.sqrt(degrees))
    cosine, sine = math.sqrt(degrees) / reach, bound / reach
    is_odd, rest, count = degrees % 2, 0.0, 0
    term = cosine if is_odd else 1.0
    while count < degrees // 2 or term > rest * _ROUNDING:
        rest += term if count >= degrees // 2 else 0.0
        term *= cosine**2 * (2 * count + 1 + is_odd) / (2 * count + 2 + is_odd)
        count += 1
    return sine * rest * (2 / math.pi if is_odd else 1)
