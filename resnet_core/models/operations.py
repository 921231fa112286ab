"""Operations of a block that torch has no module for, each with its rules."""

import dataclasses

import torch
from torch import Tensor, nn
from torch.nn import functional

from resnet_core.config.checks import require
from resnet_core.models.geometry import (
    Rules,
    Signal,
    operation,
    slide,
    stride_label,
    widest,
)

GATE_BIAS = -6.0
"""First bias of a gate, at which the 2016 paper's gates do best (table 1): gates start nearly shut,
shortcuts nearly open."""


@operation(
    Rules(
        kind="add",
        label=lambda module: (
            "+" if module.skip_strength == 1.0 else f"+ {module.skip_strength:g} x"
        ),
        propagate=lambda module, branch, shortcut: widest(branch, shortcut),
    )
)
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


@operation(
    Rules(
        kind="concat",
        label="append",
        propagate=lambda module, x, new: dataclasses.replace(
            widest(x, new), channels=x.channels + new.channels
        ),
    )
)
class Concatenation(nn.Module):
    """Appends what a dense block computed to what entered it (Huang et al. 2017, eq. 2)."""

    def forward(self, x: Tensor, new: Tensor) -> Tensor:
        """Maps (N, C, H, W) and (N, k, H, W) to (N, C + k, H, W), the older channels first."""
        return torch.cat((x, new), dim=1)


@operation(
    Rules(
        kind="pool",
        label="2x2 average /2",
        propagate=lambda module, x: slide(x, 2, 2, 0),
        keeps_inputs=True,
    )
)
class TransitionPooling(nn.Module):
    """Averages 2x2 pixels between two dense stages; an odd last row or column is left out.

    Raises:
        ConfigError: for maps of one pixel, which cannot be halved.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Maps (N, C, H, W) to (N, C, H/2, W/2), rounded down."""
        require(
            min(x.shape[-2:]) >= 2,
            "The pictures are too small for this dense net: its maps are down to one pixel before "
            "a transition, which halves them. Take larger pictures or fewer stages.",
        )
        return functional.avg_pool2d(x, 2)


@operation(
    Rules(
        kind="pool",
        label="3x3 blur /2",
        propagate=lambda module, x: slide(x, 3, 2, 1),
        formula=r"\mathrm{blur}",
    )
)
class BlurPooling(nn.Module):
    """Blurs a map by the binomial 1-2-1 along both sides, and keeps every second pixel.

    Source: Zhang 2019 (arXiv 1904.11486), sec. 3.2; the border is mirrored.  It has no parameters.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Maps (N, C, H, W) to (N, C, H/2, W/2), rounded up."""
        row = torch.tensor([1.0, 2.0, 1.0], dtype=x.dtype, device=x.device) / 4
        kernel = (row[:, None] * row).expand(x.shape[1], 1, 3, 3)
        mode = "reflect" if min(x.shape[-2:]) > 1 else "replicate"
        padded = functional.pad(x, (1, 1, 1, 1), mode=mode)
        return functional.conv2d(padded, kernel, stride=2, groups=x.shape[1])


@operation(
    Rules(
        kind="shortcut",
        label=lambda module: (
            f"zero pad +{module.before + module.after}{stride_label(module.stride)}"
        ),
        propagate=lambda module, x: dataclasses.replace(
            slide(x, 1, module.stride, 0), channels=x.channels + module.before + module.after
        ),
    )
)
class ZeroPadShortcut(nn.Module):
    """Option A: every `stride`-th pixel, new channels are zero, half of them on each side.

    All of them may stand behind instead, as in some of its implementations.

    Source: He et al. 2015, sec. 3.3 (A); it has no parameters.
    """

    def __init__(
        self, in_channels: int, out_channels: int, stride: int, *, is_behind: bool = False
    ) -> None:
        super().__init__()
        self.stride = stride
        self.before = 0 if is_behind else (out_channels - in_channels) // 2
        self.after = out_channels - in_channels - self.before

    def forward(self, x: Tensor) -> Tensor:
        """Maps (N, C, H, W) to (N, C', H/stride, W/stride), rounded up."""
        return functional.pad(
            x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, self.before, self.after)
        )

    def extra_repr(self) -> str:
        """What `print(model)` shows."""
        return f"stride={self.stride}, zeros=({self.before}, {self.after})"


@operation(Rules(kind="scale", label="x 0.5"))
class Halving(nn.Module):
    """Multiplies by one half: branch and shortcut of the 2016 paper's constant scaling (3.1)."""

    def forward(self, x: Tensor) -> Tensor:
        """Maps (N, C, H, W) to the same shape."""
        return x * 0.5


@operation(
    Rules(
        kind="scale",
        label="x learned",
        keeps_inputs=True,
        initialise=lambda module, draw: nn.init.constant_(module.weight, module.start),
    )
)
class LearnedScale(nn.Module):
    """Multiplies a branch by one learned number: 0 at first in SkipInit and ReZero, 1 in Fixup."""

    def __init__(self, start: float = 0.0) -> None:
        super().__init__()
        self.start = start
        self.weight = nn.Parameter(torch.full((), start))

    def forward(self, x: Tensor) -> Tensor:
        """Maps (N, C, H, W) to the same shape."""
        return x * self.weight

    def extra_repr(self) -> str:
        """What `print(model)` shows."""
        return f"start={self.start:g}"


@operation(
    Rules(
        kind="scale",
        label="+ learned",
        initialise=lambda module, draw: nn.init.zeros_(module.bias),
    )
)
class LearnedShift(nn.Module):
    """Adds one learned number, 0 at first: Fixup's scalar bias (Zhang et al. 2019, sec. 3)."""

    def __init__(self) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        """Maps (N, C, H, W) to the same shape."""
        return x + self.bias


def _pass_gate(module: "Gating", x: Signal, gate: Signal) -> Signal:
    # A gate for whole channels sees the whole picture, and would make every later field as large.
    is_global = gate.map_size_px == (1, 1) != x.map_size_px
    return x if is_global else widest(x, gate)


@operation(
    Rules(
        kind="scale",
        label=lambda module: "x (1 - gate)" if module.complement else "x gate",
        propagate=_pass_gate,
        keeps_inputs=True,
        # 1 - g is a map of its own
        extra_bytes=lambda module, output: output.num_bytes if module.complement else 0,
    )
)
class Gating(nn.Module):
    """Multiplies a signal by a gate g, or by 1 - g."""

    def __init__(self, *, complement: bool = False) -> None:
        super().__init__()
        self.complement = complement

    def forward(self, x: Tensor, gate: Tensor) -> Tensor:
        """Maps a signal (N, C, H, W) and a gate between 0 and 1 of that shape, or (N, C, 1, 1)."""
        return x * (1 - gate) if self.complement else x * gate

    def extra_repr(self) -> str:
        """What `print(model)` shows."""
        return f"complement={self.complement}"


class SqueezeExcitation(nn.Module):
    """Weighs channels by what the whole picture shows.

    Global average, a bottleneck of two 1x1 convolutions, and a gate for each channel.

    Source: Hu et al. 2018 (arXiv 1709.01507), sec. 3.
    """

    def __init__(self, channels: int, reduction: int, least: int = 1) -> None:
        super().__init__()
        inner = max(least, channels // reduction)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.reduce = nn.Conv2d(channels, inner, 1)
        self.act = nn.ReLU()
        self.expand = nn.Conv2d(inner, channels, 1)
        self.sigmoid = nn.Sigmoid()
        self.gating = Gating()

    def forward(self, x: Tensor) -> Tensor:
        """Maps (N, C, H, W) to the same shape."""
        gate = self.expand(self.act(self.reduce(self.pool(x))))  # (N, C, 1, 1)
        return self.gating(x, self.sigmoid(gate))
