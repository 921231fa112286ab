"""Arms that begin from a trained net: its weights, its normalisation, and pictures that will do."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from resnet_core.checkpoints import find_checkpoint, load_checkpoint
from resnet_core.config import ExperimentConfig, StartingNet
from resnet_core.data import DataSet, Split
from resnet_core.errors import CheckpointError, DataError
from resnet_core.models import ResNet, apply_interventions, freeze_blocks
from resnet_core.pictures.channels import with_channels
from resnet_core.pictures.names import plain_name

_FEWEST = 2
"""Pictures of a class: one to learn from, and one to be held out."""
_CLASSIFIER = "classifier."
_NAMED = 5


@torch.no_grad()
def begin_from(model: ResNet, start: StartingNet) -> None:
    """Gives a fresh net the weights of a trained one, but for the classifier's, and its state.

    Raises:
        CheckpointError: when the trained net is gone, was changed, or is another net.
    """
    shown = plain_name(Path(start.checkpoint).name)
    trained, card = load_checkpoint(find_checkpoint(start.checkpoint))
    if card.weights_sha256 != start.weights_sha256:
        raise CheckpointError(
            f"{shown} has other weights than when this run was asked for: bring the former back, "
            "or start a new run."
        )
    body = {k: v for k, v in trained.state_dict().items() if not k.startswith(_CLASSIFIER)}
    own = {k: v for k, v in model.state_dict().items() if not k.startswith(_CLASSIFIER)}
    if {k: v.shape for k, v in body.items()} != {k: v.shape for k, v in own.items()}:
        raise CheckpointError(
            f"{shown} is {card.model.name}, another net than this run's {model.config.name}: begin "
            "from a net of its kind."
        )
    for key, tensor in own.items():
        tensor.copy_(body[key])
    apply_interventions(model, start.interventions)
    freeze_blocks(model)


def seen_by_start(config: ExperimentConfig, data: DataSet) -> DataSet:
    """Gives pictures the channels and the normalisation of the net that arms begin from.

    A run whose nets all begin from first weights gets them as they are.

    Raises:
        DataError: when a class has too few pictures to be learned and held out.
    """
    start = config.start
    if start is None:
        return data
    refuse_unteachable(data)
    channels = len(start.mean)
    card = replace(data.card, mean=start.mean, std=start.std, channels=channels)
    parts = {
        part: Split(with_channels(split.images, channels), split.labels)
        for part, split in _parts(data)
    }
    return DataSet(card=card, **parts)


def refuse_unteachable(data: DataSet) -> None:
    """Refuses pictures of which a class cannot be both learned and held out.

    Raises:
        DataError: naming the classes and how many pictures each has.
    """
    count = data.card.num_classes
    counts = {part: np.bincount(split.labels, minlength=count) for part, split in _parts(data)}
    total = counts["train"] + counts["validation"] + counts["test"]
    few = np.flatnonzero((total < _FEWEST) | (counts["train"] == 0))
    if not len(few):
        return
    names = data.card.class_names
    said = [
        f"'{plain_name(names[k])}' ({total[k]:,}, {counts['train'][k]:,} of them to learn from)"
        for k in few[:_NAMED]
    ]
    more = f" and {len(few) - _NAMED:,} more" if len(few) > _NAMED else ""
    raise DataError(
        f"{data.card.title} has too few pictures of {', '.join(said)}{more}: a class needs at "
        f"least {_FEWEST}, one to learn from and one held out: add pictures, or leave the class "
        "away."
    )


def _parts(data: DataSet) -> tuple[tuple[str, Split], ...]:
    return ("train", data.train), ("validation", data.validation), ("test", data.test)
