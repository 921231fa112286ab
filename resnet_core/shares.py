"""Shares in words, how far one of right answers is known, and the difference of two."""

import math
import re

from resnet_core.students import NORMAL_95, Interval

PER_CENT = "\N{NO-BREAK SPACE}%"
"""What stands after a number: no line ends before the sign."""
_CLOSE_PERCENT = re.compile(r"(?<=\d)%")
_SMALLEST = 0.001
"""Probability that one decimal still shows."""


def percent(share: float, decimals: int = 1, *, signed: bool = False) -> str:
    """Writes a share as every sentence and table here does, such as `97.2 %`.

    Args:
        share: of 1; a difference of shares may lie below 0.
        decimals: digits behind the point.
        signed: whether a number above 0 has its sign too.
    """
    sign = "+" if signed else ""
    return f"{share:{sign}.{decimals}%}".replace("%", PER_CENT)


def spaced_percents(sentence: str) -> str:
    """Writes the shares of a sentence as `percent` does, where its own code writes `97.2%`.

    Such is the code that a stored measurement is known by: a changed letter would ask for it anew.
    """
    return _CLOSE_PERCENT.sub(PER_CENT, sentence)


def probability_text(share: float) -> str:
    """Writes a probability with one decimal, and says so where that would make it 0 or 100 %.

    A net's is neither, even where its float is 0 or 1.
    """
    if share < _SMALLEST:
        return f"< {percent(_SMALLEST)}"
    if share > 1 - _SMALLEST:
        return f"> {percent(1 - _SMALLEST)}"
    return percent(share)


def wilson_interval(right: int, total: int) -> tuple[float, float]:
    """Wilson's 95 % score interval of a share, without continuity correction.

    Args:
        right: answers that are right, 0 to `total`.
        total: answers, at least 1.

    Source: Wilson 1927; Newcombe 1998, Statistics in Medicine 17, 857-872, method 3.
    """
    assert 0 <= right <= total, "There are no more right answers than answers."
    assert total > 0, "A share of nothing has no interval."
    squared = NORMAL_95**2
    middle = (right + squared / 2) / (total + squared)
    variance = right * (total - right) / total + squared / 4
    half = NORMAL_95 * math.sqrt(variance) / (total + squared)
    return max(0.0, middle - half), min(1.0, middle + half)


def newcombe_interval(first: tuple[int, int], second: tuple[int, int]) -> tuple[float, float]:
    """Newcombe's 95 % interval of the first share minus the second, the two taken as independent.

    For answers to the same pictures it is wider than it need be, as they tend to agree.

    Args:
        first: right answers and all answers.
        second: the same of the other.

    Source: Newcombe 1998, Statistics in Medicine 17, 873-890, method 10.
    """
    shares = [right / total for right, total in (first, second)]
    (low_1, high_1), (low_2, high_2) = wilson_interval(*first), wilson_interval(*second)
    difference = shares[0] - shares[1]
    return (
        difference - math.hypot(shares[0] - low_1, high_2 - shares[1]),
        difference + math.hypot(high_1 - shares[0], shares[1] - low_2),
    )


def newcombe_paired_interval(
    right: tuple[int, int], alone: tuple[int, int], total: int
) -> Interval:
    """Newcombe's 95 % interval of the first share minus the second, of answers to one set.

    Args:
        right: right answers of the first and of the second.
        alone: pictures that the first alone answers rightly, and the second alone.
        total: pictures.

    Source: Newcombe 1998, Statistics in Medicine 17, 2635-2650, method 10.
    """
    shares = [count / total for count in right]
    (low_1, high_1), (low_2, high_2) = (wilson_interval(count, total) for count in right)
    below = shares[0] - low_1, high_2 - shares[1]
    above = high_1 - shares[0], shares[1] - low_2
    agreement = _corrected_phi(right[0] - alone[0], alone, total)
    difference = shares[0] - shares[1]
    return (
        difference - _joint(*below, agreement),
        difference + _joint(*above, agreement),
    )


def _joint(one: float, other: float, correlation: float) -> float:
    return math.sqrt(max(0.0, one**2 - 2 * correlation * one * other + other**2))


def _corrected_phi(both: int, alone: tuple[int, int], total: int) -> float:
    """Correlation of two answers, with Newcombe's correction for continuity."""
    neither = total - both - sum(alone)
    margins = (both + alone[0]) * (both + alone[1]) * (alone[0] + neither) * (alone[1] + neither)
    excess = both * neither - alone[0] * alone[1]
    if excess > 0:
        excess = max(0.0, excess - total / 2)
    return excess / math.sqrt(margins) if margins else 0.0
