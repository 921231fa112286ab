"""Products of a loss's Hessian with vectors: the matrix itself would have P x P numbers."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from resnet_core.errors import ProbeError

Loss = Callable[[], Tensor]
"""Computes a part of the loss anew; the parts add up to it."""


class HessianProducts:
    """The Hessian of a loss by P parameters, as what it makes of a vector.

    A product is the gradient of (gradient times vector), exact up to rounding; it costs about
    three gradients.

    Source: Pearlmutter 1994, Neural Computation 6, 147-160.
    """

    def __init__(
        self,
        parameters: Sequence[nn.Parameter],
        losses: Sequence[Loss],
        *,
        between: Callable[[], None] = lambda: None,
    ) -> None:
        """Takes what to differentiate by, and the parts of the loss.

        Args:
            parameters: which all ask for gradients.
            losses: the parts.
            between: called before each part, so that a product can be stopped by raising.
        """
        self._parameters = list(parameters)
        self._losses = list(losses)
        self._between = between
        self.size = sum(parameter.numel() for parameter in parameters)
        """P."""
        self.num_done = 0
        """Products so far."""

    @property
    def device(self) -> torch.device:
        """Where vectors must be."""
        return self._parameters[0].device

    def __call__(self, vector: Tensor) -> Tensor:
        """Multiplies by a vector (P,) float32.

        Raises:
            ProbeError: when the product is not finite.
        """
        total = torch.zeros(self.size, device=self.device)
        pieces = self._split(vector)
        for loss in self._losses:
            self._between()
            total += self._one(loss, pieces)
        if not torch.isfinite(total).all():
            raise ProbeError(
                "The loss has no finite curvature here: the net's weights have diverged; take an "
                "earlier step or another net."
            )
        self.num_done += 1
        return total

    def _one(self, loss: Loss, pieces: Sequence[Tensor]) -> Tensor:
        gradients = torch.autograd.grad(
            loss(), self._parameters, create_graph=True, materialize_grads=True
        )
        # The gradient by what the loss does not depend on, or only linearly, is a constant.
        bending = [pair for pair in zip(gradients, pieces, strict=True) if pair[0].requires_grad]
        if not bending:
            return torch.zeros(self.size, device=self.device)
        gradients, pieces = zip(*bending, strict=True)
        products = torch.autograd.grad(
            gradients, self._parameters, grad_outputs=pieces, materialize_grads=True
        )
        return torch.cat([product.flatten() for product in products])

    def _split(self, vector: Tensor) -> list[Tensor]:
        parts = vector.split([parameter.numel() for parameter in self._parameters])
        return [part.view_as(p) for part, p in zip(parts, self._parameters, strict=True)]
