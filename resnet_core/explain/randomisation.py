"""The sanity check: a map that survives a net's forgetting does not explain the net."""

import copy
from dataclasses import dataclass, replace

import numpy as np
from torch import Tensor

from resnet_core.explain.attribution import Attribution, Question, attribute
from resnet_core.models import ResNet, build_model
from resnet_core.progress import Progress, ignore_progress


@dataclass(frozen=True, kw_only=True, eq=False)
class RandomisedMap:
    """The map after everything from the classifier down to one part has forgotten its training."""

    part: str
    """The lowest part with fresh weights; `trained net` where none is."""
    attribution: Attribution
    """The map for the class that the trained net was asked about."""
    correlation: float | None
    """Rank correlation with the trained net's map; `None` where one of both is flat."""


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
    question = replace(question, target=original.target)
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


def list_parts(model: ResNet) -> tuple[str, ...]:
    """Lists the parts with weights from the classifier down: head, blocks, transitions, stem."""
    parts: list[str] = []
    for name, child in model.named_children():
        is_stage = name in model.stage_names
        parts += [f"{name}.{inner}" for inner, _ in child.named_children()] if is_stage else [name]
    return tuple(part for part in reversed(parts) if model.get_submodule(part).state_dict())


def rank_correlation(first: np.ndarray, second: np.ndarray) -> float | None:
    """Spearman's rank correlation of two maps of one shape; `None` where one of them is flat."""
    ranks = [_ranks(values.ravel()) for values in (first, second)]
    centred = [values - values.mean() for values in ranks]
    norms = float(np.linalg.norm(centred[0]) * np.linalg.norm(centred[1]))
    return float(centred[0] @ centred[1]) / norms if norms > 0 else None


def _ranks(values: np.ndarray) -> np.ndarray:
    """Ranks from 0; equal values share the mean of theirs."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts) - 1
    return (last - (counts - 1) / 2)[inverse]
