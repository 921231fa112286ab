"""Learning rate and snapshots as pure functions of the step, so that resuming needs no state."""

import math

import numpy as np

from resnet_core.config import TrainingConfig


def count_steps(config: TrainingConfig, num_train: int) -> int:
    """Length of a run in steps: `steps`, or `epochs` passes over `num_train` pictures."""
    if config.steps is not None:
        return config.steps
    return max(1, round(config.epochs * num_train / config.batch_size))


def steps_per_epoch(config: TrainingConfig, num_train: int) -> int:
    """Steps nearest to one pass over the pictures; a batch may span two passes."""
    return max(1, round(num_train / config.batch_size))


def learning_rate(config: TrainingConfig, step: int, num_steps: int) -> float:
    """Learning rate of the step after `step` finished ones, of `num_steps` in all.

    `one_cycle` rises linearly to the peak and falls linearly to zero (Smith and Topin 2017,
    arXiv 1708.07120, without its last annealing); the others follow a linear warm-up.
    """
    peak = config.learning_rate
    warmup_steps = config.warmup_share * num_steps
    if step < warmup_steps:
        return peak * (step + 1) / (warmup_steps + 1)
    share = (step - warmup_steps) / max(1.0, num_steps - warmup_steps)
    if config.schedule == "cosine":
        return peak * 0.5 * (1 + math.cos(math.pi * share))
    if config.schedule == "one_cycle":
        return peak * (1 - share)
    if config.schedule == "step":
        passed = sum(step >= milestone * num_steps for milestone in config.milestones)
        return peak * config.decay_factor**passed
    return peak


def snapshot_steps(config: TrainingConfig, num_steps: int) -> frozenset[int]:
    """Steps whose weights are kept: the first, the last, and between them evenly on a log scale.

    Most of what a net learns it learns early, so that is where the snapshots are dense.
    """
    if config.num_snapshots <= 1:
        return frozenset({num_steps})
    inner = np.geomspace(1, num_steps, config.num_snapshots - 1).round().astype(int).tolist()
    return frozenset({0, *inner, num_steps})
