"""A tiny net in a checkpoint, and pictures on disk."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from resnet_core.asking import ReadyNet, load_net
from resnet_core.checkpoints import CheckpointCard, save_checkpoint
from resnet_core.config import ModelConfig
from resnet_core.models import build_model
from tests.training.conftest import _one_thread  # noqa: F401 - fixture

CLASSES = ("ant", "bee", "cow")


def save_tiny(folder: Path, name: str = "tiny", **changes) -> Path:
    """Saves a net of a few hundred weights, and returns the path of the weights."""
    channels = changes.pop("in_channels", 3)
    model = ModelConfig(
        name="tiny",
        stage_blocks=(1, 1),
        stage_widths=(4, 8),
        stem_width=4,
        num_classes=len(CLASSES),
        in_channels=channels,
    )
    fields = {
        "name": name,
        "model": model,
        "class_names": CLASSES,
        "image_size_px": 16,
        "mean": (0.4, 0.5, 0.6)[:channels],
        "std": (0.2, 0.25, 0.3)[:channels],
        "data_title": "Noise",
        "data_sha256": "",
        "step": 0,
        "num_steps": 0,
    }
    net = build_model(model, seed=2)
    net.classifier.weight.data *= 4
    folder.mkdir(parents=True, exist_ok=True)
    return save_checkpoint(folder, CheckpointCard(**(fields | changes)), net.state_dict())


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    return save_tiny(tmp_path)


@pytest.fixture
def net(checkpoint: Path) -> ReadyNet:
    return load_net(checkpoint, device="cpu")


def picture_bytes(seed: int = 0, size: tuple[int, int] = (40, 30), kind: str = "PNG") -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind)
    return buffer.getvalue()
