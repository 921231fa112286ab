"""Arrays of noise, and the idx files that hold them."""

import gzip
import struct
from pathlib import Path

import numpy as np


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(len(shape)).integers(0, 256, shape, np.uint8)


def write_idx(
    folder: Path, name: str, images: np.ndarray, labels: list[int], *, packed=False
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for kind, values in (("images-idx3", images), ("labels-idx1", np.array(labels, np.uint8))):
        header = struct.pack(f">{1 + values.ndim}I", 0x800 + values.ndim, *values.shape)
        content = header + values.tobytes()
        path = folder / f"{name}-{kind}-ubyte{'.gz' if packed else ''}"
        path.write_bytes(gzip.compress(content) if packed else content)
