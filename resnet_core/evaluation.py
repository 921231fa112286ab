"""Checking what a card claims: a checkpoint's score on a data set."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast, get_args

import torch

from resnet_core.checkpoints import (
    CheckpointCard,
    ClassMatching,
    find_checkpoint,
    load_checkpoint,
    match_classes,
    relabelled,
)
from resnet_core.config import DataConfig
from resnet_core.data import DataCard, DataSet, load_dataset, to_device
from resnet_core.devices import memory_errors, picture_errors, resolve_device
from resnet_core.errors import CheckpointError, ConfigError
from resnet_core.models import ResNet
from resnet_core.training.evaluation import Score, mark_split
from resnet_core.training.lockstep import EVALUATION_BATCH, SplitName


@dataclass(frozen=True, kw_only=True)
class NamedEvaluation:
    """How a checkpoint does on a split, and what it was asked."""

    score: Score
    card: CheckpointCard
    matching: ClassMatching
    """What the data's classes were taken for."""


def evaluate_checkpoint(
    name: str, data_config: DataConfig, split: str = "test", *, device: str = "auto"
) -> tuple[Score, CheckpointCard]:
    """Measures as `evaluate_by_name` does, with nothing said of the classes."""
    found = evaluate_by_name(name, data_config, split, device=device)
    return found.score, found.card


def evaluate_by_name(
    name: str,
    data_config: DataConfig,
    split: str = "test",
    *,
    device: str = "auto",
    class_map: Mapping[str, str] | None = None,
) -> NamedEvaluation:
    """Measures a checkpoint on a whole split, normalised and resized as its card says.

    Args:
        name: a shipped net's name, or a path.
        data_config: which pictures.
        split: `test`, `validation` or `train`.
        device: where to compute.
        class_map: classes of the data to the net's that they are, where their names differ.

    Raises:
        CheckpointError: when the checkpoint cannot be used, or does not know the data's classes.
        DataError: when the data set cannot be used.
        ConfigError: for another split, or a class of the map that is not there.
        DeviceError: when this machine does not have the device, or its memory is too small.
    """
    if split not in get_args(SplitName):
        raise ConfigError(f"Unknown split '{split}': use {', '.join(get_args(SplitName))}.")
    resolve_device(device)  # before the pictures are loaded in vain
    model, card = load_checkpoint(find_checkpoint(name))
    needed = cast(SplitName, split)
    data = load_dataset(replace(data_config, resizing=card.resizing), needs=(needed,))
    matching = match_classes(card, data.card, class_map)
    _refuse_other_channels(card, data.card)
    data = _normalised_as(card, relabelled(data, matching))
    score = evaluate_model(model, data, needed, device=device)
    return NamedEvaluation(score=score, card=card, matching=matching)


def evaluate_model(
    model: ResNet, data: DataSet, split: SplitName, *, device: str = "auto"
) -> Score:
    """Measures a net on a whole split, normalised as the data set's card says."""
    target = resolve_device(device)
    pictures = getattr(data, split)
    with picture_errors(len(pictures), pictures.images.nbytes, target):
        part = to_device(pictures, target)
    with memory_errors(1):
        model = model.to(target, memory_format=torch.channels_last)  # pyright: ignore
    marked = mark_split(model, part, data.card, EVALUATION_BATCH)
    assert marked is not None  # nobody interrupts
    return marked.score


def _normalised_as(card: CheckpointCard, data: DataSet) -> DataSet:
    return replace(data, card=replace(data.card, mean=card.mean, std=card.std))


def _refuse_other_channels(card: CheckpointCard, data: DataCard) -> None:
    if card.model.in_channels != data.channels:
        raise CheckpointError(
            f"{card.name} takes {card.model.in_channels} channels, {data.title} has "
            f"{data.channels}."
        )
