"""How far a factor is known: its geometric mean over seeds, with Student's interval."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

FEWEST_SEEDS = 3
"""Before so many seeds no word is said on what a factor does: too many draws of one mislead."""

CONFIDENCE = "95 %"
"""Of every interval over seeds, in words."""

_MOST_DIGITS = 6

# Two-sided 95 % quantiles of Student's t for 1 to 30 degrees of freedom (any table of it).
_T_95 = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
    2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
    2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)  # fmt: skip
_NORMAL_95 = 1.959964


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
    count = len(values)
    if count < 2:
        return None
    mean = float(np.mean(values))
    half = _quantile(count - 1) * float(np.std(values, ddof=1)) / math.sqrt(count)
    return mean - half, mean + half


def readable(factor: float) -> str:
    """Writes a factor with three digits, very large and very small ones as powers of ten."""
    if factor == 0 or 0.01 <= factor < 1e5:
        return f"{factor:.3g}" if factor < 1000 else f"{float(f'{factor:.3g}'):,.0f}"
    return f"{factor:.1e}".replace("e+0", "e").replace("e+", "e").replace("e-0", "e-")


def distinct(values: Sequence[float], *, fewest_digits: int = 2) -> tuple[str, ...]:
    """Writes numbers with as many decimals as it takes to tell those apart that differ."""
    for digits in range(fewest_digits, _MOST_DIGITS):
        written = tuple(f"{value:.{digits}f}" for value in values)
        if len(set(written)) == len(set(values)):
            return written
    return tuple(f"{value:.{_MOST_DIGITS}f}" for value in values)


def _quantile(degrees: int) -> float:
    """Student's two-sided 95 % quantile; beyond the table by Fisher's expansion in 1/degrees."""
    if degrees <= len(_T_95):
        return _T_95[degrees - 1]
    z = _NORMAL_95
    return z + (z**3 + z) / (4 * degrees) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * degrees**2)


def _exp(value: float) -> float:
    return math.exp(min(value, 700.0))  # of two seeds the interval may be too wide for a float
