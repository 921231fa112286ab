"""Operations that drop something in training, each with its rules."""

import torch
from torch import Tensor, nn

from resnet_core.models.geometry import FLOAT_BYTES, Rules, operation


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
