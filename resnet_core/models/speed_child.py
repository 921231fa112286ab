"""A net's speed, measured in a process of its own.

A page neither waits for it nor shares its interpreter with it, and can stop it at any moment.
"""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from resnet_core.children import answer_parent, ask_child
from resnet_core.config import ModelConfig, config_from_json, config_to_json
from resnet_core.models.speed import BATCH_SIZES, SpeedPoint, measure_speed
from resnet_core.progress import Progress, ignore_progress


def measure_speed_in_child(
    config: ModelConfig, image_size_px: int, progress: Progress = ignore_progress
) -> tuple[SpeedPoint, ...]:
    """Measures in a process of its own, which ends when `progress` cancels.

    Raises:
        DeviceError: when the device cannot do it.
        ProcessError: when the process does not start, or ends early.
        CancelledError: if `progress` cancels.
    """
    points: list[SpeedPoint] = []

    def tell() -> None:
        done = f"batch {points[-1].batch_size} done" if points else "starting a process of its own"
        progress(done, len(points) / len(BATCH_SIZES))

    ask_child(
        "resnet_core.models.speed_child",
        {"config": config_to_json(config), "px": image_size_px},
        take=lambda answer: points.append(SpeedPoint(**answer)),
        wait=tell,
    )
    return tuple(points)


def _measure(question: dict[str, Any]) -> Iterator[dict[str, Any]]:
    config = config_from_json(ModelConfig, question["config"])
    yield from map(asdict, measure_speed(config, question["px"]))


if __name__ == "__main__":
    answer_parent(_measure)
