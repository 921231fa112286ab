"""Tiny experiments: nets of a few hundred weights on pictures of 8 x 8."""

import dataclasses
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from resnet_core.config import ArmConfig, DataConfig, ExperimentConfig, ModelConfig, TrainingConfig
from resnet_core.data import DataCard, DataSet, Split
from resnet_core.runs import launcher
from resnet_core.runs import status as runs
from resnet_core.runs.control import request

CLASSES = ("a", "b", "c")


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RESNET_LAB_HOME", str(tmp_path))
    return tmp_path


def tiny_model(**changes) -> ModelConfig:
    tiny = ModelConfig(name="tiny", stage_blocks=(1, 1), stage_widths=(4, 8), stem_width=4)
    return dataclasses.replace(tiny, **changes)


def tiny_experiment(**training) -> ExperimentConfig:
    recipe: dict[str, Any] = {
        "batch_size": 8,
        "steps": 12,
        "statistics_every": 5,
        "evaluate_every": 6,
    }
    return ExperimentConfig(
        name="tiny",
        arms=(
            ArmConfig(label="residual", model=tiny_model()),
            ArmConfig(label="plain", model=tiny_model(skip_strength=0.0)),
        ),
        data=DataConfig(source="tiny", crop_padding_px=1),
        training=TrainingConfig(**(recipe | training)),
        seed=3,
    )


def tiny_data() -> DataSet:
    generator = np.random.default_rng(0)

    def split(count: int) -> Split:
        images = generator.integers(0, 256, (count, 8, 8, 3), dtype=np.uint8)
        return Split(images, generator.integers(0, len(CLASSES), count))

    card = DataCard(
        name="tiny",
        title="Tiny noise",
        class_names=CLASSES,
        image_size_px=8,
        channels=3,
        mean=(0.5, 0.5, 0.5),
        std=(0.29, 0.29, 0.29),
        num_train=40,
        num_validation=16,
        num_test=16,
        sha256="0" * 64,
        provenance="Drawn from a uniform law for the tests.",
    )
    return DataSet(card, split(40), split(16), split(16))


@pytest.fixture
def picture_folder(tmp_path: Path) -> Path:
    """Three classes of 8 x 8 pictures in class folders, as a person would bring them."""
    from PIL import Image

    data = tiny_data()
    for index, (pixels, label) in enumerate(zip(data.train.images, data.train.labels, strict=True)):
        folder = tmp_path / "pictures" / CLASSES[label]
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(folder / f"{index}.png")
    return tmp_path / "pictures"


def wait_for(run_id: str, condition: Callable[[runs.RunStatus], bool], timeout_s: float = 240):
    deadline = time.monotonic() + timeout_s
    while not condition(status := runs.read_status(run_id)):
        if time.monotonic() > deadline:
            break
        time.sleep(0.05)
    else:
        return status
    log = (runs.run_dir(run_id) / "log").read_text()
    raise AssertionError(f"timed out in phase {status.phase}, step {status.step}: {log}")


def take_steps(run_id: str, count: int) -> runs.RunStatus:
    """Lets a run that pauses take so many steps and no more, however quick the machine is."""
    goal = wait_for(run_id, lambda status: status.phase == "paused").step + count
    for _ in range(count):
        request(runs.run_dir(run_id), "step")
    return wait_for(run_id, lambda status: status.phase == "paused" and status.step == goal)


@pytest.fixture
def start(home: Path, picture_folder: Path) -> Iterator[Callable[[ExperimentConfig], str]]:
    """Starts real workers on the picture folder and ends whatever is left of them."""
    started = []

    def start_one(config: ExperimentConfig) -> str:
        data = DataConfig(source=str(picture_folder), crop_padding_px=1, validation_share=0.2)
        config = dataclasses.replace(config, data=data, device="cpu", num_threads=1)
        started.append(launcher.start_experiment(config))
        return started[-1]

    yield start_one
    for run_id in started:
        if (home / "runs" / run_id).exists():
            launcher.kill_run(run_id)
