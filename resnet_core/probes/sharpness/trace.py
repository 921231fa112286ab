"""The trace of a matrix that is only known by its products, with how far it is known."""

import math
import statistics
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from resnet_core.progress import Progress, ignore_progress
from resnet_core.students import standard_error


@dataclass(frozen=True, kw_only=True)
class Trace:
    """A trace, estimated from random vectors."""

    value: float
    """Mean over the draws."""
    standard_error: float
    """Standard deviation of that mean; NaN for a single draw."""
    num_draws: int
    """Random vectors, each of which took a product."""


def estimate_trace(
    product: Callable[[Tensor], Tensor],
    size: int,
    num_draws: int,
    *,
    generator: torch.Generator,
    device: torch.device | str = "cpu",
    progress: Progress = ignore_progress,
) -> Trace:
    """Estimates a trace: the mean of v'Hv over random vectors v of plus and minus one.

    Args:
        product: multiplies by the matrix.
        size: P, its rows.
        num_draws: random vectors.
        generator: of the vectors, on the CPU.
        device: where vectors must be.
        progress: told after each product; it cancels by raising.

    Raises:
        CancelledError: if `progress` cancels.

    Source: Hutchinson 1990, Communications in Statistics 19, 433-450.
    """
    found = []
    for number in range(num_draws):
        vector = torch.randint(2, (size,), generator=generator).to(device, torch.float32) * 2 - 1
        found.append(float(torch.dot(vector.double(), product(vector).double())))
        progress(f"Trace: {number + 1} of {num_draws} draws", (number + 1) / num_draws)
    return Trace(
        value=statistics.fmean(found),
        standard_error=standard_error(found) if len(found) > 1 else math.nan,
        num_draws=num_draws,
    )
