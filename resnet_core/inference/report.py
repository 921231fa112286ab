"""A net on a labelled set: what it confuses, and how far its probabilities can be believed."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from resnet_core.asking import ReadyNet, load_net
from resnet_core.checkpoints import CheckpointCard, update_metrics
from resnet_core.config import DataConfig
from resnet_core.data import DataCard, DataSet, Split, load_dataset
from resnet_core.errors import CheckpointError
from resnet_core.pictures.channels import as_colour
from resnet_core.pictures.resizing import resize_images
from resnet_core.probes.calibration import (
    ENERGY_THRESHOLD,
    TEMPERATURE,
    Reliability,
    confusion_matrix,
    energy_threshold,
    fit_temperature,
    measure_nll,
    measure_reliability,
    softmax,
)
from resnet_core.progress import Progress, ignore_progress

NUM_MISTAKES = 24
"""Confident mistakes that a report keeps."""
CALIBRATION_PICTURES = "calibration_pictures"
_BATCH = 64


@dataclass(frozen=True, kw_only=True, eq=False)
class Mistake:
    """A picture of which the net is sure, and wrong."""

    index: int
    """Number of the picture in its split."""
    label: int
    predicted: int
    probability: float
    """Of the predicted class."""
    pixels: np.ndarray
    """uint8 (S, S, 3), as the net saw it."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ClassificationReport:
    """How a net does on the test pictures of a data set."""

    checkpoint: str
    data_title: str
    class_names: tuple[str, ...]
    resizing: int
    """Version by which the pictures were brought to their size; 0 where none had to be."""
    num_pictures: int
    accuracy: float
    """Share of pictures whose most probable class is the right one."""
    loss: float
    """Mean cross-entropy without a temperature, nats."""
    confusion: np.ndarray
    """int64 (K, K): true class by row, predicted class by column."""
    temperature: float
    """Fitted on the validation pictures."""
    energy_threshold: float
    """Energy below which 95 % of the validation pictures lie."""
    num_validation: int
    raw: Reliability
    """Without a temperature."""
    calibrated: Reliability
    """With the temperature."""
    mistakes: tuple[Mistake, ...]
    """The surest first."""

    @property
    def class_accuracy(self) -> np.ndarray:
        """Share of each class's pictures that is recognised, float64 (K,); NaN without any."""
        totals = self.confusion.sum(axis=1)
        return np.diag(self.confusion) / np.where(totals > 0, totals, np.nan)


def measure_report(
    net: ReadyNet, data: DataSet, progress: Progress = ignore_progress
) -> ClassificationReport:
    """Runs a net over the validation and the test pictures of a data set.

    The temperature and the energy threshold come from the validation pictures alone.

    Raises:
        CheckpointError: when the net's classes or channels are not the data's.
        CancelledError: if `progress` cancels.
    """
    _refuse_misfit(net.card, data.card)
    total = len(data.validation) + len(data.test)

    def tell(num_done: int) -> None:
        progress(f"{num_done:,} of {total:,} pictures", num_done / total)

    held = _logits(net, data.validation, tell)
    temperature = fit_temperature(held, data.validation.labels)
    logits = _logits(net, data.test, lambda done: tell(done + len(data.validation)))
    probabilities, labels = softmax(logits, temperature), data.test.labels
    predicted = logits.argmax(axis=1)
    return ClassificationReport(
        checkpoint=net.card.name,
        data_title=data.card.title,
        class_names=data.card.class_names,
        resizing=data.card.resizing,
        num_pictures=len(labels),
        accuracy=float((predicted == labels).mean()),
        loss=measure_nll(logits, labels),
        confusion=confusion_matrix(predicted, labels, data.card.num_classes),
        temperature=temperature,
        energy_threshold=energy_threshold(held),
        num_validation=len(data.validation),
        raw=measure_reliability(softmax(logits), labels),
        calibrated=measure_reliability(probabilities, labels),
        mistakes=_mistakes(net, data.test, probabilities),
    )


def calibrate_checkpoint(
    path: Path, config: DataConfig, *, device: str = "auto", progress: Progress = ignore_progress
) -> CheckpointCard:
    """Fits temperature and energy threshold on a validation split and keeps them in the card.

    Raises:
        CheckpointError: when the checkpoint cannot be used, or does not fit the data.
        DataError: when the data set cannot be used.
        StorageError: when the card cannot be written.
        CancelledError: if `progress` cancels.
    """
    net = load_net(path, device=device)
    data = load_dataset(net.as_measured(config))
    _refuse_misfit(net.card, data.card)
    count = len(data.validation)
    logits = _logits(
        net,
        data.validation,
        lambda done: progress(f"{done:,} of {count:,} pictures", done / count),
    )
    return keep_calibration(
        path, fit_temperature(logits, data.validation.labels), energy_threshold(logits), count
    )


def keep_calibration(
    path: Path, temperature: float, threshold: float, num_pictures: int
) -> CheckpointCard:
    """Writes a measured calibration into a checkpoint's card.

    Raises:
        CheckpointError: when the card is missing or damaged.
        StorageError: when the card cannot be written.
    """
    measured = {TEMPERATURE: temperature, ENERGY_THRESHOLD: threshold}
    return update_metrics(path, measured | {CALIBRATION_PICTURES: float(num_pictures)})


def _logits(net: ReadyNet, split: Split, tell: Callable[[int], None]) -> np.ndarray:
    parts = []
    for start in range(0, len(split), _BATCH):
        parts.append(net.logits(_pixels(net, split, slice(start, start + _BATCH))))
        tell(min(start + _BATCH, len(split)))
    return np.concatenate(parts)


def _pixels(net: ReadyNet, split: Split, chosen: slice | np.ndarray) -> np.ndarray:
    return resize_images(np.array(split.images[chosen]), net.card.image_size_px)


def _mistakes(net: ReadyNet, split: Split, probabilities: np.ndarray) -> tuple[Mistake, ...]:
    predicted, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
    wrong = np.flatnonzero(predicted != split.labels)
    chosen = wrong[np.argsort(-confidence[wrong], kind="stable")][:NUM_MISTAKES]
    pixels = _pixels(net, split, chosen)
    return tuple(
        Mistake(
            index=int(index),
            label=int(split.labels[index]),
            predicted=int(predicted[index]),
            probability=float(confidence[index]),
            pixels=as_colour(picture),
        )
        for index, picture in zip(chosen, pixels, strict=True)
    )


def _refuse_misfit(card: CheckpointCard, data: DataCard) -> None:
    if len(card.class_names) != data.num_classes:
        raise CheckpointError(
            f"{card.name} knows {len(card.class_names)} classes, {data.title} has "
            f"{data.num_classes}: choose a data set with the net's own classes."
        )
