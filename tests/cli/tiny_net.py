"""A tiny net and pictures of its classes, as commands are told of them."""

from pathlib import Path

import numpy as np
from PIL import Image

from tests.inference.conftest import CLASSES, save_tiny


def tiny_net_arguments(home: Path, *, pictures_each: int) -> tuple[str, str, str]:
    """Saves both, noise as pictures, and returns the arguments that name them."""
    random = np.random.default_rng(0)
    for name in CLASSES:
        folder = home / "pictures" / name
        folder.mkdir(parents=True)
        for number in range(pictures_each):
            pixels = random.integers(0, 256, (8, 8, 3), np.uint8)
            Image.fromarray(pixels).save(folder / f"{number}.png")
    return str(save_tiny(home / "nets")), "--data", str(home / "pictures")
