"""A temperature with its interval, and whether pictures that it was not fitted on gain by it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from resnet_core.probes.calibration import (
    TEMPERATURES,
    fit_temperature,
    measure_nll,
    softmax,
)

_CHI_SQUARED_95 = 3.841458820694124
"""95 % quantile of the chi-squared law with one degree of freedom."""
_NUM_FOLDS = 5
_NUM_HALVINGS = 24
_NEAR = 1e-3
"""So near, relatively, to the search's end a temperature is taken to have been stopped by it."""


@dataclass(frozen=True, kw_only=True)
class TemperatureFit:
    """What logits should be divided by."""

    best: float
    """Under which the labels are most likely."""
    low: float
    high: float
    """Bounds of its 95 % interval."""
    gain: float
    """Loss that it saves on pictures that it was not fitted on, nats a picture; may be negative."""
    num_pictures: int
    num_wrong: int
    """Of them that were answered wrongly."""

    @property
    def is_at_limit(self) -> bool:
        """Whether the search ended at its coldest or hottest: then no temperature fits best.

        So it goes to the coldest where no picture was answered wrongly, and to the hottest where
        the answers say nothing of the labels.
        """
        return is_at_limit(self.best)

    @property
    def is_worth_it(self) -> bool:
        """Whether pictures that it was not fitted on gain by it."""
        return self.gain > 0 and not self.is_at_limit

    @property
    def applied(self) -> float:
        """What the logits are divided by: 1 where nothing is gained."""
        return self.best if self.is_worth_it else 1.0


def is_at_limit(temperature: float) -> bool:
    """Whether a temperature is the coldest or the hottest that is looked for."""
    coldest, hottest = TEMPERATURES
    return temperature < coldest * (1 + _NEAR) or temperature > hottest * (1 - _NEAR)


def measure_temperature(logits: np.ndarray, labels: np.ndarray) -> TemperatureFit:
    """Fits a temperature, with its interval, and tests it on pictures left out by turns.

    Args:
        logits: (N, K) of pictures that the net was not trained on, in random order.
        labels: (N,) int64.

    Raises:
        ProbeError: when there are no pictures, or the logits are not finite.
    """
    best = fit_temperature(logits, labels)
    low, high = temperature_interval(logits, labels, best)
    return TemperatureFit(
        best=best,
        low=low,
        high=high,
        gain=_gain_left_out(logits, labels),
        num_pictures=len(labels),
        num_wrong=int((logits.argmax(axis=1) != labels).sum()),
    )


def temperature_interval(
    logits: np.ndarray, labels: np.ndarray, best: float
) -> tuple[float, float]:
    """95 % interval of the temperature that fits best, by its profile likelihood.

    The bounds are where the labels are so much less likely than at the best that chance alone
    would do it in one of twenty sets of pictures.  Since no net's probabilities are quite of the
    softmax's form, the drop is scaled by how much the score truly varies.

    Source: Kent 1982, Biometrika 69, 19-27, sec. 5: likelihood ratio under a wrong model.
    """
    inverse = 1 / best
    allowed = _CHI_SQUARED_95 * _spread_of_score(logits, labels, inverse) / (2 * len(labels))
    highest = measure_nll(logits, labels, best) + allowed

    def is_within(value: float) -> bool:
        return measure_nll(logits, labels, 1 / value) <= highest

    coldest, hottest = TEMPERATURES
    return (
        1 / _last_within(is_within, inverse, 1 / coldest),
        1 / _last_within(is_within, inverse, 1 / hottest),
    )


def _last_within(is_within: Callable[[float], bool], inside: float, limit: float) -> float:
    """Finds, by halving, the furthest value towards a limit that is within."""
    if is_within(limit):
        return limit
    for _ in range(_NUM_HALVINGS):
        middle = (inside + limit) / 2
        inside, limit = (middle, limit) if is_within(middle) else (inside, middle)
    return inside


def _spread_of_score(logits: np.ndarray, labels: np.ndarray, inverse: float) -> float:
    """Variance of the score at 1 / temperature over what the softmax expects of it."""
    scores = logits.astype(np.float64)
    chances = softmax(logits, 1 / inverse)
    mean = (chances * scores).sum(axis=1)
    expected = (chances * np.square(scores - mean[:, None])).sum()
    observed = np.square(scores[np.arange(len(labels)), labels] - mean).sum()
    return float(observed / expected) if observed > 0 and expected > 0 else 1.0


def _gain_left_out(logits: np.ndarray, labels: np.ndarray) -> float:
    """Mean loss without minus with a temperature fitted on the other pictures, nats."""
    count = len(labels)
    folds = np.arange(count) % min(_NUM_FOLDS, count)
    if count < 2:
        return 0.0
    gain = 0.0
    for fold in range(folds.max() + 1):
        left_out = folds == fold
        fitted = fit_temperature(logits[~left_out], labels[~left_out])
        part, truth = logits[left_out], labels[left_out]
        gain += (measure_nll(part, truth) - measure_nll(part, truth, fitted)) * len(truth)
    return float(gain / count)
