"""Operations of a block that torch has no module for."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from resnet_core.config.checks import require

GATE_BIAS = -6.0
"""First bias of a gate, at which the 2016 paper's gates do best (table 1): gates start nearly shut,
shortcuts nearly open."""


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


class Concatenation(nn.Module):
    """Appends what a dense block computed to what entered it (Huang et al. 2017, eq. 2)."""

    def forward(self, x: Tensor, new: Tensor) -> Tensor:
        """Maps (N, C, H, W) and (N, k, H, W) to (N, C + k, H, W), the older channels first."""
        return torch.cat((x, new), dim=1)


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


class Halving(nn.Module):
    """Multiplies by one half: branch and shortcut of the 2016 paper's constant scaling (3.1)."""

    def forward(self, x: Tensor) -> Tensor:
        """Maps (N, C, H, W) to the same shape."""
        return x * 0.5


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


class LearnedShift(nn.Module):
    """Adds one learned number, 0 at first: Fixup's scalar bias (Zhang et al. 2019, sec. 3)."""

    def __init__(self) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        """Maps (N, C, H, W) to the same shape."""
        return x + self.bias


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

    def __init__(self, channels: int, reduction: int) -> None:
        super().__init__()
        inner = max(1, channels // reduction)
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


class Noise(nn.Module):
    """Drops part of a signal in training and scales the rest up, as its own counter decides.

    Each forward pass in training draws from a generator seeded by `draws`, which then grows by
    one.  Being a buffer, it is saved with the weights: a resumed run drops what an unbroken one
    would, and torch's global generator is left alone.
    """

    draws: Tensor

    def __init__(self, drop_share: float) -> None:
        super().__init__()
        self.drop_share = drop_share
        self.register_buffer("draws", torch.zeros((), dtype=torch.int64))

    def forward(self, x: Tensor) -> Tensor:
        """Maps (N, C, H, W) to the same shape; in evaluation, to itself."""
        if not self.training or self.drop_share == 0.0:
            return x
        keep_share = 1 - self.drop_share
        generator = torch.Generator().manual_seed(int(self.draws))
        kept = torch.rand(self._shape(x), generator=generator) < keep_share
        self.draws += 1
        return x * (kept.to(x.device, x.dtype) / keep_share)

    def _shape(self, x: Tensor) -> tuple[int, ...]:
        raise NotImplementedError

    def extra_repr(self) -> str:
        """What `print(model)` shows."""
        return f"drop_share={self.drop_share:.4g}"


class StochasticDepth(Noise):
    """Drops a branch for some pictures of a batch.

    Huang et al. 2016 drop it for whole batches and scale in evaluation instead, which has the same
    mean; pictures are dropped singly here, so that no step leaves a block without a gradient.
    """

    def _shape(self, x: Tensor) -> tuple[int, ...]:
        return (x.shape[0], 1, 1, 1)


class Dropout(Noise):
    """Drops single numbers of a map (Srivastava et al. 2014)."""

    def _shape(self, x: Tensor) -> tuple[int, ...]:
        return tuple(x.shape)
