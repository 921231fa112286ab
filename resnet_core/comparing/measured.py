"""What a comparison of two arms consists of: losses, answers, gradients; of one seed or several."""

import statistics
from dataclasses import dataclass

from resnet_core.comparing.seed_pairs import SeedPairs
from resnet_core.comparing.significance import mcnemar_p
from resnet_core.shares import newcombe_interval, newcombe_paired_interval
from resnet_core.students import Interval

WINDOW = 20
"""Steps whose median loss is compared: a single batch says little."""


@dataclass(frozen=True, kw_only=True)
class Accuracies:
    """Two arms after the same step, on the same validation pictures."""

    step: int
    first: float
    """Share of right answers."""
    second: float
    num_pictures: int | None
    """`None` in a run of an earlier version that did not say."""
    only_first: int | None = None
    """Pictures that the first alone answers rightly; `None` where single answers were not kept."""
    only_second: int | None = None

    @property
    def difference(self) -> float:
        """The first's share minus the second's."""
        return self.first - self.second

    @property
    def p_value(self) -> float | None:
        """McNemar's exact p-value; `None` where single answers were not kept."""
        if self.only_first is None or self.only_second is None:
            return None
        return mcnemar_p(self.only_first, self.only_second)

    @property
    def interval(self) -> Interval | None:
        """Newcombe's 95 % interval of the difference; `None` where no number is known.

        Where single answers were kept, it is the one of pairs.
        """
        if self.num_pictures is None:
            return None
        first, second = (round(share * self.num_pictures) for share in (self.first, self.second))
        if self.only_first is None or self.only_second is None:
            return newcombe_interval((first, self.num_pictures), (second, self.num_pictures))
        alone = self.only_first, self.only_second
        return newcombe_paired_interval((first, second), alone, self.num_pictures)


@dataclass(frozen=True, kw_only=True)
class OverSeeds:
    """Two arms from each of several seeds, as far as both still train from them."""

    num_seeds: int
    """Of the run, with those from which one of the two trains no more."""
    losses: SeedPairs | None
    """Median training losses of the newest steps; `None` without any."""
    accuracies: SeedPairs | None
    """Validation accuracies after the last step at which all seeds were evaluated."""
    start_ratios: tuple[float, ...]
    """The first's gradient norm over the second's at step 1, one a seed."""
    recent_ratios: tuple[float, ...]
    """Median of the same over the newest steps, one a seed."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two arms of one run; the residual one is the first where the other is plain."""

    first: str
    """Label."""
    second: str
    step: int
    """The run's last step; 0 before the first."""
    num_steps: int
    """Length of the run; 0 while it is not known."""
    is_over: bool
    """Whether no worker is behind the run."""
    num_losses: int
    """Newest steps that both arms took, at most `WINDOW`; 0 when one of them trains no more."""
    first_loss: float | None
    """Median over those steps, the mean of several seeds'; `None` without any."""
    second_loss: float | None
    warmup_steps: int
    """Step until which the learning rate rises; 0 without a warm-up."""
    stopped: tuple[tuple[str, str], ...]
    """Label and reason of each of the two that stopped early."""
    accuracies: Accuracies | None
    """After the last step at which both were evaluated; `None` for several seeds."""
    start_ratio: float | None
    """The first's gradient norm over the second's at step 1; of seeds the geometric mean."""
    recent_ratio: float | None
    """Median of the same over the newest steps."""
    over_seeds: OverSeeds | None = None
    """What the seeds say, where there are several."""

    @property
    def loss_difference(self) -> float | None:
        """The first's loss minus the second's."""
        if self.first_loss is None or self.second_loss is None:
            return None
        return self.first_loss - self.second_loss

    @property
    def mean_accuracies(self) -> tuple[float | None, float | None]:
        """Both arms' validation accuracies, of several seeds their means."""
        if self.over_seeds is None:
            found = self.accuracies
            return (None, None) if found is None else (found.first, found.second)
        pairs = self.over_seeds.accuracies
        if pairs is None:
            return None, None
        return statistics.fmean(pairs.first), statistics.fmean(pairs.second)
