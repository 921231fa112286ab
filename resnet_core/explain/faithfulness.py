"""All scores of a map at once, and the map that any other must beat."""

from dataclasses import dataclass

import numpy as np
from torch import Tensor, nn

from resnet_core.explain.removal import (
    RemovalCurve,
    RemovalSettings,
    measure_removal,
    partial_progress,
)
from resnet_core.explain.road import RoadCurve, measure_road
from resnet_core.progress import Progress, ignore_progress

_CHANCE_SHAPE = (8, 8)


@dataclass(frozen=True, kw_only=True, eq=False)
class Faithfulness:
    """How well a net's answer follows a map."""

    deletion: RemovalCurve
    """Area: the smaller, the better."""
    insertion: RemovalCurve
    """Area: the larger, the better."""
    road: RoadCurve
    """Score: the larger, the better; about 0 for chance."""


def measure_faithfulness(
    model: nn.Module,
    picture: Tensor,
    values: np.ndarray,
    class_index: int,
    *,
    settings: RemovalSettings | None = None,
    progress: Progress = ignore_progress,
) -> Faithfulness:
    """Measures deletion, insertion and ROAD of one map.

    Args:
        model: a net that nobody else uses meanwhile; it is left as it was.
        picture: (1, C, S, S) float32, normalised.
        values: (h, w), the map.
        class_index: the class whose probability is read.
        settings: number of steps, batch and seed.
        progress: told after each pass; it may cancel.

    Raises:
        CancelledError: if `progress` cancels.
    """
    settings = settings or RemovalSettings()
    deletion, insertion = measure_removal(
        model,
        picture,
        values,
        class_index,
        settings=settings,
        progress=partial_progress(progress, 0.0, 0.75),
    )
    road = measure_road(
        model,
        picture,
        values,
        class_index,
        seed=settings.seed,
        progress=partial_progress(progress, 0.75, 1.0),
    )
    return Faithfulness(deletion=deletion, insertion=insertion, road=road)


def chance_map(seed: int, shape: tuple[int, int] = _CHANCE_SHAPE) -> np.ndarray:
    """A map that knows nothing: noise of so many rows and columns, float32."""
    return np.random.default_rng(seed).random(shape).astype(np.float32)
