"""By how much an optimizer's step moves each weight, measured at an interval."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from resnet_core.watching.shards import GAP, ShardNorms, local_part

MOST_KEPT = 2**26
"""Numbers of the weights that are kept over one step, 256 MiB of them."""


class UpdateCapture:
    """The norm of the change over the norm of the weights before it."""

    def __init__(self, parameters: Sequence[nn.Parameter]) -> None:
        self._parameters = tuple(parameters)
        self._norms = ShardNorms(parameters)
        self._before: dict[int, Tensor] = {}
        self._strides: dict[int, int] | None = None

    def remember(self, places: Sequence[int]) -> None:
        """Keeps the weights that are about to be moved."""
        for place in places:
            if self._parameters[place].requires_grad:
                self._before[place] = self._sample(place).clone()

    def measure(self, places: Sequence[int]) -> Tensor:
        """Measures what has happened to them since.

        Returns:
            One ratio a parameter, `GAP` where nothing was learned or remembered, (P,) float32.
        """
        moved = [
            place
            for place in places
            if place in self._before and self._parameters[place].grad is not None
        ]
        before = [self._before.pop(place) for place in moved]
        now = [self._sample(place) for place in moved]
        changes = [new - old for new, old in zip(now, before, strict=True)]
        change, weight = self._norms.measure(moved, changes), self._norms.measure(moved, before)
        self._before.clear()
        return torch.where(change >= 0, change / weight, GAP)

    def _sample(self, place: int) -> Tensor:
        """A parameter's own numbers, or evenly some of them where a net is too large to be kept."""
        if self._strides is None:
            self._strides = self._choose_strides()
        values = local_part(self._parameters[place].detach())
        stride = self._strides[place]
        return values if stride == 1 else values.reshape(-1)[::stride]

    def _choose_strides(self) -> dict[int, int]:
        sizes = [local_part(each.detach()).numel() for each in self._parameters]
        if sum(sizes) <= MOST_KEPT:
            return dict.fromkeys(range(len(sizes)), 1)
        share = max(1, MOST_KEPT // len(sizes))
        return {place: max(1, math.ceil(size / share)) for place, size in enumerate(sizes)}
