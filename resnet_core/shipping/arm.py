"""From a finished run to a checkpoint that the project ships: measured, halved, named."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch

from resnet_core import paths
from resnet_core.asking import load_net
from resnet_core.atomic import storage_errors
from resnet_core.checkpoints import (
    WEIGHTS_SUFFIX,
    CheckpointCard,
    check_new_name,
    list_checkpoints,
    load_checkpoint,
    save_checkpoint,
)
from resnet_core.data import DataSet, evaluation_batches, load_dataset, to_device
from resnet_core.errors import CheckpointError
from resnet_core.evaluation import evaluate_model
from resnet_core.inference import keep_calibration, measure_calibration
from resnet_core.models import ResNet
from resnet_core.probes.responses import measure_layer_responses
from resnet_core.runs.status import read_config, run_dir
from resnet_core.shares import percent
from resnet_core.training.lockstep import SplitName

# Half precision is kept when it moves no accuracy by more than this share.
_HALF_TOLERANCE = 0.001
_RESPONSE_PICTURES = 1000
_FEWEST_HELD_OUT = 2
"""Held-out pictures without which nothing says what is usual."""
_PAPER_PICTURES_SEEN = 64_000 * 128  # He et al. 2015, sec. 4.2
_HELD_OUT: tuple[SplitName, ...] = ("validation", "test")


def ship_arm(
    run_id: str,
    arm: int,
    name: str,
    *,
    data_title: str | None = None,
    folder: Path | None = None,
) -> Path:
    """Writes the final weights of one arm, from the run's first seed, with what was measured.

    The weights are stored in half precision if neither the validation nor the test accuracy moves
    by more than 0.1 point; all figures on the card are those of the stored weights.  How far the
    net can be believed, and what it notices of strange pictures, is measured with them.

    Args:
        run_id: a finished run.
        arm: index of the arm.
        name: file name of the shipped net.
        data_title: what the card calls the data set, if its own title does not say enough.
        folder: where it goes, made if it is not there; `checkpoints/` if none is given.

    Raises:
        ConfigError: when no checkpoint may be called so.
        CheckpointError: when the run has no final weights of that arm.
        StorageError: without a folder in an installed lab, or when it cannot be written.
    """
    check_new_name(name)
    if folder is None:
        paths.require_checkout("name a folder of your own with --into")
    config = read_config(run_id)
    final = _final_weights(run_dir(run_id) / "checkpoints", arm, config.seed)
    place = folder or paths.checkpoints_dir()
    with storage_errors(place):  # before anything is measured for minutes
        place.mkdir(parents=True, exist_ok=True)
    model, card = load_checkpoint(final)
    data = load_dataset(config.data)
    full = measure_splits(model, data, _HELD_OUT)
    halved = {key: _through_half(value) for key, value in model.state_dict().items()}
    model.load_state_dict(halved)
    metrics = measure_splits(model, data, _HELD_OUT)
    use_half = all(
        abs(metrics[key] - full[key]) <= _HALF_TOLERANCE for key in full if "accuracy" in key
    )
    if not use_half:
        model, metrics = load_checkpoint(final)[0], full
    metrics |= measure_splits(model, data, ("train",))
    card = replace(
        card,
        name=name,
        metrics=metrics,
        layer_responses=_responses(model, data),
        data_title=data_title or card.data_title,
    )
    card = replace(card, budget=describe_budget(card))
    weights = save_checkpoint(place, card, model.state_dict(), half=use_half)
    if len(data.validation) >= _FEWEST_HELD_OUT:
        calibration = measure_calibration(load_net(weights), data)
        keep_calibration(weights, calibration, as_shipped=True)
    return weights


def describe_budget(card: CheckpointCard) -> str:
    """Says what a net had to learn with, and whether that is less than the papers' nets had."""
    assert card.training is not None  # a card of our own
    batch = card.training.batch_size
    parts = [f"{card.num_steps:,} steps of {batch} pictures"]
    if card.num_train:
        epochs = card.num_steps * batch / card.num_train
        parts.append(f"{epochs:.3g} epochs of {card.num_train:,} pictures")
    if card.training_time_s:
        parts.append(f"a run of {card.training_time_s / 60:.0f} min on {card.hardware}")
    share = card.num_steps * batch / _PAPER_PICTURES_SEEN
    verdict = "a short budget" if share < 1 else "the papers' budget"
    return f"{', '.join(parts)}: {verdict} ({percent(share)} of the papers' 64,000 steps of 128)."


def measure_splits(model: ResNet, data: DataSet, splits: Sequence[SplitName]) -> dict[str, float]:
    """Loss and accuracy on whole splits, training pictures without augmentation."""
    metrics = {}
    for split in splits:
        if len(getattr(data, split)):
            score = evaluate_model(model, data, split)
            metrics |= {f"{split}_loss": score.loss, f"{split}_accuracy": score.accuracy}
    return metrics


def _responses(model: ResNet, data: DataSet) -> dict[str, float]:
    part = to_device(data.train, "cpu")
    batch = next(evaluation_batches(part, data.card, _RESPONSE_PICTURES))
    responses = measure_layer_responses(model.cpu(), batch, label="")
    return dict(zip(responses.layers, responses.stds.tolist(), strict=True))


def _final_weights(folder: Path, arm: int, seed: int) -> Path:
    cards: list[CheckpointCard] = [
        card
        for card in list_checkpoints(folder)
        if card.name.startswith(f"{arm}-") and card.seed == seed and card.step == card.num_steps
    ]
    if not cards:
        raise CheckpointError(f"Run {folder.parent.name} has no final weights of arm {arm}.")
    return folder / f"{cards[-1].name}{WEIGHTS_SUFFIX}"


def _through_half(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.half().to(tensor.dtype) if tensor.is_floating_point() else tensor
