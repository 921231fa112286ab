"""What steps measured on the device, brought to the host in blocks."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from resnet_core.watching.shards import GAP


@dataclass(frozen=True, kw_only=True)
class WatchedStep:
    """What one step measured, partly on the device still."""

    step: int
    time_s: float
    numbers: Mapping[str, float]
    """What was logged and is known already, by name."""
    scalars: Mapping[str, Tensor]
    """What was logged and is on the device, by name, each () float32."""
    norms: Tensor
    """(P,) float32, `GAP` where a parameter got no gradient."""
    scale: Tensor | None
    """What the loss was multiplied by, () float32, where a scaler may skip steps."""
    is_stepped: bool
    """Whether an optimizer is known to have moved weights."""
    profiles: Mapping[str, Tensor]
    """What was measured at an interval, by quantity."""


@dataclass(frozen=True, kw_only=True)
class FetchedStep:
    """The same on the host."""

    step: int
    time_s: float
    scalars: Mapping[str, float]
    """What was logged, by name."""
    norms: np.ndarray
    """(P,) float32, `GAP` where a parameter got no gradient."""
    scale: float | None
    is_stepped: bool
    profiles: Mapping[str, np.ndarray]

    @property
    def gradient_norm(self) -> float:
        """Norm of the whole gradient; NaN where there is none."""
        there = self.norms[self.norms != GAP].astype(np.float64)
        there = there[np.isfinite(there)] if self.has_skipped else there
        return math.sqrt(float((there**2).sum())) if len(there) else math.nan

    @property
    def log_norms(self) -> np.ndarray:
        """log10 of each norm, (P,) float32; NaN where there is none, or a scaler left it out."""
        is_gap = self.norms == GAP
        if self.has_skipped:
            is_gap |= ~np.isfinite(self.norms)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(is_gap, np.nan, np.log10(np.abs(self.norms))).astype(np.float32)

    @property
    def has_skipped(self) -> bool:
        """Whether a scaler left an optimizer's step out: some scaled gradient was not finite."""
        return self.scale is not None and not np.isfinite(self.norms).all()

    @property
    def changed_nothing(self) -> bool:
        """Whether it was left out as a whole."""
        return self.has_skipped and not self.is_stepped


class Block:
    """Some steps on their way to the host."""

    def __init__(self, steps: Sequence[WatchedStep]) -> None:
        """Begins to copy them; a GPU is not waited for."""
        self._steps = tuple(steps)
        parts = [part.reshape(-1) for step in self._steps for part in _parts(step)]
        flat = torch.cat(parts)
        self._event: torch.cuda.Event | None = None
        if flat.is_cuda:
            self._host = torch.empty(flat.shape, dtype=flat.dtype, pin_memory=True)
            self._host.copy_(flat, non_blocking=True)
            self._event = torch.cuda.Event()
            self._event.record()
        else:
            self._host = flat.cpu()

    @property
    def is_here(self) -> bool:
        """Whether nobody has to wait for it any more."""
        return self._event is None or self._event.query()

    def fetch(self) -> list[FetchedStep]:
        """Gives the steps on the host; waits for them where they are not there yet."""
        if self._event is not None:
            self._event.synchronize()
        values, start, found = self._host.numpy(), 0, []
        for step in self._steps:
            arrays = []
            for part in _parts(step):
                arrays.append(values[start : start + part.numel()])
                start += part.numel()
            found.append(_assemble(step, arrays))
        return found


def _parts(step: WatchedStep) -> list[Tensor]:
    scale = [] if step.scale is None else [step.scale]
    return [step.norms, *step.scalars.values(), *scale, *step.profiles.values()]


def _assemble(step: WatchedStep, arrays: list[np.ndarray]) -> FetchedStep:
    norms, rest = arrays[0], arrays[1:]
    scalars = {name: float(v[0]) for name, v in zip(step.scalars, rest, strict=False)}
    rest = rest[len(scalars) :]
    scale = None if step.scale is None else float(rest[0][0])
    profiles = rest if scale is None else rest[1:]
    return FetchedStep(
        step=step.step,
        time_s=step.time_s,
        scalars={**step.numbers, **scalars},
        norms=norms,
        scale=scale,
        is_stepped=step.is_stepped,
        profiles=dict(zip(step.profiles, profiles, strict=True)),
    )
