"""What chance does: the scores of maps that know nothing, and how a map ranks among them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from torch import Tensor, nn

from resnet_core.explain.faithfulness import Faithfulness, chance_map, measure_faithfulness
from resnet_core.explain.removal import RemovalSettings
from resnet_core.progress import Progress, ignore_progress, partial_progress

Measure = Literal["deletion", "insertion", "road"]
MEASURES: tuple[Measure, ...] = get_args(Measure)
NUM_CHANCE_MAPS = 30
BAND = (2.5, 97.5)
"""Percentiles of chance between which its band is drawn."""

_VALUES: dict[Measure, Callable[[Faithfulness], float]] = {
    "deletion": lambda scores: scores.deletion.area,
    "insertion": lambda scores: scores.insertion.area,
    "road": lambda scores: scores.road.score,
}


@dataclass(frozen=True, kw_only=True, eq=False)
class ChanceRank:
    """Where a map's score stands among those of random maps."""

    measure: Measure
    value: float
    low: float
    """Lower end of chance's band."""
    high: float
    """Upper end of chance's band."""
    num_beaten: int
    """Random maps that score worse."""
    num_better: int
    """Random maps that score better; those of the same score are in neither number."""
    num_maps: int
    """Random maps in all."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Chance:
    """The scores of random maps of one resolution on one picture."""

    shape: tuple[int, int]
    """Cells of each map."""
    scores: tuple[Faithfulness, ...]

    def rank(self, measure: Measure, scores: Faithfulness) -> ChanceRank:
        """Ranks a map's scores among these; a smaller deletion area is the better one."""
        value = score_of(measure, scores)
        chance = np.array([score_of(measure, each) for each in self.scores])
        low, high = np.percentile(chance, BAND)
        above, below = int((chance > value).sum()), int((chance < value).sum())
        beaten, better = (above, below) if measure == "deletion" else (below, above)
        return ChanceRank(
            measure=measure,
            value=value,
            low=float(low),
            high=float(high),
            num_beaten=beaten,
            num_better=better,
            num_maps=len(chance),
        )

    def ranks(self, scores: Faithfulness) -> tuple[ChanceRank, ...]:
        """Ranks a map by every measure."""
        return tuple(self.rank(measure, scores) for measure in MEASURES)


def score_of(measure: Measure, scores: Faithfulness) -> float:
    """Gives one score of a map."""
    return _VALUES[measure](scores)


def measure_chance(
    model: nn.Module,
    picture: Tensor,
    shape: tuple[int, int],
    class_index: int,
    *,
    num_maps: int = NUM_CHANCE_MAPS,
    settings: RemovalSettings | None = None,
    progress: Progress = ignore_progress,
) -> Chance:
    """Scores random maps of a resolution.

    Coarse noise moves whole regions at once and fine noise none, so that chance is another one for
    each resolution.

    Args:
        model: a net that nobody else uses meanwhile; it is left as it was.
        picture: (1, C, S, S) float32, normalised.
        shape: rows and columns of each map, those of the method that is judged.
        class_index: the class whose probability is read.
        num_maps: how many.
        settings: number of steps, batch and seed.
        progress: told after each pass; it may cancel.

    Raises:
        CancelledError: if `progress` cancels.
    """
    found = []
    for number in range(num_maps):
        told = _named(progress, f"random map {number + 1} of {num_maps}")
        part = partial_progress(told, number / num_maps, (number + 1) / num_maps)
        values = chance_map(number, shape)
        found.append(
            measure_faithfulness(
                model, picture, values, class_index, settings=settings, progress=part
            )
        )
    return Chance(shape=shape, scores=tuple(found))


def _named(progress: Progress, what: str) -> Progress:
    def tell(message: str, fraction: float | None = None) -> None:
        progress(f"{what}: {message}", fraction)

    return tell
