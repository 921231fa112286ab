"""A weights file read without running anything, and what its reader's errors mean."""

import json
import pickle
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch

from resnet_core.errors import CheckpointError
from resnet_core.importing import inert
from resnet_core.importing.numpy_arrays import read_arrays
from resnet_core.importing.states import key_name

NO_MEMORY = "needs far more memory than its size: it is damaged or built to do harm."

_NO_PART = (
    "holds something else than tensors by name: load all parts with torch, and save them as one "
    "file."
)


def reading_problem(error: Exception) -> str:
    """Says what torch or safetensors meant, without their words."""
    text = str(error)
    if "Unsupported global" in text or "Unsupported class" in text or "GLOBAL" in text:
        return inert.RUNS_CODE
    if "memory" in text.lower():
        return NO_MEMORY
    return "is damaged or cut short, or is no weights file: copy or download it again."


def read_parts(files: Sequence[tuple[Path, str]]) -> tuple[Any, Any]:
    """The content of a file, or of several that one net is split over, as of one.

    Args:
        files: each with its container.

    Raises:
        CheckpointError: when a part holds something else than tensors by name.
    """
    contents = [read_content(path, container) for path, container in files]
    if len(contents) == 1:
        return contents[0]
    tensors: dict[str, Any] = {}
    for held, _ in contents:
        if not isinstance(held, Mapping):
            raise CheckpointError(f"has a part that {_NO_PART}")
        for key, tensor in held.items():
            name = key_name(key)
            if name is None or inert.plain_tensor(tensor) is None:
                raise CheckpointError(f"has a part that {_NO_PART}")
            if name in tensors:
                raise CheckpointError(
                    f"has parts that both hold '{name}': they do not belong together; download "
                    "them again."
                )
            tensors[name] = tensor
    return tensors, {}


def read_content(path: Path, container: str) -> tuple[Any, Any]:
    """The file's content, and that part of it in which it may describe itself."""
    if container == "safetensors":
        with safetensors.safe_open(path, "pt") as file:
            said = {name: _decoded(text) for name, text in (file.metadata() or {}).items()}
        return safetensors.torch.load_file(path), said
    if container == "numpy":
        return read_arrays(path)
    try:
        content = torch.load(path, map_location="cpu", weights_only=True, mmap=False)
    except (pickle.UnpicklingError, TypeError, AttributeError):
        if tarfile.is_tarfile(path):
            raise
        options: dict[str, Any] = {
            "pickle_module": inert.FOR_TORCH,
            "weights_only": False,
            "mmap": False,
        }
        try:
            content = torch.load(path, map_location="cpu", **options)
        except RuntimeError:  # no torch file, but perhaps a pickle of a state dict
            if container != "old torch":
                raise
            with path.open("rb") as file:
                content = inert.read_pickle(file)
    return content, content


def _decoded(text: str) -> Any:
    """A header's metadata are texts; lists and dicts stand in them as JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
