"""A temperature's interval holds the truth as often as it says, and is not applied in vain."""

import numpy as np
import pytest

from resnet_core.probes.calibration import fit_temperature, measure_sureness, softmax
from resnet_core.probes.temperature import measure_temperature, temperature_interval

SIMULATIONS = 1000
PICTURES = 200


def draw(generator: np.random.Generator, count: int, mixing: float = 0.0):
    """Labels from a softmax; a share of them from even chances, as no temperature can say."""
    logits = generator.normal(0, 2, (count, 4)).astype(np.float32)
    chances = (1 - mixing) * softmax(logits) + mixing / 4
    labels = (generator.random((count, 1)) > chances.cumsum(axis=1)).sum(axis=1)
    return logits, labels


@pytest.mark.parametrize("mixing", [0.0, 0.1])
def test_interval_holds_the_truth_in_95_of_100_sets(mixing):
    generator = np.random.default_rng(1)
    truth = fit_temperature(*draw(generator, 200_000, mixing))
    hits = 0
    for _ in range(SIMULATIONS):
        logits, labels = draw(generator, PICTURES, mixing)
        low, high = temperature_interval(logits, labels, fit_temperature(logits, labels))
        hits += low <= truth <= high
    assert 0.935 <= hits / SIMULATIONS <= 0.965


def test_sureness_holds_the_truth_in_95_of_100_sets():
    generator = np.random.default_rng(2)
    hits = 0
    for _ in range(SIMULATIONS):
        sure = generator.uniform(0.5, 1, PICTURES)
        labels = (generator.random(PICTURES) > sure - 0.05).astype(np.int64)
        found = measure_sureness(np.stack([sure, 1 - sure], axis=1), labels)
        hits += found.low <= 0.05 <= found.high
    assert 0.935 <= hits / SIMULATIONS <= 0.965


def test_temperature_of_a_net_that_is_too_sure_is_applied():
    logits, labels = draw(np.random.default_rng(3), 2000)
    found = measure_temperature(3 * logits, labels)
    assert found.is_worth_it
    assert found.low < found.best == found.applied < found.high
    assert found.best == pytest.approx(3, rel=0.1)


def test_temperature_that_gains_nothing_is_not_applied():
    applied = []
    for seed in range(20):
        logits, labels = draw(np.random.default_rng(seed), 100)
        found = measure_temperature(logits, labels)
        assert found.applied == (found.best if found.gain > 0 else 1.0)
        applied.append(found.is_worth_it)
    assert not all(applied)  # an honest net gains nothing but by chance


@pytest.mark.parametrize("count", [1, 2, 20])
@pytest.mark.parametrize("is_right", [True, False])
def test_few_answers_of_one_kind_do_not_tell_whether_a_net_is_too_sure(count, is_right):
    share = 0.95 if is_right else 0.55  # one in twenty wrong, or nearly a coin, shows as little
    probabilities = np.tile([share, 1 - share], (count, 1))
    found = measure_sureness(probabilities, np.full(count, 0 if is_right else 1))
    assert found.excess == pytest.approx(share - is_right)
    assert found.low <= found.excess <= found.high
    if is_right or count < 3:
        assert found.low < 0 < found.high


def test_many_right_answers_tell_that_a_net_is_not_sure_enough():
    probabilities = np.tile([0.95, 0.05], (1000, 1))
    assert measure_sureness(probabilities, np.zeros(1000, int)).high < 0
