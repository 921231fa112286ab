"""What the skip additions of any net join, in maps, for one picture."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from resnet_core.devices import memory_errors
from resnet_core.errors import ProbeError
from resnet_core.probes.additions import watch_sums
from resnet_core.probes.features import BlockParts
from resnet_core.probes.hooks import borrowed
from resnet_core.probes.own_anatomy import SkipAddition, SkipSum, describe_skip, find_skips


@dataclass(frozen=True, kw_only=True, eq=False)
class OwnBlocks:
    """The skip additions of a net that join maps, with what each of them joins."""

    additions: tuple[SkipAddition, ...]
    parts: tuple[BlockParts, ...]
    """Of each of them, with the same numbers; its `path` is the addition's label."""
    num_concatenations: int
    """How often the pass appended maps to maps instead of adding them."""
    num_token_sums: int
    """Skip additions of tokens, which have no maps."""


def measure_own_blocks(model: nn.Module, picture: Tensor) -> OwnBlocks:
    """Takes what each skip addition joins, in evaluation mode, and leaves the net as it was.

    Args:
        model: any net that maps pictures to logits; nobody else uses it meanwhile.
        picture: (1, C, H, W) float32, as the net wants it, on its device.

    Raises:
        ProbeError: for maps that are not finite.
        OutOfMemoryError: when the device is too small.
    """
    with borrowed(model, training=False), memory_errors(1):
        seen_picture = picture.detach().clone().requires_grad_().clone()
        with watch_sums(model, seen_picture, keeps_values=True) as seen:
            value = model(seen_picture).sum()
        found = find_skips(seen, value, seen_picture)
    described = [describe_skip(each, number, found) for number, each in enumerate(found)]
    pairs = [pair for pair in zip(described, found, strict=True) if pair[0].map_size_px]
    return OwnBlocks(
        additions=tuple(addition for addition, _ in pairs),
        parts=tuple(_parts(addition, skip) for addition, skip in pairs),
        num_concatenations=seen.num_concatenations,
        num_token_sums=len(found) - len(pairs),
    )


def _parts(addition: SkipAddition, found: SkipSum) -> BlockParts:
    assert found.sum.values is not None
    by_operand = dict(zip(found.sum.operands, found.sum.values, strict=True))
    skip, branch = (
        _maps(by_operand[side], found.sum.map_axes == "NHWC") for side in (found.skip, found.branch)
    )
    if not np.isfinite(skip).all() or not np.isfinite(branch).all():
        raise ProbeError(f"The maps that {addition.label} adds are not finite: take another net.")
    return BlockParts(path=addition.label, skip=skip, branch=branch)


def _maps(tensor: Tensor, has_channels_last: bool) -> np.ndarray:
    maps = tensor[0].permute(2, 0, 1) if has_channels_last else tensor[0]
    return maps.to("cpu", torch.float32).numpy()
