"""Building blocks: one module per operation, so that a hook can stand before and after each.

A block is a *branch* F and, in a residual net, a *shortcut* and an *addition*:

    post (2015)  x ── conv1 norm1 act1 conv2 norm2 ──(add)── act2 ──►      bottleneck: to act3
                 └──────────── shortcut ───────────────┘
    pre (2016)   x ── norm1 act1 conv1 norm2 act2 conv2 ──(add)──►         bottleneck: to conv3
                 └──────────── shortcut ────────────────────┘

The branch may end in `se` (squeeze-and-excitation), `scale` (SkipInit, ReZero, Fixup) and `drop`
(stochastic depth).  Under Fixup a learned shift stands before each operation of the branch and
after its scale: `shift1a conv1 shift1b act1 shift2a conv2 scale shift2b`.  A shortcut that is not
an identity on its way has `shortcut_gate` and `shortcut_scale`, and its branch perhaps a
`branch_scale`.

No ReLU is reused and none works in place: full backward hooks, guided backpropagation and DeepLift
need each operation to be a module of its own.  A plain block has the same branch and neither
`shortcut` nor `add` (both are `None`); a net without normalisation has no `norm` modules.

Source: He et al. 2015 (arXiv 1512.03385) fig. 2 and 5; He et al. 2016 (arXiv 1603.05027) fig. 2
and 4; Zhang et al. 2019 (arXiv 1901.09321) fig. 1.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from torch import Tensor, nn

from resnet_core.config import ModelConfig
from resnet_core.models.convolutions import (
    build_convolution,
    build_listed_convolution,
    build_norm,
)
from resnet_core.models.noise import Dropout, StochasticDepth
from resnet_core.models.operations import (
    Addition,
    BlurPooling,
    Gating,
    Halving,
    LearnedScale,
    LearnedShift,
    SqueezeExcitation,
    ZeroPadShortcut,
)


@dataclass(frozen=True, kw_only=True)
class BlockShape:
    """What a block takes and gives, and where in the net it stands."""

    in_channels: int
    """Channels that enter."""
    width: int
    """Channels of the 3x3 convolutions, before a bottleneck's `width_factor`."""
    out_channels: int
    """Channels that leave."""
    stride: int = 1
    """Factor by which height and width shrink."""
    is_first: bool = False
    """Whether it is the net's first block."""
    depth_share: float = 1.0
    """Share of the net's blocks up to this one and with it."""

    @property
    def changes_shape(self) -> bool:
        """Whether input and output differ in channels or size, so that identity cannot serve."""
        return self.stride != 1 or self.in_channels != self.out_channels


class ProjectionShortcut(nn.Sequential):
    """Options B, C and D: a 1x1 convolution `conv`, then `norm` where the net puts one.

    D averages 2x2 pixels first (`pool`), so that no pixel is passed over.

    Source: He et al. 2015, sec. 3.3; He et al. 2018 (arXiv 1812.01187), fig. 2c.  Pre-activation
    nets project the shared activation and do not normalise afterwards, as the authors' code for
    the 2016 paper does.
    """

    def __init__(self, config: ModelConfig, shape: BlockShape) -> None:
        super().__init__()
        stride = shape.stride
        if config.shortcut == "D" and stride > 1:
            self.pool = nn.AvgPool2d(stride, stride, ceil_mode=True, count_include_pad=False)
            stride = 1
        if config.branch_scale == "fixup":
            self.shift = LearnedShift()
        self.conv = build_convolution(config, shape.in_channels, shape.out_channels, 1, stride)
        if config.norm != "none" and config.activation_order != "pre":
            self.norm = build_norm(config, shape.out_channels)


class Block(nn.Module):
    """One block; the names of its operations stand in `branch` and `after` in forward order.

    The first activation of a pre-activation block belongs to branch and shortcut alike in the
    net's first block ("we adopt the first activation right after conv1 and before splitting into
    two paths", He et al. 2016, appendix) and, as in the authors' code, wherever the shape changes;
    elsewhere the shortcut is the raw input.
    """

    branch_scale: nn.Module
    shortcut_gate: nn.Module
    shortcut_scale: nn.Module

    def __init__(self, config: ModelConfig, shape: BlockShape) -> None:
        super().__init__()
        operations, after = _ordered_operations(config, shape)
        self.branch = self._append([*operations, *_branch_endings(config, shape)])
        self.changes_shape = shape.changes_shape
        self.is_dropped = False  # by an intervention, while it lasts
        self.shared = "act1" if _shares_activation(config, shape) else ""
        self.shortcut = None if config.is_plain else build_shortcut(config, shape)
        self.skip_kind = config.skip_kind
        self._append(_skip_operations(config, shape))
        self.add = None if config.is_plain else Addition(config.skip_strength)
        self.after = self._append(after)

    def _append(self, operations: Iterable[tuple[str, nn.Module]]) -> tuple[str, ...]:
        names = []
        for name, operation in operations:
            self.add_module(name, operation)
            names.append(name)
        return tuple(names)

    def forward(self, x: Tensor) -> Tensor:
        """Maps (N, C, H, W) to (N, C', H/stride, W/stride)."""
        if self.is_dropped:
            return self._without_branch(x)
        source = branch = x
        for name in self.branch:
            branch = getattr(self, name)(branch)
            if name == self.shared:
                source = branch
        if self.add is not None and self.shortcut is not None:
            branch = self.add(*self._on_their_way(branch, self.shortcut(source)))
        for name in self.after:
            branch = getattr(self, name)(branch)
        return branch

    def _without_branch(self, x: Tensor) -> Tensor:
        """What is left of a dropped block: its input, or the shortcut where the shape changes."""
        if not self.changes_shape or self.shortcut is None:
            return x
        shared = self.branch[: self.branch.index(self.shared) + 1] if self.shared else ()
        for name in shared:
            x = getattr(self, name)(x)
        return self.shortcut(x)

    def _on_their_way(self, branch: Tensor, shortcut: Tensor) -> tuple[Tensor, Tensor]:
        """What becomes of branch and shortcut before they meet (He et al. 2016, fig. 2)."""
        if self.skip_kind == "identity":
            return branch, shortcut
        if self.skip_kind == "constant":
            return self.branch_scale(branch), self.shortcut_scale(shortcut)
        if self.skip_kind == "dropout":
            return branch, self.shortcut_scale(shortcut)
        gate = self.shortcut_gate(shortcut)
        if self.skip_kind == "exclusive_gate":
            branch = self.branch_scale(branch, gate)
        return branch, self.shortcut_scale(shortcut, gate)


def build_block(config: ModelConfig, shape: BlockShape) -> nn.Module:
    """Builds the block that the config asks for."""
    return Block(config, shape)


def build_shortcut(config: ModelConfig, shape: BlockShape) -> nn.Module:
    """Builds identity, zero padding (A) or projection (B, D where the shape changes, C always)."""
    if config.shortcut == "C" or (config.shortcut in ("B", "D") and shape.changes_shape):
        return ProjectionShortcut(config, shape)
    if shape.changes_shape:
        return ZeroPadShortcut(
            shape.in_channels,
            shape.out_channels,
            shape.stride,
            is_behind=config.zero_pad == "behind",
        )
    return nn.Identity()


def _shares_activation(config: ModelConfig, shape: BlockShape) -> bool:
    """Whether the shortcut starts after the branch's first ReLU."""
    if config.activation_order not in ("pre", "relu_only_pre") or config.pre_shortcut == "raw":
        return False
    return shape.changes_shape or (shape.is_first and config.pre_shortcut == "shared")


def _ordered_operations(
    config: ModelConfig, shape: BlockShape
) -> tuple[list[tuple[str, nn.Module]], list[tuple[str, nn.Module]]]:
    """The branch's operations, and those after the addition (He et al. 2016, fig. 4)."""
    if config.branch_scale == "fixup":
        return _fixup_operations(config, shape)
    order = config.activation_order
    operations: list[tuple[str, nn.Module]] = []
    for number, convolution in enumerate(_branch_convolutions(config, shape), start=1):
        channels = convolution.in_channels if order == "pre" else convolution.out_channels
        norm = [] if config.norm == "none" else [(f"norm{number}", build_norm(config, channels))]
        conv = [(f"conv{number}", convolution)]
        act: list[tuple[str, nn.Module]] = [(f"act{number}", nn.ReLU())]
        if shape.stride > 1 and _blurs(config, shape, number):
            act.append(("blur", BlurPooling()))
        if order == "pre":
            operations += [*norm, *act, *conv]
        elif order == "relu_only_pre":
            operations += [*act, *conv, *norm]
        else:
            operations += [*conv, *norm, *act]
    num_after = {"post": 1, "norm_after_add": 1 if config.norm == "none" else 2}.get(order, 0)
    split = len(operations) - num_after
    return operations[:split], operations[split:]


def _blurs(config: ModelConfig, shape: BlockShape, number: int) -> bool:
    """Whether a branch's convolution, counted from 1, leaves its stride to a blur after it."""
    channels = (shape.in_channels, shape.width, shape.out_channels)
    return config.family.convolutions(config, *channels)[number - 1].is_blurred


def _fixup_operations(
    config: ModelConfig, shape: BlockShape
) -> tuple[list[tuple[str, nn.Module]], list[tuple[str, nn.Module]]]:
    """Shifts before each convolution and each ReLU, a factor after the last convolution."""
    operations: list[tuple[str, nn.Module]] = []
    for number, convolution in enumerate(_branch_convolutions(config, shape), start=1):
        operations += [
            (f"shift{number}a", LearnedShift()),
            (f"conv{number}", convolution),
            (f"shift{number}b", LearnedShift()),
            (f"act{number}", nn.ReLU()),
        ]
    operations.insert(-2, ("scale", LearnedScale(1.0)))
    return operations[:-1], operations[-1:]


def _branch_endings(config: ModelConfig, shape: BlockShape) -> Iterable[tuple[str, nn.Module]]:
    if config.family.ending is not None:
        yield from config.family.ending(config, shape.out_channels)
    if config.squeeze_reduction:
        yield (
            "se",
            SqueezeExcitation(shape.out_channels, config.squeeze_reduction, config.squeeze_least),
        )
    if config.branch_scale in ("skipinit", "rezero"):
        yield "scale", LearnedScale()
    if config.stochastic_depth:
        yield "drop", StochasticDepth(config.stochastic_depth * shape.depth_share)


def _skip_operations(config: ModelConfig, shape: BlockShape) -> Iterable[tuple[str, nn.Module]]:
    """The gates and scales of the 2016 paper's shortcuts; dropout and constants are one half."""
    if config.skip_kind == "constant":
        yield "branch_scale", Halving()
        yield "shortcut_scale", Halving()
    elif config.skip_kind == "dropout":
        yield "shortcut_scale", Dropout(0.5)
    elif config.skip_kind != "identity":
        gate = nn.Sequential()
        gate.add_module("conv", nn.Conv2d(shape.out_channels, shape.out_channels, 1))
        gate.add_module("sigmoid", nn.Sigmoid())
        yield "shortcut_gate", gate
        if config.skip_kind == "exclusive_gate":
            yield "branch_scale", Gating()
        yield "shortcut_scale", Gating(complement=True)


def _branch_convolutions(config: ModelConfig, shape: BlockShape) -> list[nn.Conv2d]:
    """The branch's convolutions, as the block's family lists them."""
    listed = config.family.convolutions(config, shape.in_channels, shape.width, shape.out_channels)
    return [build_listed_convolution(config, each, shape.stride) for each in listed]
