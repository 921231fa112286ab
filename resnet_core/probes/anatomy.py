"""Skip anatomy: what each addition adds, and through which of its two inputs the gradient left."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from resnet_core.config import ModelConfig
from resnet_core.errors import ProbeError
from resnet_core.models.blocks import Block
from resnet_core.models.operations import Addition
from resnet_core.probes.activation_summary import length_of
from resnet_core.probes.hooks import capture_input_gradients

FORWARD_QUANTITIES = ("skip_norm", "branch_norm", "sum_norm", "skip_cosine")
BACKWARD_QUANTITIES = ("skip_gradient_share", "gradient_cosine")
ANATOMY_QUANTITIES: tuple[str, ...] = FORWARD_QUANTITIES + BACKWARD_QUANTITIES
"""
skip_norm, branch_norm, sum_norm   norm of alpha x, of F(x) and of their sum, one picture's maps,
                                   root mean square over the batch
skip_cosine                        cosine between alpha x and F(x), 0 where one of them is zero
skip_gradient_share                share s of the gradient that came back through the skip, and
                                   1 - s through the branch: <g_skip, g>/<g, g> of the two parts'
                                   sum g; above 1 where the branch works against the skip
gradient_cosine                    cosine between the two parts
"""

_TINY = torch.finfo(torch.float32).tiny

Anatomy = dict[str, Tensor]
"""Quantity to values, one per residual block in depth order, float32 on the model's device."""


@dataclass
class _Block:
    forward: list[Tensor] = field(default_factory=list)
    backward: list[Tensor] = field(default_factory=list)
    waiting: dict[str, Tensor] = field(default_factory=dict)

    def take(self, side: str, gradient: Tensor) -> Tensor:
        """Takes one part of the gradient; with the second, both are summarised and dropped."""
        self.waiting[side] = gradient
        if len(self.waiting) == 2:
            self.backward = measure_gradient_parts(**self.waiting)
            self.waiting.clear()
        return gradient.new_empty(0)


def residual_blocks(model: nn.Module) -> tuple[str, ...]:
    """Dotted paths of all blocks with a shortcut, in depth order."""
    return tuple(
        path
        for path, module in model.named_modules()
        if isinstance(module, Block) and module.add is not None
    )


def refuse_dense(config: ModelConfig) -> None:
    """Refuses a net that has nothing to take apart into skip and branch.

    Raises:
        ProbeError: for a dense net.
    """
    if config.is_dense:
        raise ProbeError(
            f"{config.name} is a dense net: its blocks append their maps to their input instead of "
            "adding them, so there is no sum to take apart. Choose a residual net."
        )


@contextlib.contextmanager
def observe_anatomy(model: nn.Module) -> Iterator[Anatomy]:
    """Measures every addition during the one forward and backward pass made inside the context.

    Yields:
        A dictionary that holds, afterwards, each of `ANATOMY_QUANTITIES`, (B,) float32; empty for
        a plain or dense net, and NaN where a block is dropped and adds nothing, or where a frozen
        net lets no gradient come to it.
    """
    blocks = {path: _Block() for path in residual_blocks(model)}
    result: Anatomy = {}
    with contextlib.ExitStack() as stack:
        for path, seen in blocks.items():
            _attach(stack, model.get_submodule(path), seen)
        yield result
    if blocks:
        gap = torch.full((len(ANATOMY_QUANTITIES),), torch.nan, device=_device_of(model))
        rows = [
            torch.cat([torch.stack([*seen.forward, *seen.backward]), gap])[: len(gap)]
            if seen.forward
            else gap
            for seen in blocks.values()
        ]
        result.update(zip(ANATOMY_QUANTITIES, torch.stack(rows, dim=1).unbind(), strict=True))


def branch_entry(block: nn.Module) -> str:
    """Name of the first module that belongs to a block's branch alone.

    Raises:
        ProbeError: for a block without a shortcut.
    """
    if not isinstance(block, Block) or block.add is None:
        raise ProbeError("A plain block has no shortcut beside its branch.")
    return block.branch[block.branch.index(block.shared) + 1 if block.shared else 0]


def measure_sum(skip: Tensor, branch: Tensor, total: Tensor) -> list[Tensor]:
    """Measures `FORWARD_QUANTITIES` of one addition, each a scalar float32 on its device.

    Args:
        skip: alpha x, of the batch (N, ...).
        branch: F(x), of the same shape.
        total: their sum.
    """
    skip, branch = skip.detach().float(), branch.detach().float()
    scale = len(total) ** 0.5
    norms = [length_of(t) / scale for t in (skip, branch, total.detach())]
    return [*norms, _cosine(skip, branch)]


def measure_gradient_parts(branch: Tensor, skip: Tensor) -> list[Tensor]:
    """Measures `BACKWARD_QUANTITIES` of the two parts of one gradient, each a scalar float32."""
    branch, skip = branch.float(), skip.float()
    whole = branch + skip
    share = (skip * whole).sum() / (whole * whole).sum().clamp(min=_TINY)
    return [share, _cosine(skip, branch)]


def _attach(stack: contextlib.ExitStack, block: nn.Module, seen: _Block) -> None:
    def hook(addition: Addition, inputs: tuple[Tensor, Tensor], output: Tensor) -> None:
        branch, shortcut = (tensor.detach().float() for tensor in inputs)
        seen.forward = measure_sum(shortcut * addition.skip_strength, branch, output)

    handle = block.get_submodule("add").register_forward_hook(hook)
    stack.callback(handle.remove)
    sides = {"branch": branch_entry(block), "skip": "shortcut"}
    for side, name in sides.items():
        stack.enter_context(
            capture_input_gradients(block, [name], reduce=lambda g, side=side: seen.take(side, g))
        )


def _device_of(model: nn.Module) -> torch.device:
    return next(model.parameters()).device


def _cosine(first: Tensor, second: Tensor) -> Tensor:
    norms = length_of(first) * length_of(second)
    return (first * second).sum() / norms.clamp(min=_TINY)
