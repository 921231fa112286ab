"""Building blocks: one module per operation, so that a hook can stand before and after each.

A block is a *branch* F and, in a residual net, a *shortcut* and an *addition*:

    post (2015)  x ── conv1 norm1 act1 conv2 norm2 ──(add)── act2 ──►      bottleneck: to act3
                 └──────────── shortcut ───────────────┘
    pre (2016)   x ── norm1 act1 conv1 norm2 act2 conv2 ──(add)──►         bottleneck: to conv3
                 └──────────── shortcut ────────────────────┘

No ReLU is reused and none works in place: full backward hooks, guided backpropagation and DeepLift
need each operation to be a module of its own.  A plain block has the same branch and neither
`shortcut` nor `add` (both are `None`); a net without normalisation has no `norm` modules.

Source: He et al. 2015 (arXiv 1512.03385) fig. 2 and 5; He et al. 2016 (arXiv 1603.05027) fig. 4e.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from resnet_core.config import ModelConfig


@dataclass(frozen=True, kw_only=True)
class BlockShape:
    """What a block takes and gives."""

    in_channels: int
    """Channels that enter."""
    width: int
    """Channels of the 3x3 convolutions."""
    out_channels: int
    """Channels that leave."""
    stride: int = 1
    """Factor by which height and width shrink."""
    is_first: bool = False
    """Whether it is the net's first block."""

    @property
    def changes_shape(self) -> bool:
        """Whether input and output differ in channels or size, so that identity cannot serve."""
        return self.stride != 1 or self.in_channels != self.out_channels


class Addition(nn.Module):
    """Joins branch and shortcut: `F(x) + alpha * shortcut(x)`."""

    def __init__(self, skip_strength: float) -> None:
        super().__init__()
        self.skip_strength = skip_strength

    def forward(self, branch: Tensor, shortcut: Tensor) -> Tensor:
        """Adds two maps of shape (N, C, H, W) into a new one."""
        if self.skip_strength == 1.0:
            return branch + shortcut
        return torch.add(branch, shortcut, alpha=self.skip_strength)

    def extra_repr(self) -> str:
        """What `print(model)` shows."""
        return f"skip_strength={self.skip_strength}"


class ZeroPadShortcut(nn.Module):
    """Option A: every `stride`-th pixel, new channels are zero, half of them on each side.

    Source: He et al. 2015, sec. 3.3 (A); it has no parameters.
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__()
        self.stride = stride
        self.before = (out_channels - in_channels) // 2
        self.after = out_channels - in_channels - self.before

    def forward(self, x: Tensor) -> Tensor:
        """Maps (N, C, H, W) to (N, C', H/stride, W/stride), rounded up."""
        return functional.pad(
            x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, self.before, self.after)
        )

    def extra_repr(self) -> str:
        """What `print(model)` shows."""
        return f"stride={self.stride}, zeros=({self.before}, {self.after})"


class ProjectionShortcut(nn.Sequential):
    """Options B and C: a 1x1 convolution `conv`, then `norm` where the net puts one.

    Source: He et al. 2015, sec. 3.3.  Pre-activation nets project the shared activation and do
    not normalise afterwards, as the authors' code for the 2016 paper does.
    """

    def __init__(self, config: ModelConfig, shape: BlockShape) -> None:
        super().__init__()
        self.conv = build_convolution(
            config, shape.in_channels, shape.out_channels, 1, shape.stride
        )
        if config.norm != "none" and config.activation_order == "post":
            self.norm = build_norm(shape.out_channels)


class PostActivationBlock(nn.Module):
    """conv-norm-ReLU, the last ReLU after the addition (He et al. 2015)."""

    def __init__(self, config: ModelConfig, shape: BlockShape) -> None:
        super().__init__()
        convolutions = _branch_convolutions(config, shape)
        self.branch: tuple[str, ...] = ()
        for number, convolution in enumerate(convolutions, start=1):
            self._append(f"conv{number}", convolution)
            if config.norm != "none":
                self._append(f"norm{number}", build_norm(convolution.out_channels))
            if number < len(convolutions):
                self._append(f"act{number}", nn.ReLU())
        self.shortcut = None if config.is_plain else build_shortcut(config, shape)
        self.add = None if config.is_plain else Addition(config.skip_strength)
        self.last = f"act{len(convolutions)}"
        self.add_module(self.last, nn.ReLU())

    def _append(self, name: str, operation: nn.Module) -> None:
        self.add_module(name, operation)
        self.branch = (*self.branch, name)

    def forward(self, x: Tensor) -> Tensor:
        """Maps (N, C, H, W) to (N, C', H/stride, W/stride)."""
        branch = x
        for name in self.branch:
            branch = getattr(self, name)(branch)
        if self.add is not None and self.shortcut is not None:
            branch = self.add(branch, self.shortcut(x))
        return getattr(self, self.last)(branch)


class PreActivationBlock(nn.Module):
    """norm-ReLU-conv, nothing after the addition (He et al. 2016, "full pre-activation").

    The first `norm1 act1` belongs to branch and shortcut alike in the net's first block ("we adopt
    the first activation right after conv1 and before splitting into two paths", appendix) and, as
    in the authors' code, wherever the shape changes; elsewhere the shortcut is the raw input.
    """

    def __init__(self, config: ModelConfig, shape: BlockShape) -> None:
        super().__init__()
        self.branch: tuple[str, ...] = ()
        for number, convolution in enumerate(_branch_convolutions(config, shape), start=1):
            if config.norm != "none":
                self._append(f"norm{number}", build_norm(convolution.in_channels))
            self._append(f"act{number}", nn.ReLU())
            self._append(f"conv{number}", convolution)
        self.shared = "act1" if shape.is_first or shape.changes_shape else ""
        self.shortcut = None if config.is_plain else build_shortcut(config, shape)
        self.add = None if config.is_plain else Addition(config.skip_strength)

    def _append(self, name: str, operation: nn.Module) -> None:
        self.add_module(name, operation)
        self.branch = (*self.branch, name)

    def forward(self, x: Tensor) -> Tensor:
        """Maps (N, C, H, W) to (N, C', H/stride, W/stride)."""
        source = branch = x
        for name in self.branch:
            branch = getattr(self, name)(branch)
            if name == self.shared:
                source = branch
        if self.add is not None and self.shortcut is not None:
            branch = self.add(branch, self.shortcut(source))
        return branch


def build_block(config: ModelConfig, shape: BlockShape) -> nn.Module:
    """Builds the block that the config asks for."""
    if config.activation_order == "pre":
        return PreActivationBlock(config, shape)
    return PostActivationBlock(config, shape)


def build_shortcut(config: ModelConfig, shape: BlockShape) -> nn.Module:
    """Builds identity, zero padding (A) or projection (B where the shape changes, C always)."""
    if config.shortcut == "C" or (config.shortcut == "B" and shape.changes_shape):
        return ProjectionShortcut(config, shape)
    if shape.changes_shape:
        return ZeroPadShortcut(shape.in_channels, shape.out_channels, shape.stride)
    return nn.Identity()


def build_convolution(
    config: ModelConfig, in_channels: int, out_channels: int, kernel_px: int, stride: int = 1
) -> nn.Conv2d:
    """Builds a convolution that keeps the size at stride 1; it has a bias where no norm follows."""
    return nn.Conv2d(
        in_channels,
        out_channels,
        kernel_px,
        stride=stride,
        padding=kernel_px // 2,
        bias=config.norm == "none",
    )


def build_norm(channels: int) -> nn.Module:
    """Builds the normalisation of one map."""
    return nn.BatchNorm2d(channels)


def _branch_convolutions(config: ModelConfig, shape: BlockShape) -> list[nn.Conv2d]:
    """The branch's convolutions; a bottleneck's stride is on its 3x3 (torchvision's "v1.5")."""
    width, out_channels = shape.width, shape.out_channels
    if config.block == "bottleneck":
        return [
            build_convolution(config, shape.in_channels, width, 1),
            build_convolution(config, width, width, 3, shape.stride),
            build_convolution(config, width, out_channels, 1),
        ]
    return [
        build_convolution(config, shape.in_channels, width, 3, shape.stride),
        build_convolution(config, width, out_channels, 3),
    ]
