"""Operations that drop something in training, each with its rules."""

import math

import torch
from torch import Tensor, nn

from resnet_core.models.geometry import FLOAT_BYTES, Rules, operation


class Noise(nn.Module):
    """Drops part of a signal in training and scales the rest up, as its own counter decides.

    Each forward pass in training draws what `draws` says, which then grows by one.  Being a
    buffer, it is saved with the weights: a resumed run drops what an unbroken one would, and
    torch's global generator is left alone.  On a CUDA device the numbers are made there, so that
    the step neither waits for the device nor holds a number of the host's that a recorded step
    would repeat for ever.
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
        if x.is_cuda:
            kept = draw_on_device(self._shape(x), self.draws) < keep_share
        else:
            generator = torch.Generator().manual_seed(int(self.draws))
            kept = torch.rand(self._shape(x), generator=generator) < keep_share
        self.draws += 1
        return x * (kept.to(x.device, x.dtype) / keep_share)

    def _shape(self, x: Tensor) -> tuple[int, ...]:
        raise NotImplementedError

    def extra_repr(self) -> str:
        """What `print(model)` shows."""
        return f"drop_share={self.drop_share:.4g}"


def draw_on_device(shape: tuple[int, ...], key: Tensor) -> Tensor:
    """Draws numbers in [0, 1) of float32 where the key is, as a pure function of it.

    The same bits on every device: SplitMix64 seeded with the mixed key, its upper 24 bits.

    Source: Steele, Lea and Flood 2014 (OOPSLA), fig. 16.

    Args:
        shape: of what is drawn.
        key: one int64.
    """
    count = math.prod(shape)
    counter = torch.arange(1, count + 1, device=key.device) * _GOLDEN
    bits = _finalise(counter + _finalise(key + _GOLDEN))
    return (_shifted(bits, 40).float() * 2.0**-24).reshape(shape)


_GOLDEN = 0x9E3779B97F4A7C15 - 2**64  # the same 64 bits, as torch's integers have signs


def _finalise(bits: Tensor) -> Tensor:
    bits = (bits ^ _shifted(bits, 30)) * (0xBF58476D1CE4E5B9 - 2**64)
    bits = (bits ^ _shifted(bits, 27)) * (0x94D049BB133111EB - 2**64)
    return bits ^ _shifted(bits, 31)


def _shifted(bits: Tensor, by: int) -> Tensor:
    """Shifts to the right and fills with zeros, where torch would repeat the sign."""
    return (bits >> by) & (2 ** (64 - by) - 1)


@operation(
    Rules(
        kind="scale",
        label="stochastic depth",
        extra_bytes=lambda module, output: FLOAT_BYTES,
        formula=r"\mathrm{drop}",
        initialise=lambda module, draw: module.draws.fill_(draw),
    )
)
class StochasticDepth(Noise):
    """Drops a branch for some pictures of a batch.

    Huang et al. 2016 drop it for whole batches and scale in evaluation instead, which has the same
    mean; pictures are dropped singly here, so that no step leaves a block without a gradient.
    """

    def _shape(self, x: Tensor) -> tuple[int, ...]:
        return (x.shape[0], 1, 1, 1)


@operation(
    Rules(
        kind="scale",
        label="dropout",
        extra_bytes=lambda module, output: output.num_bytes,
        initialise=lambda module, draw: module.draws.fill_(draw),
    )
)
class Dropout(Noise):
    """Drops single numbers of a map (Srivastava et al. 2014)."""

    def _shape(self, x: Tensor) -> tuple[int, ...]:
        return tuple(x.shape)
