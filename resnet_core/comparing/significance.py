"""How often chance alone would make two nets differ so much: by seeds, and by pictures."""

import statistics
from collections.abc import Sequence

from resnet_core.students import standard_error, t_beyond


def paired_t_p(differences: Sequence[float]) -> float:
    """Two-sided p-value of the paired t test: of a mean so far from 0, or farther, by chance.

    Args:
        differences: at least two, which are not all equal.
    """
    distance = abs(statistics.fmean(differences)) / standard_error(differences)
    return t_beyond(distance, len(differences) - 1)


def mcnemar_p(only_first: int, only_second: int) -> float:
    """McNemar's exact two-sided p-value: how often a fair coin splits so unevenly, or more so.

    Args:
        only_first: pictures that the first alone answers rightly.
        only_second: pictures that the second alone answers rightly.

    Source: McNemar 1947, Psychometrika 12, 153-157; exact: binomial with one half.
    """
    total, fewer = only_first + only_second, min(only_first, only_second)
    tail, term = 0, 1
    for count in range(fewer + 1):
        tail += term
        term = term * (total - count) // (count + 1)  # the next binomial coefficient
    return min(1.0, 2 * tail / 2**total)
