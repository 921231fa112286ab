"""The sanity check: a map that survives a net's forgetting does not explain the net."""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from torch import Tensor

from resnet_core.explain.attribution import Attribution, Question, attribute
from resnet_core.explain.ranks import rank_correlation
from resnet_core.explain.settings import MethodSettings
from resnet_core.models import ResNet, build_model
from resnet_core.progress import Progress, ignore_progress, partial_progress

NUM_SEEDS = 5
_FIRST_SEED = 1000
"""Far from the small numbers that people give their runs."""


@dataclass(frozen=True, kw_only=True, eq=False)
class RandomisedMap:
    """The map after everything from the classifier down to one part has forgotten its training."""

    part: str
    """The lowest part with fresh weights; `trained net` where none is."""
    attribution: Attribution
    """The map for the class that the trained net was asked about."""
    correlation: float | None
    """Rank correlation with the trained net's map; `None` where one of both is flat."""


@dataclass(frozen=True, kw_only=True, eq=False)
class RandomisationCheck:
    """The same forgetting several times, each with fresh weights of another seed."""

    seeds: tuple[int, ...]
    """Of the fresh weights; the net's own is none of them."""
    maps: tuple[RandomisedMap, ...]
    """Those of the first seed, to be shown."""
    correlations: np.ndarray
    """float64 (seeds, maps), rank correlations with the trained net's map; NaN where flat."""

    @property
    def mean(self) -> np.ndarray:
        """float64 (maps,), mean over the seeds; NaN where all are flat."""
        return _over_seeds(np.mean, self.correlations)

    @property
    def low(self) -> np.ndarray:
        """float64 (maps,), the smallest of the seeds."""
        return _over_seeds(np.min, self.correlations)

    @property
    def high(self) -> np.ndarray:
        """float64 (maps,), the largest of the seeds."""
        return _over_seeds(np.max, self.correlations)


def fresh_seeds(own: int | None) -> tuple[int, ...]:
    """Seeds for fresh weights, none of them the net's own.

    Training begins from the weights of the net's own seed, and stays near them: a net that forgets
    back to those has not forgotten its beginning.
    """
    others = (seed for seed in range(_FIRST_SEED, _FIRST_SEED + NUM_SEEDS + 1) if seed != own)
    return tuple(others)[:NUM_SEEDS]


def check_randomisation(
    model: ResNet,
    picture: Tensor,
    question: Question,
    *,
    seeds: Sequence[int],
    progress: Progress = ignore_progress,
) -> RandomisationCheck:
    """Lets the net forget once for each seed; see `measure_randomisation`.

    Raises:
        ProbeError: when the question cannot be answered.
        CancelledError: if `progress` cancels.
    """
    found = [
        measure_randomisation(
            model,
            picture,
            question,
            seed=seed,
            progress=partial_progress(progress, place / len(seeds), (place + 1) / len(seeds)),
        )
        for place, seed in enumerate(seeds)
    ]
    numbers = [[shown.correlation for shown in maps] for maps in found]
    return RandomisationCheck(
        seeds=tuple(seeds), maps=found[0], correlations=np.array(numbers, np.float64)
    )


def measure_randomisation(
    model: ResNet,
    picture: Tensor,
    question: Question,
    *,
    seed: int = 0,
    progress: Progress = ignore_progress,
) -> tuple[RandomisedMap, ...]:
    """Replaces the net's weights by fresh ones from the top down and maps again each time.

    Each part gets weights and batch-norm statistics as they are before training.

    Args:
        model: a net that nobody else uses meanwhile; it is not changed.
        picture: (1, C, S, S) float32, normalised.
        question: what is asked; the class is the trained net's at every stage.
        seed: of the fresh weights.
        progress: told after each map; it may cancel.

    Returns:
        The trained net's map first, then one for each part from the classifier to the stem.

    Raises:
        ProbeError: when the question cannot be answered.
        CancelledError: if `progress` cancels.

    Source: Adebayo et al. 2018 (arXiv 1810.03292) sec. 3.1, cascading randomisation.
    """
    original = attribute(model, picture, question)
    question = replace(
        question, target=original.target, settings=_as_drawn(question.settings, original)
    )
    forgetting, fresh = copy.deepcopy(model), build_model(model.config, seed=seed)
    found = [RandomisedMap(part="trained net", attribution=original, correlation=1.0)]
    parts = list_parts(model)
    for number, part in enumerate(parts, start=1):
        state = fresh.get_submodule(part).state_dict()
        forgetting.get_submodule(part).load_state_dict(state)
        answer = attribute(forgetting, picture, question)
        correlation = rank_correlation(original.values, answer.values)
        found.append(RandomisedMap(part=part, attribution=answer, correlation=correlation))
        progress(f"{part} has forgotten", number / len(parts))
    return tuple(found)


def _as_drawn(settings: MethodSettings, original: Attribution) -> MethodSettings:
    """As many samples as the trained net's map took: a net without training may never agree."""
    if original.draws is None:
        return settings
    count = original.draws.num_samples
    return replace(settings, num_samples=count, most_samples=count)


def _over_seeds(reduce: Callable[..., np.ndarray], values: np.ndarray) -> np.ndarray:
    """Reduces each column over the seeds whose map is not flat."""
    columns = [column[~np.isnan(column)] for column in values.T]
    return np.array([reduce(column) if len(column) else np.nan for column in columns])


def list_parts(model: ResNet) -> tuple[str, ...]:
    """Lists the parts with weights from the classifier down: head, blocks, transitions, stem."""
    parts: list[str] = []
    for name, child in model.named_children():
        is_stage = name in model.stage_names
        parts += [f"{name}.{inner}" for inner, _ in child.named_children()] if is_stage else [name]
    return tuple(part for part in reversed(parts) if model.get_submodule(part).state_dict())
