"""How often a 95 % interval holds the truth: 1,000 simulations each, from a fixed seed.

With 1,000 of them a true 95 % shows as 93.5 to 96.5 % in 97 cases of 100.
"""

import math
from collections.abc import Callable, Iterable

import numpy as np
import pytest

from resnet_core.shares import newcombe_interval, newcombe_paired_interval, wilson_interval
from resnet_core.students import Interval, mean_interval

SIMULATIONS = 1000


def coverage(intervals: Iterable[Interval], truth: float) -> float:
    holds = [low <= truth <= high for low, high in intervals]
    assert len(holds) == SIMULATIONS
    return sum(holds) / SIMULATIONS


def is_95_percent(share: float) -> bool:
    return 0.935 <= share <= 0.965


def repeated(draw: Callable[[np.random.Generator], Interval], seed: int) -> list[Interval]:
    generator = np.random.default_rng(seed)
    return [draw(generator) for _ in range(SIMULATIONS)]


@pytest.mark.parametrize("seeds", [2, 3, 5, 24])
def test_paired_t_interval_of_seeds(seeds):
    """Accuracies of two nets: what a seed does to both, to each alone, and 2,000 pictures' luck."""

    def draw(generator: np.random.Generator) -> Interval:
        shared = generator.normal(0, 0.01, seeds)
        accuracies = [
            generator.binomial(2000, share + shared + generator.normal(0, 0.004, seeds)) / 2000
            for share in (0.83, 0.79)
        ]
        return mean_interval((accuracies[0] - accuracies[1]).tolist())

    assert is_95_percent(coverage(repeated(draw, seeds), 0.04))


@pytest.mark.parametrize(
    ("share", "total"), [(0.1, 1000), (0.5, 500), (0.8, 500), (0.95, 2000), (0.9, 10_000)]
)
def test_wilson_interval_of_the_sizes_that_the_lab_has(share, total):
    """Of sizes whose exact coverage, summed over all counts, lies between 94.5 and 95.5 %."""
    found = repeated(lambda g: wilson_interval(int(g.binomial(total, share)), total), 0)
    assert is_95_percent(coverage(found, share))


def test_wilson_interval_dips_where_few_answers_are_expected_right_or_wrong():
    """Its known weakness, computed exactly: no simulation would mend it by other seeds.

    A share counts or not by whole answers, so the coverage swings with it, and falls far below
    95 % where about one answer in all is expected.  Hence the sizes above: hundreds of pictures.
    """

    def exactly(share: float, total: int) -> float:
        return sum(
            math.comb(total, right) * share**right * (1 - share) ** (total - right)
            for right in range(total + 1)
            if wilson_interval(right, total)[0] <= share <= wilson_interval(right, total)[1]
        )

    assert exactly(0.0174, 10) < 0.85
    assert exactly(0.5, 10) > 0.965
    assert is_95_percent(exactly(0.8, 500))


@pytest.mark.parametrize(("first", "second"), [(0.85, 0.8), (0.6, 0.5)])
def test_newcombe_interval_of_two_sets(first, second):
    def draw(generator: np.random.Generator) -> Interval:
        right = [int(generator.binomial(1000, share)) for share in (first, second)]
        return newcombe_interval((right[0], 1000), (right[1], 1000))

    assert is_95_percent(coverage(repeated(draw, 1), first - second))


@pytest.mark.parametrize("alone", [(0.10, 0.05), (0.04, 0.04)])
def test_newcombe_paired_interval_of_answers_to_the_same_pictures(alone):
    both, total = 0.75, 1000

    def draw(generator: np.random.Generator) -> Interval:
        counts = generator.multinomial(total, [both, *alone, 1 - both - sum(alone)]).tolist()
        right = counts[0] + counts[1], counts[0] + counts[2]
        return newcombe_paired_interval(right, (counts[1], counts[2]), total)

    assert is_95_percent(coverage(repeated(draw, 2), alone[0] - alone[1]))
