"""Weights saved and loaded, never without their card."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path

import safetensors
import safetensors.torch
import torch

from resnet_core.atomic import write_atomically
from resnet_core.checkpoints.card import CheckpointCard, card_to_json
from resnet_core.checkpoints.checks import check_card
from resnet_core.checkpoints.naming import CARD_SUFFIX, WEIGHTS_SUFFIX, card_file, weights_file
from resnet_core.checkpoints.reading import read_card
from resnet_core.errors import CheckpointError
from resnet_core.models import ResNet, apply_interventions, build_model
from resnet_core.models.nets import build_on_meta

_MAX_HEADER_BYTES = 8 * 2**20
_WIDEST_NUMBER_BYTES = 8


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
        CheckpointError: when a weight is not finite, or too large for half precision, or the card
            is one that nobody could read.
    """
    check_card(card, f"{card.name}{CARD_SUFFIX}")
    tensors = {key: _portable(key, tensor, half) for key, tensor in state.items()}
    content = safetensors.torch.save(tensors, _described(card))
    card = replace(card, weights_sha256=hashlib.sha256(content).hexdigest())
    weights = folder / f"{card.name}{WEIGHTS_SUFFIX}"
    write_atomically(weights, content)
    write_atomically(card_file(weights), card_to_json(card))
    return weights


def load_checkpoint(path: Path) -> tuple[ResNet, CheckpointCard]:
    """Builds the net of a checkpoint, on the CPU, in evaluation mode.

    What its card says was done to it is done again: a net with cut skips answers with cut skips.

    Raises:
        CheckpointError: when a file is missing, damaged, changed since its card was written, or
            does not fit the net that the card describes.
    """
    card = read_card(path)
    weights = weights_file(path)
    expected = build_on_meta(card.model).state_dict()  # nothing is built that nothing fills
    state = _read_weights(weights, card, expected)
    problem = first_mismatch(expected, state)
    if problem:
        raise CheckpointError(f"{weights.name} does not fit {card.model.name}: {problem}.")
    model = build_model(card.model)
    model.load_state_dict({key: state[key].to(expected[key].dtype) for key in expected})
    apply_interventions(model, card.interventions)
    return model.eval(), card


def update_metrics(path: Path, metrics: dict[str, float]) -> CheckpointCard:
    """Adds measured values to the card of a checkpoint, and replaces those of the same name.

    Raises:
        CheckpointError: when the card is missing or damaged, or a value is one that cannot be.
        StorageError: when the disk is full or read-only.
    """
    card = read_card(path)
    card = replace(card, metrics=card.metrics | metrics)
    check_card(card, card_file(path).name)
    write_atomically(card_file(path), card_to_json(card))
    return card


def _described(card: CheckpointCard) -> dict[str, str] | None:
    """What the weights say of themselves, so that nobody who gets them alone takes another net.

    Nothing for a net that is as it was built, whose file is then what it always was.
    """
    if not card.interventions:
        return None
    return {"interventions": json.dumps([asdict(each) for each in card.interventions])}


def _portable(key: str, tensor: torch.Tensor, half: bool) -> torch.Tensor:
    if not torch.isfinite(tensor).all():
        raise CheckpointError(f"The weights at '{key}' are not finite; they are not saved.")
    tensor = tensor.detach().cpu().contiguous(memory_format=torch.contiguous_format)
    if not (half and tensor.is_floating_point()):
        return tensor
    halved = tensor.half()
    if not torch.isfinite(halved).all():
        raise CheckpointError(
            f"The weights at '{key}' are too large for half precision; they are not saved."
        )
    return halved


def _read_weights(
    weights: Path, card: CheckpointCard, expected: dict[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    most = sum(tensor.numel() for tensor in expected.values()) * _WIDEST_NUMBER_BYTES
    try:
        if not weights.is_file():  # a pipe would never end
            raise FileNotFoundError
        fits = weights.stat().st_size <= most + _MAX_HEADER_BYTES
        content = weights.read_bytes() if fits else b""
    except OSError as exc:
        raise CheckpointError(f"{weights.name} is gone.") from exc
    if hashlib.sha256(content).hexdigest() != card.weights_sha256:
        raise CheckpointError(f"{weights.name} is not the file that its card describes.")
    try:
        return safetensors.torch.load(content)
    except (safetensors.SafetensorError, ValueError, KeyError) as exc:
        raise CheckpointError(f"{weights.name} is damaged: copy or download it again.") from exc


def first_mismatch(
    expected: Mapping[str, torch.Tensor], state: Mapping[str, torch.Tensor]
) -> str | None:
    """Says where weights do not fit a net first; `None` where they fit."""
    for key, tensor in expected.items():
        if key not in state:
            return f"'{key}' is missing"
        if state[key].shape != tensor.shape:
            return f"'{key}' is {tuple(state[key].shape)}, expected {tuple(tensor.shape)}"
        if tensor.is_floating_point() and not state[key].is_floating_point():
            kind = str(state[key].dtype).removeprefix("torch.")
            return f"'{key}' holds numbers of type {kind}, expected floating-point ones"
        if not torch.isfinite(state[key]).all():
            return f"'{key}' holds values that are not finite numbers"
    extra = sorted(set(state) - set(expected))
    return f"'{extra[0]}' is not part of the net" if extra else None
