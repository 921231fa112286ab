"""What the coming steps of a seed take, on the device before they begin.

Pictures, crops and learning rates are pure functions of the step, so those of many steps are
uploaded at once, from pinned memory and without waiting for the device.  The next block is drawn
meanwhile, a step's worth with each step that is taken.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

BLOCK_STEPS = 64
"""Steps of one upload, and rows of what is measured before it is fetched."""


@dataclass(frozen=True, kw_only=True)
class StepSource:
    """Where the numbers of a step come from."""

    draws: Callable[[int, int], np.ndarray]
    """Of a seed and a step: which pictures and crops, (R, B) int64."""
    rate: Callable[[int], float]
    """Learning rate of a step."""


@dataclass
class _Block:
    first: int
    draws: torch.Tensor
    rates: torch.Tensor
    count: int = 0


class StepTables:
    """The block of steps of one seed that the device has, and the one after it in the making."""

    draws: torch.Tensor
    """(S, R, B) int64 on the device; it keeps its place until it is forgotten."""
    rates: torch.Tensor
    """(S,) learning rates on the device."""

    def __init__(self, source: StepSource, seed: int, device: torch.device) -> None:
        self._source, self._seed, self._device = source, seed, device
        self._first: int | None = None
        self._next: _Block | None = None

    def row_of(self, step: int) -> int:
        """Gives the row of a step, and uploads its block before if it is not there."""
        if self._first is None or not 0 <= step - self._first < BLOCK_STEPS:
            self._upload(step)
        assert self._first is not None  # as it was uploaded
        self._look_ahead(self._first + BLOCK_STEPS)
        return step - self._first

    def forget(self) -> None:
        """Draws everything anew at the next step, as the source gives it then."""
        self._first = self._next = None
        if hasattr(self, "draws"):  # a net may be edited before its first step
            del self.draws, self.rates

    def _upload(self, step: int) -> None:
        for _ in range(BLOCK_STEPS):
            self._look_ahead(step)
        block, self._next = self._next, None
        assert block is not None  # it was just drawn
        if not hasattr(self, "draws"):
            self.draws = torch.empty_like(block.draws, device=self._device, pin_memory=False)
            self.rates = torch.empty_like(block.rates, device=self._device, pin_memory=False)
        self.draws.copy_(block.draws, non_blocking=True)
        self.rates.copy_(block.rates, non_blocking=True)
        self._first = step

    def _look_ahead(self, first: int) -> None:
        """Draws one more step of the block that begins at `first`, if one is missing."""
        if self._next is None or self._next.first != first:
            self._next = self._empty_block(first)
        block = self._next
        if block.count < BLOCK_STEPS:
            step = first + block.count
            block.draws[block.count] = torch.from_numpy(self._source.draws(self._seed, step))
            block.rates[block.count] = self._source.rate(step)
            block.count += 1

    def _empty_block(self, first: int) -> _Block:
        shape = (BLOCK_STEPS, *self._source.draws(self._seed, first).shape)
        is_cuda = self._device.type == "cuda"
        # Fused optimizers read a tensor's rate as float32 on CUDA, and exactly on the CPU.
        kind = torch.float32 if is_cuda else torch.float64
        return _Block(
            first,
            torch.empty(shape, dtype=torch.int64, pin_memory=is_cuda),
            torch.empty(BLOCK_STEPS, dtype=kind, pin_memory=is_cuda),
        )
