"""One picture is one measurement: a method's scores over several, beside those of chance."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from torch import Tensor, nn

from resnet_core.errors import ProbeError
from resnet_core.explain.attribution import Attribution, Question
from resnet_core.explain.chance import Measure, score_of
from resnet_core.explain.faithfulness import Faithfulness, chance_map, measure_faithfulness
from resnet_core.explain.target import Target
from resnet_core.progress import Progress, ignore_progress, partial_progress
from resnet_core.students import mean_interval

_Net = TypeVar("_Net", bound=nn.Module)
NUM_MEAN_PICTURES = 20
_FEWEST = 6


@dataclass(frozen=True, kw_only=True)
class MeanDifference:
    """How far a method is above chance in the mean over pictures, with its interval."""

    measure: Measure
    mean: float
    """The method's mean."""
    chance_mean: float
    """The mean of random maps on the same pictures."""
    gain: float
    """How much better than chance the method is: above it, or below it in deletion."""
    low: float
    high: float
    """Ends of the gain's interval, by Student's t for pairs."""
    num_pictures: int


@dataclass(frozen=True, kw_only=True, eq=False)
class ManyPictures:
    """The scores of one method on several pictures, and those of a random map on each."""

    method: str
    scores: tuple[Faithfulness, ...]
    chance: tuple[Faithfulness, ...]

    def difference(self, measure: Measure) -> MeanDifference:
        """Compares the method with chance, picture by picture."""
        values, chance = (
            np.array([score_of(measure, each) for each in found])
            for found in (self.scores, self.chance)
        )
        gains = chance - values if measure == "deletion" else values - chance
        low, high = mean_interval(gains.tolist())
        return MeanDifference(
            measure=measure,
            mean=float(values.mean()),
            chance_mean=float(chance.mean()),
            gain=float(gains.mean()),
            low=low,
            high=high,
            num_pictures=len(gains),
        )


def measure_many(
    model: _Net,
    pictures: Sequence[Tensor],
    question: Question,
    *,
    explain: Callable[[_Net, Tensor, Question], Attribution],
    progress: Progress = ignore_progress,
) -> ManyPictures:
    """Scores a method's maps of several pictures, each for the class that the net predicts.

    Args:
        model: a net that nobody else uses meanwhile; it is left as it was.
        pictures: at least six, each (1, C, S, S) float32, normalised.
        question: method, layer and knobs.
        explain: answers a question to the net, as `attribute` does.
        progress: told after each pass; it may cancel.

    Raises:
        ProbeError: when there are fewer pictures, or the question cannot be answered.
        CancelledError: if `progress` cancels.
    """
    if len(pictures) < _FEWEST:
        raise ProbeError(
            f"A mean with its interval needs at least {_FEWEST} pictures, got {len(pictures)}: "
            "take a larger set."
        )
    asked, found, chance = replace(question, target=Target()), [], []
    for number, picture in enumerate(pictures):
        answer = explain(model, picture, asked)
        class_index = answer.target.class_index
        assert class_index is not None
        random = chance_map(number, (answer.values.shape[0], answer.values.shape[1]))
        for place, (values, scores) in enumerate(((answer.values, found), (random, chance))):
            start, total = 2 * number + place, 2 * len(pictures)
            part = partial_progress(progress, start / total, (start + 1) / total)
            scores.append(measure_faithfulness(model, picture, values, class_index, progress=part))
    return ManyPictures(method=question.method, scores=tuple(found), chance=tuple(chance))
