"""How far a factor is known: its geometric mean over seeds, with Student's interval."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from resnet_core.students import CONFIDENCE, mean_interval

FEWEST_SEEDS = 3
"""Before so many seeds no word is said on what a factor does: too many draws of one mislead."""

_MOST_DIGITS = 6


@dataclass(frozen=True, kw_only=True)
class SeedFactor:
    """A ratio above zero, measured with S seeds."""

    mean: float
    """Geometric mean over the seeds."""
    interval: tuple[float, float] | None
    """95 % interval of that mean; `None` for a single seed."""
    num_seeds: int
    """S."""

    @property
    def words(self) -> str:
        """The factor with its interval, as it stands in a sentence."""
        if self.interval is None:
            return f"×{readable(self.mean)} (one seed)"
        low, high = (readable(bound) for bound in self.interval)
        span = f"{CONFIDENCE} interval {low} to {high}, {self.num_seeds} seeds"
        return f"×{readable(self.mean)} ({span})"

    @property
    def short_words(self) -> str:
        """The factor with its bare interval, where a sentence says once of what it is one."""
        if self.interval is None:
            return f"×{readable(self.mean)}"
        return f"×{readable(self.mean)} ({' to '.join(readable(each) for each in self.interval)})"


def factor_over_seeds(ratios: Sequence[float] | np.ndarray) -> SeedFactor:
    """Averages ratios above zero, one a seed, on a logarithmic scale."""
    logs = np.log(np.asarray(ratios, dtype=np.float64))
    found = interval_95(logs)
    return SeedFactor(
        mean=math.exp(float(logs.mean())),
        interval=None if found is None else (_exp(found[0]), _exp(found[1])),
        num_seeds=len(logs),
    )


def interval_95(values: Sequence[float] | np.ndarray) -> tuple[float, float] | None:
    """Student's 95 % interval of a mean; `None` for fewer than two values."""
    return None if len(values) < 2 else mean_interval([float(value) for value in values])


def readable(number: float) -> str:
    """Writes a number with three digits, very large and very small ones as powers of ten."""
    rounded = float(f"{number:.3g}")  # 999.7 is a thousand in three digits, and is written as one
    size = abs(rounded)
    if size == 0 or 0.01 <= size < 1e5:
        return f"{rounded:.3g}" if size < 1000 else f"{rounded:,.0f}"
    return f"{number:.1e}".replace("e+0", "e").replace("e+", "e").replace("e-0", "e-")


def distinct(values: Sequence[float], *, fewest_digits: int = 2) -> tuple[str, ...]:
    """Writes numbers with as many decimals as it takes to tell those apart that differ."""
    for digits in range(fewest_digits, _MOST_DIGITS):
        written = tuple(f"{value:.{digits}f}" for value in values)
        if len(set(written)) == len(set(values)):
            return written
    return tuple(f"{value:.{_MOST_DIGITS}f}" for value in values)


def _exp(value: float) -> float:
    return math.exp(min(value, 700.0))  # of two seeds the interval may be too wide for a float
