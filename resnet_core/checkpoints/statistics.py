"""What is usual on a net's own pictures, in a file beside its card, and believed as little as it.

`NAME.statistics` holds tables by name in the form of safetensors; the card has its hash.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import safetensors
import safetensors.numpy

from resnet_core.checkpoints.naming import WEIGHTS_SUFFIX, weights_file
from resnet_core.errors import CheckpointError, DamagedFileError
from resnet_core.own_files import read_own_file
from resnet_core.pictures.names import plain_name

STATISTICS_SUFFIX = ".statistics"
MOST_STATISTICS_BYTES = 64 * 2**20

Tables = Mapping[str, np.ndarray]


def statistics_file(path: Path) -> Path:
    """Path of a checkpoint's statistics, given its weights, its card, or both without a suffix."""
    weights = weights_file(path)
    return weights.with_name(weights.name.removesuffix(WEIGHTS_SUFFIX) + STATISTICS_SUFFIX)


def pack_statistics(tables: Tables) -> tuple[bytes, str]:
    """Writes float32 tables as a file holds them; gives the content and its hash, hex."""
    content = safetensors.numpy.save(
        {name: np.ascontiguousarray(table, np.float32) for name, table in tables.items()}
    )
    return content, hashlib.sha256(content).hexdigest()


def read_statistics(file: Path, sha256: str) -> Tables:
    """Reads and checks a statistics file.

    Args:
        file: anything that lies under that name.
        sha256: hash that the card gives.

    Raises:
        CheckpointError: when it is missing, damaged, another than the card's, or holds what is no
            finite number.
    """
    shown = plain_name(file.name)
    try:
        content = read_own_file(file, most_bytes=MOST_STATISTICS_BYTES)
    except FileNotFoundError as exc:
        raise CheckpointError(f"{shown} is gone: calibrate the net again.") from exc
    except DamagedFileError as exc:
        raise CheckpointError(f"{shown} cannot be used: calibrate the net again.") from exc
    if hashlib.sha256(content).hexdigest() != sha256:
        raise CheckpointError(
            f"{shown} is not the file that its card describes: calibrate the net again."
        )
    try:
        tables = safetensors.numpy.load(content)
    except (safetensors.SafetensorError, ValueError, KeyError) as exc:
        raise CheckpointError(f"{shown} is damaged: calibrate the net again.") from exc
    for name, table in tables.items():
        if table.dtype != np.float32 or not np.isfinite(table).all():
            raise CheckpointError(
                f"{shown} holds values at '{plain_name(name)}' that are not finite numbers: "
                "calibrate the net again."
            )
    return tables
