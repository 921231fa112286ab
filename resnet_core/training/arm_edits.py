"""Edits done to one arm: its net and its optimizer."""

from collections.abc import Sequence

import torch

from resnet_core.config import Intervention, TrainingConfig
from resnet_core.models import apply_interventions, freeze_blocks, redraw_blocks
from resnet_core.training.arms import Arm


def intervene(arm: Arm, interventions: Sequence[Intervention]) -> None:
    """Brings an arm's net to what holds after some interventions, in training as well."""
    apply_interventions(arm.model, interventions)
    freeze_blocks(arm.model)
    fill_momentum(arm)


def redraw(arm: Arm, blocks: str, *, seed: int) -> None:
    """Draws blocks anew, and makes the optimizer forget them."""
    for parameter in redraw_blocks(arm.model, blocks, seed=seed):
        state = arm.optimizer.state.get(parameter, {})
        if "momentum_buffer" not in state:
            arm.optimizer.state.pop(parameter, None)  # AdamW begins a new one by itself
        elif state["momentum_buffer"] is not None:
            state["momentum_buffer"].zero_()


def fill_momentum(arm: Arm) -> None:
    """Gives parameters that SGD has not moved yet the momentum of its first step, which is zero.

    Its fused form takes all buffers or none: without this, a block that was frozen from the first
    step on could not begin to learn beside the others.
    """
    if isinstance(arm.optimizer, torch.optim.AdamW):
        return
    states = arm.optimizer.state
    buffers = [state.get("momentum_buffer") for state in states.values()]
    if all(buffer is None for buffer in buffers):
        return
    for parameter in arm.parameters:
        if states[parameter].get("momentum_buffer") is None:
            states[parameter]["momentum_buffer"] = torch.zeros_like(parameter)


def adjust_optimizer(arm: Arm, training: TrainingConfig) -> None:
    """Gives an arm's optimizer the momentum and the weight decay of a recipe."""
    decayed, *_ = arm.optimizer.param_groups  # norms and biases stand in the second, if spared
    decayed["weight_decay"] = training.weight_decay
    for group in arm.optimizer.param_groups:
        if "betas" in group:
            group["betas"] = (training.momentum, group["betas"][1])
        else:
            group["momentum"] = training.momentum
            group["nesterov"] = training.nesterov and training.momentum > 0
