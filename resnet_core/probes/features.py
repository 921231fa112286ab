"""What each layer makes of a picture: its maps, the parts of a block, the first filters."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from resnet_core.errors import ProbeError
from resnet_core.models import ProbePoint, ResNet, list_probe_points
from resnet_core.models.blocks import Block
from resnet_core.models.dense import DenseBlock
from resnet_core.probes.anatomy import refuse_dense
from resnet_core.probes.hooks import borrowed, capture_outputs, refuse_dropped
from resnet_core.probes.own_nets import SpatialLayer

Order = Literal["activation", "variance", "number"]


@dataclass(frozen=True, kw_only=True, eq=False)
class FeatureMaps:
    """The maps of one layer for one picture."""

    point: ProbePoint | SpatialLayer
    """The layer: path, channels, map size; receptive field too, of the lab's own nets."""
    maps: np.ndarray
    """float32 (C, h, w)."""

    @property
    def receptive_field_px(self) -> int | None:
        """Side of the square of the picture that one place sees; unknown of nets of others."""
        return self.point.receptive_field_px if isinstance(self.point, ProbePoint) else None

    @property
    def activation(self) -> np.ndarray:
        """Mean of the positive part of each channel, (C,)."""
        return np.maximum(self.maps, 0).mean(axis=(1, 2))

    @property
    def variance(self) -> np.ndarray:
        """Variance of each channel over its places, (C,)."""
        return self.maps.var(axis=(1, 2))

    @property
    def dead_share(self) -> np.ndarray:
        """Share of each channel's places that are not above zero, (C,)."""
        return (self.maps <= 0).mean(axis=(1, 2))

    @property
    def is_signed(self) -> bool:
        """Whether some value is negative, as before a ReLU."""
        return bool((self.maps < 0).any())

    def order(self, by: Order) -> np.ndarray:
        """Numbers of the channels, the largest activation or variance first, (C,)."""
        if by == "number":
            return np.arange(len(self.maps))
        return np.argsort(-getattr(self, by), kind="stable")


@dataclass(frozen=True, kw_only=True, eq=False)
class BlockParts:
    """What a block's addition joins, for one picture: alpha x, F(x) and their sum."""

    path: str
    """Dotted path of the block."""
    skip: np.ndarray | None
    """float32 (C, h, w), what comes over the shortcut times alpha; `None` in a plain block."""
    branch: np.ndarray
    """float32 (C, h, w), what the convolutions make of it."""

    @property
    def total(self) -> np.ndarray:
        """The sum, before any operation that follows it; in a plain block the branch alone."""
        return self.branch if self.skip is None else self.skip + self.branch

    @property
    def cosine(self) -> float | None:
        """Cosine between skip and branch; `None` in a plain block, or where one is zero."""
        if self.skip is None:
            return None
        norms = float(np.linalg.norm(self.skip)) * float(np.linalg.norm(self.branch))
        return float((self.skip * self.branch).sum()) / norms if norms > 0 else None


def measure_features(
    model: ResNet, picture: Tensor, paths: Sequence[str]
) -> tuple[FeatureMaps, ...]:
    """Takes the maps of layers in one forward pass, in evaluation mode, and leaves no trace.

    Args:
        model: a net that nobody else uses meanwhile.
        picture: (1, C, H, W) float32, normalised as the net wants it, square.
        paths: layers with height and width.

    Raises:
        ProbeError: for a layer that is not there or has no height and width, or maps that are not
            finite.
    """
    points = {point.path: point for point in list_probe_points(model, picture.shape[-1])}
    for path in paths:
        if path in points and points[path].kind in ("pool", "linear"):
            raise ProbeError(f"The layer '{path}' has no height and width: choose a block.")
    with borrowed(model, training=False), capture_outputs(model, paths) as seen, torch.no_grad():
        model(picture.to(_device(model)))
    _refuse_infinite(seen)
    return tuple(FeatureMaps(point=points[path], maps=_numbers(seen[path])) for path in paths)


def list_blocks(model: ResNet) -> tuple[str, ...]:
    """Lists the dotted paths of all blocks in forward order."""
    return tuple(
        path for path, module in model.named_modules() if isinstance(module, Block | DenseBlock)
    )


def measure_block(model: ResNet, picture: Tensor, path: str) -> BlockParts:
    """Takes what a block's addition joins, in evaluation mode, and leaves no trace.

    Raises:
        ProbeError: for a path that is no block, a dropped block, a dense net, or maps that are not
            finite.
    """
    refuse_dense(model.config)
    if path not in list_blocks(model):
        raise ProbeError(f"'{path}' is not a block of this net: it has {_listed(model)}.")
    block = model.get_submodule(path)
    assert isinstance(block, Block)
    refuse_dropped(model, [f"{path}.{block.branch[0]}"])
    joined: list[Tensor] = []
    watched = block.get_submodule(block.branch[-1]) if block.add is None else block.add

    def hook(_module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        joined.extend([output] if block.add is None else inputs)

    handle = watched.register_forward_hook(hook)
    try:
        with borrowed(model, training=False), torch.no_grad():
            model(picture.to(_device(model)))
    finally:
        handle.remove()
    _refuse_infinite(dict.fromkeys([path], joined[0]))
    skip = None
    if block.add is not None:
        skip = _numbers(joined[1] * block.add.skip_strength)
    return BlockParts(path=path, skip=skip, branch=_numbers(joined[0]))


def read_first_filters(model: nn.Module) -> np.ndarray:
    """Gives the weights of the first convolution as float32 (filters, kernel, kernel, channels)."""
    first = next(module for module in model.modules() if isinstance(module, nn.Conv2d))
    return first.weight.detach().cpu().float().permute(0, 2, 3, 1).numpy().copy()


def _refuse_infinite(seen: dict[str, Tensor]) -> None:
    for path, tensor in seen.items():
        if not torch.isfinite(tensor).all():
            raise ProbeError(
                f"The maps of {path} are not finite numbers: the net's weights have diverged; "
                "take an earlier step or another net."
            )


def _numbers(tensor: Tensor) -> np.ndarray:
    return tensor[0].detach().cpu().float().numpy().copy()


def _listed(model: ResNet) -> str:
    blocks = list_blocks(model)
    return ", ".join(blocks if len(blocks) <= 6 else (*blocks[:3], "...", *blocks[-2:]))


def _device(model: ResNet) -> torch.device:
    return next(model.parameters()).device
