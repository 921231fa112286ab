"""Weights as numpy saves them: an npz file of arrays with the names of a state dict."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from resnet_core.errors import CheckpointError

_UNNAMED = re.compile(r"arr_\d+")
_MOST_SAID = 10_000
_MOST_NUMBERS = 8
"""Numbers of a mean, a size, an epoch; a tensor of a net is longer or belongs to a module."""


def read_arrays(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Reads an npz file without running code: tensors by name, and what it says of itself.

    Texts, and few numbers that no module holds, such as `mean`, are what it says of itself.

    Raises:
        CheckpointError: with what is wrong, as the rest of a sentence that begins with the file.
        OSError: if it is damaged; so do other errors of numpy and zipfile.
    """
    with np.load(path, allow_pickle=False) as held:
        arrays = {name: _read(held, name) for name in held.files}
    if arrays and all(_UNNAMED.fullmatch(name) for name in arrays):
        raise CheckpointError(
            "holds arrays without names (arr_0, ...), and only names tell what each is: save them "
            "by numpy.savez(file, **{name: tensor.numpy() for name, tensor in state.items()})."
        )
    tensors: dict[str, Tensor] = {}
    said: dict[str, Any] = {}
    for name, array in arrays.items():
        if array.dtype.kind in "US" or _says_something(name, array):
            said[name] = array[:_MOST_SAID].tolist() if array.ndim else array.item()
        else:
            tensors[name.replace("/", ".")] = _as_tensor(name, array)
    return tensors, said


def _read(held: Mapping[str, np.ndarray], name: str) -> np.ndarray:
    try:
        return held[name]
    except ValueError as exc:
        if "allow_pickle" not in str(exc):
            raise
        raise CheckpointError(
            f"has an array '{name}' of Python objects, which could run code when read; nothing was "
            "run. Save arrays of numbers alone."
        ) from exc


def _says_something(name: str, array: np.ndarray) -> bool:
    belongs_to_module = "." in name or "/" in name
    return not belongs_to_module and array.ndim < 2 and array.size <= _MOST_NUMBERS


def _as_tensor(name: str, array: np.ndarray) -> Tensor:
    try:
        native = array.astype(array.dtype.newbyteorder("="), copy=False)
        return torch.from_numpy(np.ascontiguousarray(native)).reshape(array.shape)
    except TypeError as exc:
        raise CheckpointError(
            f"has an array '{name}' of numbers that torch does not have ({array.dtype}), as numpy "
            "saves bfloat16: save them as float32."
        ) from exc
