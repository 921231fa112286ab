"""A net's speed, measured in a process of its own.

A page neither waits for it nor shares its interpreter with it, and can stop it at any moment.
"""

import json
import queue
import subprocess
import sys
import threading
from dataclasses import asdict
from pathlib import Path

from resnet_core.children import modest_environment
from resnet_core.config import ModelConfig, config_from_json, config_to_json
from resnet_core.errors import DeviceError, ResNetLabError
from resnet_core.models.speed import BATCH_SIZES, SpeedPoint, measure_speed
from resnet_core.progress import Progress, ignore_progress

_POLL_S = 0.2


def measure_speed_in_child(
    config: ModelConfig, image_size_px: int, progress: Progress = ignore_progress
) -> tuple[SpeedPoint, ...]:
    """Measures in a process of its own, which ends when `progress` cancels.

    Raises:
        DeviceError: when the device cannot do it, or the process ends early.
        CancelledError: if `progress` cancels.
    """
    command = [sys.executable, "-m", "resnet_core.models.speed_child"]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    folder = Path(__file__).resolve().parents[2]
    with subprocess.Popen(  # noqa: S603 - our own interpreter and module
        command, cwd=folder, env=modest_environment(), text=True, **pipes
    ) as process:
        lines: queue.Queue[str | None] = queue.Queue()
        reader = threading.Thread(target=_read, args=(process, lines), daemon=True)
        reader.start()
        try:
            _ask(process, config, image_size_px)
            return _collect(process, lines, progress)
        finally:
            process.kill()
            reader.join()


def _ask(process: "subprocess.Popen[str]", config: ModelConfig, image_size_px: int) -> None:
    assert process.stdin is not None
    process.stdin.write(json.dumps({"config": config_to_json(config), "px": image_size_px}))
    process.stdin.close()


def _read(process: "subprocess.Popen[str]", lines: "queue.Queue[str | None]") -> None:
    assert process.stdout is not None
    for line in process.stdout:
        lines.put(line)
    lines.put(None)


def _collect(
    process: "subprocess.Popen[str]", lines: "queue.Queue[str | None]", progress: Progress
) -> tuple[SpeedPoint, ...]:
    points: list[SpeedPoint] = []
    message = "starting a process of its own"
    while True:
        progress(message, len(points) / len(BATCH_SIZES))
        try:
            line = lines.get(timeout=_POLL_S)
        except queue.Empty:
            continue
        if line is None:
            _raise_problem(process)
            return tuple(points)
        points.append(SpeedPoint(**json.loads(line)))
        message = f"batch {points[-1].batch_size} done"


def _raise_problem(process: "subprocess.Popen[str]") -> None:
    assert process.stderr is not None
    errors = process.stderr.read().strip().splitlines()
    if process.wait():
        raise DeviceError(errors[-1] if errors else "The measuring process was ended from outside.")


def _answer() -> int:
    question = json.loads(sys.stdin.read())
    try:
        config = config_from_json(ModelConfig, question["config"])
        for point in measure_speed(config, question["px"]):
            sys.stdout.write(json.dumps(asdict(point)) + "\n")
            sys.stdout.flush()
    except ResNetLabError as exc:
        sys.stderr.write(f"{exc}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(_answer())
