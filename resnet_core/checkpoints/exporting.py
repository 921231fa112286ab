"""Nets on their way out: safetensors with the card, a `torch.export` program, or ONNX.

Every program is run before it is handed over, and gives the net's own logits or is not written.
"""

import importlib
import importlib.util
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch

from resnet_core.atomic import storage_errors, write_atomically
from resnet_core.checkpoints import (
    WEIGHTS_SUFFIX,
    CheckpointCard,
    card_file,
    load_checkpoint,
    statistics_file,
    weights_file,
)
from resnet_core.checkpoints.statistics import MOST_STATISTICS_BYTES
from resnet_core.config import choices
from resnet_core.errors import CheckpointError, ConfigError
from resnet_core.models import ResNet
from resnet_core.own_files import read_own_file
from resnet_core.pictures.names import plain_name

ExportFormat = Literal["safetensors", "torch", "onnx"]
TOLERANCE = 1e-4
"""Largest difference of a logit, over the largest logit, that a program may show."""
SUFFIXES: dict[ExportFormat, str] = {
    "safetensors": WEIGHTS_SUFFIX,
    "torch": ".pt2",
    "onnx": ".onnx",
}

_CHECKED_PICTURES = 3
_ONNX_PACKAGES = ("onnx", "onnxscript", "onnxruntime")


def export_checkpoint(path: Path, folder: Path, kind: ExportFormat) -> Path:
    """Writes a checkpoint into a folder in another form, its card beside it.

    `torch` and `onnx` take normalised pictures (N, C, S, S) of any number N and give logits
    (N, K); the card says mean, std, S and the class names.

    Args:
        path: weights or card of a checkpoint.
        folder: an existing folder; files of the same name are replaced.
        kind: `safetensors`, `torch` (`torch.export`, read by `torch.export.load`) or `onnx`.

    Returns:
        The path of what was written.

    Raises:
        ConfigError: for another kind.
        CheckpointError: when the checkpoint cannot be used, the packages for ONNX are missing, or
            the program gives other logits than the net.
        StorageError: when the folder cannot be written.
    """
    if kind not in choices(ExportFormat):
        raise ConfigError(f"Export as {', '.join(choices(ExportFormat))}, not '{kind}'.")
    if not folder.is_dir():
        raise ConfigError(f"'{plain_name(str(folder))}' is no folder: make it, or name another.")
    model, card = load_checkpoint(path)
    target = folder / f"{card.name}{SUFFIXES[kind]}"
    card_path, card_target = card_file(path), card_file(folder / card.name)
    if kind == "safetensors" and target.resolve() == weights_file(path).resolve():
        raise ConfigError(f"'{plain_name(target.name)}' lies there already: name another folder.")
    with storage_errors(target):
        content = _writers[kind](model, card, path)
    write_atomically(target, content)
    if card_target.resolve() != card_path.resolve():
        write_atomically(card_target, card_path.read_bytes())
    statistics = statistics_file(path)
    if kind == "safetensors" and statistics.is_file():
        write_atomically(
            statistics_file(target), read_own_file(statistics, most_bytes=MOST_STATISTICS_BYTES)
        )
    return target


def missing_for_onnx() -> tuple[str, ...]:
    """Names the packages that ONNX needs and that are not installed."""
    return tuple(name for name in _ONNX_PACKAGES if importlib.util.find_spec(name) is None)


def _copy_weights(model: ResNet, card: CheckpointCard, path: Path) -> bytes:
    return weights_file(path).read_bytes()


def _torch_program(model: ResNet, card: CheckpointCard, path: Path) -> bytes:
    pictures = _pictures(card)
    program = _exported(model, pictures)
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "program.pt2"
        torch.export.save(program, file)
        loaded = torch.export.load(file).module()
        with torch.no_grad():
            _refuse_difference(model, pictures, loaded(pictures).numpy(), card)
        return file.read_bytes()


def _onnx_program(model: ResNet, card: CheckpointCard, path: Path) -> bytes:
    missing = missing_for_onnx()
    if missing:
        raise CheckpointError(
            f"ONNX needs {', '.join(missing)}: install them with `pip install "
            f"{' '.join(missing)}`, or export as torch or safetensors."
        )
    pictures = _pictures(card)
    runtime: Any = importlib.import_module("onnxruntime")
    with tempfile.TemporaryDirectory() as place, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecations inside the exporter's own packages
        file = Path(place) / "program.onnx"
        torch.onnx.export(
            _exported(model, pictures),
            input_names=["pictures"],
            output_names=["logits"],
            verbose=False,
        ).save(file)  # pyright: ignore[reportOptionalMemberAccess]
        session = runtime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
        (logits,) = session.run(["logits"], {"pictures": pictures.numpy()})
        _refuse_difference(model, pictures, logits, card)
        return file.read_bytes()


def _exported(model: ResNet, pictures: torch.Tensor) -> torch.export.ExportedProgram:
    shapes = {"x": {0: torch.export.Dim("num_pictures", min=1, max=2**20)}}
    return torch.export.export(model, (pictures,), dynamic_shapes=shapes)


def _pictures(card: CheckpointCard) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    side = card.image_size_px
    shape = (_CHECKED_PICTURES, card.model.in_channels, side, side)
    return torch.randn(*shape, generator=generator)


def _refuse_difference(
    model: ResNet, pictures: torch.Tensor, logits: np.ndarray, card: CheckpointCard
) -> None:
    with torch.no_grad():
        expected = model(pictures).numpy()
    difference = float(np.abs(logits - expected).max() / max(np.abs(expected).max(), 1e-12))
    if not difference <= TOLERANCE:
        raise CheckpointError(
            f"The exported program of {card.name} gives other logits than the net (by "
            f"{difference:.1e} of the largest): it was not written."
        )


_writers: dict[str, Callable[[ResNet, CheckpointCard, Path], bytes]] = {
    "safetensors": _copy_weights,
    "torch": _torch_program,
    "onnx": _onnx_program,
}
