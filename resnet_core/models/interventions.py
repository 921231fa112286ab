"""Interventions on a built net: applied, and undone so that not a bit of its answers differs.

Weights are never touched but by `redraw_blocks`; everything else is a number or a flag that a
block's forward pass reads.

Source: dropping blocks, Veit et al. 2016 (arXiv 1605.06431), sec. 4.1.
"""

from collections.abc import Iterable, Iterator

import torch
from torch import nn

from resnet_core.config import (
    Intervention,
    block_states,
    find_blocks,
    is_body_frozen,
    standing_interventions,
)
from resnet_core.models.blocks import Block
from resnet_core.models.nets import ResNet, build_model


def apply_interventions(model: ResNet, interventions: Iterable[Intervention]) -> None:
    """Brings a net to what holds after some interventions, whatever was applied before.

    None at all undo everything.  What they freeze, `freeze_blocks` holds still in training.

    Raises:
        ConfigError: for blocks that the net does not have.
    """
    done = tuple(interventions)
    for path, state in block_states(model.config, done).items():
        block = model.get_submodule(path)
        if isinstance(block, Block):
            block.is_dropped = state.is_dropped
            if block.add is not None:
                block.add.skip_strength = state.skip_strength
    model.interventions = standing_interventions(model.config, done)


def freeze_blocks(model: ResNet) -> None:
    """Makes a net in training hold still what its interventions freeze, and only that.

    A frozen block's parameters ask for no gradient, so that no optimizer moves them, and its batch
    norms use their running statistics; the gradient goes on through it.  So it is of the rest of a
    frozen body: stem, transitions, last norm.
    """
    states = block_states(model.config, model.interventions)
    is_frozen = {path: state.is_frozen for path, state in states.items()}
    is_frozen |= dict.fromkeys(_rest_of_body(model), is_body_frozen(model.interventions))
    model.frozen_blocks = tuple(path for path, frozen in is_frozen.items() if frozen)
    for path, frozen in is_frozen.items():
        model.get_submodule(path).requires_grad_(not frozen)
    model.train(model.training)


def learns_by_classifier_alone(model: nn.Module) -> bool:
    """Whether nothing before the classifier asks for a gradient."""
    return not any(
        parameter.requires_grad
        for name, parameter in model.named_parameters()
        if not name.startswith("classifier.")
    )


@torch.no_grad()
def redraw_blocks(model: ResNet, blocks: str, *, seed: int) -> tuple[nn.Parameter, ...]:
    """Gives blocks first weights again, and their norms first statistics.

    What a parameter becomes depends on the seed and its dotted path alone, as in a new net.

    Args:
        model: changed in place.
        blocks: `all`, a stage or a block.
        seed: of the draw.

    Returns:
        The parameters that were drawn anew.

    Raises:
        ConfigError: for blocks that the net does not have.
    """
    fresh, redrawn = build_model(model.config, seed=seed), []
    for path in find_blocks(model.config, blocks):
        block, source = model.get_submodule(path), fresh.get_submodule(path).state_dict()
        for name, tensor in block.state_dict(keep_vars=True).items():
            tensor.copy_(source[name])
        redrawn += block.parameters()
    return tuple(redrawn)


def _rest_of_body(model: ResNet) -> Iterator[str]:
    """Paths of what is neither a block nor the classifier, and may learn."""
    for name, child in model.named_children():
        if name in model.stage_names:
            if "transition" in dict(child.named_children()):
                yield f"{name}.transition"
        elif name != "classifier":
            yield name


def dropped_blocks(model: nn.Module) -> tuple[str, ...]:
    """Dotted paths of the blocks that compute nothing, in depth order."""
    return tuple(_dropped(model))


def _dropped(model: nn.Module) -> Iterator[str]:
    for path, module in model.named_modules():
        if isinstance(module, Block) and module.is_dropped:
            yield path
