"""What is measured of a net of others at the start: the flow of its gradient, and its additions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from resnet_core.errors import ProbeError
from resnet_core.others.building import build_other
from resnet_core.others.flow import (
    OtherFlow,
    draw_for,
    in_training,
    judge_flow,
    measure_other_flow,
)
from resnet_core.others.requests import OtherRequest
from resnet_core.probes.batches import BatchSpec
from resnet_core.probes.own_anatomy import SkipAnatomy, measure_skip_anatomy
from resnet_core.progress import Progress, ignore_progress, partial_progress


@dataclass(frozen=True, kw_only=True, eq=False)
class OtherStart:
    """How the gradient reaches a net of others, and what its skip additions join."""

    flow: OtherFlow
    """With every seed."""
    anatomy: SkipAnatomy
    """With the first seed alone."""


def measure_other_start(
    request: OtherRequest,
    *,
    batch: BatchSpec,
    seeds: Sequence[int],
    progress: Progress = ignore_progress,
) -> OtherStart:
    """Measures the flow of the gradient with all seeds, and the additions with the first.

    Args:
        request: the net; its seed is not looked at.
        batch: the pictures, which are brought to the side that the net takes.
        seeds: one or more.
        progress: told before each part; it may cancel.

    Raises:
        ProbeError: when a value is not finite, or the net does not take such pictures.
        CheckpointError: when the net cannot be built.
        OutOfMemoryError: when the device is too small.
        CancelledError: if `progress` cancels.
    """
    share = len(seeds) / (len(seeds) + 1)
    told = partial_progress(progress, 0.0, share)
    flow = measure_other_flow(request, batch=batch, seeds=seeds, progress=told)
    progress("Both sides of every addition", share)
    return OtherStart(flow=flow, anatomy=_measure_anatomy(request, batch, seeds[0]))


def weights_sentence(flow: OtherFlow) -> str:
    """Says what the gradient of the weights does over the layers, and where none arrives."""
    try:
        said = judge_flow(flow, "weights").sentence
    except ProbeError as exc:
        said = str(exc)
    silent = int(np.isnan(flow.weight_norms).any(axis=0).sum())
    rest = f" None arrives at {silent} of its {len(flow.layers)} layers." if silent else ""
    return f"Gradient of the weights of {flow.name} at the start. {said}{rest}"


def _measure_anatomy(request: OtherRequest, spec: BatchSpec, seed: int) -> SkipAnatomy:
    built = build_other(replace(request, seed=seed))
    batch = draw_for(built.card, spec, seed)
    with in_training(built.card, batch.images, seed):
        return measure_skip_anatomy(built.model, batch.images, batch.labels)
