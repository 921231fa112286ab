"""The smallest experiment that the real worker trains: two nets of 4 channels, 36 pictures."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from resnet_core.config import ArmConfig, DataConfig, ExperimentConfig, TrainingConfig
from resnet_core.models import model_config

CLASSES = ("dark", "grey", "light")
_NUM_PICTURES = 12


def write_pictures(folder: Path) -> Path:
    """Writes a folder of class folders with 12 noisy 16x16 pictures each."""
    generator = np.random.default_rng(0)
    for number, name in enumerate(CLASSES):
        (folder / name).mkdir(parents=True)
        for index in range(_NUM_PICTURES):
            pixels = generator.integers(60 * number, 60 * number + 100, (16, 16, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{index}.png")
    return folder


def tiny_experiment(pictures: Path, name: str = "Tiny", *, steps: int = 12) -> ExperimentConfig:
    nets = [
        replace(model_config(net), stage_widths=(4, 4, 4), stem_width=4)
        for net in ("resnet8", "plain8")
    ]
    return ExperimentConfig(
        name=name,
        arms=(
            ArmConfig(label="Residual", model=nets[0]),
            ArmConfig(label="Plain", model=nets[1]),
        ),
        data=DataConfig(source=str(pictures), validation_share=0.25),
        training=TrainingConfig(batch_size=8, steps=steps, evaluate_every=6),
        device="cpu",
        num_threads=1,
    )
