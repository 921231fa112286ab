"""How fast a net is on this machine: forward pass and training step over batch sizes."""

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch.nn import functional

from resnet_core.config import ModelConfig
from resnet_core.devices import describe_device, memory_errors, resolve_device
from resnet_core.models.cost import measure_cost
from resnet_core.models.nets import ResNet, build_model
from resnet_core.models.trace import last_maps, trace_operations

BATCH_SIZES = (1, 2, 4, 8, 16, 32, 64, 128)
"""Batches of the sweep."""
SPEED_MEMORY_LIMIT_MIB = 4096
"""Largest activation memory that the sweep asks for; larger batches are left out."""
_BUDGET_S = 0.5
_LONGEST_S = 4.0
_FEWEST, _MOST = 3, 30


@dataclass(frozen=True, kw_only=True)
class SpeedPoint:
    """How long one batch takes."""

    batch_size: int
    """Pictures in the batch."""
    forward_s: float
    """Median time of a forward pass in evaluation, without gradients, s."""
    step_s: float
    """Median time of forward, backward and an SGD step, s."""
    num_repeats: int
    """Training steps that were timed, after one that was not."""
    device: str
    """What it was measured on."""


def measure_speed(config: ModelConfig, image_size_px: int) -> Iterator[SpeedPoint]:
    """Measures batch after batch on noise, until one takes seconds or much memory.

    Raises:
        ConfigError: for a picture too small for the net.
        OutOfMemoryError: where even a batch that was thought to fit does not.
    """
    device = resolve_device("auto")
    one_mib = measure_cost(config, image_size_px).activation_mib
    model = build_model(config).to(device)
    # Batch norm's statistics need more than one number, and maps may be down to one pixel.
    needs_two = config.norm == "batch" and _last_side_px(config, image_size_px) == 1
    for batch_size in BATCH_SIZES[1:] if needs_two else BATCH_SIZES:
        if batch_size > 1 and batch_size * one_mib > SPEED_MEMORY_LIMIT_MIB:
            return
        with memory_errors(batch_size):
            point = _measure_batch(model, batch_size, image_size_px, device)
        yield point
        if point.step_s > _LONGEST_S / 2:
            return


def _last_side_px(config: ModelConfig, image_size_px: int) -> int:
    return last_maps(trace_operations(config, image_size_px)).output.map_size_px[0]


def _measure_batch(
    model: ResNet, batch_size: int, image_size_px: int, device: torch.device
) -> SpeedPoint:
    shape = (batch_size, model.config.in_channels, image_size_px, image_size_px)
    x = torch.randn(shape, device=device)
    labels = torch.zeros(batch_size, dtype=torch.long, device=device)
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-6, momentum=0.9)

    def forward() -> None:
        with torch.no_grad():
            model(x)

    def step() -> None:
        functional.cross_entropy(model(x), labels).backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    model.eval()
    forward_times = _time(forward, device)
    model.train()
    step_times = _time(step, device)
    return SpeedPoint(
        batch_size=batch_size,
        forward_s=statistics.median(forward_times),
        step_s=statistics.median(step_times),
        num_repeats=len(step_times),
        device=describe_device(device),
    )


def _time(work: Callable[[], None], device: torch.device) -> list[float]:
    """Times work that has been done once before, a few times and for half a second."""
    times: list[float] = []
    deadline = time.perf_counter() + _LONGEST_S
    work()
    _wait(device)
    budget = time.perf_counter() + _BUDGET_S
    while len(times) < _MOST:
        now = time.perf_counter()
        if times and (now > deadline or (len(times) >= _FEWEST and now > budget)):
            break
        work()
        _wait(device)
        times.append(time.perf_counter() - now)
    return times


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()
