"""Pictures for batch norm's statistics: photographs of a data set, or the lab's own paintings."""

import contextlib
from pathlib import Path

import numpy as np
import safetensors.numpy

from resnet_core import paths
from resnet_core.config import NEWEST_RESIZING
from resnet_core.data.cache import read_cache
from resnet_core.data.catalogue import find_source
from resnet_core.data.scenes import SIDE_PX, paint_scenes
from resnet_core.errors import ResNetLabError

_COUNT = 64
_SETS = ("cifar10", "cifar100")
_PAINTED_PX = (96, 64)
"""Side of the smallest cut of a painted picture, and of what is made of it."""


def write_photographs(file: Path) -> Path:
    """Writes pictures for the process that examines weights.

    Returns:
        The file: safetensors with `photographs`, uint8 (64, 3, H, W).
    """
    found = next((kept for kept in map(_of_set, _SETS) if kept is not None), None)
    pictures = _painted() if found is None else found
    content = np.ascontiguousarray(pictures.transpose(0, 3, 1, 2))
    safetensors.numpy.save_file({"photographs": content}, file)
    return file


def _of_set(name: str) -> np.ndarray | None:
    """Test pictures of a data set that is decoded already; nothing is downloaded or decoded."""
    if not any((paths.data_dir() / "decoded").glob(f"{name}-*")):
        return None
    with contextlib.suppress(ResNetLabError, OSError):
        stored = read_cache(find_source(name), None, NEWEST_RESIZING)
        if stored is not None:
            images = stored.images["test"]
            return np.asarray(images[:: max(1, len(images) // _COUNT)][:_COUNT])
    return None


def _painted() -> np.ndarray:
    """Cuts of the lab's own pictures, which have the edges and plains of photographs."""
    scenes, _ = paint_scenes()
    generator = np.random.default_rng(0)
    least, side = _PAINTED_PX
    cuts = []
    for index in range(_COUNT):
        size = int(generator.integers(least, SIDE_PX + 1))
        top, left = generator.integers(0, SIDE_PX - size + 1, 2)
        cut = scenes[index % len(scenes), top : top + size, left : left + size]
        chosen = np.linspace(0, size - 1, side).round().astype(int)
        cuts.append(cut[chosen][:, chosen, :: -1 if index % 2 else 1])
    return np.stack(cuts)
