"""Weights that never travel without their card.

A checkpoint is two files beside each other: `<name>.safetensors` with the tensors, and
`<name>.json`, the card, with everything needed to build the net, feed it, and judge it.
"""

import contextlib
import hashlib
import json
import platform
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, ClassVar

import pydantic
import safetensors
import safetensors.torch
import torch

from resnet_core import paths
from resnet_core.atomic import write_atomically
from resnet_core.config import ModelConfig, TrainingConfig
from resnet_core.errors import CheckpointError, ConfigError
from resnet_core.models import ResNet, build_model

WEIGHTS_SUFFIX = ".safetensors"
CARD_SUFFIX = ".json"


@dataclass(frozen=True, kw_only=True)
class CheckpointCard:
    """What a reader must know of a checkpoint."""

    __pydantic_config__: ClassVar = pydantic.ConfigDict(extra="forbid")

    name: str
    model: ModelConfig
    class_names: tuple[str, ...]
    image_size_px: int
    """Side of the square that the net takes, px."""
    resize_px: int | None = None
    """Side to which a picture is brought before a centred square of `image_size_px` is cut from
    it; `None` cuts nothing."""
    mean: tuple[float, ...]
    """Mean of each channel on the 0..1 scale, subtracted from a picture."""
    std: tuple[float, ...]
    """Standard deviation of each channel on the 0..1 scale, by which a picture is divided."""
    data_title: str
    """The data set as used, such as `CIFAR-10 (JPEG copy)`."""
    data_sha256: str
    num_train: int | None = None
    """Training pictures, without those held out for validation."""
    step: int
    """Training steps behind these weights."""
    num_steps: int
    """Steps of the whole run."""
    training: TrainingConfig | None = None
    """The recipe; `None` for weights that somebody else trained."""
    seed: int | None = None
    hardware: str = ""
    date: str = ""
    """Day of the training, ISO 8601."""
    training_time_s: float | None = None
    """Seconds of the training steps of the run, which may have trained several nets."""
    budget: str = ""
    """What it had to learn with, in a sentence."""
    metrics: dict[str, float] = field(default_factory=dict)
    """Measured values by name, such as `test_accuracy`; shares between 0 and 1."""
    layer_responses: dict[str, float] = field(default_factory=dict)
    """Standard deviation of each 3x3 layer's response on training pictures, in depth order (He et
    al. 2015, fig. 7)."""
    source: str = ""
    """The run, or the file and its author, that these weights come from."""
    libraries: dict[str, str] = field(default_factory=dict)
    weights_sha256: str = ""
    """Hash of the weights file; filled in by `save_checkpoint`."""


def library_versions() -> dict[str, str]:
    """Versions of what computes: Python, torch, torchvision."""
    names = ("torch", "torchvision")
    return {"python": platform.python_version()} | {name: version(name) for name in names}


def today() -> str:
    """Today's date (UTC), ISO 8601."""
    return datetime.now(UTC).date().isoformat()


def save_checkpoint(
    folder: Path, card: CheckpointCard, state: dict[str, torch.Tensor], *, half: bool = False
) -> Path:
    """Writes weights and card into `folder` and returns the weights' path.

    Args:
        folder: an existing folder.
        card: its `name` becomes the file name.
        state: the net's state dict.
        half: store floating-point tensors in half precision.

    Raises:
        StorageError: when the disk is full or read-only.
        CheckpointError: when a weight is not finite.
    """
    tensors = {key: _portable(key, tensor, half) for key, tensor in state.items()}
    content = safetensors.torch.save(tensors)
    card = replace(card, weights_sha256=hashlib.sha256(content).hexdigest())
    weights = folder / f"{card.name}{WEIGHTS_SUFFIX}"
    write_atomically(weights, content)
    write_atomically(weights.with_suffix(CARD_SUFFIX), _card_json(card))
    return weights


def read_card(path: Path) -> CheckpointCard:
    """Reads the card of a checkpoint, given the path of its weights or of the card itself.

    Raises:
        CheckpointError: when the card is missing or damaged.
    """
    card_path = path.with_suffix(CARD_SUFFIX)
    try:
        return pydantic.TypeAdapter(CheckpointCard).validate_json(card_path.read_bytes())
    except OSError as exc:
        raise CheckpointError(f"{path.name} has no card {card_path.name} beside it.") from exc
    except pydantic.ValidationError as exc:
        where = ".".join(str(part) for part in exc.errors()[0]["loc"])
        raise CheckpointError(f"The card {card_path.name} is damaged at '{where}'.") from exc
    except ConfigError as exc:  # a net that cannot be, or whose block is a plugin's
        raise CheckpointError(f"The card {card_path.name} cannot be used. {exc}") from exc


def card_sha256(card: CheckpointCard) -> str:
    """Hash of a card, the same as of the file that `save_checkpoint` writes for it."""
    return hashlib.sha256(_card_json(card)).hexdigest()


def load_checkpoint(path: Path) -> tuple[ResNet, CheckpointCard]:
    """Builds the net of a checkpoint, on the CPU, in evaluation mode.

    Raises:
        CheckpointError: when a file is missing, damaged, changed since its card was written, or
            does not fit the net that the card describes.
    """
    weights = path.with_suffix(WEIGHTS_SUFFIX)
    card = read_card(weights)
    state = _read_weights(weights, card)
    model = build_model(card.model)
    expected = model.state_dict()
    problem = _first_mismatch(expected, state)
    if problem:
        raise CheckpointError(f"{weights.name} does not fit {card.model.name}: {problem}.")
    model.load_state_dict({key: state[key].to(expected[key].dtype) for key in expected})
    return model.eval(), card


def list_checkpoints(folder: Path | None = None) -> tuple[CheckpointCard, ...]:
    """Lists the cards in a folder, by default the shipped nets; damaged ones are left out."""
    return _read_cards((folder or paths.checkpoints_dir()).glob(f"*{WEIGHTS_SUFFIX}"))


def list_cards(folder: Path) -> tuple[CheckpointCard, ...]:
    """Lists the cards in a folder, with or without weights beside them."""
    return _read_cards(folder.glob(f"*{CARD_SUFFIX}"))


def find_checkpoint(name: str) -> Path:
    """Finds a checkpoint by a path, or by the name of a shipped or an imported net.

    Raises:
        CheckpointError: when there is none; the message lists the names.
    """
    for candidate in (Path(name), paths.checkpoints_dir() / name, paths.imported_dir() / name):
        if not candidate.name:
            continue
        weights = candidate.with_name(candidate.name.removesuffix(WEIGHTS_SUFFIX) + WEIGHTS_SUFFIX)
        if weights.is_file():
            return weights
    shipped, imported = list_checkpoints(), list_checkpoints(paths.imported_dir())
    known = ", ".join(card.name for card in shipped) or "none yet"
    own = "; imported: " + ", ".join(card.name for card in imported) if imported else ""
    raise CheckpointError(f"There is no checkpoint '{name}'. Shipped nets: {known}{own}.")


def update_metrics(path: Path, metrics: dict[str, float]) -> CheckpointCard:
    """Adds measured values to the card of a checkpoint, and replaces those of the same name.

    Raises:
        CheckpointError: when the card is missing or damaged.
        StorageError: when the disk is full or read-only.
    """
    card = read_card(path)
    card = replace(card, metrics=card.metrics | metrics)
    write_atomically(path.with_suffix(CARD_SUFFIX), _card_json(card))
    return card


def _read_cards(found: Iterable[Path]) -> tuple[CheckpointCard, ...]:
    cards = []
    for path in sorted(found):
        with contextlib.suppress(CheckpointError):
            cards.append(read_card(path))
    return tuple(cards)


def _portable(key: str, tensor: torch.Tensor, half: bool) -> torch.Tensor:
    if not torch.isfinite(tensor).all():
        raise CheckpointError(f"The weights at '{key}' are not finite; they are not saved.")
    tensor = tensor.detach().cpu().contiguous(memory_format=torch.contiguous_format)
    return tensor.half() if half and tensor.is_floating_point() else tensor


def _card_json(card: CheckpointCard) -> bytes:
    content: Any = pydantic.TypeAdapter(CheckpointCard).dump_python(card, mode="json")
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()


def _read_weights(weights: Path, card: CheckpointCard) -> dict[str, torch.Tensor]:
    try:
        content = weights.read_bytes()
    except OSError as exc:
        raise CheckpointError(f"{weights.name} is gone.") from exc
    if hashlib.sha256(content).hexdigest() != card.weights_sha256:
        raise CheckpointError(f"{weights.name} is not the file that its card describes.")
    try:
        return safetensors.torch.load(content)
    except safetensors.SafetensorError as exc:
        raise CheckpointError(f"{weights.name} is damaged: {exc}.") from exc


def _first_mismatch(
    expected: dict[str, torch.Tensor], state: dict[str, torch.Tensor]
) -> str | None:
    for key, tensor in expected.items():
        if key not in state:
            return f"'{key}' is missing"
        if state[key].shape != tensor.shape:
            return f"'{key}' is {tuple(state[key].shape)}, expected {tuple(tensor.shape)}"
    extra = sorted(set(state) - set(expected))
    return f"'{extra[0]}' is not part of the net" if extra else None
