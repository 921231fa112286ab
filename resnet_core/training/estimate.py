"""What training will cost on this machine, measured before the click.

`measure_step_time` trains the very experiment on noise for a few steps, in a process of its own if
asked so, so that a page neither waits for torch nor shares its cores with it.
"""

import statistics
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from resnet_core.children import answer_parent, ask_child
from resnet_core.config import ExperimentConfig, config_from_json, config_to_json
from resnet_core.data import DataCard, DataSet, Split
from resnet_core.errors import DeviceError
from resnet_core.progress import Progress, ignore_progress

_BUDGET_S = 3.0
_MOST_STEPS = 20
_CHILD_TIMEOUT_S = 120.0


@dataclass(frozen=True, kw_only=True)
class PictureShape:
    """What a net is fed with, as far as time is concerned."""

    channels: int
    image_size_px: int
    num_classes: int


@dataclass(frozen=True, kw_only=True)
class StepTime:
    """How long one step of all arms takes."""

    seconds_per_step: float
    """Median over the measured steps, s."""
    num_steps: int
    """Steps that were measured, after one that was not."""
    device: str
    """What it was measured on."""


def measure_step_time(config: ExperimentConfig, shape: PictureShape) -> StepTime:
    """Trains on noise for at most about three seconds after a first step, and takes the median.

    Raises:
        DeviceError: when the device is not there, or its memory too small.
    """
    from resnet_core.devices import describe_device, resolve_device
    from resnet_core.training.lockstep import Lockstep

    device = resolve_device(config.device)
    lockstep = Lockstep(config, _noise(shape, config.training.batch_size), device)
    lockstep.advance()
    lockstep.drain()
    times, deadline = [], time.perf_counter() + _BUDGET_S
    while len(times) < _MOST_STEPS and (not times or time.perf_counter() < deadline):
        started = time.perf_counter()
        lockstep.advance()
        lockstep.drain()
        times.append(time.perf_counter() - started)
    return StepTime(
        seconds_per_step=statistics.median(times),
        num_steps=len(times),
        device=describe_device(device),
    )


def measure_step_time_in_child(
    config: ExperimentConfig, shape: PictureShape, progress: Progress = ignore_progress
) -> StepTime:
    """Measures in a process of its own; takes some seconds more, most of them to load torch.

    Raises:
        DeviceError: when the device cannot do it, or took longer than two minutes.
        ProcessError: when the process does not start, or ends early.
        CancelledError: if `progress` cancels.
    """
    found: list[StepTime] = []
    deadline = time.monotonic() + _CHILD_TIMEOUT_S

    def wait() -> None:
        progress("training a few steps on noise")
        if time.monotonic() > deadline:
            raise DeviceError("One training step takes longer than two minutes here.")

    ask_child(
        "resnet_core.training.estimate",
        {"config": config_to_json(config), "shape": asdict(shape)},
        take=lambda answer: found.append(StepTime(**answer)),
        wait=wait,
    )
    return found[-1]


def _noise(shape: PictureShape, batch_size: int) -> DataSet:
    generator = np.random.default_rng(0)
    size = (batch_size, shape.image_size_px, shape.image_size_px, shape.channels)
    split = Split(
        generator.integers(0, 256, size, dtype=np.uint8),
        generator.integers(0, shape.num_classes, batch_size),
    )
    card = DataCard(
        name="noise",
        title="Noise",
        class_names=tuple(str(number) for number in range(shape.num_classes)),
        image_size_px=shape.image_size_px,
        channels=shape.channels,
        mean=(0.5,) * shape.channels,
        std=(0.29,) * shape.channels,
        num_train=batch_size,
        num_validation=0,
        num_test=0,
        sha256="",
        provenance="Uniform noise, to measure time with.",
    )
    return DataSet(card, split, split, split)


def _answer(question: dict[str, Any]) -> Iterator[dict[str, Any]]:
    config = config_from_json(ExperimentConfig, question["config"])
    yield asdict(measure_step_time(config, PictureShape(**question["shape"])))


if __name__ == "__main__":
    answer_parent(_answer)
