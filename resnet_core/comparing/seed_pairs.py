"""Two arms from each of several seeds: pairs, as those of a seed share order and first weights."""

import functools
import statistics
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from resnet_core.comparing.shared_steps import SharedEvaluation
from resnet_core.comparing.significance import paired_t_p
from resnet_core.students import Interval, mean_interval


@dataclass(frozen=True, kw_only=True)
class SeedPairs:
    """One number of two arms from each of several seeds, at one step."""

    step: int
    seeds: tuple[int, ...]
    """From which both have it."""
    first: tuple[float, ...]
    """Of the first arm, one a seed."""
    second: tuple[float, ...]

    @functools.cached_property
    def differences(self) -> tuple[float, ...]:
        """The first's minus the second's, one a seed."""
        return tuple(one - other for one, other in zip(self.first, self.second, strict=True))

    @property
    def difference(self) -> float:
        """Their mean."""
        return statistics.fmean(self.differences)

    @property
    def interval(self) -> Interval | None:
        """Its 95 % interval by paired t; `None` for a single seed."""
        return mean_interval(self.differences) if len(self.seeds) > 1 else None

    @property
    def has_spread(self) -> bool:
        """Whether seeds differ at all, without which nothing tells how much they do."""
        # Shares of one set of pictures are equal up to the rounding of their quotients.
        return max(self.differences) - min(self.differences) > 1e-12

    @property
    def p_value(self) -> float | None:
        """Of the paired t test; `None` where seeds tell no spread."""
        return paired_t_p(self.differences) if self.has_spread else None

    @property
    def is_more_than_noise(self) -> bool:
        """Whether the interval leaves 0 out; never where seeds tell no spread."""
        if self.interval is None or not self.has_spread:
            return False
        low, high = self.interval
        return not low <= 0 <= high


def pair_evaluations(
    evaluations: Sequence[SharedEvaluation], seeds: Collection[int]
) -> SeedPairs | None:
    """Pairs the accuracies of the newest step at which all of `seeds` have one.

    Args:
        evaluations: of two arms, the newest first.
        seeds: from which both arms still train.
    """
    by_step: defaultdict[int, dict[int, tuple[float, float]]] = defaultdict(dict)
    for each in evaluations:
        by_step[each.step][each.seed] = each.accuracies
    whole = [step for step, found in by_step.items() if seeds and found.keys() >= set(seeds)]
    return pair_values(max(whole), by_step[max(whole)], seeds) if whole else None


def pair_values(
    step: int, values: dict[int, tuple[float, float]], seeds: Collection[int]
) -> SeedPairs | None:
    """Pairs what was measured at a step, by seed; `None` where none of `seeds` has anything."""
    known = tuple(seed for seed in sorted(seeds) if seed in values)
    if not known:
        return None
    return SeedPairs(
        step=step,
        seeds=known,
        first=tuple(values[seed][0] for seed in known),
        second=tuple(values[seed][1] for seed in known),
    )
