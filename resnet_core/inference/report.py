"""A net on a labelled set: what it confuses, and how far its probabilities can be believed."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from resnet_core.asking import ReadyNet
from resnet_core.checkpoints import relabelled
from resnet_core.data import DataSet, Split
from resnet_core.inference.calibration import (
    Calibration,
    measure_calibration,
)
from resnet_core.inference.showing import pixels_of
from resnet_core.pictures.channels import as_colour
from resnet_core.probes.calibration import (
    Reliability,
    Sureness,
    confusion_matrix,
    measure_nll,
    measure_reliability,
    measure_sureness,
    softmax,
)
from resnet_core.progress import Progress, ignore_progress

NUM_MISTAKES = 24
"""Confident mistakes that a report keeps."""
_BATCH = 64
_CALIBRATING = 0.6
"""Share of the work that comes before the test pictures."""


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
    """Of the net's outputs; the data's where the net has none."""
    resizing: int
    """Version by which the pictures were brought to their size; 0 where none had to be."""
    num_pictures: int
    accuracy: float
    """Share of pictures whose most probable class is the right one."""
    loss: float
    """Mean cross-entropy without a temperature, nats."""
    confusion: np.ndarray
    """int64 (K, K): true class by row, predicted class by column."""
    calibration: Calibration
    """Temperature, energy and strange pictures, from pictures other than the test's."""
    raw: Reliability
    """Without a temperature."""
    calibrated: Reliability
    """With the temperature that is applied."""
    sureness: Sureness
    """Without a temperature."""
    calibrated_loss: float
    """Mean cross-entropy with the temperature that is applied, nats."""
    mistakes: tuple[Mistake, ...]
    """The surest first."""

    @property
    def temperature(self) -> float:
        """What the logits are divided by; 1 where nothing is gained by another."""
        return self.calibration.temperature.applied

    @property
    def class_accuracy(self) -> np.ndarray:
        """Share of each class's pictures that is recognised, float64 (K,); NaN without any."""
        totals = self.confusion.sum(axis=1)
        return np.diag(self.confusion) / np.where(totals > 0, totals, np.nan)


def measure_report(
    net: ReadyNet,
    data: DataSet,
    progress: Progress = ignore_progress,
    *,
    class_map: Mapping[str, str] | None = None,
) -> ClassificationReport:
    """Runs a net over the validation and the test pictures of a data set, matched by class name.

    The temperature and what tells strange pictures come from other pictures than the test's.

    Raises:
        CheckpointError: when the net's classes or channels are not the data's.
        ConfigError: when the map names a class that is not there.
        CancelledError: if `progress` cancels.
    """
    calibration = measure_calibration(
        net,
        data,
        lambda message, fraction=None: progress(message, _CALIBRATING * (fraction or 0)),
        class_map=class_map,
    )
    data = relabelled(data, calibration.matching)
    temperature = calibration.temperature.applied
    logits = _logits(net, data.test, progress)
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
        calibration=calibration,
        raw=measure_reliability(softmax(logits), labels),
        calibrated=measure_reliability(probabilities, labels),
        sureness=measure_sureness(softmax(logits), labels),
        calibrated_loss=measure_nll(logits, labels, temperature),
        mistakes=_mistakes(net, data.test, probabilities),
    )


def _logits(net: ReadyNet, split: Split, progress: Progress) -> np.ndarray:
    parts, total = [], len(split)
    for start in range(0, total, _BATCH):
        parts.append(net.logits(pixels_of(net, split.images[start : start + _BATCH])))
        done = min(start + _BATCH, total)
        share = _CALIBRATING + (1 - _CALIBRATING) * done / total
        progress(f"{done:,} of {total:,} test pictures", share)
    return np.concatenate(parts)


def _mistakes(net: ReadyNet, split: Split, probabilities: np.ndarray) -> tuple[Mistake, ...]:
    predicted, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
    wrong = np.flatnonzero(predicted != split.labels)
    chosen = wrong[np.argsort(-confidence[wrong], kind="stable")][:NUM_MISTAKES]
    pixels = pixels_of(net, split.images[chosen])
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
