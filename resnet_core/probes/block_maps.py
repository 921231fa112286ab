"""The maps that one block reads, computes and hands on, for one picture."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from resnet_core.errors import ProbeError
from resnet_core.models import ResNet
from resnet_core.models.blocks import Block
from resnet_core.models.dense import DenseBlock
from resnet_core.probes.features import list_blocks
from resnet_core.probes.hooks import borrowed, capture_inputs, capture_outputs

BlockPart = Literal["entering", "branch", "skip", "sum"]


@dataclass(frozen=True, kw_only=True, eq=False)
class BlockMaps:
    """What one block makes of one picture, each float32 (channels, h, w)."""

    path: str
    """Dotted path of the block."""
    entering: np.ndarray
    """x, what enters it."""
    branch: np.ndarray | None
    """F(x), as it meets the shortcut; the appended maps of a dense block; `None` if dropped."""
    skip: np.ndarray | None
    """What comes over the shortcut, times alpha; `None` where nothing is added."""
    leaving: np.ndarray
    """What the block hands on."""

    @property
    def total(self) -> np.ndarray:
        """The sum before any operation that follows it; what leaves where nothing is added."""
        if self.skip is None or self.branch is None:
            return self.leaving
        return self.branch + self.skip

    @property
    def parts(self) -> dict[BlockPart, np.ndarray]:
        """What there is to see of the block, in the order in which it is computed."""
        found: dict[BlockPart, np.ndarray | None] = {
            "entering": self.entering,
            "branch": self.branch,
            "skip": self.skip,
            "sum": None if self.skip is None else self.total,
        }
        return {part: maps for part, maps in found.items() if maps is not None}


def measure_block_maps(model: ResNet, picture: Tensor, path: str) -> BlockMaps:
    """Takes the maps of one block, in evaluation mode, and leaves no trace.

    Args:
        model: a net that nobody else uses meanwhile.
        picture: (1, C, H, W) float32, normalised as the net wants it.
        path: of the block.

    Raises:
        ProbeError: for a path that is no block, or maps that are not finite.
    """
    blocks = list_blocks(model)
    if path not in blocks:
        raise ProbeError(
            f"'{path[:80]}' is no block of this net: name one from {blocks[0]} to {blocks[-1]}."
        )
    block = model.get_submodule(path)
    assert isinstance(block, Block | DenseBlock)
    with contextlib.ExitStack() as stack:
        stack.enter_context(borrowed(model, training=False))
        stack.enter_context(torch.no_grad())
        entering = stack.enter_context(capture_inputs(model, [path]))
        leaving = stack.enter_context(capture_outputs(model, [path]))
        joined = stack.enter_context(_capture_joined(block))
        model(picture.to(next(model.parameters()).device))
    found = BlockMaps(
        path=path,
        entering=_numbers(entering[path]),
        branch=_numbers(joined[0]) if joined else None,
        skip=_numbers(joined[1]) if len(joined) > 1 else None,
        leaving=_numbers(leaving[path]),
    )
    if not np.isfinite(found.total).all():
        raise ProbeError(f"The maps of {path} are not finite: take another net.")
    return found


@contextlib.contextmanager
def _capture_joined(block: Block | DenseBlock) -> Iterator[list[Tensor]]:
    """Catches F(x), then what comes over the shortcut, times alpha; nothing in a dropped block."""
    seen: list[Tensor] = []
    addition = block.add if isinstance(block, Block) else None
    watched: nn.Module = addition or block.get_submodule(block.branch[-1])

    def hook(_module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        if addition is None:
            seen.append(output)
        else:
            seen.extend((inputs[0], inputs[1] * addition.skip_strength))

    handle = watched.register_forward_hook(hook)
    try:
        yield seen
    finally:
        handle.remove()


def _numbers(tensor: Tensor) -> np.ndarray:
    return tensor[0].detach().float().cpu().numpy()
