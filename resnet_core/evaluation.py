"""Checking what a card claims: a checkpoint's score on a data set."""

from dataclasses import replace
from typing import cast, get_args

import torch

from resnet_core.checkpoints import CheckpointCard, find_checkpoint, load_checkpoint
from resnet_core.config import DataConfig
from resnet_core.data import DataCard, DataSet, load_dataset, to_device
from resnet_core.devices import memory_errors, resolve_device
from resnet_core.errors import CheckpointError, ConfigError
from resnet_core.models import ResNet
from resnet_core.training.evaluation import Score, mark_split
from resnet_core.training.lockstep import EVALUATION_BATCH, SplitName


def evaluate_checkpoint(
    name: str, data_config: DataConfig, split: str = "test", *, device: str = "auto"
) -> tuple[Score, CheckpointCard]:
    """Measures a checkpoint on a whole split, normalised and resized as its card says.

    Args:
        name: a shipped net's name, or a path.
        data_config: which pictures.
        split: `test`, `validation` or `train`.
        device: where to compute.

    Raises:
        CheckpointError: when the checkpoint cannot be used, or its classes are not the data's.
        DataError: when the data set cannot be used.
        ConfigError: for another split.
        DeviceError: when this machine does not have the device, or its memory is too small.
    """
    if split not in get_args(SplitName):
        raise ConfigError(f"Unknown split '{split}': use {', '.join(get_args(SplitName))}.")
    resolve_device(device)  # before the pictures are loaded in vain
    model, card = load_checkpoint(find_checkpoint(name))
    needed = cast(SplitName, split)
    data = load_dataset(replace(data_config, resizing=card.resizing), needs=(needed,))
    _refuse_misfit(card, data.card)
    score = evaluate_model(model, _normalised_as(card, data), needed, device=device)
    return score, card


def evaluate_model(
    model: ResNet, data: DataSet, split: SplitName, *, device: str = "auto"
) -> Score:
    """Measures a net on a whole split, normalised as the data set's card says."""
    target = resolve_device(device)
    with memory_errors(EVALUATION_BATCH):
        part = to_device(getattr(data, split), target)
        model = model.to(target, memory_format=torch.channels_last)  # pyright: ignore
    marked = mark_split(model, part, data.card, EVALUATION_BATCH)
    assert marked is not None  # nobody interrupts
    return marked.score


def _normalised_as(card: CheckpointCard, data: DataSet) -> DataSet:
    return replace(data, card=replace(data.card, mean=card.mean, std=card.std))


def _refuse_misfit(card: CheckpointCard, data: DataCard) -> None:
    if len(card.class_names) != len(data.class_names):
        raise CheckpointError(
            f"{card.name} knows {len(card.class_names)} classes, {data.title} has "
            f"{len(data.class_names)}."
        )
    if card.model.in_channels != data.channels:
        raise CheckpointError(
            f"{card.name} takes {card.model.in_channels} channels, {data.title} has "
            f"{data.channels}."
        )
