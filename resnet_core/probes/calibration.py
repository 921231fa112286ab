"""How far a net's probabilities can be believed: temperature, reliability, confusion, energy."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from resnet_core.errors import ProbeError
from resnet_core.shares import wilson_interval
from resnet_core.students import NORMAL_95

NUM_BINS = 15
"""Bins of a reliability diagram (Guo et al. 2017, arXiv 1706.04599, sec. 5)."""
FAMILIAR_SHARE = 0.95
"""Share of known pictures that an energy threshold accepts (Liu et al. 2020, arXiv 2010.03759)."""
TEMPERATURE, ENERGY_THRESHOLD = "temperature", "energy_threshold"
"""Names under which a card's metrics keep the calibration."""

TEMPERATURES = (0.05, 20.0)
"""The coldest and the hottest temperature that is looked for."""
_NUM_DRAWS = 200
_NUM_CUTS = 50


@dataclass(frozen=True, kw_only=True, eq=False)
class Reliability:
    """Confidence against accuracy, in bins of equal width between 0 and 1."""

    counts: np.ndarray
    """int64 (B,), pictures in each bin."""
    confidence: np.ndarray
    """float64 (B,), mean probability of the predicted class; NaN in an empty bin."""
    accuracy: np.ndarray
    """float64 (B,), share of right predictions; NaN in an empty bin."""
    ece: float
    """Expected calibration error: mean distance of the two, weighted by the counts."""
    floor: float
    """ECE that honest probabilities of the same size show in the mean, by the chance of so few
    pictures alone."""
    floor_high: float
    """What 95 % of such honest sets stay below."""


@dataclass(frozen=True, kw_only=True)
class Sureness:
    """How much surer a net is than it is right."""

    excess: float
    """Mean probability of the predicted class minus the share that is right."""
    low: float
    high: float
    """Bounds of its 95 % interval."""
    num_pictures: int


def temperature_of(metrics: Mapping[str, float]) -> float:
    """What the logits of a net are divided by, by its card's metrics; 1 where none was fitted."""
    return metrics.get(TEMPERATURE, 1.0)


def softmax(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """Turns logits (..., K) into probabilities, float64, after division by a temperature."""
    scaled = logits.astype(np.float64) / temperature
    powers = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def measure_nll(logits: np.ndarray, labels: np.ndarray, temperature: float = 1.0) -> float:
    """Mean negative log-likelihood of the labels (N,) under logits (N, K), nats."""
    scaled = logits.astype(np.float64) / temperature
    return float((_log_sum_exp(scaled) - scaled[np.arange(len(labels)), labels]).mean())


def fit_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """Finds the temperature under which the labels are most likely.

    The likelihood is concave in 1 / temperature, so that a search by golden section finds it.  A
    set without a mistake has no best temperature; the coldest allowed, 0.05, is returned.

    Args:
        logits: (N, K) of pictures that the net was not trained on.
        labels: (N,) int64.

    Raises:
        ProbeError: when there are no pictures, or the logits are not finite.

    Source: Guo et al. 2017 (arXiv 1706.04599) sec. 4.2.
    """
    _check(logits, labels)
    golden = (np.sqrt(5) - 1) / 2
    low, high = 1 / TEMPERATURES[1], 1 / TEMPERATURES[0]
    left, right = high - golden * (high - low), low + golden * (high - low)
    losses = [measure_nll(logits, labels, 1 / inverse) for inverse in (left, right)]
    for _ in range(_NUM_CUTS):  # each needs one loss anew: the other point stays
        if losses[0] < losses[1]:
            high, right = right, left
            left = high - golden * (high - low)
            losses = [measure_nll(logits, labels, 1 / left), losses[0]]
        else:
            low, left = left, right
            right = low + golden * (high - low)
            losses = [losses[1], measure_nll(logits, labels, 1 / right)]
    return float(2 / (low + high))


def measure_reliability(
    probabilities: np.ndarray, labels: np.ndarray, num_bins: int = NUM_BINS
) -> Reliability:
    """Sorts pictures into bins by the probability (N, K) of their predicted class.

    Raises:
        ProbeError: when there are no pictures, or the probabilities are not finite.

    Source: Guo et al. 2017 (arXiv 1706.04599) sec. 2, eq. 3.
    """
    _check(probabilities, labels)
    confidence = probabilities.max(axis=1).astype(np.float64)
    is_right = (probabilities.argmax(axis=1) == labels).astype(np.float64)
    bins = np.clip(np.ceil(confidence * num_bins).astype(np.int64) - 1, 0, num_bins - 1)
    counts = np.bincount(bins, minlength=num_bins)
    sums = [np.bincount(bins, weights=w, minlength=num_bins) for w in (confidence, is_right)]
    divisor = np.where(counts > 0, counts, np.nan)
    mean_confidence, accuracy = sums[0] / divisor, sums[1] / divisor
    floor = _honest_eces(confidence, bins, num_bins)
    return Reliability(
        counts=counts,
        confidence=mean_confidence,
        accuracy=accuracy,
        ece=float(np.abs(sums[0] - sums[1]).sum() / len(labels)),
        floor=float(floor.mean()),
        floor_high=float(np.quantile(floor, FAMILIAR_SHARE)),
    )


def measure_sureness(probabilities: np.ndarray, labels: np.ndarray) -> Sureness:
    """Compares how sure a net is, by its probabilities (N, K), with how often it is right.

    The interval is the normal one of the mean, which sees no chance where all answers are right, or
    all wrong: there it reaches as far as Wilson's interval of that share.

    Raises:
        ProbeError: when there are no pictures, or the probabilities are not finite.
    """
    _check(probabilities, labels)
    is_right = probabilities.argmax(axis=1) == labels
    excess = probabilities.max(axis=1).astype(np.float64) - is_right
    mean, half = float(excess.mean()), float(NORMAL_95 * excess.std() / np.sqrt(len(labels)))
    num_right, total = int(is_right.sum()), len(labels)
    least, most = wilson_interval(num_right, total)
    below = max(half, most) if num_right == 0 else half
    above = max(half, 1 - least) if num_right == total else half
    return Sureness(excess=mean, low=mean - below, high=mean + above, num_pictures=total)


def confusion_matrix(predicted: np.ndarray, labels: np.ndarray, num_classes: int) -> np.ndarray:
    """Counts pictures by true class (rows) and predicted class (columns), int64 (K, K)."""
    cells = labels * num_classes + predicted
    return np.bincount(cells, minlength=num_classes**2).reshape(num_classes, num_classes)


def entropy_bits(probabilities: np.ndarray) -> np.ndarray:
    """Entropy of probabilities (..., K), bits: 0 when sure, log2 K when all classes are equal."""
    safe = np.where(probabilities > 0, probabilities, 1.0)
    return np.abs((probabilities * np.log2(safe)).sum(axis=-1))


def energy_score(logits: np.ndarray) -> np.ndarray:
    """Energy of logits (..., K): low for pictures like those of the training, high for others.

    Source: Liu et al. 2020 (arXiv 2010.03759) eq. 4, temperature 1.
    """
    return -_log_sum_exp(logits.astype(np.float64))


def energy_threshold(logits: np.ndarray) -> float:
    """Energy below which `FAMILIAR_SHARE` of known pictures (N, K) lies.

    Raises:
        ProbeError: when there are no pictures, or the logits are not finite.

    Source: Liu et al. 2020 (arXiv 2010.03759) sec. 3.2.
    """
    _check(logits, np.zeros(len(logits), np.int64))
    return float(np.quantile(energy_score(logits), FAMILIAR_SHARE))


def _honest_eces(confidence: np.ndarray, bins: np.ndarray, num_bins: int) -> np.ndarray:
    """ECE (R,) of answers that are right as often as they say, drawn again and again."""
    generator = np.random.default_rng(0)
    sums = np.bincount(bins, weights=confidence, minlength=num_bins)
    eces = np.empty(_NUM_DRAWS)
    for number in range(_NUM_DRAWS):
        is_right = generator.random(len(confidence)) < confidence
        right = np.bincount(bins, weights=is_right, minlength=num_bins)
        eces[number] = np.abs(sums - right).sum() / len(confidence)
    return eces


def _log_sum_exp(values: np.ndarray) -> np.ndarray:
    largest = values.max(axis=-1, keepdims=True)
    return np.log(np.exp(values - largest).sum(axis=-1)) + largest[..., 0]


def _check(scores: np.ndarray, labels: np.ndarray) -> None:
    if not len(labels) or len(scores) != len(labels):
        raise ProbeError("There are no pictures to measure with: choose a split that has some.")
    if not np.isfinite(scores).all():
        raise ProbeError(
            "The net's answers are not finite numbers: its weights have diverged; take an earlier "
            "step or another net."
        )
