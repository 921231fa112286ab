"""Maps that are drawn at random: enough samples that a second draw would look alike."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from resnet_core.explain.ranks import rank_correlation
from resnet_core.explain.settings import MethodSettings

MeanOfSamples = Callable[[int, int], Tensor]
"""(number of samples, seed) to their mean map (K, h, w)."""


@dataclass(frozen=True, kw_only=True)
class DrawAgreement:
    """How far two draws of one map agree, each of so many samples; the map is their mean."""

    num_samples: int
    """Samples in each of the two draws."""
    correlation: float | None
    """Rank correlation of the two; `None` where one is flat."""
    wanted: float
    """The correlation at which drawing stops."""

    @property
    def is_enough(self) -> bool:
        """Whether the draws agree as far as was wanted."""
        return self.correlation is not None and self.correlation >= self.wanted


def draw_until_alike(
    mean_of_samples: MeanOfSamples, settings: MethodSettings
) -> tuple[Tensor, DrawAgreement]:
    """Draws a map twice, and doubles the samples of both until they agree.

    Args:
        mean_of_samples: draws samples and gives the mean of their maps.
        settings: how many samples at first and at most, what agreement is wanted, and the seed.

    Returns:
        The mean of both draws (K, h, w), and how far they agree.
    """
    num_samples, chunk = settings.num_samples, 0
    draws = [mean_of_samples(num_samples, _seed(settings, place, chunk)) for place in (0, 1)]
    agreement = _compare(draws, num_samples, settings)
    while agreement.correlation is not None and not agreement.is_enough:
        if 2 * num_samples > settings.most_samples:
            break
        chunk += 1
        more = [mean_of_samples(num_samples, _seed(settings, place, chunk)) for place in (0, 1)]
        draws = [(old + new) / 2 for old, new in zip(draws, more, strict=True)]
        num_samples *= 2
        agreement = _compare(draws, num_samples, settings)
    return (draws[0] + draws[1]) / 2, agreement


def _compare(draws: list[Tensor], num_samples: int, settings: MethodSettings) -> DrawAgreement:
    first, second = (draw.detach().abs().amax(dim=0).cpu().numpy() for draw in draws)
    return DrawAgreement(
        num_samples=num_samples,
        correlation=rank_correlation(first, second),
        wanted=settings.agreement,
    )


def _seed(settings: MethodSettings, place: int, chunk: int) -> int:
    return int(np.random.SeedSequence((settings.seed, place, chunk)).generate_state(1)[0])
